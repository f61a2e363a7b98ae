"""From a snapshot to the impact ledger of one act: what cites it, which rules and findings rest on it.

Every class of thing is one query over all documents, never one per document, so that ten thousand citing clauses cost
about as much as their texts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from checks.citation_mode import citation_mode, contract_mode
from checks.citing_cache import contract_title, made_of, read_citing
from checks.impact_levels import Table, load_table
from checks.law_reading import LawReading
from checks.ledger import LedgerMaker
from checks.ledger_laws import citing_laws
from checks.ledger_model import Citing, FindingBasis, Ledger, Question, RuleBasis
from checks.rule import Rule
from checks.stale import read_stale
from kb import ids
from kb.facts.base import document_of, index_of, notations, span_of
from kb.law import LawIndex
from kb.law_titles import title_key
from kb.law_versions import Repeal
from kb.model import Citation, Clause, Kind
from kb.parameters import Iri
from kb.records import DocumentRecord
from kb.snapshot import Snapshot
from ontology import terms as t

_SIGNED: Final = ("Agreement Date", "Effective Date")
"""Values that give a contract's own date, the first that is stated."""


def read_ledger(
    snapshot: Snapshot,
    law: LawReading,
    act: str,
    question: Question,
    rules: Iterable[Rule],
    *,
    repeal: Repeal | None = None,
) -> Ledger:
    """Return the impact ledger of an act.

    Args:
        snapshot: one consistent view of the store.
        law: its law.
        act: id of a stored act, or the title of one that is not stored when its ``repeal`` is given.
        question: which of its changes, judged on which day.
        rules: the rules whose legal basis may be the act.
        repeal: what a stored act says of an act that is not stored.
    """
    table = load_table()
    maker = LedgerMaker(
        law.index, act, table=table, words=law.words, sets=law.change_set, question=question, repeal=repeal
    )
    names = act_names(snapshot, law.index, act)
    graphs = citing_graphs(snapshot, names)
    citing = citing_clauses(snapshot, names, act, graphs)
    stale = read_stale(snapshot.query)
    maker.add_clauses(citing)
    maker.add_laws(citing_laws(snapshot, law, names, act, graphs, question.as_of))
    maker.add_rules(rule_bases(rules, law.index, act, table))
    maker.add_findings(_told(finding_bases(snapshot, law, act), stale))
    maker.add_evidence({place: _told(found, stale) for place, found in findings_on(snapshot, citing).items()})
    return maker.ledger()


def _told(findings: Iterable[FindingBasis], stale: Container[str]) -> list[FindingBasis]:
    """Return findings with whether they are stale."""
    return [replace(finding, stale=finding.finding in stale) for finding in findings]


def act_names(snapshot: Snapshot, law: LawIndex, act: str) -> list[str]:
    """Return the names by which stored citations mean an act, and no other."""
    rows = snapshot.query(f"SELECT DISTINCT ?name WHERE {{ GRAPH ?g {{ ?c <{t.DUE_citedAct}> ?name }} }}", union=False)
    names = [name for (name,) in rows if name is not None]
    if law.versions(act):
        return [name for name in names if law.find_act(name) == act]
    key = title_key(act.removeprefix("cn/"))
    return [name for name in names if title_key(name.removeprefix("cn/")) == key]


def laws_citing(snapshot: Snapshot, law: LawReading, act: str, as_of: date) -> list[Citing]:
    """Return the places of stored laws that cite an act; see ``checks.ledger_laws.citing_laws``."""
    names = act_names(snapshot, law.index, act)
    return citing_laws(snapshot, law, names, act, citing_graphs(snapshot, names), as_of)


def citing_graphs(snapshot: Snapshot, names: Sequence[str]) -> frozenset[str]:
    """Return the graphs of all documents that cite an act by one of these names."""
    rows = snapshot.query(
        f"SELECT DISTINCT ?g WHERE {{ VALUES ?act {{}} GRAPH ?g {{ ?c <{t.DUE_citedAct}> ?act }} }}",
        values={"act": names},
        union=False,
    )
    return frozenset(graph for (graph,) in rows if graph is not None)


def citing_clauses(
    snapshot: Snapshot, names: Sequence[str], act: str, graphs: Collection[str] | None = None
) -> list[Citing]:
    """Return the places of contracts that cite an act by one of these names, by contract and place."""
    by_contract, _ = citing_contracts(snapshot, names, act, graphs)
    return [each for _, places in sorted(by_contract.items()) for each in places]


