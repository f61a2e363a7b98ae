"""Checking, rebuilding and exporting a knowledge base; backups are in ``kb.backup``."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from kb.base import KnowledgeBase
from kb.cache import clear_cache, verify_cache
from kb.commit import Event
from kb.errors import CannotRunError, DuegraphError, QueryError, StoreDamagedError
from kb.ids import derived_graph_iri, document_id, graph_iri, parse_iri
from kb.long_text import LongText
from kb.model import Document
from kb.records import DerivedRecord, DocumentRecord
from kb.registry import SEALED
from kb.registry_rows import seal
from kb.search import IndexRow
from kb.store import FORMATS, EvidenceStore, Format, normal_facts
from kb.text import SECTIONS, Section, flush_directory, unpack_document, unpack_rows

RowsOf = Callable[[DocumentRecord, Document, str], Iterable[IndexRow]]
"""Makes the search rows of a stored document again, from its record, its text with layout, and its facts."""

Progress = Callable[[int, int], None]
"""Called with how many documents are done, and of how many."""

_SENSELESS: Final = "The registry cannot be read"
_REBUILD: Final = "Run `duegraph rebuild`."
_RESTORE: Final = "Restore a backup."
_MADE_AGAIN: Final = "Remove it; it is made again when it is needed."
_OF_DOCUMENT: Final[tuple[Section, ...]] = ("original", "text", "facts")
_OF_DERIVED: Final[tuple[Section, ...]] = ("facts", "rows")
_PORTION_BYTES: Final = 16 << 20
_PORTION_ROWS: Final = 5000


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where the parts of a knowledge base do not agree.

    Attributes:
        part: "registry", "files", "graph", "index", "view", "cache" or "audit".
        document: id of the document (or name of the derived graph) concerned, None when it is none in particular.
        detail: what is wrong, one sentence.
        remedy: what to do about it.
    """

    part: str
    document: str | None
    detail: str
    remedy: str


def verify(kb: KnowledgeBase) -> list[Problem]:
    """Compare files, graph, index and registry with each other and with their check values.

    Everything is read: about 0.1 s per contract. As owner, the live store is checked beside the published view.
    """
    found = list(_check_registry(kb))
    if any(problem.detail.startswith(_SENSELESS) for problem in found):
        return found  # nothing can be compared with a registry that cannot be read
    found += _check_files(kb)
    found += [Problem("cache", None, f"Kept file {name}: {what}", _MADE_AGAIN) for name, what in verify_cache(kb.data)]
    found += [Problem("audit", None, f"The audit trail is broken: {what}.", _RESTORE) for what in kb.audit.verify()]
    sequence, view = kb.registry.position()
    documents, derived = kb.registry.documents(sequence=sequence), kb.registry.derived(sequence=sequence)
    if view is None:
        return [*found, Problem("view", None, "There is no published view.", _REBUILD)]
    damaged = [
        Problem("view", None, f"Published file {name} {what}.", _REBUILD) for name, what in kb.views.verify(view)
    ]
    found += damaged
    # A file that differs from its check value is not opened: it could only repeat the problem, or be misread.
    with contextlib.ExitStack() as stack:
        try:
            snapshot = stack.enter_context(kb.snapshot())
            stores: dict[str, EvidenceStore] = {}
            if not any("graph/" in problem.detail for problem in damaged):
                stores["The published graph"] = snapshot.graph
            if kb.writable:
                stores["The live graph"] = kb.live_graph()
            found += _check_graphs(kb, stores, documents, derived)
            if not any("index/" in problem.detail for problem in damaged):
                found += _check_index(snapshot.index.owners(), documents, derived)
        except DuegraphError as error:
            found.append(Problem("view", None, error.detail, error.remedy or _REBUILD))
    if kb.writable:
        found += [
            Problem("index", None, f"Live index file {name} {what}.", _REBUILD)
            for name, what in kb.views.compare(view, "index", kb.data / "index")
        ]
    return found


