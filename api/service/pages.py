"""The pages' data, taken from one snapshot per request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from api.service import alert_view, hit_view, overview
from api.service.checking import stored_findings
from api.service.decisions import Decisions
from api.service.document_view import document_page, force_view
from api.service.entities import parties_of_rows
from api.service.force import Forces
from api.service.hits import stored_histories
from api.service.impact_decisions import STATES as IMPACT_STATES
from api.service.impact_decisions import ImpactDecisions, impact_histories
from api.service.ledger import ledger_json, question
from api.service.library import Library, both, both_labels, labels
from api.service.partner_view import partner_page
from api.web import data as view
from api.web.alerts import AlertsPage
from api.web.hits import HitsAsked, HitsPage
from api.web.overview import DocumentRow, PartnerRow
from checks.finding import Finding, Text
from checks.record import read_messages
from checks.rule import Rule, find_rule
from kb.base import KnowledgeBase
from kb.errors import QueryError
from kb.search.model import SearchResult, Sort
from kb.snapshot import Snapshot
from ontology import describe

HOW = {
    "clause_pattern": Text("pattern in clauses", "条款文字模式"),
    "missing_clause": Text("missing clause", "缺失条款"),
    "value_threshold": Text("threshold on a value", "数值阈值"),
    "sparql": Text("query over the graph", "图查询"),
    "python": Text("evaluator", "专用评估器"),
}
"""The ways a rule is evaluated, for a reader."""


class StoredPages:
    """``api.web.data.PageData`` on a snapshot."""

    def __init__(
        self, kb: KnowledgeBase, snapshot: Snapshot, known: Decisions, impact: ImpactDecisions | None = None
    ) -> None:
        self._kb = kb
        self.snapshot = snapshot
        self._impact = impact or {}
        self._library = Library(snapshot, known)

    def search(
        self,
        query: str,
        *,
        type: str | None,  # noqa: A002 - the name of the filter everywhere
        language: str | None,
        filters: Mapping[str, Sequence[str]],
        limit: int,
        offset: int,
        sort: str,
    ) -> view.SearchPage:
        """Search; see ``kb.search.SearchIndex.search``."""
        found = self.snapshot.index.search(
            query,
            type=type,
            language=language,
            filters=filters,
            limit=limit,
            offset=offset,
            sort=cast("Sort", sort),  # the index refuses what is none
        )
        forces = Forces(self.snapshot)
        shown = {hit.id: force_view(forces.of_hit(hit.type, hit.id, hit.document)) for hit in found.hits}
        messages = read_messages(self.snapshot.select, [hit.id for hit in found.hits if hit.type == "finding"])
        found = self._at_parties(found)
        return view.SearchPage(
            found,
            {hit.document: self._library.title(hit.document) for hit in found.hits if hit.document},
            {hit: force for hit, force in shown.items() if force is not None},
            {name: both(text) for name, text in messages.items()},
        )

    def _at_parties(self, found: SearchResult) -> SearchResult:
        """Return a result whose partner hits go by the id of their party, so that links lead to it."""
        rows = [(hit.document, hit.id) for hit in found.hits if hit.type == "partner"]
        parties = parties_of_rows(self.snapshot, rows)
        hits = tuple(
            replace(hit, id=parties.get((hit.document, hit.id), hit.id)) if hit.type == "partner" else hit
            for hit in found.hits
        )
        return replace(found, hits=hits)

    def document_page(self, document: str) -> view.DocumentPage:
        """Return one document with what was found in it."""
        return document_page(self._library, document)

    def partner_page(self, partner: str) -> view.PartnerPage:
        """Return one partner, by id, identifier or name."""
        return partner_page(self._library, partner, stored_histories(self._kb, self.snapshot))

    def hits_page(self, asked: HitsAsked, *, limit: int, offset: int) -> HitsPage:
        """Return list hits, those open again first, then by score."""
        past = stored_histories(self._kb, self.snapshot)
        return hit_view.hits_page(self._library, past, asked, limit=limit, offset=offset)

    def document_rows(self, kind: str | None) -> Sequence[DocumentRow]:
        """Return the stored documents of a kind, or of every kind."""
        return overview.document_rows(self.snapshot, kind)

    def partner_rows(self) -> Sequence[PartnerRow]:
        """Return all partners."""
        return overview.partner_rows(self.snapshot)

    def alerts_page(
        self, *, kind: str | None, about: str | None, everything: bool, limit: int, offset: int
    ) -> AlertsPage:
        """Return alerts, the newest first; ``everything`` brings the acknowledged ones too."""
        return alert_view.alerts_page(
            self._kb, self._library, kind=kind, about=about, everything=everything, limit=limit, offset=offset
        )

    def findings(
        self, *, level: str | None, rule: str | None, outcome: str | None, limit: int, offset: int
    ) -> view.FindingsPage:
        """Return findings, most severe first; None leaves a filter out."""
        every = [f for f in stored_findings(self.snapshot) if outcome is None or f.outcome.value == outcome]
        levels = Counter(f.level.value for f in every if f.level is not None and rule in (None, f.rule))
        rules = Counter(f.rule for f in every if _at(f, level))
        chosen = [f for f in every if _at(f, level) and rule in (None, f.rule)]
        page = tuple(self._library.finding(f) for f in chosen[offset : offset + limit])
        return view.FindingsPage(len(chosen), page, dict(levels), dict(rules.most_common()))

    def rules(self) -> Sequence[view.RuleRow]:
        """Return all rules, ordered by id."""
        return [_row(rule) for rule in self._library.rules.values()]

    def rule(self, rule: str) -> view.RulePage:
        """Return one rule."""
        found = find_rule(tuple(self._library.rules.values()), rule)
        return view.RulePage(
            row=_row(found),
            message=both(found.message.text()),
            remedy=both(found.remedy.text()),
            likelihood=found.likelihood,
            impact=found.impact,
            how=both(HOW[found.evaluate.kind]),
            basis=_basis(found),
            applies=_applies(found),
            known_problems=(both(found.known_problems.text()),) if found.known_problems is not None else (),
            examples=tuple(
                view.Example(example.lang, example.text, flagged=flagged)
                for examples, flagged in ((found.flags, True), (found.passes, False))
                for example in examples
            ),
        )

    def law_page(self, act: str, *, begin: str, end: str, as_of: str) -> view.LawPage:
        """Return an act by id or title with its impact ledger; days are ISO dates, empty for none."""
        asked = question(_day(as_of), _day(begin), _day(end))
        found = ledger_json(self.snapshot, act, asked, self._impact, everything=False)
        histories = {
            item: tuple(one.json() for one in decided) for item, decided in impact_histories(self._kb.audit).items()
        }
        return view.LawPage(found, histories, IMPACT_STATES)

    def term(self, name: str) -> view.TermPage:
        """Return one term of the ontology, by short name, notation or IRI."""
        found = describe(name)
        return view.TermPage(
            name=found.curie,
            iri=found.iri,
            kind=found.kind,
            label=view.Bilingual(found.labels.get("en", ""), found.labels.get("zh", "")),
            definition=view.Bilingual(found.definition.get("en", ""), found.definition.get("zh", "")),
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise QueryError(f"'{text[:20]}' is not a date like 2026-01-31.", remedy="Correct the address.") from None


def _at(finding: Finding, level: str | None) -> bool:
    return level is None or (finding.level is not None and finding.level.value == level)


def _row(rule: Rule) -> view.RuleRow:
    return view.RuleRow(rule.id, rule.version, both(rule.title.text()), rule.level.value, tuple(rule.applies.languages))


def _basis(rule: Rule) -> tuple[view.Basis, ...]:
    return tuple(
        view.Basis(
            act=basis.act,
            title=both_labels(basis.act, basis.provision),
            provision=basis.provision or "",
            note=view.Bilingual(basis.note, basis.note_zh or basis.note) if basis.note else None,
        )
        for basis in rule.basis
    )


def _applies(rule: Rule) -> tuple[tuple[view.Bilingual, str], ...]:
    applies = []
    if rule.applies.governing_law:
        applies.append((view.Bilingual("Governing law", "适用法律"), ", ".join(rule.applies.governing_law)))
    if rule.applies.contract_types:
        types = [labels("contract-types", one) for one in rule.applies.contract_types]
        applies.append(
            (view.Bilingual("Contract types", "合同类型"), ", ".join(f"{one.en} / {one.zh}" for one in types))
        )
    return tuple(applies)
