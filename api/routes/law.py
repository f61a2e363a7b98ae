"""Law: versions of acts, single provisions, and what changes of an act touch."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import RedirectResponse

from api.deps import KnowledgeBaseDep, SnapshotDep, StorePlace
from api.routes.replies import attachment
from api.schemas import ImpactDecisionList, ImpactDecisionRequest, ImpactDecisionShape
from api.service.impact_decisions import decide_impact, impact_decisions, impact_history
from api.service.law import provision_json, versions_json
from api.service.ledger import ledger_csv, ledger_json, question

v1 = APIRouter(prefix="/v1", tags=["law"])
pages = APIRouter()

BY_PAGE = "web"
"""Who acts through the pages: they know no users."""


@v1.get("/provisions/{provision:path}", summary="One provision of law")
def provision(snapshot: SnapshotDep, provision: str, as_of: date | None = None) -> dict[str, Any]:
    """Return a stored provision by its id, for example ``cn/公司法@2023-12-29#15`` (the ``#`` percent-encoded).

    ``force`` says whether its version applies on the day asked about, today by default.
    """
    return provision_json(snapshot, provision, as_of)


@v1.get("/acts/{act:path}/impact", summary="What changes of an act touch", response_model=None)
def impact(
    kb: KnowledgeBaseDep,
    snapshot: SnapshotDep,
    act: str,
    begin: Annotated[date | None, Query(alias="from", description="only what changed after this day's version")] = None,
    end: Annotated[date | None, Query(alias="to", description="only what changed up to this day's version")] = None,
    as_of: Annotated[date | None, Query(description="the day judged; today when absent")] = None,
    everything: Annotated[bool, Query(alias="all", description="also changes that nothing rests on")] = False,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> dict[str, Any] | Response:
    """Return each changed provision with the clauses, rules and findings that rest on it, and the partners."""
    asked = question(as_of, begin, end)
    found = ledger_json(snapshot, act, asked, impact_decisions(kb.audit), everything=everything)
    if form == "json":
        return found
    headers = {"Content-Disposition": attachment(f"impact {found['act']}.csv", "impact.csv")}
    return Response(ledger_csv(found).encode("utf-8", "replace"), media_type="text/csv; charset=utf-8", headers=headers)


@v1.get("/impact/{item}/decisions", summary="What was decided on an impact item")
def item_decisions(kb: KnowledgeBaseDep, item: str) -> ImpactDecisionList:
    """Return every decision on an item, oldest first; none is ever edited."""
    return ImpactDecisionList(decisions=[ImpactDecisionShape(**d.json()) for d in impact_history(kb.audit, item)])


@v1.post("/impact/{item}/decisions", summary="Decide on an impact item", status_code=201)
async def add_item_decision(
    kb: KnowledgeBaseDep, place: StorePlace, item: str, request: ImpactDecisionRequest
) -> ImpactDecisionShape:
    """Say what a change asks of a clause, rule or finding, overruling the table, or take that back; it is recorded."""
    made = await place.run(
        decide_impact,
        kb,
        item,
        state=request.state,
        reason=request.reason,
        actor=request.actor or "rest",
        act=request.act,
    )
    return ImpactDecisionShape(**made.json())


@v1.get("/acts/{act:path}", summary="Versions of an act")
def act(snapshot: SnapshotDep, act: str, as_of: date | None = None) -> dict[str, Any]:
    """Return the stored versions of an act: dates with the words they were read from, and whether each applies."""
    return versions_json(snapshot, act, as_of)


@pages.post("/impact-acts", include_in_schema=False)
async def act_on_item(
    kb: KnowledgeBaseDep,
    place: StorePlace,
    item: Annotated[str, Form(min_length=1, max_length=100)],
    act: Annotated[str, Form(min_length=1, max_length=2000)],
    state: Annotated[str, Form(min_length=1, max_length=40)],
    reason: Annotated[str, Form(min_length=1, max_length=4000)],
) -> RedirectResponse:
    """Do what a form of an act's page asks for, and show the page again at the item."""
    await place.run(decide_impact, kb, item, state=state, reason=reason, actor=BY_PAGE, act=act)
    return RedirectResponse(
        f"/law/{quote(act, safe='', errors='replace')}/impact#{quote(item, safe='')}", status_code=303
    )


router = APIRouter()
router.include_router(v1)
router.include_router(pages)
