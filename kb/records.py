"""What goes into the knowledge base and what its registry says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kb.long_text import LongText
from kb.model import Document, Kind
from kb.search import IndexRow

Status = Literal["ingested", "unchanged", "replaced"]


@dataclass(frozen=True, slots=True)
class Revision:
    """What one source holds now, read and turned into facts, ready to be stored.

    Attributes:
        source_key: ``kb.ids.source_key`` of the place the bytes come from.
        source: that place as the user knows it (path, "archive.zip!member", upload name).
        kind: what the bytes were read as.
        original: the bytes themselves.
        document: what the reader made of them.
        facts: N-Triples as ``kb.triples.TripleWriter`` writes them, without blank nodes; packed where they are long.
        rows: search rows; ``owner`` of every row is the document's id.
        counts: further figures to keep ("clauses": 150); "facts" and "rows" are added.
        tool_version: version of everything that shaped the facts; the same bytes with another tool version are
            stored again.
    """

    source_key: str
    source: str
    kind: Kind
    original: bytes
    document: Document
    facts: str | LongText
    rows: tuple[IndexRow, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    tool_version: str = ""


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of one revision; durable when you hold it.

    Attributes:
        document: id of the document the source now points at.
        status: "ingested" (new), "replaced" (the source held something else before, or the same bytes were read by
            another tool version), "unchanged" (nothing to do, or only the further source was recorded).
        facts: triples in the document's graph.
    """

    source_key: str
    source: str
    document: str
    kind: Kind
    status: Status
    facts: int


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the registry says about one stored document.

    Attributes:
        id: ``kb.ids.document_id``.
        sources: (source key, source) of every place that holds it, oldest first.
        original: SHA-256 of the bytes; ``text`` and ``facts`` likewise of what the text store keeps.
        size: length of the original in bytes.
        recorded_at: when this revision became current (UTC).
        invalidated_at: when it ceased to be current, None while it is.
    """

    id: str
    kind: Kind
    language: str
    title: str | None
    media_type: str
    size: int
    counts: Mapping[str, int]
    tool_version: str
    original: str
    text: str
    facts: str
    recorded_at: datetime
    invalidated_at: datetime | None
    sources: tuple[tuple[str, str], ...]

    @property
    def source(self) -> str:
        """The place it was first read from, among those that still hold it; "" when none does."""
        return self.sources[0][1] if self.sources else ""


@dataclass(frozen=True, slots=True)
class DerivedRecord:
    """One derived graph: its name, the SHA-256 of its facts and rows, and when it was current."""

    name: str
    facts: str
    rows: str
    counts: Mapping[str, int]
    recorded_at: datetime
    invalidated_at: datetime | None
