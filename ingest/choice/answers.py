"""CUAD's master answers as canonical values: what a careful reader would accept for each.

The rules, with the reason for each (none depends on what Duegraph reads):

- A date is month/day/year; one answer is day first. Two figures leave the century open, and answers that expanded them
  guess it differently ("12/31/1930" for a term that ends in 2030), so both centuries count.
- A date with a blank part ("[]/[]/2013") is no full date: the answer to expect is "unknown".
- "perpetual" is an answer of its own; where a date stands beside it, the date counts.
- A period may be written "(6) months", "60) days", "0.5 year", "successive 1 year"; several periods are alternatives.
  12 months are a year, 7 days a week; 30 days are no month.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz, process

from ingest.places import gazetteer
from kb.errors import UnreadableError

PERPETUAL: Final = "perpetual"
_SAME_TITLE: Final = 88  # the file names of the answers differ from the titles in punctuation and cut ends


def read_answers(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of the master file by the letters of their file names.

    Raises:
        UnreadableError: the file is absent or no table with a "Filename" column.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return {_letters(row["Filename"].removesuffix(".pdf")): row for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise UnreadableError(f"the master answers cannot be read: {error!r}", place=str(path)) from error


def row_of(gold: dict[str, dict[str, str]], title: str) -> dict[str, str] | None:
    """Return the row of a contract, found by its title; None when no file name is like it."""
    key = _letters(title)
    if key in gold:
        return gold[key]
    best = process.extractOne(key, list(gold), scorer=fuzz.ratio, score_cutoff=_SAME_TITLE)
    return None if best is None else gold[best[0]]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def normal(role: str, answer: str) -> set[str]:
    """Return the canonical readings of one master answer; empty when it has none."""
    answer = answer.strip()
    if "Date" in role:
        dated = {day for part in re.split(r"[;,]", answer) for day in _days(part.strip())}
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