def citing_contracts(
    snapshot: Snapshot, names: Sequence[str], act: str, citing: Collection[str] | None = None
) -> tuple[dict[str, list[Citing]], dict[str, str]]:
    """Return the citing places by contract, kept ones where they still count, and what each must be made of to count.

    The second holds only the contracts that had to be read anew. ``citing`` is what ``citing_graphs`` gives, where it
    is known already.
    """
    records = {record.id: record for record in snapshot.documents(Kind.CONTRACT)}
    graphs = {ids.graph_iri(document): document for document in records}
    found = citing_graphs(snapshot, names) if citing is None else citing
    wanted = {graphs[graph]: made_of(records[graphs[graph]], names) for graph in sorted(found) if graph in graphs}
    kept = read_citing(snapshot.query, act, wanted, records) if wanted else {}
    missing = {document: made for document, made in wanted.items() if document not in kept}
    if missing:
        for each in _read_anew(snapshot, names, {document: records[document] for document in missing}):
            kept.setdefault(each.document, []).append(each)
    return kept, missing


def _read_anew(snapshot: Snapshot, names: Sequence[str], records: Mapping[str, DocumentRecord]) -> list[Citing]:
    found: dict[str, list[Citation]] = defaultdict(list)
    rows = snapshot.query(
        f"SELECT ?c ?act ?s ?text ?number WHERE {{ VALUES ?act {{}} GRAPH ?g {{ ?c <{t.DUE_citedAct}> ?act ; "
        f"a <{t.DUE_Citation}> ; <{t.OA_hasSelector}> ?s . ?s <{t.OA_exact}> ?text . "
        f"OPTIONAL {{ ?c <{t.DUE_citedProvision}> ?number }} }} }}",
        values={"act": names},
        union=False,
    )
    for c, act, s, text, number in rows:
        span = span_of(s)
        found[document_of(c)].append(Citation(text or "", span.start, span.end, act, number))
    wanted = sorted(document for document in found if document in records)
    clauses = _Clauses(snapshot, wanted)
    signed = signed_days(snapshot, wanted)
    citing: list[Citing] = []
    for document in wanted:
        citing += _of_contract(snapshot, records[document], found[document], clauses, signed.get(document))
    return clauses.named(citing)


def _of_contract(
    snapshot: Snapshot,
    record: DocumentRecord,
    citations: Iterable[Citation],
    clauses: _Clauses,
    written: date | None,
) -> Iterable[Citing]:
    text = snapshot.text(record.id)
    default = contract_mode(text)
    seen: dict[str, int] = defaultdict(int)
    for citation in sorted(citations, key=lambda each: (each.start, each.end)):
        words = " ".join(citation.text.split())
        yield Citing(
            document=record.id,
            source=record.source or record.id,
            title=contract_title(record),
            citation=citation,
            clause=clauses.at(record.id, citation.start),
            written=written,
            mode=citation_mode(text, citation.start, citation.end, default=default),
            occurrence=seen[words],
        )
        seen[words] += 1


class _Clauses:
    """The clauses of some contracts by place; numbers and headings are read for those that cite only."""

    def __init__(self, snapshot: Snapshot, documents: Collection[str]) -> None:
        self._snapshot = snapshot
        self._starts: dict[str, list[int]] = {}
        self._spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        named = {ids.document_iri(document): document for document in documents}
        rows = snapshot.query(
            f"SELECT ?c ?s WHERE {{ VALUES ?g {{}} GRAPH ?g {{ ?c a <{t.DPV_ContractualClause}> ; "
            f"<{t.OA_hasSelector}> ?s }} }}",
            values={"g": [_graph(document) for document in documents]},
            union=False,
        )
        for c, s in rows:
            # The IRI of a span is its document, "#s" and its bounds; there may be a million of them.
            iri, _, bounds = (s or "").rpartition("#s")
            start, _, end = bounds.partition("-")
            self._spans[named[iri]].append((int(start), int(end), c or ""))
        for document, spans in self._spans.items():
            spans.sort(key=lambda each: (each[0], -each[1]))
            self._starts[document] = [start for start, _, _ in spans]

    def at(self, document: str, offset: int) -> Clause | None:
        """Return the innermost clause around an offset, its id being its IRI until ``named`` has looked."""
        spans = self._spans.get(document, [])
        for place in range(bisect_right(self._starts.get(document, []), offset) - 1, -1, -1):
            start, end, iri = spans[place]
            if end > offset:
                return Clause(iri, start, end)
        return None

    def named(self, citing: Sequence[Citing]) -> list[Citing]:
        """Return the citing places with the numbers and headings of their clauses."""
        wanted = {each.clause.id for each in citing if each.clause is not None}
        if not wanted:
            return list(citing)
        names = {predicate: self._read(predicate, wanted) for predicate in (t.DUE_number, t.DUE_heading)}
        known: dict[str, Clause] = {}
        for each in citing:
            clause = each.clause
            if clause is not None and clause.id not in known:
                known[clause.id] = replace(
                    clause,
                    id=ids.unquote_id(clause.id.rsplit("#", 1)[1]),
                    number=names[t.DUE_number].get(clause.id),
                    heading=names[t.DUE_heading].get(clause.id),
                )
        return [each if each.clause is None else replace(each, clause=known[each.clause.id]) for each in citing]

    def _read(self, predicate: str, clauses: Iterable[str]) -> dict[str, str]:
        # One property at a time: two VALUES blocks in one query make the engine try all pairs first.
        rows = self._snapshot.query(
            f"SELECT ?c ?o WHERE {{ VALUES ?c {{}} GRAPH ?g {{ ?c <{predicate}> ?o }} }}",
            values={"c": [Iri(one) for one in clauses]},
            union=False,
        )
        return {clause: value for clause, value in rows if clause is not None and value is not None}


