"""Findings that later law or a later decision on a hit has overtaken: marks beside them, written here and read back.

A mark is a ``due:ImpactItem`` in the derived graph ``stale/<subject>`` (law) or ``stale-hits/<subject>`` (decisions on
hits, and list rows that open a decision again); the next check of the subject removes it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from checks.finding import StaleReason, Text
from kb import ids
from kb.facts import Select
from kb.facts.base import query
from kb.triples import TripleWriter
from ontology import concept
from ontology import terms as t

STALE_PREFIX: Final = "stale/"
"""Derived graphs of marks are named ``stale/<subject>``."""
HIT_PREFIX: Final = "stale-hits/"
"""Derived graphs of marks that decisions on hits made are named ``stale-hits/<subject>``."""
PREFIXES: Final = (STALE_PREFIX, HIT_PREFIX)

Reasons = tuple[StaleReason, ...]


def stale_graph(subject: str) -> str:
    """Return the name of the derived graph that holds the marks on the findings of a subject."""
    return f"{STALE_PREFIX}{subject}"


def hit_graph(subject: str) -> str:
    """Return the name of the derived graph that holds the marks decisions on hits made."""
    return f"{HIT_PREFIX}{subject}"


def mark_graphs(subject: str) -> tuple[str, str]:
    """Return the names of all graphs that may hold marks on the findings of a subject."""
    return stale_graph(subject), hit_graph(subject)


def stale_facts(marks: Mapping[str, Reasons]) -> str:
    """Return marks as N-Triples: finding id to what made it stale."""
    out = TripleWriter()
    for finding, reasons in sorted(marks.items()):
        node = ids.iri("stalemark", finding)
        out.type(node, t.DUE_ImpactItem)
        out.iri(node, t.DUE_affects, ids.iri("finding", finding))
        out.iri(node, t.DUE_impactLevel, str(concept("impact-levels", "action").iri))
        for change in sorted({reason.change for reason in reasons}):
            out.iri(node, t.DUE_causedByChange, ids.iri("change", change))
        record = {"finding": finding, "reasons": [_json(reason) for reason in reasons]}
        out.text(node, t.DUE_record, json.dumps(record, ensure_ascii=False, sort_keys=True))
    return out.getvalue()


def hit_facts(marks: Mapping[str, Reasons]) -> str:
    """Return marks that decisions on hits made as N-Triples: finding id to the decisions, as ``change`` the hit."""
    out = TripleWriter()
    for finding, reasons in sorted(marks.items()):
        node = ids.iri("hitmark", finding)
        out.type(node, t.DUE_ImpactItem)
        out.iri(node, t.DUE_affects, ids.iri("finding", finding))
        out.iri(node, t.DUE_impactLevel, str(concept("impact-levels", "action").iri))
        for hit in sorted({reason.change for reason in reasons}):
            out.iri(node, t.PROV_wasInvalidatedBy, ids.iri("hit", hit))
        record = {"finding": finding, "reasons": [_json(reason) for reason in reasons]}
        out.text(node, t.DUE_record, json.dumps(record, ensure_ascii=False, sort_keys=True))
    return out.getvalue()


def read_hit_marks(select: Select, subjects: Iterable[str]) -> dict[str, Reasons]:
    """Return what decisions on hits made stale, by finding id."""
    return _read(select, t.PROV_wasInvalidatedBy, [ids.derived_graph_iri(hit_graph(one)) for one in subjects])


def read_stale(select: Select, subjects: Iterable[str] | None = None) -> dict[str, Reasons]:
    """Return what made findings stale, by finding id: of some subjects or of all."""
    about = None if subjects is None else tuple(subjects)
    by_law = None if about is None else [ids.derived_graph_iri(stale_graph(one)) for one in about]
    by_hit = None if about is None else [ids.derived_graph_iri(hit_graph(one)) for one in about]
    found = _read(select, t.DUE_causedByChange, by_law)
    for finding, reasons in _read(select, t.PROV_wasInvalidatedBy, by_hit).items():
        found[finding] = (*found.get(finding, ()), *reasons)
    return found


def _read(select: Select, cause: str, graphs: Collection[str] | None) -> dict[str, Reasons]:
    pattern = f"?m <{cause}> ?change ; <{t.DUE_affects}> ?finding ; <{t.DUE_record}> ?record"
    found: dict[str, Reasons] = {}
    for (record,) in select(query("DISTINCT ?record", pattern, graphs)):
        data = json.loads(record or "")
        found[data["finding"]] = reasons_of(data["reasons"])
    return found


def reasons_of(records: object) -> Reasons:
    """Return the reasons of their JSON; none of anything else than a list."""
    if not isinstance(records, list):
        return ()
    return tuple(StaleReason(one["act"], one["change"], Text(one["en"], one["zh"])) for one in records)


def _json(reason: StaleReason) -> dict[str, str]:
    return {"act": reason.act, "change": reason.change, "en": reason.text.en, "zh": reason.text.zh}
