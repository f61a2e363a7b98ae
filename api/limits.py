"""Limits on every request, before any route sees it: length of the address, size of the body, an id for the log."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.requests import Request

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

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class _TooLargeError(Exception):
    pass


class RequestLimits:
    """ASGI middleware; a body over its limit is refused without reading the rest."""

    def __init__(self, app: App, *, max_upload: int) -> None:
        self.app = app
        self.max_upload = max_upload + MULTIPART_OVERHEAD

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = uuid.uuid4().hex
        request = Request(scope)
        if len(scope.get("raw_path", b"")) + len(scope.get("query_string", b"")) > MAX_ADDRESS:
            await problem(request, 414, "address-too-long", "the address is longer than 8 KiB")(scope, receive, send)
            return
        uploading = request.headers.get("content-type", "").startswith("multipart/form-data")
        limit = self.max_upload if uploading else MAX_JSON
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await self._refuse(request, limit)(scope, receive, send)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _TooLargeError
            return message

        async def marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                known = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in HEADERS if h[0] not in known)]
                message["headers"].append((b"x-request-id", scope["state"]["request_id"].encode()))
            await send(message)

        try:
            await self.app(scope, counted, marked)
        except _TooLargeError:
            if not started:
                await self._refuse(request, limit)(scope, receive, send)

    def _refuse(self, request: Request, limit: int) -> Any:
        return problem(
            request,
            413,
            "too-large",
            f"the body is larger than {limit // 1024} KiB",
            remedy="Split it, or raise DUEGRAPH_MAX_INPUT_MIB.",
        )
