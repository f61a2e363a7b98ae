"""How rows lie in the Whoosh index.

One Whoosh document is a *block*: up to ``MAX_ROWS`` rows of one owner. A word that is in many rows of a block is one
posting there, whose value holds all its places as 32-bit numbers ``row << 24 | position``. A contract of 150 clauses
costs some 1,300 postings instead of 6,000, and Whoosh's cost per posting is what indexing time consists of; places also
come back as whole arrays, which is what makes evaluation fast (``kb.search.evaluate``). Rows are replaced owner by
owner, so a block is deleted as a whole and Whoosh's own deletions suffice.

Fields: ``owner`` (one exact term), ``words`` (the postings), ``head`` (a column with what filtering, counting and
ordering need, read once per segment), ``rows`` (a column with the rows themselves, each compressed by itself, so that
one hit costs one row).
"""

from __future__ import annotations

import array
import itertools
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from whoosh import columns, fields, formats

from kb.search.analysis import positions
from kb.search.fold import fold
from kb.search.model import IndexRow
from kb.search.norms import keyword_positions

MAX_ROWS: Final = 128
"""Rows of one block; must stay below 256, the row numbers that fit beside a 24-bit position."""

MAX_BLOCK_CHARACTERS: Final = 500_000
"""Characters after which a block is closed, so that one block stays small in memory."""

POSITION_BITS: Final = 24
MAX_POSITION: Final = (1 << POSITION_BITS) - 1
"""Tokens beyond this position of a row are not indexed (16.7 million, a text of some 90 MB)."""

TITLE_POSITIONS: Final = 128
"""Positions below this one belong to the title; the text begins here, or after a longer title."""

_TITLE_GAP: Final = 8
"""Empty positions around the title, so that no phrase runs from the title into the text."""


class WordsField(fields.FieldType):
    """A Whoosh field whose postings are made before they reach Whoosh."""

    def __init__(self) -> None:
        self.format = formats.Positions()
        self.analyzer = None
        self.scorable = False
        self.stored = False
        self.unique = False

    def index(self, value: Sequence[tuple[bytes, int, float, bytes]], **_: object) -> Any:
        """Return ``value`` itself: (term, frequency, weight, posting value) for each word of a block."""
        return value


def _bytes_column() -> Any:
    make: Any = columns.VarBytesColumn
    return make()


def schema() -> fields.Schema:
    """Return the Whoosh schema of the index."""
    return fields.Schema(
        owner=fields.ID(),
        words=WordsField(),
        head=fields.COLUMN(_bytes_column()),
        rows=fields.COLUMN(_bytes_column()),
    )


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of the rows of one block without reading them; all lists have one item per row.

    Attributes:
        lengths: number of indexed positions.
        classes: canonical JSON of type, language and facets; rows with equal properties share one text.
        places: document, start and id as one text that sorts in reading order and is unique in the index.
        titles: folded beginnings of the titles, for sorting.
    """

    owner: str
    lengths: list[int]
    classes: list[str]
    places: list[str]
    titles: list[str]

    def to_bytes(self) -> bytes:
        """Serialise for the ``head`` column."""
        known = list(dict.fromkeys(self.classes))
        number = {text: index for index, text in enumerate(known)}
        parts = (self.owner, self.lengths, known, [number[text] for text in self.classes], self.places, self.titles)
        return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Head:
        """Read what ``to_bytes`` wrote."""
        owner, lengths, known, numbers, places, titles = json.loads(data)
        return cls(owner, lengths, [known[number] for number in numbers], places, titles)


PLACE_SEPARATOR: Final = "\x00"
_SORTED_TITLE: Final = 64


def row_class(row: IndexRow) -> str:
    """Return the canonical text of a row's type, language and facets."""
    return json.dumps([row.type, row.language, sorted(row.facets.items())], ensure_ascii=False, separators=(",", ":"))


