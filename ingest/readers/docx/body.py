"""The text of a DOCX part: paragraphs, tables, text boxes and notes, as Word shows them with all changes accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from ingest.readers.docx.numbering import Label, Numbering
from ingest.readers.docx.package import W, integer, is_on, val
from ingest.readers.docx.styles import NumberReference, Styles, number_reference
from ingest.readers.docx.symbols import symbol

_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_INSERTED: Final = frozenset({W + "ins", W + "moveTo"})
_DELETED: Final = frozenset({W + "del", W + "moveFrom"})
# Containers that only wrap what is shown.
_OPEN: Final = frozenset(
    W + name
    for name in (
        "hyperlink", "smartTag", "sdt", "sdtContent", "customXml", "fldSimple", "dir", "bdo", "ruby", "rubyBase",
        "ins", "moveTo",
    )
) | {_MC + "Choice", _M + "oMath", _M + "oMathPara"}  # fmt: skip
_MAX_SPAN: Final = 1_000


@dataclass(slots=True)
class Change:
    """A tracked change: the words, who made it and when, and whether they are in the text."""

    kind: str
    author: str
    date: str
    text: str


@dataclass(slots=True)
class Paragraph:
    """One paragraph before it has offsets.

    Attributes:
        notes: ids of the foot- and endnotes it refers to, as ("footnote" or "endnote", id).
        boxes: contents of text boxes anchored in it.
        merges: its mark is deleted, so the next paragraph goes on in it.
        label: its number; None without.
    """

    text: str = ""
    style: str | None = None
    label: Label | None = None
    heading: int | None = None
    is_title: bool = False
    is_inserted: bool = False
    merges: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The words with the number Word puts before them."""
        if self.label is None or self.label.text is None:
            return self.text
        return f"{self.label.text}{self.label.suffix}{self.text}"


@dataclass(slots=True)
class Cell:
    """One cell of a table row with its column and its content."""

    column: int
    element: etree._Element


