"""Chinese acts: laws, regulations and judicial interpretations into dated versions with numbered provisions.

Units, outermost first: 编 book, 分编 sub-book, 章 chapter, 节 section, 条 article, 款 paragraph (an unnumbered line),
项 item （一）, 目 sub-item 1. Judicial interpretations use 一、二、 as chapters.

Source: 中华人民共和国立法法 (2023) art. 65: 编、章、节、条、款、项、目; 款 is not numbered, 项 has a bracketed Chinese
number.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from ingest.citation_grammar.chinese import document_number
from ingest.law.grammar import zh_grammar
from ingest.law.history import (
    Event,
    Happening,
    earliest,
    latest,
    read_commencement,
    read_history,
    read_repeals,
)
from ingest.law.lines import Line
from ingest.law.promulgation import Promulgation, read_promulgation, with_promulgation
from kb.law_numbers import ZH_NUMERAL, chinese_number
from kb.law_titles import chinese_act_id, chinese_title
from kb.model import UNKNOWN_DATE, ActVersion, DateFact, Provision

_NUMBER_LINE: Final = 24
"""Characters of the longest line that only holds the number of a document."""
_N: Final = rf"(?:[{ZH_NUMERAL}]{{1,9}}|[0-9０-９]{{1,4}})"
ARTICLE: Final = re.compile(rf"(?:\*\*|__)?\s?(?P<label>第\s?(?P<number>{_N})\s?条(?:之(?P<sub>{_N}))?)(?:\*\*|__)?")
_DIVISION: Final = re.compile(rf"第\s?(?P<number>{_N})\s?(?P<unit>分编|编|章|节)(?=[\s:：\u4e00-\u9fff]|$)")
_LISTED_CHAPTER: Final = re.compile(rf"(?P<number>[{ZH_NUMERAL}]{{1,3}})、(?P<title>[^。；：]{{1,40}})$")
_ITEM: Final = re.compile(rf"[（(]\s?(?P<number>[{ZH_NUMERAL}]{{1,4}})\s?[）)]")
_SUB_ITEM: Final = re.compile(
    r"(?:(?P<number>[0-9０-９]{1,2})[.．、]|[（(](?P<bracketed>[0-9０-９]{1,2})[）)])(?![0-9])"
)
_BRACKET_HEADING: Final = re.compile(r"\s*[【［\[](?P<title>[^】］\]\n]{1,60})[】］\]]")
_RUNS_ON: Final = frozenset("的、，和或及与至规所第款项；。)）以之在中等内外前后")
"""What follows "第五条" in running text; a line that wraps there is no new article ("第五条规定的…")."""
_FINISHED: Final = frozenset("。；：！？…—.;:!?”』」》）)】")
_TOC_LINE: Final = re.compile(r"目\s*录")
_HEAD_LINES: Final = 6
_PARAGRAPH_CAP: Final = 400
"""Paragraphs and items kept of one article: more is a table that was read as an article."""


_PADDING: Final = "#>*_ \t\n\r\xa0\u2002\u2003\u3000"
"""White space and Markdown marks that stand around a unit without belonging to it."""
_PUBLICATION_DELAY: Final = timedelta(days=400)
"""Longest wait between adoption and publication that is believed; the longest one met is 196 days."""
_RANKS: Final = ("编", "分编", "章", "节")
_PREFIX: Final = {"编": "part", "分编": "subpart", "章": "ch", "节": "s"}


@dataclass(slots=True)
class _Unit:
    """A paragraph or item while it is still growing."""

    number: str
    label: str
    level: str
    start: int
    end: int
    parent: str


@dataclass(frozen=True, slots=True)
class _Heading:
    line: Line
    number: int
    unit: str
    label: str
    title: str


def read_chinese(text: str, lines: Sequence[Line], *, hint: date | None, stated_title: str | None) -> ActVersion | None:
    """Return the act a Chinese text holds, or None when no article is found."""
    body, headings, articles = _scan(lines)
    if not articles:
        return None
    head = lines[:body]
    title, part = read_title(head, stated_title)
    first = (
        headings[0].line.start if headings and headings[0].line.start < articles[0][1].start else articles[0][1].start
    )
    opening = head[0].start if head else 0
    events = read_history(text, opening, first)
    order = read_promulgation(text, opening, first)
    if order is not None:
        events, title = with_promulgation(events, order), re.sub(r"\s+", "", order.title)
    version = _version(events, hint)
    spans = _article_spans(text, lines, headings, articles)
    if part is None:
        part = _single_book(headings, articles)
    provisions = _provisions(text, lines, headings, articles, spans, part)
    published = latest(events, Happening.PUBLISHED)
    newest = _newest(version.value, hint)
    if published.value is not None and newest is not None and published.value < newest:
        published = UNKNOWN_DATE  # it tells when the original was published, not this version
    return ActVersion(
        act=chinese_act_id(title),
        title=title,
        jurisdiction="CN",
        short_titles=tuple(dict.fromkeys((*_short_titles(title), *_own_number(head), *_numbers(order)))),
        version_date=version,
        version_hint=hint,
        adopted=earliest(events, Happening.ADOPTED),
        published=published,
        in_force=read_commencement(text, spans, events, newest),
        part=part,
        unit="条",
        repeals=read_repeals(text, spans),
        provisions=provisions,
    )


def _version(events: Sequence[Event], hint: date | None) -> DateFact:
    """Return the date of this text: its latest stated adoption or amendment, else its publication.

    Heads often lack their last amendment. The sign is a file named for a later date although the last event stated is
    an amendment or a publication (an adoption is followed by a later publication, which the name may give): then the
    text does not state its own date, and only the hint is left.
    """
    stated = latest(events, Happening.ADOPTED, Happening.AMENDED)
    last = max(events, key=lambda event: event.day, default=None)
    if stated.value is None:
        stated = latest(events, Happening.PUBLISHED)
    if hint is None or last is None or stated.value is None or hint <= last.day:
        return stated
    only_adopted = last.happenings.isdisjoint({Happening.AMENDED, Happening.PUBLISHED})
    return stated if only_adopted and hint - last.day <= _PUBLICATION_DELAY else UNKNOWN_DATE


def _newest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _scan(lines: Sequence[Line]) -> tuple[int, list[_Heading], list[tuple[int, Line, str, re.Match[str]]]]:
    """Return where the body begins, its headings, and its articles as (line index, line, number, label match)."""
    headings: list[_Heading] = []
    articles: list[tuple[int, Line, str, re.Match[str]]] = []
    body = len(lines)
    previous = 0
    for index, line in enumerate(lines):
        match = ARTICLE.match(line.text)
        if match is not None:
            value = chinese_number(match["number"])
            if value is not None and _opens_article(line.text, match, value, previous):
                sub = chinese_number(match["sub"]) if match["sub"] else None
                articles.append((index, line, f"{value}-{sub}" if sub else str(value), match))
                previous = value
                body = min(body, index)
                continue
        heading = _heading(line)
        if heading is not None:
            body = min(body, index)
            headings.append(heading)
    return body, _without_contents(headings, articles), articles


def _opens_article(text: str, match: re.Match[str], value: int, previous: int) -> bool:
    following = text[match.end() : match.end() + 1]
    if not following or following.isspace() or following in "【［[":
        return True
    if following in _RUNS_ON:
        # "第五条 以…" printed without a space still opens an article when it is the next one
        return following in "在以中等前后内外" and value == previous + 1
    return value in (previous, previous + 1) or previous == 0 or value == 1


def _heading(line: Line) -> _Heading | None:
    match = _DIVISION.match(line.text)
    if match is not None and len(line.text) <= 60 and not line.text.endswith(("。", "；", "，")):
        number = chinese_number(match["number"])
        if number is not None:
            title = re.sub(r"\s+", "", line.text[match.end() :]).strip(":：")
            return _Heading(line, number, match["unit"], match[0], title)
    listed = _LISTED_CHAPTER.match(line.text) if line.level is not None or len(line.text) <= 30 else None
    if listed is not None and line.level is not None:
        number = chinese_number(listed["number"])
        if number is not None:
            return _Heading(line, number, "章", listed["number"], listed["title"].strip())
    return None


def _without_contents(
    headings: list[_Heading], articles: Sequence[tuple[int, Line, str, re.Match[str]]]
) -> list[_Heading]:
    """Return the headings of the body, without those of a table of contents.

    Before the first article only one heading of each rank can be open, outermost first; whatever else stands there is
    the table of contents.
    """
    if not articles:
        return headings
    first = articles[0][1].start
    before = [heading for heading in headings if heading.line.start < first]
    kept: list[_Heading] = []
    for heading in reversed(before):
        if kept and _RANKS.index(heading.unit) >= _RANKS.index(kept[-1].unit):
            break
        kept.append(heading)
    return kept[::-1] + headings[len(before) :]


def read_title(head: Sequence[Line], stated: str | None) -> tuple[str, str | None]:
    """Return the act's title as printed, without white space, and the book the source holds, if it names one."""
    endings = tuple(zh_grammar()["title"]["endings"])
    parts = frozenset(zh_grammar()["title"]["parts"])
    pieces: list[str] = []
    for line in head[:_HEAD_LINES]:
        words = re.sub(r"\s+", "", line.text).strip("*_")
        if _TOC_LINE.fullmatch(words) or re.match(r"[（(]?\d{4}年|[（(]", words):
            break
        pieces.append(words)
        if words.endswith(endings):
            break
    title, used = "".join(pieces), len(pieces)
    if not title.endswith(endings) and stated and chinese_title(stated):
        title, used = re.sub(r"\s+", "", stated), 1
    part = None
    for line in head[used : used + 2]:
        words = re.sub(r"\s+", "", line.text)
        if words in parts or (words.endswith("编") and len(words) <= 10):
            part = words.removeprefix("第") if not re.match(rf"第{_N}编", words) else words
            break
    return title or (stated or ""), part


