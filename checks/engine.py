"""Runs rules over a context and makes findings of their answers.

Contract by contract: what a contract's rules look up (sentences, words) is kept while it is checked and dropped after
it, so that time and memory grow with the contracts and not with contracts times rules. Set-based rules are one query.

A rule that fails on one contract answers "not evaluated" there and silences nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial

from checks.citation_notes import chinese_note
from checks.context import CheckContext
from checks.evaluators.answer import Answer, not_evaluated
from checks.evaluators.clauses import clause_pattern, missing_clause
from checks.evaluators.partner_record import PartnerRecord
from checks.evaluators.partner_registry import PARTNER_EVALUATORS
from checks.evaluators.registry import CONTRACT_EVALUATORS
from checks.evaluators.select import sparql
from checks.evaluators.values import value_threshold
from checks.finding import LEVEL_RANK, NO_TEXT, Basis, Finding, Level, Outcome, Text, finding_id
from checks.reading import Reading
from checks.rule import (
    Applies,
    BasisRef,
    ClausePattern,
    MissingClause,
    PythonEvaluator,
    Rule,
    SparqlSelect,
    ValueThreshold,
)
from kb.contract import ContractFacts
from kb.errors import CannotRunError, MissingPartError
from kb.model import Citation, CitationStatus
from ontology import risk_level

log = logging.getLogger(__name__)

SCALE = (1, 3)
"""DPV's 3-level scale of likelihood and severity."""


def check(rules: Iterable[Rule], context: CheckContext) -> tuple[Finding, ...]:
    """Return one finding per answer of every rule, flags first by level, then by rule and subject.

    Neither the order of the rules nor that of the stored facts changes the result.

    Raises:
        MissingPartError: a rule names an evaluator or an option that does not exist.
    """
    ordered = sorted(rules, key=lambda rule: rule.id)
    for rule in ordered:
        _require_evaluator(rule)
    basis = {rule.id: tuple(resolve_basis(rule, context)) for rule in ordered}
    findings: dict[tuple[str, str], Finding] = {}
    for rule, source, answer in _all_answers(ordered, context):
        finding = _finding(rule, answer, basis[rule.id], source)
        findings.setdefault((finding.subject, finding.id), finding)
    return tuple(sorted(findings.values(), key=order))


def _all_answers(rules: Sequence[Rule], context: CheckContext) -> Iterator[tuple[Rule, str, Answer]]:
    by_contract = [r for r in rules if not isinstance(r.evaluate, SparqlSelect) and r.subject == "contract"]
    for contract in context.contracts:
        reading = Reading.of(contract)
        for rule in by_contract:
            for answer in _guarded(rule, (contract.document,), partial(_on_contract, rule, reading, context)):
                yield rule, contract.source or contract.document, answer
    by_partner = [rule for rule in rules if isinstance(rule.evaluate, PythonEvaluator) and rule.subject == "partner"]
    for key in _partners(context) if by_partner else ():
        record = PartnerRecord(context.partners[key])
        for rule in by_partner:
            for answer in _guarded(rule, (key,), partial(_on_partner, rule, record, context)):
                yield rule, key, answer
    for rule in rules:
        if isinstance(rule.evaluate, SparqlSelect):
            subjects = _subjects(rule, context)
            for answer in _guarded(rule, subjects, partial(sparql, rule.evaluate, context, subjects)):
                yield rule, answer.subject, answer


def _subjects(rule: Rule, context: CheckContext) -> tuple[str, ...]:
    """Return the subjects a set-based rule is asked about, as far as the context knows them."""
    if rule.subject == "contract":
        return tuple(contract.document for contract in context.contracts)
    return _partners(context) if rule.subject == "partner" else ()


def _partners(context: CheckContext) -> tuple[str, ...]:
    """Return the partners to check, by id."""
    known = context.partners if context.subjects is None else set(context.subjects) & set(context.partners)
    return tuple(sorted(known))


def _on_partner(rule: Rule, record: PartnerRecord, context: CheckContext) -> Iterator[Answer]:
    """Answer for one partner; a rule whose law is not in force on the day has nothing to say."""
    applies = rule.applies
    early = applies.effective_from is not None and context.as_of < applies.effective_from
    late = applies.effective_to is not None and context.as_of > applies.effective_to
    if not early and not late and isinstance(rule.evaluate, PythonEvaluator):
        yield from PARTNER_EVALUATORS[rule.evaluate.name](record, context, rule.evaluate)


def _guarded(rule: Rule, subjects: Sequence[str], evaluate: Callable[[], Iterable[Answer]]) -> list[Answer]:
    """Return the answers of an evaluation, or "not evaluated" for each subject when it failed."""
    try:
        return list(evaluate())
    except CannotRunError:
        raise
    except Exception as error:  # the border of one rule's job: its failure must not silence the other rules
        log.exception("rule %s failed on %s", rule.id, ", ".join(subjects[:3]))
        name = type(error).__name__
        return [
            not_evaluated(
                subject,
                f"The rule failed with {name}; the log has the details.",
                f"规则执行出错（{name}），详见日志。",
            )
            for subject in subjects
        ]


def order(finding: Finding) -> tuple[int, int, str, str, int, str]:
    """Sort key that does not depend on the order facts were stored in."""
    outcome = {Outcome.FLAG: 0, Outcome.NOT_EVALUATED: 1, Outcome.PASS: 2}[finding.outcome]
    level = -LEVEL_RANK[finding.level] if finding.level is not None else 0
    start = finding.evidence[0].start if finding.evidence else -1
    return outcome, level, finding.rule, finding.subject, start, finding.id


