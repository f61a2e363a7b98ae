"""Extraction for showing, without storing: `clauses` and `extract`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from api.service.runtime import knowledge_base
from checks.load import load_law
from ingest.citations import find_citations
from ingest.events import find_events
from ingest.extract import annotate, pipeline_for
from ingest.kinds import guess_kind
from ingest.law import read_act
from ingest.law.references import read_references
from ingest.pipeline import extract_entities
from ingest.readers import Limits, ReaderPool, discover
from kb import ids
from kb.errors import CannotRunError, DuegraphError, InputError, NotFoundError, RecordError
from kb.model import ActVersion, Annotations, Citation, Document, Kind
from kb.settings import Settings

Resolve = Callable[[Citation, date | None], Citation]
"""Returns a citation with its status, for a text written on a day."""

_SIGNED: Final = ("Agreement Date", "Effective Date")
"""Values that give a contract's own date, the first that is stated."""


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
    stored = [s for s in sources if s.startswith("doc-") and not Path(s).exists()]
    paths = [s for s in sources if s not in stored]
    with _resolver(settings) if everything else nullcontext(_as_it_is) as resolve:
        yield from _extracted(settings, stored, paths, resolve, kind=kind, candidates=candidates, everything=everything)


def _extracted(
    settings: Settings,
    stored: Sequence[str],
    paths: Sequence[str],
    resolve: Resolve,
    *,
    kind: Kind | None,
    candidates: bool,
    everything: bool,
) -> Iterator[Extracted]:
    limits = Limits(input_bytes=settings.max_input_mib * 1024 * 1024)

    def found(document: Document, name: str) -> Annotations:
        annotations = _found(document, name, kind, candidates=candidates, everything=everything)
        written = _written(document, annotations) if everything else None
        return replace(annotations, citations=tuple(resolve(c, written) for c in annotations.citations))

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
    guessed = kind or guess_kind(document, name)
    law = _law(document, name) if guessed is Kind.REGULATION else None
    return Annotations(
        kind=guessed,
        citations=find_citations(document.text, document.language)
        if law is None
        else read_references(document.text, law, language=document.language),
        entities=entities,
        events=find_events(document.text, document.language, entities=entities),
        values=annotate(document, name=name, kind=guessed, norms=False).values if guessed is Kind.CONTRACT else (),
        law=law,
    )


def _law(document: Document, name: str) -> ActVersion | None:
    """Return the act a text holds; a text that only looks like law is read as any other."""
    try:
        return read_act(document, source_name=name)
    except RecordError:
        return None


def _written(document: Document, found: Annotations) -> date | None:
    """Return the day a text is of, whose law its citations mean: a contract's own date, an article's, a law's."""
    if found.law is not None:
        # it speaks for the day it takes effect: before, its own articles would not be law yet
        return max((day for day in (found.law.date, found.law.in_force.value) if day is not None), default=None)
    for role in _SIGNED:
        stated = next((value.value for value in found.values if value.type == role and value.value), None)
        if stated is not None:
            return _day(stated)
    return _day(document.metadata.get("published", ""))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _as_it_is(citation: Citation, _: date | None) -> Citation:
    return citation


@contextmanager
def _resolver(settings: Settings) -> Iterator[Resolve]:
    """Lend a function that resolves citations against stored law; without stored law they stay as they are.

    The snapshot stays open meanwhile, because provisions are read when a citation first asks for them.
    """
    with ExitStack() as opened:
        try:
            kb = opened.enter_context(knowledge_base(settings, write=False))
            law = load_law(opened.enter_context(kb.snapshot()))
        except NotFoundError:
            law = None
        today = datetime.now(UTC).date()
        yield _as_it_is if law is None else lambda citation, written: law.resolve(citation, today, written=written)


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
            {
                "type": v.type,
                "value": v.value,
                "unit": v.unit,
                "start": v.start,
                "end": v.end,
                "since": None if v.since is None else {"start": v.since.start, "end": v.since.end},
            }
            for v in found.values
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
