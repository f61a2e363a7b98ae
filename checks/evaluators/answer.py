"""What an evaluator says before the engine adds rule, level, basis and texts."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.finding import NO_TEXT, Outcome, Text
from kb.model import Evidence


@dataclass(frozen=True, slots=True)
class Answer:
    """One outcome about one subject.

    Attributes:
        why: for "not evaluated", a full sentence in both languages that says what was missing; for a pass that rests on
            a person's decision, who decided what.
        values: fill ``{name}`` in the rule's message and remedy.
        key: tells apart several answers on the same words.
        level_shift: raises or lowers the likelihood by this many steps, for evaluators that see how sure it is.
    """

    subject: str
    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    why: Text = NO_TEXT
    values: dict[str, str] = field(default_factory=dict)
    key: str = ""
    level_shift: int = 0


def flag(subject: str, *evidence: Evidence, key: str = "", level_shift: int = 0, **values: str) -> Answer:
    """Return a flag with its evidence."""
    return Answer(subject, Outcome.FLAG, evidence, values=values, key=key, level_shift=level_shift)


def passed(subject: str, *evidence: Evidence, why: Text = NO_TEXT, key: str = "", **values: str) -> Answer:
    """Return a pass; evidence shows what satisfied the rule, ``why`` says who decided so where a person did."""
    return Answer(subject, Outcome.PASS, evidence, why=why, values=values, key=key)


def not_evaluated(subject: str, en: str, zh: str) -> Answer:
    """Return "not evaluated" with the reason, a full sentence in both languages that says what was missing."""
    return Answer(subject, Outcome.NOT_EVALUATED, why=Text(en, zh))
