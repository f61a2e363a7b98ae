"""The trained part of the Chinese clause typer: signals, cue scores and character n-grams, joined by a linear model.

Cues (``zh_types.toml``) know formal drafting; signals (``zh_signals.toml``) what formal, terse and spoken drafting
share; the linear model learns the rest from labelled clauses (``ingest/typing/data/zh_clauses``). A type with too few
examples is scored by cues and signals alone. The same code makes the features for training and for typing; the model
names the digest of both cue files it was trained with, and any other is refused.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.packaged_model import Arrays, load_model
from ingest.typing.own_text import OwnText
from kb.errors import MissingPartError
from kb.model import Clause

FORMAT: Final = 1
MODEL: Final = "zh_clause_types"
SIGNALS: Final = "zh_signals.toml"

BODY_CHARS: Final = 1_500
"""Characters of a clause's own words that are looked at; what a clause is about is said early."""
CUE_WEIGHT: Final = 2.0
"""Weight of a type's own cue score against n-grams (chosen by cross-validation on the training contracts)."""
OTHER_CUE_WEIGHT: Final = 0.5
SIGNAL_WEIGHT: Final = 0.56
CUE_CEILING: Final = 3.0
PARENT_SHARE: Final = 0.5
"""Weight of an inherited title."""
_LEAST_BODY: Final = 4
_ORDERS: Final = 3
_REMEDY: Final = "Reinstall duegraph, or train the model again: python -m ingest.typing.train_chinese."

_BLANK: Final = re.compile(r"\s+")
_DIGITS: Final = re.compile(r"[0-9０-９]+")
_PRIME: Final = np.uint64(0x100000001B3)  # FNV-1a's prime, as the base of a rolling hash
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)  # golden ratio: spreads the sums over all bits
_TITLE: Final = np.uint64(0x51ED270B)  # tells title n-grams from those of the body

Floats = NDArray[np.float64]
Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClauseWords:
    """What the model sees of one clause; ``title_share`` is below 1 for a title that stands above the clause."""

    title: str
    body: str
    title_share: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class ChineseModel:
    """Linear weights over n-grams and cue scores.

    Attributes:
        types: notation of each score column; columns are those of the cue model.
        trained: columns with enough examples; the others are scored by cues and signals.
        keys: known n-grams, ascending.
        idf: inverse document frequency of each.
        weights: shape (n-grams, types).
        cue_weights: shape (cue columns, types).
        bias: per type.
        slope: with ``offset`` turns log-odds into a probability (Platt scaling over held-out contracts, all types).
        threshold: probability from which a type counts as detected.
        floor: probability from which the best type of a clause without any other is detected all the same.
    """

    types: tuple[str, ...]
    trained: NDArray[np.bool_]
    keys: Keys
    idf: Floats
    weights: Floats
    cue_weights: Floats
    bias: Floats
    slope: float
    offset: float
    threshold: float
    floor: float

    def score(self, words: Sequence[ClauseWords], cue_scores: Floats) -> Floats:
        """Return the probability of each clause for each type, shape (clauses, types).

        The best type of a clause that no type reaches is lifted to the threshold when it is at or above the floor:
        nearly every clause is about something, and then the best guess is right more often than not.
        """
        cues = cue_features(words, cue_scores, self.types)
        logit = self.log_odds(words, cues)
        result: Floats = 1 / (1 + np.exp(-(self.slope * logit + self.offset)))
        lift(result, np.array([len(each.body) >= _LEAST_BODY for each in words]), self.threshold, self.floor)
        return result

    def log_odds(self, words: Sequence[ClauseWords], cues: Floats) -> Floats:
        """Return uncalibrated log-odds, shape (clauses, types)."""
        logit = own_cues(cues)
        weighed = cues @ self.cue_weights + self.bias
        for number, each in enumerate(words):
            column, value = ngrams(each, self.keys, self.idf)
            weighed[number] += value @ self.weights[column]
        logit[:, self.trained] = weighed[:, self.trained]
        return logit


def own_cues(cues: Floats) -> Floats:
    """Return log-odds by cues and signals alone: 1 is the cue file's own threshold."""
    logit: Floats = 4.0 * cues - 4.0
    return logit


def lift(probability: Floats, has_body: NDArray[np.bool_], threshold: float, floor: float) -> None:
    """Raise the best type of clauses without a detected type to the threshold, in place; see ``ChineseModel.score``."""
    if not len(probability):
        return
    best = probability.argmax(axis=1)
    rows = np.arange(len(probability))
    top = probability[rows, best]
    chosen = (top < threshold) & (top >= floor) & has_body
    probability[rows[chosen], best[chosen]] = threshold


def read_clauses(text: str, clauses: Sequence[Clause], own: OwnText) -> list[ClauseWords]:
    """Return the words of each clause without those of its sub-clauses; a title above stands in for a missing one."""
    bodies: list[list[str]] = [[] for _ in clauses]
    for start, end, clause in zip(own.start.tolist(), own.end.tolist(), own.clause.tolist(), strict=True):
        start = max(start, int(own.heading_end[clause]))
        if start < end:
            bodies[clause].append(text[start : min(end, start + BODY_CHARS)])
    headings = {clause.id: clause.heading for clause in clauses}
    parents = {clause.id: clause.parent for clause in clauses}
    words: list[ClauseWords] = []
    for clause, pieces in zip(clauses, bodies, strict=True):
        body = "".join(pieces)[:BODY_CHARS]
        above = headings.get(parents[clause.id] or "") if clause.heading is None else None
        if above is not None:
            words.append(ClauseWords(above, body, PARENT_SHARE))
        else:
            words.append(ClauseWords(clause.heading or "", body))
    return words


