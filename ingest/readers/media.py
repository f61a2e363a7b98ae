"""What a file really is: by its bytes first, then by its name, and refused when the two contradict each other.

Tolerated on purpose, because real collections are full of them: a ``.txt`` or ``.md`` that holds HTML (EDGAR filings)
or an XML page with an HTML root is read as HTML; a ``.html`` without any tag is read as plain text; a ``.txt`` with
Markdown headings is read as Markdown; a ``.xml`` that is text with tags in it but no root is read as plain
text. A name with an unknown or no suffix is decided by content alone.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from kb.errors import UnreadableError, UnsupportedError

_HEAD: Final = 8_192
_PDF_WITHIN: Final = 1_024  # Adobe's readers accept the header anywhere in the first 1,024 bytes.
_HTML: Final = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*){0,5}<(?:!doctype\s+html|html|head|body|table|div|p|meta|h[1-6])[\s>]",
    re.IGNORECASE | re.DOTALL,
)
# An EDGAR submission is an SGML envelope; what it wraps may be a page.
_EDGAR: Final = re.compile(r"\s*(?:-----BEGIN PRIVACY|<SEC-|<DOCUMENT>)")
_INNER_HTML: Final = re.compile(r"<(?:html|!doctype html)[\s>]", re.IGNORECASE)
_XML: Final = re.compile(r"\s*<(?:\?xml|[A-Za-z_][\w.:-]{0,80}(?:\s[^<>]{0,4000})?/?>)")
_RSS: Final = re.compile(r"<(?:rss|rdf:RDF)[\s>]", re.IGNORECASE)
_RSS_NAMESPACE: Final = "http://purl.org/rss/1.0/"
_ATOM: Final = re.compile(r"<(?:\w{1,20}:)?feed\s[^>]{0,4000}http://www\.w3\.org/2005/Atom")
_JSON: Final = re.compile(r"\s*(?:\{\s*(?:\"|\})|\[\s*(?:[\[{\"\]\d-]|true|false|null))")
_MAIL_LINE: Final = re.compile(
    r"^(?:From |(?:Return-Path|Received|Delivered-To|MIME-Version|Message-ID|From|To|Subject|Date|Content-Type):)",
    re.IGNORECASE | re.MULTILINE,
)
_MAIL_SURE: Final = re.compile(
    r"\A(?:From \S+|(?:Return-Path|Received|Delivered-To|MIME-Version|Message-ID|X-[\w-]+):)", re.IGNORECASE
)
_ATX: Final = re.compile(r"^ {0,3}#{1,6} \S", re.MULTILINE)
_TAG: Final = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>")
_ZIP_MARKS: Final = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class MediaType:
    """One kind of file; ``reader`` is "" for kinds that are recognised and refused."""

    key: str
    media_type: str
    name: str
    reader: str
    extensions: tuple[str, ...]
    remedy: str = ""


@cache
def _table() -> tuple[dict[str, MediaType], dict[str, MediaType], tuple[tuple[bytes, str], ...]]:
    raw = tomllib.loads((files("ingest.readers") / "data" / "media.toml").read_text("utf-8"))
    types = {
        key: MediaType(
            key,
            entry["media_type"],
            entry["name"],
            entry["reader"],
            tuple(entry["extensions"]),
            entry.get("remedy", ""),
        )
        for key, entry in raw["types"].items()
    }
    by_extension = {extension: kind for kind in types.values() for extension in kind.extensions}
    signatures = tuple((bytes.fromhex(entry["hex"]), entry["type"]) for entry in raw["signatures"])
    return types, by_extension, signatures


def extension(name: str) -> str:
    """Return the lower-case suffix of a file or member name with its dot, or ""."""
    return posixpath.splitext(name.replace("\\", "/").rpartition("/")[2])[1].lower()


def media_type_for(data: bytes, name: str) -> MediaType:
    """Return the kind of a file.

    Raises:
        UnreadableError: "empty", or "type-mismatch" when the content is not what the name says.
        UnsupportedError: the kind is known but there is no reader for it (code "unsupported").
    """
    types, by_extension, _ = _table()
    if not data or not data.strip(b"\0 \t\r\n\f"):
        raise UnreadableError("The file is empty.", code="empty", place=name)
    named = by_extension.get(extension(name))
    binary = _binary_kind(data)
    if binary is not None:
        found = types[binary]
        office = found.key == "ole" and named is not None and named.key == "ole"
        if named is not None and named is not found and not office and not (found.key == "zip" and named.reader == ""):
            raise UnreadableError(
                f"The name says {named.name}, but the content is {found.name}.",
                code="type-mismatch",
                place=name,
                remedy="Give the file its right suffix." if found.reader else found.remedy,
            )
        return _supported(found, name)
    if named is not None and named.reader in {"", "pdf", "docx", "xlsx"}:
        found = types[_text_kind(data)]
        raise UnreadableError(
            f"The name says {named.name}, but the content is not: it looks like {found.name}.",
            code="type-mismatch",
            place=name,
            remedy="Give the file its right suffix, or save it again.",
        )
    return types[_text_kind_named(data, named, name)]


def detect(data: bytes, name: str) -> str:
    """Return the media type of a file by content and suffix; raises like ``media_type_for``."""
    return media_type_for(data, name).media_type


def _supported(found: MediaType, name: str) -> MediaType:
    if not found.reader and found.key != "zip":
        raise UnsupportedError(f"The file is {found.name}, which is not read.", place=name, remedy=found.remedy)
    return found


def _binary_kind(data: bytes) -> str | None:
    for mark, kind in _table()[2]:
        if data.startswith(mark):
            return kind
    if data.startswith(_ZIP_MARKS):
        return _zip_kind(data)
    at = data.find(b"%PDF-", 0, _PDF_WITHIN)
    # Text that talks about PDFs is no PDF: before the header only blanks or the bytes of a broken transfer may stand.
    if at == 0 or (at > 0 and (not data[:at].strip() or not data[:at].isascii() or b"%%EOF" in data[-2048:])):
        return "pdf"
    return None


def _zip_kind(data: bytes) -> str:
    """Tell office files from archives by entry names, which stand unpacked in the local headers and the directory."""
    head = data[:_HEAD]
    if b"mimetypeapplication/vnd.oasis.opendocument" in head:
        return "odt"
    if b"mimetypeapplication/epub+zip" in head:
        return "epub"
    if b"[Content_Types].xml" in data:
        for folder, kind in ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx")):
            if folder in data:
                return kind
        return "docx"
    return "ofd" if b"OFD.xml" in data and b"Doc_0/" in data else "zip"


def _peek(data: bytes) -> str:
    """Return the beginning as text good enough for finding marks of a format, which are ASCII."""
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace")
    if head[:40].count(0) >= len(head[:40]) // 4:
        head = head.replace(b"\0", b"")
    return head.decode("utf-8", errors="replace").lstrip("\ufeff")


def _text_kind(data: bytes) -> str:
    text = _peek(data)
    if _HTML.match(text) or (_EDGAR.match(text) and _INNER_HTML.search(text)):
        return "html"
    if _XML.match(text) and not _EDGAR.match(text):
        if _ATOM.search(text):
            return "atom"
        is_rss = _RSS.search(text) is not None and ("<rss" in text.lower() or _RSS_NAMESPACE in text)
        return "rss" if is_rss else "xml"
    if _JSON.match(text):
        return "json"
    head = text[:2000]
    if _MAIL_SURE.match(head) and len(set(_MAIL_LINE.findall(head))) >= 2:
        return "mail"
    if len({line.lower() for line in _MAIL_LINE.findall(head.partition("\n\n")[0].replace("\r\n", "\n"))}) >= 3:
        return "mail"
    return "markdown" if len(_ATX.findall(text)) >= 2 else "text"


def _text_kind_named(data: bytes, named: MediaType | None, name: str) -> str:
    found = _text_kind(data)
    if named is None:
        return found
    key = named.key
    if key in {"text", "markdown"}:
        if found == "html":
            return "html"
        return "markdown" if key == "markdown" or found == "markdown" else "text"
    if key == "html":
        return "html" if found in {"html", "xml"} or _TAG.search(_peek(data)) else "text"
    if key in {"xml", "rss", "atom"}:
        if found in {"xml", "rss", "atom"}:
            return found if key == "xml" else key
        if found == "html":
            return "html" if "xhtml" in _peek(data)[:2000].lower() or key == "xml" else _mismatch(named, found, name)
        if found == "text" and _TAG.search(_peek(data)):
            return "text"
        return _mismatch(named, found, name)
    if key in {"json", "jsonl"}:
        return key if found == "json" else _mismatch(named, found, name)
    if key in {"csv", "tsv", "turtle"}:
        return key if found not in {"html", "rss", "atom", "xml"} or key == "turtle" else _mismatch(named, found, name)
    if key == "mail":
        return key if _MAIL_LINE.search(_peek(data)[:4000]) else _mismatch(named, found, name)
    return found


def _mismatch(named: MediaType, found: str, name: str) -> str:
    raise UnreadableError(
        f"The name says {named.name}, but the content looks like {_table()[0][found].name}.",
        code="type-mismatch",
        place=name,
        remedy="Check the download: an error or login page may have been saved instead of the file.",
    )
