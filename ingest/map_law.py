"""One version of an act → facts: its dates, provisions and norms, each with its place."""

from __future__ import annotations

from ingest.map_places import DocumentPlaces, ends_of
from kb import ids
from kb.model import ActVersion, DateFact, LegalNorm, Modality, Provision
from kb.triples import TripleWriter
from ontology import terms as t

_DPV_RULES = {
    Modality.MUST: t.DPV_Obligation,
    Modality.MAY: t.DPV_Permission,
    Modality.MUST_NOT: t.DPV_Prohibition,
}


class LawMapper:
    """Writes what one document states of an act."""

    def __init__(self, out: TripleWriter, places: DocumentPlaces) -> None:
        """Write to ``out`` about the document of ``places``."""
        self.out = out
        self.iri, self.text = places.iri, places.text
        self._place, self._words = places.place, places.words

    def write(self, law: ActVersion) -> None:
        """Write an act in one version, with its provisions and norms."""
        out = self.out
        act, version = ids.act_iri(law.act), ids.version_iri(law.version)
        out.type(self.iri, t.DUE_LegalText)
        out.iri(self.iri, t.DUE_states, version)
        out.type(act, t.DUE_Act)
        out.text(act, t.ELI_title, law.title)
        out.text(act, t.DUE_actId, law.act)
        for short in law.short_titles:
            out.text(act, t.ELI_title_short, short)
        if law.jurisdiction is not None:
            out.text(act, t.DUE_jurisdiction, law.jurisdiction)
        out.type(version, t.DUE_ActVersion)
        out.iri(version, t.ELI_is_member_of, act)
        out.text(version, t.ELI_id_local, law.version)
        out.text(version, t.DUE_unitName, law.unit)
        out.iri(version, t.PROV_hadPrimarySource, self.iri)
        if law.part is not None:
            out.text(version, t.DUE_part, law.part)
        self._dates(version, law)
        for index, (title, span) in enumerate(law.repeals, 1):
            node = f"{self.iri}#repeal{index}"
            out.iri(version, t.DUE_repealStatement, node)
            out.type(node, t.DUE_RepealStatement)
            out.text(node, t.DUE_citedAct, title)
            self._place(node, span.start, span.end)
        for provision in law.provisions:
            self._provision(law, version, provision)
        for index, norm in enumerate(law.norms, 1):
            self._legal_norm(law, index, norm)

    def _legal_norm(self, law: ActVersion, index: int, norm: LegalNorm) -> None:
        """State a norm; the places of its parts are nodes of their own, several of a kind numbered in order."""
        out, node = self.out, f"{self.iri}#norm{index}"
        out.type(node, t.DUE_LegalNorm)
        out.type(node, _DPV_RULES[norm.modality])
        out.iri(node, t.DUE_expressedIn, ids.provision_iri(ids.provision_id(law.version, norm.provision)))
        out.text(node, t.DUE_normKind, norm.modality)
        out.text(node, t.DUE_modality, norm.modal.of(self.text))
        self._place(node, norm.start, norm.end, quote=False)
        for value, predicate in (
            (norm.bearer, t.DUE_bearer),
            (norm.beneficiary, t.DUE_beneficiary),
            (norm.deadline, t.DUE_deadline),
            (norm.deadline_unit, t.DUE_deadlineUnit),
        ):
            if value is not None:
                out.text(node, predicate, value)
        if norm.penalty is not None:
            penalty = ids.provision_iri(ids.provision_id(law.version, norm.penalty))
            out.iri(node, t.DUE_penaltyProvision, penalty)
        for part, predicate, start, end in (
            ("modality", t.DUE_modalityEvidence, norm.modal.start, norm.modal.end),
            ("bearer", t.DUE_bearerEvidence, norm.bearer_start, norm.bearer_end),
            ("beneficiary", t.DUE_beneficiaryEvidence, norm.beneficiary_start, norm.beneficiary_end),
            ("action", t.DUE_actionEvidence, *ends_of(norm.action)),
            ("object", t.DUE_objectEvidence, *ends_of(norm.object)),
            ("deadline", t.DUE_deadlineEvidence, norm.deadline_start, norm.deadline_end),
        ):
            if start >= 0:
                out.iri(node, predicate, self._words(f"{part}{index}", start, end))
        for part, predicate, spans in (
            ("condition", t.DUE_conditionEvidence, norm.conditions),
            ("exception", t.DUE_exceptionEvidence, norm.exceptions),
        ):
            for place, span in enumerate(spans, 1):
                out.iri(node, predicate, self._words(f"{part}{index}-{place}", span.start, span.end))

    def _dates(self, version: str, law: ActVersion) -> None:
        if law.version_hint is not None:
            self.out.typed(version, t.DUE_versionHint, law.version_hint.isoformat(), t.XSD_date)
        for name, predicate, fact in (
            ("version", t.ELI_version_date, law.version_date),
            ("adopted", t.ELI_date_document, law.adopted),
            ("published", t.ELI_date_publication, law.published),
            ("in-force", t.ELI_first_date_entry_in_force, law.in_force),
            ("no-longer-in-force", t.ELI_date_no_longer_in_force, law.no_longer_in_force),
        ):
            self._date(version, name, predicate, fact)

    def _date(self, version: str, role: str, predicate: str, fact: DateFact) -> None:
        """State a date; the node "date-<role>" holds the words it was read from."""
        if fact.value is not None:
            self.out.typed(version, predicate, fact.value.isoformat(), t.XSD_date)
        if fact.evidence is not None:
            words = self._words(f"date-{role}", fact.evidence.start, fact.evidence.end)
            self.out.iri(version, t.DUE_dateBasis, words)

    def _provision(self, law: ActVersion, version: str, provision: Provision) -> None:
        out = self.out
        node = ids.provision_iri(ids.provision_id(law.version, provision.number))
        out.type(node, t.DUE_Provision)
        out.iri(node, t.DUE_ofVersion, version)
        if provision.parent is not None:
            parent = ids.provision_iri(ids.provision_id(law.version, provision.parent))
            out.iri(node, t.DUE_parentProvision, parent)
        out.text(node, t.ELI_number, provision.number)
        out.text(node, t.DUE_label, provision.label)
        out.text(node, t.DUE_subdivisionType, provision.level)
        if provision.heading is not None:
            out.text(node, t.DUE_heading, provision.heading)
        self._place(node, provision.start, provision.end, quote=False)
