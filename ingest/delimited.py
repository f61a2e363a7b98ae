"""Rows of a delimited text with their exact place in it (RFC 4180, and what people make of it).

The csv module does not say where a row stands; evidence needs that, and one broken row must not take the rest along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

DELIMITERS: Final = (",", ";", "\t", "|", "，")
MAX_FIELD: Final = 100_000  # characters; a "field" longer than this is an unclosed quotation mark
MAX_COLUMNS: Final = 2_000
MAX_HEADER: Final = 60  # characters of a header that a message shows
_SNIFF: Final = 64 * 1024  # characters looked at to find the delimiter
_SNIFF_ROWS: Final = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells without quotation marks, its place in the text, its line (1-based).

    ``problem`` says why the row is not to be trusted; None when it is well formed. ``sheet`` is the name of the sheet
    of a workbook it stands in; its line is then the number of the sheet's row.
    """

    cells: tuple[str, ...]
    start: int
    end: int
    line: int
    problem: str | None = None
    sheet: str | None = None

    @property
    def where(self) -> str:
        """How a message names the row: "line 7", "Suppliers!A7"."""
        return f"line {self.line}" if self.sheet is None else f"{self.sheet}!A{self.line}"

    def cell(self, place: int, header: str) -> str:
        """Return how a message names one cell: "line 7, column DOB", "Suppliers!C7, column DOB"."""
        shown = header.strip().replace(": ", ":")[:MAX_HEADER] or str(place + 1)
        where = self.where if self.sheet is None else f"{self.sheet}!{column_letters(place)}{self.line}"
        return f"{where}, column {shown}"


def column_letters(place: int) -> str:
    """Return the letters a spreadsheet gives to a column, counted from 0: A, B, …, Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def sniff_delimiter(text: str) -> str:
    """Return the character that divides the first rows into the most, and equally many, cells."""
    best, best_score = ",", -1.0
    for delimiter in DELIMITERS:
        widths: list[int] = []
        for row in read_rows(text[:_SNIFF], delimiter):
            widths.append(len(row.cells))
            if len(widths) >= _SNIFF_ROWS:
                break
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=lambda w: (widths.count(w), w))
        score = widths.count(usual) / len(widths) * min(usual, 40)
        if usual > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def read_rows(
    text: str, delimiter: str = ",", *, start_at: int = 0, end_at: int | None = None, sheet: str | None = None
) -> Iterator[Row]:
    """Yield the rows of a delimited text; empty lines are passed over.

    A row whose quotation mark is never closed ends at its line, carries a ``problem``, and reading goes on after it.

    Args:
        text: the text, or one that holds the table between ``start_at`` and ``end_at``.
        delimiter: one character.
        start_at: where the first line begins.
        end_at: where the table ends; None for the end of the text.
        sheet: name of the sheet, for messages.
    """
    plain = re.compile(rf"[^{re.escape(delimiter)}\n]*")
    quoted = re.compile(r'[ \t]*"((?:[^"]|"")*)"[ \t]*') if delimiter != "\t" else re.compile(r' *"((?:[^"]|"")*)" *')
    size = len(text) if end_at is None else end_at
    position, line = start_at + (1 if text.startswith("\ufeff", start_at) else 0), 1
    while position < size:
        if text[position] == "\n":
            position += 1
            line += 1
            continue
        start, cells, problem = position, [], None
        while True:
            found = quoted.match(text, position, size)
            closed = found is not None and (found.end() >= size or text[found.end()] in {delimiter, "\n"})
            if found is not None and closed and found.end() - found.start() <= MAX_FIELD:
                cells.append(found.group(1).replace('""', '"').strip())
                position = found.end()
            else:
                simple = plain.match(text, position, size)
                end = simple.end() if simple is not None else position
                cell = text[position:end].strip()
                if cell.startswith('"') and problem is None:
                    problem = "a quotation mark is not closed or not doubled"
                cells.append(cell.strip('"') if cell.startswith('"') else cell)
                position = end
            if len(cells) > MAX_COLUMNS:
                problem = f"it has more than {MAX_COLUMNS} columns"
                position = text.find("\n", position, size)
                position = size if position < 0 else position
                break
            if position >= size or text[position] == "\n":
                break
            position += 1
            if position >= size:
                cells.append("")
                break
        end = position
        yield Row(tuple(cells), start, end, line, problem, sheet)
        line += text.count("\n", start, min(end + 1, size))
        position = end + 1
