"""Lists and registers with their versions, what could not be read of them, and what changed between two versions."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from kb.base import KnowledgeBase
from kb.list_delta import ListDelta, list_delta
from kb.lists import ListVersion, find_version, left_out, list_versions, row_error
from kb.model import Kind


def lists_json(kb: KnowledgeBase, *, everything: bool = False, now: datetime | None = None) -> list[dict[str, Any]]:
    """Return the stored lists and registers: the version of each that counts, or every version there ever was.

    Args:
        kb: the knowledge base.
        everything: all versions, those no longer held included.
        now: for the age; None is the present.
    """
    versions = list_versions(kb.registry, kb.texts)
    counts = Counter(version.series for version in versions)
    days = kb.settings.list_days
    return [
        version_json(version, now or datetime.now(UTC), days) | {"versions": counts[version.series]}
        for version in versions
        if everything or version.current
    ]


def version_json(version: ListVersion, now: datetime, days: int) -> dict[str, Any]:
    """Return one version as JSON; ``stale`` when the current one was loaded more than ``days`` days ago."""
    load = version.load
    age = max((now - version.retrieved).days, 0)
    return {
        "list": version.list_id,
        "title": load.title,
        "kind": version.kind.value,
        "number": version.number,
        "version": version.version,
        "document": version.document,
        "source": version.source,
        "rows": load.rows,
        "entries": load.entries,
        "rejected": load.rejected,
        "incomplete": load.incomplete,
        "published": None if load.published is None else load.published.isoformat(),
        "retrieved": version.retrieved.isoformat(),
        "superseded": None if version.superseded is None else version.superseded.isoformat(),
        "current": version.current,
        "age_days": age,
        "stale": version.current and version.kind is Kind.WATCHLIST and age > days,
    }


def version_with_errors(kb: KnowledgeBase, list_id: str, version: str | None) -> dict[str, Any]:
    """Return one version with every row and cell that was left out of it.

    Raises:
        NotFoundError: no such list or version.
        QueryError: the name fits several.
    """
    found = find_version(list_versions(kb.registry, kb.texts), list_id, version)
    facts = kb.texts.get("facts", found.facts).decode()
    errors = [
        {"source": found.source, **row_error(sentence), "loaded": loaded}
        for sentences, loaded in ((left_out(facts, rows=True), False), (left_out(facts, rows=False), True))
        for sentence in sentences
    ]
    return version_json(found, datetime.now(UTC), kb.settings.list_days) | {"errors": errors}


def delta_json(kb: KnowledgeBase, list_id: str, old: str | None, new: str | None) -> dict[str, Any]:
    """Return what changed between two versions of a list.

    Raises:
        NotFoundError: no such list or version.
        QueryError: a name fits several versions.
    """
    return delta_shape(list_delta(kb, list_id, old, new), kb.settings.list_days)


def delta_shape(delta: ListDelta, days: int) -> dict[str, Any]:
    """Return a delta as JSON."""
    now = datetime.now(UTC)
    return {
        "list": delta.list_id,
        "from": None if delta.old is None else version_json(delta.old, now, days),
        "to": version_json(delta.new, now, days),
        "counts": {change: len(delta.of(change)) for change in ("added", "changed", "removed")},
        "changes": [change.json() for change in delta.changes],
    }
