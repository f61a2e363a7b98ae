"""References of a Chinese law to its own units that name no law: 前款, 前两条, 本条第二款, 第十条, 第（三）项.

Each is read against the unit it stands in. An article number behind words that end another law's name (…法第十条,
《…》第十条) is left to ``ingest.citations``; a decision on amending another law has no such references of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from ingest.citation_grammar.chinese import Point, read_points
from ingest.citation_grammar.gazetteer import load
from kb.law_numbers import ZH_NUMERAL, chinese_number, number_parts
from kb.model import ActVersion, Citation, Provision

_COUNT: Final = rf"[{ZH_NUMERAL}]{{0,3}}"
_BEFORE: Final = re.compile(rf"前(?P<count>{_COUNT})(?P<unit>条|款|项)")
_THIS: Final = re.compile(r"本(?P<unit>条|款)(?=第)")
_BARE: Final = re.compile(rf"第[（(]?(?P<number>[{ZH_NUMERAL}]{{1,9}}|[0-9０-９]{{1,4}})[）)]?(?P<unit>条|款|项)")
_OPEN: Final = re.compile(
    rf"第[（(]?[{ZH_NUMERAL}]{{1,9}}[）)]?(?=(?:至|到|、|和|或)第?[（(]?[{ZH_NUMERAL}]{{1,9}}[）)]?(?P<unit>条|款|项))"
)
_ANY: Final = re.compile(
    rf"前(?={_COUNT}[条款项])|本(?=[条款]第)|第(?=[（(]?(?:[{ZH_NUMERAL}]{{1,9}}|[0-9０-９]{{1,4}})[）)]?[条款项至到、和或])"
)
"""Where a reference may begin."""
_DEPTH: Final = {"条": 0, "款": 1, "项": 2}
_COUNT_CAP: Final = 9
_BESIDE: Final = "0"
"""Stands for a unit of the depth the first reference names: what follows is read as a number beside it."""
_NAME_REACH: Final = 6


@cache
def _words() -> dict[str, Any]:
    return load("zh.toml")["internal"]  # type: ignore[no-any-return]


def find_internal_chinese(text: str, act: ActVersion, taken: Sequence[tuple[int, int]]) -> tuple[Citation, ...]:
    """Return the references of a Chinese act's text to its own units, in order of their start.

    Args:
        text: the text the act's provisions stand in.
        act: the act with its provisions.
        taken: stretches that are citations already.
    """
    if any(word in act.title for word in _words()["amending"]):
        return ()
    return tuple(_Reader(text, act, taken).read())


class _Reader:
    def __init__(self, text: str, act: ActVersion, taken: Sequence[tuple[int, int]]) -> None:
        self.text, self.act = text, act
        self.units = sorted(act.provisions, key=lambda each: (each.start, -each.end))
        self.starts = [each.start for each in self.units]
        self.taken = sorted(taken)

    def read(self) -> Iterator[Citation]:
        """Yield every reference; a list is read once, from its first word."""
        position = 0
        own = frozenset(each.start for each in self.units if each.level not in ("paragraph", "item"))
        for match in _ANY.finditer(self.text):
            at = match.start()
            if at < position or at in own or self._is_taken(at):  # a unit's own number is no reference
                continue
            here = self._here(at)
            if here is None:
                continue
            points, end = self._points(at, number_parts(here.number))
            if points:
                position = end
                for point in points:
                    start = at if point.start == points[0].start else point.start
                    yield Citation(self.text[start : point.end], start, point.end, self.act.act, point.number)

    def _is_taken(self, at: int) -> bool:
        place = bisect_right(self.taken, (at, len(self.text))) - 1
        return place >= 0 and self.taken[place][1] > at

    def _here(self, at: int) -> Provision | None:
        """Return the innermost numbered unit an offset lies in, None outside articles."""
        place = bisect_right(self.starts, at) - 1
        while place >= 0:
            unit = self.units[place]
            if unit.end > at and unit.level in ("article", "paragraph", "item"):
                return unit
            if unit.level == "article":
                return None
            place -= 1
        return None

    def _points(self, at: int, here: tuple[str, ...]) -> tuple[list[Point], int]:
        before = _BEFORE.match(self.text, at)
        if before is not None:
            return self._preceding(before, here)
        this = _THIS.match(self.text, at)
        if this is not None:
            depth = _DEPTH[this["unit"]] + 1
            return read_points(self.text, this.end(), [*here[:depth], _BESIDE]) if len(here) >= depth else ([], at)
        bare = _BARE.match(self.text, at) or _OPEN.match(self.text, at)
        if bare is None:
            return [], at
        depth = _DEPTH[bare["unit"]]
        if depth == 0:
            return ([], at) if self._is_foreign(at) else read_points(self.text, at, [])
        if depth > len(here) or self.text[at - 1 : at] in _words()["not_after"]:
            return [], at
        inside = list(here[:depth]) if depth == 1 or len(here) > 1 else [here[0], "1"]
        return read_points(self.text, at, [*inside, _BESIDE])

    def _preceding(self, match: re.Match[str], here: tuple[str, ...]) -> tuple[list[Point], int]:
        """Return what 前款, 前两条 or 前项 mean: so many units of the kind before the one that speaks."""
        depth = _DEPTH[match["unit"]]
        count = 1 if not match["count"] else chinese_number(match["count"])
        if len(here) <= depth or count is None or not 1 <= count <= _COUNT_CAP or not here[depth].isdigit():
            return [], match.end()
        outer, own = list(here[:depth]), int(here[depth])
        if own - count < 1:
            return [], match.end()
        numbers = [_canonical([*outer, str(value)]) for value in range(own - count, own)]
        if count == 1:
            inner, end = read_points(self.text, match.end(), [*outer, str(own - 1), _BESIDE])
            if inner and inner[0].number.startswith(numbers[0]) and inner[0].number != numbers[0]:
                return inner, end
        return [Point(number, match.start(), match.end()) for number in numbers], match.end()

    def _is_foreign(self, at: int) -> bool:
        """Return whether the words before an article number end the name of another law or paper."""
        before = self.text[max(0, at - _NAME_REACH) : at].rstrip()
        return before.endswith(tuple(_words()["names_end"])) and not before.endswith(tuple(_words()["verbs_end"]))


def _canonical(parts: Sequence[str]) -> str:
    return parts[0] + "".join(f"({part})" for part in parts[1:])
