"""Concepts: the closed vocabularies of Duegraph, read from the SKOS files in ``ontology/vocab``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ontology import files
from ontology.errors import OntologyError, TermNotFoundError

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

LANGUAGES: Final = ("en", "zh")
"""Every term has exactly one label in each of these."""

_CLOSE: Final = 0.6  # difflib's own default: lower values suggest words that share hardly a letter


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept of a scheme.

    Attributes:
        iri: ``https://w3id.org/duegraph/vocab/<scheme>#<slug>``.
        notation: the string that programs and files use ("Governing Law", "insolvency", "high").
        labels: preferred label by language, "en" and "zh".
        alt_labels: other names by language.
        definition: one sentence by language.
        broader: notation of the broader concept in the same scheme, or None for a top concept.
        exact_match: IRIs of concepts elsewhere that mean the same.
        scheme: name of the scheme.
    """

    iri: str
    notation: str
    labels: Mapping[str, str] = field(compare=False)
    alt_labels: Mapping[str, tuple[str, ...]] = field(compare=False)
    definition: Mapping[str, str] = field(compare=False)
    broader: str | None
    exact_match: tuple[str, ...] = ()
    scheme: str = ""

    def label(self, language: str) -> str:
        """Return the preferred label in "en" or "zh"; any other language gets the English one."""
        return self.labels.get(language, self.labels["en"])


@dataclass(frozen=True, slots=True)
class _Scheme:
    concepts: tuple[Concept, ...]
    by_notation: Mapping[str, Concept]


def slug(notation: str) -> str:
    """Return the fragment of a concept's IRI for a notation: "Rofr/Rofo/Rofn" gives "rofr-rofo-rofn"."""
    return re.sub(r"[^a-z0-9]+", "-", notation.lower()).strip("-")


def concepts(scheme: str) -> tuple[Concept, ...]:
    """Return the concepts of one scheme in the order of its file; only that file is parsed, once per process.

    Args:
        scheme: one of ``ontology.SCHEMES``.

    Raises:
        TermNotFoundError: there is no such scheme.
        OntologyError: the scheme's file is missing, empty or not valid Turtle.
    """
    return _scheme(scheme).concepts


def concept(scheme: str, notation: str) -> Concept:
    """Return one concept by its notation.

    Case does not matter, and an English alternative label stands for its concept where no notation matches, because
    CUAD itself spells ten of its category names in two ways.

    Raises:
        TermNotFoundError: the scheme, or a concept of this notation in it, does not exist.
    """
    found = _scheme(scheme).by_notation.get(notation.casefold())
    if found is None:
        known = [each.notation for each in _scheme(scheme).concepts]
        near = tuple(get_close_matches(notation, known, n=3, cutoff=_CLOSE))
        raise TermNotFoundError(notation, place=f"ontology/{files.scheme_file(scheme)}", suggestions=near)
    return found


def risk_level(likelihood: int, impact: int) -> str:
    """Return the risk level of a finding as notation of the scheme "levels": "high", "medium" or "low".

    The level is read from the cells of the risk matrix in ``vocab/risk-matrix.ttl``, it is not computed.

    Args:
        likelihood: 1 (low) to 3 (high), within the life of the contract.
        impact: 1 (low) to 3 (high); DPV calls it severity.

    Raises:
        ValueError: a value is outside 1 to 3.

    Source: DPV 2.3 risk extension, nodes RM3x3S1L1 to RM3x3S3L3 (https://w3id.org/dpv/risk).
    """
    level = _matrix().get((likelihood, impact))
    if level is None:
        raise ValueError(f"likelihood {likelihood} and impact {impact} are not both from 1 to 3")
    return level


@cache
def _scheme(scheme: str) -> _Scheme:
    if scheme not in files.SCHEMES:
        near = tuple(get_close_matches(scheme, files.SCHEMES, n=3, cutoff=_CLOSE))
        raise TermNotFoundError(scheme, place="ontology/vocab", suggestions=near)
    listed = _read(scheme, files.parse(files.scheme_file(scheme)))
    names = {alt.casefold(): each for each in reversed(listed) for alt in each.alt_labels["en"]}
    names |= {each.notation.casefold(): each for each in listed}
    return _Scheme(listed, MappingProxyType(names))


def _read(scheme: str, graph: Graph) -> tuple[Concept, ...]:
    from rdflib import RDF, SKOS, URIRef

    order = URIRef(f"{files.NAMESPACE}order")
    notations = {node: str(notation) for node, notation in graph.subject_objects(SKOS.notation)}
    listed: list[tuple[int, Concept]] = []
    for node in graph.subjects(RDF.type, SKOS.Concept):
        broader = graph.value(node, SKOS.broader)
        try:
            made = Concept(
                iri=str(node),
                notation=notations[node],
                labels=_one_each(graph, node, SKOS.prefLabel),
                alt_labels=_alternatives(graph, node),
                definition=_one_each(graph, node, SKOS.definition),
                broader=None if broader is None else notations[broader],
                exact_match=tuple(sorted(str(match) for match in graph.objects(node, SKOS.exactMatch))),
                scheme=scheme,
            )
            listed.append((int(str(graph.value(node, order))), made))
        except (KeyError, ValueError) as error:
            raise OntologyError(
                f"the concept {node} lacks its notation, order or broader concept.",
                code="ontology-file-invalid",
                place=f"ontology/{files.scheme_file(scheme)}",
            ) from error
    return tuple(made for _, made in sorted(listed, key=lambda pair: pair[0]))


def _one_each(graph: Graph, node: Node, predicate: Node) -> Mapping[str, str]:
    found = {getattr(text, "language", None): str(text) for text in graph.objects(node, predicate)}
    return {language: found[language] for language in LANGUAGES}


def _alternatives(graph: Graph, node: Node) -> Mapping[str, tuple[str, ...]]:
    from rdflib import SKOS

    texts = [(getattr(text, "language", None), str(text)) for text in graph.objects(node, SKOS.altLabel)]
    return {language: tuple(sorted(text for tag, text in texts if tag == language)) for language in LANGUAGES}


@cache
def _matrix() -> Mapping[tuple[int, int], str]:
    """Return level notations by (likelihood, impact)."""
    from rdflib import URIRef

    from ontology import terms

    scale = {
        scheme: {match: each.notation for each in concepts(scheme) for match in each.exact_match}
        for scheme in ("likelihood", "severity", "levels")
    }
    graph = files.parse(files.MATRIX)
    cells: dict[tuple[int, int], str] = {}
    for cell, level in graph.subject_objects(URIRef(terms.DPV_hasRiskLevel)):
        likelihood = scale["likelihood"].get(str(graph.value(cell, URIRef(terms.DPV_hasLikelihood))))
        severity = scale["severity"].get(str(graph.value(cell, URIRef(terms.DPV_hasSeverity))))
        notation = scale["levels"].get(str(level))
        if likelihood is None or severity is None or notation is None:
            raise OntologyError(
                f"the matrix cell {cell} uses a value that is on no scale.",
                code="ontology-file-invalid",
                place=f"ontology/{files.MATRIX}",
            )
        cells[int(likelihood), int(severity)] = notation
    return MappingProxyType(cells)
