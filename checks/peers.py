"""What all stored partners have in common with one another, counted once per check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.model import Evidence
from kb.register_facts import stated_by

if TYPE_CHECKING:
    from checks.context import PartnerFacts


@dataclass(frozen=True, slots=True)
class Spend:
    """What is spent with a partner in a year; ``group`` is its group in plain letters, "" when none is stated."""

    partner: str
    amount: float
    currency: str | None
    group: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Peers:
    """Counts over all partners.

    Attributes:
        addresses: partners at each address, in plain letters.
        representatives: partners each legal representative stands for.
        spends: by partner, the first that is stated.
    """

    addresses: Counter[str]
    representatives: Counter[str]
    spends: dict[str, Spend]

    @classmethod
    def of(cls, partners: Iterable[PartnerFacts]) -> Peers:
        """Count over partners."""
        addresses: Counter[str] = Counter()
        representatives: Counter[str] = Counter()
        spends: dict[str, Spend] = {}
        for facts in partners:
            if facts.partner.address is not None and (address := plain(facts.partner.address)):
                addresses[address] += 1
            named: set[str] = set()
            group, spend = "", None
            for row in facts.register:
                for stated in stated_by(row.partner):
                    if stated.meaning == "legal-representative":
                        named |= set(stated.people)
                    elif stated.meaning == "group" and not group:
                        group = plain(stated.cell)
                    elif stated.meaning == "spend" and stated.money is not None and spend is None:
                        spend = (float(stated.money.amount), stated.money.currency, row.evidence(stated.cell))
            representatives.update(named)
            if spend is not None:
                spends[facts.id] = Spend(facts.id, spend[0], spend[1], group, spend[2])
        return cls(addresses, representatives, spends)


def plain(text: str) -> str:
    """Return the letters and digits of a text, without case."""
    return "".join(character for character in text.casefold() if character.isalnum())
