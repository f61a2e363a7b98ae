"""Describes proposed titles, parties and dates by their own words and the words around them."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.typing.fields import Field

FIELD_BITS: Final = 18
NUMBERS: Final = 5
"""Numeric features after the hashed ones, see ``numbers``."""

_WORD: Final = re.compile(r"[a-z]+|\d+|[^\w\s]|\n")
_LEFT_CHARS, _RIGHT_CHARS = 70, 60
_LEFT_WORDS, _RIGHT_WORDS = 7, 6
_MASK: Final = (1 << FIELD_BITS) - 1
_MOST_COUNTED: Final = 200


def hashed(text: str, fields: Sequence[Field]) -> list[list[int]]:
    """Return the distinct hashed features of each field, fields of one category in reading order."""
    seen: Counter[str] = Counter()
    repeated: Counter[tuple[str, str]] = Counter()
    counts: dict[str, int] = {}
    result: list[list[int]] = []
    shared: dict[tuple[int, int, str], list[str]] = {}
    for field in fields:
        words = text[field.start : field.end]
        order = seen[field.category]
        same = repeated[(field.category, words)]
        seen[field.category] += 1
        repeated[(field.category, words)] += 1
        if words not in counts:
            counts[words] = min(text.count(words), _MOST_COUNTED)
        place = (field.start, field.end, field.source)
        if place not in shared:
            shared[place] = _describe(text, field, counts[words])
        names = [
            *shared[place],
            f"order:{min(order, 12)}",
            f"source-order:{field.source}{min(order, 6)}",
            f"same:{min(same, 3)}",
        ]
        result.append(sorted({zlib.crc32(name.encode()) & _MASK for name in names}))
    return result


def _describe(text: str, field: Field, count: int) -> list[str]:
    left = _WORD.findall(text[max(0, field.start - _LEFT_CHARS) : field.start].lower())[-_LEFT_WORDS:]
    right = _WORD.findall(text[field.end : field.end + _RIGHT_CHARS].lower())[:_RIGHT_WORDS]
    words = text[field.start : field.end]
    inner = _WORD.findall(words.lower())
    back = left[::-1]
    names = [f"left{place}:{word}" for place, word in enumerate(back)]
    names += [f"left:{word}" for word in left]
    names += [f"left-pair{place}:{near}_{far}" for place, (near, far) in enumerate(pairwise(back))]
    names += [f"left-triple:{a}_{b}_{c}" for a, b, c in zip(left, left[1:], left[2:], strict=False)]
    names += [f"right{place}:{word}" for place, word in enumerate(right)]
    names += [f"right:{word}" for word in right]
    names += [f"right-pair{place}:{a}_{b}" for place, (a, b) in enumerate(pairwise(right))]
    names += [f"inner:{word}" for word in inner]
    if left and right:
        names.append(f"around:{left[-1]}_{right[0]}")
    if inner:
        names += [f"first:{inner[0]}", f"last:{inner[-1]}"]
    often = min(int(np.log2(count + 1)), 7)
    position = min(int(np.log2(field.start / 50 + 1)), 9)
    names += [
        f"words:{min(len(inner), 14)}",
        f"source:{field.source}",
        f"count:{often}",
        f"source-count:{field.source}{often}",
        f"position:{position}",
        f"part:{int(8 * field.start / max(1, len(text)))}",
        "capitals" if words.isupper() else "mixed",
    ]
    return names


def numbers(
    fields: Sequence[Field], categories: Sequence[str], starts: NDArray[np.int64], logits: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return, per field, the unit scorers' view of the unit it stands in; shape (fields, NUMBERS).

    Columns: log-odds of the field's own category, of Parties, Agreement Date and Effective Date (each divided by 4),
    and whether the unit is the contract's best for the field's category.
    """
    table = np.zeros((len(fields), NUMBERS), dtype=np.float64)
    if not fields or len(starts) == 0:
        return table
    column = {category: number for number, category in enumerate(categories)}
    unit = np.clip(np.searchsorted(starts, [field.start for field in fields], side="right") - 1, 0, None)
    own = np.array([column[field.category] for field in fields])
    scaled = np.clip(logits, -12, 8) / 4
    table[:, 0] = scaled[unit, own]
    for number, category in enumerate(("Parties", "Agreement Date", "Effective Date"), start=1):
        table[:, number] = scaled[unit, column[category]]
    table[:, 4] = logits[unit, own] >= logits.max(axis=0)[own]
    return table
