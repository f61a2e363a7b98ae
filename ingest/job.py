"""The ingest job: inputs → documents → facts → one commit per document, in batches, with an answer per input.

Reading runs in limited child processes, one input ahead of extraction, so that two cores are used even with one worker.
An input is answered only after its batch is durable: what was acknowledged survives a kill at any moment.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ingest.columns import NO_COLUMNS, Columns
from ingest.contract_type import contract_title
from ingest.extract import annotate
from ingest.kinds import guess_kind
from ingest.loads import check_load, load_made, load_warnings
from ingest.map import Origin, facts_of, packed_facts_of
from ingest.readers import Input, Limits, ReaderPool
from ingest.workers import WorkerPool
from kb import ids
from kb.base import KnowledgeBase
from kb.errors import CannotRunError, DuegraphError, RecordError, UnreadableError
from kb.lists import KINDS, list_versions
from kb.long_text import LongText
from kb.model import Document, Kind
from kb.records import DocumentRecord, Revision
from kb.rows import index_rows
from kb.shapes import sampled_violations

log = logging.getLogger(__name__)

READ_AHEAD = 2
"""Inputs read while another is extracted, per worker; more only holds memory."""
BATCH_BYTES = 48 * 1024 * 1024
"""Originals and facts of one batch; a large list is committed alone."""


PRIMARY_LIST = re.compile(r"(?:sdn|cons_prim)[^/]*\.csv", re.IGNORECASE)
COMPANION_LIST = re.compile(r"(?:cons_|sdn_)?(?:alt|add|comments)[^/]*\.csv", re.IGNORECASE)
"""Names under which OFAC publishes a list and the files that belong to it."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How a job runs.

    Attributes:
        kind: what every input is; guessed per input when None.
        only: kinds that are taken; an input of another kind is rejected unread. None takes every kind.
        workers: extraction processes; 1 extracts in this process.
        batch: documents per commit (one flush to disk each).
        batch_seconds: a batch is committed at least this often, so that answers do not wait for a slow neighbour.
        again: extract again what is already stored unchanged (after an upgrade of Duegraph or its models).
        force: store a list or register although it lost many entries or is visibly incomplete.
        columns: what columns of tables mean, where their headers do not say it.
    """

    kind: Kind | None = None
    only: frozenset[Kind] | None = None
    workers: int = 1
    batch: int = 16
    batch_seconds: float = 2.0
    again: bool = False
    force: bool = False
    columns: Columns = NO_COLUMNS
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The answer for one input; the fields are the JSON contract of ``ingest``.

    Attributes:
        status: "ingested", "unchanged", "replaced" or "rejected".
        facts: triples stored for the document.
        seconds: time spent on this input, waiting for its batch included.
        error: ``code`` and ``detail`` when it was rejected.
    """

    source: str
    document: str | None
    kind: str | None
    language: str | None
    status: str
    facts: int
    seconds: float
    error: dict[str, str] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """One input after reading: its document, or why there is none."""

    source: Input
    started: float
    data: bytes = b""
    document: Document | None = None
    companions: Mapping[str, Document] = field(default_factory=dict)
    tool_version: str = ""
    stored: DocumentRecord | None = None
    error: DuegraphError | None = None


_Work = tuple[bytes, Document, str, str, Kind | None, str, Mapping[str, Document], Columns]
"""Arguments of ``revise`` for one input."""


@dataclass(frozen=True, slots=True)
class _Ready:
    source: Input
    started: float
    revision: Revision
    warnings: tuple[str, ...]


