"""A command started beside a running server: it talks to that server instead of the data directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from api.service.decisions import Decision
from checks.finding import Finding
from checks.record import finding_of
from kb.errors import (
    CannotRunError,
    ConflictError,
    DuegraphError,
    InputError,
    NotFoundError,
    QueryError,
)

if TYPE_CHECKING:
    # Reading documents takes a second to import; a check that is handed over need not wait for it.
    from api.service.hits import HitDecision
    from api.service.impact_decisions import ImpactDecision
    from ingest.job import IngestOptions, IngestResult
    from ingest.readers import Input

TIMEOUT = httpx.Timeout(600.0, connect=5.0)
"""A large document takes its time; a server that does not answer the connection does not."""
_CLASSES: dict[int, type[DuegraphError]] = {
    400: QueryError,
    404: NotFoundError,
    409: ConflictError,
    413: InputError,
    415: InputError,
    422: InputError,
}


@contextmanager
def ask(url: str) -> Iterator[httpx.Client]:
    """Yield a client of the server.

    Raises:
        CannotRunError: it does not answer.
    """
    try:
        with httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False) as client:
            yield client
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise CannotRunError(
            f"the server at {url}, which owns the data, does not answer: {error}",
            code="server-gone",
            remedy="Run the command again; what was acknowledged is stored.",
        ) from error


def answer_json(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer.

    Raises:
        DuegraphError: of the class the command itself would have raised, when the server refused.
    """
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise CannotRunError(
            f"{answer.url} answered {answer.status_code} with something else than JSON.",
            code="server-answer",
            remedy="Another program may listen there; stop it, or stop the server and run the command again.",
        )
    if answer.is_error:
        kind = _CLASSES.get(answer.status_code, CannotRunError)
        raise kind(
            str(body.get("detail", "")),
            code=str(body.get("code", "server")),
            place=str(body.get("place") or ""),
            remedy=str(body.get("remedy") or ""),
        )
    return body


def _must_succeed(answer: httpx.Response) -> None:
    """Raise what ``answer_json`` raises when the server refused; the body of a success is not looked at."""
    if not answer.is_success:
        answer_json(answer)


def remote_ingest(url: str, inputs: Iterable[Input], options: IngestOptions) -> Iterator[IngestResult]:
    """Yield the server's answer per input; links are renewed once, after the last.

    Raises:
        CannotRunError: the server stops answering, or cannot work at all.
    """
    from ingest.job import IngestResult

    with ask(url) as client:
        for source in inputs:
            try:
                yield from post_file(client, source, options)
            except InputError as error:
                detail = f"{error.detail} {error.remedy}".strip()
                failed = {"code": error.code, "detail": detail, "place": error.place or source.name}
                yield IngestResult(source.name, None, None, None, "rejected", 0, 0.0, failed)
        _must_succeed(client.post("/v1/links"))


def post_file(client: httpx.Client, source: Input, options: IngestOptions) -> Iterator[IngestResult]:
    """Hand one input to the server; yield its answer, or one per member of an archive."""
    from ingest.job import IngestResult

    form: dict[str, str | list[str]] = {"source": source.name, "source_key": source.source_key, "link": "false"}
    if options.kind is not None:
        form["kind"] = options.kind.value
    if options.only is not None:
        form["lists_only"] = "true"
    if options.again:
        form["again"] = "true"
    if options.force:
        form["force"] = "true"
    if options.columns.pairs:
        form["map"] = [f"{header}={field}" for header, field in options.columns.pairs]
    files = {"file": (Path(source.name).name or "input", source.read())}
    for record in answer_json(client.post("/v1/documents", files=files, data=form))["results"]:
        yield IngestResult(**record | {"warnings": tuple(record.get("warnings", ()))})


def remote_check(url: str, subjects: Sequence[str], rules: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings of a check the server runs.

    Raises:
        NotFoundError: a subject or rule is not known there.
        CannotRunError: the server does not answer, or cannot work.
    """
    with ask(url) as client:
        body = answer_json(client.post("/v1/checks", json={"subjects": list(subjects), "rules": list(rules)}))
        return tuple(finding_of(record) for record in body["findings"])


def remote_recheck(url: str) -> tuple[Finding, ...]:
    """Return what the server finds when it checks again what later law has overtaken."""
    with ask(url) as client:
        return tuple(finding_of(record) for record in answer_json(client.post("/v1/checks/stale"))["findings"])


def remote_decide_hit(url: str, hit: str, *, verdict: str, reason: str, actor: str, check: bool = True) -> HitDecision:
    """Have the server record a decision on a screening hit, and return it."""
    from api.service.hits import HitDecision

    with ask(url) as client:
        body = {"hit": hit, "verdict": verdict, "reason": reason, "actor": actor, "check": check}
        return HitDecision.of(answer_json(client.post("/v1/hits/decisions", json=body)))


def remote_decide_impact(
    url: str, item: str, *, state: str, reason: str, actor: str, act: str | None
) -> ImpactDecision:
    """Have the server record a decision on an impact item, and return it."""
    from api.service.impact_decisions import ImpactDecision

    with ask(url) as client:
        body = {"state": state, "reason": reason, "actor": actor, "act": act}
        return ImpactDecision.of(answer_json(client.post(f"/v1/impact/{item}/decisions", json=body)))


def remote_forget(url: str, documents: Iterable[str]) -> None:
    """Have the server forget documents."""
    with ask(url) as client:
        for document in documents:
            _must_succeed(client.delete(f"/v1/documents/{document}"))


def remote_decide(url: str, finding: str, *, status: str, reason: str, actor: str) -> Decision:
    """Have the server record a decision, and return it."""
    with ask(url) as client:
        body = {"status": status, "reason": reason, "actor": actor}
        answer = answer_json(client.post(f"/v1/findings/{finding}/decisions", json=body))
        return Decision.of(answer)


def remote_party(url: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
    """Have the server record a merge or split ("merges", "splits") of partners, and return the party."""
    with ask(url) as client:
        return answer_json(client.post(f"/v1/partner-{act}", json={k: v for k, v in body.items() if v is not None}))
