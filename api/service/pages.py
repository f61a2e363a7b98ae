"""The pages' data, taken from one snapshot per request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from api.service.checking import stored_findings
from api.service.partners import dossier
from api.web import data as view
from checks.evaluators.citations import STATUS_EN, STATUS_ZH
from checks.finding import Basis, Finding, Outcome, Text
from checks.load import load_law
from checks.rule import Rule, find_rule, load_rules
from kb.facts.annotations import annotations_of
from kb.facts.links import read_links
from kb.model import CitationStatus, Evidence, Kind
from kb.rows import document_title
from kb.snapshot import Snapshot
from ontology import concept, describe

HOW = {
    "clause_pattern": Text("pattern in clauses", "条款文字模式"),
    "missing_clause": Text("missing clause", "缺失条款"),
    "value_threshold": Text("threshold on a value", "数值阈值"),
    "sparql": Text("query over the graph", "图查询"),
    "python": Text("evaluator", "专用评估器"),
}


def both(text: Text) -> view.Bilingual:
    """Return a text as the pages take it."""
    return view.Bilingual(text.en, text.zh)


def labels(scheme: str, notation: str) -> view.Bilingual:
    """Return the labels of a concept."""
    found = concept(scheme, notation)
    return view.Bilingual(found.label("en"), found.label("zh"))


class StoredPages:
    """``api.web.data.PageData`` on a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._rules = {rule.id: rule for rule in load_rules()}
        self._titles: dict[str, str] = {}

    def title(self, document: str) -> str:
        """Return the title of a stored document; its id when it is gone."""
        if not self._titles:
            self._titles = {r.id: r.title or r.source.rsplit("/", 1)[-1] or r.id for r in self.snapshot.documents()}
        return self._titles.get(document, document)

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
            sort=sort,  # type: ignore[arg-type]  (the index checks it)
        )
        return view.SearchPage(found, {hit.document: self.title(hit.document) for hit in found.hits if hit.document})

    def document_page(self, document: str) -> view.DocumentPage:
        """Return one document with what was found in it."""
        record = self.snapshot.document(document)
        model = self.snapshot.document_model(document)
        found = annotations_of(document, record.kind, self.snapshot.facts(document))
        findings = stored_findings(self.snapshot, [document]) if record.kind is Kind.CONTRACT else ()
        clauses = [
            view.ClauseView(
                c.id,
                c.start,
                c.end,
                c.number,
                c.heading,
                c.level,
                tuple(labels("clause-types", s.type) for s in c.types if s.detected),
            )
            for c in found.clauses
        ]
        if found.law is not None:
            levels = {"part": 1, "chapter": 2, "section": 3, "article": 4, "paragraph": 5, "item": 6}
            clauses = [
                view.ClauseView(p.number, p.start, p.end, p.label, p.heading, levels.get(p.level, 4))
                for p in found.law.provisions
                if p.level not in {"paragraph", "item"}
            ]
        return view.DocumentPage(
            id=document,
            title=document_title(model, record.source),
            kind=record.kind.value,
            language=record.language,
            text=model.text,
            source=record.source,
            ingested=record.recorded_at.isoformat(timespec="seconds"),
            clauses=tuple(clauses),
            references=tuple(self._references(document, found, model.text)),
            findings=tuple(self._finding(f) for f in findings),
            facts=tuple(self._document_facts(found, record.counts)),
            warnings=model.warnings,
        )

    def _references(self, document, found, text):  # type: ignore[no-untyped-def]
        linked = {(k.start, k.end): k for k in read_links(self.snapshot.query) if k.document == document}
        for party in found.parties:
            link = linked.get((party.start, party.end))
            label = view.Bilingual(party.role or "Party", party.role or "当事人")
            partner = link.partner if link is not None else None
            yield view.Reference("party", party.start, party.end, label, party.name, partner)
        for event in found.events:
            link = linked.get((event.subject_start, event.subject_end))
            if event.subject_start >= 0:
                yield view.Reference(
                    "entity",
                    event.subject_start,
                    event.subject_end,
                    labels("event-types", event.type),
                    event.subject,
                    link.partner if link is not None else None,
                )
        law = load_law(self.snapshot) if found.citations else None
        for citation in found.citations:
            resolved = law.resolve(citation, datetime.now(UTC).date()) if law is not None else citation
            label = view.Bilingual(
                STATUS_EN.get(resolved.status, resolved.status.value.replace("_", " ")),
                STATUS_ZH.get(resolved.status, _STATUS_ZH.get(resolved.status, resolved.status.value)),
            )
            yield view.Reference("citation", citation.start, citation.end, label, resolved.target)
        for value in found.values:
            if value.type[:1].isupper():
                yield view.Reference(
                    "value", value.start, value.end, view.Bilingual(value.type, value.type), value.value
                )

    def _document_facts(self, found, counts):  # type: ignore[no-untyped-def]
        if found.contract_type is not None:
            name = concept("contract-types", found.contract_type)
            yield view.Bilingual("Contract type", "合同类型"), f"{name.label('en')} / {name.label('zh')}"
        for value in found.values:
            if value.type[:1].isupper() and value.value is not None:
                yield view.Bilingual(value.type, value.type), value.value
        for name, zh in (
            ("clauses", "条款数"),
            ("parties", "当事人数"),
            ("provisions", "法条数"),
            ("entries", "条目数"),
        ):
            if counts.get(name):
                yield view.Bilingual(name, zh), str(counts[name])

    def _passage(self, evidence: Evidence) -> view.Passage:
        return view.Passage(
            evidence.document, self.title(evidence.document), evidence.start, evidence.end, evidence.quote
        )

    def _basis(self, basis: Basis) -> view.Basis:
        note = view.Bilingual(basis.note or basis.status, basis.note or basis.status)
        title = f"{basis.act} {basis.provision or ''}".strip()
        return view.Basis(basis.act, title, basis.provision or "", basis.version or "", None, note)

    def _finding(self, finding: Finding) -> view.FindingView:
        rule = self._rules.get(finding.rule)
        title = both(rule.title.text()) if rule is not None else view.Bilingual(finding.rule, finding.rule)
        is_document = finding.subject.startswith("doc-")
        subject = view.Subject(
            "document" if is_document else "partner",
            finding.subject,
            self.title(finding.subject) if is_document else finding.subject,
        )
        return view.FindingView(
            id=finding.id,
            rule=finding.rule,
            rule_version=finding.rule_version,
            title=title,
            outcome=finding.outcome.value,
            level=finding.level.value if finding.level is not None else None,
            message=both(finding.message),
            remedy=both(finding.remedy),
            subject=subject,
            evidence=tuple(self._passage(e) for e in finding.evidence),
            basis=tuple(self._basis(b) for b in finding.basis),
            likelihood=finding.likelihood,
            impact=finding.impact,
            reason=view.Bilingual(finding.reason, finding.reason) if finding.reason else None,
            status="open" if finding.outcome is Outcome.FLAG else None,
        )

    def partner_page(self, partner: str) -> view.PartnerPage:
        """Return one partner, by id or by one of its names."""
        found = dossier(self.snapshot, partner)
        own = [self._finding(f) for f in stored_findings(self.snapshot, [c["document"] for c in found["contracts"]])]
        names = tuple(view.NameView(n["text"], n["kind"], n["language"]) for n in found["names"])
        mine = {c["name"] for c in found["contracts"]} | {n.text for n in names}
        return view.PartnerPage(
            id=found["id"],
            names=names,
            kind=found["kind"],
            country=found["country"],
            status=found["status"],
            legal_form=found["legal_form"],
            address=found["address"],
            identifiers=tuple(view.IdentifierView(i["scheme"], i["value"], i["valid"]) for i in found["identifiers"]),
            attributes=found["attributes"],
            contracts=tuple(
                view.SignedContract(
                    view.Passage(c["document"], c["title"], c["start"], c["end"], c["name"]), c["role"], _day(c["date"])
                )
                for c in found["contracts"]
            ),
            list_hits=tuple(self._hit(h) for h in found["hits"]),
            screened=tuple(f"{s['list']} {s['version']} ({s['rows']})" for s in found["screened"]),
            events=tuple(
                view.EventView(
                    labels("event-types", e["type"]),
                    e["stage"],
                    _day(e["date"]),
                    view.Passage(e["document"], e["title"], e["start"], e["end"], e["quote"]),
                    e["score"],
                )
                for e in found["events"]
            ),
            findings=tuple(
                f
                for f in own
                if f.outcome == "flag" and (not f.rule.startswith("party/") or any(p.quote in mine for p in f.evidence))
            ),
            sources=(self._source(found),),
        )

    def _source(self, found) -> view.Passage:  # type: ignore[no-untyped-def]
        text = self.snapshot.text(found["document"])
        words = text[found["start"] : found["end"]]
        return view.Passage(found["document"], self.title(found["document"]), found["start"], found["end"], words)

    def _hit(self, hit) -> view.ListHit:  # type: ignore[no-untyped-def]
        passage = None
        if hit.get("document"):
            passage = view.Passage(
                hit["document"], self.title(hit["document"]), hit["start"], hit["end"], hit.get("quote", "")
            )
        return view.ListHit(
            list_title=hit["list"],
            entry=hit["entity"],
            name=hit["name"],
            matched_name=hit["matched_name"],
            score=hit["score"],
            match=hit["match"],
            version=hit.get("version", ""),
            programs=tuple(hit.get("programs", ())),
            explanation=tuple(view.Feature(x["feature"], x["score"], x["detail"]) for x in hit["explanation"]),
            passage=passage,
        )

    def findings(
        self, *, level: str | None, rule: str | None, outcome: str | None, limit: int, offset: int
    ) -> view.FindingsPage:
        """Return findings, most severe first; None leaves a filter out."""
        every = [f for f in stored_findings(self.snapshot) if outcome is None or f.outcome.value == outcome]
        levels = Counter(f.level.value for f in every if f.level is not None and rule in (None, f.rule))
        rules = Counter(f.rule for f in every if level is None or (f.level is not None and f.level.value == level))
        chosen = [
            f
            for f in every
            if (level is None or (f.level is not None and f.level.value == level)) and rule in (None, f.rule)
        ]
        page = tuple(self._finding(f) for f in chosen[offset : offset + limit])
        return view.FindingsPage(len(chosen), page, dict(levels), dict(rules.most_common()))

    def rules(self) -> Sequence[view.RuleRow]:
        """Return all rules, ordered by id."""
        return [self._row(rule) for rule in self._rules.values()]

    def _row(self, rule: Rule) -> view.RuleRow:
        return view.RuleRow(
            rule.id, rule.version, both(rule.title.text()), rule.level.value, tuple(rule.applies.languages)
        )

    def rule(self, rule: str) -> view.RulePage:
        """Return one rule."""
        found = find_rule(tuple(self._rules.values()), rule)
        applies = []
        if found.applies.governing_law:
            applies.append((view.Bilingual("Governing law", "适用法律"), ", ".join(found.applies.governing_law)))
        if found.applies.contract_types:
            applies.append((view.Bilingual("Contract types", "合同类型"), ", ".join(found.applies.contract_types)))
        return view.RulePage(
            row=self._row(found),
            message=both(found.message.text()),
            remedy=both(found.remedy.text()),
            likelihood=found.likelihood,
            impact=found.impact,
            how=both(HOW[found.evaluate.kind]),
            basis=tuple(
                view.Basis(
                    b.act,
                    f"{b.act} {b.provision or ''}".strip(),
                    b.provision or "",
                    "",
                    None,
                    view.Bilingual(b.note, b.note),
                )
                for b in found.basis
            ),
            applies=tuple(applies),
            known_problems=(both(found.known_problems.text()),) if found.known_problems is not None else (),
            examples=tuple(
                [view.Example(e.lang, e.text, flagged=True) for e in found.flags]
                + [view.Example(e.lang, e.text, flagged=False) for e in found.passes]
            ),
        )

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


_STATUS_ZH = {
    CitationStatus.RESOLVED: "已定位",
    CitationStatus.UNKNOWN_ACT: "未收录该法",
    CitationStatus.UNRESOLVED: "未能定位",
}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
