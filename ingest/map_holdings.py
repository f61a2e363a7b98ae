"""Holdings → facts: who owns what part of whom, each with the row or statement that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kb.model import Holding, OwnerGap
from kb.triples import TripleWriter
from ontology import terms as t

_PLACES = 12
"""Decimal places of a share; ``checks.ownership`` counts in parts of 10^-12."""


def map_holdings(
    out: TripleWriter,
    document: str,
    holdings: Iterable[Holding],
    gaps: Iterable[OwnerGap],
    *,
    party: Callable[[str], str],
    place: Callable[[str, int, int], None],
) -> None:
    """Write holdings and the owners that are not named.

    Args:
        out: where to.
        document: IRI of the document that states them.
        holdings: in the order of the source.
        gaps: likewise.
        party: returns the IRI of a party by its key in the source.
        place: writes where a node stands.
    """
    for index, holding in enumerate(holdings, 1):
        node = f"{document}#holding{index}"
        out.type(node, t.DUE_Holding)
        out.iri(node, t.DUE_owner, party(holding.owner))
        out.iri(node, t.DUE_owned, party(holding.owned))
        out.typed(node, t.DUE_shareLow, share(holding.low), t.XSD_decimal)
        out.typed(node, t.DUE_shareHigh, share(holding.high), t.XSD_decimal)
        out.text(node, t.DUE_holdingMeasure, holding.measure)
        for predicate, day in ((t.DUE_validFrom, holding.valid_from), (t.DUE_validTo, holding.valid_to)):
            if day is not None:
                out.typed(node, predicate, day.isoformat(), t.XSD_date)
        if holding.source:
            out.text(node, t.DUE_holdingSource, holding.source)
        place(node, holding.start, holding.end)
    for index, gap in enumerate(gaps, 1):
        node = f"{document}#gap{index}"
        out.type(node, t.DUE_OwnerGap)
        out.iri(node, t.DUE_owned, party(gap.owned))
        out.text(node, t.DUE_reason, gap.reason)
        place(node, gap.start, gap.end)


def share(value: float) -> str:
    """Return a fraction as an ``xsd:decimal``, which knows no exponent."""
    return f"{value:.{_PLACES}f}".rstrip("0").rstrip(".") or "0"
