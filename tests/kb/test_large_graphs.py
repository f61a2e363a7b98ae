"""Large graphs: packed facts are stored as plain ones are, and replacing many costs a copy of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kb.base import STEPS, KnowledgeBase
from kb.errors import RecordError, StoreDamagedError
from kb.graph_files import COPY_COST, LARGE_GRAPH, REMOVE_COST, is_copying_cheaper
from kb.long_text import pack_text
from kb.maintenance import rebuild, verify
from kb.records import Revision
from kb.search import IndexRow
from kb.store import EvidenceStore
from tests.kb import crash
from tests.kb.make import SETTINGS, VERSION, revision
from tests.kb.test_crash import check, run_and_kill

G = "urn:duegraph:graph:one"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every graph large and every text long."""
    crash.lower_limits(monkeypatch.setattr)


def no_rows(*_: object) -> Iterator[IndexRow]:
    """Make no search rows for any document."""
    return iter(())


def packed(one: Revision) -> Revision:
    assert isinstance(one.facts, str)
    return replace(one, facts=pack_text(one.facts))


def test_packed_facts_are_stored_as_plain_ones(tmp_path: Path) -> None:
    plain = revision("a", facts=200)
    with (
        KnowledgeBase.open(tmp_path / "one", write=True, settings=SETTINGS) as one,
        KnowledgeBase.open(tmp_path / "two", write=True, settings=SETTINGS) as two,
    ):
        assert one.commit([plain]) == two.commit([packed(plain)])
        assert [r.facts for r in one.documents_now()] == [r.facts for r in two.documents_now()]
        graph = one.live_graph().graphs()[0]
        assert one.live_graph().facts(graph) == two.live_graph().facts(graph) != ""
        assert verify(two) == []
        assert two.commit([packed(plain)])[0].status == "unchanged"


@pytest.mark.parametrize("facts", ["<urn:a> <urn:b> <urn:c>.\n", "_:a <urn:b> <urn:c> .\n", "<urn:a> <urn:b> _:c .\n"])
def test_packed_facts_must_be_canonical_too(tmp_path: Path, facts: str) -> None:
    store = EvidenceStore.owner(tmp_path / "s")
    with pytest.raises(RecordError):
        store.apply(drop=(), add=[(G, pack_text(facts))])
    with pytest.raises(StoreDamagedError):
        store.apply(drop=(), add=[(G, replace(pack_text("<urn:a> <urn:b> <urn:c> .\n"), digest="0" * 64))])


def test_copying_is_chosen_where_it_costs_less() -> None:
    assert not is_copying_cheaper(LARGE_GRAPH - 1, 0)
    assert is_copying_cheaper(LARGE_GRAPH, 0)
    even = int(LARGE_GRAPH * REMOVE_COST / COPY_COST)
    assert is_copying_cheaper(LARGE_GRAPH, even - 1)
    assert not is_copying_cheaper(LARGE_GRAPH, even + 1)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("others", [0, 1, 12])
def test_replacing_a_large_document_leaves_the_others_as_they_are(tmp_path: Path, others: int) -> None:
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as kb:
        kb.commit([revision(f"n{number}", 1, facts=30) for number in range(others)])
        kb.derive("links", "<urn:a> <urn:b> <urn:c> .\n")
        kb.commit([packed(revision("big", 1, facts=100))])
        with kb.snapshot() as before:
            kb.commit([packed(revision("big", 2, facts=100))])
            with kb.snapshot() as after:
                query = f"SELECT ?v {{ ?d <{VERSION}> ?v }} ORDER BY ?v"
                assert [v for (v,) in before.query(query)] == ["1"] * (others + 1)
                assert [v for (v,) in after.query(query)] == ["1"] * others + ["2"]
                assert after.query("SELECT ?o { <urn:a> ?p ?o }") == [("urn:c",)]
        assert verify(kb) == []
        kb.remove("src-big")
        assert verify(kb) == []
        assert rebuild(kb, no_rows) == []
    assert not (tmp_path / "data" / "graph.part").exists()


@pytest.mark.usefixtures("large")
def test_a_copy_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as kb:
        kb.commit([packed(revision("big", 1, facts=100))])

        def fail(self: EvidenceStore, drop: object, target: Path) -> None:
            target.mkdir()
            raise StoreDamagedError("no space is left.", code="graph-write")

        with monkeypatch.context() as patched:
            patched.setattr(EvidenceStore, "copy_without", fail)
            with pytest.raises(StoreDamagedError, match="no space"):
                kb.commit([packed(revision("big", 2, facts=100))])
        assert not (tmp_path / "data" / "graph.part").exists()
        assert verify(kb) == []
        with kb.snapshot() as snapshot:
            assert snapshot.query(f"SELECT ?v {{ ?d <{VERSION}> ?v }}") == [("1",)]
        kb.commit([packed(revision("big", 2, facts=100))])
        assert verify(kb) == []


@pytest.mark.usefixtures("large")
def test_damaged_facts_of_a_large_document_are_left_out_of_a_rebuild(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as kb:
        done = kb.commit([packed(revision("big", 1, facts=300)), revision("small", 1)])
        record = next(r for r in kb.documents_now() if r.id == done[0].document)
        path = kb.texts.path("facts", record.facts)
        path.write_bytes(path.read_bytes()[:-5])
        problems = rebuild(kb, no_rows)
        assert {problem.document for problem in problems} == {record.id}
        with kb.snapshot() as snapshot:
            assert snapshot.query(f"SELECT ?v {{ ?d <{VERSION}> ?v }}") == [("1",)]


@pytest.mark.parametrize("step", [step for step in STEPS if step in {"begun", "graph", "view", "done"}])
def test_a_kill_while_a_large_document_is_replaced_loses_nothing_acknowledged(tmp_path: Path, step: str) -> None:
    data = tmp_path / "data"
    run_and_kill(data, step, 1, 0, large=True)
    check(data)
