"""Limits on every request, before any route sees it.

Length of the address, size of the body, whose page sent it, an id for the log; and the headers every answer carries.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from api.problems import problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_ADDRESS = 8 * 1024
"""Bytes of path and query; longer ones are refused before they are parsed."""
MAX_JSON = 2 * 1024 * 1024
"""Bytes of a JSON body."""
MULTIPART_OVERHEAD = 64 * 1024
"""Bytes of form fields and boundaries around an uploaded file."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    # Nothing is told to other sites; with "no-referrer" browsers hide the origin of our own forms, too.
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-cache"),
)


class _TooLargeError(Exception):
    pass


class RequestLimits:
    """ASGI middleware; a body over its limit is refused without reading the rest."""

    def __init__(self, app: App, *, max_upload: int, hosts: Collection[str] = ()) -> None:
        """Wrap an application.

        Args:
            app: what answers.
            max_upload: bytes of an uploaded file.
            hosts: names this server is reached by; empty accepts any. It stops pages of other sites whose name was
                made to point at this machine (DNS rebinding).
        """
        self.app = app
        self.max_upload = max_upload + MULTIPART_OVERHEAD
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = uuid.uuid4().hex
        exchange = _Exchange(receive, send, self._limit(scope), state["request_id"])
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, exchange.send)
            return
        # A HEAD request is answered like GET; the server leaves the body out.
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await self.app(inner, exchange.receive, exchange.send)
        except _TooLargeError:
            exchange.too_large = True
        if exchange.too_large and not exchange.started:
            exchange.too_large = False
            await self._too_large(Request(scope), exchange.limit)(scope, receive, exchange.send)

    def _limit(self, scope: Scope) -> int:
        uploading = Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")
        return self.max_upload if uploading else MAX_JSON

    def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that needs no route to be refused."""
        request, headers = Request(scope), Headers(scope=scope)
        if len(scope.get("raw_path", b"")) + len(scope.get("query_string", b"")) > MAX_ADDRESS:
            return problem(request, 414, "address-too-long", "the address is longer than 8 KiB")
        if self.hosts and _name(headers.get("host", "")) not in self.hosts:
            return problem(
                request,
                421,
                "unknown-host",
                "this server is not called that",
                remedy="See: duegraph serve --allow-host.",
            )
        if scope["method"] not in SAFE_METHODS and _from_elsewhere(headers):
            return problem(request, 403, "cross-site", "a page of another site may not change what is stored here")
        declared, limit = headers.get("content-length", ""), self._limit(scope)
        if declared.isdecimal() and (len(declared) > len(str(limit)) or int(declared) > limit):
            return self._too_large(request, limit)
        return None

    def _too_large(self, request: Request, limit: int) -> Response:
        response = problem(
            request,
            413,
            "too-large",
            f"the body is larger than {limit // 1024} KiB",
            remedy="Split it, or raise DUEGRAPH_MAX_INPUT_MIB.",
        )
        # The rest of the body is not read, so nothing else can follow on this connection.
        response.headers["connection"] = "close"
        return response


class _Exchange:
    """Counts what is received and marks what is sent."""

    def __init__(self, receive: Receive, send: Send, limit: int, request_id: str) -> None:
        self._receive, self._send = receive, send
        self._request_id = request_id.encode()
        self._seen = 0
        self.limit = limit
        self.too_large = False
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self.limit:
            # The framework turns errors while it reads a body into its own answer, which ``send`` then drops.
            self.too_large = True
            raise _TooLargeError
        return message

    async def send(self, message: Message) -> None:
        if self.too_large and not self.started:
            return
        if message["type"] == "http.response.start":
            self.started = True
            known = {name.lower() for name, _ in message["headers"]}
            added = [header for header in HEADERS if header[0] not in known]
            message["headers"] = [*message["headers"], *added, (b"x-request-id", self._request_id)]
        await self._send(message)


def _name(host: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _from_elsewhere(headers: Headers) -> bool:
    """Say whether a browser sent this for a page of another site; other programs send neither header."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower()
