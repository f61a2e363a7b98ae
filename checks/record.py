"""Findings as facts and as search rows: one derived graph per subject, replaced as a whole by the next check of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from checks.finding import Basis, Finding, Level, Outcome, Text
from checks.stale import read_stale, reasons_of
from kb import ids
from kb.facts import Select
from kb.facts.base import query
from kb.model import Evidence
from kb.search import IndexRow
from kb.triples import TripleWriter
from ontology import concept
from ontology import terms as t

GRAPH_PREFIX = "findings/"
"""Derived graphs of findings are named ``findings/<subject>``."""


@dataclass(frozen=True, slots=True)
class Made:
    """When a finding was made: the day whose law counted, and the moment whose store counted."""

    as_of: date
    known_at: datetime


def graph_name(subject: str) -> str:
    """Return the name of the derived graph that holds the findings of a subject."""
    return f"{GRAPH_PREFIX}{subject}"


def by_subject(findings: Iterable[Finding]) -> dict[str, tuple[Finding, ...]]:
    """Return findings grouped by their subject, order kept."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.subject].append(finding)
    return {subject: tuple(group) for subject, group in groups.items()}


def finding_facts(findings: Iterable[Finding], as_of: date, checked: datetime) -> str:
    """Return findings as N-Triples.

    The plain statements are for queries; ``due:record`` keeps the finding whole, so that reading it back needs no joins
    and loses nothing.
    """
    out = TripleWriter()
    for finding in findings:
        node = ids.iri("finding", finding.id)
        rule = ids.iri("rule", finding.rule)
        out.type(node, t.DUE_Finding)
        out.iri(node, t.DUE_rule, rule)
        out.type(rule, t.DUE_CheckRule)
        out.text(rule, t.DUE_ruleId, finding.rule)
        out.text(node, t.DUE_ruleVersion, finding.rule_version)
        out.iri(node, t.DUE_outcome, str(concept("outcomes", finding.outcome.value).iri))
        out.iri(node, t.DUE_subject, subject_iri(finding.subject))
        out.typed(node, t.DUE_asOf, as_of.isoformat(), t.XSD_date)
        out.typed(node, t.DUE_knownAt, checked.isoformat(), t.XSD_dateTime)
        if finding.outcome is Outcome.NOT_EVALUATED:
            # Untagged: a person's decision states its reason in one language through the same property.
            out.text(node, t.DUE_reason, finding.reason)
        if finding.level is not None and finding.likelihood is not None and finding.impact is not None:
            out.iri(node, t.DUE_riskLevel, str(concept("levels", finding.level.value).iri))
            out.iri(node, t.DUE_likelihood, str(concept("likelihood", str(finding.likelihood)).iri))
            out.iri(node, t.DUE_impact, str(concept("severity", str(finding.impact)).iri))
        for language, message, remedy in (
            ("en", finding.message.en, finding.remedy.en),
            ("zh", finding.message.zh, finding.remedy.zh),
        ):
            out.text(node, t.DUE_message, message, language)
            if remedy:
                out.text(node, t.DUE_remedy, remedy, language)
        for evidence in finding.evidence:
            out.iri(node, t.DUE_evidence, ids.span_iri(evidence.document, evidence.start, evidence.end))
        for basis in finding.basis:
            if basis.version is not None and basis.provision is not None:
                out.iri(node, t.DUE_basis, ids.provision_iri(ids.provision_id(basis.version, basis.provision)))
        out.text(node, t.DUE_record, json.dumps(finding_json(finding), ensure_ascii=False, sort_keys=True))
    return out.getvalue()


def subject_iri(subject: str) -> str:
    """Return the IRI of a document or partner id."""
    if subject.startswith("doc-"):
        return ids.document_iri(subject)
    scope, _, key = subject.rpartition("/")
    return ids.iri("partner", *((scope, key) if scope else (key,)))


def finding_json(finding: Finding) -> dict[str, object]:
    """Return a finding in the JSON shape of ``check``."""
    return {
        "id": finding.id,
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "outcome": finding.outcome.value,
        "reason": finding.why.en or None,
        "reason_zh": finding.why.zh or None,
        "level": finding.level.value if finding.level is not None else None,
        "likelihood": finding.likelihood,
        "impact": finding.impact,
        "subject": finding.subject,
        "evidence": [
            {"document": e.document, "start": e.start, "end": e.end, "quote": e.quote} for e in finding.evidence
        ],
        "basis": [
            {
                "act": b.act,
                "provision": b.provision,
                "version": b.version,
                "status": b.status,
                "note": b.note.en,
                "note_zh": b.note.zh,
            }
            for b in finding.basis
        ],
        "message": {"en": finding.message.en, "zh": finding.message.zh},
        "remedy": {"en": finding.remedy.en, "zh": finding.remedy.zh},
        "family": finding.family,
        "attributes": finding.attributes,
        "stale": [
            {"act": one.act, "change": one.change, "en": one.text.en, "zh": one.text.zh} for one in finding.stale
        ],
    }


