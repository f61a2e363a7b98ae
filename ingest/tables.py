"""The tables of a document: a delimited text is one, a workbook has one for each sheet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ingest.delimited import Row, read_rows, sniff_delimiter
from kb.model import Document

SHEETS: Final = "sheets"
"""Key of a workbook's metadata: JSON, one [name, start, end] of the document's text for each sheet."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table; ``sheet`` is None for the only one of a delimited text."""

    text: str
    delimiter: str
    start: int
    end: int
    sheet: str | None = None

    def rows(self) -> Iterator[Row]:
        """Yield its rows; those without any content are passed over."""
        for row in read_rows(self.text, self.delimiter, start_at=self.start, end_at=self.end, sheet=self.sheet):
            if any(row.cells):
                yield row


def tables_of(document: Document) -> tuple[Table, ...]:
    """Return the tables of a document, in its order."""
    sheets = document.metadata.get(SHEETS)
    if sheets is None:
        return (Table(document.text, sniff_delimiter(document.text), 0, len(document.text)),)
    return tuple(Table(document.text, "\t", start, end, name) for name, start, end in json.loads(sheets))


def cut_off(document: Document, last: Row | None, width: int) -> str | None:
    """Return what shows that a delimited text breaks off, None when nothing does.

    Args:
        document: the text.
        last: its last row.
        width: cells of its other rows.
    """
    if last is None or last.sheet is not None or document.text.endswith("\n"):
        return None
    if last.problem is not None or len(last.cells) < width:
        return f"it breaks off in {last.where}"
    return None
