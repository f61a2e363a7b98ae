"""Days on which single provisions begin to apply, where the text of an act states them apart from its own day.

"Articles 5 and 6 shall apply from 1 January 2026", "section 4 comes into operation on such day as the Minister may
appoint", 第三十条自2025年1月1日起施行, and the marks of revised Irish acts ("F41 Inserted (7.09.2017) by …"). What is
said of the act as a whole is no concern of this module; a day before the version's own says nothing about it, as
consolidated texts keep the closing articles of the first one. Nothing is guessed: another day than that of the act,
which nobody states, is kept as such, without a day.

Source of the Irish marks: Law Reform Commission, Revised Acts, "About this Revised Act: annotations" (form of F-notes).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Final

from ingest.law.english_head import DATE_EN, read_day
from ingest.law.grammar import en_grammar, zh_grammar
from ingest.law.history import DATE_ZH, read_date
from ingest.law.references import read_references
from kb.law_numbers import chinese_number, roman_number
from kb.law_places import Places
from kb.model import ActVersion, Citation, Commencement, DateFact, Provision

_SENTENCE: Final = 600
"""Characters before words of commencement in which the provisions they speak of stand."""
_STOP_EN: Final = re.compile(r"\.\s|;\s|:\s|\n\s*\n|\n(?=\(?[a-z0-9]{1,4}[).])")
_STOP_ZH: Final = re.compile(r"[。；\n]")
_EXCEPT: Final = re.compile(
    r",?\s(?:with the exception of|except(?: for)?|other than|save(?: for)?)\s"
    r"(?P<kept>[^.;]{1,200}?)(?=,\swhich\b|[.;]|\n|$)"
)
_DIVISION_EN: Final = re.compile(
    r"\b(?P<unit>Chapter|Title|Part)s?\s(?P<list>[IVXLC\d]{1,6}(?:(?:,\s|\sand\s|,\sand\s|\sor\s|\sto\s)[IVXLC\d]{1,6}){0,12})(?![\w(])"
)
_DIVISION_ZH: Final = re.compile(r"第(?P<number>[〇零一二三四五六七八九十百\d]{1,6})章")
_INNER_SECTION: Final = re.compile(r"\s?,?\sSections?\s[IVXLC\d]{1,4}\b")
_AFTER_ZH: Final = re.compile(r"[。；，,;.\s）)]|$")
_BETWEEN_ZH: Final = re.compile(r"的?(?:规定(?:的[^，。；\n]{1,30})?|内容|条款)?[，,]?$")
_BETWEEN_EN: Final = re.compile(
    r"(?:\)|\s|,|and the corresponding \w+ in this \w+|(?:of|to|in) this \w+"
    r"|which|shall|inclusive|respectively|only|also){0,12}$"
)
_MARK_IE: Final = re.compile(
    r"(?<![A-Za-z0-9])F\d{1,4}\s{1,3}(?:Inserted|Substituted|Amended|Added|Deleted|Repealed)\s\((?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\)\sby\b"
)
_REACH_IE: Final = 60


def read_commencements(text: str, act: ActVersion, *, language: str) -> tuple[Commencement, ...]:
    """Return the days single provisions begin to apply, in order of the words that state them.

    Args:
        text: the text the act's provisions stand in.
        act: the act as it was read from that text, with its own dates.
        language: "en", "zh" or "und".
    """
    if act.jurisdiction == "CN" or language == "zh":
        found = list(_chinese(text, act, language))
    else:
        found = [*_english(text, act, language), *_irish_marks(text, act)]
    return tuple(sorted(found, key=lambda each: (each.start, each.end)))


# --- English ---------------------------------------------------------------------------------------------------------


@cache
def _said_en() -> re.Pattern[str]:
    words = en_grammar()["dates"]
    stated = "|".join(f"(?:{each})" for each in words["commencement"])
    return re.compile(rf"(?P<dated>(?:{stated})(?=\d|[A-Z]))|(?P<appointed>{words['appointed']})")


def _english(text: str, act: ActVersion, language: str) -> Iterator[Commencement]:
    said = [
        match
        for unit in act.provisions
        if unit.level == "article"
        for match in _said_en().finditer(text, unit.start, unit.end)
    ]
    if not said:
        return
    references = _own_references(text, act, language)
    previous = 0
    for match in said:
        begin = max(previous, match.start() - _SENTENCE)
        stops = [stop.end() for stop in _STOP_EN.finditer(text, begin, match.start())]
        begin = stops[-1] if stops else begin
        end, day = match.end(), None
        if match["dated"] is not None:
            stated = DATE_EN.match(text, match.end())
            day = read_day(stated) if stated is not None else None
            if stated is None or day is None:
                continue
            end = stated.end()
        exception = _EXCEPT.match(text, end)
        previous = end
        subject = text[begin : match.start()]
        if re.search(en_grammar()["dates"]["commencing_own"], subject) is not None and "which" not in subject:
            continue  # "Except section 4, this Act comes into operation on …": the act as a whole
        cited, first = _subject(text, act, references, begin, match.start())
        if not cited or _early(day, act) or (day is None and not _is_first_text(act)):
            continue
        kept = () if exception is None else _within(references, exception.start("kept"), exception.end("kept"))
        left = tuple(number for number in cited if number not in {each.provision for each in kept})
        if left and day != act.in_force.value:
            yield Commencement(left, day, first, end)


def _own_references(text: str, act: ActVersion, language: str) -> list[Citation]:
    return [each for each in read_references(text, act, language=language) if each.act == act.act and each.provision]


def _named(references: Sequence[Citation], start: int, end: int) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return the references between two offsets, each with its own and the provisions it names."""
    return [(each.start, each.end, (each.provision or "",)) for each in _within(references, start, end)]


