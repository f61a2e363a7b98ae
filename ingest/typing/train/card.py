"""Writes the model's card from its description, so that card and model cannot disagree."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from ingest.typing.train.ranking import SEED


def render(description: Mapping[str, Any]) -> str:
    """Return MODEL.md for a ``model.json``."""
    training = description["training"]
    report = training["development"]
    template = (resources.files("ingest.typing.train") / "card.md").read_text(encoding="utf-8")
    return template.format(
        sha256=description["sha256"],
        contracts=training["corpus"]["contracts"],
        file=training["corpus"]["file"],
        corpus_sha256=training["corpus"]["sha256"],
        sklearn=training["scikit-learn"],
        numpy=training["numpy"],
        seed=training["recipe"]["seed"],
        ranking_seed=SEED,
        held=report["contracts"],
        spans=report["spans"],
        aupr=_percent(report["aupr"]),
        clause_aupr=_percent(report["clause_aupr"]),
        precision_at_80=_percent(report["precision_at_80"]),
        clause_precision_at_80=_percent(report["clause_precision_at_80"]),
        recall=_percent(report["recall"]),
        ten=report["categories_with_ten"],
        presence_ten=_percent(report["presence_macro_f1_ten"]),
        presence_clauses=_percent(report["presence_macro_f1_clauses"]),
        presence_micro=_percent(report["presence_micro_f1"]),
        table=_table(report["categories"]),
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _table(categories: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        "| category | contracts | spans | AUPR | P at 80 % recall | presence P / R / F1 |",
        "|---|---|---|---|---|---|",
    ]
    for name, figures in categories.items():
        presence = " / ".join(_percent(figures[f"presence_{kind}"]) for kind in ("precision", "recall", "f1"))
        rows.append(
            f"| {name} | {figures['contracts']} | {figures['spans']} | {_percent(figures['aupr'])} "
            f"| {_percent(figures['precision_at_80'])} | {presence} |"
        )
    return "\n".join(rows)
