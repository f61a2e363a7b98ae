"""E-mail: the text of a message with what its header states; attachments are named, not opened."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.encoding import decode
from ingest.readers.html import parse_page, put_page
from ingest.readers.plain import TextScanner
from kb.errors import LimitError, UnreadableError
from kb.model import Kind

_MAX_PARTS: Final = 1_000
_HEADERS: Final = {"from": "author", "to": "to", "cc": "cc", "message-id": "message_id"}
_ENCODED_WORD: Final = re.compile(r"=\?[^?\s]{1,40}\?[bqBQ]\?[^?\s]{0,4000}\?=")


def read_mail(data: bytes, builder: DocumentBuilder, *, kind: Kind | None) -> None:  # noqa: ARG001 - readers' shape
    """Read a message into ``builder``: the plain text body, else the HTML body.

    Raises:
        LimitError: "too-deep" or too many parts.
        UnreadableError: there is no text in it.
    """
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        parts = _parts(message, builder)
    except RecursionError as error:
        raise LimitError(
            "The parts of the message are nested too deep.", code="too-deep", place=builder.name
        ) from error
    _state_headers(message, builder)
    body = next((part for part in parts if _is_body(part, "text/plain") and _payload(part).strip()), None)
    page = next((part for part in parts if _is_body(part, "text/html") and _payload(part).strip()), None)
    if body is not None:
        _put_plain(body, builder)
    elif page is not None:
        decoded = decode(_payload(page), page.get_content_charset(), name=builder.name)
        put_page(parse_page(decoded.text, name=builder.name), builder)
        builder.metadata["encoding"] = decoded.encoding
    else:
        raise UnreadableError("The message has no text.", code="empty", place=builder.name)
    for part in parts:
        if part is body or part is page:
            continue
        name = part.get_filename()
        if name is not None or not _is_body(part, "text/"):
            shown = _decoded_header(name) if name is not None else part.get_content_type()
            builder.warn(f"The attachment {shown!r} was not read; save it as a file to read it.")


def _parts(message: Message, builder: DocumentBuilder) -> list[Message]:
    """Return the leaves of a message; a message inside it counts as one attachment."""
    found: list[Message] = []
    waiting: list[Message] = [message]
    while waiting:
        part = waiting.pop()
        children = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(children, list):
            waiting.extend(child for child in reversed(children) if isinstance(child, Message))
        else:
            found.append(part)
        if len(found) + len(waiting) > _MAX_PARTS:
            raise LimitError(f"The message has more than {_MAX_PARTS:,} parts.", code="too-deep", place=builder.name)
    return found


def _is_body(part: Message, media_type: str) -> bool:
    disposition = part.get_content_disposition()
    return part.get_content_type().startswith(media_type) and disposition != "attachment"


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _put_plain(part: Message, builder: DocumentBuilder) -> None:
    decoded = decode(_payload(part), part.get_content_charset(), name=builder.name)
    builder.metadata["encoding"] = decoded.encoding
    for warning in decoded.warnings:
        builder.warn(warning)
    text = builder.cleaner.clean(decoded.text)
    builder.append(text)
    for block in TextScanner(text, 0, markdown=False).scan():
        builder.mark(block)


def _state_headers(message: Message, builder: DocumentBuilder) -> None:
    # ``get`` would already have replaced raw bytes; the first header of a name counts.
    stated = {name.lower(): value for name, value in reversed(list(message.raw_items()))}
    subject = stated.get("subject")
    builder.entitle(None if subject is None else _decoded_header(subject))
    for header, key in _HEADERS.items():
        value = stated.get(header)
        builder.state(key, None if value is None else _decoded_header(value))
    try:
        sent = parsedate_to_datetime(str(stated.get("date", "")))
    except (ValueError, TypeError, OverflowError, IndexError):
        return  # a missing or malformed date states nothing
    builder.state("published", sent.date().isoformat())


def _decoded_header(value: object) -> str:
    """Return a header's words: RFC 2047 words decoded, and raw bytes as the encoding they look like."""
    raw = str(value) if not isinstance(value, tuple) else str(value[-1])
    data = raw.encode("utf-8", "surrogateescape")
    text = decode(data).text if not raw.isascii() and _has_raw_bytes(raw) else raw
    if not _ENCODED_WORD.search(text):
        return " ".join(text.split())
    try:
        return " ".join(str(make_header(decode_header(text))).split())
    except (LookupError, ValueError, UnicodeError):
        return " ".join(text.split())  # an unknown charset: the words stay as they came


def _has_raw_bytes(text: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in text)
