"""Evaluator of the day a contract was made."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, passed
from checks.evaluators.clauses import title_evidence
from checks.evaluators.options import patterns
from checks.reading import Reading
from checks.rule import PythonEvaluator

_ROLES = frozenset({"Agreement Date", "Effective Date"})


def undated(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract that states neither the day it was made nor the day it takes effect.

    Option, patterns by language: ``dated``, words that state such a day where extraction gave it no role.
    """
    for value in contract.values:
        if value.type in _ROLES and value.value is not None:
            sentence = contract.sentence_at(value.start)
            yield passed(contract.document, contract.evidence(min(sentence.start, value.start), sentence.end))
            return
    found = contract.find(patterns(rule, "dated"), contract.whole)
    if found is not None:
        yield passed(contract.document, contract.evidence(found.start, found.end))
        return
    yield flag(contract.document, title_evidence(contract))
