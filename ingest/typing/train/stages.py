"""Puts the later stages together for one set of contracts, and scores held-out contracts with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.typing.english import FIELD_ONLY, find_shadowed
from ingest.typing.scorers import Calibration, Trees, sigmoid
from ingest.typing.train.corpus import FOLDS, Sample
from ingest.typing.train.ranking import (
    FIELD_CATEGORIES,
    Arrays,
    Knots,
    Ranked,
    calibrate,
    field_scores,
    fit_fields,
    fit_trees,
    news,
    thresholds,
)
from ingest.typing.typer import CANDIDATES

Proposals = dict[tuple[str, str], list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Stages:
    """Trained later stages."""

    runs: Arrays
    units: Arrays
    fields: dict[str, Arrays]
    calibrations: dict[str, Knots]
    thresholds: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Raw:
    """Uncalibrated scores of one contract by stages that did not see it."""

    runs: NDArray[np.float64]
    shadowed: NDArray[np.bool_]
    units: NDArray[np.float64]
    fields: dict[str, NDArray[np.float64]]
    shadowed_fields: dict[str, NDArray[np.bool_]]


def fit(ranked: Sequence[Ranked], samples: Sequence[Sample], folds: NDArray[np.int64]) -> Stages:
    """Fit all later stages; calibration and thresholds use scores of stages fitted on the other folds."""
    raw: list[_Raw | None] = [None] * len(ranked)
    for fold in np.unique(folds):
        parts = _fit_models([ranked[number] for number in np.flatnonzero(folds != fold).tolist()])
        for number in np.flatnonzero(folds == fold).tolist():
            raw[number] = _score(parts, ranked[number])
    scored = [each for each in raw if each is not None]
    runs_arrays, units_arrays, fields = _fit_models(ranked)
    score = np.concatenate([each.runs for each in scored])
    shadowed = np.concatenate([each.shadowed for each in scored])
    hit = np.array([bool(hit) for each in ranked for hit in each.run_hits])
    new = np.concatenate(
        [news(each.runs.category.tolist(), each.run_hits, own.runs) for each, own in zip(ranked, scored, strict=True)]
    )
    calibrations = {
        "run": calibrate(score[~shadowed], hit[~shadowed]),
        "shadowed": calibrate(score[shadowed], new[shadowed]),
        "unit": calibrate(
            np.concatenate([each.units for each in scored]), np.concatenate([each.single_labels for each in ranked])
        ),
    }
    for category in FIELD_CATEGORIES:
        score = np.concatenate([each.fields[category] for each in scored])
        shadowed = np.concatenate([each.shadowed_fields[category] for each in scored])
        hits = [_field_hits(each, category) for each in ranked]
        hit = np.array([bool(hit) for each in hits for hit in each])
        new = np.concatenate(
            [news([0] * len(each), each, own.fields[category]) for each, own in zip(hits, scored, strict=True)]
        )
        calibrations[f"field:{category}"] = calibrate(score[~shadowed], hit[~shadowed])
        calibrations[f"shadowed:{category}"] = calibrate(score[shadowed], new[shadowed])
    unit_map = Calibration.load(calibrations["unit"])
    best = np.stack(
        [_best_units(each, unit_map.apply(raw_.units), samples[0]) for each, raw_ in zip(ranked, scored, strict=True)]
    )
    present = np.stack([presence(sample) for sample in samples])
    return Stages(runs_arrays, units_arrays, fields, calibrations, thresholds(best, present))


def presence(sample: Sample) -> NDArray[np.bool_]:
    """Return which categories a contract has."""
    return np.array([bool(spans) for spans in sample.contract.gold])


def _fit_models(ranked: Sequence[Ranked]) -> tuple[Arrays, Arrays, dict[str, Arrays]]:
    rows = np.concatenate([each.runs.features for each in ranked])
    labels = np.array([bool(hit) for each in ranked for hit in each.run_hits])
    single_rows = np.concatenate([each.singles.features for each in ranked])
    single_labels = np.concatenate([each.single_labels for each in ranked])
    return (
        fit_trees(rows, labels),
        fit_trees(single_rows, single_labels),
        {category: fit_fields(ranked, category) for category in FIELD_CATEGORIES},
    )


def _score(parts: tuple[Arrays, Arrays, dict[str, Arrays]], ranked: Ranked) -> _Raw:
    runs = sigmoid(Trees.load(parts[0]).score(ranked.runs.features))
    shadowed = find_shadowed(ranked.runs.category, ranked.runs.first, ranked.runs.last, runs)
    units = sigmoid(Trees.load(parts[1]).score(ranked.singles.features))
    fields = {name: field_scores(parts[2][name], ranked, name) for name in FIELD_CATEGORIES}
    return _Raw(runs, shadowed, units, fields, {name: _shadowed_fields(ranked, name, fields[name]) for name in fields})


def _shadowed_fields(ranked: Ranked, category: str, score: NDArray[np.float64]) -> NDArray[np.bool_]:
    mine = [field for field in ranked.fields if field.category == category]
    start = np.array([field.start for field in mine], dtype=np.int64)
    end = np.array([field.end for field in mine], dtype=np.int64)
    return find_shadowed(np.zeros(len(mine), dtype=np.int64), start, end - 1, score)


def _field_hits(ranked: Ranked, category: str) -> list[tuple[int, ...]]:
    pairs = zip(ranked.fields, ranked.field_hits, strict=True)
    return [hits for field, hits in pairs if field.category == category]


def _best_units(ranked: Ranked, probability: NDArray[np.float64], sample: Sample) -> NDArray[np.float64]:
    best = np.zeros(len(sample.contract.gold))
    np.maximum.at(best, ranked.singles.category, probability)
    return best


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of held-out contracts.

    Attributes:
        proposals: per (contract, category), texts with their probabilities.
        best: highest clause probability, shape (contracts, categories).
    """

    proposals: Proposals
    best: NDArray[np.float64]


