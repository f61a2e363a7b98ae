"""Writing graphs: facts into the engine in portions, and graphs out of it the cheapest way.

Facts that are short are joined, so that a batch of documents is one bulk load; long ones (``kb.long_text``) go in
portion by portion. Measured on 2.6 million facts of a list (``kb.store`` says why bulk loading at all): 32 s of
processor time and 1,450 MB more memory in one piece, 34 s and 370 MB in portions of 32 MiB.

Removing is dear: 29 µs a fact, and a kilobyte of memory a fact within one transaction, while writing a fact anew costs
13 µs. A large graph is therefore removed in portions, and where less stays than goes, a new store is made of what
stays. Neither is atomic; see ``kb.base`` for what makes a batch so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import pyoxigraph as ox

from kb.errors import RecordError
from kb.long_text import LongText
from kb.settings import MIB

PORTION_BYTES: Final = 32 * MIB
"""Facts the engine sorts at a time: some 260,000, 370 MB while it does."""
LARGE_GRAPH: Final = 50_000
"""Facts from which a graph is not removed in one transaction."""
REMOVE_COST: Final = 29e-6
"""Seconds of processor to remove a fact from a store on disk."""
COPY_COST: Final = 13e-6
"""Seconds of processor to read a fact out of one store and load it into another."""
_AT_ONCE: Final = 20_000

_BLANK_NODE: Final = re.compile(r"(?m)^_:| _:[^ \"<>]+ \.$")
_BLANK_NODE_BYTES: Final = re.compile(_BLANK_NODE.pattern.encode())


def to_quads(graph: str, facts: str) -> str:
    """Return canonical N-Triples ``facts`` as N-Quads of ``graph``.

    Raises:
        RecordError: a line does not end in " .", or a blank node is used (its name would not survive a reload, so
            nothing could point at it and no two stores could be compared).
    """
    if not facts:
        return ""
    if not facts.endswith(" .\n") or facts.count(" .\n") != facts.count("\n"):
        raise _not_canonical()
    if _BLANK_NODE.search(facts) is not None:
        raise _blank_node()
    return facts.replace(" .\n", f" <{ox.NamedNode(graph).value}> .\n")


def load_graphs(store: ox.Store, add: Iterable[tuple[str, str | LongText]]) -> None:
    """Load facts into their graphs.

    Args:
        store: the engine.
        add: (graph IRI, facts) with facts as ``kb.triples.TripleWriter`` writes them.

    Raises:
        RecordError: facts are not canonical N-Triples or hold a blank node; others may be loaded already.
        SyntaxError: likewise, found by the engine.
        StoreDamagedError: packed facts are damaged.
        OSError: the disk is full or fails.
    """
    waiting: list[str] = []
    size = 0
    for graph, facts in add:
        if isinstance(facts, LongText):
            for portion in facts.portions(PORTION_BYTES):
                store.bulk_load(_canonical(portion), ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(graph))
            continue
        waiting.append(to_quads(graph, facts))
        size += len(waiting[-1])
        if size >= 2 * PORTION_BYTES:
            _load_quads(store, waiting)
            waiting, size = [], 0
    _load_quads(store, waiting)


def _load_quads(store: ox.Store, quads: Sequence[str]) -> None:
    text = "".join(quads)
    if text:
        store.bulk_load(text.encode(), ox.RdfFormat.N_QUADS)


def _canonical(portion: bytes) -> bytes:
    if not portion.endswith(b" .\n") or portion.count(b" .\n") != portion.count(b"\n"):
        raise _not_canonical()
    if _BLANK_NODE_BYTES.search(portion) is not None:
        raise _blank_node()
    return portion


def _not_canonical() -> RecordError:
    return RecordError("facts are not canonical N-Triples: a line does not end in ' .'.", code="bad-facts")


def _blank_node() -> RecordError:
    return RecordError("facts must name every node; they hold a blank node.", code="bad-facts")


def remove_in_portions(store: ox.Store, graph: str) -> None:
    """Remove a large graph in several transactions, which bounds the memory it takes.

    Raises:
        OSError: the disk is full or fails; part of the graph may be gone.
    """
    node = ox.NamedNode(graph)
    # The iterator sees the graph as it was when it began, whatever is removed meanwhile.
    quads = store.quads_for_pattern(None, None, None, node)
    while some := list(islice(quads, _AT_ONCE)):
        gone = "\n".join(f"{quad.subject} {quad.predicate} {quad.object} ." for quad in some)
        store.update(f"DELETE DATA {{ GRAPH {node} {{\n{gone}\n}} }}")
    store.remove_graph(node)


def is_copying_cheaper(dropped: int, kept: int) -> bool:
    """Return whether a new store made of the facts that stay costs less than removing those that go.

    Args:
        dropped: facts that go.
        kept: facts that stay.
    """
    return dropped >= LARGE_GRAPH and kept * COPY_COST < dropped * REMOVE_COST


def copy_graphs(source: ox.Store, target: ox.Store, drop: Collection[str]) -> None:
    """Load every graph of one store into another, but those in ``drop``; a portion at a time.

    Raises:
        OSError: the disk is full or fails.
    """
    for portion in _quads_but(source, drop):
        target.bulk_load(portion, ox.RdfFormat.N_QUADS)


def _quads_but(source: ox.Store, drop: Collection[str]) -> Iterator[bytes]:
    """Yield the quads of all graphs but some, as N-Quads in portions."""
    waiting: list[bytes] = []
    size = 0
    for graph in source.named_graphs():
        if graph.value in drop:
            continue
        quads = source.quads_for_pattern(None, None, None, graph)
        while some := list(islice(quads, _AT_ONCE)):
            text = ox.serialize(some, format=ox.RdfFormat.N_QUADS) or b""
            waiting.append(text)
            size += len(text)
            if size >= PORTION_BYTES:
                yield b"".join(waiting)
                waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
