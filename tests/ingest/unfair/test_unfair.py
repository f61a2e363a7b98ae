"""Unfair terms: reading the corpus, scoring, and that only consumer terms are read."""

from __future__ import annotations

import io
import json
import shutil
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import load as load_pipeline
from ingest.unfair import features
from ingest.unfair.corpus import strip_tags
from ingest.unfair.model import MODEL, UnfairModel, load, load_packaged
from ingest.unfair.tag import tag_clauses
from ingest.unfair.train import best_cut
from kb.errors import MissingPartError
from kb.model import Clause, Document, Kind

TERMS = """TERMS OF SERVICE

1. Your account
You may close your account whenever you like. You choose your password.

2. Ending
We may suspend or terminate your account and your access to the service at any time, for any reason, without notice.

3. Liability
To the fullest extent permitted by law, in no event shall we be liable to you for indirect or consequential damages.
"""


@pytest.fixture(scope="module")
def model() -> UnfairModel:
    return load_packaged()


def unfair(text: str) -> dict[str, set[str]]:
    found = load_pipeline("en").annotate(Document(text, (), "text/plain", "en"), kind=Kind.CONTRACT)
    return {
        clause.number or "": {each.type for each in clause.types if each.detected and each.type.startswith("Unfair")}
        for clause in found.clauses
    }


def test_clauses_of_consumer_terms_get_the_kinds_of_unfair_term_they_hold() -> None:
    found = unfair(TERMS)
    assert found["1"] == set()
    assert "Unfair Unilateral Termination" in found["2"]
    assert "Unfair Limitation of Liability" in found["3"]


def test_the_same_words_in_a_contract_between_businesses_are_left_alone() -> None:
    assert not any(unfair(TERMS.replace("TERMS OF SERVICE", "MASTER SERVICES AGREEMENT")).values())
    only = TERMS + "\nThe service is available only to businesses and is not intended for consumers.\n"
    assert not any(unfair(only).values())


@given(st.lists(st.text(max_size=60), max_size=8))
def test_scores_are_probabilities_of_every_sentence_and_kind(words: list[str]) -> None:
    scores = load_packaged().score(words)
    assert scores.shape == (len(words), 9)
    assert ((scores >= 0) & (scores <= 1)).all()


@given(st.text(max_size=300))
def test_sentences_slice_back_in_order_without_overlap(text: str) -> None:
    places = features.split(text)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(left[1] <= right[0] for left, right in pairwise(places))


def test_tags_are_stripped_and_fair_levels_do_not_count() -> None:
    text, spans = strip_tags("A <ltd2>not <ter3>liable</ter3></ltd2> x <law1>fair</law1> <j2>open")
    assert text == "A not liable x fair open"
    assert [(kind, text[start:end]) for kind, start, end in spans] == [("ter", "liable"), ("ltd", "not liable")]


def test_a_clause_without_words_keeps_its_types(model: UnfairModel) -> None:
    assert tag_clauses("", (), model) == ()
    clause = Clause("c1", 0, 3, body_start=0)
    assert tag_clauses("123", (clause,), model) == (clause,)


def test_the_best_cut_separates_what_can_be_separated() -> None:
    scores, labels = np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, True, False, False])
    assert 0.3 < best_cut(scores, labels) < 0.8


@pytest.mark.parametrize(
    ("change", "code"),
    [({"cues": "other"}, "model-version-mismatch"), ({"sha256": "0"}, "model-hash-mismatch")],
)
def test_a_model_of_another_make_is_refused(tmp_path: Path, change: dict[str, str], code: str) -> None:
    source = Path(str(resources.files("ingest") / "models" / MODEL))
    shutil.copytree(source, tmp_path / "model")
    place = tmp_path / "model" / "model.json"
    place.write_text(json.dumps(json.loads(place.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(MissingPartError) as caught:
        load(tmp_path / "model")
    assert caught.value.code == code


def test_the_weights_need_no_pickle() -> None:
    raw = (resources.files("ingest") / "models" / MODEL / "weights.npz").read_bytes()
    with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
        assert {"keys", "weights", "thresholds"} <= set(stored.files)
    assert len(raw) < 5_000_000
