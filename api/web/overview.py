"""Pages that list what is stored: documents and partners, the ones with the most serious findings first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.web import links
from api.web.data import Bilingual
from kb.model import Kind

PAGE_SIZE: Final = 50
LEVELS: Final = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One stored document.

    Attributes:
        kind: notation of the source kind ("contract", "regulation", …).
        recorded: when this revision was stored, ISO 8601.
        levels: number of flags per level.
    """

    id: str
    title: str
    source: str
    kind: str
    language: str
    recorded: str
    levels: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """One partner.

    Attributes:
        status: as its register gives it, None when it does not.
        contracts: number of stored contracts it is a party to.
        flags: titles of the rules that flag it, most serious first.
    """

    id: str
    name: str
    country: str | None
    status: str | None
    contracts: int
    levels: dict[str, int] = field(default_factory=dict)
    flags: tuple[Bilingual, ...] = ()


class OverviewData(Protocol):
    """What the lists ask for."""

    def document_rows(self, kind: str | None) -> Sequence[DocumentRow]:
        """Return the stored documents of a kind, or of every kind."""
        ...

    def partner_rows(self) -> Sequence[PartnerRow]:
        """Return all partners."""
        ...


def by_seriousness(row: DocumentRow | PartnerRow) -> tuple[int, ...]:
    """Return a key that sorts the rows with the most serious flags first."""
    return tuple(-row.levels.get(level, 0) for level in LEVELS)


def build_router(
    get_reader: Callable[..., OverviewData],
    render: Callable[..., HTMLResponse],
    answer: Callable[[Request, Callable[[], HTMLResponse]], HTMLResponse],
    number: Callable[[str], int],
) -> APIRouter:
    """Return the router of the lists.

    Args:
        get_reader: a FastAPI dependency that gives the request its view of the knowledge base.
        render: renders a template in the language of the request.
        answer: turns refusals into error pages.
        number: reads an offset from an address.
    """
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    source: Any = Depends(get_reader)

    def documents(request: Request, reader: OverviewData = source, kind: str = "", offset: str = "0") -> HTMLResponse:
        chosen = kind if kind in set(Kind) else None

        def made() -> HTMLResponse:
            rows = sorted(reader.document_rows(chosen), key=lambda row: (*by_seriousness(row), row.title))
            return page(request, "documents.html", rows, number(offset), kind=chosen, kinds=[one.value for one in Kind])

        return answer(request, made)

    def partners(request: Request, reader: OverviewData = source, offset: str = "0") -> HTMLResponse:
        def made() -> HTMLResponse:
            rows = sorted(reader.partner_rows(), key=lambda row: (*by_seriousness(row), -row.contracts, row.name))
            return page(request, "partners.html", rows, number(offset))

        return answer(request, made)

    def page(request: Request, template: str, rows: Sequence[object], begin: int, **more: object) -> HTMLResponse:
        shown = rows[begin : begin + PAGE_SIZE]

        def address(at: int) -> str:
            return links.listing(request.url.path, offset=at, **{k: v for k, v in more.items() if isinstance(v, str)})

        return render(
            request, template, rows=shown, total=len(rows), offset=begin, size=PAGE_SIZE, address=address, **more
        )

    router.add_api_route("/documents", documents, methods=["GET"])
    router.add_api_route("/partners", partners, methods=["GET"])
    return router
