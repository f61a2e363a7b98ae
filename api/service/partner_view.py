"""One partner with everything tied to it, as its page shows it."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.service.checking import stored_findings
from api.service.hit_view import list_hit
from api.service.hits import Histories
from api.service.library import Library, labels
from api.service.ownership import ownership_json, ownership_of, ownership_picture
from api.service.partners import Dossiers, find_partner
from api.service.party_json import candidates_json
from api.web import data as view
from api.web.language import LANGUAGES
from checks.finding import Outcome

CANDIDATES = 10
"""Records that may be the same party, shown on a page."""


def partner_page(library: Library, name: str, past: Histories | None = None) -> view.PartnerPage:
    """Return one partner, by id, identifier or name.

    Args:
        library: what is stored.
        name: who is asked for.
        past: every decision on list hits.

    Raises:
        NotFoundError: no stored partner answers to it.
    """
    stored = find_partner(library.snapshot, name)
    dossiers = Dossiers(library.snapshot, library.known, past)
    found = dossiers.of(stored)
    if name.strip() in stored.ids and name.strip() != stored.id:
        found["party"]["asked_for"] = name.strip()
    return view.PartnerPage(
        id=found["id"],
        names=tuple(view.NameView(n["text"], n["kind"], n["language"]) for n in found["names"]),
        kind=found["kind"],
        country=found["country"],
        status=found["status"],
        legal_form=found["legal_form"],
        address=found["address"],
        identifiers=tuple(view.IdentifierView(i["scheme"], i["value"], i["valid"]) for i in found["identifiers"]),
        attributes=found["attributes"],
        contracts=tuple(_contract(c) for c in found["contracts"]),
        list_hits=tuple(_hit(library, h) for h in (*found["hits"], *found["people_hits"])),
        screened=tuple(f"{s['list']} {s['version']} ({s['rows']})" for s in found["screened"]),
        events=tuple(_event(e) for e in found["events"]),
        findings=(
            *(library.finding(f) for f in dossiers.findings_about(stored.id) if f.outcome is Outcome.FLAG),
            *_findings(library, found),
        ),
        sources=(library.words(found["document"], found["start"], found["end"]),),
        ownership=_ownership(dossiers, stored.id),
        party=_party(dossiers, found),
        profile={key: found[key] for key in ("summary", "credit", "stated", "people")},
    )


def _ownership(dossiers: Dossiers, partner: str) -> view.OwnershipView | None:
    store = dossiers.ownership
    if store is None or not (partner in store.by_owned or partner in store.by_owner or store.gaps_of(partner)):
        return None
    report = ownership_of(store, partner)
    drawn = {one: ownership_picture(report, one) for one in LANGUAGES} if report.holdings else {}
    return view.OwnershipView(ownership_json(report, dossiers.snapshot), drawn)


def _party(dossiers: Dossiers, found: dict[str, Any]) -> view.PartyView | None:
    candidates = candidates_json(dossiers.entities, found["id"], limit=CANDIDATES)["candidates"]
    party = found["party"]
    if len(party["records"]) == 1 and not (candidates or party["acts"] or party["namesakes"]):
        return None
    return view.PartyView(party, found["conflicts"], candidates)


def _contract(record: dict[str, Any]) -> view.SignedContract:
    place = view.Passage(record["document"], record["title"], record["start"], record["end"], record["name"])
    return view.SignedContract(place, record["role"], _day(record["date"]))


def _event(record: dict[str, Any]) -> view.EventView:
    place = view.Passage(record["document"], record["title"], record["start"], record["end"], record["quote"])
    return view.EventView(
        labels("event-types", record["type"]), record["stage"], _day(record["date"]), place, record["score"]
    )


def _findings(library: Library, found: dict[str, Any]) -> tuple[view.FindingView, ...]:
    """Return the flags of its contracts; those about a party only where this partner is the party."""
    own = {c["name"] for c in found["contracts"]} | {n["text"] for n in found["names"]}
    flags = [
        f
        for f in stored_findings(library.snapshot, [c["document"] for c in found["contracts"]])
        if f.outcome is Outcome.FLAG
    ]
    return tuple(
        library.finding(f) for f in flags if not f.rule.startswith("party/") or any(e.quote in own for e in f.evidence)
    )


def _hit(library: Library, hit: dict[str, Any]) -> view.ListHit:
    role = hit.get("role")
    return list_hit(library, hit, role=view.Bilingual(role["en"], role["zh"]) if role is not None else None)


def _day(text: str | None) -> date | None:
    """Return a day that is fully stated; a month or year alone is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
