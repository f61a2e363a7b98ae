"""Trains the model of unfair terms: ``python -m ingest.unfair.train --corpus FOLDER [--out FOLDER]``.

Needs scikit-learn (the ``train`` extra). Five folds by document measure it; within the training documents of a fold,
cross-fitting over the other folds gives the scores that set calibration, thresholds and grey zone, so nothing of a test
document is ever seen. The shipped model is fitted on all documents. Everything is deterministic.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.packaged_model import DESCRIPTION, WEIGHTS
from ingest.unfair.corpus import CATEGORIES, Terms, read
from ingest.unfair.features import FEATURES_VERSION, Rows, cues_digest, extract
from ingest.unfair.model import FORMAT, weigh

log = logging.getLogger(__name__)

FOLDS: Final = 5
LEAST_SENTENCES: Final = 2
"""Features of fewer training sentences are dropped."""
PENALTY: Final = 0.3
POSITIVE_WEIGHT: Final = 3.0
GREY_SHARE: Final = 0.5
"""The grey zone starts at this share of a type's threshold."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted linear model: feature keys, inverse document frequencies, weights (features, types), bias."""

    keys: NDArray[np.int64]
    idf: Floats
    weights: Floats
    bias: Floats

    def score(self, rows: Sequence[Rows]) -> Floats:
        """Return the raw scores of all sentences of some documents."""
        from ingest.unfair.model import linear

        return np.concatenate([linear(each, self.keys, self.idf, self.weights) for each in rows]) + self.bias


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What turns raw scores into decisions, per type: Platt slope and offset, thresholds."""

    slope: Floats
    offset: Floats
    thresholds: Floats

    def probability(self, raw: Floats) -> Floats:
        """Return probabilities."""
        result: Floats = 1 / (1 + np.exp(-(self.slope * raw + self.offset)))
        return result


def fit(rows: Sequence[Rows], labels: Bools) -> Fitted:
    """Fit one linear support vector machine per type."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
    from sklearn.svm import LinearSVC

    keys, idf = _vocabulary(rows)
    at = 0
    sentence: list[NDArray[np.int64]] = []
    column: list[NDArray[np.int64]] = []
    value: list[Floats] = []
    for each in rows:
        row, place, weight = weigh(each, keys, idf)
        sentence.append(row + at)
        column.append(place)
        value.append(weight)
        at += each.sentences
    matrix = csr_matrix(
        (np.concatenate(value), (np.concatenate(sentence), np.concatenate(column))), shape=(at, len(keys))
    )
    weights = np.zeros((len(keys), labels.shape[1]))
    bias = np.zeros(labels.shape[1])
    for each_type in range(labels.shape[1]):
        machine = LinearSVC(  # type: ignore[no-untyped-call]
            C=PENALTY, class_weight={False: 1.0, True: POSITIVE_WEIGHT}, random_state=0
        )
        machine.fit(matrix, labels[:, each_type])
        weights[:, each_type] = machine.coef_[0]
        bias[each_type] = machine.intercept_[0]
    return Fitted(keys, idf, weights, bias)


def _vocabulary(rows: Sequence[Rows]) -> tuple[NDArray[np.int64], Floats]:
    """Return the features of enough sentences, and their inverse document frequencies over documents' own words."""
    every = np.concatenate([each.key for each in rows])
    group = np.concatenate([each.group for each in rows])
    keys, first, counts = np.unique(every, return_index=True, return_counts=True)
    kept = counts >= LEAST_SENTENCES
    total = sum(each.sentences for each in rows)
    idf = np.log((1 + total) / (1 + counts)) + 1
    idf[group[first] == 3] = 1.0
    return keys[kept], idf[kept]


def calibrate(raw: Floats, labels: Bools) -> Calibrated:
    """Fit Platt scaling and the threshold of best F1 per type, on scores of sentences the scorer was not fitted on."""
    from sklearn.linear_model import LogisticRegression

    types = labels.shape[1]
    slope, offset, thresholds = np.zeros(types), np.zeros(types), np.zeros(types)
    for each in range(types):
        platt = LogisticRegression(C=100.0)  # type: ignore[no-untyped-call]
        platt.fit(raw[:, [each]], labels[:, each])
        slope[each], offset[each] = platt.coef_[0, 0], platt.intercept_[0]
        cut = best_cut(raw[:, each], labels[:, each])
        thresholds[each] = 1 / (1 + np.exp(-(slope[each] * cut + offset[each])))
    return Calibrated(slope, offset, thresholds)


