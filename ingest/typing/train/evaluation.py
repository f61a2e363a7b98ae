"""CUAD's own measure for proposed spans, and contract-level presence.

A proposal matches a gold span when the word sets share at least half of their union (for Parties, also when it contains
the gold words); every proposal that matches nothing is a false positive; all contracts and categories are pooled.

Source: Hendrycks et al., "CUAD: An Expert-Annotated NLP Dataset for Legal Contract Review" (NeurIPS 2021) and its
published ``evaluate.py``; re-implemented from the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MATCH: Final = 0.5
THRESHOLDS: Final = (*(round(0.99 - 0.01 * step, 2) for step in range(99)), 0.001, 0.0)
"""Confidences at which the published script samples the curve."""

_PUNCTUATION: Final = str.maketrans("", "", ".,;:")


def words(text: str) -> frozenset[str]:
    """Return the word set that CUAD compares."""
    return frozenset(text.translate(_PUNCTUATION).lower().replace("/", " ").split())


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """Return shared words over all words, 0 when both are empty."""
    union = len(left | right)
    return len(left & right) / union if union else 0.0


def matches(category: str, proposal: str, gold: Sequence[str]) -> tuple[int, ...]:
    """Return the indexes of the gold spans a proposal matches."""
    found = words(proposal)
    return tuple(
        number
        for number, answer in enumerate(gold)
        if jaccard(found, words(answer)) >= MATCH or ("Parties" in category and answer in proposal)
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """Figures of one precision-recall curve, 0-1."""

    aupr: float
    precision_at_80: float
    precision_at_90: float
    recall: float
    gold: int


def curve(
    gold: Mapping[tuple[str, str], Sequence[str]], proposals: Mapping[tuple[str, str], Sequence[tuple[str, float]]]
) -> Curve:
    """Score proposals, both keyed by (contract, category); texts that repeat count once, with the last score."""
    found: list[float] = []
    wrong: list[float] = []
    for key, answers in gold.items():
        best = [-1.0] * len(answers)
        for text, score in dict(proposals.get(key, ())).items():
            hits = matches(key[1], text, answers) if answers else ()
            if not hits:
                wrong.append(score)
            for hit in hits:
                best[hit] = max(best[hit], score)
        found += [score for score in best if score >= 0]
    return summarise(np.array(found), np.array(wrong), sum(len(answers) for answers in gold.values()))


def summarise(found: NDArray[np.float64], wrong: NDArray[np.float64], gold: int) -> Curve:
    """Return the curve of the best score of each gold span that is found and the score of each wrong proposal."""
    found, wrong = np.sort(found), np.sort(wrong)
    precision, recall = [1.0], [0.0]
    for threshold in THRESHOLDS:
        hits = len(found) - int(np.searchsorted(found, threshold, side="right"))
        misses = len(wrong) - int(np.searchsorted(wrong, threshold, side="right"))
        if hits + misses == 0:
            continue
        precision.append(hits / (hits + misses))
        recall.append(hits / gold)
    best = np.maximum.accumulate(np.array(precision)[::-1])[::-1]
    levels = np.array(recall)

    def at(level: float) -> float:
        reached = np.flatnonzero(levels >= level)
        return float(best[reached[0]]) if reached.size else 0.0

    return Curve(float(np.trapezoid(best, levels)), at(0.8), at(0.9), float(levels[-1]), gold)


def f1(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return precision, recall and F1; each 0 where it is undefined."""
    both = int((truth & found).sum())
    precision = both / int(found.sum()) if found.any() else 0.0
    recall = both / int(truth.sum()) if truth.any() else 0.0
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0
