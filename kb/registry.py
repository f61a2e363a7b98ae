"""The registry: which sources, documents and derived graphs exist and existed, and the journal of batches.

SQLite in WAL mode with full synchronisation: what a transaction wrote is on disk when it returns. Every row knows the
batch (sequence number) that made it current and the one that ended it, so a reader that holds a sequence number sees
the registry of that moment while the writer goes on.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from kb.errors import IncompatibleDataError, NotFoundError, StoreDamagedError
from kb.model import Kind
from kb.records import DerivedRecord, DocumentRecord
from kb.registry_rows import derived_record, document_record, seal, stamp
from kb.settings import Settings

FORMAT: Final = 1
"""Version of everything below the data directory; raise it when older versions could misread what is written."""

_APPLICATION: Final = 0x44554547  # "DUEG", SQLite's application_id
_FIRST_SEQUENCE: Final = 0

DOCUMENT_COLUMNS: Final = (
    "id", "kind", "language", "title", "media_type", "size", "counts", "tool_version", "original", "text", "facts",
    "recorded_at", "from_sequence",
)  # fmt: skip
SOURCE_COLUMNS: Final = ("key", "source", "document", "recorded_at", "from_sequence")
DERIVED_COLUMNS: Final = ("name", "facts", "rows", "counts", "recorded_at", "from_sequence")
SEALED: Final[Mapping[str, tuple[str, ...]]] = {
    "documents": DOCUMENT_COLUMNS,
    "sources": SOURCE_COLUMNS,
    "derived": DERIVED_COLUMNS,
}
_KEYS: Final = {"documents": "id", "sources": "key", "derived": "name"}
_AT_SEQUENCE: Final = "from_sequence <= :sequence AND (until_sequence IS NULL OR until_sequence > :sequence)"
_AT_TIME: Final = "recorded_at <= :moment AND (invalidated_at IS NULL OR invalidated_at > :moment)"


class Registry:
    """One connection to the registry, shared by the threads of a process."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, writable: bool) -> None:
        """Use ``open``."""
        self._connection = connection
        self._lock = threading.RLock()
        self.path: Final = path
        self.writable: Final = writable

    @classmethod
    def open(cls, path: Path, *, write: bool, settings: Settings) -> Registry:
        """Open the registry at ``path``; only with ``write`` it is created when absent.

        Raises:
            NotFoundError: there is none, and ``write`` is off.
            IncompatibleDataError: another format version wrote it.
            StoreDamagedError: it is not a registry, or the disk fails.
        """
        if not write and not path.is_file():
            raise _absent(path)
        mode = "rwc" if write else "ro"
        try:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=settings.open_timeout,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise _damaged(path, error) from error
        connection.row_factory = sqlite3.Row
        registry = cls(connection, path, writable=write)
        try:
            registry._prepare()
        except sqlite3.Error as error:
            connection.close()
            raise _damaged(path, error) from error
        except BaseException:
            connection.close()
            raise
        return registry

    def _prepare(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA trusted_schema = OFF")
        application = int(connection.execute("PRAGMA application_id").fetchone()[0])
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        if self.writable and application == 0 and version == 0 and tables == 0:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            self._create()
            return
        if application == 0 and tables == 0:
            raise _absent(self.path)  # its owner is just creating it
        if application != _APPLICATION:
            raise StoreDamagedError(
                "the file is not a Duegraph registry.",
                code="registry-damaged",
                place=str(self.path),
                remedy="Name the right directory with --data, or restore a backup.",
            )
        if version != FORMAT:
            newer = version > FORMAT
            raise IncompatibleDataError(
                f"the data has format {version}; this version of Duegraph reads format {FORMAT}.",
                place=str(self.path.parent),
                remedy="Use the newer Duegraph that wrote it."
                if newer
                else "Make a backup with the Duegraph that wrote it, or ingest the sources again into a new directory.",
            )
        if self.writable:
            connection.execute("PRAGMA synchronous = FULL")

    def _create(self) -> None:
        script = (files("kb") / "schema.sql").read_text(encoding="utf-8")
        now = stamp(datetime.now(UTC))
        self._connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\n"
            f"INSERT INTO meta VALUES ('sequence', '{_FIRST_SEQUENCE}'), ('clock', '{now}'), ('created', '{now}');\n"
            f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
        )

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()

    # --- plumbing ------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold a write transaction: durable when the block ends, rolled back when it raises.

        Raises:
            StoreDamagedError: the disk is full or fails.
        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise _damaged(self.path, error) from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold a read transaction: everything read within it is of one moment."""
        with self._lock:
            try:
                self._connection.execute("BEGIN")
                yield self._connection
            except sqlite3.Error as error:
                raise _damaged(self.path, error) from error
            finally:
                self._roll_back()

    def select(self, query: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query whose text is ours and whose values are parameters."""
        with self._lock:
            try:
                return self._connection.execute(query, parameters).fetchall()
            except sqlite3.Error as error:
                raise _damaged(self.path, error) from error

    def meta(self, key: str) -> str | None:
        """Return a stored setting, or None."""
        found = self.select("SELECT value FROM meta WHERE key = ?", (key,))
        return str(found[0][0]) if found else None

    def set_meta(self, key: str, value: str) -> None:
        """Store a setting (not part of any batch)."""
        with self.transaction() as connection:
            _set_meta(connection, key, value)

    def check(self) -> list[str]:
        """Return what SQLite itself finds wrong with the file, in its words."""
        with self._lock:
            try:
                found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)")]
            except sqlite3.Error as error:
                return [str(error)]
        return [line for line in found if line != "ok"]

    # --- the journal ---------------------------------------------------------------------------------------------

    def position(self) -> tuple[int, int | None]:
        """Return the sequence number of the last finished batch and the number of the published view (None: none)."""
        rows = self.select("SELECT key, value FROM meta WHERE key IN ('sequence', 'view')")
        found = {str(row["key"]): str(row["value"]) for row in rows}
        view = found.get("view")
        return int(found["sequence"]), None if view is None else int(view)

    def begin(self, what: str) -> tuple[int, str]:
        """Journal a new batch and return its sequence number and time, later than that of every batch before."""
        with self.transaction() as connection:
            last = int(connection.execute("SELECT coalesce(max(sequence), 0) FROM batches").fetchone()[0])
            clock = datetime.fromisoformat(str(self.meta("clock")))
            now = stamp(max(datetime.now(UTC), clock + timedelta(microseconds=1)))
            connection.execute("INSERT INTO batches VALUES (?, ?, 'begun', ?, NULL)", (last + 1, what, now))
            _set_meta(connection, "clock", now)
        return last + 1, now

    def unfinished(self) -> list[int]:
        """Return the sequence numbers of batches that were begun and neither finished nor undone."""
        return [int(row[0]) for row in self.select("SELECT sequence FROM batches WHERE state = 'begun'")]

    def finish(self, connection: sqlite3.Connection, sequence: int, view: int | None) -> None:
        """Mark a batch done within the transaction that records it."""
        now = stamp(datetime.now(UTC))
        connection.execute("UPDATE batches SET state = 'done', ended_at = ? WHERE sequence = ?", (now, sequence))
        _set_meta(connection, "sequence", str(sequence))
        if view is not None:
            _set_meta(connection, "view", str(view))

    def undo(self, sequences: Iterable[int]) -> None:
        """Mark batches as undone."""
        now = stamp(datetime.now(UTC))
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE batches SET state = 'undone', ended_at = ? WHERE sequence = ?",
                [(now, one) for one in sequences],
            )

    # --- rows with a life ----------------------------------------------------------------------------------------

    @staticmethod
    def open_row(connection: sqlite3.Connection, table: str, values: Mapping[str, object]) -> None:
        """Insert a current row into documents, sources or derived."""
        columns = SEALED[table]
        row = [values[column] for column in columns]
        marks = ", ".join("?" for _ in range(len(columns) + 1))
        connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}, seal) VALUES ({marks})",  # noqa: S608 - names are constants
            [*row, seal(row)],
        )

    @staticmethod
    def close_row(connection: sqlite3.Connection, table: str, key: str, *, sequence: int, now: str) -> None:
        """End the current row of ``key`` in documents, sources or derived."""
        connection.execute(
            f"UPDATE {table} SET until_sequence = ?, invalidated_at = ? "  # noqa: S608 - names are constants
            f"WHERE {_KEYS[table]} = ? AND until_sequence IS NULL",
            (sequence, now, key),
        )

    @staticmethod
    def recount(connection: sqlite3.Connection, table: str, key: str, counts: Mapping[str, object]) -> None:
        """Give the current row of ``key`` other counts."""
        where = f"{_KEYS[table]} = ? AND until_sequence IS NULL"
        row = connection.execute(f"SELECT * FROM {table} WHERE {where}", (key,)).fetchone()  # noqa: S608 - constants
        text = json.dumps(dict(counts), sort_keys=True)
        values = [text if column == "counts" else row[column] for column in SEALED[table]]
        connection.execute(f"UPDATE {table} SET counts = ?, seal = ? WHERE {where}", (text, seal(values), key))  # noqa: S608

    def source_documents(self, keys: Iterable[str]) -> dict[str, str]:
        """Return source key -> document for those keys that currently point at one."""
        return {
            str(row[0]): str(row[1])
            for some in _portions(keys)
            for row in self.select(
                f"SELECT key, document FROM sources WHERE until_sequence IS NULL AND key IN ({_marks(some)})",  # noqa: S608
                some,
            )
        }

    def holders(self, documents: Iterable[str]) -> dict[str, set[str]]:
        """Return document -> keys of the sources that currently point at it."""
        found: dict[str, set[str]] = {}
        for some in _portions(documents):
            for row in self.select(
                f"SELECT document, key FROM sources WHERE until_sequence IS NULL AND document IN ({_marks(some)})",  # noqa: S608
                some,
            ):
                found.setdefault(str(row[0]), set()).add(str(row[1]))
        return found

    def current(self, documents: Iterable[str]) -> dict[str, DocumentRecord]:
        """Return the current records of those documents that have one; ``sources`` is left empty."""
        return {
            str(row["id"]): document_record(row, ())
            for some in _portions(documents)
            for row in self.select(
                f"SELECT * FROM documents WHERE until_sequence IS NULL AND id IN ({_marks(some)})",  # noqa: S608
                some,
            )
        }

    def documents(
        self,
        *,
        sequence: int | None = None,
        moment: str | None = None,
        kind: Kind | None = None,
        id: str | None = None,  # noqa: A002
    ) -> list[DocumentRecord]:
        """Return the documents that were current at a sequence number or moment, in the order they were recorded."""
        when = _AT_TIME if moment is not None else _AT_SEQUENCE
        values = {"sequence": sequence, "moment": moment, "kind": kind, "id": id}
        wanted = (" AND kind = :kind" if kind is not None else "") + (" AND id = :id" if id is not None else "")
        only = " AND document = :id" if id is not None else ""
        sources: dict[str, list[tuple[str, str]]] = {}
        for row in self.select(f"SELECT * FROM sources WHERE {when}{only} ORDER BY entry", values):  # noqa: S608
            sources.setdefault(str(row["document"]), []).append((str(row["key"]), str(row["source"])))
        rows = self.select(f"SELECT * FROM documents WHERE {when}{wanted} ORDER BY revision", values)  # noqa: S608
        return [document_record(row, tuple(sources.get(str(row["id"]), ()))) for row in rows]

    def revisions(self, kinds: Sequence[Kind]) -> list[DocumentRecord]:
        """Return every revision ever stored of documents of these kinds, oldest first, the past included.

        ``sources`` are all places that ever held the document, the one it came from first.
        """
        marks = ", ".join("?" for _ in kinds)
        rows = self.select(f"SELECT * FROM documents WHERE kind IN ({marks}) ORDER BY revision", list(kinds))  # noqa: S608
        sources: dict[str, dict[tuple[str, str], None]] = {}
        for some in _portions(str(row["id"]) for row in rows):
            for row in self.select(
                f"SELECT document, key, source FROM sources WHERE document IN ({_marks(some)}) ORDER BY entry",  # noqa: S608
                some,
            ):
                sources.setdefault(str(row["document"]), {})[(str(row["key"]), str(row["source"]))] = None
        return [document_record(row, tuple(sources.get(str(row["id"]), ()))) for row in rows]

    def everything(self) -> list[DocumentRecord]:
        """Return the current documents after reading every row of the past too.

        Raises:
            StoreDamagedError: a value in some row makes no sense.
        """
        for row in self.select("SELECT * FROM derived"):
            derived_record(row)
        rows = self.select("SELECT * FROM documents ORDER BY revision")
        records = [(row, document_record(row, ())) for row in rows]
        return [record for row, record in records if row["until_sequence"] is None]

    def derived(self, *, sequence: int | None = None, moment: str | None = None) -> list[DerivedRecord]:
        """Return the derived graphs that were current at a sequence number or moment, by name."""
        when = _AT_TIME if moment is not None else _AT_SEQUENCE
        rows = self.select(
            f"SELECT * FROM derived WHERE {when} ORDER BY name",  # noqa: S608
            {"sequence": sequence, "moment": moment},
        )
        return [derived_record(row) for row in rows]


def _set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def _portions(items: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    """Yield at most ``size`` items at a time, below SQLite's limit of 999 parameters in old builds."""
    everything = sorted(set(items))
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


def _marks(some: Sequence[str]) -> str:
    return ", ".join("?" for _ in some)


def _absent(path: Path) -> NotFoundError:
    return NotFoundError(
        f"there is no Duegraph data in {path.parent}.",
        code="no-data",
        place=str(path.parent),
        remedy="Ingest something first, or name another directory with --data.",
    )


def _damaged(path: Path, error: Exception) -> StoreDamagedError:
    return StoreDamagedError(
        f"the registry cannot be used: {error}",
        code="registry-damaged",
        place=str(path),
        remedy="Free disk space if it is full; otherwise run `duegraph verify`, or restore a backup.",
    )
