"""Registers with holdings, stored as a reader would have read them; every row can be found again in its text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from api.service.linking import renew_links
from ingest.map import Origin, facts_of
from kb import ids
from kb.base import KnowledgeBase
from kb.model import Annotations, Document, Holding, Identifier, Kind, ListEntry, Name, OwnerGap, Partner, Register
from kb.model import WatchList as Listed
from kb.records import Revision
from kb.rows import index_rows

Row = tuple[str, str, float | None, float | None]


class Lines:
    """A text that grows line by line."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, line: str) -> tuple[int, int]:
        start = len(self.text)
        self.text += f"{line}\n"
        return start, start + len(line)


def register(
    partners: Iterable[tuple[str, str, str | None]],
    holdings: Sequence[Row | tuple[str, str, float | None, float | None, dict[str, object]]] = (),
    gaps: Iterable[tuple[str, str]] = (),
    *,
    country: str | None = None,
    identifiers: dict[str, tuple[tuple[str, str], ...]] | None = None,
) -> tuple[str, Register]:
    """Return text and content of a register of (key, name, kind) with (owner, owned, low, high) and (owned, reason)."""
    lines = Lines()
    rows = []
    for key, name, kind in partners:
        found = tuple(Identifier(s, v, True) for s, v in (identifiers or {}).get(key, ()))
        place = lines.add(f"{key},{name}")
        rows.append(Partner(key, (Name(name),), kind, *place, country=country, identifiers=found))
    held = []
    for owner, owned, low, high, *more in holdings:
        place = lines.add(f"{owner} holds {low}-{high} of {owned}")
        low, high = 0.0 if low is None else low, 1.0 if high is None else high
        held.append(Holding(owner, owned, low, high, *place, **(more[0] if more else {})))  # type: ignore[arg-type]
    missing = [OwnerGap(owned, reason, *lines.add(f"{owned}: {reason}")) for owned, reason in gaps]
    return lines.text, Register(tuple(rows), len(rows), holdings=tuple(held), gaps=tuple(missing))


def watchlist(
    list_id: str,
    entries: Iterable[tuple[str, str, str | None]],
    *,
    since: date | None = None,
    until: date | None = None,
    identifiers: dict[str, tuple[tuple[str, str], ...]] | None = None,
) -> tuple[str, Listed]:
    """Return text and content of a list of (key, name, kind)."""
    lines = Lines()
    rows = []
    for key, name, kind in entries:
        found = tuple(Identifier(s, v, True) for s, v in (identifiers or {}).get(key, ()))
        place = lines.add(f"{key},{name}")
        rows.append(ListEntry(key, (Name(name),), kind, *place, identifiers=found, listed_on=since, delisted_on=until))
    return lines.text, Listed(list_id, list_id, tuple(rows), len(rows))


def store(kb: KnowledgeBase, name: str, content: tuple[str, Register | Listed], *, link: bool = True) -> str:
    """Store a register or list under a file name and renew the links; return its document."""
    text, found = content
    kind = Kind.REGISTER if isinstance(found, Register) else Kind.WATCHLIST
    original = text.encode()
    digest = hashlib.sha256(original).hexdigest()
    document_id = ids.document_id(kind, digest)
    document = Document(text, (), "text/csv", "und")
    annotations = (
        Annotations(kind, register=found) if isinstance(found, Register) else Annotations(kind, watchlist=found)
    )
    facts = facts_of(document_id, document, annotations, Origin(f"{name}.csv", digest, "test", datetime.now(UTC)))
    rows = index_rows(document_id, f"{name}.csv", document, annotations)
    kb.commit([Revision(ids.source_key(upload=name), f"{name}.csv", kind, original, document, facts, rows)])
    if link:
        renew_links(kb)
    return document_id
