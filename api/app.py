"""The web application: REST under /v1, pages at /, errors as problem details."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import problems
from api.deps import get_pages
from api.limits import RequestLimits
from api.routes import answers, documents, health
from api.schemas import Problem
from api.service.runtime import version
from api.web.pages import build_router
from checks.rule import load_rules
from kb.base import KnowledgeBase
from kb.settings import Settings
from ontology import load as load_ontology

DESCRIPTION = """Compliance and partner due diligence: law, contracts, partners and news in one evidence graph.

Every answer names its evidence: document, span and quote. Errors are RFC 9457 problem details with a stable ``code``.
"""


def create_app(settings: Settings, url: str | None = None) -> FastAPI:
    """Return the application; it owns the data directory from start-up to shutdown.

    Args:
        settings: where the data is, and the limits.
        url: where it will be reachable, told to commands that find the data directory in use.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        load_ontology()
        load_rules()
        with KnowledgeBase.open(settings.data, write=True, settings=settings) as kb:
            if url is not None:
                kb.announce(url)
            app.state.kb = kb
            yield

    app = FastAPI(
        title="Duegraph",
        version=version(),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        responses={
            "4XX": {"model": Problem, "description": "Problem details (RFC 9457)"},
            "5XX": {"model": Problem, "description": "Problem details (RFC 9457)"},
        },
    )
    app.state.settings = settings
    app.add_middleware(RequestLimits, max_upload=settings.max_input_mib * 1024 * 1024)
    problems.install(app)
    app.include_router(health.router)
    app.include_router(documents.router)
    app.include_router(answers.router)
    app.include_router(build_router(get_pages))
    return app


def serve_forever(settings: Settings, *, host: str, port: int) -> None:
    """Run the server until it is stopped.

    Raises:
        StoreOwnedError: another process owns the data directory.
    """
    import uvicorn

    listening = socket.create_server((host, port), backlog=128)
    port = listening.getsockname()[1]
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  (an address to show, not to bind)
    url = f"http://{shown}:{port}"
    # Opened once before the server starts, so that a data directory in use is one clear message and exit code 4.
    with KnowledgeBase.open(settings.data, write=True, settings=settings):
        pass
    app = create_app(settings, url)
    config = uvicorn.Config(
        app, log_level="warning", timeout_graceful_shutdown=10, h11_max_incomplete_event_size=16 * 1024, lifespan="on"
    )
    import sys

    sys.stderr.write(f"Duegraph is at {url} (pages), {url}/v1/openapi.json (REST). Stop it with Ctrl+C.\n")
    sys.stderr.flush()
    uvicorn.Server(config).run(sockets=[listening])