def finding_of(record: Mapping[str, object]) -> Finding:
    """Return the finding of its JSON shape."""
    data = dict(record)
    evidence = data["evidence"]
    basis = data["basis"]
    message, remedy, attributes = data["message"], data["remedy"], data.get("attributes")
    assert isinstance(evidence, list)  # noqa: S101  (records are written by ``finding_json`` alone)
    assert isinstance(basis, list)  # noqa: S101
    assert isinstance(message, dict)  # noqa: S101
    assert isinstance(remedy, dict)  # noqa: S101
    level, likelihood, impact = data["level"], data["likelihood"], data["impact"]
    return Finding(
        id=str(data["id"]),
        rule=str(data["rule"]),
        rule_version=str(data["rule_version"]),
        outcome=Outcome(str(data["outcome"])),
        subject=str(data["subject"]),
        why=Text(str(data["reason"] or ""), str(data.get("reason_zh") or data["reason"] or "")),
        level=Level(str(level)) if level is not None else None,
        likelihood=likelihood if isinstance(likelihood, int) else None,
        impact=impact if isinstance(impact, int) else None,
        evidence=tuple(Evidence(e["document"], e["start"], e["end"], e["quote"]) for e in evidence),
        basis=tuple(
            Basis(b["act"], b["provision"], b["version"], b["status"], Text(b["note"], b.get("note_zh", b["note"])))
            for b in basis
        ),
        message=Text(message["en"], message["zh"]),
        remedy=Text(remedy["en"], remedy["zh"]),
        family=str(data.get("family") or ""),
        attributes={str(k): str(v) for k, v in attributes.items()} if isinstance(attributes, dict) else {},
        stale=reasons_of(data.get("stale")),
    )


def read_findings(select: Select, subjects: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Return the stored findings, of some subjects or of all, in no particular order, with what made them stale."""
    graphs = [ids.derived_graph_iri(graph_name(s)) for s in subjects] if subjects is not None else None
    rows = select(query("?record", f"?f a <{t.DUE_Finding}> ; <{t.DUE_record}> ?record", graphs))
    found = tuple(finding_of(json.loads(record)) for (record,) in rows if record is not None)
    stale = read_stale(select, subjects)
    return tuple(replace(one, stale=stale[one.id]) if one.id in stale else one for one in found) if stale else found


def read_messages(select: Select, findings: Collection[str]) -> dict[str, Text]:
    """Return what stored findings say, by their ids; unknown ids are left out."""
    if not findings:
        return {}
    nodes = " ".join(f"<{ids.iri('finding', one)}>" for one in findings)
    spoken = " ; ".join(f"<{t.DUE_message}> ?{language}" for language in ("en", "zh"))
    told = " && ".join(f'lang(?{language}) = "{language}"' for language in ("en", "zh"))
    rows = select(query("?f ?en ?zh", f"VALUES ?f {{ {nodes} }} ?f {spoken} FILTER({told})", None))
    names = [(ids.parse_iri(f or ""), en, zh) for f, en, zh in rows]
    return {name.id: Text(en or "", zh or "") for name, en, zh in names if name is not None}


def read_made(select: Select, subjects: Iterable[str]) -> dict[str, Made]:
    """Return when the stored findings of some subjects were made, by finding id."""
    graphs = [ids.derived_graph_iri(graph_name(subject)) for subject in subjects]
    pattern = f"?f a <{t.DUE_Finding}> ; <{t.DUE_asOf}> ?day ; <{t.DUE_knownAt}> ?moment"
    found = {}
    for f, day, moment in select(query("?f ?day ?moment", pattern, graphs)):
        name = ids.parse_iri(f or "")
        if name is not None:
            found[name.id] = Made(date.fromisoformat(day or ""), datetime.fromisoformat(moment or ""))
    return found


def finding_rows(findings: Iterable[Finding], owner: str, language_of: Callable[[str], str]) -> tuple[IndexRow, ...]:
    """Return the search rows of the flags among ``findings``.

    Args:
        findings: of one subject.
        owner: name of the derived graph they are stored in.
        language_of: language of a document by its id.
    """
    rows = []
    for finding in findings:
        if finding.outcome is not Outcome.FLAG or finding.level is None:
            continue
        first = finding.evidence[0] if finding.evidence else None
        rows.append(
            IndexRow(
                id=finding.id,
                owner=owner,
                type="finding",
                title=finding.message.en,
                text="\n".join((finding.message.en, finding.message.zh, *(e.quote[:600] for e in finding.evidence))),
                document=first.document if first is not None else "",
                start=first.start if first is not None else 0,
                end=first.end if first is not None else 0,
                language=language_of(finding.subject),
                facets={
                    "level": finding.level.value,
                    "rule": finding.rule,
                    "family": finding.family,
                    "subject": finding.subject,
                },
            )
        )
    return tuple(rows)
