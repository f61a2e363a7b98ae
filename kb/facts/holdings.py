"""Holdings as stored: who owns what part of whom, and whose owners are not named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from kb import ids
from kb.facts.base import Row, Select, document_of, graphs_of, index_of, optional, query, span_of
from kb.model import Holding, OwnerGap
from ontology import terms as t


@dataclass(frozen=True, slots=True)
class StoredHolding:
    """A holding with the document that states it.

    ``holding.owner`` and ``holding.owned`` are ids of partners ("<register>/<key>", as ``StoredPartner.id``) or of list
    entries ("<list>/<entry>"). ``iri`` names the statement.
    """

    iri: str
    document: str
    holding: Holding


@dataclass(frozen=True, slots=True)
class StoredGap:
    """An owner that is not named, with the document that says so; ``gap.owned`` is an id like those of holdings."""

    document: str
    gap: OwnerGap


_HOLDING: Final = (
    f"?h a <{t.DUE_Holding}> ; <{t.DUE_owner}> ?owner ; <{t.DUE_owned}> ?owned ; <{t.OA_hasSource}> ?d ; "
    f"<{t.OA_hasSelector}> ?s . "
) + optional(
    "?h",
    (t.DUE_shareLow, "?low"),
    (t.DUE_shareHigh, "?high"),
    (t.DUE_holdingMeasure, "?measure"),
    (t.DUE_validFrom, "?from"),
    (t.DUE_validTo, "?to"),
    (t.DUE_holdingSource, "?source"),
)
_HOLDING_VARIABLES: Final = "?h ?owner ?owned ?d ?s ?low ?high ?measure ?from ?to ?source"
_PORTION: Final = 500
"""Parties asked for at a time: keeps the text of a query short."""


def read_holdings(select: Select, documents: Collection[str] | None = None) -> tuple[StoredHolding, ...]:
    """Return the stored holdings, by document and in its order."""
    return _ordered(_holding(row) for row in select(query(_HOLDING_VARIABLES, _HOLDING, graphs_of(documents))))


def read_holdings_in(select: Select, records: Collection[str]) -> tuple[StoredHolding, ...]:
    """Return the stored holdings in some records: who owns them.

    Args:
        select: runs a query.
        records: ids of partners or entries, "<register or list>/<key>".
    """
    return _ordered(_holding(row) for row in _about(select, _HOLDING_VARIABLES, _HOLDING, "owned", records))


def read_holdings_of(select: Select, records: Collection[str]) -> tuple[StoredHolding, ...]:
    """Return the stored holdings that some records hold: what they own; ids as for ``read_holdings_in``."""
    return _ordered(_holding(row) for row in _about(select, _HOLDING_VARIABLES, _HOLDING, "owner", records))


def _about(select: Select, variables: str, pattern: str, side: str, records: Collection[str]) -> Iterator[Row]:
    """Yield the solutions of a pattern in which ``?<side>`` is one of the records, as partner or as entry."""
    known = list(dict.fromkeys(records))
    for start in range(0, len(known), _PORTION):
        parties = (record.partition("/") for record in known[start : start + _PORTION])
        named = [iri for scope, _, key in parties for iri in (ids.partner_iri(scope, key), ids.entry_iri(scope, key))]
        # The values come first and the graph joins them: the engine then looks each up instead of reading all.
        only = " ".join(f"<{iri}>" for iri in named)
        yield from select(f"SELECT {variables} WHERE {{ GRAPH ?g {{ VALUES ?{side} {{ {only} }} {pattern} }} }}")


def _ordered(found: Iterable[StoredHolding]) -> tuple[StoredHolding, ...]:
    return tuple(sorted(found, key=lambda one: (one.document, index_of(one.iri))))


def _holding(row: Row) -> StoredHolding:
    h, owner, owned, d, s, low, high, measure, start, end, source = row
    span = span_of(s)
    holding = Holding(
        owner=party_id(owner or ""),
        owned=party_id(owned or ""),
        low=float(low) if low is not None else 0.0,
        high=float(high) if high is not None else 1.0,
        start=span.start,
        end=span.end,
        measure=measure or "shares",
        valid_from=date.fromisoformat(start) if start is not None else None,
        valid_to=date.fromisoformat(end) if end is not None else None,
        source=source or "",
    )
    return StoredHolding(h or "", document_of(d), holding)


_GAP: Final = (
    f"?g2 a <{t.DUE_OwnerGap}> ; <{t.DUE_owned}> ?owned ; <{t.DUE_reason}> ?reason ; <{t.OA_hasSource}> ?d ; "
    f"<{t.OA_hasSelector}> ?s"
)
_GAP_VARIABLES: Final = "?g2 ?owned ?reason ?d ?s"


def read_gaps(select: Select, documents: Collection[str] | None = None) -> tuple[StoredGap, ...]:
    """Return whose owners are not named, by document and in its order."""
    return _gaps(select(query(_GAP_VARIABLES, _GAP, graphs_of(documents))))


def read_gaps_in(select: Select, records: Collection[str]) -> tuple[StoredGap, ...]:
    """Return which of some records have owners that are not named; ids as for ``read_holdings_in``."""
    return _gaps(_about(select, _GAP_VARIABLES, _GAP, "owned", records))


def _gaps(rows: Iterable[Row]) -> tuple[StoredGap, ...]:
    found = []
    for node, owned, reason, d, s in rows:
        span = span_of(s)
        gap = OwnerGap(party_id(owned or ""), reason or "", span.start, span.end)
        found.append((document_of(d), index_of(node or ""), gap))
    return tuple(StoredGap(document, gap) for document, _, gap in sorted(found, key=lambda one: one[:2]))


def party_id(iri: str) -> str:
    """Return the id of the partner or list entry an IRI names, decoded: "<register or list>/<key>"."""
    local = iri.removeprefix(ids.URN).partition(":")[2]
    scope, slash, key = local.partition("/")
    return ids.unquote_id(scope) + slash + ids.unquote_id(key)
