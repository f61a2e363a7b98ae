"""What users call documents: ids, paths, titles."""

from __future__ import annotations

from collections.abc import Sequence

from kb.entities import MergedPartner
from kb.errors import NotFoundError
from kb.facts.entities import read_parties
from kb.model import Kind
from kb.records import DocumentRecord
from kb.snapshot import Snapshot


def find_documents(snapshot: Snapshot, subjects: Sequence[str], kind: Kind | None = None) -> list[str]:
    """Return the document ids of what a user calls a document: an id, a path or its end, a title.

    Raises:
        NotFoundError: nothing stored answers to one of the names.
    """
    records = snapshot.documents(kind)
    found: dict[str, None] = {}
    for subject in subjects:
        wanted = subject.strip()
        hits = [
            r.id
            for r in records
            if wanted and (r.id == wanted or from_source(r, wanted) or (r.title or "").casefold() == wanted.casefold())
        ]
        if not hits and wanted:
            hits = [r.id for r in records if wanted.casefold() in (r.title or "").casefold()]
        if not hits:
            raise NotFoundError(
                f"nothing stored is called '{subject}'",
                remedy="Name a document id, a file path or a title; list them with: duegraph documents.",
            )
        found.update(dict.fromkeys(hits))
    return list(found)


def from_source(record: DocumentRecord, place: str) -> bool:
    """Say whether a document comes from a path, an upload name, or a path that ends in it."""
    return any(source == place or source.endswith(f"/{place}") for _, source in record.sources)


def exact_partner(snapshot: Snapshot, name: str) -> MergedPartner | None:
    """Return the stored partner with exactly this id (of any of its rows), identifier or name, else None."""
    wanted = name.strip().casefold()
    for partner in read_parties(snapshot.query):
        keys = {key for row in partner.rows for key in (row.id, row.partner.id)}
        keys |= {i.value for i in partner.partner.identifiers} | {n.text for n in partner.partner.names}
        if wanted and wanted in {key.casefold() for key in keys}:
            return partner
    return None
