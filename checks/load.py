"""From a snapshot of the knowledge base to the context rules are checked on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from checks.context import CheckContext, PartnerFacts, RegisterRow, ReportedEvent
from checks.credit import CreditResult, assess_credit, load_scorecard
from checks.credit.load import CreditSources
from checks.hits import Ledger, hit_of, partner_subject, said_of
from checks.law_reading import LawReading
from checks.ownership.stored import HitVerdict, StoredOwnership, list_titles
from checks.ownership_reach import load_ownership_nearby
from checks.screening import ScreeningIndex, row_digest
from checks.screening_load import current_lists as current_lists
from checks.screening_load import load_partner_lists as load_partner_lists
from checks.screening_load import load_screening_lists as load_screening_lists
from checks.screening_load import stored_screening
from kb.contract import ContractFacts
from kb.entities import MergedPartner
from kb.facts import contract_parts, read_events, read_gaps, read_holdings
from kb.facts.entities import read_entities, read_parties
from kb.facts.links import read_links
from kb.law import LawIndex
from kb.model import Kind, Link, ListEntry
from kb.rows import document_title
from kb.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the store a check needs; a rule set without partner rules need not read the lists.

    Attributes:
        subjects: ids of the partners to check; None for every stored one.
        nearby: holdings are read around each party that is asked about, not all at once; for a few parties.
    """

    contracts: Collection[str] | None = None
    law: bool = True
    partners: bool = True
    subjects: tuple[str, ...] | None = None
    nearby: bool = False


def load_context(
    snapshot: Snapshot,
    as_of: date,
    scope: Scope | None = None,
    *,
    verdict: HitVerdict | None = None,
    decided: Ledger | None = None,
) -> CheckContext:
    """Return everything the rules may look at.

    Args:
        snapshot: one consistent view of the store.
        as_of: the day whose law and lists count.
        scope: contracts to check (None for all) and what else to read.
        verdict: what people decided on screening hits, for the owners of partners; by default what ``decided`` says.
        decided: the last decision on every hit that has one.
    """
    scope = scope or Scope()
    verdict = verdict_of(decided) if verdict is None and decided is not None else verdict
    screening = load_screening(snapshot) if scope.partners else None
    parties = read_parties(snapshot.query) if scope.partners else ()
    links = read_links(snapshot.query) if scope.partners else ()
    events = tuple(load_events(snapshot)) if scope.partners else ()
    return CheckContext(
        as_of=as_of,
        contracts=tuple(load_contracts(snapshot, scope.contracts)),
        law=load_law(snapshot) if scope.law else None,
        screening=screening,
        decisions=decided or {},
        partners=load_partners(snapshot, parties),
        ownership=_ownership(snapshot, scope, screening, parties, verdict),
        links=links,
        news=len(snapshot.documents(Kind.NEWS)) if scope.partners else 0,
        events=events,
        subjects=scope.subjects,
        every_contract=frozenset(record.id for record in snapshot.documents(Kind.CONTRACT)),
        credit=_credit(snapshot, links, events, as_of) if scope.partners else None,
        select=snapshot.graph.records,
        words=_words_of(snapshot),
    )


def verdict_of(decided: Ledger) -> HitVerdict:
    """Return a function that tells the last decision on a partner's hit; None where it is open.

    A decision made on a list row that has changed since is none.
    """

    def verdict(party: str, list_id: str, entry: ListEntry) -> bool | None:
        decision = decided.get(hit_of(list_id, entry.id, partner_subject(party)))
        return None if decision is None else said_of(decision, row_digest(entry))

    return verdict


def _credit(
    snapshot: Snapshot, links: tuple[Link, ...], events: tuple[ReportedEvent, ...], as_of: date
) -> Callable[[PartnerFacts], CreditResult]:
    """Return a function that scores partners; statements are read with the first of them."""
    sources: list[CreditSources] = []

    def credit(partner: PartnerFacts) -> CreditResult:
        if not sources:
            sources.append(CreditSources.of_snapshot(snapshot, links))
        return assess_credit(sources[0].of(partner, events), load_scorecard(), as_of)

    return credit


