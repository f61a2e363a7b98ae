"""Names what each clause of a contract is about, and proposes the spans that say so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.typing import chinese, english
from ingest.typing.cues import CueModel
from ingest.typing.fields import Field
from ingest.typing.model import TypeModel, load_packaged
from ingest.typing.own_text import OwnText
from kb.errors import MissingPartError
from kb.model import Candidate, Clause, Document, Party, TypeScore, Value, ValueType

LANGUAGES: Final = ("en", "zh")
ENGLISH_MODEL: Final = "en_clause_types"

CANDIDATES: Final = 20
"""Proposed spans per contract and type."""

LEAST_SCORE: Final = 0.02
"""Types below are not listed on a clause: they would be forty rows of noise each."""

LEAST_CANDIDATE: Final = 0.001
"""Proposals below are dropped; they are right less than once in a thousand times."""

_LONGEST_CANDIDATE: Final = 6_000
_TITLE_LINES: Final = 6
_TITLE_CHARS: Final = 60
_TITLE_SCORE: Final = 0.95
_BRACKETS: Final = re.compile(r"[（(][^（）()]{0,30}[）)]\s{0,4}$")

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClauseTyper:
    """Types clauses of one language.

    Attributes:
        language: "en" or "zh".
        types: every type it can name, in order: the trained categories, then those found by cues.
    """

    language: str
    types: tuple[str, ...]
    _cues: CueModel
    _model: TypeModel | None
    _chinese: chinese.ChineseModel | None = None

    @classmethod
    def load(cls, language: str) -> ClauseTyper:
        """Return the typer of a language from the packaged models.

        Args:
            language: "en" or "zh".

        Raises:
            MissingPartError: the language has no typer, or its model is absent, damaged or of another version.
        """
        if language not in LANGUAGES:
            raise MissingPartError(
                f"there are no clause types for language {language!r}", remedy=f"Use one of {', '.join(LANGUAGES)}."
            )
        cues = CueModel.load(language)
        if language == "zh":
            return cls.build(language, cues, None, chinese.load_packaged())
        return cls.build(language, cues, load_packaged(ENGLISH_MODEL))

    @classmethod
    def build(
        cls, language: str, cues: CueModel, model: TypeModel | None, joined: chinese.ChineseModel | None = None
    ) -> ClauseTyper:
        """Return a typer of given parts; a type that both could name is the trained model's.

        Args:
            language: "en" or "zh".
            cues: the language's cues.
            model: the English trained model, or None.
            joined: the Chinese model over the same types as the cues, or None for cues alone.
        """
        trained = () if model is None else model.categories
        types = (*trained, *(name for name in cues.types if name not in trained))
        if joined is not None and joined.types != cues.types:
            raise MissingPartError("the Chinese model names other types than the cues", code="model-version-mismatch")
        return cls(language, types, cues, model, joined)

    def type_clauses(
        self,
        text: str,
        clauses: Sequence[Clause],
        *,
        language: str | None = None,
        document: Document | None = None,
    ) -> tuple[Clause, ...]:
        """Return the clauses with their types, best first; types that are all but impossible are left out.

        A clause is typed by its own words: a sub-clause's type is not its parent's, though titles above count.

        Args:
            text: the text the clauses are offsets into.
            clauses: as ``ingest.clauses.segment`` returns them.
            language: refused when it is not the typer's own; None for no claim.
            document: the document the text is from; only its language is looked at.

        Raises:
            MissingPartError: the language is not the typer's.
        """
        self._check_language(language if document is None or language is not None else document.language)
        scores, thresholds = self._score(text, clauses)
        return tuple(
            replace(clause, types=self._types(row, thresholds)) for clause, row in zip(clauses, scores, strict=True)
        )

    def candidates(
        self, text: str, clauses: Sequence[Clause], values: Sequence[Value] = (), parties: Sequence[Party] = ()
    ) -> tuple[Candidate, ...]:
        """Return up to ``CANDIDATES`` spans per type, best first within a type, in the order of ``types``.

        Args:
            text: the text all offsets refer to.
            clauses: as ``ingest.clauses.segment`` returns them.
            values: dates among them are proposed as agreement and effective date.
            parties: their names and labels are proposed as parties.
        """
        found: list[Candidate] = []
        trained: frozenset[str] = frozenset()
        if self._model is not None:
            trained = frozenset(self._model.categories)
            reading = english.read(self._model, text)
            spans = english.propose_spans(self._model, reading, _fields(text, values, parties))
            found += [
                Candidate(self._model.categories[category], start, end, score)
                for category, start, end, score in zip(
                    spans.category.tolist(), spans.start.tolist(), spans.end.tolist(), spans.score.tolist(), strict=True
                )
            ]
        found += [each for each in self._cue_candidates(text, clauses, values, parties) if each.type not in trained]
        return _best(found, self.types)

    def _check_language(self, language: str | None) -> None:
        if language is not None and language in LANGUAGES and language != self.language:
            raise MissingPartError(
                f"this typer reads {self.language!r}, the text is {language!r}",
                remedy="Load the typer of the text's language.",
            )

    def _types(self, row: Scores, thresholds: Scores) -> tuple[TypeScore, ...]:
        named = np.flatnonzero(row >= np.minimum(LEAST_SCORE, thresholds))
        order = named[np.argsort(-row[named], kind="stable")]
        return tuple(
            TypeScore(self.types[number], round(float(row[number]), 4), bool(row[number] >= thresholds[number]))
            for number in order.tolist()
        )

    def _score(self, text: str, clauses: Sequence[Clause]) -> tuple[Scores, Scores]:
        """Return scores (clauses, types) and the threshold of each type."""
        own = OwnText.of(clauses)
        scores = self._score_cues(text, clauses, own)
        thresholds = np.full(
            len(self.types), self._cues.threshold if self._chinese is None else self._chinese.threshold
        )
        if self._model is None or not clauses:
            return scores, thresholds
        trained = len(self._model.categories)
        thresholds[:trained] = self._model.thresholds
        reading = english.read(self._model, text)
        unit, category, probability = english.type_units(self._model, reading)
        clause = own.clause_at(reading.layout.start)[unit]
        inside = clause >= 0
        np.maximum.at(scores, (clause[inside], category[inside]), probability[inside])
        return scores, thresholds

    def _score_cues(self, text: str, clauses: Sequence[Clause], own: OwnText) -> Scores:
        """Return what the cues say, shape (clauses, types); columns of trained categories are 0."""
        scores = np.zeros((len(clauses), len(self.types)), dtype=np.float64)
        if not clauses:
            return scores
        if self._model is None:
            present = self._cues.find_phrases(text, clauses, own)
        else:
            reading = english.read(self._model, text)
            present = self._cues.find_features(reading.features, reading.layout.start, clauses, own)
        scores[:, [self.types.index(name) for name in self._cues.types]] = self._cues.score(clauses, present)
        if self._model is not None:
            scores[:, : len(self._model.categories)] = 0
            return scores
        if self._chinese is not None:
            scores = self._chinese.score(chinese.read_clauses(text, clauses, own), scores)
        title = self._title(text)
        clause = -1 if title is None else int(own.clause_at(np.array([title[0]]))[0])
        if clause >= 0:
            scores[clause, self.types.index("Document Name")] = _TITLE_SCORE
        return scores

    def _title(self, text: str) -> tuple[int, int] | None:
        """Return the span of the contract's title: a short line near the top that ends like a title."""
        endings = self._cues.source.title_endings
        position, seen = 0, 0
        for line in text[: 40 * _TITLE_CHARS].split("\n"):
            bare = line.strip()
            if bare:
                seen += 1
                if len(bare) <= _TITLE_CHARS and _BRACKETS.sub("", bare).rstrip().endswith(endings):
                    start = position + line.index(bare)
                    return start, start + len(bare)
                if seen >= _TITLE_LINES:
                    break
            position += len(line) + 1
        return None

    def _cue_candidates(
        self, text: str, clauses: Sequence[Clause], values: Sequence[Value], parties: Sequence[Party]
    ) -> list[Candidate]:
        """Propose each clause's own words for the types its cues speak for."""
        own = OwnText.of(clauses)
        scores = self._score_cues(text, clauses, own)
        # A title is proposed as itself, not as the clause it stands in.
        columns = [self.types.index(name) for name in self._cues.types if name != "Document Name"]
        found: list[Candidate] = []
        spans = [_own_span(text, own, number) for number in range(len(clauses))]
        for number, span in enumerate(spans):
            if span is None:
                continue
            found += [
                Candidate(self.types[column], *span, float(scores[number, column]))
                for column in columns
                if scores[number, column] >= LEAST_SCORE
            ]
        if self._model is None:
            title = self._title(text)
            if title is not None:
                found.append(Candidate("Document Name", *title, _TITLE_SCORE))
            found += [Candidate("Parties", party.start, party.end, _TITLE_SCORE) for party in parties]
            known = set(self.types)
            found += [
                Candidate(value.type, value.start, value.end, _TITLE_SCORE) for value in values if value.type in known
            ]
        return found


