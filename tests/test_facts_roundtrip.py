"""What the mapper writes, ``kb.facts`` reads back unchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.map import Origin, facts_of
from kb import ids
from kb.facts import (
    contract_parts,
    read_acts,
    read_citations,
    read_entities,
    read_events,
    read_gaps,
    read_holdings,
    read_legal_norms,
    read_lists,
    read_partners,
    read_statements,
)
from kb.facts.annotations import annotations_of
from kb.facts.base import Row
from kb.model import (
    ActVersion,
    Annotations,
    Citation,
    Clause,
    Commencement,
    ContractNorm,
    DateFact,
    DefinedTerm,
    Document,
    Entity,
    Event,
    Holding,
    Identifier,
    Kind,
    LegalNorm,
    ListEntry,
    Modality,
    Name,
    OwnerGap,
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
from kb.statement import Figure, Statement, items

TEXT = (
    'The "Supplier" 甲方：远山公司 shall pay.\n第一条 合同价款\t"quoted" \\ back\u2028slash 𠮷 <tag> '
    "& more words to slice."
)
ORIGIN = Origin("folder/partners.csv", "0" * 64, "duegraph 0.1.0", datetime(2026, 1, 2, tzinfo=UTC))
DOCUMENT_ID = "doc-0123456789abcdef0123"

spans = st.lists(st.integers(0, len(TEXT)), min_size=2, max_size=2, unique=True).map(lambda s: (min(s), max(s)))
words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)
maybe = st.none() | words


def _load(found: Annotations) -> object:
    document = Document(TEXT, (), "text/plain", "zh")
    store = ox.Store()
    facts = facts_of(DOCUMENT_ID, document, found, ORIGIN)
    store.load(facts.encode(), ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(ids.graph_iri(DOCUMENT_ID)))

    def select(query: str) -> list[Row]:
        solutions = store.query(query)
        assert isinstance(solutions, ox.QuerySolutions)
        return [tuple(None if term is None else term.value for term in row) for row in solutions]  # type: ignore[union-attr]

    return select


@st.composite
def contract_norms(draw: st.DrawFn) -> ContractNorm:
    def place() -> tuple[int, int]:
        return draw(spans | st.just((-1, -1)))

    def where() -> Span | None:
        start, end = place()
        return None if start < 0 else Span(start, end)

    cap = Value(draw(st.sampled_from(["money", "multiple"])), draw(maybe), draw(maybe), *draw(spans))
    return ContractNorm(
        f"c{draw(st.integers(1, 4))}",
        draw(st.sampled_from(list(Modality))),
        *draw(spans),
        draw(maybe),
        draw(maybe),
        draw(st.booleans()),
        draw(st.sampled_from([None, cap])),
        where(),
        where(),
        *place(),
        *place(),
    )


@st.composite
def contracts(draw: st.DrawFn) -> Annotations:
    clauses = []
    for index in range(1, draw(st.integers(0, 4)) + 1):
        start, end = draw(spans)
        scores = draw(st.lists(st.sampled_from(["Governing Law", "Insurance", "Parties"]), unique=True))
        typed = [TypeScore(s, draw(st.integers(25, 99)) / 100, draw(st.booleans())) for s in scores]
        parent = f"c{draw(st.integers(1, index - 1))}" if index > 1 and draw(st.booleans()) else None
        types = tuple(sorted(typed, key=lambda x: (-x.score, x.type)))
        clauses.append(
            Clause(f"c{index}", start, end, draw(maybe), draw(maybe), draw(st.integers(1, 9)), parent, start, types)
        )
    origins = st.none() | spans.map(lambda span: Span(*span))
    values = tuple(
        Value("date", draw(maybe), draw(maybe), *draw(spans), draw(origins)) for _ in range(draw(st.integers(0, 3)))
    )
    parties = tuple(
        Party(draw(words), role, *draw(spans), draw(st.sampled_from([None, "person", "organization"])), *where)
        for role, where in draw(st.lists(st.tuples(words, spans) | st.just((None, (-1, -1))), max_size=3))
    )
    terms = tuple(DefinedTerm(draw(words), *draw(spans), *draw(spans)) for _ in range(draw(st.integers(0, 2))))
    citations = tuple(Citation(TEXT[s:e], s, e, draw(maybe), draw(maybe)) for s, e in draw(st.lists(spans, max_size=3)))
    norms = tuple(draw(contract_norms()) for _ in range(draw(st.integers(0, 3))))
    return Annotations(Kind.CONTRACT, tuple(clauses), values, parties, terms, citations, norms=norms)


@settings(max_examples=60, deadline=None)
@given(contracts())
def test_contract_parts_survive_the_graph(found: Annotations) -> None:
    parts = contract_parts(_load(found))[DOCUMENT_ID]  # type: ignore[arg-type]
    assert parts.clauses == found.clauses
    assert parts.values == found.values
    assert parts.parties == found.parties
    assert parts.terms == found.terms
    assert parts.citations == found.citations
    assert parts.norms == found.norms


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(spans, maybe, spans), max_size=3), st.sampled_from(list(Stage)))
def test_news_survives_the_graph(rows: list[tuple[tuple[int, int], str | None, tuple[int, int]]], stage: Stage) -> None:
    plain = tuple(
        Event("fraud", name, stage, date(2025, 3, 4), s, e, 0.5, *(where if name is not None else (-1, -1)))
        for (s, e), name, where in rows
    )
    item = {"headline": "A headline", "published": date(2026, 1, 15), "publisher": "Harbour Ledger"}
    events = tuple(replace(event, **item) if at % 2 else event for at, event in enumerate(plain))  # type: ignore[arg-type]
    entities = tuple(Entity("ORG", TEXT[s:e], s, e) for (s, e), _, _ in rows)
    select = _load(Annotations(Kind.NEWS, events=events, entities=entities))
    assert read_events(select).get(DOCUMENT_ID, ()) == events  # type: ignore[arg-type]
    assert read_entities(select).get(DOCUMENT_ID, ()) == entities  # type: ignore[arg-type]
    assert read_citations(select) == {}  # type: ignore[arg-type]


def test_an_act_survives_the_graph() -> None:
    law = ActVersion(
        act="cn/公司法",
        title="中华人民共和国公司法",
        jurisdiction="CN",
        short_titles=("公司法",),
        version_date=DateFact(date(2023, 12, 29), Span(0, 5)),
        version_hint=date(2023, 12, 29),
        in_force=DateFact(date(2024, 7, 1), Span(3, 9)),
        part="合同编",
        unit="条",
        repeals=(("合同法", Span(1, 4)),),
        provisions=(
            Provision("ch1", "第一章", "总则", "chapter", 0, 60),
            Provision("15", "第十五条", None, "article", 5, 30, "ch1"),
            Provision("15(2)", "第二款", None, "paragraph", 10, 30, "15"),
        ),
        edition="2013-19503",
        commencements=(
            Commencement(("15(2)",), date(2025, 1, 1), 20, 30),
            Commencement(("15",), None, 21, 35),
        ),
        norms=(
            LegalNorm("15(2)", Modality.MUST, 10, 30, Span(12, 14)),
            LegalNorm(
                "15", Modality.MUST_NOT, 5, 30, Span(6, 8), "supplier", "甲方", Span(9, 20), Span(12, 20),
                (Span(21, 25), Span(2, 4)), (Span(26, 30),), "P15D", "business", "15(2)", 5, 6, 20, 22, 23, 26,
            ),
        ),
    )  # fmt: skip
    select = _load(Annotations(Kind.REGULATION, law=law))
    (act,) = read_acts(select)  # type: ignore[arg-type]
    assert read_legal_norms(select) == {  # type: ignore[arg-type]
        DOCUMENT_ID: tuple((f"{law.version}#{norm.provision}", norm) for norm in law.norms)
    }
    facts = facts_of(DOCUMENT_ID, Document(TEXT, (), "text/plain", "zh"), Annotations(Kind.REGULATION, law=law), ORIGIN)
    again = annotations_of(DOCUMENT_ID, Kind.REGULATION, facts).law
    assert again is not None
    assert (again.version, again.edition, again.norms) == (law.version, law.edition, law.norms)
    assert (act.act, act.version, act.title, act.short_titles) == (law.act, law.version, law.title, law.short_titles)
    assert (act.jurisdiction, act.unit, act.part, act.hint) == ("CN", "条", "合同编", law.version_hint)
    assert act.dates == {"version": law.version_date, "in-force": law.in_force}
    assert act.repeals == law.repeals
    assert act.provisions == law.provisions
    assert act.commencements == again.commencements == law.commencements


@settings(max_examples=30, deadline=None)
@given(words, spans, st.sampled_from([True, False, None]), maybe)
def test_partners_and_lists_survive_the_graph(
    name: str, span: tuple[int, int], valid: bool | None, text: str | None
) -> None:
    names = (Name(name), Name(name + "x", "aka", "zh"))
    identifiers = (Identifier("USCC", "91110000600037341L", valid),)
    partner = Partner("P/1", names, "organization", *span, "CN", identifiers, text, text, text, {"col": name})
    stored = read_partners(_load(Annotations(Kind.REGISTER, register=Register((partner,), 1))))  # type: ignore[arg-type]
    assert [(p.id, p.document, p.partner) for p in stored] == [("partners/P/1", DOCUMENT_ID, partner)]
    entry = ListEntry(
        "OFAC-36", names, None, *span, ("CU",), ("CUBA", "SDGT"), identifiers, ("1960",), (), name,
        date(2020, 1, 2), None if valid is None else date(2021, 3, 4),
    )  # fmt: skip
    told = (("row 2: broken",), ("row 1, column DOB: no date",), date(2026, 1, 1), "its end is missing")
    watchlist = WatchList("OFAC", "OFAC SDN", (entry,), 2, *told)
    (listed,) = read_lists(_load(Annotations(Kind.WATCHLIST, watchlist=watchlist)))  # type: ignore[arg-type]
    assert (listed.list_id, listed.title, listed.rows, listed.rejected) == ("OFAC", "OFAC SDN", 2, ("row 2: broken",))
    assert listed.entries == (entry,)
    assert (listed.rejected, listed.notes, listed.published, listed.incomplete) == told


fractions = st.integers(0, 10**12).map(lambda parts: parts / 10**12)


@settings(max_examples=30, deadline=None)
@given(st.tuples(fractions, fractions), spans, st.none() | st.dates(), words.filter(str.strip))
def test_holdings_survive_the_graph(
    share: tuple[float, float], span: tuple[int, int], day: date | None, key: str
) -> None:
    partners = tuple(Partner(k, (Name("n"),), None, *span) for k in (f"a/{key}", "b"))
    holding = Holding(f"a/{key}", "b", min(share), max(share), *span, "votes", day, None, "who says so")
    register = Register(partners, 2, holdings=(holding, holding), gaps=(OwnerGap("b", "unknown", *span),))
    select = _load(Annotations(Kind.REGISTER, register=register))
    first, second = read_holdings(select)  # type: ignore[arg-type]
    assert (first.holding, first.document) == (second.holding, DOCUMENT_ID)
    assert first.iri != second.iri
    assert first.holding.owner == f"partners/a/{key}"
    assert replace(first.holding, owner=holding.owner, owned=holding.owned) == holding
    assert {stored.id for stored in read_partners(select)} >= {first.holding.owner, first.holding.owned}  # type: ignore[arg-type]
    (gap,) = read_gaps(select)  # type: ignore[arg-type]
    assert (gap.document, gap.gap) == (DOCUMENT_ID, OwnerGap("partners/b", "unknown", *span))


figures = st.builds(
    Figure,
    item=st.sampled_from(sorted(items())),
    label=words,
    period=st.sampled_from([None, "2023", "2023-12-31"]),
    months=st.sampled_from([None, 3, 12]),
    amount=st.decimals(-(10**12), 10**12, places=3),
    scale=st.sampled_from([None, Decimal(1), Decimal(10000)]),
    currency=st.sampled_from([None, "CNY"]),
    cell=st.just("C7"),
    start=st.just(3),
    end=st.just(9),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(words, spans, st.lists(figures, max_size=12)), min_size=1, max_size=2))
def test_financial_statements_survive_the_graph(rows: list[tuple[str, tuple[int, int], list[Figure]]]) -> None:
    lei = Identifier("LEI", "5493001KJTIIGC8Y1R12", valid=True)
    statements = tuple(Statement(name, *span, (lei,), tuple(figures)) for name, span, figures in rows)
    select = _load(Annotations(Kind.REGISTER, statements=statements))
    stored = read_statements(select)  # type: ignore[arg-type]
    assert tuple(one.statement for one in stored) == statements
    assert {one.document for one in stored} == {DOCUMENT_ID}
