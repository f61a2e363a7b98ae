"""The files of the ontology and how they are read.

The lists below are written out, so that a file that is missing from an installation is noticed: every reader here
refuses with ``OntologyError`` rather than answer from what happens to be there.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from ontology.errors import OntologyError

# rdflib is imported inside the functions: it takes 0.1 s, and most callers only want ``ontology.terms``.
if TYPE_CHECKING:
    from rdflib import Graph

VERSION: Final = "1.0.0"
"""Version of the ontology and ``owl:versionInfo`` in core.ttl; a major step means that stored graphs must be remade."""

NAMESPACE: Final = "https://w3id.org/duegraph#"
VOCABULARY_BASE: Final = "https://w3id.org/duegraph/vocab/"
"""A scheme is ``<base><scheme>``, a concept ``<base><scheme>#<slug of its notation>``."""

MODULES: Final = ("core", "source", "law", "norm", "contract", "partner", "event", "risk", "assess")
SCHEMES: Final = (
    "clause-types",
    "contract-types",
    "party-roles",
    "value-types",
    "risk-categories",
    "levels",
    "likelihood",
    "severity",
    "event-types",
    "event-stages",
    "change-kinds",
    "materiality",
    "citation-status",
    "citation-modes",
    "impact-levels",
    "outcomes",
    "finding-status",
    "source-kinds",
    "alert-kinds",
)
SHAPES: Final = ("source", "contract", "law", "partner", "event", "assess")

REUSED: Final = "reused.ttl"
MATRIX: Final = "vocab/risk-matrix.ttl"

_REINSTALL: Final = "Install Duegraph again; the installation is incomplete."


def scheme_file(scheme: str) -> str:
    """Return the path of a scheme's file inside the package."""
    return f"vocab/{scheme}.ttl"


def shape_file(shape: str) -> str:
    """Return the path of a shape file inside the package."""
    return f"shapes/{shape}.ttl"


ONTOLOGY_FILES: Final = (
    *(f"{module}.ttl" for module in MODULES),
    REUSED,
    *(scheme_file(scheme) for scheme in SCHEMES),
    MATRIX,
)


@cache
def parse(name: str) -> Graph:
    """Return one file of the ontology as a graph, parsed once per process; treat it as read-only.

    Args:
        name: path inside the package, such as "core.ttl" or "vocab/levels.ttl".

    Raises:
        OntologyError: the file is missing, unreadable, not Turtle, or states nothing.
    """
    from rdflib import Graph
    from rdflib.plugins.parsers.notation3 import BadSyntax

    place = f"ontology/{name}"
    try:
        text = files("ontology").joinpath(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(
            f"the ontology file cannot be read ({error.__class__.__name__}).",
            code="ontology-file-missing",
            place=place,
            remedy=_REINSTALL,
        ) from error
    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=text, format="turtle")
    except (BadSyntax, ValueError, LookupError, AssertionError) as error:  # rdflib raises IndexError on a cut-off file
        reason = (str(error).strip() or error.__class__.__name__).splitlines()[0]
        raise OntologyError(
            f"the ontology file is not valid Turtle ({reason}).",
            code="ontology-file-invalid",
            place=place,
            remedy=_REINSTALL,
        ) from error
    if len(graph) == 0:
        raise OntologyError(
            "the ontology file states nothing.", code="ontology-file-empty", place=place, remedy=_REINSTALL
        )
    return graph


def merge(names: tuple[str, ...]) -> Graph:
    """Return a new graph that holds several files of the ontology, with their prefixes."""
    from rdflib import Graph

    merged = Graph(bind_namespaces="none")
    for name in names:
        part = parse(name)
        for prefix, namespace in part.namespaces():
            merged.bind(prefix, namespace)
        for triple in part:
            merged.add(triple)
    return merged


def load() -> Graph:
    """Return the whole ontology: modules, terms reused from other vocabularies, all concept schemes and the matrix.

    Each call returns a new graph that the caller may change; the files are parsed once per process.

    Raises:
        OntologyError: a file is missing, empty or not valid Turtle. Nothing is answered from the rest.
    """
    return merge(ONTOLOGY_FILES)


def load_shapes() -> Graph:
    """Return the SHACL shapes of well-formed records, core constraints only.

    Raises:
        OntologyError: a file is missing, empty or not valid Turtle.
    """
    return merge(tuple(shape_file(shape) for shape in SHAPES))
