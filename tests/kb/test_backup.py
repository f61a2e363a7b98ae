from __future__ import annotations

import gzip
import io
import json
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.backup import backup, restore
from kb.base import KnowledgeBase
from kb.errors import (
    ConflictError,
    DuegraphError,
    IncompatibleDataError,
    LimitError,
    StoreDamagedError,
    UnreadableError,
)
from kb.maintenance import verify
from tests.kb.make import SETTINGS, VERSION, revision, row, rows_of

Members = list[tuple[str, bytes]]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup")
    with KnowledgeBase.open(folder / "data", write=True, settings=SETTINGS) as kb:
        kb.commit([revision("a", 1), revision("b", 1)])
        kb.commit([revision("a", 2)])
        kb.derive("links", "<urn:x> <https://example.org/links> <urn:z> .\n", [row("links", "l", 1, 0, 3)])
        kb.audit.append(actor="a", action="x")
        kb.jobs.add("ingest", {"path": "x"})
        backup(kb, folder / "backup.tar.gz")
    return folder / "backup.tar.gz"


def read(archive: Path) -> Members:
    with tarfile.open(archive) as opened:
        return [(m.name, opened.extractfile(m).read()) for m in opened]  # type: ignore[union-attr]


def write(path: Path, members: Members, change: Callable[[tarfile.TarInfo], None] = lambda _: None) -> Path:
    with tarfile.open(path, "w:gz", format=tarfile.USTAR_FORMAT) as opened:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            change(info)
            opened.addfile(info, io.BytesIO(data))
    return path


