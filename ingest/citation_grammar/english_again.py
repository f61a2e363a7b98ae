"""References to the act named last before: "section 7 of that Act", "Article 25(1) thereof".

They are read only within one paragraph and a short way behind the name. Where a paper of the parties stands between
("the Lease and section 5 thereof"), what is meant cannot be told, and nothing is read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from ingest.citation_grammar.english_acts import Mention
from ingest.citation_grammar.english_forms import NUMBER, Cited, alternatives, read_list, words
from kb.model import Citation

_REACH: Final = 400
"""Characters behind the name of an act within which "that Act" still means it."""
_LEFT: Final = 160
"""Characters before "of that Act" in which its provisions stand."""
_PARAGRAPH: Final = "\n\n"
_IDS_OF_ACTS: Final = re.compile(r"^(?P<place>eu|gb|ie|us|cn)/(?P<kind>[a-z]+)/")
_KIND_OF_ID: Final = {
    "reg": ("Regulation",),
    "dir": ("Directive",),
    "dec": ("Decision",),
    "act": ("Act",),
    "pl": ("Act",),
}
"""What the kind in an act's id is called in running text; kinds not named here are called anything."""


@cache
def _anchor() -> re.Pattern[str]:
    grammar = words()["again"]
    return re.compile(
        rf"(?:(?:of|under|in|to)\s(?:{alternatives(grammar['which'])})\s(?P<kind>{alternatives(grammar['kinds'])})"
        rf"|(?:{alternatives(grammar['bare'])}))(?![A-Za-z])"
    )


@cache
def _before() -> re.Pattern[str]:
    unit = alternatives(words()["units"])
    join = r"(?:\s?,\s?(?:and|or)\s|\s?,\s?|\s(?:and|or|to|through)\s|\s?[–—]\s?)"
    listed = rf"{NUMBER}(?:{join}(?:(?:{unit})\s{{0,2}})?{NUMBER}){{0,8}}"
    return re.compile(rf"(?<![A-Za-z'’])(?P<unit>{unit})\s{{0,2}}(?P<list>{listed})\s$")


@cache
def _papers() -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z])(?:{alternatives(words()['again']['papers'])})(?![A-Za-z])")


def find_again(text: str, found: Sequence[Citation], mentions: Sequence[Mention]) -> Iterator[tuple[str, Cited]]:
    """Yield provisions of the act named last before with that act, in order; their spans are those of the citations.

    Args:
        text: the text.
        found: the citations found by name, in order; none of them is read twice.
        mentions: the acts named in the text, in order.
    """
    named = sorted([*((each.end, each.act) for each in found), *((each.end, each.act) for each in mentions)], key=_end)
    ends = [end for end, _ in named]
    taken = [(each.start, each.end) for each in found]
    starts = [start for start, _ in taken]
    for anchor in _anchor().finditer(text):
        match = _before().search(text, max(0, anchor.start() - _LEFT), anchor.start())
        if match is None:
            continue
        place = bisect_right(ends, match.start()) - 1
        beside = bisect_right(starts, anchor.end() - 1) - 1
        if place < 0 or (beside >= 0 and taken[beside][1] > match.start()):
            continue
        end, act = named[place]
        between = text[end : match.start()]
        if act is None or len(between) > _REACH or _PARAGRAPH in between or _papers().search(between) is not None:
            continue
        if anchor["kind"] is not None and not _is_called(act, anchor["kind"]):
            continue
        cited = read_list(text, match["unit"], match.start("list"), match.end("list"))
        for index, each in enumerate(cited):
            begin = match.start() if index == 0 or each.start == cited[0].start else each.start
            stop = anchor.end() if each.end == cited[-1].end else each.end
            yield act, replace(each, start=begin, end=stop)


def _end(named: tuple[int, str | None]) -> int:
    return named[0]


def _is_called(act: str, kind: str) -> bool:
    """Return whether an act can be called by a word for its kind; a title must hold the word."""
    known = _IDS_OF_ACTS.match(act)
    if known is None:
        return kind in act
    return kind in _KIND_OF_ID.get(known["kind"], (kind,))
