"""Paragraph marks inside a section: (1), (a), (i), (A), "1." — read into nested canonical numbers.

The same letter can be a letter or a Roman numeral; what decides is which mark would come next at each open depth, the
deepest first, so (i) after (h) is a letter and (i) after (a)'s introduction begins a Roman list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ingest.law.lines import Line
from kb.law_numbers import roman_number
from kb.model import Provision

_MARK: Final = re.compile(
    r"[\s*_]{0,4}(?:[FCEXM]\d{1,4}\[)?\s?\([*_]{0,2}(?P<mark>\d{1,3}[A-Z]{0,2}|[a-z]{1,5}|[A-Z]{1,5})[*_]{0,2}\)\]?[*_]{0,2}"
)
_DOT: Final = re.compile(r"[\s*_]{0,4}(?P<mark>\d{1,3})\.(?!\d)[*_]{0,2}(?=\s)")
_DEPTH: Final = 8
_CAP: Final = 600
"""Paragraphs kept of one section."""
_TRAILING: Final = "#>*_ \t\n\r\xa0"
_INTRODUCES: Final = (":", "—", "–", "-")


@dataclass(frozen=True, slots=True)
class _Open:
    kind: str
    value: int
    number: str


def read_paragraphs(
    text: str, article: str, lines: Sequence[Line], *, opening: int, end: int, dotted: bool
) -> list[Provision]:
    """Return the numbered units inside one section, in reading order, each stretched to the end of what it encloses.

    Args:
        text: the whole text.
        article: number of the section.
        lines: its lines, the heading line first.
        opening: offset in the first line behind number and heading.
        end: end of the section.
        dotted: whether "1." marks a paragraph (EU style).
    """
    stack: list[_Open] = []
    found: list[tuple[str, str, int, int]] = []  # number, label, start, depth
    before = ""
    for line in lines:
        at = max(line.start, opening)
        if at >= min(line.end, end):
            continue
        start = at
        for label, mark, after in _marks(text, at, min(line.end, end), dotted=dotted and not _is_deep(stack)):
            stack = _place(stack, article, mark, before)
            if not stack or len(found) >= _CAP:
                break
            found.append((stack[-1].number, label, start, len(stack)))
            start = after
            before = ""
        before = text[at : min(line.end, end)].rstrip("*_ ")
    return _nest(text, article, found, end)


def _is_deep(stack: Sequence[_Open]) -> bool:
    """Return whether a dotted number here would be a list inside a lettered point, not a new paragraph."""
    return bool(stack) and stack[0].kind != "dot"


def _marks(text: str, at: int, end: int, *, dotted: bool) -> Iterator[tuple[str, str, int]]:
    """Yield label, bare mark and its end for the marks a line begins with ("(1)(a)")."""
    if dotted:
        dot = _DOT.match(text, at, end)
        if dot is not None:
            yield text[dot.start("mark") : dot.end("mark") + 1], f"{dot['mark']}.", dot.end()
            at = dot.end()
    for _ in range(_DEPTH):
        match = _MARK.match(text, at, end)
        if match is None:
            return
        yield f"({match['mark']})", match["mark"], match.end()
        at = match.end()


def _readings(mark: str) -> list[tuple[str, int]]:
    """Return what a mark can be: kind and place in its series."""
    if mark.endswith("."):
        return [("dot", int(mark[:-1]) * 1000)]
    digits = re.fullmatch(r"(\d+)([A-Z]*)", mark)
    if digits is not None:
        return [("digit", int(digits[1]) * 1000 + _letters(digits[2].lower()))]
    case = "lower" if mark.islower() else "upper"
    readings: list[tuple[str, int]] = []
    if len(mark) == 1 or len(set(mark)) == 1:
        # (aa) follows (z), or stands between (a) and (b) in amended texts
        readings.append((f"{case}-letter", (ord(mark[0].lower()) - 96) * 1000 + (26_000 if len(mark) > 1 else 0)))
    elif mark.isalpha() and roman_number(mark) is None:
        readings.append((f"{case}-letter", (ord(mark[0].lower()) - 96) * 1000 + _letters(mark[1:].lower())))
    roman = roman_number(mark)
    if roman is not None:
        readings.append((f"{case}-roman", roman * 1000))
    return readings


def _letters(letters: str) -> int:
    value = 0
    for mark in letters[:2]:
        value = value * 27 + ord(mark) - 96
    return value


def _place(stack: list[_Open], article: str, mark: str, before: str) -> list[_Open]:
    """Return the open units after a mark: it continues one of them, or opens a new depth."""
    readings = _readings(mark)
    if not readings:
        return stack
    bare = mark.rstrip(".")
    introduced = before.endswith(_INTRODUCES)
    if introduced:
        for kind, value in readings:
            if value == 1000 and all(each.kind != kind for each in stack):
                return [*stack, _open(stack, article, kind, value, bare)]
    for depth in range(len(stack) - 1, -1, -1):
        for kind, value in readings:
            if stack[depth].kind == kind and stack[depth].value < value <= stack[depth].value + 1999:
                return [*stack[:depth], _open(stack[:depth], article, kind, value, bare)]
    for kind, value in readings:
        if value == 1000 and all(each.kind != kind for each in stack):
            return [*stack, _open(stack, article, kind, value, bare)]
    for depth in range(len(stack) - 1, -1, -1):  # a gap: repealed or omitted units
        for kind, value in readings:
            if stack[depth].kind == kind and value > stack[depth].value:
                return [*stack[:depth], _open(stack[:depth], article, kind, value, bare)]
    if not stack:
        kind, value = readings[0]
        return [_open(stack, article, kind, value, bare)]
    return stack


def _open(outer: Sequence[_Open], article: str, kind: str, value: int, mark: str) -> _Open:
    return _Open(kind, value, f"{outer[-1].number if outer else article}({mark})")


def _nest(text: str, article: str, found: Sequence[tuple[str, str, int, int]], end: int) -> list[Provision]:
    provisions: list[Provision] = []
    seen: set[str] = set()
    for index, (number, label, start, depth) in enumerate(found):
        if number in seen:
            continue
        seen.add(number)
        until = next((other[2] for other in found[index + 1 :] if other[3] <= depth), end)
        until = start + len(text[start:until].rstrip(_TRAILING))
        outer = number[: number.rindex("(")]
        parent = outer if outer in seen or outer == article else article
        level = "paragraph" if depth == 1 else "item"
        provisions.append(Provision(number, label, None, level, start, max(until, start + 1), parent))
    return provisions
