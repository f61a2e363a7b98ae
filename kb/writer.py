"""Carrying out one batch, and undoing one that did not finish; see ``kb.base`` for the order and why it is undone."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Final

from kb.commit import Change, Event
from kb.errors import DuegraphError, StoreDamagedError
from kb.graph_files import LARGE_GRAPH, is_copying_cheaper
from kb.long_text import LongText
from kb.registry import Registry
from kb.search import IndexRow, SearchIndex
from kb.settings import Settings
from kb.store import EvidenceStore
from kb.text import TextStore
from kb.views import Views

log = logging.getLogger(__name__)

_PART: Final = "graph.part"
"""Directory of a live store in the making."""
STEPS: Final = ("files", "begun", "graph", "index", "view", "done", "pruned")
"""The moments of a batch at which an observer is called; between any two of them a process may die."""


class Writer:
    """The owner's side of a data directory: the live store and index, and the batches that change them.

    Not safe for threads; ``KnowledgeBase`` lets one in at a time.
    """

    def __init__(
        self,
        data: Path,
        registry: Registry,
        texts: TextStore,
        views: Views,
        settings: Settings,
        observer: Callable[[str], None] | None,
    ) -> None:
        self._data = data
        self._registry = registry
        self._texts = texts
        self._views = views
        self._settings = settings
        self._observer = observer
        self._graph: EvidenceStore | None = None
        self._index: SearchIndex | None = None
        self._broken = False

    def live(self) -> tuple[EvidenceStore, SearchIndex]:
        """Return the live store and index, opened when first asked for."""
        if self._graph is None or self._index is None:
            self._graph = EvidenceStore.owner(self._data / "graph")
            self._index = SearchIndex.open(self._data / "index", create=True)
        return self._graph, self._index

    def close(self) -> None:
        """Release the live store and index; the next batch opens them again."""
        if self._index is not None:
            self._index.close()
        if self._graph is not None:
            self._graph.close()
        self._graph = self._index = None

    def carry_out(self, change: Change, work: Callable[[], None] | None = None) -> None:
        """Make a change durable and visible, wholly or not at all.

        Args:
            change: what to do; an empty one does nothing.
            work: further work on the live store and index, done first; it always leads to a new view.

        Raises:
            RecordError: facts cannot be stored.
            StoreDamagedError: the disk is full or fails, or an earlier batch could not be undone.
        """
        if self._broken:
            raise StoreDamagedError(
                "an earlier batch could not be undone.",
                code="undo-failed",
                place=str(self._data),
                remedy="Free disk space and start the program again.",
            )
        if not change.events and not change.touches_view and work is None:
            return
        self._texts.put(change.files)
        self._step("files")
        sequence, now = self._registry.begin(change.what)
        view: int | None = None
        try:
            self._step("begun")
            if work is not None:
                work()
            if change.touches_view or work is not None:
                self._apply(change)
                self._views.publish(sequence, self.live()[0], self._data / "index")
                view = sequence
                self._step("view")
            self._record(change.events, sequence, now, view)
        except BaseException as error:
            self._undo([sequence], error)
            raise
        self._step("done")
        if view is not None:
            self._prune(view)
        self._step("pruned")

    def _step(self, name: str) -> None:
        if self._observer is not None:
            self._observer(name)

    def _apply(self, change: Change) -> None:
        graph, index = self.live()
        if self._is_copying_cheaper(change):
            graph = self._without(graph, change.drop)
            graph.apply(drop=(), add=change.add)
        else:
            graph.apply(drop=change.drop, add=change.add, in_portions=change.drop_facts >= LARGE_GRAPH)
        self._step("graph")
        if change.owners or change.rows:
            index.apply(remove=change.owners, rows=change.rows)
        self._step("index")

    def _is_copying_cheaper(self, change: Change) -> bool:
        if change.drop_facts < LARGE_GRAPH:
            return False
        sequence, _ = self._registry.position()
        stored = sum(one.counts.get("facts", 0) for one in self._registry.documents(sequence=sequence))
        stored += sum(one.counts.get("facts", 0) for one in self._registry.derived(sequence=sequence))
        return is_copying_cheaper(change.drop_facts, stored - change.drop_facts)

    def _without(self, graph: EvidenceStore, drop: Collection[str]) -> EvidenceStore:
        """Replace the live store by one without some graphs; a kill in between is undone like any unfinished batch."""
        live, made = self._data / "graph", self._data / _PART
        _clear(made)
        try:
            graph.copy_without(drop, made)
            graph.close()
            self._graph = None
            _clear(live)
            made.rename(live)
        except OSError as error:
            raise StoreDamagedError(
                f"the graph could not be replaced: {error}",
                code="graph-write",
                place=str(live),
                remedy="Free disk space or repair the disk, then run the command again.",
            ) from error
        finally:
            _clear(made)
        self._graph = EvidenceStore.owner(live)
        return self._graph

    def _record(self, events: Iterable[Event], sequence: int, now: str, view: int | None) -> None:
        registry = self._registry
        with registry.transaction() as connection:
            for event in events:
                if event.act == "recount":
                    registry.recount(connection, event.table, event.key, event.values)
                elif event.act == "close":
                    registry.close_row(connection, event.table, event.key, sequence=sequence, now=now)
                else:
                    values = {**event.values, "recorded_at": now, "from_sequence": sequence}
                    registry.open_row(connection, event.table, values)
            registry.finish(connection, sequence, view)

    def _prune(self, view: int) -> None:
        try:
            self._views.prune(view, self._settings.keep_views)
        except OSError as error:
            # The batch is durable; what is left over costs space only, and the next batch tries again.
            log.warning("event=views.prune-failed error=%r", error)

    def _undo(self, sequences: list[int], cause: BaseException | None) -> None:
        """Put live graph and index back to the published view."""
        self._broken = True
        try:
            self.close()
            _, number = self._registry.position()
            self._views.restore(number, self._data / "graph", self._data / "index")
            self._registry.undo(sequences)
        except DuegraphError as error:
            if cause is None:
                raise
            cause.add_note(f"The batch could not be undone either, and will be on the next start: {error}")
            return
        self._broken = False

    def recover(self, *, repair: bool, sweep: bool) -> None:
        """Undo what a killed owner left unfinished, and make sure that there is a view to read.

        Args:
            repair: go on when that is impossible, because the graph and the index will be rebuilt.
            sweep: the last owner was killed, so it may have left files behind.

        Raises:
            StoreDamagedError: the published view is missing or the disk fails.
        """
        unfinished = self._registry.unfinished()
        _, number = self._registry.position()
        missing = not (self._data / "graph").is_dir() or not (self._data / "index").is_dir()
        if unfinished or (missing and number is not None):
            try:
                self._undo(unfinished, None)
            except StoreDamagedError:
                if not repair:
                    raise
                # Both are thrown away by the rebuild; until it is done, readers keep the published view.
                self._views.restore(None, self._data / "graph", self._data / "index")
                self._broken = False
        if sweep:
            self._texts.sweep()
            _clear(self._data / _PART)
        if number is None:
            (self._data / "index").mkdir(exist_ok=True)
            self.carry_out(Change("create"), work=lambda: None)
        else:
            self._prune(number)

    def optimize(self) -> None:
        """Merge the files of graph and index."""

        def work() -> None:
            graph, index = self.live()
            graph.optimize()
            index.optimize()

        self.carry_out(Change("optimize"), work=work)

    def replace_all(
        self,
        graphs: Iterable[Sequence[tuple[str, str | LongText]]],
        rows: Iterable[Sequence[IndexRow]],
        events: list[Event],
    ) -> None:
        """Make graph and index anew from portions; see ``KnowledgeBase.replace_all``."""

        def work() -> None:
            self.close()
            self._views.restore(None, self._data / "graph", self._data / "index")
            graph, index = self.live()
            for portion in graphs:
                graph.apply(drop=(), add=portion)
            graph.optimize()
            for some in rows:
                index.apply(remove=(), rows=some)
            index.optimize()

        self.carry_out(Change("rebuild", events=events), work=work)


def _clear(folder: Path) -> None:
    """Remove a directory of the live store, or what a killed copy left of one."""
    if folder.exists():
        shutil.rmtree(folder)
