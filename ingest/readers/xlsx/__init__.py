"""XLSX: own reader over the parts of the package, streaming each sheet: large sheets are data and not documents.

The text has one line per row of a sheet, its cells divided by tabs, so that line n of a sheet is row n of it; tabs and
line feeds within a cell become spaces, and a cell that begins with a quotation mark is quoted as in CSV. Sheets stand
one after the other, each below a line with its name when there are several; ``metadata["sheets"]`` says where each
one's rows are (JSON: name, start, end). Cells have blocks of their own only in small workbooks, such as annexes of
contracts.

Of formulas the stored value counts. Dates are ISO 8601, percentages keep their sign, errors (#N/A) stay as they are,
hidden sheets are read and named in a warning. Nothing is computed, no link is followed, no macro is looked at.

Why not openpyxl: in its read-only mode it takes longer and does not say which formulas lack a stored value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from lxml import etree

from ingest.readers.builder import DocumentBuilder
from ingest.readers.docx.package import Package
from ingest.readers.xlsx.cells import Cell, SheetReader, local, shared_strings
from ingest.readers.xlsx.formats import Formats
from kb.errors import UnreadableError
from kb.model import Block, BlockKind

MAX_BLOCK_CELLS: Final = 20_000
"""Cells of a workbook up to which each is a block; beyond it is a table of data, whose rows are what counts."""
_SHOWN: Final = 5


def read_xlsx(data: bytes, builder: DocumentBuilder) -> None:
    """Read a workbook into ``builder``.

    Raises:
        UnreadableError: "damaged", "encrypted", "entities" or "empty".
        LimitError: the package or one of its parts is over its limit.
    """
    package = Package(data, builder.limits, name=builder.name)
    path = _workbook(package, builder.name)
    root = package.part(path)
    if root is None:
        raise UnreadableError("The file has no workbook in it.", code="damaged", place=builder.name)
    related = package.relationships(path)
    by_kind = dict(related.values())
    formats = Formats(package.part(by_kind.get("styles", "")), starts_1904=_is_1904(root))
    raw = package.content(by_kind.get("sharedStrings", ""))
    reader = SheetReader(shared_strings(raw, builder.name) if raw is not None else [], formats, builder.name)
    sheets = [
        (sheet.get("name") or "Sheet", related[ident][1], sheet.get("state", "visible") != "visible")
        for sheet in root.iter()
        if local(sheet) == "sheet" and (ident := _relation(sheet)) in related and related[ident][0] == "worksheet"
    ]
    _state(package, builder)
    places: list[tuple[str, int, int]] = []
    cells = 0
    for number, (name, target, hidden) in enumerate(sheets):
        content = package.content(target)
        if content is None:
            builder.warn(f"The sheet {name!r} is missing from the file.")
            continue
        if hidden:
            builder.warn(f"The sheet {name!r} is hidden; it was read.")
        if len(sheets) > 1:
            if builder.length:
                builder.append("\n")
            start = builder.append(builder.cleaner.clean(name).replace("\n", " "))
            if builder.length > start:
                builder.mark(Block(BlockKind.HEADING, start, builder.length, level=1))
            builder.append("\n")
        start = builder.length
        cells = _append(builder, reader.rows(content), number, cells)
        places.append((name, start, builder.length))
    builder.metadata["sheets"] = json.dumps(places, ensure_ascii=False)
    if reader.without_value:
        shown = ", ".join(reader.without_value[:_SHOWN])
        more = f" and {len(reader.without_value) - _SHOWN:,} more" if len(reader.without_value) > _SHOWN else ""
        builder.warn(f"Formulas without a stored value were read as empty: {shown}{more}. Open and save the file once.")


def _workbook(package: Package, name: str) -> str:
    for kind, target in package.relationships("").values():
        if kind == "officeDocument":
            return target
    raise UnreadableError("The file has no workbook in it.", code="damaged", place=name)


def _relation(sheet: etree._Element) -> str:
    """Return the id of a sheet's relationship, whatever name space the writer put it in."""
    return next((str(value) for key, value in sheet.attrib.items() if str(key).rpartition("}")[2] == "id"), "")


def _is_1904(root: etree._Element) -> bool:
    for element in root.iter():
        if local(element) == "workbookPr":
            return element.get("date1904", "0").casefold() in {"1", "true", "on"}
    return False


def _state(package: Package, builder: DocumentBuilder) -> None:
    core = package.part("docProps/core.xml")
    names = {"creator": "author", "created": "created", "modified": "modified"}
    for element in core if core is not None else ():
        if local(element) == "title":
            builder.entitle(element.text)
        elif local(element) in names:
            builder.state(names[local(element)], element.text)


def _append(builder: DocumentBuilder, rows: Iterator[tuple[int, list[Cell]]], table: int, cells: int) -> int:
    """Append the rows of one sheet; return how many cells the workbook has had so far."""
    line = 1
    for number, row in rows:
        builder.append("\n" * (number - line))
        line = number
        column = 0
        for cell in row:
            text = builder.cleaner.clean(cell.text).replace("\n", " ").replace("\t", " ").strip()
            if not text:
                continue
            builder.append("\t" * (cell.column - column))
            column = cell.column
            quoted = text.startswith('"')
            start = builder.append('"' + text.replace('"', '""') + '"' if quoted else text)
            cells += 1
            if cells <= MAX_BLOCK_CELLS:
                block = Block(BlockKind.TABLE_CELL, start, builder.length, cell=(table, number - 1, cell.column))
                builder.mark(block)
    builder.append("\n")
    return cells