def _within(references: Sequence[Citation], start: int, end: int) -> list[Citation]:
    """Return the references between two offsets; they are in the order of their start."""
    first = bisect_left(references, start, key=_start)
    last = bisect_left(references, end, key=_start)
    return [each for each in references[first:last] if each.end <= end]


def _start(citation: Citation) -> int:
    return citation.start


def _subject(
    text: str, act: ActVersion, references: Sequence[Citation], begin: int, end: int
) -> tuple[tuple[str, ...], int]:
    """Return the provisions a sentence of commencement speaks of, and where the first of them is named."""
    named = _named(references, begin, end)
    for match in _DIVISION_EN.finditer(text, begin, end):
        if _INNER_SECTION.match(text, match.end()) is not None:
            continue  # "Chapter III Section 4": only a part of the chapter, which no number of ours names
        numbers = _divisions(match["list"])
        named.append((match.start(), match.end(), tuple(_units_of(act, numbers))))
    if not named or _BETWEEN_EN.fullmatch(text[max(each[1] for each in named) : end]) is None:
        return (), end
    named.sort()
    known = _numbers(act)
    return tuple(dict.fromkeys(number for _, _, each in named for number in each if number in known)), named[0][0]


def _numbers(act: ActVersion) -> frozenset[str]:
    return frozenset(each.number for each in act.provisions)


def _divisions(listed: str) -> list[int]:
    """Return the numbers of a list of chapters: "I and II", "1 to 3"."""
    found: list[int] = []
    ranged = False
    for word in re.findall(r"[IVXLC]+|\d+|to", listed):
        if word == "to":
            ranged = True
            continue
        value = int(word) if word.isdigit() else roman_number(word)
        if value is None:
            continue
        found += range(found[-1] + 1, value + 1) if ranged and found and value < found[-1] + 100 else [value]
        ranged = False
    return found


def _units_of(act: ActVersion, chapters: Iterable[int]) -> Iterator[str]:
    """Yield the base units of chapters (of the outermost divisions of their kind), by number."""
    wanted = frozenset(chapters)
    parents = {each.number: each for each in act.provisions}
    for unit in act.provisions:
        above: Provision | None = unit
        while above is not None and unit.level == "article":
            if above.level in ("chapter", "part") and _division_number(above) in wanted:
                yield unit.number
                break
            above = parents.get(above.parent) if above.parent is not None else None


