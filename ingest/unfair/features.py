"""Turns the sentences of terms of service into features: hashed words and word pairs, neighbours, and cues.

The same code makes the features for training and for reading, so they cannot drift apart; the model names the version
of this code and the digest of the cues it was trained with, and any other is refused.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.segment.sentences import sentences
from kb.errors import MissingPartError

FEATURES_VERSION: Final = 1
"""Raised with every change to the features; the trained model names the version it was trained on."""

NEIGHBOUR_WEIGHT: Final = 0.3
"""Weight of a neighbour's words against the sentence's own (chosen on the training folds)."""
CUE_WEIGHT: Final = 0.4
PAIR_WEIGHT: Final = 0.15
NEIGHBOUR_CUE_WEIGHT: Final = 0.15

_WORD: Final = re.compile(r"[a-z]{2,}(?:['’][a-z]{1,2}\b)?|\d{1,8}")
_LONGEST_SENTENCE: Final = 4_000

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Features of sentences, as parallel arrays sorted by sentence.

    Attributes:
        row: sentence of each feature.
        key: CRC-32 of the feature's name.
        value: its value; for words this is the damped count, before inverse document frequency and normalising.
        group: 0 own words, 1 words before, 2 words after, 3 cues; words are normalised group by group.
        sentences: number of sentences.
    """

    row: Keys
    key: Keys
    value: NDArray[np.float64]
    group: Keys
    sentences: int


@cache
def cues() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the cues by name, in the order of the file.

    Raises:
        MissingPartError: the file is absent or malformed.
    """
    place = resources.files("ingest.unfair") / "cues.toml"
    try:
        table = tomllib.loads(place.read_text(encoding="utf-8"))["patterns"]
        return tuple((name, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for name, pattern in table.items())
    except (OSError, KeyError, re.error, tomllib.TOMLDecodeError) as error:
        raise MissingPartError(
            f"the cues of unfair terms are absent or malformed: {error}", place=str(place)
        ) from error


@cache
def cues_digest() -> str:
    """Return a digest of the cues a model must have been trained with."""
    return hashlib.sha256("\n".join(f"{name}={cue.pattern}" for name, cue in cues()).encode()).hexdigest()[:16]


def split(text: str) -> list[tuple[int, int]]:
    """Return the sentences of a text as offsets, line by line; stretches without letters are left out."""
    found: list[tuple[int, int]] = []
    position = 0
    for line in text.splitlines(keepends=True):
        end = position + len(line)
        found += [
            (start, min(stop, start + _LONGEST_SENTENCE))
            for start, stop in sentences(text, position, end, "en")
            if any(character.isalpha() for character in text[start:stop])
        ]
        position = end
    return found


def extract(words: Sequence[str]) -> Rows:
    """Return the features of consecutive sentences of one document."""
    row: list[int] = []
    key: list[int] = []
    value: list[float] = []
    group: list[int] = []
    own = [_words(sentence) for sentence in words]
    held = [[name for name, cue in cues() if cue.search(sentence) is not None] for sentence in words]
    for number in range(len(words)):
        for place, near, prefix in ((0, number, "w"), (1, number - 1, "p"), (2, number + 1, "n")):
            if not 0 <= near < len(words):
                continue
            for feature, count in own[near].items():
                row.append(number)
                key.append(_hash(f"{prefix}:{feature}"))
                value.append(1 + float(np.log(count)))
                group.append(place)
        for name, weight in _cue_features(held, number):
            row.append(number)
            key.append(_hash(name))
            value.append(weight)
            group.append(3)
    return Rows(
        np.array(row, dtype=np.int64),
        np.array(key, dtype=np.int64),
        np.array(value, dtype=np.float64),
        np.array(group, dtype=np.int64),
        len(words),
    )


def _words(sentence: str) -> Counter[str]:
    tokens = _WORD.findall(sentence.lower())
    return Counter([*tokens, *(f"{first} {second}" for first, second in pairwise(tokens))])


def _cue_features(held: Sequence[Sequence[str]], number: int) -> list[tuple[str, float]]:
    mine = held[number]
    features = [(f"c:{name}", CUE_WEIGHT) for name in mine]
    features += [(f"c:{first}+{second}", PAIR_WEIGHT) for at, first in enumerate(mine) for second in mine[at + 1 :]]
    for near, prefix in ((number - 1, "cp"), (number + 1, "cn")):
        if 0 <= near < len(held):
            features += [(f"{prefix}:{name}", NEIGHBOUR_CUE_WEIGHT) for name in held[near]]
    return features


def _hash(name: str) -> int:
    return zlib.crc32(name.encode())
