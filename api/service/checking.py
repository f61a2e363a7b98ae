"""Checks over the store: which contracts, which rules, what is kept of the answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from api.service.hit_marks import GUARD, mark_later, position
from api.service.hits import stored_rulings
from api.service.impact import law_is_new, refresh
from api.service.linking import links_are_stale, renew_links
from api.service.naming import exact_partner, find_documents
from checks.engine import check, order
from checks.finding import Finding
from checks.load import Scope, load_context
from checks.record import (
    GRAPH_PREFIX,
    Made,
    by_subject,
    finding_facts,
    finding_rows,
    graph_name,
    read_findings,
    read_made,
)
from checks.rule import PythonEvaluator, Rule, SparqlSelect, find_rule, load_rules
from checks.stale import PREFIXES, mark_graphs, read_stale
from kb.base import KnowledgeBase
from kb.errors import NotFoundError
from kb.facts.links import read_links
from kb.model import Kind
from kb.snapshot import Snapshot

NEEDS_PARTNERS = frozenset(
    {
        "adverse_event",
        "beyond_capital",
        "circular_owners",
        "clause_for_risk",
        "listed_owners",
        "listed_party",
        "name_differs",
        "signed_outside_life",
        "unknown_owners",
    }
)
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
    """Return the findings of rules on contracts and partners.

    Args:
        kb: open for writing when findings are to be kept.
        subjects: contracts by id, path or title, and partners by id, identifier or name; empty for all.
        rule_ids: rules to run; empty for all.
        as_of: the day whose law counts; today when None.
        known_at: judge by what was recorded at that time.
        keep: store the findings; never done for a question about the past, or for some rules only.
    """
    every = load_rules()
    rules = tuple(find_rule(every, rule_id) for rule_id in rule_ids) if rule_ids else every
    day = as_of or datetime.now(UTC).date()
    if kb.writable and known_at is None:
        if links_are_stale(kb):
            # Documents that came while a server put the links off; a check must see who is who.
            renew_links(kb)
        if law_is_new(kb):
            refresh(kb)
    # Taken before reading: law that another thread stores meanwhile is then later than what is found here.
    now, seen = datetime.now(UTC), position(kb.audit)
    with kb.snapshot(known_at) as snapshot:
        documents, partners = partner_subjects(snapshot, subjects) if subjects else (None, many_partners(snapshot))
        needed = _needs_partners(rules)
        scope = Scope(documents, law=True, partners=needed, subjects=partners)
        context = load_context(snapshot, day, scope, decided=stored_rulings(kb, snapshot))
        findings = check(rules, context)
        languages = {record.id: record.language for record in snapshot.documents(Kind.CONTRACT)}
        checked = [contract.document for contract in context.contracts]
        checked += sorted(context.partners) if partners is None else partners
        stored = {record.name for record in snapshot.derived()} if keep else set()
    if keep and kb.writable and as_of is None and known_at is None and not rule_ids:
        with GUARD:
            keep_findings(kb, findings, checked, languages, day, stored, everything=documents is None, known_at=now)
            mark_later(kb, seen)
    return findings


MANY_PARTNERS = 5_000
"""Stored partners above which a check of everything asks only about those a contract, an event or a statement names.

A register of a whole country is stored to look partners up in, not to be judged row by row; a partner that is named
as a subject is always checked.
"""


def many_partners(snapshot: Snapshot) -> tuple[str, ...] | None:
    """Return the partners a check of everything asks about; None for every stored one."""
    if sum(record.counts.get("partners", 0) for record in snapshot.documents(Kind.REGISTER)) <= MANY_PARTNERS:
        return None
    return tuple(sorted({link.partner for link in read_links(snapshot.query) if link.same}))


def partner_subjects(snapshot: Snapshot, subjects: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the contracts and the partners that are meant by what a user calls them.

    A partner brings the contracts it is a party of, tied by more than its name.

    Raises:
        NotFoundError: neither a stored contract nor a stored partner answers to one of the names.
    """
    documents: dict[str, None] = {}
    partners: dict[str, None] = {}
    contracts: set[str] | None = None
    for subject in subjects:
        try:
            documents.update(dict.fromkeys(find_documents(snapshot, [subject], Kind.CONTRACT)))
        except NotFoundError:
            partner = exact_partner(snapshot, subject)
            if partner is None:
                raise
            partners[partner.id] = None
            if contracts is None:
                contracts = {record.id for record in snapshot.documents(Kind.CONTRACT)}
            own = [k.document for k in read_links(snapshot.query) if k.same and k.partner == partner.id]
            documents.update(dict.fromkeys(document for document in own if document in contracts))
    return list(documents), tuple(partners)


