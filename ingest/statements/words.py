"""What the words around the figures mean: keys and periods (data in statements.toml)."""

from __future__ import annotations

import calendar
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from kb.cells import DAYS, MAX_CELL, key_of, matched_day
from kb.errors import MissingPartError

YEAR: Final = 12  # months
_FIRST_YEAR, _LAST_YEAR = 1950, 2100  # years a statement can be of; other four digits are amounts

# "2024年1-6月" (January to June): the months say how long the period is
_SPAN_ZH: Final = re.compile(r"(?P<y>\d{4})年(?:度)?(?P<a>\d{1,2})(?:月)?[-—–~至](?P<b>\d{1,2})月(?:份)?")
_HALF: Final = re.compile(
    r"(?:(?P<y>\d{4})\s*H1|H1\s*(?P<z>\d{4})|(?P<w>\d{4})年?(?:半年度|上半年|中期))", re.IGNORECASE
)
_QUARTER: Final = re.compile(
    r"(?:(?P<y>\d{4})\s*Q(?P<q>[1-4])|Q(?P<r>[1-4])\s*(?P<z>\d{4})|(?P<w>\d{4})年?第?(?P<s>[一二三四])季度)",
    re.IGNORECASE,
)
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4}  # first to fourth quarter
_YEAR_ONLY: Final = re.compile(r"(?:FY|CY)?\s*(?P<y>\d{4})\s*(?P<zh>年度|年末|年)?\s*[AEaе]?", re.IGNORECASE)
_YEAR_ENDED: Final = re.compile(r"\b(?:year|twelve months|12 months)\s+end(?:ed|ing)\b", re.IGNORECASE)
_HALF_ENDED: Final = re.compile(r"\b(?:half[- ]year|six months|6 months)\s+end(?:ed|ing)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """A stated period: last day or year, and its length in months where stated."""

    key: str
    months: int | None = None

    def before(self) -> Period:
        """Return the same period of the year before."""
        year = int(self.key[:4]) - 1
        if len(self.key) == len("2023"):
            return Period(f"{year:04d}", self.months)
        month = int(self.key[5:7])
        day = min(int(self.key[8:10]), calendar.monthrange(year, month)[1])
        return Period(f"{year:04d}-{month:02d}-{day:02d}", self.months)


@cache
def data() -> dict[str, Any]:
    """Return statements.toml.

    Raises:
        MissingPartError: it is absent.
    """
    source = resources.files("ingest.statements") / "statements.toml"
    if not source.is_file():
        raise MissingPartError(
            "the vocabulary of financial statements is absent",
            place="ingest/statements/statements.toml",
            remedy="Reinstall duegraph.",
        )
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _keys(table: str, field: str) -> frozenset[str]:
    return frozenset(key_of(name) for name in data()[table][field])


def is_a(cell: str, table: str, field: str = "names") -> bool:
    """Say whether a cell is one of the words of a table of statements.toml."""
    return key_of(cell) in _keys(table, field)


def period_of(cell: str) -> Period | None:
    """Return the period a header names by its date or year, None when it names none."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text or len(text) > MAX_CELL:
        return None
    if (span := _SPAN_ZH.search(text)) is not None:
        first, last, year = int(span["a"]), int(span["b"]), int(span["y"])
        if 1 <= first <= last <= YEAR and _possible(year):
            return Period(_month_end(year, last), last - first + 1)
    if (half := _HALF.search(text)) is not None:
        return _within(int(half["y"] or half["z"] or half["w"]), 6, 6)
    if (quarter := _QUARTER.search(text)) is not None:
        number = int(quarter["q"] or quarter["r"] or _QUARTERS[quarter["s"]])
        return _within(int(quarter["y"] or quarter["z"] or quarter["w"]), 3 * number, 3)
    for pattern in DAYS:
        if (found := pattern.search(text)) is not None:
            return _day(text, found)
    year_only = _YEAR_ONLY.fullmatch(text)
    if year_only is None or not _possible(int(year_only["y"])):
        return None
    year = int(year_only["y"])
    # A Chinese accounting year is the calendar year. Source: 会计法 (Accounting Law) art. 11.
    if year_only["zh"] is not None:
        return Period(_month_end(year, YEAR), YEAR if year_only["zh"] != "年末" else None)  # year-end
    return Period(f"{year:04d}", YEAR)


def _day(text: str, found: re.Match[str]) -> Period | None:
    day = matched_day(found)
    if day is None or not _possible(day.year):
        return None
    months = YEAR if _YEAR_ENDED.search(text) else 6 if _HALF_ENDED.search(text) else None
    return Period(day.isoformat(), months)


def _within(year: int, last: int, months: int) -> Period | None:
    return Period(_month_end(year, last), months) if _possible(year) else None


def _month_end(year: int, month: int) -> str:
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()


def _possible(year: int) -> bool:
    return _FIRST_YEAR <= year <= _LAST_YEAR
