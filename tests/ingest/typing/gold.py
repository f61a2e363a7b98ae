"""Reads the gold clauses of a language and counts how a typer does on them."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ingest.typing import ClauseTyper
from kb.model import Clause

GOLD = Path(__file__).parents[2] / "gold"


@dataclass(frozen=True)
class GoldClause:
    """One labelled clause: what it is about, and what it may also be called."""

    contract: str
    split: str
    heading: str | None
    text: str
    types: frozenset[str]
    may: frozenset[str]


def read(language: str) -> list[GoldClause]:
    """Return all gold clauses of a language."""
    data = tomllib.loads((GOLD / f"{language}_clause_types.toml").read_text(encoding="utf-8"))
    return [
        GoldClause(
            contract["id"],
            contract["split"],
            clause.get("heading"),
            clause["text"],
            frozenset(clause["types"]),
            frozenset(clause["may"]),
        )
        for contract in data["contract"]
        for clause in contract["clause"]
    ]


def build(language: str, gold: list[GoldClause]) -> tuple[str, tuple[Clause, ...]]:
    """Return one contract's text and its clauses."""
    text, clauses = "", []
    for number, each in enumerate(gold, start=1):
        marker = f"第{number}条 " if language == "zh" else f"{number}. "
        start = len(text)
        text += marker + (each.heading + ("\n" if language == "zh" else ". ") if each.heading is not None else "")
        body = len(text)
        text += each.text
        clauses.append(
            Clause(f"c{number}", start, len(text), number=marker.strip(), heading=each.heading, body_start=body)
        )
        text += "\n\n"
    return text, tuple(clauses)


@dataclass(frozen=True)
class Result:
    """Counts per type."""

    right: Counter[str]
    false: Counter[str]
    missed: Counter[str]

    @property
    def macro_f1(self) -> float:
        """Mean F1 over all types that occur or were wrongly named."""
        types = set(self.right) | set(self.missed) | set(self.false)
        scores = [2 * self.right[t] / (2 * self.right[t] + self.false[t] + self.missed[t]) for t in types]
        return sum(scores) / len(scores)

    @property
    def precision(self) -> float:
        """Share of named types that are right."""
        return self.right.total() / (self.right.total() + self.false.total())

    @property
    def recall(self) -> float:
        """Share of labelled types that were named."""
        return self.right.total() / (self.right.total() + self.missed.total())


def measure(typer: ClauseTyper, split: str, only: frozenset[str]) -> Result:
    """Count detected types against gold, over the types in ``only``."""
    result = Result(Counter(), Counter(), Counter())
    gold = [clause for clause in read(typer.language) if clause.split == split]
    for contract in dict.fromkeys(clause.contract for clause in gold):
        mine = [clause for clause in gold if clause.contract == contract]
        text, clauses = build(typer.language, mine)
        for expected, typed in zip(mine, typer.type_clauses(text, clauses), strict=True):
            found = {each.type for each in typed.types if each.detected} & only
            wanted = expected.types & only
            result.right.update(found & wanted)
            result.missed.update(wanted - found)
            result.false.update(found - expected.types - expected.may)
    return result
