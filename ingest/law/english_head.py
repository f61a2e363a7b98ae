"""What an act in English states about itself: title, id, jurisdiction, dates, commencement, repeals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from ingest.citation_grammar.gazetteer import gazetteer
from ingest.citations import find_citations
from ingest.law.grammar import en_grammar
from ingest.law.lines import Line
from kb.model import UNKNOWN_DATE, DateFact, Span

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH: Final = "|".join(_MONTHS)
DATE_EN: Final = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\sday)?(?:\sof)?\s(?P<month>{_MONTH}),?\s(?P<year>\d{{4}})"
    rf"|(?P<month2>{_MONTH})\s(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year2>\d{{4}})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2})"
)
_HEAD: Final = 6_000
_TITLE_WORD: Final = re.compile(
    r"\b(?:Act|Regulations?|Rules|Code|Law|Directive|Decision|Order|Ordinance|Statute|Charter|Convention|Treaty|Measures|Provisions)\b",
    re.IGNORECASE,
)
_EU: Final = re.compile(
    r"(?P<kind>REGULATION|DIRECTIVE|DECISION)\s\((?:EU|EC|EEC|EURATOM)[^()]{0,12}\)\s(?:No\.?\s)?(?P<first>\d{1,4})/(?P<second>\d{1,4})"
    r"|(?P<kind2>DIRECTIVE|DECISION)\s(?P<first2>\d{2,4})/(?P<second2>\d{1,4})/(?:EU|EC|EEC)",
    re.IGNORECASE,
)
_IRISH_IDENTIFIER: Final = re.compile(r"IE-(?P<year>\d{4})-act-(?P<number>\d{1,3})", re.IGNORECASE)
_IRISH_NUMBER: Final = re.compile(r"Number\s(?P<number>\d{1,3})\sof\s(?P<year>\d{4})", re.IGNORECASE)
_BRITISH_CHAPTER: Final = re.compile(r"(?P<year>(?:18|19|20)\d{2})\s(?:c\.|CHAPTER|Chapter)\s?(?P<number>\d{1,3})")
_CFR_PART: Final = re.compile(
    r"(?P<title>\d{1,2})\sCFR\s(?:[Pp]art\s)?(?P<part>\d{1,4})|[Tt]itle\s(?P<title2>\d{1,2})[^\n]{0,200}\n(?:[^\n]*\n){0,12}?[^\n]{0,4}P(?:ART|art)\s(?P<part2>\d{1,4})"
)
_SENTENCE: Final = 300
"""Characters before "is repealed" in which the repealed acts stand."""
_STOP: Final = re.compile(r"[.;]\s|\n")
_SLUG: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Head:
    """The act's own statements."""

    act: str
    title: str
    jurisdiction: str | None
    short_titles: tuple[str, ...]
    version: DateFact
    adopted: DateFact
    published: DateFact


def read_head(text: str, lines: Sequence[Line], front: Mapping[str, str], body: int, stated_title: str | None) -> Head:
    """Return what the head of an act states; ``body`` is the offset of its first unit."""
    head = text[: min(body, _HEAD)]
    title = _title(lines, front, body, stated_title)
    jurisdiction = _jurisdiction(text[:_HEAD])
    act, more = _identity(head, front, title, jurisdiction)
    if jurisdiction is None and "/" in act and act.split("/")[0] in {"eu", "us", "gb", "ie", "cn"}:
        jurisdiction = act.split("/")[0].upper()
    cited = _cited_as(text, title)
    names = tuple(dict.fromkeys(name for name in (*more, *cited) if name and name != title))
    adopted = _front_date(text, front, "adopted") if "adopted" in front else _dated(head, "adopted")
    published = (
        _front_date(text, front, "publication_date") if "publication_date" in front else _dated(head, "published")
    )
    version = _front_date(text, front, "last_updated")
    if version.value is None:
        amended = _dated(head, "amended", last=True)
        version = max((amended, adopted, published), key=lambda fact: fact.value or date.min)
    if act.startswith("eu/") and version.value is None:
        version = adopted = _of_date(head)
    return Head(act, title, jurisdiction, names, version, adopted, published)


