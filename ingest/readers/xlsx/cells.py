"""The cells of a sheet, streamed: what each shows, in which column, and which formulas have no stored value."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from ingest.readers.xlsx.formats import Formats
from kb.errors import LimitError, UnreadableError

_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
MAX_ROWS: Final = 1_048_576  # of a sheet, by the format
MAX_COLUMNS: Final = 16_384
_MAX_MISSING: Final = 1_000
_PROLOG: Final = 2_048


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its column from 0 and what it shows."""

    column: int
    text: str


def local(element: etree._Element) -> str:
    """Return an element's name without its name space; "" for comments."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def stream(raw: bytes, name: str, *wanted: str) -> Iterator[etree._Element]:
    """Yield the closed elements of these names, letting go of each once it was looked at.

    Raises:
        UnreadableError: "damaged", or "entities" when the part declares any.
        LimitError: it is nested too deep.
    """
    if b"<!DOCTYPE" in raw[:_PROLOG] or b"<!ENTITY" in raw[:_PROLOG] or b"<\0!\0D\0O\0C\0T" in raw[:_PROLOG]:
        raise UnreadableError(
            "A part declares a document type or entities, which no spreadsheet writes.", code="entities", place=name
        )
    tags = tuple(f"{{*}}{one}" for one in wanted)
    parser = etree.iterparse(
        io.BytesIO(raw),
        events=("end",),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in parser:
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower():
            raise LimitError("A part is nested too deep.", code="too-deep", place=name) from error
        raise UnreadableError(f"A part is damaged: {error}.", code="damaged", place=name) from error


def shared_strings(raw: bytes, name: str) -> list[str]:
    """Return the strings that cells refer to by number; phonetic readings are left out."""
    return [_rich(element) for element in stream(raw, name, "si")]


def _rich(element: etree._Element) -> str:
    texts: list[str] = []
    for child in element:
        kind = local(child)
        if kind == "t":
            texts.append(child.text or "")
        elif kind == "r":
            texts.extend(part.text or "" for part in child if local(part) == "t")
    return "".join(texts)


class SheetReader:
    """Reads the sheets of one workbook.

    Attributes:
        without_value: references of formulas that have no stored value, in the order met.
    """

    def __init__(self, strings: list[str], formats: Formats, name: str) -> None:
        self._strings = strings
        self._formats = formats
        self._name = name
        self.without_value: list[str] = []

    def rows(self, raw: bytes) -> Iterator[tuple[int, list[Cell]]]:
        """Yield (number from 1, cells by column) of each row that shows something, in rising order.

        Raises:
            UnreadableError: the part is damaged.
            LimitError: it is nested too deep.
        """
        last = 0
        for element in stream(raw, self._name, "row"):
            stated = element.get("r", "")
            number = int(stated) if stated.isdecimal() and len(stated) <= 7 else last + 1
            if number <= last or number > MAX_ROWS:
                raise UnreadableError(f"Row {stated} of a sheet stands out of order.", code="damaged", place=self._name)
            last = number
            cells = list(self._cells(element, number))
            if cells:
                yield number, cells

    def _cells(self, row: etree._Element, number: int) -> Iterator[Cell]:
        column = -1
        for element in row:
            if local(element) != "c":
                continue
            found = _REFERENCE.fullmatch(element.get("r", ""))
            after = column_number(found[1]) if found is not None else column + 1
            if after <= column or after >= MAX_COLUMNS:
                raise UnreadableError(
                    f"Cell {element.get('r')} of a sheet stands out of order.", code="damaged", place=self._name
                )
            column = after
            text = self._text(element, found[0] if found is not None else f"row {number}")
            if text:
                yield Cell(column, text)

    def _text(self, element: etree._Element, reference: str) -> str:
        kind = element.get("t", "n")
        value: str | None = None
        formula = False
        for child in element:
            name = local(child)
            if name == "v":
                value = child.text
            elif name == "f":
                formula = True
            elif name == "is":
                return _rich(child)
        if value is None or value == "":
            if formula and kind != "str" and len(self.without_value) < _MAX_MISSING:
                self.without_value.append(reference)
            return ""
        if kind == "s":
            place = int(value) if value.isdecimal() and len(value) <= 9 else -1
            if not 0 <= place < len(self._strings):
                raise UnreadableError(
                    f"Cell {reference} refers to a text the workbook does not have.", code="damaged", place=self._name
                )
            return self._strings[place]
        if kind == "b":
            return "TRUE" if value.strip() == "1" else "FALSE"
        if kind == "n":
            return self._formats.shown(value, element.get("s"))
        return value.removesuffix("T00:00:00") if kind == "d" else value


def column_number(letters: str) -> int:
    """Return the column that letters name, from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
