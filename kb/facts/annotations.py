"""One document's facts → its annotations, for making search rows again and for showing what was stored."""

from __future__ import annotations

from dataclasses import replace

from kb import ids
from kb.facts.contracts import contract_parts, read_citations, read_entities, read_events
from kb.facts.law import StoredAct, read_acts
from kb.facts.norms import read_legal_norms
from kb.facts.partners import read_lists, read_partners
from kb.facts.statements import read_statements
from kb.model import UNKNOWN_DATE, ActVersion, Annotations, Document, Kind, Register, WatchList
from kb.records import DocumentRecord
from kb.rows import index_rows
from kb.search import IndexRow
from kb.store import EvidenceStore


def annotations_of(document_id: str, kind: Kind, facts: str) -> Annotations:
    """Return what was found in a document, read back from its facts alone.

    Args:
        document_id: id of the document.
        kind: what it was read as.
        facts: its facts as N-Triples.
    """
    select = EvidenceStore.memory([(ids.graph_iri(document_id), facts)]).rows
    if kind is Kind.CONTRACT:
        parts = contract_parts(select)[document_id]
        return Annotations(
            kind,
            parts.clauses,
            parts.values,
            parts.parties,
            parts.terms,
            parts.citations,
            contract_type=parts.contract_type,
            norms=parts.norms,
        )
    if kind is Kind.NEWS:
        return Annotations(
            kind,
            citations=read_citations(select).get(document_id, ()),
            entities=read_entities(select).get(document_id, ()),
            events=read_events(select).get(document_id, ()),
        )
    if kind is Kind.REGULATION:
        acts = read_acts(select)
        norms = tuple(norm for _, norm in read_legal_norms(select).get(document_id, ()))
        return Annotations(
            kind,
            citations=read_citations(select).get(document_id, ()),
            law=replace(act_version(acts[0]), norms=norms) if acts else None,
        )
    if kind is Kind.WATCHLIST:
        lists = [
            WatchList(s.list_id, s.title, s.entries, s.rows, s.rejected, s.notes, s.published, s.incomplete)
            for s in read_lists(select)
        ]
        return Annotations(kind, watchlist=lists[0] if lists else None)
    if statements := tuple(stored.statement for stored in read_statements(select)):
        return Annotations(kind, statements=statements)
    partners = tuple(sorted((p.partner for p in read_partners(select)), key=lambda p: p.start))
    return Annotations(kind, register=Register(partners, len(partners)))


def act_version(stored: StoredAct) -> ActVersion:
    """Return a stored act in the form its reader made."""
    return ActVersion(
        act=stored.act,
        title=stored.title,
        jurisdiction=stored.jurisdiction,
        short_titles=stored.short_titles,
        version_date=stored.dates.get("version", UNKNOWN_DATE),
        version_hint=stored.hint,
        adopted=stored.dates.get("adopted", UNKNOWN_DATE),
        published=stored.dates.get("published", UNKNOWN_DATE),
        in_force=stored.dates.get("in-force", UNKNOWN_DATE),
        no_longer_in_force=stored.dates.get("no-longer-in-force", UNKNOWN_DATE),
        part=stored.part,
        unit=stored.unit,
        repeals=stored.repeals,
        provisions=stored.provisions,
        commencements=stored.commencements,
        edition=stored.version.rpartition("@")[2].partition("~")[2] or None,
    )


def rows_of(record: DocumentRecord, document: Document, facts: str) -> tuple[IndexRow, ...]:
    """Return the search rows of a stored document, the same as when it was ingested."""
    return index_rows(record.id, record.source, document, annotations_of(record.id, record.kind, facts))
