"""Ties between names in documents and stored partners, renewed when documents, registers or decisions changed.

First it is made out which records are one party (``api.service.entities``); names in documents are then tied to
parties, so that two rows of one party compete no more for a name, and what a person decided on a name counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from api.service.entities import entities_are_stale, renew_entities
from ingest.link import Mention, link_mentions
from kb.base import KnowledgeBase
from kb.entities import ActKind, Entities, merged_partners
from kb.facts import read_events, read_partners, read_statements
from kb.facts.contracts import contract_parties
from kb.facts.entities import ENTRY, read_entities
from kb.facts.links import LINKS_GRAPH, link_facts
from kb.model import Link
from kb.snapshot import Snapshot

LINKED_STATE = "linked-state"
"""Registry setting: which documents the links were made of."""


def state_of(kb: KnowledgeBase) -> str:
    """Return a digest of which documents are current, in which revision."""
    digest = hashlib.sha256()
    for record in sorted(kb.documents_now(), key=lambda r: r.id):
        digest.update(f"{record.id} {record.facts}\n".encode())
    return digest.hexdigest()


def links_are_stale(kb: KnowledgeBase) -> bool:
    """Say whether documents changed since the links were made (a kill in between leaves them behind)."""
    return kb.registry.meta(LINKED_STATE) != state_of(kb) or entities_are_stale(kb)


def renew_links(kb: KnowledgeBase) -> None:
    """Tie the parties of contracts and the subjects of events to the stored partners, anew."""
    # Taken before reading: what another thread stores meanwhile is then still new to the next look.
    state = state_of(kb)
    renew_entities(kb)
    with kb.snapshot() as snapshot:
        entities = read_entities(snapshot.query)
        parties = merged_partners(read_partners(snapshot.query), entities)
        links = link_mentions(mentions(snapshot), parties, snapshot.text)
        names = {party.id: party.partner.names[0].text if party.partner.names else party.id for party in parties}
        decided = tuple(_decided(links, entities, names, snapshot))
    kb.derive(LINKS_GRAPH, link_facts(decided))
    kb.registry.set_meta(LINKED_STATE, state)


def mentions(snapshot: Snapshot) -> Iterator[Mention]:
    """Yield every name that may stand for a partner: contract parties, subjects of events and of statements."""
    languages = {record.id: record.language for record in snapshot.documents()}
    for document, parties in contract_parties(snapshot.query).items():
        for party in parties:
            yield Mention(document, party.name, party.start, party.end, party.kind, languages.get(document, "und"))
    for document, events in read_events(snapshot.query).items():
        seen = set()
        for event in events:
            place = (event.subject_start, event.subject_end)
            if event.subject is not None and event.subject_start >= 0 and place not in seen:
                seen.add(place)
                yield Mention(document, event.subject, *place, None, languages.get(document, "und"))
    for stored in read_statements(snapshot.query):
        one = stored.statement
        numbers = tuple((each.scheme, each.value) for each in one.identifiers)
        language = languages.get(stored.document, "und")
        yield Mention(stored.document, one.subject, one.start, one.end, None, language, numbers)


def _decided(links: Iterable[Link], entities: Entities, names: Mapping[str, str], snapshot: Snapshot) -> Iterator[Link]:
    """Yield the links as people decided on them: a name they tied to a party is tied, one they split is not."""
    acts = {
        (mention, entities.party(partner)): act
        for pair, act in entities.decided.items()
        for mention, partner in (pair, pair[::-1])
        if mention.startswith("doc-") and not partner.startswith((ENTRY, "doc-"))
    }
    seen = set()
    for link in links:
        key = (f"{link.document}#s{link.start}-{link.end}", link.partner)
        act = acts.get(key)
        if act is None:
            yield link
            continue
        seen.add(key)
        if act.kind is ActKind.MERGE:
            yield replace(link, same=True, why=f"decided by {act.actor}: {act.reason}; {link.why}")
    stored = {record.id for record in snapshot.documents()}
    for (mention, partner), act in sorted(acts.items()):
        document, _, place = mention.partition("#s")
        if (mention, partner) in seen or act.kind is not ActKind.MERGE or document not in stored:
            continue
        start, end = (int(number) for number in place.split("-"))
        name = snapshot.text(document)[start:end]
        why = f"decided by {act.actor}: {act.reason}"
        if partner in names and name:
            yield Link(document, name, start, end, partner, names[partner], 1.0, same=True, why=why)
