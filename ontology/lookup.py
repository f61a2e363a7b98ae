"""What a term means: the lookup behind the vocabulary browser and ``duegraph`` help, in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from ontology import files
from ontology.errors import TermNotFoundError

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_CLOSE: Final = 0.6  # difflib's own default
_SUGGESTIONS: Final = 5

# Names of rdf:type objects in the order in which they decide the kind.
_KINDS: Final = (
    ("ConceptScheme", "scheme"),
    ("Concept", "concept"),
    ("Ontology", "ontology"),
    ("Class", "class"),
    ("Datatype", "datatype"),
    ("ObjectProperty", "property"),
    ("DatatypeProperty", "property"),
    ("Property", "property"),
)


@dataclass(frozen=True, slots=True)
class TermReference:
    """A term that another term points to.

    Attributes:
        iri: full IRI.
        curie: short form where the ontology has a prefix for it ("due:Finding"), else the IRI.
        labels: label by language; empty for terms the ontology does not label.
    """

    iri: str
    curie: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TermDescription:
    """All the ontology says about one term.

    Attributes:
        iri: full IRI.
        curie: short form, or ``<scheme>:<notation>`` for concepts.
        kind: "class", "property", "individual", "datatype", "concept", "scheme" or "ontology".
        labels: label by language, "en" and "zh".
        alt_labels: other names by language.
        definition: comment or definition by language.
        notation: of a concept, else None.
        broader: super-classes, super-properties or broader concepts.
        narrower: sub-classes, sub-properties, narrower concepts, or the top concepts of a scheme.
        domain: what a property is said of.
        range: what a property points to.
        matches: terms of other vocabularies that mean the same or nearly the same.
        usage: properties whose domain or range the term is, or that take concepts of it.
        defined_in: IRI of the ontology, scheme or foreign vocabulary that defines it.
        file: file of this package that states it.
        also: further terms that bear the name that was asked for.
    """

    iri: str
    curie: str
    kind: str
    labels: Mapping[str, str]
    alt_labels: Mapping[str, tuple[str, ...]]
    definition: Mapping[str, str]
    notation: str | None
    broader: tuple[TermReference, ...]
    narrower: tuple[TermReference, ...]
    domain: tuple[TermReference, ...]
    range: tuple[TermReference, ...]
    matches: tuple[TermReference, ...]
    usage: tuple[TermReference, ...]
    defined_in: str
    file: str
    also: tuple[TermReference, ...]


def describe(term: str) -> TermDescription:
    """Return what the ontology says about a term.

    Args:
        term: an IRI, a short form ("due:Finding", "event-types:insolvency"), a local name, a notation, or a label in
            English or Chinese. Case does not matter. Where several terms bear a name, Duegraph's own comes first, and
            the others are in ``also``.

    Raises:
        TermNotFoundError: nothing bears this name; its ``suggestions`` are near misses.
        OntologyError: the ontology cannot be read.
    """
    lexicon = _lexicon()
    asked = term.strip().casefold()
    found = lexicon.names.get(asked, ())
    if not found:
        near = get_close_matches(asked, lexicon.names, n=_SUGGESTIONS, cutoff=_CLOSE)
        shown = dict.fromkeys(lexicon.shown[name] for name in near)
        raise TermNotFoundError(term.strip(), place="ontology", suggestions=tuple(shown))
    # "due:attribute" and "due:Attribute" differ only in case: what was asked letter for letter comes first.
    exact = term.strip()
    best = sorted(found, key=lambda iri: exact not in {iri, _curie(lexicon.graph, iri), _local(iri)})
    return _Describer(lexicon).describe(best[0], best[1:])


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The ontology with every name a term goes by, best bearer first."""

    graph: Graph
    files: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    shown: Mapping[str, str]


@cache
def _lexicon() -> _Lexicon:
    from rdflib import RDF, RDFS, SKOS, URIRef

    graph = files.load()
    stated: dict[str, str] = {}
    for name in files.ONTOLOGY_FILES:
        for subject in files.parse(name).subjects(RDF.type):
            stated.setdefault(str(subject), f"ontology/{name}")
    ranked: dict[str, list[tuple[int, str]]] = {}
    shown: dict[str, str] = {}

    def add(name: str, rank: int, iri: str) -> None:
        ranked.setdefault(name.casefold(), []).append((rank, iri))
        shown.setdefault(name.casefold(), name)

    for iri in stated:
        node = URIRef(iri)
        foreign = 0 if iri.startswith(files.NAMESPACE) else 1 if iri.startswith(files.VOCABULARY_BASE) else 2
        add(iri, 0, iri)
        add(_curie(graph, iri), 10 + foreign, iri)
        add(_local(iri), 20 + foreign, iri)
        for rank, predicate in ((30, SKOS.notation), (40, RDFS.label), (40, SKOS.prefLabel), (50, SKOS.altLabel)):
            for text in graph.objects(node, predicate):
                add(str(text), rank + foreign, iri)
    names = {name: tuple(dict.fromkeys(iri for _, iri in sorted(bearers))) for name, bearers in ranked.items()}
    return _Lexicon(graph, MappingProxyType(stated), MappingProxyType(names), MappingProxyType(shown))


