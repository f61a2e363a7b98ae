"""The profile of a partner: what the risk is, how bad, why, says who, since when, what to do; what registers say.

The summary is made of the findings about the partner itself. Where no check has kept any, its rules are asked on the
spot, so that a partner stored a minute ago has one, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from checks.context import CheckContext, PartnerFacts
from checks.engine import check, order
from checks.evaluators.partner_contracts import worth_of
from checks.finding import LEVEL_RANK, Finding, Level, Outcome
from checks.reading import Reading
from checks.record import read_findings
from checks.rule import PythonEvaluator, Rule, find_rule, load_rules
from kb.contract import ContractFacts
from kb.model import Evidence
from kb.records import DocumentRecord
from kb.register_facts import columns, stated_by
from kb.snapshot import Snapshot

WORTH_RULE = "party/beyond-capital"
"""The rule whose patterns find what a contract is worth."""
DECIDED = frozenset({"accepted", "mitigated", "rejected"})
"""States of a finding somebody has decided on; it no longer makes the risk."""


def partner_findings(snapshot: Snapshot, context: CheckContext, partner: str) -> tuple[Finding, ...]:
    """Return the findings about a partner itself, in report order: those kept, else made now."""
    kept = read_findings(snapshot.query, [partner])
    if kept:
        return tuple(sorted(kept, key=order))
    rules = tuple(rule for rule in load_rules() if rule.subject == "partner")
    return check(rules, replace(context, contracts=(), subjects=(partner,)))


def summary_json(
    findings: Sequence[tuple[Finding, str | None]], records: Iterable[DocumentRecord], context: CheckContext
) -> dict[str, Any]:
    """Return the risk summary of a partner.

    Args:
        findings: about the partner itself, each with where it stands ("open", "accepted", …).
        records: the stored documents.
        context: with the reported events.
    """
    documents = {record.id: record for record in records}
    titles = {rule.id: rule.title for rule in load_rules()}
    flags = [(finding, status) for finding, status in findings if finding.outcome is Outcome.FLAG]
    risks = [
        {
            "finding": finding.id,
            "rule": finding.rule,
            "what": titles[finding.rule].model_dump() if finding.rule in titles else None,
            "level": finding.level.value if finding.level is not None else None,
            "likelihood": finding.likelihood,
            "impact": finding.impact,
            "why": {"en": finding.message.en, "zh": finding.message.zh},
            "says_who": _sources(finding.evidence, documents),
            "since": _since(finding.evidence, documents, context),
            "what_to_do": {"en": finding.remedy.en, "zh": finding.remedy.zh},
            "status": status,
        }
        for finding, status in flags
    ]
    open_levels = [f.level for f, status in flags if f.level is not None and status not in DECIDED]
    worst = max(open_levels, key=lambda level: LEVEL_RANK[level], default=None)
    unknown = [finding for finding, _ in findings if finding.outcome is Outcome.NOT_EVALUATED]
    return {
        "level": worst.value if worst is not None else None,
        "counts": {level.value: sum(1 for one in open_levels if one is level) for level in Level},
        "risks": risks,
        "not_evaluated": [
            {
                "rule": finding.rule,
                "what": titles[finding.rule].model_dump() if finding.rule in titles else None,
                "why": {"en": finding.why.en, "zh": finding.why.zh},
            }
            for finding in unknown
        ],
        # Questions, not answers: a pass may stand beside flags of its rule, one for each hit a person dismissed.
        "passed": len({f.rule for f, _ in findings if f.outcome is Outcome.PASS} - {f.rule for f, _ in flags}),
    }


def _sources(evidence: Sequence[Evidence], documents: dict[str, DocumentRecord]) -> list[dict[str, Any]]:
    """Return who says so: each document once, with the first words of it that do."""
    found: dict[str, dict[str, Any]] = {}
    for one in evidence:
        record = documents.get(one.document)
        title = one.document if record is None else record.title or record.source
        title = title.replace("\\", "/").rsplit("/", 1)[-1] if record is not None and title == record.source else title
        kind = record.kind.value if record is not None else None
        entry = {"document": one.document, "title": title, "kind": kind, "start": one.start, "end": one.end}
        found.setdefault(one.document, entry | {"quote": one.quote})
    return list(found.values())


def _since(
    evidence: Sequence[Evidence], documents: dict[str, DocumentRecord], context: CheckContext
) -> dict[str, str] | None:
    """Return since when it is so as far as it is reported, else since when it is recorded here."""
    places = {(one.document, one.start) for one in evidence}
    for event in context.events:
        day = event.event.date or event.published
        if day is not None and (event.document, event.event.start) in places:
            return {"date": day.isoformat(), "basis": "reported"}
    days: list[datetime] = [documents[one.document].recorded_at for one in evidence if one.document in documents]
    return {"date": min(days).date().isoformat(), "basis": "recorded"} if days else None


def stated_json(facts: PartnerFacts) -> dict[str, Any]:
    """Return what register rows say beyond name and identifiers, and the people they name, each with its cell."""
    stated, people = [], []
    for row in facts.register:
        for one in stated_by(row.partner):
            column, place = columns()[one.meaning], row.evidence(one.cell)
            words = {"document": place.document, "start": place.start, "end": place.end, "quote": place.quote}
            label = {"en": column.en, "zh": column.zh}
            if one.people:
                people += [
                    {"name": name, "role": label, "meaning": one.meaning, "evidence": words} for name in one.people
                ]
                continue
            stated.append(
                {
                    "meaning": one.meaning,
                    "label": label,
                    "header": one.header,
                    "stated": one.cell,
                    "answer": one.answer,
                    "day": one.day.isoformat() if one.day is not None else None,
                    "amount": None if one.money is None else _digits(one.money.amount),
                    "currency": None if one.money is None else one.money.currency,
                    "evidence": words,
                }
            )
    return {"stated": stated, "people": people}


def contract_worth(contract: ContractFacts) -> dict[str, Any] | None:
    """Return what a contract is worth as far as a sentence about its price says so, else None."""
    rule: Rule = find_rule(load_rules(), WORTH_RULE)
    if not isinstance(rule.evaluate, PythonEvaluator):
        return None
    found = worth_of(Reading.of(contract), rule.evaluate)
    if found is None:
        return None
    money, value = found
    return {
        "amount": _digits(money.amount),
        "currency": money.currency,
        "start": value.start,
        "end": value.end,
        "quote": contract.text[value.start : value.end],
    }


def _digits(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
