"""A partner's dossier: everything stored that is tied to it, each with where it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from checks.screening import ScreenQuery, screen

from checks.load import load_context
from checks.record import finding_json, read_findings
from kb.errors import NotFoundError
from kb.facts import StoredPartner, read_partners
from kb.names import NameIndex
from kb.snapshot import Snapshot


def find_partner(snapshot: Snapshot, name: str) -> StoredPartner:
    """Return the stored partner with an id, an identifier or a name.

    Raises:
        NotFoundError: nothing fits; names the nearest.
    """
    partners = read_partners(snapshot.query)
    wanted = name.strip().casefold()
    for partner in partners:
        keys = {partner.id, partner.partner.id, *(i.value for i in partner.partner.identifiers)}
        if wanted in {k.casefold() for k in keys} | {n.text.casefold() for n in partner.partner.names}:
            return partner
    index = NameIndex.build((p.id, n.text) for p in partners for n in p.partner.names)
    hits = index.search(name, limit=3)
    best = next((h for h in hits if h.match), None)
    if best is not None:
        return next(p for p in partners if p.id == best.entity)
    near = ", ".join(dict.fromkeys(h.matched_name for h in hits))
    raise NotFoundError(
        f"no stored partner is called '{name}'",
        remedy=f"The nearest names are: {near}." if near else "Store a register with: duegraph ingest FILE.csv.",
    )


def dossier(snapshot: Snapshot, name: str) -> dict[str, Any]:
    """Return everything known about a partner, as JSON."""
    stored = find_partner(snapshot, name)
    partner = stored.partner
    context = load_context(snapshot, datetime.now(UTC).date())
    own = [link for link in context.links if link.partner == stored.id]
    by_document = {contract.document: contract for contract in context.contracts}
    contracts = []
    for link in own:
        contract = by_document.get(link.document)
        if contract is None:
            continue
        party = next((p for p in contract.parties if (p.start, p.end) == (link.start, link.end)), None)
        contracts.append(
            {
                "document": link.document,
                "title": contract.title,
                "role": party.role if party is not None else None,
                "name": link.name,
                "start": link.start,
                "end": link.end,
                "score": link.score,
                "same": link.same,
                "why": link.why,
                "date": next((v.value for v in contract.values if v.type == "Agreement Date"), None),
            }
        )
    events = [
        {
            "type": event.event.type,
            "stage": event.event.stage.value if event.event.stage is not None else None,
            "date": event.event.date.isoformat() if event.event.date is not None else None,
            "published": event.published.isoformat() if event.published is not None else None,
            "publisher": event.publisher,
            "title": event.title,
            "document": event.document,
            "start": event.event.start,
            "end": event.event.end,
            "quote": event.quote,
            "score": event.event.score,
            "same": link.same,
            "why": link.why,
        }
        for event in context.events
        for link in event.links
        if link.partner == stored.id
    ]
    hits: list[dict[str, Any]] = []
    screened: list[dict[str, Any]] = []
    if context.screening is not None:
        identifiers = tuple((i.scheme, i.value) for i in partner.identifiers)
        for known in partner.names:
            query = ScreenQuery(name=known.text, kind=partner.kind, country=partner.country, identifiers=identifiers)
            result = screen(query, context.screening, limit=5)
            screened = [s.json() for s in result.screened]
            hits.extend(c.json() | {"name": known.text} for c in result.candidates)
    contract_ids = {c["document"] for c in contracts}
    findings = [
        finding_json(f) for f in read_findings(snapshot.query, [*contract_ids, stored.id]) if f.outcome.value == "flag"
    ]
    return {
        "id": stored.id,
        "document": stored.document,
        "start": partner.start,
        "end": partner.end,
        "names": [{"text": n.text, "kind": n.kind, "language": n.language} for n in partner.names],
        "kind": partner.kind,
        "country": partner.country,
        "identifiers": [{"scheme": i.scheme, "value": i.value, "valid": i.valid} for i in partner.identifiers],
        "legal_form": partner.legal_form,
        "status": partner.status,
        "address": partner.address,
        "attributes": dict(partner.attributes),
        "contracts": contracts,
        "hits": hits,
        "screened": screened,
        "events": events,
        "findings": findings,
    }
