"""The page of list hits over all partners, with a form to decide on each; it works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.web import links
from api.web.data import HitActView, ListHit

PAGE_SIZE: Final = 25
LEAST: Final = 0.7
"""Score from which the screener calls a hit a match."""
SCORES: Final = ("0.45", "0.6", "0.7", "0.8", "0.9", "0.95")
"""Least scores to choose from."""


@dataclass(frozen=True, slots=True)
class HitsAsked:
    """What a reader narrows the list by; ``hit`` asks for one alone."""

    status: str = "open"
    list_id: str = ""
    score: float = LEAST
    hit: str = ""


@dataclass(frozen=True, slots=True)
class HitsPage:
    """A page of hits.

    Attributes:
        total: number of hits over all pages.
        lists: ids of the lists that have hits at all.
        statuses: what may be asked for.
        history: of the one hit asked for, also where it is no hit of anybody stored.
        scores: least scores to choose from.
    """

    total: int
    rows: tuple[ListHit, ...]
    lists: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    history: tuple[HitActView, ...] = ()
    scores: tuple[str, ...] = SCORES


class HitsData(Protocol):
    """What the page asks for."""

    def hits_page(self, asked: HitsAsked, *, limit: int, offset: int) -> HitsPage:
        """Return hits, those open again first, then by score."""
        ...


def build_router(
    get_reader: Callable[..., HitsData],
    render: Callable[..., HTMLResponse],
    answer: Callable[[Request, Callable[[], HTMLResponse]], HTMLResponse],
    number: Callable[[str], int],
) -> APIRouter:
    """Return the router of the page; the arguments are those of ``api.web.overview.build_router``."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    source: Any = Depends(get_reader)

    def hits(
        request: Request,
        reader: HitsData = source,
        status: str = "open",
        list: str = "",  # noqa: A002 - the name of the filter everywhere
        score: str = "",
        hit: str = "",
        offset: str = "0",
    ) -> HTMLResponse:
        asked = HitsAsked(status, list, float(score) if score in SCORES else LEAST, hit)
        begin = number(offset)
        chosen = {"status": asked.status, "list": asked.list_id, "score": f"{asked.score:g}"}

        def address(at: int) -> str:
            return links.listing("/hits", offset=at, **chosen)

        def made() -> HTMLResponse:
            return render(
                request,
                "hits.html",
                page=reader.hits_page(asked, limit=PAGE_SIZE, offset=begin),
                asked=asked,
                offset=begin,
                size=PAGE_SIZE,
                address=address,
                csv=links.listing("/v1/hits", format="csv", **chosen),
            )

        return answer(request, made)

    router.add_api_route("/hits", hits, methods=["GET"])
    return router
