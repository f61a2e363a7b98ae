"""Measures clause typing on CUAD: our pipeline against plain TF-IDF with logistic regression, same split, same process.

    OMP_NUM_THREADS=1 python -m tests.bench.bench_clause_types [--cuad FILE] [--cache DIR] [--fold N] [--skip-baseline]
    python -m tests.bench.bench_clause_types --speed

The split is by contract: every fifth title is held out (``--fold`` chooses which fifth) and nothing of it is seen by
unit scorers, ranking, calibration or thresholds. Both systems are scored by ``ingest.typing.train.evaluation``.

The baseline: sentence-sized segments, word 1-2-grams in at least three segments, sublinear TF-IDF, one logistic
regression per category (liblinear, C = 10, positive weight 3), thresholds of best F1 on every fifth training contract.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from ingest.clauses import segment
from ingest.typing import ClauseTyper
from ingest.typing.english import join_scores
from ingest.typing.train import corpus, crossfit, ranking, stages
from ingest.typing.train.__main__ import NETWORK_SHARE, measure, summarise
from ingest.typing.train.encoders import Recipe
from ingest.typing.typer import CANDIDATES
from kb.model import Document

DEFAULT_CUAD = Path(__file__).parents[3] / "shared" / "data" / "contracts" / "cuad" / "train.json.gz"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object per system."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuad", type=Path, default=DEFAULT_CUAD)
    parser.add_argument("--cache", type=Path, default=None)
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--skip-baseline", action="store_true")
    parser.add_argument("--categories", action="store_true", help="also print every category")
    parser.add_argument("--speed", action="store_true", help="time the packaged model instead")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    if not options.cuad.exists():
        sys.stderr.write(f"{options.cuad} is absent: nothing to measure\n")
        return 2
    read = corpus.read(options.cuad)
    if options.speed:
        _show("speed", speed(read))
        return 0
    samples = [corpus.prepare(contract) for contract in read.contracts]
    if not options.skip_baseline:
        _show("tf-idf + logistic regression", baseline(read, samples, options.fold), options.categories)
    _show("duegraph", ours(read, samples, options.fold, options.cache), options.categories)
    return 0


def _show(name: str, report: dict[str, Any], categories: bool = False) -> None:
    shown = {key: value for key, value in report.items() if categories or key != "categories"}
    print(json.dumps({"system": name, **shown}), flush=True)


def ours(read: corpus.Corpus, samples: Sequence[corpus.Sample], fold: int, cache: Path | None) -> dict[str, Any]:
    """Train without a fold and measure it."""
    recipe = Recipe()
    linear = crossfit.crossfit("linear", samples, read.folds, recipe, cache)
    network = crossfit.crossfit("network", samples, read.folds, recipe, cache)
    share = np.concatenate([sample.labels for sample in samples]).mean(axis=0)
    priors = np.log(share / (1 - share)).astype(np.float32)
    ranked = [
        ranking.prepare(sample, join_scores(left, right, NETWORK_SHARE), priors, read.categories)
        for sample, left, right in zip(samples, linear, network, strict=True)
    ]
    return measure(read, samples, ranked, fold)


def baseline(read: corpus.Corpus, samples: Sequence[corpus.Sample], fold: int) -> dict[str, Any]:
    """Fit and measure the plain baseline on the same units, labels and split."""
    inside = np.flatnonzero(read.folds != fold).tolist()
    held = np.flatnonzero(read.folds == fold).tolist()
    tuning = inside[::5]
    fitting = [number for number in inside if number not in set(tuning)]
    thresholds = _best_thresholds(samples, tuning, _fit_and_score(samples, fitting, tuning))
    scores = _fit_and_score(samples, inside, held)
    proposals: stages.Proposals = {}
    best: list[NDArray[np.float64]] = []
    offset = 0
    for number in held:
        sample = samples[number]
        mine = scores[offset : offset + len(sample.units)]
        offset += len(sample.units)
        best.append(mine.max(axis=0))
        for column, category in enumerate(read.categories):
            top = np.argsort(-mine[:, column])[:CANDIDATES][::-1]
            proposals[(sample.contract.title, category)] = [
                (sample.contract.text[sample.units[unit].start : sample.units[unit].end], float(mine[unit, column]))
                for unit in top
            ]
    gold = {
        (samples[number].contract.title, category): [span.text for span in spans]
        for number in held
        for category, spans in zip(read.categories, samples[number].contract.gold, strict=True)
    }
    present = np.stack([stages.presence(samples[number]) for number in held])
    return summarise(read.categories, gold, stages.HeldOut(proposals, np.stack(best)), present, thresholds)


def _fit_and_score(
    samples: Sequence[corpus.Sample], fitting: Sequence[int], held: Sequence[int]
) -> NDArray[np.float64]:
    vectorizer: Any = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True)  # type: ignore[no-untyped-call]
    train = vectorizer.fit_transform(_texts(samples, fitting))
    test = vectorizer.transform(_texts(samples, held))
    labels = np.concatenate([samples[number].labels for number in fitting])
    scores = np.zeros((test.shape[0], labels.shape[1]))
    for column in range(labels.shape[1]):
        if labels[:, column].any():
            model: Any = LogisticRegression(  # type: ignore[no-untyped-call]
                C=10, solver="liblinear", class_weight={0: 1, 1: 3}, random_state=0
            )
            scores[:, column] = model.fit(train, labels[:, column]).predict_proba(test)[:, 1]
    return scores


def _texts(samples: Sequence[corpus.Sample], chosen: Sequence[int]) -> list[str]:
    return [samples[n].contract.text[unit.start : unit.end] for n in chosen for unit in samples[n].units]


def _best_thresholds(
    samples: Sequence[corpus.Sample], tuning: Sequence[int], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return, per category, the segment score of best F1."""
    labels = np.concatenate([samples[number].labels for number in tuning])
    result = np.full(labels.shape[1], 0.5)
    for column in range(labels.shape[1]):
        order = np.argsort(-scores[:, column])
        hits = np.cumsum(labels[order, column])
        if hits[-1]:
            f1 = 2 * hits / (np.arange(1, len(hits) + 1) + hits[-1])
            result[column] = scores[order[int(np.argmax(f1))], column]
    return result


def speed(read: corpus.Corpus, every: int = 8) -> dict[str, Any]:
    """Time the packaged English model on CPU seconds of one process, clauses already cut."""
    started = time.process_time()
    typer = ClauseTyper.load("en")
    loaded = time.process_time() - started
    texts = [contract.text for contract in read.contracts[::every]]
    cut = [segment(Document(text, (), "text/plain", "en")) for text in texts]
    typing = proposing = 0.0
    for text, clauses in zip(texts, cut, strict=True):
        started = time.process_time()
        typer.type_clauses(text, clauses)
        middle = time.process_time()
        typer.candidates(text, clauses)
        typing += middle - started
        proposing += time.process_time() - middle
    return {
        "load_seconds": round(loaded, 3),
        "contracts": len(texts),
        "mean_characters": round(float(np.mean([len(text) for text in texts]))),
        "type_ms": round(1000 * typing / len(texts), 1),
        "candidates_ms": round(1000 * proposing / len(texts), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
