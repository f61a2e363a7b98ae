from __future__ import annotations

import errno
import json
import multiprocessing
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kb.base import STEPS, KnowledgeBase
from kb.errors import (
    ConflictError,
    DuegraphError,
    IncompatibleDataError,
    NotFoundError,
    QueryError,
    RecordError,
    StoreDamagedError,
    StoreOwnedError,
)
from kb.ids import document_iri
from kb.maintenance import verify
from kb.model import Kind
from kb.owner import LOCK_FILE
from kb.store import Iri
from kb.text import TextStore
from tests.kb.make import NAME, SETTINGS, VERSION, body, revision, row


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def open_(data: Path, *, write: bool = True, **more: Any) -> KnowledgeBase:
    return KnowledgeBase.open(data, write=write, settings=SETTINGS, **more)


def state(kb: KnowledgeBase) -> dict[str, tuple[str | None, ...]]:
    """Return what each part says is stored: document -> (title, version in the graph, rows in the index)."""
    with kb.snapshot() as snapshot:
        versions = dict(snapshot.query(f"SELECT ?d ?v {{ ?d <{VERSION}> ?v }}"))
        rows = snapshot.index.owners()
        found = {r.id: (r.title, versions.pop(document_iri(r.id)), str(rows.pop(r.id))) for r in snapshot.documents()}
        assert not versions
        assert not rows
    return found


def test_ingesting_twice_changes_nothing(data: Path) -> None:
    with open_(data) as kb:
        first = kb.commit([revision("a"), revision("b")])
        assert [c.status for c in first] == ["ingested", "ingested"]
        before, position = state(kb), kb.registry.position()
        again = kb.commit([revision("a"), revision("b")])
        assert [c.status for c in again] == ["unchanged", "unchanged"]
        assert [c.document for c in again] == [c.document for c in first]
        assert [c.facts for c in again] == [20, 20]
        assert (state(kb), kb.registry.position()) == (before, position)
        assert verify(kb) == []


def test_a_new_revision_replaces_the_old_one_everywhere(data: Path) -> None:
    with open_(data) as kb:
        kb.commit([revision("a", 1)])
        (done,) = kb.commit([revision("a", 2)])
        assert done.status == "replaced"
        assert state(kb) == {done.document: ("a v2", "2", "3")}
        (back,) = kb.commit([revision("a", 1)])
        assert back.status == "replaced"
        assert list(state(kb).values()) == [("a v1", "1", "3")]
        assert verify(kb) == []


def test_the_same_bytes_from_another_source_are_one_document_with_two_sources(data: Path) -> None:
    with open_(data) as kb:
        (first,) = kb.commit([revision("a", source="x")])
        (second,) = kb.commit([revision("a", source="y")])
        assert (second.status, second.document) == ("unchanged", first.document)
        with kb.snapshot() as snapshot:
            record = snapshot.document(first.document)
            assert [source for _, source in record.sources] == ["x.txt", "y.txt"]
            assert record.source == "x.txt"
        kb.commit([revision("a", 2, source="x")])
        assert sorted(v for _, v, _ in state(kb).values()) == ["1", "2"]
        kb.commit([revision("a", 2, source="y")])
        assert [v for _, v, _ in state(kb).values()] == ["2"]
        assert verify(kb) == []


def test_the_same_bytes_read_as_another_kind_are_another_document(data: Path) -> None:
    with open_(data) as kb:
        (one,) = kb.commit([revision("a", source="x")])
        (two,) = kb.commit([revision("a", source="y", kind=Kind.NEWS)])
        assert one.document != two.document
        with kb.snapshot() as snapshot:
            assert [r.id for r in snapshot.documents(Kind.NEWS)] == [two.document]


def test_duplicates_and_changes_of_mind_inside_one_batch(data: Path) -> None:
    with open_(data) as kb:
        done = kb.commit(
            [
                revision("a", 1, source="x"),
                revision("a", 1, source="x"),
                revision("a", 1, source="y"),
                revision("a", 2, source="x"),
                revision("b", 1, source="z"),
                revision("b", 2, source="z"),
                revision("b", 1, source="z"),
            ]
        )
        assert [c.status for c in done] == [
            "ingested", "unchanged", "unchanged", "replaced", "ingested", "replaced", "replaced",
        ]  # fmt: skip
        assert sorted(state(kb).values()) == [("a v1", "1", "3"), ("a v2", "2", "3"), ("b v1", "1", "3")]
        assert verify(kb) == []