def _single_book(headings: Sequence[_Heading], articles: Sequence[tuple[int, Line, str, re.Match[str]]]) -> str | None:
    """Return the only book's name when the text begins in the middle of an act (its first article is not the first)."""
    books = [heading for heading in headings if heading.unit == "编"]
    if len(books) == 1 and articles[0][2] != "1":
        name = books[0].title
        return name if name.endswith("编") or name in zh_grammar()["title"]["parts"] else f"{name}编"
    return None


def _own_number(head: Sequence[Line]) -> tuple[str, ...]:
    """Return the number an interpretation bears in a line of its own ("法释〔2020〕17号"), by which it is cited."""
    for line in head:
        words = line.text.strip("（）() \u3000")
        number = document_number(words) if len(words) <= _NUMBER_LINE else None
        if number is not None and len("".join(words.split())) - len(number) <= 1:
            return (number,)
    return ()


def _numbers(order: Promulgation | None) -> tuple[str, ...]:
    return () if order is None or order.number is None else (order.number,)


def _short_titles(title: str) -> tuple[str, ...]:
    """Return the other names citations use: without the state's name, without 《》 inside."""
    short = chinese_title(title)
    names = [short, short.replace("《", "").replace("》", "")]
    return tuple(dict.fromkeys(name for name in names if name and name != title))


