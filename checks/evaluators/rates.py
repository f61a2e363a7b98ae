"""Evaluator of interest rates, whatever period they are stated for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import number, patterns
from checks.evaluators.values import amount
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Span, Value

PER_YEAR: Final = {"P1Y": 1.0, "P1M": 12.0, "P1W": 52.0, "P1D": 365.0}
"""How often a period comes in a year; rates are compared as simple interest."""
REACH: Final = 30
"""Characters around a rate in which its period stands."""


def interest_above(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag an interest rate that comes to more than ``max_per_year`` (a fraction, simple interest) a year.

    Options, patterns by language: ``interest`` words of the sentence; ``unless`` words of the sentence that make the
    percentage another one; ``month`` and ``year`` words beside a rate that give it its period where none was read.
    """
    read: list[tuple[Value, float]] = []
    unread: list[Span] = []
    for value in contract.values:
        if value.type != "percentage":
            continue
        sentence = contract.sentence_at(value.start)
        if contract.find(patterns(rule, "interest"), sentence) is None:
            continue
        if contract.find(patterns(rule, "unless"), sentence) is not None:
            continue
        size, times = amount(value), _times(contract, rule, value, sentence)
        if size is None or times is None:
            unread.append(sentence)
        else:
            read.append((value, size * times))
    high = [(value, rate) for value, rate in read if rate > number(rule, "max_per_year")]
    for value, rate in high:
        sentence = contract.sentence_at(value.start)
        clause = contract.clause_at(value.start)
        yield flag(
            contract.document,
            contract.evidence(sentence.start, max(sentence.end, value.end)),
            key=f"{value.value}:{value.unit}",
            clause=contract.label(clause) if clause is not None else "",
            value=contract.text[value.start : value.end],
            rate=f"{rate * 100:.4g}",
        )
    if high:
        return
    if read:
        sentence = contract.sentence_at(read[0][0].start)
        yield passed(contract.document, contract.evidence(sentence.start, sentence.end))
    elif unread:
        yield not_evaluated(
            contract.document,
            "An interest rate is stated whose period (a year, a month, a day) could not be read.",
            "合同载明了利率，但未能识别其计息周期。",
        )
    else:
        yield not_evaluated(contract.document, "No interest rate is stated.", "合同未载明利率。")


def _times(contract: Reading, rule: PythonEvaluator, value: Value, sentence: Span) -> float | None:
    if value.unit is not None:
        return PER_YEAR.get(value.unit)
    near = Span(max(sentence.start, value.start - REACH), min(sentence.end, value.end + REACH))
    month = contract.find(patterns(rule, "month"), near) is not None
    year = contract.find(patterns(rule, "year"), near) is not None
    if month is year:
        return None
    return PER_YEAR["P1M" if month else "P1Y"]
