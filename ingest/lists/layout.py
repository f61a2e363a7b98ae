"""Published lists that come as tables: one reader, told by data (layouts.toml) what the columns of each list mean.

A list may state one entry in several rows (a name in each, an address in each): rows with the same key are one entry,
whose place is its first row.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any, Final

from ingest.columns import header_key
from ingest.delimited import Row
from ingest.lists.drafts import Draft, joined, parts_of, stated_birth, stated_day
from ingest.lists.vocabulary import country_code, kind_of
from ingest.tables import Table, cut_off, tables_of
from kb.errors import MissingPartError
from kb.ids import validate
from kb.model import Document, WatchList

_PREAMBLE_ROWS: Final = 5  # lines above the header
_KEY_DIGITS: Final = 12
_NULLS: Final = frozenset({"-0-", "n/a", "null", "none"})
_CHECKED: Final = ("USCC", "LEI", "IMO")  # schemes whose check digits tell them in a column that does not say


@dataclass(frozen=True, slots=True)
class Found:
    """A table that is of a known layout, with its header and what stands above it."""

    layout: Mapping[str, Any]
    table: Table
    header: Row
    preamble: str


@cache
def layouts() -> tuple[dict[str, Any], ...]:
    """Return layouts.toml.

    Raises:
        MissingPartError: the file is absent.
    """
    source = resources.files("ingest.lists") / "layouts.toml"
    if not source.is_file():
        raise MissingPartError(
            "the layouts of lists are absent", place="ingest/lists/layouts.toml", remedy="Reinstall duegraph."
        )
    return tuple(tomllib.loads(source.read_text(encoding="utf-8"))["layouts"])


def layout_of(document: Document) -> Found | None:
    """Return the known layout of a document's first table, None when it has none."""
    for table in tables_of(document)[:1]:
        above: list[str] = []
        for row in islice(table.rows(), _PREAMBLE_ROWS):
            keys = {header_key(cell) for cell in row.cells}
            for layout in layouts():
                if keys.issuperset(layout["signature"]):
                    return Found(layout, table, row, "\n".join(above))
            above.append(" ".join(row.cells))
    return None


def read_layout(document: Document, found: Found, list_id: str, title: str) -> WatchList:
    """Read a list of a known layout.

    Args:
        document: its text.
        found: see ``layout_of``.
        list_id: id of the list; ids of entries begin with the layout's own prefix, else with it.
        title: how the list is shown.
    """
    return _Reader(document, found, list_id, title).read()


