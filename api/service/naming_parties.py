"""Which stored party a person means, by id, key, identifier or name, without reading them all."""

from __future__ import annotations

from collections.abc import Iterator

from api.service.partners import find_partner
from checks.ownership_reach import row_of
from checks.screening_index import MIN_IDENTIFIER, ScreeningIndex, plain_identifier
from checks.screening_load import stored_partners
from kb.facts.entities import read_entities_of
from kb.facts.holdings import read_holdings_in
from kb.snapshot import Snapshot


def party_with_owners(snapshot: Snapshot, name: str) -> str:
    """Return the id of the party meant; of several that bear a name, one of whom holdings are stored.

    Raises:
        NotFoundError: nothing fits; names the nearest.
    """
    wanted = name.strip()
    registers = stored_partners(snapshot)
    if registers is None:
        return find_partner(snapshot, name).id
    if row_of(registers, wanted) is not None:
        return wanted
    rows = sorted(set(_rows(registers, wanted)))
    if not rows:
        return find_partner(snapshot, name).id
    entities = read_entities_of(snapshot.query, rows)
    parties = sorted({entities.party(row) for row in rows})
    if len(parties) == 1:
        return parties[0]
    members = {record: party for party in parties for record in entities.records(party)}
    owned = {members.get(one.holding.owned) for one in read_holdings_in(snapshot.query, list(members))}
    return next((party for party in parties if party in owned), parties[0])


def _rows(registers: ScreeningIndex, wanted: str) -> Iterator[str]:
    """Yield the rows with this key within their register, this identifier or just this name."""
    for one in registers.lists:
        if row_of(registers, f"{one.list_id}/{wanted}") is not None:
            yield f"{one.list_id}/{wanted}"
    plain = plain_identifier("", wanted)
    if len(plain) >= MIN_IDENTIFIER:
        for number, place in registers.by_identifier.get(plain, ()):
            yield registers.lists[number].entries[place].id
    for names in (registers.people, registers.others):
        for entity, name in names.candidates(wanted):
            if name.casefold() == wanted.casefold():
                number, place = (int(part) for part in entity.split("/"))
                yield registers.lists[number].entries[place].id
