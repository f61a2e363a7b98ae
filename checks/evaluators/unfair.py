"""Evaluator of potentially unfair terms in consumer terms of service."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import MAX_FLAGS_PER_CONTRACT, sentence_of
from checks.evaluators.options import patterns, texts
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Clause, Span


def unfair_term(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag clauses that ingestion found to hold an unfair term of a kind, or sentences that state one in set words.

    Options: ``types`` clause types of the kind, as a classifier detected them; ``focus`` patterns that choose the
    sentences shown of such a clause (the whole clause when none fits); ``states`` patterns by language that state such
    a term by themselves, for languages without a classifier; ``unless`` patterns in their sentence that make it fair. A
    clause in the classifier's grey zone is "not evaluated".
    """
    wanted = frozenset(texts(rule, "types"))
    found = [*_classified(contract, rule, wanted), *_stated(contract, rule)]
    seen: set[int] = set()
    for clause, sentence in found:
        if sentence.start in seen or len(seen) >= MAX_FLAGS_PER_CONTRACT:
            continue
        seen.add(sentence.start)
        words = " ".join(contract.text[sentence.start : sentence.end].split())
        yield flag(
            contract.document,
            contract.evidence(sentence.start, sentence.end),
            clause=contract.label(clause) if clause is not None else "",
            matched=words if len(words) <= _LONGEST_QUOTE else words[:_LONGEST_QUOTE] + "…",
        )
    if seen:
        return
    best = contract.best_score(wanted)
    if best > 0:
        yield not_evaluated(
            contract.document,
            f"A clause may hold such a term (score {best:.2f}, in the grey zone): read it.",
            f"某条款可能含有此类约定（得分 {best:.2f}，处于灰区），须人工核对。",
        )
        return
    yield passed(contract.document)


_LONGEST_QUOTE = 160


def _classified(contract: Reading, rule: PythonEvaluator, wanted: frozenset[str]) -> Iterator[tuple[Clause, Span]]:
    focus = patterns(rule, "focus")
    for clause in contract.of_type(wanted):
        children = contract.children.get(clause.id, ())
        end = children[0].start if children else clause.end
        sentences = [
            each for each in contract.sentences(clause.start, end) if contract.find(focus, each) is not None
        ] or [Span(clause.start, end)]
        for sentence in sentences:
            yield clause, sentence


def _stated(contract: Reading, rule: PythonEvaluator) -> Iterator[tuple[Clause | None, Span]]:
    unless = patterns(rule, "unless")
    for match in contract.matches(patterns(rule, "states"), contract.whole):
        sentence = sentence_of(contract, match.start(), match.end())
        if contract.find(unless, sentence) is None:
            yield contract.clause_at(match.start()), sentence
