"""Clause numbers in running text: every place that may begin a numbered clause, with how surely it does."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from ingest.lang import grammar
from kb.model import Block, BlockKind
from kb.numerals import chinese_number, english_number_words, roman_number

# How sure a mark is, by what stands to its left. A clause begins a line; flattened texts keep only a wide gap or the
# end of the sentence before. Values were set by hand and checked on the CUAD development contracts.
LINE: Final = 1.0
WRAPPED: Final = 0.6  # begins a line, but the line before stops in the middle of a sentence
GAP: Final = 0.85  # after three or more blanks that follow the end of a sentence
SENTENCE: Final = 0.6  # after a full stop
PART: Final = 0.5  # after ":" or ";", or after ", and"
MIDDLE: Final = 0.35  # after a wide gap in the middle of a sentence
FLAT: Final = 0.3  # in the middle of a line (lost line breaks, page headers); only numbers that name their own place
COMPOUND: Final = 0.7  # directly after another mark, "2.1(a)"

OPENER: Final = 0.1  # "(a)" inside a sentence: no clause by itself, but the (b) after it belongs to it
_FIRST: Final = frozenset(("a", "A", "i", "I", "1", "一", "①"))
_UNLIKELY: Final = 0.5  # what the less likely of two readings keeps of its weight
_CITED: Final = -1.0  # the words before say that the number cites a clause
_BLANKS: Final = " \t\n\f\xa0\u3000\u2003\u2002"
_GAP_WIDTH: Final = 3
_CONTEXT: Final = 40  # characters to the left that are looked at for a citing word
_SIBLING_LIMIT: Final = 400  # no contract numbers further; larger numbers are quantities, years or postal codes
_SELF_PLACED: Final = ("decimal", "arabic", "any", "chinese")  # readings that may stand in the middle of a line
_CIRCLED_ONE: Final = ord("①")


class Mark(NamedTuple):
    """One possible clause number.

    Attributes:
        start: where the mark begins; ``end`` is after its punctuation.
        style: which kind of list it belongs to; one list has one style.
        value: its place in the list; the last part of a decimal number.
        prefix: the parts before the last of a decimal number, () for others.
        weight: 0-1, how surely a clause begins here.
        number: the number as written, without closing punctuation.
        sub: the number behind 之 in 第十三条之一 ("13-1"), which follows 13 in the same list; 0 for others.
    """

    start: int
    end: int
    style: str
    value: int
    prefix: tuple[int, ...]
    weight: float
    number: str
    sub: int = 0


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of clause number is written and counted; see ``lang/<language>/numbering.toml``."""

    name: str
    reading: str
    prior: float
    keyword: bool
    inline: bool
    line_only: bool


