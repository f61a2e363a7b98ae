"""The forms of English citations: patterns made from the grammar's words, and lists of provisions read into numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from ingest.citation_grammar.gazetteer import load
from kb.law_numbers import number_parts, roman_number

LIST_CAP: Final = 12
RANGE_CAP: Final = 60
"""Provisions a range is spelled out to; a longer one is cited by its ends."""

_BRACKETS: Final = r"(?:\s?\([0-9A-Za-z]{1,5}\)){0,7}"
_ROMAN: Final = r"[IVXLC]{1,7}(?![A-Za-z])"
_LETTERED: Final = r"[A-Z]\d{1,2}(?![\d/])"  # sections and schedules put in before the first: Schedule B1
NUMBER: Final = rf"(?:\d{{1,5}}[A-Za-z]{{0,3}}(?:[-.]\d{{1,4}}[A-Za-z]{{0,2}}){{0,3}}|{_LETTERED}|{_ROMAN}){_BRACKETS}"
_ONLY_BRACKETS: Final = rf"\([0-9A-Za-z]{{1,5}}\){_BRACKETS}"
_JOIN: Final = r"(?:\s?,\s?(?:and|or)\s|\s?,\s?|\s(?:and|or|to|through)\s|\s?[&–—/]\s?)"
_JOIN_READ: Final = re.compile(
    r"\s?,\s?(?:and|or)\s|\s(?:and|or)\s|(?P<range>\s(?:to|through)\s|\s?[–—]\s?|-(?=\())|\s?[,&/]\s?"
)
_HYPHENED: Final = re.compile(r"(\d{1,3})-(\d{1,3})")
_PLURAL_ARTICLES: Final = frozenset({"Articles", "articles", "Arts.", "Arts"})
"""Only articles are never numbered with a hyphen ("Section 9-307" is one section)."""
_SPACE: Final = re.compile(r"\s+")
_SMALL_NUMERALS: Final = frozenset("ivx")

CODE_SECTION: Final = rf"\d{{1,5}}[A-Za-z]{{0,3}}(?:-\d{{1,4}}[A-Za-z]{{0,2}}){{0,2}}{_BRACKETS}"
CFR_SECTION: Final = (
    rf"\d{{1,5}}[A-Za-z]?(?:\.\d{{1,5}}[A-Za-z]{{0,2}}(?:-\d{{1,3}}[A-Za-z]?){{0,2}}{_BRACKETS})?(?![\d])"
)


@dataclass(frozen=True, slots=True)
class Cited:
    """One provision of a list: the word for its unit, its number, its own span, and whether it brings its own unit."""

    unit: str
    number: str
    start: int
    end: int
    own_unit: bool = False


@cache
def words() -> dict[str, Any]:
    """Return the word lists of English citations (``en.toml``)."""
    return load("en.toml")


def alternatives(options: list[str]) -> str:
    """Return a pattern for any of the words, longest first."""
    return "|".join(re.escape(word) for word in sorted(options, key=len, reverse=True))


@cache
def _list() -> str:
    unit = alternatives(words()["units"])
    return rf"{NUMBER}(?:{_JOIN}(?:(?:{unit})\s{{0,2}})?(?:{NUMBER}|{_ONLY_BRACKETS})){{0,{LIST_CAP}}}"


@cache
def left_pattern() -> re.Pattern[str]:
    """Return the pattern of provisions before an act's name: "point (f) of Article 6(1) of the …", "Art. 28 …"."""
    unit, inner = alternatives(words()["units"]), alternatives(words()["inner_units"])
    joined = r"(?:of|under|in|to|from|pursuant\sto|within|by)"
    which = r"(?:the|said|such|that)"
    state = r"(?:EU|U\.?\s?K\.?|U\.?\s?S\.?|Irish|Chinese|PRC|United\sStates|amended|federal|Federal)"
    small = r"(?!(?:of|in|to|or|and|the)\b)[A-Za-z]{1,4}(?![A-Za-z])"
    mark = rf"(?:\([0-9A-Za-z]{{1,5}}\){_BRACKETS}|[0-9]{{1,3}}[A-Za-z]?{_BRACKETS}|{small})"
    return re.compile(
        rf"(?:(?<![A-Za-z])(?:{inner})\s(?P<inner>{mark}(?:{_JOIN}(?:(?:{inner})\s)?{mark}){{0,8}})\s(?:of|in)\s)?"
        rf"(?<![A-Za-z'’])(?P<unit>{unit})\s{{0,2}}(?P<list>{_list()})"
        rf"(?:,?\s{{1,2}}(?:{inner})\s{{0,2}}(?P<deep>{mark}(?:{_JOIN}(?:(?:{inner})\s)?{mark}){{0,8}}))?"
        rf"(?:,?\s{{1,2}}(?:(?:promulgated|adopted|issued|enacted)\s)?{joined}\s(?:{which}\s)?(?:{state}\s){{0,2}}|,?\s{{0,2}})[\"“]?$"
    )


