"""Which records mean one party: one derived graph, written and read here.

It holds every computed tie, every act of a person and, made of both, ``due:sameParty`` from each record to the one its
party goes by. The acts are copied from the audit trail, so that the graph alone tells what was decided, also with
``--known-at``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from kb import ids
from kb.entities.merged import MergedPartner, merged_partners
from kb.entities.model import ENTRY, Act, ActKind, Fact, Standing, Tie
from kb.entities.resolve import Entities, resolve
from kb.facts.base import Select, query
from kb.facts.partners import read_partners
from kb.triples import TripleWriter
from ontology import terms as t

__all__ = [
    "ENTITIES_GRAPH",
    "ENTRY",
    "document_of_mention",
    "entity_facts",
    "read_acts",
    "read_entities",
    "read_entities_of",
    "read_parties",
    "read_ties",
    "record_id",
    "record_iri",
]

ENTITIES_GRAPH = "entities"
"""Name of the derived graph; made anew when registers, lists, links or decisions changed."""

_MENTION: Final = re.compile(r"(doc-[0-9a-f]{20})#s(\d{1,9})-(\d{1,9})")
"""Id of a record that is a name in a document: ``<document>#s<start>-<end>``."""


def record_iri(record: str) -> str:
    """Return the IRI of a record by its id."""
    place = _MENTION.fullmatch(record)
    if place is not None:
        return ids.span_iri(place[1], int(place[2]), int(place[3]))
    if record.startswith(ENTRY):
        return ids.entry_iri(*record.removeprefix(ENTRY).split("/", 1))
    return ids.partner_iri(*record.split("/", 1))


def document_of_mention(record: str) -> str | None:
    """Return the document of a record that is a name in it, None for other records."""
    place = _MENTION.fullmatch(record)
    return place[1] if place is not None else None


def record_id(iri: str) -> str:
    """Return the id of a record by its IRI."""
    kind, _, local = iri.removeprefix(ids.URN).partition(":")
    if kind == "document":
        return ids.unquote_id(local)
    scope, _, key = local.partition("/")
    plain = f"{ids.unquote_id(scope)}/{ids.unquote_id(key)}"
    return f"{ENTRY}{plain}" if kind == "entry" else plain


def entity_facts(ties: Iterable[Tie], acts: Iterable[Act]) -> str:
    """Return ties, acts and the parties they make as N-Triples."""
    out = TripleWriter()
    ties, acts = tuple(ties), tuple(acts)
    nodes = {}
    for number, tie in enumerate(ties, 1):
        node = nodes[tie.pair] = ids.iri("tie", str(number))
        out.type(node, t.DUE_LinkCandidate)
        out.iri(node, t.DUE_leftRecord, record_iri(tie.left))
        out.text(node, t.DUE_leftName, tie.left_name)
        out.iri(node, t.DUE_rightRecord, record_iri(tie.right))
        out.text(node, t.DUE_rightName, tie.right_name)
        out.typed(node, t.DUE_score, f"{tie.score:.4f}", t.XSD_decimal)
        out.text(node, t.DUE_tieStanding, tie.standing.value)
        facts = [[fact.feature, fact.agrees, fact.detail] for fact in tie.facts]
        out.text(node, t.DUE_explanation, json.dumps(facts, ensure_ascii=False))
        if tie.standing is Standing.CANDIDATE:
            out.iri(record_iri(tie.left), t.DUE_sameAsCandidate, record_iri(tie.right))
    for act in acts:
        node = _act_iri(act.number)
        out.type(node, t.DUE_ReviewDecision)
        out.integer(node, t.DUE_actNumber, act.number)
        out.text(node, t.DUE_actKind, act.kind.value)
        out.iri(node, t.DUE_leftRecord, record_iri(act.record))
        for other in act.others:
            out.iri(node, t.DUE_rightRecord, record_iri(other))
        out.text(node, t.DUE_decidedBy, act.actor)
        out.text(node, t.DUE_reason, act.reason)
        out.typed(node, t.PROV_endedAtTime, act.at.isoformat(), t.XSD_dateTime)
    entities = resolve(ties, acts)
    for party, members in entities.members.items():
        for member in members[1:]:
            out.iri(record_iri(member), t.DUE_sameParty, record_iri(party))
            out.iri(record_iri(member), t.DUE_partyRecord, record_iri(party))
            for pair in ((party, member), (member, party)):
                if pair in entities.decided:
                    out.iri(record_iri(member), t.PROV_wasDerivedFrom, _act_iri(entities.decided[pair].number))
                elif pair in nodes:
                    out.iri(record_iri(member), t.PROV_wasDerivedFrom, nodes[pair])
    return out.getvalue()


