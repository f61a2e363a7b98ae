"""The credit scorecard: formulas by hand, monotone by property, nothing imputed, everything told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.credit import CreditFacts, CreditLevel, CreditResult, MarkFact, assess_credit, load_scorecard
from checks.credit.card import RANK, Indicator, parse_scorecard
from checks.credit.figures import Input, months_between
from kb.errors import MissingPartError
from kb.model import Evidence
from kb.statement import Figure, items

CARD = load_scorecard()
DAY = date(2025, 9, 30)
NOW = {
    "current-assets": 900, "inventories": 100, "total-assets": 2000, "current-liabilities": 300,
    "total-liabilities": 600, "equity": 1400, "retained-earnings": 700, "revenue": 3000, "ebit": 320,
    "interest-expense": 20, "net-profit": 230, "overdue-days": 0, "late-share": 0,
}  # fmt: skip
BEFORE = {"revenue": 2800, "equity": 1250}
WORSE_HIGH = {
    "inventories",
    "current-liabilities",
    "total-liabilities",
    "interest-expense",
    "overdue-days",
    "late-share",
}
"""Inputs that are worse when they are higher, all others staying as they are."""
WORSE_LOW = {"current-assets", "equity", "retained-earnings", "ebit", "net-profit"}


def _input(item: str, amount: float | Decimal, period: str | None = "2024-12-31", document: str = "doc-a") -> Input:
    months = 12 if items()[item].kind == "flow" else None
    measured = items()[item].kind == "measure"
    figure = Figure(
        item, item, period, months, Decimal(str(amount)), None if measured else Decimal(1000),
        None if measured else "EUR", "B2", 0, 4,
    )  # fmt: skip
    return Input(document, figure, "cell")


def _facts(now: dict[str, float], before: dict[str, float] = BEFORE, marks: tuple[MarkFact, ...] = ()) -> CreditFacts:  # type: ignore[assignment]
    figures = [_input(item, amount) for item, amount in now.items()]
    figures += [_input(item, amount, "2023-12-31") for item, amount in before.items()]
    return CreditFacts(tuple(figures), (), marks)


def _credit(facts: CreditFacts, day: date = DAY) -> CreditResult:
    return assess_credit(facts, CARD, day)


def _mark(meaning: str, answer: bool = True) -> MarkFact:
    return MarkFact("meaning", meaning, f"{meaning}: yes", (Evidence("doc-r", 0, 3, "yes"),), answer)


def test_a_sound_company_has_a_low_level_with_every_indicator_known() -> None:
    found = _credit(_facts(NOW))
    assert (found.level, found.coverage, found.missing) == (CreditLevel.LOW, 1.0, ())
    assert found.score == found.base
    assert found.score is not None
    assert found.score > 90
    assert [one.lost for one in found.scored] == sorted((one.lost for one in found.scored), reverse=True)
    assert sum(one.lost for one in found.scored) == pytest.approx(100 - found.score)


@pytest.mark.parametrize(
    ("indicator", "value"),
    [
        ("current-ratio", 3.0),
        ("quick-ratio", 800 / 300),
        ("debt-to-assets", 0.3),
        ("debt-to-equity", 600 / 1400),
        ("interest-coverage", 16.0),
        ("return-on-assets", 0.115),
        ("net-margin", 230 / 3000),
        ("revenue-growth", 3000 / 2800 - 1),
        ("equity-growth", 0.12),
        # 6.56 × 600/2000 + 3.26 × 700/2000 + 6.72 × 320/2000 + 1.05 × 1400/600
        ("altman-z2", 1.968 + 1.141 + 1.0752 + 2.45),
    ],
)
def test_a_formula_gives_what_a_hand_gives(indicator: str, value: float) -> None:
    found = {one.indicator.id: one.value.value for one in _credit(_facts(NOW)).scored}
    assert found[indicator] == pytest.approx(value)


def test_a_missing_input_is_named_and_never_replaced() -> None:
    now = {item: amount for item, amount in NOW.items() if item not in {"inventories", "retained-earnings", "revenue"}}
    found = _credit(_facts(now))
    missing = {indicator.id: value.missing for indicator, value in found.missing}
    assert missing == {
        "quick-ratio": ("inventories",),
        "net-margin": ("revenue",),
        "altman-z2": ("retained-earnings",),
        "revenue-growth": ("revenue",),
    }
    assert found.coverage == pytest.approx(1 - (10 + 8 + 12 + 4) / 100)
    assert any("known" in doubt.en for doubt in found.doubts)


def test_too_little_known_gives_no_level_and_no_score() -> None:
    found = _credit(_facts({"net-profit": 5, "total-assets": 100}, {}))
    assert (found.level, found.score) == (CreditLevel.UNKNOWN, None)
    assert not found.changes
    assert _credit(CreditFacts()).level is CreditLevel.UNKNOWN
    assert [doubt.en for doubt in _credit(CreditFacts()).doubts] == ["no financial statement is tied to the partner"]


def test_a_record_of_a_court_alone_makes_the_level_high() -> None:
    found = _credit(CreditFacts(marks=(_mark("dishonest"),)))
    assert found.level is CreditLevel.HIGH
    assert [one.mark.id for one in found.marks] == ["dishonest"]
    assert found.marks[0].evidence[0].quote == "yes"
    assert [(c.what, c.to) for c in found.changes] == [("dishonest", CreditLevel.UNKNOWN)]


def test_a_record_stated_no_is_told_and_one_not_stated_is_not_taken_for_no() -> None:
    found = _credit(_facts(NOW, marks=(_mark("dishonest", answer=False),)))
    assert found.level is CreditLevel.LOW
    assert found.clear == ("dishonest",)
    assert "tax-arrears" in found.unstated


def test_identities_complete_what_follows_and_say_so() -> None:
    now = {item: amount for item, amount in NOW.items() if item not in {"equity", "ebit"}} | {"profit-before-tax": 300}
    found = _credit(_facts(now, {"revenue": 2800}))
    values = {one.indicator.id: one.value.value for one in found.scored}
    assert values["debt-to-equity"] == pytest.approx(600 / 1400)
    assert values["interest-coverage"] == pytest.approx(16)
    assert sum("not stated; it follows" in note.en for note in found.notes) == 2


def test_equity_of_zero_or_less_is_the_worst_and_no_interest_no_burden() -> None:
    found = {
        one.indicator.id: one.points for one in _credit(_facts(NOW | {"equity": -5, "interest-expense": 0})).scored
    }
    assert (found["debt-to-equity"], found["interest-coverage"]) == (0, 100)
    lossy = _credit(_facts(NOW | {"ebit": -1, "interest-expense": 0}))
    assert {one.indicator.id: one.points for one in lossy.scored}["interest-coverage"] == 0


def test_figures_in_other_units_are_not_set_against_each_other() -> None:
    facts = _facts(NOW)
    mixed = tuple(
        replace(one, figure=replace(one.figure, scale=None)) if one.figure.item == "current-assets" else one
        for one in facts.figures
    )
    found = _credit(replace(facts, figures=mixed))
    assert {indicator.id for indicator, _ in found.missing} == {"current-ratio", "quick-ratio", "altman-z2"}
    assert all("units" in value.why.en for _, value in found.missing)


def test_age_lowers_confidence_and_is_stated() -> None:
    confidence = [_credit(_facts(NOW), day).confidence.value for day in (DAY, date(2026, 9, 30), date(2028, 1, 1))]
    assert confidence == ["high", "medium", "low"]
    assert "2024-12-31" in _credit(_facts(NOW), date(2026, 9, 30)).doubts[0].en


def test_periods_after_the_day_asked_about_do_not_count() -> None:
    found = _credit(_facts(NOW), date(2024, 6, 30))
    assert found.period == "2023-12-31"


def test_half_a_year_is_not_taken_for_a_year() -> None:
    facts = _facts(NOW)
    half = tuple(
        replace(one, figure=replace(one.figure, months=6)) if one.figure.item == "net-profit" else one
        for one in facts.figures
    )
    found = _credit(replace(facts, figures=half))
    assert {i.id for i, _ in found.missing} == {"return-on-assets", "net-margin"}


def test_what_would_change_the_level_is_told_with_its_value() -> None:
    weak = NOW | {"current-assets": 330, "total-liabilities": 1100, "equity": 900, "ebit": 60, "net-profit": 10}
    found = _credit(_facts(weak))
    assert found.level is CreditLevel.MEDIUM
    told = {c.what: c for c in found.changes if c.better}
    assert "current-ratio" in told
    text = told["current-ratio"].text
    assert text.en == "if “Current ratio” rose to at least 2: level low"
    assert text.zh == "如“流动比率”至少升至 2：等级为低"
    assert _credit(_facts(weak | {"current-assets": 600})).level is CreditLevel.LOW


def test_where_no_single_change_is_enough_the_fewest_together_are_told() -> None:
    weak = NOW | {"current-assets": 280, "total-liabilities": 1500, "equity": 500, "ebit": 30}
    found = _credit(_facts(weak))
    assert found.level is CreditLevel.MEDIUM
    (change,) = (c for c in found.changes if c.better)
    assert "+" in change.what
    assert change.to is CreditLevel.LOW
    assert " and " in change.text.en


def test_an_amount_stated_twice_is_noted() -> None:
    facts = _facts(NOW)
    again = replace(facts, figures=(*facts.figures, _input("revenue", 1, document="doc-b")))
    found = _credit(again)
    assert any("stated twice" in note.en for note in found.notes)
    assert {one.indicator.id: one.value.value for one in found.scored}["net-margin"] == pytest.approx(230)


amounts = st.integers(-2_000, 4_000)
positive = st.integers(1, 4_000)


@st.composite
def companies(draw: st.DrawFn) -> dict[str, float]:
    above = {"total-assets", "revenue", "current-liabilities", "total-liabilities"}
    never_below = {"interest-expense": 500, "inventories": 500, "overdue-days": 500}
    drawn: dict[str, float] = {}
    for item in NOW:
        most = never_below.get(item)
        drawn[item] = draw(st.integers(0, most) if most is not None else positive if item in above else amounts)
    return drawn | {"late-share": draw(st.integers(0, 100)) / 100}


@settings(max_examples=150, deadline=None)
@given(companies(), st.sampled_from(sorted(WORSE_HIGH | WORSE_LOW)), st.integers(1, 1500))
def test_a_worse_input_never_improves_the_level(now: dict[str, float], item: str, much: int) -> None:
    step = much / 1000 if item == "late-share" else much
    worse = now | {item: now[item] + (step if item in WORSE_HIGH else -step)}
    first, second = _credit(_facts(now)), _credit(_facts(worse))
    assert first.coverage == second.coverage
    assert first.score is not None
    assert second.score is not None
    assert second.score <= first.score + 1e-9
    assert RANK[second.level.value] >= RANK[first.level.value]


@settings(max_examples=60, deadline=None)
@given(companies(), st.sampled_from([mark.meaning for mark in CARD.mark if mark.meaning is not None]))
def test_a_further_record_never_improves_the_level(now: dict[str, float], meaning: str) -> None:
    first, second = _credit(_facts(now)), _credit(_facts(now, marks=(_mark(meaning),)))
    assert RANK[second.level.value] >= RANK[first.level.value]


@given(st.sampled_from(CARD.indicator), st.floats(-10, 10), st.floats(0, 10))
def test_points_are_monotone(indicator: Indicator, value: float, more: float) -> None:
    low, high = indicator.points(value), indicator.points(value + more)
    assert (high >= low) if indicator.better == "high" else (high <= low)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2024, 12, 31), date(2025, 9, 30), 9),
        (date(2024, 1, 31), date(2024, 2, 29), 1),
        (date(2024, 1, 15), date(2024, 2, 14), 0),
        (date(2025, 1, 1), date(2024, 1, 1), 0),
    ],
)
def test_months_between_days(start: date, end: date, months: int) -> None:
    assert months_between(start, end) == months


def test_every_indicator_and_mark_has_its_source_and_both_languages() -> None:
    assert len(CARD.indicator) == 12
    assert sum(one.weight for one in CARD.indicator) == 100
    for part in (*CARD.indicator, *CARD.mark):
        assert part.source
        assert any("\u4e00" <= c <= "\u9fff" for c in part.title.zh)


def test_a_malformed_scorecard_is_refused_with_its_field() -> None:
    with pytest.raises(MissingPartError, match="version"):
        parse_scorecard("coverage_min = 0.5", "card.toml")
    with pytest.raises(MissingPartError, match="not TOML"):
        parse_scorecard("= 1", "card.toml")
