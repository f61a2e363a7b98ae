"""What routes are given: the knowledge base of the server, one snapshot per request, and a place at a bulkhead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from api.service.decisions import Decisions, decisions
from api.service.impact_decisions import impact_decisions
from api.service.pages import StoredPages
from kb.base import KnowledgeBase
from kb.errors import CannotRunError
from kb.settings import Settings
from kb.snapshot import Snapshot

P = ParamSpec("P")
R = TypeVar("R")

WORKERS: Final = 2
"""Heavy requests of one kind at a time; more would only share the cores."""
WAITING: Final = 16
"""Heavy requests of one kind that may wait; the next is told to come back."""


class Bulkhead:
    """Lets a few heavy requests run at a time, so that they cannot take the threads light requests need."""

    def __init__(self, workers: int = WORKERS, waiting: int = WAITING) -> None:
        self._limiter = CapacityLimiter(workers)
        self._waiting = waiting

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do the work in a thread when it is its turn.

        Raises:
            CannotRunError: too many are waiting already (HTTP 503 with Retry-After).
        """
        if self._limiter.statistics().tasks_waiting >= self._waiting:
            raise CannotRunError("too many such requests are waiting.", code="busy", remedy="Try again in a moment.")
        return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=self._limiter)


def get_settings(request: Request) -> Settings:
    """Return the settings of the server."""
    settings: Settings = request.app.state.settings
    return settings


def get_kb(request: Request) -> KnowledgeBase:
    """Return the knowledge base the server owns."""
    kb: KnowledgeBase = request.app.state.kb
    return kb


KnowledgeBaseDep = Annotated[KnowledgeBase, Depends(get_kb)]
SettingsDep = Annotated[Settings, Depends(get_settings)]


def get_snapshot(kb: KnowledgeBaseDep) -> Iterator[Snapshot]:
    """Yield one consistent view for the whole request."""
    with kb.snapshot() as snapshot:
        yield snapshot


def get_decisions(kb: KnowledgeBaseDep) -> Decisions:
    """Return what people decided on findings."""
    return decisions(kb.audit)


SnapshotDep = Annotated[Snapshot, Depends(get_snapshot)]
DecisionsDep = Annotated[Decisions, Depends(get_decisions)]


def get_pages(kb: KnowledgeBaseDep, snapshot: SnapshotDep, known: DecisionsDep) -> StoredPages:
    """Return the data of the pages."""
    return StoredPages(kb, snapshot, known, impact_decisions(kb.audit))


def _bulkhead(name: str) -> Callable[[Request], Bulkhead]:
    def get(request: Request) -> Bulkhead:
        found: Bulkhead = request.app.state.bulkheads[name]
        return found

    return get


BULKHEADS: Final = ("store", "check", "sparql", "screen")
"""Kinds of heavy requests; each has places of its own."""
StorePlace = Annotated[Bulkhead, Depends(_bulkhead("store"))]
CheckPlace = Annotated[Bulkhead, Depends(_bulkhead("check"))]
SparqlPlace = Annotated[Bulkhead, Depends(_bulkhead("sparql"))]
ScreenPlace = Annotated[Bulkhead, Depends(_bulkhead("screen"))]
