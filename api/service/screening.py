"""Screening of names given on the command line, in a file or in a request."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, TextIO

from api.service.hits import Ledger, ledger, result_json
from api.service.runtime import knowledge_base
from checks.screening import Aliases, ScreeningIndex, ScreenQuery, alias_key, screen
from checks.screening_load import stored_screening
from kb.base import KnowledgeBase
from kb.errors import InputError, NotFoundError, QueryError, RecordError
from kb.facts.entities import read_entities
from kb.settings import Settings
from kb.snapshot import Snapshot

KINDS = frozenset({"person", "organization"})
MAX_BATCH = 100_000
"""Rows of one batch; more want several files."""


_SPARE: Final = 20  # candidates asked for beyond the limit, so that decided ones do not push open ones out
_ALIASES: Final = "aliases.csv"
_MAX_ALIAS_ROWS: Final = 100_000


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


@contextmanager
def _table(path: Path) -> Iterator[TextIO]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"the table cannot be read: {error}", code="batch", place=str(path), remedy="Save it as UTF-8 CSV."
        ) from error


def batch_size(path: Path) -> int:
    """Return how many rows a batch file has, reading it once in constant memory.

    Raises:
        InputError: the file cannot be read or has no column of names.
        RecordError: it is longer than a batch may be.
    """
    with _table(path) as file:
        reader = csv.reader(file)
        _columns(next(reader, []), path)
        rows = 0
        for row in reader:
            rows += bool(row)
            if rows > MAX_BATCH:
                raise RecordError(
                    f"the batch has more than {MAX_BATCH:,} rows.",
                    code="batch-long",
                    place=str(path),
                    remedy="Split it.",
                )
    return rows


def read_batch(path: Path) -> Iterator[ScreenInput]:
    """Yield the rows of a CSV file as they are read.

    Columns are known by their headers in English or Chinese (``batch_columns.toml``).

    Raises:
        InputError: the file cannot be read or has no column of names.
    """
    with _table(path) as file:
        reader = csv.reader(file)
        places = _columns(next(reader, []), path)
        for row in reader:
            if row:
                yield _input({name: _cell(row, place) for name, place in places.items()})


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _input(cells: dict[str, str]) -> ScreenInput:
    said = cells.get("type", "").casefold()
    kind = next((kind for kind, words in _headers()["types"].items() if said in words), said or None)
    return ScreenInput(
        cells["name"],
        kind,
        cells.get("country") or None,
        tuple(v.strip() for v in cells.get("identifier", "").replace("；", ";").split(";") if v.strip()),
        cells.get("birth_date") or None,
    )


@cache
def _headers() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "batch_columns.toml").read_text(encoding="utf-8"))


def _columns(header: list[str], path: Path) -> dict[str, int]:
    """Return the place of each known column; of several that mean the same, the one named first in the table counts."""
    plain = ["".join(c for c in cell.casefold() if c.isalnum()) for cell in header]
    found: dict[str, int] = {}
    for name, words in _headers().items():
        if name != "types":
            place = next((plain.index(word) for word in words if word in plain), None)
            if place is not None:
                found[name] = place
    if "name" not in found:
        raise InputError(
            "the batch has no column 'name'.",
            code="batch-columns",
            place=str(path),
            remedy="Name the column of names 'name' or 名称.",
        )
    return found


def own_aliases(data: Path) -> Aliases:
    """Return the operator's own alias table, ``aliases.csv`` in the data directory; empty when there is none.

    Its columns are ``group``, ``names`` (all names of one bearer, separated by "|") and ``source`` (who says so).

    Raises:
        InputError: it cannot be read or a column is missing.
        RecordError: a row has fewer than two names or no source, or there are too many rows.
    """
    path = data / _ALIASES
    if not path.is_file():
        return {}
    found: dict[str, tuple[str, ...]] = {}
    with _table(path) as file:
        reader = csv.DictReader(file)
        if not {"names", "source"} <= set(reader.fieldnames or ()):
            raise InputError(
                "the alias table needs the columns group, names and source.",
                code="alias-columns",
                place=str(path),
                remedy="See docs/screening.md.",
            )
        for number, row in enumerate(reader, start=1):
            names = tuple(dict.fromkeys(n.strip() for n in (row["names"] or "").split("|") if n.strip()))
            if len(names) < 2 or not (row["source"] or "").strip() or number > _MAX_ALIAS_ROWS:
                raise RecordError(
                    "an alias row needs two names or more, separated by '|', and a source.",
                    code="alias-row",
                    place=f"{path}:{reader.line_num}",
                    remedy="Complete or remove the row.",
                )
            for name in names:
                key = alias_key(name)
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), *names)))
    return found


def snapshot_index(snapshot: Snapshot, aliases: Aliases, *, partners: bool = True) -> ScreeningIndex:
    """Return an index over the stored watch lists and, unless not wanted, the stored partners with their aliases."""
    return stored_screening(snapshot, aliases, partners=partners) or ScreeningIndex.build(())


def stored_ledger(kb: KnowledgeBase, snapshot: Snapshot) -> Ledger:
    """Return what people decided on hits; decisions on merged partners count for the party."""
    return ledger(kb.audit, read_entities(snapshot.query).party)


def stored_index(settings: Settings) -> tuple[ScreeningIndex, Ledger]:
    """Return an index over everything stored that is screened, and the decisions; empty when nothing is stored."""
    aliases = own_aliases(settings.data)
    try:
        with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
            return snapshot_index(snapshot, aliases), stored_ledger(kb, snapshot)
    except NotFoundError:
        return ScreeningIndex.build(()), {}


def screen_one(index: ScreeningIndex, known: Ledger, query: ScreenQuery, *, limit: int) -> dict[str, Any]:
    """Return the answer for one name, with where each hit stands."""
    return result_json(screen(query, index, limit=limit + _SPARE if known else limit), known, limit=limit)


def screen_names(settings: Settings, inputs: Iterable[ScreenInput], *, limit: int) -> Iterator[dict[str, Any]]:
    """Yield the answer for each name: candidates with their explanations, and the lists that were screened.

    A name that cannot be screened is answered with ``error`` (code, detail), and the batch goes on.
    """
    index, known = stored_index(settings)
    for item in inputs:
        try:
            yield screen_one(index, known, item.query(), limit=limit)
        except QueryError as error:
            failed = {"code": error.code, "detail": f"{error.detail} {error.remedy}".strip()}
            screened = [one.json() for one in index.lists]
            yield {"query": item.json(), "candidates": [], "screened": screened, "error": failed}
