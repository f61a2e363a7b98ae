"""The gold of citations of our own: reading the marked cases and scoring the grammar and the law index on them.

A case is a text with its citations marked ``⟦words|act|provision|status|new number⟧``. ``act`` is an id or a title
("~" before an alternative that is as good, "=" for the law the case is a text of), ``provision`` a canonical number
("3..7" for each number of a range, commas for provisions that share their words).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from ingest.citations import find_citations
from ingest.law import read_act
from ingest.law.references import read_references
from kb.errors import InputError
from kb.law import LawIndex
from kb.law_align import align
from kb.law_change import ProvisionChange
from kb.law_text import base_provisions
from kb.law_titles import title_key
from kb.law_versions import StoredProvision, StoredVersion
from kb.model import ActVersion, Citation, Document

FOLDER: Final = Path(__file__).parents[1] / "gold" / "citations"
_MARKED: Final = re.compile(r"⟦([^⟦⟧|]+)\|([^⟦⟧]*)⟧")
_HELD_OUT: Final = 3
"""One case in so many is held out: looked at by its score only."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One citation a case must give."""

    start: int
    end: int
    acts: tuple[str, ...]
    provision: str | None
    status: str | None = None
    renumbered: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One marked text; ``part`` is "zh" or "europe", the share it counts to."""

    id: str
    part: str
    group: str
    language: str
    style: str
    text: str
    expected: tuple[Expected, ...]
    written: date | None = None
    on: date | None = None

    @property
    def held_out(self) -> bool:
        """Whether nothing but the score of this case may guide the grammar."""
        return hashlib.sha256(self.id.encode()).digest()[0] % _HELD_OUT == 0


@dataclass(slots=True)
class Score:
    """Counts over cases; a citation is right when act and provision agree and the words overlap."""

    cases: int = 0
    right_cases: int = 0
    hit: int = 0
    extra: int = 0
    missed: int = 0
    exact: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Share of the citations found that are right; 1 when none is found."""
        return self.hit / max(self.hit + self.extra, 1) if self.hit + self.extra else 1.0

    @property
    def recall(self) -> float:
        """Share of the citations expected that are found; 1 when none is expected."""
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 1.0


def _case(marked: str, identifier: str, group: dict[str, Any], head: dict[str, Any]) -> Case:
    text, last = "", 0
    expected: list[Expected] = []
    for match in _MARKED.finditer(marked):
        text += marked[last : match.start()]
        start = len(text)
        text += match[1]
        act, number, status, renumbered = [*match[2].split("|"), "", "", ""][:4]
        acts = tuple(act.split("~"))
        expected.extend(
            Expected(start, len(text), acts, each, status or None, renumbered or None) for each in _numbers(number)
        )
        last = match.end()
    text += marked[last:]
    assert not set(text) & set("⟦⟧|"), f"{identifier}: a mark is not closed"
    language: str = group["language"] if "language" in group else head["language"]
    return Case(
        identifier,
        "zh" if language == "zh" else "europe",
        group["class"],
        language,
        group.get("style", head.get("style", "contract")),
        text,
        tuple(expected),
        date.fromisoformat(group["written"]) if "written" in group else None,
        date.fromisoformat(group["on"]) if "on" in group else None,
    )


def _numbers(number: str) -> list[str | None]:
    if not number:
        return [None]
    found: list[str | None] = []
    for part in number.split(","):
        low, dots, high = part.partition("..")
        found.extend(map(str, range(int(low), int(high) + 1)) if dots else [part])
    return found


