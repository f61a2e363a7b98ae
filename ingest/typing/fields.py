"""Proposes the short spans that name a contract's title, parties and dates, for the model to judge.

These four CUAD categories are marked inside a sentence, not as sentences, so they need candidates of their own. The
proposals are generous on purpose: the trained span model keeps what the surrounding words support.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

OPENING_CHARS: Final = 6_000
"""Titles, parties and dates are named in the opening; further in, a date or a name is nearly always something else."""

CLOSING_CHARS: Final = 4_000
"""The signature block repeats the parties."""

MAX_FIELDS: Final = 160
"""Proposals kept per contract and category, in reading order: bounds time on lists of names."""

_MONTH: Final = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?"
)
_BLANK: Final = r"(?:_{1,40}|\[[ _*•●·]{0,20}\])"
_YEAR: Final = rf"(?:(?:19|20)\s?\d\s?\d|(?:19|20)?{_BLANK}|\d{{2}}\b)"
_DAY: Final = rf"(?:\d{{1,2}}\s{{0,2}}(?:s\s?t|n\s?d|r\s?d|t\s?h)?|{_BLANK}|first|last)"

DATE: Final = re.compile(
    rf"(?:{_DAY}\s{{0,3}}(?:day)?\s{{0,3}}(?:of)?\s{{0,3}}(?:{_MONTH}|{_BLANK})"
    rf"\s{{0,3}},?\s{{0,3}}(?:of\s|in the year\s)?{_YEAR}"
    rf"|(?:{_MONTH}|{_BLANK})\s{{0,4}}{_DAY}\s{{0,2}}[,.]?\s{{0,3}}{_YEAR}"
    rf"|{_MONTH}\s{{0,3}},?\s{{0,3}}(?:19|20)\d\d"
    r"|\b\d{1,2}[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})\b|\b(?:19|20)\d\d-\d{2}-\d{2}\b)"
)

_TITLE_WORD: Final = r"(?:[A-Z][\w&'’./\-]{0,30}|of|for|and|to|the|on|in|by|with|&|[-–—/]|\([A-Z][A-Za-z ]{0,30}\))"
_TITLE_END: Final = (
    r"(?:AGREEMENTS?|Agreements?|CONTRACTS?|Contracts?|ADDENDUM|Addendum|AMENDMENT|Amendment|LEASE|Lease|LICENSE|License|"
    r"TERMS AND CONDITIONS|Terms and Conditions|MEMORANDUM OF UNDERSTANDING|Memorandum of Understanding|"
    r"STATEMENT OF WORK|Statement of Work|PLAN|Plan|POLICY|Policy|GUARANTY|Guaranty|SCHEDULE|Schedule|DEED|Deed)"
)
TITLE: Final = re.compile(
    rf"\b(?P<name>[A-Z][\w&'’./\-]{{0,30}}(?:,?\s{{1,12}}{_TITLE_WORD}){{0,12}}?\s{{1,12}}{_TITLE_END}"
    rf"|{_TITLE_END})\b(?P<tail>(?:\s{{1,4}}(?:NO\.?|No\.?|NUMBER|#)\s{{0,3}}[\w\-]{{1,12}})?)"
)

_SUFFIX: Final = (
    r"(?:Inc|INC|Incorporated|INCORPORATED|Corp|CORP|Corporation|CORPORATION|Company|COMPANY|Co|CO|Ltd|LTD|Limited|LIMITED|"
    r"LLC|L\.L\.C|LLP|L\.L\.P|LP|L\.P|PLC|plc|GmbH|GMBH|AG|S\.A|SA|N\.V|NV|B\.V|BV|S\.p\.A|S\.r\.l|Pty|PTY|Trust|TRUST|"
    r"Bank|BANK|N\.A|Partners|PARTNERS|Partnership|PARTNERSHIP|University|UNIVERSITY|Association|ASSOCIATION|A/S|AB|Oy|KK|"
    r"K\.K|SE|Sarl|S\.a\.r\.l|S\.A\.S|Foundation|FOUNDATION|Fund|FUND|Group|GROUP|Holdings|HOLDINGS)"
)
_NAME_WORD: Final = r"(?:[A-Z0-9][\w&'’.!/\-]{0,40}|&|of|and|the|de|\([A-Z][A-Za-z. ]{0,24}\))"
COMPANY: Final = re.compile(
    rf"\b[A-Z0-9][\w&'’.!/\-]{{0,40}}(?:\s{{1,3}}{_NAME_WORD}){{0,7}}?,?\s{{1,3}}{_SUFFIX}\b\.?(?:,?\s{{1,3}}{_SUFFIX}\b\.?){{0,2}}"
)
QUOTED: Final = re.compile(r"[\"“”]\s{0,2}(?P<name>[^\"“”\n]{1,60}?)\s{0,2}[\"“”]|''(?P<other>[^'\n]{1,60})''")
BETWEEN: Final = re.compile(
    r"(?:\bbetween|\bBETWEEN|\bBetween|\bamong|\bAMONG|\band|\bAND|\bby|\bBY)[:,]?\s{1,20}(?:\(\d\)\s{1,3}|\d\.\s{1,3})?"
    r"(?P<name>[A-Z][^,(;\n\"“]{2,70}?(?:,\s{0,2}(?:Inc|INC|LLC|Ltd|LTD|L\.P|LP|L\.L\.C|N\.A|Corp|S\.A)\b\.?)?)"
    r"(?=\s{0,3}(?:[,(;\n\"“]| a | an |, a ))"
)
BRACKETED: Final = re.compile(r"\(\s{0,3}(?P<name>[^()\n]{0,60}[\"“][^()\n]{1,80})\)")
SIGNATORY: Final = re.compile(r"\n[ \t]{0,80}(?P<name>[A-Z][A-Za-z0-9&'’.,/ \-]{2,60})[ \t]{0,40}\n")


@dataclass(frozen=True, slots=True)
class Field:
    """One proposed span for one of the field categories."""

    category: str
    start: int
    end: int
    source: str


def propose(text: str) -> tuple[Field, ...]:
    """Return every proposal for title, parties and dates, in reading order per category."""
    opening = min(len(text), OPENING_CHARS)
    closing = max(opening, len(text) - CLOSING_CHARS)
    fields: list[Field] = []
    titles = _bounded(_titles(text, opening))
    fields += [Field("Document Name", start, end, "title") for start, end in titles]
    parties = _bounded(_parties(text, opening, closing))
    fields += [Field("Parties", start, end, source) for (start, end), source in parties.items()]
    dates = _bounded(_dates(text, opening, closing))
    for category in ("Agreement Date", "Effective Date"):
        fields += [Field(category, start, end, "date") for start, end in dates]
    return tuple(fields)


def _bounded(found: Iterator[tuple[int, int, str]]) -> dict[tuple[int, int], str]:
    kept: dict[tuple[int, int], str] = {}
    for start, end, source in found:
        kept.setdefault((start, end), source)
        if len(kept) >= MAX_FIELDS:
            break
    return kept


def _titles(text: str, opening: int) -> Iterator[tuple[int, int, str]]:
    for found in TITLE.finditer(text, 0, opening):
        start, end = found.start("name"), found.end()
        yield start, end, "title"
        for cut in _INNER_START.finditer(text, start, found.end("name")):
            if cut.end() < found.end("name"):
                yield cut.end(), end, "title"


_INNER_START: Final = re.compile(r"\b(?:This|THIS|Exhibit|EXHIBIT|[\d.]{2,8}|Version|Copy|COPY)\s{1,12}|\s{3,12}")


def _dates(text: str, opening: int, closing: int) -> Iterator[tuple[int, int, str]]:
    for start, end in ((0, opening), (closing, len(text))):
        for found in DATE.finditer(text, start, end):
            yield found.start(), found.end(), "date"


def _parties(text: str, opening: int, closing: int) -> Iterator[tuple[int, int, str]]:
    for found in COMPANY.finditer(text, 0, opening):
        yield found.start(), found.end(), "company"
    for found in BETWEEN.finditer(text, 0, opening):
        yield found.start("name"), found.end("name"), "between"
    for found in QUOTED.finditer(text, 0, opening):
        group = "name" if found.group("name") is not None else "other"
        yield found.start(group), found.end(group), "quoted"
    for found in BRACKETED.finditer(text, 0, opening):
        yield found.start("name"), found.end("name"), "bracketed"
    for found in COMPANY.finditer(text, closing):
        yield found.start(), found.end(), "signature-company"
    for found in SIGNATORY.finditer(text, closing):
        yield found.start("name"), found.end("name"), "signature-line"