@cache
def right_pattern() -> re.Pattern[str]:
    """Return the pattern of provisions after an act's name: "…, s. 228", "… Art. 28(3)", "… (Article 5)"."""
    unit = alternatives(words()["units"])
    return re.compile(
        rf"(?P<gap>,?\s{{1,2}}|\s?\()(?:(?:at|in|under)\s)?(?P<unit>{unit})\s{{0,2}}(?P<list>{_list()})(?![\w(])"
    )


@cache
def _item() -> re.Pattern[str]:
    unit = alternatives(words()["units"])
    return re.compile(rf"(?:(?P<unit>{unit})\s{{0,2}})?(?P<number>{NUMBER}|{_ONLY_BRACKETS})")


def read_list(text: str, unit: str, start: int, end: int) -> list[Cited]:
    """Return the provisions of a list between two offsets; ranges are spelled out with the span of the range.

    "5(a)(1), (2) and (b)" continues in the unit it names: 5(a)(1), 5(a)(2), 5(b).
    """
    found: list[Cited] = []
    position, ranged = start, False
    while position < end:
        match = _item().match(text, position, end)
        if match is None:
            break
        unit = match["unit"] or unit
        number = _canonical(match["number"], unit)
        if number.startswith("(") and found:
            number = continue_number(found[-1].number, number)
        hyphened = _HYPHENED.fullmatch(number) if unit in _PLURAL_ARTICLES else None
        if hyphened is not None and int(hyphened[1]) < int(hyphened[2]):
            numbers = spell_range(hyphened[1], hyphened[2])
            found.extend(Cited(unit, each, match.start(), match.end(), match["unit"] is not None) for each in numbers)
        elif ranged and found:
            first = found.pop()
            found.extend(Cited(unit, each, first.start, match.end()) for each in spell_range(first.number, number))
        else:
            found.append(Cited(unit, number, match.start(), match.end(), match["unit"] is not None))
        join = _JOIN_READ.match(text, match.end(), end)
        if join is None:
            break
        position, ranged = join.end(), join["range"] is not None
    return found


def spell_range(first: str, last: str) -> list[str]:
    """Return every number from the first to the last where both are plain, else the two ends."""
    if first.isdigit() and last.isdigit() and int(first) < int(last) < int(first) + RANGE_CAP:
        return [str(value) for value in range(int(first), int(last) + 1)]
    one, other = number_parts(first), number_parts(last)
    if len(one) == len(other) > 1 and one[:-1] == other[:-1]:
        low, high = one[-1], other[-1]
        outer = one[0] + "".join(f"({part})" for part in one[1:-1])
        if low.isdigit() and high.isdigit() and int(low) < int(high) < int(low) + RANGE_CAP:
            return [f"{outer}({value})" for value in range(int(low), int(high) + 1)]
        if len(low) == len(high) == 1 and low.islower() and high.islower() and low < high:
            return [f"{outer}({chr(value)})" for value in range(ord(low), ord(high) + 1)]
    return [first, last]


def add_inner(number: str, inner: str) -> str:
    """Return a number with the part named before it: ("6(1)", "(f)") gives "6(1)(f)", ("6", "1") gives "6(1)"."""
    plain = _SPACE.sub("", inner)
    if plain.startswith("("):
        return number + plain
    head, _, rest = plain.partition("(")
    return f"{number}({head})" + (f"({rest}" if rest else "")


