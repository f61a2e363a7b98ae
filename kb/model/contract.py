"""What a contract is made of: clauses, values, parties, defined terms, norms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.model.text import Span


@dataclass(frozen=True, slots=True)
class TypeScore:
    """One clause type with its score.

    Attributes:
        type: notation of a concept of the clause-type scheme; CUAD's category name where there is one.
        score: 0-1, to be read as a probability.
        detected: the score is at or above the type's own threshold.
    """

    type: str
    score: float
    detected: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a contract, nested by ``parent``.

    Attributes:
        id: unique within the document, stable for the same text ("c1", "c2", … in reading order).
        number: as written ("2.1", "(a)", "第三条", "Article IV"), or None.
        heading: the clause's own title without its number, or None.
        level: 1 for the outermost clauses.
        parent: id of the enclosing clause, or None.
        body_start: where the text after number and heading begins (``start <= body_start <= end``).
    """

    id: str
    start: int
    end: int
    number: str | None = None
    heading: str | None = None
    level: int = 1
    parent: str | None = None
    body_start: int = -1
    types: tuple[TypeScore, ...] = ()


class ValueType(StrEnum):
    """Kinds of value read from running text; role-bearing values use CUAD's category names instead."""

    DATE = "date"
    MONEY = "money"
    DURATION = "duration"
    PERCENTAGE = "percentage"
    NUMBER = "number"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Value:
    """A value stated in a text, normalised.

    Attributes:
        type: a ``ValueType``, or a role: "Agreement Date", "Effective Date", "Expiration Date", "Renewal Term",
            "Notice Period to Terminate Renewal", "Governing Law", "Forum".
        value: canonical form: "2025-03-03", "500000" (decimal digits), "P30D", "0.5" (percentages as fractions),
            "US-NY" (ISO 3166), "perpetual" (an expiration date that never comes of itself); None when it is stated but
            cannot be read, or depends on an event whose day is not stated.
        unit: ISO 4217 code for money, "business" for business-day durations, period for rates ("P1D" for per day);
            otherwise None.
        since: place of the day a computed date was counted from ("three years from the Effective Date"); None for what
            is stated as it is.
    """

    type: str
    value: str | None
    unit: str | None
    start: int
    end: int
    since: Span | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a contract as its text names it.

    Attributes:
        name: the legal name as written, without role or address.
        role: the label the contract gives it ("Supplier", "甲方"), or None.
        kind: "organization", "person" or None when the text does not show it.
        start: start of the name; ``role_start``/``role_end`` place the label, -1 when there is none.
    """

    name: str
    role: str | None
    start: int
    end: int
    kind: str | None = None
    role_start: int = -1
    role_end: int = -1


@dataclass(frozen=True, slots=True)
class DefinedTerm:
    """A term a contract defines: the term's own span and the span of its definition."""

    term: str
    start: int
    end: int
    definition_start: int
    definition_end: int


class Modality(StrEnum):
    """What a contract says of an act: it is owed, allowed or forbidden."""

    MUST = "must"
    MAY = "may"
    MUST_NOT = "must_not"


@dataclass(frozen=True, slots=True)
class ContractNorm:
    """One duty, right or prohibition that a clause states: who, towards whom, how far, when, and except when.

    Attributes:
        clause: id of the innermost clause that states it.
        modality: whether the bearer must, may or must not.
        start: span of the statement, at most one sentence.
        bearer: who must, may or must not, as the contract calls it ("Supplier", "甲方", "each party"); None when the
            words do not name one ("fees shall be paid within 30 days").
        beneficiary: towards whom, as the contract calls it; None when the words do not name one.
        mutual: it binds both or all parties alike.
        cap: upper limit of what is owed under the norm: a ``Value`` of type "money" (with its currency) or "multiple"
            (of what its words name: "1" is all fees paid, "0.2" a fifth of the price); None without a limit.
        condition: span of the words that trigger it ("if …", "upon …", "如…的", "…后"); None when it always applies.
        exception: span of the words that take something out of it ("except …", "unless …", "但…除外"); None without.
        bearer_start: place of the bearer's name, -1 without one; likewise for the beneficiary.
    """

    clause: str
    modality: Modality
    start: int
    end: int
    bearer: str | None = None
    beneficiary: str | None = None
    mutual: bool = False
    cap: Value | None = None
    condition: Span | None = None
    exception: Span | None = None
    bearer_start: int = -1
    bearer_end: int = -1
    beneficiary_start: int = -1
    beneficiary_end: int = -1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span proposed for a clause type, for review and evaluation; ``score`` 0-1."""

    type: str
    start: int
    end: int
    score: float
