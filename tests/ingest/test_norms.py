"""Norms of clauses: own gold cases with the precision and recall they reach, and what holds for any text."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.norms import find_norms
from ingest.values import find_values
from kb.model import Clause, ContractNorm, Party, TypeScore

GOLD = Path(__file__).parents[1] / "gold" / "norms"
FIELDS = ("modality", "bearer", "beneficiary", "mutual", "cap", "condition", "exception")


def load(name: str) -> tuple[list[str], list[dict[str, Any]]]:
    data = tomllib.loads((GOLD / f"{name}.toml").read_text(encoding="utf-8"))
    return data["parties"], data["case"]


def read(text: str, language: str, roles: list[str]) -> tuple[ContractNorm, ...]:
    parties = [Party(role, role, 0, 1) for role in roles]
    clauses = (Clause("c1", 0, len(text), body_start=0),)
    values = find_values(text, language, roles=False)
    return find_norms(text, language, clauses=clauses, parties=parties, values=values)


def stated(norm: ContractNorm, text: str) -> dict[str, object]:
    cap = None if norm.cap is None else f"{norm.cap.value} {norm.cap.unit or norm.cap.type}"
    parts = {
        "modality": str(norm.modality),
        "bearer": norm.bearer and norm.bearer.lower(),
        "beneficiary": norm.beneficiary and norm.beneficiary.lower(),
        "mutual": norm.mutual or None,
        "cap": cap,
        "condition": norm.condition and norm.condition.of(text),
        "exception": norm.exception and norm.exception.of(text),
    }
    return {name: value for name, value in parts.items() if value is not None}


def scores(
    language: str, name: str | None = None, half: int | None = None
) -> tuple[int, dict[str, tuple[int, int, int]], list[str]]:
    """Return cases, and per field: right, found, expected; norms are paired in order of text by modality and bearer.

    Args:
        language: "en" or "zh".
        name: the gold file, if it is not the one named like the language.
        half: 0 for the cases in odd places, 1 for those in even ones; None for all.
    """
    roles, cases = load(name or language)
    cases = [case for index, case in enumerate(cases) if half in {None, index % 2}]
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    wrong: list[str] = []
    for case in cases:
        mine = [stated(norm, case["text"]) for norm in read(case["text"], language, roles)]
        wanted = [
            {key: value.lower() if key in ("bearer", "beneficiary") else value for key, value in norm.items()}
            for norm in case["norms"]
        ]
        if mine != wanted:
            wrong.append(f"{case['text']}\n  wanted {wanted}\n  found  {mine}")
        for group, count in ((mine, found), (wanted, expected)):
            for norm in group:
                count.update(norm.keys())
        for index, norm in enumerate(wanted):
            if index < len(mine):
                right.update(key for key, value in norm.items() if mine[index].get(key) == value)
    return len(cases), {name: (right[name], found[name], expected[name]) for name in FIELDS}, wrong


# Floors on the cases the rules were written with: they hold the rules and say nothing of unseen contracts. Read by one
# person, 36 norms of nine CUAD contracts not looked at before had 34 right modalities and 31 right bearers; two of the
# wrong bearers were joint ones ("BP and Company shall"), which are read since.
FLOORS = {"en": 0.97, "zh": 0.97}


SAMPLES = [
    "Supplier shall",
    " not",
    " exceed",
    " pay",
    " Customer",
    ", except",
    " if",
    ".",
    " $5",
    "乙方",
    "应",
    "，",
    "不得",
    "向甲方",
    "除",
    "外",
    "。",
]


@given(st.lists(st.sampled_from(SAMPLES), max_size=30).map("".join), st.sampled_from(["en", "zh"]))
def test_every_place_of_a_norm_slices_back_to_its_words(text: str, language: str) -> None:
    for norm in read(text, language, ["Supplier", "Customer"]):
        assert 0 <= norm.start < norm.end <= len(text)
        assert (norm.bearer is None) == (norm.bearer_start < 0)
        for name, start, end in (
            (norm.bearer, norm.bearer_start, norm.bearer_end),
            (norm.beneficiary, norm.beneficiary_start, norm.beneficiary_end),
        ):
            assert name is None or " ".join(text[start:end].split()) == name
        for part in (norm.condition, norm.exception):
            assert part is None or 0 <= part.start < part.end <= len(text)


def test_only_typed_clauses_are_read_once_clauses_are_typed() -> None:
    text = "Supplier shall pay Customer. Customer may audit Supplier."
    typed = Clause("c1", 0, 28, body_start=0, types=(TypeScore("Audit Rights", 0.9, True),))
    plain = Clause("c2", 29, len(text), body_start=29)
    assert [norm.clause for norm in find_norms(text, "en", clauses=(typed, plain))] == ["c1"]
    assert [n.clause for n in find_norms(text, "en", clauses=(replace(typed, types=()), plain))] == ["c1", "c2"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_gold_norms_are_read_with_known_precision_and_recall(language: str) -> None:
    count, fields, wrong = scores(language)
    assert count >= 40
    for name, (right, found, expected) in fields.items():
        assert expected > 0
        assert right / max(1, found) >= FLOORS[language], (name, "precision", right, found, *wrong)
        assert right / expected >= FLOORS[language], (name, "recall", right, expected, *wrong)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_norms_of_sentences_the_rules_were_not_written_with(language: str) -> None:
    count, fields, wrong = scores(language, f"{language}_unseen")
    assert count == 40
    right, found, expected = (sum(field[column] for field in fields.values()) for column in range(3))
    assert right / found >= 0.95, wrong
    assert right / expected >= 0.92, wrong


if __name__ == "__main__":
    for name in ("en", "zh"):
        count, fields, wrong = scores(name)
        print(name, count, "cases,", len(wrong), "not all right", fields)
        print("\n".join(wrong))
