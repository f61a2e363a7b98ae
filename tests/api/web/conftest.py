import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.web.pages import build_router
from tests.api.web.sample import SampleData


def application(data: SampleData) -> FastAPI:
    app = FastAPI()
    app.include_router(build_router(lambda: data))
    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(application(SampleData())) as opened:
        yield opened


class Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Leave signals to pytest."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = Server(uvicorn.Config(application(SampleData()), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)
