"""Evaluator of automatic renewal: how long before the end must one object."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import found
from checks.evaluators.options import number, patterns
from checks.evaluators.values import amount
from checks.rule import Patterns, PythonEvaluator
from kb.contract import ContractFacts
from kb.model import Span, Value


def short_notice_renewal(contract: ContractFacts, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract that renews by itself when the notice to stop it is very short, very long, or not stated.

    Options: ``renews`` and ``notice`` (patterns by language: the words of automatic renewal, and of the notice that stops
    it), ``min_days`` and ``max_days`` (notice periods outside them flag).
    """
    renews, notice = patterns(rule, "renews"), patterns(rule, "notice")
    shortest, longest = number(rule, "min_days"), number(rule, "max_days")
    renewing = [
        sentence
        for clause in contract.leaves
        for sentence in contract.sentences(clause.start, clause.end)
        if found(renews, contract, sentence) is not None
    ]
    if not renewing:
        yield passed(contract.document)
        return
    for sentence in renewing:
        clause = contract.clause_at(sentence.start)
        around = Span(clause.start, clause.end) if clause is not None else sentence
        period = _notice_period(contract, sentence, notice) or _notice_period(contract, around, notice)
        evidence = contract.evidence(sentence.start, sentence.end)
        label = contract.label(clause) if clause is not None else ""
        if period is None:
            if found(notice, contract, around) is None:
                yield flag(
                    contract.document,
                    evidence,
                    clause=label,
                    value="no notice period is stated",
                    value_zh="未约定通知期",
                )
            else:
                yield not_evaluated(
                    contract.document, f"The notice that stops the renewal in {label} could not be read."
                )
            return
        length = amount(period)
        if length is None:
            yield not_evaluated(contract.document, f"The notice period in {label} could not be read.")
        elif length < shortest or length > longest:
            words = contract.text[period.start : period.end]
            yield flag(contract.document, evidence, clause=label, value=words, value_zh=words)
        else:
            yield passed(contract.document, evidence)
        return


def _notice_period(contract: ContractFacts, span: Span, notice: Patterns) -> Value | None:
    """Return the duration that stands nearest to words of notice in a stretch, or None."""
    cue = found(notice, contract, span)
    if cue is None:
        return None
    role = [
        v
        for v in contract.values
        if v.type == "Notice Period to Terminate Renewal" and span.start <= v.start < span.end
    ]
    if role:
        return role[0]
    durations = [v for v in contract.values if v.type == "duration" and span.start <= v.start < span.end]
    return min(durations, key=lambda v: min(abs(v.start - cue.end), abs(cue.start - v.end)), default=None)
