"""The typer: packaged models load, name our own clauses rightly, and survive hostile input."""

from __future__ import annotations

import json
import re
import shutil
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.typing import ClauseTyper
from ingest.typing.model import load
from ingest.typing.train.card import render
from ingest.typing.typer import CANDIDATES
from kb.errors import MissingPartError
from kb.model import Clause, Document, Party, Value
from tests.ingest.typing.gold import build, measure, read

SCHEME = Path(__file__).parents[3] / "ontology" / "vocab" / "clause-types.ttl"
MODEL = Path(str(resources.files("ingest") / "models" / "en_clause_types"))

# Sentences of our own, one per trained category that has enough examples to be learned.
SENTENCES = {
    "Governing Law": "This Agreement shall be governed by and construed in accordance with the laws of "
    "the State of Ohio.",
    "Anti-Assignment": "Neither party may assign this Agreement without the prior written consent of the other party.",
    "Renewal Term": "This Agreement shall automatically renew for successive one (1) year terms unless either party "
    "gives notice of non-renewal at least sixty (60) days before the end of the then current term.",
    "Audit Rights": "Licensor shall have the right, on reasonable notice, to audit the books and records of Licensee.",
    "Insurance": "Contractor shall maintain commercial general liability insurance with limits of $1,000,000 per "
    "occurrence and name Company as an additional insured.",
    "Cap on Liability": "In no event shall either party's aggregate liability under this Agreement exceed the fees "
    "paid in the twelve months preceding the claim.",
    "License Grant": "Licensor hereby grants to Licensee a non-exclusive, non-transferable license to use the Marks.",
    "Termination for Convenience": "Either party may terminate this Agreement at any time without cause upon thirty "
    "(30) days prior written notice to the other party.",
    "No-Solicit of Employees": "During the term and for one year thereafter, neither party shall solicit for "
    "employment any employee of the other party.",
    "IP Ownership Assignment": "Consultant hereby assigns to Company all right, title and interest in the inventions "
    "and work product created under this Agreement.",
}


@pytest.fixture(scope="module")
def english() -> ClauseTyper:
    return ClauseTyper.load("en")


@pytest.fixture(scope="module")
def chinese() -> ClauseTyper:
    return ClauseTyper.load("zh")


def _contract() -> tuple[str, tuple[Clause, ...]]:
    text = "SERVICES AGREEMENT\n\n"
    text += 'This Agreement is made on March 3, 2021 between Acme Inc. ("Acme") and Beta LLC ("Beta").\n\n'
    clauses = [Clause("c0", 0, len(text), body_start=0)]
    for number, sentence in enumerate(SENTENCES.values(), start=1):
        start = len(text)
        text += f"{number}. {sentence}\n\n"
        clauses.append(
            Clause(f"c{number}", start, len(text), number=str(number), body_start=start + len(f"{number}. "))
        )
    return text, tuple(clauses)


def test_trained_categories_are_named_in_our_own_sentences(english: ClauseTyper) -> None:
    text, clauses = _contract()
    typed = english.type_clauses(text, clauses)
    for category, clause in zip(SENTENCES, typed[1:], strict=True):
        found = {each.type for each in clause.types if each.detected}
        assert category in found, (category, clause.types[:4])


def test_types_come_best_first_with_scores_of_probabilities(english: ClauseTyper) -> None:
    for clause in english.type_clauses(*_contract()):
        scores = [each.score for each in clause.types]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert len({each.type for each in clause.types}) == len(clause.types)


def test_candidates_find_title_parties_date_and_law(english: ClauseTyper) -> None:
    text, clauses = _contract()
    best: dict[str, str] = {}
    for each in english.candidates(text, clauses):
        best.setdefault(each.type, text[each.start : each.end])
    assert best["Document Name"] == "SERVICES AGREEMENT"
    assert best["Agreement Date"] == "March 3, 2021"
    assert "Acme" in best["Parties"]
    assert best["Governing Law"] == SENTENCES["Governing Law"]


def test_values_and_parties_of_other_extractors_are_proposed_too(english: ClauseTyper) -> None:
    text, clauses = _contract()
    start = text.index("Beta LLC")
    span = (start, start + len("Beta LLC"))
    party = Party(
        "Beta LLC", "Beta", *span, role_start=text.index("Beta", span[1]), role_end=text.index("Beta", span[1]) + 4
    )
    day = Value("date", "2021-03-03", None, text.index("March 3"), text.index("March 3") + len("March 3, 2021"))
    found = {(each.type, each.start, each.end) for each in english.candidates(text, clauses, (day,), (party,))}
    assert ("Parties", *span) in found
    assert ("Agreement Date", day.start, day.end) in found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_type_is_in_the_ontology_scheme(language: str) -> None:
    notations = set(re.findall(r'skos:notation "([^"]+)"', SCHEME.read_text(encoding="utf-8")))
    types = ClauseTyper.load(language).types
    assert len(types) > 90
    assert set(types) <= notations


@pytest.mark.parametrize(
    ("language", "split", "least_clauses", "least_f1"),
    [("zh", "dev", 40, 0.90), ("zh", "held", 90, 0.90), ("en", "dev", 15, 0.85), ("en", "held", 45, 0.90)],
)
def test_cue_types_reach_their_stated_quality_on_gold_clauses(
    language: str, split: str, least_clauses: int, least_f1: float, request: pytest.FixtureRequest
) -> None:
    typer: ClauseTyper = request.getfixturevalue("english" if language == "en" else "chinese")
    assert sum(clause.split == split for clause in read(language)) >= least_clauses
    trained = set(load(MODEL).categories) if language == "en" else set()
    result = measure(typer, split, frozenset(typer.types) - trained)
    assert result.macro_f1 >= least_f1
    assert result.precision >= 0.9


