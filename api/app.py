"""The web application: REST under /v1, pages at /, errors as problem details."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from api import problems
from api.deps import BULKHEADS, Bulkhead, get_pages
from api.limits import RequestLimits
from api.routes import alerts, answers, credit, documents, findings, graph, health, hits, law, lists, partners
from api.schemas import Problem
from api.service.runtime import tool_version, version
from api.web.pages import build_router
from checks.rule import load_rules
from kb.base import KnowledgeBase
from kb.errors import CannotRunError
from kb.settings import Settings
from ontology import load as load_ontology

log = logging.getLogger(__name__)

DESCRIPTION = """Compliance and partner due diligence: law, contracts, partners and news in one evidence graph.

Every answer names its evidence: document, span and quote. Errors are RFC 9457 problem details with a stable ``code``.
Every GET may be asked as HEAD. Documents carry an ``ETag``.
"""

GRACE_SECONDS: Final = 7
"""Time that requests in flight have when the server is told to stop."""
LAST_SECONDS: Final = 2
"""Time after that for a batch that is being stored; together with the grace it stays below 10 seconds. What is cut
short after it was not acknowledged, and is undone on the next start."""
KEEP_ALIVE_SECONDS: Final = 15
HEADER_BYTES: Final = 16 * 1024
"""Bytes of request line and headers."""
CONNECTIONS: Final = 512
BACKLOG: Final = 128
LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")


def create_app(settings: Settings, *, kb: KnowledgeBase | None = None, hosts: Collection[str] = ()) -> FastAPI:
    """Return the application.

    Args:
        settings: where the data is, and the limits.
        kb: the data directory opened for writing; None opens it at start-up and closes it at shutdown.
        hosts: names it answers to; empty for any.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        load_ontology()
        load_rules()
        app.state.bulkheads = {name: Bulkhead() for name in BULKHEADS}
        if kb is not None:
            app.state.kb = kb
            yield
            return
        with KnowledgeBase.open(settings.data, write=True, settings=settings) as opened:
            app.state.kb = opened
            yield

    app = FastAPI(
        title="Duegraph",
        version=version(),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,
        responses=_problem_responses(),
    )
    app.state.settings = settings
    app.add_middleware(RequestLimits, max_upload=settings.max_input_mib * 1024 * 1024, hosts=hosts)
    problems.install(app)
    for module in (health, documents, law, partners, credit, answers, findings, graph, lists, alerts, hits):
        app.include_router(module.router)
    app.include_router(build_router(get_pages))
    return app


def _problem_responses() -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    described = {"model": Problem, "description": "Problem details (RFC 9457)", "content": content}
    return {"4XX": described, "5XX": described}


class _Server(uvicorn.Server):
    """A server that ends like a program that was asked to: in order, with exit code 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals without raising them again at the end, which would skip closing the data."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve_forever(settings: Settings, *, host: str, port: int, names: Sequence[str] = ()) -> None:
    """Run the server until it is stopped.

    Args:
        settings: where the data is, and the limits.
        host: address to listen on.
        port: 0 picks a free one.
        names: further host names it answers to; without any, a server that listens to this machine alone answers to
            this machine's own names, and any other server to every name.

    Raises:
        StoreOwnedError: another process owns the data directory.
        CannotRunError: the address is taken, or a part is missing.
    """
    with KnowledgeBase.open(settings.data, write=True, settings=settings) as kb:
        tool_version()
        listening = _listen(host, port)
        port = listening.getsockname()[1]
        url = f"http://{_shown(host)}:{port}"
        app = create_app(settings, kb=kb, hosts=_hosts(host, names))
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=HEADER_BYTES,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        # From here on connections are taken (and wait until the first event), so commands may be sent here.
        kb.announce(url)
        sys.stderr.write(f"Duegraph is at {url} (pages), {url}/v1/openapi.json (REST). Stop it with Ctrl+C.\n")
        sys.stderr.flush()
        _Server(config).run(sockets=[listening])
        _end_in_time()


def _end_in_time() -> None:
    """Leave at once when a thread still works after its time: it would hold up the end for as long as it likes."""
    deadline = time.monotonic() + LAST_SECONDS
    others = [t for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon]
    for thread in others:
        thread.join(max(0.0, deadline - time.monotonic()))
    if any(thread.is_alive() for thread in others):
        log.warning("event=serve.cut-short")
        sys.stderr.flush()
        os._exit(0)


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        CannotRunError: the address is taken or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it, every answer waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        listening.close()
        raise CannotRunError(
            f"the server cannot listen on {host}:{port}: {error}",
            code="address",
            remedy="Name another address with --host and --port; port 0 picks a free one.",
        ) from error
    return listening


def _shown(host: str) -> str:
    """Return how this machine reaches the server: an address that means "all" is none to go to."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return host if address.version == 4 else f"[{host}]"


def _hosts(host: str, names: Sequence[str]) -> tuple[str, ...]:
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    return (*LOCAL_NAMES, host, *names) if local or names else ()
