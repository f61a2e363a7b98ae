"""Deciding on a hit with everything that follows: the record, the marks, and the findings made anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from api.service.checking import check_again
from api.service.hit_marks import GUARD, decided, mark
from api.service.hits import HitDecision, decide_hit, split_hit
from checks.hits import safe
from checks.load import load_partner_lists, load_screening_lists
from checks.screening import ScreeningList
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
    """The stored lists (or registers) a hit may be of."""

    lists: tuple[ScreeningList, ...]


def _lists_of(kb: KnowledgeBase, hit: str) -> _Lists:
    wanted = split_hit(hit).list_id

    def of(lists: list[ScreeningList]) -> tuple[ScreeningList, ...]:
        return tuple(one for one in lists if safe(one.list_id) == wanted)

    with kb.snapshot() as snapshot:
        return _Lists(of(load_screening_lists(snapshot)) or of(load_partner_lists(snapshot)))
