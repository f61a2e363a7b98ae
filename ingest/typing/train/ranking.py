"""Trains what comes after the unit scorers: ranking trees, field weights, calibration, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from ingest.typing import field_features, runs
from ingest.typing.fields import Field, propose
from ingest.typing.runs import Layout, Runs
from ingest.typing.scorers import sigmoid
from ingest.typing.train.corpus import Sample
from ingest.typing.train.evaluation import matches

Arrays = dict[str, NDArray[np.generic]]
Knots = dict[str, list[float]]

FIELD_CATEGORIES: Final = ("Document Name", "Parties", "Agreement Date", "Effective Date")
SEED: Final = 7
_KNOTS: Final = 40
"""Knots kept of a calibration: finer steps only follow the noise of the training folds."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the later stages learn from one contract.

    Attributes:
        runs: proposed runs; ``run_hits`` are the gold spans each matches.
        singles: the runs of one unit; ``single_labels`` whether the unit is labelled.
        fields: proposed titles, parties and dates; ``field_hits`` as above.
    """

    runs: Runs
    run_hits: tuple[tuple[int, ...], ...]
    run_spans: NDArray[np.int64]
    singles: Runs
    single_labels: NDArray[np.bool_]
    fields: tuple[Field, ...]
    field_hits: tuple[tuple[int, ...], ...]
    field_keys: list[list[int]]
    field_numbers: NDArray[np.float64]


def prepare(
    sample: Sample, logits: NDArray[np.float32], priors: NDArray[np.float32], categories: Sequence[str]
) -> Ranked:
    """Propose everything for one contract and mark what matches the gold spans."""
    contract = sample.contract
    layout: Layout = runs.describe(contract.text, sample.units, sample.features.words)
    proposed = runs.propose(layout, logits, priors)
    singles = runs.propose(layout, logits, priors, grow=False)
    gold = [[span.text for span in spans] for spans in contract.gold]
    spans = np.stack([layout.start[proposed.first], layout.end[proposed.last]], axis=1)

    def hits(category: int, start: int, end: int) -> tuple[int, ...]:
        answers = gold[category]
        return matches(categories[category], contract.text[start:end], answers) if answers else ()

    fields = propose(contract.text)
    column = {name: number for number, name in enumerate(categories)}
    return Ranked(
        runs=proposed,
        run_hits=tuple(
            hits(category, start, end)
            for category, (start, end) in zip(proposed.category.tolist(), spans.tolist(), strict=True)
        ),
        run_spans=spans,
        singles=singles,
        single_labels=sample.labels[singles.first, singles.category],
        fields=fields,
        field_hits=tuple(hits(column[field.category], field.start, field.end) for field in fields),
        field_keys=field_features.hashed(contract.text, fields),
        field_numbers=field_features.numbers(fields, categories, layout.start, logits),
    )


def fit_trees(rows: NDArray[np.float32], labels: NDArray[np.bool_], *, leaves: int = 31, count: int = 100) -> Arrays:
    """Fit boosted trees and return them as flat arrays, see ``scorers.Trees``."""
    model = HistGradientBoostingClassifier(  # type: ignore[no-untyped-call]
        max_iter=count,
        learning_rate=0.09,
        max_leaf_nodes=leaves,
        max_depth=8,
        min_samples_leaf=40 if len(rows) > 4_000 else 2,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=SEED,
    ).fit(rows, labels)
    return flatten(model)


def flatten(model: Any) -> Arrays:
    """Return scikit-learn's trees as one set of node arrays in which a leaf points at itself."""
    parts: dict[str, list[NDArray[np.generic]]] = {
        name: [] for name in ("feature", "threshold", "left", "right", "value")
    }
    roots: list[int] = []
    offset, depth = 0, 0
    for (predictor,) in model._predictors:  # noqa: SLF001 - scikit-learn has no public access to the nodes
        nodes = predictor.nodes
        itself = np.arange(len(nodes)) + offset
        leaf = nodes["is_leaf"].astype(bool)
        roots.append(offset)
        parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16))
        parts["threshold"].append(np.where(leaf, np.inf, nodes["num_threshold"]).astype(np.float32))
        parts["left"].append(np.where(leaf, itself, nodes["left"] + offset).astype(np.int32))
        parts["right"].append(np.where(leaf, itself, nodes["right"] + offset).astype(np.int32))
        parts["value"].append(nodes["value"].astype(np.float32))
        depth = max(depth, int(nodes["depth"].max()))
        offset += len(nodes)
    arrays: Arrays = {name: np.concatenate(values) for name, values in parts.items()}
    arrays["roots"] = np.array(roots, dtype=np.int32)
    arrays["shape"] = np.array([depth, float(np.ravel(model._baseline_prediction)[0])])  # noqa: SLF001
    return arrays


def fit_fields(ranked: Sequence[Ranked], category: str) -> Arrays:
    """Fit the weights of one field category."""
    keys, numeric, labels = _field_table(ranked, category)
    if labels.all() or not labels.any():
        empty = np.zeros(0)
        return {
            "keys": empty.astype(np.int64),
            "weights": empty,
            "numeric": np.zeros(field_features.NUMBERS),
            "bias": np.array([4.0 if len(labels) and labels.all() else -4.0]),
        }
    features = sparse.hstack([_field_matrix(keys), sparse.csr_matrix(numeric)], format="csr")
    model = LogisticRegression(C=0.1, solver="liblinear", max_iter=200, random_state=SEED)  # type: ignore[no-untyped-call]
    model.fit(features, labels)
    weights = model.coef_[0]
    hashed = weights[: 1 << field_features.FIELD_BITS]
    used = np.flatnonzero(np.abs(hashed) > 1e-4)
    return {
        "keys": used.astype(np.int32),
        "weights": hashed[used].astype(np.float32),
        "numeric": weights[1 << field_features.FIELD_BITS :],
        "bias": model.intercept_,
    }


