"""Scorers: numpy at run time gives what the trained form gives, and calibration never turns an order round."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from ingest.typing.scorers import Calibration, Trees, Vocabulary, sigmoid, sum_rows
from ingest.typing.train.encoders import quantise
from ingest.typing.train.ranking import calibrate, flatten


def test_trees_score_like_scikit_learn() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(600, 6)).astype(np.float32)
    labels = (rows[:, 0] * rows[:, 1] + rows[:, 2] > 0.2).astype(int)
    model: Any = HistGradientBoostingClassifier(max_iter=25, random_state=0)  # type: ignore[no-untyped-call]
    model.fit(rows, labels)
    ours = Trees.load(flatten(model)).score(rows)
    assert np.abs(ours - model.decision_function(rows)).max() < 1e-4


def test_no_rows_have_no_scores() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(100, 3)).astype(np.float32)
    model: Any = HistGradientBoostingClassifier(max_iter=3, random_state=0)  # type: ignore[no-untyped-call]
    model.fit(rows, rows[:, 0] > 0)
    assert Trees.load(flatten(model)).score(rows[:0]).shape == (0,)


def test_sum_rows_adds_weighted_rows_per_unit() -> None:
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    unit, row = np.array([0, 0, 2]), np.array([1, 3, 0], dtype=np.int32)
    summed = sum_rows(table, unit, row, np.array([1, 2, 3], dtype=np.float32), 3)
    assert summed.tolist() == [[21, 24, 27], [0, 0, 0], [0, 3, 6]]


def test_a_vocabulary_knows_only_its_keys() -> None:
    vocabulary = Vocabulary.build(np.array([5, 9]), np.array([1.0, 2.0]))
    assert vocabulary.row[[5, 9, 6]].tolist() == [0, 1, -1]


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=30))
def test_bytes_keep_a_row_within_half_a_step(row: list[float]) -> None:
    table = np.array([row])
    stored, scales = quantise(table)
    assert np.abs(stored * scales[:, None].astype(np.float64) - table).max() <= 0.51 * float(scales[0]) + 1e-9


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_calibration_is_monotone_and_a_probability(pairs: list[tuple[float, bool]]) -> None:
    score = np.array([pair[0] for pair in pairs])
    fitted = Calibration.load(calibrate(score, np.array([pair[1] for pair in pairs])))
    grid = np.linspace(0, 1, 101)
    probability = fitted.apply(grid)
    assert bool((np.diff(probability) >= -1e-12).all())
    assert float(probability.min()) >= 0
    assert float(probability.max()) <= 1


def test_calibration_learns_the_frequencies_behind_the_scores() -> None:
    random = np.random.default_rng(5)
    score = random.random(20_000)
    fitted = Calibration.load(calibrate(score, random.random(20_000) < score**2))
    for level in (0.2, 0.5, 0.8):
        assert fitted.apply(np.array([level]))[0] == pytest.approx(level**2, abs=0.05)


def test_sigmoid_is_safe_for_large_scores() -> None:
    assert sigmoid(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]
