"""Evaluator of indemnities that cover the fault of the one who is indemnified."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag
from checks.evaluators.clauses import sentence_of
from checks.evaluators.holders import BOTH, holder_before, same_holder
from checks.evaluators.options import patterns
from checks.evaluators.rights import without
from checks.reading import Reading
from checks.rule import PythonEvaluator


def indemnity_own_fault(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a sentence in which one side indemnifies and the fault that is covered is the other side's.

    Options, patterns by language: ``indemnity`` the verb; ``fault`` with a group ``who``, whose fault; ``included``
    words that take it in; ``unless`` words of the sentence that take it out; ``topic`` the clauses a pass rests on.
    """
    seen: set[int] = set()
    for fault in contract.matches(patterns(rule, "fault"), contract.whole):
        sentence = sentence_of(contract, fault.start(), fault.end())
        if sentence.start in seen or contract.find(patterns(rule, "unless"), sentence) is not None:
            continue
        verb = contract.find(patterns(rule, "indemnity"), sentence)
        if verb is None or contract.find(patterns(rule, "included"), sentence) is None:
            continue
        payer = holder_before(contract, contract.text[sentence.start : verb.start])
        other = holder_before(contract, fault.group("who"))
        if payer is not None and (payer.key == BOTH or same_holder(payer.key, _key(other, fault.group("who")))):
            continue
        seen.add(sentence.start)
        clause = contract.clause_at(fault.start())
        yield flag(
            contract.document,
            contract.evidence(sentence.start, sentence.end),
            clause=contract.label(clause) if clause is not None else "",
            matched=" ".join(fault.group().split()),
            holder=payer.name if payer is not None else "",
            other=" ".join(fault.group("who").split()),
        )
    if not seen:
        yield without(contract, rule)


def _key(holder: object, words: str) -> str:
    return getattr(holder, "key", " ".join(words.split()).casefold())
