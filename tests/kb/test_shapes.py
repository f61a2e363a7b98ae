"""Documents' facts are checked against the shapes, on samples or whole."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ingest.map import Origin, facts_of
from kb.model import (
    ActVersion,
    Annotations,
    Citation,
    Clause,
    DateFact,
    DefinedTerm,
    Document,
    Event,
    Identifier,
    Kind,
    ListEntry,
    Name,
    Partner,
    Party,
    Provision,
    Register,
    Span,
    Stage,
    TypeScore,
    Value,
    WatchList,
)
from kb.shapes import sample, sampled_violations, violations
from ontology import concepts

TEXT = (
    'This Agreement is between Northwind Ltd (the "Supplier") and Kestrel Inc. 1. Term. One year from 3 March 2025. '
    "GDPR Art. 28."
)
CONTRACT = Annotations(
    Kind.CONTRACT,
    clauses=tuple(
        Clause(f"c{n}", n, n + 20, str(n), "Term", 1, None, n, (TypeScore("Governing Law", 0.9, detected=True),))
        for n in range(1, 40)
    ),
    values=(Value("date", "2025-03-03", None, 90, 102), Value("duration", "P1Y", None, 82, 90)),
    parties=(Party("Northwind Ltd", "Supplier", 26, 39, "organization", 46, 54),),
    terms=(DefinedTerm("Supplier", 46, 54, 26, 39),),
    citations=(Citation("GDPR Art. 28", 104, 116, "eu/reg/2016/679", "28"),),
    contract_type="Supply",
)
LAW = Annotations(
    Kind.REGULATION,
    law=ActVersion(
        "cn/示例办法",
        "示例办法",
        "CN",
        ("示例",),
        version_date=DateFact(date(2023, 1, 1), Span(0, 4)),
        repeals=(("旧办法", Span(1, 3)),),
        provisions=(Provision("1", "第一条", None, "article", 0, 20),),
    ),
)
NEWS = Annotations(Kind.NEWS, events=(Event("fraud", "Northwind Ltd", Stage.CHARGE, None, 0, 20, 0.8, 26, 39),))
LIST = Annotations(
    Kind.WATCHLIST,
    watchlist=WatchList("OFAC", "OFAC list", (ListEntry("OFAC-1", (Name("Northwind Ltd"),), "organization", 0, 9),), 1),
)
REGISTER = Annotations(
    Kind.REGISTER,
    register=Register(
        (Partner("P1", (Name("Northwind Ltd"),), "organization", 0, 9, "GB", (Identifier("LEI", "X", False),)),), 1
    ),
)
ALL = {a.kind: a for a in (CONTRACT, LAW, NEWS, LIST, REGISTER)}


def facts(kind: Kind) -> str:
    document = Document(TEXT, (), "text/plain", "en", "A title")
    origin = Origin("x/partners.csv", "0" * 64, "duegraph 0", datetime(2026, 1, 2, tzinfo=UTC))
    return facts_of(f"doc-{kind.value}", document, ALL[kind], origin)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_the_mapper_writes_conforms_whole_and_sampled(kind: Kind) -> None:
    text = facts(kind)
    assert violations(text) == []
    assert sampled_violations({f"doc-{kind.value}": text}) == {}


def test_a_sample_is_small_and_holds_every_class() -> None:
    text = facts(Kind.CONTRACT)
    small = sample(text)
    classes = {line.split(" ", 2)[2] for line in text.splitlines() if "#type>" in line}
    assert classes == {line.split(" ", 2)[2] for line in small.splitlines() if "#type>" in line}
    assert set(small.splitlines()) <= set(text.splitlines())
    assert small.count("\n") < text.count("\n") / 4


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Kind.CONTRACT, '"Northwind Ltd"', '""'),
        (Kind.CONTRACT, '"date"', '""'),
        (Kind.REGULATION, '"CN"', '"China"'),
        (Kind.REGULATION, '"示例办法"', '""'),
        (Kind.WATCHLIST, '"OFAC-1"', '""'),
        (Kind.REGISTER, '"LEI"', '""'),
    ],
)
def test_a_seeded_fault_is_found_in_its_own_document_only(kind: Kind, good: str, bad: str) -> None:
    text = facts(kind)
    assert good in text
    found = sampled_violations({"broken": text.replace(good, bad), "fine": facts(Kind.NEWS)})
    assert list(found) == ["broken"]
    assert all("doc-" in message or "urn:" in message for message in found["broken"])


def test_a_clause_with_many_scored_types_keeps_its_place_in_the_sample() -> None:
    names = [c.notation for c in concepts("clause-types")][:40]
    scores = tuple(TypeScore(name, 0.5, detected=False) for name in names)
    found = Annotations(Kind.CONTRACT, clauses=(Clause("c1", 0, 20, "1", None, 1, None, 0, scores),))
    document = Document(TEXT, (), "text/plain", "en", "A title")
    text = facts_of(
        "doc-many", document, found, Origin("x.txt", "0" * 64, "duegraph 0", datetime(2026, 1, 2, tzinfo=UTC))
    )
    assert sampled_violations({"doc-many": text}) == {}


def test_a_fault_is_found_after_many_documents_of_the_same_form_conformed() -> None:
    good = facts(Kind.CONTRACT)
    for number in range(3):
        assert sampled_violations({f"doc-{number}": good}) == {}
    for fault in ('"Northwind Ltd"', '"date"'):
        assert list(sampled_violations({"broken": good.replace(fault, '""')})) == ["broken"]


def test_a_quote_may_hold_any_line_separator() -> None:
    text = facts(Kind.CONTRACT).replace("Northwind Ltd", "Northwind\u2028Ltd\x85Co")
    assert "\u2028" in text
    assert sampled_violations({"doc-separators": text}) == {}