def test_another_tool_version_stores_the_same_bytes_again(data: Path) -> None:
    with open_(data) as kb:
        kb.commit([revision("a", tool="1", rows=3)])
        (done,) = kb.commit([revision("a", tool="2", rows=5)])
        assert done.status == "replaced"
        assert state(kb) == {done.document: ("a v1", "1", "5")}
        with kb.snapshot() as snapshot:
            assert '\\"0\\" 2' in snapshot.facts(done.document)
        assert verify(kb) == []


def test_known_says_whether_reading_can_be_skipped(data: Path) -> None:
    one = revision("a")
    with open_(data) as kb:
        (done,) = kb.commit([one])
        with kb.snapshot() as snapshot:
            record = snapshot.document(done.document)
        assert kb.known(one.source_key, record.original, Kind.CONTRACT)
        assert kb.known(one.source_key, record.original.upper(), None, "1")
        assert not kb.known(one.source_key, record.original, Kind.NEWS)
        assert not kb.known(one.source_key, "0" * 64, Kind.CONTRACT)
        assert not kb.known("src-other", record.original, Kind.CONTRACT)
        assert not kb.known(one.source_key, record.original, Kind.CONTRACT, "2")
        assert kb.current(one.source_key) == record
        kb.texts.remove("facts", record.facts)
        assert not kb.known(one.source_key, record.original, Kind.CONTRACT)
        assert kb.commit([one])[0].status == "replaced"
        assert verify(kb) == []


def test_what_was_stored_comes_back(data: Path) -> None:
    one = revision("甲方", 7)
    with open_(data) as kb:
        (done,) = kb.commit([one])
    with open_(data, write=False) as kb, kb.snapshot() as snapshot:
        assert snapshot.text(done.document) == body("甲方", 7)
        assert snapshot.document_model(done.document) == one.document
        assert snapshot.original(done.document) == one.original
        assert snapshot.facts(done.document) == one.facts
        assert len(snapshot.facts_graph(done.document)) == 20
        assert len(snapshot.graph.as_rdflib().graph("urn:duegraph:graph:" + done.document)) == 20
        record = snapshot.document(done.document)
        assert (record.size, record.language, record.media_type) == (len(one.original), "en", "text/plain")
        assert record.counts == {"clauses": 3, "facts": 20, "rows": 3}
        assert snapshot.query(f"SELECT ?n {{ $d <{NAME}> ?n }}", bind={"d": Iri(document_iri(done.document))}) == [
            ("甲方",)
        ]
        assert snapshot.rows(f"SELECT ?n ?m {{ ?d <{NAME}> ?n }}") == [{"n": "甲方", "m": None}]
        with pytest.raises(NotFoundError):
            snapshot.text("doc-other")


def test_removing_a_source_takes_its_document_away_unless_another_holds_it(data: Path) -> None:
    with open_(data) as kb:
        (done,) = kb.commit([revision("a", source="x")])
        kb.commit([revision("a", source="y")])
        assert kb.remove("src-x") == done.document
        assert list(state(kb)) == [done.document]
        assert kb.remove("src-y") == done.document
        assert state(kb) == {}
        assert kb.remove("src-y") is None
        assert kb.commit([revision("a", source="y")])[0].status == "ingested"
        assert verify(kb) == []


def test_derived_graphs_are_replaced_as_a_whole(data: Path) -> None:
    facts = "<urn:x> <https://example.org/links> <urn:y> .\n"
    rows = [row("findings", "f", 1, 0, 5)]
    with open_(data) as kb:
        assert kb.derive("findings", facts, rows)
        assert not kb.derive("findings", facts, rows)
        assert kb.derive("findings", facts.replace("urn:y", "urn:z"), rows)
        with kb.snapshot() as snapshot:
            assert snapshot.query("SELECT ?y { ?x <https://example.org/links> ?y }") == [("urn:z",)]
            assert snapshot.index.owners() == {"findings": 1}
            assert "urn:z" in snapshot.derived_facts("findings")
            assert snapshot.derived_facts("other") == ""
        assert verify(kb) == []
        assert kb.drop_derived("findings")
        assert not kb.drop_derived("findings")
        with kb.snapshot() as snapshot:
            assert len(snapshot.graph) == 0
            assert snapshot.index.count() == 0
        with pytest.raises(ValueError, match="another owner"):
            kb.derive("links", facts, rows)
        assert verify(kb) == []


def test_a_snapshot_stays_what_it_was(data: Path) -> None:
    with open_(data) as kb:
        kb.commit([revision("a", 1)])
        old = kb.snapshot()
        for version in range(2, 8):
            kb.commit([revision("a", version)])
        assert old.query(f"SELECT ?v {{ ?d <{VERSION}> ?v }}") == [("1",)]
        assert [r.title for r in old.documents()] == ["a v1"]
        assert old.index.count() == 3
        assert old.index.search("version1").total == 3
        old.close()
        old.close()
        kb.commit([revision("a", 9)])
        assert len(list((data / "views").iterdir())) <= SETTINGS.keep_views