def read_ties(select: Select) -> tuple[Tie, ...]:
    """Return every stored tie, ordered by its records."""
    pattern = (
        f"?n a <{t.DUE_LinkCandidate}> ; <{t.DUE_leftRecord}> ?l ; <{t.DUE_leftName}> ?ln ; "
        f"<{t.DUE_rightRecord}> ?r ; <{t.DUE_rightName}> ?rn ; <{t.DUE_score}> ?score ; "
        f"<{t.DUE_tieStanding}> ?standing ; <{t.DUE_explanation}> ?why"
    )
    found = []
    for left, left_name, right, right_name, score, standing, why in select(
        query("?l ?ln ?r ?rn ?score ?standing ?why", pattern, [ids.derived_graph_iri(ENTITIES_GRAPH)])
    ):
        facts: list[Any] = json.loads(why or "[]")
        found.append(
            Tie(
                left=record_id(left or ""),
                right=record_id(right or ""),
                left_name=left_name or "",
                right_name=right_name or "",
                score=float(score or 0),
                standing=Standing(standing or ""),
                facts=tuple(Fact(str(f), bool(agrees), str(detail)) for f, agrees, detail in facts),
            )
        )
    return tuple(sorted(found, key=lambda tie: tie.pair))


def read_acts(select: Select) -> tuple[Act, ...]:
    """Return every stored act on records, oldest first."""
    pattern = (
        f"?n <{t.DUE_actNumber}> ?number ; <{t.DUE_actKind}> ?kind ; <{t.DUE_leftRecord}> ?l ; "
        f"<{t.DUE_rightRecord}> ?r ; <{t.DUE_decidedBy}> ?who ; <{t.DUE_reason}> ?why ; <{t.PROV_endedAtTime}> ?at"
    )
    found: dict[int, Act] = {}
    for number, kind, left, right, who, why, at in select(
        query("?number ?kind ?l ?r ?who ?why ?at", pattern, [ids.derived_graph_iri(ENTITIES_GRAPH)])
    ):
        key, other = int(number or 0), record_id(right or "")
        before = found.get(key)
        others = (other,) if before is None else tuple(sorted({*before.others, other}))
        found[key] = Act(
            key,
            ActKind(kind or ""),
            record_id(left or ""),
            others,
            who or "",
            why or "",
            datetime.fromisoformat(at or ""),
        )
    return tuple(found[key] for key in sorted(found))


def read_entities(select: Select) -> Entities:
    """Return which stored records are one party."""
    return resolve(read_ties(select), read_acts(select))


def read_entities_of(select: Select, records: Iterable[str]) -> Entities:
    """Return which stored records are one party, as far as some records are concerned.

    What people decided is there in full, ties and what was held apart are not: for who is who in a part of the store.

    Args:
        select: runs a query.
        records: ids of partners, and of entries with ``ENTRY`` before them.
    """
    graph = ids.derived_graph_iri(ENTITIES_GRAPH)
    asked = dict.fromkeys(record_iri(record) for record in records)
    parties = _same(select, graph, "member", list(asked))
    # A record that is nobody's member may be the one its party goes by.
    members = _same(select, graph, "party", list(dict.fromkeys([*asked, *(party for _, party in parties)])))
    found: dict[str, list[str]] = {}
    for member, party in dict.fromkeys((*parties, *members)):
        found.setdefault(record_id(party), []).append(record_id(member))
    groups = {party: (party, *sorted(others)) for party, others in found.items()}
    return Entities(
        members=groups,
        decided=resolve((), read_acts(select)).decided,
        _party={member: party for party, group in groups.items() for member in group},
    )


_PORTION: Final = 500
"""Records asked for at a time: keeps the text of a query short."""


def _same(select: Select, graph: str, side: str, records: list[str]) -> list[tuple[str, str]]:
    """Return (member, party) where ``?<side>`` is one of the records, all by their IRIs."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(records), _PORTION):
        only = " ".join(f"<{iri}>" for iri in records[start : start + _PORTION])
        pattern = f"VALUES ?{side} {{ {only} }} ?member <{t.DUE_sameParty}> ?party"
        found += [(member or "", party or "") for member, party in select(query("?member ?party", pattern, [graph]))]
    return found


def read_parties(select: Select) -> tuple[MergedPartner, ...]:
    """Return the stored partners with rows of one party brought together, ordered by the id each goes by."""
    return merged_partners(read_partners(select), read_entities(select))


def _act_iri(number: int) -> str:
    return ids.iri("act-on-records", str(number))
