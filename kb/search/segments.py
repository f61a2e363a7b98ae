"""One consistent view of the index: its segments, which rows are live, and the places of words.

Whoosh segments never change once written, except that blocks of them are marked deleted. What was read from a segment
is therefore kept, keyed by segment and number of deletions, and shared by all threads; only Whoosh's readers, which
are not safe to share, belong to one search at a time.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from whoosh.reading import TermNotFound

from kb.search.blocks import POSITION_BITS, Head, unpack
from kb.search.fold import fold
from kb.search.model import IndexRow

Keys = NDArray[np.int64]
"""Places of a word or phrase in one segment: ``row << 24 | position``, ascending, without duplicates."""

EMPTY: Final[Keys] = np.empty(0, dtype=np.int64)

_POSTING_CACHE_BYTES: Final = 64 * 1024 * 1024
_WORD_CACHE_BYTES: Final = 16 * 1024 * 1024

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """A thread-safe least-recently-used cache limited by the total cost of what it holds."""

    def __init__(self, limit: int, cost: Callable[[Value], int]) -> None:
        self._limit = limit
        self._cost = cost
        self._held: OrderedDict[Hashable, Value] = OrderedDict()
        self._total = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value kept for ``key``, else make and keep it."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        value = make()
        with self._lock:
            if key not in self._held:
                self._held[key] = value
                self._total += self._cost(value)
                while self._total > self._limit and len(self._held) > 1:
                    _, dropped = self._held.popitem(last=False)
                    self._total -= self._cost(dropped)
        return value


@dataclass(frozen=True, slots=True)
class RowClass:
    """Properties that many rows share: name -> values, "type" and "language" among the names.

    Attributes:
        folded: the same with values in the spelling used for matching.
    """

    properties: Mapping[str, tuple[str, ...]]
    folded: Mapping[str, frozenset[str]]

    @classmethod
    def from_text(cls, text: str) -> RowClass:
        """Read what ``blocks.row_class`` wrote."""
        kind, language, facets = json.loads(text)
        properties = {"type": (kind,), "language": (language,)}
        for name, joined in facets:
            values = tuple(dict.fromkeys(value for value in joined.split(VALUE_SEPARATOR) if value))
            if values and name not in properties:
                properties[name] = values
        return cls(properties, {name: frozenset(map(fold, values)) for name, values in properties.items()})


VALUE_SEPARATOR: Final = "|"


class Classes:
    """Numbers for the distinct combinations of type, language and facets, shared by all segments of an index."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.known: list[RowClass] = []
        self._lock = threading.Lock()

    def number(self, text: str) -> int:
        """Return the number of one combination, giving it the next free one when it is new."""
        known = self._numbers.get(text)
        if known is not None:
            return known
        with self._lock:
            if text not in self._numbers:
                self.known.append(RowClass.from_text(text))
                self._numbers[text] = len(self.known) - 1
            return self._numbers[text]


