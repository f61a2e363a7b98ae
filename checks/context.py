"""Everything a check may look at: a snapshot of the store, a date, and nothing else.

Checks are pure: no clock, environment, network or global state inside. What is not in the context is unknown,
and a rule that needs it answers "not evaluated", naming what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from checks.hits import Ledger
from checks.ownership.stored import StoredOwnership
from checks.peers import Peers
from checks.screening import ScreeningIndex
from kb.contract import ContractFacts
from kb.law import LawIndex
from kb.model import Event, Evidence, Link, Partner

if TYPE_CHECKING:
    from checks.credit.result import CreditResult

Rows = Sequence[Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """An adverse event with the document that reports it and the partners it is linked to."""

    document: str
    title: str
    published: date | None
    publisher: str | None
    quote: str
    event: Event
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row of a register about a partner, with its words."""

    document: str
    quote: str
    partner: Partner

    def evidence(self, cell: str = "") -> Evidence:
        """Return where a cell stands, where its words stand once in the row; else the whole row."""
        start, words = self.partner.start, cell.strip()
        at = self.quote.find(words) if words else -1
        if at < 0 or self.quote.find(words, at + 1) >= 0:
            return Evidence(self.document, start, self.partner.end, self.quote)
        return Evidence(self.document, start + at, start + at + len(words), words)


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """A stored partner with the register row it came from.

    Attributes:
        rows: ids of further rows, in the same or other registers, that mean the same party.
        register: every row of the party, the one it goes by first.
    """

    id: str
    document: str
    quote: str
    partner: Partner
    rows: tuple[str, ...] = ()
    register: tuple[RegisterRow, ...] = ()


@dataclass(frozen=True)
class CheckContext:
    """What the rules are evaluated on.

    Attributes:
        as_of: the day whose law and lists count.
        contracts: the contracts to check.
        law: stored law, or None when no act is stored.
        screening: stored watch lists, or None when none is stored.
        decisions: what people decided on hits, the last decision on each by its id.
        partners: every stored partner by id.
        links: party and subject links of all documents.
        news: how many news documents were read for events; 0 means nobody looked.
        events: every reported event.
        ownership: stored holdings with who is listed among their parties, or None when they were not read.
        subjects: ids of the partners to check; None for every stored one.
        every_contract: ids of all stored contracts, also of those that are not to be checked.
        credit: returns the credit scorecard of a stored partner, or None when no store is at hand.
        select: runs a set-based query over the same snapshot.
        words: returns the words of a stored document at a place, or None when no store is at hand.
    """

    as_of: date
    contracts: tuple[ContractFacts, ...] = ()
    law: LawIndex | None = None
    screening: ScreeningIndex | None = None
    decisions: Ledger = field(default_factory=dict)
    partners: Mapping[str, PartnerFacts] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    news: int = 0
    events: tuple[ReportedEvent, ...] = ()
    ownership: StoredOwnership | None = None
    subjects: tuple[str, ...] | None = None
    every_contract: frozenset[str] = frozenset()
    credit: Callable[[PartnerFacts], CreditResult] | None = None
    select: Callable[[str], Rows] | None = None
    words: Callable[[str, int, int], str] | None = None

    @cached_property
    def peers(self) -> Peers:
        """What the stored partners have in common, counted when first asked."""
        return Peers.of(self.partners.values())
