"""A partner's dossier: everything stored that is tied to it, each with where it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from api.service.decisions import Decisions, finding_json, status_of
from api.service.hits import FALSE_POSITIVE, Histories, last_of, settled_json
from api.service.party_json import party_json
from api.service.profile import contract_worth, partner_findings, stated_json, summary_json
from checks.context import CheckContext
from checks.credit import CreditFacts, CreditResult, assess_credit, load_scorecard
from checks.engine import order
from checks.evaluators.list_hits import ListedHit
from checks.evaluators.partner_record import PartnerRecord, own_hits, person_hits
from checks.finding import Finding, Outcome
from checks.load import Scope, load_context
from checks.ownership.stored import StoredOwnership
from checks.record import read_findings
from kb.entities import Entities, MergedPartner
from kb.errors import NotFoundError
from kb.facts.entities import read_entities, read_parties
from kb.facts.links import read_links
from kb.model import Link
from kb.names import NameIndex
from kb.register_facts import columns
from kb.snapshot import Snapshot

_SETTLED_LAST: Final = {FALSE_POSITIVE: 1}
"""Decided false positives are shown behind everything else."""


def find_partner(snapshot: Snapshot, name: str) -> MergedPartner:
    """Return the stored partner with an id (of any of its rows), an identifier or a name.

    Raises:
        NotFoundError: nothing fits; names the nearest.
    """
    partners = read_parties(snapshot.query)
    wanted = name.strip().casefold()
    for partner in partners:
        keys = {key for row in partner.rows for key in (row.id, row.partner.id)}
        keys |= {i.value for i in partner.partner.identifiers} | {n.text for n in partner.partner.names}
        if wanted in {key.casefold() for key in keys}:
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


class Dossiers:
    """Everything known about partners, as of one snapshot; what several of them share is read once."""

    def __init__(self, snapshot: Snapshot, known: Decisions, past: Histories | None = None) -> None:
        """Read what dossiers share.

        Args:
            snapshot: one view of the store.
            known: decisions on findings.
            past: decisions on list hits.
        """
        self.snapshot = snapshot
        self._known = known
        self._past = past or {}
        self._entities: Entities = read_entities(snapshot.query)
        self._links: dict[str, list[Link]] = {}
        for link in read_links(snapshot.query):
            self._links.setdefault(link.partner, []).append(link)
        linked = {link.document for links in self._links.values() for link in links}
        self._context: CheckContext = load_context(
            snapshot,
            datetime.now(UTC).date(),
            Scope(contracts=linked, law=False, nearby=True),
            decided=last_of(self._past),
        )
        self._contracts = {contract.document: contract for contract in self._context.contracts}

    @property
    def ownership(self) -> StoredOwnership | None:
        """The stored holdings."""
        return self._context.ownership

    @property
    def entities(self) -> Entities:
        """Which records are one party."""
        return self._entities

    def of(self, stored: MergedPartner) -> dict[str, Any]:
        """Return everything known about one partner, as JSON."""
        contracts = [c for link in self._links.get(stored.id, ()) if (c := self._contract(link)) is not None]
        record = PartnerRecord(self._context.partners[stored.id])
        own = [(f, status_of(f, self._known)) for f in self.findings_about(stored.id)]
        return {
            **_register_row(stored),
            "summary": summary_json(own, self.snapshot.documents(), self._context),
            **stated_json(self._context.partners[stored.id]),
            "credit": self.credit(stored.id).json(),
            "party": party_json(self._entities, stored.id),
            "conflicts": conflicts_json(stored),
            "contracts": contracts,
            "hits": self._hits(record),
            "people_hits": self._people_hits(record),
            "screened": self._screened(),
            "events": self._events(stored.id),
            "findings": [
                *(finding_json(f, self._known) for f, _ in own if f.outcome is Outcome.FLAG),
                *self._findings(list(dict.fromkeys(c["document"] for c in contracts))),
            ],
        }

    def findings_about(self, partner: str) -> tuple[Finding, ...]:
        """Return the findings about a partner itself: those the last check kept, else made now."""
        return partner_findings(self.snapshot, self._context, partner)

    def credit(self, partner: str) -> CreditResult:
        """Return the credit scorecard of a partner."""
        facts, context = self._context.partners[partner], self._context
        if context.credit is None:
            return assess_credit(CreditFacts(), load_scorecard(), context.as_of)
        return context.credit(facts)

    def _contract(self, link: Link) -> dict[str, Any] | None:
        contract = self._contracts.get(link.document)
        if contract is None:
            return None
        party = next((p for p in contract.parties if (p.start, p.end) == (link.start, link.end)), None)
        return {
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
            "worth": contract_worth(contract),
        }

    def _hits(self, record: PartnerRecord) -> list[dict[str, Any]]:
        """Return the list entries its names may stand for, each once, with what was decided; open ones first."""
        found = [self._hit_json(hit) for hit in own_hits(record, self._context)]
        return sorted(found, key=_hit_order)

    def _people_hits(self, record: PartnerRecord) -> list[dict[str, Any]]:
        """Return the list entries that officers and owners match or were decided on, each once per person."""
        found: dict[str, dict[str, Any]] = {}
        own = {name.text for name in record.facts.partner.names}
        for person, meaning, _ in record.people():
            for hit in person_hits(record, self._context, person) if person not in own else ():
                if hit.candidate.match or hit.ruling.decision is not None:
                    role = {"en": columns()[meaning].en, "zh": columns()[meaning].zh}
                    found.setdefault(hit.ruling.hit, self._hit_json(hit) | {"role": role})
        return sorted(found.values(), key=_hit_order)

    def _hit_json(self, hit: ListedHit) -> dict[str, Any]:
        return settled_json(hit.candidate, hit.ruling, self._past) | {"name": hit.name, "role": None}

    def _screened(self) -> list[dict[str, Any]]:
        """Return the lists that were looked at."""
        return [one.json() for one in self._context.screening.screened] if self._context.screening is not None else []

    def _events(self, partner: str) -> list[dict[str, Any]]:
        return [
            {
                "type": reported.event.type,
                "stage": reported.event.stage.value if reported.event.stage is not None else None,
                "date": reported.event.date.isoformat() if reported.event.date is not None else None,
                "published": reported.published.isoformat() if reported.published is not None else None,
                "publisher": reported.publisher,
                "title": reported.title,
                "document": reported.document,
                "start": reported.event.start,
                "end": reported.event.end,
                "quote": reported.quote,
                "score": reported.event.score,
                "same": link.same,
                "why": link.why,
            }
            for reported in self._context.events
            for link in reported.links
            if link.partner == partner
        ]

    def _findings(self, subjects: list[str]) -> list[dict[str, Any]]:
        found = read_findings(self.snapshot.query, subjects)
        return [finding_json(f, self._known) for f in sorted(found, key=order) if f.outcome is Outcome.FLAG]


def _hit_order(hit: dict[str, Any]) -> tuple[int, float, str, str]:
    return _SETTLED_LAST.get(hit["status"], 0), -hit["score"], hit["list"], hit["entity"]


def conflicts_json(stored: MergedPartner) -> list[dict[str, Any]]:
    """Return what the rows of one party state differently; none of it is overwritten."""
    return [
        {"what": what, "values": [{"value": value, "record": row} for value, row in values]}
        for what, values in stored.conflicts
    ]


def _register_row(stored: MergedPartner) -> dict[str, Any]:
    partner = stored.partner
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
    }


def main_name(record: dict[str, Any]) -> str:
    """Return the name a dossier is headed with: the first one, else the id."""
    return str(record["names"][0]["text"] if record["names"] else record["id"])


def dossier(snapshot: Snapshot, name: str, known: Decisions, past: Histories | None = None) -> dict[str, Any]:
    """Return everything known about the partner with an id, identifier or name, as JSON.

    Args:
        snapshot: one view of the store.
        name: who is asked for.
        known: decisions on findings.
        past: decisions on list hits.

    Raises:
        NotFoundError: no stored partner answers to it.
    """
    stored = find_partner(snapshot, name)
    found = Dossiers(snapshot, known, past).of(stored)
    asked = name.strip()
    if asked in stored.ids and asked != stored.id:
        found["party"]["asked_for"] = asked
    return found
