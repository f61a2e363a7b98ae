"""Versions of acts and what changed between them, in the JSON shape of the contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from api.service.citing_laws import cited_by, places_citing
from api.service.runtime import knowledge_base
from checks.impact import ProvisionChange, diff
from checks.law_reading import LawReading
from ingest.law import read_act
from ingest.readers import Limits, ReaderPool, discover
from kb.errors import NotFoundError
from kb.facts import StoredAct, read_acts
from kb.facts.annotations import act_version
from kb.law_days import provision_force
from kb.law_force import force_on
from kb.law_paragraphs import articles, paragraph_changes
from kb.model import ActVersion, Document, Kind
from kb.settings import Settings
from kb.snapshot import Snapshot


def versions_json(snapshot: Snapshot, name: str, as_of: date | None = None) -> dict[str, Any]:
    """Return the stored versions of an act, each with whether it applies on a day (today when None).

    Raises:
        NotFoundError: no stored act has this id or title.
    """
    law = LawReading(snapshot)
    act = law.index.find_act(name)
    if act is None:
        raise NotFoundError(
            f"no stored act is called '{name}'",
            remedy="Store it with: duegraph ingest FILE --kind regulation.",
        )
    day = as_of if as_of is not None else datetime.now(UTC).date()
    own = {one.document for one in law.acts if one.act == act}
    stored = read_acts(snapshot.query, own)
    current = law.index.version_on(act, day)
    return {
        "act": act,
        "title": stored[-1].title,
        "as_of": day.isoformat(),
        "current": current.version if current is not None else None,
        "cited_by": cited_by(snapshot, law, act, day),
        "versions": [
            {
                "version": a.version,
                "part": a.part,
                "document": a.document,
                "provisions": sum(1 for p in a.provisions if p.level == "article"),
                "dates": [_date_json(snapshot, a, role) for role in sorted(a.dates)] + _decided_json(law, a.version),
                "hint": a.hint.isoformat() if a.hint is not None else None,
                "begins": [
                    {
                        "provisions": list(one.provisions),
                        "day": one.day.isoformat() if one.day is not None else None,
                        "start": one.start,
                        "end": one.end,
                        "quote": snapshot.text(a.document)[one.start : one.end],
                    }
                    for one in a.commencements
                ],
                "force": force_json(law, a.version, day),
            }
            for a in stored
        ],
    }


def force_json(law: LawReading, version: str, day: date, *, number: str | None = None) -> dict[str, Any]:
    """Return whether a stored version applies on a day: status, since when, and what replaced or repealed it.

    With ``number`` the question is about that provision, which may begin on a day of its own.
    """
    found = next(v for v in law.index.versions(version.rpartition("@")[0]) if v.version == version)
    force = force_on(law.index, found, day) if number is None else provision_force(law.index, found, number, day)
    return {
        "status": force.state.value,
        "since": force.since.isoformat() if force.since is not None else None,
        "by": force.by,
    }


def _decided_json(law: LawReading, version: str) -> list[dict[str, Any]]:
    """Return the commencement that a stored amending decision gives a version which states none itself."""
    decided = law.decided.get(version)
    if decided is None:
        return []
    return [
        {
            "role": "in-force",
            "value": decided.day.isoformat(),
            "document": decided.document,
            "start": decided.span.start,
            "end": decided.span.end,
            "quote": decided.span.of(law.text(decided.document)),
        }
    ]


def _begins_json(law: LawReading, version: str, number: str) -> dict[str, Any] | None:
    """Return the day a provision begins on where its text states one apart from the act's; None when it does not."""
    basis = law.commencement(version, number)
    if basis is None:
        return None
    found = next(v for v in law.index.versions(version.rpartition("@")[0]) if v.version == version)
    day = found.begins_apart(number)
    return {
        "day": day[0].isoformat() if day is not None and day[0] is not None else None,
        "document": basis.document,
        "start": basis.start,
        "end": basis.end,
        "quote": basis.quote,
    }


