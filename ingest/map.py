"""Annotations → facts: the RDF of one document, as N-Triples.

What ties nodes to their words is in ``ingest.map_places``, law in ``ingest.map_law``, lists and registers in
``ingest.map_lists``. ``kb.facts`` reads the same shape back; a property test holds both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from ingest.map_commencements import map_commencements
from ingest.map_law import LawMapper
from ingest.map_lists import ListMapper
from ingest.map_places import DocumentPlaces, ends_of
from ingest.map_statements import map_statements
from kb import ids
from kb.law_places import Places
from kb.lists import register_name
from kb.long_text import LongText, TextPacker
from kb.model import (
    Annotations,
    Clause,
    Document,
    Event,
    Kind,
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
    return _Mapper(document_id, document, found, origin).write().getvalue()


def packed_facts_of(document_id: str, document: Document, found: Annotations, origin: Origin) -> LongText:
    """Return the same, packed while it is made: the facts of a list are twenty times its size."""
    return _Mapper(document_id, document, found, origin, TextPacker()).write().packed()


@lru_cache(maxsize=4096)
def concept_iri(scheme: str, notation: str) -> str:
    """Return the IRI of a concept by its notation.

    Raises:
        NotFoundError: the scheme has no such concept (an extractor and the ontology disagree).
    """
    return str(concept(scheme, notation).iri)


class _Mapper:
    def __init__(
        self,
        document_id: str,
        document: Document,
        found: Annotations,
        origin: Origin,
        packer: TextPacker | None = None,
    ) -> None:
        self.id = document_id
        self.iri = ids.document_iri(document_id)
        self.document = document
        self.text = document.text
        self.found = found
        self.origin = origin
        self.out = TripleWriter(packer)
        self.places = DocumentPlaces(self.out, document_id, document.text)
        self._place, self._words = self.places.place, self.places.words

    def write(self) -> TripleWriter:
        self._source()
        parts: dict[Kind, Callable[[], None]] = {
            Kind.CONTRACT: self._contract,
            Kind.REGULATION: self._regulation,
            Kind.NEWS: self._news,
            Kind.WATCHLIST: self._watchlist,
            Kind.REGISTER: self._register,
        }
        parts[self.found.kind]()
        return self.out

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

    def _regulation(self) -> None:
        if self.found.law is not None:
            LawMapper(self.out, self.places).write(self.found.law)
            map_commencements(self.out, self.iri, self.found.law, place=self.places.place)
            self._citations()

    def _watchlist(self) -> None:
        if self.found.watchlist is not None:
            ListMapper(self.out, self.places).watchlist(self.found.watchlist)

    def _register(self) -> None:
        map_statements(self.out, self.iri, self.found.statements, place=self._place)
        if self.found.register is not None:
            ListMapper(self.out, self.places).register(self.found.register, register_name(self.origin.source))

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
            if value.since is not None:
                out.iri(node, t.DUE_countedFrom, self._words(f"since{index}", value.since.start, value.since.end))
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
                ("condition", t.DUE_conditionEvidence, *ends_of(norm.condition)),
                ("exception", t.DUE_exceptionEvidence, *ends_of(norm.exception)),
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


def _iso_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
