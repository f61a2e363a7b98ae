"""What people decided on findings: recorded acts in the audit trail, added and never edited; the last one counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checks import record
from checks.finding import Finding, Outcome
from checks.record import read_findings
from kb.audit import AuditEntry, AuditTrail
from kb.base import KnowledgeBase
from kb.errors import NotFoundError, QueryError
from kb.snapshot import Snapshot

ACTION = "finding.decide"
OPEN = "open"
STATUSES = frozenset({OPEN, "accepted", "mitigated", "rejected"})
"""Notations of the finding-status scheme a person may choose; "stale" is concluded, never chosen."""
MAX_REASON = 4000
"""Characters of a reason: a paragraph, not a file."""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """The last decision on one finding.

    Attributes:
        status: notation of the finding-status scheme: "open", "accepted", "mitigated", "rejected".
        reason: why, in the words of the person.
        actor: who, as the door knows them.
        rule_version: version of the rule whose finding was decided on.
    """

    status: str
    reason: str
    actor: str
    at: datetime
    rule_version: str

    def json(self) -> dict[str, Any]:
        """Return the decision as it is shown."""
        return {
            "status": self.status,
            "reason": self.reason,
            "actor": self.actor,
            "at": self.at.isoformat(timespec="seconds"),
            "rule_version": self.rule_version,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Decision:
        """Return the decision of its JSON."""
        return cls(
            status=str(record["status"]),
            reason=str(record["reason"]),
            actor=str(record["actor"]),
            at=datetime.fromisoformat(record["at"]),
            rule_version=str(record["rule_version"]),
        )


Decisions = Mapping[str, Decision]
"""The last decision by finding id."""


def decisions(trail: AuditTrail) -> dict[str, Decision]:
    """Return the last decision on every finding that has one."""
    found: dict[str, Decision] = {}
    after = 0
    while entries := trail.entries(after=after, limit=_PAGE):
        after = entries[-1].number
        found.update((entry.about, _decision(entry)) for entry in entries if entry.action == ACTION)
    return found


def history(trail: AuditTrail, finding: str) -> list[Decision]:
    """Return every decision on one finding, oldest first."""
    found: list[Decision] = []
    after = 0
    while entries := trail.entries(about=finding, after=after, limit=_PAGE):
        after = entries[-1].number
        found += [_decision(entry) for entry in entries if entry.action == ACTION]
    return found


def _decision(entry: AuditEntry) -> Decision:
    detail = entry.detail
    return Decision(
        status=str(detail.get("status", OPEN)),
        reason=str(detail.get("reason", "")),
        actor=entry.actor,
        at=entry.at,
        rule_version=str(detail.get("rule_version", "")),
    )


def status_of(finding: Finding, known: Decisions) -> str | None:
    """Return where a finding stands.

    "stale" when later law has overtaken it, or when the rule changed since the decision; None for what is no flag and
    not overtaken.
    """
    if finding.stale:
        return "stale"
    if finding.outcome is not Outcome.FLAG:
        return None
    decision = known.get(finding.id)
    if decision is None or decision.status == OPEN:
        return OPEN
    return decision.status if decision.rule_version == finding.rule_version else "stale"


def still_open(findings: Iterable[Finding], known: Decisions) -> list[Finding]:
    """Return the flags nobody has decided on, or whose decision is stale."""
    return [f for f in findings if status_of(f, known) in {OPEN, "stale"}]


def finding_json(finding: Finding, known: Decisions) -> dict[str, Any]:
    """Return a finding in the JSON shape of ``check``, with where it stands."""
    decision = known.get(finding.id)
    return {
        **record.finding_json(finding),
        "status": status_of(finding, known),
        "decision": decision.json() if decision is not None else None,
    }


def find_finding(snapshot: Snapshot, finding_id: str) -> Finding:
    """Return a finding of the last check.

    Raises:
        NotFoundError: there is none of this id.
    """
    for finding in read_findings(snapshot.query):
        if finding.id == finding_id:
            return finding
    raise NotFoundError(
        f"no finding '{finding_id}' is stored.",
        remedy="Run: duegraph check; then list them with: duegraph findings list.",
    )


def decide(kb: KnowledgeBase, finding_id: str, *, status: str, reason: str, actor: str) -> Decision:
    """Record what a person decided on a finding; deciding "open" takes an earlier decision back.

    Raises:
        NotFoundError: no such finding is stored.
        QueryError: it is no flag, the status does not exist, or the reason is missing or too long.
    """
    if status not in STATUSES:
        raise QueryError(f"'{status}' is no decision.", remedy=f"Use one of {', '.join(sorted(STATUSES))}.")
    words = " ".join(reason.split())
    if not words or len(words) > MAX_REASON:
        raise QueryError(
            "a decision needs a reason of 1 to 4000 characters.", code="reason", remedy="Say why in a sentence or two."
        )
    with kb.snapshot() as snapshot:
        finding = find_finding(snapshot, finding_id)
    if finding.outcome is not Outcome.FLAG:
        raise QueryError(f"'{finding_id}' is no flag, so there is nothing to decide.", code="not-a-flag")
    entry = kb.audit.append(
        actor=actor,
        action=ACTION,
        about=finding_id,
        detail={
            "status": status,
            "reason": words,
            "rule": finding.rule,
            "rule_version": finding.rule_version,
            "subject": finding.subject,
            "level": finding.level.value if finding.level is not None else None,
            "quotes": [e.quote[:500] for e in finding.evidence[:3]],
        },
    )
    return _decision(entry)
