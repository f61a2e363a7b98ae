"""Checks over the store: which contracts, which rules, what is kept of the answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from api.service.linking import links_are_stale, renew_links
from api.service.naming import find_documents
from checks.engine import check, order
from checks.finding import Finding
from checks.load import Scope, load_context
from checks.record import by_subject, finding_facts, finding_rows, graph_name, read_findings
from checks.rule import PythonEvaluator, Rule, SparqlSelect, find_rule, load_rules
from kb.base import KnowledgeBase
from kb.model import Kind
from kb.snapshot import Snapshot

NEEDS_PARTNERS = frozenset({"listed_party", "adverse_event", "listed_owners", "unknown_owners", "circular_owners"})
"""Named evaluators that read lists, partners, links and events."""


def run_check(
    kb: KnowledgeBase,
    *,
    subjects: Sequence[str] = (),
    rule_ids: Sequence[str] = (),
    as_of: date | None = None,
    known_at: datetime | None = None,
    keep: bool = True,
) -> tuple[Finding, ...]:
    """Return the findings of rules on contracts.

    Args:
        kb: open for writing when findings are to be kept.
        subjects: contracts by id, path or title; empty for all.
        rule_ids: rules to run; empty for all.
        as_of: the day whose law counts; today when None.
        known_at: judge by what was recorded at that time.
        keep: store the findings; never done for a question about the past, or for some rules only.
    """
    every = load_rules()
    rules = tuple(find_rule(every, rule_id) for rule_id in rule_ids) if rule_ids else every
    day = as_of or datetime.now(UTC).date()
    if kb.writable and known_at is None and links_are_stale(kb):
        # Documents that came while a server put the links off; a check must see who is who.
        renew_links(kb)
    with kb.snapshot(known_at) as snapshot:
        documents = find_documents(snapshot, subjects, Kind.CONTRACT) if subjects else None
        context = load_context(snapshot, day, Scope(documents, law=True, partners=_needs_partners(rules)))
        findings = check(rules, context)
        languages = {record.id: record.language for record in snapshot.documents(Kind.CONTRACT)}
        checked = [contract.document for contract in context.contracts]
        stored = {record.name for record in snapshot.derived()} if keep else set()
    if keep and kb.writable and as_of is None and known_at is None and not rule_ids:
        keep_findings(kb, findings, checked, languages, day, stored, everything=documents is None)
    return findings


def _needs_partners(rules: Iterable[Rule]) -> bool:
    return any(
        isinstance(rule.evaluate, SparqlSelect)
        or (isinstance(rule.evaluate, PythonEvaluator) and rule.evaluate.name in NEEDS_PARTNERS)
        for rule in rules
    )


def keep_findings(
    kb: KnowledgeBase,
    findings: Iterable[Finding],
    checked: Iterable[str],
    languages: dict[str, str],
    day: date,
    stored: set[str],
    *,
    everything: bool,
) -> None:
    """Store the findings of every checked subject in one batch, and drop those of contracts that are gone."""
    now = datetime.now(UTC).replace(microsecond=0)
    groups = by_subject(findings)
    subjects = dict.fromkeys([*checked, *groups])
    batch = {}
    for subject in subjects:
        group, name = groups.get(subject, ()), graph_name(subject)
        rows = finding_rows(group, name, lambda s: languages.get(s, "und"))
        batch[name] = (finding_facts(group, day, now), rows)
    gone = {n for n in stored if n.startswith("findings/")} - set(batch) if everything else set()
    kb.derive_all(batch, drop=gone)


def stored_findings(snapshot: Snapshot, subjects: Sequence[str] | None = None) -> tuple[Finding, ...]:
    """Return the findings of the last check, in report order."""
    return tuple(sorted(read_findings(snapshot.query, subjects), key=order))
