"""Adds to the clauses of consumer terms the kinds of potentially unfair term their sentences hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ingest.typing.own_text import OwnText
from ingest.unfair.features import split
from ingest.unfair.model import UnfairModel, load_packaged
from kb.model import Clause, TypeScore


def tag_clauses(text: str, clauses: Sequence[Clause], model: UnfairModel | None = None) -> tuple[Clause, ...]:
    """Return the clauses with the unfair types of their own sentences added, best first.

    A type is detected when one sentence of the clause reaches the type's threshold; scores in the grey zone below it
    are kept, undetected, so that a check can say that it cannot tell.

    Args:
        text: the text the clauses are offsets into.
        clauses: as typed; their other types are kept.
        model: the packaged model when None.

    Raises:
        MissingPartError: the packaged model is absent or damaged.
    """
    model = load_packaged() if model is None else model
    places = split(text)
    if not places or not clauses:
        return tuple(clauses)
    probability = model.score([text[start:end] for start, end in places])
    owner = OwnText.of(clauses).clause_at(np.array([start for start, _ in places], dtype=np.int64))
    best = np.zeros((len(clauses), len(model.types)))
    inside = owner >= 0
    np.maximum.at(best, owner[inside], probability[inside])
    return tuple(replace(clause, types=_added(clause, row, model)) for clause, row in zip(clauses, best, strict=True))


def _added(
    clause: Clause, row: np.ndarray[tuple[int], np.dtype[np.float64]], model: UnfairModel
) -> tuple[TypeScore, ...]:
    named = np.flatnonzero(row >= model.grey).tolist()
    if not named:
        return clause.types
    found = [
        TypeScore(model.types[each], round(float(row[each]), 4), bool(row[each] >= model.thresholds[each]))
        for each in named
    ]
    return tuple(sorted([*clause.types, *found], key=lambda each: -each.score))
