"""DOCX: own reader over the parts of the package, because list numbers and tracked changes must not be lost.

The text is the document as Word shows it with all changes accepted. Insertions stay, deletions do not; both are
listed in ``metadata["tracked_changes"]`` (a JSON array of kind, author, date, text) and in the warnings. A paragraph
that is one insertion is marked ``change="inserted"``. Foot- and endnotes follow the paragraph that refers to them,
text boxes follow the paragraph they are anchored in, page headers and footers are stated in the metadata
(``running_header``, ``running_footer``) so that they never stand inside a sentence.
"""

from __future__ import annotations

import json
from typing import Final

from lxml import etree

from ingest.readers.builder import DocumentBuilder, collapse
from ingest.readers.docx.body import Body, Paragraph
from ingest.readers.docx.numbering import Numbering
from ingest.readers.docx.package import Package, W
from ingest.readers.docx.styles import Styles
from kb.errors import UnreadableError
from kb.model import BlockKind

_CORE: Final = {
    "{http://purl.org/dc/elements/1.1/}creator": "author",
    "{http://purl.org/dc/elements/1.1/}subject": "subject",
    "{http://purl.org/dc/elements/1.1/}publisher": "publisher",
    "{http://purl.org/dc/terms/}created": "created",
    "{http://purl.org/dc/terms/}modified": "modified",
}
_TITLE: Final = "{http://purl.org/dc/elements/1.1/}title"
_NOT_NOTES: Final = frozenset({"separator", "continuationSeparator", "continuationNotice"})
_LISTED: Final = 50
_QUOTED: Final = 200
_LONG_CELL: Final = 200
_MAX_NESTED_TABLES: Final = 40


def read_docx(data: bytes, builder: DocumentBuilder) -> None:
    """Read a DOCX into ``builder``.

    Raises:
        UnreadableError: "damaged", "encrypted", "entities" or "empty".
        LimitError: the package or one of its parts is over its limit.
    """
    package = Package(data, builder.limits, name=builder.name)
    path = package.main_part()
    root = package.part(path)
    body_element = None if root is None else root.find(W + "body")
    if root is None or body_element is None:
        raise UnreadableError("The file has no Word document in it.", code="damaged", place=builder.name)
    related = package.relationships(path)

    def part(kind: str) -> etree._Element | None:
        target = next((target for found, target in related.values() if found == kind), None)
        return None if target is None else package.part(target)

    styles = Styles(part("styles"))
    body = Body(styles, Numbering(part("numbering"), styles))
    writer = _Writer(builder, body, {"footnote": _notes(part("footnotes")), "endnote": _notes(part("endnotes"))})
    writer.blocks(body_element)
    writer.finish()
    for kind in ("header", "footer"):
        targets = sorted({target for found, target in related.values() if found == kind})
        roots = [package.part(target) for target in targets]
        lines = {_line(body, element): None for element in roots if element is not None}
        builder.state(f"running_{kind}", " | ".join(line for line in lines if line))
    _report(body, part("comments"), builder)
    core = next((target for kind, target in package.relationships("").values() if kind == "core-properties"), None)
    _state_core(None if core is None else package.part(core), builder)
    builder.entitle(writer.title)


