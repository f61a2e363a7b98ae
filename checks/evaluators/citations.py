"""Evaluator of the law a contract cites: does it exist, is it in force, has it moved since signature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import texts
from checks.rule import PythonEvaluator
from kb.contract import ContractFacts
from kb.model import CitationStatus, Evidence

STATUS_ZH = {
    CitationStatus.REPEALED: "已废止",
    CitationStatus.RENUMBERED: "条文序号已变更",
    CitationStatus.AMENDED: "签约后已修改",
    CitationStatus.NOT_YET_IN_FORCE: "尚未施行",
    CitationStatus.PHANTOM: "不存在该条",
}
STATUS_EN = {
    CitationStatus.REPEALED: "no longer in force",
    CitationStatus.RENUMBERED: "renumbered",
    CitationStatus.AMENDED: "amended since signature",
    CitationStatus.NOT_YET_IN_FORCE: "not yet in force",
    CitationStatus.PHANTOM: "no such provision",
}


def signed_on(contract: ContractFacts) -> date | None:
    """Return the contract's own date, or None when it states none that can be read."""
    for wanted in ("Agreement Date", "Effective Date"):
        for value in contract.values:
            if value.type == wanted and value.value is not None:
                try:
                    return date.fromisoformat(value.value)
                except ValueError:
                    continue
    return None


def citation_status(contract: ContractFacts, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag each citation whose stored act gives it one of the statuses in ``options.statuses``.

    A citation of an act that is not stored is "not evaluated": nobody looked, so nobody may say it is fine.
    """
    statuses = {CitationStatus(s) for s in texts(rule, "statuses")}
    if not contract.citations:
        yield passed(contract.document)
        return
    if context.law is None:
        yield not_evaluated(contract.document, "No law is stored, so the citations could not be looked up.")
        return
    signed = signed_on(contract)
    unknown: list[str] = []
    resolved = 0
    flags = 0
    for citation in contract.citations:
        if citation.act is None:
            continue
        found = context.law.resolve(citation, context.as_of, signed=signed)
        if found.status in {CitationStatus.UNKNOWN_ACT, CitationStatus.UNRESOLVED}:
            unknown.append(" ".join(citation.text.split()))
            continue
        if found.status not in statuses:
            resolved += 1
            continue
        flags += 1
        yield flag(
            contract.document,
            contract.evidence(citation.start, citation.end),
            *_around(contract, citation.start, citation.end),
            key=f"{found.status}:{citation.act}:{citation.provision}",
            citation=" ".join(citation.text.split()),
            status=STATUS_EN.get(found.status, found.status),
            status_zh=STATUS_ZH.get(found.status, found.status),
            note=found.note,
            target=found.target or "",
        )
    if flags:
        return
    if unknown:
        names = "; ".join(dict.fromkeys(unknown[:5]))
        yield not_evaluated(contract.document, f"{len(unknown)} citations name acts that are not stored: {names}.")
    elif resolved:
        yield passed(contract.document)
    else:
        yield not_evaluated(contract.document, "No citation names its act, so none could be looked up.")


def _around(contract: ContractFacts, start: int, end: int) -> tuple[Evidence, ...]:
    sentence = contract.sentence_at(start)
    evidence = contract.evidence(sentence.start, max(sentence.end, end))
    return (evidence,) if evidence.quote != contract.text[start:end] else ()