def revise(
    data: bytes,
    document: Document,
    name: str,
    source_key: str,
    kind: Kind | None,
    tool_version: str,
    companions: Mapping[str, Document],
    columns: Columns = NO_COLUMNS,
) -> Revision:
    """Return what a document becomes: annotations, facts and index rows. Stateless, so it runs anywhere.

    Raises:
        InputError: the text is not what its kind needs.
    """
    found = annotate(document, name=name, kind=kind, companions=companions, columns=columns)
    title = contract_title(document) if found.kind is Kind.CONTRACT else document.title
    document = replace(document, title=title, warnings=(*document.warnings, *load_warnings(found)))
    digest = hashlib.sha256(data).hexdigest()
    document_id = ids.document_id(found.kind, digest)
    origin = Origin(name, digest, tool_version, datetime.now(UTC))
    make = packed_facts_of if found.kind in KINDS else facts_of
    facts = make(document_id, document, found, origin)
    counts = {
        "clauses": len(found.clauses),
        "values": len(found.values),
        "parties": len(found.parties),
        "citations": len(found.citations),
        "events": len(found.events),
        "provisions": len(found.law.provisions) if found.law is not None else 0,
        "entries": len(found.watchlist.entries) if found.watchlist is not None else 0,
        "partners": len(found.register.partners) if found.register is not None else 0,
    }
    return Revision(
        source_key=source_key,
        source=name,
        kind=found.kind,
        original=data,
        document=document,
        facts=facts,
        rows=index_rows(document_id, name, document, found),
        counts={key: count for key, count in counts.items() if count},
        tool_version=tool_version,
    )


def ingest(
    kb: KnowledgeBase, inputs: Iterable[Input], options: IngestOptions, tool_version: str
) -> Iterator[IngestResult]:
    """Yield an answer per input, in the order their batches became durable.

    Args:
        kb: open for writing.
        inputs: what to read, see ``ingest.readers.discover``.
        options: how to run.
        tool_version: version of everything that shapes facts.
    """
    job = _Job(kb, options, tool_version)
    with ReaderPool(options.limits, workers=max(1, options.workers)) as pool:
        if options.workers <= 1:
            yield from job.run_here(job.read_ahead(inputs, pool))
        else:
            with WorkerPool(revise, options.workers) as extractors:
                yield from job.run_in(extractors, job.read_ahead(inputs, pool))
    yield from job.flush()


def companions_of(name: str) -> list[tuple[str, bytes, str]]:
    """Return the files that belong to a primary list file and stand beside it: name, bytes and a short digest.

    OFAC publishes aliases and addresses in files of their own (``sdn.csv`` with ``alt.csv`` and ``add.csv``). Their
    digest becomes part of the tool version, so that a changed alias file makes its list be read again.
    """
    path = Path(name)
    if PRIMARY_LIST.fullmatch(path.name) is None or not path.is_file():
        return []
    found = []
    for sibling in sorted(path.parent.iterdir()):
        if COMPANION_LIST.fullmatch(sibling.name) is not None and sibling.is_file():
            content = sibling.read_bytes()
            found.append((sibling.name, content, hashlib.sha256(content).hexdigest()[:8]))
    return found


