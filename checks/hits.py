"""Hits and what people decided on them: one subject and one list entry, and whether they are the same.

A hit's id says both in plain words ("OFAC-SDN:OFAC-36@name=anselm_varga"), so a hit can be decided on without having
been stored. A subject is a stored partner, a person named in a partner's register row, a name with what was said about
it, or a person named in one contract. A decision holds for the row it was made on: when what the row says changes, the
hit is open again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checks.finding import NO_TEXT, Text
from checks.screening import Candidate, ScreenQuery
from kb.ids import normalise
from kb.names.chinese import is_company, simplified
from kb.names.fold import fold, has_han, words_of
from kb.names.parse import kind_of

OPEN: Final = "open"
REOPENED: Final = "reopened"
TRUE_MATCH: Final = "true-match"
FALSE_POSITIVE: Final = "false-positive"
UNDECIDED: Final = "undecided"
STATES: Final = (OPEN, REOPENED, UNDECIDED, TRUE_MATCH, FALSE_POSITIVE)
"""Where a hit may stand; the first three want somebody to look."""
UNSETTLED: Final = frozenset({OPEN, REOPENED, UNDECIDED})
ANY_ROW: Final = "*"
"""Row of a decision that holds whatever the list says of the entry: that it is, or is not, a partner's record."""
PARTNER: Final = "partner="
DOCUMENT: Final = "document="
_PERSON: Final = "+person="
_SAID: Final = {TRUE_MATCH: True, FALSE_POSITIVE: False}
_DIGITS: Final = 8  # hex digits that stand for a subject's identifiers
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f!-,/:-@\[-^`{-~]")
_ESCAPED: Final = re.compile("%([0-9A-F]{2})")


@dataclass(frozen=True, slots=True)
class HitDecision:
    """One decision on a hit.

    Attributes:
        verdict: "true-match", "false-positive", "undecided", or "open", which takes an earlier decision back.
        reason: why, in the words of the person.
        actor: who, as the door knows them.
        row: digest of the list row it was made on, or ``ANY_ROW``.
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


# --- who a hit is about ----------------------------------------------------------------------------------------------


def subject_of(query: ScreenQuery) -> str:
    """Return what a query asks for as a word: the name in simplest form and everything else that was said.

    A decision about one Zhang Wei must not silence another, so birth date, country, type and identifiers belong to it.
    """
    said = [_named(query.name)]
    if query.kind is not None:
        said.append(f"type={query.kind}")
    if query.country is not None:
        said.append(f"country={safe(query.country)}")
    if query.birth_date is not None:
        said.append(f"born={safe(query.birth_date)}")
    if query.identifiers:
        numbers = "\n".join(sorted(normalise(scheme, value) for scheme, value in query.identifiers))
        said.append(f"ids={hashlib.sha256(numbers.encode('utf-8', 'replace')).hexdigest()[:_DIGITS]}")
    return "+".join(said)


def partner_subject(partner: str) -> str:
    """Return a stored partner as the subject of a hit, by the id its party goes by."""
    return PARTNER + safe(partner)


def person_subject(partner: str, name: str) -> str:
    """Return an officer or owner that the register of a partner names as the subject of a hit.

    The decision holds for this partner alone: the same name elsewhere may be somebody else.
    """
    return f"{partner_subject(partner)}{_PERSON}{_named(name).partition('=')[2]}"


def party_subjects(document: str, name: str, kind: str | None) -> tuple[str, ...]:
    """Return a party of a contract that is no stored partner as the subject of a hit; the first names it.

    The name of an organisation stands for it wherever it signs, and is what ``screen`` calls it with or without its
    type; the name of a person, and one that does not show what it stands for, holds for its contract alone.
    """
    if kind == "organization" or (kind is None and _is_organization(name)):
        return subject_of(ScreenQuery(name, "organization")), subject_of(ScreenQuery(name))
    return (f"{DOCUMENT}{safe(document)}+{_named(name)}",)


def partner_subjects(partner: str, queries: Sequence[ScreenQuery]) -> tuple[str, ...]:
    """Return a stored partner as the subject of a hit, then what was asked of it: the first that is decided counts.

    Args:
        partner: the id its party goes by.
        queries: its names with all that is stored of it; who screened just that has decided on just that.
    """
    return tuple(dict.fromkeys([partner_subject(partner), *(subject_of(query) for query in queries)]))


def partner_of(subject: str) -> str | None:
    """Return the id of the stored partner a subject is about, also through an officer; None for any other subject."""
    if not subject.startswith(PARTNER):
        return None
    return unescaped(subject.removeprefix(PARTNER).partition("+")[0])


def document_of(subject: str) -> str | None:
    """Return the id of the contract a subject is about, None when it is no person named in one."""
    return unescaped(subject.removeprefix(DOCUMENT).partition("+")[0]) if subject.startswith(DOCUMENT) else None


def moved(subject: str, partner: str) -> str:
    """Return a subject about a partner as one about another: the party it was merged into."""
    return partner_subject(partner) + "".join(subject.removeprefix(PARTNER).partition("+")[1:])


def hit_of(list_id: str, entity: str, subject: str) -> str:
    """Return the id of a hit."""
    return f"{safe(list_id)}:{safe(entity)}@{subject}"


def safe(text: str) -> str:
    """Return text without characters that a shell, an address or the id itself would read as its own."""
    return _UNSAFE.sub(lambda m: f"%{ord(m.group()):02X}", text)


def unescaped(text: str) -> str:
    """Return a part of a hit's id as it was before ``safe``."""
    return _ESCAPED.sub(lambda m: chr(int(m.group(1), 16)), text)


def _named(name: str) -> str:
    words = words_of(fold(simplified(name))) or [name.strip().casefold()]
    return f"name={safe('_'.join(words))}"


def _is_organization(name: str) -> bool:
    return is_company(name) if has_han(name) else kind_of(name) == "organization"


# --- where it stands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ruling:
    """Where a hit stands.

    Attributes:
        hit: its id; the one that was decided on, where several name the same.
        state: one of ``STATES``.
        decision: the last one, also when it no longer counts; None when there is none.
    """

    hit: str
    state: str = OPEN
    decision: HitDecision | None = None

    @property
    def same(self) -> bool | None:
        """Whether a person said it is the entry; None while that is open."""
        return _SAID.get(self.state)

    @property
    def text(self) -> Text:
        """Who decided what when and why, in a sentence; ``NO_TEXT`` when nobody did."""
        if self.decision is None:
            return NO_TEXT
        who, day = self.decision.actor, self.decision.at.date().isoformat()
        why = self.decision.reason.rstrip(".。 ")
        if self.state == UNDECIDED:
            return Text(f"{who} could not tell on {day}: {why}.", f"{who} 于 {day} 表示暂无法判断：{why}。")
        if self.state == REOPENED:
            was = _WORDS[self.decision.verdict]
            return Text(
                f"Open again: {who} decided on {day} that it is {was.en} ({why}), but the list row has changed since.",
                f"重新待处理：{who} 曾于 {day} 认定为{was.zh}（{why}），但名单条目其后有变更。",
            )
        if self.state == OPEN:
            return Text(
                f"Open again: {who} took the decision back on {day}: {why}.",
                f"重新待处理：{who} 于 {day} 撤回了原决定：{why}。",
            )
        now = _WORDS[self.state]
        return Text(f"{who} decided on {day} that it is {now.en}: {why}.", f"{who} 于 {day} 认定为{now.zh}：{why}。")


_WORDS: Final = {
    TRUE_MATCH: Text("a true match", "同一主体"),
    FALSE_POSITIVE: Text("a false positive", "误报"),
    UNDECIDED: Text("perhaps the same", "暂无法判断"),
    OPEN: Text("open", "待处理"),
}


def state_of(candidate: Candidate, decision: HitDecision | None) -> str:
    """Return where a hit stands: "open", "reopened" when its row changed since the decision, else the verdict."""
    if decision is None or decision.verdict == OPEN:
        return OPEN
    return decision.verdict if decision.row in {candidate.row, ANY_ROW} else REOPENED


def said_of(decision: HitDecision, row: str) -> bool | None:
    """Return what a decision says of a list row of this digest: the same, not the same, or None when it is open."""
    return _SAID.get(decision.verdict) if decision.row in {row, ANY_ROW} else None


def ruling(known: Ledger, subjects: Sequence[str], candidate: Candidate) -> Ruling:
    """Return where the hit of a subject and a candidate stands.

    Args:
        known: the last decision by hit.
        subjects: what the subject goes by; the first that was decided on counts, and the first names an open hit.
        candidate: the list entry.
    """
    for subject in subjects:
        hit = hit_of(candidate.list, candidate.entity, subject)
        decision = known.get(hit)
        if decision is not None:
            return Ruling(hit, state_of(candidate, decision), decision)
    return Ruling(hit_of(candidate.list, candidate.entity, subjects[0]))
