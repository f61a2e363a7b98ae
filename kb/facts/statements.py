"""Financial statements as stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from kb.facts.base import Select, document_of, graphs_of, index_of, optional, query, span_of
from kb.model import Identifier
from kb.statement import Figure, Statement
from ontology import terms as t


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement with the document it stands in."""

    document: str
    statement: Statement


def read_statements(select: Select, documents: Collection[str] | None = None) -> tuple[StoredStatement, ...]:
    """Return the stored statements, ordered by document and by their place in it."""
    graphs = graphs_of(documents)
    pattern = f"?n a <{t.DUE_FinancialStatement}> ; <{t.DUE_name}> ?name ; <{t.OA_hasSelector}> ?s"
    heads = list(select(query("?n ?name ?s", pattern, graphs)))
    if not heads:
        return ()
    figures, identifiers = _figures(select, graphs), _identifiers(select, graphs)
    found = []
    for node, name, selector in heads:
        span, key = span_of(selector), node or ""
        statement = Statement(name or "", span.start, span.end, identifiers.get(key, ()), figures.get(key, ()))
        found.append((document_of(node), index_of(key), StoredStatement(document_of(node), statement)))
    return tuple(stored for _, _, stored in sorted(found, key=lambda row: row[:2]))


def _figures(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[Figure, ...]]:
    pattern = (
        f"?n <{t.DUE_statesFigure}> ?f . ?f <{t.DUE_statementItem}> ?item ; <{t.DUE_label}> ?label ; "
        f"<{t.DUE_figureAmount}> ?amount ; <{t.DUE_cellReference}> ?cell ; <{t.OA_hasSelector}> ?s . "
        + optional(
            "?f",
            (t.DUE_statementPeriod, "?period"),
            (t.DUE_periodMonths, "?months"),
            (t.DUE_figureScale, "?scale"),
            (t.DUE_figureCurrency, "?currency"),
        )
    )
    found: dict[str, list[tuple[int, Figure]]] = defaultdict(list)
    variables = "?n ?f ?item ?label ?amount ?cell ?s ?period ?months ?scale ?currency"
    for n, f, item, label, amount, cell, s, period, months, scale, currency in select(
        query(variables, pattern, graphs)
    ):
        span = span_of(s)
        figure = Figure(
            item=item or "",
            label=label or "",
            period=period,
            months=None if months is None else int(months),
            amount=Decimal(amount or "0"),
            scale=None if scale is None else Decimal(scale),
            currency=currency,
            cell=cell or "",
            start=span.start,
            end=span.end,
        )
        found[n or ""].append((index_of(f or ""), figure))
    return {node: tuple(figure for _, figure in sorted(rows, key=lambda r: r[0])) for node, rows in found.items()}


def _identifiers(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[Identifier, ...]]:
    pattern = (
        f"?n a <{t.DUE_FinancialStatement}> ; <{t.DUE_hasIdentifier}> ?i . "
        f"?i <{t.DUE_identifierScheme}> ?scheme ; <{t.DUE_identifierValue}> ?value . "
        + optional("?i", (t.DUE_identifierValid, "?valid"))
    )
    found: dict[str, list[tuple[int, Identifier]]] = defaultdict(list)
    for n, i, scheme, value, valid in select(query("?n ?i ?scheme ?value ?valid", pattern, graphs)):
        known = None if valid is None else valid == "true"
        found[n or ""].append((index_of(i or ""), Identifier(scheme or "", value or "", known)))
    return {node: tuple(one for _, one in sorted(rows, key=lambda r: r[0])) for node, rows in found.items()}
