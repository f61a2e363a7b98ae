"""Terms as they come out of the engine and go into its queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import pyoxigraph as ox

from kb.errors import QueryError
from kb.parameters import Iri, Parameter, Term
from kb.triples import XSD

_PLAIN_STRING: Final = XSD + "string"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query of unknown form returned; ``rows`` can be read once.

    Attributes:
        form: "select", "ask" or "construct" (also for DESCRIBE: rows are subject, predicate, object).
        boolean: the answer of an ASK.
    """

    form: Literal["select", "ask", "construct"]
    variables: tuple[str, ...]
    rows: Iterable[tuple[Term | None, ...]]
    boolean: bool | None


def value_of(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    """Return the IRI, or the lexical form of a literal."""
    return str(term) if isinstance(term, ox.Triple) else term.value


def term_of(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Term:
    """Return a term of the engine with its kind, datatype and language.

    Raises:
        QueryError: it is a triple.
    """
    if isinstance(term, ox.Literal):
        return Term("literal", term.value, term.datatype.value, term.language)
    if isinstance(term, ox.NamedNode):
        return Term("iri", term.value)
    if isinstance(term, ox.BlankNode):
        return Term("bnode", term.value)
    raise QueryError("the answer holds a triple as a term, which is not supported.", code="sparql-triple-term")


def _parameter(value: Parameter) -> ox.NamedNode | ox.Literal:
    try:
        if isinstance(value, Iri):
            return ox.NamedNode(value)
        if isinstance(value, Term):
            if value.kind == "iri":
                return ox.NamedNode(value.value)
            if value.kind == "bnode":
                raise QueryError("a blank node cannot be a query parameter.", code="sparql-parameter")
            if value.language is not None:
                return ox.Literal(value.value, language=value.language)
            return ox.Literal(value.value, datatype=ox.NamedNode(value.datatype or _PLAIN_STRING))
        if isinstance(value, (bool, int)):
            return ox.Literal(value)
        return ox.Literal(str(value))
    except (ValueError, UnicodeEncodeError) as error:
        raise QueryError(f"{value!a} cannot be a query parameter: {error}", code="sparql-parameter") from error


def render(value: Parameter) -> str:
    """Return a query parameter as it stands in SPARQL text.

    Raises:
        QueryError: it cannot be a term.
    """
    # str() of an engine term is its escaped SPARQL form.
    return str(_parameter(value))
