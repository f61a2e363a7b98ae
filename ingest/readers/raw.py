"""Tables, feeds, XML and JSON as text: decoded right and left as they are; their own readers take it from there."""

from __future__ import annotations

import re
from typing import Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.encoding import decode

_XML_DECLARATION: Final = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")


def declared_xml_encoding(data: bytes) -> str | None:
    """Return the encoding an XML declaration names, or None; a UTF-16 declaration is seen by its zeros instead."""
    match = _XML_DECLARATION.match(data[:400].removeprefix(b"\xef\xbb\xbf"))
    return match[1].decode("ascii") if match is not None else None


def read_raw(data: bytes, builder: DocumentBuilder) -> None:
    """Read a file whose structure is someone else's business; the document has text and no blocks."""
    decoded = decode(data, declared_xml_encoding(data), name=builder.name)
    builder.metadata["encoding"] = decoded.encoding
    for warning in decoded.warnings:
        builder.warn(warning)
    builder.append(builder.cleaner.clean(decoded.text))
