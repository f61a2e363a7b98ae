"""Partner registers: tables of suppliers, customers and other partners with English or Chinese headers.

Columns are recognised by name (registers.toml); what is not recognised is kept as an attribute. A broken row is
reported and the others are loaded.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from ingest.delimited import Row, read_rows, sniff_delimiter
from ingest.lists.vocabulary import country_code, header_key
from kb.errors import MissingPartError, RecordError
from kb.ids import normalise, validate
from kb.model import Document, Identifier, Name, Partner, Register
from kb.names.chinese import is_company
from kb.names.fold import has_han
from kb.names.parse import kind_of as shown_kind

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
_HEADER_ROWS: Final = 5  # titles and notes people put above the header


@dataclass(slots=True)
class _Cells:
    """What one row says, by meaning."""

    single: dict[str, str] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)


@cache
def _data() -> dict[str, Any]:
    source = resources.files("ingest") / "registers.toml"
    if not source.is_file():
        raise MissingPartError(
            "the register vocabulary is absent", place="ingest/registers.toml", remedy="Reinstall duegraph."
        )
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _meanings() -> Mapping[str, tuple[str, str]]:
    columns = {key: ("column", meaning) for meaning, keys in _data()["columns"].items() for key in keys}
    schemes = {key: ("identifier", scheme) for scheme, keys in _data()["identifiers"].items() for key in keys}
    return {**columns, **schemes}


def read_register(document: Document, *, source_name: str) -> Register:
    """Read one load of a partner register.

    Args:
        document: the table's text as it is; the delimiter is found from its first rows.
        source_name: file name, for messages.

    Returns:
        The partners with a reason for every row that could not be read.

    Raises:
        RecordError: no header with a name column was found, or no row could be read.
    """
    text = document.text
    reader = read_rows(text, sniff_delimiter(text))
    header: Row | None = None
    for _ in range(_HEADER_ROWS):
        row = next(reader, None)
        if row is None or _has_name(row.cells):
            header = row
            break
    if header is None or not _has_name(header.cells):
        raise RecordError(
            "the register has no column of names",
            place=source_name,
            remedy="Give the table a header with at least 'name' or 企业名称 (name of the enterprise).",
        )
    partners: list[Partner] = []
    rejected: list[str] = []
    seen: set[str] = set()
    rows = 0
    for row in reader:
        if not any(cell.strip() for cell in row.cells):
            continue
        rows += 1
        problem = row.problem
        if problem is None and len(row.cells) > len(header.cells) and any(row.cells[len(header.cells) :]):
            problem = f"it has {len(row.cells)} cells, the header has {len(header.cells)}"
        if problem is None:
            partner, problem = _partner(row, header.cells, seen)
            if partner is not None:
                seen.add(partner.id)
                partners.append(partner)
        if problem is not None:
            rejected.append(f"line {row.line}: {problem}")
    if not partners:
        first = f" First problem: {rejected[0]}." if rejected else ""
        raise RecordError(
            f"no partner could be read.{first}", place=source_name, remedy="Give each partner a row with a name."
        )
    return Register(tuple(partners), rows, tuple(rejected))


def _has_name(cells: tuple[str, ...]) -> bool:
    keys = [header_key(cell) for cell in cells]
    return any(
        _meanings().get(key) in {("column", "name"), ("column", "name_zh"), ("column", "name_en")} for key in keys
    )


def _partner(row: Row, header: tuple[str, ...], seen: set[str]) -> tuple[Partner | None, str | None]:
    cells = _read_cells(row, header)
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


def _read_cells(row: Row, header: tuple[str, ...]) -> _Cells:
    found = _Cells()
    for title, raw in zip(header, row.cells, strict=False):
        cell = unicodedata.normalize("NFC", raw).strip()
        if cell.casefold() in _EMPTY:
            continue
        sort, meaning = _meanings().get(header_key(title), ("attribute", title.strip()))
        if sort == "identifier":
            for value in _MANY.split(cell):
                if value.strip():
                    found.identifiers.append(Identifier(meaning, normalise(meaning, value), validate(meaning, value)))
        elif meaning in _NAMES and sort == "column":
            parts = [cell] if meaning in {"name", "name_en", "name_zh"} else _MANY.split(cell)
            found.names.extend(Name(p.strip(), _NAMES[meaning], _language(p)) for p in parts if p.strip())
        elif sort == "column" and meaning not in found.single:
            found.single[meaning] = cell
        elif title.strip():
            found.attributes[title.strip()] = cell
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
