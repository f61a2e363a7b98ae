"""Addresses of the pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from api.web.data import Passage
from kb.search import Hit


def _path(prefix: str, name: str) -> str:
    return f"/{prefix}/{anchor(name)}"


def anchor(name: str) -> str:
    """Return a name as one piece of an address; half characters (lone surrogates) become "?"."""
    return quote(name, safe="", errors="replace")


def document(name: str, start: int = -1, end: int = -1, at: str = "") -> str:
    """Return the address of a document, of a passage in it (marked when shown), or of the anchor ``at``."""
    address = _path("documents", name)
    if at:
        return f"{address}?at={start}#{at}"
    if 0 <= start < end:
        return f"{address}?at={start}-{end}#passage"
    return address


def passage(place: Passage) -> str:
    """Return the address of a passage; empty when its document is not stored."""
    return document(place.document, place.start, place.end) if place.document else ""


def partner(name: str) -> str:
    """Return the address of a partner."""
    return _path("partners", name)


def law(act: str) -> str:
    """Return the address of an act's page: versions, and what its changes touch."""
    return f"{_path('law', act)}/impact"


def rule(name: str) -> str:
    """Return the address of a rule."""
    return _path("rules", name)


def term(name: str) -> str:
    """Return the address of a term."""
    return _path("terms", name)


def decide_hit(hit: str) -> str:
    """Return the address of the page of one list hit, by its id."""
    return _query("/hits", {"hit": [hit]})


def hit_anchor(hit: str) -> str:
    """Return the anchor of a list hit on a page."""
    return f"hit-{hashlib.sha256(hit.encode('utf-8', 'replace')).hexdigest()[:12]}"


def findings(**filters: str | int | None) -> str:
    """Return the address of the list of findings with some filters."""
    return _query("/findings", {name: [str(value)] for name, value in filters.items() if value not in {None, ""}})


def listing(path: str, **filters: str | int) -> str:
    """Return the address of a list of documents or partners with some filters."""
    return _query(path, {name: [str(value)] for name, value in filters.items() if value not in {"", 0}})


def search(query: str, filters: Mapping[str, Sequence[str]], **more: str | int) -> str:
    """Return the address of a search."""
    values = {"q": [query]} if query else {}
    values |= {name: list(chosen) for name, chosen in filters.items() if chosen}
    values |= {name: [str(value)] for name, value in more.items() if value not in {"", 0}}
    return _query("/", values)


def hit(found: Hit) -> str:
    """Return the address of the thing a search hit stands for, at the words that matched."""
    if found.type == "partner":
        return partner(found.id)
    if not found.document:
        return ""
    if found.type == "document" or found.start >= found.end:
        return document(found.document)
    marked = found.highlights[0] if found.highlights else (0, len(found.snippet))
    start = found.start + found.snippet_start + marked[0]
    end = found.start + found.snippet_start + (found.highlights[-1][1] if found.highlights else marked[1])
    # Rows whose text is not the span itself (a joined-up list entry) are shown whole.
    return (
        document(found.document, start, end) if end <= found.end else document(found.document, found.start, found.end)
    )


def with_language(path: str, query: Sequence[tuple[str, str]], language: str) -> str:
    """Return the address of the same page in another language."""
    kept = [(name, value) for name, value in query if name != "lang"]
    return f"{quote(path, safe='/%:@', errors='replace')}?{urlencode([*kept, ('lang', language)], errors='replace')}"


def _query(path: str, values: Mapping[str, Sequence[str]]) -> str:
    return f"{path}?{urlencode(values, doseq=True, errors='replace')}" if values else path
