"""The gold of citations of our own is read as marked, and the grammar keeps what it scored on it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.ingest.citation_gold import Case, Score, add, cases, is_right_status, judge, read_case

FLOORS = {"zh": (0.98, 0.975), "europe": (0.96, 0.965)}
"""Precision and recall below which the grammar has lost something it could do; what is lacking is held out."""
FINDING = cases(status=False)
STATUS = cases(status=True)


def test_the_gold_has_the_cases_it_claims() -> None:
    counts = Counter(case.part for case in (*FINDING, *STATUS))
    assert counts["zh"] >= 345
    assert counts["europe"] >= 180
    assert sum(case.part == "zh" for case in FINDING) >= 327
    assert len({case.id for case in FINDING}) == len(FINDING)


@pytest.mark.parametrize("part", sorted(FLOORS))
def test_the_grammar_keeps_its_score_on_the_gold(part: str) -> None:
    score = Score()
    for case in FINDING:
        if case.part == part:
            add(score, case, *read_case(case))
    precision, recall = FLOORS[part]
    assert score.cases > 100
    assert score.precision >= precision, score.wrong
    assert score.recall >= recall, score.wrong


@pytest.mark.parametrize("case", STATUS, ids=lambda case: case.id)
def test_a_citation_has_the_status_the_stored_law_gives_it(case: Case) -> None:
    judged = list(judge(case))
    assert judged
    for expected, resolved in judged:
        assert is_right_status(expected, resolved), resolved
