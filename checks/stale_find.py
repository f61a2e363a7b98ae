"""Which stored findings later law has overtaken, and which acts brought it.

A finding rests on its rule's legal basis and on the citations of its contract. It is stale when a version or a repeal
of such an act was stored after the finding was made, or took effect since, and touches just that provision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from checks.finding import StaleReason, Text
from checks.impact import ImpactLevel
from checks.law_reading import LawReading
from checks.ledger_load import act_names, citing_clauses, finding_bases, read_ledger
from checks.ledger_model import REPEALED, WHOLE_ACT, Citing, Entry, FindingBasis, Item, Question, what_changed
from checks.record import Made, graph_name
from checks.rule import PythonEvaluator, Rule
from kb import ids
from kb.facts.base import document_of, notations, span_of
from kb.facts.changes import read_change_sets
from kb.parameters import Iri
from kb.snapshot import Snapshot
from ontology import terms as t

CITATION_EVALUATOR = "citation_status"
"""Named evaluator whose findings rest on every citation of their contract."""
FIRST = "first"
"""Key of the event that an act was stored for the first time."""
ON_DAY = "#"
"""Stands in the key of an event between a version and the day on which some of its provisions begin."""


@dataclass(frozen=True, slots=True)
class LawEvent:
    """That law came in: a version after another, a repeal, or an act that was not stored before.

    Attributes:
        key: id of the newer version (with "#" and a day for provisions that begin then), "repealed" or "first".
        known_at: when it was first stored.
        day: the day it takes effect, or from which it is read; None when no source states any.
    """

    act: str
    key: str
    known_at: datetime
    day: date | None

    def overtakes(self, made: Made, today: date) -> bool:
        """Return whether the event is in effect and was not when a finding was made, or not known then."""
        if self.day is not None and self.day > today:
            return False
        return self.known_at > made.known_at or (self.day is not None and self.day > made.as_of)


@dataclass(frozen=True, slots=True)
class News:
    """New law of one act that touches checked contracts or findings.

    Attributes:
        clauses: citing clauses it touches, of contracts checked before it was known.
        contracts: ids of those contracts.
        findings: findings it makes stale now.
    """

    event: LawEvent
    clauses: int
    contracts: tuple[str, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What later law has overtaken: marks by subject and finding, and the news by act."""

    marks: Mapping[str, Mapping[str, tuple[StaleReason, ...]]] = field(default_factory=dict)
    news: tuple[News, ...] = ()


def overtaken(snapshot: Snapshot, law: LawReading, rules: Sequence[Rule], today: date) -> Overtaken:
    """Return the findings that later law has overtaken.

    Args:
        snapshot: one consistent view of the store.
        law: its law.
        rules: the present rules.
        today: the day whose law counts.
    """
    oldest = _oldest(snapshot)
    if oldest is None:
        return Overtaken()
    concerned: dict[str, dict[str, LawEvent]] = defaultdict(dict)
    for event in law_events(snapshot, law):
        if event.known_at > oldest.known_at or event.overtakes(oldest, today):
            concerned[event.act][event.key] = event
    search = _Search(snapshot, law, rules, today)
    for act, events in concerned.items():
        search.look(act, events)
    return search.result()


def law_events(snapshot: Snapshot, law: LawReading) -> Iterable[LawEvent]:
    """Yield everything that ever came in of the stored law."""
    known = {one.pair: one.known_at for one in read_change_sets(snapshot.query)}
    for act in law.index.acts:
        line = law.index.versions(act)
        first = min(law.known_at(version.version) for version in line)
        yield LawEvent(act, FIRST, first, None)
        for older, newer in pairwise(line):
            at = known.get((older.version, newer.version), law.known_at(newer.version))
            yield LawEvent(act, newer.version, at, newer.starts)
            for day in sorted({day for day in newer.begins.values() if day is not None}):
                yield LawEvent(act, f"{newer.version}{ON_DAY}{day}", at, day)
        repeal = law.index.repeal_of(act)
        if repeal is not None:
            by = [
                v for v in law.index.versions(repeal.by or "") if any(law.index.find_act(n) == act for n in v.repeals)
            ]
            at = min((law.known_at(version.version) for version in by), default=law.known_at(line[-1].version))
            yield LawEvent(act, REPEALED, at, repeal.day)


