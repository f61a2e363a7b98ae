"""What the page of a document or an act shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.web.data.findings import Bilingual, FindingView, Passage


@dataclass(frozen=True, slots=True)
class ClauseView:
    """One clause or provision of a document, in reading order; ``level`` 1 is outermost."""

    id: str
    start: int
    end: int
    number: str | None = None
    heading: str | None = None
    level: int = 1
    types: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """Something named in a text.

    Attributes:
        kind: "party", "citation", "entity" or "value".
        label: what it is, for a reader ("Supplier", "repealed", "Agreement Date").
        value: its normalised value or resolved target, or None.
        partner: id of the stored partner it was matched to, or None.
        passage: the stored words it points at (a cited provision), or None.
    """

    kind: str
    start: int
    end: int
    label: Bilingual
    value: str | None = None
    partner: str | None = None
    passage: Passage | None = None


@dataclass(frozen=True, slots=True)
class ForceView:
    """Whether a text of law applies today.

    Attributes:
        act: id of the act; ``version`` of the text.
        status: "in_force", "not_yet", "no_longer" or "unknown".
        since: ISO day the status began (for "not_yet": will end), or None.
        by: id of the version or act that replaced it, or None.
    """

    act: str
    version: str
    status: str
    since: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class LawPage:
    """One act: its versions with their status, and what each of its changes touches.

    Attributes:
        ledger: the impact ledger in the JSON shape of ``law impact``.
        histories: every decision by item id, oldest first, in the JSON shape of the ledger's own.
        states: what may be decided, in order; "open" takes a decision back.
    """

    ledger: Mapping[str, Any]
    histories: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    states: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One document with everything found in it.

    Attributes:
        facts: further things known about it, by label (contract type, dates, issuing body, content hash).
        warnings: what the reader of the file could not use.
        force: whether it applies, for a text of law; None for other documents.
    """

    id: str
    title: str
    kind: str
    language: str
    text: str
    source: str
    ingested: str
    clauses: tuple[ClauseView, ...] = ()
    references: tuple[Reference, ...] = ()
    findings: tuple[FindingView, ...] = ()
    facts: tuple[tuple[Bilingual, str], ...] = ()
    warnings: tuple[str, ...] = ()
    force: ForceView | None = None
