"""The table of impact levels: every row can be reached, and unknown is never none."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from checks.citation_mode import CitationMode
from checks.impact import ImpactLevel
from checks.impact_levels import LEVEL_ORDER, Situation, heaviest, load_table
from kb.law_change import ChangeKind, Materiality

CLAUSE = Situation("clause", "provision", "yes", "unclear", "modified", "duty", "yes", "")
KINDS = [*(kind.value for kind in ChangeKind if kind is not ChangeKind.INSERTED), "repealed"]
EVERY = [
    Situation(reliant, cited, dated, mode.value, kind, materiality.value, touched, finding)
    for (reliant, finding), cited, dated, mode, kind, materiality, touched in product(
        [
            ("clause", ""),
            ("law", ""),
            ("rule", ""),
            ("finding", "stale"),
            ("finding", "evidence"),
            ("finding", "basis"),
        ],
        ["act", "provision"],
        ["yes", "no"],
        CitationMode,
        KINDS,
        Materiality,
        ["yes", "no"],
    )
]

CASES = [
    (CLAUSE, ImpactLevel.ACTION),
    (replace(CLAUSE, kind="deleted"), ImpactLevel.BLOCKING),
    (replace(CLAUSE, kind="repealed"), ImpactLevel.BLOCKING),
    (replace(CLAUSE, kind="repealed", cited="act"), ImpactLevel.BLOCKING),
    (replace(CLAUSE, kind="repealed", mode="fixed"), ImpactLevel.INFORMATIONAL),
    (replace(CLAUSE, kind="repealed", dated="no"), ImpactLevel.UNKNOWN),
    (replace(CLAUSE, cited="act"), ImpactLevel.UNKNOWN),
    (replace(CLAUSE, dated="no"), ImpactLevel.UNKNOWN),
    (replace(CLAUSE, mode="fixed"), ImpactLevel.INFORMATIONAL),
    (replace(CLAUSE, kind="renumbered", materiality="none"), ImpactLevel.INFORMATIONAL),
    (replace(CLAUSE, kind="renumbered", materiality="none", mode="as_amended"), ImpactLevel.ACTION),
    (replace(CLAUSE, kind="renumbered", materiality="none", touched="no"), ImpactLevel.INFORMATIONAL),
    (replace(CLAUSE, kind="modified", materiality="none", touched="no"), ImpactLevel.NONE),
    (replace(CLAUSE, materiality="wording"), ImpactLevel.INFORMATIONAL),
    (replace(CLAUSE, materiality="editorial"), ImpactLevel.NONE),
    (replace(CLAUSE, kind="split", materiality="wording"), ImpactLevel.ACTION),
    (replace(CLAUSE, reliant="finding", finding="stale", materiality="editorial"), ImpactLevel.ACTION),
    (replace(CLAUSE, reliant="law"), ImpactLevel.ACTION),
    (replace(CLAUSE, reliant="law", kind="repealed"), ImpactLevel.ACTION),
    (replace(CLAUSE, reliant="law", kind="deleted"), ImpactLevel.ACTION),
    (replace(CLAUSE, reliant="law", kind="split", materiality="none"), ImpactLevel.ACTION),
    (replace(CLAUSE, reliant="law", kind="renumbered", materiality="none"), ImpactLevel.INFORMATIONAL),
    (replace(CLAUSE, reliant="law", materiality="wording"), ImpactLevel.INFORMATIONAL),
    (replace(CLAUSE, reliant="law", materiality="editorial"), ImpactLevel.NONE),
    (replace(CLAUSE, reliant="law", cited="act"), ImpactLevel.NONE),
    (replace(CLAUSE, reliant="law", dated="no"), ImpactLevel.UNKNOWN),
]


@pytest.mark.parametrize(("situation", "level"), CASES)
def test_the_table_says_what_a_change_asks(situation: Situation, level: ImpactLevel) -> None:
    assert load_table().decide(situation).level is level


def test_every_row_decides_something_and_every_situation_has_a_row() -> None:
    table = load_table()
    deciding = {table.decide(situation).id for situation in EVERY}
    assert len(table.rows) >= 15
    assert deciding == {row.id for row in table.rows}


def test_every_row_tells_why_in_both_languages() -> None:
    rows = load_table().rows
    assert len({row.id for row in rows}) == len(rows)
    assert [row.id for row in rows if not row.why.en or not row.why.zh] == []


def test_what_is_not_dated_or_names_no_article_is_never_none() -> None:
    table = load_table()
    levels = {table.decide(s).level for s in EVERY if s.reliant == "clause" and (s.dated == "no" or s.cited == "act")}
    assert ImpactLevel.NONE not in levels


def test_the_heaviest_level_counts_and_unknown_outweighs_what_is_only_to_be_known() -> None:
    assert set(LEVEL_ORDER) == set(ImpactLevel)
    assert heaviest((ImpactLevel.INFORMATIONAL, ImpactLevel.UNKNOWN)) is ImpactLevel.UNKNOWN
    assert heaviest((ImpactLevel.UNKNOWN, ImpactLevel.ACTION)) is ImpactLevel.ACTION
    assert heaviest(()) is ImpactLevel.NONE
