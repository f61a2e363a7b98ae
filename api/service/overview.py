"""What is stored, as rows with their flags: documents and partners."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from api.service.checking import stored_findings
from api.service.library import both
from api.web.overview import DocumentRow, PartnerRow
from checks.finding import Finding, Outcome
from checks.rule import load_rules
from kb.facts.entities import read_parties
from kb.facts.links import read_links
from kb.model import Kind
from kb.snapshot import Snapshot

MOST_FLAGS = 4
"""Titles of flags shown with a partner; the rest is on its own page."""


def document_rows(snapshot: Snapshot, kind: str | None) -> Sequence[DocumentRow]:
    """Return the stored documents of a kind, or of every kind, with the number of flags per level."""
    flags = _flags(snapshot)
    return [
        DocumentRow(
            id=record.id,
            title=record.title or record.source.rsplit("/", 1)[-1] or record.id,
            source=record.source,
            kind=record.kind.value,
            language=record.language,
            recorded=record.recorded_at.date().isoformat(),
            levels=_levels(flags.get(record.id, ())),
        )
        for record in snapshot.documents(Kind(kind) if kind is not None else None)
    ]


def partner_rows(snapshot: Snapshot) -> Sequence[PartnerRow]:
    """Return every partner once, whatever number of records mean it, with its contracts and flags."""
    flags = _flags(snapshot)
    titles = {rule.id: both(rule.title.text()) for rule in load_rules()}
    contracts = {record.id for record in snapshot.documents(Kind.CONTRACT)}
    signed: dict[str, set[str]] = defaultdict(set)
    for link in read_links(snapshot.query):
        if link.same and link.document in contracts:
            signed[link.partner].add(link.document)
    rows = []
    for party in read_parties(snapshot.query):
        own = flags.get(party.id, ())
        rules = dict.fromkeys(finding.rule for finding in own)
        rows.append(
            PartnerRow(
                id=party.id,
                name=party.partner.names[0].text if party.partner.names else party.id,
                country=party.partner.country,
                status=party.partner.status,
                contracts=len(set[str]().union(*(signed[each] for each in party.ids))),
                levels=_levels(own),
                flags=tuple(titles[rule] for rule in list(rules)[:MOST_FLAGS] if rule in titles),
            )
        )
    return rows


def _flags(snapshot: Snapshot) -> dict[str, list[Finding]]:
    """Return the flags by what they are about, most serious first."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in stored_findings(snapshot):
        if finding.outcome is Outcome.FLAG:
            found[finding.subject].append(finding)
    return found


def _levels(flags: Iterable[Finding]) -> dict[str, int]:
    return dict(Counter(finding.level.value for finding in flags if finding.level is not None))
