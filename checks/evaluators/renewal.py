"""Evaluator of automatic renewal: how long before the end must one object."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import number, patterns
from checks.evaluators.rights import without
from checks.evaluators.values import amount, framed
from checks.reading import Reading
from checks.rule import Patterns, PythonEvaluator
from kb.model import Clause, Span, Value

_ROLE = "Notice Period to Terminate Renewal"


def short_notice_renewal(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract that renews by itself when the notice to stop it is very short, very long, or not stated.

    Options, patterns by language: ``renews`` words of automatic renewal; ``agreed`` words in their sentence that make
    it a renewal by agreement; ``notice`` words of the notice that stops it; ``frames`` where in its sentence the notice
    period stands, written "⟨⟩"; ``elsewhere`` words that leave the way out to another clause; ``hidden`` words or marks
    of a period that was blacked out; ``topic`` the clauses a pass rests on where nothing renews by itself. Numbers:
    ``min_days``, ``max_days``; notice periods outside them flag.
    """
    renewing = _renewal(contract, rule)
    if renewing is None:
        yield without(contract, rule)
        return
    sentence, clause = renewing
    around = Span(clause.start, clause.end) if clause is not None else sentence
    label = contract.label(clause) if clause is not None else ""
    evidence = contract.evidence(sentence.start, sentence.end)
    frames = patterns(rule, "frames")
    period = _notice_period(contract, sentence, frames) or _notice_period(contract, around, frames)
    if period is None:
        if any(contract.find(patterns(rule, name), around) is not None for name in ("elsewhere", "hidden")):
            yield not_evaluated(
                contract.document,
                f"{label} renews by itself; the notice that stops it is left to another clause or blacked out.",
                f"{label} 约定自动续期，但阻止续期的通知期见于其他条款或已被隐去。",
            )
            return
        period = _stated(contract, sentence) or _stated(contract, around)
    if period is None:
        if contract.find(patterns(rule, "notice"), around) is not None and _durations(contract, around) > 1:
            yield not_evaluated(
                contract.document,
                f"The notice that stops the renewal in {label} could not be read.",
                f"未能识别 {label} 中阻止续期的通知期。",
            )
        else:
            stated, stated_zh = "no notice period is stated", "未约定通知期"
            yield flag(contract.document, evidence, clause=label, value=stated, value_zh=stated_zh)
        return
    length = amount(period)
    words = contract.text[period.start : period.end]
    if length is None:
        yield not_evaluated(
            contract.document,
            f"The notice period in {label} could not be read.",
            f"未能识别 {label} 中的通知期。",
        )
    elif length < number(rule, "min_days") or length > number(rule, "max_days"):
        yield flag(contract.document, evidence, clause=label, value=words, value_zh=words)
    else:
        yield passed(contract.document, evidence)


def _renewal(contract: Reading, rule: PythonEvaluator) -> tuple[Span, Clause | None] | None:
    renews, agreed = patterns(rule, "renews"), patterns(rule, "agreed")
    for match in contract.matches(renews, contract.whole):
        sentence = contract.sentence_at(match.start())
        if contract.find(agreed, sentence) is None:
            return sentence, contract.clause_at(match.start())
    return None


def _notice_period(contract: Reading, span: Span, frames: Patterns) -> Value | None:
    """Return the duration of a stretch that stands where notice periods stand, or None."""
    for value in contract.values:
        inside = value.type == "duration" and span.start <= value.start < span.end
        if inside and framed(frames, contract, value, contract.sentence_at(value.start)):
            return value
    return None


def _stated(contract: Reading, span: Span) -> Value | None:
    """Return what extraction read as the notice period of a stretch, or None."""
    role = _ROLE.casefold()  # CUAD writes it with a capital "To" in one place and a small one in another
    return next((v for v in contract.values if span.start <= v.start < span.end and v.type.casefold() == role), None)


def _durations(contract: Reading, span: Span) -> int:
    return sum(1 for v in contract.values if v.type == "duration" and span.start <= v.start < span.end)
