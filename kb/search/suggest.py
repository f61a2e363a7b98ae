"""Words close to a misspelt one, taken from what is indexed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rapidfuzz.distance import OSA

from kb.search.query import And, Node, Not, Or, Text
from kb.search.segments import Segment

MIN_LENGTH: Final = 4
"""Shorter words have too many neighbours to guess from."""

ONE_EDIT_UP_TO: Final = 5
"""Words of at most this many letters may differ by one edit, longer ones by two."""

_CANDIDATES: Final = 20_000


def near_words(segments: Sequence[Segment], word: str, edits: int) -> list[str]:
    """Return indexed words with the same first letter within ``edits`` edits (swapped neighbours count as one).

    Returns:
        Closest first, then most frequent, then alphabetical.
    """
    close: dict[str, int] = {}
    for segment in segments:
        for candidate in segment.words_from(word[:1], _CANDIDATES):
            if candidate not in close and abs(len(candidate) - len(word)) <= edits and candidate != word:
                distance = OSA.distance(word, candidate, score_cutoff=edits)
                if distance <= edits:
                    close[candidate] = distance
    frequency = {candidate: sum(len(segment.keys(candidate)) for segment in segments) for candidate in close}
    found = [candidate for candidate in close if frequency[candidate]]
    return sorted(found, key=lambda candidate: (close[candidate], -frequency[candidate], candidate))


def corrected(
    query: str, node: Node, segments: Sequence[Segment], words: Mapping[Text, tuple[frozenset[str], ...]]
) -> str | None:
    """Return the query with each English word that is nowhere indexed replaced by the nearest one that is.

    Args:
        query: as typed.
        node: the parsed query.
        segments: what is indexed.
        words: the indexed words each text was found to stand for.

    Returns:
        The corrected query; None when no word is misspelt, or no near word is indexed.
    """
    result, offset = query, 0
    changed = False
    for text in sorted(set(_texts(node)), key=lambda text: text.start):
        if len(text.slots) != 1 or text not in words:
            continue
        word = text.slots[0].text
        if text.slots[0].prefix or not (word.isascii() and word.isalpha() and len(word) >= MIN_LENGTH):
            continue
        if any(len(segment.keys(form)) for form in words[text][0] for segment in segments):
            continue
        near = near_words(segments, word, 1 if len(word) <= ONE_EDIT_UP_TO else 2)
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
