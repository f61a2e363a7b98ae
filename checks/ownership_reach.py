"""The stored holdings around one party: read level by level from the graph, however many others are stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from checks.ownership.stored import MAX_UPSTREAM, HitVerdict, StoredOwnership, list_titles
from checks.screening_index import ScreeningIndex
from checks.screening_load import stored_partners, stored_screening
from kb.entities import Entities, MergedPartner, merged_partners
from kb.errors import LimitError
from kb.facts.entities import ENTRY, read_entities_of
from kb.facts.holdings import StoredHolding, read_gaps_in, read_holdings_in, read_holdings_of
from kb.facts.partners import StoredPartner
from kb.model import ListEntry, Partner
from kb.snapshot import Snapshot

_MOST: Final = 2 * MAX_UPSTREAM
"""Holdings read before giving up; more than are answered with, because some are of other days."""


def load_ownership_around(
    snapshot: Snapshot, party: str, *, verdict: HitVerdict | None = None
) -> tuple[StoredOwnership, str]:
    """Return the holdings from which chains lead to a party and those it holds itself, and the id it goes by.

    The answer to any question about this party (``checks.ownership.report.report_on``) is what ``load_ownership`` would
    give; about other parties it knows only a part.

    Args:
        snapshot: one view of the store.
        party: id of a stored partner or entry of a list, of any of its records.
        verdict: what people decided on screening hits.

    Raises:
        LimitError: too many holdings lie above it.
    """
    reach = _Reach(snapshot)
    return reach.around(party, verdict)


class _Reach:
    """What was read so far."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._screening = stored_screening(snapshot)
        self._registers = stored_partners(snapshot)
        self._kinds: dict[str, str] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        self._party: dict[str, str] = {}
        self._decided: Entities = Entities()

    def around(self, party: str, verdict: HitVerdict | None) -> tuple[StoredOwnership, str]:
        focus = self._parties([party])[0]
        seen, level = {focus}, [focus]
        found: dict[tuple[str, str], StoredHolding] = {}
        while level:
            stated = read_holdings_in(self._snapshot.query, self._records(level))
            found.update({(one.iri, one.document): one for one in stated})
            if len(found) > _MOST:
                raise LimitError(f"more than {_MOST} holdings lie above {focus}", remedy="Ask for a party further up.")
            level = [one for one in self._parties(h.holding.owner for h in stated) if one not in seen]
            seen.update(level)
        gaps = read_gaps_in(self._snapshot.query, self._records(seen))
        below = read_holdings_of(self._snapshot.query, self._records([focus]))
        found.update({(one.iri, one.document): one for one in below})
        self._parties(h.holding.owned for h in below)
        entities = Entities(members=self._members, decided=self._decided.decided, _party=self._party)
        partners = self._partners(entities)
        store = StoredOwnership(
            holdings=tuple(sorted(found.values(), key=lambda one: (one.document, one.holding.start, one.iri))),
            gaps=gaps,
            partners={one.id: one.partner for one in partners},
            entities=entities,
            screening=self._screening,
            titles=list_titles(self._snapshot.query),
            rows=frozenset(row for one in partners for row in one.ids),
            verdict=verdict,
        )
        return store, focus

    def _parties(self, records: Iterable[str]) -> list[str]:
        """Return the parties some records of holdings belong to, each once, and learn who they are."""
        asked = list(dict.fromkeys(records))
        fresh = [record for record in asked if record not in self._kinds]
        for record in fresh:
            self._kinds[record] = (
                record if self._row(record) is not None or not self._listed(record) else ENTRY + record
            )
        if fresh:
            known = read_entities_of(self._snapshot.query, [self._kinds[record] for record in fresh])
            self._members.update(known.members)
            self._party.update({record: party for party, group in known.members.items() for record in group})
            self._decided = known
        return list(dict.fromkeys(self._party.get(self._kinds[record], self._kinds[record]) for record in asked))

    def _records(self, parties: Iterable[str]) -> list[str]:
        """Return the records of parties as holdings name them."""
        return [record.removeprefix(ENTRY) for party in parties for record in self._members.get(party, (party,))]

    def _partners(self, entities: Entities) -> tuple[MergedPartner, ...]:
        records = {r for kind in self._kinds.values() for r in entities.records(kind) if not r.startswith(ENTRY)}
        rows = [row for record in sorted(records) if (row := self._row(record)) is not None]
        return merged_partners(rows, entities)

    def _listed(self, record: str) -> bool:
        return self._screening is not None and self._screening.entry(record) is not None

    def _row(self, record: str) -> StoredPartner | None:
        """Return the row of a register with what holdings need to know of it."""
        if self._registers is None:
            return None
        found = row_of(self._registers, record)
        return None if found is None else StoredPartner(record, found[1], _partner(found[0]))


def row_of(registers: ScreeningIndex, record: str) -> tuple[ListEntry, str] | None:
    """Return a row of the stored registers by its id, in the form of an entry, with its document."""
    scope, slash, _ = record.partition("/")
    found = registers.entry(f"{scope}/{record}") if slash else None
    return None if found is None else (found[1], found[0].document)


def _partner(entry: ListEntry) -> Partner:
    return Partner(
        id=entry.id.partition("/")[2],
        names=entry.names,
        kind=entry.kind,
        start=entry.start,
        end=entry.end,
        country=entry.countries[0] if entry.countries else None,
        identifiers=entry.identifiers,
        address=entry.addresses[0] if entry.addresses else None,
    )
