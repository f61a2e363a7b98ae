"""What several pages share of one snapshot: titles, rules, decisions, where provisions stand."""

from __future__ import annotations

from functools import cached_property

from api.service.decisions import Decisions, status_of
from api.web import data as view
from checks.finding import Basis, Finding, Text
from checks.rule import load_rules
from kb.act_labels import act_label
from kb.facts import read_acts
from kb.ids import provision_id
from kb.lists import KINDS, VERSION_DIGITS
from kb.model import CitationStatus, Evidence
from kb.snapshot import Snapshot
from ontology import TermNotFoundError, concept


def both(text: Text) -> view.Bilingual:
    """Return a text as the pages take it."""
    return view.Bilingual(text.en, text.zh)


def both_labels(act: str, provision: str | None) -> view.Bilingual:
    """Return how an act or a provision of it is written, where its own title is not stored."""
    return view.Bilingual(act_label(act, "en", provision), act_label(act, "zh", provision))


def labels(scheme: str, notation: str) -> view.Bilingual:
    """Return the labels of a concept; the notation itself where the scheme has none of it."""
    try:
        found = concept(scheme, notation)
    except TermNotFoundError:
        return view.Bilingual(notation, notation)
    return view.Bilingual(found.label("en"), found.label("zh"))


class Library:
    """One snapshot, with what is looked up in it again and again."""

    def __init__(self, snapshot: Snapshot, known: Decisions) -> None:
        self.snapshot = snapshot
        self.known = known
        self.rules = {rule.id: rule for rule in load_rules()}
        self._provisions: dict[str, dict[str, tuple[str, int, int, str]]] = {}

    @cached_property
    def titles(self) -> dict[str, str]:
        """Title of every stored document by id."""
        return {r.id: r.title or r.source.rsplit("/", 1)[-1] or r.id for r in self.snapshot.documents()}

    @cached_property
    def _sources(self) -> dict[str, list[str]]:
        """Documents of every stored version of law by its id."""
        found: dict[str, list[str]] = {}
        for act in read_acts(self.snapshot.query, provisions=False):
            found.setdefault(act.version, []).append(act.document)
        return found

    def _place(self, provision: str) -> tuple[str, int, int, str] | None:
        """Return document, span and readable name of a stored provision; only its own version is read."""
        version = provision.partition("#")[0]
        if version not in self._provisions:
            acts = read_acts(self.snapshot.query, self._sources[version]) if version in self._sources else ()
            self._provisions[version] = {
                provision_id(act.version, each.number): (
                    act.document,
                    each.start,
                    each.end,
                    f"{act.title} {each.label}",
                )
                for act in acts
                for each in act.provisions
            }
        return self._provisions[version].get(provision)

    def title(self, document: str) -> str:
        """Return the title of a stored document; its id when it is gone."""
        return self.titles.get(document, document)

    @cached_property
    def _versions(self) -> dict[str, str]:
        """Version of every stored list and register by document, as screening names it."""
        return {r.id: r.original[:VERSION_DIGITS] for kind in KINDS for r in self.snapshot.documents(kind)}

    def version(self, document: str) -> str:
        """Return which load of a list or register a document is; "" when it is neither."""
        return self._versions.get(document, "")

    def passage(self, evidence: Evidence) -> view.Passage:
        """Return the words of a finding's evidence with their place."""
        return view.Passage(
            evidence.document, self.title(evidence.document), evidence.start, evidence.end, evidence.quote
        )

    def words(self, document: str, start: int, end: int) -> view.Passage:
        """Return the words at a place."""
        return view.Passage(document, self.title(document), start, end, self.snapshot.text(document)[start:end])

    def provision(self, provision: str | None) -> view.Passage | None:
        """Return the words of a stored provision, or None."""
        place = self._place(provision) if provision is not None else None
        return self.words(*place[:3]) if place is not None else None

    def basis(self, basis: Basis) -> view.Basis:
        """Return a legal basis with the words it rests on, where they are stored."""
        stored = provision_id(basis.version, basis.provision) if basis.version and basis.provision else None
        place = self._place(stored) if stored is not None else None
        note = labels("citation-status", basis.status)
        if basis.note.en:
            known = basis.status == CitationStatus.RESOLVED.value
            note = view.Bilingual(
                basis.note.en if known else f"{basis.note.en} ({note.en})",
                basis.note.zh if known else f"{basis.note.zh}（{note.zh}）",
            )
        return view.Basis(
            act=basis.act,
            title=both_labels(basis.act, basis.provision) if place is None else view.Bilingual(place[3], place[3]),
            provision=basis.provision or "",
            version=basis.version or "",
            passage=self.provision(stored),
            note=note,
        )

    def finding(self, finding: Finding) -> view.FindingView:
        """Return one finding with its title, subject and where it stands."""
        rule = self.rules.get(finding.rule)
        is_document = finding.subject.startswith("doc-")
        return view.FindingView(
            id=finding.id,
            rule=finding.rule,
            rule_version=finding.rule_version,
            title=both(rule.title.text()) if rule is not None else view.Bilingual(finding.rule, finding.rule),
            outcome=finding.outcome.value,
            level=finding.level.value if finding.level is not None else None,
            message=both(finding.message),
            remedy=both(finding.remedy),
            subject=view.Subject(
                "document" if is_document else "partner",
                finding.subject,
                self.title(finding.subject) if is_document else finding.subject,
            ),
            evidence=tuple(self.passage(e) for e in finding.evidence),
            basis=tuple(self.basis(b) for b in finding.basis),
            likelihood=finding.likelihood,
            impact=finding.impact,
            reason=both(finding.why) if finding.why.en else None,
            status=status_of(finding, self.known),
            stale=tuple(both(one.text) for one in finding.stale),
            hit=finding.attributes.get("hit", ""),
        )