def _check_registry(kb: KnowledgeBase) -> Iterator[Problem]:
    registry = kb.registry
    for line in registry.check():
        yield Problem("registry", None, f"SQLite reports: {line}.", _RESTORE)
    for table, columns in SEALED.items():
        for row in registry.select(f"SELECT * FROM {table}"):  # noqa: S608 - table names are constants
            key = str(row[columns[0]] if table != "sources" else row["document"])
            if row["seal"] != seal([row[column] for column in columns]):
                yield Problem("registry", key, f"A row of {table} about {key} was changed or damaged.", _RESTORE)
            if (row["until_sequence"] is None) != (row["invalidated_at"] is None):
                yield Problem("registry", key, f"A row of {table} about {key} has half an end.", _RESTORE)
    try:
        live = {record.id: record for record in registry.everything()}
    except StoreDamagedError as error:
        yield Problem("registry", error.place or None, f"{_SENSELESS}: {error.detail}", _RESTORE)
        return
    sources = registry.select("SELECT key, source, document FROM sources WHERE until_sequence IS NULL")
    pointed = {str(row["document"]) for row in sources}
    for row in sources:
        if str(row["document"]) not in live:
            detail = f"Source {row['source']} points at {row['document']}, which is not current."
            yield Problem("registry", str(row["document"]), detail, f"Ingest {row['source']} again.")
    for id_, record in live.items():
        if id_ not in pointed:
            yield Problem("registry", id_, f"No source holds the current document {id_}.", _RESTORE)
        if id_ != document_id(record.kind, record.original):
            yield Problem("registry", id_, f"The id {id_} does not fit its kind and bytes.", _RESTORE)


def _check_files(kb: KnowledgeBase) -> Iterator[Problem]:
    wanted: dict[tuple[Section, str], tuple[str, str]] = {}
    for row in kb.registry.select("SELECT id, original, text, facts FROM documents"):
        again = _again(kb, str(row["id"]))
        for section in _OF_DOCUMENT:
            wanted.setdefault((section, str(row[section])), (str(row["id"]), again))
    for row in kb.registry.select("SELECT name, facts, rows FROM derived"):
        remedy = "Run the command that derives it again (`duegraph check`)."
        for section in _OF_DERIVED:
            wanted.setdefault((section, str(row[section])), (str(row["name"]), remedy))
    for (section, digest), (owner, remedy) in wanted.items():
        try:
            wrong = kb.texts.verify(section, digest)
            path = kb.texts.path(section, digest)
        except StoreDamagedError as error:
            yield Problem("registry", owner, error.detail, _RESTORE)
            continue
        if wrong is not None:
            what = f"The {section} of {owner} cannot be read from {path}: {wrong}"
            yield Problem("files", owner, f"{what.rstrip('.')}.", f"Remove that file if it exists. {remedy}")
    for section in SECTIONS:
        for digest in kb.texts.names(section):
            if (section, digest) not in wanted and kb.texts.verify(section, digest) is not None:
                path = kb.texts.path(section, digest)
                yield Problem("files", None, f"{path} does not hold what its name says.", "Remove it.")
    for path in kb.texts.strangers():
        yield Problem("files", None, f"{path} is no file of Duegraph.", "Remove it.")


def _again(kb: KnowledgeBase, document: str) -> str:
    rows = kb.registry.select(
        "SELECT source FROM sources WHERE document = ? ORDER BY until_sequence IS NOT NULL, entry LIMIT 1", (document,)
    )
    return f"Ingest {rows[0][0]} again." if rows else _RESTORE


def _expected(
    documents: Sequence[DocumentRecord], derived: Sequence[DerivedRecord]
) -> dict[str, tuple[str, str, Mapping[str, int]]]:
    """Return graph IRI -> (owner, SHA-256 of its facts, counts) of every graph that must exist."""
    wanted = {graph_iri(record.id): (record.id, record.facts, record.counts) for record in documents}
    wanted.update({derived_graph_iri(one.name): (one.name, one.facts, one.counts) for one in derived})
    return wanted


def _check_graphs(
    kb: KnowledgeBase,
    stores: Mapping[str, EvidenceStore],
    documents: Sequence[DocumentRecord],
    derived: Sequence[DerivedRecord],
) -> Iterator[Problem]:
    wanted = _expected(documents, derived)
    for name, store in stores.items():
        for graph in store.graphs():
            if graph not in wanted:
                parsed = parse_iri(graph)
                owner = None if parsed is None else parsed.id
                yield Problem("graph", owner, f"{name} holds {graph}, which is not current.", _REBUILD)
        if store.has_loose_facts():
            yield Problem("graph", None, f"{name} holds facts outside any named graph.", _REBUILD)
    for graph, (owner, digest, _) in wanted.items():
        if kb.texts.verify("facts", digest) is not None:
            continue  # reported with the files; there is nothing to compare with
        should = normal_facts(kb.texts.get("facts", digest).decode())
        for name, store in stores.items():
            present = frozenset(store.facts(graph).splitlines())
            if should != present:
                lost, extra = len(should - present), len(present - should)
                detail = f"{name} of {owner} lacks {lost} of {len(should)} facts and has {extra} others."
                yield Problem("graph", owner, detail, _REBUILD)


