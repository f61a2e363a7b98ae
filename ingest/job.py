"""The ingest job: inputs → documents → facts → one commit per document, in batches, with an answer per input.

Reading runs in limited child processes and overlaps with extraction. An input is answered only after its batch is
durable, so what was acknowledged survives a kill at any moment.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context

from ingest.extract import annotate
from ingest.map import Origin, facts_of
from ingest.readers import Input, Limits, ReaderPool
from kb import ids
from kb.base import KnowledgeBase, Revision
from kb.errors import DuegraphError, InputError, LimitError
from kb.model import Document, Kind
from kb.rows import index_rows

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How a job runs.

    Attributes:
        kind: what every input is; guessed per input when None.
        workers: extraction processes; 1 extracts in this process.
        batch: documents per commit (one flush to disk each).
        batch_seconds: a batch is committed at least this often, so that answers do not wait for a slow neighbour.
        again: extract again what is already stored unchanged (after an upgrade of Duegraph or its models).
    """

    kind: Kind | None = None
    workers: int = 1
    batch: int = 16
    batch_seconds: float = 2.0
    again: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The answer for one input; the fields are the JSON contract of ``ingest``."""

    source: str
    document: str | None
    kind: str | None
    language: str | None
    status: str
    facts: int
    seconds: float
    error: dict[str, str] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document read and extracted, not yet stored."""

    revision: Revision
    seconds: float
    warnings: tuple[str, ...]


def prepare(
    data: bytes, document: Document, source: Input, kind: Kind | None, tool_version: str, started: float
) -> Prepared:
    """Return the revision of one read document: annotations, facts and index rows."""
    found = annotate(document, name=source.name, kind=kind, companion=None)
    digest = hashlib.sha256(data).hexdigest()
    document_id = ids.document_id(found.kind, digest)
    origin = Origin(source.name, digest, tool_version, datetime.now(UTC))
    facts = facts_of(document_id, document, found, origin)
    revision = Revision(
        source_key=source.source_key,
        source=source.name,
        kind=found.kind,
        original=data,
        document=document,
        facts=facts,
        rows=index_rows(document_id, source.name, document, found),
        tool_version=tool_version,
    )
    return Prepared(revision, time.monotonic() - started, document.warnings)
