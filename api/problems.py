"""Errors as RFC 9457 problem details; which error class has which HTTP status stands here and nowhere else."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

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
from ontology import OntologyError

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
    409: "Conflict",
    413: "Too large",
    414: "Address too long",
    415: "Unsupported kind of file",
    422: "Cannot be read",
    500: "Internal error",
    503: "Not available",
}


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


def install(app: FastAPI) -> None:
    """Add the handlers to an application."""

    @app.exception_handler(DuegraphError)
    async def _duegraph(request: Request, error: DuegraphError) -> Response:
        status = status_of(error)
        log.info("event=problem status=%d code=%s", status, error.code)
        return problem(request, status, error.code, error.detail, place=error.place, remedy=error.remedy)

    @app.exception_handler(OntologyError)
    async def _ontology(request: Request, error: OntologyError) -> Response:
        missing = isinstance(error, LookupError) or "not-found" in error.code or "unknown" in error.code
        return problem(request, 404 if missing else 503, error.code, error.detail, remedy=error.remedy)

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> Response:
        fields = [
            {
                "pointer": "/" + "/".join(str(p) for p in e["loc"]),
                "code": e["type"],
                "detail": e["msg"],
            }
            for e in jsonable_encoder(_clean([{k: x[k] for k in ("loc", "type", "msg")} for x in error.errors()]))
        ]
        first = fields[0] if fields else {"pointer": "", "detail": "the request is malformed"}
        return problem(
            request, 400, "validation", f"{first['pointer']}: {first['detail']}", errors=fields, remedy="See /docs."
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http")
        return problem(request, error.status_code, code, str(error.detail))

    @app.exception_handler(Exception)
    async def _internal(request: Request, error: Exception) -> Response:
        log.error("event=internal-error path=%s", request.url.path, exc_info=error)
        return problem(
            request,
            500,
            "internal",
            "something went wrong inside; it was logged",
            remedy="Report it with the request id.",
        )
