from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kb.base import KnowledgeBase
from kb.errors import CannotRunError, NotFoundError, QueryError, StoreDamagedError
from kb.maintenance import export, rebuild, verify
from kb.search import IndexRow, SearchIndex
from kb.store import EvidenceStore
from tests.kb.make import SETTINGS, revision, row, rows_of

FACT = "<urn:duegraph:document:x> <https://example.org/p> <urn:y> .\n"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A sound data directory, and the ids of its documents by name ("old" is no longer current)."""
    data = tmp_path_factory.mktemp("sound") / "data"
    with KnowledgeBase.open(data, write=True, settings=SETTINGS) as kb:
        (old,) = kb.commit([revision("a", 1)])
        done = kb.commit([revision("a", 2), revision("b", 1), revision("c", 1)])
        kb.derive("links", "<urn:x> <https://example.org/links> <urn:z> .\n", [row("links", "l", 1, 0, 3)])
        kb.audit.append(actor="a", action="finding.accept", about="f1")
        kb.audit.append(actor="b", action="finding.accept", about="f2")
        assert verify(kb) == []
    return data, {"old": old.document, "a": done[0].document, "b": done[1].document, "c": done[2].document}


class Place:
    """A private copy of the sound data, for one damage."""

    def __init__(self, data: Path, ids: dict[str, str]) -> None:
        self.data, self.ids = data, ids

    def sql(self, statement: str, *values: object) -> None:
        connection = sqlite3.connect(self.data / "registry.sqlite")
        connection.execute(statement, values)
        connection.commit()
        connection.close()

    def digest(self, name: str, section: str) -> Path:
        connection = sqlite3.connect(self.data / "registry.sqlite")
        table, key = ("derived", "name") if name == "links" else ("documents", "id")
        found = connection.execute(
            f"SELECT {section} FROM {table} WHERE {key} = ?", (self.ids.get(name, name),)
        ).fetchone()
        connection.close()
        return self.data / "files" / section / found[0][:2] / found[0]

    def live(self, *, drop: Sequence[str] = (), add: Sequence[str] = ()) -> None:
        store = EvidenceStore.owner(self.data / "graph")
        store.apply(drop=drop, add=[(graph, FACT) for graph in add])
        store.close()

    def graph(self, name: str) -> str:
        return f"urn:duegraph:graph:{self.ids[name]}"

    def index(self, *, remove: Sequence[str] = (), rows: Sequence[IndexRow] = ()) -> None:
        index = SearchIndex.open(self.data / "index", create=False)
        index.apply(remove=remove, rows=rows)
        index.close()

    def set(self, name: str, assignment: str, table: str = "documents") -> None:
        key = "id" if table == "documents" else "document"
        self.sql(f"UPDATE {table} SET {assignment} WHERE {key} = ?", self.ids[name])

    @property
    def view(self) -> Path:
        return max((p for p in (self.data / "views").iterdir() if p.name.isdecimal()), key=lambda p: int(p.name))


def flip(path: Path, where: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * where)] ^= 0x10
    path.write_bytes(data)


def biggest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda p: p.stat().st_size)


DAMAGES: dict[str, tuple[str, str | None, Callable[[Place], object]]] = {
    "original missing": ("files", "a", lambda p: p.digest("a", "original").unlink()),
    "original bit flip": ("files", "b", lambda p: flip(p.digest("b", "original"))),
    "text missing": ("files", "b", lambda p: p.digest("b", "text").unlink()),
    "text bit flip": ("files", "c", lambda p: flip(p.digest("c", "text"), 0.9)),
    "text cut short": ("files", "c", lambda p: os.truncate(p.digest("c", "text"), 30)),
    "text of another document": ("files", "c", lambda p: shutil.copy(p.digest("b", "text"), p.digest("c", "text"))),
    "facts missing": ("files", "a", lambda p: p.digest("a", "facts").unlink()),
    "facts bit flip": ("files", "a", lambda p: flip(p.digest("a", "facts"))),
    "facts header flip": ("files", "a", lambda p: flip(p.digest("a", "facts"), 0)),
    "facts of a past revision missing": ("files", "old", lambda p: p.digest("old", "facts").unlink()),
    "derived facts missing": ("files", "links", lambda p: p.digest("links", "facts").unlink()),
    "derived rows bit flip": ("files", "links", lambda p: flip(p.digest("links", "rows"))),
    "strange file": ("files", None, lambda p: (p.data / "files" / "notes.txt").write_text("x")),
    "strange item": ("files", None, lambda p: (p.digest("a", "text").parent / ("0" * 64)).write_bytes(b"x")),
    "live graph missing": ("graph", "b", lambda p: p.live(drop=[p.graph("b")])),
    "live graph extra": ("graph", None, lambda p: p.live(add=["urn:duegraph:graph:doc-x"])),
    "live graph stale": ("graph", "old", lambda p: p.live(add=[p.graph("old")])),
    "live fact extra": ("graph", "c", lambda p: p.live(add=[p.graph("c")])),
    "live fact changed": ("graph", "c", lambda p: p.live(drop=[p.graph("c")], add=[p.graph("c")])),
    "live derived graph missing": (
        "graph", "links", lambda p: p.live(drop=["urn:duegraph:graph:derived:links"])
    ),
    "live index lacks a document": ("index", None, lambda p: p.index(remove=[p.ids["b"]])),
    "live index has a stranger": ("index", None, lambda p: p.index(rows=[row("doc-x", "x", 1, 0, 3)])),
    "live index bit flip": ("index", None, lambda p: flip(biggest(p.data / "index", "*.seg"))),
    "view graph bit flip": ("view", None, lambda p: flip(biggest(p.view / "graph", "*.sst"))),
    "view graph file missing": ("view", None, lambda p: biggest(p.view / "graph", "*.sst").unlink()),
    "view index bit flip": ("view", None, lambda p: flip(biggest(p.view / "index", "*.seg"))),
    "view index list missing": ("view", None, lambda p: biggest(p.view / "index", "*.toc").unlink()),
    "view index file added": ("view", None, lambda p: (p.view / "index" / "MAIN_x.seg").write_bytes(b"x")),
    "view manifest damaged": ("view", None, lambda p: (p.view / "manifest.json").write_text("{")),
    "view gone": ("view", None, lambda p: shutil.rmtree(p.view)),
    "document row changed": ("registry", "a", lambda p: p.set("a", "title = 'other'")),
    "document row lost": ("registry", "a", lambda p: p.sql("DELETE FROM documents WHERE id = ?", p.ids["a"])),
    "document ended by hand": (
        "registry", "b", lambda p: p.set("b", "until_sequence = 2, invalidated_at = recorded_at")
    ),
    "end that is no time": ("registry", None, lambda p: p.set("old", "invalidated_at = '2030'")),
    "counts that are no counts": ("registry", "b", lambda p: p.set("b", "counts = '[1'")),
    "kind that is none": ("registry", "b", lambda p: p.set("b", "kind = 'x'")),
    "document revived by hand": (
        "registry", "old", lambda p: p.set("old", "until_sequence = NULL, invalidated_at = NULL")
    ),
    "source row changed": ("registry", "b", lambda p: p.set("b", "source = 'x'", "sources")),
    "source row lost": ("registry", "c", lambda p: p.sql("DELETE FROM sources WHERE document = ?", p.ids["c"])),
    "derived row changed": ("registry", "links", lambda p: p.sql("UPDATE derived SET counts = '{}'")),
    "digest in a row changed": (
        "registry", "c", lambda p: p.set("c", "facts = '../../x'")
    ),
    "view never published": ("view", None, lambda p: p.sql("DELETE FROM meta WHERE key = 'view'")),
    "audit entry changed": (
        "audit", None,
        lambda p: (p.sql("DROP TRIGGER audit_no_update"), p.sql("UPDATE audit SET actor = 'x' WHERE entry = 1")),
    ),
    "audit entry removed": (
        "audit", None, lambda p: (p.sql("DROP TRIGGER audit_no_delete"), p.sql("DELETE FROM audit WHERE entry = 1"))
    ),
}  # fmt: skip


def copy(sound: tuple[Path, dict[str, str]], tmp_path: Path) -> Place:
    shutil.copytree(sound[0], tmp_path / "data")
    return Place(tmp_path / "data", sound[1])


def test_there_are_enough_damages() -> None:
    assert len(DAMAGES) >= 40


@pytest.mark.parametrize("name", DAMAGES)
def test_verify_finds_the_damage_and_names_the_document(
    name: str, sound: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    part, document, damage = DAMAGES[name]
    place = copy(sound, tmp_path)
    damage(place)
    # As a reader where opening as the owner would first repair what it can.
    write = name != "view never published"
    with KnowledgeBase.open(place.data, write=write, settings=SETTINGS) as kb:
        problems = verify(kb)
    found = [p for p in problems if p.part == part]
    assert found, problems
    assert all(p.detail and p.remedy for p in problems)
    if document is not None:
        assert place.ids.get(document, document) in {p.document for p in found}


def test_an_untouched_copy_is_sound(sound: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    place = copy(sound, tmp_path)
    for write in (True, False):
        with KnowledgeBase.open(place.data, write=write, settings=SETTINGS) as kb:
            assert verify(kb) == []


@pytest.mark.parametrize("name", [name for name, (part, *_) in DAMAGES.items() if part in {"graph", "index", "view"}])
def test_rebuild_repairs_graph_index_and_views(name: str, sound: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    place = copy(sound, tmp_path)
    DAMAGES[name][2](place)
    told: list[tuple[int, int]] = []
    with KnowledgeBase.open(place.data, write=True, settings=SETTINGS, repair=True) as kb:
        assert rebuild(kb, rows_of, lambda done, total: told.append((done, total))) == []
        assert verify(kb) == []
        with kb.snapshot() as snapshot:
            assert snapshot.index.search("version2").total == 3
            assert snapshot.index.owners()["links"] == 1
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_rebuild_gives_the_same_answers(sound: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    place = copy(sound, tmp_path)

    def answers(kb: KnowledgeBase) -> object:
        with kb.snapshot() as snapshot:
            rows = snapshot.query("SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }")
            hits = [snapshot.index.search(word) for word in ("version1", "version2", "clause", "a", "links")]
            return sorted(map(str, rows)), [(h.total, sorted(hit.id for hit in h.hits)) for h in hits]

    with KnowledgeBase.open(place.data, write=True, settings=SETTINGS) as kb:
        before = answers(kb)
        assert rebuild(kb, rows_of) == []
        assert answers(kb) == before


def test_rebuild_names_what_it_had_to_leave_out_and_counts_new_rows(
    sound: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    place = copy(sound, tmp_path)
    place.digest("a", "facts").unlink()
    with KnowledgeBase.open(place.data, write=True, settings=SETTINGS) as kb:
        problems = rebuild(kb, lambda record, document, facts: rows_of(record, document, facts)[:2])
        assert {p.document for p in problems} == {place.ids["a"]}
        assert {p.part for p in verify(kb)} == {"files", "index"}
        with kb.snapshot() as snapshot:
            assert snapshot.index.owners() == {place.ids["b"]: 2, place.ids["c"]: 2, "links": 1}
        assert kb.commit([revision("a", 2)])[0].status == "replaced"
        assert verify(kb) == []


def test_a_failing_rebuild_changes_nothing(sound: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    place = copy(sound, tmp_path)

    def fail(*_: object) -> list[object]:
        raise StoreDamagedError("no")

    with KnowledgeBase.open(place.data, write=True, settings=SETTINGS) as kb:
        with pytest.raises(StoreDamagedError):
            rebuild(kb, fail)  # type: ignore[arg-type]
        assert verify(kb) == []


def test_data_that_cannot_be_recovered_opens_for_repair(sound: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    place = copy(sound, tmp_path)
    place.sql("INSERT INTO batches VALUES (99, 'commit', 'begun', '2026-01-01T00:00:00.000000+00:00', NULL)")
    shutil.rmtree(place.data / "views")
    with pytest.raises(StoreDamagedError, match="undone"):
        KnowledgeBase.open(place.data, write=True, settings=SETTINGS)
    with KnowledgeBase.open(place.data, write=True, settings=SETTINGS, repair=True) as kb:
        assert rebuild(kb, rows_of) == []
        assert verify(kb) == []
    KnowledgeBase.open(place.data, write=True, settings=SETTINGS).close()


def test_export_writes_whole_files_only(sound: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    place = copy(sound, tmp_path)
    with KnowledgeBase.open(place.data, write=False, settings=SETTINGS) as kb:
        stream = io.BytesIO()
        export(kb, "nq", stream)
        export(kb, "nq", tmp_path / "out.nq")
        assert (tmp_path / "out.nq").read_bytes() == stream.getvalue()
        assert stream.getvalue().count(b"\n") == 61
        export(kb, "jsonld", tmp_path / "out.jsonld")
        assert len(json.loads((tmp_path / "out.jsonld").read_bytes())) > 0
        with pytest.raises(QueryError, match="no format"):
            export(kb, "xls", stream)  # type: ignore[arg-type]
        with pytest.raises(CannotRunError):
            export(kb, "nq", tmp_path / "absent" / "out.nq")
    assert {p.name for p in tmp_path.iterdir()} == {"data", "out.nq", "out.jsonld"}


def test_there_is_nothing_to_verify_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        KnowledgeBase.open(tmp_path / "x", write=False, settings=SETTINGS)
