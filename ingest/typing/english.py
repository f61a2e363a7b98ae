"""Runs the trained English model over one contract: unit scores, then ranked spans, then proposed titles and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.typing import field_features, runs
from ingest.typing.features import Features, extract
from ingest.typing.fields import Field, propose
from ingest.typing.model import TypeModel
from ingest.typing.network_layout import contexts
from ingest.typing.runs import Layout
from ingest.typing.scorers import sigmoid
from ingest.typing.units import Unit, split

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

FIELD_ONLY: Final = ("Document Name", "Agreement Date")
"""Marked inside a sentence always, so whole units are not proposed for them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One contract as the unit scorers see it; reused between typing and proposing."""

    text: str
    units: tuple[Unit, ...]
    features: Features
    layout: Layout
    logits: Floats


@dataclass(frozen=True, slots=True)
class Proposals:
    """Proposed spans: category index, offsets, probability."""

    category: Ints
    start: Ints
    end: Ints
    score: Doubles


@lru_cache(maxsize=1)
def read(model: TypeModel, text: str) -> Reading:
    """Cut a text into units and score them; the last contract is kept, since it is typed and then searched."""
    units = split(text)
    features = extract(text, units)
    linear = model.linear.score(features)
    neighbours = contexts(units)
    network = np.stack([part.score(features, neighbours) for part in model.networks]).mean(axis=0)
    logits = join_scores(linear, network, model.network_share)
    return Reading(text, units, features, runs.describe(text, units, features.words), logits)


def join_scores(linear: Floats, network: Floats, share: float) -> Floats:
    """Return the joint log-odds of both unit scorers."""
    joined: Floats = (share * network + (1 - share) * linear).astype(np.float32)
    return joined


def type_units(model: TypeModel, reading: Reading) -> tuple[Ints, Ints, Doubles]:
    """Return (unit, category, probability) for every unit and category worth naming."""
    singles = runs.propose(reading.layout, reading.logits, model.priors, grow=False)
    score = model.calibrations["unit"].apply(sigmoid(model.units.score(singles.features)))
    return singles.first, singles.category, score


def propose_spans(model: TypeModel, reading: Reading, extra: Sequence[Field] = ()) -> Proposals:
    """Return every proposed span with its probability of being what an annotator would mark."""
    proposed = runs.propose(reading.layout, reading.logits, model.priors)
    score = sigmoid(model.runs.score(proposed.features))
    shadowed = find_shadowed(proposed.category, proposed.first, proposed.last, score)
    probability = np.where(
        shadowed, model.calibrations["shadowed"].apply(score), model.calibrations["run"].apply(score)
    )
    kept = ~np.isin(proposed.category, [model.categories.index(name) for name in FIELD_ONLY])
    fields = merge_fields(propose(reading.text), extra)
    field_category, field_score = score_fields(model, reading, fields)
    return Proposals(
        np.concatenate([proposed.category[kept], field_category]),
        np.concatenate(
            [reading.layout.start[proposed.first[kept]], np.array([each.start for each in fields], dtype=np.int64)]
        ),
        np.concatenate(
            [reading.layout.end[proposed.last[kept]], np.array([each.end for each in fields], dtype=np.int64)]
        ),
        np.concatenate([probability[kept], field_score]),
    )


def find_shadowed(category: Ints, first: Ints, last: Ints, score: Doubles) -> NDArray[np.bool_]:
    """Return which spans (``last`` inclusive) overlap a better span of the same category."""
    shadowed = np.zeros(len(score), dtype=np.bool_)
    kept: dict[int, list[tuple[int, int]]] = {}
    firsts, lasts, categories = first.tolist(), last.tolist(), category.tolist()
    for number in np.argsort(-score, kind="stable").tolist():
        taken = kept.setdefault(categories[number], [])
        if any(firsts[number] <= end and lasts[number] >= start for start, end in taken):
            shadowed[number] = True
        else:
            taken.append((firsts[number], lasts[number]))
    return shadowed


def merge_fields(fields: Sequence[Field], extra: Sequence[Field]) -> list[Field]:
    """Return both lists without repeated spans, fields of one category in reading order."""
    known = {(field.category, field.start, field.end) for field in fields}
    added = [field for field in extra if (field.category, field.start, field.end) not in known]
    if not added:
        return list(fields)
    order = {
        category: number for number, category in enumerate(dict.fromkeys(field.category for field in [*fields, *added]))
    }
    # Sorting is stable, so the proposals keep their order and the additions fall into place behind their neighbours.
    return sorted([*fields, *added], key=lambda field: (order[field.category],))


def score_fields(model: TypeModel, reading: Reading, fields: Sequence[Field]) -> tuple[Ints, Doubles]:
    """Return category and probability of each proposed field."""
    category = np.array([model.categories.index(field.category) for field in fields], dtype=np.int64)
    if not fields:
        return category, np.zeros(0, dtype=np.float64)
    keys = field_features.hashed(reading.text, fields)
    numbers = field_features.numbers(fields, model.categories, reading.layout.start, reading.logits)
    raw = [
        model.fields[field.category].weights[keys[number]].sum()
        + numbers[number] @ model.fields[field.category].numeric
        + model.fields[field.category].bias[0]
        for number, field in enumerate(fields)
    ]
    score = sigmoid(np.array(raw, dtype=np.float64))
    start = np.array([field.start for field in fields])
    end = np.array([field.end for field in fields])
    shadowed = find_shadowed(category, start, end - 1, score)
    for name in model.fields:
        mine = np.array([field.category == name for field in fields])
        for kind, chosen in ((f"field:{name}", mine & ~shadowed), (f"shadowed:{name}", mine & shadowed)):
            score[chosen] = model.calibrations[kind].apply(score[chosen])
    return category, score
