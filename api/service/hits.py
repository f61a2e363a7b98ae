"""What people decided on screening hits: recorded acts in the audit trail, added and never edited; the last one counts.

A hit is one subject and one list entry. Its id says both in plain words ("OFAC-SDN:OFAC-36@name=anselm_varga"), so a
hit can be decided on without having been stored. A decision holds for the row it was made on: when what the row says
changes, the hit is open again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from checks.screening import Candidate, ScreeningIndex, ScreenQuery, ScreenResult, row_digest
from kb.audit import AuditEntry, AuditTrail
from kb.base import KnowledgeBase
from kb.errors import NotFoundError, QueryError
from kb.ids import normalise
from kb.names.chinese import simplified
from kb.names.fold import fold, words_of

ACTION: Final = "hit.decide"
OPEN: Final = "open"
REOPENED: Final = "reopened"
TRUE_MATCH: Final = "true-match"
FALSE_POSITIVE: Final = "false-positive"
UNDECIDED: Final = "undecided"
VERDICTS: Final = frozenset({TRUE_MATCH, FALSE_POSITIVE, UNDECIDED})
MAX_REASON: Final = 4000
"""Characters of a reason: a paragraph, not a file."""
_PAGE: Final = 1000
_DIGITS: Final = 8  # hex digits that stand for a subject's identifiers
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f!-,/:-@\[-^`{-~]")
_HIT: Final = re.compile(r"([^:@]{1,300}):([^:@]{1,300})@([^@]{1,2000})")
_PARTNER: Final = "partner="


@dataclass(frozen=True, slots=True)
class HitDecision:
    """The last decision on one hit.

    Attributes:
        verdict: "true-match", "false-positive" or "undecided".
        reason: why, in the words of the person.
        actor: who, as the door knows them.
        row: digest of the list row it was made on.
        version: version of the list it was made on.
    """

    hit: str
    verdict: str
    reason: str
    actor: str
    at: datetime
    row: str
    version: str

    def json(self) -> dict[str, Any]:
        """Return the decision as it is shown."""
        return {
            "hit": self.hit,
            "verdict": self.verdict,
            "reason": self.reason,
            "actor": self.actor,
            "at": self.at.isoformat(timespec="seconds"),
            "row": self.row,
            "version": self.version,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> HitDecision:
        """Return the decision of its JSON."""
        words = {name: str(record[name]) for name in ("hit", "verdict", "reason", "actor", "row", "version")}
        return cls(at=datetime.fromisoformat(record["at"]), **words)


Ledger = Mapping[str, HitDecision]
"""The last decision by hit."""


def subject_of(query: ScreenQuery) -> str:
    """Return what a query asks for as a word: the name in simplest form and everything else that was said.

    A decision about one Zhang Wei must not silence another, so birth date, country, type and identifiers belong to it.
    """
    words = words_of(fold(simplified(query.name))) or [query.name.strip().casefold()]
    said = [f"name={_safe('_'.join(words))}"]
    if query.kind is not None:
        said.append(f"type={query.kind}")
    if query.country is not None:
        said.append(f"country={_safe(query.country)}")
    if query.birth_date is not None:
        said.append(f"born={_safe(query.birth_date)}")
    if query.identifiers:
        numbers = "\n".join(sorted(normalise(scheme, value) for scheme, value in query.identifiers))
        said.append(f"ids={hashlib.sha256(numbers.encode('utf-8', 'replace')).hexdigest()[:_DIGITS]}")
    return "+".join(said)


def partner_subject(partner: str) -> str:
    """Return a stored partner as the subject of a hit, by the id its party goes by."""
    return _PARTNER + _safe(partner)


def hit_of(list_id: str, entity: str, subject: str) -> str:
    """Return the id of a hit."""
    return f"{_safe(list_id)}:{_safe(entity)}@{subject}"


def _safe(text: str) -> str:
    """Return text without characters that a shell, an address or the id itself would read as its own."""
    return _UNSAFE.sub(lambda m: f"%{ord(m.group()):02X}", text)


def ledger(trail: AuditTrail, party: Callable[[str], str] | None = None) -> dict[str, HitDecision]:
    """Return the last decision on every hit that has one.

    Args:
        trail: the audit trail.
        party: the id a stored partner goes by now (``kb.entities.Entities.party``); decisions on a partner that was
            merged into another count for the party.
    """
    found: dict[str, HitDecision] = {}
    after = 0
    while entries := trail.entries(after=after, limit=_PAGE):
        after = entries[-1].number
        found.update((_followed(e.about, party), _decision(e)) for e in entries if e.action == ACTION)
    return found


def _followed(hit: str, party: Callable[[str], str] | None) -> str:
    head, at, subject = hit.partition("@")
    if party is None or not subject.startswith(_PARTNER):
        return hit
    partner = re.sub("%([0-9A-F]{2})", lambda m: chr(int(m.group(1), 16)), subject.removeprefix(_PARTNER))
    return head + at + partner_subject(party(partner))


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


def state_of(candidate: Candidate, decision: HitDecision | None) -> str:
    """Return where a hit stands: "open", "reopened" when its row changed since the decision, else the verdict."""
    if decision is None:
        return OPEN
    return decision.verdict if decision.row == candidate.row else REOPENED


def settled(candidate: Candidate, state: str) -> Candidate:
    """Return a candidate as a decision leaves it: a verdict says whether it is a match, "undecided" does not."""
    if state == FALSE_POSITIVE:
        return replace(candidate, match=False)
    return replace(candidate, match=True) if state == TRUE_MATCH else candidate


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


def decide_hit(
    kb: KnowledgeBase, index: ScreeningIndex, hit: str, *, verdict: str, reason: str, actor: str
) -> HitDecision:
    """Record what a person decided on a hit; the act is added to the audit trail, and the last one counts.

    Raises:
        QueryError: the id is no hit's, the verdict does not exist, or the reason is missing or too long.
        NotFoundError: no such list entry is stored.
    """
    found = _HIT.fullmatch(hit)
    if found is None:
        raise QueryError(f"'{hit}' is no hit.", code="hit", remedy="Take the id that screen shows.")
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
        for entry in one.entries if _safe(one.list_id) == found.group(1) else ():
            if _safe(entry.id) == found.group(2):
                detail = {
                    "verdict": verdict,
                    "reason": words,
                    "row": row_digest(entry),
                    "version": one.version,
                    "list": one.list_id,
                    "entity": entry.id,
                    "name": entry.names[0].text[:500],
                    "subject": found.group(3),
                }
                return _decision(kb.audit.append(actor=actor, action=ACTION, about=hit, detail=detail))
    raise NotFoundError(
        f"no entry '{found.group(2)}' of '{found.group(1)}' is stored.", remedy="Screen again and take the id it shows."
    )
