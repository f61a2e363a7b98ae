"""Acts in English: EU articles, sections of US, UK and Irish acts, parts of the Code of Federal Regulations.

Which word or mark numbers the base unit differs by tradition; all of them are tried and the one that gives the longest
run of numbers in order is used. Texts quoted inside an amending act bring numbers of other acts, so a number that jumps
ahead while the next one is still to come is not a unit.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from ingest.law.english_annexes import read_annexes, read_recitals
from ingest.law.english_head import read_commencement, read_head, read_repeals
from ingest.law.grammar import en_grammar
from ingest.law.lines import Line
from ingest.law.markers import read_paragraphs
from kb.law_numbers import roman_number
from kb.model import ActVersion, Provision

_MARKS: Final = "*_ \t"
_AMENDMENT: Final = re.compile(r"^(?:[FCEXM]\d{1,4}\[)+")
_DIVISION: Final = re.compile(
    r"(?P<kind>Title|Part|Division|Subtitle|Book|Chapter|Subchapter|Subpart|Section|Subdivision)\s{1,3}(?P<number>[IVXLC]{1,8}|\d{1,4}[A-Z]{0,2}|[A-Z]{1,2})(?![\w.(])"
    r"\s{0,3}[.:—–-]{0,2}\s{0,3}(?P<heading>[^\n]{0,160})$",
    re.IGNORECASE,
)
_HEADING_LIMIT: Final = 160
_WORDED: Final = 4
"""A unit with a word or sign ("Article 5", "§ 5") or a heading mark outweighs so many bare numbers ("5."), which also
number paragraphs and list items."""
_LEAST: Final = 2
"""Units a grammar must find; one alone is accepted only when no other line could be meant."""
_YEARS: Final = ("1700", "2199")
"""Four digits in this range that stand without a word are a year ("2006 CHAPTER 46"), not a section."""
_TRAILING: Final = "#>*_ \t\n\r\xa0"


@dataclass(frozen=True, slots=True)
class _Unit:
    index: int
    line: Line
    number: str
    label: str
    heading: str | None
    opening: int


@dataclass(frozen=True, slots=True)
class _Grammar:
    name: str
    pattern: re.Pattern[str]
    headed: bool
    dotted: bool
    bare: bool


@cache
def _grammars() -> tuple[_Grammar, ...]:
    return tuple(
        _Grammar(
            each["name"],
            re.compile(each["pattern"]),
            each.get("headed", False),
            each["paragraphs"] == "dot",
            each.get("bare", False),
        )
        for each in en_grammar()["units"]
    )


@cache
def _annex() -> re.Pattern[str]:
    words = sorted(en_grammar()["annex"]["words"], key=len, reverse=True)
    return re.compile(rf"[*_]{{0,2}}(?:{'|'.join(map(re.escape, words))})\b[^.;]{{0,80}}$")


@cache
def _closing() -> re.Pattern[str]:
    """Return the pattern of the line that closes an act, behind its last unit: "Done at Brussels, 27 April 2016."."""
    return re.compile(en_grammar()["annex"]["closing"])


def read_english(
    text: str, lines: Sequence[Line], front: Mapping[str, str], *, hint: date | None, stated_title: str | None
) -> ActVersion | None:
    """Return the act an English text holds, or None when no numbered unit is found."""
    chosen, best = max(
        ((grammar, _units(lines, grammar)) for grammar in _grammars()),
        key=lambda found: len(found[1]) * (1 if found[0].bare else _WORDED),
    )
    if not best or (len(best) < _LEAST and len(lines) > 60):
        return None
    spans = _spans(text, lines, best)
    head = read_head(text, lines, front, best[0].line.start, stated_title)
    original = head.published.value or head.adopted.value
    return ActVersion(
        act=head.act,
        title=head.title,
        jurisdiction=head.jurisdiction,
        short_titles=head.short_titles,
        version_date=head.version,
        version_hint=hint,
        adopted=head.adopted,
        published=head.published,
        in_force=read_commencement(text, spans, head.version.value, original),
        unit=chosen.name,
        repeals=read_repeals(text, spans, head.act),
        provisions=(
            *read_recitals(text, lines, best[0].line.start),
            *_provisions(text, lines, best, spans, dotted=chosen.dotted),
            *read_annexes(text, lines, spans[-1][1]),
        ),
    )


def _units(lines: Sequence[Line], grammar: _Grammar) -> list[_Unit]:
    found: list[_Unit] = []
    for index, line in enumerate(lines):
        if grammar.headed and line.level is None:
            continue
        lead = len(line.text) - len(line.text.lstrip(_MARKS))
        mark = _AMENDMENT.match(line.text[lead:])
        lead += mark.end() if mark is not None else 0
        plain = line.text[lead:]
        match = grammar.pattern.match(plain.replace("**", "  ", 1) if plain.startswith("**") else plain)
        if match is None:
            continue
        number = match["number"]
        if number.isalpha():
            roman = roman_number(number)
            if roman is None:
                continue
            number = str(roman)
        if grammar.pattern.pattern.startswith("(?P<number>") and len(number) == 4 and _YEARS[0] <= number <= _YEARS[1]:
            continue
        heading, opening = _heading(lines, index, match, line.start + lead, grammar)
        found.append(_Unit(index, line, number, plain[: match.end("number")].strip(_MARKS), heading, opening))
    return _in_sequence(_without_contents(found))


def _heading(
    lines: Sequence[Line], index: int, match: re.Match[str], offset: int, grammar: _Grammar
) -> tuple[str | None, int]:
    """Return the unit's heading and where its text begins.

    Words after the number are the heading when they stand on a heading line or do not read like a sentence; an EU
    article has its heading on the following line.
    """
    line = lines[index]
    words = match["heading"].strip(_MARKS)
    after = offset + (match.start("heading") if words else match.end())
    if words and (line.level is not None or _reads_like_heading(words, lines, index)):
        return _AMENDMENT.sub("", words).strip(_MARKS + "[].") or None, line.end
    if words:
        return _leading_heading(words, after)
    if grammar.dotted and index + 1 < len(lines):
        following = lines[index + 1]
        if (
            len(following.text) <= _HEADING_LIMIT
            and following.text[:1].isupper()
            and not following.text.endswith((".", ";", ":", ","))
        ):
            return following.text.strip(_MARKS), following.end
    return None, after


def _leading_heading(words: str, after: int) -> tuple[str | None, int]:
    """Return a heading that is followed by text on the same line: "Definitions. (a) In this part …"."""
    stop = re.match(r"([A-Z][^.;:()]{2,80})\.\s{1,3}(?=[A-Z(“\"])", words)
    if stop is not None and len(stop[1].split()) <= 10:
        return stop[1], after + stop.end()
    return None, after


def _reads_like_heading(words: str, lines: Sequence[Line], index: int) -> bool:
    if len(words) > _HEADING_LIMIT or ". " in words or words.endswith((";", ":", ",", "—")) or not words[:1].isalnum():
        return False
    if words.endswith(".") and len(words.split()) > 12:
        return False
    verbs = re.search(r"\b(?:shall|must|may not|is|are|means|applies|apply)\b", words)
    return verbs is None and index + 1 < len(lines)


def _without_contents(found: list[_Unit]) -> list[_Unit]:
    """Return the units without a table of contents: lines close together whose numbers come again."""
    later: dict[str, int] = {unit.number: position for position, unit in enumerate(found)}
    kept: list[_Unit] = []
    for position, unit in enumerate(found):
        bare = position + 1 < len(found) and found[position + 1].index - unit.index <= 2
        if bare and later[unit.number] > position and found[later[unit.number]].index > unit.index + 1:
            continue
        kept.append(unit)
    return kept


def _in_sequence(found: list[_Unit]) -> list[_Unit]:
    """Return the units whose numbers follow each other; jumps are believed only when the next number never comes."""
    positions: dict[int, list[int]] = {}
    for position, unit in enumerate(found):
        positions.setdefault(_whole(unit.number), []).append(position)
    first = next((position for position, unit in enumerate(found) if _whole(unit.number) == 1), 0)
    found = found[first:]  # what stands before the first unit is no unit: a chapter number, a reference
    positions = {value: [each - first for each in places] for value, places in positions.items()}
    kept: list[_Unit] = []
    taken: set[str] = set()
    for position, unit in enumerate(found):
        if not kept:
            kept.append(unit)
            taken.add(unit.number)
            continue
        last, value = _whole(kept[-1].number), _whole(unit.number)
        if unit.number in taken or _part(unit.number) < _part(kept[-1].number):
            continue
        if value < last and _part(unit.number) == _part(kept[-1].number):
            continue
        if value > last + 1 and any(each > position for each in positions.get(last + 1, ())):
            continue
        kept.append(unit)
        taken.add(unit.number)
    return kept


def _part(number: str) -> int:
    """Return the part of a number with a point ("1005.12" gives 1005), 0 for others."""
    whole, point, _ = number.partition(".")
    return int(whole) if point and whole.isdigit() else 0


def _whole(number: str) -> int:
    """Return the number that must grow by one: the last whole part ("1005.12" gives 12, "26A" gives 26)."""
    digits = re.findall(r"\d+", number.partition("-")[0])
    return int(digits[-1]) if digits else 0


def _spans(text: str, lines: Sequence[Line], units: Sequence[_Unit]) -> list[tuple[int, int]]:
    behind = (line for line in lines[units[-1].index + 1 :])
    annex = next((each.start for each in behind if _annex().match(each.text) or _closing().match(each.text)), len(text))
    ends = [unit.line.start for unit in units[1:]] + [annex]
    divisions = sorted(line.start for line in lines if _division(line) is not None)
    spans: list[tuple[int, int]] = []
    cursor = 0
    for unit, end in zip(units, ends, strict=True):
        while cursor < len(divisions) and divisions[cursor] <= unit.line.start:
            cursor += 1
        until = min(end, divisions[cursor]) if cursor < len(divisions) else end
        spans.append((unit.line.start, unit.line.start + len(text[unit.line.start : until].rstrip(_TRAILING))))
    return spans


def _division(line: Line) -> re.Match[str] | None:
    plain = _AMENDMENT.sub("", line.text.strip(_MARKS))
    match = _DIVISION.match(plain)
    if match is None:
        return None
    upper = plain[: match.end("kind")].isupper() or line.level is not None
    short = len(plain) <= 40 or (len(plain) <= 120 and not plain.endswith((".", ";", ",")))
    named = match["kind"].lower() != "section" or match["number"].isalpha() or line.level is not None
    opens = plain[0].isupper() and short and (upper or not match["heading"][:1].islower())
    return match if opens and named else None


_RANK: Final = {
    "title": 0, "book": 0, "part": 1, "division": 1, "subtitle": 1, "chapter": 2, "subpart": 2, "subchapter": 3,
    "section": 4, "subdivision": 4,
}  # fmt: skip


def _provisions(
    text: str, lines: Sequence[Line], units: Sequence[_Unit], spans: Sequence[tuple[int, int]], *, dotted: bool
) -> tuple[Provision, ...]:
    starts = {unit.line.start for unit in units}
    body = [(line, match) for line in lines if line.start not in starts and (match := _division(line)) is not None]
    body = [(line, match) for line, match in body if line.start < spans[-1][0]]
    pending = deque(body[_contents_end(body, units) :])
    found: list[Provision] = []
    stack: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for position, unit in enumerate(units):
        while pending and pending[0][0].start < unit.line.start:
            line, match = pending.popleft()
            rank = _RANK[match["kind"].lower()]
            stack = [each for each in stack if each[0] < rank]
            own = f"{match['kind'].lower()}{match['number'].upper()}"
            number = f"{stack[-1][1]}.{own}" if stack else own
            seen[number] = seen.get(number, 0) + 1
            number = number if seen[number] == 1 else f"{number}#{seen[number]}"
            outer = stack[-1][1] if stack else None
            stack.append((rank, number))
            level = en_grammar()["divisions"][match["kind"].lower()]
            later = (other.start for other, each in pending if _RANK[each["kind"].lower()] <= rank)
            end = next(later, spans[-1][1])
            end = line.start + len(text[line.start : end].rstrip(_TRAILING))
            label = f"{match['kind']} {match['number']}"
            found.append(
                Provision(number, label, match["heading"].strip(_MARKS + "[]") or None, level, line.start, end, outer)
            )
        start, end = spans[position]
        parent = stack[-1][1] if stack else None
        found.append(Provision(unit.number, unit.label, unit.heading, "article", start, end, parent))
        following = units[position + 1].index if position + 1 < len(units) else len(lines)
        inside = [line for line in lines[unit.index : following] if line.start < end]
        opening = unit.opening if dotted else _behind_repeated_label(text, inside, unit)
        found.extend(read_paragraphs(text, unit.number, inside, opening=opening, end=end, dotted=dotted))
    return tuple(found)


def _contents_end(body: Sequence[tuple[Line, re.Match[str]]], units: Sequence[_Unit]) -> int:
    """Return how many divisions before the first unit belong to a table of contents."""
    before = [(line, match) for line, match in body if line.start < units[0].line.start]
    keep = 0
    rank = 99
    for _, match in reversed(before):
        if _RANK[match["kind"].lower()] >= rank:
            break
        rank = _RANK[match["kind"].lower()]
        keep += 1
    return len(before) - keep


def _behind_repeated_label(text: str, lines: Sequence[Line], unit: _Unit) -> int:
    """Return where the text begins when the line after a heading repeats the number ("**2.**(1)", "2.—")."""
    label = re.compile(
        rf"[\s*_]{{0,4}}(?:[FCEXM]\d{{1,4}}\[)?{re.escape(unit.number)}[*_]{{0,2}}\s?\.?[*_]{{0,2}}\s?[—–-]?[*_]{{0,2}}"
    )
    for line in lines[1:2]:
        match = label.match(text, line.start, line.end)
        if match is not None and unit.opening <= line.start:
            return match.end()
    return unit.opening
