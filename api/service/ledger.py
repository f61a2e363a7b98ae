"""The impact ledger of an act as it is shown: JSON, rows of a table, and one item by its id."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from api.service.citing_laws import citing_laws_json
from api.service.impact_decisions import ImpactDecisions, state_of
from api.service.law import force_json
from checks.finding import Text
from checks.impact import ImpactLevel
from checks.impact_levels import heaviest
from checks.law_reading import LawReading
from checks.ledger_load import read_ledger
from checks.ledger_model import Citing, Entry, FindingBasis, Item, Ledger, Question, RuleBasis, what_changed
from checks.rule import load_rules
from kb import ids
from kb.errors import NotFoundError, QueryError
from kb.facts.base import document_of, span_of
from kb.facts.changes import ChangeSet
from kb.facts.links import LINKS_GRAPH
from kb.parameters import Iri
from kb.snapshot import Snapshot
from ontology import terms as t

COLUMNS: Final = (
    "act", "change", "change_kind", "before", "after", "materiality", "effective_from", "in_effect", "item", "type",
    "state", "computed", "document", "source", "clause", "quote", "written", "mode", "cited", "now", "parties",
    "reason", "decided_by", "decision_reason",
)  # fmt: skip
"""Columns of the table form, one row per item."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a cell must not begin with: spreadsheets would run it. Source: OWASP, CSV Injection."""


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One item with the change it comes from; ``what`` is the clause, rule or finding in a few words."""

    act: str
    entry: Entry
    item: Item
    what: str


def question(as_of: date | None, begin: date | None, end: date | None) -> Question:
    """Return the question for a ledger.

    Raises:
        QueryError: the period ends before it begins.
    """
    if begin is not None and end is not None and end < begin:
        raise QueryError(f"the period ends ({end}) before it begins ({begin}).", remedy="Swap --from and --to.")
    return Question(as_of if as_of is not None else datetime.now(UTC).date(), begin, end)


def find_ledger(snapshot: Snapshot, name: str, asked: Question) -> tuple[LawReading, Ledger]:
    """Return the ledger of an act by its id or title; also of one that is not stored but that stored law repeals.

    Raises:
        NotFoundError: no stored act has this name, and none says it repeals one.
        QueryError: the name fits several acts.
    """
    law = LawReading(snapshot)
    found = law.index.candidates(name)
    if len(found) > 1:
        raise QueryError(
            f"'{name}' fits more than one stored act.", code="ambiguous", remedy=f"Name one of {', '.join(found)}."
        )
    repeal = law.index.repeal_of_name(name) if not found else None
    if not found and repeal is None:
        raise NotFoundError(
            f"no stored act is called '{name}'", remedy="Store it with: duegraph ingest FILE --kind regulation."
        )
    act = found[0] if found else name
    return law, read_ledger(snapshot, law, act, asked, load_rules(), repeal=repeal)


def find_item(snapshot: Snapshot, item: str, act: str | None = None) -> FoundItem:
    """Return one item by its id.

    Raises:
        NotFoundError: no ledger holds it.
    """
    law = LawReading(snapshot)
    if act is not None:
        acts = list(law.index.candidates(act)) or [act]
    else:
        acts = [a for a in law.index.acts if len(law.index.versions(a)) > 1 or law.index.repeal_of(a) is not None]
        acts += sorted(law.index.repealed_names())
    for one in acts:
        _, ledger = find_ledger(snapshot, one, question(None, None, None))
        for entry in ledger.entries:
            for each in entry.items:
                if each.id == item:
                    return FoundItem(ledger.act, entry, each, _what(each))
    raise NotFoundError(
        f"no impact item '{item}' is in a present ledger.", remedy="List items with: duegraph law impact ACT."
    )


def _what(item: Item) -> str:
    if isinstance(item.what, Citing):
        return f"{item.what.source}: {' '.join(item.what.citation.text.split())}"
    return item.what.rule if isinstance(item.what, RuleBasis) else item.what.finding


def ledger_json(
    snapshot: Snapshot, name: str, asked: Question, known: ImpactDecisions, *, everything: bool = True
) -> dict[str, Any]:
    """Return the impact ledger of an act in the JSON shape of ``law impact``.

    Args:
        snapshot: one consistent view of the store.
        name: id or title of the act.
        asked: which of its changes, judged on which day.
        known: what people decided on items.
        everything: also changes that nothing rests on.

    Raises:
        NotFoundError: no stored act has this name.
        QueryError: the name fits several acts.
    """
    law, ledger = find_ledger(snapshot, name, asked)
    documents = {
        i.what.document for e in ledger.entries for i in e.items if isinstance(i.what, Citing) and i.what.law is None
    }
    parties = _parties(snapshot, documents)
    versions = {version.version: version for version in ledger.versions}
    shown = [entry for entry in ledger.entries if everything or entry.items]
    changes = [_entry_json(law, entry, versions, parties, known) for entry in shown]
    states = Counter(item["state"] for change in changes for item in change["items"])
    return {
        "act": ledger.act,
        "title": ledger.versions[-1].title if ledger.versions else ledger.act,
        "as_of": asked.as_of.isoformat(),
        "from": asked.begin.isoformat() if asked.begin is not None else None,
        "to": asked.end.isoformat() if asked.end is not None else None,
        "versions": [
            {
                "version": v.version,
                "title": v.title,
                "date": _iso(v.date),
                "in_force": _iso(v.in_force),
                "begins": [{"provision": number, "day": _iso(begins)} for number, begins in sorted(v.begins.items())],
                **force_json(law, v.version, asked.as_of),
            }
            for v in ledger.versions
        ],
        "changes": changes,
        "absent": [_citing_json(each, parties) for each in ledger.absent],
        "unmoved": ledger.unmoved,
        "laws": citing_laws_json(ledger.laws, changes),
        "states": {level.value: states.get(level.value, 0) for level in ImpactLevel},
        "partners": _partners(changes),
    }


def _entry_json(
    law: LawReading,
    entry: Entry,
    versions: Mapping[str, Any],
    parties: Mapping[str, list[dict[str, Any]]],
    known: ImpactDecisions,
) -> dict[str, Any]:
    older, newer = versions.get(entry.older), versions.get(entry.newer or "")
    told = what_changed(entry)
    change_set: ChangeSet | None = law.change_set(older, newer) if older is not None and newer is not None else None
    first = {each.place: each for each in reversed(entry.items)}
    told_of = {place: what_changed(entry, each) for place, each in first.items()}
    items = [_item_json(each, told_of[each.place], parties, known) for each in entry.items]
    return {
        "id": entry.id,
        "kind": entry.kind,
        "older": entry.older,
        "newer": entry.newer,
        "before": entry.before,
        "after": entry.after[0] if len(entry.after) == 1 else None,
        "pieces": list(entry.after),
        "before_label": _label(older, entry.before),
        "after_labels": [_label(newer, number) for number in entry.after],
        "similarity": max((change.similarity for change in entry.changes), default=None),
        "materiality": entry.materiality.value if entry.materiality is not None else None,
        "decided_by": list(dict.fromkeys(word for change in entry.changes for word in change.decided_by)),
        "effective_from": _iso(entry.effective_from),
        "date_basis": _basis_json(law, entry, change_set),
        "in_effect": entry.in_effect,
        "summary": {"en": told.en, "zh": told.zh},
        "old_text": _text(law, older, entry.before),
        "new_texts": [_text(law, newer, number) for number in entry.after],
        "state": heaviest(tuple(ImpactLevel(item["state"]) for item in items)).value,
        "items": items,
    }


def _basis_json(law: LawReading, entry: Entry, change_set: ChangeSet | None) -> dict[str, Any] | None:
    """Return the words the day of effect was read from: those about the provision itself, else those about the act."""
    basis = change_set.basis if change_set is not None else None
    kind = "stated"
    if entry.begins is not None and entry.newer is not None:
        basis = law.commencement(entry.newer, entry.begins)
        kind = "provision" if entry.effective_from is not None else "other-day"
    if basis is None:
        return {"kind": "unknown"} if entry.effective_from is None else {"kind": kind}
    return {"kind": kind, "document": basis.document, "start": basis.start, "end": basis.end, "quote": basis.quote}


def _label(version: Any, number: str | None) -> str | None:
    place = version.provisions.get(number) if version is not None and number is not None else None
    return place.label if place is not None else None


def _text(law: LawReading, version: Any, number: str | None) -> str | None:
    place = version.provisions.get(number) if version is not None and number is not None else None
    return law.words(place) if place is not None else None


def _item_json(
    item: Item, told: Text, parties: Mapping[str, list[dict[str, Any]]], known: ImpactDecisions
) -> dict[str, Any]:
    decision = known.get(item.id)
    state, overtaken = state_of(item.state, decision)
    shown = {
        "id": item.id,
        "type": item.kind,
        "state": state,
        "computed": item.state.value,
        "row": item.row,
        "reason": {"en": item.why.en, "zh": item.why.zh},
        "summary": {"en": told.en, "zh": told.zh},
        "cited": item.place,
        "now": list(item.now),
        "part_changed": item.touched,
        "decision": None if decision is None else {**decision.json(), "overtaken": overtaken},
    }
    if isinstance(item.what, Citing):
        return shown | _citing_json(item.what, parties)
    if isinstance(item.what, RuleBasis):
        title = {"en": item.what.title.en, "zh": item.what.title.zh}
        return shown | {"rule": item.what.rule, "title": title, "read_on": item.what.read_on.isoformat()}
    finding: FindingBasis = item.what
    return shown | {
        "finding": finding.finding,
        "rule": finding.rule,
        "subject": finding.subject,
        "outcome": finding.outcome,
        "stale": finding.stale,
    }


def _citing_json(citing: Citing, parties: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    clause = citing.clause
    by_law = {} if citing.law is None else {"version": citing.law, "act": citing.law.rpartition("@")[0]}
    return by_law | {
        "document": citing.document,
        "title": citing.title,
        "source": citing.source,
        "start": citing.citation.start,
        "end": citing.citation.end,
        "quote": citing.citation.text,
        "clause": None
        if clause is None
        else {
            "id": clause.id,
            "number": clause.number,
            "heading": clause.heading,
            "start": clause.start,
            "end": clause.end,
        },
        "written": _iso(citing.written),
        "mode": citing.mode.mode.value,
        "mode_words": None if citing.mode.words is None else [citing.mode.words.start, citing.mode.words.end],
        "parties": parties.get(citing.document, []),
    }


def _parties(snapshot: Snapshot, documents: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the parties of contracts with the stored partners they are tied to."""
    rows = snapshot.query(
        f"SELECT ?p ?name ?s ?role WHERE {{ VALUES ?g {{}} GRAPH ?g {{ ?p a <{t.DUE_ContractParty}> ; "
        f"<{t.DUE_name}> ?name ; <{t.OA_hasSelector}> ?s . OPTIONAL {{ ?p <{t.DUE_roleLabel}> ?role }} }} }}",
        values={"g": [Iri(ids.graph_iri(document)) for document in documents]},
        union=False,
    )
    graph = ids.derived_graph_iri(LINKS_GRAPH)
    links = snapshot.query(
        f"SELECT ?m ?partner WHERE {{ GRAPH <{graph}> {{ ?m <{t.DUE_linkedTo}> ?partner }} }}", union=False
    )
    partners = {mention or "": _partner_id(partner or "") for mention, partner in links}
    found: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for p, name, s, role in rows:
        document, span = document_of(p), span_of(s)
        partner = partners.get(ids.span_iri(document, span.start, span.end))
        found[document].append((span.start, {"name": name, "role": role, "partner": partner}))
    return {document: [party for _, party in sorted(group, key=lambda g: g[0])] for document, group in found.items()}