@dataclass(frozen=True)
class SegmentRows:
    """What is known of the rows of one segment, deleted ones included; arrays have one item per row.

    Attributes:
        base: number of the first row of each block, and the number of rows as last item.
        place_rank: rank of the row's place among the rows of the segment.
        title_rank: rank by title, then by place.
    """

    owners: tuple[str, ...]
    base: NDArray[np.int64]
    lengths: NDArray[np.float64]
    classes: NDArray[np.int32]
    places: list[str]
    titles: list[str]
    place_rank: NDArray[np.int64]
    title_rank: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of rows, deleted ones included."""
        return len(self.places)

    @classmethod
    def read(cls, reader: Any, classes: Classes) -> SegmentRows:
        """Read the ``head`` column of a Whoosh segment reader."""
        column = reader.column_reader("head")
        heads = [Head.from_bytes(bytes(column[number])) for number in range(reader.doc_count_all())]
        places = [place for head in heads for place in head.places]
        titles = [title for head in heads for title in head.titles]
        counts = [len(head.places) for head in heads]
        return cls(
            tuple(head.owner for head in heads),
            np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype(np.int64),
            np.array([length for head in heads for length in head.lengths], dtype=np.float64),
            np.array([classes.number(text) for head in heads for text in head.classes], dtype=np.int32),
            places,
            titles,
            _rank(range(len(places)), places.__getitem__),
            _rank(range(len(places)), lambda row: (titles[row], places[row])),
        )


def _rank(rows: Iterable[int], key: Callable[[int], Any]) -> NDArray[np.int64]:
    order = sorted(rows, key=key)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


@dataclass(frozen=True)
class Caches:
    """What is kept between searches, for all threads."""

    classes: Classes = field(default_factory=Classes)
    segments: BoundedCache[SegmentRows] = field(
        default_factory=lambda: BoundedCache(limit=4_000_000, cost=lambda rows: rows.count)
    )
    live: BoundedCache[NDArray[np.bool_]] = field(
        default_factory=lambda: BoundedCache(limit=64_000_000, cost=lambda live: live.nbytes)
    )
    postings: BoundedCache[Keys] = field(
        default_factory=lambda: BoundedCache(_POSTING_CACHE_BYTES, cost=lambda keys: keys.nbytes + 200)
    )
    words: BoundedCache[tuple[str, ...]] = field(
        default_factory=lambda: BoundedCache(_WORD_CACHE_BYTES, cost=lambda words: 80 * len(words) + 200)
    )


@dataclass(frozen=True)
class Segment:
    """One segment as one search sees it.

    Attributes:
        key: Whoosh's id of the segment and the number of blocks deleted from it.
        live: which rows are not deleted.
        reader: Whoosh's reader, which belongs to this search alone.
    """

    key: tuple[str, int]
    rows: SegmentRows
    live: NDArray[np.bool_]
    reader: Any
    caches: Caches

    def keys(self, word: str) -> Keys:
        """Return the places of one indexed word in live rows."""
        return self.caches.postings.get((self.key, word), lambda: self._read_keys(word))

    def _read_keys(self, word: str) -> Keys:
        try:
            matcher = self.reader.postings("words", word.encode("utf-8", "replace"))
        except TermNotFound:
            return EMPTY
        blocks: list[int] = []
        values: list[bytes] = []
        while matcher.is_active():
            blocks.append(matcher.id())
            values.append(matcher.value())
            matcher.next()
        packed = np.frombuffer(b"".join(values), dtype="<u4").astype(np.int64)
        bases = np.repeat(self.rows.base[np.array(blocks, dtype=np.int64)], [len(value) >> 2 for value in values])
        result: Keys = packed + (bases << POSITION_BITS)
        return result

    def words_from(self, prefix: str, limit: int) -> tuple[str, ...]:
        """Return indexed words that begin with ``prefix``, in code point order, at most ``limit``."""
        return self.caches.words.get((self.key[0], prefix, limit), lambda: self._read_words(prefix, limit))

    def _read_words(self, prefix: str, limit: int) -> tuple[str, ...]:
        found: list[str] = []
        for word in self.reader.expand_prefix("words", prefix.encode("utf-8", "replace")):
            found.append(bytes(word).decode())
            if len(found) == limit:
                break
        return tuple(found)

    def block_of(self, row: int) -> int:
        """Return the number of the block that holds a row."""
        return int(np.searchsorted(self.rows.base, row, side="right")) - 1

    def row(self, number: int) -> IndexRow:
        """Read one row."""
        block = self.block_of(number)
        first, after = int(self.rows.base[block]), int(self.rows.base[block + 1])
        packed = bytes(self.reader.column_reader("rows")[block])
        return unpack(self.rows.owners[block], packed, number - first, after - first)


def snapshot(reader: Any, caches: Caches) -> tuple[Segment, ...]:
    """Return the segments of one Whoosh reader; the reader must not be used by anyone else meanwhile."""
    found = []
    for leaf, _ in reader.leaf_readers():
        segment = leaf.segment()
        if segment is None:  # an index without rows has an empty reader
            continue
        key = (str(segment.segment_id()), int(segment.deleted_count()))
        rows = caches.segments.get(key[0], lambda leaf=leaf: SegmentRows.read(leaf, caches.classes))  # type: ignore[misc]
        live = caches.live.get(key, lambda rows=rows, segment=segment: _live(rows, segment))  # type: ignore[misc]
        found.append(Segment(key, rows, live, leaf, caches))
    return tuple(found)


def _live(rows: SegmentRows, segment: Any) -> NDArray[np.bool_]:
    live = np.ones(rows.count, dtype=np.bool_)
    for block in segment.deleted_docs():
        live[rows.base[block] : rows.base[block + 1]] = False
    return live
