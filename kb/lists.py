"""Lists and registers over time: every load is a version, and two versions of one list can be told apart.

A version is a stored revision of a document of kind watch list or register; what it came to stands at the head of its
facts. Versions of one list form a series: for lists of a known publisher by the list's own id, wherever the file came
from ("OFAC-SDN"), for everything else by id and source, because two files called ``suppliers.csv`` need not be the same
list. Of a series, the latest version that is still stored is the one to screen against.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib import resources
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from kb import ids
from kb.errors import MissingPartError, NotFoundError, QueryError
from kb.model import Kind
from ontology import terms as t

if TYPE_CHECKING:
    from kb.records import DocumentRecord
    from kb.registry import Registry
    from kb.text import TextStore

KINDS: Final = (Kind.WATCHLIST, Kind.REGISTER)
HEAD_BYTES: Final = 64 * 1024
"""Beginning of a document's facts that holds what a load came to; it stands before the rows left out."""
VERSION_DIGITS: Final = 12
"""Hex digits of the SHA-256 of its bytes that name a version; answers of ``screen`` show the same."""
_SHORTEST_PREFIX: Final = 4


@dataclass(frozen=True, slots=True)
class Load:
    """What one load of a list or register came to.

    Attributes:
        list_id: the publisher's id of the list, or the name of the register.
        rows: rows read; ``entries`` of them were loaded and ``rejected`` left out. An entry may take several rows.
        published: day the publisher gives, None when the file does not say.
        incomplete: what shows that the file was not whole, else None.
    """

    list_id: str
    title: str
    rows: int
    entries: int
    rejected: int
    published: date | None = None
    incomplete: str | None = None


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One stored load of a list or register.

    Attributes:
        number: 1 for the first load of the series.
        version: first digits of the SHA-256 of the bytes.
        retrieved: when it was loaded (UTC).
        superseded: when the store ceased to hold it, None while it does.
        current: it is the version that counts: the latest of its series that is still held.
        series: what the versions of one list have in common.
    """

    load: Load
    kind: Kind
    document: str
    sha256: str
    source: str
    source_key: str
    retrieved: datetime
    superseded: datetime | None
    facts: str
    series: str
    number: int = 0
    current: bool = False

    @property
    def list_id(self) -> str:
        """The list it is a version of."""
        return self.load.list_id

    @property
    def version(self) -> str:
        """How answers name it."""
        return self.sha256[:VERSION_DIGITS]

    @property
    def dated(self) -> date:
        """The day that orders it: the publisher's, else that of loading."""
        return self.load.published or self.retrieved.date()


@cache
def published_lists() -> dict[str, dict[str, str]]:
    """Return the lists known by an id of their own: id -> title and publisher.

    Raises:
        MissingPartError: lists.toml is absent.
    """
    source = resources.files("kb") / "lists.toml"
    if not source.is_file():
        raise MissingPartError("the table of lists is absent", place="kb/lists.toml", remedy="Reinstall duegraph.")
    lists: dict[str, dict[str, str]] = tomllib.loads(source.read_text(encoding="utf-8"))["lists"]
    return lists


def series_of(list_id: str, kind: Kind, source_key: str) -> str:
    """Return what versions of one list have in common."""
    if kind is Kind.WATCHLIST and list_id in published_lists():
        return list_id
    return f"{kind.value}:{list_id}:{source_key}"


def load_of(facts: str, kind: Kind, source: str) -> Load | None:
    """Return what a load came to, from the head of its facts; None when it holds no list or register.

    Args:
        facts: N-Triples of the document, or their beginning.
        kind: what it was read as.
        source: where it came from; the register's name is its file name.
    """
    said: dict[str, str] = dict(_SAID.findall(facts))
    if t.DUE_rows not in said:
        return None
    published = said.get(t.DUE_publisherDate)
    list_id = _text(said[t.DUE_listId]) if kind is Kind.WATCHLIST else register_name(source)
    return Load(
        list_id=list_id,
        title=_text(said[t.DUE_listTitle]) if t.DUE_listTitle in said else list_id,
        rows=int(said[t.DUE_rows]),
        entries=int(said.get(t.DUE_entries, said[t.DUE_rows])),
        rejected=int(said.get(t.DUE_rejectedRows, "0")),
        published=None if published is None else date.fromisoformat(published),
        incomplete=_text(said[t.DUE_incomplete]) if t.DUE_incomplete in said else None,
    )


def register_name(source: str) -> str:
    """Return the name a register's partners are known under: its file name without folder and suffix."""
    return PurePosixPath(source.replace("\\", "/")).stem or "register"


_PREDICATES: Final = (
    t.DUE_listId,
    t.DUE_listTitle,
    t.DUE_rows,
    t.DUE_entries,
    t.DUE_rejectedRows,
    t.DUE_publisherDate,
    t.DUE_incomplete,
)
_SAID: Final = re.compile(
    rf'^<[^>\n]*> <({"|".join(re.escape(one) for one in _PREDICATES)})> "((?:[^"\\\n]|\\.)*)"[^\n]*\.$', re.MULTILINE
)


