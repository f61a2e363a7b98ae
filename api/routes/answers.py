"""Search, partners, screening, rules."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api.deps import DecisionsDep, KnowledgeBaseDep, ScreenPlace, SnapshotDep, StorePlace
from api.routes.replies import attachment, link_next
from api.schemas import (
    HitDecisionRequest,
    HitDecisions,
    HitDecisionShape,
    HitList,
    HitQuery,
    ScreenAnswers,
    ScreenRequest,
    SearchAnswer,
)
from api.service.all_hits import HitFilter, HitRow, hit_rows, hits_csv
from api.service.deciding import decide
from api.service.hits import Histories, history, stored_histories
from api.service.partners import dossier, find_partner
from api.service.screening import ScreenInput, own_aliases, screen_one, snapshot_index, stored_ledger
from api.service.searching import parse_filters, search_json
from checks.rule import find_rule, load_rules
from kb.base import KnowledgeBase
from kb.facts.entities import read_parties
from kb.snapshot import Snapshot

router = APIRouter(prefix="/v1")


@router.get("/search", summary="Search", tags=["search"])
def search(
    snapshot: SnapshotDep,
    q: Annotated[str, Query(max_length=2000, description='words, "phrases", OR, NOT, field:value, suffix*')],
    type: Literal["clause", "provision", "partner", "news", "finding", "document"] | None = None,  # noqa: A002
    language: Literal["en", "zh"] | None = None,
    filter: Annotated[list[str] | None, Query(description="FIELD=VALUE")] = None,  # noqa: A002
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    sort: Literal["relevance", "document", "title"] = "relevance",
    as_of: Annotated[date | None, Query(description="leave out law that did not stand on this day")] = None,
) -> SearchAnswer:
    """Search clauses, provisions, partners, news and findings; law says whether it applies."""
    found = search_json(
        snapshot,
        q,
        type_=type,
        language=language,
        filters=parse_filters(filter or ()),
        limit=limit,
        offset=offset,
        sort=sort,
        as_of=as_of,
    )
    return SearchAnswer(**found)


@router.get("/partners", summary="List partners", tags=["partners"])
def partners(
    request: Request,
    response: Response,
    snapshot: SnapshotDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """List stored partners in the order of their ids; rows that are one party are one partner."""
    found = read_parties(snapshot.query)
    following = str(offset + limit) if offset + limit < len(found) else None
    if following is not None:
        link_next(request, response, offset=following)
    return {
        "total": len(found),
        "partners": [
            {
                "id": p.id,
                "name": p.partner.names[0].text if p.partner.names else p.id,
                "country": p.partner.country,
                "status": p.partner.status,
                "document": p.document,
                "records": list(p.ids),
            }
            for p in found[offset : offset + limit]
        ],
        "next": following,
    }


@router.get("/partners/{partner:path}", summary="Everything known about a partner", tags=["partners"])
def partner(kb: KnowledgeBaseDep, snapshot: SnapshotDep, known: DecisionsDep, partner: str) -> dict[str, Any]:
    """Return the dossier of a partner, named by id, identifier or name."""
    return dossier(snapshot, partner, known, stored_histories(kb, snapshot))


@router.post("/screen", summary="Screen names", tags=["partners"])
async def screening(
    kb: KnowledgeBaseDep, snapshot: SnapshotDep, place: ScreenPlace, request: ScreenRequest
) -> ScreenAnswers:
    """Match names against the stored lists and known partners; says what was screened and where each hit stands."""
    return await place.run(_screen, kb, snapshot, request)


def _screen(kb: KnowledgeBase, snapshot: Snapshot, request: ScreenRequest) -> ScreenAnswers:
    index = snapshot_index(snapshot, own_aliases(kb.settings.data))
    known = stored_ledger(kb, snapshot)
    results = []
    for query in request.queries:
        item = ScreenInput(query.name, query.type, query.country, tuple(query.identifiers), query.birth_date)
        results.append(screen_one(index, known, item.query(), limit=request.limit))
    return ScreenAnswers(results=results)


@router.get("/hits", summary="List hits of whom the store knows", tags=["partners"], response_model=HitList)
async def hits(
    kb: KnowledgeBaseDep,
    snapshot: SnapshotDep,
    place: ScreenPlace,
    request: Request,
    asked: Annotated[HitQuery, Query()],
) -> Response:
    """List the hits of stored partners, their people and parties of contracts, with where each stands."""
    rows, past = await place.run(_hits, kb, snapshot, asked)
    if asked.format == "csv":
        headers = {"Content-Disposition": attachment("hits.csv", "hits.csv")}
        return Response(
            hits_csv(rows).encode("utf-8", "replace"), media_type="text/csv; charset=utf-8", headers=headers
        )
    page = rows[asked.offset : asked.offset + asked.limit]
    following = str(asked.offset + asked.limit) if asked.offset + asked.limit < len(rows) else None
    answer = HitList(total=len(rows), hits=[row.json(past) for row in page], next=following)
    response = Response(answer.model_dump_json().encode("utf-8", "replace"), media_type="application/json")
    if following is not None:
        link_next(request, response, offset=following)
    return response


def _hits(kb: KnowledgeBase, snapshot: Snapshot, asked: HitQuery) -> tuple[list[HitRow], Histories]:
    past = stored_histories(kb, snapshot)
    partner = find_partner(snapshot, asked.partner).id if asked.partner is not None else None
    return hit_rows(snapshot, past, HitFilter(asked.status, asked.list, asked.score, partner, asked.hit)), past


@router.get("/hits/decisions", summary="What was decided on screening hits", tags=["partners"])
def hit_decisions(
    kb: KnowledgeBaseDep,
    snapshot: SnapshotDep,
    hit: Annotated[str | None, Query(max_length=2700, description="only this hit, with its whole history")] = None,
) -> HitDecisions:
    """Return the last decision on every hit, or every decision on one, oldest first."""
    found = history(kb.audit, hit) if hit is not None else list(stored_ledger(kb, snapshot).values())
    return HitDecisions(decisions=[HitDecisionShape(**one.json()) for one in found])


@router.post("/hits/decisions", summary="Decide on a screening hit", status_code=201, tags=["partners"])
async def decide_on_hit(kb: KnowledgeBaseDep, place: StorePlace, request: HitDecisionRequest) -> HitDecisionShape:
    """Call a hit a true match, a false positive or undecided, or open it again; what rests on it is checked anew."""
    made = await place.run(
        decide,
        kb,
        request.hit,
        verdict=request.verdict,
        reason=request.reason,
        actor=request.actor or "rest",
        check=request.check,
    )
    return HitDecisionShape(**made.json())


@router.get("/rules", summary="The rules", tags=["rules"])
def rules() -> dict[str, Any]:
    """List all rules with level and title."""
    return {
        "rules": [
            {
                "id": r.id,
                "version": r.version,
                "level": r.level.value,
                "risk": r.risk,
                "title": r.title.model_dump(),
                "languages": list(r.applies.languages),
            }
            for r in load_rules()
        ]
    }


@router.get("/rules/{rule:path}", summary="One rule", tags=["rules"])
def rule(rule: str) -> dict[str, Any]:
    """Return one rule whole: what it looks for, when, why, its law, remedy and examples."""
    found = find_rule(load_rules(), rule)
    return found.model_dump(mode="json") | {"level": found.level.value}