def _article_spans(
    text: str,
    lines: Sequence[Line],
    headings: Sequence[_Heading],
    articles: Sequence[tuple[int, Line, str, re.Match[str]]],
) -> list[tuple[int, int]]:
    """Return start and end of every article: up to the next article, heading or annex, without trailing space."""
    borders = sorted({heading.line.start for heading in headings} | {line.start for _, line, _, _ in articles})
    annexes = _annexes()
    last_index = articles[-1][0]
    ending = next((line.start for line in lines[last_index + 1 :] if annexes.match(line.text)), len(text))
    borders.append(ending)
    spans: list[tuple[int, int]] = []
    cursor = 0
    for _, line, _, _ in articles:
        while borders[cursor] <= line.start:
            cursor += 1
        end = borders[cursor]
        # trailing Markdown marks of the next heading belong to it
        stretch = text[line.start : end]
        spans.append((line.start, line.start + len(stretch.rstrip(_PADDING))))
    return spans


@cache
def _annexes() -> re.Pattern[str]:
    return re.compile(
        "(?:"
        + "|".join(map(re.escape, zh_grammar()["title"]["annexes"]))
        + r")(?=[ \u3000\d一二三四五六七八九十：:]|$)"
    )


def _provisions(
    text: str,
    lines: Sequence[Line],
    headings: Sequence[_Heading],
    articles: Sequence[tuple[int, Line, str, re.Match[str]]],
    spans: Sequence[tuple[int, int]],
    part: str | None,
) -> tuple[Provision, ...]:
    """Return divisions, articles and what is inside them, in reading order; ``part`` keeps division numbers apart."""
    found: list[Provision] = []
    open_units: dict[str, str] = {}
    pending = deque(headings)
    body_end = spans[-1][1]
    seen: dict[str, int] = {}
    for position, (index, line, number, match) in enumerate(articles):
        while pending and pending[0].line.start < line.start:
            heading = pending.popleft()
            ends = _division_end(pending, heading, body_end)
            ends = heading.line.start + len(text[heading.line.start : ends].rstrip(_PADDING))
            _open(found, open_units, heading, end=ends, part=part)
        enclosing = next((open_units[unit] for unit in reversed(_RANKS) if unit in open_units), None)
        start, end = spans[position]
        seen[number] = seen.get(number, 0) + 1
        if seen[number] > 1:
            # numbering that begins again (an annexed decision, a second text): kept apart, never merged
            number = f"{number}#{seen[number]}"
        bracket = _BRACKET_HEADING.match(line.text, match.end())
        title = bracket["title"].strip() if bracket is not None else None
        found.append(Provision(number, re.sub(r"\s", "", match["label"]), title, "article", start, end, enclosing))
        following = articles[position + 1][0] if position + 1 < len(articles) else len(lines)
        inside = [each for each in lines[index:following] if each.start < end]
        opening = bracket.end() if bracket is not None else match.end()
        found.extend(_paragraphs(text, number, inside, opening, end))
    return tuple(found)


