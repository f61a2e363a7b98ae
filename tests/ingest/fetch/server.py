"""A server of this machine that answers as a test says, and counts what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """What a server gives: path -> an answer, or a function of the handler that answers itself or returns one."""

    address: str = ""
    pages: dict[str, Answer | Callable[[BaseHTTPRequestHandler], Answer | None]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Return the paths asked for, in order."""
        return [path for path, _ in self.asked]

    def put(self, path: str, body: bytes | str, **headers: str) -> str:
        """Give a page; return its address."""
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = (200, {key.replace("_", "-"): value for key, value in headers.items()}, data)
        return self.address + path

    def tagged(self, path: str, body: bytes | str) -> str:
        """Give a page that answers conditional requests; return its address."""
        import hashlib

        data = body.encode() if isinstance(body, str) else body
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'

        def answer(handler: BaseHTTPRequestHandler) -> Answer:
            same = handler.headers.get("If-None-Match") == tag
            return (304, {"ETag": tag}, b"") if same else (200, {"ETag": tag}, data)

        self.pages[path] = answer
        return self.address + path


@contextmanager
def site() -> Iterator[Site]:
    """Serve on a free port of this machine."""
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found.asked.append((self.path, dict(self.headers.items())))
            page = found.pages.get(self.path, (404, {}, b"not here"))
            answer = page(self) if callable(page) else page
            if answer is None:
                self.close_connection = True
                return
            status, headers, body = answer
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the library's
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that leaves early is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