def load_contracts(snapshot: Snapshot, documents: Collection[str] | None = None) -> Iterable[ContractFacts]:
    """Yield stored contracts with everything found in them, ordered by id."""
    parts = contract_parts(snapshot.query, documents)
    for record in sorted(snapshot.documents(Kind.CONTRACT), key=lambda r: r.id):
        found = parts.get(record.id)
        if found is None:
            continue
        yield ContractFacts(
            document=record.id,
            title=record.title or record.source.rsplit("/", 1)[-1] or record.id,
            source=record.source,
            language=record.language,
            text=snapshot.text(record.id),
            clauses=found.clauses,
            values=found.values,
            parties=found.parties,
            terms=found.terms,
            citations=found.citations,
            contract_type=found.contract_type,
            norms=found.norms,
        )


def load_law(snapshot: Snapshot) -> LawIndex | None:
    """Return the stored law, or None when no act is stored.

    Provisions, texts and changes are read when a citation first needs them, so the snapshot must still be open then.
    """
    reading = LawReading(snapshot)
    return reading.index if reading.acts else None


def load_screening(snapshot: Snapshot) -> ScreeningIndex | None:
    """Return an index over every stored watch list, or None when none is stored."""
    return stored_screening(snapshot)


def _ownership(
    snapshot: Snapshot,
    scope: Scope,
    screening: ScreeningIndex | None,
    parties: tuple[MergedPartner, ...],
    verdict: HitVerdict | None,
) -> StoredOwnership | None:
    if not scope.partners:
        return None
    if scope.nearby and snapshot.cache is not None:
        return load_ownership_nearby(snapshot, verdict=verdict)
    return load_ownership(snapshot, screening, parties, verdict=verdict)


def load_ownership(
    snapshot: Snapshot,
    screening: ScreeningIndex | None,
    parties: tuple[MergedPartner, ...] | None = None,
    *,
    verdict: HitVerdict | None = None,
) -> StoredOwnership:
    """Return the stored holdings with the parties they are between.

    Args:
        snapshot: one view of the store.
        screening: the stored lists.
        parties: the stored partners, to save reading them again.
        verdict: what people decided on screening hits.
    """
    parties = read_parties(snapshot.query) if parties is None else parties
    return StoredOwnership(
        holdings=read_holdings(snapshot.query),
        gaps=read_gaps(snapshot.query),
        partners={party.id: party.partner for party in parties},
        entities=read_entities(snapshot.query),
        screening=screening,
        titles=list_titles(snapshot.query),
        rows=frozenset(row for party in parties for row in party.ids),
        verdict=verdict,
    )


def _words_of(snapshot: Snapshot) -> Callable[[str, int, int], str]:
    texts: dict[str, str] = {}

    def words(document: str, start: int, end: int) -> str:
        if document not in texts:
            texts[document] = snapshot.text(document)
        return texts[document][start:end]

    return words


def load_partners(snapshot: Snapshot, parties: tuple[MergedPartner, ...] | None = None) -> dict[str, PartnerFacts]:
    """Return every stored partner by the id its party goes by; rows of one party are one partner."""
    words, partners = _words_of(snapshot), {}
    for stored in read_parties(snapshot.query) if parties is None else parties:
        rows = tuple(
            RegisterRow(row.document, words(row.document, row.partner.start, row.partner.end), row.partner)
            for row in stored.rows
        )
        partners[stored.id] = PartnerFacts(
            stored.id, stored.document, rows[0].quote, stored.partner, stored.ids[1:], rows
        )
    return partners


def load_events(snapshot: Snapshot) -> Iterable[ReportedEvent]:
    """Yield every reported event with its article and the partners its subject is tied to."""
    by_document = read_events(snapshot.query)
    links = read_links(snapshot.query)
    for record in sorted(snapshot.documents(Kind.NEWS), key=lambda r: r.id):
        events = by_document.get(record.id, ())
        if not events:
            continue
        document = snapshot.document_model(record.id)
        published = document.metadata.get("published")
        own = [link for link in links if link.document == record.id]
        for event in events:
            yield ReportedEvent(
                document=record.id,
                title=event.headline or document_title(document, record.source),
                published=event.published or _day(published),
                publisher=event.publisher or document.metadata.get("publisher"),
                quote=document.text[event.start : event.end],
                event=event,
                links=tuple(k for k in own if (k.start, k.end) == (event.subject_start, event.subject_end)),
            )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
