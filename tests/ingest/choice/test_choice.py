from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest import packaged_model
from ingest.choice.answers import normal, read_answers, row_of
from ingest.choice.candidates import Candidate, notice_candidates
from ingest.choice.model import Chooser, _build, notice_chooser
from ingest.choice.train import Example, fit, write
from ingest.roles_context import Context
from ingest.values_en import find
from kb.errors import MissingPartError, UnreadableError
from kb.model import Value

TEXT = (
    "8. Term. This Agreement renews for successive periods of one (1) year unless either party gives ninety (90) days' "
    "written notice of non-renewal before the end of the then current term. Invoices are due within thirty (30) days."
)


def test_candidates_are_the_periods_near_notice_and_renewal() -> None:
    found = notice_candidates(Context(TEXT, find(TEXT), 0), None)
    assert [each.value.value for each in found] == ["P1Y", "P90D"]
    assert next(each for each in found if each.value.value == "P90D").score is not None


def test_a_text_without_renewal_has_no_candidates() -> None:
    text = "The Supplier shall give thirty (30) days' written notice of every delay."
    assert notice_candidates(Context(text, find(text), 0), None) == []


def test_the_packaged_chooser_knows_the_notice_from_other_periods() -> None:
    candidates = notice_candidates(Context(TEXT, find(TEXT), 0), None)
    chosen = notice_chooser().choose(candidates)
    assert chosen is not None
    assert chosen.value.value == "P90D"


def test_probabilities_leave_room_for_nothing() -> None:
    candidates = notice_candidates(Context(TEXT, find(TEXT), 0), None)
    assert 0 < sum(notice_chooser().probabilities(candidates)) < 1


def test_below_the_threshold_nothing_is_chosen() -> None:
    candidate = Candidate(Value("duration", "P30D", None, 0, 5), None, ("a",))
    assert Chooser({"a": -3.0}, 0.0, 0.2).choose([candidate]) is None
    assert Chooser({"a": 3.0}, 0.0, 0.2).choose([candidate]) is candidate
    assert Chooser({}, 0.0, 0.2).choose([]) is None


def test_training_finds_what_tells_right_from_wrong() -> None:
    pytest.importorskip("scipy", reason="training needs the train extra")
    value = Value("duration", "P30D", None, 0, 5)
    right, wrong = Candidate(value, None, ("notice",)), Candidate(value, None, ("invoice",))
    answered = Example((right, wrong), (True, False), answered=True)
    chooser = fit([answered, answered, answered, answered, Example((wrong,), (False,), answered=False), None])
    assert chooser.weights["notice"] > 0 > chooser.weights["invoice"]


def test_a_written_model_reads_back_and_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    chooser = Chooser({"a": 0.5, "b": -2.0}, 0.25, 0.2)
    for folder in ("one", "two"):
        write(tmp_path / folder, chooser)
    read = packaged_model.load_model(tmp_path / "one", _build, name="the model", expected={}, remedy="Train it.")
    assert read == chooser
    assert (tmp_path / "one" / "weights.npz").read_bytes() == (tmp_path / "two" / "weights.npz").read_bytes()


@pytest.mark.parametrize(
    ("change", "code"),
    [({"features_version": 0}, "model-version-mismatch"), ({"sha256": "0"}, "model-hash-mismatch")],
)
def test_a_model_for_other_features_is_refused(tmp_path: Path, change: dict[str, object], code: str) -> None:
    write(tmp_path, Chooser({"a": 0.5}, 0.0, 0.2))
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(MissingPartError) as caught:
        packaged_model.load_model(
            tmp_path, _build, name="the model", expected={"features_version": 1}, remedy="Train it."
        )
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("role", "answer", "accepted"),
    [
        ("Agreement Date", "7/4/2012", {"2012-07-04"}),
        ("Agreement Date", "25/12/2012", {"2012-12-25"}),
        ("Agreement Date", "3/1/99", {"1999-03-01", "2099-03-01"}),
        ("Agreement Date", "[]/[]/2013", set()),
        ("Agreement Date", "07/31/2000; 07/[]/2000", {"2000-07-31"}),
        ("Expiration Date", "12/31/1930", {"1930-12-31", "2030-12-31"}),
        ("Expiration Date", "Perpetual", {"perpetual"}),
        ("Expiration Date", "9/5/2019; perpetual", {"2019-09-05"}),
        ("Renewal Term", "0.5 year", {"P6M"}),
        ("Renewal Term", "successive 1 year", {"P1Y", "P12M"}),
        ("Notice Period to Terminate Renewal", "60) days", {"P60D"}),
        ("Notice Period to Terminate Renewal", "6 weeks", {"P6W", "P42D"}),
        ("Governing Law", "New York, Delaware", {"US-NY", "US-DE"}),
    ],
)
def test_answers_are_normalised(role: str, answer: str, accepted: set[str]) -> None:
    assert normal(role, answer) == accepted


def test_answers_are_found_by_titles_that_differ_in_signs(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("Filename,Other\nACME_Corp-2010-SUPPLY AGREEMENT.pdf,x\n")
    gold = read_answers(path)
    assert row_of(gold, "ACME Corp 2010 SUPPLY AGREEMENT") == {
        "Filename": "ACME_Corp-2010-SUPPLY AGREEMENT.pdf",
        "Other": "x",
    }
    assert row_of(gold, "something else entirely") is None


def test_answers_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        read_answers(tmp_path / "absent.csv")
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableError):
        read_answers(tmp_path / "wrong.csv")
