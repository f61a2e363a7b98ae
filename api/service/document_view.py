"""One document with everything found in it, as its page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from api.service.checking import stored_findings
from api.service.force import Forces
from api.service.library import Library, labels
from api.web import data as view
from checks.load import load_law
from kb.facts.annotations import annotations_of
from kb.facts.links import read_links
from kb.model import ActVersion, Annotations, Kind
from kb.rows import document_title

PROVISION_LEVELS = {"part": 1, "chapter": 2, "section": 3, "article": 4}
"""Levels of law shown in the contents of its page; paragraphs and items are part of their article's text."""
COUNTS = (
    ("clauses", view.Bilingual("Clauses", "条款数")),
    ("parties", view.Bilingual("Parties", "当事人数")),
    ("provisions", view.Bilingual("Provisions", "法条数")),
    ("entries", view.Bilingual("Entries", "条目数")),
    ("partners", view.Bilingual("Partners", "合作方数")),
)


def document_page(library: Library, document: str) -> view.DocumentPage:
    """Return one document with what was found in it.

    Raises:
        NotFoundError: it is not stored.
    """
    snapshot = library.snapshot
    record = snapshot.document(document)
    model = snapshot.document_model(document)
    found = annotations_of(document, record.kind, snapshot.facts(document))
    findings = stored_findings(snapshot, [document]) if record.kind is Kind.CONTRACT else ()
    return view.DocumentPage(
        id=document,
        title=document_title(model, record.source),
        kind=record.kind.value,
        language=record.language,
        text=model.text,
        source=record.source,
        ingested=record.recorded_at.isoformat(timespec="seconds"),
        clauses=_provisions(found.law) if found.law is not None else _clauses(found),
        references=tuple(_references(library, document, found)),
        findings=tuple(library.finding(f) for f in findings),
        facts=tuple(_facts(found, record.counts)),
        warnings=model.warnings,
        force=force_view(Forces(snapshot).of_document(document)) if record.kind is Kind.REGULATION else None,
    )


def force_view(force: Mapping[str, Any] | None) -> view.ForceView | None:
    """Return the status of a text of law as the pages take it."""
    if force is None:
        return None
    version = force["version"]
    return view.ForceView(version.rpartition("@")[0], version, force["status"], force["since"], force["by"])


def _clauses(found: Annotations) -> tuple[view.ClauseView, ...]:
    return tuple(
        view.ClauseView(
            id=clause.id,
            start=clause.start,
            end=clause.end,
            number=clause.number,
            heading=clause.heading,
            level=clause.level,
            types=tuple(labels("clause-types", score.type) for score in clause.types if score.detected),
        )
        for clause in found.clauses
    )


def _provisions(law: ActVersion) -> tuple[view.ClauseView, ...]:
    return tuple(
        view.ClauseView(p.number, p.start, p.end, p.label, p.heading, PROVISION_LEVELS[p.level])
        for p in law.provisions
        if p.level in PROVISION_LEVELS
    )


def _references(library: Library, document: str, found: Annotations) -> Iterator[view.Reference]:
    linked = {(k.start, k.end): k.partner for k in read_links(library.snapshot.query) if k.document == document}
    for party in found.parties:
        label = view.Bilingual(party.role or "Party", party.role or "当事人")  # a party of the contract
        place = (party.start, party.end)
        yield view.Reference("party", *place, label=label, value=party.name, partner=linked.get(place))
    for event in found.events:
        place = (event.subject_start, event.subject_end)
        if event.subject_start >= 0:
            label = labels("event-types", event.type)
            yield view.Reference("entity", *place, label=label, value=event.subject, partner=linked.get(place))
    law = load_law(library.snapshot) if found.citations else None
    today = datetime.now(UTC).date()
    for citation in found.citations:
        resolved = law.resolve(citation, today) if law is not None else citation
        yield view.Reference(
            "citation",
            citation.start,
            citation.end,
            label=labels("citation-status", resolved.status.value),
            value=resolved.target,
            passage=library.provision(resolved.target),
        )
    for value in found.values:
        if is_role(value.type):
            label = labels("value-types", value.type)
            yield view.Reference("value", value.start, value.end, label=label, value=value.value)


def is_role(value_type: str) -> bool:
    """Say whether a value has a role in the contract ("Expiration Date"); plain values ("date") are lower case."""
    return value_type[:1].isupper()


def _facts(found: Annotations, counts: Mapping[str, int]) -> Iterator[tuple[view.Bilingual, str]]:
    if found.contract_type is not None:
        name = labels("contract-types", found.contract_type)
        yield view.Bilingual("Contract type", "合同类型"), f"{name.en} / {name.zh}"
    for value in found.values:
        if is_role(value.type) and value.value is not None:
            yield labels("value-types", value.type), value.value
    for counted, label in COUNTS:
        if counts.get(counted):
            yield label, str(counts[counted])
