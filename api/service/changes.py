"""What changed in the store since it was last looked at, and which contracts that touches.

Contracts touch: themselves when they are new; the law they cite and their findings rest on; the list entries, partners
and events their parties meet. What touches nothing is not checked again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from checks.record import graph_name
from checks.rule import Rule
from kb import ids
from kb.base import KnowledgeBase
from kb.facts import read_acts, read_citations, read_events
from kb.facts.contracts import contract_parties
from kb.facts.law import StoredAct
from kb.facts.links import LINKS_GRAPH, read_links
from kb.law import LawIndex
from kb.model import Event, Kind, Link, Party
from kb.records import DocumentRecord
from kb.snapshot import Snapshot
from kb.store import EvidenceStore, Iri
from ontology import terms as t


@dataclass(frozen=True)
class Changes:
    """Documents that came and went between a sequence number and a snapshot.

    Attributes:
        since: the sequence number; 0 is before everything.
        before: what was current then, by id; ``now`` what is current in the snapshot.
        links_before: the links as they were then.
    """

    kb: KnowledgeBase
    snapshot: Snapshot
    since: int
    before: Mapping[str, DocumentRecord]
    now: Mapping[str, DocumentRecord]
    links_before: tuple[Link, ...] = field(repr=False, default=())

    @classmethod
    def since_sequence(cls, kb: KnowledgeBase, snapshot: Snapshot, since: int) -> Changes:
        """Return what differs between the sequence number ``since`` and the snapshot."""
        before = {record.id: record for record in kb.registry.documents(sequence=since)}
        now = {record.id: record for record in snapshot.documents()}
        return cls(kb, snapshot, since, before, now, _links_at(kb, since))

    @cached_property
    def came(self) -> dict[str, DocumentRecord]:
        """Documents that are new, or were read anew, by id."""
        return {i: r for i, r in self.now.items() if i not in self.before or self.before[i].facts != r.facts}

    @cached_property
    def went(self) -> dict[str, DocumentRecord]:
        """Documents that are gone, or were read anew, as they were, by id."""
        return {i: r for i, r in self.before.items() if i not in self.now or self.now[i].facts != r.facts}

    def of(self, kind: Kind) -> tuple[list[str], list[str]]:
        """Return the documents of a kind that came, and those that went."""
        return (
            [i for i, r in self.came.items() if r.kind is kind],
            [i for i, r in self.went.items() if r.kind is kind],
        )

    def changed(self, *kinds: Kind) -> bool:
        """Say whether any document of these kinds came or went."""
        return any(r.kind in kinds for r in (*self.came.values(), *self.went.values()))

    def first_or_last(self, kind: Kind) -> bool:
        """Say whether the store had none of a kind and has some now, or the other way round: every rule notices."""
        had = any(r.kind is kind for r in self.before.values())
        return had != any(r.kind is kind for r in self.now.values())

    def contracts(self) -> list[str]:
        """Return every contract stored now."""
        return [i for i, r in self.now.items() if r.kind is Kind.CONTRACT]

    def past(self, documents: Collection[str]) -> EvidenceStore:
        """Return the facts of documents that went, in memory."""
        records = [self.went[document] for document in documents]
        return EvidenceStore.memory(
            (ids.graph_iri(r.id), self.kb.texts.get("facts", r.facts).decode()) for r in records
        )

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links of the snapshot."""
        return read_links(self.snapshot.query)

    @cached_property
    def parties(self) -> dict[str, tuple[Party, ...]]:
        """The parties of every contract stored now."""
        return contract_parties(self.snapshot.query)

    @cached_property
    def new_events(self) -> dict[str, tuple[Event, ...]]:
        """Events of the news that came, by document."""
        came, _ = self.of(Kind.NEWS)
        return read_events(self.snapshot.query, came) if came else {}

    @cached_property
    def acts(self) -> tuple[list[StoredAct], list[StoredAct]]:
        """The act versions that came, and those that went."""
        came, went = self.of(Kind.REGULATION)
        new = list(read_acts(self.snapshot.query, came, provisions=False)) if came else []
        old = list(read_acts(self.past(went).rows, provisions=False)) if went else []
        return new, old


def _links_at(kb: KnowledgeBase, sequence: int) -> tuple[Link, ...]:
    for record in kb.registry.derived(sequence=sequence):
        if record.name == LINKS_GRAPH:
            facts = kb.texts.get("facts", record.facts).decode()
            return read_links(EvidenceStore.memory([(ids.derived_graph_iri(LINKS_GRAPH), facts)]).rows)
    return ()


