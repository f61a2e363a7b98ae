"""A command started beside a running server: it talks to that server instead of the data directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import httpx

from checks.finding import Finding
from checks.record import finding_of
from ingest.job import IngestOptions, IngestResult
from ingest.readers import Input
from kb.errors import DuegraphError, StoreOwnedError
from kb.owner import LOCK_FILE, read_holder

TIMEOUT = httpx.Timeout(600.0, connect=5.0)
"""A large document takes its time; a server that does not answer the connection does not."""


def owner_url(data: Path) -> str | None:
    """Return where the owner of a data directory serves requests, or None when it serves none."""
    url = read_holder(data / LOCK_FILE).get("url")
    return str(url) if url else None


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)


def remote_ingest(url: str, inputs: Iterable[Input], options: IngestOptions) -> Iterator[IngestResult]:
    """Yield the server's answer per input."""
    with _client(url) as client:
        for source in inputs:
            try:
                data = source.read()
            except DuegraphError as error:
                detail = {"code": error.code, "detail": error.detail, "place": error.place}
                yield IngestResult(source.name, None, None, None, "rejected", 0, 0.0, detail)
                continue
            form = {"source": source.name, "source_key": source.source_key}
            if options.kind is not None:
                form["kind"] = options.kind.value
            if options.again:
                form["again"] = "true"
            answer = client.post("/v1/documents", files={"file": (Path(source.name).name, data)}, data=form)
            if answer.status_code >= 500 or answer.headers.get("content-type", "").startswith("application/problem"):
                problem = answer.json()
                detail = {"code": str(problem.get("code", "server")), "detail": str(problem.get("detail", ""))}
                yield IngestResult(source.name, None, None, None, "rejected", 0, 0.0, detail)
                continue
            for record in answer.json()["results"]:
                yield IngestResult(**record | {"warnings": tuple(record.get("warnings", ()))})


def remote_check(url: str, subjects: Sequence[str], rules: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings of a check the server runs.

    Raises:
        StoreOwnedError: the server refuses.
    """
    with _client(url) as client:
        answer = client.post("/v1/checks", json={"subjects": list(subjects), "rules": list(rules)})
        if answer.is_error:
            problem = answer.json()
            raise StoreOwnedError(
                f"the server at {url} answered: {problem.get('detail', answer.status_code)}",
                remedy="Look at its log, or stop it and run the command again.",
            )
        return tuple(finding_of(record) for record in answer.json()["findings"])
