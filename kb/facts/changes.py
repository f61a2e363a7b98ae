"""Changes between consecutive versions of an act: one derived graph per act, written and read here.

Each change is a ``due:ProvisionChange``. ``due:record`` keeps it whole, so that reading back needs no joins. A change
set names what it was made of; when that differs from what is stored now, the set no longer counts.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from kb import ids
from kb.facts.base import Select, query
from kb.law_change import ChangeKind, Materiality, ProvisionChange
from kb.law_numbers import base_number
from kb.law_versions import StoredVersion
from kb.triples import TripleWriter
from ontology import concept
from ontology import terms as t

CHANGES_PREFIX = "changes/"
"""Derived graphs of changes are named ``changes/<act>``."""
_COMPARES = "law_"
"""What the files begin with that decide the changes between two texts; another content makes other changes."""
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class DateBasis:
    """The words the day of effect was read from: ``document`` holds ``quote`` at ``start``-``end``."""

    document: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Every change between two consecutive versions of one act.

    Attributes:
        older: id of the version before; ``newer`` of the one after.
        made_of: digest of both texts and of what compares them.
        known_at: when the newer of the two was first stored.
        effective_from: day the newer version takes effect, or None when its text does not state it.
        basis: the words that day was read from, or None.
    """

    act: str
    older: str
    newer: str
    made_of: str
    known_at: datetime
    changes: tuple[ProvisionChange, ...]
    effective_from: date | None = None
    basis: DateBasis | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """Both version ids, older first."""
        return self.older, self.newer


def graph_name(act: str) -> str:
    """Return the name of the derived graph that holds the changes of an act."""
    return f"{CHANGES_PREFIX}{act}"


@cache
def comparer() -> str:
    """Return a digest of the code and words that compare two texts of law."""
    digest = hashlib.sha256()
    parts = [p for p in resources.files("kb").iterdir() if p.name.startswith(_COMPARES) and p.is_file()]
    for part in sorted(parts, key=lambda p: p.name):
        digest.update(part.read_bytes())
    return digest.hexdigest()


