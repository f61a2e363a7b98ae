"""Puts a document together piece by piece, so that every block's offsets slice back to its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ingest.readers.clean import Cleaner
from ingest.readers.language import languages
from ingest.readers.limits import Limits
from kb.errors import LimitError, UnreadableError
from kb.model import Block, BlockKind, Document

_SPACES: Final = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
_AROUND_BREAK: Final = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u3000]*\n[ \t\u00a0\u2000-\u200a\u202f\u3000]*")


def collapse(text: str) -> str:
    """Return ``text`` with runs of blanks as one space and lines trimmed, as a browser would show it."""
    return _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text)).strip(" \n")


class DocumentBuilder:
    """Collects text and blocks in reading order within the limits.

    The separator before a block is a blank line between paragraphs and a single line feed between neighbours that
    belong together (list items, table rows, footnotes), so the text reads well without its blocks.
    """

    def __init__(self, media_type: str, limits: Limits, *, name: str) -> None:
        self.media_type = media_type
        self.limits = limits
        self.name = name
        self.cleaner = Cleaner()
        self.metadata: dict[str, str] = {}
        self.warnings: list[str] = []
        self.title: str | None = None
        self.blocks: list[Block] = []
        self._pieces: list[str] = []
        self._length = 0

    @property
    def length(self) -> int:
        """Length of the text so far, which is where the next piece will start."""
        return self._length

    def warn(self, sentence: str) -> None:
        """Add a warning once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def state(self, key: str, value: str | None) -> None:
        """Record what the file states about itself; blank values are not statements."""
        cleaned = collapse(self.cleaner.clean(value)) if value is not None else ""
        if cleaned:
            self.metadata[key] = cleaned

    def entitle(self, title: str | None, *, anew: bool = False) -> None:
        """Take the first title that is not blank, or with ``anew`` one that is better founded than the first."""
        if title is not None and title.strip() and (anew or self.title is None):
            self.title = collapse(self.cleaner.clean(title)).replace("\n", " ") or None

    def append(self, text: str) -> int:
        """Append already clean text as it is and return where it starts."""
        start = self._length
        self._length += len(text)
        if self._length > self.limits.text_chars:
            raise LimitError(
                f"The text is longer than {self.limits.text_chars:,} characters.", code="text-too-long", place=self.name
            )
        self._pieces.append(text)
        return start

    def mark(self, block: Block) -> None:
        """Add a block over text that has been appended."""
        if len(self.blocks) >= self.limits.blocks:
            raise LimitError(
                f"The document has more than {self.limits.blocks:,} blocks.", code="too-many-blocks", place=self.name
            )
        self.blocks.append(block)

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        separator: str | None = None,
        level: int | None = None,
        number: str | None = None,
        page: int | None = None,
        cell: tuple[int, int, int] | None = None,
        change: str | None = None,
    ) -> Block | None:
        """Append one block with the separator it needs; text without a visible character adds nothing.

        Args:
            kind: what the block is.
            text: raw text; it is cleaned here, its inner line breaks are kept.
            separator: put before the block instead of the usual one.
            level: heading level or list depth.
            number: shown number, already part of ``text``.
            page: 1-based page.
            cell: (table, row, column).
            change: "inserted" for tracked insertions.

        Returns:
            The block, or None when there was nothing to show.
        """
        words = self.cleaner.clean(text).strip(" \t\n")
        if not words:
            return None
        if self._length:
            self.append(self._separator(kind, cell) if separator is None else separator)
        start = self.append(words)
        block = Block(kind, start, self._length, level, number, page, cell, change)
        self.mark(block)
        return block

    def _separator(self, kind: BlockKind, cell: tuple[int, int, int] | None) -> str:
        last = self.blocks[-1] if self.blocks else None
        if last is None or last.kind is not kind:
            return "\n\n"
        if kind is BlockKind.TABLE_CELL and cell is not None and last.cell is not None and last.cell[0] != cell[0]:
            return "\n\n"
        return "\n" if kind in {BlockKind.LIST_ITEM, BlockKind.TABLE_CELL, BlockKind.FOOTNOTE} else "\n\n"

    def build(self, extra: Mapping[str, str] | None = None) -> Document:
        """Return the document.

        Raises:
            UnreadableError: there is no visible character in it (code "empty").
        """
        text = "".join(self._pieces)
        if not text.strip():
            raise UnreadableError("The file holds no text.", code="empty", place=self.name)
        if extra is not None:
            self.metadata.update(extra)
        spoken = languages(text)
        if len(spoken) > 1:
            self.metadata["languages"] = ",".join(spoken)
        return Document(
            text=text,
            blocks=tuple(self.blocks),
            media_type=self.media_type,
            language=spoken[0] if spoken else "und",
            title=self.title,
            metadata=dict(self.metadata),
            warnings=tuple(self.warnings) + self.cleaner.warnings(),
        )
