"""A real server in a thread: Starlette's own test client goes past the network, where half of the traps are."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from api.app import HEADER_BYTES, create_app
from kb.settings import Settings


@contextmanager
def serving(settings: Settings, *, hosts: tuple[str, ...] = ()) -> Iterator[str]:
    """Serve a data directory on a free port of this machine; yield the address."""
    config = uvicorn.Config(
        create_app(settings, hosts=hosts),
        host="127.0.0.1",
        port=0,
        http="h11",
        ws="none",
        log_config=None,
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)
        assert not thread.is_alive(), "the server did not stop"
