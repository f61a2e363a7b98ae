"""``monitor run``: fetch what is due, store what is new, check what that touches, raise alerts.

The process that runs it fetches and reads files; the one that owns the data stores and checks. They are the same, or,
beside a running server, two: a server is never told to fetch anything or to open a file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, Protocol

from api.service.alerting import recheck, set_baseline
from api.service.following import EMPTY, Outcome, SourceState, follow, record_outcome, state_of
from api.service.ingesting import run_ingest
from ingest.fetch import FetchPolicy, Followed, Haul, gather, web_key
from ingest.job import IngestOptions, IngestResult
from ingest.readers import Input, Limits
from kb.base import KnowledgeBase
from kb.errors import CannotRunError, DuegraphError, InputError
from kb.model import Kind
from kb.settings import Settings

log = logging.getLogger(__name__)

AHEAD: Final = 4
"""Sources fetched while another is stored."""
REFUSED: Final = frozenset({"list-shrank", "list-incomplete"})
"""Error codes of a load that lost too many rows to be believed."""


class Door(Protocol):
    """The way to the data: this process owns it, or a server does."""

    def reader(self) -> KnowledgeBase:
        """Return the data, open for reading at least."""
        ...

    def begin(self, sources: Sequence[Followed], *, origin: str, whole: bool) -> None:
        """Let what is stored now be compared with, and remember the sources of a register file."""
        ...

    def store(self, inputs: Iterable[Input], options: IngestOptions) -> Iterator[IngestResult]:
        """Yield an answer per input."""
        ...

    def record(self, outcome: Outcome) -> list[dict[str, Any]]:
        """Keep how a source fared; return the alerts raised."""
        ...

    def finish(self) -> tuple[int, list[dict[str, Any]]]:
        """Check what was touched; return how many contracts, and the alerts raised."""
        ...


class OwnDoor:
    """The data of this process."""

    def __init__(self, kb: KnowledgeBase, *, actor: str) -> None:
        self._kb = kb
        self._actor = actor

    def reader(self) -> KnowledgeBase:
        """Return the data."""
        return self._kb

    def begin(self, sources: Sequence[Followed], *, origin: str, whole: bool) -> None:
        """See ``Door``."""
        set_baseline(self._kb)
        if origin:
            follow(self._kb, sources, actor=self._actor, origin=origin, whole=whole)

    def store(self, inputs: Iterable[Input], options: IngestOptions) -> Iterator[IngestResult]:
        """See ``Door``."""
        return run_ingest(self._kb, inputs, options, link=False)

    def record(self, outcome: Outcome) -> list[dict[str, Any]]:
        """See ``Door``."""
        return [alert.json() for alert in record_outcome(self._kb, outcome)]

    def finish(self) -> tuple[int, list[dict[str, Any]]]:
        """See ``Door``."""
        done = recheck(self._kb)
        return done.checked, [alert.json() for alert in done.alerts]


@dataclass
class Report:
    """What became of one source; ``json`` is the line of ``monitor run``.

    Attributes:
        status: "fetched" (something new), "unchanged" or "failed".
        due: it was looked at; False when its interval has not passed, so that it counts as unchanged.
        documents: ids of the documents that are new or were replaced.
        rejected: inputs that could not be stored.
        alerts: raised about the source itself.
    """

    source: str
    kind: str | None = None
    location: str | None = None
    status: str = "unchanged"
    due: bool = True
    documents: list[str] = field(default_factory=list)
    error: dict[str, str] | None = None
    rejected: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """Return the line of this source."""
        return {
            "source": self.source,
            "kind": self.kind,
            "location": self.location,
            "status": self.status,
            "due": self.due,
            "documents": self.documents,
            "error": self.error,
            "rejected": self.rejected,
            "warnings": self.warnings,
        }


def policy_of(settings: Settings) -> FetchPolicy:
    """Return the limits of fetching an operator set."""
    return FetchPolicy(
        max_bytes=settings.max_input_mib * 1024 * 1024,
        seconds=settings.fetch_seconds,
        attempts=settings.fetch_attempts,
        private=settings.fetch_private,
        items=settings.fetch_items,
    )


def due(kb: KnowledgeBase, sources: Iterable[Followed], *, now: datetime | None = None) -> list[Followed]:
    """Return the sources whose interval has passed."""
    moment = now if now is not None else datetime.now(UTC)
    return [source for source in sources if state_of(kb, source.id).is_due(source, moment)]


def not_due(source: Followed) -> Report:
    """Return the report of a source that is left alone until it is due."""
    return Report(source.id, source.kind, source.location, due=False)


def refused_row(error: InputError) -> Report:
    """Return the report of a register row that cannot be used."""
    return Report(error.place, status="failed", error=_error(error))


def run_sources(door: Door, sources: Sequence[Followed], policy: FetchPolicy, *, batch: int = 16) -> Iterator[Report]:
    """Fetch and store sources; yield a report per source, in their order. One that fails stops no other."""
    kb = door.reader()
    limits = Limits(input_bytes=policy.max_bytes)
    threads = ThreadPoolExecutor(AHEAD, thread_name_prefix="fetch")
    coming = iter(sources)
    waiting: list[tuple[_Look, Future[Haul]]] = []

    def send(some: Iterable[Followed]) -> None:
        for source in some:
            look = _Look(source, state_of(kb, source.id), datetime.now(UTC))
            waiting.append((look, threads.submit(_gather, kb, look, policy, limits)))

    try:
        send(islice(coming, AHEAD))
        while waiting:
            look, future = waiting.pop(0)
            send(islice(coming, 1))
            yield _finish(door, look, future, IngestOptions(kind=Kind(look.source.kind), batch=batch, limits=limits))
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at a source: how it fared before, and when the look began."""

    source: Followed
    state: SourceState
    began: datetime


