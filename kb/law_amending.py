"""The commencement of an amended text, from the decision that amended it.

A Chinese act as amended keeps the closing article of its first text; the day its amendment took effect stands in the
decision 关于修改《…》的决定. Where that decision is stored, its title names the act, and it was adopted on the very
day of the version, its commencement is that of the version, with its words. A decision on "several laws" names only the
first in its title; the others are not concluded from it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from kb.law_titles import title_key
from kb.model import Span

if TYPE_CHECKING:
    from kb.facts.law import StoredAct

_AMENDING: Final = "关于修改"  # on amending
_NAMED: Final = re.compile(r"[《〈<＜]([^《》〈〉<>＜＞]{2,120})[》〉>＞]")


@dataclass(frozen=True, slots=True)
class Decided:
    """The commencement of a version by its amending decision: the day, and where that decision states it."""

    day: date
    document: str
    span: Span


def decided_commencements(acts: Iterable[StoredAct]) -> Mapping[str, Decided]:
    """Return the commencement that stored decisions give versions which state none, by version id."""
    known = list(acts)
    by_title: dict[tuple[str, date], list[Decided]] = defaultdict(list)
    for act in known:
        stated, day = act.dates.get("in-force"), _adopted(act)
        if stated is None or stated.value is None or stated.evidence is None or day is None:
            continue
        _, _, behind = act.title.partition(_AMENDING)  # empty for every other act
        for name in _NAMED.findall(behind):
            by_title[title_key(name), day].append(Decided(stated.value, act.document, stated.evidence))
    found: dict[str, Decided] = {}
    for act in known if by_title else ():
        stated, day = act.dates.get("in-force"), _adopted(act)
        if (stated is not None and stated.value is not None) or day is None or _AMENDING in act.title:
            continue
        decided = by_title.get((title_key(act.title), day), [])
        if len({each.day for each in decided}) == 1:
            found[act.version] = decided[0]
    return found


def _adopted(act: StoredAct) -> date | None:
    """Return the day a text states as its own; a file's name is no evidence."""
    stated = act.dates.get("version")
    return None if stated is None else stated.value
