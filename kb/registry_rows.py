"""Rows of the registry as records, times and check values as the registry writes them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from kb.errors import QueryError, StoreDamagedError
from kb.model import Kind
from kb.records import DerivedRecord, DocumentRecord


def stamp(moment: datetime) -> str:
    """Return a time as the registry writes it.

    Raises:
        QueryError: the time has no zone, so it names no moment.
    """
    if moment.tzinfo is None:
        raise QueryError(f"the time {moment.isoformat()} has no time zone.", remedy="Add one, for example +08:00 or Z.")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def seal(values: Sequence[object]) -> str:
    """Return the check value of a row's unchanging columns; it shows damage, not tampering."""
    text = json.dumps([str(value) if value is not None else None for value in values], ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def derived_record(row: sqlite3.Row) -> DerivedRecord:
    """Return a row of derived as a record.

    Raises:
        StoreDamagedError: a value in it makes no sense.
    """
    try:
        return DerivedRecord(
            str(row["name"]),
            str(row["facts"]),
            str(row["rows"]),
            _counts(row["counts"]),
            datetime.fromisoformat(row["recorded_at"]),
            _moment(row["invalidated_at"]),
        )
    except _SENSELESS as error:
        raise _senseless("derived", str(row["name"]), error) from error


def document_record(row: sqlite3.Row, sources: tuple[tuple[str, str], ...]) -> DocumentRecord:
    """Return a row of documents as a record.

    Raises:
        StoreDamagedError: a value in it makes no sense.
    """
    try:
        return DocumentRecord(
            id=row["id"],
            kind=Kind(row["kind"]),
            language=row["language"],
            title=row["title"],
            media_type=row["media_type"],
            size=row["size"],
            counts=_counts(row["counts"]),
            tool_version=row["tool_version"],
            original=row["original"],
            text=row["text"],
            facts=row["facts"],
            recorded_at=datetime.fromisoformat(row["recorded_at"]),
            invalidated_at=_moment(row["invalidated_at"]),
            sources=sources,
        )
    except _SENSELESS as error:
        raise _senseless("documents", str(row["id"]), error) from error


_SENSELESS: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def _senseless(table: str, key: str, error: Exception) -> StoreDamagedError:
    return StoreDamagedError(
        f"the row of {key} in {table} makes no sense: {error}.",
        code="registry-damaged",
        place=key,
        remedy="Restore a backup.",
    )


def _counts(text: str) -> dict[str, int]:
    return {str(key): int(value) for key, value in json.loads(text).items()}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
