"""Clause types by weighted cues: the model of Chinese contracts, and of English types CUAD does not annotate.

The cues are data (``zh_types.toml``, ``en_types.toml``), which also state how they add up: a clause starts at ``bias``
log-odds, every cue found adds its weight once, and the logistic function makes the sum a score in 0-1. Cues in the
clause's own title count most, titles above it at ``parent_share``. The sums are not fitted to annotated data; the
scores are a reasoned scale, and ``docs/models.md`` states how they do on our own gold sentences.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.typing.features import Features, phrase_key
from ingest.typing.own_text import OwnText
from kb.errors import MissingPartError
from kb.model import Clause

Weight = Annotated[float, Field(ge=-8, le=8)]
LONGEST_PHRASE: Final = 24
"""Characters of the longest Chinese cue; each length present costs one pass over the text."""

_BASE: Final = np.uint64(0x100000001B3)  # FNV-1a's prime, as the base of a rolling hash


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AllCue(_Strict):
    """A cue of several phrases that must all occur in the clause."""

    phrases: tuple[str, ...] = Field(min_length=2)
    weight: Weight


class CueType(_Strict):
    """The cues of one clause type."""

    notation: str
    heading: dict[str, Weight] = {}
    body: dict[str, Weight] = {}
    all: tuple[AllCue, ...] = ()
    place: Literal["title"] | None = None


class CueFile(_Strict):
    """One language's clause types."""

    language: Literal["en", "zh"]
    bias: float
    parent_share: Annotated[float, Field(ge=0, le=1)]
    body_limit: Annotated[float, Field(gt=0)]
    threshold: Annotated[float, Field(gt=0, lt=1)]
    title_endings: tuple[str, ...] = ()
    type: tuple[CueType, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class CueModel:
    """Compiled cues of one language.

    Attributes:
        types: notations, in the order of the score columns.
        threshold: score from which a type counts as detected.
    """

    source: CueFile
    types: tuple[str, ...]
    threshold: float
    _phrases: tuple[str, ...]
    _keys: tuple[NDArray[np.int64], NDArray[np.int64]]
    _body: NDArray[np.float32]
    _conjunctions: tuple[tuple[tuple[int, ...], int, float], ...]
    _headings: re.Pattern[str]
    _heading_weights: dict[str, NDArray[np.float32]]

    @classmethod
    def load(cls, language: str) -> CueModel:
        """Return the packaged cues of a language, compiled once per process.

        Raises:
            MissingPartError: there are none, or they are malformed.
        """
        return _load(language)

    def find_phrases(self, text: str, clauses: Sequence[Clause], own: OwnText) -> NDArray[np.bool_]:
        """Return which phrases occur in the body of which clause, by characters; shape (clauses, phrases)."""
        present = np.zeros((len(clauses), len(self._phrases)), dtype=np.bool_)
        codes = np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32).astype(np.uint64)
        by_length: dict[int, list[int]] = {}
        for number, phrase in enumerate(self._phrases):
            by_length.setdefault(len(phrase), []).append(number)
        rolling = np.zeros(len(codes), dtype=np.uint64)
        for length in range(1, max(by_length, default=0) + 1):
            if length > len(codes):
                break
            rolling = rolling[: len(codes) - length + 1] * _BASE + codes[length - 1 :]
            numbers = by_length.get(length)
            if numbers is None:
                continue
            wanted = np.array([_roll(self._phrases[number]) for number in numbers], dtype=np.uint64)
            order = np.argsort(wanted)
            place = np.searchsorted(wanted[order], rolling)
            place[place == len(wanted)] = 0
            hits = np.flatnonzero(wanted[order][place] == rolling)
            found = np.array(numbers, dtype=np.int64)[order][place[hits]]
            clause = own.clause_at(hits)
            inside = (clause >= 0) & (clause == own.clause_at(hits + length - 1))
            inside &= hits >= own.heading_end[np.maximum(clause, 0)]
            present[clause[inside], found[inside]] = True
        return present

    def find_features(
        self, features: Features, unit_starts: NDArray[np.int64], clauses: Sequence[Clause], own: OwnText
    ) -> NDArray[np.bool_]:
        """Return which phrases occur in the units of which clause, by hashed words; shape (clauses, phrases)."""
        present = np.zeros((len(clauses), len(self._phrases)), dtype=np.bool_)
        order, keys = self._keys
        place = np.searchsorted(keys, features.key)
        place[place == len(keys)] = 0
        hits = np.flatnonzero(keys[place] == features.key)
        clause = own.clause_at(unit_starts)[features.unit[hits]]
        inside = clause >= 0
        present[clause[inside], order[place[hits]][inside]] = True
        return present

    def score(self, clauses: Sequence[Clause], present: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the score of every clause for every type, shape (clauses, types), 0-1.

        Args:
            clauses: the clauses, parents before their children.
            present: as returned by ``find_phrases`` or ``find_features``.
        """
        body = present.astype(np.float32) @ self._body
        for phrases, column, weight in self._conjunctions:
            body[:, column] += weight * present[:, phrases].all(axis=1)
        own, above = self._score_headings(clauses)
        total = self.source.bias + np.minimum(body, self.source.body_limit) + own + self.source.parent_share * above
        result: NDArray[np.float64] = 0.5 * (1 + np.tanh(0.5 * total.astype(np.float64)))
        return result

    def _score_headings(self, clauses: Sequence[Clause]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        shape = (len(clauses), len(self.types))
        own = np.zeros(shape, dtype=np.float32)
        above = np.zeros(shape, dtype=np.float32)
        index = {clause.id: number for number, clause in enumerate(clauses)}
        for number, clause in enumerate(clauses):
            if clause.heading is not None:
                heading = " ".join(clause.heading.lower().split())
                rows = [self._heading_weights[found] for found in self._headings.findall(heading)]
                if rows:
                    stacked = np.stack(rows)
                    own[number] = stacked.max(axis=0).clip(min=0) + stacked.min(axis=0).clip(max=0)
            parent = index.get(clause.parent) if clause.parent is not None else None
            if parent is not None and parent < number:
                above[number] = np.maximum(own[parent], above[parent])
        return own, above


def _roll(phrase: str) -> int:
    value = 0
    for character in phrase:
        value = (value * int(_BASE) + ord(character)) & 0xFFFFFFFFFFFFFFFF
    return value


@cache
def _load(language: str) -> CueModel:
    name = f"{language}_types.toml"
    place = resources.files("ingest.typing") / name
    try:
        source = CueFile.model_validate(tomllib.loads(place.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise MissingPartError(
            f"there are no clause-type cues for language {language!r}",
            place=f"ingest/typing/{name}",
            remedy="Use en or zh.",
        ) from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise MissingPartError(f"the clause-type cues are malformed: {error}", place=f"ingest/typing/{name}") from error
    return compile_cues(source)


def compile_cues(source: CueFile) -> CueModel:
    """Return the compiled form of one language's cues.

    Raises:
        MissingPartError: a phrase is longer than the matcher of the language can find.
    """
    types = tuple(entry.notation for entry in source.type)
    phrases = tuple(sorted(set(_phrases(source))))
    number_of = {phrase: number for number, phrase in enumerate(phrases)}
    for phrase in phrases:
        too_long = len(phrase) > LONGEST_PHRASE if source.language == "zh" else phrase_key(phrase) < 0
        if too_long:
            raise MissingPartError(
                f"the cue {phrase!r} is too long",
                place=f"{source.language}_types.toml",
                remedy="Split it into an `all` cue.",
            )
    body = np.zeros((len(phrases), len(types)), dtype=np.float32)
    conjunctions: list[tuple[tuple[int, ...], int, float]] = []
    heading_weights: dict[str, NDArray[np.float32]] = {}
    for column, entry in enumerate(source.type):
        for phrase, weight in entry.body.items():
            body[number_of[phrase], column] += weight
        conjunctions += [(tuple(number_of[part] for part in cue.phrases), column, cue.weight) for cue in entry.all]
        for phrase, weight in entry.heading.items():
            heading_weights.setdefault(phrase.lower(), np.zeros(len(types), dtype=np.float32))[column] = weight
    longest_first = sorted(heading_weights, key=lambda phrase: (-len(phrase), phrase))
    # Chinese has no word borders; English titles are matched as whole words.
    border = "" if source.language == "zh" else r"\b"
    pattern = f"{border}(?:{'|'.join(map(re.escape, longest_first))}){border}" if longest_first else r"(?!)"
    keys = np.array([phrase_key(phrase) for phrase in phrases], dtype=np.int64)
    order = np.argsort(keys)
    return CueModel(
        source=source,
        types=types,
        threshold=source.threshold,
        _phrases=phrases,
        _keys=(order, keys[order]),
        _body=body,
        _conjunctions=tuple(conjunctions),
        _headings=re.compile(pattern),
        _heading_weights=heading_weights,
    )


def _phrases(source: CueFile) -> Iterable[str]:
    for entry in source.type:
        yield from entry.body
        for cue in entry.all:
            yield from cue.phrases
