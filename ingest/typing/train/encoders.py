"""Trains the two unit scorers: one-vs-rest logistic regression, and a small network that also reads the neighbours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression

from ingest.typing.features import HASH_BITS
from ingest.typing.train.corpus import Sample

Floats = NDArray[np.float32]
Arrays = dict[str, NDArray[np.generic]]

_BYTE: Final = 127


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of the unit scorers; the defaults are what ships (see docs/models.md for what else was tried)."""

    linear_minimum: int = 3
    linear_rows: int = 90_000
    inverse_regularisation: float = 10.0
    positive_weight: float = 3.0
    network_minimum: int = 50
    width: int = 192
    mixer: int = 192
    epochs: int = 20
    batch: int = 6
    rate: float = 3e-3
    decay: float = 0.1
    dropout: float = 0.5
    feature_dropout: float = 0.2
    network_positive_weight: float = 2.0
    seed: int = 20211


LINEAR: Final = frozenset(("linear_minimum", "linear_rows", "inverse_regularisation", "positive_weight"))
"""Settings that only the logistic regressions use."""


def vocabulary(samples: Sequence[Sample], minimum: int) -> tuple[NDArray[np.int64], Floats]:
    """Return the hashes seen in at least ``minimum`` units and their smoothed inverse document frequency."""
    counts = np.zeros(1 << HASH_BITS, dtype=np.int64)
    for sample in samples:
        counts += np.bincount(sample.features.key, minlength=1 << HASH_BITS)
    keys = np.flatnonzero(counts >= minimum)
    units = sum(len(sample.units) for sample in samples)
    return keys, (np.log((1 + units) / (1 + counts[keys])) + 1).astype(np.float32)


def matrix(samples: Sequence[Sample], keys: NDArray[np.int64], idf: Floats) -> sparse.csr_matrix:
    """Return units × features, each row of length 1, as ``scorers.Vocabulary.select`` weighs them."""
    row_of = np.full(1 << HASH_BITS, -1, dtype=np.int64)
    row_of[keys] = np.arange(len(keys))
    units: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    offset = 0
    for sample in samples:
        column = row_of[sample.features.key]
        known = column >= 0
        units.append(sample.features.unit[known] + offset)
        columns.append(column[known])
        offset += len(sample.units)
    unit, column = np.concatenate(units), np.concatenate(columns)
    weight = idf[column].astype(np.float64)
    norm = np.sqrt(np.bincount(unit, weight * weight, minlength=offset))
    return sparse.csr_matrix((weight / norm[unit], (unit, column)), shape=(offset, len(keys)))


def train_linear(samples: Sequence[Sample], recipe: Recipe) -> Arrays:
    """Fit one logistic regression per category and keep the rows that matter, as bytes with one scale per row."""
    keys, idf = vocabulary(samples, recipe.linear_minimum)
    features = matrix(samples, keys, idf)
    labels = np.concatenate([sample.labels for sample in samples])
    weights = np.zeros((len(keys), labels.shape[1]), dtype=np.float64)
    bias = np.full(labels.shape[1], -10.0)
    for number in range(labels.shape[1]):
        if not labels[:, number].any():
            continue
        model = LogisticRegression(  # type: ignore[no-untyped-call]
            C=recipe.inverse_regularisation,
            solver="liblinear",
            class_weight={0: 1.0, 1: recipe.positive_weight},
            tol=1e-3,
            max_iter=60,
            random_state=recipe.seed,
        )
        model.fit(features, labels[:, number])
        weights[:, number] = model.coef_[0]
        bias[number] = model.intercept_[0]
    # What a row can move a score by: its largest weight times its usual share of a unit.
    influence = np.abs(weights).max(axis=1) * idf
    kept = np.sort(np.argsort(-influence, kind="stable")[: recipe.linear_rows])
    stored, scales = quantise(weights[kept])
    return {"keys": keys[kept], "idf": idf[kept], "weights": stored, "scales": scales, "bias": bias.astype(np.float32)}