class _Job:
    def __init__(self, kb: KnowledgeBase, options: IngestOptions, tool_version: str) -> None:
        self.kb = kb
        self.options = options
        self.tool_version = tool_version
        self.batch: list[_Ready] = []
        self.since = time.monotonic()
        self.kept: dict[tuple[str, str], bytes] = {}

    # --- reading -------------------------------------------------------------------------------------------------

    def read_ahead(self, inputs: Iterable[Input], pool: ReaderPool) -> Iterator[_Read]:
        """Yield inputs in order while the next ones are already being read."""
        waiting: list[Future[_Read]] = []
        ahead = READ_AHEAD * max(1, self.options.workers)
        threads = ThreadPoolExecutor(max(1, self.options.workers))
        try:
            for source in inputs:
                self._keep_companion(source)
                waiting.append(threads.submit(self._read, source, pool))
                if len(waiting) > ahead:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:  # an interrupted job does not read on what was waiting
            threads.shutdown(wait=False, cancel_futures=True)

    def _read(self, source: Input, pool: ReaderPool) -> _Read:
        started = time.monotonic()
        try:
            data = source.read()
            digest = hashlib.sha256(data).hexdigest()
            beside = companions_of(source.name) or self._beside(source.name)
            with_files = (f"with {name} {mark}" for name, _, mark in beside)
            tool_version = "; ".join([self.tool_version, *with_files, *self.options.columns.marks()])
            stored = None if self.options.again else self._stored(source.source_key, digest, tool_version)
            if stored is not None:
                return _Read(source, started, data, stored=stored)
            document = pool.read(data, source.name, kind=self.options.kind)
            self._check_kind(document, source.name)
            companions = {name: pool.read(content, name, kind=Kind.WATCHLIST) for name, content, _ in beside}
        except DuegraphError as error:
            return _Read(source, started, error=error)
        return _Read(source, started, data, document, companions, tool_version)

    def _check_kind(self, document: Document, name: str) -> None:
        """Raise RecordError when the input is of a kind this job does not take."""
        only = self.options.only
        if only is None:
            return
        kind = self.options.kind or guess_kind(document, name)
        if kind not in only:
            raise RecordError(
                f"it is no list and no register; it reads as {kind.value}.",
                code="not-a-list",
                place=name,
                remedy="Store it with `duegraph ingest`, or say with --kind what it is.",
            )

    def _keep_companion(self, source: Input) -> None:
        """Keep what belongs to a list in the same archive; the names of such files come before that of their list."""
        path = PurePosixPath(source.name)
        if COMPANION_LIST.fullmatch(path.name) is not None and not Path(source.name).is_file():
            with contextlib.suppress(DuegraphError):  # it is answered for when its own turn comes
                self.kept[(str(path.parent), path.name)] = source.read()

    def _beside(self, name: str) -> list[tuple[str, bytes, str]]:
        """Return the companions of a list that stand beside it in an archive or came before it in the same job."""
        path = PurePosixPath(name)
        if PRIMARY_LIST.fullmatch(path.name) is None:
            return []
        return [
            (sibling, content, hashlib.sha256(content).hexdigest()[:8])
            for (folder, sibling), content in sorted(self.kept.items())
            if folder == str(path.parent)
        ]

    def _stored(self, source_key: str, digest: str, tool_version: str) -> DocumentRecord | None:
        """Return what the source already holds when its bytes, kind and tool version are unchanged, else None."""
        document = self.kb.registry.source_documents([source_key]).get(source_key)
        record = self.kb.registry.current([document]).get(document) if document is not None else None
        if record is None or record.original != digest:
            return None
        kind = self.options.kind or record.kind
        return record if self.kb.known(source_key, digest, kind, tool_version) else None

    # --- extracting ----------------------------------------------------------------------------------------------

    def run_here(self, reads: Iterable[_Read]) -> Iterator[IngestResult]:
        """Extract in this process."""
        for read in reads:
            if read.document is None:
                yield self._without_document(read)
                continue
            try:
                revision = revise(*self._work(read, read.document))
            except CannotRunError:
                raise  # a missing model is no fault of the input: nothing can be ingested
            except DuegraphError as error:
                yield _rejected(read, error)
                continue
            except Exception as error:  # noqa: BLE001  (the border of one input: its failure must not end the batch)
                yield self._failed(read, error)
                continue
            yield from self._accept(read, revision)

    def run_in(self, extractors: WorkerPool[Revision], reads: Iterable[_Read]) -> Iterator[IngestResult]:
        """Extract in worker processes, answers in the order of the inputs."""
        waiting: list[tuple[_Read, Future[Revision]]] = []
        for read in reads:
            if read.document is None:
                yield self._without_document(read)
                continue
            waiting.append((read, extractors.submit(*self._work(read, read.document))))
            if len(waiting) > READ_AHEAD * self.options.workers:
                yield from self._collect(extractors, *waiting.pop(0))
        while waiting:
            yield from self._collect(extractors, *waiting.pop(0))

    def _work(self, read: _Read, document: Document) -> _Work:
        source = read.source
        return (
            read.data,
            document,
            source.name,
            source.source_key,
            self.options.kind,
            read.tool_version,
            read.companions,
            self.options.columns,
        )

    def _collect(
        self, extractors: WorkerPool[Revision], read: _Read, future: Future[Revision]
    ) -> Iterator[IngestResult]:
        if read.document is None:
            raise ValueError("only what was read is extracted")
        try:
            revision = extractors.result(future, *self._work(read, read.document), name=read.source.name)
        except CannotRunError:
            raise
        except DuegraphError as error:
            yield _rejected(read, error)
            return
        except Exception as error:  # noqa: BLE001  (the border of one input: its failure must not end the batch)
            yield self._failed(read, error)
            return
        yield from self._accept(read, revision)

    def _without_document(self, read: _Read) -> IngestResult:
        """Return the answer of an input that was not read: refused, or stored unchanged."""
        if read.stored is not None:
            return IngestResult(
                read.source.name,
                read.stored.id,
                read.stored.kind.value,
                read.stored.language,
                "unchanged",
                read.stored.counts.get("facts", 0),
                time.monotonic() - read.started,
            )
        return _rejected(read, read.error or UnreadableError("nothing could be read", place=read.source.name))

    def _failed(self, read: _Read, error: Exception) -> IngestResult:
        log.error("event=ingest.failed source=%r", read.source.name, exc_info=error)
        return _rejected(
            read,
            UnreadableError(
                f"extraction failed unexpectedly ({type(error).__name__})",
                code="internal",
                place=read.source.name,
                remedy="Please report it with the log; the rest of the batch went on.",
            ),
        )

    # --- committing ----------------------------------------------------------------------------------------------

    def _accept(self, read: _Read, revision: Revision) -> Iterator[IngestResult]:
        """Take a revision into the batch, unless it is a list whose load is not plausible."""
        load = None if self.options.force else load_made(revision)
        if load is not None:
            # The versions before must be stored to be compared with; lists are few and large, so that costs little.
            if any(ready.revision.kind in KINDS for ready in self.batch):
                yield from self.flush()
            try:
                check_load(revision, load, list_versions(self.kb.registry, self.kb.texts, kind=revision.kind))
            except RecordError as error:
                yield _rejected(read, error)
                return
        yield from self._add(_Ready(read.source, read.started, revision, revision.document.warnings))

    def _add(self, ready: _Ready) -> Iterator[IngestResult]:
        if not self.batch:
            self.since = time.monotonic()
        self.batch.append(ready)
        size = sum(len(r.revision.original) + _held(r.revision.facts) for r in self.batch)
        old = time.monotonic() - self.since > self.options.batch_seconds
        if len(self.batch) >= self.options.batch or size > BATCH_BYTES or old:
            yield from self.flush()

    def flush(self) -> Iterator[IngestResult]:
        """Commit what is waiting and answer for it."""
        batch, self.batch = self.batch, []
        broken = sampled_violations({document_of(ready.revision): ready.revision.facts for ready in batch})
        for ready in batch:
            if messages := broken.get(document_of(ready.revision)):
                yield _not_well_formed(ready, messages)
        batch = [ready for ready in batch if document_of(ready.revision) not in broken]
        if not batch:
            return
        for ready, done in zip(batch, self.kb.commit([r.revision for r in batch]), strict=True):
            yield IngestResult(
                ready.source.name,
                done.document,
                done.kind.value,
                ready.revision.document.language,
                done.status,
                done.facts,
                time.monotonic() - ready.started,
                warnings=ready.warnings,
            )


def _held(facts: str | LongText) -> int:
    """Return how much memory facts take, about."""
    return len(facts) if isinstance(facts, str) else facts.packed_size


def document_of(revision: Revision) -> str:
    """Return the id of the document a revision becomes."""
    return ids.document_id(revision.kind, hashlib.sha256(revision.original).hexdigest())


def _not_well_formed(ready: _Ready, messages: list[str]) -> IngestResult:
    error = RecordError(
        f"its record is not well formed: {messages[0]}",
        code="shape",
        place=ready.source.name,
        remedy="This is a fault of Duegraph or of a row in the file; please report it.",
    )
    return _rejected(_Read(ready.source, ready.started), error)


def _rejected(read: _Read, error: DuegraphError) -> IngestResult:
    detail = f"{error.detail} {error.remedy}".strip()
    return IngestResult(
        read.source.name,
        None,
        None,
        None,
        "rejected",
        0,
        time.monotonic() - read.started,
        {"code": error.code, "detail": detail, "place": error.place or PurePosixPath(read.source.name).name},
    )