def test_a_reader_in_another_process_keeps_its_view_alive(data: Path) -> None:
    with open_(data) as kb:
        kb.commit([revision("a", 1)])
        with open_(data, write=False) as reader, reader.snapshot() as held:
            for version in range(2, 6):
                kb.commit([revision("a", version)])
            assert held.index.search("version1").total == 3
            assert held.query(f"SELECT ?v {{ ?d <{VERSION}> ?v }}") == [("1",)]
            with reader.snapshot() as fresh:
                assert fresh.query(f"SELECT ?v {{ ?d <{VERSION}> ?v }}") == [("5",)]


def test_the_past_can_be_asked(data: Path) -> None:
    with open_(data) as kb:
        kb.commit([revision("a", 1), revision("b", 1)])
        with kb.snapshot() as snapshot:
            first = snapshot.documents()[0].recorded_at
        kb.commit([revision("a", 2)])
        kb.derive("links", "<urn:x> <urn:p> <urn:y> .\n")
        kb.remove("src-b")
        query = f"SELECT ?v {{ ?d <{VERSION}> ?v }}"
        with kb.snapshot(first) as past:
            assert sorted(past.query(query)) == [("1",), ("1",)]
            assert [r.title for r in past.documents()] == ["a v1", "b v1"]
            assert past.text(past.documents()[0].id) == body("a", 1)
            assert past.derived() == []
            with pytest.raises(ConflictError):
                _ = past.index
        with kb.snapshot(first - timedelta(microseconds=1)) as before:
            assert before.documents() == []
            assert len(before.graph) == 0
        with kb.snapshot(datetime.now(UTC)) as now:
            assert now.query(query) == [("2",)]
            assert [d.name for d in now.derived()] == ["links"]
        with pytest.raises(QueryError):
            kb.snapshot(datetime(2026, 1, 1))  # noqa: DTZ001 - what is tested


def _second_writer(data: Path, answers: Any) -> None:
    try:
        open_(data)
    except StoreOwnedError as error:
        answers.put(str(error))


def test_a_second_writer_is_told_who_owns_the_data(data: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with open_(data) as kb:
        kb.announce("http://127.0.0.1:8000")
        answers = context.Queue()
        other = context.Process(target=_second_writer, args=(data, answers))
        other.start()
        text = answers.get(timeout=60)
        other.join()
        assert f"process {os.getpid()}" in text
        assert "http://127.0.0.1:8000" in text
        assert str(json.loads((data / LOCK_FILE).read_bytes())["started"]) in text
        with pytest.raises(StoreOwnedError):
            open_(data)
    open_(data).close()


def test_a_forked_child_does_not_keep_the_lock(data: Path) -> None:
    kb = open_(data)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(reading, 1)
        os._exit(0)
    kb.close()
    open_(data).close()
    os.write(writing, b"x")
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)


def test_reading_what_is_not_there_and_writing_what_is_open_for_reading(data: Path) -> None:
    with pytest.raises(NotFoundError):
        open_(data, write=False)
    open_(data).close()
    with open_(data, write=False) as kb:
        assert state(kb) == {}
        for act in (
            lambda: kb.commit([revision("a")]),
            lambda: kb.derive("x", ""),
            lambda: kb.remove("src-a"),
            lambda: kb.audit.append(actor="a", action="b"),
        ):
            with pytest.raises(ConflictError):
                act()


@pytest.mark.parametrize(("version", "word"), [(99, "newer"), (0, "backup")])
def test_data_of_another_format_is_refused(data: Path, version: int, word: str) -> None:
    open_(data).close()
    connection = sqlite3.connect(data / "registry.sqlite")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    for write in (True, False):
        with pytest.raises(IncompatibleDataError, match=word):
            open_(data, write=write)


