"""Findings as facts: nothing is lost on the way to the graph and back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import rdflib
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import NO_TEXT, Basis, Finding, Level, Outcome, Text
from checks.record import by_subject, finding_facts, finding_json, finding_of, finding_rows, graph_name
from kb.model import Evidence
from ontology import terms as t

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
TEXTS = st.builds(Text, WORDS, WORDS)
EVIDENCE = st.builds(
    lambda document, start, length, quote: Evidence(document, start, start + length, quote),
    st.from_regex(r"doc-[0-9a-f]{20}", fullmatch=True),
    st.integers(0, 10_000),
    st.integers(1, 500),
    WORDS,
)
BASIS = st.builds(
    Basis,
    st.sampled_from(["cn/民法典", "eu/reg/2016/679"]),
    st.one_of(st.none(), st.sampled_from(["585", "28(3)"])),
    st.one_of(st.none(), st.just("cn/民法典@2020-05-28")),
    st.sampled_from(["resolved", "phantom", "unknown_act"]),
    TEXTS,
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    outcome = draw(st.sampled_from(list(Outcome)))
    flagged = outcome is Outcome.FLAG
    reason = draw(WORDS.filter(bool)) if outcome is Outcome.NOT_EVALUATED else ""
    return Finding(
        id=draw(st.from_regex(r"f-[0-9a-f]{16}", fullmatch=True)),
        rule="clause/test",
        rule_version="1.0.0",
        outcome=outcome,
        subject=draw(st.sampled_from(["doc-0123456789abcdef0123", "folder/partners.csv/P 1", "P1"])),
        why=Text(reason, draw(WORDS.filter(bool))) if reason else NO_TEXT,
        level=draw(st.sampled_from(list(Level))) if flagged else None,
        likelihood=draw(st.integers(1, 3)) if flagged else None,
        impact=draw(st.integers(1, 3)) if flagged else None,
        evidence=tuple(draw(st.lists(EVIDENCE, max_size=3))),
        basis=tuple(draw(st.lists(BASIS, max_size=2))),
        message=draw(TEXTS),
        remedy=draw(TEXTS),
        family="clause",
        attributes=draw(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), WORDS, max_size=3)),
    )


@given(findings())
def test_a_finding_comes_back_from_json_as_it_was(finding: Finding) -> None:
    assert finding_of(json.loads(json.dumps(finding_json(finding)))) == finding


@given(st.lists(findings(), max_size=3, unique_by=lambda finding: finding.id))
def test_the_facts_are_triples_that_hold_the_whole_finding(found: list[Finding]) -> None:
    graph = rdflib.Graph()
    graph.parse(data=finding_facts(found, date(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC)), format="nt")
    records = graph.objects(predicate=rdflib.URIRef(t.DUE_record))
    back = {each.id: each for each in (finding_of(json.loads(str(record))) for record in records)}
    assert back == {finding.id: finding for finding in found}
    for finding in found:
        nodes = [
            s for s, o in graph.subject_objects(rdflib.URIRef(t.DUE_record)) if json.loads(str(o))["id"] == finding.id
        ]
        assert len(nodes) == 1
        reasons = [str(o) for o in graph.objects(nodes[0], rdflib.URIRef(t.DUE_reason))]
        assert reasons == ([finding.reason] if finding.outcome is Outcome.NOT_EVALUATED else [])
        levels = list(graph.objects(nodes[0], rdflib.URIRef(t.DUE_riskLevel)))
        assert len(levels) == (1 if finding.outcome is Outcome.FLAG else 0)


def test_the_contract_of_the_json_is_kept() -> None:
    finding = Finding("f-1", "clause/x", "1.0.0", Outcome.NOT_EVALUATED, "doc-a", why=Text("Because.", "原因。"))
    shape = finding_json(finding)
    assert {
        "id", "rule", "rule_version", "outcome", "reason", "level", "likelihood", "impact", "subject", "evidence",
        "basis", "message", "remedy",
    } <= shape.keys()  # fmt: skip
    assert shape["outcome"] == "not_evaluated"
    assert shape["reason"] == "Because."
    assert shape["reason_zh"] == "原因。"
    assert shape["message"] == {"en": "", "zh": ""}


def test_only_flags_are_searchable_and_point_to_their_words() -> None:
    words = Evidence("doc-a", 3, 8, "risky")
    one = Finding(
        "f-1", "clause/x", "1.0.0", Outcome.FLAG, "doc-a", level=Level.HIGH, likelihood=3, impact=3,
        evidence=(words,), message=Text("Risk", "风险"), family="clause",
    )  # fmt: skip
    two = Finding("f-2", "clause/x", "1.0.0", Outcome.PASS, "doc-a")
    (row,) = finding_rows([one, two], graph_name("doc-a"), lambda _subject: "en")
    assert (row.id, row.document, row.start, row.end, row.language) == ("f-1", "doc-a", 3, 8, "en")
    assert row.facets["level"] == "high"
    assert "风险" in row.text


def test_findings_are_grouped_by_subject_in_their_order() -> None:
    found = [Finding(f"f-{n}", "clause/x", "1.0.0", Outcome.PASS, subject) for n, subject in enumerate("aba")]
    assert {subject: [each.id for each in group] for subject, group in by_subject(found).items()} == {
        "a": ["f-0", "f-2"],
        "b": ["f-1"],
    }
