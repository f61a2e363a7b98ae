"""The trained parts of clause typing, in numpy only: bag-of-features scorers, decision trees, monotone calibration.

Each part is a frozen set of arrays with one scoring method; how they are trained is in ``ingest.typing.train``, how
they are stored is in ``ingest.typing.model``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.typing.features import HASH_BITS, Features

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Arrays = Mapping[str, NDArray[np.generic]]

_BULK: Final = 400
"""Trees walked together; bounds the memory of one step to rows × 400 indexes."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Hashed features a scorer knows, with their inverse document frequency.

    Attributes:
        row: row of each hash, -1 for unknown ones.
        idf: weight of each row.
    """

    row: NDArray[np.int32]
    idf: Floats

    @classmethod
    def build(cls, keys: NDArray[np.generic], idf: NDArray[np.generic]) -> Vocabulary:
        """Return the vocabulary of ascending hashes ``keys``."""
        row = np.full(1 << HASH_BITS, -1, dtype=np.int32)
        row[keys.astype(np.int64)] = np.arange(len(keys), dtype=np.int32)
        return cls(row, idf.astype(np.float32))

    def select(self, features: Features) -> tuple[Ints, NDArray[np.int32], Floats]:
        """Return unit, row and weight of the known features; weights of one unit have length 1."""
        row = self.row[features.key]
        known = row >= 0
        row, unit = row[known], features.unit[known]
        weight = self.idf[row]
        norm = np.sqrt(np.bincount(unit, weight * weight, minlength=features.units))
        return unit, row, (weight / norm[unit]).astype(np.float32)


def sum_rows(table: Floats, unit: Ints, row: NDArray[np.int32], weight: Floats, units: int) -> Floats:
    """Return the weighted sum of table rows per unit, shape (units, columns)."""
    result = np.zeros((units, table.shape[1]), dtype=np.float32)
    if len(unit) == 0:
        return result
    starts = np.flatnonzero(np.concatenate(([True], unit[1:] != unit[:-1])))
    ends = np.append(starts[1:], len(unit))
    gathered = table[row]
    # One small product per unit: three times faster here than np.add.reduceat over the gathered rows.
    for index, start, end in zip(unit[starts].tolist(), starts.tolist(), ends.tolist(), strict=True):
        np.dot(weight[start:end], gathered[start:end], out=result[index])
    return result


@dataclass(frozen=True, slots=True)
class Linear:
    """One weight vector per category over hashed features."""

    vocabulary: Vocabulary
    weights: Floats
    bias: Floats

    @classmethod
    def load(cls, arrays: Arrays) -> Linear:
        """Build from the stored arrays ``keys, idf, weights, scales, bias``."""
        weights = arrays["weights"].astype(np.float32) * arrays["scales"].astype(np.float32)[:, None]
        return cls(Vocabulary.build(arrays["keys"], arrays["idf"]), weights, arrays["bias"].astype(np.float32))

    def score(self, features: Features) -> Floats:
        """Return log-odds per unit and category."""
        unit, row, weight = self.vocabulary.select(features)
        return sum_rows(self.weights, unit, row, weight, features.units) + self.bias


@dataclass(frozen=True, slots=True)
class Network:
    """A bag-of-features encoder, a layer over the unit and its neighbours, and one output per category."""

    vocabulary: Vocabulary
    table: Floats
    table_bias: Floats
    mixer: Floats
    mixer_bias: Floats
    output: Floats
    output_bias: Floats

    @classmethod
    def load(cls, arrays: Arrays) -> Network:
        """Build from the stored arrays: keys, idf, table, scales and the five dense layers by field name."""
        table = arrays["table"].astype(np.float32) * arrays["scales"].astype(np.float32)[:, None]
        names = ("table_bias", "mixer", "mixer_bias", "output", "output_bias")
        return cls(
            Vocabulary.build(arrays["keys"], arrays["idf"]), table, *(arrays[name].astype(np.float32) for name in names)
        )

    def score(self, features: Features, contexts: Ints) -> Floats:
        """Return log-odds per unit and category.

        Args:
            features: of all units of one contract.
            contexts: neighbours of each unit as ``network_layout.contexts`` gives them.
        """
        unit, row, weight = self.vocabulary.select(features)
        hidden = np.maximum(sum_rows(self.table, unit, row, weight, features.units) + self.table_bias, 0)
        padded = np.vstack([hidden, np.zeros((1, hidden.shape[1]), dtype=np.float32)])
        width = hidden.shape[1]
        count = len(self.mixer) // width
        # Multiply first, look up after: one product for all neighbours, narrower to gather than the inputs to join.
        wide = self.mixer.reshape(count, width, -1).transpose(1, 0, 2).reshape(width, -1)
        products = (padded @ wide).reshape(len(padded), count, -1)
        mixed = products[:-1, 0] + self.mixer_bias
        for number in range(1, count):
            mixed += products[contexts[number - 1], number]
        mixed = np.maximum(mixed, 0)
        inner = mixed.shape[1]
        result: Floats = mixed @ self.output[:inner] + hidden @ self.output[inner:] + self.output_bias
        return result


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted decision trees, all nodes in flat arrays; a leaf points at itself."""

    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats
    roots: NDArray[np.int64]
    depth: int
    base: float

    @classmethod
    def load(cls, arrays: Arrays) -> Trees:
        """Build from the stored arrays ``feature, threshold, left, right, value, roots, shape``."""
        shape = arrays["shape"].astype(np.float64)
        return cls(
            arrays["feature"].astype(np.int64),
            arrays["threshold"].astype(np.float32),
            arrays["left"].astype(np.int64),
            arrays["right"].astype(np.int64),
            arrays["value"].astype(np.float32),
            arrays["roots"].astype(np.int64),
            int(shape[0]),
            float(shape[1]),
        )

    def score(self, rows: Floats) -> NDArray[np.float64]:
        """Return log-odds per row."""
        total = np.full(len(rows), self.base, dtype=np.float64)
        if len(rows) == 0:
            return total
        width = rows.shape[1]
        flat = np.ascontiguousarray(rows, dtype=np.float32).ravel()
        offset = (np.arange(len(rows)) * width)[:, None]
        for start in range(0, len(self.roots), _BULK):
            roots = self.roots[start : start + _BULK]
            node = np.broadcast_to(roots, (len(rows), len(roots)))
            for _ in range(self.depth):
                goes_left = flat[offset + self.feature[node]] <= self.threshold[node]
                node = np.where(goes_left, self.left[node], self.right[node])
            total += self.value[node].sum(axis=1, dtype=np.float64)
        return total


@dataclass(frozen=True, slots=True)
class Calibration:
    """A non-decreasing map from scores to probabilities, by linear interpolation between knots."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]

    @classmethod
    def load(cls, knots: Mapping[str, list[float]]) -> Calibration:
        """Build from the stored knots ``x`` (ascending) and ``y`` (non-decreasing)."""
        return cls(np.asarray(knots["x"], dtype=np.float64), np.asarray(knots["y"], dtype=np.float64))

    def apply(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities, 0-1."""
        return np.interp(score, self.x, self.y)


def sigmoid(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-score)), safe for large scores."""
    result: NDArray[np.float64] = 0.5 * (1 + np.tanh(0.5 * score))
    return result