class _Reader:
    def __init__(self, document: Document, found: Found, list_id: str, title: str) -> None:
        self.document = document
        self.found = found
        self.layout = found.layout
        self.list_id, self.title = list_id, title
        self.places = {key: place for place, key in reversed([*enumerate(map(header_key, found.header.cells))])}
        self.titles = found.header.cells
        self.drafts: dict[str, Draft] = {}
        self.notes: list[str] = []
        self.published: date | None = None
        self.order = str(self.layout["dates"])

    def read(self) -> WatchList:
        rejected: list[str] = []
        rows, last = 0, None
        self._preamble()
        for row in self._rows():
            rows += 1
            last = row
            problem = row.problem
            if problem is None and len(row.cells) > len(self.titles) and any(row.cells[len(self.titles) :]):
                problem = f"it has {len(row.cells)} cells, the header has {len(self.titles)}"
            if problem is None:
                problem = self._row(row)
            if problem is not None:
                rejected.append(f"{row.where}: {problem}")
        prefix = self.layout["prefix"] or self.list_id
        entries = []
        for draft in self.drafts.values():
            entry = draft.entry(prefix)
            if entry is None:
                rejected.append(f"{draft.where}: it has no name")
            else:
                entries.append(entry)
        return WatchList(
            self.list_id,
            self.title,
            tuple(entries),
            rows,
            tuple(rejected),
            tuple(self.notes),
            self.published,
            cut_off(self.document, last, len(self.titles)),
        )

    def _rows(self) -> Iterator[Row]:
        return (row for row in self.found.table.rows() if row.start > self.found.header.start)

    def _preamble(self) -> None:
        for line in self.found.preamble.split("\n") if "preamble" in self.layout else ():
            hit = re.match(self.layout["preamble"], line)
            if hit is not None:
                self.published = stated_day(hit["date"], self.order)

    def _cell(self, row: Row, column: str) -> str:
        place = self.places.get(column)
        cell = row.cells[place].strip() if place is not None and place < len(row.cells) else ""
        return "" if cell.casefold() in _NULLS else cell

    def _row(self, row: Row) -> str | None:
        """Add a row to its entry; return why it cannot be."""
        stated = [self._cell(row, column) for column in self.layout["key"]]
        if not any(stated):
            return f"it has no {self.layout['key'][0]}"
        key = stated[0] or hashlib.sha256("\0".join(stated).encode()).hexdigest()[:_KEY_DIGITS]
        if self.layout["key"] == ["name"]:  # a list without numbers: one name is one entry
            key = hashlib.sha256(key.casefold().strip().encode()).hexdigest()[:_KEY_DIGITS]
        draft = self.drafts.setdefault(key, Draft(key, row.start, row.end, row.where))
        if self.published is None and (column := self.layout.get("published")) is not None:
            self.published = stated_day(self._cell(row, column), self.order)
        draft.kind = draft.kind or next(
            (kind for column in self.layout.get("type", ()) if (kind := kind_of(self._cell(row, column)))), None
        )
        self._names(row, draft)
        self._facts(row, draft)
        self._identifiers(row, draft)
        return None

    def _names(self, row: Row, draft: Draft) -> None:
        kinds = self.layout.get("kinds", {})
        for way in self.layout["names"]:
            text = joined((self._cell(row, column) for column in way["columns"]), " ")
            if not text:
                continue
            kind = way.get("kind")
            if kind is None:
                kind = kinds.get(self._cell(row, way["kind_column"]).casefold(), "aka" if draft.names else "primary")
            elif draft.names:
                kind = way.get("later", kind)
            weak = "weak_column" in way and self._cell(row, way["weak_column"]).casefold() in way["weak"]
            language = self._cell(row, way["language"]).lower() if "language" in way else ""
            draft.name(text, "weak" if weak and kind != "primary" else kind, language[:2] or None)
            break
        for original in self.layout.get("original", ()):
            draft.name(self._cell(row, original["column"]), "original")
        for alias in self.layout.get("aliases", ()):
            for text in parts_of(self._cell(row, alias["column"])):
                draft.name(text.removeprefix("and "), alias["kind"])

    def _facts(self, row: Row, draft: Draft) -> None:
        layout = self.layout
        for column in layout.get("programs", ()):
            draft.programs.extend(parts_of(self._cell(row, column)))
        if "fixed_program" in layout:
            draft.programs.append(layout["fixed_program"])
        for column in layout.get("countries", ()):
            for text in parts_of(_unnumbered(self._cell(row, column))):
                if not draft.country(text):
                    self._note(row, column, f"'{text[:60]}' is no known country")
        for columns in layout.get("addresses", ()):
            draft.addresses.append(joined(self._cell(row, column) for column in columns))
        for column in layout.get("addresses_many", ()):
            for text in parts_of(self._cell(row, column)):
                draft.addresses.append(text)
                code = country_code(text.rpartition(",")[2])
                draft.countries.extend([] if code is None else [code])
        self._days(row, draft)
        for column in layout.get("remarks", ()):
            draft.remarks.append(self._cell(row, column))

    def _days(self, row: Row, draft: Draft) -> None:
        for column in self.layout.get("births", ()):
            stated = parts_of(_unnumbered(self._cell(row, column)))
            days = [(text, stated_birth(text, self.order)) for text in stated]
            draft.births.extend(day for _, day in days if day is not None)
            for text, day in days:
                if day is None:
                    self._note(row, column, f"'{text[:60]}' is no date")
            if days:
                break  # a year beside a whole date says nothing new
        for column in self.layout.get("listed", ()):
            listed = self._day(row, column)
            if listed is not None:
                draft.listed_on = listed if draft.listed_on is None else min(listed, draft.listed_on)
                break
        for column in self.layout.get("delisted", ()):
            until = self._day(row, column)
            if until is not None:
                draft.delisted_on = until if draft.delisted_on is None else max(until, draft.delisted_on)

    def _day(self, row: Row, column: str) -> date | None:
        text = self._cell(row, column)
        day = stated_day(text, self.order) if text else None
        if text and day is None:
            self._note(row, column, f"'{text[:60]}' is no date")
        return day

    def _identifiers(self, row: Row, draft: Draft) -> None:
        for rule in self.layout.get("ids", ()):
            cell = self._cell(row, rule["column"])
            if not cell:
                continue
            types = rule.get("types", {})
            if "pattern" in rule:
                for hit in re.finditer(rule["pattern"], cell):
                    draft.identifier(_scheme(types, hit["type"]), hit["value"])
                continue
            scheme = rule.get("scheme") or _scheme(types, self._cell(row, rule["type_column"]))
            for text in parts_of(_unnumbered(cell)):
                checked = next((s for s in _CHECKED if rule.get("many") and validate(s, text) is True), scheme)
                draft.identifier(checked, text)

    def _note(self, row: Row, column: str, reason: str) -> None:
        place = self.places[column]
        self.notes.append(f"{row.cell(place, self.titles[place])}: {reason}")


def _scheme(types: Mapping[str, str], said: str) -> str:
    return types.get(said.strip().casefold(), "registration")


_NUMBERED: Final = re.compile(r"\(\d{1,2}\)\s*")


def _unnumbered(text: str) -> str:
    """Return "(1) Syria. (2) Iraq" as "Syria;Iraq": several values of one cell as UK lists number them."""
    if _NUMBERED.search(text) is None:
        return text
    return ";".join(part.strip(" .;") for part in _NUMBERED.split(text))
