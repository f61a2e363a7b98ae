"""A consistent reading view: graph, texts, registry and index of one moment."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from kb.cache import FOLDER
from kb.errors import ConflictError, NotFoundError
from kb.ids import derived_graph_iri, graph_iri
from kb.lists import ListVersion, list_versions
from kb.long_text import LongText
from kb.model import Document, Kind
from kb.records import DerivedRecord, DocumentRecord
from kb.registry import Registry
from kb.registry_rows import stamp
from kb.search import SearchIndex
from kb.store import EvidenceStore, Parameter, Row
from kb.text import TextStore, unpack_document, unpack_text
from kb.views import View

if TYPE_CHECKING:
    import rdflib

_LOAD_BYTES: Final = 16 << 20
"""Facts loaded into memory at a time: enough to be fast, little beside what the graph itself takes."""


class Snapshot:
    """What was stored at one moment; it does not change while it is held, and it holds nobody up.

    Use it as a context manager, or drop it; several snapshots of the same moment share their files.

    Attributes:
        sequence: number of the last batch it contains; None for a moment in the past.
        known_at: the moment in the past, None for the current state.
        graph: the facts, for queries beyond ``query``.
    """

    def __init__(
        self,
        registry: Registry,
        texts: TextStore,
        graph: EvidenceStore,
        *,
        view: View | None = None,
        sequence: int | None = None,
        known_at: datetime | None = None,
        release: Callable[[], None] | None = None,
    ) -> None:
        """Use ``KnowledgeBase.snapshot``."""
        self._registry = registry
        self._texts = texts
        self._view = view
        self._release = None if release is None else weakref.finalize(self, release)
        if self._release is not None:
            self._release.atexit = False
        self._moment = None if known_at is None else stamp(known_at)
        self.graph: Final = graph
        self.sequence: Final = sequence
        self.known_at: Final = known_at

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say that the snapshot is no longer needed; calling it twice does nothing."""
        self._view = None
        if self._release is not None:
            self._release()

    @property
    def graph_path(self) -> Path | None:
        """Directory of the published graph; None for a moment in the past, which is in memory only."""
        return None if self._view is None else self._view.path / "graph"

    @property
    def cache(self) -> Path | None:
        """Folder for what is made of this state and can be made again (``kb.cache``); None for a moment in the past."""
        return None if self._view is None else self._view.path.parent.parent / FOLDER

    # --- facts ---------------------------------------------------------------------------------------------------

    def query(
        self,
        sparql: str,
        *,
        bind: Mapping[str, Parameter] | None = None,
        values: Mapping[str | tuple[str, ...], Iterable[Parameter | Sequence[Parameter]]] | None = None,
        union: bool = True,
    ) -> list[Row]:
        """Return the solutions of a trusted SELECT query as tuples of strings and None; see ``EvidenceStore.rows``."""
        return self.graph.rows(sparql, bind=bind, values=values, union=union)

    def select(self, sparql: str) -> list[Row]:
        """Return the solutions of a trusted SELECT query as tuples; what ``kb.facts`` reads with."""
        return self.graph.rows(sparql)

    def rows(self, sparql: str) -> list[dict[str, str | None]]:
        """Return the solutions of a trusted SELECT query as dictionaries by variable; what rules read with."""
        return self.graph.records(sparql)

    def facts(self, document: str) -> str:
        """Return a document's facts as N-Triples, as they were written.

        Raises:
            NotFoundError: no such document.
        """
        return self._texts.get("facts", self.document(document).facts).decode()

    def facts_graph(self, document: str) -> rdflib.Graph:
        """Return a document's facts as an rdflib graph of their own (for shapes; changing it changes nothing)."""
        import rdflib

        return rdflib.Graph().parse(data=self.facts(document), format="nt")

    def derived(self) -> list[DerivedRecord]:
        """Return the derived graphs."""
        return self._registry.derived(sequence=self.sequence, moment=self._moment)

    def derived_facts(self, name: str) -> str:
        """Return the facts of a derived graph as N-Triples; "" when there is none of this name."""
        for record in self.derived():
            if record.name == name:
                return self._texts.get("facts", record.facts).decode()
        return ""

    # --- documents -----------------------------------------------------------------------------------------------

    def documents(self, kind: Kind | None = None) -> list[DocumentRecord]:
        """Return the documents, in the order in which they were stored."""
        return self._registry.documents(sequence=self.sequence, moment=self._moment, kind=kind)

    def document(self, document: str) -> DocumentRecord:
        """Return what the registry says about one document.

        Raises:
            NotFoundError: it is not stored at this moment.
        """
        found = self._registry.documents(sequence=self.sequence, moment=self._moment, id=document)
        if not found:
            raise NotFoundError(f"no document {document!r} is stored.", code="no-document", place=document)
        return found[0]

    def text(self, document: str) -> str:
        """Return a document's text; evidence offsets point into it."""
        return unpack_text(self._texts.get("text", self.document(document).text))

    def document_model(self, document: str) -> Document:
        """Return a document as its reader made it, with layout, metadata and warnings."""
        return unpack_document(self._texts.get("text", self.document(document).text))

    def original(self, document: str) -> bytes:
        """Return the bytes a document was read from."""
        return self._texts.get("original", self.document(document).original)

    def list_versions(self) -> list[ListVersion]:
        """Return every load of every watch list that was ever stored, also those that were superseded since."""
        return list_versions(self._registry, self._texts, kind=Kind.WATCHLIST)

    def version_facts(self, version: ListVersion) -> Iterator[bytes]:
        """Yield the facts of a load of a list in portions that end with a line feed, whether it is still held or not.

        Raises:
            StoreDamagedError: the stored file is missing or damaged.
        """
        return self._texts.portions("facts", version.facts)

    # --- search --------------------------------------------------------------------------------------------------

    @property
    def index(self) -> SearchIndex:
        """The search index of the same moment.

        Raises:
            ConflictError: the snapshot is of the past, which is not indexed, or it has been closed.
        """
        if self._view is None:
            raise ConflictError(
                "the search index shows the current state only.",
                code="no-index",
                remedy="Search without --known-at, or query the facts.",
            )
        return self._view.index


def past(registry: Registry, texts: TextStore, moment: datetime) -> EvidenceStore:
    """Return the facts that were current at ``moment``, in memory.

    Raises:
        QueryError: the time has no zone.
        StoreDamagedError: a stored fact file is missing or damaged.
    """
    when = stamp(moment)
    wanted = [(graph_iri(record.id), record.facts) for record in registry.documents(moment=when)]
    wanted += [(derived_graph_iri(record.name), record.facts) for record in registry.derived(moment=when)]
    store = EvidenceStore.memory()
    waiting: list[tuple[str, str | LongText]] = []
    size = 0
    for graph, digest in wanted:
        facts = texts.facts(digest)
        waiting.append((graph, facts))
        size += len(facts) if isinstance(facts, str) else facts.packed_size
        if size >= _LOAD_BYTES:
            store.apply(drop=(), add=waiting)
            waiting, size = [], 0
    store.apply(drop=(), add=waiting)
    return store
