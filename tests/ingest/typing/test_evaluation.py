"""Evaluation: CUAD's matching rule and curve, on cases small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.typing.train.evaluation import curve, f1, jaccard, matches, words


def test_words_ignore_case_and_four_signs() -> None:
    assert words("The Buyer; the SELLER, and/or Agent.") == {"the", "buyer", "seller", "and", "or", "agent"}


def test_half_of_the_words_is_a_match() -> None:
    assert jaccard(words("a b c d"), words("a b")) == 0.5
    assert matches("Insurance", "a b c d", ["a b", "a"]) == (0,)


def test_parties_also_match_as_part_of_the_proposal() -> None:
    assert matches("Parties", "made by Acme Inc. and Beta Ltd.", ["Acme Inc.", "Gamma"]) == (0,)
    assert matches("Insurance", "made by Acme Inc. and Beta Ltd.", ["Acme Inc."]) == ()


def test_the_curve_pools_contracts_and_counts_unmatched_proposals() -> None:
    gold = {("x", "Insurance"): ["buyer insures the goods"], ("y", "Insurance"): []}
    proposals = {
        ("x", "Insurance"): [("buyer insures the goods", 0.9)],
        ("y", "Insurance"): [("nothing of the kind", 0.5)],
    }
    figures = curve(gold, proposals)
    assert figures.recall == 1.0
    assert figures.precision_at_80 == 1.0
    assert figures.aupr == pytest.approx(1.0)
    later = curve(gold, {**proposals, ("x", "Insurance"): [("buyer insures the goods", 0.4)]})
    assert later.precision_at_80 == 0.5
    assert later.aupr == pytest.approx(0.5)


def test_a_gold_span_found_twice_counts_once() -> None:
    gold = {("x", "Insurance"): ["buyer insures the goods"]}
    proposals = {("x", "Insurance"): [("buyer insures the goods", 0.9), ("buyer insures the goods now", 0.8)]}
    assert curve(gold, proposals).precision_at_90 == 1.0


def test_f1_is_zero_where_nothing_is_found() -> None:
    assert f1(np.array([True, False]), np.array([False, False])) == (0.0, 0.0, 0.0)
    assert f1(np.array([True, True, False]), np.array([True, False, True])) == (0.5, 0.5, 0.5)