def _division_end(pending: Iterable[_Heading], heading: _Heading, body_end: int) -> int:
    rank = _RANKS.index(heading.unit)
    return next((each.line.start for each in pending if _RANKS.index(each.unit) <= rank), body_end)


def _open(found: list[Provision], open_units: dict[str, str], heading: _Heading, *, end: int, part: str | None) -> None:
    for unit in _RANKS[_RANKS.index(heading.unit) :]:
        open_units.pop(unit, None)
    enclosing = next((open_units[unit] for unit in reversed(_RANKS) if unit in open_units), None)
    own = f"{_PREFIX[heading.unit]}{heading.number}"
    outer = enclosing if enclosing is not None else part
    number = own if outer is None else f"{outer}.{own}"
    open_units[heading.unit] = number
    level = zh_grammar()["levels"][heading.unit]
    found.append(Provision(number, heading.label, heading.title or None, level, heading.line.start, end, enclosing))


def _paragraphs(text: str, article: str, lines: Sequence[Line], opening: int, end: int) -> list[Provision]:
    """Return the paragraphs (款), items (项) and sub-items (目) of one article.

    A paragraph is a line, or several when a line breaks off in mid-sentence. Paragraphs are left out when the article
    has only one and no items: article and paragraph are then the same words.
    """
    units: list[_Unit] = []
    paragraph = item = sub_item = 0
    owner_item = ""
    unfinished = True
    for position, line in enumerate(lines):
        start = line.start + (opening if position == 0 else 0)
        start += len(text[start : line.end]) - len(text[start : line.end].lstrip(_PADDING))
        stop = min(line.end, end)
        if start >= stop:
            continue
        label_item = _ITEM.match(text, start, stop)
        label_sub = _SUB_ITEM.match(text, start, stop) if owner_item else None
        if len(units) >= _PARAGRAPH_CAP:
            break
        if label_item is not None and paragraph and (value := chinese_number(label_item["number"])) is not None:
            item, sub_item = value, 0
            owner_item = f"{article}({paragraph})({item})"
            units.append(_Unit(owner_item, label_item[0], "item", start, stop, f"{article}({paragraph})"))
        elif label_sub is not None:
            sub_item += 1
            number = chinese_number(label_sub["number"] or label_sub["bracketed"]) or sub_item
            units.append(_Unit(f"{owner_item}({number})", label_sub[0], "item", start, stop, owner_item))
        elif paragraph and unfinished:
            units[-1].end = stop
        else:
            paragraph += 1
            owner_item = ""
            units.append(_Unit(f"{article}({paragraph})", f"第{paragraph}款", "paragraph", start, stop, article))
        unfinished = text[stop - 1] not in _FINISHED
    if len(units) == 1:
        return []
    return _nested(units)


def _nested(units: Sequence[_Unit]) -> list[Provision]:
    """Return the provisions with every unit stretched over those inside it; a number met twice counts once."""
    ends: dict[str, int] = {}
    for unit in reversed(units):
        ends[unit.number] = max(unit.end, ends.get(unit.number, 0))
        ends[unit.parent] = max(ends.get(unit.parent, 0), ends[unit.number])
    first = {unit.number: unit for unit in reversed(units)}
    return [
        Provision(unit.number, unit.label, None, unit.level, unit.start, ends[unit.number], unit.parent)
        for unit in units
        if first[unit.number] is unit
    ]