def stale_subjects(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """Return the subjects with stale findings, each with the rules whose findings they are."""
    stale = read_stale(snapshot.query)
    if not stale:
        return {}
    subjects = {
        record.name.removeprefix(prefix)
        for record in snapshot.derived()
        for prefix in PREFIXES
        if record.name.startswith(prefix)
    }
    found: dict[str, set[str]] = {}
    for finding in read_findings(snapshot.query, subjects):
        if finding.id in stale:
            found.setdefault(finding.subject, set()).add(finding.rule)
    return {subject: tuple(sorted(rules)) for subject, rules in sorted(found.items())}


def recheck_stale(kb: KnowledgeBase, *, day: date | None = None) -> tuple[Finding, ...]:
    """Run again the rules whose findings later law or a decision on a hit has overtaken, on what they are about.

    Args:
        kb: open for writing.
        day: the day whose law counts; today when None.

    Returns:
        The findings made anew.
    """
    refresh(kb)
    with GUARD:
        with kb.snapshot() as snapshot:
            touched = stale_subjects(snapshot)
        return check_again(kb, touched, day=day)


def check_again(
    kb: KnowledgeBase, touched: Mapping[str, Collection[str]], *, day: date | None = None
) -> tuple[Finding, ...]:
    """Run rules again on contracts and partners, keep the findings of their other rules, and remove all marks.

    Args:
        kb: open for writing.
        touched: ids of rules, by subject.
        day: the day whose law counts; today when None.

    Returns:
        The findings made anew.
    """
    if not touched:
        return ()
    on = day if day is not None else datetime.now(UTC).date()
    now, seen = datetime.now(UTC), position(kb.audit)
    with kb.snapshot() as snapshot:
        every = load_rules()
        known = {rule.id for rule in every}
        wanted = tuple(rule for rule in every if any(rule.id in rules for rules in touched.values()))
        documents = [subject for subject in touched if subject.startswith("doc-")]
        partners = tuple(subject for subject in touched if not subject.startswith("doc-"))
        scope = Scope(documents, law=True, partners=_needs_partners(wanted), subjects=partners)
        context = load_context(snapshot, on, scope, decided=stored_rulings(kb, snapshot))
        fresh = [f for f in check(wanted, context) if f.rule in touched.get(f.subject, ())]
        languages = {record.id: record.language for record in snapshot.documents(Kind.CONTRACT)}
        made: dict[str, Made] = read_made(snapshot.query, touched)
        kept = [
            f for f in read_findings(snapshot.query, touched) if f.rule not in touched[f.subject] and f.rule in known
        ]
    batch = {}
    anew, old = by_subject(fresh), by_subject(kept)
    for subject in touched:
        name = graph_name(subject)
        group = (*anew.get(subject, ()), *old.get(subject, ()))
        facts = finding_facts(anew.get(subject, ()), on, now)
        for finding in old.get(subject, ()):
            facts += finding_facts([replace(finding, stale=())], made[finding.id].as_of, made[finding.id].known_at)
        batch[name] = (facts, finding_rows(group, name, lambda s: languages.get(s, "und")))
    with GUARD:
        kb.derive_all(batch, drop=[name for subject in touched for name in mark_graphs(subject)])
        mark_later(kb, seen)
    return tuple(sorted(fresh, key=order))


def _needs_partners(rules: Iterable[Rule]) -> bool:
    return any(
        isinstance(rule.evaluate, SparqlSelect)
        or rule.subject == "partner"
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
    gone: Iterable[str] = (),
    known_at: datetime | None = None,
) -> None:
    """Store the findings of every checked subject in one batch, and drop those of subjects that are gone.

    What later law or a decision on a hit had overtaken of them was judged anew, so its marks go, too.

    Args:
        kb: open for writing.
        findings: of the subjects checked.
        checked: contracts that were checked, whether or not anything was found.
        languages: by document.
        day: the day whose law counted.
        stored: names of the derived graphs that exist.
        everything: all contracts were checked, so that findings of any other subject are dropped.
        gone: subjects whose findings are dropped besides.
        known_at: the moment from which on stored law is later than the findings; now when None.
    """
    now = known_at if known_at is not None else datetime.now(UTC)
    groups = by_subject(findings)
    subjects = dict.fromkeys([*checked, *groups])
    batch = {}
    for subject in subjects:
        group, name = groups.get(subject, ()), graph_name(subject)
        rows = finding_rows(group, name, lambda s: languages.get(s, "und"))
        batch[name] = (finding_facts(group, day, now), rows)
    gone = tuple(gone)
    drop = {graph_name(subject) for subject in gone}
    drop |= {n for n in stored if n.startswith(GRAPH_PREFIX)} if everything else set()
    drop |= {name for subject in (*subjects, *gone) for name in mark_graphs(subject)}
    drop |= {n for n in stored if n.startswith(PREFIXES)} if everything else set()
    kb.derive_all(batch, drop=drop - set(batch))


def stored_findings(snapshot: Snapshot, subjects: Sequence[str] | None = None) -> tuple[Finding, ...]:
    """Return the findings of the last check, in report order."""
    return tuple(sorted(read_findings(snapshot.query, subjects), key=order))
