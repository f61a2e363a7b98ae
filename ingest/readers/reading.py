"""From bytes to a ``Document`` in this process; ``pool`` does the same in a limited child process."""

from __future__ import annotations

from ingest.readers.builder import DocumentBuilder
from ingest.readers.limits import DEFAULT_LIMITS, Limits
from ingest.readers.media import media_type_for
from kb.errors import LimitError, UnsupportedError
from kb.model import Document, Kind


def read_document(data: bytes, name: str, limits: Limits = DEFAULT_LIMITS, *, kind: Kind | None = None) -> Document:
    """Return what a file says.

    Args:
        data: the bytes of the file.
        name: file name or path for messages and for the suffix; it is never opened.
        limits: how much it may cost; memory and time are enforced by ``ReaderPool`` only.
        kind: what the source is, where known: news pages are stripped of everything but the article.

    Raises:
        InputError: see the list of codes in ``ingest.readers``.
    """
    if len(data) > limits.input_bytes:
        raise LimitError(
            f"The input has {len(data):,} bytes, more than {limits.input_bytes:,}.", code="too-large", place=name
        )
    media = media_type_for(data, name)
    builder = DocumentBuilder(media.media_type, limits, name=name)
    # The readers are imported when first needed: their libraries take longer to load than most files to read.
    match media.reader:
        case "text":
            from ingest.readers.plain import read_text

            read_text(data, builder, markdown=media.key == "markdown")
        case "raw":
            from ingest.readers.law import law_format, read_law
            from ingest.readers.raw import read_raw

            law = law_format(data, media.key)
            if law is None or not read_law(data, builder, law):
                read_raw(data, builder)
        case "html":
            from ingest.readers.html import read_html

            read_html(data, builder, kind=kind)
        case "pdf":
            from ingest.readers.pdf import read_pdf

            read_pdf(data, builder)
        case "docx":
            from ingest.readers.docx import read_docx

            read_docx(data, builder)
        case "xlsx":
            from ingest.readers.xlsx import read_xlsx

            read_xlsx(data, builder)
        case "mail":
            from ingest.readers.mail import read_mail

            read_mail(data, builder, kind=kind)
        case _:
            raise UnsupportedError(
                f"The file is {media.name}, which is not one document.", place=name, remedy=media.remedy
            )
    return builder.build()