def test_the_title_of_a_chinese_contract_is_its_document_name(chinese: ClauseTyper) -> None:
    # contract number; equipment purchase contract (second version); party A
    text = "合同编号：2024-01\n设备采购合同（第二版）\n\n甲方：上海甲公司\n"
    clauses = (Clause("c1", 0, len(text), body_start=0),)
    named = [each for each in chinese.candidates(text, clauses) if each.type == "Document Name"]
    assert [text[each.start : each.end] for each in named] == ["设备采购合同（第二版）"]


def test_chinese_role_values_and_parties_become_candidates(chinese: ClauseTyper) -> None:
    text = "甲方：上海甲公司。本合同有效期至2025年1月1日。"
    clauses = (Clause("c1", 0, len(text), body_start=0),)
    party = Party("上海甲公司", "甲方", 3, 8)
    value = Value("Expiration Date", "2025-01-01", None, text.index("2025"), text.index("日。") + 1)
    found = {(each.type, text[each.start : each.end]) for each in chinese.candidates(text, clauses, (value,), (party,))}
    assert {("Parties", "上海甲公司"), ("Expiration Date", "2025年1月1日")} <= found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "。", "x", "\x01\x02", "第", "AGREEMENT", "🙂" * 50])
def test_empty_and_odd_texts_are_typed_without_error(language: str, text: str) -> None:
    typer = ClauseTyper.load(language)
    assert typer.type_clauses(text, ()) == ()
    clauses = (Clause("c1", 0, len(text), body_start=0),) if text else ()
    assert [clause.id for clause in typer.type_clauses(text, clauses)] == [clause.id for clause in clauses]
    for each in typer.candidates(text, clauses):
        assert 0 <= each.start < each.end <= len(text)


def test_a_very_long_text_stays_within_memory(english: ClauseTyper) -> None:
    text, _ = _contract()
    long = text * 200
    moved = (Clause("c1", 0, len(long), body_start=0),)
    typed = english.type_clauses(long, moved)
    assert len(typed) == 1
    candidates = english.candidates(long, moved)
    for category in english.types:
        assert sum(each.type == category for each in candidates) <= CANDIDATES


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.sampled_from('aB.,;:()"1\n 第条甲方：，。“”Inc'), max_size=200))
def test_candidates_are_spans_of_the_text_with_probabilities(text: str) -> None:
    for language in ("en", "zh"):
        clauses = (Clause("c1", 0, len(text), body_start=0),) if text else ()
        for each in ClauseTyper.load(language).candidates(text, clauses):
            assert 0 <= each.start < each.end <= len(text)
            assert 0 < each.score <= 1


def test_scores_do_not_depend_on_what_was_read_before(english: ClauseTyper) -> None:
    text, clauses = _contract()
    first = english.candidates(text, clauses)
    english.candidates("Another contract altogether.", (Clause("c1", 0, 28, body_start=0),))
    assert english.candidates(text, clauses) == first


def test_a_text_in_another_language_is_refused(english: ClauseTyper) -> None:
    with pytest.raises(MissingPartError, match="reads 'en'"):
        english.type_clauses("x", (), language="zh")
    with pytest.raises(MissingPartError, match="reads 'en'"):
        english.type_clauses("x", (), document=Document("x", (), "text/plain", "zh"))
    with pytest.raises(MissingPartError, match="no clause types"):
        ClauseTyper.load("de")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("weights.npz", "model.json"):
        shutil.copy(MODEL / name, tmp_path / name)
    return tmp_path


def test_changed_weights_are_refused(copy: Path) -> None:
    raw = bytearray((copy / "weights.npz").read_bytes())
    raw[len(raw) // 2] ^= 1
    (copy / "weights.npz").write_bytes(raw)
    with pytest.raises(MissingPartError) as caught:
        load(copy)
    assert caught.value.code == "model-hash-mismatch"


@pytest.mark.parametrize("key", ["format", "units", "features", "runs"])
def test_a_model_for_other_features_is_refused(copy: Path, key: str) -> None:
    description = json.loads((copy / "model.json").read_text(encoding="utf-8"))
    description[key] = 0
    (copy / "model.json").write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(MissingPartError) as caught:
        load(copy)
    assert caught.value.code == "model-version-mismatch"


@pytest.mark.parametrize("name", ["weights.npz", "model.json"])
def test_a_missing_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(MissingPartError, match="cannot be read"):
        load(copy)


def test_the_shipped_model_is_small_and_says_where_it_comes_from() -> None:
    assert (MODEL / "weights.npz").stat().st_size <= 10_000_000
    card = (MODEL / "MODEL.md").read_text(encoding="utf-8")
    for needed in ("The Atticus Project", "CC BY 4.0", "python -m ingest.typing.train", "What it does not do"):
        assert needed in card
    assert card == render(json.loads((MODEL / "model.json").read_text(encoding="utf-8")))


def test_gold_files_build_clauses_that_slice_back() -> None:
    for language, least in (("en", 60), ("zh", 120)):
        gold = read(language)
        assert len(gold) >= least
        text, clauses = build(language, gold)
        for each, clause in zip(gold, clauses, strict=True):
            assert text[clause.body_start : clause.end] == each.text
