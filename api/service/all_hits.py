"""Every list hit there is to decide on, over all partners, the people behind them, and the parties of contracts.

Whom the store knows is screened once for each set of stored documents (``near_hits``); what people decided is laid over
it for every question, so a decision shows at once.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.service.hits import Histories, last_of, settled_json
from api.service.near_hits import Advance, Near, near_hits
from checks.hits import (
    FALSE_POSITIVE,
    OPEN,
    REOPENED,
    STATES,
    TRUE_MATCH,
    UNDECIDED,
    Ruling,
    hit_of,
    ruling,
)
from kb.errors import QueryError
from kb.names import MATCH
from kb.snapshot import Snapshot

ALL: Final = "all"
STATUSES: Final[Mapping[str, frozenset[str]]] = {
    OPEN: frozenset({OPEN, REOPENED}),
    REOPENED: frozenset({REOPENED}),
    UNDECIDED: frozenset({UNDECIDED}),
    TRUE_MATCH: frozenset({TRUE_MATCH}),
    FALSE_POSITIVE: frozenset({FALSE_POSITIVE}),
    ALL: frozenset(STATES),
}
"""What may be asked for, and the states it means: who asks for open hits wants those that are open again, too."""
MAX_DOCUMENTS: Final = 20
"""Contracts named in one row."""
_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run it; source: OWASP, CSV Injection
_ORDER: Final = {state: number for number, state in enumerate((REOPENED, OPEN, UNDECIDED, TRUE_MATCH, FALSE_POSITIVE))}


@dataclass(frozen=True, slots=True)
class HitRow:
    """A hit with where it stands."""

    near: Near
    ruling: Ruling

    @property
    def counts(self) -> bool:
        """Whether the score calls it a match, or a person decided on it."""
        return self.near.candidate.match or self.ruling.decision is not None

    def json(self, past: Histories) -> dict[str, Any]:
        """Return the row as JSON: the candidate, where the hit stands, whom it is about."""
        subject, role = self.near.subject, self.near.subject.role
        return {
            **settled_json(self.near.candidate, self.ruling, past),
            "name": self.near.name,
            "about": {
                "kind": subject.kind,
                "id": subject.id,
                "name": subject.name,
                "role": {"en": role.en, "zh": role.zh} if role.en else None,
                "documents": list(subject.documents[:MAX_DOCUMENTS]),
            },
        }


@dataclass(frozen=True, slots=True)
class HitFilter:
    """Which hits are asked for.

    Attributes:
        status: a key of ``STATUSES``.
        list_id: only of this list.
        score: only from this score up; decided ones are shown whatever their score.
        partner: only of this partner and its people.
        hit: only this one.
    """

    status: str = OPEN
    list_id: str | None = None
    score: float = MATCH
    partner: str | None = None
    hit: str | None = None

    def takes(self, row: HitRow) -> bool:
        """Say whether a row is asked for."""
        candidate, subject = row.near.candidate, row.near.subject
        if self.hit is not None:
            return self.hit in {hit_of(candidate.list, candidate.entity, one) for one in subject.goes_by}
        return (
            row.ruling.state in STATUSES[self.status]
            and self.list_id in (None, candidate.list)
            and (candidate.score >= self.score or row.ruling.decision is not None)
            and (self.partner is None or (subject.kind != "party" and subject.id == self.partner))
        )


def hit_rows(snapshot: Snapshot, past: Histories, asked: HitFilter, *, advance: Advance | None = None) -> list[HitRow]:
    """Return the hits asked for: those open again first, then by score.

    Args:
        snapshot: one view of the store.
        past: every decision on hits.
        asked: which.
        advance: told the name of each subject as it is screened.

    Raises:
        QueryError: there is no such status.
    """
    if asked.status not in STATUSES:
        raise QueryError(f"'{asked.status[:50]}' is no status of a hit.", remedy=f"Use one of {', '.join(STATUSES)}.")
    known = last_of(past)
    rows = (HitRow(near, ruling(known, near.subject.goes_by, near.candidate)) for near in near_hits(snapshot, advance))
    # A name in a register and in a contract may come to the same hit.
    found = {row.ruling.hit: row for row in rows if asked.takes(row)}
    return sorted(found.values(), key=_order)


def _order(row: HitRow) -> tuple[int, float, str, str, str]:
    candidate = row.near.candidate
    return _ORDER[row.ruling.state], -candidate.score, row.near.subject.name, candidate.list, candidate.entity


# --- as a table ------------------------------------------------------------------------------------------------------

COLUMNS: Final = (
    "hit", "status", "about", "id", "partner_or_party", "role", "name", "list", "entity", "matched_name", "score",
    "match", "programs", "verdict", "reason", "actor", "at", "documents",
)  # fmt: skip


def hits_csv(rows: Sequence[HitRow]) -> str:
    """Return hits as CSV (RFC 4180), one a line, that spreadsheets open safely."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        subject, candidate, decision = row.near.subject, row.near.candidate, row.ruling.decision
        cells = (
            row.ruling.hit, row.ruling.state, subject.kind, subject.id, subject.name, subject.role.en, row.near.name,
            candidate.list, candidate.entity, candidate.matched_name, f"{candidate.score:.4f}",
            "yes" if candidate.match else "no", "; ".join(candidate.programs),
            *(("", "", "", "") if decision is None else (
                decision.verdict, decision.reason, decision.actor, decision.at.isoformat(timespec="seconds"))),
            "; ".join(subject.documents[:MAX_DOCUMENTS]),
        )  # fmt: skip
        writer.writerow([f"'{cell}" if cell.startswith(_MARKS) else cell for cell in cells])
    return out.getvalue()
