"""Tables of suppliers, customers and other partners with English or Chinese headers.

Columns are recognised by name (registers.toml); what is not recognised is kept as an attribute. A broken row is
reported and the others are loaded.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any, Final

from ingest.columns import ATTRIBUTE, IGNORE, NO_COLUMNS, Columns, header_key
from ingest.delimited import Row
from ingest.holdings.table import holding_header, read_holding_rows
from ingest.lists.vocabulary import country_code
from ingest.registers.found import Rows
from ingest.registers.gleif import gleif_layout, read_gleif
from ingest.tables import Table, cut_off, tables_of
from kb.errors import MissingPartError, RecordError
from kb.ids import normalise, validate
from kb.model import Document, Identifier, Name, Partner, Register
from kb.names.chinese import is_company
from kb.names.fold import has_han
from kb.names.parse import kind_of as shown_kind
from kb.register_facts import is_answer

_NAMES: Final = {
    "name": "primary",
    "name_en": "primary",
    "name_zh": "primary",
    "aliases": "aka",
    "former": "fka",
    "trade": "trade",
}
_MANY: Final = re.compile(r"[;；|\n]|、(?=\S{2})")
_SLUG: Final = re.compile(r"[^\w]+")
_MAX_SLUG: Final = 80
_EMPTY: Final = frozenset({"", "-", "--", "n/a", "na", "null", "none", "无", "暂无", "/"})  # none, not yet
_NONE: Final = frozenset({"none", "无"})  # what an empty cell does not say: under "失信被执行人" it means no
_HEADER_ROWS: Final = 12  # titles and notes people put above the header
_NAME_COLUMNS: Final = frozenset({("column", "name"), ("column", "name_zh"), ("column", "name_en")})
_PARTNER_COLUMNS: Final = frozenset({("column", one) for one in ("id", "status", "address", "legal_form")})
_SIZES: Final = frozenset({"percent", "min", "max"})  # columns that say how much is held
_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA"})


@dataclass(slots=True)
class _Cells:
    """What one row says, by meaning."""

    single: dict[str, str] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)


@cache
def _data() -> dict[str, Any]:
    source = resources.files("ingest.registers") / "registers.toml"
    if not source.is_file():
        raise MissingPartError(
            "the register vocabulary is absent", place="ingest/registers/registers.toml", remedy="Reinstall duegraph."
        )
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _meanings() -> Mapping[str, tuple[str, str]]:
    columns = {key: ("column", meaning) for meaning, keys in _data()["columns"].items() for key in keys}
    schemes = {key: ("identifier", scheme) for scheme, keys in _data()["identifiers"].items() for key in keys}
    return {**columns, **schemes}


def read_tables(document: Document, columns: Columns, source_name: str) -> Register:
    """Read every table of a file that lists partners.

    Raises:
        RecordError: no table has a header with a name column.
    """
    meanings = {**_meanings(), **{key: meaning_of(field) for key, field in columns.fields().items()}}
    found = Rows()
    holdings: list[Table] = []
    unread: list[str] = []
    read = 0
    for table in tables_of(document):
        rows = table.rows()
        header = next((row for row in islice(rows, _HEADER_ROWS) if _sort(row, meanings, columns) is not None), None)
        sort = None if header is None else _sort(header, meanings, columns)
        if header is None or sort is None:
            unread.append(table.sheet or "")
            continue
        read += 1
        if sort == "holdings":
            holdings.append(table)
        elif sort == "partners":
            _read_table(document, rows, header, meanings, found)
        else:
            last = read_gleif(sort, rows, header, found)
            found.incomplete = found.incomplete or cut_off(document, last, len(header.cells))
    for table in holdings:  # after the partners they may be between
        found.take(read_holding_rows(table.rows(), source_name=source_name, columns=columns))
    if not read:
        raise RecordError(
            "the register has no column of names",
            place=source_name,
            remedy="Give the table a header with at least 'name' or 企业名称 (name of the enterprise), or for holdings "
            "'owner' and 'owned'; or say which column holds the names: --map HEADER=name.",
        )
    found.notes.extend(f"{sheet}!A1: the sheet has no column of names and was not read" for sheet in unread)
    return found.register()


def has_partners(document: Document) -> bool:
    """Say whether some table of a file has a header of partners, holdings or a golden copy."""
    return any(
        _sort(row, _meanings(), NO_COLUMNS) is not None
        for table in tables_of(document)
        for row in islice(table.rows(), _HEADER_ROWS)
    )


def _sort(row: Row, meanings: Mapping[str, tuple[str, str]], columns: Columns) -> str | None:
    """Return what a table with this header holds, None when it is no header.

    "partners", "holdings", or a layout of GLEIF's. A table that has owners and what they own is one of holdings, even
    if it calls the owned "company".
    """
    gleif = gleif_layout(row)
    if gleif is not None:
        return gleif
    named = any(meanings.get(header_key(cell)) in _NAME_COLUMNS for cell in row.cells)
    holding = holding_header(row.cells, columns)
    if holding is not None and not (named and _is_register(row, meanings, holding)):
        return "holdings"
    return "partners" if named else None


def _is_register(row: Row, meanings: Mapping[str, tuple[str, str]], holding: list[str | None]) -> bool:
    """Say whether a header with owners is one of partners that names their owners beside: columns only partners have.

    A table that states how much is held is one of holdings, whatever else it states.
    """
    own = {meanings.get(header_key(cell)) for cell in row.cells}
    described = any(one is not None and (one[0] == "identifier" or one in _PARTNER_COLUMNS) for one in own)
    return described and not _SIZES & set(holding)


def _read_table(
    document: Document, rows: Iterator[Row], header: Row, meanings: Mapping[str, tuple[str, str]], found: Rows
) -> None:
    titles = [(title.strip(), meanings.get(header_key(title), ("attribute", title.strip()))) for title in header.cells]
    last: Row | None = None
    for row in rows:
        found.rows += 1
        last = row
        problem = row.problem
        if problem is None and len(row.cells) > len(titles) and any(row.cells[len(titles) :]):
            problem = f"it has {len(row.cells)} cells, the header has {len(titles)}"
        if problem is None:
            partner, problem = _partner(row, titles, found)
            if partner is not None:
                found.add(partner)
        if problem is not None:
            found.rejected.append(f"{row.where}: {problem}")
    found.incomplete = found.incomplete or cut_off(document, last, len(titles))


def meaning_of(field: str) -> tuple[str, str]:
    """Return what a field given by the user is here: a column, an identifier, an attribute, or left out."""
    if field == IGNORE:
        return "ignore", ""
    if field in _data()["identifiers"]:
        return "identifier", field
    return ("column", field) if field in _data()["columns"] else ("attribute", "" if field == ATTRIBUTE else field)


_Titles = list[tuple[str, tuple[str, str]]]
"""Title and meaning of each column."""


def _partner(row: Row, titles: _Titles, found: Rows) -> tuple[Partner | None, str | None]:
    seen = found.seen
    cells = _read_cells(row, titles, found)
    if not any(name.kind == "primary" for name in cells.names):
        return None, "it has no name"
    stated = cells.single.get("id", "")
    if stated and stated in seen:
        return None, f"the id {stated} was used before"
    key = stated or _free_slug(cells.names[0].text, seen)
    country = cells.single.get("country", "")
    code = country_code(country) if country else None
    if country and code is None:
        cells.attributes["country"] = country
    return Partner(
        id=key,
        names=tuple(dict.fromkeys(cells.names)),
        kind=_kind(cells),
        start=row.start,
        end=row.end,
        country=code or _country_of(cells.identifiers),
        identifiers=tuple(dict.fromkeys(cells.identifiers)),
        legal_form=cells.single.get("legal_form"),
        status=cells.single.get("status"),
        address=cells.single.get("address"),
        attributes=cells.attributes,
    ), None


def _read_cells(row: Row, titles: _Titles, read: Rows) -> _Cells:
    found = _Cells()
    for place, ((title, (sort, meaning)), raw) in enumerate(zip(titles, row.cells, strict=False)):
        cell = raw if raw.isascii() else unicodedata.normalize("NFC", raw).strip()
        if sort == "ignore" or (cell.casefold() in _EMPTY and not (cell.casefold() in _NONE and is_answer(title))):
            continue
        if cell in _ERRORS:
            read.notes.append(f"{row.cell(place, title)}: {cell} is an error of the spreadsheet, not a value")
            continue
        if sort == "identifier":
            for value in _MANY.split(cell):
                if value.strip():
                    found.identifiers.append(Identifier(meaning, normalise(meaning, value), validate(meaning, value)))
        elif meaning in _NAMES and sort == "column":
            parts = [cell] if meaning in {"name", "name_en", "name_zh"} else _MANY.split(cell)
            found.names.extend(Name(p.strip(), _NAMES[meaning], _language(p)) for p in parts if p.strip())
        elif sort == "column" and meaning not in found.single:
            found.single[meaning] = cell
        elif title:
            found.attributes[(meaning if sort == "attribute" else title) or title] = cell
    return found


def _language(name: str) -> str | None:
    if has_han(name):
        return "zh"
    return "en" if name.isascii() else None


def _kind(cells: _Cells) -> str | None:
    """Return the kind the row states, else what its names or identifiers show, else None."""
    stated = cells.single.get("kind", "").casefold()
    for kind, words in _data()["kinds"].items():
        if stated in words:
            return str(kind)
    if stated:
        cells.attributes.setdefault("type", cells.single["kind"])
    if any(identifier.scheme in {"USCC", "LEI", "CN-ORG"} for identifier in cells.identifiers):
        return "organization"
    if any(identifier.scheme == "CN-ID" for identifier in cells.identifiers):
        return "person"
    for name in cells.names:
        if (has_han(name.text) and is_company(name.text)) or shown_kind(name.text) is not None:
            return "organization"
    return None


def _country_of(identifiers: list[Identifier]) -> str | None:
    """Return the country a valid identifier of one country proves, else None."""
    return "CN" if any(i.scheme in {"USCC", "CN-ORG", "CN-ID"} and i.valid is True for i in identifiers) else None


def _free_slug(name: str, seen: set[str]) -> str:
    slug = _SLUG.sub("-", unicodedata.normalize("NFKC", name).casefold()).strip("-")[:_MAX_SLUG] or "partner"
    number, key = 1, slug
    while key in seen:
        number += 1
        key = f"{slug}-{number}"
    return key