def read_day(match: re.Match[str]) -> date | None:
    """Return the day a match of ``DATE_EN`` states, or None when there is no such day."""
    try:
        if match["iso"] is not None:
            return date.fromisoformat(match["iso"])
        month, day, year = (
            match["month"] or match["month2"],
            match["day"] or match["day2"],
            match["year"] or match["year2"],
        )
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None


def _title(lines: Sequence[Line], front: Mapping[str, str], body: int, stated: str | None) -> str:
    candidates = [front.get("title", "")]
    head = [line for line in lines if line.start < body]
    candidates.extend(line.text for line in head if line.level == 1)
    candidates.append(stated or "")
    candidates.extend(line.text for line in head[:12] if _TITLE_WORD.search(line.text) and len(line.text) <= 200)
    candidates.extend(line.text for line in head[:1])
    for candidate in candidates:
        plain = re.sub(r"\s+", " ", candidate.strip("*_# ")).replace(" ,", ",")
        if plain:
            return plain
    return "untitled act"


@cache
def _jurisdictions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((entry["code"], re.compile(entry["pattern"])) for entry in en_grammar()["jurisdictions"])


def _jurisdiction(head: str) -> str | None:
    first = [(found.start(), code) for code, pattern in _jurisdictions() if (found := pattern.search(head)) is not None]
    return min(first)[1] if first else None


