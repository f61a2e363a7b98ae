"""Evaluator of thresholds on extracted values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import found, relevant
from checks.rule import ValueThreshold
from kb.contract import ContractFacts
from kb.model import Span, Value

_ISO_DURATION = re.compile(r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?")
DAYS = (365.0, 30.0, 7.0, 1.0)
"""Days per year, month, week and day: the rough size of a duration, good enough for limits in rules."""


def days(duration: str) -> float | None:
    """Return the length of an ISO 8601 duration in days (month 30, year 365), or None when it is none."""
    match = _ISO_DURATION.fullmatch(duration)
    if match is None or not any(match.groups()):
        return None
    return sum(float(number) * size for number, size in zip(match.groups(), DAYS, strict=True) if number)


def amount(value: Value) -> float | None:
    """Return the size of a value in the unit thresholds are written in, or None when it could not be read."""
    if value.value is None:
        return None
    if value.value.startswith("P"):
        return days(value.value)
    try:
        return float(value.value)
    except ValueError:
        return None


def value_threshold(evaluate: ValueThreshold, contract: ContractFacts) -> Iterator[Answer]:
    """Flag each value of the asked kind that stands in the asked place and is beyond the limit."""
    clauses = relevant(contract, evaluate.types, evaluate.cues)
    spans = [(c.start, c.end) for c in clauses]
    if not clauses:
        yield not_evaluated(contract.document, f"No clause of type {', '.join(evaluate.types)} was found.")
        return
    looked, unread, flags = 0, 0, 0
    for value in contract.values:
        if value.type != evaluate.value_type or not any(s <= value.start < e for s, e in spans):
            continue
        sentence = contract.sentence_at(value.start)
        if evaluate.near.languages and found(evaluate.near, contract, sentence) is None:
            continue
        if found(evaluate.unless, contract, sentence) is not None:
            continue
        if evaluate.value_type == "percentage" and value.unit != evaluate.per:
            continue
        if evaluate.currency is not None and value.unit != evaluate.currency:
            continue
        size = amount(value)
        if size is None:
            unread += 1
            continue
        looked += 1
        if not _beyond(size, evaluate):
            continue
        flags += 1
        yield flag(
            contract.document,
            contract.evidence(*_reach(sentence, value)),
            key=f"{value.type}:{value.value}",
            value=contract.text[value.start : value.end],
            clause=contract.label(contract.clause_at(value.start) or clauses[0]),
        )
    if flags:
        return
    if looked:
        yield passed(contract.document, contract.evidence(*spans[0]))
    elif unread:
        yield not_evaluated(contract.document, f"{unread} stated values could not be read as a {evaluate.value_type}.")
    else:
        yield not_evaluated(contract.document, f"No {evaluate.value_type} is stated where the rule looks.")


def _beyond(size: float, evaluate: ValueThreshold) -> bool:
    return (evaluate.above is not None and size > evaluate.above) or (
        evaluate.below is not None and size < evaluate.below
    )


def _reach(sentence: Span, value: Value) -> tuple[int, int]:
    return min(sentence.start, value.start), max(sentence.end, value.end)
