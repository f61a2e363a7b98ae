"""List hits as pages show them: what is like what, where it stands, and everything that was decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.service.all_hits import STATUSES, HitFilter, HitRow, hit_rows
from api.service.hits import Histories, HitDecision
from api.service.library import Library, both
from api.service.near_hits import near_hits
from api.web import data as view
from api.web.hits import HitsAsked, HitsPage
from checks.hits import Ruling


def hits_page(library: Library, past: Histories, asked: HitsAsked, *, limit: int, offset: int) -> HitsPage:
    """Return hits of stored partners, their people and parties of contracts.

    Args:
        library: what is stored.
        past: every decision on hits.
        asked: which hits.
        limit: hits on the page.
        offset: hits before the page.

    Raises:
        QueryError: there is no such status.
    """
    wanted = HitFilter(asked.status, asked.list_id or None, asked.score, hit=asked.hit or None)
    rows = hit_rows(library.snapshot, past, wanted)
    lists = {near.candidate.list for near in near_hits(library.snapshot)}
    return HitsPage(
        total=len(rows),
        rows=tuple(_row(library, row, past) for row in rows[offset : offset + limit]),
        lists=tuple(sorted(lists)),
        statuses=tuple(STATUSES),
        history=_acts(past.get(asked.hit, ())),
    )


def _row(library: Library, row: HitRow, past: Histories) -> view.ListHit:
    subject = row.near.subject
    kind = "document" if subject.kind == "party" else "partner"
    title = library.title(subject.id) if kind == "document" else subject.name
    role = both(subject.role) if subject.role.en else None
    return list_hit(
        library,
        row.json(past),
        said=row.ruling,
        role=role,
        about=view.Subject(kind, subject.id, title),
        documents=subject.documents,
    )


def list_hit(
    library: Library,
    hit: Mapping[str, Any],
    *,
    said: Ruling | None = None,
    role: view.Bilingual | None = None,
    about: view.Subject | None = None,
    documents: tuple[str, ...] = (),
) -> view.ListHit:
    """Return a hit as pages show it.

    Args:
        library: what is stored.
        hit: the hit in the JSON shape of the dossier.
        said: where it stands; by default as the JSON says.
        role: what the person is to the partner.
        about: whom it is about, where the page does not say.
        documents: contracts of the party it is about.
    """
    document = hit.get("document") or ""
    ruling = said if said is not None else ruling_of(hit)
    return view.ListHit(
        list_title=hit["list"],
        entry=hit["entity"],
        name=hit["name"],
        matched_name=hit["matched_name"],
        score=hit["score"],
        match=hit["match"],
        version=library.version(document) if document else "",
        programs=tuple(hit.get("programs", ())),
        explanation=tuple(view.Feature(x["feature"], x["score"], x["detail"]) for x in hit["explanation"]),
        passage=library.words(document, hit["start"], hit["end"]) if document else None,
        hit=hit["hit"],
        status=hit["status"],
        said=both(ruling.text) if ruling.decision is not None else None,
        history=_acts(HitDecision.of(one) for one in hit["history"]),
        role=role,
        about=about,
        documents=documents,
    )


def ruling_of(hit: Mapping[str, Any]) -> Ruling:
    """Return where a hit of a dossier stands."""
    decision = hit["decision"]
    return Ruling(hit["hit"], hit["status"], None if decision is None else HitDecision.of(decision))


def _acts(decisions: Iterable[HitDecision]) -> tuple[view.HitActView, ...]:
    return tuple(
        view.HitActView(one.verdict, one.actor, one.reason, one.at.isoformat(timespec="seconds")) for one in decisions
    )
