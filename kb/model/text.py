"""Sources and their text: kinds, documents, blocks, spans, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a source is, which decides how it is read."""

    CONTRACT = "contract"
    REGULATION = "regulation"
    NEWS = "news"
    WATCHLIST = "watchlist"
    REGISTER = "register"


class BlockKind(StrEnum):
    """What a stretch of a document's text is on the page."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_CELL = "table_cell"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document's text, ``0 <= start < end <= len(text)``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the words the span stands for."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Block:
    """One layout unit of a document; blocks are in reading order and do not overlap.

    Attributes:
        level: heading level 1-9, or nesting depth of a list item; None for other kinds.
        number: the list number as it is shown to a reader ("2.1", "(a)", "第三条"); it is part of the text.
        page: 1-based page number where the format has pages.
        cell: (table, row, column), 0-based, for table cells.
        change: "inserted" or "deleted" where the file tracks a change here; deleted text is not part of ``text``
            except as a block of its own, see the DOCX reader.
    """

    kind: BlockKind
    start: int
    end: int
    level: int | None = None
    number: str | None = None
    page: int | None = None
    cell: tuple[int, int, int] | None = None
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One readable text with its structure, whatever file it came from.

    Attributes:
        text: NFC text, lines ended by a single line feed, no NUL characters.
        media_type: the type found by content, for example "application/pdf".
        language: "en", "zh" or "und" when there is too little text to say.
        title: the title the file states about itself, or None.
        metadata: what the file states about itself: author, published (ISO date), publisher, url, page_count, encoding.
        warnings: what the reader could not use, as sentences (an unreadable page, a tracked change left out).
    """

    text: str
    blocks: tuple[Block, ...]
    media_type: str
    language: str
    title: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a statement comes from: the words, their place and their document."""

    document: str
    start: int
    end: int
    quote: str
