"""Errors as RFC 9457 problem details; which error class has which HTTP status stands here and nowhere else."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.web.pages import error_page
from kb.errors import (
    CannotRunError,
    ConflictError,
    DuegraphError,
    InputError,
    LimitError,
    NotFoundError,
    QueryError,
    UnsupportedError,
)
from ontology import OntologyError, TermNotFoundError

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (LimitError, 413),
    (UnsupportedError, 415),
    (InputError, 422),
    (QueryError, 400),
    (CannotRunError, 503),
    (OntologyError, 503),
    (DuegraphError, 500),
)
"""HTTP status by error class; the first that fits counts."""

TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    403: "Forbidden",
    409: "Conflict",
    413: "Too large",
    414: "Address too long",
    415: "Unsupported kind of file",
    421: "Misdirected request",
    422: "Cannot be processed",
    500: "Internal error",
    503: "Not available",
}

MAX_FIELDS = 50
"""Invalid fields named in one answer."""


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    place: str = "",
    remedy: str = "",
    errors: list[dict[str, Any]] | None = None,
) -> Response:
    """Return one problem; never a stack trace, a query or a file path of the server."""
    body: dict[str, Any] = {
        "type": f"https://w3id.org/duegraph/problems/{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        "place": place or None,
        "remedy": remedy or None,
        "request_id": getattr(request.state, "request_id", uuid.uuid4().hex),
    }
    if errors is not None:
        body["errors"] = errors
    headers = {"Retry-After": "5"} if status == 503 else {}
    return _ProblemResponse(_clean(body), status_code=status, headers=headers)


class _ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def _clean(value: Any) -> Any:
    """Make any value safe to send: lone surrogates and non-finite numbers have no JSON form."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()[:2000]
    if isinstance(value, dict):
        return {_clean(str(k)): _clean(v) for k, v in list(value.items())[:50]}
    if isinstance(value, list | tuple):
        return [_clean(v) for v in value[:50]]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


REST = ("/v1", "/health", "/version")
"""Paths that answer programs; every other path is a page."""
HTTP_CODES = {404: "not-found", 405: "method-not-allowed", 400: "malformed"}


def wants_page(request: Request) -> bool:
    """Say whether an error goes to a person: a page was asked for, and by something that reads HTML."""
    path = request.scope.get("path", "")
    rest = any(path == prefix or path.startswith(f"{prefix}/") for prefix in REST)
    return not rest and "text/html" in request.headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Add the handlers to an application."""
    app.add_exception_handler(DuegraphError, _duegraph)
    app.add_exception_handler(OntologyError, _ontology)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _internal)


async def _duegraph(request: Request, error: Exception) -> Response:
    assert isinstance(error, DuegraphError)  # noqa: S101  (it is installed for this class)
    status = status_of(error)
    log.log(logging.ERROR if status >= 500 else logging.INFO, "event=problem status=%d code=%s", status, error.code)
    if wants_page(request):
        return error_page(request, error, status)
    # A place on this machine (the data directory) is for the log, not for whoever asks.
    place = error.place if status < 500 else ""
    detail = error.detail if status != 500 else "something went wrong inside; it was logged"
    if isinstance(error, CannotRunError) and error.code != "busy":
        log.error("event=cannot-run %s", error)
        detail = detail.replace(error.place, "the data directory") if error.place else detail
    return problem(request, status, error.code, detail, place=place, remedy=error.remedy)


async def _ontology(request: Request, error: Exception) -> Response:
    assert isinstance(error, OntologyError)  # noqa: S101
    status = 404 if isinstance(error, TermNotFoundError) else 503
    if wants_page(request):
        return error_page(request, None, status)
    return problem(request, status, error.code, error.detail, remedy=error.remedy)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if wants_page(request):
        return error_page(request, None, 400)
    fields = [
        {"pointer": "/" + "/".join(str(part) for part in each["loc"]), "code": each["type"], "detail": each["msg"]}
        for each in error.errors()[:MAX_FIELDS]
    ]
    first = fields[0] if fields else {"pointer": "", "detail": "the request is malformed"}
    return problem(
        request,
        422,
        "validation",
        f"{first['pointer']}: {first['detail']}",
        errors=fields,
        remedy="See /v1/openapi.json.",
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if wants_page(request):
        return error_page(request, None, error.status_code)
    response = problem(request, error.status_code, HTTP_CODES.get(error.status_code, "http"), str(error.detail))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _internal(request: Request, error: Exception) -> Response:
    log.error("event=internal-error path=%s", request.scope.get("path", "")[:200], exc_info=error)
    if wants_page(request):
        return error_page(request, None, 500)
    return problem(
        request,
        500,
        "internal",
        "something went wrong inside; it was logged",
        remedy="Report it with the request id.",
    )
