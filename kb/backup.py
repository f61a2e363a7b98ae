"""Backups: a consistent archive of registry and files while the owner works, and restoring one that may be hostile.

The archive is ``tar.gz`` in plain ustar form: ``duegraph-backup.json`` (format, when, sequence), ``registry.jsonl``
(every row as JSON) and ``files/<section>/<sha256>``. Graph, index and views are not in it: they are made again from
the files, and index files are Python pickles, which must never come from elsewhere. Restoring therefore reads only
JSON, text and bytes whose hash it checks: no SQLite file, no paths, no links, and no size that was not bounded first.

Source: POSIX.1-2017, pax, "ustar Interchange Format" (header layout, checksum).
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from kb.base import KnowledgeBase
from kb.errors import ConflictError, IncompatibleDataError, LimitError, StoreDamagedError, UnreadableError
from kb.maintenance import Problem, Progress, RowsOf, atomic_file, rebuild
from kb.owner import LOCK_FILE
from kb.registry import FORMAT, Registry
from kb.registry_rows import derived_record, document_record, stamp
from kb.settings import GIB, MIB, Settings
from kb.text import SECTIONS, Section, TextStore

_ABOUT: Final = "duegraph-backup.json"
_REGISTRY: Final = "registry.jsonl"
_FILE: Final = re.compile(r"files/(original|text|facts|rows)/([0-9a-f]{64})")
_TABLES: Final = ("meta", "batches", "documents", "sources", "derived", "jobs", "audit")
_NOT_KEPT: Final = frozenset({"view"})
"""Settings that belong to the directory, not to the data."""

_LEVEL: Final = 1
"""gzip level; what is in the archive is mostly text that packs well even so."""
_BLOCK: Final = 512
_LINE_BYTES: Final = 64 * MIB
_PORTION_BYTES: Final = 32 * MIB


def backup(kb: KnowledgeBase, path: Path, progress: Progress | None = None) -> int:
    """Write everything acknowledged so far to ``path``; the owner may go on writing meanwhile.

    Returns:
        The number of files in the archive.

    Raises:
        StoreDamagedError: a stored file is missing or damaged; no archive is written, so that none looks whole.
        CannotRunError: ``path`` cannot be written.
    """
    with closing(Registry.open(kb.registry.path, write=False, settings=kb.settings)) as registry, _spool() as rows:
        about, wanted = _dump(registry, rows)
        with (
            atomic_file(path) as out,
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=_LEVEL, mtime=0, filename="") as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
        ):
            _add(archive, _ABOUT, io.BytesIO(json.dumps({**about, "files": len(wanted)}).encode()))
            _add(archive, _REGISTRY, rows)
            for done, (section, digest) in enumerate(sorted(wanted), 1):
                _add(archive, f"files/{section}/{digest}", io.BytesIO(kb.texts.get(section, digest)))
                if progress is not None:
                    progress(done, len(wanted))
    return len(wanted)


def _spool() -> IO[bytes]:
    return cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=16 * MIB))


def _add(archive: tarfile.TarFile, name: str, data: IO[bytes]) -> None:
    data.seek(0, os.SEEK_END)
    member = tarfile.TarInfo(name)
    member.size = data.tell()
    member.mode = 0o644
    data.seek(0)
    archive.addfile(member, data)


def _dump(registry: Registry, out: IO[bytes]) -> tuple[dict[str, Any], set[tuple[Section, str]]]:
    """Write the rows of all tables, as of one moment; return what the archive says about itself and its files."""
    wanted: set[tuple[Section, str]] = set()
    with registry.reading() as connection:
        for table in _TABLES:
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1"):  # noqa: S608 - names are constants
                values = dict(row)
                if table == "meta" and values["key"] in _NOT_KEPT:
                    continue
                out.write(json.dumps([table, values], ensure_ascii=False).encode() + b"\n")
                wanted |= _files_of(table, values)
        sequence = int(connection.execute("SELECT value FROM meta WHERE key = 'sequence'").fetchone()[0])
    return {"format": FORMAT, "made_at": stamp(datetime.now(UTC)), "sequence": sequence}, wanted


def _files_of(table: str, values: dict[str, Any]) -> set[tuple[Section, str]]:
    sections: dict[str, tuple[Section, ...]] = {
        "documents": ("original", "text", "facts"),
        "derived": ("facts", "rows"),
    }
    return {(section, str(values[section])) for section in sections.get(table, ())}


# --- restore -----------------------------------------------------------------------------------------------------


def restore(
    archive: Path, data: Path, rows_of: RowsOf, *, settings: Settings, progress: Progress | None = None
) -> list[Problem]:
    """Make a knowledge base of a backup in ``data``, which must be absent or empty; it appears only when it is whole.

    Args:
        archive: may come from anywhere; nothing in it is run, unpickled or used as a path.
        data: the directory to make.
        rows_of: makes the search rows, see ``kb.maintenance.rebuild``.
        settings: bounds on what is unpacked.
        progress: told about every document of the rebuild.

    Raises:
        ConflictError: ``data`` is not empty.
        UnreadableError: the archive is damaged, incomplete, or no Duegraph backup.
        LimitError: it holds more than ``restore_files`` or ``restore_gib``.
        IncompatibleDataError: another format version wrote it.
    """
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise ConflictError(
            f"{data} is not empty.", code="data-not-empty", place=str(data), remedy="Name a new or empty directory."
        )
    data.parent.mkdir(parents=True, exist_ok=True)
    part = data.with_name(f".{data.name}.{os.getpid()}.restoring")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        _unpack(archive, part, settings)
        with KnowledgeBase.open(part, write=True, settings=settings) as kb:
            problems = rebuild(kb, rows_of, progress)
        (part / LOCK_FILE).unlink(missing_ok=True)
        part.rename(data)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return problems


def _unpack(archive: Path, part: Path, settings: Settings) -> None:
    texts = TextStore(part / "files", settings)
    registry = Registry.open(part / "registry.sqlite", write=True, settings=settings)
    try:
        with archive.open("rb") as raw, gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
            members = _members(cast("IO[bytes]", unpacked), settings)
            _expect_about(members)
            wanted = _load_registry(members, registry)
            _must_read(registry)
            missing = wanted - _load_files(members, texts, wanted)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(f"it is damaged: {error}") from error
    finally:
        registry.close()
    if missing:
        section, digest = min(missing)
        raise _unreadable(f"{len(missing)} files are missing, among them {section}/{digest}")


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"the backup cannot be restored: {why}.", code="bad-backup", remedy="Use another backup.")


class _Member:
    """One file in the archive, read front to back."""

    def __init__(self, name: str, size: int, stream: IO[bytes]) -> None:
        self.name, self.size, self._left, self._stream = name, size, size, stream

    def read(self, most: int) -> bytes:
        data = self._stream.read(min(most, self._left))
        if not data and self._left:
            raise _unreadable("it ends early")
        self._left -= len(data)
        return data

    def whole(self) -> bytes:
        parts = []
        while self._left:
            parts.append(self.read(MIB))
        return b"".join(parts)

    def lines(self) -> Iterator[bytes]:
        rest = b""
        while self._left:
            rest += self.read(MIB)
            *lines, rest = rest.split(b"\n")
            yield from lines
            if len(rest) > _LINE_BYTES:
                raise LimitError("a registry row in the backup is too long.", code="backup-too-large")
        if rest:
            raise _unreadable("the registry ends within a row")

    def finish(self) -> None:
        while self._left:
            self.read(MIB)
        self._stream.read(-self.size % _BLOCK)


def _members(stream: IO[bytes], settings: Settings) -> Iterator[_Member]:
    """Yield the members of a plain ustar stream; links, folders and extended headers are refused, not skipped.

    The standard library's reader is not used: it reads extended headers of any claimed size into memory.
    """
    count = total = 0
    limit = settings.restore_gib * GIB
    while True:
        header = stream.read(_BLOCK)
        if len(header) < _BLOCK:
            raise _unreadable("it ends early")
        if header == bytes(_BLOCK):
            # Reading on to the end checks the sum over everything; nothing may hide behind the end mark.
            while rest := stream.read(MIB):
                if rest.strip(b"\0"):
                    raise _unreadable("something follows its end")
            return
        name, size = _header(header)
        count, total = count + 1, total + size
        if (
            count > settings.restore_files
            or total > limit
            or size > max(settings.max_stored_mib * MIB, _LINE_BYTES) * 64
        ):
            raise LimitError(
                f"the backup holds more than {settings.restore_files} files or {settings.restore_gib} GiB.",
                code="backup-too-large",
                remedy="If it is yours, raise DUEGRAPH_RESTORE_FILES or DUEGRAPH_RESTORE_GIB.",
            )
        if name.startswith("files/") and size > settings.max_stored_mib * MIB:
            raise LimitError(
                f"{name} has {size} bytes.", code="backup-too-large", remedy="Raise DUEGRAPH_MAX_STORED_MIB."
            )
        member = _Member(name, size, stream)
        yield member
        member.finish()


def _header(header: bytes) -> tuple[str, int]:
    try:
        claimed = int(header[148:156].rstrip(b"\0 "), 8)
        size = int(header[124:136].rstrip(b"\0 "), 8)
        name = header[:100].rstrip(b"\0").decode("ascii")
    except ValueError as error:
        raise _unreadable("a header is malformed") from error
    if claimed != sum(header[:148]) + 8 * ord(" ") + sum(header[156:]):
        raise _unreadable("a header is damaged")
    if header[156:157] not in {b"0", b"\0"} or header[345:500].strip(b"\0"):
        raise _unreadable("it holds something other than plain files")
    if name not in {_ABOUT, _REGISTRY} and _FILE.fullmatch(name) is None:
        raise _unreadable(f"{name!r} does not belong into a backup")
    return name, size


def _next(members: Iterator[_Member], name: str) -> _Member:
    member = next(members, None)
    if member is None or member.name != name:
        raise _unreadable(f"{name} is not where it must be")
    return member


def _expect_about(members: Iterator[_Member]) -> None:
    member = _next(members, _ABOUT)
    if member.size > MIB:
        raise _unreadable("its description is too long")
    try:
        version = json.loads(member.whole())["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable("its description is malformed") from error
    if version != FORMAT:
        raise IncompatibleDataError(
            f"the backup has format {version!r}; this version of Duegraph reads format {FORMAT}.",
            remedy="Restore it with the Duegraph that made it.",
        )


def _load_registry(members: Iterator[_Member], registry: Registry) -> set[tuple[Section, str]]:
    wanted: set[tuple[Section, str]] = set()
    with registry.transaction() as connection:
        columns = {
            table: [str(row["name"]) for row in connection.execute(f"PRAGMA table_info({table})")] for table in _TABLES
        }
        connection.execute("DELETE FROM meta")
        for line in _next(members, _REGISTRY).lines():
            table, values = _row(line, columns)
            if table == "batches" and values["state"] == "begun":
                # It was running while the backup was made, so nothing of it is in the backup.
                values["state"] = "undone"
            marks = ", ".join("?" for _ in columns[table])
            try:
                connection.execute(
                    f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608 - the table is one of ours
                    [values[column] for column in columns[table]],
                )
            except (sqlite3.Error, OverflowError) as error:
                raise _unreadable(f"a row of {table} does not fit: {error}") from error
            if table == "meta" and values["key"] in _NOT_KEPT:
                raise _unreadable("it holds settings of a directory")
            wanted |= _files_of(table, values)
        for key in ("sequence", "clock"):
            if connection.execute("SELECT 1 FROM meta WHERE key = ?", (key,)).fetchone() is None:
                raise _unreadable(f"the registry lacks its {key}")
    for section, digest in wanted:
        if _FILE.fullmatch(f"files/{section}/{digest}") is None:
            raise _unreadable("a row names no valid file")
    return wanted


def _must_read(registry: Registry) -> None:
    """Refuse rows that fit their columns but mean nothing, before anything is built on them."""
    try:
        registry.position()
        datetime.fromisoformat(str(registry.meta("clock")))
        for row in registry.select("SELECT * FROM documents"):
            document_record(row, ())
        for row in registry.select("SELECT * FROM derived"):
            derived_record(row)
    except (ValueError, KeyError, TypeError, StoreDamagedError) as error:
        raise _unreadable(f"a row of the registry makes no sense: {error}") from error


def _row(line: bytes, columns: dict[str, list[str]]) -> tuple[str, dict[str, Any]]:
    try:
        table, values = json.loads(line)
        fits = list(values) == columns[table] and all(
            value is None or (isinstance(value, (str, int)) and not isinstance(value, bool))
            for value in values.values()
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable("a row of the registry is malformed") from error
    if not fits:
        raise _unreadable(f"a row of {table} is malformed")
    return table, values


def _load_files(
    members: Iterator[_Member], texts: TextStore, wanted: set[tuple[Section, str]]
) -> set[tuple[Section, str]]:
    found: set[tuple[Section, str]] = set()
    waiting: list[tuple[tuple[Section, str], bytes]] = []
    size = 0

    def store() -> None:
        digests = texts.put([(key[0], data) for key, data in waiting])
        for ((section, digest), _), real in zip(waiting, digests, strict=True):
            if digest != real:
                raise _unreadable(f"{section}/{digest} has other content than its name says")

    for member in members:
        match = _FILE.fullmatch(member.name)
        key = None if match is None else (cast("Section", match[1]), match[2])
        if key is None or key not in wanted or key in found or key[0] not in SECTIONS:
            raise _unreadable(f"{member.name} does not belong there")
        found.add(key)
        waiting.append((key, member.whole()))
        size += member.size
        if size >= _PORTION_BYTES:
            store()
            waiting, size = [], 0
    store()
    return found
