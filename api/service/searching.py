"""Search over a snapshot, in the JSON shape of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kb.errors import QueryError
from kb.search.model import Sort
from kb.snapshot import Snapshot

HIDDEN_FACETS = frozenset({"document_title", "subject", "party"})
"""Facets kept for filters and labels, too many-valued to count for readers."""


def parse_filters(texts: Iterable[str]) -> dict[str, list[str]]:
    """Return filters from ``FIELD=VALUE`` texts; one field may have several values.

    Raises:
        QueryError: a text has no "=".
    """
    filters: dict[str, list[str]] = {}
    for text in texts:
        field, separator, value = text.partition("=")
        if not separator or not field.strip() or not value.strip():
            raise QueryError(f"'{text}' is not FIELD=VALUE", remedy="For example --filter clause_type='Governing Law'.")
        filters.setdefault(field.strip(), []).append(value.strip())
    return filters


def search_json(
    snapshot: Snapshot,
    query: str,
    *,
    type_: str | None = None,
    language: str | None = None,
    filters: Mapping[str, list[str]] | None = None,
    limit: int = 20,
    offset: int = 0,
    sort: Sort = "relevance",
) -> dict[str, Any]:
    """Return total, hits and facets of a search.

    Raises:
        QueryError: the query, a filter or the page is malformed.
    """
    found = snapshot.index.search(
        query,
        type=type_,
        language=language,
        filters=dict(filters or {}),
        limit=limit,
        offset=offset,
        sort=sort,
    )
    if found.total == 0 and filters:
        _must_be_known(snapshot, filters)
    return {
        "total": found.total,
        "hits": [
            {
                "id": hit.id,
                "type": hit.type,
                "title": hit.title,
                "snippet": hit.snippet,
                "highlights": [list(h) for h in hit.highlights],
                "score": hit.score,
                "document": hit.document,
                "document_title": hit.facets.get("document_title", ""),
                "start": hit.start,
                "end": hit.end,
                "language": hit.language,
            }
            for hit in found.hits
        ],
        "facets": {name: dict(values) for name, values in found.facets.items() if name not in HIDDEN_FACETS},
        "corrected": found.corrected,
        "truncated": found.truncated,
    }


def _must_be_known(snapshot: Snapshot, filters: Iterable[str]) -> None:
    """Tell a misspelt filter from one that leaves nothing.

    Raises:
        QueryError: no stored row has such a field.
    """
    known = snapshot.index.search("", limit=0).facets
    unknown = [name for name in filters if name not in known]
    if known and unknown:
        raise QueryError(
            f"there is no field '{unknown[0]}'.", code="query-filter", remedy=f"Use one of {', '.join(sorted(known))}."
        )