class _Writer:
    """Puts paragraphs, tables and notes into the builder in reading order."""

    def __init__(self, builder: DocumentBuilder, body: Body, notes: dict[str, dict[str, etree._Element]]) -> None:
        self.builder = builder
        self.body = body
        self.notes = notes
        self.title: str | None = None
        self._numbers = {"footnote": 0, "endnote": 0}
        self._tables = 0
        self._pending: Paragraph | None = None
        self._seen_notes: set[tuple[str, str]] = set()
        self._depth = 0

    def blocks(self, container: etree._Element) -> None:
        """Write the blocks of a container."""
        for element in self.body.blocks(container):
            if element.tag == W + "p":
                paragraph = self._merged(self.body.paragraph(element, continues=_has_words(self._pending)))
                if paragraph is not None:
                    self._put(paragraph)
            else:
                self.flush()
                self._table(element)
        self.flush()

    def flush(self) -> None:
        """Write a paragraph that waited for one to merge with."""
        pending, self._pending = self._pending, None
        if pending is not None:
            self._put(pending)

    def finish(self) -> None:
        """Write what is left at the end: notes that no paragraph refers to are not shown by Word and stay out."""
        self.flush()

    def _merged(self, paragraph: Paragraph) -> Paragraph | None:
        """Join paragraphs whose mark in between is deleted; None while the end of the joined one is not seen."""
        pending, self._pending = self._pending, None
        if pending is not None:
            paragraph.text = pending.text + paragraph.text
            paragraph.label = pending.label or paragraph.label
            paragraph.heading = pending.heading if pending.text.strip() else paragraph.heading
            paragraph.notes = pending.notes + paragraph.notes
            paragraph.boxes = pending.boxes + paragraph.boxes
            paragraph.is_inserted = False
        if paragraph.merges:
            self._pending = paragraph
            return None
        return paragraph

    def _put(self, paragraph: Paragraph) -> None:
        if paragraph.is_title and self.title is None and paragraph.text.strip():
            self.title = paragraph.text
        kind, level, number = _kind(paragraph)
        self.builder.add(kind, paragraph.shown, level=level, number=number, change=_changed(paragraph))
        self._after(paragraph)

    def _after(self, paragraph: Paragraph) -> None:
        for kind, key in paragraph.notes:
            self._note(kind, key)
        for box in paragraph.boxes:
            self._nested(box)

    def _nested(self, container: etree._Element) -> None:
        if self._depth < _MAX_NESTED_TABLES:
            self._depth += 1
            pending, self._pending = self._pending, None
            self.blocks(container)
            self._pending = pending
            self._depth -= 1

    def _note(self, kind: str, key: str) -> None:
        element = self.notes[kind].get(key)
        if element is None or (kind, key) in self._seen_notes:
            return
        self._seen_notes.add((kind, key))
        self._numbers[kind] += 1
        number = str(self._numbers[kind])
        texts = [
            self.body.paragraph(child).shown.strip() for child in self.body.blocks(element) if child.tag == W + "p"
        ]
        words = "\n".join(text for text in texts if text)
        if words:
            self.builder.add(BlockKind.FOOTNOTE, f"{number} {words}", number=number)

    # --- tables

    def _table(self, table: etree._Element) -> None:
        index = self._tables
        self._tables += 1
        for row, (cells, inserted) in enumerate(self.body.rows(table)):
            contents = [(cell.column, self._cell(cell.element)) for cell in cells]
            filled = [(column, content) for column, content in contents if any(p.shown.strip() for p in content)]
            long = sum(1 for _, content in filled if len(content) > 1 or sum(len(p.text) for p in content) > _LONG_CELL)
            for at, (column, content) in enumerate(filled):
                for nth, paragraph in enumerate(content):
                    separator = None if at == 0 and nth == 0 else ("\t" if nth == 0 and long < 2 else "\n")
                    number = None if paragraph.label is None else paragraph.label.text
                    self.builder.add(
                        BlockKind.TABLE_CELL,
                        paragraph.shown,
                        separator=separator if self.builder.length else None,
                        number=number,
                        cell=(index, row, column),
                        change="inserted" if inserted else _changed(paragraph),
                    )
            for paragraph in (paragraph for _, content in contents for paragraph in content):
                self._after(paragraph)

    def _cell(self, cell: etree._Element, depth: int = 0) -> list[Paragraph]:
        """Return the paragraphs of a cell, those of tables inside it one line for each row."""
        out: list[Paragraph] = []
        pending: Paragraph | None = None
        for element in self.body.blocks(cell):
            if element.tag == W + "p":
                paragraph = self.body.paragraph(element, continues=_has_words(pending))
                if pending is not None:
                    paragraph.text = pending.text + paragraph.text
                    paragraph.label = pending.label or paragraph.label
                    pending = None
                if paragraph.merges:
                    pending = paragraph
                elif paragraph.shown.strip() or paragraph.notes or paragraph.boxes:
                    out.append(paragraph)
            elif depth < _MAX_NESTED_TABLES:
                out.extend(self._inner_rows(element, depth + 1))
        if pending is not None:
            out.append(pending)
        return out

    def _inner_rows(self, table: etree._Element, depth: int) -> list[Paragraph]:
        rows: list[Paragraph] = []
        for cells, _ in self.body.rows(table):
            inner = [self._cell(cell.element, depth) for cell in cells]
            if sum(len(content) > 1 for content in inner):
                rows.extend(paragraph for content in inner for paragraph in content)
                continue
            line = Paragraph(text="\t".join(p.shown.strip() for content in inner for p in content))
            line.notes = [note for content in inner for p in content for note in p.notes]
            rows.append(line)
        return rows


