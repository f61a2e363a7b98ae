"""How long the doors take: starting, answering, storing through a server beside storing alone.

    python -m tests.bench.bench_doors [--rounds 5]

Medians of processes on the sample corpus. The peer of every request is ``/health/live``, which does nothing: what is
above it is the request's own work.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.api.commands import run, served
from tests.api.conftest import CORPUS
from tests.api.texts import contract

REQUESTS = (
    "/health/live",
    "/health/ready",
    "/v1/documents",
    "/v1/search?q=liability&type=clause",
    "/v1/search?q=%E8%BF%9D%E7%BA%A6%E9%87%91",
    "/v1/findings?outcome=flag",
    "/v1/partners/partners/P002",
    "/?q=liability",
    "/findings",
    "/partners/partners/P002",
)


def median(rounds: int, work: Callable[[], object]) -> float:
    """Return the median time of some runs, in seconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def say(what: str, seconds: float, note: str = "") -> None:
    """Print one figure."""
    sys.stdout.write(f"{what:<52} {seconds * 1000:>9.1f} ms  {note}\n")
    sys.stdout.flush()


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        say("duegraph --help", median(rounds, lambda: run("--help")), "budget 500 ms")
        say("duegraph ingest of the sample, alone", median(1, lambda: run("--data", data, "--json", "ingest", CORPUS)))
        say("duegraph check of the sample", median(rounds, lambda: run("--data", data, "--json", "check")))
        say("duegraph search", median(rounds, lambda: run("--data", data, "--json", "search", "liability")))

        def ready() -> None:
            with served(data) as (_, address):
                assert httpx.get(f"{address}/health/ready", trust_env=False).status_code == 200

        say("duegraph serve, from start to ready and stopped", median(rounds, ready), "budget 5000 ms to ready")
        with served(data) as (_, address), httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            for path in REQUESTS:
                assert client.get(path).status_code == 200, path
                say(f"GET {path}", median(rounds * 4, lambda path=path: client.get(path)))  # type: ignore[misc]
            texts = iter(range(10_000))

            def store() -> None:
                files = {"file": (f"{next(texts)}.txt", contract(next(texts)).encode())}
                assert client.post("/v1/documents", files=files).status_code == 200

            say("POST /v1/documents, a short Chinese contract", median(rounds, store))


if __name__ == "__main__":
    main()
