"""Are documents' graphs well formed? SHACL core constraints on the graphs of documents, never over the whole store.

pySHACL takes 20 ms to read the shapes and 30 ms per 1,000 triples, as much as all else in an ingest. Every document is
therefore checked on a sample that holds one node of every class it has, and a batch is checked in one go (about 10 ms
per document); ``duegraph verify --shapes`` checks graphs whole. Facts are written by one mapper, so a fault shows in
any node of a class; a value that is wrong in one record only (an empty name) is refused by its reader, and found by
the whole check.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from ontology import load_shapes
from ontology import terms as t

if TYPE_CHECKING:
    import rdflib

_TYPED = re.compile(rf"^<([^>\n]*)> <{re.escape(t.RDF_type)}> <([^>\n]*)> \.$", re.MULTILINE)
_TRIPLE = re.compile(r"<([^>]*)> <([^>]*)> (.*) \.")
_LINK = re.compile(r"<([^>]*)>")


@cache
def _shapes() -> rdflib.Graph:
    return load_shapes()


def violations(facts: str) -> list[str]:
    """Return what is not well formed in a document's facts, one sentence each; none when they conform.

    Args:
        facts: N-Triples as ``kb.triples.TripleWriter`` writes them.
    """
    return sorted(message for _, message in _validate(facts))


def sampled_violations(batch: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what is not well formed in samples of several documents' facts, by document; conforming ones are absent.

    Args:
        batch: document id -> facts as N-Triples.
    """
    samples = {document: sample(facts) for document, facts in batch.items()}
    found: dict[str, list[str]] = defaultdict(list)
    for focus, message in sorted(_validate("".join(samples.values()))):
        for document, text in samples.items():
            if f"<{focus}>" in text:
                found[document].append(message)
    return dict(found)


def _validate(text: str) -> Iterator[tuple[str, str]]:
    """Yield (focus node, sentence) of every violation."""
    import pyshacl
    import rdflib
    from rdflib import SH

    graph = rdflib.Graph().parse(data=text, format="nt")
    conforms, report, _ = pyshacl.validate(graph, shacl_graph=_shapes(), inference="none", advanced=False)
    if conforms or not isinstance(report, rdflib.Graph):
        return
    for result in set(report.subjects(predicate=SH.resultSeverity)):
        focus = str(report.value(result, SH.focusNode))
        messages = [
            str(m)
            for m in report.objects(result, SH.resultMessage)
            if isinstance(m, rdflib.Literal) and m.language in (None, "en")
        ]
        yield focus, f"{focus}: {min(messages, default='does not conform')}"


def sample(facts: str) -> str:
    """Return the facts about one node of every class, with what those point to, and no link to what is left out."""
    first: dict[str, str] = {}
    typed: set[str] = set()
    for match in _TYPED.finditer(facts):
        typed.add(match[1])
        first.setdefault(match[2], match[1])
    lines: dict[str, list[str]] = {}
    waiting = list(dict.fromkeys(first.values()))
    while waiting:
        node = waiting.pop()
        if node in lines:
            continue
        lines[node] = list(_lines_of(node, facts))
        links = [link[1] for line in lines[node] if (link := _object(line)) is not None]
        if "#" in node or len(links) <= _MANY:  # a document lists all its parts; those that matter are chosen by class
            waiting += [target for target in links if target not in lines and f"\n<{target}> " in facts]
    known = typed | set(lines)
    return "".join(
        f"{line}\n"
        for node_lines in lines.values()
        for line in node_lines
        if (link := _object(line)) is None or link[1] in lines or link[1] not in known
    )


_MANY = 16
"""Links of a document beyond which they are not followed."""


def _object(line: str) -> re.Match[str] | None:
    """Return the IRI a line's triple points to, as a match; None for a type or a literal."""
    triple = _TRIPLE.fullmatch(line)
    if triple is None or triple[2] == t.RDF_type:
        return None
    return _LINK.fullmatch(triple[3])


def _lines_of(node: str, facts: str) -> Iterator[str]:
    start = 0 if facts.startswith(f"<{node}> ") else facts.find(f"\n<{node}> ") + 1
    while start > 0 or (start == 0 and facts.startswith(f"<{node}> ")):
        end = facts.find("\n", start)
        yield facts[start : end if end >= 0 else len(facts)]
        start = facts.find(f"\n<{node}> ", max(end, start)) + 1
        if start == 0:
            return
