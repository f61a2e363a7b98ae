"""Turns the units of one contract into hashed features, in one pass over the whole document.

Features are 21-bit hashes of: words, word pairs, word triples and pairs with a gap of the unit itself; words and pairs
of its title; words of the title above; and where in the document it stands. The hash is CRC-32 of the word mixed by
fixed integer multiplications, never Python's ``hash``, which changes with every process.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.typing.units import Unit

FEATURES_VERSION: Final = 1
"""Raised with every change to the features; the trained model names the version it was trained on."""

HASH_BITS: Final = 21

_TOKEN: Final = re.compile(r"[a-z]+(?:['’][a-z]{1,2}\b)?|\d[\d,.]*\d|\d|[$€£¥%]|\[[ ]?\*+[ ]?\]|_{2,}|\x01")
_UNIT_MARK: Final = "\x01"
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_CACHE_LIMIT: Final = 200_000
"""Distinct words kept in the word table before it is emptied: about 20 MB, far above any honest vocabulary."""

# Odd 64-bit multipliers (splitmix64 and golden-ratio constants): fixed for ever, since trained weights depend on them.
_MIX: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFT: Final = np.uint64(64 - HASH_BITS)

_NAMESPACES: Final = {
    name: np.uint64(zlib.crc32(name.encode()) * 2 + 1)
    for name in ("word", "pair", "triple", "gap", "title", "title-pair", "above", "shape")
}

_words: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Features:
    """Sorted, distinct features of each unit.

    Attributes:
        unit: unit index of each feature, ascending.
        key: hash of each feature, 0 to ``2**HASH_BITS - 1``, ascending within a unit.
        words: number of words of each unit.
        units: number of units.
    """

    unit: NDArray[np.int64]
    key: NDArray[np.int64]
    words: NDArray[np.int64]
    units: int


def extract(text: str, units: Sequence[Unit]) -> Features:
    """Return the features of all units of a text.

    Args:
        text: the text the units were cut from.
        units: as returned by ``ingest.typing.units.split``.
    """
    if not units:
        empty = np.zeros(0, dtype=np.int64)
        return Features(empty, empty, empty, 0)
    text = text.replace(_UNIT_MARK, " ")
    tokens = _TOKEN.findall(_UNIT_MARK.join([text[unit.start : unit.end] for unit in units]).lower())
    identity = np.fromiter(_identities(tokens), dtype=np.uint64, count=len(tokens))
    is_mark = identity == 0
    owner = np.cumsum(is_mark)[~is_mark]
    word = identity[~is_mark]
    counts = np.bincount(owner, minlength=len(units))

    same1 = owner[1:] == owner[:-1]
    same2 = owner[2:] == owner[:-2]
    first, second = word[:-1], word[1:]
    pair = _mix("pair", first * _MIX[1] + second)
    triple = _mix("triple", (word[:-2] * _MIX[1] + word[1:-1]) * _MIX[2] + word[2:])
    gap = _mix("gap", word[:-2] * _MIX[1] + word[2:])
    columns = [_mix("word", word), pair[same1], triple[same2], gap[same2]]
    rows = [owner, owner[:-1][same1], owner[:-2][same2], owner[:-2][same2]]
    _add_titles(units, word, counts, rows, columns)
    _add_shape(text, units, counts, rows, columns)

    joined = np.sort((np.concatenate(rows) << HASH_BITS) | np.concatenate(columns).astype(np.int64))
    joined = joined[np.concatenate(([True], joined[1:] != joined[:-1]))]
    return Features(joined >> HASH_BITS, joined & ((1 << HASH_BITS) - 1), counts, len(units))


def phrase_key(phrase: str) -> int:
    """Return the feature of a phrase of one to three words, as ``extract`` hashes it; -1 for other lengths."""
    word = np.array([_identity(token) for token in _TOKEN.findall(phrase.lower())], dtype=np.uint64)
    if len(word) == 1:
        return int(_mix("word", word)[0])
    if len(word) == 2:
        return int(_mix("pair", word[:1] * _MIX[1] + word[1:])[0])
    if len(word) == 3:
        return int(_mix("triple", (word[:1] * _MIX[1] + word[1:2]) * _MIX[2] + word[2:])[0])
    return -1


def _identities(tokens: Sequence[str]) -> list[int]:
    """Look up each token's number, 0 for the mark between units."""
    words = _words
    if len(words) > _CACHE_LIMIT:
        words.clear()
    try:
        return [words[token] for token in tokens]
    except KeyError:
        for token in set(tokens) - words.keys():
            words[token] = _identity(token)
        return [words[token] for token in tokens]


def _identity(word: str) -> int:
    if word == _UNIT_MARK:
        return 0
    if word[0].isdigit():
        digits = "<number>" if len(word) > 2 else f"<number{len(word)}>"
        word = "<year>" if _YEAR.fullmatch(word) else digits
    elif word[0] in "[_":
        word = "<blank>"
    return zlib.crc32(word.encode()) | 1 << 32  # bit 32 keeps every word apart from the mark's 0


def _mix(namespace: str, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (values ^ _NAMESPACES[namespace]) * _MIX[0]
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX[1]
    mixed ^= mixed >> np.uint64(32)
    mixed *= _MIX[2]
    return mixed >> _SHIFT


def _add_titles(
    units: Sequence[Unit],
    word: NDArray[np.uint64],
    counts: NDArray[np.int64],
    rows: list[NDArray[np.int64]],
    columns: list[NDArray[np.uint64]],
) -> None:
    """Give every unit the words of its title and of the title above it."""
    first = np.concatenate(([0], np.cumsum(counts)))
    for namespace, titles in (
        ("title", np.array([unit.heading for unit in units])),
        ("above", np.array([unit.parent for unit in units])),
    ):
        titled = np.flatnonzero(titles >= 0)
        if titled.size == 0:
            continue
        title = titles[titled]
        lengths = counts[title]
        unit = np.repeat(titled, lengths)
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        position = np.repeat(first[title], lengths) + within
        rows.append(unit)
        columns.append(_mix(namespace, word[position]))
        if namespace == "title" and position.size > 1:
            inner = unit[1:] == unit[:-1]
            rows.append(unit[1:][inner])
            pairs = _mix("title-pair", word[position[:-1]] * _MIX[1] + word[position[1:]])
            columns.append(pairs[inner])


def _add_shape(
    text: str,
    units: Sequence[Unit],
    counts: NDArray[np.int64],
    rows: list[NDArray[np.int64]],
    columns: list[NDArray[np.uint64]],
) -> None:
    """Add position in the document, length, capitals, and whether the unit is a title or numbered."""
    starts = np.array([unit.start for unit in units])
    # 1-5: the opening, in steps of 400 characters; 6-10: the rest, in fifths.
    opening = np.minimum(starts // 400, 4) + 1
    rest = 6 + np.minimum(starts * 5 // max(len(text), 1), 4)
    place = np.where(starts < 2_000, opening, rest)
    length = np.minimum(np.log2(counts + 1).astype(np.int64), 8)
    capitals = np.array([text[unit.start : unit.end].isupper() for unit in units], dtype=np.int64)
    title = np.array([unit.is_heading for unit in units], dtype=np.int64)
    marked = np.array([unit.marked for unit in units], dtype=np.int64)
    everyone = np.arange(len(units))
    for number, values in enumerate((place, length, capitals, title * 2 + marked)):
        rows.append(everyone)
        columns.append(_mix("shape", (values + 1 + 100 * (number + 1)).astype(np.uint64)))
