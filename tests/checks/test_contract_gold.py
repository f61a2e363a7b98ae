"""The contract rules on whole contracts: how much of what a reviewer expects they find, how often they are wrong."""

from __future__ import annotations

import pytest

from checks.rule import load_rules
from tests.checks.contract_gold import FAMILIES, Score, judge, load

RULES = tuple(rule for rule in load_rules() if rule.family in FAMILIES)
CONTRACTS = {"en": 17, "zh": 18}
LEAST = {"en": (0.9, 0.9, 0.88), "zh": (0.85, 0.9, 0.9)}
"""Recall and precision of the flags and share of the passes that must be kept; docs/benchmarks.md has the figures."""


@pytest.mark.parametrize("language", sorted(CONTRACTS))
def test_the_gold_contracts_are_all_there_and_expect_both_outcomes(language: str) -> None:
    contracts = load(language)
    assert len(contracts) == CONTRACTS[language]
    assert sum(contract.held_out for contract in contracts) == CONTRACTS[language] // 3
    for contract in contracts:
        assert contract.passes
        assert not set(contract.passes) & set(contract.flags)
        for words in (words for expected in contract.flags.values() for words in expected):
            assert words in contract.text, (contract.id, words)


@pytest.mark.parametrize("language", sorted(CONTRACTS))
def test_the_rules_find_what_a_reviewer_expects_of_whole_contracts(language: str) -> None:
    score = Score()
    misses = [miss for contract in load(language) for miss in judge(contract, RULES, score)]
    told = [f"{miss.contract.id} {miss.rule} {miss.kind}: {miss.words[:120]}" for miss in misses]
    shares = (score.recall(), score.precision(), score.passing())
    assert None not in shares
    for share, least in zip(shares, LEAST[language], strict=True):
        assert share is not None
        assert share >= least, (shares, told)
