"""Is a document's graph well formed? SHACL core constraints on the graph of one document, never over the whole store.

pySHACL takes about 30 ms per 1,000 triples, as much as all else in an ingest. Every document is therefore checked
on a sample that holds a few nodes of every class (about 15 ms); ``duegraph verify --shapes`` checks graphs whole.
Facts are written by one mapper, so a fault shows in any node of a class; a value that is wrong in one record only (an
empty name) is refused by its reader, and found by the whole check.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from ontology import load_shapes

if TYPE_CHECKING:
    import rdflib

SAMPLE = 3
"""Nodes of each class in a sample."""

_LINE = re.compile(r"<([^>]*)> <([^>]*)> (.*) \.")
_LINK = re.compile(r"<([^>]*)>")


@cache
def _shapes() -> rdflib.Graph:
    return load_shapes()


def violations(facts: str, *, whole: bool = False) -> list[str]:
    """Return what is not well formed in a document's facts, one sentence each; none when it conforms.

    Args:
        facts: N-Triples as ``kb.triples.TripleWriter`` writes them.
        whole: check every node instead of a sample.
    """
    import pyshacl
    import rdflib

    text = facts if whole else sample(facts)
    graph = rdflib.Graph().parse(data=text, format="nt")
    conforms, report, _ = pyshacl.validate(graph, shacl_graph=_shapes(), inference="none", advanced=False)
    return [] if conforms else sorted(_sentences(report))


def _sentences(report: Any) -> set[str]:
    from rdflib import SH

    found = set()
    for result in report.subjects(predicate=SH.resultSeverity):
        focus = report.value(result, SH.focusNode)
        messages = [m for m in report.objects(result, SH.resultMessage) if getattr(m, "language", None) in (None, "en")]
        found.add(f"{focus}: {messages[0] if messages else 'does not conform'}")
    return found


def sample(facts: str) -> str:
    """Return the facts about a few nodes of every kind, with what those point to, and no link to what is left out."""
    nodes: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for line in facts.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None:
            nodes[match[1]].append((match[2], match[3], line))
    kinds: dict[frozenset[str], int] = defaultdict(int)
    chosen: set[str] = set()
    for node, triples in nodes.items():
        kind = frozenset(value for predicate, value, _ in triples if predicate.endswith("#type"))
        kinds[kind] += 1
        if kinds[kind] <= SAMPLE:
            chosen.add(node)
    waiting = list(chosen)
    while waiting:
        links = [_LINK.fullmatch(value) for _, value, _ in nodes[waiting.pop()]]
        targets = [link[1] for link in links if link is not None and link[1] in nodes]
        if len(targets) > SAMPLE * 4:
            continue  # a document or contract lists all its parts; those that matter are chosen by their kind
        waiting += [target for target in targets if target not in chosen]
        chosen.update(targets)
    return "\n".join(
        line
        for node in nodes
        if node in chosen
        for _, value, line in nodes[node]
        if (link := _LINK.fullmatch(value)) is None or link[1] not in nodes or link[1] in chosen
    )