def _oldest(snapshot: Snapshot) -> Made | None:
    """Return the oldest day and moment of any stored finding, or None without findings."""
    rows = snapshot.query(
        f"SELECT (MIN(?a) AS ?day) (MIN(?k) AS ?moment) WHERE {{ GRAPH ?g {{ ?f a <{t.DUE_Finding}> ; "
        f"<{t.DUE_asOf}> ?a ; <{t.DUE_knownAt}> ?k }} }}",
        union=False,
    )
    ((day, moment),) = rows or [(None, None)]
    return None if day is None or moment is None else Made(date.fromisoformat(day), datetime.fromisoformat(moment))


@dataclass(frozen=True, slots=True)
class _Stored:
    """One stored finding, as far as it matters here."""

    id: str
    rule: str
    subject: str
    outcome: str
    made: Made


class _Search:
    """Collects marks and news act by act."""

    def __init__(self, snapshot: Snapshot, law: LawReading, rules: Sequence[Rule], today: date) -> None:
        self._snapshot, self._law, self._rules, self._today = snapshot, law, rules, today
        self._by_citation = {
            rule.id
            for rule in rules
            if isinstance(rule.evaluate, PythonEvaluator) and rule.evaluate.name == CITATION_EVALUATOR
        }
        self._marks: dict[str, dict[str, list[StaleReason]]] = defaultdict(lambda: defaultdict(list))
        self._news: list[News] = []

    def result(self) -> Overtaken:
        """Return what was collected."""
        marks = {
            subject: {finding: tuple(dict.fromkeys(reasons)) for finding, reasons in found.items()}
            for subject, found in self._marks.items()
        }
        return Overtaken(marks, tuple(self._news))

    def look(self, act: str, events: Mapping[str, LawEvent]) -> None:
        """Mark what new law of one act has overtaken."""
        ledger = read_ledger(self._snapshot, self._law, act, Question(as_of=date.max), self._rules)
        touched: dict[str, list[tuple[Entry, Item]]] = defaultdict(list)
        for entry in ledger.entries:
            key = REPEALED if entry.kind == REPEALED else entry.newer or ""
            if entry.begins is not None:
                key = f"{key}{ON_DAY}{entry.effective_from}"
            if key in events and entry.kind != WHOLE_ACT:
                touched[key] += [(entry, item) for item in entry.items if item.state is not ImpactLevel.NONE]
        citing = citing_clauses(self._snapshot, act_names(self._snapshot, self._law.index, act), act)
        based = finding_bases(self._snapshot, self._law, act)
        subjects = {*(each.document for each in citing), *(each.subject for each in based)}
        stored = _findings_of(self._snapshot, subjects)
        places = _evidence_of(self._snapshot, subjects)
        for key, found in touched.items():
            self._touch(events[key], found, stored, places)
        for key, event in events.items():
            read_anew = self._read_anew(act, key, citing)
            made_stale, contracts = self._mark_citing(event, read_anew, stored, places, arrived=True)
            if made_stale and key != FIRST:
                found_stale = tuple(dict.fromkeys(made_stale))
                self._news.append(News(event, 0, tuple(sorted(contracts)), found_stale))

    def _read_anew(self, act: str, key: str, citing: Sequence[Citing]) -> list[tuple[Citing, StaleReason]]:
        """Return the citations that mean a text which an event brought: nobody could read them by it before."""
        if key == FIRST:
            text = Text(f"{act} is stored now.", f"{act}现已存入。")  # the act is stored now
            return [(each, StaleReason(act, FIRST, text)) for each in citing]
        if ON_DAY in key:
            return []  # the text was there before
        name = key.rpartition("@")[2]
        text = Text(
            f"The contract means version {name} of {act}, which is stored now.",
            f"合同所指为{act}的{name}版本，现已存入。",  # the contract means that version, which is stored now
        )
        found = []
        for each in citing:
            meant = self._law.index.meant_on(act, each.written) if each.written is not None else None
            if meant is not None and meant.version == key and each.citation.provision is not None:
                found.append((each, StaleReason(act, key, text)))
        return found

    def _touch(
        self,
        event: LawEvent,
        found: Sequence[tuple[Entry, Item]],
        stored: Mapping[str, list[_Stored]],
        places: Mapping[tuple[str, int, int], set[str]],
    ) -> None:
        clauses = [
            (item.what, StaleReason(event.act, entry.id, what_changed(entry, item)))
            for entry, item in found
            if isinstance(item.what, Citing) and item.what.law is None
        ]
        made_stale, contracts = self._mark_citing(event, clauses, stored, places)
        for entry, item in found:
            basis = item.what
            if not isinstance(basis, FindingBasis) or basis.why != "basis":
                continue
            for finding in stored.get(basis.subject, ()):
                if finding.id == basis.finding and event.overtakes(finding.made, self._today):
                    reason = StaleReason(event.act, entry.id, what_changed(entry, item))
                    self._marks[finding.subject][finding.id].append(reason)
                    made_stale.append(finding.id)
        touched = [each for each, _ in clauses if each.document in contracts]
        if touched or made_stale:
            self._news.append(News(event, len(touched), tuple(sorted(contracts)), tuple(dict.fromkeys(made_stale))))

    def _mark_citing(
        self,
        event: LawEvent,
        clauses: Sequence[tuple[Citing, StaleReason]],
        stored: Mapping[str, list[_Stored]],
        places: Mapping[tuple[str, int, int], set[str]],
        *,
        arrived: bool = False,
    ) -> tuple[list[str], set[str]]:
        """Mark the findings about citations; return those marked, and the contracts checked before the event.

        ``arrived`` counts only what was stored after a finding was made, not what took effect since.
        """
        made_stale: list[str] = []
        contracts: set[str] = set()
        for citing, reason in clauses:
            about = places.get((citing.document, citing.citation.start, citing.citation.end), set())
            for finding in stored.get(citing.document, ()):
                if event.known_at > finding.made.known_at:
                    contracts.add(citing.document)
                if finding.rule not in self._by_citation or not event.overtakes(finding.made, self._today):
                    continue
                if arrived and event.known_at <= finding.made.known_at:
                    continue
                # A flag is about its own citation; a pass or "not evaluated" is about all of the contract's.
                if finding.outcome != "flag" or finding.id in about:
                    self._marks[finding.subject][finding.id].append(reason)
                    made_stale.append(finding.id)
        return made_stale, contracts


