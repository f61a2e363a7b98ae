"""CUAD's master answers as canonical values: what a careful reader would accept for each.

The rules, with the reason for each (none depends on what Duegraph reads):

- A date is month/day/year; one answer is day first. Two figures leave the century open, and answers that expanded them
  guess it differently ("12/31/1930" for a term that ends in 2030), so both centuries count.
- A date with a blank part ("[]/[]/2013") is no full date. The answer to expect is "unknown"; it is counted apart.
- "perpetual" is an answer of its own and is counted apart; where a date stands beside it, the date counts.
- A period may be written "(6) months", "60) days", "0.5 year", "successive 1 year"; several periods are alternatives.
  12 months are a year, 7 days a week; 30 days are no month.
- A typed answer that contradicts the words quoted for it in the same row is a slip of the one who typed it: "7/7/1999"
  for "7th day of September, 1999". Where the quote is nothing but one date, or says "expiring <date>", that date counts
  as well. Figures are printed with and without this rule.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz, process

from ingest.places import gazetteer

DATA: Final = Path(__file__).parents[2].parent / "shared" / "data" / "contracts" / "cuad"
PERPETUAL: Final = "perpetual"
ROLES: Final = {
    "Agreement Date": "Agreement Date-Answer",
    "Effective Date": "Effective Date-Answer",
    "Expiration Date": "Expiration Date-Answer",
    "Renewal Term": "Renewal Term-Answer",
    "Notice Period to Terminate Renewal": "Notice Period to Terminate Renewal-Answer",
    "Governing Law": "Governing Law-Answer",
}
_SAME_TITLE: Final = 88  # the file names of the answers differ from the titles in punctuation and cut ends
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED: Final = "|".join(_MONTHS)
_QUOTED: Final = re.compile(
    rf"(?i)\b(?:(?P<d1>\d{{1,2}})(?:\s?(?:st|nd|rd|th))?\s+(?:day\s+)?(?:of\s+)?(?P<m1>{_NAMED})[a-z]*\.?,?\s+(?P<y1>\d{{4}})"
    rf"|(?P<m2>{_NAMED})[a-z]*\.?\s+(?P<d2>\d{{1,2}})(?:\s?(?:s\s?t|n\s?d|r\s?d|t\s?h))?\s*,?\s+(?P<y2>\d{{4}}))\b"
)
_ENDING: Final = re.compile(r"(?i)\b(?:expir\w+|ending|ends|until|through)\s+(?:on\s+|and\s+including\s+)?$")
_AROUND_DATE: Final = 12  # characters besides the date in a quote that is nothing but a date ("Dated …", a full stop)


def answers() -> dict[str, dict[str, str]]:
    """Return the rows of the master file by the letters of their file names."""
    with (DATA / "master_clauses.csv").open(encoding="utf-8") as file:
        return {re.sub(r"[\W_]", "", row["Filename"].removesuffix(".pdf")).lower(): row for row in csv.DictReader(file)}


def row_of(gold: dict[str, dict[str, str]], title: str) -> dict[str, str] | None:
    """Return the row of a contract, found by its title; None when no file name is like it."""
    key = re.sub(r"[\W_]", "", title).lower()
    if key in gold:
        return gold[key]
    best = process.extractOne(key, list(gold), scorer=fuzz.ratio, score_cutoff=_SAME_TITLE)
    return None if best is None else gold[best[0]]


def normal(role: str, answer: str) -> set[str]:
    """Return the canonical readings of one master answer; empty when it has none."""
    answer = answer.strip()
    if "Date" in role:
        parts = [_days(part.strip()) for part in re.split(r"[;,]", answer)]
        dated = set().union(*parts)
        return dated or ({PERPETUAL} if answer.lower() == PERPETUAL else set())
    if role == "Governing Law":
        names = gazetteer("en")
        return {code for found in names.find(answer, 0, len(answer)) if (code := names.code(found[0])) is not None}
    found: set[str] = set()
    for count, unit in re.findall(r"(\d+(?:\.\d+)?)\)?\s*(?:business\s+)?(day|week|month|year)", answer.lower()):
        found |= _periods(Decimal(count), unit)
    return found


def _days(answer: str) -> set[str]:
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{2,4})", answer)
    if match is None:
        return set()
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    month, day = (second, first) if first > 12 else (first, second)
    years = [year] if len(match[3]) == 4 else [1900 + year % 100, 2000 + year % 100]
    if year in range(1920, 1950):
        years.append(year + 100)
    return {f"{each:04d}-{month:02d}-{day:02d}" for each in years}


def _periods(count: Decimal, unit: str) -> set[str]:
    found: set[str] = set()
    if count == count.to_integral_value():
        found.add(f"P{int(count)}{unit[0].upper()}")
    months = count * 12 if unit == "year" else count if unit == "month" else None
    if months is not None and months == months.to_integral_value():
        found.add(f"P{int(months)}M")
        if months % 12 == 0:
            found.add(f"P{int(months) // 12}Y")
    if unit == "week":
        found.add(f"P{int(count * 7)}D")
    if unit == "day" and count % 7 == 0:
        found.add(f"P{int(count) // 7}W")
    return found


def quoted(role: str, quote: str) -> set[str]:
    """Return the date that the words quoted for an answer state beyond doubt, as the last rule of the module says."""
    bare = quote.strip("[]'\" ")
    dates = list(_QUOTED.finditer(bare))
    if "Date" not in role:
        return set()
    if len(dates) == 1 and len(bare) - len(dates[0][0]) <= _AROUND_DATE:
        return {_iso(dates[0])}
    if role == "Expiration Date":
        ends = [match for match in dates if _ENDING.search(bare[: match.start()]) is not None]
        return {_iso(ends[0])} if len(ends) == 1 else set()
    return set()


def _iso(match: re.Match[str]) -> str:
    month = _MONTHS.index((match["m1"] or match["m2"])[:3].lower()) + 1
    return f"{match['y1'] or match['y2']}-{month:02d}-{int(match['d1'] or match['d2']):02d}"