def cases(*, status: bool) -> tuple[Case, ...]:
    """Return the cases about what a citation has become (``status``), or those about finding it."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        if (path.stem == "status") != status:
            continue
        head = tomllib.loads(path.read_text("utf-8"))
        for group in head["group"]:
            for index, marked in enumerate(group["cases"]):
                found.append(_case(marked, f"{path.stem}/{group['class']}/{index}", group, head))
    return tuple(found)


def read_case(case: Case) -> tuple[list[Citation], str | None]:
    """Return what the grammar finds in a case and the id of the law it is a text of, where it is one."""
    if case.style != "law":
        return list(find_citations(case.text, case.language)), None
    try:
        act = read_act(Document(case.text, (), "text/plain", case.language), source_name="case.txt")
    except InputError:
        return [], None
    return list(read_references(case.text, act, language=case.language)), act.act


def add(score: Score, case: Case, found: Iterable[Citation], own: str | None) -> None:
    """Count one case."""
    left = list(found)
    hits = 0
    for each in case.expected:
        match = next((one for one in left if _is_right(one, each, own)), None)
        if match is None:
            score.wrong.append(
                f"{case.id}: missed {case.text[each.start : each.end]!r} {each.acts[0]} {each.provision}"
            )
            continue
        left.remove(match)
        hits += 1
        score.exact += (match.start, match.end) == (each.start, each.end)
    score.wrong.extend(f"{case.id}: extra {one.text!r} {one.act} {one.provision} in {case.text!r}" for one in left)
    score.cases += 1
    score.right_cases += not left and hits == len(case.expected)
    score.hit += hits
    score.extra += len(left)
    score.missed += len(case.expected) - hits


def _is_right(found: Citation, expected: Expected, own: str | None) -> bool:
    if found.provision != expected.provision or found.end <= expected.start or expected.end <= found.start:
        return False
    if expected.acts == ("=",):
        return own is not None and found.act == own
    return found.act is not None and any(_key(found.act) == _key(act) for act in expected.acts)


def _key(act: str) -> str:
    return title_key(act.removeprefix("cn/"))


# --- what a citation has become ------------------------------------------------------------------------------------


def stored_version(act: ActVersion, name: str) -> StoredVersion:
    """Return an act as the store would hold it; ``name`` stands for its document."""
    return StoredVersion(
        act=act.act,
        version=act.version,
        title=act.title,
        short_titles=act.short_titles,
        jurisdiction=act.jurisdiction,
        date=act.date,
        in_force=act.in_force.value,
        no_longer_in_force=act.no_longer_in_force.value,
        part=act.part,
        repeals=tuple(title for title, _ in act.repeals),
        provisions={
            each.number: StoredProvision(each.label, each.heading, name, each.start, each.end)
            for each in act.provisions
        },
        published=act.published.value,
    )


@cache
def law_index() -> LawIndex:
    """Return the law index of the acts of our own beside the cases."""
    stored, texts = [], {}
    for path in sorted((FOLDER / "law").glob("*.md")):
        text = path.read_text("utf-8")
        language = "en" if path.stem.isascii() else "zh"
        act = read_act(Document(text, (), "text/markdown", language), source_name=path.name)
        stored.append(stored_version(act, path.name))
        texts[act.version] = base_provisions(act, text)

    def aligned(older: StoredVersion, newer: StoredVersion) -> list[ProvisionChange]:
        return align(texts[older.version], texts[newer.version])

    return LawIndex.build(stored, align=aligned)


def judge(case: Case) -> Iterator[tuple[Expected, Citation | None]]:
    """Yield each citation of a status case with what the index says of it; None when it was not found."""
    found, _ = read_case(case)
    for each in case.expected:
        match = next((one for one in found if one.provision == each.provision and one.end > each.start), None)
        yield each, None if match is None else law_index().resolve(match, case.on, written=case.written)


def is_right_status(expected: Expected, resolved: Citation | None) -> bool:
    """Return whether act, status and, where one is expected, the new number agree."""
    if resolved is None or resolved.status.value != expected.status:
        return False
    if resolved.act is None or not any(
        _key(resolved.act) in (_key(act), "") or _same(resolved, act) for act in expected.acts
    ):
        return False
    return (
        expected.renumbered is None
        or re.search(rf"(?<![\w(]){re.escape(expected.renumbered)}(?!\w)", resolved.note) is not None
    )


def _same(resolved: Citation, act: str) -> bool:
    index = law_index()
    return (
        resolved.act is not None
        and index.find_act(resolved.act) is not None
        and index.find_act(resolved.act) == index.find_act(act)
    )