def test_a_file_that_is_no_registry_is_refused(data: Path) -> None:
    data.mkdir()
    (data / "registry.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(StoreDamagedError):
        open_(data)


@pytest.mark.parametrize(
    "facts",
    [
        "<urn:a> <urn:b> <urn:c>.\n",
        "<urn:a> <urn:b> _:c .\n",
        "_:a <urn:b> <urn:c> .\n",
        "<a> <urn:b> <urn:c> .\n",
        "<urn:a> <urn:b> <urn:c> .",
        "<urn:a> <urn:b> <urn:c> <urn:g> .\n",
        "x .\n",
        '<urn:a> <urn:b> "} ; DROP ALL" } .\n',
    ],
)
def test_facts_that_are_no_facts_leave_everything_as_it_was(data: Path, facts: str) -> None:
    from dataclasses import replace

    with open_(data) as kb:
        kb.commit([revision("a")])
        before = state(kb)
        with pytest.raises(RecordError):
            kb.commit([revision("b"), replace(revision("c"), facts=facts)])
        assert state(kb) == before
        assert verify(kb) == []
        assert kb.commit([revision("b")])[0].status == "ingested"


class StopError(Exception):
    pass


@pytest.mark.parametrize("step", STEPS)
def test_an_error_at_any_step_leaves_old_or_new_and_never_a_mixture(data: Path, step: str) -> None:
    armed = False

    def observer(name: str) -> None:
        if armed and name == step:
            raise StopError

    with open_(data, observer=observer) as kb:
        kb.commit([revision("a", 1), revision("b", 1)])
        before = state(kb)
        armed = True
        with pytest.raises(StopError):
            kb.commit([revision("a", 2), revision("c", 1)])
        armed = False
        after = state(kb)
        assert (after == before) is (step not in {"done", "pruned"})
        assert verify(kb) == []
        kb.commit([revision("a", 2), revision("c", 1)])
        assert sorted(v for _, v, _ in state(kb).values()) == ["1", "1", "2"]
        assert verify(kb) == []


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("where", ["file", "fsync", "link", "copy", "rename", "manifest"])
def test_a_failing_disk_is_reported_and_harms_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, where: str, error: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    targets = {
        "file": ("kb.text.TextStore._write", fail),
        "fsync": ("kb.text.os.fsync", fail),
        "link": ("kb.views._copy_tree", fail),
        "copy": ("kb.store.EvidenceStore.copy_to", fail),
        "rename": ("kb.views.flush_directory", fail),
        "manifest": ("kb.views.Views._seal", fail),
    }
    with open_(data) as kb:
        kb.commit([revision("a", 1)])
        before = state(kb)
        with monkeypatch.context() as patched:
            patched.setattr(*targets[where])
            # The undo needs the disk too; where it fails as well, the next start undoes.
            with pytest.raises(DuegraphError) as caught:
                kb.commit([revision("a", 2), revision("b", 1)])
            assert isinstance(caught.value, StoreDamagedError)
        assert state(kb) == before
    with open_(data) as kb:
        assert state(kb) == before
        assert verify(kb) == []
        assert kb.commit([revision("a", 2)])[0].status == "replaced"
        assert verify(kb) == []


def test_a_text_that_cannot_be_stored_is_refused(data: Path) -> None:
    from dataclasses import replace

    one = revision("a")
    with open_(data) as kb:
        for text in ("a\0b", "a\ud800"):
            with pytest.raises(RecordError):
                kb.commit([replace(one, document=replace(one.document, text=text))])
        with pytest.raises(ValueError, match="another owner"):
            kb.commit([replace(one, rows=(row("other", "x", 1, 0, 3),))])
        assert state(kb) == {}


def test_optimizing_changes_files_only(data: Path) -> None:
    with open_(data) as kb:
        for version in range(1, 4):
            kb.commit([revision("a", version), revision(f"b{version}")])
        before = state(kb)
        kb.optimize()
        assert state(kb) == before
        assert verify(kb) == []


def test_a_lost_live_store_is_taken_from_the_published_view(data: Path) -> None:
    import shutil

    with open_(data) as kb:
        kb.commit([revision("a", 1)])
    shutil.rmtree(data / "graph")
    with open_(data) as kb:
        kb.commit([revision("b", 1)])
        assert len(state(kb)) == 2
        assert verify(kb) == []


def test_stored_files_are_checked_on_every_read(tmp_path: Path) -> None:
    texts = TextStore(tmp_path, SETTINGS)
    for payload in (b"", b"short", b"long " * 1000, os.urandom(5000)):
        (digest,) = texts.put([("facts", payload)])
        assert texts.get("facts", digest) == payload
        path = texts.path("facts", digest)
        whole = path.read_bytes()
        for position in range(0, len(whole), max(1, len(whole) // 25)):
            path.write_bytes(whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :])
            with pytest.raises(DuegraphError):
                texts.get("facts", digest)
        for cut in (whole[:-1], whole + b"x", b""):
            path.write_bytes(cut)
            assert texts.verify("facts", digest) is not None
        path.write_bytes(whole)
        assert texts.verify("facts", digest) is None
    with pytest.raises(NotFoundError):
        texts.get("facts", "0" * 64)
    with pytest.raises(StoreDamagedError):
        texts.path("facts", "../../etc/passwd")
