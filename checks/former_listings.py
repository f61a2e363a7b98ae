"""Who was on a list and is not any more: entries of earlier versions that the current version lacks.

Publishers drop an entry without keeping it. What an earlier load said is still in the store, so an entry that vanished
is a former listing until the day of the first version without it. A version that is not whole proves nothing and is
passed over; so is an entry whose name still stands on the list under another number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from checks.screening_index import FORMER, ScreeningList
from kb import ids
from kb.facts import read_lists
from kb.lists import ListVersion, entry_prefix
from kb.model import ListEntry
from kb.names.fold import fold
from kb.snapshot import Snapshot
from kb.store import EvidenceStore
from ontology import terms as t


def former_listings(snapshot: Snapshot, current: Iterable[ScreeningList]) -> list[ScreeningList]:
    """Return, for each earlier version, the entries that were last on it, each with the day it was gone.

    Args:
        snapshot: one view of the store.
        current: the lists that count.
    """
    known = {one.document: one for one in current}
    versions = snapshot.list_versions()
    held = {record.id for record in snapshot.documents()}
    found: list[ScreeningList] = []
    # A version that was loaded again, after another one, stands there twice; the last time counts.
    last = {version.document: version for version in sorted(versions, key=_order)}
    for document, now in known.items():
        version = last.get(document)
        if version is None or version.load.incomplete is not None:
            continue
        earlier = [one for one in versions if one.series == version.series and _order(one) < _order(version)]
        found += _gone(snapshot, now, version, sorted(earlier, key=_order, reverse=True), held)
    return found


def _order(version: ListVersion) -> tuple[str, str]:
    return version.dated.isoformat(), version.retrieved.isoformat()


def _gone(
    snapshot: Snapshot, now: ScreeningList, version: ListVersion, earlier: list[ListVersion], held: set[str]
) -> Iterator[ScreeningList]:
    """Yield the former entries of one list, those of its latest earlier version first."""
    present = {entry.id for entry in now.entries}
    names = {fold(name.text) for entry in now.entries for name in entry.names}
    seen = set(present)
    since: date = version.dated
    documents = {version.document}
    for one in earlier:
        if one.load.incomplete is not None or one.document in documents:
            continue
        documents.add(one.document)
        missing = {key for key in _keys(snapshot, one) if key not in seen}
        entries = tuple(
            replace(entry, delisted_on=entry.delisted_on or since)
            for entry in (entries_of(snapshot, one, missing) if missing else ())
            if fold(entry.names[0].text) not in names  # an alias may be shared by chance
        )
        seen |= missing
        since = one.dated
        if entries:
            # A version that is no longer held cannot be quoted.
            document = one.document if one.document in held else ""
            rows = len(entries)
            yield ScreeningList(one.list_id, one.version, rows, one.retrieved.isoformat(), entries, document, FORMER)


def _keys(snapshot: Snapshot, version: ListVersion) -> Iterator[str]:
    """Yield the ids of a version's entries."""
    mark = f"> <{t.RDF_type}> <{t.DUE_ListEntry}> .".encode()
    begin = f"<{entry_prefix(version)}".encode()
    for portion in snapshot.version_facts(version):
        for line in portion.split(b"\n"):
            if line.startswith(begin) and line.endswith(mark):
                yield ids.unquote_id(line[len(begin) : -len(mark)].decode())


def entries_of(snapshot: Snapshot, version: ListVersion, wanted: set[str]) -> tuple[ListEntry, ...]:
    """Return some entries of a version, also of one that is no longer held; the others are not even parsed."""
    begin = f"<{entry_prefix(version)}".encode()
    kept: list[bytes] = []
    for portion in snapshot.version_facts(version):
        kept += [
            line
            for line in portion.split(b"\n")
            if line and (not line.startswith(begin) or _key(line, len(begin)) in wanted)
        ]
    store = EvidenceStore.memory([(ids.graph_iri(version.document), b"\n".join([*kept, b""]).decode())])
    return tuple(entry for one in read_lists(store.rows) for entry in one.entries if entry.id in wanted)


def _key(line: bytes, start: int) -> str:
    return ids.unquote_id(line[start : line.index(b">", start)].partition(b"#")[0].decode())
