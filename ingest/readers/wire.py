"""Documents and errors as JSON values between a reading process and its parent."""

from __future__ import annotations

from typing import Any, Final

import kb.errors
from kb.errors import InputError, UnreadableError
from kb.model import Block, BlockKind, Document

_KINDS: Final = tuple(BlockKind)
_ERRORS: Final = {
    kind.__name__: kind
    for kind in (
        kb.errors.InputError,
        kb.errors.UnreadableError,
        kb.errors.UnsupportedError,
        kb.errors.LimitError,
        kb.errors.RecordError,
    )
}


def encode_document(document: Document) -> dict[str, Any]:
    """Return a document as JSON values."""
    return {
        "text": document.text,
        "blocks": [
            (
                _KINDS.index(block.kind),
                block.start,
                block.end,
                block.level,
                block.number,
                block.page,
                block.cell,
                block.change,
            )
            for block in document.blocks
        ],
        "media_type": document.media_type,
        "language": document.language,
        "title": document.title,
        "metadata": dict(document.metadata),
        "warnings": document.warnings,
    }


def decode_document(value: dict[str, Any]) -> Document:
    """Return the document that ``encode_document`` took apart."""
    blocks = tuple(
        Block(_KINDS[kind], start, end, level, number, page, None if cell is None else tuple(cell), change)
        for kind, start, end, level, number, page, cell, change in value["blocks"]
    )
    return Document(
        text=value["text"],
        blocks=blocks,
        media_type=value["media_type"],
        language=value["language"],
        title=value["title"],
        metadata=value["metadata"],
        warnings=tuple(value["warnings"]),
    )


def encode_error(error: InputError) -> dict[str, str]:
    """Return an error as JSON values."""
    return {
        "kind": type(error).__name__,
        "detail": error.detail,
        "code": error.code,
        "place": error.place,
        "remedy": error.remedy,
    }


def decode_error(value: dict[str, str], name: str) -> InputError:
    """Return the error that ``encode_error`` took apart."""
    kind = _ERRORS.get(value.get("kind", ""), UnreadableError)
    return kind(
        value.get("detail", "The reader failed."),
        code=value.get("code", "damaged"),
        place=value.get("place", name),
        remedy=value.get("remedy", ""),
    )
