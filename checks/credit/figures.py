"""Statements brought together by period, and the values of indicators computed from them.

Only what is stated counts. Figures of one ratio must stand in the same currency and in scales that are both stated or
both not (then the table's own unit cancels out); otherwise the ratio is not computed and says so.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from checks.credit.card import Identity, Indicator, plain
from checks.finding import NO_TEXT, Text
from kb.model import Evidence
from kb.statement import Figure, items

YEAR_MONTHS: Final = 12
_YEAR_ONLY: Final = len("2023")


@dataclass(frozen=True, slots=True)
class Input:
    """A figure with the document it stands in; ``quote`` are its words there."""

    document: str
    figure: Figure
    quote: str
    identity: str = ""
    parts: tuple[Input, ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The cells it rests on."""
        if self.parts:
            return tuple(evidence for part in self.parts for evidence in part.evidence)
        return (Evidence(self.document, self.figure.start, self.figure.end, self.quote),)


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """What is stated for one period: key is its last day or year."""

    key: str
    inputs: Mapping[str, Input] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    @property
    def end(self) -> date:
        """The last day of the period; of a year alone, the last day of that year."""
        return end_of(self.key)


@dataclass(frozen=True, slots=True)
class Value:
    """An indicator's value, or why there is none.

    Attributes:
        missing: items that are not stated; ``why`` says what else stands in the way.
        points: set where the value has no number but its points are known (equity of zero or less).
    """

    value: float | None = None
    inputs: tuple[Input, ...] = ()
    missing: tuple[str, ...] = ()
    why: Text = NO_TEXT
    points: float | None = None


def end_of(key: str) -> date:
    """Return the last day a period key stands for."""
    return date(int(key), 12, 31) if len(key) == _YEAR_ONLY else date.fromisoformat(key)


def months_between(start: date, end: date) -> int:
    """Return the whole months from one day to a later one; 0 when it is not later."""
    months = (end.year - start.year) * 12 + end.month - start.month
    last = calendar.monthrange(end.year, end.month)[1]
    return max(0, months - (end.day < min(start.day, last)))


def periods(inputs: Iterable[Input], identities: Sequence[Identity], until: date) -> tuple[PeriodFigures, ...]:
    """Return what is stated by period, latest first.

    A figure headed by a year alone belongs to the one whole-day period of that year where there is exactly one. Periods
    after ``until``, figures without a period, and flows of less than a year are left out. Of two figures for one item
    and period the later in the order given counts, and the difference is noted.
    """
    known = [one for one in inputs if one.figure.period is not None and _whole_year(one.figure)]
    days = {one.figure.period for one in known if one.figure.period and len(one.figure.period) > _YEAR_ONLY}
    groups: dict[str, dict[str, Input]] = {}
    notes: dict[str, list[Text]] = {}
    for one in known:
        key = _group(one.figure.period or "", days)
        if end_of(key) > until:
            continue
        group = groups.setdefault(key, {})
        earlier = group.get(one.figure.item)
        if earlier is not None and _differ(earlier.figure, one.figure):
            notes.setdefault(key, []).append(_twice(earlier, one))
        if earlier is None or earlier.document != one.document:
            group[one.figure.item] = one
    return tuple(
        PeriodFigures(key, _completed(groups[key], identities), tuple(notes.get(key, ())))
        for key in sorted(groups, key=lambda k: (end_of(k), len(k)), reverse=True)
    )


def _whole_year(figure: Figure) -> bool:
    return figure.months in (None, YEAR_MONTHS)


def _group(period: str, days: set[str]) -> str:
    if len(period) > _YEAR_ONLY:
        return period
    same = [day for day in days if day.startswith(period)]
    return same[0] if len(same) == 1 else period


def _differ(left: Figure, right: Figure) -> bool:
    return left.amount * (left.scale or 1) != right.amount * (right.scale or 1)


def _twice(left: Input, right: Input) -> Text:
    item = items()[right.figure.item]
    same = left.document == right.document
    used = left if same else right
    return Text(
        f"{item.en} is stated twice with different amounts ({left.figure.cell}, {right.figure.cell}); "
        f"{used.figure.cell} {'stands first' if same else 'was stored later'} and is used",
        f"{item.zh}两次载明且金额不同（{left.figure.cell}、{right.figure.cell}），"
        f"采用{'在先' if same else '后存入'}的 {used.figure.cell}",
    )


