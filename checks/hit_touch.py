"""Which stored findings a decision on a hit touches: those of the rules that look at hits, on the subjects it is about.

A decision about a stored partner touches the partner, the contracts it is tied to, and everyone below it in ownership
with their contracts; one about a name touches the contracts and partners that go by just that name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from checks.evaluators.partner_record import own_queries
from checks.finding import Finding
from checks.hits import document_of, partner_of, partner_subjects, party_subjects
from checks.load import load_partners
from checks.record import read_findings
from checks.rule import PythonEvaluator, Rule
from kb.entities import Entities
from kb.facts import read_holdings
from kb.facts.contracts import contract_parties
from kb.facts.entities import read_entities
from kb.facts.links import read_links
from kb.snapshot import Snapshot

EVALUATORS: Final = frozenset({"clause_for_risk", "listed_owners", "listed_party", "officer_listed", "partner_listed"})
"""Named evaluators whose answers decisions on hits change."""


def hit_rules(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the ids of the rules that look at hits."""
    return frozenset(
        rule.id for rule in rules if isinstance(rule.evaluate, PythonEvaluator) and rule.evaluate.name in EVALUATORS
    )


class HitTouch:
    """The stored subjects that hits may be about; what is read is read once, and only when it is asked for."""

    def __init__(self, snapshot: Snapshot, rules: Iterable[Rule]) -> None:
        """Look into one view of the store, for the findings of these rules."""
        self._snapshot = snapshot
        self._rules = hit_rules(rules)
        self._known: dict[str, frozenset[str]] = {}

    def subjects(self, subject: str) -> frozenset[str]:
        """Return the contracts and partners whose findings may rest on hits of a subject."""
        if subject not in self._known:
            self._known[subject] = frozenset(self._subjects(subject))
        return self._known[subject]

    def findings(self, hits: Sequence[str]) -> Mapping[str, tuple[tuple[str, Finding], ...]]:
        """Return the stored findings that decisions on hits touch, by subject, each with the hit that touches it."""
        by_subject: dict[str, list[str]] = defaultdict(list)
        for hit in hits:
            for subject in sorted(self.subjects(hit.partition("@")[2])):
                by_subject[subject].append(hit)
        found: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
        for finding in read_findings(self._snapshot.query, list(by_subject)) if by_subject else ():
            if finding.rule in self._rules:
                found[finding.subject] += [(hit, finding) for hit in by_subject[finding.subject] if _on(finding, hit)]
        return {subject: tuple(pairs) for subject, pairs in found.items() if pairs}

    def _subjects(self, subject: str) -> Iterable[str]:
        partner, document = partner_of(subject), document_of(subject)
        if partner is not None:
            party = self._entities.party(partner)
            yield party
            for one in self._below(party):
                yield one
                yield from self._contracts.get(one, ())
        elif document is not None:
            yield document
        else:
            yield from self._by_name.get(subject, ())

    def _below(self, party: str) -> Iterable[str]:
        """Yield a party and everyone it owns a part of, directly or through others."""
        queue, seen = [party], {party}
        for one in queue:
            yield one
            for owned in self._owned.get(one, ()):
                if owned not in seen:
                    seen.add(owned)
                    queue.append(owned)

    @cached_property
    def _entities(self) -> Entities:
        return read_entities(self._snapshot.query)

    @cached_property
    def _contracts(self) -> Mapping[str, Sequence[str]]:
        """Contracts a party is tied to by more than its name, by party."""
        found: dict[str, list[str]] = defaultdict(list)
        for link in read_links(self._snapshot.query):
            if link.same:
                found[self._entities.party(link.partner)].append(link.document)
        return found

    @cached_property
    def _owned(self) -> Mapping[str, Sequence[str]]:
        """What a party holds a part of, by party."""
        found: dict[str, list[str]] = defaultdict(list)
        for stored in read_holdings(self._snapshot.query):
            owner, owned = stored.holding.owner, stored.holding.owned
            found[self._entities.party(owner)].append(self._entities.party(owned))
        return found

    @cached_property
    def _by_name(self) -> Mapping[str, set[str]]:
        """Contracts and partners that go by a name, by the subject it makes."""
        found: dict[str, set[str]] = defaultdict(set)
        for document, parties in contract_parties(self._snapshot.query).items():
            for party in parties:
                for subject in party_subjects(document, party.name, party.kind):
                    found[subject].add(document)
        for partner in load_partners(self._snapshot).values():
            for subject in partner_subjects(partner.id, own_queries(partner)):
                found[subject] |= {partner.id, *self._contracts.get(partner.id, ())}
        return found


def _on(finding: Finding, hit: str) -> bool:
    """Say whether a finding may rest on a hit: it names the same list entry, or none."""
    own = finding.attributes.get("hit")
    return own is None or own.partition("@")[0] == hit.partition("@")[0]
