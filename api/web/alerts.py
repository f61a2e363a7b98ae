"""The page of alerts: what a person should look at because it changed, with buttons to say that somebody has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.web import links
from api.web.data import Bilingual, Subject
from kb.alerts import AlertKind

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class AlertActView:
    """One thing a person did with an alert: acknowledged it, or opened it again."""

    reopened: bool
    actor: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a list row: its values then (None when they are not at hand) and now."""

    field: str
    before: tuple[str, ...] | None
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert.

    Attributes:
        kind: why it was raised, by label.
        about: id of what it is about; ``subject`` where that has a page.
        raised: when, ISO 8601.
        changes: what differs in the list row it is about.
        hit: id of the list hit to decide on again, "" when it is about none.
    """

    id: str
    kind: Bilingual
    level: str
    title: Bilingual
    about: str
    subject: Subject | None
    raised: str
    is_open: bool = True
    acts: tuple[AlertActView, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    hit: str = ""


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """A page of alerts: how many there are, and the labels of all kinds by notation."""

    total: int
    alerts: tuple[AlertView, ...]
    kinds: Mapping[str, Bilingual] = field(default_factory=dict)


class AlertsData(Protocol):
    """What the page asks for."""

    def alerts_page(
        self, *, kind: str | None, about: str | None, everything: bool, limit: int, offset: int
    ) -> AlertsPage:
        """Return alerts, the newest first; ``everything`` brings the acknowledged ones too."""
        ...


def build_router(
    get_reader: Callable[..., AlertsData],
    render: Callable[..., HTMLResponse],
    answer: Callable[[Request, Callable[[], HTMLResponse]], HTMLResponse],
    number: Callable[[str], int],
) -> APIRouter:
    """Return the router of the page; the arguments are those of ``api.web.overview.build_router``."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    source: Any = Depends(get_reader)

    def alerts(
        request: Request,
        reader: AlertsData = source,
        kind: str = "",
        about: str = "",
        show: str = "",
        offset: str = "0",
    ) -> HTMLResponse:
        chosen = kind if kind in set(AlertKind) else None
        everything = show == "all"
        begin = number(offset)

        def address(at: int) -> str:
            asked = {"kind": chosen or "", "about": about, "show": show if everything else ""}
            return links.listing("/alerts", offset=at, **asked)

        def made() -> HTMLResponse:
            page = reader.alerts_page(
                kind=chosen, about=about or None, everything=everything, limit=PAGE_SIZE, offset=begin
            )
            return render(
                request,
                "alerts.html",
                page=page,
                kind=chosen,
                about=about,
                everything=everything,
                offset=begin,
                size=PAGE_SIZE,
                address=address,
            )

        return answer(request, made)

    router.add_api_route("/alerts", alerts, methods=["GET"])
    return router