def _require_evaluator(rule: Rule) -> None:
    evaluate = rule.evaluate
    if isinstance(evaluate, SparqlSelect):
        return
    if rule.subject == "provision" or (rule.subject == "partner" and not isinstance(evaluate, PythonEvaluator)):
        raise MissingPartError(
            f"rule '{rule.id}' has subject '{rule.subject}', which such a rule cannot have",
            remedy="Correct the rule file.",
        )
    known = PARTNER_EVALUATORS if rule.subject == "partner" else CONTRACT_EVALUATORS
    if isinstance(evaluate, PythonEvaluator) and evaluate.name not in known:
        raise MissingPartError(
            f"rule '{rule.id}' names the evaluator '{evaluate.name}', which does not exist",
            remedy=f"Use one of: {', '.join(sorted(known))}.",
        )


def _on_contract(rule: Rule, contract: Reading, context: CheckContext) -> Iterator[Answer]:
    reason = why_not_applicable(rule.applies, contract, context.as_of)
    if reason is not None:
        if reason != NO_TEXT:
            yield not_evaluated(contract.document, reason.en, reason.zh)
        return
    evaluate = rule.evaluate
    if isinstance(evaluate, ClausePattern):
        yield from clause_pattern(evaluate, contract)
    elif isinstance(evaluate, MissingClause):
        yield from missing_clause(evaluate, contract)
    elif isinstance(evaluate, PythonEvaluator):
        yield from CONTRACT_EVALUATORS[evaluate.name](contract, context, evaluate)
    elif isinstance(evaluate, ValueThreshold):
        yield from value_threshold(evaluate, contract)


def why_not_applicable(applies: Applies, contract: ContractFacts, as_of: date) -> Text | None:
    """Return None when a rule is to be asked, ``NO_TEXT`` when it is out of scope, else why it cannot be judged.

    Out of scope (another language, another governing law, another contract type, another time) leaves no finding: the
    rule has nothing to say. Not knowing whether it is in scope is a "not evaluated" with its reason.
    """
    if contract.language not in applies.languages:
        return NO_TEXT
    if applies.effective_from is not None and as_of < applies.effective_from:
        return NO_TEXT
    if applies.effective_to is not None and as_of > applies.effective_to:
        return NO_TEXT
    if contract.contract_type is not None and contract.contract_type in applies.except_types:
        return NO_TEXT
    if applies.contract_types:
        if contract.contract_type is None and applies.unknown_type == "out_of_scope":
            return NO_TEXT
        if contract.contract_type is None:
            return Text(
                "The type of the contract is not known, and the rule holds for some types only.",
                "合同类型不明，而本规则仅适用于部分类型的合同。",
            )
        if contract.contract_type not in applies.contract_types:
            return NO_TEXT
    if applies.governing_law:
        law = contract.governing_law
        if law is None:
            if applies.assume_language == contract.language:
                return None
            return Text(
                "The contract does not state its governing law, and the rule holds under some laws only.",
                "合同未约定适用法律，而本规则仅适用于受特定法律管辖的合同。",
            )
        if not any(law == code or law.startswith(f"{code}-") for code in applies.governing_law):
            return NO_TEXT
    return None


def resolve_basis(rule: Rule, context: CheckContext) -> Iterator[Basis]:
    """Yield the rule's legal basis as it stands on the day of the check.

    A provision that is not stored, was repealed or never existed is said so; it is never dropped.
    """
    for reference in rule.basis:
        if context.law is None:
            note = _noted(reference, "no law is stored", "尚未存入法律文本")  # the same
            yield Basis(reference.act, reference.provision, None, CitationStatus.UNKNOWN_ACT.value, note)
            continue
        citation = Citation(
            text=f"{reference.act} {reference.provision or ''}".strip(),
            start=0,
            end=1,
            act=reference.act,
            provision=reference.provision,
        )
        found = context.law.resolve(citation, context.as_of)
        version = found.target.split("#", 1)[0] if found.target is not None else None
        note = _noted(reference, found.note, chinese_note(found, context.law, context.as_of))
        yield Basis(reference.act, reference.provision, version, found.status.value, note)


def _noted(reference: BasisRef, state: str, state_zh: str) -> Text:
    """Return what a provision says, and what became of it."""
    return Text(
        "; ".join(part for part in (reference.note, state) if part),
        "；".join(part for part in (reference.note_zh or reference.note, state_zh) if part),
    )


def _finding(rule: Rule, answer: Answer, basis: tuple[Basis, ...], source: str) -> Finding:
    flagged = answer.outcome is Outcome.FLAG
    likelihood = min(max(rule.likelihood + answer.level_shift, SCALE[0]), SCALE[1])
    level = Level(risk_level(likelihood, rule.impact))
    return Finding(
        id=finding_id(rule.id, source, answer.evidence, answer.key),
        rule=rule.id,
        rule_version=rule.version,
        outcome=answer.outcome,
        subject=answer.subject,
        why=answer.why,
        level=level if flagged else None,
        likelihood=likelihood if flagged else None,
        impact=rule.impact if flagged else None,
        evidence=answer.evidence,
        basis=basis,
        message=rule.message.text().filled(answer.values) if flagged else rule.title.text(),
        remedy=_remedy(rule, level).filled(answer.values) if flagged else NO_TEXT,
        family=rule.family,
        attributes=dict(answer.values),
    )


def _remedy(rule: Rule, level: Level) -> Text:
    """Return what to do: the rule's remedy, and what the tier of due diligence of this level adds."""
    if rule.tiers is None:
        return rule.remedy.text()
    more = rule.tiers.at(level)
    return Text(f"{rule.remedy.en} {more.en}", f"{rule.remedy.zh}{more.zh}")


def at_or_above(findings: Iterable[Finding], level: Level) -> bool:
    """Say whether any flag is at ``level`` or worse."""
    return any(f.level is not None and LEVEL_RANK[f.level] >= LEVEL_RANK[level] for f in findings)
