"""Ties between names in documents and stored partners: one derived graph, written and read here."""

from __future__ import annotations

from collections.abc import Iterable

from kb import ids
from kb.facts.base import Select, document_of, query, span_of
from kb.model import Link
from kb.triples import TripleWriter
from ontology import terms as t

LINKS_GRAPH = "links"
"""Name of the derived graph that holds every link; it is made anew when documents or registers change."""


def link_facts(links: Iterable[Link]) -> str:
    """Return links as N-Triples: a link candidate per pair, and ``due:linkedTo`` where a second fact backs it."""
    out = TripleWriter()
    for number, link in enumerate(links, 1):
        node = ids.iri("link", f"{link.document}-{number}")
        mention = ids.span_iri(link.document, link.start, link.end)
        partner = ids.partner_iri(*link.partner.split("/", 1))
        out.type(node, t.DUE_LinkCandidate)
        out.iri(node, t.DUE_leftRecord, mention)
        out.text(node, t.DUE_leftName, link.name)
        out.iri(node, t.DUE_rightRecord, partner)
        out.text(node, t.DUE_rightName, link.partner_name)
        out.typed(node, t.DUE_score, f"{link.score:.4f}", t.XSD_decimal)
        out.text(node, t.DUE_explanation, link.why)
        out.iri(mention, t.DUE_linkedTo if link.same else t.DUE_sameAsCandidate, partner)
    return out.getvalue()


def read_links(select: Select) -> tuple[Link, ...]:
    """Return every stored link, ordered by document, place and falling score."""
    pattern = (
        f"?n a <{t.DUE_LinkCandidate}> ; <{t.DUE_leftRecord}> ?m ; <{t.DUE_leftName}> ?name ; "
        f"<{t.DUE_rightRecord}> ?p ; "
        f"<{t.DUE_rightName}> ?partner ; <{t.DUE_score}> ?score ; <{t.DUE_explanation}> ?why . "
        f"OPTIONAL {{ ?m <{t.DUE_linkedTo}> ?same . FILTER(?same = ?p) }}"
    )
    links = []
    for m, name, p, partner, score, why, same in select(
        query("?m ?name ?p ?partner ?score ?why ?same", pattern, [ids.derived_graph_iri(LINKS_GRAPH)])
    ):
        span = span_of(m)
        scope, key = (p or "").removeprefix(f"{ids.URN}partner:").split("/", 1)
        links.append(
            Link(
                document=document_of(m),
                name=name or "",
                start=span.start,
                end=span.end,
                partner=f"{ids.unquote_id(scope)}/{ids.unquote_id(key)}",
                partner_name=partner or "",
                score=float(score or 0),
                same=same is not None,
                why=why or "",
            )
        )
    return tuple(sorted(links, key=lambda k: (k.document, k.start, -k.score, k.partner)))
