"""Watch lists in a table with a header of their own: columns are recognised by their names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final

from ingest.columns import NO_COLUMNS, Columns, header_key
from ingest.delimited import Row
from ingest.lists.vocabulary import birth_date, country_code, data, kind_of, read_remarks, unique
from ingest.tables import cut_off, tables_of
from kb.errors import RecordError
from kb.ids import validate
from kb.model import Document, Identifier, ListEntry, Name, WatchList

_DIVIDED: Final = re.compile(r"[;；|]|、")
_ALSO: Final = re.compile(r"\s+(?:[Aa]/[Kk]/[Aa]|[Aa]\.[Kk]\.[Aa]\.)\s+")
_SLUG_DIGITS: Final = 12
_HEADER_ROWS: Final = 12  # titles and notes above the header


@cache
def _meanings() -> dict[str, str]:
    return {header: meaning for meaning, headers in data()["columns"].items() for header in headers}


def columns_of(header: tuple[str, ...], given: Columns = NO_COLUMNS) -> dict[int, str]:
    """Return what the columns of a header mean, by place; the first column of each meaning counts for single values.

    Args:
        header: the titles.
        given: what the user says they mean; a field that lists do not have leaves the column out.
    """
    known = _meanings() | given.fields()
    found = {place: known.get(header_key(cell), "") for place, cell in enumerate(header)}
    return {place: meaning for place, meaning in found.items() if meaning in data()["columns"]}


def read_table(document: Document, list_id: str, title: str, given: Columns = NO_COLUMNS) -> WatchList:
    """Read a list with a header row, from a delimited text or the first sheet of a workbook that has one.

    Raises:
        RecordError: there is no header with a name column.
    """
    for table in tables_of(document):
        reader = table.rows()
        for header in islice(reader, _HEADER_ROWS):
            columns = columns_of(header.cells, given)
            if "name" in columns.values():
                return _read(document, reader, header, columns, list_id, title)
    raise RecordError(
        "the list has no column of names",
        place=list_id,
        remedy="Give the table a header with at least 'name' (名称), or say which column holds the names: "
        "--map HEADER=name. Lists as their publishers lay them out need neither.",
    )


def _read(
    document: Document, reader: Iterator[Row], header: Row, columns: dict[int, str], list_id: str, title: str
) -> WatchList:
    entries: list[ListEntry] = []
    rejected: list[str] = []
    seen: set[str] = set()
    rows = 0
    last: Row | None = None
    for row in reader:
        rows += 1
        last = row
        problem = row.problem
        if problem is None and len(row.cells) > len(header.cells):
            problem = f"it has {len(row.cells)} cells, the header has {len(header.cells)}"
        entry = _entry(row, columns, list_id) if problem is None else None
        if problem is None and entry is None:
            problem = "it has no name"
        stated = any(columns.get(place) == "id" and cell.strip() for place, cell in enumerate(row.cells))
        if entry is not None and entry.id in seen and stated:
            problem = f"the id {entry.id} was used before"
        elif entry is not None:
            # Tables without ids may list one name several times, with different addresses.
            entry = _numbered(entry, seen)
        if entry is None or problem is not None:
            rejected.append(f"{row.where}: {problem}")
            continue
        seen.add(entry.id)
        entries.append(entry)
    incomplete = cut_off(document, last, len(header.cells))
    return WatchList(list_id, title, tuple(entries), rows, tuple(rejected), incomplete=incomplete)


def _numbered(entry: ListEntry, seen: set[str]) -> ListEntry:
    number, key = 1, entry.id
    while key in seen:
        number += 1
        key = f"{entry.id}-{number}"
    return entry if number == 1 else replace(entry, id=key)


def _entry(row: Row, columns: dict[int, str], list_id: str) -> ListEntry | None:
    values: dict[str, list[str]] = {}
    for place, meaning in columns.items():
        cell = row.cells[place].strip() if place < len(row.cells) else ""
        if cell and cell != data()["ofac"]["null"]:
            values.setdefault(meaning, []).append(cell)
    if not values.get("name") and not values.get("name_other"):
        return None
    main = [*values.get("name", []), *values.get("name_other", [])]
    names: list[Name] = []
    for text in main:
        first, *others = _ALSO.split(text)
        names.extend([Name(first.strip()), *(Name(other.strip(), "aka") for other in others if other.strip())])
    names.extend(Name(part, "aka") for part in _parts(values.get("aliases", [])))
    remarks = "; ".join(values.get("remarks", []))
    facts = read_remarks(remarks)
    key = values.get("id", [""])[0] or hashlib.sha256("\0".join(main).encode()).hexdigest()[:_SLUG_DIGITS]
    identifiers = [_identifier(part) for part in _parts(values.get("identifier", []))]
    births = [birth_date(part) for part in _parts(values.get("birth", []))]
    countries = [country_code(part) for part in _parts(values.get("country", []))]
    return ListEntry(
        id=f"{list_id}-{key}",
        names=tuple(dict.fromkeys([*names, *facts.names])),
        kind=next((kind for kind in map(kind_of, values.get("type", [])) if kind is not None), None),
        start=row.start,
        end=row.end,
        countries=unique([*(c for c in countries if c is not None), *facts.countries]),
        programs=unique(_parts(values.get("program", []))),
        identifiers=tuple(dict.fromkeys([*identifiers, *facts.identifiers])),
        birth_dates=unique([*(b for b in births if b is not None), *facts.birth_dates]),
        addresses=unique(values.get("address", [])),
        remarks=remarks,
    )


def _parts(values: list[str]) -> list[str]:
    return [part.strip() for value in values for part in _DIVIDED.split(value) if part.strip()]


def _identifier(text: str) -> Identifier:
    """Return an identifier with its scheme where its own check digits show it, else as a registration number."""
    label, _, rest = text.partition(":")
    if rest and len(label) <= 20:
        return Identifier(label.strip(), rest.strip(), validate(label, rest.strip()))
    for scheme in ("USCC", "LEI"):
        if validate(scheme, text) is True:
            return Identifier(scheme, text, True)
    return Identifier("registration", text, None)
