"""Dates, money, durations and percentages in Chinese text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from ingest.lang import grammar
from kb.model import Value, ValueType
from kb.numerals import chinese_amount, chinese_number

_BEFORE_RATE: Final = 30  # characters before a share in which its period may stand: 每逾期一日，应按合同总价的万分之五
_AFTER_RATE: Final = 4
_SHARES: Final = {"百分之": 100, "千分之": 1000, "万分之": 10_000, "%": 100, "‰": 1000}  # per hundred, thousand, …
_SMALL: Final = {"百": 2, "千": 3, "万": 4, "亿": 8}  # powers of ten
_EARLIEST_YEAR, _LATEST_YEAR = 1500, 2199
_LONGEST_YEARS: Final = 200  # "2024年" is a year, not a duration


@dataclass(frozen=True, slots=True)
class _Grammar:
    finder: re.Pattern[str]
    currencies: dict[str, str]
    business: tuple[str, ...]
    units: dict[str, str]
    day: re.Pattern[str]
    month: re.Pattern[str]
    year: re.Pattern[str]
    break_at: re.Pattern[str]
    limit: re.Pattern[str]
    joint: re.Pattern[str]
    closed: re.Pattern[str]
    offset: int


@cache
def _grammar() -> _Grammar:
    data = grammar("zh", "values")
    shared = data["shared"]

    def filled(pattern: str) -> str:
        for name in ("digits", "numeral", "blank"):
            pattern = pattern.replace(name.upper(), shared[name])
        return pattern

    parts = (
        ("date", data["date"]["full"]),
        ("iso", data["date"]["figures"]),
        ("share", data["percentage"]["share"]),
        ("money", data["money"]["sum"]),
        ("money_bare", data["money"]["bare"]),
        ("span", data["duration"]["span"]),
    )
    return _Grammar(
        finder=re.compile("|".join(f"(?P<{name}>{filled(pattern)})" for name, pattern in parts)),
        currencies=data["currencies"],
        business=tuple(data["duration"]["business"]),
        units=data["duration"]["units"],
        day=re.compile(data["percentage"]["day"]),
        month=re.compile(data["percentage"]["month"]),
        year=re.compile(data["percentage"]["year"]),
        break_at=re.compile(data["percentage"]["break_at"]),
        limit=re.compile(data["percentage"]["limit"]),
        joint=re.compile(data["money"]["joint"]),
        closed=re.compile(data["money"]["closed"]),
        offset=int(data["date"]["republic_offset"]),
    )


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def find(text: str) -> list[Value]:
    """Return all dates, sums of money, durations and percentages, in text order, without overlaps."""
    rules = _grammar()
    found: list[Value] = []
    for match in rules.finder.finditer(text):
        if match["date"] is not None:
            value = _date(rules, match)
        elif match["iso"] is not None:
            value = _figures(match)
        elif match["share"] is not None:
            value = _share(rules, text, match)
        elif match["money"] is not None:
            value = _money(rules, match)
        elif match["money_bare"] is not None:
            value = _money_bare(rules, match)
        else:
            value = _duration(rules, text, match)
        if value is None:
            continue
        if found and _same_sum(rules, text, found[-1], value):
            earlier = found.pop()
            closed = rules.closed.match(text, value.end)
            value = Value(
                value.type,
                value.value,
                earlier.unit or value.unit,
                earlier.start,
                closed.end() if closed else value.end,
            )
        found.append(value)
    return found


def _number(text: str | None) -> int | None:
    """Return a whole number in digits or numerals, a year digit by digit; None when blank or unreadable."""
    if text is None:
        return None
    number = chinese_number(text.replace("Ｏ", "〇"))
    return None if number is None or number != number.to_integral_value() else int(number)


def _date(rules: _Grammar, match: re.Match[str]) -> Value | None:
    year, day = _number(match["year"]), _number(match["day"])
    month = 1 if match["month"] == "元" else _number(match["month"])  # 元月 is the first month
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    if match["year"].strip() == "" and match["month"] is None:
        return None
    if year is not None:
        if match["era"] is not None:
            year += rules.offset
        elif year < 100 and len(match["year"]) == 2 and match["year"].isdigit():
            year = None  # 24年3月: the century is not stated
        elif not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
            return None
    canonical = None
    if year is not None and month is not None and day is not None:
        try:
            canonical = date(year, month, day).isoformat()
        except ValueError:
            canonical = None
    end = match.start() + len(match[0].rstrip())
    return Value(ValueType.DATE, canonical, None, start, end)


def _figures(match: re.Match[str]) -> Value | None:
    try:
        day = date(int(match["iso_year"]), int(match["iso_month"]), int(match["iso_day"]))
    except ValueError:
        return None
    return Value(ValueType.DATE, day.isoformat(), None, match.start(), match.end())


def _scaled(amount: str, scale: str | None) -> Decimal | None:
    digits = unicodedata.normalize("NFKC", amount).replace(",", "").replace(" ", "").rstrip("百千万亿")
    try:
        number = Decimal(digits)
    except ArithmeticError:
        return None
    for sign in scale or "":
        number = number.scaleb(_SMALL[sign])
    return number


def _money(rules: _Grammar, match: re.Match[str]) -> Value | None:
    amount, unit = match["amount"], match["unit"]
    currency = match["currency"]
    code = rules.currencies[currency] if currency is not None and unit in ("元", "圆", "圓") else rules.currencies[unit]
    start = match.start() if currency is not None else match.start("amount")
    if amount[0] in "_＿[【（( \t\u3000":
        if currency is None and not amount.strip():
            return None
        return Value(ValueType.MONEY, None, code, start, match.end())
    if match["scale"] is not None or amount[0].isdigit():
        number = _scaled(amount, match["scale"])
    else:
        number = chinese_amount(f"{amount}元{match['coins'] or ''}")
    if number is None:
        return None
    return Value(ValueType.MONEY, _plain(number), code, start, match.end())


def _money_bare(rules: _Grammar, match: re.Match[str]) -> Value | None:
    number = _scaled(match["plain"], match["bare_scale"])
    if number is None:
        return None
    return Value(ValueType.MONEY, _plain(number), rules.currencies[match["sign"]], match.start(), match.end())


def _same_sum(rules: _Grammar, text: str, earlier: Value, later: Value) -> bool:
    """Say whether 伍拾万元整（¥500,000元） states one sum twice; differing sums stay two values."""
    return (
        earlier.type == later.type == ValueType.MONEY
        and earlier.value is not None
        and earlier.value == later.value
        and later.start - earlier.end <= 12
        and rules.joint.fullmatch(text, earlier.end, later.start) is not None
    )


def _duration(rules: _Grammar, text: str, match: re.Match[str]) -> Value | None:
    word, count = match["unit_word"], match["count"]
    if count in ("一", "1", "１") and _PER.search(text, max(0, match.start() - 3), match.start()) is not None:
        return None  # 每逾期一日, "for each day of delay", is what a rate counts by
    form = rules.units[word[-1]]
    business = any(word.endswith(name) for name in rules.business)
    if count == "半":  # half
        number: Decimal | None = Decimal("0.5")
    else:
        number = chinese_number(count)
    if number is None or number <= 0:
        return None
    if word[-1] == "年" and (number > _LONGEST_YEARS or (len(count) >= 3 and count.isdigit())):
        return None
    if word == "月":  # 三月 is March; a number of months is 三个月, except in 3月内 or 12月期, which stay unread
        return None
    number *= 3 if word.endswith("季度") else 1
    if number != number.to_integral_value():
        if word[-1] == "年":
            form, number = "P{}M", number * 12
        elif word[-1] == "月" and number == Decimal("0.5"):
            form, number = "P{}D", Decimal(15)  # 半个月 is fifteen days in use
        if number != number.to_integral_value():
            return None
    return Value(
        ValueType.DURATION, form.format(_plain(number)), "business" if business else None, match.start(), match.end()
    )


_PER: Final = re.compile(r"(?:逾期|延期|延迟|迟延|每)$")  # late by, delayed by, each


def _share(rules: _Grammar, text: str, match: re.Match[str]) -> Value | None:
    if match["base"] is not None:
        number, divisor = chinese_number(match["part"]), _SHARES[match["base"]]
    else:
        number, divisor = _scaled(match["figure"], None), _SHARES[unicodedata.normalize("NFKC", match["percent"])]
    if number is None:
        return None
    return Value(
        ValueType.PERCENTAGE,
        _plain(number / divisor),
        _rate(rules, text, match.start(), match.end()),
        match.start(),
        match.end(),
    )


def _rate(rules: _Grammar, text: str, start: int, end: int) -> str | None:
    """Return the period a share is counted per, or None."""
    before = text[max(0, start - _BEFORE_RATE) : start]
    cut = [found.end() for found in rules.break_at.finditer(before)]
    before = before[cut[-1] :] if cut else before
    around = (before, text[end : end + _AFTER_RATE])
    nearest, period = -1, None
    for pattern, name in ((rules.day, "P1D"), (rules.month, "P1M"), (rules.year, "P1Y")):
        for found in pattern.finditer(before):
            if found.end() > nearest:
                nearest, period = found.end(), name
        if pattern.match(around[1]) is not None:
            return name
    if period is not None and rules.limit.search(before, nearest) is not None:
        return None
    return period
