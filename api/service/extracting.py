"""Extraction for showing, without storing: `clauses` and `extract`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.service.runtime import knowledge_base
from checks.load import load_law
from ingest.citations import find_citations
from ingest.events import find_events
from ingest.extract import annotate, pipeline_for
from ingest.pipeline import extract_entities
from ingest.readers import Limits, ReaderPool, discover
from kb import ids
from kb.errors import CannotRunError, DuegraphError, InputError, NotFoundError
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
    resolve = _resolver(settings) if everything else _as_it_is

    def found(document: Document, name: str) -> Annotations:
        annotations = _found(document, name, kind, candidates=candidates, everything=everything)
        return replace(annotations, citations=tuple(resolve(c) for c in annotations.citations))

    if stored:
        yield from _stored(settings, stored, found)
    if not paths:
        return
    with ReaderPool(limits, workers=1) as pool:
        for source in discover(paths, limits=limits):
            try:
                data = source.read()
                document = pool.read(data, source.name, kind=kind)
                annotations = found(document, source.name)
            except DuegraphError as error:
                if isinstance(error, CannotRunError):
                    raise
                yield Extracted(source.name, error=error)
                continue
            document_id = ids.document_id(annotations.kind, hashlib.sha256(data).hexdigest())
            yield Extracted(source.name, document_id, document, annotations)


def _stored(
    settings: Settings, documents: Sequence[str], found: Callable[[Document, str], Annotations]
) -> Iterator[Extracted]:
    with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
        for document_id in documents:
            try:
                record = snapshot.document(document_id)
                document = snapshot.document_model(document_id)
                annotations = found(document, record.source)
            except (InputError, NotFoundError) as error:
                yield Extracted(document_id, error=error)
                continue
            yield Extracted(record.source, document_id, document, annotations)


def _found(document: Document, name: str, kind: Kind | None, *, candidates: bool, everything: bool) -> Annotations:
    if not everything:
        return annotate(document, name=name, kind=kind, candidates=candidates, norms=False)
    pipeline_for(document, name)
    entities = extract_entities(document)
    return Annotations(
        kind=kind or Kind.NEWS,
        citations=find_citations(document.text, document.language),
        entities=entities,
        events=find_events(document.text, document.language, entities=entities),
    )


def _as_it_is(citation: Citation) -> Citation:
    return citation


def _resolver(settings: Settings) -> Callable[[Citation], Citation]:
    """Return a function that resolves citations against stored law; without stored law they stay as they are."""
    try:
        with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
            law = load_law(snapshot)
    except NotFoundError:
        law = None
    if law is None:
        return _as_it_is
    today = datetime.now(UTC).date()
    return lambda citation: law.resolve(citation, today)


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
