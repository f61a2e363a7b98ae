"""Evaluator of thresholds on extracted values."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import none_of_type, relevant
from checks.reading import Reading
from checks.rule import Patterns, ValueThreshold
from kb.model import Span, Value
from ontology import concept

_ISO_DURATION = re.compile(r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?")
FRAME_REACH = 300
"""Characters before and after a value that a frame may speak about."""
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


def value_threshold(evaluate: ValueThreshold, contract: Reading) -> Iterator[Answer]:
    """Flag each value of the asked kind that stands in the asked place and is beyond the limit."""
    clauses = relevant(contract, evaluate.types, evaluate.cues)
    if not clauses:
        yield none_of_type(contract, evaluate.types)
        return
    starts = [clause.start for clause in clauses]
    looked, unread, flags = 0, 0, 0
    for value in contract.values:
        index = bisect_right(starts, value.start) - 1
        if value.type != evaluate.value_type or index < 0 or value.start >= clauses[index].end:
            continue
        sentence = contract.sentence_at(value.start)
        if not _asked(evaluate, contract, value, sentence):
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
            contract.evidence(min(sentence.start, value.start), max(sentence.end, value.end)),
            key=f"{value.type}:{value.value}",
            value=contract.text[value.start : value.end],
            clause=contract.label(contract.clause_at(value.start) or clauses[index]),
        )
    if flags:
        return
    if looked:
        yield passed(contract.document, contract.evidence(clauses[0].start, clauses[0].end))
        return
    labels = value_labels(evaluate.value_type)
    if unread:
        yield not_evaluated(
            contract.document,
            f"{unread} stated values could not be read as {labels['en']}.",
            f"有 {unread} 处数值无法识别为{labels['zh']}。",
        )
    else:
        yield not_evaluated(
            contract.document,
            f"No value of the kind {labels['en']} is stated where the rule looks.",
            f"在本规则检查的条款中未载明{labels['zh']}。",
        )


def value_labels(value_type: str) -> Mapping[str, str]:
    """Return how people call a kind of value, by language."""
    return concept("value-types", value_type).labels


def _asked(evaluate: ValueThreshold, contract: Reading, value: Value, sentence: Span) -> bool:
    """Say whether a value stands where and how the rule asks."""
    if evaluate.currency is not None and value.unit != evaluate.currency:
        return False
    if evaluate.value_type == "percentage" and value.unit != evaluate.per:
        by_words = evaluate.per is not None and value.unit is None
        if not by_words or contract.find(evaluate.per_cues, sentence) is None:
            return False
    if evaluate.near.languages and contract.find(evaluate.near, sentence) is None:
        return False
    if evaluate.frames.languages and not framed(evaluate.frames, contract, value, sentence):
        return False
    return contract.find(evaluate.unless, sentence) is None


def framed(frames: Patterns, contract: Reading, value: Value, sentence: Span) -> bool:
    """Say whether a value stands in its sentence as one of the frames says."""
    before = contract.text[max(sentence.start, value.start - FRAME_REACH) : value.start]
    after = contract.text[value.end : min(sentence.end, value.end + FRAME_REACH)]
    words = f"{before}⟨⟩{after}"
    return any(pattern.search(words) is not None for pattern in frames.compiled(contract.language))


def _beyond(size: float, evaluate: ValueThreshold) -> bool:
    return (evaluate.above is not None and size > evaluate.above) or (
        evaluate.below is not None and size < evaluate.below
    )
