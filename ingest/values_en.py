"""Dates, money, durations and percentages in English text."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from ingest.lang import grammar
from kb.model import Value, ValueType
from kb.numerals import english_number_words

_REACH: Final = 130  # characters looked at on either side of an anchor; longer numbers in words do not occur
_CENTURY_TURN: Final = 50  # two-digit years: 00-49 are 2000-2049, 50-99 are 1950-1999
_SCALES: Final = {
    "thousand": 3, "k": 3, "million": 6, "mm": 6, "mn": 6, "m": 6, "billion": 9, "bn": 9, "b": 9, "trillion": 12,
}  # fmt: skip
_JOINED: Final = re.compile(r"\s{0,3}[(\[]\s{0,2}$")
_CLOSED: Final = re.compile(r"\s{0,2}[)\]]")
_BETWEEN: Final = re.compile(r"\s{1,3}(?:and\s{1,3}(?P<cents>\w{1,9}(?:-\w{1,9})?/100\s{1,3}))?")
_ARTICLE: Final = re.compile(r"(?i)(?<!\w)(?:a|an)\s$")


@dataclass(frozen=True, slots=True)
class _Grammar:
    anchors: dict[str, re.Pattern[str]]
    stems: dict[str, tuple[str, ...]]
    symbol_before: re.Pattern[str]
    currency_before: re.Pattern[str]
    currency_after: re.Pattern[str]
    qualifier_before: re.Pattern[str]
    this_before: re.Pattern[str]
    month_before: re.Pattern[str]
    last_day: re.Pattern[str]
    month_after: re.Pattern[str]
    number_before: re.Pattern[str]
    number_after: re.Pattern[str]
    blank_after: re.Pattern[str]
    rate_after: re.Pattern[str]
    months: dict[str, int]
    units: dict[str, str]
    business: frozenset[str]
    rates: dict[str, str]
    currencies: dict[str, str]
    currency_words: dict[str, str]


@cache
def _grammar() -> _Grammar:
    data = grammar("en", "values")
    words = data["number"]["words"]

    def compiled(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern.replace("WORDS", words))

    anchor = data["anchor"]
    return _Grammar(
        anchors={name: re.compile(anchor[name]) for name in _ANCHORS},
        stems={kind: tuple(stems) for kind, stems in anchor["stems"].items()},
        symbol_before=re.compile(anchor["near"]["symbol_before"]),
        currency_before=re.compile(anchor["near"]["currency_before"]),
        currency_after=re.compile(anchor["near"]["currency_after"]),
        qualifier_before=re.compile(anchor["near"]["qualifier_before"]),
        this_before=re.compile(anchor["near"]["this_before"]),
        month_before=compiled(data["date"]["before"]),
        last_day=re.compile(data["date"]["last_day"]),
        month_after=compiled(data["date"]["after"]),
        number_before=compiled(data["number"]["before"]),
        number_after=compiled(data["number"]["after"]),
        blank_after=compiled(data["number"]["blank"]),
        rate_after=compiled(data["rate"]["after"]),
        months={name: number for number, name in enumerate(data["date"]["months"], 1)},
        units={unit: form for unit, form in data["units"].items() if isinstance(form, str)},
        business=frozenset(data["units"]["business"]),
        rates={name: period for name, period in data["rate"].items() if name != "after"},
        currencies=data["currencies"],
        currency_words=data["currency_words"],
    )


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_ANCHORS: Final = ("month", "empty", "slashed", "symbol", "code", "currency_word", "unit", "percent")


def _anchors(rules: _Grammar, text: str) -> list[tuple[str, re.Match[str]]]:
    """Return the places at which a value may stand, in text order; one fast scan per kind."""
    found: list[tuple[int, int, str, re.Match[str]]] = []
    for order, (kind, pattern) in enumerate(rules.anchors.items()):
        for match in pattern.finditer(text) if kind not in rules.stems else _by_stem(text, pattern, rules.stems[kind]):
            start, end = match.span()
            before = text[start - 1] if start else " "
            if kind in _WORDS and (
                before.isalpha() or (end < len(text) and text[end].isalnum() and match[0][-1].isalpha())
            ):
                continue
            if kind == "slashed" and (before.isalnum() or before in "./-_"):
                continue
            found.append((start, order, kind, match))
    found.sort(key=lambda each: each[:2])
    return [(kind, match) for _, _, kind, match in found]


def _by_stem(text: str, pattern: re.Pattern[str], stems: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """Find matches by plain search for what they contain; a stem is at most one letter into its match."""
    for stem in stems:
        at = text.find(stem)
        while at >= 0:
            match = pattern.match(text, at) or (pattern.match(text, at - 1) if at else None)
            if match is not None:
                yield match
            at = text.find(stem, at + len(stem))


_WORDS: Final = frozenset(("month", "code", "currency_word", "unit", "percent"))


def find(text: str, law: Callable[[], str | None] | None = None) -> list[Value]:
    """Return all dates, sums of money, durations and percentages, in text order, without overlaps.

    A date is None in value when a part is left blank or its day and month cannot be told apart.

    Args:
        text: the text.
        law: asked for the ISO 3166 code of the law the text is under when no date shows whether the day or the month
            comes first: the United States put the month first, other countries the day, except Canada, which does both.
    """
    rules = _grammar()
    anchors = _anchors(rules, text)
    day_first = _day_first(anchors)
    if day_first is None and law is not None and any(kind == "slashed" for kind, _ in anchors):
        code = law()
        if code is not None and not code.startswith("CA"):
            day_first = not code.startswith("US")
    found: list[Value] = []
    last = 0
    for kind, match in anchors:
        if match.start() < last:
            continue
        if kind == "month":
            value = _date(rules, text, match, last)
        elif kind == "empty":
            opening = rules.this_before.search(text, max(last, match.start() - 8), match.start())
            start = match.start() if opening is None else opening.start()
            value = Value(ValueType.DATE, None, None, start, match.end())
        elif kind == "slashed":
            value = _slashed(match, day_first)
        elif kind in ("symbol", "code"):
            value = _money_after(rules, text, match, last)
        elif kind == "currency_word":
            value = _money_before(rules, text, match, last)
        elif kind == "percent":
            value = _percentage(rules, text, match, last)
        else:
            value = _duration(rules, text, match, last)
        if value is None:
            continue
        if found and value.start < found[-1].end:
            continue
        if found and _same_money(text, found[-1], value):
            closed = _CLOSED.match(text, value.end)
            merged = found.pop()
            value = Value(value.type, value.value, value.unit, merged.start, closed.end() if closed else value.end)
        found.append(value)
        last = value.end
    return found


# --- dates -------------------------------------------------------------------------------------------------------


def _calendar(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _full_year(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < _CENTURY_TURN else 1900)


def _date(rules: _Grammar, text: str, match: re.Match[str], last: int) -> Value | None:
    month = rules.months[match[0][:3].lower()]
    before = rules.month_before.search(text[max(last, match.start() - _REACH) : match.start()])
    after = rules.month_after.match(text, match.end())
    start, end = match.start(), match.end()
    day: int | None = None
    blank = False
    if before is not None:
        start = match.start() - (before.end() - before.start())
        if before["day"] is not None:
            day = int(before["day"])
        elif before["word"] is not None:
            spoken = english_number_words(before["word"])
            day = None if spoken is None else int(spoken)
        else:
            blank = True
    year: int | None = None
    if after is not None and after.end() > match.end():
        stated = after["year"] or after["short"] or after["lost"] or after["year_words"]
        if day is None and not blank and after["day"] is not None:
            day = int(after["day"])
        elif after["day"] is not None and stated is None:
            after = None  # "3 March 14 units": the second number is not part of the date
        if after is not None:
            blank = blank or after["blank"] is not None or after["lost"] is not None
            end = max(match.end(), _trimmed(text, match.end(), after.end()))
            if after["year"] is not None:
                year = int(after["year"])
            elif after["short"] is not None:
                year = _full_year(int(after["short"][1:]))
            elif after["year_words"] is not None:
                spoken = english_number_words(after["year_words"])
                year = None if spoken is None else int(spoken)
    if year is None and not blank:
        return None  # a month name alone, or a day of every year, is not a date
    if day is None and not blank and match[0] in ("May", "MAY", "March", "MARCH") and year is None:
        return None
    if day is None and year is not None and not blank:
        last_day = rules.last_day.search(text, max(last, match.start() - _REACH), match.start())
        if last_day is not None:
            start, day = last_day.start(), monthrange(year, month)[1]
    canonical = _calendar(year, month, day) if year is not None and day is not None else None
    return Value(ValueType.DATE, canonical, None, start, end)


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in " \t\n,":
        end -= 1
    return end


def _day_first(anchors: Sequence[tuple[str, re.Match[str]]]) -> bool | None:
    """Say whether figures-only dates of this document put the day first, from dates that can only be read one way."""
    day = month = 0
    for kind, match in anchors:
        if kind == "slashed" and len(match["first"]) <= 2:
            first, second = int(match["first"]), int(match["second"])
            day += 12 < first <= 31 and second <= 12
            month += 12 < second <= 31 and first <= 12
    return None if (day > 0) == (month > 0) else day > 0


def _slashed(match: re.Match[str], day_first: bool | None) -> Value | None:
    first, second, third = match["first"], match["second"], match["third"]
    if len(first) > 2:
        if len(first) != 4 or len(third) != 2:
            return None
        canonical = _calendar(int(first), int(second), int(third))
        return None if canonical is None else Value(ValueType.DATE, canonical, None, match.start(), match.end())
    if match["mark"] == "." and len(third) == 2:
        return None  # a version or clause number
    left, right = int(first), int(second)
    year = int(third) if len(third) == 4 else _full_year(int(third))
    if not (1 <= left <= 31 and 1 <= right <= 31 and (left <= 12 or right <= 12) and 1500 <= year <= 2199):
        return None
    day_leads = day_first if left <= 12 and right <= 12 else left > 12
    if match["mark"] == "." and left <= 12 and right <= 12:
        day_leads = True  # DIN 5008 and most of Europe write day.month.year; month.day.year is not in use
    canonical = None
    if left == right or day_leads is not None:
        canonical = _calendar(year, right, left) if day_leads else _calendar(year, left, right)
    return Value(ValueType.DATE, canonical, None, match.start(), match.end())


# --- amounts -----------------------------------------------------------------------------------------------------


def _scaled(digits: str, scale: str | None) -> Decimal:
    number = Decimal(digits.replace(",", ""))
    return number if scale is None else number.scaleb(_SCALES[scale.strip().lower()])


def _currency(rules: _Grammar, symbol: str) -> str | None:
    key = "".join(symbol.split()).upper()
    if key in rules.currencies:
        return rules.currencies[key]
    if len(key) == 3 and key.isalpha():
        return key
    sign = key[-1]
    if sign in "¥￥":
        return None  # yen or yuan; the sign alone does not say
    return rules.currencies.get(key.replace(".", "")) or rules.currencies.get(sign)


def _money_after(rules: _Grammar, text: str, match: re.Match[str], last: int) -> Value | None:
    before = rules.symbol_before.search(text, max(last, match.start() - 6), match.start())
    start = match.start() if before is None else before.start()
    code = _currency(rules, text[start : match.end()])
    number = rules.number_after.match(text, match.end())
    if number is None:
        blank = rules.blank_after.match(text, match.end())
        return None if blank is None else Value(ValueType.MONEY, None, code, start, blank.end())
    amount = _scaled(number["digits"], number["scale"])
    return Value(ValueType.MONEY, _plain(amount), code, start, number.end())


def _number_before(rules: _Grammar, text: str, last: int, position: int) -> tuple[Decimal, int, re.Match[str]] | None:
    left = max(last, position - _REACH)
    match = rules.number_before.search(text[left:position])
    if match is None:
        return None
    if match["digits"] is not None:
        amount = _scaled(match["digits"], match["scale"])
    elif match["paren"] is not None:
        amount = Decimal(match["paren"].replace(",", ""))
    else:
        spoken = english_number_words(match["word"])
        if spoken is None:
            return None
        amount = spoken
    return amount, left + match.start(), match


def _money_before(rules: _Grammar, text: str, match: re.Match[str], last: int) -> Value | None:
    before = rules.currency_before.search(text, max(last, match.start() - 20), match.start())
    position = match.start() if before is None else before.start()
    sterling = rules.currency_after.match(text, match.end())
    end = match.end() if sterling is None else sterling.end()
    word = " ".join(text[position:end].lower().replace(".", "").split())
    code = rules.currency_words.get(word) or rules.currency_words.get(word.removesuffix("s"))
    cents = Decimal(0)
    fraction = _HUNDREDTHS.search(text, max(last, position - 20), position)
    if fraction is not None and fraction.end() == position:
        position = fraction.start()
        cents = Decimal(int(fraction[1])) / 100 if fraction[1].isdigit() else Decimal(0)
    number = _number_before(rules, text, last, position)
    if number is None:
        return None
    amount = number[0] + cents
    if word.startswith("cent"):
        amount /= 100
    return Value(ValueType.MONEY, _plain(amount), code, number[1], end)


_HUNDREDTHS: Final = re.compile(r"\s(?:and|&)\s{1,2}(\d{1,2}|no|xx)/100(?:ths?)?\s{1,2}")


def _same_money(text: str, words: Value, figures: Value) -> bool:
    """Say whether "One Million Dollars ($1,000,000)" states one sum twice."""
    return (
        words.type == figures.type == ValueType.MONEY
        and words.value == figures.value
        and words.value is not None
        and figures.start - words.end < 8
        and _JOINED.fullmatch(text, words.end, figures.start) is not None
    )


def _duration(rules: _Grammar, text: str, match: re.Match[str], last: int) -> Value | None:
    unit = match[0].lower().removesuffix("s")
    before = rules.qualifier_before.search(text, max(last, match.start() - 16), match.start())
    qualifier = "" if before is None else before["qualifier"].lower()
    position = match.start() if before is None else before.start()
    number = _number_before(rules, text, last, position)
    if number is not None:
        amount, start, source = number
        if source["inner"] is not None or (
            amount != amount.to_integral_value() and unit not in ("year", "month", "hour")
        ):
            return None
    else:
        article = _ARTICLE.search(text, max(last, position - 4), position)
        if article is None or match[0][-1].lower() == "s" or unit not in ("year", "month"):
            return None
        following = text[match.end() : match.end() + 12].lstrip().lower()
        further = qualifier in ("additional", "successive", "further")
        if not further and not following.startswith(("period", "term", "notice", "from", "after")):
            return None
        amount, start = Decimal(1), article.start()
    if match[0].lower() == "day" and _OF_MONTH.match(text, match.end()) is not None:
        return None  # "the 31 day of July"
    if amount == 0 or (unit == "year" and amount > 1200):
        return None
    form = rules.units[unit]
    amount *= {"fortnight": 2, "quarter": 3}.get(unit, 1)
    end = match.end() + (1 if text[match.end() : match.end() + 1] in ("'", "’") and match[0][-1] in "sS" else 0)
    if amount != amount.to_integral_value():
        if unit == "year" and (amount * 12) == (amount * 12).to_integral_value():
            form, amount = "P{}M", amount * 12
        else:
            return None
    return Value(
        ValueType.DURATION, form.format(_plain(amount)), "business" if qualifier in rules.business else None, start, end
    )


_OF_MONTH: Final = re.compile(r"\s{1,4}of\s{1,40}(?:[A-Z_\[]|$)")
_PERCENT_PAREN: Final = re.compile(r"[\s)\]]{0,3}[(\[]\s{0,2}(?:\d{1,3}(?:\.\d{1,4})?)\s{0,2}%\s{0,2}[)\]]")


def _percentage(rules: _Grammar, text: str, match: re.Match[str], last: int) -> Value | None:
    sign = match[0].lower()
    position = match.start()
    number = _number_before(rules, text, last, position)
    start, end = position, match.end()
    if number is None and sign == "%":
        # "fifty percent (50%)" was read at "percent"; "five (5%)" opens its bracket before the figure.
        inner = _OPEN_FIGURE.search(text, max(last, position - _REACH), position)
        if inner is not None:
            number = _number_before(rules, text, last, inner.start())
            closed = _CLOSED.match(text, end)
            if number is None or closed is None:
                return None
            number = (Decimal(inner[1]), number[1], number[2])
            end = closed.end()
    if number is None:
        return None
    amount, start, _source = number
    again = _PERCENT_PAREN.match(text, match.end())
    if again is not None:
        end = again.end()
    divisor = 10_000 if sign.startswith("basis") else 1000 if sign == "‰" else 100
    rate = rules.rate_after.match(text, end)
    unit = None
    if rate is not None:
        period = (rate["per"] or {"m": "month", "d": "day"}.get(rate["annual"][:1].lower(), "year")).lower()
        unit = rules.rates[period]
    return Value(ValueType.PERCENTAGE, _plain(amount / divisor), unit, start, end)


_OPEN_FIGURE: Final = re.compile(r"\s{0,3}[(\[]\s{0,2}(\d{1,3}(?:\.\d{1,4})?)\s{0,2}$")
