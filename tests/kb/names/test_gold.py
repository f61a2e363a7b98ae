"""The project's own Chinese pairs, split into an open and a held-out part."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from kb.names import compare

GOLD = Path(__file__).parents[2] / "gold" / "zh_name_pairs.csv"


def test_own_chinese_pairs_are_told_apart_on_both_splits() -> None:
    with GOLD.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 600
    assert len({(r["left"], r["right"]) for r in rows}) == len(rows)
    count: Counter[tuple[str, bool, bool]] = Counter()
    for r in rows:
        kind = "person" if r["kind"] == "person" else "organization"
        count[r["split"], compare(r["left"], r["right"], kind=kind).match, r["match"] == "yes"] += 1  # type: ignore[arg-type]
    for split in ("open", "held-out"):
        hits = count[split, True, True]
        assert 2 * hits / (2 * hits + count[split, True, False] + count[split, False, True]) >= 0.9


def test_firms_called_after_different_words_are_different() -> None:
    for left, right in (
        ("Northwind Metals Ltd", "Southwind Metals Ltd"),
        ("Northwind Metals Ltd", "Northwest Metals Ltd"),
        ("Bluestone Capital LLC", "Blackstone Capital LLC"),
        ("Eastgate Holdings", "Westgate Holdings"),
    ):
        assert not compare(left, right, kind="organization").match, (left, right)
    assert compare("Northwind Metals Ltd", "Northwnid Metals Limited", kind="organization").match


def test_a_name_cut_off_by_a_narrow_field_matches_and_arabic_matches_its_latin_spelling() -> None:
    assert compare("GIRALDO VELASCO, Hec", "GIRALDO VELASCO, Hector Fabio", kind="person").match
    assert compare("معمر القذافي", "AL-QADHAFI, Muammar", kind="person").match
    assert compare("SNTS, Ahmd Krm", "SANTOS, Ahmad Karim", kind="person").match
