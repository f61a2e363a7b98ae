"""Partners as parties: the rows of several registers that mean one party, read as one, with nothing overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kb.entities.model import ENTRY
from kb.entities.resolve import Entities
from kb.facts.partners import StoredPartner
from kb.ids import normalise
from kb.model import Identifier, Name, Partner


@dataclass(frozen=True, slots=True)
class MergedPartner:
    """A party with the rows it is stated in.

    Attributes:
        rows: the one it goes by first.
        partner: names and identifiers of all rows, each once; kind, country, legal form, status and address of the
            first row that states them.
        conflicts: (what, (value, id of the row) …) where rows state different things; all of them are kept.
        entries: entries of watch lists that are this party, "entry:<list>/<key>".
    """

    rows: tuple[StoredPartner, ...]
    partner: Partner
    conflicts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    entries: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Id of the row the party goes by."""
        return self.rows[0].id

    @property
    def document(self) -> str:
        """Document of the row the party goes by."""
        return self.rows[0].document

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all rows."""
        return tuple(row.id for row in self.rows)


def merged_partners(rows: Iterable[StoredPartner], entities: Entities) -> tuple[MergedPartner, ...]:
    """Return the stored partners with rows of one party brought together, ordered by the id each goes by."""
    known: dict[str, StoredPartner] = {}
    for row in rows:
        known[row.id] = row
    parties: dict[str, list[StoredPartner]] = {}
    for key in sorted(known):
        parties.setdefault(entities.party(key), []).append(known[key])
    found = []
    for party, group in parties.items():
        ordered_rows = sorted(group, key=lambda row: (row.id != party, row.id))
        entries = tuple(record for record in entities.records(party) if record.startswith(ENTRY))
        found.append(_merge(tuple(ordered_rows), entries))
    return tuple(sorted(found, key=lambda one: one.id))


_SINGLE = ("kind", "country", "legal_form", "status", "address")
_ONE_VALUE = frozenset({"LEI", "USCC", "CN-ORG", "CN-ID"})
"""Schemes of which a party has one value only, so that two are a conflict."""


def _merge(rows: tuple[StoredPartner, ...], entries: tuple[str, ...]) -> MergedPartner:
    first = rows[0].partner
    if len(rows) == 1:
        return MergedPartner(rows, first, (), entries)
    names: dict[str, Name] = {}
    identifiers: dict[tuple[str, str], Identifier] = {}
    stated: dict[str, dict[str, str]] = {}
    attributes: dict[str, str] = {}
    for row in rows:
        for name in row.partner.names:
            shown = name if row is rows[0] or name.kind != "primary" else replace(name, kind="aka")
            names.setdefault(name.text, shown)
        for identifier in row.partner.identifiers:
            key = (identifier.scheme, normalise(identifier.scheme, identifier.value))
            identifiers.setdefault(key, identifier)
            if identifier.scheme in _ONE_VALUE:
                stated.setdefault(identifier.scheme, {}).setdefault(key[1], row.id)
        for field in _SINGLE:
            value = getattr(row.partner, field)
            if value is not None:
                stated.setdefault(field, {}).setdefault(value, row.id)
        for header, cell in row.partner.attributes.items():
            attributes.setdefault(header, cell)
    single = {field: next(iter(stated[field]), None) if field in stated else None for field in _SINGLE}
    partner = replace(
        first,
        names=tuple(names.values()),
        identifiers=tuple(identifiers.values()),
        attributes=attributes,
        **single,  # type: ignore[arg-type]
    )
    conflicts = tuple((what, tuple(values.items())) for what, values in sorted(stated.items()) if len(values) > 1)
    return MergedPartner(rows, partner, conflicts, entries)
