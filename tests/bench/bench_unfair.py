"""Measures the classifier of unfair terms beside TF-IDF with a linear machine: same sentences, folds, thresholds.

    OMP_NUM_THREADS=1 python -m tests.bench.bench_unfair [--corpus FOLDER]

Five folds by document; calibration and thresholds come from the training documents of each fold alone, for both.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from ingest.unfair.corpus import CATEGORIES, Terms, read
from ingest.unfair.model import load_packaged
from ingest.unfair.train import FOLDS, best_cut, evaluate

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "contracts" / "unfair_tos"


def main() -> int:
    """Print F1 per kind for both, and the speed of the packaged model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    given = parser.parse_args()
    if not given.corpus.is_dir():
        print(f"skipped: {given.corpus} is absent")
        return 0
    documents = read(given.corpus)
    ours = evaluate(documents)
    theirs = baseline(documents)
    print(f"{len(documents)} documents, {len(ours.labels)} sentences, {FOLDS} folds by document")
    print(f"{'kind':34}{'n':>5}{'ours':>8}{'TF-IDF':>8}{'grey':>7}")
    rows = zip(CATEGORIES.values(), ours.labels.sum(axis=0), ours.f1(), theirs, ours.grey.sum(axis=0), strict=True)
    for name, count, mine, plain, grey in rows:
        print(f"{name:34}{count:5}{mine:8.3f}{plain:8.3f}{grey:7}")
    print(f"{'macro-F1':34}{'':5}{ours.f1().mean():8.3f}{theirs.mean():8.3f}")
    started = time.process_time()
    model = load_packaged()
    loaded = time.process_time() - started
    started = time.process_time()
    for each in documents[::5]:
        model.score(each.words)
    sentences = sum(len(each.words) for each in documents[::5])
    spent = time.process_time() - started
    print(f"packaged model: loads in {loaded:.2f} s, {sentences / spent:.0f} sentences a CPU second")
    return 0


def baseline(documents: Sequence[Terms]) -> NDArray[np.float64]:
    """Return F1 per kind of word 1-2-grams with a linear support vector machine."""
    words = [sentence for each in documents for sentence in each.words]
    labels = np.concatenate([each.labels for each in documents])
    fold = np.repeat(np.arange(len(documents)) % FOLDS, [len(each.words) for each in documents])
    predicted = np.zeros_like(labels)
    for each in range(FOLDS):
        inside = np.flatnonzero(fold != each)
        scores = np.zeros(labels.shape)
        for held in range(FOLDS):
            if held != each:
                _fit(words, labels, inside[fold[inside] != held], np.flatnonzero(fold == held), scores)
        cuts = [best_cut(scores[inside, kind], labels[inside, kind]) for kind in range(labels.shape[1])]
        outside = np.flatnonzero(fold == each)
        _fit(words, labels, inside, outside, scores)
        predicted[outside] = scores[outside] >= np.array(cuts)
    both = (predicted & labels).sum(axis=0)
    result: NDArray[np.float64] = 2 * both / (predicted.sum(axis=0) + labels.sum(axis=0))
    return result


def _fit(
    words: Sequence[str],
    labels: NDArray[np.bool_],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    scores: NDArray[np.float64],
) -> None:
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    known = vectors.fit_transform([words[number] for number in train])
    new = vectors.transform([words[number] for number in test])
    for kind in range(labels.shape[1]):
        machine = LinearSVC(C=0.5, class_weight={False: 1.0, True: 2.0}, random_state=0).fit(known, labels[train, kind])
        scores[test, kind] = machine.decision_function(new)


if __name__ == "__main__":
    sys.exit(main())
