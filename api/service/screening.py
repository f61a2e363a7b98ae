"""Screening of names given on the command line, in a file or in a request."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.screening import ScreeningIndex, ScreenQuery, screen

from checks.load import load_screening
from kb.errors import InputError, NotFoundError, QueryError, RecordError
from kb.settings import Settings

KINDS = frozenset({"person", "organization"})
MAX_BATCH = 100_000
"""Rows of one batch; more want several files."""


@dataclass(frozen=True, slots=True)
class ScreenInput:
    """One name to screen with what else is known about it."""

    name: str
    kind: str | None = None
    country: str | None = None
    identifiers: tuple[str, ...] = ()
    birth_date: str | None = None

    def query(self) -> ScreenQuery:
        """Return the query.

        Raises:
            QueryError: the name is empty or the kind is unknown.
        """
        if not self.name.strip():
            raise QueryError("the name to screen is empty", remedy="Give a name.")
        if self.kind is not None and self.kind not in KINDS:
            raise QueryError(f"'{self.kind}' is no type", remedy="Use person or organization.")
        return ScreenQuery(
            name=self.name.strip(),
            kind=self.kind,
            country=self.country.upper() if self.country else None,
            identifiers=tuple(("", value) for value in self.identifiers),
            birth_date=self.birth_date,
        )


def read_batch(path: Path) -> list[ScreenInput]:
    """Return the rows of a CSV file with a ``name`` column.

    Raises:
        InputError: the file cannot be read or has no such column.
        RecordError: it is longer than a batch may be.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"the batch cannot be read: {error}", place=str(path), remedy="Save it as UTF-8 CSV."
        ) from error
    if rows and "name" not in rows[0]:
        raise InputError("the batch has no column 'name'", place=str(path), remedy="Name the column of names 'name'.")
    if len(rows) > MAX_BATCH:
        raise RecordError(f"the batch has {len(rows)} rows, at most {MAX_BATCH} are allowed", place=str(path))
    return [
        ScreenInput(
            row["name"] or "",
            row.get("type") or None,
            row.get("country") or None,
            tuple(v for v in (row.get("identifier") or "").split(";") if v),
            row.get("birth_date") or None,
        )
        for row in rows
    ]


def stored_index(settings: Settings) -> ScreeningIndex:
    """Return an index over the stored watch lists; empty when nothing is stored."""
    from api.service.runtime import knowledge_base

    try:
        with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
            index = load_screening(snapshot)
    except NotFoundError:
        index = None
    return index if index is not None else ScreeningIndex.build(())


def screen_names(settings: Settings, inputs: Iterable[ScreenInput], *, limit: int) -> Iterator[dict[str, Any]]:
    """Yield the answer for each name: candidates with their explanations, and the lists that were screened."""
    index = stored_index(settings)
    for item in inputs:
        yield screen(item.query(), index, limit=limit).json()
