"""Evaluators that read the clauses of one contract: patterns in clauses, and clauses that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.reading import Reading
from checks.rule import ClausePattern, MissingClause, Patterns
from kb.model import Clause, Evidence, Span
from ontology import concept

MAX_FLAGS_PER_CONTRACT = 25
"""Flags of one rule on one contract; more of the same tells a reader nothing new."""
MAX_TITLE = 200
"""Characters of a contract's first line that stand for what was searched."""


def relevant(contract: Reading, types: tuple[str, ...], cues: Patterns) -> tuple[Clause, ...]:
    """Return the clauses to look in: those of the types, those holding a cue; all leaves when neither is asked for.

    A typed parent brings in its leaves, and a clause inside another returned one is left out.
    """
    if not types and not cues.languages:
        return contract.leaves
    chosen = {clause.id for clause in contract.of_type(types)} | {clause.id for clause in contract.holding(cues)}
    return tuple(c for c in contract.clauses if c.id in chosen and not _inside(c, chosen, contract))


def _inside(clause: Clause, chosen: set[str], contract: Reading) -> bool:
    parent = clause.parent
    while parent is not None:
        if parent in chosen:
            return True
        parent = contract.by_id[parent].parent if parent in contract.by_id else None
    return False


def clause_pattern(evaluate: ClausePattern, contract: Reading) -> Iterator[Answer]:
    """Flag every sentence of the relevant clauses that holds a risky pattern and no exception to it."""
    clauses = relevant(contract, evaluate.types, evaluate.cues)
    if not clauses:
        yield none_of_type(contract, evaluate.types)
        return
    flags = 0
    seen: set[int] = set()
    for clause in () if contract.find(evaluate.unless_contract, contract.whole) is not None else clauses:
        hits = contract.matches(evaluate.patterns, Span(clause.start, clause.end))
        if not hits or _lifted(evaluate.unless_clause, clause, contract):
            continue
        for match in hits:
            sentence = sentence_of(contract, match.start(), match.end())
            if sentence.start in seen or contract.find(evaluate.unless, sentence) is not None:
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
    if flags:
        return
    for clause in clauses if evaluate.unsure.languages else ():
        doubtful = contract.find(evaluate.unsure, Span(clause.start, clause.end))
        if doubtful is not None:
            yield cannot_read(contract, sentence_of(contract, doubtful.start, doubtful.end))
            return
    yield passed(contract.document, *(contract.evidence(c.start, c.end) for c in clauses[:1]))


def cannot_read(contract: Reading, span: Span) -> Answer:
    """Return "not evaluated": words were found that may or may not mean the risk."""
    quote = " ".join(contract.text[span.start : span.end].split())[:MAX_TITLE]
    return not_evaluated(
        contract.document,
        f"“{quote}” may mean this; the words do not decide it, read the clause.",
        f"“{quote}”可能属于此种情形，文字不足以判断，须人工核对。",
    )


def _lifted(unless: Patterns, clause: Clause, contract: Reading) -> bool:
    parent = contract.by_id.get(clause.parent) if clause.parent is not None else None
    return any(contract.find(unless, Span(c.start, c.end)) is not None for c in (clause, parent) if c is not None)


def none_of_type(contract: Reading, types: tuple[str, ...]) -> Answer:
    """Return "not evaluated": the rule had nowhere to look."""
    if not types:
        return not_evaluated(
            contract.document, "No clause of the kind the rule reads was found.", "未找到本规则所检查的条款。"
        )
    names = [concept("clause-types", name).labels for name in types]
    return not_evaluated(
        contract.document,
        f"No clause on {' or '.join(label['en'] for label in names)} was found.",
        f"未找到关于{'、'.join(label['zh'] for label in names)}的条款。",
    )


def sentence_of(contract: Reading, start: int, end: int) -> Span:
    """Return the sentence, or the run of sentences, that holds a stretch."""
    first = contract.sentence_at(start)
    return first if end <= first.end else Span(first.start, max(contract.sentence_at(end - 1).end, end))


def missing_clause(evaluate: MissingClause, contract: Reading) -> Iterator[Answer]:
    """Flag a contract that should have a clause of a type and has neither the type nor any cue of it."""
    subject = contract.document
    expected: Evidence | None = None
    if evaluate.when.languages or evaluate.when_types:
        expected = _expecting(evaluate, contract)
        if expected is None:
            yield not_evaluated(
                subject,
                "Nothing was found in the contract that would call for such a clause.",
                "合同中未发现需要此类条款的约定。",
            )
            return
    unless = contract.find(evaluate.unless, contract.whole)
    if unless is not None:
        yield passed(subject, _sentence_evidence(contract, unless.start))
        return
    if present := contract.of_type(evaluate.types):
        yield passed(subject, contract.evidence(present[0].start, present[0].end))
        return
    cue = contract.find(evaluate.cues, contract.whole)
    if cue is not None:
        yield passed(subject, _sentence_evidence(contract, cue.start))
        return
    unsure = contract.find(evaluate.unsure, contract.whole)
    if unsure is not None:
        quote = contract.text[unsure.start : unsure.end]
        yield not_evaluated(
            subject,
            f"“{quote}” suggests that the subject is dealt with; read whether the clause covers what is needed.",
            f"“{quote}”表明合同可能已有相关约定，是否完整须人工核对。",
        )
        return
    if len(contract.leaves) < evaluate.min_clauses:
        yield not_evaluated(
            subject,
            f"Only {len(contract.leaves)} clauses were found, too few to say that one is missing.",
            f"仅识别出 {len(contract.leaves)} 个条款，不足以判断是否缺少条款。",
        )
        return
    best = contract.best_score(evaluate.types)
    if best >= evaluate.grey:
        labels = concept("clause-types", evaluate.types[0]).labels
        yield not_evaluated(
            subject,
            f"A clause may be about {labels['en']} (score {best:.2f}): read it.",
            f"某条款可能属于“{labels['zh']}”（得分 {best:.2f}），须人工核对。",
        )
        return
    yield flag(
        subject,
        expected if expected is not None else title_evidence(contract),
        searched=str(len(contract.leaves)),
    )


def _expecting(evaluate: MissingClause, contract: Reading) -> Evidence | None:
    """Return the words that make the clause expected, or None when nothing does."""
    cue = contract.find(evaluate.when, contract.whole)
    if cue is not None:
        return _sentence_evidence(contract, cue.start)
    typed = contract.of_type(evaluate.when_types)
    return contract.evidence(typed[0].start, typed[0].end) if typed else None


def title_evidence(contract: Reading) -> Evidence:
    """Return the contract's first line as evidence of what was searched for something absent."""
    start = len(contract.text) - len(contract.text.lstrip())
    end = contract.text.find("\n", start)
    return contract.evidence(start, min(end if end > start else len(contract.text), start + MAX_TITLE))


def _sentence_evidence(contract: Reading, offset: int) -> Evidence:
    sentence = contract.sentence_at(offset)
    return contract.evidence(sentence.start, sentence.end)
