"""The web pages as a FastAPI router over ``PageData``.

Every page works without JavaScript, in English and Chinese, and is sent with a policy that lets the browser run nothing
but the files of ``static``: whatever a document says stays text.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Protocol

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from api.web import alerts, hits, links, marking, overview
from api.web.data import PageData
from api.web.language import COOKIE, HTML_LANGUAGE, LANGUAGES, choose, words
from kb.errors import CannotRunError, ConflictError, DuegraphError, InputError, NotFoundError, QueryError
from kb.search import Hit

log = logging.getLogger(__name__)

PAGE_SIZE: Final = 20
FINDINGS_SIZE: Final = 25
MAX_OFFSET: Final = 100_000
MAX_FACET_VALUES: Final = 12
HOME_FINDINGS: Final = 5

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

FACETS: Final = ("type", "level", "clause_type", "jurisdiction", "list", "status", "kind", "source_kind", "language")
"""Properties a search can be narrowed by, in the order they are shown."""

STATUS: Final[tuple[tuple[type[DuegraphError], int, str], ...]] = (
    (NotFoundError, 404, "error.not_found"),
    (QueryError, 400, "error.bad_request"),
    (ConflictError, 409, "error.bad_request"),
    (InputError, 422, "error.bad_request"),
    (CannotRunError, 503, "error.unavailable"),
)
"""What the browser is told for each kind of error; the first that fits counts."""

_MEDIA_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_PLACE = re.compile(r"(\d{1,12})(?:-(\d{1,12}))?")


@cache
def _static() -> Mapping[str, tuple[bytes, str, str]]:
    """Return file name -> (bytes, media type, version) of everything a browser may fetch."""
    found = {}
    for place in (resources.files("api.web") / "static").iterdir():
        suffix = place.name.rpartition(".")[2]
        if suffix in _MEDIA_TYPES:
            content = place.read_bytes()
            found[place.name] = (content, _MEDIA_TYPES[suffix], hashlib.sha256(content).hexdigest()[:12])
    return found


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.web", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        links=links,
        levels=marking.LEVELS,
        html_language=HTML_LANGUAGE,
        evidence_anchor=marking.evidence_anchor,
        snippet=snippet,
        static=lambda name: f"/static/{name}?v={_static()[name][2]}",
    )
    return environment


def snippet(hit: Hit) -> list[tuple[str, bool]]:
    """Cut a snippet into (text, matched) pieces."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in hit.highlights:
        pieces += [(hit.snippet[at:start], False), (hit.snippet[start:end], True)]
        at = end
    pieces.append((hit.snippet[at:], False))
    return [piece for piece in pieces if piece[0]]