def _date_json(snapshot: Snapshot, act: StoredAct, role: str) -> dict[str, Any]:
    fact = act.dates[role]
    span = fact.evidence
    return {
        "role": role,
        "value": fact.value.isoformat() if fact.value is not None else None,
        "start": span.start if span is not None else None,
        "end": span.end if span is not None else None,
        "quote": span.of(snapshot.text(act.document)) if span is not None else None,
    }


def provision_json(snapshot: Snapshot, provision: str, as_of: date | None = None) -> dict[str, Any]:
    """Return one stored provision with its text, by its id, and whether its version applies on a day (today when None).

    Raises:
        NotFoundError: it is not stored.
    """
    version, _, number = provision.partition("#")
    law = LawReading(snapshot)
    day = as_of if as_of is not None else datetime.now(UTC).date()
    documents = {one.document for one in law.acts if one.version == version}
    for act in read_acts(snapshot.query, documents):
        found = next((p for p in act.provisions if p.number == number), None)
        if found is None:
            continue
        return {
            "id": provision,
            "act": act.act,
            "version": act.version,
            "title": act.title,
            "number": found.number,
            "label": found.label,
            "heading": found.heading,
            "document": act.document,
            "start": found.start,
            "end": found.end,
            "text": snapshot.text(act.document)[found.start : found.end],
            "force": force_json(law, act.version, day, number=found.number),
            "begins": _begins_json(law, act.version, found.number),
            "cited_by": places_citing(snapshot, law, act.act, number, day),
        }
    raise NotFoundError(
        f"no provision '{provision}' is stored.", remedy="List versions with: duegraph law versions ACT."
    )


def diff_json(settings: Settings, old: str, new: str) -> dict[str, Any]:
    """Return the changes between two versions, given as files or version ids, by article and inside it by paragraph.

    Raises:
        NotFoundError: neither a file nor a stored version.
    """
    before, after = _version(settings, old), _version(settings, new)
    old_articles, new_articles = articles(*before), articles(*after)
    changes = [
        _change(change, after[0])
        | {"paragraphs": [one.record() for one in paragraph_changes(change, old_articles, new_articles)]}
        for change in diff(_articles(*before), _articles(*after))
    ]
    return {"old": before[0].version, "new": after[0].version, "changes": changes}


def _version(settings: Settings, name: str) -> tuple[ActVersion, str]:
    path = Path(name)
    if path.is_file():
        document = _read(settings, path)
        return read_act(document, source_name=path.name), document.text
    with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
        for act in read_acts(snapshot.query):
            if act.version == name:
                return act_version(act), snapshot.text(act.document)
    raise NotFoundError(
        f"'{name}' is neither a file nor a stored version", remedy="List versions with: duegraph law versions ACT."
    )


def _read(settings: Settings, path: Path) -> Document:
    """Return a file's text, read like every input: bounded, in a process of its own."""
    limits = Limits(input_bytes=settings.max_input_mib * 1024 * 1024)
    with ReaderPool(limits, workers=1) as pool:
        (source,) = discover([str(path)], limits=limits)
        return pool.read(source.read(), source.name, kind=Kind.REGULATION)


def _articles(law: ActVersion, text: str) -> list[tuple[str, str]]:
    return [(p.number, text[p.start : p.end]) for p in law.provisions if p.level == "article"]


def _change(change: ProvisionChange, new: ActVersion) -> dict[str, Any]:
    """Return the JSON of one change; the new version's day counts when the change states none of its own."""
    effective, basis = change.effective_from, change.date_basis
    if effective is None and new.in_force.value is not None:
        effective, basis = new.in_force.value, "in-force"
    return {
        "kind": change.kind.value,
        "before": change.before,
        "after": change.after,
        "similarity": change.similarity,
        "materiality": change.materiality.value,
        "decided_by": list(change.decided_by),
        "effective_from": effective.isoformat() if effective is not None else None,
        "date_basis": basis,
    }