def field_scores(arrays: Arrays, ranked: Ranked, category: str) -> NDArray[np.float64]:
    """Return the uncalibrated probability of each proposal of one category."""
    weights = np.zeros(1 << field_features.FIELD_BITS)
    weights[arrays["keys"].astype(np.int64)] = arrays["weights"].astype(np.float64)
    mine = [number for number, field in enumerate(ranked.fields) if field.category == category]
    numeric = arrays["numeric"].astype(np.float64)
    bias = float(arrays["bias"].astype(np.float64)[0])
    raw = [weights[ranked.field_keys[number]].sum() + ranked.field_numbers[number] @ numeric + bias for number in mine]
    return sigmoid(np.array(raw, dtype=np.float64))


def _field_table(
    ranked: Sequence[Ranked], category: str
) -> tuple[list[list[int]], NDArray[np.float64], NDArray[np.bool_]]:
    keys: list[list[int]] = []
    numeric: list[NDArray[np.float64]] = []
    labels: list[bool] = []
    for each in ranked:
        for number, field in enumerate(each.fields):
            if field.category == category:
                keys.append(each.field_keys[number])
                numeric.append(each.field_numbers[number])
                labels.append(bool(each.field_hits[number]))
    table = np.array(numeric).reshape(-1, field_features.NUMBERS)
    return keys, table, np.array(labels, dtype=np.bool_)


def _field_matrix(keys: Sequence[Sequence[int]]) -> sparse.csr_matrix:
    lengths = [len(row) for row in keys]
    columns = np.concatenate([np.asarray(row, dtype=np.int64) for row in keys])
    return sparse.csr_matrix(
        (np.ones(len(columns)), columns, np.concatenate(([0], np.cumsum(lengths)))),
        shape=(len(keys), 1 << field_features.FIELD_BITS),
    )


def calibrate(score: NDArray[np.float64], label: NDArray[np.bool_]) -> Knots:
    """Return a non-decreasing map from scores to frequencies (isotonic regression), thinned to a few knots."""
    if len(score) == 0 or label.all() or not label.any():
        return {"x": [0.0, 1.0], "y": [0.0, 1.0]}
    model = IsotonicRegression(y_min=0.0005, y_max=0.9995, out_of_bounds="clip")  # type: ignore[no-untyped-call]
    model.fit(score, label)
    place = np.unique(np.quantile(score, np.linspace(0, 1, 8 * _KNOTS)))
    # Most scores are near 0; even steps of probability keep the upper part from being one straight line.
    level: NDArray[np.float64] = model.predict(place)  # type: ignore[no-untyped-call]
    kept = np.unique(np.searchsorted(level, np.linspace(level[0], level[-1], _KNOTS)).clip(0, len(level) - 1))
    kept = np.unique(np.concatenate([[0], np.arange(0, len(level), len(level) // 12 + 1), kept, [len(level) - 1]]))
    smoothed = np.maximum.accumulate(level[kept] + 1e-6 * np.arange(len(kept)))
    return {"x": [round(float(x), 6) for x in place[kept]], "y": [round(float(min(y, 0.9999)), 6) for y in smoothed]}


def news(category: Sequence[int], hits: Sequence[tuple[int, ...]], score: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which proposals match a gold span that no better proposal of their category matches.

    This is the label of shadowed proposals: one that repeats what a better one already found adds nothing, and its
    score says so.
    """
    new = np.zeros(len(score), dtype=np.bool_)
    found: dict[int, set[int]] = {}
    for number in np.argsort(-score, kind="stable").tolist():
        known = found.setdefault(category[number], set())
        new[number] = not known.issuperset(hits[number])
        known.update(hits[number])
    return new


_EVIDENCE: Final = 60.0
"""Positive contracts at which a type's own best threshold counts as much as the common one; of 0, 8, 25, 60 and no own
threshold at all, 60 gave the best macro-F1 over the five folds."""


def thresholds(best: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return, per category, the contract-level probability from which the type counts as present.

    Each is the threshold of best F1 over contracts, drawn towards the common best one where positives are few.

    Args:
        best: highest clause probability per contract and category.
        present: whether the contract has the category.
    """
    grid = np.linspace(0.02, 0.95, 94)
    overall = np.zeros(len(grid))
    own = np.zeros((best.shape[1], len(grid)))
    for category in range(best.shape[1]):
        truth = present[:, category]
        for number, level in enumerate(grid):
            found = best[:, category] >= level
            both = int((found & truth).sum())
            total = int(found.sum()) + int(truth.sum())
            own[category, number] = 2 * both / total if total else 0.0
        overall += own[category]
    common = grid[int(np.argmax(_smooth(overall)))]
    result = np.zeros(best.shape[1])
    for category in range(best.shape[1]):
        positives = int(present[:, category].sum())
        share = positives / (positives + _EVIDENCE)
        result[category] = share * grid[int(np.argmax(_smooth(own[category])))] + (1 - share) * common
    return result


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over neighbouring thresholds: a lone spike is luck."""
    padded = np.pad(values, 2, mode="edge")
    result: NDArray[np.float64] = np.convolve(padded, np.ones(5) / 5, mode="valid")
    return result