def page_language(request: Request) -> str:
    """Return the language a request is answered in."""
    return choose(request.query_params.get("lang"), request.cookies.get(COOKIE), request.headers.get("accept-language"))


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page in the language of the request, with the headers every page carries."""
    language = page_language(request)
    other = next(one for one in LANGUAGES if one != language)
    html = (
        _environment()
        .get_template(template)
        .render(
            t=words(language),
            language=language,
            other=other,
            other_words=words(other),
            other_address=links.with_language(request.url.path, request.query_params.multi_items(), other),
            path=request.url.path,
            **values,
        )
    )
    response = HTMLResponse(html.encode("utf-8", "replace"), status_code=status, headers=dict(SECURITY_HEADERS))
    response.headers["Content-Language"] = HTML_LANGUAGE[language]
    response.headers["Vary"] = "Accept-Language, Cookie"
    if request.query_params.get("lang") == language:
        response.set_cookie(COOKIE, language, max_age=31_536_000, samesite="lax", httponly=True)
    return response


def error_page(request: Request, error: DuegraphError | None, status: int | None = None) -> HTMLResponse:
    """Render the page for an error.

    Args:
        request: what was asked.
        error: the error; None for one that must not be described to the reader.
        status: HTTP status; by default the one that ``STATUS`` gives the error, else 500.
    """
    code, title = 500, "error.internal"
    for kind, known, key in STATUS:
        if isinstance(error, kind):
            code, title = known, key
            break
    if error is None and status == _NOT_FOUND:
        title = "error.not_found"
    return render(request, "error.html", status=status or code, error=error, title=title, code=status or code)


_NOT_FOUND: Final = 404


def _answer(request: Request, make: Callable[[], HTMLResponse]) -> HTMLResponse:
    try:
        return make()
    except DuegraphError as error:
        log.info("page refused: %s", error.code)
        return error_page(request, error)


class Pages(PageData, overview.OverviewData, alerts.AlertsData, hits.HitsData, Protocol):
    """Everything all pages ask for."""


def build_router(get_reader: Callable[..., Pages]) -> APIRouter:
    """Return the router of all pages.

    Args:
        get_reader: a FastAPI dependency that gives the request its view of the knowledge base.
    """
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    source = Depends(get_reader)
    _add_search(router, source)
    _add_things(router, source)
    _add_lists(router, source)
    for lists in (overview, alerts, hits):
        router.include_router(lists.build_router(get_reader, render, _answer, _number))

    def static(name: str, request: Request) -> Response:
        if name not in _static():
            return error_page(request, None, _NOT_FOUND)
        content, media_type, version = _static()[name]
        if request.headers.get("if-none-match") == f'"{version}"':
            return Response(status_code=304, headers={"ETag": f'"{version}"'})
        lasting = "public, max-age=31536000, immutable" if request.query_params.get("v") == version else "no-cache"
        headers = {"ETag": f'"{version}"', "Cache-Control": lasting, "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type=media_type, headers=headers)

    router.add_api_route("/static/{name}", static, methods=["GET"])
    return router


def _add_search(router: APIRouter, source: Any) -> None:
    def search(
        request: Request,
        reader: PageData = source,
        q: Annotated[str, Query()] = "",
        sort: Annotated[str, Query()] = "relevance",
        offset: Annotated[str, Query()] = "0",
    ) -> HTMLResponse:
        chosen = {name: values for name in FACETS if (values := [v for v in request.query_params.getlist(name) if v])}
        return _answer(request, lambda: _search(request, reader, q.strip(), chosen, sort, _number(offset)))

    router.add_api_route("/", search, methods=["GET"])
    router.add_api_route("/search", search, methods=["GET"])


def _search(
    request: Request, reader: PageData, query: str, chosen: Mapping[str, Sequence[str]], sort: str, offset: int
) -> HTMLResponse:
    if not query and not chosen:
        contents = reader.search("", type=None, language=None, filters={}, limit=0, offset=0, sort="document")
        worst = reader.findings(level=None, rule=None, outcome="flag", limit=HOME_FINDINGS, offset=0)
        return render(request, "home.html", contents=contents.result.facets, worst=worst, query="")
    try:
        page = reader.search(query, type=None, language=None, filters=chosen, limit=PAGE_SIZE, offset=offset, sort=sort)
    except QueryError as error:
        return render(request, "search.html", status=400, page=None, error=error, **_asked(query, chosen, sort, offset))
    return render(request, "search.html", page=page, error=None, **_asked(query, chosen, sort, offset))


def _asked(query: str, chosen: Mapping[str, Sequence[str]], sort: str, offset: int) -> dict[str, Any]:
    def toggled(name: str, value: str) -> str:
        values = [one for one in chosen.get(name, ()) if one != value]
        if len(values) == len(chosen.get(name, ())):
            values.append(value)
        return links.search(query, {**chosen, name: values}, sort="" if sort == "relevance" else sort)

    return {
        "query": query,
        "chosen": chosen,
        "sort": sort,
        "offset": offset,
        "size": PAGE_SIZE,
        "facet_names": FACETS,
        "facet_limit": MAX_FACET_VALUES,
        "toggled": toggled,
    }


def _add_things(router: APIRouter, source: Any) -> None:
    def document(
        request: Request, document: str, reader: PageData = source, at: Annotated[str, Query()] = ""
    ) -> HTMLResponse:
        return _answer(request, lambda: _document(request, reader, document, at))

    def partner(request: Request, partner: str, reader: PageData = source) -> HTMLResponse:
        return _answer(request, lambda: render(request, "partner.html", page=reader.partner_page(partner)))

    def rule(request: Request, rule: str, reader: PageData = source) -> HTMLResponse:
        return _answer(request, lambda: render(request, "rule.html", page=reader.rule(rule)))

    def term(request: Request, name: str, reader: PageData = source) -> HTMLResponse:
        return _answer(request, lambda: render(request, "term.html", page=reader.term(name)))

    def law(
        request: Request,
        act: str,
        reader: PageData = source,
        begin: Annotated[str, Query(alias="from")] = "",
        end: Annotated[str, Query(alias="to")] = "",
        as_of: Annotated[str, Query()] = "",
    ) -> HTMLResponse:
        def show() -> HTMLResponse:
            found = reader.law_page(act, begin=begin, end=end, as_of=as_of)
            return render(request, "law.html", page=found.ledger, histories=found.histories, impact_states=found.states)

        return _answer(request, show)

    router.add_api_route("/law/{act:path}/impact", law, methods=["GET"])
    router.add_api_route("/documents/{document:path}", document, methods=["GET"])
    router.add_api_route("/partners/{partner:path}", partner, methods=["GET"])
    router.add_api_route("/rules/{rule:path}", rule, methods=["GET"])
    router.add_api_route("/terms/{name:path}", term, methods=["GET"])


def _document(request: Request, reader: PageData, name: str, at: str) -> HTMLResponse:
    page = reader.document_page(name)
    place = _PLACE.fullmatch(at)
    start = int(place.group(1)) if place else 0
    passage = (start, int(place.group(2))) if place and place.group(2) else None
    all_parts = marking.parts(page.text)
    part = marking.part_at(all_parts, start)
    shown = marking.paragraphs(page, part, passage)
    return render(request, "document.html", page=page, parts_of=all_parts, part=part, paragraphs=shown)


def _add_lists(router: APIRouter, source: Any) -> None:
    def findings(
        request: Request,
        reader: PageData = source,
        level: Annotated[str, Query()] = "",
        rule: Annotated[str, Query()] = "",
        outcome: Annotated[str, Query()] = "flag",
        offset: Annotated[str, Query()] = "0",
    ) -> HTMLResponse:
        asked = {"level": level or None, "rule": rule or None, "outcome": outcome or None}
        begin = _number(offset)
        return _answer(
            request,
            lambda: render(
                request,
                "findings.html",
                page=reader.findings(**asked, limit=FINDINGS_SIZE, offset=begin),
                asked=asked,
                offset=begin,
                size=FINDINGS_SIZE,
            ),
        )

    def rules(request: Request, reader: PageData = source) -> HTMLResponse:
        return _answer(request, lambda: render(request, "rules.html", rules=reader.rules()))

    router.add_api_route("/findings", findings, methods=["GET"])
    router.add_api_route("/rules", rules, methods=["GET"])


def _number(text: str) -> int:
    """Read an offset from an address; anything else counts as the beginning."""
    return min(MAX_OFFSET, int(text)) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
