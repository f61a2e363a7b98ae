"""Screening of names given on the command line, in a file or in a request."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from api.service.runtime import knowledge_base
from checks.load import load_screening
from checks.screening import ScreeningIndex, ScreenQuery, screen
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

    def json(self) -> dict[str, Any]:
        """Return what was asked, as JSON."""
        return {"name": self.name, "type": self.kind, "country": self.country, "birth_date": self.birth_date}

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
            reader = csv.DictReader(file, restval="")
            columns = reader.fieldnames or ()
            rows = list(islice(reader, MAX_BATCH + 1))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"the batch cannot be read: {error}", code="batch", place=str(path), remedy="Save it as UTF-8 CSV."
        ) from error
    if "name" not in columns:
        raise InputError(
            "the batch has no column 'name'.",
            code="batch-columns",
            place=str(path),
            remedy="Name the column of names 'name'.",
        )
    if len(rows) > MAX_BATCH:
        raise RecordError(
            f"the batch has more than {MAX_BATCH:,} rows.", code="batch-long", place=str(path), remedy="Split it."
        )
    return [
        ScreenInput(
            row["name"],
            row.get("type") or None,
            row.get("country") or None,
            tuple(v for v in (row.get("identifier") or "").split(";") if v),
            row.get("birth_date") or None,
        )
        for row in rows
    ]


def stored_index(settings: Settings) -> ScreeningIndex:
    """Return an index over the stored watch lists; empty when nothing is stored."""
    try:
        with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
            index = load_screening(snapshot)
    except NotFoundError:
        index = None
    return index if index is not None else ScreeningIndex.build(())


def screen_names(settings: Settings, inputs: Iterable[ScreenInput], *, limit: int) -> Iterator[dict[str, Any]]:
    """Yield the answer for each name: candidates with their explanations, and the lists that were screened.

    A name that cannot be screened is answered with ``error`` (code, detail), and the batch goes on.
    """
    index = stored_index(settings)
    for item in inputs:
        try:
            yield screen(item.query(), index, limit=limit).json()
        except QueryError as error:
            failed = {"code": error.code, "detail": f"{error.detail} {error.remedy}".strip()}
            screened = [one.json() for one in index.lists]
            yield {"query": item.json(), "candidates": [], "screened": screened, "error": failed}