def signed_days(snapshot: Snapshot, documents: Collection[str]) -> Mapping[str, date]:
    """Return each contract's own date, where it states one that can be read."""
    rows = snapshot.query(
        f"SELECT ?v ?type ?value WHERE {{ VALUES ?type {{}} GRAPH ?g {{ ?v <{t.DUE_valueType}> ?type ; "
        f"<{t.DUE_normalizedValue}> ?value ; a <{t.DUE_Value}> }} }}",
        values={"type": list(_SIGNED)},
        union=False,
    )
    wanted = set(documents)
    best: dict[str, tuple[int, int, date]] = {}
    for v, kind, value in rows:
        document = document_of(v)
        day = _day(value)
        if document in wanted and day is not None:
            rank = (_SIGNED.index(kind or ""), index_of(v or ""), day)
            best[document] = min(best.get(document, rank), rank)
    return {document: day for document, (_, _, day) in best.items()}


def rule_bases(rules: Iterable[Rule], law: LawIndex, act: str, table: Table) -> list[RuleBasis]:
    """Return the provisions of an act that rules rest on."""
    return [
        RuleBasis(rule.id, rule.title.text(), basis.provision, basis.read_on or table.rules_read_on)
        for rule in rules
        for basis in rule.basis
        if law.find_act(basis.act) == act
    ]


def finding_bases(snapshot: Snapshot, law: LawReading, act: str) -> list[FindingBasis]:
    """Return the stored findings whose legal basis is a provision of a version of the act that was changed since."""
    older = law.index.versions(act)[:-1]
    provisions = {
        ids.provision_iri(ids.provision_id(version.version, number)): (version.version, number)
        for version in older
        for number in version.provisions
    }
    if not provisions:
        return []
    return [
        replace(finding, version=provisions[iri][0], provision=provisions[iri][1], why="basis")
        for iri, finding in _resting_on(snapshot, t.DUE_basis, provisions)
    ]


def findings_on(snapshot: Snapshot, citing: Iterable[Citing]) -> dict[tuple[str, int, int], list[FindingBasis]]:
    """Return the stored findings whose evidence is one of these citations, by document and place of the citation."""
    places = {
        ids.span_iri(each.document, each.citation.start, each.citation.end): (
            each.document,
            each.citation.start,
            each.citation.end,
        )
        for each in citing
    }
    if not places or not _any_evidence(snapshot):
        return {}
    found: dict[tuple[str, int, int], list[FindingBasis]] = defaultdict(list)
    for iri, finding in _resting_on(snapshot, t.DUE_evidence, places):
        found[places[iri]].append(finding)
    return dict(found)


def _any_evidence(snapshot: Snapshot) -> bool:
    """Return whether any finding is stored; before the first check there is nothing to look for among all citations."""
    rows = snapshot.query(f"SELECT ?f WHERE {{ GRAPH ?g {{ ?f <{t.DUE_evidence}> ?e }} }} LIMIT 1", union=False)
    return bool(rows)


def _resting_on(snapshot: Snapshot, predicate: str, things: Iterable[str]) -> list[tuple[str, FindingBasis]]:
    """Return the stored findings tied by a property to any of these things, each with the IRI of the thing."""
    outcomes = notations("outcomes")
    rows = snapshot.query(
        f"SELECT ?f ?rule ?subject ?outcome ?thing WHERE {{ VALUES ?thing {{}} GRAPH ?g {{ ?f <{predicate}> ?thing ; "
        f"<{t.DUE_rule}> ?r ; <{t.DUE_subject}> ?subject ; <{t.DUE_outcome}> ?outcome . ?r <{t.DUE_ruleId}> ?rule "
        "} }",
        values={"thing": [Iri(one) for one in things]},
        union=False,
    )
    return [
        (thing or "", FindingBasis(_local(f), rule or "", _local(subject), outcomes.get(outcome or "", "")))
        for f, rule, subject, outcome, thing in rows
    ]


def _graph(document: str) -> Iri:
    return Iri(ids.graph_iri(document))


def _local(iri: str | None) -> str:
    """Return the id an IRI of ours stands for."""
    name = ids.parse_iri(iri or "")
    return name.id.replace("%2F", "/") if name is not None else iri or ""


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        return None
