"""Findings: run the rules, list what they found, record what people decide."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.deps import CheckPlace, DecisionsDep, KnowledgeBaseDep, SnapshotDep, StorePlace
from api.routes.replies import link_next
from api.schemas import CheckRequest, DecisionList, DecisionRequest, DecisionShape, Findings
from api.service.checking import recheck_stale, run_check, stored_findings
from api.service.decisions import decide, decisions, find_finding, finding_json, history, status_of
from checks.finding import Level, Outcome

router = APIRouter(prefix="/v1", tags=["findings"])


@router.post("/checks", summary="Run rules")
async def checks(kb: KnowledgeBaseDep, place: CheckPlace, request: CheckRequest) -> Findings:
    """Check contracts now, or as the law stood, or as was known; a plain check of everything is kept."""
    found = await place.run(
        run_check,
        kb,
        subjects=request.subjects,
        rule_ids=request.rules,
        as_of=request.as_of,
        known_at=request.known_at,
    )
    known = decisions(kb.audit)
    return Findings(findings=[finding_json(f, known) for f in found], total=len(found))


@router.post("/checks/stale", summary="Check again what later law has overtaken")
async def stale_checks(kb: KnowledgeBaseDep, place: CheckPlace) -> Findings:
    """Run again the rules whose findings a new version or repeal has overtaken, on those contracts only."""
    found = await place.run(recheck_stale, kb)
    known = decisions(kb.audit)
    return Findings(findings=[finding_json(f, known) for f in found], total=len(found))


@router.get("/findings", summary="Findings of the last check")
def findings(
    request: Request,
    response: Response,
    snapshot: SnapshotDep,
    known: DecisionsDep,
    subject: Annotated[str | None, Query(max_length=2000)] = None,
    outcome: Outcome | None = None,
    level: Level | None = None,
    rule: Annotated[str | None, Query(max_length=200)] = None,
    status: Annotated[
        str | None, Query(max_length=20, description="open, accepted, mitigated, rejected, stale")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Findings:
    """List stored findings, worst first."""
    found = [
        f
        for f in stored_findings(snapshot, [subject] if subject is not None else None)
        if outcome in (None, f.outcome)
        and level in (None, f.level)
        and rule in (None, f.rule)
        and status in (None, status_of(f, known))
    ]
    page = found[offset : offset + limit]
    following = str(offset + limit) if offset + limit < len(found) else None
    if following is not None:
        link_next(request, response, offset=following)
    return Findings(findings=[finding_json(f, known) for f in page], total=len(found), next=following)


@router.get("/findings/{finding}", summary="One finding")
def finding(snapshot: SnapshotDep, known: DecisionsDep, finding: str) -> dict[str, Any]:
    """Return one finding with its rule, evidence, basis, remedy and the decision on it."""
    return finding_json(find_finding(snapshot, finding), known)


@router.get("/findings/{finding}/decisions", summary="What was decided on a finding")
def finding_decisions(kb: KnowledgeBaseDep, finding: str) -> DecisionList:
    """Return every decision on a finding, oldest first; none is ever edited."""
    return DecisionList(decisions=[DecisionShape(**d.json()) for d in history(kb.audit, finding)])


@router.post("/findings/{finding}/decisions", summary="Decide on a finding", status_code=201)
async def add_decision(
    kb: KnowledgeBaseDep, place: StorePlace, finding: str, request: DecisionRequest
) -> DecisionShape:
    """Accept the risk, mark it mitigated, reject the finding as false, or open it again; the act is recorded."""
    made = await place.run(
        decide, kb, finding, status=request.status, reason=request.reason, actor=request.actor or "rest"
    )
    return DecisionShape(**made.json())
