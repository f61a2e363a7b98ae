"""What a SPARQL text from outside may contain, decided before any engine sees it.

The engine offers no switch to forbid SERVICE (it fetches from the network), has no time limit, and dies of deep nesting
(3,000 braces or 100,000 exclamation marks overflow its stack). So the text is split into tokens here: length, nesting
and runs of operators are bounded, and SERVICE, update operations and foreign dataset clauses are refused. The split
errs on the side of refusal: a keyword counts even where it is glued to its neighbours, because the engine's parser
accepts ``trueSERVICE<…>`` and ``SERVICEex:x{…}``.

Source: SPARQL 1.1 Query Language, §19.2 (code point escapes), §19.8 (grammar, terminals).
"""

from __future__ import annotations

import re
from typing import Final

from kb.errors import QueryError
from kb.ids import GRAPH_BASE
from kb.settings import KIB, Settings

# Order matters: long strings before short ones, IRIs before "<", names before words. The scan is linear: repeats
# cannot overlap, prefixes are bounded (a longer one falls into words, which is stricter), and a quote that opens no
# string ends it.
TOKEN: Final = re.compile(
    r"""
      (?P<space>[\s]+|\#[^\r\n]*)
    | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<variable>[?$]\w+)
    | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>(?:[^\W\d][\w.\-]{0,99})?:(?:[\w:.\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*)
    | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<open>[({\[])
    | (?P<close>[)}\]])
    | (?P<operator>[!+\-^*/|&=<>?])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_QUOTES: Final = frozenset("\"'")
_UPDATES: Final = frozenset({"insert", "delete", "load", "clear", "drop", "create", "copy", "move", "add", "with"})
_FORMS: Final = frozenset({"select", "ask", "construct", "describe"})


def check_query(query: str, settings: Settings) -> bool:
    """Let a query text pass, or say why not.

    Returns:
        Whether the text chooses its own dataset (FROM), which the union of all graphs must not override.

    Raises:
        QueryError: too long ("sparql-too-long"), too deep ("sparql-too-deep"), an update ("sparql-update"), SERVICE
            ("sparql-service"), a dataset clause for anything but a stored graph ("sparql-from"), or not a query at all.
    """
    limit = settings.sparql_query_kib * KIB
    # Four bytes are the most a character takes, so a text that long need not be encoded to be refused.
    if len(query) > limit or len(query.encode(errors="replace")) > limit:
        raise QueryError(f"the query is longer than {limit} bytes.", code="sparql-too-long", remedy="Shorten it.")
    if any("\ud800" <= character <= "\udfff" for character in query):
        raise QueryError("the query holds a lone surrogate.", code="sparql-syntax")
    # Engines differ in when they resolve \uXXXX; both readings must be harmless.
    chooses = _scan(query, settings)
    resolved = _ESCAPE.sub(_resolve, query)
    if resolved != query:
        chooses |= _scan(resolved, settings)
    return chooses


def _resolve(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _scan(query: str, settings: Settings) -> bool:
    depth = run = 0
    first: str | None = None
    expects_graph = in_prologue = chooses = False
    for found in TOKEN.finditer(query):
        kind, text = found.lastgroup, found[0]
        if kind == "space":
            continue
        if kind == "other" and text in _QUOTES:
            raise QueryError("a string in the query does not end.", code="sparql-syntax")
        depth += (kind == "open") - (kind == "close")
        # Operators are prefix chains ("!!!!") or long sums, both of which nest in the engine's parser.
        run = run + 1 if kind == "operator" else 0
        if depth > settings.sparql_nesting or run > settings.sparql_nesting:
            raise QueryError(
                f"the query nests deeper than {settings.sparql_nesting}.", code="sparql-too-deep", remedy="Simplify it."
            )
        if kind in {"word", "name"}:
            lowered = text.lower()
            _refuse_service(lowered, is_name=kind == "name")
            if kind == "word":
                if expects_graph and lowered == "named":
                    continue
                if first is None and not in_prologue and lowered not in {"prefix", "base"}:
                    first = lowered
                in_prologue = lowered in {"prefix", "base"}
                expects_graph = lowered == "from"
                chooses |= expects_graph
                continue
            if expects_graph:
                _refuse_dataset(text)
        elif kind == "iri" and expects_graph and not text[1:-1].startswith(GRAPH_BASE):
            _refuse_dataset(text)
        if kind != "name" or not in_prologue:
            in_prologue = False
        expects_graph = False
    if first in _UPDATES:
        raise QueryError("the query would change data; only reading is allowed.", code="sparql-update")
    if first not in _FORMS:
        raise QueryError(
            "the text is not a SPARQL query.",
            code="sparql-syntax",
            remedy="Begin with PREFIX, SELECT, ASK, CONSTRUCT or DESCRIBE.",
        )
    return chooses


def _refuse_service(lowered: str, *, is_name: bool) -> None:
    if "service" not in lowered:
        return
    # In a name only its prefix, and what follows a dot, could be read as the keyword; local names are free.
    prefix, _, local = lowered.partition(":") if is_name else (lowered, "", "")
    if "service" in prefix or any("service" in part for part in local.split(".")[1:]):
        raise QueryError(
            "SERVICE is not allowed: queries reach only what is stored here.",
            code="sparql-service",
            remedy="Leave SERVICE out; a prefix or bare word that contains it must be renamed.",
        )


def _refuse_dataset(text: str) -> None:
    raise QueryError(
        f"FROM {text[:200]} does not name a stored graph.",
        code="sparql-from",
        remedy=f"Write the graph's full IRI, <{GRAPH_BASE}…>, or leave FROM out to query everything.",
    )