def _head(owner: str, rows: Sequence[IndexRow], lengths: list[int]) -> Head:
    return Head(
        owner,
        lengths,
        [row_class(row) for row in rows],
        [f"{row.document}{PLACE_SEPARATOR}{row.start:010d}{PLACE_SEPARATOR}{row.id}" for row in rows],
        [fold(row.title[:_SORTED_TITLE]) for row in rows],
    )


def _postings(rows: Sequence[IndexRow]) -> tuple[list[tuple[bytes, int, float, bytes]], list[int]]:
    words: dict[str, array.array[int]] = {}
    lengths: list[int] = []
    for number, row in enumerate(rows):
        shift = number << POSITION_BITS
        in_title, after_title = positions(row.title, shift)
        begin = max(TITLE_POSITIONS, after_title - shift + _TITLE_GAP)
        in_text, after_text = positions(row.text, shift + begin)
        lengths.append(after_title - shift + after_text - shift - begin)
        parts: tuple[Mapping[str, list[int]], ...] = (in_title, in_text)
        last = after_text
        if row.keywords:  # behind the text, so that no phrase runs from the text into them
            in_keywords, last = keyword_positions(row.keywords, after_text + _TITLE_GAP)
            parts = (*parts, in_keywords)
        if last - shift > MAX_POSITION:
            parts = tuple(_cut(part, shift + MAX_POSITION) for part in parts)
        for part in parts:
            for word, places in part.items():
                if word in words:
                    words[word].extend(places)
                else:
                    words[word] = array.array("I", places)
    if sys.byteorder == "big":
        for packed in words.values():
            packed.byteswap()
    return [(word.encode("utf-8", "replace"), 1, 1.0, packed.tobytes()) for word, packed in words.items()], lengths


def _cut(part: Mapping[str, list[int]], last: int) -> dict[str, list[int]]:
    kept = ((word, [place for place in places if place <= last]) for word, places in part.items())
    return {word: places for word, places in kept if places}


def blocks(owner: str, rows: Iterable[IndexRow]) -> Iterator[dict[str, object]]:
    """Yield the Whoosh documents for the rows of one owner, in the order given."""
    batch: list[IndexRow] = []
    size = 0
    for row in rows:
        if batch and (len(batch) >= MAX_ROWS or size + len(row.text) > MAX_BLOCK_CHARACTERS):
            yield _block(owner, batch)
            batch, size = [], 0
        batch.append(row)
        size += len(row.text)
    if batch:
        yield _block(owner, batch)


def _block(owner: str, rows: Sequence[IndexRow]) -> dict[str, object]:
    words, lengths = _postings(rows)
    return {"owner": owner, "words": words, "head": _head(owner, rows, lengths).to_bytes(), "rows": _packed(rows)}


_COMPRESSION: Final = 1
"""Level of zlib: level 6 takes three times as long and saves a tenth."""

_OFFSET_SIZE: Final = 4


def _packed(rows: Sequence[IndexRow]) -> bytes:
    parts = [zlib.compress(json.dumps(_fields(row), separators=(",", ":")).encode(), _COMPRESSION) for row in rows]
    ends = itertools.accumulate(len(part) for part in parts)
    return b"".join((*(end.to_bytes(_OFFSET_SIZE, "little") for end in ends), *parts))


def _fields(row: IndexRow) -> tuple[object, ...]:
    parts = (row.id, row.type, row.title, row.text, row.document, row.start, row.end, row.language, dict(row.facets))
    return (*parts, row.keywords) if row.keywords else parts


def unpack(owner: str, packed: bytes, number: int, count: int) -> IndexRow:
    """Return row ``number`` of the ``count`` rows of a block from its ``rows`` column."""
    first = count * _OFFSET_SIZE
    ends = memoryview(packed)[:first]
    end = int.from_bytes(ends[number * _OFFSET_SIZE : (number + 1) * _OFFSET_SIZE], "little")
    start = int.from_bytes(ends[(number - 1) * _OFFSET_SIZE : number * _OFFSET_SIZE], "little") if number else 0
    name, *parts = json.loads(zlib.decompress(packed[first + start : first + end]))
    return IndexRow(name, owner, *parts)
