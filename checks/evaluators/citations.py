"""Evaluator of the law a contract cites: does it exist, is it in force, has it moved since signature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.citation_notes import chinese_note
from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import texts
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Citation, CitationStatus, Evidence
from ontology import concept

_NOBODY_LOOKED = frozenset({CitationStatus.UNKNOWN_ACT, CitationStatus.UNRESOLVED})
_LISTED = 5
"""Citations of acts that are not stored that a reason names; a count stands for the rest."""


def signed_on(contract: Reading) -> date | None:
    """Return the contract's own date, or None when it states none that can be read."""
    for wanted in ("Agreement Date", "Effective Date"):
        for value in contract.values:
            if value.type == wanted and value.value is not None:
                try:
                    return date.fromisoformat(value.value)
                except ValueError:
                    continue
    return None


def citation_status(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag each citation whose stored act gives it one of the statuses in ``options.statuses``.

    A citation of an act that is not stored is "not evaluated": nobody looked, so nobody may say it is fine.
    """
    statuses = {CitationStatus(s) for s in texts(rule, "statuses")}
    if not contract.citations:
        yield passed(contract.document)
        return
    if context.law is None:
        yield not_evaluated(
            contract.document,
            "No law is stored, so the citations could not be looked up.",
            "未存入任何法律，无法核对合同引用的条文。",
        )
        return
    signed = signed_on(contract)
    unknown: list[str] = []
    resolved = flags = 0
    for citation in contract.citations:
        if citation.act is None:
            continue
        found = context.law.resolve(citation, context.as_of, written=signed)
        if found.status in _NOBODY_LOOKED:
            unknown.append(" ".join(citation.text.split()))
        elif found.status not in statuses:
            resolved += 1
        else:
            flags += 1
            yield _stale(contract, citation, found, context)
    if flags:
        return
    if unknown:
        names = dict.fromkeys(unknown[:_LISTED])
        yield not_evaluated(
            contract.document,
            f"{len(unknown)} citations name acts that are not stored: {'; '.join(names)}.",
            f"有 {len(unknown)} 处引用的法律未存入：{'；'.join(names)}。",
        )
    elif resolved:
        yield passed(contract.document)
    else:
        yield not_evaluated(
            contract.document,
            "No citation names its act, so none could be looked up.",
            "引用均未写明法律名称，无法核对。",
        )


def _stale(contract: Reading, citation: Citation, found: Citation, context: CheckContext) -> Answer:
    labels = concept("citation-status", found.status.value).labels
    return flag(
        contract.document,
        contract.evidence(citation.start, citation.end),
        *_around(contract, citation.start, citation.end),
        key=f"{found.status}:{citation.act}:{citation.provision}",
        citation=" ".join(citation.text.split()),
        status=labels["en"].lower(),
        status_zh=labels["zh"],
        note=_sentence(found.note, "."),
        note_zh=_sentence(chinese_note(found, context.law, context.as_of), "。"),
        target=found.target or "",
    )


def _sentence(note: str, stop: str) -> str:
    return f"{note[0].upper()}{note[1:]}{stop}" if note else ""


def _around(contract: Reading, start: int, end: int) -> tuple[Evidence, ...]:
    sentence = contract.sentence_at(start)
    evidence = contract.evidence(sentence.start, max(sentence.end, end))
    return (evidence,) if evidence.quote != contract.text[start:end] else ()
