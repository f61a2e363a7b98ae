"""What has been read of a register so far, over all its tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.holdings.stated import HoldingsFile
from kb.model import Holding, Name, OwnerGap, Partner, Register
from kb.names.fold import has_han


@dataclass(slots=True)
class Rows:
    """Partners and holdings of a register, with what could not be read; ``seen`` are the keys of its partners."""

    partners: list[Partner] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    seen: set[str] = field(default_factory=set)
    incomplete: str | None = None
    holdings: list[Holding] = field(default_factory=list)
    gaps: list[OwnerGap] = field(default_factory=list)

    def add(self, partner: Partner) -> None:
        """Take a partner whose key is new."""
        self.seen.add(partner.id)
        self.partners.append(partner)

    def register(self) -> Register:
        """Return what was read as one load."""
        return Register(
            tuple(self.partners),
            self.rows,
            tuple(self.rejected),
            tuple(self.notes),
            incomplete=self.incomplete,
            holdings=tuple(self.holdings),
            gaps=tuple(self.gaps),
        )

    def take(self, stated: HoldingsFile) -> None:
        """Take holdings with their parties: a party that is no partner yet becomes one.

        A party is named by the key of a partner, or by a name that only one partner of the file has.
        """
        for party in stated.parties:
            if party.id not in self.seen:
                self.add(party)
        named: dict[str, str | None] = {}
        for partner in self.partners:
            for name in partner.names:
                named[name.text] = partner.id if named.get(name.text, partner.id) == partner.id else None

        def key(party: str, span: tuple[int, int]) -> str:
            known = party if party in self.seen else named.get(party)
            if known is None:
                text = stated.names.get(party, party)
                name = Name(text, "primary", "zh" if has_han(text) else None)
                self.add(Partner(party, (name,), stated.kinds.get(party), *span))
                known = named[party] = party
            return known

        for one in stated.holdings:
            span = stated.spans[one.place]
            self.holdings.append(
                Holding(
                    key(one.owner, span), key(one.owned, span), one.low, one.high, *span, one.measure,
                    one.valid_from, one.valid_to, one.source,
                )
            )  # fmt: skip
        for gap in stated.gaps:
            span = stated.spans[gap.place]
            if gap.owned:
                self.gaps.append(OwnerGap(key(gap.owned, span), gap.reason, *span))
        self.rows += stated.rows
        self.rejected.extend(stated.rejected)
        self.notes.extend(stated.notes)
        self.incomplete = self.incomplete or stated.incomplete
