"""Cues: the packaged files compile, weigh as documented, and refuse what they cannot match."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.typing.cues import CueFile, CueModel, compile_cues
from ingest.typing.own_text import OwnText
from kb.errors import MissingPartError
from kb.model import Clause

SCHEME = Path(__file__).parents[3] / "ontology" / "vocab" / "clause-types.ttl"


def _file(**entry: object) -> CueFile:
    return CueFile.model_validate(
        {
            "language": "zh",
            "bias": -4.0,
            "parent_share": 0.5,
            "body_limit": 9.0,
            "threshold": 0.5,
            "type": [{"notation": "Force Majeure", **entry}],
        }
    )


def _score(source: CueFile, text: str, clauses: tuple[Clause, ...]) -> list[float]:
    model = compile_cues(source)
    own = OwnText.of(clauses)
    return [float(row[0]) for row in model.score(clauses, model.find_phrases(text, clauses, own))]


@pytest.mark.parametrize(("language", "least"), [("en", 55), ("zh", 90)])
def test_packaged_cues_compile_and_name_only_types_of_the_scheme(language: str, least: int) -> None:
    model = CueModel.load(language)
    notations = set(re.findall(r'skos:notation "([^"]+)"', SCHEME.read_text(encoding="utf-8")))
    assert len(notations) > 90
    assert set(model.types) <= notations
    assert len(set(model.types)) == len(model.types) >= least


def test_weights_add_up_in_log_odds() -> None:
    text = "因不可抗力，双方免责。"  # owing to force majeure both parties are excused
    clause = Clause("c1", 0, len(text), body_start=0)
    source = _file(body={"不可抗力": 3.0, "免责": 1.5, "战争": 2.0})
    assert _score(source, text, (clause,)) == pytest.approx([1 / (1 + np.exp(4.0 - 4.5))])


def test_a_cue_counts_once_however_often_it_occurs() -> None:
    once, often = "不可抗力", "不可抗力、不可抗力、不可抗力"
    source = _file(body={"不可抗力": 3.0})
    first = _score(source, once, (Clause("c1", 0, len(once), body_start=0),))
    assert first == _score(source, often, (Clause("c1", 0, len(often), body_start=0),))


def test_cues_inside_longer_cues_are_found_too() -> None:
    text = "逾期付款违约金"
    source = _file(body={"违约金": 1.0, "付款违约金": 1.0, "逾期付款违约金": 1.0})
    assert _score(source, text, (Clause("c1", 0, len(text), body_start=0),)) == pytest.approx([1 / (1 + np.exp(1.0))])


def test_the_title_and_the_title_above_count() -> None:
    text = "第一条 不可抗力\n甲方通知。乙方通知。"
    clauses = (
        Clause("c1", 0, len(text), heading="不可抗力", body_start=9),
        Clause("c2", 9, 14, parent="c1", level=2, body_start=9),
    )
    own, child = _score(_file(heading={"不可抗力": 6.0}), text, clauses)
    assert own == pytest.approx(1 / (1 + np.exp(4.0 - 6.0)))
    assert child == pytest.approx(1 / (1 + np.exp(4.0 - 3.0)))


def test_the_title_is_not_read_again_as_body() -> None:
    text = "第一条 不可抗力\n甲方通知。"
    clauses = (Clause("c1", 0, len(text), heading=None, body_start=9),)
    assert _score(_file(body={"不可抗力": 4.0}), text, clauses) == pytest.approx([1 / (1 + np.exp(4.0))])


def test_all_phrases_of_a_joint_cue_are_needed() -> None:
    source = _file(all=[{"phrases": ["提前", "通知"], "weight": 4.0}])
    both, one = "提前三十日通知", "提前三十日告知"
    assert _score(source, both, (Clause("c1", 0, len(both), body_start=0),)) == pytest.approx([0.5])
    assert _score(source, one, (Clause("c1", 0, len(one), body_start=0),))[0] < 0.02


def test_a_cue_across_two_clauses_belongs_to_neither() -> None:
    text = "不可抗力"
    clauses = (Clause("c1", 0, 2, body_start=0), Clause("c2", 2, 4, body_start=2))
    assert max(_score(_file(body={"不可抗力": 6.0}), text, clauses)) < 0.02


def test_a_cue_longer_than_the_matcher_reads_is_refused() -> None:
    with pytest.raises(MissingPartError, match="too long"):
        compile_cues(_file(body={"长" * 25: 1.0}))


def test_a_language_without_cues_is_refused() -> None:
    with pytest.raises(MissingPartError, match="no clause-type cues"):
        CueModel.load("fr")


@given(st.text(max_size=120), st.integers(0, 60))
def test_scores_are_probabilities_for_any_text(text: str, cut: int) -> None:
    cut = min(cut, len(text))
    clauses = tuple(
        Clause(f"c{number}", start, end, heading=text[:20], body_start=start)
        for number, (start, end) in enumerate(((0, cut), (cut, len(text))))
        if end > start
    )
    model = CueModel.load("zh")
    scores = model.score(clauses, model.find_phrases(text, clauses, OwnText.of(clauses)))
    assert scores.shape == (len(clauses), len(model.types))
    assert bool(((scores >= 0) & (scores <= 1)).all())
