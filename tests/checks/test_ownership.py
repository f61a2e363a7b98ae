"""Who an ownership rule catches, what part of whom listed parties hold, who owns in the end, how it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from checks.ownership import (
    Holding,
    Interval,
    Outcome,
    Status,
    assess,
    beneficial_owners,
    blocked,
    listed_share,
    ownership_rows,
    ownership_svg,
    ownership_table,
    possibly_blocked,
    rules,
    rules_of,
)
from checks.ownership import components as rings
from checks.ownership.network import build
from kb.errors import LimitError, NotFoundError, QueryError, RecordError

Row = tuple[str, str, float, float]
DAY = date(2026, 1, 15)
OFAC = "us/ofac-50"


def exact(*rows: tuple[str, str, float]) -> list[Row]:
    return [(owner, owned, share, share) for owner, owned, share in rows]


# --- the cascade ---------------------------------------------------------------------------------------------------

# Source: OFAC FAQ 401, examples 1-4, and FAQ 399 (programmes are added together): (holdings, listed, caught).
FAQ = [
    (exact(("X", "A", 0.5), ("A", "B", 0.5)), "X", "AB"),
    (exact(("X", "A", 0.5), ("X", "B", 0.5), ("A", "C", 0.25), ("B", "C", 0.25)), "X", "ABC"),
    (exact(("X", "A", 0.5), ("X", "B", 0.1), ("A", "B", 0.4)), "X", "AB"),
    (exact(("X", "A", 0.25), ("X", "B", 0.25), ("A", "C", 0.5), ("B", "C", 0.5)), "X", ""),
    (exact(("X", "B", 0.25), ("Y", "B", 0.25)), "XY", "B"),
]


@pytest.mark.parametrize(("holdings", "listed", "caught"), FAQ)
def test_the_published_examples_are_decided_as_published(holdings: list[Row], listed: str, caught: str) -> None:
    assert blocked(holdings, set(listed)) == set(listed) | set(caught)
    (ofac,) = assess(holdings, set(listed), [OFAC], DAY)
    assert {result.entity for result in ofac.results() if result.outcome is Outcome.CERTAIN} == set(caught)


def test_all_published_examples_are_there() -> None:
    assert len(FAQ) == 5


def test_a_ring_without_listed_owners_catches_nobody() -> None:
    assert blocked(exact(("A", "B", 1.0), ("B", "A", 1.0)), {"X"}) == {"X"}


def test_a_ring_is_caught_as_a_whole_once_one_member_is() -> None:
    ring = exact(("A", "B", 0.6), ("B", "C", 0.6), ("C", "A", 0.4))
    assert blocked([*ring, ("X", "A", 0.5, 0.5)], {"X"}) == {"X", "A", "B", "C"}


def test_cross_holdings_add_to_a_listed_owner_only_when_caught() -> None:
    holdings = exact(("X", "A", 0.3), ("B", "A", 0.3), ("A", "B", 0.3), ("X", "B", 0.3))
    assert blocked(holdings, {"X"}) == {"X"}  # each would be caught if the other were, and neither is
    assert blocked([*holdings, ("Y", "A", 0.2, 0.2)], {"X", "Y"}) == {"X", "Y", "A", "B"}


def test_a_party_does_not_block_itself_with_its_own_shares() -> None:
    holdings = exact(("X", "A", 0.4), ("A", "A", 0.2))
    assert blocked(holdings, {"X"}) == {"X"}
    assert [problem.code for problem in build(holdings).problems] == ["self-holding"]


def test_a_share_just_below_the_threshold_does_not_block() -> None:
    assert blocked(exact(("X", "A", 0.4999999)), {"X"}) == {"X"}


@pytest.mark.parametrize("parts", [2, 3, 6, 7, 12, 20, 49, 101])
def test_a_half_made_of_many_fractions_is_a_half(parts: int) -> None:
    holdings = [(f"X{number}", "A", 0.5 / parts, 0.5 / parts) for number in range(parts)]
    assert "A" in blocked(holdings, {owner for owner, *_ in holdings})


def test_an_unknown_share_is_possible_and_never_certain() -> None:
    holdings: list[tuple[str, str, float | None, float | None]] = [("X", "A", None, None), ("A", "B", 1.0, 1.0)]
    assert blocked(holdings, {"X"}) == {"X"}
    assert possibly_blocked(holdings, {"X"}) == {"X", "A", "B"}
    assert listed_share(holdings, {"X"})["B"] == Interval(0.0, 1.0)


def test_a_range_that_begins_at_the_threshold_is_certain_and_one_that_ends_there_possible() -> None:
    holdings = [("X", "A", 0.5, 0.75), ("X", "B", 0.25, 0.5), ("X", "C", 0.25, 0.49)]
    assert blocked(holdings, {"X"}) == {"X", "A"}
    assert possibly_blocked(holdings, {"X"}) == {"X", "A", "B"}


def test_listed_parties_without_holdings_stay_blocked() -> None:
    assert blocked([], {"X"}) == {"X"}
    assert listed_share([], {"X"}) == {"X": Interval(1.0, 1.0)}


# --- what is wrong with the data -----------------------------------------------------------------------------------


def test_more_than_the_whole_is_reported_and_computed_on() -> None:
    holdings = exact(("X", "A", 0.7), ("Y", "A", 0.6), ("A", "B", 1.0))
    assert [(problem.code, problem.entities) for problem in build(holdings).problems] == [("over-whole", ("A",))]
    assert blocked(holdings, {"X"}) == {"X", "A", "B"}
    assert listed_share(holdings, {"X", "Y"})["B"] == Interval(1.0, 1.0)


def test_rows_of_one_source_add_up() -> None:
    assert blocked(exact(("X", "A", 0.3), ("X", "A", 0.2)), {"X"}) == {"X", "A"}
    (problem,) = (p for p in build(exact(("X", "A", 0.8), ("X", "A", 0.8))).problems if p.code != "over-whole")
    assert problem.code == "repeated-over-whole"


def test_statements_of_different_sources_are_intersected() -> None:
    register = Holding("X", "A", 0.25, 0.5, source="register")
    report = Holding("X", "A", 0.4, 0.6, source="report")
    assert listed_share([register, report], {"X"})["A"] == Interval(0.4, 0.5)
    assert blocked([report, Holding("X", "A", 0.4, 0.4, source="list")], {"X"}) == {"X"}


def test_contradicting_sources_are_reported_and_the_higher_one_followed() -> None:
    holdings = [Holding("X", "A", 0.1, 0.1, source="old"), Holding("X", "A", 0.6, 0.6, source="new")]
    assert blocked(holdings, {"X"}) == {"X", "A"}
    assert [problem.code for problem in build(holdings).problems] == ["contradiction"]


def test_endless_problems_are_counted_instead_of_listed() -> None:
    problems = build([(f"A{n}", f"A{n}", 0.1, 0.1) for n in range(1500)]).problems
    assert len(problems) == 1001
    assert problems[-1].code == "more"
    assert "500" in problems[-1].detail


@pytest.mark.parametrize(
    "row",
    [
        ("X", "A", 50, 50),
        ("X", "A", -0.1, 0.5),
        ("X", "A", 0.6, 0.5),
        ("X", "A", float("inf"), float("inf")),
        ("X", "A", "much", "more"),
        ("X", "A", 0.5),
        (["X"], "A", 0.5, 0.5),
        42,
        Holding("X", "A", 0.5, 0.5, measure="sympathy"),
    ],
)
def test_a_malformed_holding_is_refused_with_its_place(row: object) -> None:
    with pytest.raises(RecordError):
        blocked([("Y", "B", 0.1, 0.1), row], {"X"})  # type: ignore[list-item]


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5, 50.0, float("nan")])
def test_a_threshold_that_is_no_fraction_is_refused(threshold: float) -> None:
    with pytest.raises(QueryError):
        blocked([], set(), threshold=threshold)


def test_holdings_count_from_their_first_day_to_the_day_before_their_last() -> None:
    holdings = [Holding("X", "A", 0.6, 0.6, valid_from=date(2020, 1, 1), valid_to=date(2021, 1, 1))]
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1)]
    assert [("A" in blocked(holdings, {"X"}, as_of=day)) for day in days] == [False, True, True, False]
    with pytest.raises(QueryError, match="dates"):
        blocked(holdings, {"X"})


# --- shares --------------------------------------------------------------------------------------------------------


def test_percentages_multiply_along_a_chain_and_chains_add_up() -> None:
    shares = listed_share(exact(("X", "A", 0.5), ("A", "B", 0.5), ("X", "B", 0.1)), {"X"})
    assert shares == {"X": Interval(1.0, 1.0), "A": Interval(0.5, 0.5), "B": Interval(0.35, 0.35)}


def test_cross_holdings_share_out_the_whole() -> None:
    holdings = exact(("X", "A", 0.4), ("B", "A", 0.6), ("A", "B", 0.6), ("Y", "B", 0.4))
    left, right = listed_share(holdings, {"X"}), listed_share(holdings, {"Y"})
    assert left["A"].low == pytest.approx(0.625)
    assert left["A"].low + right["A"].low == pytest.approx(1.0)


def test_treasury_shares_leave_the_company_to_the_others() -> None:
    assert listed_share(exact(("X", "A", 0.4), ("A", "A", 0.2)), {"X"})["A"].low == pytest.approx(0.5)


def test_a_listed_party_in_a_chain_counts_wholly() -> None:
    assert listed_share(exact(("Z", "X", 0.9), ("X", "A", 0.5)), {"X"})["A"] == Interval(0.5, 0.5)


def test_a_restated_indirect_holding_raises_the_share_and_is_not_added() -> None:
    chain = [Holding("X", "A", None, None), Holding("A", "B", 0.6, 0.6)]
    restated = Holding("X", "B", 0.3, 0.3, measure="indirect")
    assert listed_share(chain, {"X"})["B"] == Interval(0.0, 0.6)
    assert listed_share([*chain, restated], {"X"})["B"] == Interval(0.3, 0.6)


def test_a_large_ring_is_bounded_from_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    holdings = [(f"A{n}", f"A{(n + 1) % 40}", 0.5, 0.7) for n in range(40)] + [("X", "A0", 0.3, 0.3)]
    solved = listed_share(holdings, {"X"})
    monkeypatch.setattr(rings, "MAX_DENSE", 1)
    iterated = listed_share(holdings, {"X"})
    assert all(abs(solved[key].low - iterated[key].low) < 1e-9 for key in solved)
    monkeypatch.setattr(rings, "_SWEEPS", 3)
    rough = listed_share(holdings, {"X"})
    assert all(rough[key].low <= solved[key].low and solved[key].high <= rough[key].high for key in solved)


def test_a_long_chain_and_a_long_ring_are_walked_without_recursion() -> None:
    size = 30_000
    holdings = [(f"A{n}", f"A{n + 1}", 1.0, 1.0) for n in range(size)]
    assert len(blocked(holdings, {"A0"})) == size + 1
    assert listed_share(holdings, {"A0"})[f"A{size}"] == Interval(1.0, 1.0)
    ring = [*holdings, (f"A{size}", "A1", 0.0, 0.0)]
    assert listed_share(ring, {"A0"})["A5"].low == pytest.approx(1.0)


# --- properties ----------------------------------------------------------------------------------------------------

PARTIES = st.sampled_from("ABCDEFX")
ENDS = st.integers(0, 20).map(lambda step: step / 20)


@st.composite
def holdings_of(draw: st.DrawFn, *, whole: bool = False) -> list[Row]:
    rows = draw(st.lists(st.tuples(PARTIES, PARTIES, ENDS, ENDS), max_size=14))
    if whole:  # one row per pair, no party sold more than once over
        sums: dict[str, float] = {}
        kept: dict[tuple[str, str], Row] = {}
        for owner, owned, low, _ in rows:
            if (owner, owned) not in kept and sums.get(owned, 0.0) + low <= 0.95:
                sums[owned] = sums.get(owned, 0.0) + low
                kept[owner, owned] = (owner, owned, low, low)
        return list(kept.values())
    return [(owner, owned, min(left, right), max(left, right)) for owner, owned, left, right in rows]


LISTED = st.sets(PARTIES, max_size=3)


def brute_force(rows: Iterable[Row], listed: set[str], threshold: float) -> set[str]:
    """Return the smallest closed set: the intersection of all sets that contain the listed and are closed."""
    twentieths: dict[str, dict[str, int]] = {}
    for owner, owned, low, _ in rows:
        held = twentieths.setdefault(owned, {})
        held[owner] = min(20, held.get(owner, 0) + round(low * 20))
    parties = sorted(set(twentieths) | {owner for held in twentieths.values() for owner in held} | listed)
    smallest = set(parties)
    for choice in product((False, True), repeat=len(parties)):
        chosen = {party for party, taken in zip(parties, choice, strict=True) if taken}
        if not listed <= chosen:
            continue
        reached = {
            owned
            for owned, held in twentieths.items()
            if sum(share for owner, share in held.items() if owner in chosen) >= round(threshold * 20)
        }
        if reached <= chosen:
            smallest &= chosen
    return smallest


@settings(max_examples=150, deadline=None)
@given(holdings_of(), LISTED, st.sampled_from([0.25, 0.5, 0.75]))
def test_the_caught_set_is_the_smallest_closed_one(rows: list[Row], listed: set[str], threshold: float) -> None:
    assert blocked(rows, listed, threshold=threshold) == brute_force(rows, listed, threshold)


@settings(deadline=None)
@given(holdings_of(), LISTED)
def test_certain_is_a_part_of_possible_under_every_rule(rows: list[Row], listed: set[str]) -> None:
    assert blocked(rows, listed) <= possibly_blocked(rows, listed)
    for assessment in assess(rows, listed, None, DAY):
        assert assessment.certain <= assessment.possible
        for result in assessment.results():
            assert result.path
            assert result.path[0].owner in listed
            assert result.path[-1].owned == result.entity
            assert [s.owned for s in result.path[:-1]] == [s.owner for s in result.path[1:]]
            assert {step.owned for step in result.path} <= assessment.possible


@settings(deadline=None)
@given(holdings_of(), LISTED, st.data())
def test_raising_a_holding_never_unblocks(rows: list[Row], listed: set[str], data: st.DataObject) -> None:
    assume(rows)
    place = data.draw(st.integers(0, len(rows) - 1))
    owner, owned, low, high = rows[place]
    higher = [*rows]
    higher[place] = (owner, owned, data.draw(st.floats(low, 1.0)), 1.0)
    assert high <= 1.0
    assert blocked(rows, listed) <= blocked(higher, listed)
    assert possibly_blocked(rows, listed) <= possibly_blocked(higher, listed)
    before, after = listed_share(rows, listed), listed_share(higher, listed)
    assert all(before[party].low <= after[party].low + 1e-9 for party in before)
    assert all(before[party].high <= after[party].high + 1e-9 for party in before)


@settings(deadline=None)
@given(holdings_of(), LISTED, PARTIES)
def test_listing_somebody_more_never_unblocks(rows: list[Row], listed: set[str], party: str) -> None:
    assert blocked(rows, listed) <= blocked(rows, listed | {party})
    before, after = listed_share(rows, listed), listed_share(rows, listed | {party})
    assert all(before[key].high <= after[key].high + 1e-9 for key in before)


@settings(deadline=None)
@given(holdings_of(), LISTED, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[Row], listed: set[str], random: object) -> None:
    shuffled = [*rows]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert blocked(rows, listed) == blocked(shuffled, listed)
    left, right = listed_share(rows, listed), listed_share(shuffled, listed)
    assert left.keys() == right.keys()
    assert all(left[key].low == pytest.approx(right[key].low, abs=1e-9) for key in left)
    assert all(left[key].high == pytest.approx(right[key].high, abs=1e-9) for key in left)


@settings(deadline=None, max_examples=200)
@given(holdings_of(whole=True), LISTED)
def test_shares_equal_the_solution_of_the_linear_equations(rows: list[Row], listed: set[str]) -> None:
    parties = sorted({party for owner, owned, *_ in rows for party in (owner, owned)} | listed)
    number = {party: place for place, party in enumerate(parties)}
    matrix, fixed = np.zeros((len(parties), len(parties))), np.zeros(len(parties))
    for owner, owned, share, _ in rows:
        if owned not in listed:
            matrix[number[owned], number[owner]] = share
    for party in listed:
        fixed[number[party]] = 1.0
    expected = np.linalg.solve(np.eye(len(parties)) - matrix, fixed) if parties else fixed
    shares = listed_share(rows, listed)
    assert set(shares) == set(parties)
    for party in parties:
        assert shares[party].low == pytest.approx(expected[number[party]], abs=1e-9)
        assert shares[party].high == pytest.approx(expected[number[party]], abs=1e-9)


@settings(deadline=None)
@given(holdings_of(), LISTED)
def test_shares_are_fractions_and_the_least_fixpoint(rows: list[Row], listed: set[str]) -> None:
    """With sums above the whole the bounded equations are iterated from nothing: 4000 rounds meet the solution."""
    shares = listed_share(rows, listed)
    edges: dict[tuple[str, str], float] = {}
    for owner, owned, _, high in rows:
        edges[owner, owned] = min(1.0, edges.get((owner, owned), 0.0) + high)
    value = {party: float(party in listed) for party in shares}
    for _ in range(4000):
        sums = dict.fromkeys(value, 0.0)
        for (owner, owned), high in edges.items():
            sums[owned] += high * value[owner]
        after = {party: 1.0 if party in listed else min(1.0, sums[party]) for party in value}
        if max((abs(after[party] - value[party]) for party in value), default=0.0) < 1e-15:
            break
        value = after
    for party, share in shares.items():
        assert 0.0 <= share.low <= share.high <= 1.0
        assert share.high == pytest.approx(value[party], abs=1e-3)


# --- rules by date -------------------------------------------------------------------------------------------------


def test_every_rule_says_where_it_comes_from_and_whether_that_was_read() -> None:
    assert {rule.id for rule in rules()} == {
        OFAC,
        "us/bis-affiliates",
        "eu/owned-or-controlled",
        "uk/owned-or-controlled",
    }
    for rule in rules():
        assert all(version.source for version in rule.version)
    assert [version.verified for rule in rules() for version in rule.version if rule.id != OFAC] == [False] * 6


def test_the_affiliates_rule_comes_is_suspended_and_then_unconfirmed() -> None:
    days = [date(2025, 9, 28), date(2025, 9, 29), date(2025, 11, 9), date(2025, 11, 10), date(2026, 11, 9)]
    states = [rules_of(day, ["us/bis-affiliates"])[0].status for day in [*days, date(2026, 11, 10)]]
    assert states == [
        Status.NOT_IN_FORCE,
        Status.IN_FORCE,
        Status.IN_FORCE,
        Status.SUSPENDED,
        Status.SUSPENDED,
        Status.UNCONFIRMED,
    ]
    (before,) = assess(exact(("X", "A", 1.0)), {"X"}, ["us/bis-affiliates"], date(2025, 1, 1))
    assert (before.certain, before.possible) == (frozenset(), frozenset())


def test_the_european_threshold_was_lowered_to_a_half() -> None:
    half = exact(("X", "A", 0.5))
    (old,) = assess(half, {"X"}, ["eu/owned-or-controlled"], date(2024, 7, 2))
    (new,) = assess(half, {"X"}, ["eu/owned-or-controlled"], date(2024, 7, 3))
    assert (old.outcome("A"), new.outcome("A")) == (Outcome.NO, Outcome.CERTAIN)


def test_the_british_rule_judges_each_listed_party_alone_unless_they_act_jointly() -> None:
    holdings = exact(("X", "A", 0.3), ("Y", "A", 0.3), ("X", "B", 0.51), ("B", "C", 0.5), ("X", "C", 0.1))
    (alone,) = assess(holdings, {"X", "Y"}, ["uk/owned-or-controlled"], DAY)
    assert alone.certain == {"X", "Y", "B", "C"}
    (jointly,) = assess(holdings, {"X", "Y"}, ["uk/owned-or-controlled"], DAY, joint=[{"X", "Y"}])
    assert jointly.outcome("A") is Outcome.CERTAIN
    assert jointly.result("A").path


def test_votes_and_control_count_only_where_the_rule_says() -> None:
    holdings = [
        Holding("X", "A", 0.4, 0.4),
        Holding("X", "A", 0.6, 0.6, measure="votes"),
        Holding("X", "B", 1.0, 1.0, measure="control"),
        Holding("X", "C", 0.3, 0.3),
        Holding("X", "C", 0.3, 0.3, measure="votes"),
    ]
    ofac, union, kingdom = assess(holdings, {"X"}, [OFAC, "eu/owned-or-controlled", "uk/owned-or-controlled"], DAY)
    assert [ofac.outcome(party) for party in "ABC"] == [Outcome.NO] * 3
    assert [union.outcome(party) for party in "ABC"] == [Outcome.CERTAIN, Outcome.POSSIBLE, Outcome.NO]
    assert [kingdom.outcome(party) for party in "ABC"] == [Outcome.CERTAIN, Outcome.POSSIBLE, Outcome.NO]


def test_the_evidence_names_the_owners_that_count_and_their_sum() -> None:
    holdings = [("X", "A", 0.5, 0.5), ("A", "B", 0.3, 0.4), ("Y", "B", 0.1, 0.2), ("Z", "B", 0.4, 0.4)]
    (ofac,) = assess(holdings, {"X", "Y"}, [OFAC], DAY)
    result = ofac.result("B")
    assert result.outcome is Outcome.POSSIBLE
    assert [(stake.owner, stake.share) for stake in result.stakes] == [
        ("A", Interval(0.3, 0.4)),
        ("Y", Interval(0.1, 0.2)),
    ]
    (total,) = result.sums.values()
    assert (total.low, total.high) == pytest.approx((0.4, 0.6))
    assert [(step.owner, step.owned) for step in result.path] == [("X", "A"), ("A", "B")]
    assert ofac.result("X").listed
    assert ofac.result("unheard of").outcome is Outcome.NO


def test_a_rule_that_is_not_known_and_a_missing_day_are_refused() -> None:
    with pytest.raises(NotFoundError):
        assess([], set(), ["xx/none"], DAY)
    with pytest.raises(QueryError):
        assess([], set())


def test_too_many_parties_judged_alone_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.ownership.cascade.MAX_STEPS", 10)
    with pytest.raises(LimitError):
        assess(exact(*((f"X{n}", "A", 0.01) for n in range(20))), {f"X{n}" for n in range(20)}, None, DAY)


# --- beneficial owners ---------------------------------------------------------------------------------------------


def test_an_owner_through_several_chains_is_found_with_all_of_them() -> None:
    holdings = exact(("P", "A", 0.5), ("P", "B", 0.5), ("A", "C", 0.5), ("B", "C", 0.3), ("Q", "C", 0.2))
    found = beneficial_owners(holdings, "C")
    (owner,) = found.owners
    assert (owner.owner, found.smaller) == ("P", 1)
    assert owner.share.low == pytest.approx(0.4)
    assert [[step.owner for step in chain.steps] for chain in owner.chains] == [["P", "A"], ["P", "B"]]
    assert found.unexplained.low == pytest.approx(0.4)


def test_a_chain_of_majorities_makes_an_owner_in_control_with_a_small_share() -> None:
    (owner,) = beneficial_owners(exact(("P", "A", 0.51), ("A", "B", 0.51), ("B", "C", 0.51)), "C").owners
    assert owner.share.low == pytest.approx(0.51**3)
    assert (owner.by_share, owner.by_control) == (Outcome.NO, Outcome.CERTAIN)


def test_a_quarter_is_enough_unless_more_is_asked() -> None:
    holdings = exact(("P", "A", 0.25))
    assert [owner.owner for owner in beneficial_owners(holdings, "A").owners] == ["P"]
    assert beneficial_owners(holdings, "A", strict=True).owners == ()


def test_owners_through_a_ring_have_their_integrated_share() -> None:
    holdings = exact(("X", "A", 0.4), ("B", "A", 0.6), ("A", "B", 0.6), ("Y", "B", 0.4))
    found = beneficial_owners(holdings, "A")
    assert [(owner.owner, round(owner.share.low, 6)) for owner in found.owners] == [("X", 0.625), ("Y", 0.375)]
    assert found.unexplained == Interval(0.0, 0.0)


def test_a_party_nobody_is_known_to_hold_has_an_unknown_owner() -> None:
    assert beneficial_owners([], "A").unexplained == Interval(0.0, 1.0)
    assert beneficial_owners(exact(("A", "B", 1.0), ("B", "A", 1.0)), "A").unexplained == Interval(0.0, 1.0)


@settings(deadline=None)
@given(holdings_of(whole=True), PARTIES)
def test_the_share_of_an_owner_is_what_listing_it_would_give(rows: list[Row], party: str) -> None:
    for owner in beneficial_owners(rows, party, threshold=0.1).owners:
        assert owner.share.low == pytest.approx(listed_share(rows, {owner.owner})[party].low, abs=1e-9)


# --- picture and table ---------------------------------------------------------------------------------------------

HOSTILE = "</text><script>alert(\"1\")</script>\u202e\x00\x1b & <b onclick='x'>"


def test_the_picture_is_well_formed_named_and_shows_every_share() -> None:
    holdings = [("X", "A", 0.5, 0.5), ("A", "B", 0.25, 0.5), ("Y", "B", None, None), ("B", "A", 0.1, 0.1)]
    root = etree.fromstring(ownership_svg(holdings, "B", listed={"X"}))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    ids = {element.get("id"): element for element in root.iter()}
    assert [ids[key].tag for key in (root.get("aria-labelledby") or "").split()] == [f"{space}title", f"{space}desc"]
    texts = [element.text for element in root.iter(f"{space}text")]
    assert {"50 %", "25–50 %", "share unknown", "10 %"} <= set(texts)
    assert texts.count("LISTED") == 1
    assert texts.count("CAUGHT") == 1
    assert texts.count("POSSIBLY CAUGHT") == 1
    assert "Listed: X." in (ids["ownership-desc"].text or "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_names_do_no_harm(language: str) -> None:
    holdings = exact((HOSTILE, "A", 0.6), ("A", HOSTILE, 0.1))
    svg = ownership_svg(
        holdings, "A", listed={HOSTILE}, names={"A": HOSTILE * 200}, language=language, element_id='"><x'
    )
    (ofac,) = assess(holdings, {HOSTILE}, [OFAC], DAY)
    rows = ownership_rows(holdings, {HOSTILE}, ofac, entities=["A", HOSTILE])
    table = ownership_table(rows, names={"A": HOSTILE}, language=language)
    for markup in (svg, table):
        root = etree.fromstring(markup)
        assert not [element for element in root.iter() if element.tag.endswith(("script", "b", "x"))]
        assert not re.search(r"[\x00-\x08\x1b\u202e]|\sstyle=|\son\w+=\"", markup)


def test_a_crowd_of_owners_is_cut_and_counted() -> None:
    holdings = [(f"S{n:03}", "A", 0.001, 0.001) for n in range(300)] + [("X", "A", 0.0005, 0.0005)]
    svg = ownership_svg(holdings, "A", listed={"X"})
    assert "289 further parties are not shown." in svg
    assert ">LISTED<" in svg  # the smallest holder of all, but the one that matters


def test_the_table_has_a_row_with_its_chain_for_each_caught_party() -> None:
    holdings = exact(("X", "A", 0.5), ("A", "B", 0.5), ("Q", "C", 1.0))
    (ofac,) = assess(holdings, {"X"}, [OFAC], DAY)
    rows = ownership_rows(holdings, {"X"}, ofac)
    assert [(row.result.entity, row.share.low) for row in rows] == [("A", 0.5), ("B", 0.25)]
    table = etree.fromstring(ownership_table(rows, names={"X": "Xanten"}))
    cells = ["".join(map(str, cell.itertext())) for cell in table.iter("td")]
    assert "Xanten —50 %→ A —50 %→ B" in cells
    assert len([cell for cell in table.iter("th") if cell.get("scope") == "row"]) == 2


def test_a_picture_of_nobody_and_an_unknown_language_are_refused() -> None:
    with pytest.raises(NotFoundError):
        ownership_svg([], "A")
    with pytest.raises(QueryError):
        ownership_svg(exact(("X", "A", 1.0)), "A", language="tlh")