def _text(escaped: str) -> str:
    """Return the string an N-Triples literal stands for; its escapes are those of JSON (``kb.triples`` writes them)."""
    return str(json.loads(f'"{escaped}"'))


def list_versions(registry: Registry, texts: TextStore, *, kind: Kind | None = None) -> list[ListVersion]:
    """Return every load of every list and register, by list, then in the order of loading.

    A list whose bytes were read again by a newer Duegraph is one version, with the facts of the last reading.

    Args:
        registry: of the knowledge base (``kb.registry``).
        texts: its files (``kb.texts``).
        kind: watch lists or registers only.
    """
    series: dict[str, list[ListVersion]] = defaultdict(list)
    for record in registry.revisions(KINDS if kind is None else (kind,)):
        found = _version(record, texts)
        if found is None:
            continue
        before = series[found.series]
        if before and before[-1].document == found.document:
            found = replace(found, retrieved=before.pop().retrieved)
        before.append(found)
    return [version for key in sorted(series) for version in _numbered(series[key])]


def _version(record: DocumentRecord, texts: TextStore) -> ListVersion | None:
    key, source = record.sources[0] if record.sources else ("", "")
    load = load_of(texts.head("facts", record.facts, HEAD_BYTES).decode(errors="ignore"), record.kind, source)
    if load is None or (record.kind is Kind.WATCHLIST and load.entries == 0):
        return None  # a companion file is read with its list
    return ListVersion(
        load=load,
        kind=record.kind,
        document=record.id,
        sha256=record.original,
        source=source,
        source_key=key,
        retrieved=record.recorded_at,
        superseded=record.invalidated_at,
        facts=record.facts,
        series=series_of(load.list_id, record.kind, key),
    )


def _numbered(versions: list[ListVersion]) -> Iterable[ListVersion]:
    latest = latest_of(version for version in versions if version.superseded is None)
    for number, version in enumerate(versions, 1):
        yield replace(version, number=number, current=version is latest)


def latest_of(versions: Iterable[ListVersion]) -> ListVersion | None:
    """Return the version that counts: the one of the latest day, of equal days the one loaded last."""
    return max(versions, key=lambda one: (one.dated, one.retrieved), default=None)


def superseded_documents(versions: Iterable[ListVersion]) -> frozenset[str]:
    """Return stored documents that hold an older version of a list of which a later one is stored too."""
    held = [version for version in versions if version.superseded is None]
    current = {version.document for version in held if version.current}
    return frozenset(version.document for version in held) - current


def find_version(versions: Iterable[ListVersion], list_id: str, wanted: str | None = None) -> ListVersion:
    """Return one version of a list.

    Args:
        versions: see ``list_versions``.
        list_id: id of the list or name of the register; case does not matter.
        wanted: number of the version, beginning of its hash, or id of its document; None for the current one.

    Raises:
        NotFoundError: no such list or version.
        QueryError: the name or the beginning of the hash fits several.
    """
    known = list(versions)
    named = [one for one in known if one.list_id.casefold() == list_id.casefold()]
    if not named:
        ids_known = ", ".join(sorted({one.list_id for one in known})) or "none"
        raise NotFoundError(f"no list '{list_id}' is stored.", code="no-list", remedy=f"Stored are: {ids_known}.")
    if wanted is not None:
        fits = [
            one
            for one in named
            if wanted in {str(one.number), one.document}
            or (len(wanted) >= _SHORTEST_PREFIX and one.sha256.startswith(wanted.casefold()))
        ]
        fits = fits if len({one.document for one in fits}) != 1 else fits[-1:]
    else:
        fits = [one for one in named if one.current] or named[-1:]
    if len(fits) == 1:
        return fits[0]
    shown = "; ".join(f"{one.number} {one.version} {one.source}" for one in (fits or named))
    if fits:
        raise QueryError(
            f"'{wanted or list_id}' fits several versions of lists.",
            code="ambiguous-version",
            remedy=f"Name one by the id of its document or its hash: {shown}.",
        )
    raise NotFoundError(f"'{list_id}' has no version '{wanted}'.", code="no-list-version", remedy=f"Stored: {shown}.")


def entry_prefix(version: ListVersion) -> str:
    """Return how the IRIs of a version's entries or partners begin."""
    kind = "entry" if version.kind is Kind.WATCHLIST else "partner"
    return ids.iri(kind, version.list_id, "x").removesuffix("x")


def left_out(facts: str, *, rows: bool) -> list[str]:
    """Return the sentences about rows (else about cells of rows that were loaded) left out, in the file's order.

    Args:
        facts: all facts of a version.
        rows: whole rows, or single cells.
    """
    mark = f"> <{t.DUE_rejectedRow if rows else t.DUE_cellNote}> "
    return [
        _text(line[line.index(mark) + len(mark) + 1 : line.rindex('"')]) for line in facts.split("\n") if mark in line
    ]


def row_error(sentence: str) -> dict[str, str | None]:
    """Return a sentence about a row or cell left out as its parts: row, column (None for the whole row), reason."""
    place, _, reason = sentence.partition(": ")
    row, _, column = place.partition(", column ")
    return {"row": row, "column": column or None, "reason": reason}
