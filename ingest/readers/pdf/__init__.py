"""PDF: the text layer through pdfium, pypdf where pdfium cannot open the file, tesseract where there is only a picture.

Running heads and feet are taken out of the text and stated in the metadata (``running_header``, ``running_footer``),
page numbers are dropped, and paragraphs are put together over line, column and page ends.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, Final

import pypdfium2
import pypdfium2.raw

from ingest.readers.builder import DocumentBuilder
from ingest.readers.pdf import ocr
from ingest.readers.pdf.fallback import read_with_pypdf
from ingest.readers.pdf.furniture import patterns, strip_furniture
from ingest.readers.pdf.lines import Line, flat_lines, page_lines
from ingest.readers.pdf.paragraphs import paragraphs
from kb.errors import LimitError, UnreadableError
from kb.model import BlockKind

_PDF_DATE: Final = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_INFO: Final = {"Author": "author", "Subject": "subject", "Keywords": "keywords", "Producer": "producer"}
# Text recognition stops at this share of the time for the input, so that what was read is kept.
_OCR_SHARE: Final = 0.75
_OCR_MIN_SECONDS: Final = 5.0
_UNMAPPED: Final = re.compile("[\ufffd\ue000-\uf8ff]")
_UNMAPPED_SHARE: Final = 0.3
_LISTED_PAGES: Final = 20
# Rules and frames are a few paths; a word drawn as outlines has one for each letter.
_OUTLINES: Final = 40
_FORM_DEPTH: Final = 4
_LOOKED_AT: Final = 2_000
_PDFIUM: Final[Any] = pypdfium2.raw
_OPEN: Final[Any] = pypdfium2.PdfDocument


def read_pdf(data: bytes, builder: DocumentBuilder) -> None:
    """Read a PDF into ``builder``.

    Raises:
        UnreadableError: "encrypted", "needs-ocr", "empty" or "damaged".
        LimitError: it has more text than allowed.
    """
    began = time.monotonic()
    try:
        document: Any = _OPEN(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableError(
                "The PDF is encrypted and needs a password.",
                code="encrypted",
                place=builder.name,
                remedy="Save it without a password.",
            ) from error
        read_with_pypdf(data, builder, put_pages, reason=str(error))
        return
    try:
        _state_info(document, builder)
        builder.metadata["page_count"] = str(count)
        pages = _Pages(document, builder, began)
        put_pages(list(pages.read(min(count, builder.limits.pages))), builder)
        pages.report(count)
    finally:
        document.close()


def put_pages(pages: list[list[Line]], builder: DocumentBuilder) -> None:
    """Add the paragraphs of pages to a document."""
    kept, stated = strip_furniture(pages)
    for key, value in stated.items():
        builder.state(key, value)
    for paragraph in paragraphs(kept):
        number = patterns()["unit_start"].match(paragraph.text) if paragraph.is_unit else None
        kind = BlockKind.PARAGRAPH if number is None else BlockKind.LIST_ITEM
        shown = None if number is None else number[0].strip()
        builder.add(kind, paragraph.text, separator=None if not builder.length else "\n\n", page=paragraph.page,
                    number=shown, level=None if number is None else 1)  # fmt: skip


class _Pages:
    """Reads the pages of one document one by one and remembers which gave no text."""

    def __init__(self, document: Any, builder: DocumentBuilder, began: float) -> None:
        self.document = document
        self.builder = builder
        self.deadline = began + _OCR_SHARE * builder.limits.wall_seconds
        self.scanned: list[int] = []
        self.broken: list[int] = []
        self.recognised: list[int] = []
        self.unmapped: list[int] = []
        self.read_pages = 0
        self.characters = 0

    def read(self, count: int) -> Iterator[list[Line]]:
        """Yield the lines of each page; pages that cannot be read yield none."""
        for index in range(count):
            self.read_pages += 1
            try:
                page = self.document[index]
            except pypdfium2.PdfiumError:
                self.broken.append(index + 1)
                yield []
                continue
            try:
                lines = self._lines(page, index)
            finally:
                page.close()
            self.characters += sum(len(line.text) for line in lines)
            if self.characters > self.builder.limits.text_chars:
                raise LimitError(
                    f"The PDF has more than {self.builder.limits.text_chars:,} characters.",
                    code="text-too-long",
                    place=self.builder.name,
                )
            yield lines

    def _lines(self, page: Any, index: int) -> list[Line]:
        try:
            textpage = page.get_textpage()
        except pypdfium2.PdfiumError:
            self.broken.append(index + 1)
            return []
        try:
            lines = page_lines(textpage, page, index)
        finally:
            textpage.close()
        text = "".join(line.text for line in lines)
        if lines and len(_UNMAPPED.findall(text)) > _UNMAPPED_SHARE * len(text):
            self.unmapped.append(index + 1)
        elif lines:
            return lines
        elif not _is_pictured(page):
            return []  # a blank page
        else:
            self.scanned.append(index + 1)
        recognised = self._recognised(page, index)
        return recognised or lines

    def _recognised(self, page: Any, index: int) -> list[Line]:
        left = self.deadline - time.monotonic()
        if not self.builder.limits.ocr or left < _OCR_MIN_SECONDS or not ocr.languages():
            return []
        text = ocr.page_text(page, left)
        if text is None or not text.strip():
            return []
        self.recognised.append(index + 1)
        return flat_lines(text.replace("\f", "").split("\n"), index)

    def report(self, count: int) -> None:
        """Say what could not be read; raise when that is everything.

        Raises:
            UnreadableError: no page gave text.
        """
        builder = self.builder
        missing = [page for page in self.scanned if page not in self.recognised]
        if not builder.length and missing:
            raise UnreadableError(
                f"None of its {count} pages has a text layer; it is a scan and needs OCR.",
                code="needs-ocr",
                place=builder.name,
                remedy="Install tesseract with chi_sim and eng, or save it as a searchable PDF.",
            )
        if not builder.length and self.broken:
            raise UnreadableError("No page of the PDF can be read.", code="damaged", place=builder.name)
        for pages, sentence in (
            (missing, "{0} without a text layer was not read and needs OCR."),
            (self.broken, "{0} is damaged and was not read."),
            ([page for page in self.unmapped if page not in self.recognised],
             "{0} uses a font without Unicode values, so its text may be wrong; it needs OCR."),
        ):  # fmt: skip
            if pages:
                builder.warn(sentence.format(_page_list(pages)))
        if self.recognised:
            builder.metadata["ocr"] = "true"
            builder.warn(f"{_page_list(self.recognised)} was read by text recognition and may hold errors.")
        if self.read_pages < count:
            builder.warn(f"Only the first {self.read_pages:,} of {count:,} pages were read.")


def _is_pictured(page: Any) -> bool:
    """Return whether a page without text shows something that may be text: a picture, or letters drawn as outlines."""
    outlines = 0
    for thing in islice(page.get_objects(max_depth=_FORM_DEPTH), _LOOKED_AT):
        if thing.type == _PDFIUM.FPDF_PAGEOBJ_IMAGE:
            return True
        outlines += thing.type == _PDFIUM.FPDF_PAGEOBJ_PATH
    return outlines >= _OUTLINES


def _page_list(pages: list[int]) -> str:
    shown = ", ".join(str(page) for page in pages[:_LISTED_PAGES])
    more = f" and {len(pages) - _LISTED_PAGES} more" if len(pages) > _LISTED_PAGES else ""
    return f"Page {shown}{more}"


def _state_info(document: Any, builder: DocumentBuilder) -> None:
    try:
        info: dict[str, str] = document.get_metadata_dict(skip_empty=True)
    except pypdfium2.PdfiumError:
        builder.warn("What the PDF states about itself cannot be read.")
        return
    builder.entitle(info.get("Title"))
    for key, name in _INFO.items():
        builder.state(name, info.get(key))
    builder.state("created", _iso(info.get("CreationDate")))


def _iso(value: str | None) -> str | None:
    match = _PDF_DATE.match(value or "")
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat() if match is not None else None
    except ValueError:
        return None