class Body:
    """Walks the parts of one document in reading order."""

    def __init__(self, styles: Styles, numbering: Numbering) -> None:
        self.styles = styles
        self.numbering = numbering
        self.changes: list[Change] = []
        self.hidden = 0
        self.embedded = 0
        self.unknown_symbols = 0

    # --- blocks

    def blocks(self, container: etree._Element) -> Iterator[etree._Element]:
        """Yield the paragraphs and tables of a container, looking through wrappers and alternatives."""
        for child in container:
            tag = child.tag
            if tag in {W + "p", W + "tbl"}:
                yield child
            elif tag in {W + "sdt", W + "sdtContent", W + "customXml", W + "smartTag"} or tag in _INSERTED:
                yield from self.blocks(child)
            elif tag == _MC + "AlternateContent":
                chosen = _alternative(child)
                if chosen is not None:
                    yield from self.blocks(chosen)
            elif tag == W + "altChunk":
                self.embedded += 1

    def rows(self, table: etree._Element) -> Iterator[tuple[list[Cell], bool]]:
        """Yield each row's cells and whether the row is a tracked insertion; deleted rows are reported, not yielded."""
        for row in self._wrapped(table, W + "tr"):
            properties = row.find(W + "trPr")
            deleted = None if properties is None else properties.find(W + "del")
            if deleted is not None:
                words = " ".join(self.plain(row).split())
                self.changes.append(_change("deleted", deleted, words))
                continue
            yield self._cells(row), properties is not None and properties.find(W + "ins") is not None

    def _cells(self, row: etree._Element) -> list[Cell]:
        properties = row.find(W + "trPr")
        before = None if properties is None else integer(val(properties.find(W + "gridBefore")))
        column = min(_MAX_SPAN, max(0, before or 0))
        cells: list[Cell] = []
        for element in self._wrapped(row, W + "tc"):
            cell = element.find(W + "tcPr")
            span = integer(val(None if cell is None else cell.find(W + "gridSpan"))) or 1
            merge = None if cell is None else cell.find(W + "vMerge")
            across = None if cell is None else cell.find(W + "hMerge")
            # A merged cell's words stand in its first part.
            goes_on = (merge is not None and val(merge) != "restart") or val(across) == "continue"
            if not goes_on:
                cells.append(Cell(column, element))
            column += min(_MAX_SPAN, max(1, span))
        return cells

    def _wrapped(self, container: etree._Element, tag: str) -> Iterator[etree._Element]:
        for child in container:
            if child.tag == tag:
                yield child
            elif child.tag in {W + "sdt", W + "sdtContent", W + "customXml"} or child.tag in _INSERTED:
                yield from self._wrapped(child, tag)

    def plain(self, element: etree._Element) -> str:
        """Return all words below an element, deleted ones too, for reports."""
        return "".join(
            leaf.text or "" if leaf.tag in {W + "t", W + "delText"} else " "
            for leaf in element.iter(W + "t", W + "delText", W + "p", W + "tab", W + "br")
        )

    # --- paragraphs

    def paragraph(self, element: etree._Element, *, continues: bool = False) -> Paragraph:
        """Return a paragraph with its number counted, unless it ``continues`` one whose mark is deleted."""
        properties = element.find(W + "pPr")
        style = val(None if properties is None else properties.find(W + "pStyle")) or self.styles.default
        out = Paragraph(style=style)
        walk = _Runs(self, out)
        walk.container(element, inserted=False, deleted=None)
        out.text = "".join(walk.pieces)
        mark = None if properties is None else properties.find(W + "rPr")
        mark_inserted = mark is not None and mark.find(W + "ins") is not None
        out.merges = mark is not None and any(mark.find(tag) is not None for tag in _DELETED)
        out.is_inserted = (
            bool(walk.inserted_length)
            and walk.inserted_length == len(out.text.strip())
            and (mark_inserted or not walk.has_deleted)
        )
        outline = None if properties is None else properties.find(W + "outlineLvl")
        out.heading = self.styles.heading_level(style, integer(val(outline)))
        out.is_title = self.styles.is_title(style)
        removed = out.merges and not out.text.strip()
        if not (removed or continues) and (out.text.strip() or not walk.has_deleted):
            out.label = self._label(properties, style)
        return out

    def _label(self, properties: etree._Element | None, style: str | None) -> Label | None:
        direct = number_reference(properties)
        inherited = self.styles.numbering(style)
        reference: NumberReference | None = direct
        level: int | None = None if direct is None else direct.level
        if direct is None or direct.number is None:
            if inherited is None:
                return None
            reference, owner = inherited
            if level is None:
                linked = self.numbering.level_of_style(reference.number or 0, style or owner)
                if linked is None:
                    linked = self.numbering.level_of_style(reference.number or 0, owner)
                level = linked if linked is not None else reference.level
        if reference is None or not reference.number:
            return None  # numId 0 takes a style's numbering away
        return self.numbering.advance(reference.number, level or 0)


