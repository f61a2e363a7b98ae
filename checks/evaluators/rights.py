"""Evaluator of rights that only one side has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, passed
from checks.evaluators.clauses import sentence_of
from checks.evaluators.options import patterns
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Span


def one_sided_right(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a right that one party has and no other.

    Options, patterns by language: ``right`` with a group ``who``, the words that give a right and its holder;
    ``unless`` words in their sentence that make it another right; ``mutual`` words anywhere in the contract that give
    the right to both sides. Two different holders make the right mutual.
    """
    unless = patterns(rule, "unless")
    given: dict[str, list[tuple[re.Match[str], Span]]] = {}
    for match in contract.matches(patterns(rule, "right"), contract.whole):
        sentence = sentence_of(contract, match.start(), match.end())
        if contract.find(unless, sentence) is None:
            given.setdefault(_holder(match.group("who")), []).append((match, sentence))
    if len(given) != 1 or contract.find(patterns(rule, "mutual"), contract.whole) is not None:
        yield passed(contract.document)
        return
    for match, sentence in next(iter(given.values())):
        clause = contract.clause_at(match.start())
        yield flag(
            contract.document,
            contract.evidence(sentence.start, sentence.end),
            clause=contract.label(clause) if clause is not None else "",
            matched=" ".join(match.group().split()),
            holder=" ".join(match.group("who").split()),
        )


def _holder(words: str) -> str:
    return " ".join(words.split()).casefold().removeprefix("the ")
