"""Which rows match a query, and how well, over whole arrays instead of row by row.

Every part of a query becomes a mask over the rows of a segment; words and phrases come from sorted arrays of places
(``segments.Keys``). Ranking is BM25 with places in the title counted three times. All statistics are taken over live
rows, so the same rows give the same order however the index came to be divided into segments.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kb.search.analysis import MIN_STEMMED, stem, stem_probe
from kb.search.blocks import MAX_POSITION, PLACE_SEPARATOR, POSITION_BITS, TITLE_POSITIONS
from kb.search.fold import fold
from kb.search.query import And, Everything, Node, Not, Or, Property, Slot, Text
from kb.search.segments import EMPTY, Keys, RowClass, Segment
from kb.search.suggest import near_words

Mask = NDArray[np.bool_]

MAX_EXPANSIONS: Final = 1_024
"""Most words a wildcard stands for; beyond it the result says that it is truncated."""

K1: Final = 1.2
B: Final = 0.75
"""BM25 constants. Source: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), section 3.2."""

TITLE_EXTRA: Final = 2.0
"""Each place in the title counts as this many further places."""


@dataclass
class Clock:
    """The time a search may take."""

    seconds: float
    expired: bool = False
    _begin: float = field(default_factory=time.monotonic)

    def over(self) -> bool:
        """Say, and remember, that the time is used up."""
        self.expired = self.expired or time.monotonic() - self._begin > self.seconds
        return self.expired


@dataclass
class Evaluation:
    """Evaluates one query over one snapshot.

    Attributes:
        words: for each text of the query and each of its slots, the indexed words it stood for.
        truncated: a wildcard stood for more words than were looked at.
    """

    segments: Sequence[Segment]
    clock: Clock
    classes: Sequence[RowClass]
    truncated: bool = False
    words: dict[Text, tuple[frozenset[str], ...]] = field(default_factory=dict)
    _places: dict[tuple[int, Text], Keys] = field(default_factory=dict)

    def mask(self, node: Node, number: int) -> Mask:
        """Return which live rows of segment ``number`` match."""
        live = self.segments[number].live
        return self._mask(node, number) & live

    def _mask(self, node: Node, number: int) -> Mask:
        rows = self.segments[number].rows
        match node:
            case Everything():
                return np.ones(rows.count, dtype=np.bool_)
            case Text():
                mask = np.zeros(rows.count, dtype=np.bool_)
                mask[self.places(node, number) >> POSITION_BITS] = True
                return mask
            case Property():
                return self._property(node, number)
            case Not(part):
                return ~self._mask(part, number)
            case And(parts):
                mask = self._mask(parts[0], number)
                for part in parts[1:]:
                    if not mask.any():
                        break
                    mask &= self._mask(part, number)
                return mask
            case Or(parts):
                mask = self._mask(parts[0], number)
                for part in parts[1:]:
                    mask |= self._mask(part, number)
                return mask

    def _property(self, node: Property, number: int) -> Mask:
        segment = self.segments[number]
        if node.name == "document":
            wanted = (
                (lambda place: place.startswith(node.value)) if node.prefix else (lambda place: place == node.value)
            )
            texts = (fold(place.split(PLACE_SEPARATOR, 1)[0]) for place in segment.rows.places)
            return np.fromiter(map(wanted, texts), dtype=np.bool_, count=segment.rows.count)
        matching = np.array([_class_matches(known, node) for known in self.classes], dtype=np.bool_)
        mask: Mask = matching[segment.rows.classes]
        return mask

    def places(self, text: Text, number: int) -> Keys:
        """Return where ``text`` begins in the rows of segment ``number``."""
        key = (number, text)
        if key not in self._places:
            self._places[key] = self._find(text, number)
        return self._places[key]

    def _find(self, text: Text, number: int) -> Keys:
        if text not in self.words:
            self.words[text] = tuple(self._expand(slot) for slot in text.slots)
        segment = self.segments[number]
        found: Keys | None = None
        for slot, words in sorted(zip(text.slots, self.words[text], strict=True), key=_rarest_first):
            if self.clock.over():
                return EMPTY
            keys = _union([segment.keys(word) for word in words if not self.clock.over()])
            if text.in_title:
                keys = keys[(keys & MAX_POSITION) < TITLE_POSITIONS]
            if slot.offset:
                keys = keys[(keys & MAX_POSITION) >= slot.offset] - slot.offset
            found = keys if found is None else np.intersect1d(found, keys, assume_unique=True)
            if not len(found):
                break
        return EMPTY if found is None else found

    def _expand(self, slot: Slot) -> frozenset[str]:
        if slot.fuzzy:
            return frozenset((slot.text, *near_words(self.segments, slot.text, slot.fuzzy)))
        words = {slot.text}
        if slot.prefix:
            for segment in self.segments:
                expanded = segment.words_from(slot.text, MAX_EXPANSIONS)
                self.truncated = self.truncated or len(expanded) == MAX_EXPANSIONS
                words.update(expanded)
                if self.clock.over():
                    break
            if len(words) > MAX_EXPANSIONS:
                self.truncated = True
                words = set(sorted(words)[:MAX_EXPANSIONS])
        elif slot.stems:
            wanted = stem(slot.text)
            if len(slot.text) >= MIN_STEMMED and slot.text.isalpha() and slot.text.isascii():
                for segment in self.segments:
                    candidates = segment.words_from(stem_probe(wanted), _STEM_CANDIDATES)
                    words.update(word for word in candidates if stem(word) == wanted)
        return frozenset(words)

    def scores(self, node: Node, masks: Sequence[Mask]) -> list[NDArray[np.float64]] | None:
        """Return the relevance of every row of every segment; None when nothing in the query can be ranked."""
        texts = sorted(set(_positive(node)), key=lambda text: (text.start, text.end))
        if not texts:
            return None
        total = sum(int(segment.live.sum()) for segment in self.segments)
        length = sum(float(segment.rows.lengths[segment.live].sum()) for segment in self.segments)
        average = max(1.0, length / max(1, total))
        scores = [np.zeros(segment.rows.count, dtype=np.float64) for segment in self.segments]
        for text in texts:
            weights = [self._weights(text, number) for number in range(len(self.segments))]
            frequency = sum(len(rows) for rows, _ in weights)
            idf = float(np.log(1 + (total - frequency + 0.5) / (frequency + 0.5)))
            for (rows, weight), score, segment in zip(weights, scores, self.segments, strict=True):
                norm = K1 * (1 - B + B * segment.rows.lengths[rows] / average)
                score[rows] += idf * weight * (K1 + 1) / (weight + norm)
        return [np.where(mask, score, 0.0) for mask, score in zip(masks, scores, strict=True)]

    def _weights(self, text: Text, number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        keys = self.places(text, number)
        places = np.where((keys & MAX_POSITION) < TITLE_POSITIONS, 1.0 + TITLE_EXTRA, 1.0)
        rows, first = np.unique(keys >> POSITION_BITS, return_index=True)
        return rows, np.add.reduceat(places, first) if len(rows) else np.empty(0)


_STEM_CANDIDATES: Final = 5_000


def _rarest_first(item: tuple[Slot, frozenset[str]]) -> tuple[bool, int]:
    # Long words are rarer than short ones; a wildcard is the last to be read.
    slot, _ = item
    return slot.prefix, -len(slot.text)


def _union(parts: Sequence[Keys]) -> Keys:
    filled = [part for part in parts if len(part)]
    if len(filled) <= 1:
        return filled[0] if filled else EMPTY
    merged: Keys = np.concatenate(filled)
    merged.sort(kind="stable")  # a merge of sorted runs; different words never share a place
    return merged


def _class_matches(known: RowClass, node: Property) -> bool:
    values = known.folded.get(node.name, frozenset())
    return any(value.startswith(node.value) for value in values) if node.prefix else node.value in values


def _positive(node: Node) -> list[Text]:
    match node:
        case Text():
            return [node]
        case And(parts) | Or(parts):
            return [text for part in parts for text in _positive(part)]
        case _:
            return []