def quantise(table: NDArray[np.generic]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a table as signed bytes and the factor of each row."""
    values = table.astype(np.float64)
    scales = np.maximum(np.abs(values).max(axis=1), 1e-8) / _BYTE
    return np.rint(values / scales[:, None]).astype(np.int8), scales.astype(np.float32)


class _Adam:
    """The Adam optimiser with decoupled weight decay (Kingma & Ba 2015; Loshchilov & Hutter 2019)."""

    def __init__(self, parameters: Mapping[str, Floats], decayed: frozenset[str], decay: float) -> None:
        self.parameters = dict(parameters)
        self.first = {name: np.zeros_like(value) for name, value in parameters.items()}
        self.second = {name: np.zeros_like(value) for name, value in parameters.items()}
        self.decayed = decayed
        self.decay = decay
        self.steps = 0

    def step(self, gradients: Mapping[str, Floats], rate: float) -> None:
        self.steps += 1
        for name, gradient in gradients.items():
            first, second = self.first[name], self.second[name]
            first += 0.1 * (gradient - first)
            second += 0.02 * (gradient * gradient - second)
            corrected = np.sqrt(second / (1 - 0.98**self.steps)) + 1e-8
            self.parameters[name] -= rate * (first / (1 - 0.9**self.steps)) / corrected
            if name in self.decayed:
                self.parameters[name] *= 1 - rate * self.decay


_INPUT_LENGTH: Final = 3.0
"""Length of an input row: units of length 1 leave the first layer too quiet to learn in a few passes."""


def train_network(samples: Sequence[Sample], recipe: Recipe) -> Arrays:
    """Fit the network by mini-batches of whole contracts."""
    keys, idf = vocabulary(samples, recipe.network_minimum)
    inputs = [sparse.csr_matrix(matrix([sample], keys, idf) * _INPUT_LENGTH, dtype=np.float32) for sample in samples]
    labels = [sample.labels.astype(np.float32) for sample in samples]
    share = np.clip(np.concatenate(labels).mean(axis=0), 1e-6, 0.5)
    random = np.random.default_rng(recipe.seed)
    width, mixer, categories = recipe.width, recipe.mixer, len(share)
    joined = (len(samples[0].contexts) + 1) * width
    optimiser = _Adam(
        {
            "table": random.normal(0, 0.3, (len(keys), width)).astype(np.float32),
            "table_bias": np.zeros(width, dtype=np.float32),
            "mixer": random.normal(0, math.sqrt(2 / joined), (joined, mixer)).astype(np.float32),
            "mixer_bias": np.zeros(mixer, dtype=np.float32),
            "output": random.normal(0, math.sqrt(1 / (mixer + width)), (mixer + width, categories)).astype(np.float32),
            "output_bias": np.log(share / (1 - share)).astype(np.float32),
        },
        frozenset(("table", "mixer")),
        recipe.decay,
    )
    steps = recipe.epochs * math.ceil(len(samples) / recipe.batch)
    done = 0
    for _ in range(recipe.epochs):
        order = random.permutation(len(samples))
        for start in range(0, len(order), recipe.batch):
            chosen = order[start : start + recipe.batch]
            batch = sparse.vstack([inputs[number] for number in chosen], format="csr")
            batch.data *= (
                (random.random(len(batch.data)) > recipe.feature_dropout) / (1 - recipe.feature_dropout)
            ).astype(np.float32)
            truth = np.concatenate([labels[number] for number in chosen])
            neighbours = _join_contexts([samples[number].contexts for number in chosen])
            gradients = _gradients(optimiser.parameters, batch, truth, neighbours, recipe, random)
            warm = min(1.0, (done + 1) / 50)
            optimiser.step(gradients, recipe.rate * warm * (1 - done / steps) + 1e-5)
            done += 1
    trained = optimiser.parameters
    stored, scales = quantise(trained["table"] * _INPUT_LENGTH)
    arrays: Arrays = {"keys": keys, "idf": idf, "table": stored, "scales": scales}
    for name in ("table_bias", "mixer", "mixer_bias", "output", "output_bias"):
        arrays[name] = trained[name].astype(np.float16)
    return arrays


def _join_contexts(contexts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    total = sum(part.shape[1] for part in contexts)
    joined, offset = [], 0
    for part in contexts:
        joined.append(np.where(part == part.shape[1], total, part + offset))
        offset += part.shape[1]
    return np.concatenate(joined, axis=1)


def _gradients(
    parameters: Mapping[str, Floats],
    batch: sparse.csr_matrix,
    truth: Floats,
    neighbours: NDArray[np.int64],
    recipe: Recipe,
    random: np.random.Generator,
) -> dict[str, Floats]:
    """Back-propagation of the weighted cross-entropy through output, mixer and table."""
    keep = 1 - recipe.dropout
    width = parameters["table"].shape[1]

    def mask(shape: tuple[int, ...]) -> Floats:
        return (random.random(shape) < keep).astype(np.float32) / np.float32(keep)

    raw = batch @ parameters["table"] + parameters["table_bias"]
    hidden_mask = mask(raw.shape)
    hidden = np.maximum(raw, 0) * hidden_mask
    padded = np.vstack([hidden, np.zeros((1, width), dtype=np.float32)])
    joined = np.hstack([hidden, *(padded[row] for row in neighbours)])
    mixed_raw = joined @ parameters["mixer"] + parameters["mixer_bias"]
    mixed_mask = mask(mixed_raw.shape)
    mixed = np.maximum(mixed_raw, 0) * mixed_mask
    last = np.hstack([mixed, hidden])
    logits = last @ parameters["output"] + parameters["output_bias"]
    weight = np.where(truth > 0, np.float32(recipe.network_positive_weight), np.float32(1))
    # The scale of the loss is free under Adam; a tenth of the units keeps the optimiser's epsilon negligible.
    error = (0.5 * (1 + np.tanh(0.5 * logits)) - truth) * weight / np.float32(0.1 * len(truth))

    last_gradient = error @ parameters["output"].T
    mixed_gradient = last_gradient[:, : mixed.shape[1]] * mixed_mask * (mixed_raw > 0)
    joined_gradient = mixed_gradient @ parameters["mixer"].T
    hidden_gradient = last_gradient[:, mixed.shape[1] :] + joined_gradient[:, :width]
    count = len(truth)
    for number, row in enumerate(neighbours):
        back = sparse.csr_matrix((np.ones(count, dtype=np.float32), (row, np.arange(count))), shape=(count + 1, count))
        hidden_gradient += (back @ joined_gradient[:, (number + 1) * width : (number + 2) * width])[:-1]
    raw_gradient = hidden_gradient * hidden_mask * (raw > 0)
    return {
        "output": last.T @ error,
        "output_bias": error.sum(axis=0),
        "mixer": joined.T @ mixed_gradient,
        "mixer_bias": mixed_gradient.sum(axis=0),
        "table": np.asarray(batch.T @ raw_gradient, dtype=np.float32),
        "table_bias": raw_gradient.sum(axis=0),
    }
