"""Alerts and followed sources: what a person should look at, what is looked at again and again, and re-checks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.deps import CheckPlace, KnowledgeBaseDep, StorePlace
from api.routes.replies import link_next
from api.service.alerting import recheck, set_baseline
from api.service.following import Outcome, follow, record_outcome, sources_json, unfollow
from ingest.fetch import Followed, Validators, followed_of
from kb.alerts import AlertKind, acknowledge, alerts, find_alert, reopen
from kb.base import KnowledgeBase
from kb.errors import QueryError

v1 = APIRouter(prefix="/v1", tags=["alerts"])

pages = APIRouter(tags=["alerts"])

MAX_SOURCES = 10_000
BY_PAGE = "web"
"""Who acts through a page: it has no accounts, so whoever reaches it."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AlertActShape(_Shape):
    """One thing a person did with an alert."""

    action: str
    actor: str
    reason: str
    at: datetime


class AlertShape(_Shape):
    """Something a person should look at because it changed."""

    id: str
    kind: str
    level: str
    status: str = Field(description="open or acknowledged")
    about: str = Field(description="id of a document, partner, act or followed source")
    title: dict[str, str] = Field(description="one sentence in en and in zh")
    detail: dict[str, Any]
    raised_at: datetime
    acts: list[AlertActShape]


class AlertList(_Shape):
    """Alerts of one page, the newest first."""

    total: int
    alerts: list[AlertShape]
    next: str | None


class AlertDecision(_Shape):
    """What a person does with an alert, and why."""

    action: Annotated[str, Field(pattern="^(acknowledge|reopen)$")]
    reason: Annotated[str, Field(min_length=1, max_length=4000)]
    actor: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(default=None, description="who decides")


class FollowRequest(_Shape):
    """Sources to follow."""

    sources: Annotated[list[dict[str, str]], Field(max_length=MAX_SOURCES)] = Field(
        description="rows of a register: id, kind, location, name, interval, format, language, items"
    )
    actor: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    origin: Annotated[str, Field(max_length=2000)] = Field(default="", description="the register file they stand in")
    whole: bool = Field(default=False, description="they are all addresses of that file; others of it are let go")


class OutcomeRequest(_Shape):
    """What came of looking at a followed source once."""

    row: dict[str, str]
    failed: bool
    error: Annotated[str, Field(max_length=100)] = ""
    detail: Annotated[str, Field(max_length=4000)] = ""
    documents: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    etag: Annotated[str, Field(max_length=500)] = ""
    last_modified: Annotated[str, Field(max_length=100)] = ""
    refused: Annotated[str, Field(max_length=20_000)] = ""
    looked: AwareDatetime | None = Field(default=None, description="when the look began")


class RecheckRequest(_Shape):
    """What to do: a look, or only remembering where the store stands."""

    baseline: bool = Field(
        default=False, description="only remember what is stored, unless there was a look already; check nothing"
    )


class RecheckAnswer(_Shape):
    """Contracts checked again, and the alerts raised."""

    checked: int
    alerts: list[AlertShape]


class RaisedAlerts(_Shape):
    """Alerts raised now."""

    alerts: list[AlertShape]


