from __future__ import annotations

import io
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from kb.errors import QueryError, StoreDamagedError
from kb.store import FORMATS, EvidenceStore, Format, Iri, Term, normal_facts
from kb.triples import XSD, TripleWriter

G1, G2 = "urn:duegraph:graph:one", "urn:duegraph:graph:two"
P = "https://example.org/p"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def facts(*values: str) -> str:
    out = TripleWriter()
    for number, value in enumerate(values):
        out.text(f"urn:s{number}", P, value)
    return out.getvalue()


@pytest.fixture
def store() -> EvidenceStore:
    return EvidenceStore.memory([(G1, facts("a", "b")), (G2, facts("c"))])


def test_graphs_are_replaced_one_by_one(tmp_path: Path) -> None:
    store = EvidenceStore.owner(tmp_path / "s")
    store.apply(drop=(), add=[(G1, facts("a", "b")), (G2, facts("c"))])
    store.apply(drop=[G1, "urn:absent"], add=[(G1, facts("z"))])
    assert store.facts(G1) == facts("z")
    assert store.facts(G2) == facts("c")
    store.copy_to(tmp_path / "copy")
    store.apply(drop=[G1, G2], add=[])
    assert (len(store), store.graphs()) == (0, [])
    copy = EvidenceStore.reader(tmp_path / "copy")
    assert sorted(copy.graphs()) == [G1, G2]
    assert len(copy) == 2
    assert not copy.has_loose_facts()


def test_a_store_that_is_open_elsewhere_or_damaged_is_refused(tmp_path: Path) -> None:
    held = EvidenceStore.owner(tmp_path / "s")
    with pytest.raises(StoreDamagedError):
        EvidenceStore.owner(tmp_path / "s")
    held.close()
    held.close()
    (tmp_path / "s" / "CURRENT").write_bytes(b"nonsense\n")
    for way in (EvidenceStore.owner, EvidenceStore.reader):
        with pytest.raises(StoreDamagedError):
            way(tmp_path / "s")


@given(TEXT)
@example('"} ; DROP ALL # \\ \n')
@example("$v ?v <urn:x>")
def test_a_bound_value_is_only_ever_a_value(value: str) -> None:
    store = EvidenceStore.memory([(G1, facts(value, value + "x"))])
    assert store.rows(f"SELECT ?s {{ ?s <{P}> $v }}", bind={"v": value}) == [("urn:s0",)]
    assert store.rows(f"SELECT ?s ?v {{ VALUES ?v {{}} ?s <{P}> ?v }}", values={"v": [value]}) == [("urn:s0", value)]
    pairs = [(Iri("urn:s1"), value + "x"), (Iri("urn:s1"), value)]
    assert store.rows(f"SELECT ?s {{ VALUES (?s ?v) {{ }} ?s <{P}> ?v }}", values={("s", "v"): pairs}) == [("urn:s1",)]


def test_parameters_stand_in_code_only_and_must_exist(store: EvidenceStore) -> None:
    query = f"""SELECT ("$v" AS ?x) ('$v' AS ?y) {{ # $v
        ?s <{P}> $v FILTER(?s != <urn:$v>) }}"""
    assert store.rows(query, bind={"v": "a"}) == [("$v", "$v")]
    assert store.rows(f"SELECT $o {{ <urn:s1> <{P}> $o }}") == [("b",)]
    with pytest.raises(QueryError, match="no parameter"):
        store.rows("SELECT * { }", bind={"v": "a"})
    with pytest.raises(QueryError, match="no empty VALUES"):
        store.rows("SELECT * { VALUES ?v { 1 } }", values={"v": ["a"]})


@pytest.mark.parametrize(
    "value", [Iri("no iri"), Iri("urn:a> <urn:b"), "\ud800", Term("bnode", "b"), Term("iri", "x y")]
)
def test_values_that_are_no_terms_are_refused(store: EvidenceStore, value: str) -> None:
    with pytest.raises(QueryError):
        store.rows("SELECT * { ?s ?p $v }", bind={"v": value})


def test_terms_keep_their_type(store: EvidenceStore) -> None:
    out = TripleWriter()
    out.text("urn:a", P, "甲", "zh")
    out.integer("urn:b", P, 7)
    store = EvidenceStore.memory([(G1, out.getvalue())])
    names, rows = store.solutions(f"SELECT ?s ?v ?none {{ ?s <{P}> ?v }} ORDER BY ?s")
    assert names == ("s", "v", "none")
    assert list(rows) == [
        (
            Term("iri", "urn:a"),
            Term("literal", "甲", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "zh"),
            None,
        ),
        (Term("iri", "urn:b"), Term("literal", "7", XSD + "integer"), None),
    ]
    query = "SELECT ?s { ?s ?p $v }"
    assert store.rows(query, bind={"v": 7}) == [("urn:b",)]
    assert store.rows(query, bind={"v": Term("literal", "甲", language="zh")}) == [("urn:a",)]
    assert store.rows(query, bind={"v": Term("literal", "7", XSD + "integer")}) == [("urn:b",)]
    assert store.rows(query, bind={"v": "7"}) == []
    assert store.records(f"SELECT ?v {{ <urn:b> <{P}> ?v }}") == [{"v": "7"}]


def test_each_form_has_its_method_and_others_are_refused(store: EvidenceStore) -> None:
    assert store.ask(f"ASK {{ ?s <{P}> $v }}", bind={"v": "a"})
    assert normal_facts(store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")) == {
        *facts("a", "b").splitlines(),
        *facts("c").splitlines(),
    }
    assert store.rows("SELECT ?g { GRAPH ?g { ?s ?p 'c' } }") == [(G2,)]
    assert store.rows("SELECT ?s { ?s ?p ?o }", union=False) == []
    for method in (store.rows, store.ask, store.construct):
        for query in ("SELECT", "DROP ALL", "ASK {}", "SELECT * {}", "CONSTRUCT {} WHERE {}"):
            fits = {"rows": "SELECT *", "ask": "ASK", "construct": "CONSTRUCT"}[method.__name__]
            if not query.startswith(fits):
                with pytest.raises(QueryError):
                    method(query)
    assert len(store) == 3


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_can_be_read_back(store: EvidenceStore, format_: Format) -> None:
    out = io.BytesIO()
    store.dump(out, format_)
    names = {"nq": "nquads", "nt": "nt", "ttl": "turtle", "trig": "trig", "jsonld": "json-ld"}
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=out.getvalue(), format=names[format_])
    assert {str(o) for _, _, o, _ in dataset.quads()} == {"a", "b", "c"}
    kept = {str(g.identifier) for g in dataset.graphs() if len(g) and not str(g.identifier).startswith("urn:x-rdflib")}
    assert kept == ({G1, G2} if format_ in {"nq", "trig", "jsonld"} else set())


@given(st.lists(TEXT, max_size=5))
def test_facts_come_back_in_the_engines_spelling(values: list[str]) -> None:
    store = EvidenceStore.memory([(G1, facts(*values))])
    assert frozenset(store.facts(G1).splitlines()) == normal_facts(facts(*values))
    assert {t.object.value for t in ox.parse(store.facts(G1).encode(), ox.RdfFormat.N_TRIPLES)} == set(values)  # type: ignore[union-attr]
