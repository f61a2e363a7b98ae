"""What people decided on screening hits: recorded acts in the audit trail, added and never edited; the last one counts.

What a hit is and how a decision changes it stands in ``checks.hits``; here decisions are recorded and read back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from checks.hits import (
    ANY_ROW,
    FALSE_POSITIVE,
    OPEN,
    PARTNER,
    REOPENED,
    TRUE_MATCH,
    UNDECIDED,
    HitDecision,
    Ledger,
    Ruling,
    hit_of,
    moved,
    partner_of,
    partner_subject,
    safe,
    state_of,
    subject_of,
)
from checks.screening import Candidate, ScreeningList, ScreenResult, row_digest
from kb.audit import AuditEntry, AuditTrail
from kb.base import KnowledgeBase
from kb.entities import ActKind
from kb.errors import NotFoundError, QueryError
from kb.facts.entities import ENTRY, document_of_mention, read_entities
from kb.snapshot import Snapshot

__all__ = [
    "ACTION",
    "FALSE_POSITIVE",
    "OPEN",
    "REOPENED",
    "TRUE_MATCH",
    "UNDECIDED",
    "VERDICTS",
    "Histories",
    "HitDecision",
    "Ledger",
    "decide_hit",
    "histories",
    "history",
    "hit_of",
    "hits_of_acts",
    "last_of",
    "ledger",
    "partner_subject",
    "result_json",
    "ruling_json",
    "settled",
    "settled_json",
    "split_hit",
    "state_of",
    "stored_histories",
    "stored_rulings",
    "subject_of",
]

ACTION: Final = "hit.decide"
VERDICTS: Final = frozenset({TRUE_MATCH, FALSE_POSITIVE, UNDECIDED, OPEN})
"""What a person may decide; "open" takes an earlier decision back."""
MAX_REASON: Final = 4000
"""Characters of a reason: a paragraph, not a file."""
_PAGE: Final = 1000
_HIT: Final = re.compile(r"([^:@]{1,300}):([^:@]{1,300})@([^@]{1,2000})")


class Listed(Protocol):
    """Anything that holds the stored lists."""

    @property
    def lists(self) -> Sequence[ScreeningList]:
        """The lists with their entries."""
        ...


Histories = Mapping[str, tuple[HitDecision, ...]]
"""Every decision by hit, oldest first."""


def histories(
    trail: AuditTrail, party: Callable[[str], str] | None = None, *, until: datetime | None = None
) -> dict[str, tuple[HitDecision, ...]]:
    """Return every decision on every hit that has one, oldest first.

    Args:
        trail: the audit trail.
        party: the id a stored partner goes by now (``kb.entities.Entities.party``); decisions on a partner that was
            merged into another count for the party.
        until: leave out what was decided later.
    """
    found: dict[str, list[HitDecision]] = {}
    after = 0
    while entries := trail.entries(after=after, limit=_PAGE):
        after = entries[-1].number
        for entry in entries:
            if entry.action == ACTION and (until is None or entry.at <= until):
                found.setdefault(_followed(entry.about, party), []).append(_decision(entry))
    return {hit: tuple(decisions) for hit, decisions in found.items()}


def last_of(past: Histories) -> dict[str, HitDecision]:
    """Return the last decision on every hit."""
    return {hit: decisions[-1] for hit, decisions in past.items()}


def ledger(
    trail: AuditTrail, party: Callable[[str], str] | None = None, *, until: datetime | None = None
) -> dict[str, HitDecision]:
    """Return the last decision on every hit that has one; the arguments are those of ``histories``."""
    return last_of(histories(trail, party, until=until))


def _followed(hit: str, party: Callable[[str], str] | None) -> str:
    head, at, subject = hit.partition("@")
    if party is None or not subject.startswith(PARTNER):
        return hit
    return head + at + moved(subject, party(partner_of(subject) or ""))


def history(trail: AuditTrail, hit: str) -> list[HitDecision]:
    """Return every decision on one hit, oldest first."""
    found: list[HitDecision] = []
    after = 0
    while entries := trail.entries(about=hit, after=after, limit=_PAGE):
        after = entries[-1].number
        found += [_decision(entry) for entry in entries if entry.action == ACTION]
    return found


def _decision(entry: AuditEntry) -> HitDecision:
    said = {name: str(entry.detail.get(name, "")) for name in ("verdict", "reason", "row", "version")}
    return HitDecision(hit=entry.about, actor=entry.actor, at=entry.at, **said)


def settled(candidate: Candidate, state: str) -> Candidate:
    """Return a candidate as a decision leaves it: a verdict says whether it is a match, "undecided" does not."""
    if state == FALSE_POSITIVE:
        return replace(candidate, match=False)
    return replace(candidate, match=True) if state == TRUE_MATCH else candidate


def stored_histories(kb: KnowledgeBase, snapshot: Snapshot) -> dict[str, tuple[HitDecision, ...]]:
    """Return every decision on hits as of a snapshot; those on a record of a party count for the party.

    That a partner is, or is not, the same record as a list entry (``partner merge``, ``partner split``) decides their
    hit as well, whatever the list says of the entry.
    """
    entities = read_entities(snapshot.query)
    found = histories(kb.audit, entities.party, until=snapshot.known_at)
    for pair, act in entities.decided.items():
        verdict = FALSE_POSITIVE if act.kind is ActKind.SPLIT else TRUE_MATCH
        for hit in hits_of_acts([pair], entities.party):
            said = HitDecision(hit, verdict, act.reason, act.actor, act.at, ANY_ROW, "")
            found[hit] = tuple(sorted((*found.get(hit, ()), said), key=lambda one: one.at))
    return found


def stored_rulings(kb: KnowledgeBase, snapshot: Snapshot) -> dict[str, HitDecision]:
    """Return the last decision on every hit, as of a snapshot."""
    return last_of(stored_histories(kb, snapshot))


def hits_of_acts(pairs: Iterable[tuple[str, str]], party: Callable[[str], str]) -> Iterator[str]:
    """Yield the hits that pairs of records decide when one is a list entry and the other a stored partner.

    Args:
        pairs: ids of records.
        party: the id a stored partner goes by now.
    """
    for pair in pairs:
        for record, entry in (pair, pair[::-1]):
            if entry.startswith(ENTRY) and not record.startswith(ENTRY) and document_of_mention(record) is None:
                list_id, _, key = entry.removeprefix(ENTRY).partition("/")
                own = party(record)
                yield hit_of(list_id, key, partner_subject(record if own.startswith(ENTRY) else own))


def settled_json(candidate: Candidate, found: Ruling, past: Histories) -> dict[str, Any]:
    """Return a candidate as a decision leaves it, with where the hit stands and every decision on it."""
    return settled(candidate, found.state).json() | ruling_json(found, past)


def ruling_json(found: Ruling, past: Histories) -> dict[str, Any]:
    """Return where a hit stands: its id, status, the last decision and every decision, oldest first."""
    return {
        "hit": found.hit,
        "status": found.state,
        "decision": found.decision.json() if found.decision is not None else None,
        "history": [decision.json() for decision in past.get(found.hit, ())],
    }


def result_json(result: ScreenResult, known: Ledger, *, limit: int, subject: str | None = None) -> dict[str, Any]:
    """Return a screening result with where each hit stands; decided false positives stay in it, behind the others.

    Args:
        result: more candidates than ``limit`` where decided ones should not take the place of open ones.
        known: what people decided.
        limit: how many candidates to return that are no decided false positives.
        subject: who was screened, when it is not the query itself.
    """
    who = subject if subject is not None else subject_of(result.query)
    shown: list[dict[str, Any]] = []
    decided: list[dict[str, Any]] = []
    for candidate in result.candidates:
        hit = hit_of(candidate.list, candidate.entity, who)
        decision = known.get(hit)
        state = state_of(candidate, decision)
        record = settled(candidate, state).json() | {
            "hit": hit,
            "status": state,
            "decision": decision.json() if decision is not None else None,
        }
        (decided if state == FALSE_POSITIVE else shown).append(record)
    return result.json() | {"candidates": shown[:limit] + decided}


@dataclass(frozen=True, slots=True)
class HitId:
    """What the id of a hit says, escaped as it is there: the list, the entry and the subject."""

    list_id: str
    entity: str
    subject: str


def split_hit(hit: str) -> HitId:
    """Return the parts of a hit's id.

    Raises:
        QueryError: it is none.
    """
    found = _HIT.fullmatch(hit)
    if found is None:
        raise QueryError(f"'{hit[:200]}' is no hit.", code="hit", remedy="Take the id that screen or hits list shows.")
    return HitId(*found.groups())


def decide_hit(
    kb: KnowledgeBase,
    index: Listed,
    hit: str,
    *,
    verdict: str,
    reason: str,
    actor: str,
    before: Callable[[], None] = lambda: None,
) -> HitDecision:
    """Record what a person decided on a hit; the act is added to the audit trail, and the last one counts.

    ``api.service.deciding`` does what follows from it, too.

    Args:
        kb: open for writing.
        index: the stored lists.
        hit: its id.
        verdict: one of ``VERDICTS``.
        reason: why, 1 to ``MAX_REASON`` characters.
        actor: who decides.
        before: called when everything is in order, just before the act is recorded.

    Raises:
        QueryError: the id is no hit's, the verdict does not exist, or the reason is missing or too long.
        NotFoundError: no such list entry is stored.
    """
    asked = split_hit(hit)
    if verdict not in VERDICTS:
        raise QueryError(f"'{verdict}' is no decision.", remedy=f"Use one of {', '.join(sorted(VERDICTS))}.")
    words = " ".join(reason.split())
    if not words or len(words) > MAX_REASON:
        raise QueryError(
            f"a decision needs a reason of 1 to {MAX_REASON} characters.",
            code="reason",
            remedy="Say why in a sentence or two.",
        )
    for one in index.lists:
        for entry in one.entries if safe(one.list_id) == asked.list_id else ():
            if safe(entry.id) == asked.entity:
                detail = {
                    "verdict": verdict,
                    "reason": words,
                    "row": row_digest(entry),
                    "version": one.version,
                    "list": one.list_id,
                    "entity": entry.id,
                    "name": entry.names[0].text[:500],
                    "subject": asked.subject,
                }
                before()
                return _decision(kb.audit.append(actor=actor, action=ACTION, about=hit, detail=detail))
    raise NotFoundError(
        f"no entry '{asked.entity}' of '{asked.list_id}' is stored.", remedy="Screen again and take the id it shows."
    )
