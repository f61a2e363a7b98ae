"""Evaluators of how disputes are settled: arbitration agreements, governing law and forum."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import found
from checks.evaluators.options import patterns, texts
from checks.rule import PythonEvaluator
from kb.contract import ContractFacts
from kb.model import Span

DISPUTE_TYPES = ("Arbitration", "Dispute Resolution", "Forum", "Governing Law")


def arbitration(contract: ContractFacts, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag an agreement to arbitrate that names no institution, or leaves the choice between arbitration and courts.

    Options (patterns by language): ``agrees`` words of an agreement to arbitrate; ``institution`` names of bodies or
    rules; ``open_institution`` words that leave the body open; ``court`` words that open the courts as an alternative;
    ``court_unless`` words that show the courts are only for enforcement or interim relief.
    """
    agrees, institution = patterns(rule, "agrees"), patterns(rule, "institution")
    open_body, court, court_unless = (
        patterns(rule, "open_institution"),
        patterns(rule, "court"),
        patterns(rule, "court_unless"),
    )
    clauses = [c for c in contract.leaves if found(agrees, contract, Span(c.start, c.end)) is not None]
    if not clauses:
        yield passed(contract.document)
        return
    first = clauses[0]
    body = Span(first.start, clauses[-1].end if clauses[-1].end - first.start < 20_000 else first.end)
    for clause in clauses:
        span = Span(clause.start, clause.end)
        for sentence in contract.sentences(clause.start, clause.end):
            alternative = found(court, contract, sentence)
            if alternative is None or found(court_unless, contract, sentence) is not None:
                continue
            if found(agrees, contract, sentence) is None and contract.language != "zh":
                continue
            yield flag(
                contract.document,
                contract.evidence(sentence.start, sentence.end),
                key="court",
                clause=contract.label(clause),
                defect="the parties may arbitrate or go to court, so neither forum is agreed",
                defect_zh="约定可仲裁也可诉讼，仲裁协议一般无效",
            )
            return
        left_open = found(open_body, contract, span)
        if left_open is not None and found(institution, contract, span) is None:
            sentence = contract.sentence_at(left_open.start)
            yield flag(
                contract.document,
                contract.evidence(sentence.start, sentence.end),
                key="open",
                clause=contract.label(clause),
                defect="the arbitration body is left open",
                defect_zh="未选定具体的仲裁机构",
            )
            return
    if found(institution, contract, body) is None and found(institution, contract, Span(0, len(contract.text))) is None:
        agreed = found(agrees, contract, Span(first.start, first.end))
        sentence = contract.sentence_at(agreed.start if agreed is not None else first.start)
        yield flag(
            contract.document,
            contract.evidence(sentence.start, sentence.end),
            key="none",
            clause=contract.label(first),
            defect="no arbitration institution or rules are named",
            defect_zh="未约定仲裁机构或仲裁规则",
        )
        return
    yield passed(contract.document, contract.evidence(first.start, first.end))


def law_and_forum(contract: ContractFacts, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a governing law outside the playbook's list, and a forum in another country than the law.

    Options: ``standard_en`` and ``standard_zh``, ISO 3166 codes accepted for contracts in that language; a country code
    covers its subdivisions.
    """
    accepted = texts(rule, f"standard_{contract.language}")
    stated = [v for v in contract.values if v.type == "Governing Law"]
    if not stated:
        yield not_evaluated(contract.document, "The contract does not state a governing law.")
        return
    read = [v for v in stated if v.value is not None]
    if not read:
        yield not_evaluated(contract.document, "The place in the governing-law clause could not be read.")
        return
    flags = 0
    for value in read[:1]:
        country = (value.value or "").split("-", 1)[0]
        sentence = contract.sentence_at(value.start)
        label = contract.label(clause) if (clause := contract.clause_at(value.start)) is not None else ""
        place = contract.text[value.start : value.end]
        if country not in accepted and value.value not in accepted:
            flags += 1
            yield flag(
                contract.document,
                contract.evidence(min(sentence.start, value.start), max(sentence.end, value.end)),
                key="law",
                clause=label,
                defect=f"the law of {place} ({value.value}) is not on the list of accepted laws",
                defect_zh=f"{place}（{value.value}）法律不在可接受的适用法律范围内",
            )
        for forum in contract.values:
            if forum.type != "Forum" or forum.value is None or len(forum.value.split("-", 1)[0]) != 2:
                continue
            if forum.value.split("-", 1)[0] != country:
                flags += 1
                where = contract.text[forum.start : forum.end]
                yield flag(
                    contract.document,
                    contract.evidence(sentence.start, sentence.end),
                    contract.evidence(forum.start, forum.end),
                    key="forum",
                    clause=label,
                    defect=f"the law is that of {place}, but disputes go to {where}",
                    defect_zh=f"适用{place}法律，而争议提交{where}处理",
                )
                break
    if not flags:
        sentence = contract.sentence_at(read[0].start)
        yield passed(contract.document, contract.evidence(sentence.start, sentence.end))
