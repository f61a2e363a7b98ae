"""The knowledge base: one data directory with its files, graph, index and registry, changed batch by batch.

```
<data>/registry.sqlite   who, what, when; the journal            kb.registry
<data>/files/            originals, texts, facts, by content     kb.text
<data>/graph/  index/    live store and index, the owner's only  kb.store, kb.search
<data>/views/<n>/        published copies, what readers open     kb.views
<data>/cache/            what can be made again, by its making   kb.cache
<data>/owner.lock        the one process that writes             kb.owner
```

A batch goes: files to disk → journalled as begun → live graph → live index → a new view published → one registry
transaction that records the rows, names the view and marks the batch done → acknowledged. Until that transaction,
readers see the old view and the old rows; from it on, the new ones. A batch that was begun and not done (kill, power
loss, full disk) is undone: live graph and index are linked again from the published view, and its files, named by
content, are harmless.

**Why undo and not redo**: nothing unfinished was acknowledged, so both keep the promise; but a batch whose data crashes
the engine would crash every later start when redone, redoing needs disk space when the disk is full, and undoing needs
no journalled copy of the batch. It also lets the graph be written by bulk loading, two to five times faster than by
transactions.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from kb.audit import AuditTrail
from kb.commit import Change, Event, files_present, plan, plan_removal, sha256
from kb.errors import CannotRunError, ConflictError, StoreDamagedError
from kb.ids import derived_graph_iri
from kb.jobs import JobTable
from kb.long_text import LongText
from kb.model import Kind
from kb.owner import OwnerLock
from kb.records import Committed, DerivedRecord, DocumentRecord, Revision
from kb.registry import Registry
from kb.search import IndexRow
from kb.settings import Settings
from kb.snapshot import Snapshot, past
from kb.store import EvidenceStore
from kb.text import TextStore, pack_rows
from kb.views import View, Views
from kb.writer import STEPS, Writer

__all__ = ["STEPS", "KnowledgeBase", "Snapshot"]

_RETRY_SECONDS: Final = 0.01


class KnowledgeBase:
    """One data directory, open for writing (as its owner) or for reading. Threads may share it."""

    def __init__(
        self,
        data: Path,
        settings: Settings,
        registry: Registry,
        lock: OwnerLock | None,
        observer: Callable[[str], None] | None,
    ) -> None:
        """Use ``open``."""
        self.data: Final = data
        self.settings: Final = settings
        self.registry: Final = registry
        self.texts: Final = TextStore(data / "files", settings)
        self.audit: Final = AuditTrail(registry)
        self.jobs: Final = JobTable(registry, settings)
        self.views: Final = Views(data / "views")
        self._lock = lock
        self._writer = None if lock is None else Writer(data, registry, self.texts, self.views, settings, observer)
        self._writing = threading.RLock()
        # Re-entrant, because a snapshot may be collected, and so released, wherever memory is allocated.
        self._viewing = threading.RLock()
        self._view: View | None = None

    @classmethod
    def open(
        cls,
        data: Path,
        *,
        write: bool,
        settings: Settings | None = None,
        repair: bool = False,
        observer: Callable[[str], None] | None = None,
    ) -> KnowledgeBase:
        """Open the data directory.

        Args:
            data: the directory; with ``write`` it is created when absent.
            write: become its owner, after undoing what a killed owner left half done.
            settings: None takes them from the environment.
            repair: open even if an unfinished batch cannot be undone, because ``rebuild`` comes next.
            observer: called with each of ``STEPS`` during a batch (for tests and progress).

        Raises:
            StoreOwnedError: ``write``, and another process owns it; the text says who.
            NotFoundError: not ``write``, and there is no data.
            IncompatibleDataError: another format version wrote it.
            StoreDamagedError: registry, graph or views cannot be opened.
        """
        settings = Settings() if settings is None else settings
        lock: OwnerLock | None = None
        if write:
            _make_directory(data)
            lock = OwnerLock(data)
        try:
            registry = Registry.open(data / "registry.sqlite", write=write, settings=settings)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        base = cls(data, settings, registry, lock, observer)
        try:
            if base._writer is not None and lock is not None:
                base._writer.recover(repair=repair, sweep=lock.was_abandoned)
        except BaseException:
            base.close()
            raise
        return base

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release everything; snapshots taken from it must not be used afterwards."""
        with self._writing, self._viewing:
            if self._writer is not None:
                self._writer.close()
            if self._view is not None:
                self._view.close()
                self._view = None
            self.registry.close()
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    @property
    def writable(self) -> bool:
        """Whether this process owns the data through this object."""
        return self._lock is not None

    def announce(self, url: str) -> None:
        """Let a second writer's error message say where this owner serves requests."""
        if self._lock is not None:
            self._lock.announce(url)

    # --- reading -------------------------------------------------------------------------------------------------

    def snapshot(self, known_at: datetime | None = None) -> Snapshot:
        """Return a consistent view of the current state, or of what was known at a moment in the past.

        Args:
            known_at: a time with a zone; the facts of that moment are loaded into memory (about 10 ms per contract).

        Raises:
            QueryError: ``known_at`` has no zone.
            StoreDamagedError: no published view can be opened.
        """
        if known_at is not None:
            graph = past(self.registry, self.texts, known_at)
            return Snapshot(self.registry, self.texts, graph, known_at=known_at)
        view, sequence = self._current_view()
        return Snapshot(
            self.registry, self.texts, view.graph, view=view, sequence=sequence, release=lambda: self._leave(view)
        )

    def _current_view(self) -> tuple[View, int]:
        """Return the published view with the sequence number that belongs to it, counted as in use."""
        deadline = time.monotonic() + self.settings.open_timeout
        with self._viewing:
            while True:
                # One statement reads both, so they are of one moment even while the owner goes on.
                sequence, number = self.registry.position()
                try:
                    view = self._view
                    if view is None or view.number != number:
                        view = self._open_view(number)
                except FileNotFoundError:
                    # The owner published a newer view and removed this one in between: look again.
                    if time.monotonic() > deadline:
                        raise StoreDamagedError(
                            f"the published view {number} does not exist.",
                            code="view-missing",
                            place=str(self.views.root),
                            remedy="Run `duegraph rebuild`.",
                        ) from None
                    time.sleep(_RETRY_SECONDS)
                    continue
                view.users += 1
                return view, sequence

    def _open_view(self, number: int | None) -> View:
        if number is None:
            raise CannotRunError(
                "the data directory is being created.", code="no-view", place=str(self.data), remedy="Try again."
            )
        view = View(self.views.path(number), number)
        old, self._view = self._view, view
        if old is not None and old.users == 0:
            old.close()
        return view

    def _leave(self, view: View) -> None:
        with self._viewing:
            view.users -= 1
            if view.users == 0 and (view is not self._view or self.views.is_superseded(view.number)):
                if view is self._view:
                    self._view = None
                view.close()

    def known(self, source_key: str, sha256: str, kind: Kind | None, tool_version: str | None = None) -> bool:
        """Return whether the source already holds these bytes, read as ``kind``: then nothing need be read again.

        Args:
            source_key: see ``kb.ids.source_key``.
            sha256: hex digest of the bytes.
            kind: what they would be read as; None when that has yet to be guessed from them.
            tool_version: when given, it must be the one that read them, too.
        """
        record = self.current(source_key)
        return (
            record is not None
            and record.original == sha256.lower()
            and kind in {None, record.kind}
            and tool_version in {None, record.tool_version}
            and files_present(self.texts, record)
        )

    def current(self, source_key: str) -> DocumentRecord | None:
        """Return the document a source points at now, or None."""
        document = self.registry.source_documents([source_key]).get(source_key)
        if document is None:
            return None
        sequence, _ = self.registry.position()
        return next(iter(self.registry.documents(sequence=sequence, id=document)), None)

    # --- writing -------------------------------------------------------------------------------------------------

    def commit(self, revisions: Sequence[Revision]) -> list[Committed]:
        """Store what sources hold now, as one batch; what is returned is durable.

        Revisions count in the order given, so several of one source are fine: the last one stays current.

        Raises:
            RecordError: facts or text cannot be stored; nothing of the batch is.
            StoreDamagedError: the disk is full or fails; nothing of the batch is stored.
            ConflictError: the data is open for reading only.
        """
        with self._writing:
            owner = self._owner()
            change, committed = plan(self.registry, self.texts, revisions)
            owner.carry_out(change)
        return committed

    def derive(self, name: str, facts: str, rows: Iterable[IndexRow] = ()) -> bool:
        """Replace the derived graph ``name`` with its search rows; return False when it is just like that already.

        Raises:
            RecordError: the facts are not canonical N-Triples.
            ValueError: a row names another owner than ``name``.
        """
        return self.derive_all({name: (facts, rows)}) == 1

    def derive_all(self, graphs: Mapping[str, tuple[str, Iterable[IndexRow]]], *, drop: Collection[str] = ()) -> int:
        """Replace many derived graphs as one batch and drop others; return how many changed.

        Args:
            graphs: name -> facts and search rows; one that is just like that already is left alone.
            drop: names of derived graphs to remove; unknown ones are ignored.

        Raises:
            RecordError: facts are not canonical N-Triples; nothing of the batch is stored.
            ValueError: a row names another owner than its graph.
        """
        with self._writing:
            owner = self._owner()
            sequence, _ = self.registry.position()
            known = {one.name: one for one in self.registry.derived(sequence=sequence)}
            change = Change("derive")
            for name, (facts, rows) in graphs.items():
                _derive(change, name, facts, tuple(rows), known.get(name))
            for name in sorted(set(drop) & set(known) - set(graphs)):
                change.drop.append(derived_graph_iri(name))
                change.drop_facts += known[name].counts.get("facts", 0)
                change.owners.append(name)
                change.events.append(Event("close", "derived", name))
            owner.carry_out(change)
        return len(change.owners)

    def drop_derived(self, name: str) -> bool:
        """Remove a derived graph with its search rows; return False when there is none."""
        with self._writing:
            owner = self._owner()
            sequence, _ = self.registry.position()
            if all(one.name != name for one in self.registry.derived(sequence=sequence)):
                return False
            owner.carry_out(
                Change(
                    "drop-derived",
                    drop=[derived_graph_iri(name)],
                    owners=[name],
                    events=[Event("close", "derived", name)],
                )
            )
        return True

    def remove(self, source_key: str) -> str | None:
        """Forget what a source holds (the undo of ingesting it); return its document, None when it held none.

        The document leaves graph and index unless another source holds the same bytes; its files and its past stay,
        for ``known_at``.
        """
        with self._writing:
            owner = self._owner()
            change, document = plan_removal(self.registry, self.texts, source_key)
            owner.carry_out(change)
        return document

    def optimize(self) -> None:
        """Merge the files of graph and index: faster reads, less space; nothing that is stored changes."""
        with self._writing:
            self._owner().optimize()

    def replace_all(
        self,
        graphs: Iterable[Sequence[tuple[str, str | LongText]]],
        rows: Iterable[Sequence[IndexRow]],
        events: list[Event],
    ) -> None:
        """Make graph and index anew from these portions, for ``kb.maintenance.rebuild``.

        Args:
            graphs: (graph IRI, facts), some at a time.
            rows: search rows, some at a time.
            events: what the registry records; may still grow while the portions are made.
        """
        with self._writing:
            self._owner().replace_all(graphs, rows, events)

    def live_graph(self) -> EvidenceStore:
        """Return the owner's own store, for verification; readers and rules use ``snapshot``."""
        return self._owner().live()[0]

    def _owner(self) -> Writer:
        if self._writer is None:
            raise ConflictError("the data is open for reading only.", code="read-only")
        return self._writer

    def documents_now(self) -> list[DocumentRecord]:
        """Return the current documents without opening a view (for maintenance of damaged data)."""
        sequence, _ = self.registry.position()
        return self.registry.documents(sequence=sequence)


def _derive(change: Change, name: str, facts: str, rows: tuple[IndexRow, ...], old: DerivedRecord | None) -> None:
    """Add the replacement of one derived graph to a change, unless nothing would differ."""
    if any(row.owner != name for row in rows):
        raise ValueError(f"a search row of derived graph {name} names another owner")
    packed, data = pack_rows(rows), facts.encode()
    digests = {"facts": sha256(data), "rows": sha256(packed)}
    if old is not None and (old.facts, old.rows) == (digests["facts"], digests["rows"]):
        return
    counts = json.dumps({"facts": facts.count("\n"), "rows": len(rows)}, sort_keys=True)
    graph = derived_graph_iri(name)
    change.files += [("facts", data), ("rows", packed)]
    change.owners.append(name)
    change.rows += rows
    change.drop.append(graph)
    change.add.append((graph, facts))
    if old is not None:
        change.drop_facts += old.counts.get("facts", 0)
        change.events.append(Event("close", "derived", name))
    change.events.append(Event("open", "derived", name, {"name": name, "counts": counts, **digests}))


def _make_directory(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRunError(
            f"the data directory cannot be made: {error}",
            code="data-not-writable",
            place=str(data),
            remedy="Check the path and its permissions, or name another directory with --data.",
        ) from error