def made_of(older: Iterable[str], newer: Iterable[str]) -> str:
    """Return the digest a change set is checked by.

    Args:
        older: SHA-256 of the facts of every document of the older version.
        newer: the same of the newer version.
    """
    parts = [comparer(), *sorted(older), "|", *sorted(newer)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def change_id(older: str, newer: str, change: ProvisionChange) -> str:
    """Return the id of a change: the same for the same provisions of the same versions."""
    key = "\n".join((older, newer, change.before or "", change.after or ""))
    return "chg-" + hashlib.sha256(key.encode()).hexdigest()[:_DIGITS]


def continuity(line: Sequence[StoredVersion], sets: Iterable[ChangeSet]) -> Mapping[str, Mapping[str, str]]:
    """Return version id -> number -> stable id of every base unit, the same through renumbering.

    A provision is named after the version and number it first had ("cn/公司法@2018-10-26#16"). Of a split provision the
    closest piece goes on under the old id; a merged one goes on under that of its closest part.

    Args:
        line: the versions of one act, oldest first.
        sets: the changes between consecutive ones.
    """
    by_pair = {one.pair: one.changes for one in sets}
    named: dict[str, dict[str, str]] = {}
    known: dict[str, str] = {}
    for place, version in enumerate(line):
        numbers = [number for number in version.provisions if number == base_number(number)]
        ids_now = {number: ids.provision_id(version.version, number) for number in numbers}
        changes = by_pair.get((line[place - 1].version, version.version)) if place else None
        if changes is not None:
            continued = {change.after for change in changes}
            ids_now |= {number: known[number] for number in numbers if number in known and number not in continued}
            taken: set[str] = set()
            for change in sorted(changes, key=lambda each: -each.similarity):
                stable = known.get(change.before or "")
                own = ids.provision_id(version.version, change.after or "")
                if stable is not None and stable not in taken and ids_now.get(change.after or "") == own:
                    ids_now[change.after or ""] = stable
                    taken.add(stable)
        named[version.version] = known = ids_now
    return named


def change_facts(sets: Iterable[ChangeSet], names: Mapping[str, Mapping[str, str]]) -> str:
    """Return change sets of one act as N-Triples.

    Args:
        sets: the sets.
        names: what ``continuity`` gives for the act.
    """
    out = TripleWriter()
    for one in sets:
        node = ids.iri("changeset", one.newer, one.older)
        out.type(node, t.DUE_ChangeSet)
        out.text(node, t.DUE_record, json.dumps(_set_json(one), ensure_ascii=False, sort_keys=True))
        for change in one.changes:
            _change_facts(out, node, one, change, names)
    return out.getvalue()


def _change_facts(
    out: TripleWriter, group: str, one: ChangeSet, change: ProvisionChange, names: Mapping[str, Mapping[str, str]]
) -> None:
    node = ids.iri("change", change_id(one.older, one.newer, change))
    out.type(node, t.DUE_ProvisionChange)
    out.iri(node, t.DCTERMS_isPartOf, group)
    for version, number, predicate in (
        (one.older, change.before, t.DUE_before),
        (one.newer, change.after, t.DUE_after),
    ):
        if number is not None:
            provision = ids.provision_iri(ids.provision_id(version, number))
            out.iri(node, predicate, provision)
            stable = names.get(version, {}).get(number)
            if stable is not None:
                out.text(provision, t.DUE_continuityId, stable)
    out.iri(node, t.DUE_changeKind, str(concept("change-kinds", change.kind.value).iri))
    out.iri(node, t.DUE_materiality, str(concept("materiality", change.materiality.value).iri))
    out.typed(node, t.DUE_similarity, f"{change.similarity:.4f}", t.XSD_decimal)
    for word in dict.fromkeys(change.decided_by):
        out.text(node, t.DUE_decidingWords, word)
    if one.effective_from is not None:
        out.typed(node, t.DUE_effectiveFrom, one.effective_from.isoformat(), t.XSD_date)
    if one.basis is not None:
        out.iri(node, t.DUE_dateBasis, ids.span_iri(one.basis.document, one.basis.start, one.basis.end))
    out.text(node, t.DUE_dateBasisKind, "stated" if one.effective_from is not None else "unknown")
    out.text(node, t.DUE_changeSignal, "text")
    out.iri(node, t.DUE_reviewState, str(concept("finding-status", "open").iri))
    out.text(node, t.DUE_record, json.dumps(_change_json(change), ensure_ascii=False, sort_keys=True))


def read_changes(select: Select, acts: Iterable[str] | None = None) -> tuple[ChangeSet, ...]:
    """Return the stored change sets, of some acts or of all, by older and newer version."""
    graphs = None if acts is None else [ids.derived_graph_iri(graph_name(act)) for act in acts]
    changes: dict[str, list[ProvisionChange]] = defaultdict(list)
    pattern = f"?c a <{t.DUE_ProvisionChange}> ; <{t.DCTERMS_isPartOf}> ?set ; <{t.DUE_record}> ?record"
    for group, record in select(query("?set ?record", pattern, graphs)):
        changes[group or ""].append(_change_of(json.loads(record or "")))
    found = [
        _set_of(json.loads(record or ""), changes.get(group or "", []))
        for group, record in select(
            query("?set ?record", f"?set a <{t.DUE_ChangeSet}> ; <{t.DUE_record}> ?record", graphs)
        )
    ]
    return tuple(sorted(found, key=lambda one: one.pair))


def read_change_sets(select: Select) -> tuple[ChangeSet, ...]:
    """Return the stored change sets of all acts without their changes: what was compared, and when it was known."""
    pattern = f"?set a <{t.DUE_ChangeSet}> ; <{t.DUE_record}> ?record"
    return tuple(_set_of(json.loads(record or ""), []) for (record,) in select(query("?record", pattern, None)))


def _set_json(one: ChangeSet) -> dict[str, Any]:
    return {
        "act": one.act,
        "older": one.older,
        "newer": one.newer,
        "made_of": one.made_of,
        "known_at": one.known_at.isoformat(),
        "effective_from": one.effective_from.isoformat() if one.effective_from is not None else None,
        "basis": asdict(one.basis) if one.basis is not None else None,
        "order": [change_id(one.older, one.newer, change) for change in one.changes],
    }


def _set_of(data: Mapping[str, Any], changes: Sequence[ProvisionChange]) -> ChangeSet:
    place = {each: index for index, each in enumerate(data["order"])}
    ordered = sorted(changes, key=lambda c: place.get(change_id(data["older"], data["newer"], c), len(place)))
    effective = None if data["effective_from"] is None else date.fromisoformat(data["effective_from"])
    basis = None if data["basis"] is None else DateBasis(**data["basis"])
    quote = None if basis is None else basis.quote
    return ChangeSet(
        act=data["act"],
        older=data["older"],
        newer=data["newer"],
        made_of=data["made_of"],
        known_at=datetime.fromisoformat(data["known_at"]),
        changes=tuple(replace(change, effective_from=effective, date_basis=quote) for change in ordered),
        effective_from=effective,
        basis=basis,
    )


def _change_json(change: ProvisionChange) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "before": change.before,
        "after": change.after,
        "similarity": change.similarity,
        "materiality": change.materiality.value,
        "decided_by": list(change.decided_by),
    }


def _change_of(data: Mapping[str, Any]) -> ProvisionChange:
    return ProvisionChange(
        kind=ChangeKind(data["kind"]),
        before=data["before"],
        after=data["after"],
        similarity=data["similarity"],
        materiality=Materiality(data["materiality"]),
        decided_by=tuple(data["decided_by"]),
    )
