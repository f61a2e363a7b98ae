"""Ingest with what follows from it: ties between names and partners, renewed when documents or registers changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.link import Mention, link_mentions

from api.service.runtime import tool_version
from ingest.job import IngestOptions, IngestResult, ingest
from ingest.readers import Input
from kb.base import KnowledgeBase
from kb.facts import contract_parts, read_events, read_partners
from kb.facts.links import LINKS_GRAPH, link_facts
from kb.snapshot import Snapshot

CHANGED = frozenset({"ingested", "replaced"})


def run_ingest(kb: KnowledgeBase, inputs: Iterable[Input], options: IngestOptions) -> Iterator[IngestResult]:
    """Yield an answer per input; when the last one is out, the links are those of the new state."""
    changed = False
    for result in ingest(kb, inputs, options, tool_version()):
        changed = changed or result.status in CHANGED
        yield result
    if changed or links_are_stale(kb):
        renew_links(kb)


LINKED_AT = "linked-sequence"


def links_are_stale(kb: KnowledgeBase) -> bool:
    """Say whether documents changed since the links were made (a kill in between leaves them behind)."""
    sequence, _ = kb.registry.position()
    linked = kb.registry.meta(LINKED_AT)
    return linked is None or int(linked) < sequence


def renew_links(kb: KnowledgeBase) -> None:
    """Tie the parties of contracts and the subjects of events to the stored partners, anew."""
    with kb.snapshot() as snapshot:
        links = link_mentions(mentions(snapshot), read_partners(snapshot.query), snapshot.text)
    kb.derive(LINKS_GRAPH, link_facts(links))
    sequence, _ = kb.registry.position()
    kb.registry.set_meta(LINKED_AT, str(sequence))


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