def _gather(kb: KnowledgeBase, look: _Look, policy: FetchPolicy, limits: Limits) -> Haul:
    def held(key: str) -> bool:
        return bool(kb.registry.source_documents([key]))

    # What was forgotten since must be fetched again, whatever its server says. (Of a feed, no item is at its address.)
    there = look.state.documents > 1 or (look.source.is_web and held(web_key(look.source.location)))
    known = look.state.validators(look.source) if there else None
    return gather(look.source, policy, known=known, held=held, limits=limits)


def _finish(door: Door, look: _Look, future: Future[Haul], options: IngestOptions) -> Report:
    source, state = look.source, look.state
    report = Report(source.id, source.kind, source.location)
    try:
        haul = future.result()
        if haul.found == 0 and not haul.unchanged:
            _refuse_empty(source, state)
        results = list(door.store(haul.inputs, options)) if haul.inputs else []
    except CannotRunError:
        raise
    except DuegraphError as error:
        return _failed(door, look, report, error)
    except Exception as error:  # the border of one source: its failure must not end the run
        log.exception("event=monitor.failed source=%r", source.id)
        unexpected = InputError(
            f"fetching failed unexpectedly ({type(error).__name__}); the log has the details.", code="internal"
        )
        return _failed(door, look, report, unexpected)
    _sum_up(source, results, report)
    refused = _refused(report)
    if report.status == "failed" and report.error is not None:
        said = report.error
        outcome = Outcome(
            source, failed=True, error=said["code"], detail=said["detail"], refused=refused, looked=look.began
        )
    else:
        # With inputs refused, the server must give everything again next time.
        validators = haul.validators if not report.rejected else None
        if haul.unchanged and validators is not None and not (validators.etag or validators.last_modified):
            validators = state.validators(source)
        found = None if haul.unchanged else haul.found
        outcome = Outcome(
            source, failed=False, documents=found, validators=validators, refused=refused, looked=look.began
        )
    report.alerts = door.record(outcome)
    return report


def _refuse_empty(source: Followed, state: SourceState) -> None:
    if state.documents:
        raise InputError(
            f"it holds nothing now; it held {state.documents} before.",
            code=EMPTY,
            place=source.location,
            remedy="Check the source; what was stored from it stays.",
        )
    if source.is_web:
        raise InputError("the address gives nothing.", code="empty", place=source.location)


def _sum_up(source: Followed, results: Iterable[IngestResult], report: Report) -> None:
    stored = 0
    for result in results:
        if result.error is not None:
            report.rejected.append(
                {"source": result.source, "code": result.error["code"], "detail": result.error["detail"]}
            )
            continue
        stored += 1
        if result.document is not None and result.status in {"ingested", "replaced"}:
            report.documents.append(result.document)
        if source.language and result.language not in {source.language, "und"}:
            report.warnings.append(f"{result.source}: expected {source.language}, found {result.language}")
        report.warnings += [f"{result.source}: {warning}" for warning in result.warnings]
    report.status = "fetched" if report.documents else "unchanged"
    if report.rejected and not stored:
        report.status = "failed"
        report.error = {"code": report.rejected[0]["code"], "detail": report.rejected[0]["detail"]}


def _refused(report: Report) -> str:
    """Return what is said of loads that lost too many rows to be believed, "" when there are none."""
    return " ".join(one["detail"] for one in report.rejected if one["code"] in REFUSED)


def _failed(door: Door, look: _Look, report: Report, error: DuegraphError) -> Report:
    report.status, report.error = "failed", _error(error)
    detail = report.error["detail"]
    report.alerts = door.record(Outcome(look.source, failed=True, error=error.code, detail=detail, looked=look.began))
    return report


def _error(error: DuegraphError) -> dict[str, str]:
    detail = f"{error.detail} {error.remedy}".strip()
    return {"code": error.code, "detail": detail, "place": error.place}
