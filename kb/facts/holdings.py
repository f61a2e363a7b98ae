"""Holdings as stored: who owns what part of whom, and whose owners are not named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from kb import ids
from kb.facts.base import Select, document_of, graphs_of, index_of, optional, query, span_of
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


def read_holdings(select: Select, documents: Collection[str] | None = None) -> tuple[StoredHolding, ...]:
    """Return the stored holdings, by document and in its order."""
    pattern = (
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
    found = []
    for h, owner, owned, d, s, low, high, measure, start, end, source in select(
        query("?h ?owner ?owned ?d ?s ?low ?high ?measure ?from ?to ?source", pattern, graphs_of(documents))
    ):
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
        found.append(StoredHolding(h or "", document_of(d), holding))
    return tuple(sorted(found, key=lambda one: (one.document, index_of(one.iri))))


def read_gaps(select: Select, documents: Collection[str] | None = None) -> tuple[StoredGap, ...]:
    """Return whose owners are not named, by document and in its order."""
    pattern = (
        f"?g2 a <{t.DUE_OwnerGap}> ; <{t.DUE_owned}> ?owned ; <{t.DUE_reason}> ?reason ; <{t.OA_hasSource}> ?d ; "
        f"<{t.OA_hasSelector}> ?s"
    )
    found = []
    for node, owned, reason, d, s in select(query("?g2 ?owned ?reason ?d ?s", pattern, graphs_of(documents))):
        span = span_of(s)
        gap = OwnerGap(party_id(owned or ""), reason or "", span.start, span.end)
        found.append((document_of(d), index_of(node or ""), gap))
    return tuple(StoredGap(document, gap) for document, _, gap in sorted(found, key=lambda one: one[:2]))


def party_id(iri: str) -> str:
    """Return the id of the partner or list entry an IRI names, decoded: "<register or list>/<key>"."""
    local = iri.removeprefix(ids.URN).partition(":")[2]
    scope, slash, key = local.partition("/")
    return ids.unquote_id(scope) + slash + ids.unquote_id(key)