def _partner_id(iri: str) -> str:
    scope, _, key = iri.removeprefix(f"{ids.URN}partner:").partition("/")
    return f"{ids.unquote_id(scope)}/{ids.unquote_id(key)}"


def _partners(changes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the partners whose contracts are touched, the heaviest state first."""
    states: dict[tuple[str | None, str], list[ImpactLevel]] = defaultdict(list)
    contracts: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for change in changes:
        for item in change["items"]:
            for party in item.get("parties", ()):
                key = (party["partner"], "" if party["partner"] is not None else party["name"])
                states[key].append(ImpactLevel(item["state"]))
                contracts[key].add(item["document"])
    names = {
        (p["partner"], "" if p["partner"] is not None else p["name"]): p["name"]
        for change in changes
        for item in change["items"]
        for p in item.get("parties", ())
    }
    order = list(ImpactLevel)
    rows = [
        {
            "partner": key[0],
            "name": names[key],
            "contracts": sorted(contracts[key]),
            "state": heaviest(tuple(states[key])).value,
        }
        for key in states
    ]
    return sorted(rows, key=lambda row: (-order.index(ImpactLevel(row["state"])), row["name"]))


def table_rows(found: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the items of a ledger as rows of a table, one per item; see ``COLUMNS``."""
    for change in found["changes"]:
        for item in change["items"]:
            clause = item.get("clause") or {}
            decision = item["decision"] or {}
            yield {
                "act": found["act"],
                "change": change["id"],
                "change_kind": change["kind"],
                "before": change["before"] or "",
                "after": " ".join(change["pieces"]),
                "materiality": change["materiality"] or "",
                "effective_from": change["effective_from"] or "unknown",
                "in_effect": {True: "yes", False: "not yet", None: "unknown"}[change["in_effect"]],
                "item": item["id"],
                "type": item["type"],
                "state": item["state"],
                "computed": item["computed"],
                "document": item.get("document") or item.get("subject") or "",
                "source": item.get("source", ""),
                "clause": " ".join(part for part in (clause.get("number"), clause.get("heading")) if part),
                "quote": item.get("quote") or item.get("finding") or item.get("rule") or "",
                "written": item.get("written") or "",
                "mode": item.get("mode", ""),
                "cited": item["cited"] or "",
                "now": " ".join(item["now"]),
                "parties": "; ".join(party["name"] for party in item.get("parties", ())),
                "reason": item["reason"]["en"],
                "decided_by": decision.get("actor", ""),
                "decision_reason": decision.get("reason", ""),
            }


def ledger_csv(found: Mapping[str, Any]) -> str:
    """Return the items of a ledger as CSV (RFC 4180) that spreadsheets open safely."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in table_rows(found):
        writer.writerow({name: f"'{value}" if value.startswith(_FORMULA) else value for name, value in row.items()})
    return out.getvalue()


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
