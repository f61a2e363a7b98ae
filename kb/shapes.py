"""Are documents' graphs well formed? SHACL core constraints on the graphs of documents, never over the whole store.

pySHACL takes 20 ms to read the shapes and 30 ms per 1,000 triples, as much as all else in an ingest. Every document is
therefore checked on a sample that holds one node of every class it has, and only when the sample has a node of a form
(class, properties, what kind of value each has) that was not found well formed before: of a long job, the first
documents. ``duegraph verify --shapes`` checks graphs whole. Facts are written by one mapper, so a fault shows in any
node of a class; a value that is wrong in one record only is refused by its reader, and found by the whole check.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from kb.long_text import LongText
from kb.shapes_sample import LINK, TRIPLE, TYPE, sampled
from ontology import load_shapes
from ontology import terms as t

if TYPE_CHECKING:
    import rdflib

_MOST_FORMS: Final = 50_000
"""Forms remembered before all are forgotten: some megabytes."""
_LONG: Final = 24
"""Characters from which a text is free text, whose form says nothing."""
_SIGNS: Final = ((re.compile(r"[0-9]+"), "0"), (re.compile(r"[a-z]+"), "a"), (re.compile(r"[A-Z]+"), "A"))
_OTHER_LETTERS: Final = re.compile(r"[^\x00-\x7f]+")
_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(.*)', re.DOTALL)
_NUMBERS: Final = frozenset({t.XSD_decimal, t.XSD_integer})

_conforming: set[tuple[str, ...]] = set()


@cache
def _shapes() -> rdflib.Graph:
    return load_shapes()


def violations(facts: str) -> list[str]:
    """Return what is not well formed in a document's facts, one sentence each; none when they conform.

    Args:
        facts: N-Triples as ``kb.triples.TripleWriter`` writes them.
    """
    return sorted(message for _, message in _validate(facts))


def sampled_violations(batch: Mapping[str, str | LongText]) -> dict[str, list[str]]:
    """Return what is not well formed in samples of several documents' facts, by document; conforming ones are absent.

    Args:
        batch: document id -> facts as N-Triples, packed where they are long.
    """
    samples: dict[str, str] = {}
    forms: dict[str, set[tuple[str, ...]]] = {}
    for document, facts in batch.items():
        nodes = sampled(facts)
        found = _forms(nodes)
        if not found <= _conforming:
            samples[document], forms[document] = _text(nodes), found
    broken: dict[str, list[str]] = defaultdict(list)
    for focus, message in sorted(_validate("".join(samples.values()))) if samples else ():
        for document, text in samples.items():
            if f"<{focus}>" in text:
                broken[document].append(message)
    if len(_conforming) > _MOST_FORMS:
        _conforming.clear()
    for document, found in forms.items():
        if document not in broken:
            _conforming.update(found)
    return dict(broken)


def _forms(nodes: Mapping[str, Sequence[str]]) -> set[tuple[str, ...]]:
    """Return the forms of sampled nodes: what a shape can see of them, without their names and free texts."""
    kinds = {
        node: " ".join(sorted(line.partition(TYPE)[2] for line in lines if TYPE in line))
        for node, lines in nodes.items()
    }
    forms = set()
    for lines in nodes.values():
        seen: Counter[str] = Counter()
        for line in lines:
            triple = TRIPLE.fullmatch(line)
            if triple is None:
                continue
            linked = LINK.fullmatch(triple[3])
            value = _form_of_literal(triple[3]) if linked is None else kinds.get(linked[1], _place_of(linked[1]))
            seen[f"{triple[2]} {value}"] += 1
        forms.add(tuple(sorted(f"{what} {min(number, 2)}" for what, number in seen.items())))
    return forms


def _place_of(iri: str) -> str:
    """Return a concept's or term's IRI as it is, and of a data IRI its kind only."""
    return ":".join(iri.split(":", 3)[:3]) if iri.startswith("urn:") else iri


def _form_of_literal(literal: str) -> str:
    """Return what a shape can see of a literal: its datatype, and of a short one what signs it is made of."""
    match = _LITERAL.fullmatch(literal)
    if match is None:
        return literal
    value, datatype = match[1], match[2]
    if datatype.removeprefix("^^<").removesuffix(">") in _NUMBERS:
        return f"{_size(value)} {datatype}"
    if len(value) > _LONG:
        return f"long {datatype}"
    for pattern, sign in _SIGNS:
        value = pattern.sub(sign, value)
    return f"{_OTHER_LETTERS.sub('x', value)} {datatype}"


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


def _size(number: str) -> str:
    """Return on which side of the bounds that shapes set a number lies."""
    try:
        value = float(number)
    except ValueError:
        return number
    return "<0" if value < 0 else "0-1" if value <= 1 else ">1"


def sample(facts: str | LongText) -> str:
    """Return the facts about one node of every class, with what those point to, and no link to what is left out."""
    return _text(sampled(facts))


def _text(nodes: Mapping[str, Sequence[str]]) -> str:
    return "".join(f"{line}\n" for lines in nodes.values() for line in lines)