def _findings_of(snapshot: Snapshot, subjects: Iterable[str]) -> dict[str, list[_Stored]]:
    outcomes = notations("outcomes")
    found: dict[str, list[_Stored]] = defaultdict(list)
    for subject, rows in _by_subject(
        snapshot,
        subjects,
        "?f ?rule ?outcome ?day ?moment",
        f"?f a <{t.DUE_Finding}> ; <{t.DUE_rule}> ?r ; <{t.DUE_outcome}> ?outcome ; <{t.DUE_asOf}> ?day ; "
        f"<{t.DUE_knownAt}> ?moment . ?r <{t.DUE_ruleId}> ?rule",
    ):
        f, rule, outcome, day, moment = rows
        made = Made(date.fromisoformat(day or ""), datetime.fromisoformat(moment or ""))
        found[subject].append(_Stored(_finding(f), rule or "", subject, outcomes.get(outcome or "", ""), made))
    return found


def _evidence_of(snapshot: Snapshot, subjects: Iterable[str]) -> dict[tuple[str, int, int], set[str]]:
    found: dict[tuple[str, int, int], set[str]] = defaultdict(set)
    for _, (f, span) in _by_subject(
        snapshot, subjects, "?f ?span", f"?f a <{t.DUE_Finding}> ; <{t.DUE_evidence}> ?span"
    ):
        place = span_of(span)
        found[document_of(span), place.start, place.end].add(_finding(f))
    return found


def _by_subject(
    snapshot: Snapshot, subjects: Iterable[str], variables: str, pattern: str
) -> Iterable[tuple[str, tuple[str | None, ...]]]:
    graphs = {ids.derived_graph_iri(graph_name(subject)): subject for subject in subjects}
    if not graphs:
        return
    query = f"SELECT ?g {variables} WHERE {{ VALUES ?g {{}} GRAPH ?g {{ {pattern} }} }}"
    for graph, *row in snapshot.query(query, values={"g": [Iri(one) for one in graphs]}, union=False):
        yield graphs[graph or ""], tuple(row)


def _finding(iri: str | None) -> str:
    name = ids.parse_iri(iri or "")
    return name.id if name is not None else ""
