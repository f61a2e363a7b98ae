"""Training: the command runs on a tiny corpus of our own, gives the same bytes twice, and its model can be loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.typing.english import propose_spans, read
from ingest.typing.model import load
from ingest.typing.train import corpus
from ingest.typing.train.__main__ import main
from ingest.typing.train.ranking import thresholds
from kb.errors import RecordError, UnreadableError

CATEGORIES = ("Document Name", "Parties", "Agreement Date", "Effective Date", "Governing Law", "Insurance")
LAWS = ("Ohio", "Texas", "Nevada", "Utah", "Maine")


def _contract(number: int) -> dict[str, Any]:
    law, year = LAWS[number % len(LAWS)], 2000 + number
    spans = {
        "Document Name": "SUPPLY AGREEMENT",
        "Parties": f"Alpha{number} Inc.",
        "Agreement Date": f"March {number + 1}, {year}",
        "Effective Date": f"effective on April {number + 1}, {year}",
        "Governing Law": f"This Agreement is governed by the laws of {law}.",
    }
    insured = f"Seller shall maintain insurance of {number + 1} million dollars."
    text = (
        f"SUPPLY AGREEMENT\n\nThis Agreement is made on {spans['Agreement Date']} between {spans['Parties']} and Beta."
        f"\n\n1. Start. It is {spans['Effective Date']}. Goods number {number} are sold."
        f"\n\n2. Law. {spans['Governing Law']}\n\n"
    )
    if number % 2:
        text += f"3. Cover. {insured} Proof is due."
        spans["Insurance"] = insured
    questions = [
        {
            "id": f"contract-{number}__{category}",
            "answers": [{"text": spans[category], "answer_start": text.index(spans[category])}]
            if category in spans
            else [],
        }
        for category in CATEGORIES
    ]
    return {"title": f"contract-{number:02}", "paragraphs": [{"context": text, "qas": questions}]}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cuad") / "train.json"
    path.write_text(json.dumps({"version": "x", "data": [_contract(number) for number in range(20)]}), encoding="utf-8")
    return path


def test_the_command_gives_the_same_model_twice(tiny: Path, tmp_path: Path) -> None:
    digests = []
    for run in ("first", "second"):
        assert main(["--cuad", str(tiny), "--output", str(tmp_path / run), "--epochs", "2"]) == 0
        digests.append(json.loads((tmp_path / run / "model.json").read_text(encoding="utf-8"))["sha256"])
    assert digests[0] == digests[1]
    model = load(tmp_path / "first")
    assert model.categories == CATEGORIES
    text = _contract(3)["paragraphs"][0]["context"]
    spans = propose_spans(model, read(model, text))
    law = spans.category == CATEGORIES.index("Governing Law")
    best = int(np.argmax(np.where(law, spans.score, -1)))
    assert text[spans.start[best] : spans.end[best]] == "This Agreement is governed by the laws of Utah."


def test_scores_kept_in_a_cache_change_nothing(tiny: Path, tmp_path: Path) -> None:
    digests = []
    for run in ("cold", "warm"):
        arguments = [
            "--cuad",
            str(tiny),
            "--output",
            str(tmp_path / run),
            "--epochs",
            "1",
            "--cache",
            str(tmp_path / "cache"),
        ]
        assert main(arguments) == 0
        digests.append(json.loads((tmp_path / run / "model.json").read_text(encoding="utf-8"))["sha256"])
    assert digests[0] == digests[1]
    assert len(list((tmp_path / "cache").iterdir())) == 10


def test_a_report_writes_nothing(tiny: Path, tmp_path: Path) -> None:
    assert main(["--cuad", str(tiny), "--output", str(tmp_path / "none"), "--epochs", "1", "--report-only"]) == 0
    assert not (tmp_path / "none").exists()


def test_labels_follow_the_half_cover_rule(tiny: Path) -> None:
    read_corpus = corpus.read(tiny)
    sample = corpus.prepare(read_corpus.contracts[1])
    column = read_corpus.categories.index("Insurance")
    labelled = [
        sample.contract.text[u.start : u.end] for u, row in zip(sample.units, sample.labels, strict=True) if row[column]
    ]
    assert labelled == ["Seller shall maintain insurance of 2 million dollars."]


@pytest.mark.parametrize(
    ("content", "error"), [(b"no json", UnreadableError), (b"[]", RecordError), (b'{"data": []}', RecordError)]
)
def test_a_file_that_is_not_cuad_is_refused(tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(error):
        corpus.read(path)
    assert main(["--cuad", str(path), "--output", str(tmp_path / "out")]) == 4


def test_a_misplaced_answer_is_refused(tmp_path: Path) -> None:
    entry = _contract(0)
    entry["paragraphs"][0]["qas"][0]["answers"][0]["answer_start"] += 1
    path = tmp_path / "shifted.json"
    path.write_text(json.dumps({"data": [entry]}), encoding="utf-8")
    with pytest.raises(RecordError, match="not where it says"):
        corpus.read(path)


def test_thresholds_separate_what_can_be_separated() -> None:
    random = np.random.default_rng(1)
    present = random.random((200, 2)) < 0.4
    best = np.where(present, 0.7, 0.3) + random.normal(0, 0.02, (200, 2))
    found = thresholds(best, present)
    assert bool(((found > 0.33) & (found < 0.67)).all())
