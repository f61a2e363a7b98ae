"""Partners as parties: who owns them, which records are one, and what people decide about that."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import CheckPlace, KnowledgeBaseDep, SnapshotDep, StorePlace
from api.routes.replies import tagged
from api.schemas import MergeRequest, OwnershipQuery, SplitRequest
from api.service.entities import find_record, merge, split
from api.service.listing_verdicts import verdicts
from api.service.ownership import ownership_json, ownership_picture, partner_ownership_of
from api.service.party_json import candidates_json
from checks.ownership.report import OwnershipReport
from kb.base import KnowledgeBase
from kb.facts.entities import read_entities
from kb.snapshot import Snapshot

router = APIRouter()
BY_PAGE = "page"
BY_REST = "rest"
"""Who decided when the request names nobody."""


@router.get("/v1/partners/{partner:path}/ownership.svg", summary="Picture of who owns a partner", tags=["partners"])
async def ownership_svg(
    request: Request,
    kb: KnowledgeBaseDep,
    snapshot: SnapshotDep,
    place: CheckPlace,
    partner: str,
    asked: Annotated[OwnershipQuery, Query()],
) -> Response:
    """Return the holdings around a partner as one SVG with title and description, without script or style."""
    svg = await place.run(_picture, kb, snapshot, partner, asked)
    headers = {"Content-Security-Policy": "default-src 'none'", "Vary": "Accept-Language"}
    return tagged(request, svg.encode("utf-8", "replace"), "image/svg+xml", headers=headers)


def _picture(kb: KnowledgeBase, snapshot: Snapshot, partner: str, asked: OwnershipQuery) -> str:
    return ownership_picture(_report(kb, snapshot, partner, asked), asked.language)


def _report(kb: KnowledgeBase, snapshot: Snapshot, partner: str, asked: OwnershipQuery) -> OwnershipReport:
    verdict = verdicts(kb.audit, snapshot)
    return partner_ownership_of(snapshot, partner, as_of=asked.as_of, rules=asked.rules, verdict=verdict)


@router.get("/v1/partners/{partner:path}/ownership", summary="Who owns a partner", tags=["partners"])
async def ownership(
    kb: KnowledgeBaseDep,
    snapshot: SnapshotDep,
    place: CheckPlace,
    partner: str,
    asked: Annotated[OwnershipQuery, Query()],
) -> dict[str, Any]:
    """Return owners, the share of listed parties, what each ownership rule says, and the words it all rests on."""
    return await place.run(_ownership, kb, snapshot, partner, asked)


def _ownership(kb: KnowledgeBase, snapshot: Snapshot, partner: str, asked: OwnershipQuery) -> dict[str, Any]:
    return ownership_json(_report(kb, snapshot, partner, asked), snapshot)


@router.get("/v1/partner-candidates", summary="Records that may be one party", tags=["partners"])
def candidates(
    snapshot: SnapshotDep,
    partner: Annotated[str | None, Query(max_length=2000, description="only those of this partner")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """List proposals for a person to decide on: those with a second fact first, contradicted ones last."""
    record = None if partner is None else find_record(snapshot, partner)
    return candidates_json(read_entities(snapshot.query), record, limit=limit)


@router.post("/v1/partner-merges", summary="Merge two records", status_code=201, tags=["partners"])
async def add_merge(kb: KnowledgeBaseDep, place: StorePlace, request: MergeRequest) -> dict[str, Any]:
    """Record that two records are one party; nothing is overwritten, and a split takes it back."""
    return await place.run(
        merge,
        kb,
        request.record,
        request.other,
        reason=request.reason,
        actor=request.actor or BY_REST,
        despite=request.despite_conflict,
    )


@router.post("/v1/partner-splits", summary="Split a record", status_code=201, tags=["partners"])
async def add_split(kb: KnowledgeBaseDep, place: StorePlace, request: SplitRequest) -> dict[str, Any]:
    """Record that a record is another party than others; with ``other`` it also rejects a proposal."""
    return await place.run(
        split, kb, request.record, other=request.other, reason=request.reason, actor=request.actor or BY_REST
    )


@router.post("/partner-acts", include_in_schema=False)
async def act(
    kb: KnowledgeBaseDep,
    place: StorePlace,
    act: Annotated[str, Form(pattern="^(merge|split)$")],
    record: Annotated[str, Form(min_length=1, max_length=2000)],
    reason: Annotated[str, Form(min_length=1, max_length=4000)],
    other: Annotated[str, Form(max_length=2000)] = "",
) -> RedirectResponse:
    """Do what a form of a partner's page asks for, and show the page again."""
    party = await place.run(_act, kb, act, record, other or None, reason)
    return RedirectResponse(f"/partners/{quote(str(party['id']), safe='')}#party", status_code=303)


def _act(kb: KnowledgeBase, kind: str, record: str, other: str | None, reason: str) -> dict[str, Any]:
    if kind == "merge" and other is not None:
        return merge(kb, record, other, reason=reason, actor=BY_PAGE)
    return split(kb, record, other=other, reason=reason, actor=BY_PAGE)
