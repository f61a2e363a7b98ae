"""Deciding what a batch of revisions changes, and the change itself as one value.

``plan`` is pure: registry answers in, decisions out. ``kb.base`` carries the plan out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from kb.ids import document_id, graph_iri
from kb.long_text import LongText
from kb.records import Committed, DocumentRecord, Revision, Status
from kb.registry import Registry
from kb.search import IndexRow
from kb.text import Section, TextStore, pack_document

_FILES: Final[tuple[Section, ...]] = ("original", "text", "facts")


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a registry row, carried out in order: a row of ``table`` begins or ends for ``key``.

    "recount" keeps the current row and gives it the counts in ``values`` (after a rebuild made other search rows).
    """

    act: Literal["open", "close", "recount"]
    table: Literal["documents", "sources", "derived"]
    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Change:
    """Everything one batch changes.

    Attributes:
        what: a word for the journal.
        files: items to store before anything else.
        drop: IRIs of graphs to remove, which hold ``drop_facts`` facts; ``add`` the graphs to load.
        owners: owners whose search rows go; ``rows`` those that come.
        events: what happens to registry rows, in order.
    """

    what: str
    files: list[tuple[Section, bytes | LongText]] = field(default_factory=list)
    drop: list[str] = field(default_factory=list)
    drop_facts: int = 0
    add: list[tuple[str, str | LongText]] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    rows: list[IndexRow] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def touches_view(self) -> bool:
        """Whether graph or index change, so that a new view must be published."""
        return bool(self.drop or self.add or self.owners or self.rows)


def sha256(data: bytes) -> str:
    """Return the hex digest that names ``data``."""
    return hashlib.sha256(data).hexdigest()


class _State:
    """What the registry holds, as the batch changes it step by step."""

    def __init__(self, registry: Registry, texts: TextStore, keys: Sequence[str], documents: Sequence[str]) -> None:
        self._texts = texts
        self.points_at = registry.source_documents(keys)
        involved = {*documents, *self.points_at.values()}
        self.holders = registry.holders(involved)
        self.before = registry.current(involved)
        self.live: dict[str, str] = {id_: record.tool_version for id_, record in self.before.items()}
        self.whole: dict[str, bool] = {}
        self.added: dict[str, Revision] = {}
        self.removed: set[str] = set()
        self.events: list[Event] = []
        self.files: list[tuple[Section, bytes | LongText]] = []

    def is_fresh(self, document: str, tool_version: str) -> bool:
        """Whether the stored document is what this revision would store: same tools, all files there."""
        if self.live.get(document) != tool_version:
            return False
        if document in self.added:
            return True
        if document not in self.whole:
            self.whole[document] = files_present(self._texts, self.before[document])
        return self.whole[document]

    def retire(self, document: str) -> None:
        self.events.append(Event("close", "documents", document))
        del self.live[document]
        self.added.pop(document, None)
        if document in self.before:
            self.removed.add(document)

    def point(self, key: str, source: str, document: str) -> None:
        """Make a source point at a document, and retire the one it leaves when nobody else holds it."""
        self.leave(key)
        self.points_at[key] = document
        self.holders.setdefault(document, set()).add(key)
        self.events.append(Event("open", "sources", key, {"key": key, "source": source, "document": document}))

    def leave(self, key: str) -> None:
        old = self.points_at.pop(key, None)
        if old is None:
            return
        self.events.append(Event("close", "sources", key))
        holders = self.holders.get(old, set())
        holders.discard(key)
        if not holders and old in self.live:
            self.retire(old)

    def change(self, what: str) -> Change:
        change = Change(what, files=self.files, events=self.events)
        change.owners = sorted(self.removed | self.added.keys())
        change.drop = [graph_iri(document) for document in sorted(self.removed)]
        change.drop_facts = sum(self.before[document].counts.get("facts", 0) for document in self.removed)
        for document, revision in self.added.items():
            change.add.append((graph_iri(document), revision.facts))
            change.rows.extend(revision.rows)
        return change


def files_present(texts: TextStore, record: DocumentRecord) -> bool:
    """Return whether all files of a document exist."""
    names = {"original": record.original, "text": record.text, "facts": record.facts}
    return all(texts.has(section, names[section]) for section in _FILES)


def plan(registry: Registry, texts: TextStore, revisions: Sequence[Revision]) -> tuple[Change, list[Committed]]:
    """Decide what storing ``revisions``, one after the other, changes.

    Raises:
        RecordError: a document's text cannot be stored.
        ValueError: a search row names another owner than its document.
    """
    digests = [sha256(revision.original) for revision in revisions]
    documents = [document_id(revision.kind, digest) for revision, digest in zip(revisions, digests, strict=True)]
    state = _State(registry, texts, [revision.source_key for revision in revisions], documents)
    committed: list[Committed] = []
    for revision, digest, document in zip(revisions, digests, documents, strict=True):
        old = state.points_at.get(revision.source_key)
        was_live = document in state.live
        fresh = was_live and state.is_fresh(document, revision.tool_version)
        if not fresh:
            if was_live:
                state.retire(document)
            _store(state, revision, document, digest)
        if old != document:
            state.point(revision.source_key, revision.source, document)
        status: Status = "unchanged" if fresh and old in {None, document} else "replaced"
        if not fresh and old is None and not was_live:
            status = "ingested"
        facts = (
            _count(state.added[document].facts)
            if document in state.added
            else state.before[document].counts.get("facts", 0)
        )
        committed.append(Committed(revision.source_key, revision.source, document, revision.kind, status, facts))
    return state.change("commit"), committed


def _store(state: _State, revision: Revision, document: str, digest: str) -> None:
    if any(row.owner != document for row in revision.rows):
        raise ValueError(f"a search row of {document} names another owner")
    packed = pack_document(revision.document)
    facts = revision.facts.encode() if isinstance(revision.facts, str) else revision.facts
    # Also those of a revision that the same batch replaces again: the registry will name them.
    state.files += [("original", revision.original), ("text", packed), ("facts", facts)]
    counts = {**revision.counts, "facts": _count(revision.facts), "rows": len(revision.rows)}
    values = {
        "id": document,
        "kind": revision.kind.value,
        "language": revision.document.language,
        "title": revision.document.title,
        "media_type": revision.document.media_type,
        "size": len(revision.original),
        "counts": json.dumps(counts, sort_keys=True),
        "tool_version": revision.tool_version,
        "original": digest,
        "text": sha256(packed),
        "facts": facts.digest if isinstance(facts, LongText) else sha256(facts),
    }
    state.events.append(Event("open", "documents", document, values))
    state.live[document] = revision.tool_version
    state.added[document] = revision


def _count(facts: str | LongText) -> int:
    """Return how many triples facts hold, one a line."""
    if isinstance(facts, str):
        return facts.count("\n")
    return facts.lines if facts.lines is not None else sum(part.count(b"\n") for part in facts.portions())


def plan_removal(registry: Registry, texts: TextStore, key: str) -> tuple[Change, str | None]:
    """Decide what forgetting a source changes; the document is the one it pointed at, None when it pointed at none."""
    state = _State(registry, texts, [key], [])
    document = state.points_at.get(key)
    state.leave(key)
    return state.change("remove"), document
