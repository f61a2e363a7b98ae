"""Ties between names in documents and stored partners, renewed when documents or registers changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ingest.link import Mention, link_mentions
from kb.base import KnowledgeBase
from kb.facts import contract_parts, read_events, read_partners
from kb.facts.links import LINKS_GRAPH, link_facts
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
    return kb.registry.meta(LINKED_STATE) != state_of(kb)


def renew_links(kb: KnowledgeBase) -> None:
    """Tie the parties of contracts and the subjects of events to the stored partners, anew."""
    # Taken before reading: what another thread stores meanwhile is then still new to the next look.
    state = state_of(kb)
    with kb.snapshot() as snapshot:
        links = link_mentions(mentions(snapshot), read_partners(snapshot.query), snapshot.text)
    kb.derive(LINKS_GRAPH, link_facts(links))
    kb.registry.set_meta(LINKED_STATE, state)


def mentions(snapshot: Snapshot) -> Iterator[Mention]:
    """Yield every name that may stand for a partner: contract parties and subjects of events."""
    languages = {record.id: record.language for record in snapshot.documents()}
    for document, parts in contract_parts(snapshot.query).items():
        for party in parts.parties:
            yield Mention(document, party.name, party.start, party.end, party.kind, languages.get(document, "und"))
    for document, events in read_events(snapshot.query).items():
        seen = set()
        for event in events:
            place = (event.subject_start, event.subject_end)
            if event.subject is not None and event.subject_start >= 0 and place not in seen:
                seen.add(place)
                yield Mention(document, event.subject, *place, None, languages.get(document, "und"))