@dataclass(frozen=True, slots=True)
class Numbering:
    """The numbering grammar of one language."""

    language: str
    styles: dict[str, Style]
    finder: re.Pattern[str]
    opening_mark: re.Pattern[str]
    groups: dict[str, str]
    cites_left: re.Pattern[str]
    joins_left: re.Pattern[str]
    cites_right: re.Pattern[str]
    quantity: re.Pattern[str]
    opening: re.Pattern[str]
    attachment: re.Pattern[str]
    signature: re.Pattern[str]
    contents: re.Pattern[str]
    leader: re.Pattern[str]
    recital: re.Pattern[str]

    def numbers(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield what is shaped like a clause number between two offsets, each with the offset of its first sign."""
        consumed = self.language == "en"
        if consumed and (start == 0 or text[start - 1].isspace()):
            match = self.opening_mark.match(text, start, end)
            if match is not None:
                yield start, match
        for match in self.finder.finditer(text, start, end):
            yield match.start() + consumed, match

    def prior(self, style: str) -> float:
        """How far outside a list of this style usually stands; derived styles ("paren-lower/roman") share a base."""
        base, _, reading = style.partition("/")
        depth = (
            0.15 * (int(reading) - 2) if reading.isdigit() else 0.3 if reading == "roman" and base != "upper-dot" else 0
        )
        return self.styles[base].prior - depth


@cache
def numbering(language: str) -> Numbering:
    """Return the numbering grammar of a language.

    Raises:
        MissingPartError: its data file is absent or damaged.
    """
    data = grammar(language, "numbering")
    styles, parts, groups = {}, [], {}
    for entry in data["style"]:
        name = str(entry["name"])
        styles[name] = Style(
            name,
            str(entry["reading"]),
            float(entry["prior"]),
            bool(entry.get("keyword", False)),
            bool(entry.get("inline", False)),
            bool(entry.get("line_only", False)),
        )
        parts.append(str(entry["pattern"]))
        groups[name.replace("-", "_")] = name
    body = "(?:" + "|".join(parts) + ")"
    before = r"(?<!\S)" if language == "en" else r"(?<![\w.．%\-–/])"
    return Numbering(
        language=language,
        styles=styles,
        # Consuming the blank lets the scan skip to blanks; the look ahead drops ordinary words: twice as fast.
        finder=re.compile(rf"\s(?={data['opens']}){body}" if language == "en" else before + body),
        opening_mark=re.compile(body),
        groups=groups,
        cites_left=re.compile(data["left"]["cites"]),
        joins_left=re.compile(data["left"]["joins"]),
        cites_right=re.compile(data["right"]["cites"]),
        quantity=re.compile(data["right"]["quantity"]),
        opening=re.compile(data["right"]["opening"]),
        attachment=re.compile(before + data["attachment"]["pattern"]),
        signature=re.compile(data["signature"]["pattern"]),
        contents=re.compile(data["contents"]["heading"]),
        leader=re.compile(data["contents"]["leader"]),
        recital=re.compile(data["recital"]["pattern"]),
    )


def _letter(text: str) -> int | None:
    """a = 1 … z = 26, aa = 27 …; None for two different letters."""
    if len(set(text)) != 1 or len(text) > 2:
        return None
    return ord(text[0].lower()) - 96 + 26 * (len(text) - 1)


def _readings(style: Style, raw: str) -> tuple[tuple[str, int, tuple[int, ...]], ...]:
    """Return the ways a number can be read, as (style, value, prefix): (i) is a letter and a Roman numeral."""
    kind = style.reading
    if kind == "decimal":
        parts = tuple(int(part) for part in re.split(r"[.．\s]+", raw) if part)
        return ((f"decimal/{len(parts)}", parts[-1], parts[:-1]),) if len(parts) > 1 else ()
    if kind == "circled":
        return ((style.name, ord(raw) - _CIRCLED_ONE + 1, ()),)
    if kind == "chinese":
        number = chinese_number(raw)
        return () if number is None else ((style.name, int(number), ()),)
    if raw.isdigit():
        return ((style.name, int(raw), ()),)
    found: list[tuple[str, int, tuple[int, ...]]] = []
    letter, roman = _letter(raw), roman_number(raw)
    if kind == "any":
        words = english_number_words(raw)
        if words is not None:
            return ((style.name, int(words), ()),)
        if roman is not None:
            found.append((style.name, roman, ()))
        elif letter is not None:
            found.append((f"{style.name}/letter", letter, ()))
        return tuple(found)
    if letter is not None:
        found.append((style.name, letter, ()))
    if roman is not None:
        found.append((f"{style.name}/roman", roman, ()))
    return tuple(found)


def _left(grammar: Numbering, text: str, start: int) -> tuple[float, bool]:
    """Return how surely a mark at ``start`` begins a clause by its left side, and whether it begins a line."""
    stop = max(0, start - 200)
    position = start - 1
    while position >= stop and text[position] in _BLANKS:
        position -= 1
    if position < 0:
        return LINE, True
    blanks = text[position + 1 : start]
    lines = blanks.count("\n")
    before = text[max(0, position + 1 - _CONTEXT) : position + 1]
    last = before[-1]
    if lines > 1:
        return LINE, True
    if grammar.cites_left.search(before) is not None and last not in ":;；：":
        return _CITED, False
    if lines == 1:
        return (LINE if last in '.;:。；：!?”"）)' or before.rfind("\n") >= 0 else WRAPPED), True
    if last in '.?!。！？”"':
        return (GAP if len(blanks) >= _GAP_WIDTH else SENTENCE), False
    if last in ":;：；":
        return (GAP if len(blanks) >= _GAP_WIDTH else PART), False
    if grammar.joins_left.search(before + " ") is not None or grammar.joins_left.search(before) is not None:
        return PART, False
    if len(blanks) >= _GAP_WIDTH and last not in ",，、":
        return MIDDLE, False
    return 0.0, False


def find_marks(
    text: str, language: str, blocks: tuple[Block, ...], excluded: Callable[[int], bool] | None = None
) -> list[Mark]:
    """Return every place that may begin a numbered clause, in text order.

    A number with two readings yields two marks at one place. Runs in time linear in the text.

    Args:
        text: the document's text.
        language: "en" or "zh".
        blocks: layout of the document; headers, footers and table cells do not begin clauses, list items surely do.
        excluded: says of an offset that no clause begins there (a table of contents).
    """
    rules = numbering(language)
    starts = [block.start for block in blocks]
    found: list[Mark] = []
    for start, match in rules.numbers(text):
        group = match.lastgroup
        if group is None or (excluded is not None and excluded(start)):
            continue
        if group == "article_sub":
            group = "article"
        style = rules.styles[rules.groups[group]]
        raw = match[group]
        if len(raw) > 3 and raw.isdigit():
            continue
        weight, begins_line = _left(rules, text, start)
        if weight == 0.0 and style.reading in _SELF_PLACED and not style.inline and not style.line_only:
            weight = FLAT
        elif weight == 0.0 and style.inline and raw in _FIRST:
            weight = OPENER
        weight = max(weight, 0.0)
        block = _block_at(blocks, starts, start)
        if block is not None:
            if block.kind in (BlockKind.HEADER, BlockKind.FOOTER, BlockKind.FOOTNOTE):
                continue
            if block.kind is BlockKind.TABLE_CELL:
                weight *= 0.3
            elif start - block.start <= 1:
                weight, begins_line = (LINE + (0.5 if block.number is not None else 0.0)), True
        if weight <= 0:
            previous = found[-1] if found else None
            if previous is None or (previous.end != start and text[previous.end : start].strip(" \t")):
                continue
            if not style.inline:
                continue
            weight = min(COMPOUND, previous.weight)
        weight = _right(rules, style, text, match.end(), weight, begins_line)
        if weight <= 0:
            continue
        sub = _number_after(match["article_sub"]) if style.name == "article" and rules.language == "zh" else 0
        number = match[0].lstrip().rstrip(" \t.:：、．")
        for name, value, prefix in _readings(style, raw):
            if 0 < value <= _SIBLING_LIMIT or (prefix and value == 0):
                found.append(Mark(start, match.end(), name, value, prefix, weight, number, sub))
        if style.inline or style.name in ("decimal", "section-decimal", "arabic"):
            _append_compound(rules, text, match.end(), weight, found)
    return _disambiguated(found)


def _number_after(raw: str | None) -> int:
    number = None if raw is None else chinese_number(raw)
    return 0 if number is None else int(number)


def _disambiguated(marks: list[Mark]) -> list[Mark]:
    """Weaken the less likely reading of (i), (v) and (x) by the number of the same form that follows it."""
    following: dict[str, tuple[int, frozenset[tuple[str, int]]]] = {}
    found: list[Mark] = []
    index = len(marks)
    while index:
        first = index - 1
        while first and marks[first - 1].start == marks[index - 1].start:
            first -= 1
        readings = marks[first:index]
        base = readings[0].style.partition("/")[0]
        if len(readings) == 2:
            letter, roman = readings
            _, after = following.get(base, (0, frozenset()))
            continues_letter = (letter.style, letter.value + 1) in after
            continues_roman = (roman.style, roman.value + 1) in after
            if continues_roman and not continues_letter:
                letter = letter._replace(weight=letter.weight * _UNLIKELY)
            elif continues_letter and not continues_roman:
                roman = roman._replace(weight=roman.weight * _UNLIKELY)
            readings = [letter, roman]
        following[base] = (readings[0].start, frozenset((mark.style, mark.value) for mark in readings))
        found.extend(reversed(readings))
        index = first
    found.reverse()
    return found


def _append_compound(rules: Numbering, text: str, end: int, weight: float, found: list[Mark]) -> None:
    """Add the marks that follow another without a blank: the (a) and (i) of "2.1(a)(i)"."""
    for _ in range(4):
        if end >= len(text) or text[end] not in "(（":
            return
        match = _COMPOUND.match(text, end)
        if match is None:
            return
        style = rules.styles.get("paren-lower" if match[1].islower() else "paren-upper")
        if style is None:
            return
        for name, value, prefix in _readings(style, match[1]):
            found.append(Mark(end, match.end(), name, value, prefix, min(weight, COMPOUND), match[0]))
        end = match.end()


_COMPOUND: Final = re.compile(r"[(（]([a-z]{1,2}|[ivxl]{3,6}|[A-Z]{1,2})[)）](?!\w)")


def _right(rules: Numbering, style: Style, text: str, end: int, weight: float, begins_line: bool) -> float:
    """Return the weight of a mark after looking at what follows it."""
    following = text[end : end + 40]
    if style.line_only and not begins_line:
        return 0.0
    if style.keyword:
        if rules.cites_right.match(following) is not None:
            return 0.0
        if not begins_line and rules.opening.match(following.lstrip(_BLANKS)) is None:
            return 0.0
        return weight
    stripped = following.lstrip(_BLANKS)
    if not stripped:
        return 0.0 if end >= len(text) else weight * 0.5
    if rules.quantity.match(following) is not None and style.reading in ("arabic", "decimal"):
        # "3.1月租金" (3.1 monthly rent) opens a line as a clause does, and reads like the month.
        return weight * 0.5 if begins_line and style.reading == "decimal" and rules.language == "zh" else 0.0
    if style.reading in ("arabic", "decimal") and not style.inline:
        newline = following.find("\n")
        if 0 <= newline <= len(following) - len(stripped) and style.name == "bare":
            return 0.0
        if rules.opening.match(stripped) is None:
            # Lower case after the number: a wrapped sentence or a quantity, unless the layout says otherwise.
            return weight * 0.4 if begins_line else 0.0
        if style.name == "bare":
            return weight * 0.7
    return weight


def _block_at(blocks: tuple[Block, ...], starts: list[int], position: int) -> Block | None:
    index = bisect_right(starts, position) - 1
    if index < 0:
        return None
    block = blocks[index]
    return block if position < block.end else None
