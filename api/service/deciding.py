"""Deciding on a hit with everything that follows: the record, the marks, and the findings made anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from api.service.checking import check_again
from api.service.hit_marks import GUARD, decided, mark
from api.service.hits import HitDecision, decide_hit, split_hit
from checks.hits import unescaped
from checks.screening import ScreeningList
from checks.screening_load import stored_partners, stored_screening
from kb.base import KnowledgeBase


def decide(kb: KnowledgeBase, hit: str, *, verdict: str, reason: str, actor: str, check: bool = True) -> HitDecision:
    """Record what a person decided on a hit, and check again the findings it touches.

    The findings are marked stale before the decision is recorded; what is cut short leaves a mark too many, never one
    too few, and ``check --stale`` or the next check removes it.

    Args:
        kb: open for writing.
        hit: its id.
        verdict: "true-match", "false-positive", "undecided", or "open", which takes an earlier decision back.
        reason: why.
        actor: who decides.
        check: check again at once; else the findings stay marked, for many decisions in a row.

    Raises:
        QueryError: the id is no hit's, the verdict does not exist, or the reason is missing or too long.
        NotFoundError: no such list entry is stored.
    """
    with GUARD:
        index = _lists_of(kb, hit)
        touched: dict[str, set[str]] = {}

        def before() -> None:
            touched.update(mark(kb, {hit: decided(hit, actor, datetime.now(UTC))}))

        made = decide_hit(kb, index, hit, verdict=verdict, reason=reason, actor=actor, before=before)
        if check:
            check_again(kb, touched)
    return made


@dataclass(frozen=True, slots=True)
class _Lists:
    """The stored list (or register) a hit is of, with the entry it is about alone; nothing where none is stored."""

    lists: tuple[ScreeningList, ...]


def _lists_of(kb: KnowledgeBase, hit: str) -> _Lists:
    parts = split_hit(hit)
    key = f"{unescaped(parts.list_id)}/{unescaped(parts.entity)}"
    with kb.snapshot() as snapshot:
        for index in (stored_screening(snapshot), stored_partners(snapshot)):
            found = index.entry(key) if index is not None else None
            if found is not None:
                return _Lists((replace(found[0], entries=(found[1],)),))
    return _Lists(())
