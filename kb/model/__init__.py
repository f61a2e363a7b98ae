"""The words every part of Duegraph speaks: documents, their parts, and what was found in them.

All types are frozen. Offsets are Python string indexes into ``Document.text`` (code points, end exclusive), and every
offset slices back to exactly what it names. Dates are ISO 8601 (``datetime.date``), durations ISO 8601 (``P30D``),
money ISO 4217, places ISO 3166. ``None`` always means "not known", never "no".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.model.contract import (
    Candidate,
    Clause,
    ContractNorm,
    DefinedTerm,
    Modality,
    Party,
    TypeScore,
    Value,
    ValueType,
)
from kb.model.law import (
    UNKNOWN_DATE,
    ActVersion,
    Commencement,
    DateFact,
    LegalNorm,
    Provision,
)
from kb.model.mentions import (
    Citation,
    CitationStatus,
    Entity,
    Event,
    Stage,
)
from kb.model.parties import (
    Holding,
    Identifier,
    Link,
    ListEntry,
    Name,
    OwnerGap,
    Partner,
    Register,
    WatchList,
)
from kb.model.text import (
    Block,
    BlockKind,
    Document,
    Evidence,
    Kind,
    Span,
)

if TYPE_CHECKING:
    from kb.statement import Statement

__all__ = [
    "UNKNOWN_DATE",
    "ActVersion",
    "Annotations",
    "Block",
    "BlockKind",
    "Candidate",
    "Citation",
    "CitationStatus",
    "Clause",
    "Commencement",
    "ContractNorm",
    "DateFact",
    "DefinedTerm",
    "Document",
    "Entity",
    "Event",
    "Evidence",
    "Holding",
    "Identifier",
    "Kind",
    "LegalNorm",
    "Link",
    "ListEntry",
    "Modality",
    "Name",
    "OwnerGap",
    "Partner",
    "Party",
    "Provision",
    "Register",
    "Span",
    "Stage",
    "TypeScore",
    "Value",
    "ValueType",
    "WatchList",
]


@dataclass(frozen=True, slots=True)
class Annotations:
    """Everything extraction found in one document; empty parts mean the part was read and nothing was found.

    Exactly one of ``law``, ``watchlist`` and ``register`` is set for those kinds of source; a register document that
    holds financial statements has ``statements`` instead.
    """

    kind: Kind
    clauses: tuple[Clause, ...] = ()
    values: tuple[Value, ...] = ()
    parties: tuple[Party, ...] = ()
    terms: tuple[DefinedTerm, ...] = ()
    citations: tuple[Citation, ...] = ()
    entities: tuple[Entity, ...] = ()
    events: tuple[Event, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    contract_type: str | None = None
    law: ActVersion | None = None
    watchlist: WatchList | None = None
    register: Register | None = None
    norms: tuple[ContractNorm, ...] = ()
    statements: tuple[Statement, ...] = ()
