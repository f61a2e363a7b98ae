"""What goes into the search index and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SEARCH_TYPES: Final = ("clause", "provision", "partner", "list_entry", "news", "finding", "document")
"""The kinds of thing a row may stand for, in the order a reader sees them."""

Sort = Literal["relevance", "document", "title"]


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One thing that can be found.

    Attributes:
        id: unique within its owner; shown to callers.
        owner: id of the document the row was read from, or name of the derived graph it belongs to. Rows are
            replaced owner by owner.
        type: one of ``SEARCH_TYPES``.
        title: short name shown above the snippet; its words are searchable too.
        text: the searchable words, exactly as they stand in the document.
        document: id of the document a reader is sent to; empty when there is none.
        start: span of ``text`` in that document, ``0 <= start <= end``.
        language: "en", "zh" or "und".
        facets: further properties to filter and count by (kind, clause_type, level, jurisdiction, source_kind, status,
            list, bearer, modality); several values of one property are joined by "|".
        keywords: further words the row is found by and that stand nowhere in ``text`` ("obligation of processor");
            never shown.
    """

    id: str
    owner: str
    type: str
    title: str
    text: str
    document: str
    start: int
    end: int
    language: str
    facets: Mapping[str, str] = field(default_factory=dict)
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One row that matched.

    Attributes:
        snippet: the passage around the best matches, cut out of the row's text unchanged (never HTML; escape it).
        highlights: matched stretches of ``snippet``, ``(start, end)`` in code points, ascending, not overlapping.
        snippet_start: index of ``snippet`` in the row's text; above 0 when words before it were left out.
        snippet_is_tail: False when words after the snippet were left out.
        score: relevance, only comparable within one result; 0.0 when not sorted by relevance.
        start: span of the whole row in ``document``.
        facets: as indexed, several values of one property joined by "|".
    """

    id: str
    type: str
    title: str
    snippet: str
    score: float
    document: str
    start: int
    end: int
    language: str
    facets: Mapping[str, str]
    highlights: tuple[tuple[int, int], ...] = ()
    snippet_start: int = 0
    snippet_is_tail: bool = True


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one search.

    Attributes:
        total: number of rows that match, over all pages.
        hits: the asked-for page.
        facets: property -> value -> number of matching rows, over the full result, most frequent first; "type" and
            "language" are always among the properties when anything matched.
        corrected: the query with misspelt words replaced by words that are indexed; None when nothing was misspelt.
        truncated: True when the answer is incomplete: the time limit ended the search early, or a wildcard stood for
            more words than were looked at.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]]
    corrected: str | None = None
    truncated: bool = False