class _Runs:
    """Collects the words of one paragraph."""

    def __init__(self, body: Body, paragraph: Paragraph) -> None:
        self.body = body
        self.paragraph = paragraph
        self.pieces: list[str] = []
        self.inserted_length = 0
        self.has_deleted = False
        # One entry for each open field: True while its instruction is being read, which is not shown.
        self._fields: list[bool] = []

    def container(self, element: etree._Element, *, inserted: bool, deleted: Change | None) -> None:
        """Walk runs and what wraps them."""
        for child in element:
            tag = child.tag
            if tag == W + "r":
                self._run(child, inserted=inserted, deleted=deleted)
            elif tag in _DELETED:
                self.has_deleted = True
                change = _change("deleted", child, "")
                self.container(child, inserted=False, deleted=change)
                if change.text.strip():
                    self.body.changes.append(change)
            elif tag in _INSERTED:
                before = sum(map(len, self.pieces))
                self.container(child, inserted=True, deleted=deleted)
                words = "".join(self.pieces)[before:]
                if words.strip():
                    self.body.changes.append(_change("inserted", child, words))
            elif tag == _MC + "AlternateContent":
                chosen = _alternative(child)
                if chosen is not None:
                    self.container(chosen, inserted=inserted, deleted=deleted)
            elif tag in _OPEN or (isinstance(tag, str) and tag.startswith(_M)):
                if tag == _M + "t":
                    self._text(child.text or "", inserted=inserted, deleted=deleted)
                else:
                    self.container(child, inserted=inserted, deleted=deleted)

    def _run(self, run: etree._Element, *, inserted: bool, deleted: Change | None) -> None:
        properties = run.find(W + "rPr")
        if properties is not None and self._is_hidden(properties):
            words = self.body.plain(run)
            self.body.hidden += len(words.strip())
            self._marks(run)
            return
        for child in run:
            tag = child.tag
            if tag in {W + "t", W + "delText"}:
                self._text(child.text or "", inserted=inserted, deleted=deleted)
            elif tag in {W + "tab", W + "ptab"}:
                self._text("\t", inserted=inserted, deleted=deleted)
            elif tag in {W + "br", W + "cr"}:
                self._text("\n", inserted=inserted, deleted=deleted)
            elif tag == W + "noBreakHyphen":
                self._text("-", inserted=inserted, deleted=deleted)
            elif tag == W + "sym":
                self._text(self._symbol(child), inserted=inserted, deleted=deleted)
            else:
                self._special(child, inserted=inserted, deleted=deleted)

    def _special(self, child: etree._Element, *, inserted: bool, deleted: Change | None) -> None:
        tag = child.tag
        if tag == W + "fldChar":
            self._field(child)
        elif tag in {W + "footnoteReference", W + "endnoteReference"}:
            key = child.get(W + "id")
            if key is not None and deleted is None:
                self.paragraph.notes.append(("footnote" if tag == W + "footnoteReference" else "endnote", key))
        elif tag == W + "ruby":
            self.container(child, inserted=inserted, deleted=deleted)
        elif tag == _MC + "AlternateContent":
            chosen = _alternative(child)
            for inner in () if chosen is None else chosen:
                self._special(inner, inserted=inserted, deleted=deleted)
        elif tag in {W + "drawing", W + "pict", W + "object"} and deleted is None:
            self.paragraph.boxes.extend(_boxes(child))
            if tag == W + "object" or child.find(f".//{W}txbxContent") is None:
                self.body.embedded += tag == W + "object"

    def _marks(self, run: etree._Element) -> None:
        for child in run.iterfind(W + "fldChar"):
            self._field(child)

    def _field(self, mark: etree._Element) -> None:
        match mark.get(W + "fldCharType"):
            case "begin":
                self._fields.append(True)
            case "separate":
                if self._fields:
                    self._fields[-1] = False
            case "end":
                if self._fields:
                    self._fields.pop()
            case _:
                pass

    def _text(self, text: str, *, inserted: bool, deleted: Change | None) -> None:
        if any(self._fields):
            return
        if deleted is not None:
            deleted.text += text
            return
        self.pieces.append(text)
        if inserted:
            self.inserted_length += len(text)

    def _symbol(self, element: etree._Element) -> str:
        shown = symbol(element.get(W + "font") or "", element.get(W + "char") or "")
        if shown is None:
            self.body.unknown_symbols += 1
            return ""
        return shown

    def _is_hidden(self, properties: etree._Element) -> bool:
        vanish = properties.find(W + "vanish")
        if vanish is not None:
            return is_on(vanish)
        return self.body.styles.is_hidden(val(properties.find(W + "rStyle")))


def _change(kind: str, element: etree._Element, text: str) -> Change:
    return Change(kind, element.get(W + "author") or "", element.get(W + "date") or "", text)


def _alternative(element: etree._Element) -> etree._Element | None:
    """Return the form Word would show: the first choice, else the fallback."""
    choice = element.find(_MC + "Choice")
    return choice if choice is not None else element.find(_MC + "Fallback")


def _boxes(drawing: etree._Element) -> list[etree._Element]:
    """Return the outermost text box contents of a drawing, each once."""
    found: list[etree._Element] = []
    waiting = list(reversed(drawing))
    while waiting:
        element = waiting.pop()
        if element.tag == W + "txbxContent":
            found.append(element)
        elif element.tag == _MC + "AlternateContent":
            chosen = _alternative(element)
            waiting.extend(() if chosen is None else reversed(chosen))
        else:
            waiting.extend(reversed(element))
    return found
