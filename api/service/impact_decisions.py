"""What people decided on items of the impact ledger: recorded acts in the audit trail; the last one counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from api.service.decisions import MAX_REASON, OPEN
from checks.impact import ImpactLevel
from kb.audit import AuditEntry, AuditTrail
from kb.base import KnowledgeBase
from kb.errors import QueryError

ACTION: Final = "impact.decide"
PREFIX: Final = "imp-"
"""What the id of every impact item begins with; no other object of the audit trail does."""
STATES: Final = (OPEN, *(level.value for level in ImpactLevel))
"""What a person may decide: a level of the impact-levels scheme, or "open", which takes a decision back."""
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class ImpactDecision:
    """One decision on one item.

    Attributes:
        state: the level that counts from now on, or "open" for the computed one.
        computed: the level the table gave when the decision was made.
    """

    state: str
    reason: str
    actor: str
    at: datetime
    computed: str

    def json(self) -> dict[str, Any]:
        """Return the decision as it is shown."""
        return {
            "state": self.state,
            "reason": self.reason,
            "actor": self.actor,
            "at": self.at.isoformat(timespec="seconds"),
            "computed": self.computed,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> ImpactDecision:
        """Return the decision of its JSON."""
        at = datetime.fromisoformat(record["at"])
        return cls(record["state"], record["reason"], record["actor"], at, record["computed"])


ImpactDecisions = Mapping[str, ImpactDecision]
"""The last decision by item id."""


def impact_decisions(trail: AuditTrail) -> dict[str, ImpactDecision]:
    """Return the last decision on every item that has one."""
    found: dict[str, ImpactDecision] = {}
    after = 0
    while entries := trail.entries(prefix=PREFIX, after=after, limit=_PAGE):
        after = entries[-1].number
        found.update((entry.about, _decision(entry)) for entry in entries if entry.action == ACTION)
    return found


def impact_histories(trail: AuditTrail) -> dict[str, list[ImpactDecision]]:
    """Return every decision by item id, oldest first, of items that have any."""
    found: dict[str, list[ImpactDecision]] = {}
    after = 0
    while entries := trail.entries(prefix=PREFIX, after=after, limit=_PAGE):
        after = entries[-1].number
        for entry in entries:
            if entry.action == ACTION:
                found.setdefault(entry.about, []).append(_decision(entry))
    return found


def impact_history(trail: AuditTrail, item: str) -> list[ImpactDecision]:
    """Return every decision on one item, oldest first."""
    found: list[ImpactDecision] = []
    after = 0
    while entries := trail.entries(about=item, after=after, limit=_PAGE):
        after = entries[-1].number
        found += [_decision(entry) for entry in entries if entry.action == ACTION]
    return found


def state_of(computed: ImpactLevel, decision: ImpactDecision | None) -> tuple[str, bool]:
    """Return the state that counts, and whether a decision was overtaken.

    A decision was made on what the table said then; when it says something else now, the decision is shown and no
    longer counts.
    """
    if decision is None or decision.state == OPEN:
        return computed.value, False
    if decision.computed != computed.value:
        return computed.value, True
    return decision.state, False


def decide_impact(
    kb: KnowledgeBase, item: str, *, state: str, reason: str, actor: str, act: str | None = None
) -> ImpactDecision:
    """Record what a person decided on an item; deciding "open" takes an earlier decision back.

    Args:
        kb: open for writing.
        item: id of an item of a present ledger.
        state: one of ``STATES``.
        reason: why, in the words of the person.
        actor: who, as the door knows them.
        act: id or title of the act whose ledger holds the item; None looks in that of every act that changed.

    Raises:
        NotFoundError: no ledger holds the item.
        QueryError: the state does not exist, or the reason is missing or too long.
    """
    from api.service.ledger import find_item

    if state not in STATES:
        raise QueryError(f"'{state}' is no impact state.", remedy=f"Use one of {', '.join(STATES)}.")
    words = " ".join(reason.split())
    if not words or len(words) > MAX_REASON:
        raise QueryError(
            "a decision needs a reason of 1 to 4000 characters.", code="reason", remedy="Say why in a sentence or two."
        )
    with kb.snapshot() as snapshot:
        found = find_item(snapshot, item, act)
    detail = {
        "state": state,
        "reason": words,
        "computed": found.item.state.value,
        "row": found.item.row,
        "act": found.act,
        "change": found.entry.id,
        "what": found.what,
    }
    return _decision(kb.audit.append(actor=actor, action=ACTION, about=item, detail=detail))


def _decision(entry: AuditEntry) -> ImpactDecision:
    detail = entry.detail
    return ImpactDecision(
        state=str(detail.get("state", OPEN)),
        reason=str(detail.get("reason", "")),
        actor=entry.actor,
        at=entry.at,
        computed=str(detail.get("computed", "")),
    )