def best_cut(scores: Floats, labels: Bools) -> float:
    """Return the score from which calling a sentence positive gives the best F1, midway to the next one below."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + labels.sum())
    best = int(np.argmax(f1))
    below = scores[order[min(best + 1, len(order) - 1)]]
    return float((scores[order[best]] + below) / 2)


def crossfit(rows: Sequence[Rows], labels: Sequence[Bools], fold: NDArray[np.int64]) -> Floats:
    """Return raw scores of every sentence by models that did not see its document's fold, in document order."""
    scores: list[Floats] = [np.zeros(0)] * len(rows)
    for each in np.unique(fold).tolist():
        inside = np.flatnonzero(fold != each).tolist()
        fitted = fit([rows[number] for number in inside], np.concatenate([labels[number] for number in inside]))
        for number in np.flatnonzero(fold == each).tolist():
            scores[number] = fitted.score([rows[number]])
    return np.concatenate(scores)


@dataclass(frozen=True, slots=True)
class Measured:
    """Cross-validated decisions over all sentences: gold, predicted, probability."""

    labels: Bools
    predicted: Bools
    grey: Bools

    def f1(self) -> Floats:
        """Return F1 per type."""
        both = (self.labels & self.predicted).sum(axis=0)
        result: Floats = 2 * both / np.maximum(self.labels.sum(axis=0) + self.predicted.sum(axis=0), 1)
        return result


def evaluate(documents: Sequence[Terms]) -> Measured:
    """Measure by document in five folds; thresholds and calibration come from the training documents alone."""
    rows = [extract(each.words) for each in documents]
    labels = [each.labels for each in documents]
    fold = np.arange(len(documents)) % FOLDS
    predicted: list[Bools] = [np.zeros(0, dtype=np.bool_)] * len(documents)
    grey = list(predicted)
    for each in range(FOLDS):
        inside = np.flatnonzero(fold != each).tolist()
        train_rows, train_labels = [rows[number] for number in inside], [labels[number] for number in inside]
        joined = np.concatenate(train_labels)
        decide = calibrate(crossfit(train_rows, train_labels, fold[inside]), joined)
        fitted = fit(train_rows, joined)
        for number in np.flatnonzero(fold == each).tolist():
            probability = decide.probability(fitted.score([rows[number]]))
            predicted[number] = probability >= decide.thresholds
            grey[number] = (probability >= GREY_SHARE * decide.thresholds) & ~predicted[number]
    return Measured(np.concatenate(labels), np.concatenate(predicted), np.concatenate(grey))


def train(documents: Sequence[Terms], out: Path) -> dict[str, Any]:
    """Fit on all documents and write the model; return its description."""
    rows = [extract(each.words) for each in documents]
    labels = [each.labels for each in documents]
    decide = calibrate(crossfit(rows, labels, np.arange(len(documents)) % FOLDS), np.concatenate(labels))
    fitted = fit(rows, np.concatenate(labels))
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        keys=fitted.keys.astype(np.uint32),
        idf=fitted.idf.astype(np.float16),
        weights=fitted.weights.astype(np.float16),
        bias=fitted.bias,
        slope=decide.slope,
        offset=decide.offset,
        thresholds=decide.thresholds,
        grey=GREY_SHARE * decide.thresholds,
    )
    raw = buffer.getvalue()
    description: dict[str, Any] = {
        "format": FORMAT,
        "features": FEATURES_VERSION,
        "cues": cues_digest(),
        "types": list(CATEGORIES.values()),
        "documents": len(documents),
        "sentences": sum(each.sentences for each in rows),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / WEIGHTS).write_bytes(raw)
    (out / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    return description


def main() -> int:
    """Measure, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "models" / "en_unfair_terms")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    documents = read(given.corpus)
    measured = evaluate(documents)
    for name, f1, count in zip(CATEGORIES.values(), measured.f1(), measured.labels.sum(axis=0), strict=True):
        log.info("%-32s n=%4d F1 %.3f", name, count, f1)
    log.info("macro-F1 %.3f", measured.f1().mean())
    log.info("%s", train(documents, given.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