_Follow: TypeAlias = "Callable[..., list[str]]"


class _Describer:
    """Reads one term out of the graph."""

    def __init__(self, lexicon: _Lexicon) -> None:
        self._lexicon = lexicon
        self._graph = lexicon.graph

    def describe(self, iri: str, others: Iterable[str]) -> TermDescription:
        from rdflib import OWL, RDFS, SKOS, URIRef

        graph, node = self._graph, URIRef(iri)
        up, down = self._objects(node), self._subjects(node)
        notation = graph.value(node, SKOS.notation)
        usage = [*down(RDFS.domain), *down(RDFS.range)]
        home = graph.value(node, RDFS.isDefinedBy) or graph.value(node, SKOS.inScheme) or node
        return TermDescription(
            iri=iri,
            curie=_curie(graph, iri),
            kind=self._kind(node),
            labels=self._labels(node),
            alt_labels=self._alternatives(node),
            definition=self._texts(node, RDFS.comment) or self._texts(node, SKOS.definition),
            notation=None if notation is None else str(notation),
            broader=self._references(up(RDFS.subClassOf, RDFS.subPropertyOf, SKOS.broader)),
            narrower=self._references(down(RDFS.subClassOf, RDFS.subPropertyOf, SKOS.broader, SKOS.topConceptOf)),
            domain=self._references(up(RDFS.domain)),
            range=self._references(up(RDFS.range)),
            matches=self._references(up(SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, OWL.sameAs)),
            usage=self._references(usage),
            defined_in=str(home),
            file=self._lexicon.files[iri],
            also=self._references(others, ordered=True),
        )

    def _objects(self, node: Node) -> _Follow:
        return lambda *predicates: [str(each) for one in predicates for each in self._graph.objects(node, one)]

    def _subjects(self, node: Node) -> _Follow:
        return lambda *predicates: [str(each) for one in predicates for each in self._graph.subjects(one, node)]

    def _kind(self, node: Node) -> str:
        from rdflib import RDF

        types = {_local(str(each)) for each in self._graph.objects(node, RDF.type)}
        for name, kind in _KINDS:
            if name in types:
                return kind
        return "individual"

    def _labels(self, node: Node) -> Mapping[str, str]:
        from rdflib import RDFS, SKOS

        return self._texts(node, SKOS.prefLabel) or self._texts(node, RDFS.label)

    def _texts(self, node: Node, predicate: Node) -> Mapping[str, str]:
        found = {str(getattr(text, "language", "")): str(text) for text in self._graph.objects(node, predicate)}
        return dict(sorted(found.items()))

    def _alternatives(self, node: Node) -> Mapping[str, tuple[str, ...]]:
        from rdflib import SKOS

        found: dict[str, list[str]] = {}
        for text in self._graph.objects(node, SKOS.altLabel):
            found.setdefault(str(getattr(text, "language", "")), []).append(str(text))
        return {language: tuple(sorted(texts)) for language, texts in sorted(found.items())}

    def _references(self, iris: Iterable[str], *, ordered: bool = False) -> tuple[TermReference, ...]:
        from rdflib import URIRef

        wanted = list(dict.fromkeys(iris))
        made = (TermReference(iri, _curie(self._graph, iri), self._labels(URIRef(iri))) for iri in wanted)
        return tuple(made) if ordered else tuple(sorted(made, key=lambda each: each.curie))


def _curie(graph: Graph, iri: str) -> str:
    """Return the short form of an IRI; concepts are ``<scheme>:<slug>``."""
    if iri.startswith(files.VOCABULARY_BASE):
        return iri[len(files.VOCABULARY_BASE) :].replace("#", ":")
    for prefix, namespace in graph.namespaces():
        if iri.startswith(namespace) and "/" not in iri[len(namespace) :] and len(iri) > len(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def _local(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
