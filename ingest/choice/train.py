"""Trains the chooser of notice periods.

Run: ``python -m ingest.choice.train --cuad train.json.gz --answers master_clauses.csv``.
Contracts are dealt to five folds in the order of their titles; fold 0, every fifth, is never trained on, so that it can
measure. Within the others, five-fold cross-validation prints agreement and false readings for each threshold. The
weights are those of a conditional logit with a ridge penalty. Needs scikit-learn's SciPy (the ``train`` extra);
everything is deterministic and takes less than a minute.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import logging
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest import values_en
from ingest.choice.answers import normal, read_answers, row_of
from ingest.choice.candidates import FEATURES_VERSION, NOTICE, Candidate, notice_candidates
from ingest.choice.model import FOLDER, Chooser
from ingest.clauses import segment
from ingest.packaged_model import DESCRIPTION, WEIGHTS
from ingest.roles_context import Context
from ingest.roles_term_en import renewal_term
from ingest.values import head_end
from kb.errors import DuegraphError, UnreadableError
from kb.model import Document

log = logging.getLogger(__name__)

FOLDS: Final = 5
LEAST_CONTRACTS: Final = 4
"""Features of fewer training contracts are dropped."""
PENALTY: Final = 1.0
"""Of the squared weights; 0.5 to 3 do equally well in cross-validation."""
THRESHOLD: Final = 0.2
"""Least probability that is answered: of 0.12 to 0.4, the value beyond which cross-validation loses right answers."""
THRESHOLDS: Final = (0.12, THRESHOLD, 0.3, 0.4, 0.5)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
DEFAULT_FOLDER: Final = Path(__file__).parents[1] / "models" / FOLDER


@dataclass(frozen=True, slots=True)
class Example:
    """A contract with its candidates.

    Attributes:
        right: which candidates state an accepted answer.
        answered: the master answers have a notice period for it.
    """

    candidates: tuple[Candidate, ...]
    right: tuple[bool, ...]
    answered: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, report the cross-validation, write the model."""
    parser = argparse.ArgumentParser(prog="python -m ingest.choice.train", description=__doc__)
    parser.add_argument("--cuad", type=Path, required=True, help="CUAD training split, SQuAD form, .json.gz")
    parser.add_argument("--answers", type=Path, required=True, help="CUAD's master_clauses.csv")
    parser.add_argument("--output", type=Path, default=DEFAULT_FOLDER, help="folder the model is written to")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        examples = read_examples(options.cuad, options.answers)
    except DuegraphError as error:
        sys.stderr.write(f"{error}\n")
        return 4
    kept = [example for index, example in enumerate(examples) if index % FOLDS]
    report(kept)
    write(options.output, fit(kept))
    return 0


def read_examples(cuad: Path, answers: Path) -> list[Example | None]:
    """Return the contracts of a corpus in the order of their titles; None for one without a row of answers.

    Raises:
        UnreadableError: a file cannot be read.
    """
    try:
        with gzip.open(cuad) as file:
            contracts = sorted(json.load(file)["data"], key=lambda contract: str(contract["title"]))
    except (OSError, ValueError, KeyError) as error:
        raise UnreadableError(f"the corpus cannot be read: {error!r}", place=str(cuad)) from error
    gold = read_answers(answers)
    found: list[Example | None] = []
    for contract in contracts:
        row = row_of(gold, contract["title"])
        found.append(None if row is None else _example(contract["paragraphs"][0]["context"], row[f"{NOTICE}-Answer"]))
    return found


def _example(text: str, answer: str) -> Example:
    clauses = segment(Document(text, (), "text/plain", "en"))
    context = Context(text, values_en.find(text), head_end(text, clauses), clauses)
    candidates = tuple(notice_candidates(context, renewal_term(context)))
    accepted = normal(NOTICE, answer)
    return Example(candidates, tuple(each.value.value in accepted for each in candidates), bool(accepted))


def fit(examples: Sequence[Example | None]) -> Chooser:
    """Return the weights that make the right candidate of each contract, or "nothing", likeliest."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    used = [one for one in examples if one is not None and (any(one.right) or not one.answered)]
    counts = Counter(name for one in used for name in {name for each in one.candidates for name in each.features})
    names = sorted(name for name, count in counts.items() if count >= LEAST_CONTRACTS)
    index = {name: number for number, name in enumerate(names)}
    rows = [sorted({index[n] for n in each.features if n in index}) for one in used for each in one.candidates]
    columns = [column for row in rows for column in row]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    matrix = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), len(names)))
    groups: list[tuple[int, int, NDArray[np.float64]]] = []
    start = 0
    for one in used:
        groups.append((start, start + len(one.right), np.array([*one.right, not one.answered], dtype=np.float64)))
        start += len(one.right)

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores, gradient, nothing, total = matrix @ point[:-1], np.zeros(len(rows)), 0.0, 0.0
        for left, end, target in groups:
            share = np.append(scores[left:end], point[-1])
            share = np.exp(share - share.max())
            share /= share.sum()
            right = share * target
            weight = right.sum() + np.finfo(np.float64).tiny
            total -= float(np.log(weight))
            slope = share - right / weight
            gradient[left:end] += slope[:-1]
            nothing += slope[-1]
        total += PENALTY / 2 * float(point[:-1] @ point[:-1])
        return total, np.append(matrix.T @ gradient + PENALTY * point[:-1], nothing)

    solved = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    weights = {name: float(np.float32(weight)) for name, weight in zip(names, solved.x[:-1], strict=True)}
    return Chooser(weights, float(solved.x[-1]), THRESHOLD)


def report(examples: Sequence[Example | None]) -> None:
    """Log agreement and false readings of five-fold cross-validation, per threshold."""
    shares: list[tuple[Example, list[float]]] = []
    for fold in range(FOLDS):
        chooser = fit([one for index, one in enumerate(examples) if index % FOLDS != fold])
        for index, one in enumerate(examples):
            if one is not None and index % FOLDS == fold:
                shares.append((one, chooser.probabilities(one.candidates)))
    for threshold in THRESHOLDS:
        agree = answered = false = empty = 0
        for one, share in shares:
            best = max(range(len(share)), key=share.__getitem__, default=None)
            found = best is not None and share[best] >= threshold
            answered += one.answered
            empty += not one.answered
            agree += one.answered and found and best is not None and one.right[best]
            false += not one.answered and found
        log.info(
            "event=choice.validated threshold=%.2f agree=%d answered=%d false=%d unanswered=%d",
            threshold,
            agree,
            answered,
            false,
            empty,
        )


def write(folder: Path, chooser: Chooser) -> None:
    """Write a model so that the same training always gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    stored, packed = io.BytesIO(), io.BytesIO()
    np.save(stored, np.array(list(chooser.weights.values()), dtype=np.float32))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("notice.npy", _EPOCH), stored.getvalue())
    raw = packed.getvalue()
    (folder / WEIGHTS).write_bytes(raw)
    description = {
        "features_version": FEATURES_VERSION,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "threshold": chooser.threshold,
        "nothing": round(chooser.nothing, 6),
        "features": list(chooser.weights),
    }
    text = json.dumps(description, ensure_ascii=False, indent=0)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
