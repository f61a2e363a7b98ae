"""Search over a snapshot, in the JSON shape of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from api.service.entities import parties_of_rows
from api.service.force import Forces
from kb.errors import QueryError
from kb.search.model import Hit, SearchResult, Sort
from kb.snapshot import Snapshot

SCANNED: Final = 2000
"""Matches looked at when law of other days is left out; a reader turns no more pages."""
_PAGE: Final = 500

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
    as_of: date | None = None,
) -> dict[str, Any]:
    """Return total, hits and facets of a search; hits that are law say whether it applies.

    Args:
        snapshot: one consistent view of the store.
        query: what to search for.
        type_: only things of this type.
        language: only texts in this language.
        filters: only rows with one of these values, by field.
        limit: hits on the page.
        offset: hits left out first.
        sort: order of the hits.
        as_of: leave out law that did not stand on this day; None shows all law with its status of today.

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
    forces = Forces(snapshot, as_of)
    if as_of is not None:
        found = _standing(snapshot, found, forces, Asked(query, type_, language, filters or {}, limit, offset, sort))
    parties = parties_of_rows(snapshot, ((hit.document, hit.id) for hit in found.hits if hit.type == "partner"))
    return {
        "total": found.total,
        "hits": [
            {
                "id": hit.id,
                "party": parties.get((hit.document, hit.id)) if hit.type == "partner" else None,
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
                "force": forces.of_hit(hit.type, hit.id, hit.document),
            }
            for hit in found.hits
        ],
        "facets": {name: dict(values) for name, values in found.facets.items() if name not in HIDDEN_FACETS},
        "corrected": found.corrected,
        "truncated": found.truncated,
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it was asked."""

    query: str
    type: str | None
    language: str | None
    filters: Mapping[str, list[str]]
    limit: int
    offset: int
    sort: Sort


def _standing(snapshot: Snapshot, found: SearchResult, forces: Forces, asked: Asked) -> SearchResult:
    """Return the page of a search without law that did not stand on the day.

    All matches up to ``SCANNED`` are looked at; with more of them the answer says that it is incomplete.
    """
    kept: list[Hit] = []
    total = min(found.total, SCANNED)
    for begin in range(0, total, _PAGE):
        page = snapshot.index.search(
            asked.query,
            type=asked.type,
            language=asked.language,
            filters=dict(asked.filters),
            limit=min(_PAGE, total - begin),
            offset=begin,
            sort=asked.sort,
        )
        kept += [hit for hit in page.hits if forces.stands(hit.type, hit.id, hit.document)]
    page_hits = tuple(kept[asked.offset : asked.offset + asked.limit])
    return replace(found, total=len(kept), hits=page_hits, truncated=found.truncated or found.total > SCANNED)


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
