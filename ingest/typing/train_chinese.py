"""Trains the Chinese clause-type model: ``python -m ingest.typing.train_chinese [--data FOLDER] [--out FOLDER]``.

Needs scikit-learn (the ``train`` extra); the labelled clauses are part of the project, so nothing else is needed. Five
folds by contract set calibration; the settings were chosen by the same folds. Deterministic; under a minute.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import logging
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.packaged_model import DESCRIPTION, WEIGHTS
from ingest.typing.chinese import (
    CUE_WEIGHT,
    FORMAT,
    OTHER_CUE_WEIGHT,
    ChineseModel,
    ClauseWords,
    all_ngrams,
    cue_features,
    cues_digest,
    lift,
    ngrams,
)
from ingest.typing.cues import CueModel
from ingest.typing.own_text import OwnText
from kb.errors import NotFoundError
from kb.model import Clause

log = logging.getLogger(__name__)

DATA: Final = Path(__file__).parent / "data" / "zh_clauses"
FOLDS: Final = 5
PENALTY: Final = 10.0
POSITIVE_WEIGHT: Final = 6.0
LEAST_EXAMPLES: Final = 2
LEAST_CLAUSES: Final = 2
"""N-grams of fewer training clauses are dropped."""
RAW_THRESHOLD: Final = 0.5
RAW_FLOOR: Final = 0.10
"""Detection, in the uncalibrated probability of the weighted regression (chosen by cross-validation)."""
SMALLEST_WEIGHT: Final = 0.01

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled clauses of one contract.

    Attributes:
        labels: shape (clauses, types).
        open: types a careful reader could also name, which count neither way; same shape.
        cues: cue features, same shape.
    """

    contract: str
    style: str
    words: tuple[ClauseWords, ...]
    labels: Bools
    open: Bools
    cues: Floats


def read(folder: Path, cues: CueModel) -> list[Labelled]:
    """Return the contracts of a folder, by file name.

    Raises:
        NotFoundError: the folder holds none.
    """
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise NotFoundError("no labelled contracts were found", code="no-corpus", place=str(folder), remedy="Name one.")
    return [_read(tomllib.loads(path.read_text(encoding="utf-8")), cues) for path in files]


def _read(data: dict[str, Any], cues: CueModel) -> Labelled:
    entries = data["clause"]
    text, clauses = lay_out(entries)
    own = OwnText.of(clauses)
    scores = cues.score(clauses, cues.find_phrases(text, clauses, own))
    words = tuple(ClauseWords(entry.get("heading", ""), entry["text"]) for entry in entries)
    labels, may = (
        np.array([[name in entry.get(key, ()) for name in cues.types] for entry in entries], dtype=np.bool_)
        for key in ("types", "may")
    )
    return Labelled(data["id"], data["style"], words, labels, may, cue_features(words, scores, cues.types))


def lay_out(entries: Sequence[dict[str, Any]]) -> tuple[str, tuple[Clause, ...]]:
    """Return a contract's text and clauses as drafted: number, title on its own line, words."""
    text = ""
    clauses: list[Clause] = []
    for number, entry in enumerate(entries, start=1):
        heading = entry.get("heading")
        start = len(text)
        text += f"第{number}条 " + (f"{heading}\n" if heading is not None else "")
        body = len(text)
        text += entry["text"]
        clauses.append(Clause(f"c{number}", start, len(text), f"第{number}条", heading, body_start=body))
        text += "\n\n"
    return text, tuple(clauses)


def fit(contracts: Sequence[Labelled], types: tuple[str, ...]) -> ChineseModel:
    """Fit one weighted logistic regression per type; not calibrated."""
    from scipy import sparse  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression

    words = [each for contract in contracts for each in contract.words]
    labels = np.concatenate([contract.labels for contract in contracts])
    may = np.concatenate([contract.open for contract in contracts])
    cues = np.concatenate([contract.cues for contract in contracts])
    found, counts = np.unique(np.concatenate([all_ngrams(each) for each in words]), return_counts=True)
    keys = found[counts >= LEAST_CLAUSES]
    idf = np.log((1 + len(words)) / (1 + counts[counts >= LEAST_CLAUSES])) + 1
    rows = [ngrams(each, keys, idf) for each in words]
    matrix = sparse.csr_matrix(
        (
            np.concatenate([value for _, value in rows]),
            (
                np.repeat(np.arange(len(rows)), [len(column) for column, _ in rows]),
                np.concatenate([column for column, _ in rows]),
            ),
        ),
        shape=(len(words), len(keys)),
    )
    weights = np.zeros((len(keys), len(types)))
    cue_weights = np.zeros((len(types), len(types)))
    bias = np.zeros(len(types))
    trained = labels.sum(axis=0) >= LEAST_EXAMPLES
    for each in np.flatnonzero(trained).tolist():
        kept = np.flatnonzero(~may[:, each] | labels[:, each])
        scale = np.full(len(types), OTHER_CUE_WEIGHT)
        scale[each] = CUE_WEIGHT
        joined = sparse.hstack([matrix, sparse.csr_matrix(cues * scale)]).tocsr()[kept]
        model = LogisticRegression(  # type: ignore[no-untyped-call]
            C=PENALTY,
            class_weight={False: 1.0, True: POSITIVE_WEIGHT},
            solver="liblinear",
            max_iter=300,
            random_state=0,
        )
        model.fit(joined, labels[kept, each])
        weights[:, each] = model.coef_[0, : len(keys)]
        cue_weights[:, each] = model.coef_[0, len(keys) :] * scale
        bias[each] = model.intercept_[0]
    weights[np.abs(weights) < SMALLEST_WEIGHT] = 0
    return ChineseModel(types, trained, keys, idf, weights, cue_weights, bias, 1.0, 0.0, RAW_THRESHOLD, RAW_FLOOR)