def touched_contracts(
    changes: Changes, rules: Iterable[Rule], law: LawIndex | None, listed: Collection[str]
) -> set[str]:
    """Return the contracts whose findings may differ now.

    Args:
        changes: what came and went.
        rules: all rules.
        law: the stored law, None when there is none.
        listed: contracts whose parties meet a list entry that changed.
    """
    contracts = set(changes.contracts())
    if any(changes.first_or_last(kind) for kind in (Kind.NEWS, Kind.WATCHLIST, Kind.REGULATION)):
        return contracts
    stored = {record.name for record in changes.snapshot.derived()}
    touched = {one for one in contracts if one in changes.came or graph_name(one) not in stored}
    touched |= set(_by_links(changes))
    touched |= set(_by_events(changes))
    touched |= set(listed)
    if changes.changed(Kind.REGULATION) and law is not None:
        touched |= set(_by_law(changes, rules, law))
    return touched & contracts


def _by_links(changes: Changes) -> Iterator[str]:
    """Yield contracts whose ties to partners differ, or whose partners' rows were read anew."""
    was = {_tie(link) for link in changes.links_before}
    now = {_tie(link) for link in changes.links}
    for document, *_ in was ^ now:
        yield str(document)
    if changes.changed(Kind.REGISTER):
        partners = _partners_of(changes)
        for link in (*changes.links, *changes.links_before):
            if link.partner in partners:
                yield link.document


def _partners_of(changes: Changes) -> set[str]:
    """Return the ids of partners that stand in registers that came or went and differ between the two."""
    came, went = changes.of(Kind.REGISTER)
    new = _statements(changes.snapshot.facts(document) for document in came)
    old = _statements(changes.kb.texts.get("facts", changes.went[d].facts).decode() for d in went)
    return {partner for partner in new.keys() | old.keys() if new.get(partner) != old.get(partner)}


def _statements(facts: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return what is said of each partner, without where it stands in its file."""
    found: dict[str, set[str]] = {}
    begin = f"<{ids.URN}partner:"
    for text in facts:
        for line in text.split("\n"):
            if (
                line.startswith(begin)
                and f"> <{t.OA_hasSelector}> " not in line
                and f"> <{t.OA_hasSource}> " not in line
            ):
                scope, _, key = line[len(begin) : line.index(">")].partition("#")[0].partition("/")
                found.setdefault(f"{ids.unquote_id(scope)}/{ids.unquote_id(key)}", set()).add(line)
    return {partner: frozenset(lines) for partner, lines in found.items()}


def _tie(link: Link) -> tuple[str, str, str, bool]:
    return link.document, link.name, link.partner, link.same


def _by_events(changes: Changes) -> Iterator[str]:
    """Yield contracts whose parties are the subject of news that came or went."""
    came, went = changes.of(Kind.NEWS)
    if not came and not went:
        return
    news = {*came, *went}
    partners = {link.partner for link in (*changes.links, *changes.links_before) if link.document in news}
    for link in (*changes.links, *changes.links_before):
        if link.partner in partners:
            yield link.document
    events = [*changes.new_events.values(), *(read_events(changes.past(went).rows).values() if went else ())]
    subjects = {plain(event.subject) for group in events for event in group if event.subject}
    for document, parties in changes.parties.items():
        if any(plain(party.name) in subjects for party in parties):
            yield document


def plain(name: str) -> str:
    """Return a name as events and parties are compared: letters and digits only, without case."""
    return "".join(character for character in name.casefold() if character.isalnum())


def _by_law(changes: Changes, rules: Iterable[Rule], law: LawIndex) -> Iterator[str]:
    """Yield contracts that cite an act that changed, or whose findings rest on one."""
    new, old = changes.acts
    acts = {one.act for one in (*new, *old)}
    known: dict[str, bool] = {}

    def means_changed(name: str) -> bool:
        if name not in known:
            known[name] = name in acts or not acts.isdisjoint(law.candidates(name))
        return known[name]

    for document, citations in read_citations(changes.snapshot.query, changes.contracts()).items():
        if any(citation.act is not None and means_changed(citation.act) for citation in citations):
            yield document
    resting = [rule.id for rule in rules if any(means_changed(basis.act) for basis in rule.basis)]
    if resting:
        query = f"SELECT DISTINCT ?s {{ VALUES ?r {{}} GRAPH ?g {{ ?f <{t.DUE_rule}> ?r ; <{t.DUE_subject}> ?s }} }}"
        for (subject,) in changes.snapshot.query(query, values={"r": [Iri(ids.iri("rule", rule)) for rule in resting]}):
            if subject is not None and subject.startswith(f"{ids.URN}document:"):
                yield ids.unquote_id(subject.removeprefix(f"{ids.URN}document:"))
