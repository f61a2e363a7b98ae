"""GLEIF golden copies as CSV: legal entities (level 1) and who consolidates whom (relationship records).

Sources: GLEIF, "LEI-CDF 3.1" and "RR-CDF 2.1"; a relationship says by whom an entity is consolidated in accounts, which
is control and no share of its capital.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from ingest.delimited import Row
from ingest.lists.drafts import joined, stated_day
from ingest.lists.vocabulary import country_code
from ingest.registers.found import Rows
from kb.errors import MissingPartError
from kb.ids import normalise, validate
from kb.model import Holding, Identifier, Name, Partner
from kb.names.fold import has_han

_LEI: Final = 20


@cache
def _data() -> dict[str, Any]:
    source = resources.files("ingest.registers") / "gleif.toml"
    if not source.is_file():
        raise MissingPartError(
            "the layout of golden copies is absent", place="ingest/registers/gleif.toml", remedy="Reinstall duegraph."
        )
    return tomllib.loads(source.read_text(encoding="utf-8"))


def gleif_layout(header: Row) -> str | None:
    """Return "level1" or "relationships" when a header is GLEIF's, else None."""
    columns = {cell.strip() for cell in header.cells}
    return next((name for name, layout in _data().items() if columns.issuperset(layout["signature"])), None)


def read_gleif(layout: str, rows: Iterator[Row], header: Row, found: Rows) -> Row | None:
    """Read the rows of a golden copy into ``found``; return the last row."""
    places = {cell.strip(): place for place, cell in enumerate(header.cells)}
    last = None
    for row in rows:
        last = row
        found.rows += 1
        problem = row.problem
        if problem is None and len(row.cells) > len(header.cells):
            problem = f"it has {len(row.cells)} cells, the header has {len(header.cells)}"
        if problem is None:
            cells = _Cells(row, places)
            problem = _entity(cells, found) if layout == "level1" else _relationship(cells, found)
        if problem is not None:
            found.rejected.append(f"{row.where}: {problem}")
    return last


class _Cells:
    def __init__(self, row: Row, places: Mapping[str, int]) -> None:
        self.row = row
        self._places = places

    def get(self, column: str) -> str:
        place = self._places.get(column)
        return self.row.cells[place].strip() if place is not None and place < len(self.row.cells) else ""

    def where(self, column: str) -> str:
        return self.row.cell(self._places[column], column)


def _entity(cells: _Cells, found: Rows) -> str | None:
    layout = _data()["level1"]
    lei, name = cells.get(layout["id"]), cells.get(layout["name"])
    if not lei or not name:
        return "it has no LEI" if not lei else "it has no name"
    if lei in found.seen:
        return f"the LEI {lei[:40]} was used before"
    names = [_name(name, "primary", cells.get(f"{layout['name']}.xmllang"))]
    for family in layout["other"]:
        for number in range(1, layout["most_names"] + 1):
            column = f"{family}.{number}"
            other = cells.get(column)
            if other:
                kind = layout["kinds"].get(cells.get(f"{column}.type"), "aka")
                names.append(_name(other, kind, cells.get(f"{column}.xmllang")))
    identifiers = [Identifier("LEI", normalise("LEI", lei), validate("LEI", lei))]
    registered = cells.get(layout["registration"])
    if registered:
        scheme = "USCC" if validate("USCC", registered) is True else "registration"
        identifiers.append(Identifier(scheme, normalise(scheme, registered), validate(scheme, registered)))
    stated = next((text for column in layout["country"] if (text := cells.get(column))), "")
    country = country_code(stated[:2]) if stated else None
    if stated and country is None:
        found.notes.append(f"{cells.row.where}: '{stated[:40]}' is no known country")
    found.add(
        Partner(
            id=lei,
            names=tuple(dict.fromkeys(names)),
            kind="organization",
            start=cells.row.start,
            end=cells.row.end,
            country=country,
            identifiers=tuple(identifiers),
            legal_form=cells.get(layout["legal_form"]) or None,
            status=cells.get(layout["status"]) or None,
            address=joined(cells.get(column) for column in layout["address"]) or None,
            attributes={title: text for column, title in layout["attributes"].items() if (text := cells.get(column))},
        )
    )
    return None


def _name(text: str, kind: str, language: str) -> Name:
    return Name(text, kind, language[:2].lower() or ("zh" if has_han(text) else None))


def _relationship(cells: _Cells, found: Rows) -> str | None:
    layout = _data()["relationships"]
    child, parent, kind = (cells.get(layout[part]) for part in ("child", "parent", "type"))
    if len(child) != _LEI or len(parent) != _LEI:
        return "it does not name two LEIs"
    measure = layout["measures"].get(kind)
    if measure is None:
        return f"its type '{kind[:60]}' is not known"
    for lei in (child, parent):
        if lei not in found.seen:
            # The file names parties by their LEI alone; level 1 has their names.
            identifier = Identifier("LEI", normalise("LEI", lei), validate("LEI", lei))
            names = (Name(lei),)
            found.add(Partner(lei, names, "organization", cells.row.start, cells.row.end, identifiers=(identifier,)))
    if measure != "none":
        start, end = _period(cells, layout)
        if cells.get(layout["status"]) == "INACTIVE" and end is None:
            found.notes.append(
                f"{cells.where(layout['status'])}: the relationship ended on a day the file does not give; left out"
            )
            return None
        found.holdings.append(
            Holding(parent, child, 1.0, 1.0, cells.row.start, cells.row.end, measure, start, end, "GLEIF")
        )
    return None


def _period(cells: _Cells, layout: Mapping[str, Any]) -> tuple[date | None, date | None]:
    for number in range(1, layout["most_periods"] + 1):
        base = f"{layout['periods']}.{number}"
        if cells.get(f"{base}.periodType") == "RELATIONSHIP_PERIOD":
            return stated_day(cells.get(f"{base}.startDate")), stated_day(cells.get(f"{base}.endDate"))
    return None, None
