"""Terms, and how values get into trusted SPARQL text: as terms, never as pasted strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kb.errors import QueryError
from kb.sparql_guard import TOKEN


class Iri(str):
    """A query parameter that is an IRI; a plain ``str`` parameter is a string literal."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One RDF term of an answer.

    Attributes:
        kind: "iri", "literal" or "bnode".
        value: the IRI, the lexical form (as the engine keeps it), or the node's label.
        datatype: IRI of a literal's datatype; None for other terms.
        language: a literal's language tag, or None.
    """

    kind: Literal["iri", "literal", "bnode"]
    value: str
    datatype: str | None = None
    language: str | None = None


Parameter = Iri | str | int | bool | Term
"""What may be bound to a variable: an IRI, a string, an integer, a truth value, or any term."""

Row = tuple[str | None, ...]


def bind_parameters(query: str, bind: Mapping[str, Parameter], render: Callable[[Parameter], str]) -> str:
    """Return ``query`` with every ``$name`` of ``bind`` replaced by its value.

    Args:
        query: trusted SPARQL text.
        bind: parameter name -> value.
        render: returns the escaped SPARQL form of a value, which cannot leave the place it stands in.

    Raises:
        QueryError: a parameter does not occur in the query.
    """
    unused = set(bind)
    parts: list[str] = []
    # Tokens, so that a "$" in a string, an IRI or a comment is no parameter.
    for token in TOKEN.finditer(query):
        name = token[0][1:]
        if token.lastgroup == "variable" and token[0].startswith("$") and name in bind:
            unused.discard(name)
            parts.append(f" {render(bind[name])} ")
        else:
            parts.append(token[0])
    if unused:
        raise QueryError(f"the query has no parameter ${min(unused)}.", code="sparql-parameter")
    return "".join(parts)


def fill_values(
    query: str,
    names: str | tuple[str, ...],
    some: Iterable[Parameter | Sequence[Parameter]],
    render: Callable[[Parameter], str],
) -> str:
    """Return ``query`` with its empty ``VALUES ?name {}`` or ``VALUES (?a ?b) {}`` block filled.

    Raises:
        QueryError: the query has no such block.
    """
    if isinstance(names, str):
        head, block = rf"\?{re.escape(names)}", " ".join(render(one) for one in some)  # type: ignore[arg-type]
    else:
        head = r"\(\s*" + r"\s+".join(rf"\?{re.escape(name)}" for name in names) + r"\s*\)"
        block = " ".join("(" + " ".join(render(value) for value in row) + ")" for row in some)  # type: ignore[union-attr]
    pattern = re.compile(rf"(?i:\bVALUES)\s+{head}\s*\{{\s*\}}")
    found = pattern.search(query)
    if found is None:
        raise QueryError(f"the query has no empty VALUES block for {names}.", code="sparql-parameter")
    return f"{query[: found.end() - 1].rstrip()} {block} }}{query[found.end() :]}"
