"""Marks on findings that a decision on a hit has overtaken, so that nobody reads an outdated finding for a current one.

A decision marks before it is recorded, and the check that follows removes the marks: whatever is cut short in between
leaves a mark too many, never one too few. A check that was under way while somebody decided marks afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from api.service.hits import ACTION
from checks.finding import StaleReason, Text
from checks.hit_touch import HitTouch
from checks.record import read_made
from checks.rule import load_rules
from checks.stale import Reasons, hit_facts, hit_graph, read_hit_marks
from kb.audit import AuditTrail
from kb.base import KnowledgeBase

GUARD: Final = threading.RLock()
"""Held while marks are written or removed: one process owns the data, and marks of two decisions must add up."""
_PAGE: Final = 1000


def decided(hit: str, actor: str, at: datetime) -> StaleReason:
    """Return why a finding is stale: somebody decided on a hit."""
    day = at.date().isoformat()
    return StaleReason(
        "",
        hit,
        Text(f"{actor} decided on the list hit {hit} on {day}.", f"{actor} 于 {day} 对清单命中 {hit} 作出了决定。"),
    )


def reopened(hit: str, list_id: str, version: str) -> StaleReason:
    """Return why a finding is stale: the row of a decided hit has changed."""
    return StaleReason(
        "",
        hit,
        Text(
            f"The row of the hit {hit} changed in {list_id} {version}, so the decision on it no longer counts.",
            f"清单命中 {hit} 的条目在 {list_id} {version} 中有变更，原决定不再有效。",
        ),
    )


def mark(
    kb: KnowledgeBase, reasons: Mapping[str, StaleReason], *, made_before: Mapping[str, datetime] | None = None
) -> dict[str, set[str]]:
    """Mark the stored findings that hits touch; return the rules of those findings by subject.

    Args:
        kb: open for writing.
        reasons: why, by hit.
        made_before: by hit, the moment after which a finding knows better; all findings are marked when None.
    """
    if not reasons:
        return {}
    with GUARD, kb.snapshot() as snapshot:
        touched = HitTouch(snapshot, load_rules()).findings(list(reasons))
        made = read_made(snapshot.query, touched) if made_before is not None else {}
        graphs = {}
        rules: dict[str, set[str]] = {}
        for subject, pairs in touched.items():
            marks: dict[str, Reasons] = dict(read_hit_marks(snapshot.query, [subject]))
            for hit, finding in pairs:
                if made_before is None or made[finding.id].known_at < made_before[hit]:
                    marks[finding.id] = tuple(dict.fromkeys((*marks.get(finding.id, ()), reasons[hit])))
                    rules.setdefault(subject, set()).add(finding.rule)
            if subject in rules:
                graphs[hit_graph(subject)] = (hit_facts(marks), ())
        kb.derive_all(graphs)
    return rules


def position(trail: AuditTrail) -> int:
    """Return how far the audit trail has come; for ``mark_later``."""
    return trail.checkpoint().number


def mark_later(kb: KnowledgeBase, after: int) -> None:
    """Mark what was decided on while a check was under way, which it cannot have seen.

    Args:
        kb: open for writing.
        after: ``position`` when the check began to read.
    """
    found: dict[str, StaleReason] = {}
    when: dict[str, datetime] = {}
    while entries := kb.audit.entries(after=after, limit=_PAGE):
        after = entries[-1].number
        for entry in entries:
            if entry.action == ACTION:
                found[entry.about] = decided(entry.about, entry.actor, entry.at)
                when[entry.about] = entry.at
    mark(kb, found, made_before=when)
