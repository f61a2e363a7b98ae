"""The trained Chinese typer: quality on contracts it was not trained on, and what holds for any text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.typing import ClauseTyper
from ingest.typing.chinese import ClauseWords, count_ngrams, lift, load_packaged, signals
from ingest.typing.chinese import load as load_model
from ingest.typing.cues import CueModel
from ingest.typing.train_chinese import DATA, detect, f1, fit, read, train
from kb.errors import NotFoundError
from kb.model import Clause
from tests.bench.bench_zh_clauses import TEST, load, macro, name

CUES = CueModel.load("zh")


def test_the_labelled_set_is_whole_and_split_by_contract() -> None:
    known, held = load(DATA), load(TEST)
    assert len(known) + len(held) >= 800
    assert len({each.contract for each in known}) >= 30
    assert len({each.contract for each in held}) >= 9
    assert {each.split for each in known} == {"train"}
    assert {each.split for each in held} == {"test"}
    assert not {each.text for each in known} & {each.text for each in held}
    types = {named for each in [*known, *held] for named in each.types}
    assert len(types) >= 60
    assert types <= set(CUES.types)
    assert sum(not each.types for each in [*known, *held]) >= 25  # clauses about none of the types


def test_clauses_of_unseen_contracts_are_named_far_better_than_by_cues_alone() -> None:
    gold = load(TEST)
    ours = macro(name(ClauseTyper.load("zh"), gold), gold)
    cues = macro(name(ClauseTyper.build("zh", CUES, None), gold), gold)
    assert ours >= 0.85
    assert ours > cues + 0.3


def test_training_again_gives_the_shipped_weights() -> None:
    shipped, again = load_packaged(), fit(read(DATA, CUES), CUES.types)
    assert np.array_equal(shipped.keys, again.keys)
    assert np.abs(shipped.weights - again.weights).max() < 0.02


@pytest.mark.slow
def test_a_trained_model_can_be_loaded_and_states_its_figures(tmp_path: Path) -> None:
    made = train(read(DATA, CUES)[:10], CUES.types, tmp_path)
    assert 0 < made["cross_validated_macro_f1"] < 1
    assert load_model(tmp_path).types == CUES.types


def test_a_folder_without_contracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read(tmp_path, CUES)


@given(st.text(max_size=120), st.text(max_size=20))
def test_any_words_get_probabilities(body: str, title: str) -> None:
    model = load_packaged()
    scores = model.score([ClauseWords(title, body)], np.full((1, len(model.types)), 0.02))
    assert scores.shape == (1, len(model.types))
    assert ((scores >= 0) & (scores <= 1)).all()


@given(st.text(alphabet="甲乙违约金 12\n", max_size=40))
def test_ngrams_do_not_see_blanks_or_the_length_of_numbers(text: str) -> None:
    plain = "".join(text.split())
    assert np.array_equal(count_ngrams(text, np.uint64(0))[0], count_ngrams(plain, np.uint64(0))[0])
    assert np.array_equal(count_ngrams("满123日", np.uint64(0))[0], count_ngrams("满9日", np.uint64(0))[0])


def test_the_best_type_is_lifted_only_above_the_floor_and_only_with_a_body() -> None:
    scores = np.array([[0.1, 0.05], [0.01, 0.02], [0.1, 0.0], [0.6, 0.1]])
    lift(scores, np.array([True, True, False, True]), 0.3, 0.05)
    assert scores.tolist() == [[0.3, 0.05], [0.01, 0.02], [0.1, 0.0], [0.6, 0.1]]


def test_a_title_above_stands_in_for_a_missing_one() -> None:
    # liability for breach; each day of delay costs one per mille
    text = "违约责任\n每逾期一日按千分之一计。"
    clauses = (
        Clause("c1", 0, len(text), heading="违约责任", body_start=5),
        Clause("c2", 5, len(text), parent="c1", level=2, body_start=5),
    )
    typed = ClauseTyper.load("zh").type_clauses(text, clauses)
    assert "Liquidated Damages" in {each.type for each in typed[1].types if each.detected}


def test_signals_name_known_types_and_f1_leaves_out_absent_ones() -> None:
    assert {named for named, _ in signals()} <= set(CUES.types)
    label = np.array([[True, False], [False, False]])
    score, count = f1(label, label, np.zeros_like(label))
    assert score[0] == 1
    assert np.isnan(score[1])
    assert count.tolist() == [1, 0]
    assert detect(np.array([[3.0, -9.0]]), [ClauseWords("", "x")]).tolist() == [[True, False]]
