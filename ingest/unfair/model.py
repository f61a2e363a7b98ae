"""The packaged model of unfair terms: what its files hold, how it scores, how it is checked before it is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.packaged_model import Arrays, load_model
from ingest.unfair.features import FEATURES_VERSION, NEIGHBOUR_WEIGHT, Rows, cues_digest, extract

FORMAT: Final = 1
MODEL: Final = "en_unfair_terms"
_REMEDY: Final = "Reinstall duegraph, or train the model again: python -m ingest.unfair.train --corpus FOLDER."

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class UnfairModel:
    """A linear model per kind of unfair term over the same features.

    Attributes:
        types: notation of the clause-type concept of each score column.
        keys: known features, ascending; others are ignored.
        idf: inverse document frequency of each, 1 for cues.
        weights: shape (features, types).
        bias: per type.
        slope: with ``offset``, turns a raw score into a probability (Platt scaling on held-out documents).
        thresholds: probability from which a sentence counts as detected, per type.
        grey: probability from which a sentence below the threshold is too uncertain to call fair.
    """

    types: tuple[str, ...]
    keys: NDArray[np.int64]
    idf: Floats
    weights: Floats
    bias: Floats
    slope: Floats
    offset: Floats
    thresholds: Floats
    grey: Floats

    def score(self, words: Sequence[str]) -> Floats:
        """Return the probability of each consecutive sentence for each type, shape (sentences, types)."""
        raw = linear(extract(words), self.keys, self.idf, self.weights) + self.bias
        probability: Floats = 1 / (1 + np.exp(-(self.slope * raw + self.offset)))
        return probability


def weigh(rows: Rows, keys: NDArray[np.int64], idf: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return (sentence, column, value) of the known features, words normalised to length one per group."""
    place = np.minimum(np.searchsorted(keys, rows.key), max(len(keys) - 1, 0))
    known = keys[place] == rows.key if len(keys) else np.zeros(len(rows.key), dtype=np.bool_)
    row, column, group = rows.row[known], place[known], rows.group[known]
    value = rows.value[known] * idf[column]
    for number, weight in ((0, 1.0), (1, NEIGHBOUR_WEIGHT), (2, NEIGHBOUR_WEIGHT)):
        mine = group == number
        length = np.sqrt(np.bincount(row[mine], weights=value[mine] ** 2, minlength=rows.sentences))
        value[mine] *= weight / length[row[mine]]
    return row, column, value


def linear(rows: Rows, keys: NDArray[np.int64], idf: Floats, weights: Floats) -> Floats:
    """Return the weighted sums of the features, shape (sentences, types)."""
    row, column, value = weigh(rows, keys, idf)
    parts = [
        np.bincount(row, weights=value * weights[column, each], minlength=rows.sentences)
        for each in range(weights.shape[1])
    ]
    return np.stack(parts, axis=1)


@cache
def load_packaged() -> UnfairModel:
    """Return the packaged model, read once per process.

    Raises:
        MissingPartError: it is absent, damaged, or made for other features or cues than this code has.
    """
    return load(resources.files("ingest") / "models" / MODEL)


def load(folder: Traversable) -> UnfairModel:
    """Return the model in a folder; see ``load_packaged``."""
    return load_model(
        folder,
        _build,
        name="the model of unfair terms",
        expected={"format": FORMAT, "features": FEATURES_VERSION, "cues": cues_digest()},
        remedy=_REMEDY,
    )


def _build(description: Mapping[str, Any], arrays: Arrays) -> UnfairModel:
    parts = {name: array.astype(np.float64) for name, array in arrays.items() if name != "keys"}
    return UnfairModel(types=tuple(description["types"]), keys=arrays["keys"].astype(np.int64), **parts)
