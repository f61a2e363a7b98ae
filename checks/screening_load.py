"""The lists and registers of a snapshot, ready for screening: kept beside the store and shared by all who ask.

An index of 100,000 names takes seconds to read and make. It is made once for each set of stored documents, kept in the
data directory's cache under a name made of those documents, the operator's aliases and the code that made it, and
mapped into memory from there: by any process, for any number of threads. What is stored has changed: another name, and
so another index; an old one cannot be served.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from checks.former_listings import former_listings
from checks.screening_index import Aliases, ScreeningIndex, ScreeningList
from kb.cache import keep_cached, open_cached
from kb.facts import StoredList, read_lists, read_partners
from kb.lists import VERSION_DIGITS, register_name, series_of
from kb.model import Identifier, Kind, ListEntry, Name
from kb.names import NameIndex
from kb.packed import PackedFile, PackedItems, PackedNumbers, pack_items, pack_numbers
from kb.records import DocumentRecord
from kb.snapshot import Snapshot

SORT: Final = "screening"
"""Sort of the files in the cache."""
_OPEN: Final = 6
"""Indexes a process keeps at hand: lists and registers, with and without own aliases, of one moment and the next."""
_KEY: Final = 32  # hex digits: 128 bits tell sets of documents apart
_MADE_BY: Final = (
    "checks/former_listings.py",
    "checks/screening_index.py",
    "checks/screening_load.py",
    "kb/packed.py",
    "kb/facts/partners.py",
)

_kept: OrderedDict[tuple[Path, str], ScreeningIndex] = OrderedDict()
_at_work: dict[tuple[Path, str], threading.Lock] = {}
_guard: Final = threading.Lock()


def stored_screening(
    snapshot: Snapshot, aliases: Aliases | None = None, *, partners: bool = False
) -> ScreeningIndex | None:
    """Return an index over the stored watch lists, or None when none is stored.

    Args:
        snapshot: one consistent view of the store.
        aliases: the operator's own alias table.
        partners: over the stored registers, too.
    """
    parts = [_part(snapshot, Kind.WATCHLIST, aliases or {})]
    if partners:
        parts.append(_part(snapshot, Kind.REGISTER, aliases or {}))
    filled = [part for part in parts if part is not None and part.lists]
    return ScreeningIndex.joined(filled) if filled else None


def stored_partners(snapshot: Snapshot) -> ScreeningIndex | None:
    """Return an index over the rows of the stored registers, or None when there are none."""
    found = _part(snapshot, Kind.REGISTER, {})
    return found if found is not None and found.lists else None


def _part(snapshot: Snapshot, kind: Kind, aliases: Aliases) -> ScreeningIndex | None:
    records = snapshot.documents(kind)
    if not records:
        return None
    folder = snapshot.cache
    if folder is None:  # a moment in the past, which is in memory only
        return _made(snapshot, kind, aliases)
    place = folder, _key(kind, records, aliases)
    with _guard:
        known = _kept.get(place)
        if known is not None:
            _kept.move_to_end(place)
            return known
        lock = _at_work.setdefault(place, threading.Lock())
    with lock:  # one makes it, the others wait for it
        with _guard:
            known = _kept.get(place)
        if known is None:
            known = _opened(*place) or _made_and_kept(snapshot, kind, aliases, *place)
            with _guard:
                _kept[place] = known
                while len(_kept) > _OPEN:
                    _kept.popitem(last=False)
                _at_work.pop(place, None)
    return known


def _made(snapshot: Snapshot, kind: Kind, aliases: Aliases) -> ScreeningIndex:
    if kind is Kind.REGISTER:
        return ScreeningIndex.build(load_partner_lists(snapshot), aliases)
    lists = load_screening_lists(snapshot)
    return ScreeningIndex.build([*lists, *former_listings(snapshot, lists)], aliases)


def _made_and_kept(snapshot: Snapshot, kind: Kind, aliases: Aliases, folder: Path, key: str) -> ScreeningIndex:
    made = _made(snapshot, kind, aliases)
    file = keep_cached(folder, SORT, key, *_packed(made))
    return made if file is None else _unpacked(file)


def _opened(folder: Path, key: str) -> ScreeningIndex | None:
    file = open_cached(folder, SORT, key)
    return None if file is None else _unpacked(file)


def _key(kind: Kind, records: Iterable[DocumentRecord], aliases: Aliases) -> str:
    """Return what an index is kept under: everything that decides what is in it."""
    said: list[Any] = [_code(), kind.value, sorted(aliases.items())]
    said += sorted(
        [one.id, one.facts, one.recorded_at.isoformat(), [list(source) for source in one.sources]] for one in records
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:_KEY]


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for name in _MADE_BY:
        package, _, rest = name.partition("/")
        digest.update(resources.files(package).joinpath(rest).read_bytes())
    for file in _below(resources.files("kb.names")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _below(folder: Traversable) -> Iterable[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            if one.name != "__pycache__":
                yield from _below(one)
        elif one.name.endswith((".py", ".csv", ".toml", ".txt")):
            yield one


# --- the form in which an index is kept ------------------------------------------------------------------------------


class _Entries(PackedItems[ListEntry]):
    """Entries of a list, each read when it is asked for."""

    def decode(self, content: memoryview) -> ListEntry:
        id_, names, kind, start, end, countries, programs, identifiers, births, addresses, remarks, since, until = (
            json.loads(bytes(content))
        )
        return ListEntry(
            id=id_,
            names=tuple(Name(*name) for name in names),
            kind=kind,
            start=start,
            end=end,
            countries=tuple(countries),
            programs=tuple(programs),
            identifiers=tuple(Identifier(*one) for one in identifiers),
            birth_dates=tuple(births),
            addresses=tuple(addresses),
            remarks=remarks,
            listed_on=None if since is None else date.fromisoformat(since),
            delisted_on=None if until is None else date.fromisoformat(until),
        )


def _encoded(one: ListEntry) -> bytes:
    said = (
        one.id,
        [(name.text, name.kind, name.language) for name in one.names],
        one.kind,
        one.start,
        one.end,
        one.countries,
        one.programs,
        [(i.scheme, i.value, i.valid) for i in one.identifiers],
        one.birth_dates,
        one.addresses,
        one.remarks,
        None if one.listed_on is None else one.listed_on.isoformat(),
        None if one.delisted_on is None else one.delisted_on.isoformat(),
    )
    return json.dumps(said, separators=(",", ":")).encode()


class _Places(Mapping[str, Sequence[tuple[int, int]]]):
    """(number of the list, place of the entry) by key."""

    def __init__(self, file: PackedFile, prefix: str) -> None:
        keys, ends = file.array(f"{prefix}keys", np.uint64), file.array(f"{prefix}ends", np.int64)
        self._numbers = PackedNumbers(keys, ends, file.array(f"{prefix}places", np.int32))

    def __getitem__(self, key: str) -> Sequence[tuple[int, int]]:
        found = self._numbers[key].tolist()
        return list(zip(found[::2], found[1::2], strict=True))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Any:
        return iter(self._numbers)


def _packed_places(prefix: str, places: Mapping[str, Sequence[tuple[int, int]]]) -> dict[str, NDArray[Any]]:
    flat = {key: [number for place in found for number in place] for key, found in places.items()}
    keys, ends, numbers = pack_numbers(flat)
    return {f"{prefix}keys": keys, f"{prefix}ends": ends, f"{prefix}places": numbers}


def _packed(index: ScreeningIndex) -> tuple[dict[str, Any], dict[str, bytes | NDArray[Any]]]:
    sections: dict[str, bytes | NDArray[Any]] = {}
    for number, one in enumerate(index.lists):
        sections[f"entries{number}"], sections[f"entry_ends{number}"] = pack_items(_encoded(e) for e in one.entries)
    sections |= index.people.packed("people_") | index.others.packed("others_")
    sections |= _packed_places("identifier_", index.by_identifier) | _packed_places("entry_", index.places)
    about = [
        [one.list_id, one.version, one.rows, one.retrieved, one.document, one.kind, len(one.entries)]
        for one in index.lists
    ]
    return {"lists": about}, sections


def _unpacked(file: PackedFile) -> ScreeningIndex:
    lists = tuple(
        ScreeningList(
            list_id=list_id,
            version=version,
            rows=rows,
            retrieved=retrieved,
            entries=_Entries(file.bytes(f"entries{number}"), file.array(f"entry_ends{number}", np.int64)),
            document=document,
            kind=kind,
        )
        for number, (list_id, version, rows, retrieved, document, kind, _) in enumerate(file.about["lists"])
    )
    people, others = NameIndex.unpacked(file, "people_"), NameIndex.unpacked(file, "others_")
    return ScreeningIndex(lists, people, others, _Places(file, "identifier_"), _Places(file, "entry_"))


# --- reading the lists -----------------------------------------------------------------------------------------------


def load_screening_lists(snapshot: Snapshot) -> list[ScreeningList]:
    """Return the stored watch lists that count, with their entries."""
    recorded = {record.id: record for record in snapshot.documents(Kind.WATCHLIST)}
    # Named, because registers hold the same kinds of names and identifiers, and many more of them.
    return [
        ScreeningList(
            list_id=stored.list_id,
            version=recorded[stored.document].original[:VERSION_DIGITS] if stored.document in recorded else "",
            rows=stored.rows,
            retrieved=recorded[stored.document].recorded_at.isoformat() if stored.document in recorded else None,
            entries=stored.entries,
            document=stored.document,
        )
        for stored in current_lists(read_lists(snapshot.query, list(recorded)), recorded)
    ]


def load_partner_lists(snapshot: Snapshot) -> list[ScreeningList]:
    """Return the stored registers in the form of lists: each partner with all its names, by its own id."""
    recorded = {record.id: record for record in snapshot.documents(Kind.REGISTER)}
    entries: dict[str, list[ListEntry]] = {}
    for stored in read_partners(snapshot.query):
        one = stored.partner
        if one.names:
            entries.setdefault(stored.document, []).append(
                ListEntry(
                    id=stored.id,
                    names=one.names,
                    kind=one.kind,
                    start=one.start,
                    end=one.end,
                    countries=() if one.country is None else (one.country,),
                    identifiers=one.identifiers,
                    addresses=() if one.address is None else (one.address,),
                )
            )
    return [
        ScreeningList(
            list_id=register_name(recorded[document].source) if document in recorded else found[0].id.split("/", 1)[0],
            version=recorded[document].original[:VERSION_DIGITS] if document in recorded else "",
            rows=len(found),
            retrieved=recorded[document].recorded_at.isoformat() if document in recorded else None,
            entries=tuple(found),
            document=document,
            kind="register",
        )
        for document, found in sorted(entries.items())
    ]


def current_lists(lists: Iterable[StoredList], recorded: Mapping[str, DocumentRecord]) -> list[StoredList]:
    """Return the lists that count: of several versions of one published list the latest, without companion files.

    Args:
        lists: stored lists.
        recorded: the record of each list's document, by its id.
    """
    latest: dict[str, tuple[tuple[str, str], StoredList]] = {}
    for stored in lists:
        if not stored.entries:  # alias and address files are read with their list
            continue
        record = recorded.get(stored.document)
        series = series_of(stored.list_id, Kind.WATCHLIST, stored.document)
        loaded = "" if record is None else record.recorded_at.isoformat()
        age = (loaded[:10] if stored.published is None else stored.published.isoformat(), loaded)
        if series not in latest or latest[series][0] < age:
            latest[series] = (age, stored)
    return [stored for _, stored in latest.values()]