def _division_number(division: Provision) -> int | None:
    match = re.search(
        r"(?<![A-Za-z\d])([IVXLC]{1,6}|\d{1,3})[^A-Za-z\d]*$|第([〇零一二三四五六七八九十百]{1,5})", division.label
    )
    if match is None:
        return None
    word = match[1] or match[2]
    return int(word) if word.isdigit() else (roman_number(word) or chinese_number(word))


def _irish_marks(text: str, act: ActVersion) -> Iterator[Commencement]:
    """Yield the day of the latest amendment of each section of a revised Irish act, as its notes state it."""
    if act.jurisdiction != "IE":
        return
    places = Places(act.provisions)
    latest: dict[str, tuple[date, int, int]] = {}
    for match in _MARK_IE.finditer(text):
        unit = places.at(match.start())
        try:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        except ValueError:
            continue
        if unit is not None:
            base = unit.number.partition("(")[0]
            latest[base] = max(latest.get(base, (date.min, 0, 0)), (day, match.start(), match.end()))
    for number, (day, start, end) in latest.items():
        yield Commencement((number,), day, start, end)


# --- Chinese ---------------------------------------------------------------------------------------------------------


@cache
def _said_zh() -> re.Pattern[str]:
    verbs = "|".join(map(re.escape, zh_grammar()["commencing"]["verbs"]))
    return re.compile(
        rf"(?:自|从|于)[^\S\n]?(?:(?P<day>{DATE_ZH.pattern})|(?P<publication>(?:公布|发布|颁布|印发)之日))"
        rf"[^\S\n]?(?:起|开始)?[^\S\n]?(?:正式)?(?:{verbs})"
    )


def _chinese(text: str, act: ActVersion, language: str) -> Iterator[Commencement]:
    said = [
        match
        for unit in act.provisions
        if unit.level == "article"
        for match in _said_zh().finditer(text, unit.start, unit.end)
        if _AFTER_ZH.match(text, match.end()) is not None
    ]
    if not said:
        return
    labels = {each.start for each in act.provisions}
    references = [each for each in _own_references(text, act, language) if each.start not in labels]
    previous = 0
    for match in said:
        begin = max(previous, match.start() - _SENTENCE)
        stops = [stop.end() for stop in _STOP_ZH.finditer(text, begin, match.start())]
        begin = stops[-1] if stops else begin
        previous = match.end()
        day = _day_zh(match, act.published)
        named = _named(references, begin, match.start())
        for division in _DIVISION_ZH.finditer(text, begin, match.start()):
            value = chinese_number(division["number"])
            if value is not None and division.start() not in labels:
                named.append((division.start(), division.end(), tuple(_units_of(act, [value]))))
        if not named or day is None or _early(day, act) or day == act.in_force.value:
            continue
        if _BETWEEN_ZH.fullmatch(text[max(each[1] for each in named) : match.start()]) is None:
            continue
        named.sort()
        known = _numbers(act)
        numbers = tuple(dict.fromkeys(number for _, _, each in named for number in each if number in known))
        if numbers:
            yield Commencement(numbers, day, named[0][0], match.end())


def _day_zh(match: re.Match[str], published: DateFact) -> date | None:
    if match["publication"] is not None:
        return published.value
    stated = DATE_ZH.search(match["day"])
    return read_date(stated) if stated is not None else None


# --- both ------------------------------------------------------------------------------------------------------------


def _early(day: date | None, act: ActVersion) -> bool:
    """Return whether a stated day lies before the version, so that it tells of an earlier text."""
    version = act.version_date.value or act.version_hint
    return day is not None and version is not None and day < version


def _is_first_text(act: ActVersion) -> bool:
    """Return whether nothing shows that the text is younger than the act as it was adopted."""
    version = act.version_date.value or act.version_hint
    original = act.adopted.value or act.published.value
    return version is None or original is None or version <= original
