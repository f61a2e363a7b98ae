"""The stored holdings around one party: read level by level from the graph, however many others are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from checks.ownership.stored import MAX_UPSTREAM, HitVerdict, Listing, Party, StoredOwnership, list_titles
from checks.screening_index import ScreeningIndex
from checks.screening_load import stored_partners, stored_screening
from kb.entities import Entities, MergedPartner, merged_partners
from kb.errors import LimitError
from kb.facts.entities import ENTRY, read_entities_of
from kb.facts.holdings import StoredGap, StoredHolding, party_id, read_gaps_in, read_holdings_in, read_holdings_of
from kb.facts.partners import StoredPartner
from kb.model import ListEntry, Partner
from kb.snapshot import Snapshot
from ontology import terms as t

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


def load_ownership_nearby(snapshot: Snapshot, *, verdict: HitVerdict | None = None) -> StoredOwnership:
    """Return the stored holdings, read around each party when it is first asked about.

    For questions about a few parties; whoever asks about all of them reads everything at once (``load_ownership``).
    The snapshot must still be open when a party is asked about.
    """
    some = snapshot.query(f"SELECT ?o WHERE {{ GRAPH ?g {{ ?h a <{t.DUE_Holding}> ; <{t.DUE_owned}> ?o }} }} LIMIT 1")
    gap = snapshot.query(f"SELECT ?o WHERE {{ GRAPH ?g {{ ?h a <{t.DUE_OwnerGap}> ; <{t.DUE_owned}> ?o }} }} LIMIT 1")
    records = [party_id(row[0]) for row in (*some, *gap) if row[0] is not None]
    return _Nearby(
        holdings=read_holdings_in(snapshot.query, records[:1]) if some else (),
        gaps=read_gaps_in(snapshot.query, records[-1:]) if gap else (),
        screening=stored_screening(snapshot),
        titles=list_titles(snapshot.query),
        verdict=verdict,
        snapshot=snapshot,
    )


@dataclass(frozen=True)
class _Nearby(StoredOwnership):
    """Holdings that are read when a party is asked about; ``holdings`` and ``gaps`` tell only whether there are any."""

    snapshot: Snapshot | None = None

    def around(self, party: str) -> StoredOwnership:
        """Return what is needed to answer about one party."""
        if party not in self._known and self.snapshot is not None:
            self._known[party] = load_ownership_around(self.snapshot, party, verdict=self.verdict)[0]
        return self._known[party]

    @cached_property
    def _known(self) -> dict[str, StoredOwnership]:
        return {}

    @cached_property
    def by_owned(self) -> Mapping[str, list[StoredHolding]]:
        """Holdings by the party that is held; a party that is not asked for is not read."""
        return _Sides(lambda party: self.around(party).by_owned)

    @cached_property
    def by_owner(self) -> Mapping[str, list[StoredHolding]]:
        """Holdings by the party that holds, likewise."""
        return _Sides(lambda party: self.around(party).by_owner)

    def gaps_of(self, party: str) -> tuple[StoredGap, ...]:
        """Return the owners of a party that its source says are not named."""
        return self.around(party).gaps_of(party)

    def describe(self, party: str) -> Party:
        """Return a party with its name."""
        return self.around(party).describe(party)

    def listings(self, party: str, as_of: date) -> tuple[Listing, ...]:
        """Return the entries a party is, then those it may be."""
        return self.around(party).listings(party, as_of)


class _Sides(Mapping[str, list[StoredHolding]]):
    """One side of holdings by party, of parties that are asked for."""

    def __init__(self, of: Callable[[str], Mapping[str, list[StoredHolding]]]) -> None:
        self._of = of

    def __getitem__(self, party: str) -> list[StoredHolding]:
        return self._of(party)[party]

    def __iter__(self) -> Iterator[str]:
        raise TypeError("parties that were not asked for are not known")

    def __len__(self) -> int:
        raise TypeError("parties that were not asked for are not known")


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
