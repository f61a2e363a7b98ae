"""Annotations → facts: the RDF of one document, as N-Triples.

Every node read from the text is an ``oa:SpecificResource`` of its document with one selector that is at once a text
position and (except for clauses and provisions, whose words stay in the text store) a text quote, so that evidence
survives a new extraction of the same words. ``kb.facts`` reads the same shape back; a property test holds both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from ingest.map_holdings import map_holdings
from ingest.map_statements import map_statements
from kb import ids
from kb.law_places import Places
from kb.lists import register_name
from kb.model import (
    ActVersion,
    Annotations,
    Clause,
    DateFact,
    Document,
    Event,
    Identifier,
    Kind,
    LegalNorm,
    Modality,
    Name,
    Provision,
    Register,
    Span,
    WatchList,
)
from kb.rows import document_title
from kb.triples import TripleWriter
from ontology import concept
from ontology import terms as t

MIN_STORED_SCORE = 0.2
"""Type scores below this are not facts worth keeping: no rule's grey zone reaches so low."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made the facts of a document, from what, and when.

    Attributes:
        source: where the bytes came from, as the user named it.
        content_hash: sha256 of the original bytes, hex.
        tool_version: version of Duegraph and its models that read it.
        recorded: when, with time zone.
    """

    source: str
    content_hash: str
    tool_version: str
    recorded: datetime


def facts_of(document_id: str, document: Document, found: Annotations, origin: Origin) -> str:
    """Return the facts of one document as N-Triples text."""
    return _Mapper(document_id, document, found, origin).facts()


@lru_cache(maxsize=4096)
def concept_iri(scheme: str, notation: str) -> str:
    """Return the IRI of a concept by its notation.

    Raises:
        NotFoundError: the scheme has no such concept (an extractor and the ontology disagree).
    """
    return str(concept(scheme, notation).iri)


_DPV_RULES = {
    Modality.MUST: t.DPV_Obligation,
    Modality.MAY: t.DPV_Permission,
    Modality.MUST_NOT: t.DPV_Prohibition,
}


class _Mapper:
    def __init__(self, document_id: str, document: Document, found: Annotations, origin: Origin) -> None:
        self.id = document_id
        self.iri = ids.document_iri(document_id)
        self.document = document
        self.text = document.text
        self.found = found
        self.origin = origin
        self.out = TripleWriter()
        self._spans: set[tuple[int, int, bool]] = set()

    def facts(self) -> str:
        self._source()
        parts: dict[Kind, Callable[[], None]] = {
            Kind.CONTRACT: self._contract,
            Kind.REGULATION: self._regulation,
            Kind.NEWS: self._news,
            Kind.WATCHLIST: self._watchlist,
            Kind.REGISTER: self._register,
        }
        parts[self.found.kind]()
        return self.out.getvalue()

    def _source(self) -> None:
        out, iri = self.out, self.iri
        run = f"{iri}#run"
        agent = ids.iri("agent", self.origin.tool_version)
        out.type(iri, t.DUE_Document)
        out.integer(iri, t.DUE_textLength, len(self.text))
        out.iri(iri, t.DUE_sourceKind, concept_iri("source-kinds", self.found.kind.value))
        out.text(iri, t.DUE_source, self.origin.source)
        out.text(iri, t.DUE_contentHash, self.origin.content_hash)
        out.text(iri, t.DCTERMS_title, document_title(self.document, self.origin.source))
        out.text(iri, t.DCTERMS_language, self.document.language)
        out.text(iri, t.DUE_mediaType, self.document.media_type)
        published = _iso_date(self.document.metadata.get("published"))
        if published is not None:
            out.typed(iri, t.DCTERMS_issued, published.isoformat(), t.XSD_date)
        if publisher := self.document.metadata.get("publisher"):
            out.text(iri, t.DCTERMS_publisher, publisher)
        out.iri(iri, t.PROV_wasGeneratedBy, run)
        out.type(run, t.DUE_ExtractionRun)
        out.typed(run, t.PROV_endedAtTime, self.origin.recorded.isoformat(), t.XSD_dateTime)
        out.iri(run, t.PROV_wasAssociatedWith, agent)
        out.type(agent, t.PROV_SoftwareAgent)
        out.text(agent, t.DUE_toolVersion, self.origin.tool_version)

    def _place(self, node: str, start: int, end: int, *, quote: bool = True) -> None:
        """Tie a node to its words."""
        out = self.out
        selector = ids.span_iri(self.id, start, end)
        out.iri(node, t.OA_hasSource, self.iri)
        out.iri(node, t.OA_hasSelector, selector)
        if (start, end, quote) in self._spans:
            return
        self._spans.add((start, end, quote))
        if (start, end, not quote) not in self._spans:
            out.type(selector, t.OA_TextPositionSelector)
            out.integer(selector, t.OA_start, start)
            out.integer(selector, t.OA_end, end)
        words = self.text[start:end]
        if quote:
            out.type(selector, t.OA_TextQuoteSelector)
            out.text(selector, t.OA_exact, words)
        else:
            out.text(selector, t.DUE_textHash, hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest())

    def _words(self, name: str, start: int, end: int) -> str:
        """Return a node for words that have no other node, such as a role label."""
        node = f"{self.iri}#{name}"
        self.out.type(node, t.OA_SpecificResource)
        self._place(node, start, end)
        return node

    # --- contracts -----------------------------------------------------------------------------------------------

    def _contract(self) -> None:
        out, found = self.out, self.found
        out.type(self.iri, t.CTR_Contract)
        out.type(self.iri, t.DUE_ContractDocument)
        if found.contract_type is not None:
            out.iri(self.iri, t.DUE_contractType, concept_iri("contract-types", found.contract_type))
        for clause in found.clauses:
            self._clause(clause)
        for index, party in enumerate(found.parties, 1):
            node = f"{self.iri}#party{index}"
            out.iri(self.iri, t.CTR_hasContractParty, node)
            out.type(node, t.DUE_ContractParty)
            out.text(node, t.DUE_name, party.name)
            if party.role is not None:
                out.text(node, t.DUE_roleLabel, party.role)
            if party.kind is not None:
                out.text(node, t.DUE_partyKind, party.kind)
            self._place(node, party.start, party.end)
            if party.role_start >= 0:
                out.iri(node, t.DUE_roleEvidence, self._words(f"role{index}", party.role_start, party.role_end))
        for index, term in enumerate(found.terms, 1):
            node = f"{self.iri}#term{index}"
            out.type(node, t.DUE_DefinedTerm)
            out.text(node, t.DUE_term, term.term)
            self._place(node, term.start, term.end)
            words = self._words(f"definition{index}", term.definition_start, term.definition_end)
            out.iri(node, t.DUE_definition, words)
        self._values()
        self._norms()
        self._citations()

    def _clause(self, clause: Clause) -> None:
        out = self.out
        node = ids.clause_iri(self.id, clause.id)
        out.iri(self.iri, t.DPV_hasContractualClause, node)
        out.type(node, t.DPV_ContractualClause)
        out.integer(node, t.DUE_level, clause.level)
        if clause.body_start >= 0:
            out.integer(node, t.DUE_bodyStart, clause.body_start)
        if clause.number is not None:
            out.text(node, t.DUE_number, clause.number)
        if clause.heading is not None:
            out.text(node, t.DUE_heading, clause.heading)
        if clause.parent is not None:
            out.iri(node, t.DUE_parentClause, ids.clause_iri(self.id, clause.parent))
        self._place(node, clause.start, clause.end, quote=False)
        for index, score in enumerate(clause.types, 1):
            if score.score < MIN_STORED_SCORE and not score.detected:
                continue
            kind = concept_iri("clause-types", score.type)
            scored = f"{node}-type{index}"
            out.iri(node, t.DUE_typeScore, scored)
            out.type(scored, t.DUE_TypeScore)
            out.iri(scored, t.DUE_scoredType, kind)
            out.typed(scored, t.DUE_score, f"{score.score:.4f}", t.XSD_decimal)
            if score.detected:
                out.iri(node, t.DUE_clauseType, kind)

    def _values(self) -> None:
        out = self.out
        for index, value in enumerate(self.found.values, 1):
            node = f"{self.iri}#value{index}"
            out.type(node, t.DUE_Value)
            out.text(node, t.DUE_valueType, value.type)
            if value.value is not None:
                out.text(node, t.DUE_normalizedValue, value.value)
            if value.unit is not None:
                out.text(node, t.DUE_unit, value.unit)
            self._place(node, value.start, value.end)

    def _norms(self) -> None:
        out = self.out
        for index, norm in enumerate(self.found.norms, 1):
            node = f"{self.iri}#norm{index}"
            out.type(node, t.DUE_ContractNorm)
            out.iri(node, t.DUE_expressedIn, ids.clause_iri(self.id, norm.clause))
            out.text(node, t.DUE_normKind, norm.modality)
            out.typed(node, t.DUE_mutual, str(norm.mutual).lower(), t.XSD_boolean)
            self._place(node, norm.start, norm.end, quote=False)
            for name, predicate in ((norm.bearer, t.DUE_bearer), (norm.beneficiary, t.DUE_beneficiary)):
                if name is not None:
                    out.text(node, predicate, name)
            for part, predicate, start, end in (
                ("bearer", t.DUE_bearerEvidence, norm.bearer_start, norm.bearer_end),
                ("beneficiary", t.DUE_beneficiaryEvidence, norm.beneficiary_start, norm.beneficiary_end),
                ("condition", t.DUE_conditionEvidence, *_ends(norm.condition)),
                ("exception", t.DUE_exceptionEvidence, *_ends(norm.exception)),
            ):
                if start >= 0:
                    out.iri(node, predicate, self._words(f"{part}{index}", start, end))
            if norm.cap is not None:
                cap = self._words(f"cap{index}", norm.cap.start, norm.cap.end)
                out.iri(node, t.DUE_cap, cap)
                out.text(cap, t.DUE_valueType, norm.cap.type)
                if norm.cap.value is not None:
                    out.text(cap, t.DUE_normalizedValue, norm.cap.value)
                if norm.cap.unit is not None:
                    out.text(cap, t.DUE_unit, norm.cap.unit)

    def _citations(self) -> None:
        out, law = self.out, self.found.law
        places = Places(law.provisions) if law is not None else None
        for index, citation in enumerate(self.found.citations, 1):
            node = f"{self.iri}#citation{index}"
            out.type(node, t.DUE_Citation)
            if citation.act is not None:
                out.text(node, t.DUE_citedAct, citation.act)
            if citation.provision is not None:
                out.text(node, t.DUE_citedProvision, citation.provision)
            self._place(node, citation.start, citation.end)
            unit = places.at(citation.start) if places is not None else None
            if law is not None and unit is not None:
                out.iri(node, t.DUE_citedIn, ids.provision_iri(ids.provision_id(law.version, unit.number)))

    # --- news ----------------------------------------------------------------------------------------------------

    def _news(self) -> None:
        out = self.out
        out.type(self.iri, t.DUE_NewsArticle)
        for index, event in enumerate(self.found.events, 1):
            self._event(index, event)
        for index, entity in enumerate(self.found.entities, 1):
            node = f"{self.iri}#entity{index}"
            out.type(node, t.DUE_Mention)
            out.text(node, t.DUE_mentionType, entity.type)
            out.text(node, t.DUE_name, entity.text)
            self._place(node, entity.start, entity.end)
        self._citations()

    def _event(self, index: int, event: Event) -> None:
        out = self.out
        node = f"{self.iri}#event{index}"
        out.type(node, t.DUE_AdverseEvent)
        out.iri(node, t.DUE_eventType, concept_iri("event-types", event.type))
        if event.stage is not None:
            out.iri(node, t.DUE_stage, concept_iri("event-stages", event.stage.value))
        if event.date is not None:
            out.typed(node, t.DUE_eventDate, event.date.isoformat(), t.XSD_date)
        out.typed(node, t.DUE_score, f"{event.score:.4f}", t.XSD_decimal)
        if event.headline:
            out.text(node, t.DCTERMS_title, event.headline)
        if event.published is not None:
            out.typed(node, t.DCTERMS_issued, event.published.isoformat(), t.XSD_date)
        if event.publisher:
            out.text(node, t.DCTERMS_publisher, event.publisher)
        self._place(node, event.start, event.end)
        if event.subject is not None:
            out.text(node, t.DUE_subjectName, event.subject)
            if event.subject_start >= 0:
                words = self._words(f"subject{index}", event.subject_start, event.subject_end)
                out.iri(node, t.DUE_subjectEvidence, words)

    # --- law -----------------------------------------------------------------------------------------------------

    def _regulation(self) -> None:
        law = self.found.law
        if law is None:
            return
        out = self.out
        act, version = ids.act_iri(law.act), ids.version_iri(law.version)
        out.type(self.iri, t.DUE_LegalText)
        out.iri(self.iri, t.DUE_states, version)
        out.type(act, t.DUE_Act)
        out.text(act, t.ELI_title, law.title)
        out.text(act, t.DUE_actId, law.act)
        for short in law.short_titles:
            out.text(act, t.ELI_title_short, short)
        if law.jurisdiction is not None:
            out.text(act, t.DUE_jurisdiction, law.jurisdiction)
        out.type(version, t.DUE_ActVersion)
        out.iri(version, t.ELI_is_member_of, act)
        out.text(version, t.ELI_id_local, law.version)
        out.text(version, t.DUE_unitName, law.unit)
        out.iri(version, t.PROV_hadPrimarySource, self.iri)
        if law.part is not None:
            out.text(version, t.DUE_part, law.part)
        self._dates(version, law)
        for index, (title, span) in enumerate(law.repeals, 1):
            node = f"{self.iri}#repeal{index}"
            out.iri(version, t.DUE_repealStatement, node)
            out.type(node, t.DUE_RepealStatement)
            out.text(node, t.DUE_citedAct, title)
            self._place(node, span.start, span.end)
        for provision in law.provisions:
            self._provision(law, version, provision)
        for index, norm in enumerate(law.norms, 1):
            self._legal_norm(law, index, norm)
        self._citations()

    def _legal_norm(self, law: ActVersion, index: int, norm: LegalNorm) -> None:
        """State a norm; the places of its parts are nodes of their own, several of a kind numbered in order."""
        out, node = self.out, f"{self.iri}#norm{index}"
        out.type(node, t.DUE_LegalNorm)
        out.type(node, _DPV_RULES[norm.modality])
        out.iri(node, t.DUE_expressedIn, ids.provision_iri(ids.provision_id(law.version, norm.provision)))
        out.text(node, t.DUE_normKind, norm.modality)
        out.text(node, t.DUE_modality, norm.modal.of(self.text))
        self._place(node, norm.start, norm.end, quote=False)
        for value, predicate in (
            (norm.bearer, t.DUE_bearer),
            (norm.beneficiary, t.DUE_beneficiary),
            (norm.deadline, t.DUE_deadline),
            (norm.deadline_unit, t.DUE_deadlineUnit),
        ):
            if value is not None:
                out.text(node, predicate, value)
        if norm.penalty is not None:
            penalty = ids.provision_iri(ids.provision_id(law.version, norm.penalty))
            out.iri(node, t.DUE_penaltyProvision, penalty)
        for part, predicate, start, end in (
            ("modality", t.DUE_modalityEvidence, norm.modal.start, norm.modal.end),
            ("bearer", t.DUE_bearerEvidence, norm.bearer_start, norm.bearer_end),
            ("beneficiary", t.DUE_beneficiaryEvidence, norm.beneficiary_start, norm.beneficiary_end),
            ("action", t.DUE_actionEvidence, *_ends(norm.action)),
            ("object", t.DUE_objectEvidence, *_ends(norm.object)),
            ("deadline", t.DUE_deadlineEvidence, norm.deadline_start, norm.deadline_end),
        ):
            if start >= 0:
                out.iri(node, predicate, self._words(f"{part}{index}", start, end))
        for part, predicate, spans in (
            ("condition", t.DUE_conditionEvidence, norm.conditions),
            ("exception", t.DUE_exceptionEvidence, norm.exceptions),
        ):
            for place, span in enumerate(spans, 1):
                out.iri(node, predicate, self._words(f"{part}{index}-{place}", span.start, span.end))

    def _dates(self, version: str, law: ActVersion) -> None:
        if law.version_hint is not None:
            self.out.typed(version, t.DUE_versionHint, law.version_hint.isoformat(), t.XSD_date)
        for name, predicate, fact in (
            ("version", t.ELI_version_date, law.version_date),
            ("adopted", t.ELI_date_document, law.adopted),
            ("published", t.ELI_date_publication, law.published),
            ("in-force", t.ELI_first_date_entry_in_force, law.in_force),
            ("no-longer-in-force", t.ELI_date_no_longer_in_force, law.no_longer_in_force),
        ):
            self._date(version, name, predicate, fact)

    def _date(self, version: str, role: str, predicate: str, fact: DateFact) -> None:
        """State a date; the node "date-<role>" holds the words it was read from."""
        if fact.value is not None:
            self.out.typed(version, predicate, fact.value.isoformat(), t.XSD_date)
        if fact.evidence is not None:
            words = self._words(f"date-{role}", fact.evidence.start, fact.evidence.end)
            self.out.iri(version, t.DUE_dateBasis, words)

    def _provision(self, law: ActVersion, version: str, provision: Provision) -> None:
        out = self.out
        node = ids.provision_iri(ids.provision_id(law.version, provision.number))
        out.type(node, t.DUE_Provision)
        out.iri(node, t.DUE_ofVersion, version)
        if provision.parent is not None:
            parent = ids.provision_iri(ids.provision_id(law.version, provision.parent))
            out.iri(node, t.DUE_parentProvision, parent)
        out.text(node, t.ELI_number, provision.number)
        out.text(node, t.DUE_label, provision.label)
        out.text(node, t.DUE_subdivisionType, provision.level)
        if provision.heading is not None:
            out.text(node, t.DUE_heading, provision.heading)
        self._place(node, provision.start, provision.end, quote=False)

    # --- partners ------------------------------------------------------------------------------------------------

    def _watchlist(self) -> None:
        watchlist: WatchList | None = self.found.watchlist
        if watchlist is None:
            return
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
            self._place(node, entry.start, entry.end)
        map_holdings(
            out,
            self.iri,
            watchlist.holdings,
            (),
            party=lambda key: ids.entry_iri(watchlist.list_id, key),
            place=self._place,
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

    def _register(self) -> None:
        map_statements(self.out, self.iri, self.found.statements, place=self._place)
        register: Register | None = self.found.register
        if register is None:
            return
        out = self.out
        scope = register_name(self.origin.source)
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
            self._place(node, partner.start, partner.end)
        map_holdings(
            out,
            self.iri,
            register.holdings,
            register.gaps,
            party=lambda key: ids.partner_iri(scope, key),
            place=self._place,
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


def _ends(span: Span | None) -> tuple[int, int]:
    """Return start and end of a place, -1 for none."""
    return (-1, -1) if span is None else (span.start, span.end)


def _iso_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
