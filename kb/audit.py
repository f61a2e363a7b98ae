"""The audit trail: who did or decided what, append-only, each entry chained to the one before by its hash.

A chain shows changed, removed and reordered entries, but not that the newest ones were cut off; ``checkpoint`` is what
an operator keeps elsewhere to show that too.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from kb.errors import ConflictError
from kb.registry import Registry
from kb.registry_rows import stamp

_START: Final = "0" * 64
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing somebody did.

    Attributes:
        number: 1, 2, 3, … without gaps.
        at: when (UTC).
        actor: who, as the door that let them in knows them.
        action: what, a dotted word ("finding.accept", "ingest", "export").
        about: id of what it was done to; "" when it concerns everything.
        detail: anything that must be shown later: reason, before and after, versions of rules and models.
        digest: SHA-256 over this entry and the digest of the one before.
    """

    number: int
    at: datetime
    actor: str
    action: str
    about: str
    detail: Mapping[str, object]
    digest: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The newest entry's number and digest; kept elsewhere, it shows when later entries were cut off."""

    number: int
    digest: str


class AuditTrail:
    """The audit trail of one registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def append(
        self, *, actor: str, action: str, about: str = "", detail: Mapping[str, object] | None = None
    ) -> AuditEntry:
        """Record an action; it is on disk when this returns.

        Raises:
            ConflictError: the data is open for reading only.
        """
        with self._writing() as connection:
            return _insert(connection, actor, action, about, detail)

    def append_once(
        self, *, actor: str, action: str, about: str, detail: Mapping[str, object] | None = None
    ) -> AuditEntry | None:
        """Record an action unless the same action on the same object is recorded already; then return None.

        Raises:
            ConflictError: the data is open for reading only.
        """
        with self._writing() as connection:
            query = "SELECT 1 FROM audit WHERE object = ? AND action = ? LIMIT 1"
            if connection.execute(query, (about, action)).fetchone() is not None:
                return None
            return _insert(connection, actor, action, about, detail)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if not self._registry.writable:
            raise ConflictError("the data is open for reading only.", code="read-only")
        with self._registry.transaction() as connection:
            yield connection

    def entries(
        self, *, about: str | None = None, prefix: str = "", after: int = 0, limit: int = _PAGE
    ) -> list[AuditEntry]:
        """Return entries in order.

        Args:
            about: only those of this object.
            prefix: only those of objects whose id begins with it (ASCII).
            after: number of the entry to begin after.
            limit: the most to return.
        """
        # No stored id holds half a character (a lone surrogate), which the database could not take as a parameter.
        about = about if about is None else about.encode("utf-8", "replace").decode()
        only = "" if about is None else "AND object = :about "
        only += "AND object >= :prefix AND object < :beyond " if prefix else ""
        rows = self._registry.select(
            f"SELECT * FROM audit WHERE entry > :after {only}ORDER BY entry LIMIT :limit",  # noqa: S608 - constants
            {"after": after, "about": about, "limit": limit, "prefix": prefix, "beyond": f"{prefix}\x7f"},
        )
        return [
            AuditEntry(
                int(row["entry"]),
                datetime.fromisoformat(row["at"]),
                str(row["actor"]),
                str(row["action"]),
                str(row["object"]),
                json.loads(row["detail"]),
                str(row["digest"]),
            )
            for row in rows
        ]

    def checkpoint(self) -> Checkpoint:
        """Return the newest entry's number and digest; number 0 when there is none."""
        rows = self._registry.select("SELECT entry, digest FROM audit ORDER BY entry DESC LIMIT 1")
        return Checkpoint(int(rows[0][0]), str(rows[0][1])) if rows else Checkpoint(0, _START)

    def verify(self, checkpoint: Checkpoint | None = None) -> Iterator[str]:
        """Yield what is wrong with the chain, in words; nothing when it is whole.

        Args:
            checkpoint: an earlier checkpoint, to show that entries after it were not replaced or cut off.
        """
        expected, previous = 1, _START
        seen = checkpoint is None or checkpoint.number == 0
        after = -1
        while True:
            rows = self._registry.select("SELECT * FROM audit WHERE entry > ? ORDER BY entry LIMIT ?", (after, _PAGE))
            for row in rows:
                number = int(row["entry"])
                fields = (str(row[name]) for name in ("at", "actor", "action", "object", "detail"))
                if number != expected:
                    yield f"entry {expected} is missing"
                if row["previous"] != previous:
                    yield f"entry {number} does not follow the one before it"
                if row["digest"] != _digest(number, *fields, str(row["previous"])):
                    yield f"entry {number} was changed"
                if checkpoint is not None and number == checkpoint.number:
                    seen = True
                    if row["digest"] != checkpoint.digest:
                        yield f"entry {number} is not the one of the checkpoint"
                expected, previous, after = number + 1, str(row["digest"]), number
            if len(rows) < _PAGE:
                break
        if not seen and checkpoint is not None:
            yield f"entries up to {checkpoint.number} existed; the trail ends at {expected - 1}"


def _insert(
    connection: sqlite3.Connection, actor: str, action: str, about: str, detail: Mapping[str, object] | None
) -> AuditEntry:
    text = json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True)
    last = connection.execute("SELECT entry, digest FROM audit ORDER BY entry DESC LIMIT 1").fetchone()
    number, previous = (1, _START) if last is None else (int(last[0]) + 1, str(last[1]))
    now = stamp(datetime.now(UTC))
    digest = _digest(number, now, actor, action, about, text, previous)
    connection.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (number, now, actor, action, about, text, previous, digest)
    )
    return AuditEntry(number, datetime.fromisoformat(now), actor, action, about, json.loads(text), digest)


def _digest(number: int, *fields: str) -> str:
    text = json.dumps([number, *fields], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