def cue_features(words: Sequence[ClauseWords], cue_scores: Floats, types: Sequence[str]) -> Floats:
    """Return cue log-odds and signals on one scale: 0 nothing, 1 as much as a cue file calls detected, at most 3."""
    bounded = np.clip(cue_scores, 0.002, 0.998)
    logit = np.clip((np.log(bounded / (1 - bounded)) + 4) / 4, 0, 2)
    found = np.zeros_like(logit)
    place = {name: column for column, name in enumerate(types)}
    for name, pattern in signals():
        column = place[name]
        for number, each in enumerate(words):
            if pattern.search(each.body) is not None:
                found[number, column] += 1
            if each.title and pattern.search(each.title) is not None:
                found[number, column] += each.title_share
    result: Floats = np.clip(logit + SIGNAL_WEIGHT * found, 0, CUE_CEILING)
    return result


def ngrams(words: ClauseWords, keys: Keys, idf: Floats) -> tuple[Keys, Floats]:
    """Return (column, value) of a clause's known character n-grams; body and title each have length one."""
    columns: list[Keys] = []
    values: list[Floats] = []
    for text, salt, share in ((words.body, np.uint64(0), 1.0), (words.title, _TITLE, words.title_share)):
        found, count = count_ngrams(text, salt)
        place = np.minimum(np.searchsorted(keys, found), max(len(keys) - 1, 0))
        known = keys[place] == found if len(keys) else np.zeros(len(found), dtype=np.bool_)
        value = (1 + np.log(count[known])) * idf[place[known]]
        length = float(np.sqrt((value**2).sum()))
        if length > 0:
            columns.append(place[known])
            values.append(value * (share / length))
    if not columns:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    return np.concatenate(columns), np.concatenate(values)


def all_ngrams(words: ClauseWords) -> Keys:
    """Return every n-gram of a clause, for counting."""
    return np.concatenate([count_ngrams(words.body, np.uint64(0))[0], count_ngrams(words.title, _TITLE)[0]])


def count_ngrams(text: str, salt: np.uint64) -> tuple[Keys, NDArray[np.int64]]:
    """Return the distinct hashed n-grams of one to three characters, and how often each occurs.

    Blanks are dropped, runs of digits count as one sign, Latin letters are lower-cased.
    """
    plain = _DIGITS.sub("0", _BLANK.sub("", text.lower()))[:BODY_CHARS]
    if not plain:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    codes = np.frombuffer(plain.encode("utf-32-le"), dtype="<u4").astype(np.uint64) + np.uint64(1)
    parts: list[NDArray[np.uint64]] = []
    rolled = np.zeros(len(codes), dtype=np.uint64)
    for order in range(min(_ORDERS, len(codes))):
        rolled = (rolled[: len(codes) - order] * _PRIME) + codes[order:]
        parts.append(((rolled + salt) * _SPREAD) >> np.uint64(32))
    found, counts = np.unique(np.concatenate(parts).astype(np.int64), return_counts=True)
    return found, counts


@cache
def signals() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the signals of the types that have any.

    Raises:
        MissingPartError: the file is absent or malformed.
    """
    place = resources.files("ingest.typing") / SIGNALS
    try:
        table = tomllib.loads(place.read_text(encoding="utf-8"))["signals"]
        return tuple((name, re.compile(pattern)) for name, pattern in table.items())
    except (OSError, KeyError, re.error, tomllib.TOMLDecodeError) as error:
        raise MissingPartError(f"the Chinese signals are absent or malformed: {error}", place=str(place)) from error


@cache
def cues_digest() -> str:
    """Return a digest of the cue and signal files a model must have been trained with."""
    folder = resources.files("ingest.typing")
    data = b"".join((folder / name).read_bytes() for name in ("zh_types.toml", SIGNALS))
    return hashlib.sha256(data).hexdigest()[:16]


@cache
def load_packaged() -> ChineseModel:
    """Return the packaged model, read once per process.

    Raises:
        MissingPartError: it is absent, damaged, or made for other cues than this code has.
    """
    return load(resources.files("ingest") / "models" / MODEL)


def load(folder: Traversable) -> ChineseModel:
    """Return the model in a folder; see ``load_packaged``."""
    return load_model(
        folder,
        _build,
        name="the Chinese clause-type model",
        expected={"format": FORMAT, "cues": cues_digest()},
        remedy=_REMEDY,
    )


def _build(description: Mapping[str, Any], arrays: Arrays) -> ChineseModel:
    return ChineseModel(
        types=tuple(description["types"]),
        trained=arrays["trained"].astype(np.bool_),
        keys=arrays["keys"].astype(np.int64),
        idf=arrays["idf"].astype(np.float64),
        weights=arrays["weights"].astype(np.float64),
        cue_weights=arrays["cue_weights"].astype(np.float64),
        bias=arrays["bias"].astype(np.float64),
        slope=float(description["slope"]),
        offset=float(description["offset"]),
        threshold=float(description["threshold"]),
        floor=float(description["floor"]),
    )