def _kind(paragraph: Paragraph) -> tuple[BlockKind, int | None, str | None]:
    number = None if paragraph.label is None else paragraph.label.text
    if paragraph.heading is not None:
        return BlockKind.HEADING, paragraph.heading, number
    if paragraph.is_title:
        return BlockKind.HEADING, 1, number
    if paragraph.label is not None:
        return BlockKind.LIST_ITEM, paragraph.label.level + 1, number
    return BlockKind.PARAGRAPH, None, None


def _has_words(paragraph: Paragraph | None) -> bool:
    return paragraph is not None and bool(paragraph.text.strip())


def _changed(paragraph: Paragraph) -> str | None:
    return "inserted" if paragraph.is_inserted else None


def _notes(root: etree._Element | None) -> dict[str, etree._Element]:
    if root is None:
        return {}
    return {
        key: element
        for element in root
        if (key := element.get(W + "id")) is not None and element.get(W + "type") not in _NOT_NOTES
    }


def _line(body: Body, root: etree._Element) -> str:
    """Return a header or footer as one line; numbering counted there would disturb the text's, so none is shown."""
    return collapse(" ".join(body.plain(root).split()))


def _report(body: Body, comments: etree._Element | None, builder: DocumentBuilder) -> None:
    if body.changes:
        builder.metadata["tracked_changes"] = json.dumps(
            [
                {"kind": change.kind, "author": change.author, "date": change.date, "text": change.text}
                for change in body.changes
            ],
            ensure_ascii=False,
        )
    for change in body.changes[:_LISTED]:
        verb = "kept" if change.kind == "inserted" else "left out"
        who = f" by {change.author}" if change.author else ""
        when = f" on {change.date[:10]}" if change.date else ""
        builder.warn(f"Tracked change {verb}: {change.kind}{who}{when}: {_quoted(change.text)}.")
    if len(body.changes) > _LISTED:
        builder.warn(f"{len(body.changes) - _LISTED} more tracked changes are listed in the metadata.")
    found = [] if comments is None else list(comments.iterfind(W + "comment"))
    for comment in found[:_LISTED]:
        who = comment.get(W + "author") or "unknown"
        builder.warn(f"Comment by {who}, not part of the text: {_quoted(body.plain(comment))}.")
    if len(found) > _LISTED:
        builder.warn(f"{len(found) - _LISTED} more comments are not shown.")
    if body.hidden:
        builder.warn(f"{body.hidden} characters of hidden text were left out.")
    if body.embedded:
        builder.warn(f"{body.embedded} embedded objects were not read.")
    if body.unknown_symbols:
        builder.warn(f"{body.unknown_symbols} symbols of unknown fonts were left out.")
    if body.numbering.unknown_formats:
        formats = ", ".join(sorted(body.numbering.unknown_formats))
        builder.warn(f"List numbers in the formats {formats} are shown in digits.")


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words[:_QUOTED]}…”" if len(words) > _QUOTED else f"“{words}”"


def _state_core(root: etree._Element | None, builder: DocumentBuilder) -> None:
    for element in () if root is None else root:
        if element.tag == _TITLE:
            builder.entitle(element.text)
        elif element.tag in _CORE:
            key = _CORE[element.tag]
            value = element.text or ""
            builder.state(key, value[:10] if key in {"created", "modified"} else value)