def _check_index(
    owners: Mapping[str, int], documents: Sequence[DocumentRecord], derived: Sequence[DerivedRecord]
) -> Iterator[Problem]:
    wanted = {owner: counts.get("rows", 0) for owner, _, counts in _expected(documents, derived).values()}
    for owner in sorted(owners.keys() | wanted.keys()):
        should, present = wanted.get(owner, 0), owners.get(owner, 0)
        if should != present:
            detail = f"The index has {present} rows of {owner} instead of {should}."
            yield Problem("index", owner, detail, _REBUILD)


# --- rebuild -----------------------------------------------------------------------------------------------------


def rebuild(kb: KnowledgeBase, rows_of: RowsOf, progress: Progress | None = None) -> list[Problem]:
    """Make graph and index again from the stored files; readers see the old ones until it is done.

    Open the knowledge base with ``repair=True`` when it does not open otherwise.

    Args:
        kb: open for writing.
        rows_of: makes search rows; those of derived graphs are stored and taken from there.
        progress: told about every document.

    Returns:
        The documents that could not be rebuilt because a file of theirs is missing or damaged.

    Raises:
        StoreDamagedError: the disk is full or fails; nothing has changed.
    """
    documents = kb.documents_now()
    sequence, _ = kb.registry.position()
    derived = kb.registry.derived(sequence=sequence)
    problems: list[Problem] = []
    events: list[Event] = []

    def graphs() -> Iterator[list[tuple[str, str | LongText]]]:
        portion: list[tuple[str, str | LongText]] = []
        size = 0
        for graph, (owner, digest, _) in _expected(documents, derived).items():
            try:
                facts = kb.texts.facts(digest)
            except DuegraphError as error:
                problems.append(Problem("files", owner, error.detail, error.remedy or _again(kb, owner)))
                continue
            if isinstance(facts, LongText) and (fault := kb.texts.verify("facts", digest)) is not None:
                problems.append(Problem("files", owner, fault, _again(kb, owner)))
                continue
            portion.append((graph, facts))
            size += len(facts) if isinstance(facts, str) else facts.packed_size
            if size >= _PORTION_BYTES:
                yield portion
                portion, size = [], 0
        yield portion

    def rows() -> Iterator[list[IndexRow]]:
        portion: list[IndexRow] = []
        for done, record in enumerate(documents, 1):
            try:
                document = unpack_document(kb.texts.get("text", record.text))
                facts = kb.texts.get("facts", record.facts).decode()
            except DuegraphError as error:
                problems.append(Problem("files", record.id, error.detail, error.remedy or _again(kb, record.id)))
                continue
            made = list(rows_of(record, document, facts))
            if len(made) != record.counts.get("rows", 0):
                events.append(Event("recount", "documents", record.id, {**record.counts, "rows": len(made)}))
            portion += made
            if len(portion) >= _PORTION_ROWS:
                yield portion
                portion = []
            if progress is not None:
                progress(done, len(documents))
        for one in derived:
            try:
                portion += unpack_rows(kb.texts.get("rows", one.rows))
            except DuegraphError as error:
                problems.append(Problem("files", one.name, error.detail, "Run `duegraph check` again."))
        yield portion

    kb.replace_all(graphs(), rows(), events)
    clear_cache(kb.data)
    return problems


# --- export ------------------------------------------------------------------------------------------------------


def export(kb: KnowledgeBase, format: Format, out: Path | IO[bytes]) -> None:  # noqa: A002 - the command's word
    """Write all current facts as "nq", "nt", "ttl", "trig" or "jsonld", as a stream.

    Args:
        kb: open for reading or writing.
        format: "ttl" and "nt" have no graphs: they lose which document states a fact.
        out: a file, which appears when it is complete and not before, or an open stream.

    Raises:
        QueryError: no such format.
        CannotRunError: the file cannot be written.
    """
    if format not in FORMATS:
        raise QueryError(f"there is no format {format!r}.", code="no-format", remedy=f"Use {', '.join(FORMATS)}.")
    with kb.snapshot() as snapshot:
        if not isinstance(out, Path):
            snapshot.graph.dump(out, format)
            return
        with atomic_file(out) as file:
            snapshot.graph.dump(file, format)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when the block ends without an error, and durably.

    Raises:
        CannotRunError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        flush_directory(path.parent)
    except OSError as error:
        raise CannotRunError(
            f"the file cannot be written: {error}",
            code="file-not-writable",
            place=str(path),
            remedy="Check the folder, its permissions and free space.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
