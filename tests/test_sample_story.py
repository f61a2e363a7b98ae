"""The bundled sample, end to end: every seeded risk is found with its words, and what is clean stays clean."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.service.checking import run_check
from api.service.ingesting import run_ingest
from api.service.partners import dossier
from checks.finding import Finding, Outcome
from ingest.job import IngestOptions
from ingest.readers import discover
from kb.base import KnowledgeBase
from kb.facts import read_events
from kb.shapes import violations

SAMPLES = Path(__file__).resolve().parents[1] / "ingest" / "samples"
EXPECTED: dict[str, Any] = tomllib.loads((SAMPLES / "expected.toml").read_text(encoding="utf-8"))
NOT_STORED = {"《中华人民共和国合同法》第一百一十四条"}
"""Citations of acts the sample does not hold: nobody looked them up, so nobody may call them repealed."""


@dataclass(frozen=True)
class Story:
    kb: KnowledgeBase
    findings: tuple[Finding, ...]
    documents: dict[str, str]

    def of(self, name: str, outcome: Outcome) -> list[Finding]:
        return [f for f in self.findings if f.subject == self.documents[name] and f.outcome is outcome]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    corpus = SAMPLES / "corpus"
    with KnowledgeBase.open(tmp_path_factory.mktemp("story"), write=True) as kb:
        results = list(run_ingest(kb, discover([str(corpus)]), IngestOptions()))
        assert len(results) == 17
        assert {r.status for r in results} == {"ingested"}, [r for r in results if r.error]
        documents = {str(Path(r.source).relative_to(corpus)): str(r.document) for r in results}
        yield Story(kb, run_check(kb), documents)


def test_the_suite_has_all_seeds() -> None:
    assert len(EXPECTED["seed"]) == 37


@pytest.mark.parametrize("seed", EXPECTED["seed"], ids=lambda s: f"{s['document']}:{s['topic']}:{s.get('quote', '')}")
def test_a_seeded_risk_is_flagged_with_its_words(story: Story, seed: dict[str, str]) -> None:
    flags = [f for f in story.of(seed["document"], Outcome.FLAG) if f.rule == seed["topic"]]
    if seed.get("expect") == "pass":
        assert flags == []
        return
    quote = seed.get("quote")
    if quote in NOT_STORED:
        skipped = [f for f in story.of(seed["document"], Outcome.NOT_EVALUATED) if f.rule == seed["topic"]]
        assert flags or skipped
        return
    assert flags, "nothing was flagged"
    if quote is not None:
        words = "".join(quote.split())
        assert any(words in "".join(e.quote.split()) for f in flags for e in f.evidence), [
            e.quote for f in flags for e in f.evidence
        ]


@pytest.mark.parametrize("document", EXPECTED["clean"])
def test_a_clean_contract_raises_nothing_about_its_words(story: Story, document: str) -> None:
    flags = [f for f in story.of(document, Outcome.FLAG) if not f.rule.startswith("party/")]
    assert [(f.rule, [e.quote for e in f.evidence][:1]) for f in flags] == []


def test_every_piece_of_evidence_slices_back_to_its_quote(story: Story) -> None:
    with story.kb.snapshot() as snapshot:
        checked = 0
        for finding in story.findings:
            for evidence in finding.evidence:
                assert snapshot.text(evidence.document)[evidence.start : evidence.end] == evidence.quote
                checked += 1
    assert checked > 60


@pytest.mark.parametrize("event", EXPECTED["event"], ids=lambda e: e["document"])
def test_a_reported_event_is_read_with_its_subject(story: Story, event: dict[str, Any]) -> None:
    with story.kb.snapshot() as snapshot:
        events = read_events(snapshot.query).get(story.documents[event["document"]], ())
    assert any(e.type == event["type"] and e.subject == event["subject"] for e in events), events


@pytest.mark.parametrize("document", EXPECTED["harmless"])
def test_harmless_news_raises_no_event(story: Story, document: str) -> None:
    with story.kb.snapshot() as snapshot:
        assert read_events(snapshot.query).get(story.documents[document], ()) == ()


def test_the_insolvent_supplier_is_found_through_its_contracts(story: Story) -> None:
    flags = [f for f in story.of("contracts/zh-procurement.docx", Outcome.FLAG) if f.rule == "party/adverse-event"]
    assert any(e.document == story.documents["news/zh-insolvency.html"] for f in flags for e in f.evidence)


@pytest.mark.parametrize("case", EXPECTED["look_alike"], ids=lambda c: c["partner"])
def test_a_look_alike_is_shown_with_both_names_and_never_merged(story: Story, case: dict[str, str]) -> None:
    with story.kb.snapshot() as snapshot:
        found = dossier(snapshot, f"partners/{case['partner']}", {})
    hits = [h for h in found["hits"] if h["entity"].endswith(case["entry"])]
    assert hits, found["hits"]
    assert all(h["matched_name"] != h["name"] for h in hits)
    assert all(h["explanation"] for h in hits)


def test_every_stored_graph_conforms_to_the_shapes_whole(story: Story) -> None:
    with story.kb.snapshot() as snapshot:
        broken = {r.source: found for r in snapshot.documents() if (found := violations(snapshot.facts(r.id)))}
    assert broken == {}


def test_a_second_run_changes_nothing(story: Story) -> None:
    before, _ = story.kb.registry.position()
    again = list(run_ingest(story.kb, discover([str(SAMPLES / "corpus")]), IngestOptions()))
    assert {r.status for r in again} == {"unchanged"}
    assert story.kb.registry.position()[0] == before


def test_checking_twice_gives_the_same_findings(story: Story) -> None:
    assert [f.id for f in run_check(story.kb)] == [f.id for f in story.findings]
