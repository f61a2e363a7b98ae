"""What a rule says about one subject: flagged, passed, or not evaluated and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from kb.model import Evidence


class Outcome(StrEnum):
    """The three answers of a check; there is no fourth."""

    FLAG = "flag"
    PASS = "pass"  # noqa: S105  (an answer, not a password)
    NOT_EVALUATED = "not_evaluated"


class Level(StrEnum):
    """Risk level, read from DPV's published 3×3 risk matrix."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


LEVEL_RANK = {Level.LOW: 1, Level.MEDIUM: 2, Level.HIGH: 3}


@dataclass(frozen=True, slots=True)
class Text:
    """One message in both languages."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """Return the text in ``language`` ("en" or "zh"); English for any other."""
        return self.zh if language == "zh" else self.en

    def filled(self, values: dict[str, str]) -> Text:
        """Return the text with every ``{name}`` of ``values`` put in; unknown names stay visible."""
        en, zh = self.en, self.zh
        for name, value in values.items():
            en, zh = en.replace("{" + name + "}", value), zh.replace("{" + name + "}", value)
        return Text(en, zh)


NO_TEXT = Text("", "")
"""Nothing to say, in both languages."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The provision of law or the standard a rule rests on.

    Attributes:
        act: canonical act id ("cn/民法典") or the name of a standard.
        provision: canonical number, or None for the act as a whole.
        version: version id the provision was found in on the date of the check, or None when it is not stored.
        status: "resolved" or the reason it is not ("unknown_act", "phantom", "repealed", "not_yet_in_force").
        note: what it says about the risk and what a reader must know of its state, in both languages.
    """

    act: str
    provision: str | None = None
    version: str | None = None
    status: str = "unresolved"
    note: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class StaleReason:
    """A change of law, or a decision on a hit, later than a finding, to what the finding rests on.

    Attributes:
        act: id of the act that changed; "" when it is a decision.
        change: id of the change, see ``kb.facts.changes.change_id``; of a decision the id of the hit.
        text: which change, a full sentence in both languages.
    """

    act: str
    change: str
    text: Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one rule version about one subject, with everything needed to explain it.

    Attributes:
        id: stable for the same rule, subject and evidence words, so decisions on it survive a re-check.
        subject: document id, partner id or provision id the answer is about.
        why: why it was not evaluated, a full sentence in both languages; empty for the other outcomes.
        level: risk level of a flag; None for the other outcomes.
        likelihood: 1 (low) to 3 (high), how likely the harm is.
        impact: 1 (low) to 3 (high), how bad it would be.
        evidence: the words it rests on, most telling first; for an absent clause, what was searched.
        stale: what has changed in the law since it was made; empty when it still holds.
    """

    id: str
    rule: str
    rule_version: str
    outcome: Outcome
    subject: str
    why: Text = NO_TEXT
    level: Level | None = None
    likelihood: int | None = None
    impact: int | None = None
    evidence: tuple[Evidence, ...] = ()
    basis: tuple[Basis, ...] = ()
    message: Text = NO_TEXT
    remedy: Text = NO_TEXT
    family: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    stale: tuple[StaleReason, ...] = ()

    @property
    def reason(self) -> str:
        """Why it was not evaluated, in English; empty for the other outcomes."""
        return self.why.en


def finding_id(rule: str, subject: str, evidence: tuple[Evidence, ...], key: str = "") -> str:
    """Return the id of a finding: the same rule, subject and evidence words give the same id.

    Offsets are left out so that an edit elsewhere in the document does not orphan a reviewer's decision. For the same
    reason ``subject`` is where a document comes from (its source), not its id, which is made of its bytes.
    """
    words = "\x1f".join(" ".join(e.quote.split()) for e in evidence[:3])
    digest = hashlib.sha256("\x1e".join((rule, subject, key, words)).encode()).hexdigest()
    return f"f-{digest[:16]}"
