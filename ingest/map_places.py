"""Where in a document something stands → facts.

Every node read from the text is an ``oa:SpecificResource`` of its document with one selector, whose IRI ends in
``#s<start>-<end>``. It is at once a text position and (except for clauses, provisions and norms, whose words stay in
the text store) a text quote, so that evidence survives a new extraction of the same words. The selector of a row of a
list or register is a ``due:RowSelector``: a position alone, because lists have so many rows and every load is kept
word for word.
"""

from __future__ import annotations

import hashlib

from kb import ids
from kb.model import Span
from kb.triples import TripleWriter
from ontology import terms as t


class DocumentPlaces:
    """Ties nodes of one document to their words; each selector is described once.

    Attributes:
        iri: of the document.
        text: of the document.
    """

    def __init__(self, out: TripleWriter, document_id: str, text: str) -> None:
        """Write to ``out`` about the document of this id and text."""
        self.id = document_id
        self.iri = ids.document_iri(document_id)
        self.text = text
        self._out = out
        self._spans: set[tuple[int, int, bool]] = set()
        self._rows: set[tuple[int, int]] = set()

    def place(self, node: str, start: int, end: int, *, quote: bool = True) -> None:
        """Tie a node to its words; without ``quote`` only their hash is stated."""
        out = self._out
        selector = self._selected(node, start, end)
        if (start, end, quote) in self._spans:
            return
        self._spans.add((start, end, quote))
        if (start, end, not quote) not in self._spans:
            out.type(selector, t.OA_TextPositionSelector)
            out.integer(selector, t.OA_start, start)
            out.integer(selector, t.OA_end, end)
        words = self.text[start:end]
        if quote:
            out.type(selector, t.OA_TextQuoteSelector)
            out.text(selector, t.OA_exact, words)
        else:
            out.text(selector, t.DUE_textHash, hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest())

    def row(self, node: str, start: int, end: int) -> None:
        """Tie a node to the row of a list or register that states it."""
        out = self._out
        selector = self._selected(node, start, end)
        if (start, end) not in self._rows:
            self._rows.add((start, end))
            out.type(selector, t.DUE_RowSelector)
            out.integer(selector, t.OA_start, start)
            out.integer(selector, t.OA_end, end)

    def words(self, name: str, start: int, end: int) -> str:
        """Return a node for words that have no other node, such as a role label."""
        node = f"{self.iri}#{name}"
        self._out.type(node, t.OA_SpecificResource)
        self.place(node, start, end)
        return node

    def _selected(self, node: str, start: int, end: int) -> str:
        selector = ids.span_iri(self.id, start, end)
        self._out.iri(node, t.OA_hasSource, self.iri)
        self._out.iri(node, t.OA_hasSelector, selector)
        return selector


def ends_of(span: Span | None) -> tuple[int, int]:
    """Return start and end of a place, -1 for none."""
    return (-1, -1) if span is None else (span.start, span.end)
