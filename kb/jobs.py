"""The job table: work that outlives a request, claimed under a lease so that a killed worker's job is taken over."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from kb.errors import ConflictError, NotFoundError
from kb.registry import Registry
from kb.registry_rows import stamp
from kb.settings import Settings

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
FINISHED: Final = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    Attributes:
        kind: which worker does it ("ingest", "check", "monitor").
        attempts: how often it was claimed.
        request: what to do, as handed in.
        progress: what its worker last said about it.
        result: what came of it (or its error), None until it is finished.
    """

    id: str
    kind: str
    state: State
    created_at: datetime
    updated_at: datetime
    lease_until: datetime | None
    attempts: int
    request: Mapping[str, Any]
    progress: Mapping[str, Any]
    result: Mapping[str, Any] | None


class JobTable:
    """The jobs of one registry; only its owner changes them."""

    def __init__(self, registry: Registry, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings

    def add(self, kind: str, request: Mapping[str, Any]) -> Job:
        """Queue a job."""
        job, now = f"job-{secrets.token_hex(8)}", stamp(datetime.now(UTC))
        with self._registry.transaction() as connection:
            connection.execute(
                "INSERT INTO jobs VALUES (?, ?, 'queued', ?, ?, NULL, 0, ?, '{}', NULL)",
                (job, kind, now, now, json.dumps(dict(request), ensure_ascii=False)),
            )
        return self.get(job)

    def get(self, job: str) -> Job:
        """Return a job.

        Raises:
            NotFoundError: there is none with this id.
        """
        rows = self._registry.select("SELECT * FROM jobs WHERE id = ?", (job,))
        if not rows:
            raise NotFoundError(f"no job {job!r}.", code="no-job")
        return _job(rows[0])

    def list(self, *, state: State | None = None, limit: int = 100) -> list[Job]:
        """Return the newest jobs first."""
        only = "" if state is None else "WHERE state = :state "
        rows = self._registry.select(
            f"SELECT * FROM jobs {only}ORDER BY created_at DESC, id LIMIT :limit",  # noqa: S608 - constants
            {"state": state, "limit": limit},
        )
        return [_job(row) for row in rows]

    def claim(self, kind: str) -> Job | None:
        """Take the oldest job that waits, or whose worker fell silent; None when there is none.

        A job claimed ``job_attempts`` times without an end is set aside as failed.
        """
        now = datetime.now(UTC)
        with self._registry.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'failed', updated_at = ?, lease_until = NULL, result = ? "
                "WHERE kind = ? AND state = 'running' AND lease_until < ? AND attempts >= ?",
                (
                    stamp(now),
                    json.dumps({"error": {"code": "job-abandoned", "detail": "its workers ended without an answer"}}),
                    kind,
                    stamp(now),
                    self._settings.job_attempts,
                ),
            )
            row = connection.execute(
                "SELECT id FROM jobs WHERE kind = ? AND (state = 'queued' OR (state = 'running' AND lease_until < ?)) "
                "ORDER BY created_at, id LIMIT 1",
                (kind, stamp(now)),
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE jobs SET state = 'running', attempts = attempts + 1, updated_at = ?, lease_until = ? "
                "WHERE id = ?",
                (stamp(now), self._lease(now), row[0]),
            )
        return self.get(str(row[0]))

    def _lease(self, now: datetime) -> str:
        return stamp(now + timedelta(seconds=self._settings.job_lease))

    def report(self, job: Job, progress: Mapping[str, Any]) -> None:
        """Say how far a job is, and renew its lease.

        Raises:
            ConflictError: it was cancelled, or another worker has taken it over.
        """
        now = datetime.now(UTC)
        self._change(
            job,
            "progress = :value, lease_until = :lease, updated_at = :now",
            {"value": json.dumps(dict(progress), ensure_ascii=False), "lease": self._lease(now), "now": stamp(now)},
        )

    def finish(self, job: Job, state: State, result: Mapping[str, Any]) -> None:
        """End a job.

        Raises:
            ConflictError: it was cancelled, or another worker has taken it over.
        """
        if state not in FINISHED:
            raise ValueError(f"{state} is not an end")
        self._change(
            job,
            "result = :value, state = :state, lease_until = NULL, updated_at = :now",
            {"value": json.dumps(dict(result), ensure_ascii=False), "state": state, "now": stamp(datetime.now(UTC))},
        )

    def cancel(self, job: str) -> Job:
        """Cancel a job that is not finished; its worker notices on its next report."""
        self.get(job)
        with self._registry.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'cancelled', lease_until = NULL, updated_at = ? "
                "WHERE id = ? AND state IN ('queued', 'running')",
                (stamp(datetime.now(UTC)), job),
            )
        return self.get(job)

    def _change(self, job: Job, assignments: str, values: Mapping[str, Any]) -> None:
        with self._registry.transaction() as connection:
            changed = connection.execute(
                f"UPDATE jobs SET {assignments} WHERE id = :id AND state = 'running' AND attempts = :attempts",  # noqa: S608
                {**values, "id": job.id, "attempts": job.attempts},
            ).rowcount
        if changed != 1:
            raise ConflictError(f"job {job.id} is no longer this worker's.", code="job-lost")


def _job(row: sqlite3.Row) -> Job:
    lease = row["lease_until"]
    return Job(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        lease_until=None if lease is None else datetime.fromisoformat(lease),
        attempts=int(row["attempts"]),
        request=json.loads(row["request"]),
        progress=json.loads(row["progress"]),
        result=None if row["result"] is None else json.loads(row["result"]),
    )