def test_a_restored_backup_is_the_same_knowledge(archive: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    data = tmp_path / "new" / "data"
    problems = restore(archive, data, rows_of, settings=SETTINGS, progress=lambda a, b: told.append((a, b)))
    assert problems == []
    assert told[-1] == (2, 2)
    with KnowledgeBase.open(data, write=True, settings=SETTINGS) as kb:
        assert verify(kb) == []
        with kb.snapshot() as snapshot:
            found = dict(snapshot.query(f"SELECT ?n ?v {{ ?d <{VERSION}> ?v ; <https://example.org/name> ?n }}"))
            assert found == {"a": "2", "b": "1"}
            assert snapshot.index.count() == 7
            first = min(r.recorded_at for r in snapshot.documents())
        with kb.snapshot(first) as past:
            assert {r.title for r in past.documents()} == {"a v1", "b v1"}
        assert [e.action for e in kb.audit.entries()] == ["x"]
        assert [j.kind for j in kb.jobs.list()] == ["ingest"]
        assert kb.commit([revision("a", 2)])[0].status == "unchanged"
        assert kb.commit([revision("a", 3)])[0].status == "replaced"
    assert [p.name for p in data.parent.iterdir()] == ["data"]


def test_the_archive_holds_nothing_but_rows_and_files(archive: Path) -> None:
    names = [name for name, _ in read(archive)]
    assert names[:2] == ["duegraph-backup.json", "registry.jsonl"]
    assert len(names) == 2 + 3 * 3 + 2
    assert all(name.startswith("files/") for name in names[2:])


def test_a_backup_made_while_writing_is_of_one_moment(tmp_path: Path) -> None:
    names = ("a", "b", "c")
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as kb:
        kb.commit([revision(name, 1) for name in names])
        stop = threading.Event()

        def work() -> None:
            version = 1
            while not stop.is_set():
                version += 1
                kb.commit([revision(name, version) for name in names])

        thread = threading.Thread(target=work)
        thread.start()
        try:
            for number in range(4):
                backup(kb, tmp_path / f"{number}.tar.gz")
        finally:
            stop.set()
            thread.join()
    for number in range(4):
        data = tmp_path / f"restored{number}"
        assert restore(tmp_path / f"{number}.tar.gz", data, rows_of, settings=SETTINGS) == []
        with KnowledgeBase.open(data, write=True, settings=SETTINGS) as kb:
            assert verify(kb) == []
            with kb.snapshot() as snapshot:
                assert len({r.title.partition(" ")[2] for r in snapshot.documents() if r.title}) == 1


def test_a_damaged_store_makes_no_backup(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as kb:
        (done,) = kb.commit([revision("a", 1)])
        with kb.snapshot() as snapshot:
            path = kb.texts.path("original", snapshot.document(done.document).original)
        path.write_bytes(path.read_bytes()[:-1] + b"\xff")
        with pytest.raises(StoreDamagedError):
            backup(kb, tmp_path / "b.tar.gz")
    assert {p.name for p in tmp_path.iterdir()} == {"data"}


def test_what_is_there_is_never_overwritten(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("mine")
    with pytest.raises(ConflictError):
        restore(archive, tmp_path / "data", rows_of, settings=SETTINGS)
    assert (tmp_path / "data" / "x").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert restore(archive, tmp_path / "empty", rows_of, settings=SETTINGS) == []


def without(index: int) -> Callable[[Members], Members]:
    return lambda members: members[:index] + members[index + 1 :]


def rename(index: int, name: str) -> Callable[[Members], Members]:
    return lambda members: [*members[:index], (name, members[index][1]), *members[index + 1 :]]


def rewrite(index: int, change: Callable[[bytes], bytes]) -> Callable[[Members], Members]:
    return lambda members: [*members[:index], (members[index][0], change(members[index][1])), *members[index + 1 :]]


def edit_row(table: str, **values: object) -> Callable[[Members], Members]:
    def change(data: bytes) -> bytes:
        lines = [json.loads(line) for line in data.splitlines()]
        for name, row_ in lines:
            if name == table:
                row_.update(values)
                break
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    return rewrite(1, change)


HOSTILE: dict[str, Callable[[Members], Members]] = {
    "path upwards": rename(5, "../../evil"),
    "absolute path": rename(5, "/tmp/evil"),  # noqa: S108 - never written
    "path in a digest": rename(5, "files/text/../../evil"),
    "index smuggled in": lambda m: [*m, ("index/_MAIN_1.toc", b"cos\nsystem\n(S'true'\ntR.")],
    "registry as database": rename(1, "registry.sqlite"),
    "content swapped": rewrite(5, lambda data: data + b"x"),
    "file missing": without(5),
    "file twice": lambda m: [*m, m[-1]],
    "file nobody asked for": lambda m: [*m, (f"files/text/{'0' * 64}", b"x")],
    "no description": without(0),
    "no registry": without(1),
    "description is no object": rewrite(0, lambda _: b"[]"),
    "description too deep": rewrite(0, lambda _: b"[" * 100_000),
    "registry cut": rewrite(1, lambda data: data[:-10]),
    "registry is no JSON": rewrite(1, lambda data: b"x\n" + data),
    "unknown table": rewrite(1, lambda data: b'["sqlite_master", {}]\n' + data),
    "row with another column": edit_row("documents", evil="x"),
    "row of nested values": edit_row("documents", title=["x"]),
    "number too large": edit_row("documents", size=2**70),
    "kind that is none": edit_row("documents", kind="x"),
    "digest that is a path": edit_row("documents", text="../../../etc/passwd"),
    "time that is none": edit_row("documents", recorded_at="now"),
    "sequence that is none": edit_row("meta", value="x"),
    "directory setting": rewrite(1, lambda data: data + b'["meta", {"key": "view", "value": "1"}]\n'),
    "duplicate key": rewrite(1, lambda data: data + data.splitlines()[0] + b"\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(name: str, archive: Path, tmp_path: Path) -> None:
    hostile = write(tmp_path / "h.tar.gz", HOSTILE[name](read(archive)))
    with pytest.raises((UnreadableError, IncompatibleDataError)):
        restore(hostile, tmp_path / "in" / "data", rows_of, settings=SETTINGS)
    assert list((tmp_path / "in").iterdir()) == []
    assert {p.name for p in tmp_path.iterdir()} == {"in", "h.tar.gz"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_only_plain_files_are_taken(kind: bytes, archive: Path, tmp_path: Path) -> None:
    def change(info: tarfile.TarInfo) -> None:
        if info.name.startswith("files/"):
            info.type, info.linkname = kind, "/etc/passwd"

    with pytest.raises(UnreadableError):
        restore(write(tmp_path / "h.tar.gz", read(archive), change), tmp_path / "d", rows_of, settings=SETTINGS)


def test_extended_headers_and_bombs_are_refused_before_they_are_read(archive: Path, tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 8**11 - 1
    bomb = tmp_path / "bomb.tar.gz"
    with gzip.open(bomb, "wb") as out:
        out.write(info.tobuf(tarfile.USTAR_FORMAT))
        out.write(bytes(1 << 20))
    with pytest.raises(UnreadableError):
        restore(bomb, tmp_path / "d", rows_of, settings=SETTINGS)
    info = tarfile.TarInfo(f"files/text/{'0' * 64}")
    info.size = 8**11 - 1
    with gzip.open(bomb, "wb") as out:
        for name, data in read(archive)[:2]:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            out.write(member.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512))
        out.write(info.tobuf(tarfile.USTAR_FORMAT))
    with pytest.raises(LimitError):
        restore(bomb, tmp_path / "d", rows_of, settings=SETTINGS)
    with pytest.raises(LimitError):
        restore(archive, tmp_path / "d", rows_of, settings=SETTINGS.model_copy(update={"restore_files": 5}))


def test_another_format_is_named(archive: Path, tmp_path: Path) -> None:
    members = rewrite(0, lambda data: data.replace(b'"format": 1', b'"format": 9'))(read(archive))
    with pytest.raises(IncompatibleDataError, match="format 9"):
        restore(write(tmp_path / "h.tar.gz", members), tmp_path / "d", rows_of, settings=SETTINGS)


def test_damaged_archives_are_refused(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    broken = tmp_path / "b.tar.gz"
    for number in range(0, len(whole), max(1, len(whole) // 40)):
        broken.write_bytes(whole[:number])
        with pytest.raises(DuegraphError):
            restore(broken, tmp_path / "d", rows_of, settings=SETTINGS)
        broken.write_bytes(whole[:number] + bytes([whole[number] ^ 0x55]) + whole[number + 1 :])
        try:
            restore(broken, tmp_path / f"ok{number}", rows_of, settings=SETTINGS)
        except DuegraphError:
            continue
        # A flip in the gzip header's unused fields or in padding changes nothing; then the data is whole.
        with KnowledgeBase.open(tmp_path / f"ok{number}", write=True, settings=SETTINGS) as kb:
            assert verify(kb) == []
