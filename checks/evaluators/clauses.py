"""Evaluators that read the clauses of one contract: patterns in clauses, and clauses that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.rule import ClausePattern, MissingClause, Patterns
from kb.contract import ContractFacts
from kb.model import Clause, Evidence, Span

MAX_FLAGS_PER_CONTRACT = 25
"""Flags of one rule on one contract; more of the same tells a reader nothing new."""


def found(patterns: Patterns, contract: ContractFacts, span: Span) -> Span | None:
    """Return the first match of any pattern inside a stretch of the contract, or None."""
    for pattern in patterns.compiled(contract.language):
        match = pattern.search(contract.text, span.start, span.end)
        if match is not None and match.end() > match.start():
            return Span(match.start(), match.end())
    return None


def relevant(contract: ContractFacts, types: tuple[str, ...], cues: Patterns) -> tuple[Clause, ...]:
    """Return the clauses to look in: those of the types, those holding a cue; all leaves when neither is asked for.

    A typed parent brings in its leaves, and a clause inside another returned one is left out.
    """
    if not types and not cues.languages:
        return contract.leaves
    chosen = {clause.id for clause in contract.of_type(types)}
    if cues.compiled(contract.language):
        chosen |= {c.id for c in contract.leaves if found(cues, contract, Span(c.start, c.end)) is not None}
    outermost = [c for c in contract.clauses if c.id in chosen and not _inside(c, chosen, contract)]
    return tuple(outermost)


def _inside(clause: Clause, chosen: set[str], contract: ContractFacts) -> bool:
    parent = clause.parent
    while parent is not None:
        if parent in chosen:
            return True
        parent = contract.by_id[parent].parent if parent in contract.by_id else None
    return False


def clause_pattern(evaluate: ClausePattern, contract: ContractFacts) -> Iterator[Answer]:
    """Flag every sentence of the relevant clauses that holds a risky pattern and no exception to it."""
    clauses = relevant(contract, evaluate.types, evaluate.cues)
    if not clauses:
        yield not_evaluated(contract.document, f"No clause of type {', '.join(evaluate.types) or 'any'} was found.")
        return
    whole = Span(0, len(contract.text))
    lifted = found(evaluate.unless_contract, contract, whole) is not None
    flags = 0
    seen: set[int] = set()
    for clause in () if lifted else clauses:
        span = Span(clause.start, clause.end)
        parent = contract.by_id.get(clause.parent) if clause.parent is not None else None
        if any(
            found(evaluate.unless_clause, contract, Span(c.start, c.end)) is not None
            for c in (clause, parent)
            if c is not None
        ):
            continue
        for pattern in evaluate.patterns.compiled(contract.language):
            for match in pattern.finditer(contract.text, span.start, span.end):
                sentence = _sentence(contract, match.start(), match.end())
                if sentence.start in seen or found(evaluate.unless, contract, sentence) is not None:
                    continue
                seen.add(sentence.start)
                flags += 1
                yield flag(
                    contract.document,
                    contract.evidence(sentence.start, sentence.end),
                    clause=contract.label(contract.clause_at(match.start()) or clause),
                    matched=" ".join(match.group().split()),
                )
                if evaluate.once or flags >= MAX_FLAGS_PER_CONTRACT:
                    return
    if not flags:
        yield passed(contract.document, *(contract.evidence(c.start, c.end) for c in clauses[:1]))


def _sentence(contract: ContractFacts, start: int, end: int) -> Span:
    first = contract.sentence_at(start)
    return first if end <= first.end else Span(first.start, max(contract.sentence_at(end - 1).end, end))


def missing_clause(evaluate: MissingClause, contract: ContractFacts) -> Iterator[Answer]:
    """Flag a contract that should have a clause of a type and has neither the type nor any cue of it."""
    whole = Span(0, len(contract.text))
    subject = contract.document
    expected: Evidence | None = None
    if evaluate.when.languages or evaluate.when_types:
        cue = found(evaluate.when, contract, whole)
        typed = contract.of_type(evaluate.when_types)
        if cue is None and not typed:
            yield passed(subject)
            return
        expected = (
            contract.evidence(*_bounds(contract.sentence_at(cue.start)))
            if cue is not None
            else contract.evidence(typed[0].start, typed[0].end)
        )
    if found(evaluate.unless, contract, whole) is not None:
        yield passed(subject)
        return
    if present := contract.of_type(evaluate.types):
        yield passed(subject, contract.evidence(present[0].start, present[0].end))
        return
    cue = found(evaluate.cues, contract, whole)
    if cue is not None:
        yield passed(subject, contract.evidence(*_bounds(contract.sentence_at(cue.start))))
        return
    if len(contract.leaves) < evaluate.min_clauses:
        yield not_evaluated(
            subject, f"Only {len(contract.leaves)} clauses were found, too few to say that one is missing."
        )
        return
    best = contract.best_score(evaluate.types)
    if best >= evaluate.grey:
        yield not_evaluated(subject, f"A clause may be of type {evaluate.types[0]} (score {best:.2f}): read it.")
        return
    yield flag(
        subject,
        *((expected,) if expected is not None else (title_evidence(contract),)),
        searched=str(len(contract.leaves)),
    )


def title_evidence(contract: ContractFacts) -> Evidence:
    """Return the contract's first line as evidence of what was searched for something absent."""
    start = len(contract.text) - len(contract.text.lstrip())
    end = contract.text.find("\n", start)
    return contract.evidence(start, min(end if end > start else len(contract.text), start + 200))


def _bounds(span: Span) -> tuple[int, int]:
    return span.start, span.end
