"""PDFs that pdfium refuses, read by pypdf: slower, without places, but more forgiving of broken structure."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import Any, Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.pdf.lines import Line, flat_lines
from kb.errors import LimitError, UnreadableError

# pypdf logs every oddity of a broken file; the document's warnings say what matters.
_QUIET: Final = logging.CRITICAL


def read_with_pypdf(
    data: bytes, builder: DocumentBuilder, put: Callable[[list[list[Line]], DocumentBuilder], None], *, reason: str
) -> None:
    """Read a damaged PDF as far as it goes.

    Args:
        data: the PDF.
        builder: takes the text.
        put: adds pages of lines to ``builder``.
        reason: what pdfium said, for the error.

    Raises:
        UnreadableError: pypdf cannot read it either.
        LimitError: pypdf's own limits on streams and objects were hit.
    """
    import pypdf
    from pypdf.errors import LimitReachedError

    logging.getLogger("pypdf").setLevel(_QUIET)
    # pypdf raises whatever its parsing of damaged objects runs into, so these are its documented and observed kinds.
    broken = (pypdf.errors.PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError,
              NotImplementedError, OverflowError, OSError, ZeroDivisionError)  # fmt: skip
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("The PDF is encrypted and needs a password.", code="encrypted", place=builder.name)
        pages: list[list[Line]] = []
        failed: list[int] = []
        for index, page in enumerate(_pages(reader, builder.limits.pages)):
            try:
                pages.append(flat_lines(page.extract_text().split("\n"), index))
            except LimitReachedError:
                raise
            except broken:
                failed.append(index + 1)
                pages.append([])
    except LimitReachedError as error:
        raise LimitError(f"The PDF unpacks to too much: {error}.", code="text-too-long", place=builder.name) from error
    except broken as error:
        raise UnreadableError(
            f"The PDF is damaged: {reason} {error}", code="damaged", place=builder.name, remedy="Save it again as PDF."
        ) from error
    if not any(pages):
        raise UnreadableError(f"The PDF is damaged: {reason}", code="damaged", place=builder.name)
    builder.metadata["page_count"] = str(len(pages))
    builder.warn("The PDF is damaged; its text was recovered without layout.")
    if failed:
        builder.warn(f"Page {', '.join(map(str, failed[:20]))} could not be recovered.")
    put(pages, builder)


def _pages(reader: Any, most: int) -> Any:
    for index, page in enumerate(reader.pages):
        if index >= most:
            return
        yield page