def _own_span(text: str, own: OwnText, clause: int) -> tuple[int, int] | None:
    """Return the first stretch of a clause's own body, blanks trimmed, or None when it only has a title."""
    for piece in np.flatnonzero(own.clause == clause).tolist():
        start = max(int(own.start[piece]), int(own.heading_end[clause]))
        end = min(int(own.end[piece]), start + _LONGEST_CANDIDATE)
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            return start, end
    return None


def _fields(text: str, values: Sequence[Value], parties: Sequence[Party]) -> list[Field]:
    fields: list[Field] = []
    for party in parties:
        fields.append(Field("Parties", party.start, party.end, "company"))
        if 0 <= party.role_start < party.role_end <= len(text):
            fields.append(Field("Parties", party.role_start, party.role_end, "quoted"))
    for value in values:
        if value.type == ValueType.DATE:
            fields += [Field(name, value.start, value.end, "date") for name in ("Agreement Date", "Effective Date")]
        elif value.type in ("Agreement Date", "Effective Date"):
            fields.append(Field(value.type, value.start, value.end, "date"))
    return [field for field in fields if 0 <= field.start < field.end <= len(text)]


def _best(found: Sequence[Candidate], types: Sequence[str]) -> tuple[Candidate, ...]:
    """Return the best spans of each type; of the same span the better score."""
    by_type: dict[str, dict[tuple[int, int], Candidate]] = {name: {} for name in types}
    for each in found:
        if each.score < LEAST_CANDIDATE:
            continue
        known = by_type[each.type].get((each.start, each.end))
        if known is None or known.score < each.score:
            by_type[each.type][(each.start, each.end)] = each
    result: list[Candidate] = []
    for name in types:
        ordered = sorted(by_type[name].values(), key=lambda each: (-each.score, each.start, each.end))
        result += [replace(each, score=round(each.score, 4)) for each in ordered[:CANDIDATES]]
    return tuple(result)