_INNER_MARK: Final = re.compile(
    r"\([0-9A-Za-z]{1,5}\)(?:\s?\([0-9A-Za-z]{1,5}\)){0,7}|\d{1,3}[A-Za-z]?|(?<!\w)[A-Za-z]{1,4}(?!\w)"
)


def with_inner(text: str, outer: Cited, start: int, end: int) -> list[Cited]:
    """Return the parts of one provision named before it: "points (a) and (b) of Article 6(1)" are two provisions.

    Args:
        text: the text.
        outer: the provision, its span from the first word of the whole reference.
        start: where the list of parts begins.
        end: where it ends.
    """
    found: list[Cited] = []
    previous, last = start, ""
    for mark in _INNER_MARK.finditer(text, start, end):
        if mark[0] in _INNER_WORDS or mark[0] in words()["inner_units"]:
            continue
        inner = mark[0] if mark[0].startswith("(") else f"({mark[0]})"
        number = add_inner(outer.number, inner)
        between = text[previous : mark.start()]
        begin, numbers = mark.start(), [number]
        if found and _INNER_RANGE.search(between):
            begin, numbers = found.pop().start, spell_range(last, number)
        found.extend(Cited(outer.unit, each, begin, mark.end(), own_unit=True) for each in numbers)
        previous, last = mark.end(), number
    if not found:
        return [outer]
    first, final = found[0].start, found[-1].end
    return [
        replace(
            each,
            start=outer.start if each.start == first else each.start,
            end=outer.end if each.end == final else each.end,
        )
        for each in found
    ]


_INNER_WORDS: Final = frozenset({"and", "or", "to"})
_INNER_RANGE: Final = re.compile(r"\b(?:to|through)\b|[–—]")


def _canonical(raw: str, unit: str) -> str:
    number = _SPACE.sub("", raw)
    base, _, rest = number.partition("(")
    if base.isalpha() and unit.lower().startswith("art"):
        value = roman_number(base)
        base = str(value) if value is not None else base
    return base + (f"({rest}" if rest else "")


def _kind(part: str) -> str:
    if part.isdigit():
        return "digit"
    return "upper" if part.isupper() else "lower"


def _is_numeral(part: str) -> bool:
    return part.islower() and set(part) <= _SMALL_NUMERALS


def continue_number(previous: str, brackets: str) -> str:
    """Return the number that brackets alone stand for after another number.

    "5(a)(1), (2)" is 5(a)(2) and "5(a)(1), (b)" is 5(b): one mark stands beside the innermost of its kind, where small
    Roman numerals stand beside such. Several marks begin where the first of them fits outermost: "36(a)(1)(i) or
    (a)(2)(i)".
    """
    parts, new = list(number_parts(previous)), list(number_parts("0" + brackets))[1:]
    depths = [depth for depth in range(1, len(parts)) if _kind(parts[depth]) == _kind(new[0])]
    if len(new) == 1:
        alike = [depth for depth in depths if _is_numeral(parts[depth]) == _is_numeral(new[0])]
        depths = (alike or depths)[::-1]
    if depths:
        parts = parts[: depths[0]]
    return parts[0] + "".join(f"({part})" for part in [*parts[1:], *new])


def read_code_list(text: str, pattern: re.Pattern[str], at: int) -> Iterator[tuple[str, int, int]]:
    """Yield number, start and end of the sections of a code cited from a place on ("78a, 78b and 78dd-1")."""
    position, following, last = at, False, ""
    for _ in range(LIST_CAP):
        match = pattern.match(text, position)
        inner = _MARKS.match(text, position) if match is None and last else None  # "… 78u(a)(1) and (2)"
        match = match or inner
        if match is None or (following and text[match.end() : match.end() + 1] not in _CODE_LIST_ENDS):
            return
        number = _SPACE.sub("", match[0])
        last = continue_number(last, number) if match is inner else number
        yield last, match.start(), match.end()
        join = _JOIN_READ.match(text, match.end())
        if join is None:
            return
        position, following = join.end(), True


_MARKS: Final = re.compile(r"\([0-9A-Za-z]{1,5}\)(?:\s?\([0-9A-Za-z]{1,5}\)){0,6}")
_CODE_LIST_ENDS: Final = frozenset({"", ",", ".", ";", ")", " ", "\n", "]", "-"})