def apply(stages: Stages, ranked: Sequence[Ranked], samples: Sequence[Sample], categories: Sequence[str]) -> HeldOut:
    """Score contracts the stages have not seen, as ``ClauseTyper.candidates`` would."""
    parts = (stages.runs, stages.units, stages.fields)
    maps = {name: Calibration.load(knots) for name, knots in stages.calibrations.items()}
    proposals: Proposals = {}
    best: list[NDArray[np.float64]] = []
    for each, sample in zip(ranked, samples, strict=True):
        raw = _score(parts, each)
        probability = np.where(raw.shadowed, maps["shadowed"].apply(raw.runs), maps["run"].apply(raw.runs))
        found: dict[int, list[tuple[float, int, int]]] = {number: [] for number in range(len(categories))}
        for category, (start, end), score in zip(
            each.runs.category.tolist(), each.run_spans.tolist(), probability.tolist(), strict=True
        ):
            if categories[category] not in FIELD_ONLY:
                found[category].append((score, start, end))
        for name in FIELD_CATEGORIES:
            mine = [field for field in each.fields if field.category == name]
            calibrated = np.where(
                raw.shadowed_fields[name],
                maps[f"shadowed:{name}"].apply(raw.fields[name]),
                maps[f"field:{name}"].apply(raw.fields[name]),
            )
            for field, score in zip(mine, calibrated.tolist(), strict=True):
                found[categories.index(name)].append((score, field.start, field.end))
        for category, spans in found.items():
            ordered = sorted(spans, key=lambda span: -span[0])[:CANDIDATES]
            key = (sample.contract.title, categories[category])
            proposals[key] = [(sample.contract.text[start:end], score) for score, start, end in ordered[::-1]]
        best.append(_best_units(each, maps["unit"].apply(raw.units), sample))
    return HeldOut(proposals, np.stack(best))


def folds_of(count: int) -> NDArray[np.int64]:
    """Return the fold of each of ``count`` contracts."""
    return np.arange(count) % FOLDS
