"""What the words around the figures mean: units, currencies, periods, numbers (data in statements.toml)."""

from __future__ import annotations

import calendar
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Any, Final

from kb.errors import MissingPartError
from kb.numerals import chinese_number

YEAR: Final = 12  # months
_MAX_CELL: Final = 120  # characters; longer cells hold sentences, not headers or numbers
_KEY: Final = re.compile(r"[\W_]+")
_FIRST_YEAR, _LAST_YEAR = 1950, 2100  # years a statement can be of; other four digits are amounts

_MONTHS: Final = {name.casefold(): n for n, name in enumerate(calendar.month_name) if name} | {
    name.casefold(): n for n, name in enumerate(calendar.month_abbr) if name
}
_NAME: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAYS: Final = (
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"),
    re.compile(rf"(?P<d>\d{{1,2}})\s+(?P<n>{_NAME})\.?,?\s+(?P<y>\d{{4}})", re.IGNORECASE),
    re.compile(rf"(?P<n>{_NAME})\.?\s+(?P<d>\d{{1,2}}),?\s+(?P<y>\d{{4}})", re.IGNORECASE),
)
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
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(?:[,   ]\d{3})+(?:\.\d+)?|[-+]?\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?")
_SYMBOLS: Final = re.compile(r"^(?:US\$|HK\$|CNY|RMB|USD|EUR|GBP|[$€£¥￥])\s*|\s*(?:元|days?|天)$", re.IGNORECASE)
_BIG: Final = 40  # digits; nothing measured in money is longer


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


@dataclass(frozen=True, slots=True)
class Unit:
    """What figures are counted in; None where nothing says it."""

    scale: Decimal | None = None
    currency: str | None = None

    def over(self, other: Unit) -> Unit:
        """Return this unit, completed by a wider one where it says nothing itself."""
        return Unit(
            self.scale if self.scale is not None else other.scale,
            self.currency if self.currency is not None else other.currency,
        )


NO_UNIT: Final = Unit()


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


def key_of(cell: str) -> str:
    """Return a header without case, spaces and punctuation."""
    return _KEY.sub("", unicodedata.normalize("NFKC", cell[:_MAX_CELL]).casefold())


@cache
def _keys(table: str, field: str) -> frozenset[str]:
    return frozenset(key_of(name) for name in data()[table][field])


def is_a(cell: str, table: str, field: str = "names") -> bool:
    """Say whether a cell is one of the words of a table of statements.toml."""
    return key_of(cell) in _keys(table, field)


@cache
def _scales() -> tuple[tuple[Decimal, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (Decimal(row["factor"]), tuple(re.compile(word, re.IGNORECASE) for word in row["words"]))
        for row in data()["scale"]
    )


@cache
def _currencies() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (code, tuple(re.compile(word, re.IGNORECASE) for word in words)) for code, words in data()["currency"].items()
    )


def unit_of(words: str) -> Unit:
    """Return what the words of a unit say ("单位：人民币万元", "USD thousands"); what they do not say is None."""
    text = unicodedata.normalize("NFKC", words[:_MAX_CELL])
    scale = next((factor for factor, found in _scales() if any(p.search(text) for p in found)), None)
    codes = [code for code, found in _currencies() if any(p.search(text) for p in found)]
    return Unit(scale, codes[0] if len(codes) == 1 else None)


def period_of(cell: str) -> Period | None:
    """Return the period a header names by its date or year, None when it names none."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text or len(text) > _MAX_CELL:
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
    for pattern in _DAYS:
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
    groups = found.groupdict()
    month = int(groups["m"]) if groups.get("m") else _MONTHS[groups["n"].casefold()]
    try:
        day = date(int(groups["y"]), month, int(groups["d"]))
    except ValueError:
        return None
    if not _possible(day.year):
        return None
    months = YEAR if _YEAR_ENDED.search(text) else 6 if _HALF_ENDED.search(text) else None
    return Period(day.isoformat(), months)


def _within(year: int, last: int, months: int) -> Period | None:
    return Period(_month_end(year, last), months) if _possible(year) else None


def _month_end(year: int, month: int) -> str:
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()


def _possible(year: int) -> bool:
    return _FIRST_YEAR <= year <= _LAST_YEAR


def number_of(cell: str) -> Decimal | None:
    """Return the number a cell states, None when it is empty, a dash or no number.

    Brackets and a leading minus mean less than nothing; "1,234.5", "1 234.5", "1.234.567,8", "12.5%" (0.125), "3000万".
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text or len(text) > _BIG:
        return None
    text = text.replace("−", "-").replace("–", "-")
    negative = text.startswith("(") and text.endswith(")")
    text = _SYMBOLS.sub("", text.strip("() "))
    percent = text.endswith("%")
    text = text.rstrip("% ")
    if _GROUPED.fullmatch(text) is not None:
        european = text.count(".") > 1
        text = text.replace(".", "").replace(",", ".") if european else re.sub(r"[,   ]", "", text)
    try:
        value = Decimal(text) if _NUMBER.fullmatch(text) is not None else chinese_number(text)
    except InvalidOperation:
        return None
    if value is None:
        return None
    value = -value if negative else value
    return value / 100 if percent else value
