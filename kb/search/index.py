"""The search index of one data directory: apply a batch, search, count."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray
from whoosh import index as whoosh_index
from whoosh.index import LockError

from kb.errors import QueryError, StoreDamagedError, StoreOwnedError
from kb.search.blocks import blocks, schema
from kb.search.evaluate import Clock, Evaluation, Mask
from kb.search.fold import fold
from kb.search.grammar import parse
from kb.search.merge import tiered
from kb.search.model import Hit, IndexRow, SearchResult, Sort
from kb.search.norms import asked_norms
from kb.search.query import And, Node, Or, Property
from kb.search.segments import Caches, Segment, snapshot
from kb.search.snippet import passage
from kb.search.suggest import corrected

MAX_LIMIT: Final = 1_000
MAX_OFFSET: Final = 100_000
DEFAULT_SECONDS: Final = 0.8
"""Time one search may take before it answers with what it has."""

_READERS: Final = 8
"""Open readers at most: each holds every segment file open, and Python runs one search at a time anyway."""

_RETRIES: Final = 20
"""A reader that opens while a writer commits may find its list of files gone; the next try sees the new list."""

_REBUILD: Final = "Rebuild the index from the store (duegraph rebuild)."


class SearchIndex:
    """Full-text index over everything stored; derived data, rebuilt from the store when in doubt.

    Any number of threads may search while one applies. Every search sees the newest commit, whole. Never open an
    index that comes from somewhere else: Whoosh reads its files with ``pickle``.
    """

    def __init__(self, path: Path, index: Any, seconds: float) -> None:
        self._path = path
        self._index = index
        self._seconds = seconds
        self._caches = Caches()
        self._writing = threading.Lock()
        self._idle: list[tuple[int, Any]] = []
        self._idle_lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(_READERS)
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, create: bool, seconds: float = DEFAULT_SECONDS) -> SearchIndex:
        """Open the index in directory ``path``.

        Args:
            path: a directory of its own; nothing else may live there.
            create: make an empty index when there is none.
            seconds: time one search may take.

        Raises:
            StoreDamagedError: there is no index and none may be made, or it cannot be read.
        """
        try:
            if create and not (path.is_dir() and whoosh_index.exists_in(str(path))):
                path.mkdir(parents=True, exist_ok=True)
                return cls(path, whoosh_index.create_in(str(path), schema()), seconds)
            return cls(path, whoosh_index.open_dir(str(path)), seconds)
        except (whoosh_index.IndexError, OSError, ValueError, AttributeError, ImportError, EOFError) as problem:
            detail = f"The search index cannot be opened: {problem}"
            raise StoreDamagedError(detail, place=str(path), remedy=_REBUILD) from problem

    def close(self) -> None:
        """Release all files; searching afterwards is an error."""
        self._closed = True
        with self._idle_lock:
            readers, self._idle = self._idle, []
        for _, reader in readers:
            reader.close()
        self._index.close()

    # --- writing -------------------------------------------------------------------------------------------------

    def apply(self, *, remove: Collection[str], rows: Iterable[IndexRow]) -> None:
        """Remove every row of the owners in ``remove``, then add ``rows``, in one commit that is on disk on return.

        A row replaces the row of the same owner and id, in the batch (the last one stays) and in the index, so
        repeating a batch changes nothing.

        Raises:
            StoreOwnedError: another process is writing.
        """
        arriving: dict[str, dict[str, IndexRow]] = defaultdict(dict)
        for row in rows:
            if not row.owner:
                raise ValueError(f"row {row.id!r} has no owner")
            arriving[row.owner][row.id] = row
        with self._writing:
            removed = set(remove)
            kept = self._rows_of(set(arriving) - removed)
            for owner, existing in kept.items():
                arriving[owner] = existing | arriving[owner]
            writer = self._writer()
            try:
                removed |= kept.keys()
                _delete(writer, removed)
                for owner, owned in arriving.items():
                    for block in blocks(owner, owned.values()):
                        writer.add_document(**block)
            except BaseException:
                writer.cancel()
                raise
            before = self._files()
            writer.commit(mergetype=tiered)
            self._flush(self._files() - before)

    def optimize(self) -> None:
        """Merge everything into one segment and drop deleted rows."""
        with self._writing:
            writer = self._writer()
            before = self._files()
            writer.commit(optimize=True)
            self._flush(self._files() - before)

    def _writer(self) -> Any:
        try:
            return self._index.writer(limitmb=_WRITER_MEGABYTES)
        except LockError as problem:
            remedy = "Wait until it has finished, or stop it."
            detail = "Another process is writing to the search index."
            raise StoreOwnedError(detail, place=str(self._path), remedy=remedy) from problem

    def _files(self) -> set[str]:
        return {entry.name for entry in self._path.iterdir() if entry.is_file()}

    def _flush(self, names: Iterable[str]) -> None:
        """Have the operating system put new files on disk; Whoosh itself never asks for it."""
        for place in (*(self._path / name for name in names), self._path):
            handle = os.open(place, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _rows_of(self, owners: Collection[str]) -> dict[str, dict[str, IndexRow]]:
        found: dict[str, dict[str, IndexRow]] = {}
        if owners:
            with self._snapshot() as segments:
                for segment in segments:
                    for number, owner in enumerate(segment.rows.owners):
                        if owner in owners and segment.live[segment.rows.base[number]]:
                            base = segment.rows.base
                            rows = (segment.row(row) for row in range(int(base[number]), int(base[number + 1])))
                            found.setdefault(owner, {}).update((row.id, row) for row in rows)
        return found

    # --- reading -------------------------------------------------------------------------------------------------

    @contextmanager
    def _snapshot(self) -> Iterator[tuple[Segment, ...]]:
        """Lend a reader of the newest commit to one search; a Whoosh reader must never be used by two threads."""
        if self._closed:
            raise ValueError("the search index is closed")
        with self._slots:
            generation, reader = self._newest()
            try:
                yield snapshot(reader, self._caches)
            finally:
                self._put_back(generation, reader)

    def _put_back(self, generation: int, reader: Any) -> None:
        with self._idle_lock:
            if not self._closed:
                self._idle.append((generation, reader))
                return
        reader.close()

    def _newest(self) -> tuple[int, Any]:
        # Whoosh's own reuse of an older reader is not used: a segment is only current together with its deletions.
        newest = int(self._index.latest_generation())
        with self._idle_lock:
            held = self._idle.pop() if self._idle else None
        if held is not None:
            if held[0] == newest:
                return held
            held[1].close()
        problem: Exception | None = None
        for _ in range(_RETRIES):
            newest = int(self._index.latest_generation())
            try:
                return newest, self._index.reader()
            except (FileNotFoundError, whoosh_index.EmptyIndexError) as race:
                problem = race
        detail = f"The search index cannot be read: {problem}"
        raise StoreDamagedError(detail, place=str(self._path), remedy=_REBUILD)

    def count(self) -> int:
        """Number of rows."""
        with self._snapshot() as segments:
            return sum(int(segment.live.sum()) for segment in segments)

    def owners(self) -> dict[str, int]:
        """Number of rows of every owner that has any."""
        counts: dict[str, int] = defaultdict(int)
        with self._snapshot() as segments:
            for segment in segments:
                base = segment.rows.base
                for number, owner in enumerate(segment.rows.owners):
                    if segment.live[base[number]]:
                        counts[owner] += int(base[number + 1] - base[number])
        return dict(counts)

    def search(
        self,
        query: str,
        *,
        type: str | None = None,  # noqa: A002 - the name callers and the command line use
        language: str | None = None,
        filters: Mapping[str, str | Sequence[str]] | None = None,
        limit: int = 20,
        offset: int = 0,
        sort: Sort = "relevance",
    ) -> SearchResult:
        """Find rows.

        Args:
            query: in the language of ``kb.search.grammar``; empty means every row the filters leave.
            type: only rows of this type.
            language: only rows in this language.
            filters: property -> value, or values of which one must apply; all properties must apply.
            limit: rows on this page, 0 to ``MAX_LIMIT``.
            offset: rows before this page.
            sort: by relevance, by document and place in it, or by title; equal rows follow in order of place.

        Raises:
            QueryError: the query or another argument is malformed.
        """
        _check_page(limit, offset, sort)
        asked = parse(query)
        norms = asked_norms(query)
        wanted = asked if norms is None else Or((asked, norms))
        node = _filtered(wanted, type, language, filters or {})
        with self._snapshot() as segments:
            evaluation = Evaluation(segments, Clock(self._seconds), self._caches.classes.known)
            masks = [evaluation.mask(node, number) for number in range(len(segments))]
            page = _page(segments, masks, evaluation, wanted, sort, offset, limit)
            hits = tuple(_hit(segments[number], row, score, evaluation) for number, row, score in page)
            return SearchResult(
                total=sum(int(mask.sum()) for mask in masks),
                hits=hits,
                facets=self._facets(segments, masks),
                corrected=corrected(query, asked, evaluation),
                truncated=evaluation.truncated or evaluation.clock.expired,
            )

    def _facets(self, segments: Sequence[Segment], masks: Sequence[Mask]) -> dict[str, dict[str, int]]:
        known = list(self._caches.classes.known)
        total = np.zeros(len(known), dtype=np.int64)
        for segment, mask in zip(segments, masks, strict=True):
            total += np.bincount(segment.rows.classes[mask], minlength=len(known))
        counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for number in np.flatnonzero(total):
            for name, values in known[number].properties.items():
                for value in values:
                    counts[name][value] += int(total[number])
        return {
            name: dict(sorted(values.items(), key=lambda item: (-item[1], item[0])))
            for name, values in sorted(counts.items())
        }


_WRITER_MEGABYTES: Final = 256
"""Memory for postings before Whoosh spills them to disk; blocks keep a batch of 10,000 clauses well below it."""


def _delete(writer: Any, owners: Collection[str]) -> None:
    reader = writer.reader()
    try:
        for leaf, first in reader.leaf_readers():
            for owner in owners:
                if ("owner", owner) in leaf:
                    for number in list(leaf.postings("owner", owner).all_ids()):
                        writer.delete_document(first + number)
    finally:
        reader.close()


def _check_page(limit: int, offset: int, sort: str) -> None:
    if not 0 <= limit <= MAX_LIMIT or not 0 <= offset <= MAX_OFFSET:
        detail = f"limit {limit} or offset {offset} is out of range."
        remedy = (
            f"Use a limit of 0 to {MAX_LIMIT} and an offset of 0 to {MAX_OFFSET}; narrow the search to see the rest."
        )
        raise QueryError(detail, code="query-page", remedy=remedy)
    if sort not in get_args(Sort):
        raise QueryError(
            f"Unknown order {sort!r}.", code="query-sort", remedy=f"Use one of {', '.join(get_args(Sort))}."
        )


def _filtered(node: Node, kind: str | None, language: str | None, filters: Mapping[str, str | Sequence[str]]) -> Node:
    parts: list[Node] = []
    asked: dict[str, str | Sequence[str]] = dict(filters)
    if kind is not None:
        parts.append(Property("type", fold(kind)))
    if language is not None:
        parts.append(Property("language", fold(language)))
    for name, value in asked.items():
        values = (value,) if isinstance(value, str) else tuple(value)
        parts.append(Or(tuple(Property(name, fold(one)) for one in values)))
    return And((*parts, node)) if parts else node


def _page(
    segments: Sequence[Segment],
    masks: Sequence[Mask],
    evaluation: Evaluation,
    asked: Node,
    sort: Sort,
    offset: int,
    limit: int,
) -> list[tuple[int, int, float]]:
    """Return (segment, row, score) of the rows of one page, in order."""
    scores = evaluation.scores(asked, masks) if sort == "relevance" else None
    wanted = offset + limit
    candidates: list[tuple[float, str, str, int, int]] = []
    for number, (segment, mask) in enumerate(zip(segments, masks, strict=True)):
        rows = np.flatnonzero(mask)
        rank = segment.rows.title_rank if sort == "title" else segment.rows.place_rank
        chosen = _best(rows, scores[number] if scores is not None else None, rank, wanted)
        for row in chosen.tolist():
            score = float(scores[number][row]) if scores is not None else 0.0
            title = segment.rows.titles[row] if sort == "title" else ""
            candidates.append((-score, title, segment.rows.places[row], number, row))
    candidates.sort()
    return [(number, row, -score) for score, _, _, number, row in candidates[offset:wanted]]


def _best(
    rows: NDArray[np.int64], scores: NDArray[np.float64] | None, rank: NDArray[np.int64], wanted: int
) -> NDArray[np.int64]:
    keys = (rank[rows],) if scores is None else (rank[rows], -scores[rows])
    if len(rows) > wanted and scores is not None and wanted:
        # Only rows at least as good as the last one wanted need to be put in order.
        floor = np.partition(scores[rows], len(rows) - wanted)[len(rows) - wanted]
        rows = rows[scores[rows] >= floor]
        keys = (rank[rows], -scores[rows])
    chosen: NDArray[np.int64] = rows[np.lexsort(keys)][:wanted]
    return chosen


def _hit(segment: Segment, row: int, score: float, evaluation: Evaluation) -> Hit:
    found = segment.row(row)
    shown = passage(found.text, evaluation.words, quick=evaluation.clock.over())
    return Hit(
        id=found.id,
        type=found.type,
        title=found.title,
        snippet=shown.text,
        score=round(score, 4),
        document=found.document,
        start=found.start,
        end=found.end,
        language=found.language,
        facets=found.facets,
        highlights=shown.highlights,
        snippet_start=shown.start,
        snippet_is_tail=shown.is_tail,
    )