@v1.get("/alerts", summary="Alerts")
def list_alerts(
    request: Request,
    response: Response,
    kb: KnowledgeBaseDep,
    everything: Annotated[bool, Query(alias="all", description="acknowledged ones too")] = False,
    kind: AlertKind | None = None,
    about: Annotated[str | None, Query(max_length=2000)] = None,
    since: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> AlertList:
    """List what a person should look at, the newest first."""
    found = alerts(kb, open_only=not everything, kind=kind, about=about, since=since)
    page = found[offset : offset + limit]
    following = str(offset + limit) if offset + limit < len(found) else None
    if following is not None:
        link_next(request, response, offset=following)
    return AlertList(total=len(found), alerts=[AlertShape(**one.json()) for one in page], next=following)


@v1.get("/alerts/{alert}", summary="One alert")
def one_alert(kb: KnowledgeBaseDep, alert: str) -> AlertShape:
    """Return one alert with what people did with it."""
    return AlertShape(**find_alert(kb, alert).json())


@v1.post("/alerts/{alert}/decisions", summary="Acknowledge or reopen an alert", status_code=201)
async def decide_alert(kb: KnowledgeBaseDep, place: StorePlace, alert: str, request: AlertDecision) -> AlertShape:
    """Record that somebody has seen to an alert, or that it needs looking at again."""
    act = acknowledge if request.action == "acknowledge" else reopen
    done = await place.run(act, kb, alert, actor=request.actor or "rest", reason=request.reason)
    return AlertShape(**done.json())


@pages.post("/alert-acts", include_in_schema=False)
async def act(
    kb: KnowledgeBaseDep,
    place: StorePlace,
    alert: Annotated[str, Form(min_length=1, max_length=100)],
    action: Annotated[str, Form(pattern="^(acknowledge|reopen)$")],
    reason: Annotated[str, Form(min_length=1, max_length=4000)],
) -> RedirectResponse:
    """Do what a form of the page of alerts asks for, and show the page again."""
    done = acknowledge if action == "acknowledge" else reopen
    await place.run(done, kb, alert, actor=BY_PAGE, reason=reason)
    return RedirectResponse("/alerts", status_code=303)


@v1.get("/sources", summary="Followed sources")
def list_sources(kb: KnowledgeBaseDep) -> dict[str, Any]:
    """List the followed sources with how each fared last."""
    found = sources_json(kb)
    return {"total": len(found), "sources": found}


@v1.post("/sources", summary="Follow addresses", status_code=201)
async def add_sources(kb: KnowledgeBaseDep, place: StorePlace, request: FollowRequest) -> dict[str, int]:
    """Follow http(s) addresses; files and folders are followed on the machine itself, by its command line."""
    rows = [_web(row) for row in request.sources]
    changed = await place.run(
        follow, kb, rows, actor=request.actor or "rest", origin=request.origin, whole=request.whole
    )
    return {"changed": changed}


def _web(row: dict[str, str]) -> Followed:
    source = followed_of(row, folder=Path("/"))
    if not source.is_web:
        raise QueryError(
            f"'{source.location[:200]}' is no http(s) address.",
            code="not-an-address",
            remedy="Follow files and folders with: duegraph monitor add, or in a register file.",
        )
    return source


@v1.delete("/sources/{source}", summary="Follow a source no longer")
async def remove_source(
    kb: KnowledgeBaseDep,
    place: StorePlace,
    source: str,
    actor: Annotated[str, Query(min_length=1, max_length=200)] = "rest",
) -> dict[str, str]:
    """Let a source go; what was stored from it stays."""
    await place.run(unfollow, kb, source, actor=actor)
    return {"source": source, "status": "removed"}


@v1.post("/sources/outcomes", summary="Record how a source fared")
async def add_outcome(kb: KnowledgeBaseDep, place: StorePlace, request: OutcomeRequest) -> RaisedAlerts:
    """Keep what came of looking at a source, for ``monitor run`` beside this server; return the alerts raised."""
    outcome = Outcome(
        followed_of(request.row, folder=Path("/")),
        failed=request.failed,
        error=request.error,
        detail=request.detail,
        documents=request.documents,
        validators=Validators(request.etag, request.last_modified),
        refused=request.refused,
        looked=request.looked,
    )
    raised = await place.run(record_outcome, kb, outcome)
    return RaisedAlerts(alerts=[AlertShape(**alert.json()) for alert in raised])


@v1.post("/rechecks", summary="Check what changed")
async def add_recheck(kb: KnowledgeBaseDep, place: CheckPlace, request: RecheckRequest) -> RecheckAnswer:
    """Check again what changes since the last look touch, and raise alerts for what differs."""
    return await place.run(_look, kb, baseline=request.baseline)


def _look(kb: KnowledgeBase, *, baseline: bool) -> RecheckAnswer:
    if baseline:
        set_baseline(kb)
        return RecheckAnswer(checked=0, alerts=[])
    done = recheck(kb)
    return RecheckAnswer(checked=done.checked, alerts=[AlertShape(**alert.json()) for alert in done.alerts])


router = APIRouter()
router.include_router(v1)
router.include_router(pages)
