"""Financial statements → facts: whose they are, and every figure with its cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kb.statement import Figure, Statement
from kb.triples import TripleWriter
from ontology import terms as t


def map_statements(
    out: TripleWriter,
    document: str,
    statements: Iterable[Statement],
    *,
    place: Callable[[str, int, int], None],
) -> None:
    """Write the statements of a document.

    Args:
        out: where to.
        document: IRI of the document.
        statements: in the order of the table.
        place: writes where a node stands.
    """
    for index, statement in enumerate(statements, 1):
        node = f"{document}#statement{index}"
        out.type(node, t.DUE_FinancialStatement)
        out.text(node, t.DUE_name, statement.subject)
        place(node, statement.start, statement.end)
        for number, identifier in enumerate(statement.identifiers, 1):
            known = f"{node}-identifier{number}"
            out.iri(node, t.DUE_hasIdentifier, known)
            out.text(known, t.DUE_identifierScheme, identifier.scheme)
            out.text(known, t.DUE_identifierValue, identifier.value)
            if identifier.valid is not None:
                out.typed(known, t.DUE_identifierValid, str(identifier.valid).lower(), t.XSD_boolean)
        for number, figure in enumerate(statement.figures, 1):
            stated = f"{node}-figure{number}"
            out.iri(node, t.DUE_statesFigure, stated)
            _figure(out, stated, figure)
            place(stated, figure.start, figure.end)


def _figure(out: TripleWriter, node: str, figure: Figure) -> None:
    out.type(node, t.DUE_StatementFigure)
    out.text(node, t.DUE_statementItem, figure.item)
    out.text(node, t.DUE_label, figure.label)
    out.text(node, t.DUE_figureAmount, f"{figure.amount:f}")
    out.text(node, t.DUE_cellReference, figure.cell)
    if figure.period is not None:
        out.text(node, t.DUE_statementPeriod, figure.period)
    if figure.months is not None:
        out.integer(node, t.DUE_periodMonths, figure.months)
    if figure.scale is not None:
        out.text(node, t.DUE_figureScale, f"{figure.scale:f}")
    if figure.currency is not None:
        out.text(node, t.DUE_figureCurrency, figure.currency)
