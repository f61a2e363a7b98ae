"""The rows of a batch to screen: CSV or a workbook, its columns known by common headers in English and Chinese."""

from __future__ import annotations

import codecs
import csv
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, TextIO

from checks.screening import ScreenQuery
from kb.errors import InputError, QueryError, RecordError

KINDS = frozenset({"person", "organization"})
MAX_BATCH = 100_000
"""Rows of one batch; more want several files."""
_WORKBOOK: Final = b"PK\x03\x04"
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""What tables come in: UTF-8, and what Chinese spreadsheet programs save; tried in this order over the whole file."""
_CHUNK: Final = 1 << 20


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
def open_table(path: Path) -> Iterator[TextIO]:
    """Open a CSV file in the encoding it is in.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open(encoding=_encoding(path), newline="") as file:
            yield file
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"the table cannot be read: {error}", code="batch", place=str(path), remedy="Save it as UTF-8 CSV or XLSX."
        ) from error


def _encoding(path: Path) -> str:
    return next((name for name in _ENCODINGS if _decodes(path, name)), _ENCODINGS[0])


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def open_batch(path: Path) -> tuple[int, Iterator[ScreenInput]]:
    """Return how many rows a batch has, and the rows.

    Args:
        path: CSV, or a workbook (XLSX), of which the first sheet with a column of names counts.

    Raises:
        InputError: the file cannot be read or has no column of names.
        RecordError: it is longer than a batch may be.
    """
    try:
        with path.open("rb") as file:
            is_workbook = file.read(len(_WORKBOOK)) == _WORKBOOK
            data = _WORKBOOK + file.read() if is_workbook else b""
    except OSError as error:
        raise InputError(
            f"the table cannot be read: {error}", code="batch", place=str(path), remedy="Check the path."
        ) from error
    if not is_workbook:
        return batch_size(path), read_batch(path)
    rows = list(_sheet(path, data))
    if len(rows) > MAX_BATCH:
        raise _too_long(path)
    return len(rows), iter(rows)


def _sheet(path: Path, data: bytes) -> Iterator[ScreenInput]:
    from ingest.readers import ReaderPool
    from ingest.tables import tables_of

    with ReaderPool() as pool:
        document = pool.read(data, path.name)
    wrong: InputError | None = None
    for table in tables_of(document):
        rows = table.rows()
        first = next(rows, None)
        try:
            places = _columns(list(first.cells) if first is not None else [], path)
        except InputError as error:
            wrong = wrong or error
            continue
        for row in rows:
            yield _input({name: _cell(row.cells, place) for name, place in places.items()})
        return
    raise wrong or InputError("the workbook has no sheet.", code="batch-columns", place=str(path))


def _too_long(path: Path) -> RecordError:
    return RecordError(
        f"the batch has more than {MAX_BATCH:,} rows.", code="batch-long", place=str(path), remedy="Split it."
    )


def batch_size(path: Path) -> int:
    """Return how many rows a batch file has, reading it once in constant memory.

    Raises:
        InputError: the file cannot be read or has no column of names.
        RecordError: it is longer than a batch may be.
    """
    with open_table(path) as file:
        reader = csv.reader(file)
        _columns(next(reader, []), path)
        rows = 0
        for row in reader:
            rows += bool(row)
            if rows > MAX_BATCH:
                raise _too_long(path)
    return rows


def read_batch(path: Path) -> Iterator[ScreenInput]:
    """Yield the rows of a CSV file as they are read.

    Columns are known by their headers in English or Chinese (``batch_columns.toml``).

    Raises:
        InputError: the file cannot be read or has no column of names.
    """
    with open_table(path) as file:
        reader = csv.reader(file)
        places = _columns(next(reader, []), path)
        for row in reader:
            if row:
                yield _input({name: _cell(row, place) for name, place in places.items()})


def _cell(row: Sequence[str], place: int) -> str:
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
