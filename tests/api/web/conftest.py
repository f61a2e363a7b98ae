import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.web.pages import Pages, build_router
from tests.api.web.sample import SampleData


def application(data: Pages) -> FastAPI:
    app = FastAPI()
    app.include_router(build_router(lambda: data))
    return app


class Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Leave signals to pytest."""


@contextmanager
def serving(data: Pages) -> Iterator[str]:
    """Serve the pages on a free port of this machine."""
    server = Server(uvicorn.Config(application(data), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(SampleData()) as place:
        yield place


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False) as opened:
        yield opened
