"""Shared pieces of reading facts back: queries over any number of graphs, spans and notations from IRIs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

from kb import ids
from kb.model import Span
from ontology import concepts

Row = Sequence[str | None]
Select = Callable[[str], Iterable[Row]]
"""Runs a SELECT over the evidence graph and yields its rows as strings (IRIs bare, literals by their lexical form)."""

_SPAN = re.compile(r"#s(\d+)-(\d+)$")
_NUMBERED = re.compile(r"(\d+)$")


def span_of(iri: str | None) -> Span:
    """Return the span a span IRI stands for."""
    match = _SPAN.search(iri or "")
    if match is None:
        raise ValueError(f"not a span IRI: {iri}")
    return Span(int(match[1]), int(match[2]))


@lru_cache(maxsize=32)
def notations(scheme: str) -> dict[str, str]:
    """Return the notations of a concept scheme by IRI."""
    return {str(c.iri): c.notation for c in concepts(scheme)}


FEW_GRAPHS = 32
"""Up to so many graphs are named one by one in a query: its text stays short, and each costs only what it holds."""


def query(variables: str, pattern: str, graphs: Collection[str] | None) -> str:
    """Return a SELECT over every named graph, or over ``graphs`` (IRIs) alone.

    The pattern must not use ``?g``, which is the graph.
    """
    if graphs is not None and 0 < len(graphs) <= FEW_GRAPHS:
        # The engine looks through the whole store for a graph given by VALUES: 65 times longer for one contract of 200.
        parts = " UNION ".join(f"{{ GRAPH <{g}> {{ {pattern} }} BIND(<{g}> AS ?g) }}" for g in graphs)
        return f"SELECT {variables} WHERE {{ {parts} }}"
    only = f"VALUES ?g {{ {' '.join(f'<{g}>' for g in graphs)} }}" if graphs is not None else ""
    return f"SELECT {variables} WHERE {{ {only} GRAPH ?g {{ {pattern} }} }}"


def optional(node: str, *pairs: tuple[str, str]) -> str:
    """Return one OPTIONAL per (predicate, variable) of a node."""
    return " ".join(f"OPTIONAL {{ {node} <{predicate}> {variable} }}" for predicate, variable in pairs)


def document_of(iri: str | None) -> str:
    """Return the id of the document an IRI names or lies in."""
    return ids.unquote_id((iri or "").removeprefix(f"{ids.URN}document:").split("#", 1)[0])


def index_of(iri: str) -> int:
    """Return the number an IRI ends in, which keeps reading order; 0 when it has none."""
    match = _NUMBERED.search(iri)
    return int(match[1]) if match is not None else 0


def graphs_of(documents: Collection[str] | None) -> list[str] | None:
    """Return the graphs of documents, or None for every graph."""
    return [ids.graph_iri(d) for d in documents] if documents is not None else None
