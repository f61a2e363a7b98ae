"""Lists and registers → facts: what the load came to, then row by row; ``kb.list_delta`` relies on that order."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.map_holdings import map_holdings
from ingest.map_places import DocumentPlaces
from kb import ids
from kb.model import Identifier, Name, Register, WatchList
from kb.triples import TripleWriter
from ontology import terms as t


class ListMapper:
    """Writes one load of a list or register."""

    def __init__(self, out: TripleWriter, places: DocumentPlaces) -> None:
        """Write to ``out`` about the document of ``places``."""
        self.out = out
        self.iri = places.iri
        self._row = places.row

    def watchlist(self, watchlist: WatchList) -> None:
        """Write a load of a watch list with its entries and holdings."""
        out = self.out
        listed = ids.iri("list", watchlist.list_id)
        out.iri(self.iri, t.DUE_states, listed)
        out.type(listed, t.DUE_WatchList)
        out.text(listed, t.DUE_listId, watchlist.list_id)
        out.text(listed, t.DUE_listTitle, watchlist.title)
        self._load(watchlist, listed, len(watchlist.entries))
        for entry in watchlist.entries:
            node = ids.entry_iri(watchlist.list_id, entry.id)
            out.type(node, t.DUE_ListEntry)
            out.iri(node, t.DUE_inList, listed)
            out.text(node, t.DUE_entryId, entry.id)
            if entry.kind is not None:
                out.text(node, t.DUE_partyKind, entry.kind)
            self._names(node, entry.names)
            self._identifiers(node, entry.identifiers)
            for predicate, texts in (
                (t.DUE_country, entry.countries),
                (t.DUE_program, entry.programs),
                (t.DUE_birthDate, entry.birth_dates),
                (t.DUE_address, entry.addresses),
            ):
                for value in texts:
                    out.text(node, predicate, value)
            if entry.remarks:
                out.text(node, t.DUE_remarks, entry.remarks)
            for predicate, day in ((t.DUE_listedOn, entry.listed_on), (t.DUE_delistedOn, entry.delisted_on)):
                if day is not None:
                    out.typed(node, predicate, day.isoformat(), t.XSD_date)
            self._row(node, entry.start, entry.end)
        map_holdings(
            out,
            self.iri,
            watchlist.holdings,
            (),
            party=lambda key: ids.entry_iri(watchlist.list_id, key),
            place=self._row,
        )

    def _load(self, found: WatchList | Register, node: str, entries: int) -> None:
        """State what one load of a list or register came to; ``kb.lists`` reads this from the head of the facts."""
        out = self.out
        out.integer(node, t.DUE_rows, found.rows)
        out.integer(node, t.DUE_entries, entries)
        out.integer(node, t.DUE_rejectedRows, len(found.rejected))
        if found.published is not None:
            out.typed(node, t.DUE_publisherDate, found.published.isoformat(), t.XSD_date)
        if found.incomplete is not None:
            out.text(node, t.DUE_incomplete, found.incomplete)
        for predicate, reasons in ((t.DUE_rejectedRow, found.rejected), (t.DUE_cellNote, found.notes)):
            for reason in reasons:
                out.text(self.iri, predicate, reason)

    def register(self, register: Register, scope: str) -> None:
        """Write a load of a register with its partners and holdings.

        Args:
            register: what was read.
            scope: the register's name, which its partners are known under.
        """
        out = self.out
        out.type(self.iri, t.DUE_PartnerRegister)
        self._load(register, self.iri, len(register.partners))
        for partner in register.partners:
            node = ids.partner_iri(scope, partner.id)
            if partner.kind == "organization":
                out.type(node, t.ROV_RegisteredOrganization)
            out.type(node, t.DUE_Partner)
            out.iri(node, t.DUE_inRegister, self.iri)
            out.text(node, t.DUE_entryId, partner.id)
            if partner.kind is not None:
                out.text(node, t.DUE_partyKind, partner.kind)
            self._names(node, partner.names)
            self._identifiers(node, partner.identifiers)
            for predicate, value in (
                (t.DUE_country, partner.country),
                (t.DUE_legalForm, partner.legal_form),
                (t.DUE_partnerStatus, partner.status),
                (t.DUE_address, partner.address),
            ):
                if value is not None:
                    out.text(node, predicate, value)
            for index, (header, cell) in enumerate(partner.attributes.items(), 1):
                attribute = f"{node}#attribute{index}"
                out.iri(node, t.DUE_attribute, attribute)
                out.text(attribute, t.DUE_attributeName, header)
                out.text(attribute, t.DUE_attributeValue, cell)
            self._row(node, partner.start, partner.end)
        map_holdings(
            out,
            self.iri,
            register.holdings,
            register.gaps,
            party=lambda key: ids.partner_iri(scope, key),
            place=self._row,
        )

    def _names(self, node: str, names: Iterable[Name]) -> None:
        for index, name in enumerate(names, 1):
            iri = f"{node}#name{index}"
            self.out.iri(node, t.DUE_hasName, iri)
            self.out.type(iri, t.DUE_Name)
            self.out.text(iri, t.DUE_name, name.text)
            self.out.text(iri, t.DUE_nameKind, name.kind)
            if name.language is not None:
                self.out.text(iri, t.DUE_nameLanguage, name.language)

    def _identifiers(self, node: str, identifiers: Iterable[Identifier]) -> None:
        for index, identifier in enumerate(identifiers, 1):
            iri = f"{node}#identifier{index}"
            self.out.iri(node, t.DUE_hasIdentifier, iri)
            self.out.text(iri, t.DUE_identifierScheme, identifier.scheme)
            self.out.text(iri, t.DUE_identifierValue, identifier.value)
            if identifier.valid is not None:
                self.out.typed(iri, t.DUE_identifierValid, str(identifier.valid).lower(), t.XSD_boolean)
