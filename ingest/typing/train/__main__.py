"""``python -m ingest.typing.train --cuad train.json.gz``: trains and writes the English clause-type model.

Run it with ``OMP_NUM_THREADS=1``: the arrays are small, and threads only wait for each other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import sklearn
from numpy.typing import NDArray

from ingest.typing.english import join_scores
from ingest.typing.train import corpus, crossfit, evaluation, ranking, stages, store
from ingest.typing.train.encoders import Recipe
from kb.errors import DuegraphError

logger = logging.getLogger("ingest.typing.train")

NETWORK_SHARE: Final = 0.5
"""Weight of the network in the joint unit score; 0.4 to 0.6 do equally well on the development split."""

DEFAULT_FOLDER: Final = Path(__file__).parents[2] / "models" / "en_clause_types"
_TEN: Final = 10
_FACTS: Final = ("Document Name", "Parties", "Agreement Date", "Effective Date")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, report the development figures, write the model."""
    parser = argparse.ArgumentParser(prog="python -m ingest.typing.train", description=__doc__)
    parser.add_argument("--cuad", type=Path, required=True, help="CUAD training split, SQuAD form, .json or .json.gz")
    parser.add_argument("--output", type=Path, default=DEFAULT_FOLDER, help="folder the model is written to")
    parser.add_argument("--cache", type=Path, default=None, help="folder that keeps out-of-fold scores between runs")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs, help="passes of the network over the contracts")
    parser.add_argument("--report-only", action="store_true", help="measure the development split and write nothing")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        train(
            options.cuad, options.output, options.cache, replace(Recipe(), epochs=options.epochs), options.report_only
        )
    except DuegraphError as error:
        sys.stderr.write(f"{error}\n")
        return 4
    return 0


def train(path: Path, output: Path, cache: Path | None, recipe: Recipe, report_only: bool = False) -> dict[str, Any]:
    """Train on all contracts of a corpus and write the model; return the development report.

    The report is honest about the development split (every fifth contract): unit scorers, ranking, calibration and
    thresholds it is measured with were all fitted without it.
    """
    read = corpus.read(path)
    samples = [corpus.prepare(contract) for contract in read.contracts]
    logger.info("event=typing.corpus contracts=%d units=%d", len(samples), sum(len(sample.units) for sample in samples))
    labels = np.concatenate([sample.labels for sample in samples]).mean(axis=0)
    priors = np.log(np.clip(labels, 1e-6, 0.5) / (1 - np.clip(labels, 1e-6, 0.5))).astype(np.float32)
    linear = crossfit.crossfit("linear", samples, read.folds, recipe, cache)
    network = crossfit.crossfit("network", samples, read.folds, recipe, cache)
    ranked = [
        ranking.prepare(sample, join_scores(left, right, NETWORK_SHARE), priors, read.categories)
        for sample, left, right in zip(samples, linear, network, strict=True)
    ]
    report = measure(read, samples, ranked)
    logger.info(
        "event=typing.report %s", json.dumps({key: value for key, value in report.items() if key != "categories"})
    )
    if report_only:
        return report
    final = stages.fit(ranked, samples, read.folds)
    digest = store.write(
        output,
        categories=read.categories,
        priors=priors,
        network_share=NETWORK_SHARE,
        linear=crossfit.train_part("linear", samples, recipe),
        networks=[crossfit.train_part("network", samples, recipe)],
        stages=final,
        training={
            "corpus": {
                "file": path.name,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "contracts": len(samples),
            },
            "recipe": asdict(recipe),
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "development": report,
        },
    )
    logger.info("event=typing.written sha256=%s folder=%s", digest, output)
    return report


def measure(
    read: corpus.Corpus, samples: Sequence[corpus.Sample], ranked: Sequence[ranking.Ranked], fold: int = 0
) -> dict[str, Any]:
    """Return the figures of one held-out fold, stages fitted on the others."""
    inside = np.flatnonzero(read.folds != fold).tolist()
    held = np.flatnonzero(read.folds == fold).tolist()
    fitted = stages.fit([ranked[n] for n in inside], [samples[n] for n in inside], read.folds[inside])
    result = stages.apply(fitted, [ranked[n] for n in held], [samples[n] for n in held], read.categories)
    gold = {
        (samples[n].contract.title, category): [span.text for span in spans]
        for n in held
        for category, spans in zip(read.categories, samples[n].contract.gold, strict=True)
    }
    present = np.stack([stages.presence(samples[n]) for n in held])
    return summarise(read.categories, gold, result, present, fitted.thresholds)


def summarise(
    categories: Sequence[str],
    gold: dict[tuple[str, str], list[str]],
    result: stages.HeldOut,
    present: NDArray[np.bool_],
    thresholds: NDArray[np.float64],
) -> dict[str, Any]:
    """Return overall figures and those of each category with its number of positive contracts and spans."""
    found = result.best >= thresholds
    clause = [number for number, category in enumerate(categories) if category not in _FACTS]
    per_category: dict[str, dict[str, Any]] = {}
    for number, category in enumerate(categories):
        mine = {key: spans for key, spans in gold.items() if key[1] == category}
        figures = evaluation.curve(mine, result.proposals) if any(mine.values()) else None
        precision, recall, f1 = evaluation.f1(present[:, number], found[:, number])
        per_category[category] = {
            "contracts": int(present[:, number].sum()),
            "spans": sum(len(spans) for spans in mine.values()),
            "aupr": None if figures is None else round(figures.aupr, 3),
            "precision_at_80": None if figures is None else round(figures.precision_at_80, 3),
            "presence_precision": round(precision, 3),
            "presence_recall": round(recall, 3),
            "presence_f1": round(f1, 3),
        }
    count = present.sum(axis=0)
    f1s = np.array([per_category[category]["presence_f1"] for category in categories])
    often = [number for number in clause if count[number] >= _TEN]
    whole = evaluation.curve(gold, result.proposals)
    rest = evaluation.curve({key: spans for key, spans in gold.items() if key[1] not in _FACTS}, result.proposals)
    return {
        "contracts": len(present),
        "spans": whole.gold,
        "aupr": round(whole.aupr, 4),
        "precision_at_80": round(whole.precision_at_80, 4),
        "precision_at_90": round(whole.precision_at_90, 4),
        "recall": round(whole.recall, 4),
        "clause_aupr": round(rest.aupr, 4),
        "clause_precision_at_80": round(rest.precision_at_80, 4),
        "presence_macro_f1": round(float(f1s[count > 0].mean()), 4),
        "presence_macro_f1_clauses": round(float(f1s[[n for n in clause if count[n] > 0]].mean()), 4)
        if count[clause].any()
        else 0.0,
        "presence_macro_f1_ten": round(float(f1s[often].mean()), 4) if often else 0.0,
        "categories_with_ten": len(often),
        "presence_micro_f1": round(evaluation.f1(present.ravel(), found.ravel())[2], 4),
        "categories": per_category,
    }


if __name__ == "__main__":
    sys.exit(main())
