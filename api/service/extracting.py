"""Extraction for showing, without storing: `clauses` and `extract`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest.events import find_events

from ingest.citations import find_citations
from ingest.extract import annotate, pipeline_for
from ingest.pipeline import extract_entities
from ingest.readers import Limits, ReaderPool, discover
from kb import ids
from kb.errors import DuegraphError, NotFoundError
from kb.model import Annotations, Citation, Document, Kind
from kb.settings import Settings


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was found in one source, or why it could not be read."""

    source: str
    document_id: str | None = None
    document: Document | None = None
    found: Annotations | None = None
    error: DuegraphError | None = None


def extract_sources(
    settings: Settings,
    sources: Sequence[str],
    *,
    kind: Kind | None,
    candidates: bool = False,
    everything: bool = False,
) -> Iterator[Extracted]:
    """Yield what is found in files, folders, archives, stdin, or stored documents named by id.

    Args:
        settings: limits and data directory.
        sources: paths or document ids.
        kind: read every source as this kind; guessed when None.
        candidates: also propose scored spans per clause type.
        everything: find names, citations and events whatever kind of text it is, citations resolved against stored law.
    """
    limits = Limits(input_bytes=settings.max_input_mib * 1024 * 1024)
    stored = [s for s in sources if s.startswith("doc-") and not Path(s).exists()]
    paths = [s for s in sources if s not in stored]
    yield from _stored(settings, stored, kind, candidates=candidates, everything=everything)
    resolve = _resolver(settings) if everything else None
    with ReaderPool(limits, workers=1) as pool:
        for source in discover(paths, limits=limits):
            try:
                data = source.read()
                document = pool.read(data, source.name, kind=kind)
                found = _found(document, source.name, kind, candidates=candidates, everything=everything)
                document_id = ids.document_id(found.kind, _sha256(data))
            except DuegraphError as error:
                yield Extracted(source.name, error=error)
                continue
            if resolve is not None:
                found = replace(found, citations=tuple(resolve(c) for c in found.citations))
            yield Extracted(source.name, document_id, document, found)


def _stored(
    settings: Settings, documents: Sequence[str], kind: Kind | None, *, candidates: bool, everything: bool
) -> Iterator[Extracted]:
    if not documents:
        return
    from api.service.runtime import knowledge_base

    with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
        for document_id in documents:
            try:
                record = snapshot.document(document_id)
                document = snapshot.document_model(document_id)
                found = _found(document, record.source, kind, candidates=candidates, everything=everything)
            except DuegraphError as error:
                yield Extracted(document_id, error=error)
                continue
            yield Extracted(record.source, document_id, document, found)


def _found(document: Document, name: str, kind: Kind | None, *, candidates: bool, everything: bool) -> Annotations:
    if not everything:
        return annotate(document, name=name, kind=kind, candidates=candidates)
    pipeline_for(document, name)
    entities = extract_entities(document)
    return Annotations(
        kind=kind or Kind.NEWS,
        citations=find_citations(document.text, document.language),
        entities=entities,
        events=find_events(document.text, document.language, entities=entities),
    )


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _resolver(settings: Settings):  # type: ignore[no-untyped-def]
    """Return a function that resolves citations against stored law, or None when none is stored."""
    from datetime import UTC, datetime

    from api.service.runtime import knowledge_base
    from checks.load import load_law

    try:
        with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
            law = load_law(snapshot)
    except NotFoundError:
        law = None
    today = datetime.now(UTC).date()

    def resolve(citation: Citation) -> Citation:
        return citation if law is None else law.resolve(citation, today)

    return resolve


def clause_record(item: Extracted) -> dict[str, Any]:
    """Return the JSON of ``clauses`` for one document; offsets are into ``text``."""
    document, found = item.document, item.found
    if document is None or found is None:
        raise ValueError("nothing was extracted")
    return {
        "source": item.source,
        "document": item.document_id,
        "text": document.text,
        "language": document.language,
        "clauses": [
            {
                "id": c.id,
                "start": c.start,
                "end": c.end,
                "number": c.number,
                "heading": c.heading,
                "level": c.level,
                "parent": c.parent,
                "types": [{"type": t.type, "score": t.score, "detected": t.detected} for t in c.types],
            }
            for c in found.clauses
        ],
        "values": [
            {"type": v.type, "value": v.value, "unit": v.unit, "start": v.start, "end": v.end} for v in found.values
        ],
        "parties": [
            {"name": p.name, "role": p.role, "kind": p.kind, "start": p.start, "end": p.end} for p in found.parties
        ],
        "candidates": [{"type": c.type, "start": c.start, "end": c.end, "score": c.score} for c in found.candidates],
    }


def entity_record(item: Extracted) -> dict[str, Any]:
    """Return the JSON of ``extract`` for one text."""
    document, found = item.document, item.found
    if document is None or found is None:
        raise ValueError("nothing was extracted")
    return {
        "source": item.source,
        "text": document.text,
        "language": document.language,
        "entities": [
            {"type": e.type, "text": e.text, "start": e.start, "end": e.end, "link": e.link} for e in found.entities
        ],
        "citations": [citation_json(c) for c in found.citations],
        "events": [
            {
                "type": e.type,
                "subject": e.subject,
                "stage": e.stage.value if e.stage is not None else None,
                "date": e.date.isoformat() if e.date is not None else None,
                "start": e.start,
                "end": e.end,
                "score": e.score,
            }
            for e in found.events
        ],
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """Return the JSON of one citation."""
    return {
        "text": citation.text,
        "start": citation.start,
        "end": citation.end,
        "act": citation.act,
        "provision": citation.provision,
        "status": citation.status.value,
        "target": citation.target,
        "note": citation.note,
    }
