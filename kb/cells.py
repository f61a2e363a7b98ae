"""What cells of tables state: numbers, units, days, yes or no. ``None`` is "not stated", never a guess."""

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

MAX_CELL: Final = 120  # characters; longer cells hold sentences, not numbers or dates
_BIG: Final = 40  # characters; nothing measured in money is longer
_KEY: Final = re.compile(r"[\W_]+")

_MONTHS: Final = {name.casefold(): n for n, name in enumerate(calendar.month_name) if name} | {
    name.casefold(): n for n, name in enumerate(calendar.month_abbr) if name
}
_NAME: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
DAYS: Final = (
    re.compile(r"(?<!\d)(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})(?!\d)\s*日?"),
    re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})\s+(?P<n>{_NAME})\.?,?\s+(?P<y>\d{{4}})(?!\d)", re.IGNORECASE),
    re.compile(rf"(?P<n>{_NAME})\.?\s+(?P<d>\d{{1,2}}),?\s+(?P<y>\d{{4}})(?!\d)", re.IGNORECASE),
)
"""Ways a whole day is written: year first, or with the month in words; "03/04/2023" is two days and read as none."""
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?:\.\d+)?|[-+]?\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?")
_SEPARATORS: Final = re.compile(r"[, \u00a0\u202f]")
_SYMBOLS: Final = re.compile(r"^(?:US\$|HK\$|[$€£¥￥])\s*|\s*(?:days?|天)$", re.IGNORECASE)
_LEADING_NUMBER: Final = re.compile(r"[-+]?\d[\d,. \u00a0\u202f]*")


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


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole units; ``currency`` is ISO 4217, None where it is not stated."""

    amount: Decimal
    currency: str | None


@cache
def _data() -> dict[str, Any]:
    source = resources.files("kb") / "cells.toml"
    if not source.is_file():
        raise MissingPartError("the vocabulary of cells is absent", place="kb/cells.toml", remedy="Reinstall duegraph.")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _scales() -> tuple[tuple[Decimal, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (Decimal(row["factor"]), tuple(re.compile(word, re.IGNORECASE) for word in row["words"]))
        for row in _data()["scale"]
    )


@cache
def _currencies() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (code, tuple(re.compile(word, re.IGNORECASE) for word in words)) for code, words in _data()["currency"].items()
    )


@cache
def _answers(which: str) -> frozenset[str]:
    return frozenset(_data()["answers"][which])


def key_of(header: str) -> str:
    """Return a header without case, spaces and punctuation."""
    return _KEY.sub("", unicodedata.normalize("NFKC", header[:MAX_CELL]).casefold())


def unit_of(words: str) -> Unit:
    """Return what the words of a unit say ("单位：人民币万元", "USD thousands"); what they do not say is None."""
    text = unicodedata.normalize("NFKC", words[:MAX_CELL])
    scale = next((factor for factor, found in _scales() if any(p.search(text) for p in found)), None)
    codes = [code for code, found in _currencies() if any(p.search(text) for p in found)]
    return Unit(scale, codes[0] if len(codes) == 1 else None)


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
        text = text.replace(".", "").replace(",", ".") if european else _SEPARATORS.sub("", text)
    try:
        value = Decimal(text) if _NUMBER.fullmatch(text) is not None else chinese_number(text)
    except InvalidOperation:
        return None
    if value is None:
        return None
    value = -value if negative else value
    return value / 100 if percent else value


def money_of(cell: str, header: str = "") -> Money | None:
    """Return the amount of money a cell states, None when its number or its scale is not stated.

    A bare number has a scale only where the cell or the brackets of its header name a unit or a currency: "500" under
    "注册资本" may be yuan or ten thousand yuan, and which is not guessed.
    """
    text = unicodedata.normalize("NFKC", cell).strip()
    found = _LEADING_NUMBER.search(text) if len(text) <= MAX_CELL else None
    if found is None:
        return None
    amount = number_of(found.group().strip(" ,."))
    words = unit_of(f"{text[: found.start()]} {text[found.end() :]}").over(unit_of(header))
    if amount is None:
        return None
    scale = words.scale if words.scale is not None else Decimal(1) if words.currency is not None else None
    return Money(amount * scale, words.currency) if scale is not None else None


def day_of(cell: str) -> date | None:
    """Return the first whole day a cell states, None when it states none or an impossible one."""
    text = unicodedata.normalize("NFKC", cell[:MAX_CELL])
    for pattern in DAYS:
        found = pattern.search(text)
        if found is not None:
            return matched_day(found)
    return None


def matched_day(found: re.Match[str]) -> date | None:
    """Return the day of a match of one of ``DAYS``, None when there is no such day."""
    groups = found.groupdict()
    month = int(groups["m"]) if groups.get("m") else _MONTHS[groups["n"].casefold()]
    try:
        return date(int(groups["y"]), month, int(groups["d"]))
    except ValueError:
        return None


def answer_of(cell: str) -> bool | None:
    """Return what a cell of yes or no says; a count above zero or words ("(2023)沪0115执123号") say yes."""
    text = unicodedata.normalize("NFKC", cell).strip().casefold()
    if not text or set(text) <= set("-—–/ ") or text in _answers("unknown"):
        return None
    if text in _answers("no"):
        return False
    number = number_of(text)
    return number > 0 if number is not None else True