def _completed(stated: dict[str, Input], identities: Sequence[Identity]) -> dict[str, Input]:
    """Add the items that follow from stated ones by accounting identities; what is stated is never replaced."""
    known = dict(stated)
    for identity in (*identities, *identities):  # twice, as one may need another that stands behind it
        if identity.item in known or any(plain(part) not in known for part in identity.of):
            continue
        parts = tuple(known[plain(part)] for part in identity.of)
        if _unlike(parts):
            continue
        amount = sum((_signed(part, known) for part in identity.of), Decimal(0))
        first = parts[0].figure
        figure = Figure(
            identity.item, first.label, first.period, first.months, amount, first.scale, first.currency, first.cell,
            first.start, first.end,
        )  # fmt: skip
        known[identity.item] = Input(parts[0].document, figure, parts[0].quote, identity.source, parts)
    return known


def _signed(part: str, known: Mapping[str, Input]) -> Decimal:
    amount = known[plain(part)].figure.amount
    return -amount if part.startswith("-") else amount


def _unlike(parts: Iterable[Input]) -> bool:
    """Say whether figures cannot be set against each other: other currencies, other scales, or scales half known."""
    figures = [part.figure for part in parts]
    currencies = {figure.currency for figure in figures if figure.currency is not None}
    return len(currencies) > 1 or len({figure.scale for figure in figures}) > 1


_UNLIKE: Final = Text(
    "the figures stand in different or partly unknown units", "各项数字的单位不同，或部分未载明单位"
)  # not set against each other
_NOT_POSITIVE: Final = Text("the denominator is zero or less", "分母为零或负数")


def value_of(indicator: Indicator, latest: PeriodFigures, before: PeriodFigures | None) -> Value:
    """Return an indicator's value for a period, or what is missing for it."""
    if indicator.measure is not None:
        return _measure(indicator.measure, latest)
    if indicator.change is not None:
        return _change(indicator.change, latest, before)
    missing = tuple(dict.fromkeys(plain(i) for i in indicator.inputs if plain(i) not in latest.inputs))
    if missing:
        return Value(missing=missing)
    used = tuple(dict.fromkeys(latest.inputs[plain(item)] for item in indicator.inputs))
    if indicator.terms:
        total = 0.0
        for term in indicator.terms:
            if _unlike(latest.inputs[plain(i)] for i in (*term.numerator, *term.denominator)):
                return Value(inputs=used, why=_UNLIKE)
            below = _total(term.denominator, latest)
            if below <= 0:
                return Value(inputs=used, why=_NOT_POSITIVE)
            total += term.coefficient * float(_total(term.numerator, latest) / below)
        return Value(total, used)
    if _unlike(used):
        return Value(inputs=used, why=_UNLIKE)
    above, below = _total(indicator.numerator, latest), _total(indicator.denominator, latest)
    if below > 0:
        return Value(float(above / below), used)
    if indicator.not_positive == "worst":
        return Value(None, used, why=_NOT_POSITIVE, points=0.0)
    if indicator.not_positive == "sign" and below == 0:
        best = max(points for _, points in indicator.steps)
        return Value(None, used, why=_NOT_POSITIVE, points=best if above >= 0 else 0.0)
    return Value(inputs=used, why=_NOT_POSITIVE)


def _total(parts: Sequence[str], period: PeriodFigures) -> Decimal:
    return sum((_signed(part, period.inputs) for part in parts), Decimal(0))


def _measure(item: str, latest: PeriodFigures) -> Value:
    found = latest.inputs.get(item)
    return Value(missing=(item,)) if found is None else Value(float(found.figure.amount), (found,))


def _change(item: str, latest: PeriodFigures, before: PeriodFigures | None) -> Value:
    now, then = latest.inputs.get(item), before.inputs.get(item) if before is not None else None
    if now is None or then is None:
        return Value(missing=(item,), why=Text("two years in a row are needed", "需要连续两年的数据"))
    if _not_comparable(now.figure, then.figure):
        return Value(inputs=(now, then), why=_UNLIKE)
    first, last = then.figure.amount * (then.figure.scale or 1), now.figure.amount * (now.figure.scale or 1)
    if first <= 0:
        return Value(inputs=(now, then), why=Text("the year before is zero or less", "上年数为零或负数"))
    return Value(float(last / first) - 1, (now, then))


def _not_comparable(now: Figure, then: Figure) -> bool:
    """Say whether two years cannot be compared; scales may differ where both are stated."""
    known = (now.scale is None) == (then.scale is None)
    currencies = {figure.currency for figure in (now, then) if figure.currency is not None}
    return not known or len(currencies) > 1


def year_before(latest: PeriodFigures, every: Sequence[PeriodFigures]) -> PeriodFigures | None:
    """Return the period that ended a year before, None when it is not stated."""
    year = latest.end.year - 1
    return next((one for one in every if one.end.year == year and one.end.month == latest.end.month), None)