def _identity(head: str, front: Mapping[str, str], title: str, jurisdiction: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the act's id and the further names its number gives it."""
    irish = _IRISH_IDENTIFIER.search(front.get("identifier", ""))
    if irish is None and jurisdiction == "IE":
        irish = _IRISH_NUMBER.search(head)
    if irish is not None:
        return f"ie/act/{irish['year']}/{int(irish['number'])}", ()
    if jurisdiction in (None, "EU"):
        european = _EU.search(title) or _EU.search(head)
        if european is not None:
            kind = (european["kind"] or european["kind2"]).capitalize()
            name = re.sub(r"\s+", " ", european[0])
            cited = find_citations(f"{kind}{name[len(kind) :]}", "en")
            if cited and cited[0].act is not None:
                return cited[0].act, (cited[0].text,)
    chapter = _BRITISH_CHAPTER.search(head) if jurisdiction in (None, "GB") else None
    if chapter is not None:
        return f"gb/act/{chapter['year']}/{int(chapter['number'])}", ()
    part = _CFR_PART.search(head) if jurisdiction in (None, "US") else None
    if part is not None:
        volume, number = part["title"] or part["title2"], part["part"] or part["part2"]
        return f"us/cfr/{volume}/{number}", (f"{volume} CFR part {number}",)
    known = gazetteer()
    act = known.act(title)
    if act is None:
        named = known.english.search(title)
        act = known.act(named[0]) if named is not None else None
    if act is not None:
        return act, ()
    return act_slug(title, jurisdiction), ()


def act_slug(title: str, jurisdiction: str | None) -> str:
    """Return an id made from a title, for acts whose number is not known."""
    slug = _SLUG.sub("-", title.casefold()).strip("-")[:80] or "untitled"
    return f"{jurisdiction.lower() if jurisdiction is not None else 'und'}/act/{slug}"


def _cited_as(text: str, title: str) -> tuple[str, ...]:
    """Return the names the act says it may be cited by, and the name in brackets at the end of its title."""
    names = [
        re.sub(r"[*_\s]+", " ", match[1]).strip()
        for match in re.finditer(
            r"may be cited as (?:the )?[\s*_\"“]{0,4}([A-Z][^.;\n\"”]{3,120}?)[*_\"”]{0,3}[.;,\n]", text[:40_000]
        )
    ]
    bracket = re.search(r"\(([A-Z][^()]{1,80})\)\s*$", title)
    if bracket is not None:
        names.append(bracket[1])
    return tuple(names[:3])


def _front_date(text: str, front: Mapping[str, str], key: str) -> DateFact:
    value = front.get(key, "")
    match = DATE_EN.search(value)
    day = read_day(match) if match is not None else None
    if match is None or day is None:
        return UNKNOWN_DATE
    line = re.search(rf"^{re.escape(key)}:[^\n]*$", text[:_HEAD], re.MULTILINE | re.IGNORECASE)
    if line is None:
        return UNKNOWN_DATE
    start = text.index(match[0], line.start())
    return DateFact(day, Span(start, start + len(match[0])))


def _dated(head: str, kind: str, *, last: bool = False) -> DateFact:
    """Return the first (or last) date of the head that stands after a word of the kind, at most 60 characters away."""
    words = en_grammar()["dates"][kind]
    found: list[DateFact] = []
    for match in DATE_EN.finditer(head):
        before = head[max(0, match.start() - 60) : match.start()]
        said = list(re.finditer(words, before, re.IGNORECASE))
        day = read_day(match)
        if said and day is not None and "." not in before[said[-1].end() :]:
            found.append(DateFact(day, Span(match.start(), match.end())))
    if not found and kind == "adopted":
        found = _in_brackets(head)
    if not found:
        return UNKNOWN_DATE
    return max(found, key=lambda fact: fact.value or date.min) if last else found[0]


def _in_brackets(head: str) -> list[DateFact]:
    """Return the date a British or Irish act prints in brackets below its long title: "[3rd May 2031]"."""
    found: list[DateFact] = []
    for match in DATE_EN.finditer(head):
        day = read_day(match)
        if (
            day is not None
            and head[match.start() - 1 : match.start()] == "["
            and head[match.end() : match.end() + 1] in ("]", ".")
        ):
            found.append(DateFact(day, Span(match.start(), match.end())))
    return found


def _of_date(head: str) -> DateFact:
    """Return the date in an EU title: "of 27 April 2016"."""
    for match in re.finditer(r"\bof\s", head):
        day_match = DATE_EN.match(head, match.end())
        day = read_day(day_match) if day_match is not None else None
        if day_match is not None and day is not None:
            return DateFact(day, Span(day_match.start(), day_match.end()))
    return UNKNOWN_DATE


def read_commencement(
    text: str, units: Sequence[tuple[int, int]], version: date | None, original: date | None
) -> DateFact:
    """Return the stated day of commencement, or the unknown date.

    An act whose version is later than its original text says nothing about the version's own commencement.
    """
    if version is not None and original is not None and version > original:
        return UNKNOWN_DATE
    for words in en_grammar()["dates"]["commencement"]:
        pattern = re.compile(words + r"(?=\d|[A-Z])")
        for start, end in reversed(units):
            for said in pattern.finditer(text, start, end):
                match = DATE_EN.match(text, said.end())
                day = read_day(match) if match is not None else None
                late = version is None or (day is not None and day >= version)
                if match is not None and day is not None and late and _is_whole(text, start, said.start()):
                    return DateFact(day, Span(match.start(), match.end()))
    if original is not None:
        for start, end in reversed(units):
            passed = re.compile(en_grammar()["dates"]["on_passing"]).search(text, start, end)
            if passed is not None and _is_whole(text, start, passed.start()):
                return DateFact(original, Span(passed.start(), passed.end()))
    return UNKNOWN_DATE


def _is_whole(text: str, start: int, at: int) -> bool:
    """Return whether a sentence of commencement speaks of the act and not of some of its provisions."""
    begin = max(start, at - _SENTENCE)
    stops = [stop.end() for stop in _STOP.finditer(text, begin, at)]
    subject = text[stops[-1] if stops else begin : at]
    words = en_grammar()["dates"]
    return re.search(words["commencing_own"], subject) is not None or not re.search(words["commencing_part"], subject)


def read_repeals(text: str, units: Sequence[tuple[int, int]], own: str) -> tuple[tuple[str, Span], ...]:
    """Return the acts the text says it repeals as a whole, each with the words that name it."""
    found: dict[str, Span] = {}
    pattern, partly = (re.compile(en_grammar()["dates"][name]) for name in ("repealed", "partly"))
    for start, end in units:
        for said in pattern.finditer(text, start, end):
            begin = max(start, said.start() - _SENTENCE)
            stops = [stop.end() for stop in _STOP.finditer(text, begin, said.start())]
            begin = stops[-1] if stops else begin
            for cited in find_citations(text[begin : said.start()], "en"):
                if cited.provision is not None or cited.act is None or cited.act == own:
                    continue
                if partly.search(text, begin, begin + cited.start) is None:
                    found.setdefault(cited.act, Span(begin + cited.start, begin + cited.end))
    return tuple(found.items())