def crossfit(contracts: Sequence[Labelled], types: tuple[str, ...]) -> list[Floats]:
    """Return log-odds of every contract's clauses by models that did not see its fold."""
    scores: list[Floats] = [np.zeros(0)] * len(contracts)
    for fold in range(FOLDS):
        model = fit([each for number, each in enumerate(contracts) if number % FOLDS != fold], types)
        for number in range(fold, len(contracts), FOLDS):
            scores[number] = model.log_odds(contracts[number].words, contracts[number].cues)
    return scores


def detect(logit: Floats, words: Sequence[ClauseWords]) -> Bools:
    """Return the types that count as detected, from uncalibrated log-odds."""
    probability: Floats = 1 / (1 + np.exp(-logit))
    lift(probability, np.ones(len(words), dtype=np.bool_), RAW_THRESHOLD, RAW_FLOOR)
    result: Bools = probability >= RAW_THRESHOLD
    return result


def f1(detected: Bools, labels: Bools, may: Bools) -> tuple[Floats, NDArray[np.int64]]:
    """Return F1 per type (NaN for a type that neither occurs nor is named) and the number of labels per type."""
    right = (detected & labels).sum(axis=0)
    false = (detected & ~labels & ~may).sum(axis=0)
    missed = (~detected & labels).sum(axis=0)
    total = 2 * right + false + missed
    score = np.divide(2 * right, total, out=np.full(len(total), np.nan), where=total > 0)
    return score, labels.sum(axis=0)


def train(contracts: Sequence[Labelled], types: tuple[str, ...], out: Path) -> dict[str, Any]:
    """Fit on all contracts, calibrate on held-out folds, write the model; return its description with the figures."""
    from sklearn.linear_model import LogisticRegression

    held = crossfit(contracts, types)
    labels = np.concatenate([each.labels for each in contracts])
    may = np.concatenate([each.open for each in contracts])
    detected = np.concatenate([detect(score, each.words) for score, each in zip(held, contracts, strict=True)])
    score, _ = f1(detected, labels, may)
    counted = ~may | labels
    platt = LogisticRegression(C=100.0)  # type: ignore[no-untyped-call]
    platt.fit(np.concatenate(held)[counted][:, None], labels[counted])
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    model = fit(contracts, types)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        keys=model.keys.astype(np.uint32),
        idf=model.idf.astype(np.float16),
        weights=model.weights.astype(np.float16),
        cue_weights=model.cue_weights.astype(np.float32),
        bias=model.bias,
        trained=model.trained,
    )
    raw = buffer.getvalue()
    description: dict[str, Any] = {
        "format": FORMAT,
        "cues": cues_digest(),
        "types": list(types),
        "slope": slope,
        "offset": offset,
        "threshold": _calibrated(RAW_THRESHOLD, slope, offset),
        "floor": _calibrated(RAW_FLOOR, slope, offset),
        "contracts": len(contracts),
        "clauses": len(labels),
        "cross_validated_macro_f1": round(float(np.nanmean(score)), 4),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / WEIGHTS).write_bytes(raw)
    (out / DESCRIPTION).write_text(json.dumps(description, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return description


def _calibrated(probability: float, slope: float, offset: float) -> float:
    return float(1 / (1 + np.exp(-(slope * np.log(probability / (1 - probability)) + offset))))


def main() -> int:
    """Measure, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "models" / "zh_clause_types")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    cues = CueModel.load("zh")
    description = train(read(given.data, cues), cues.types, given.out)
    log.info("%s", {name: value for name, value in description.items() if name != "types"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
