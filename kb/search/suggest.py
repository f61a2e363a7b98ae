"""Words close to a misspelt one, taken from what is indexed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kb.search.query import And, Node, Not, Or, Text
from kb.search.segments import Segment


class Clock(Protocol):
    """Tells when to stop."""

    def over(self) -> bool:
        """Say whether the time is used up."""
        ...


class Asked(Protocol):
    """A query that was evaluated; see ``evaluate.Evaluation``."""

    @property
    def segments(self) -> Sequence[Segment]:
        """What is indexed."""
        ...

    @property
    def words(self) -> Mapping[Text, tuple[frozenset[str], ...]]:
        """The indexed words each slot of a text stood for."""
        ...

    @property
    def clock(self) -> Clock:
        """The time that is left."""
        ...


MIN_LENGTH: Final = 4
"""Shorter words have too many neighbours to guess from."""

ONE_EDIT_UP_TO: Final = 5
"""Words of at most this many letters may differ by one edit, longer ones by two."""

_CANDIDATES: Final = 20_000
_CLOSEST: Final = 50


def near_words(segments: Sequence[Segment], word: str, edits: int) -> list[str]:
    """Return indexed words with the same first letter within ``edits`` edits (swapped neighbours count as one).

    Returns:
        Closest first, then most frequent, then alphabetical; at most 50.
    """
    close: dict[str, int] = {}
    for segment in segments:
        candidates = segment.words_from(word[:1], _CANDIDATES)
        for candidate, distance, _ in process.extract_iter(word, candidates, scorer=OSA.distance, score_cutoff=edits):
            if candidate != word:
                close[candidate] = int(distance)
    nearest = sorted(close, key=lambda candidate: (close[candidate], candidate))[:_CLOSEST]
    frequency = {candidate: sum(len(segment.keys(candidate)) for segment in segments) for candidate in nearest}
    found = [candidate for candidate in nearest if frequency[candidate]]
    return sorted(found, key=lambda candidate: (close[candidate], -frequency[candidate], candidate))


def corrected(query: str, node: Node, asked: Asked) -> str | None:
    """Return the query with each English word that is nowhere indexed replaced by the nearest one that is.

    Args:
        query: as typed.
        node: the parsed query.
        asked: what was looked up for it.

    Returns:
        The corrected query; None when no word is misspelt, no near word is indexed, or there is no time left.
    """
    result, offset = query, 0
    changed = False
    for text in sorted(set(_texts(node)), key=lambda text: text.start):
        if len(text.slots) != 1 or text not in asked.words or asked.clock.over():
            continue
        word = text.slots[0].text
        if text.slots[0].prefix or not (word.isascii() and word.isalpha() and len(word) >= MIN_LENGTH):
            continue
        if any(len(segment.keys(form)) for form in asked.words[text][0] for segment in asked.segments):
            continue
        near = near_words(asked.segments, word, 1 if len(word) <= ONE_EDIT_UP_TO else 2)
        if not near:
            continue
        written = query[text.start : text.end]
        place = written.lower().find(word)
        if place < 0:
            continue
        start = text.start + place + offset
        result = result[:start] + near[0] + result[start + len(word) :]
        offset += len(near[0]) - len(word)
        changed = True
    return result if changed else None


def _texts(node: Node) -> list[Text]:
    match node:
        case Text():
            return [node]
        case And(parts) | Or(parts):
            return [text for part in parts for text in _texts(part)]
        case Not(part):
            return _texts(part)
        case _:
            return []
