"""Whom the store knows, and every list entry that comes near one of their names.

They are screened once for each set of stored documents; the result is kept in the data directory's cache under a name
made of those documents and of the code that screens, so it fits or it is not asked for.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from api.service.checking import many_partners
from checks.evaluators.partner_record import PartnerRecord, own_queries
from checks.finding import NO_TEXT, Text
from checks.hits import partner_subjects, party_subjects, person_subject
from checks.load import load_partners, load_screening
from checks.screening import MAX_NAME, Candidate, ScreeningIndex, ScreenQuery, screen
from kb.cache import keep_cached, open_cached
from kb.facts.contracts import contract_parties
from kb.facts.entities import ENTITIES_GRAPH
from kb.facts.links import LINKS_GRAPH, read_links
from kb.model import Kind
from kb.packed import PackedFile
from kb.register_facts import columns
from kb.snapshot import Snapshot

SORT: Final = "hits"
"""Sort of the files in the cache."""
PER_NAME: Final = 10
"""Entries looked at per name."""
_KEPT: Final = 2  # sets of stored documents whose hits a process keeps: the present one and the one before
_KEY: Final = 32  # hex digits: 128 bits tell sets of documents apart
_MADE_BY: Final = (
    ("api.service", "near_hits.py"),
    ("checks", "hits.py"),
    ("checks", "screening.py"),
    ("checks", "screening_index.py"),
    ("checks.evaluators", "partner_record.py"),
    ("kb", "register_facts.py"),
    ("kb", "register_facts.toml"),
)
"""What decides who comes near what, besides the names package."""

Advance = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom hits are about.

    Attributes:
        kind: "partner", "person" (an officer or owner of a partner) or "party" (of contracts, no stored partner).
        id: of the partner, or of the first contract.
        name: of the partner, or of the party as its contract calls it.
        queries: what is screened.
        goes_by: what ids of hits call it; see ``checks.hits``.
        role: of a person.
        documents: contracts it is a party of by name.
    """

    kind: str
    id: str
    name: str
    queries: tuple[ScreenQuery, ...]
    goes_by: tuple[str, ...]
    role: Text = NO_TEXT
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """An entry that one of a subject's names comes near: its best name and the entry."""

    subject: Subject
    name: str
    candidate: Candidate


# --- screening whom the store knows ----------------------------------------------------------------------------------

_kept: OrderedDict[str, tuple[Near, ...]] = OrderedDict()
_guard: Final = threading.Lock()


def near_hits(snapshot: Snapshot, advance: Advance | None = None) -> tuple[Near, ...]:
    """Return every list entry that somebody the store knows comes near, kept while nothing of it changes."""
    key = _key(snapshot)
    with _guard:  # one screens, the others wait for it
        if key not in _kept:
            file = open_cached(snapshot.cache, SORT, key) if snapshot.cache is not None else None
            _kept[key] = _made(snapshot, key, advance) if file is None else _read(file)
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def _made(snapshot: Snapshot, key: str, advance: Advance | None) -> tuple[Near, ...]:
    index = load_screening(snapshot)
    found = () if index is None else tuple(_screened(subjects_of(snapshot), index, advance))
    if snapshot.cache is not None:
        keep_cached(snapshot.cache, SORT, key, {}, {"rows": json.dumps([asdict(one) for one in found]).encode()})
    return found


def _read(file: PackedFile) -> tuple[Near, ...]:
    known: dict[str, Subject] = {}
    found = []
    for row in json.loads(bytes(file.bytes("rows"))):
        told = json.dumps(row["subject"])
        if told not in known:
            known[told] = _subject(row["subject"])
        found.append(Near(known[told], row["name"], _candidate(row["candidate"])))
    return tuple(found)


def _subject(said: dict[str, Any]) -> Subject:
    queries = (
        ScreenQuery(**{**one, "identifiers": tuple(tuple(pair) for pair in one["identifiers"])})
        for one in said["queries"]
    )
    return Subject(
        said["kind"],
        said["id"],
        said["name"],
        tuple(queries),
        tuple(said["goes_by"]),
        Text(**said["role"]),
        tuple(said["documents"]),
    )


def _candidate(said: dict[str, Any]) -> Candidate:
    explanation = tuple(tuple(one) for one in said["explanation"])
    return Candidate(**{**said, "explanation": explanation, "programs": tuple(said["programs"])})


def _key(snapshot: Snapshot) -> str:
    """Return a digest of everything that decides who comes near what."""
    kinds = {Kind.WATCHLIST, Kind.REGISTER, Kind.CONTRACT}
    said = sorted(f"{one.id} {one.facts}" for one in snapshot.documents() if one.kind in kinds)
    said += sorted(f"{one.name} {one.facts}" for one in snapshot.derived() if one.name in {ENTITIES_GRAPH, LINKS_GRAPH})
    return hashlib.sha256("\n".join((_code(), *said)).encode()).hexdigest()[:_KEY]


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for package, name in _MADE_BY:
        digest.update(resources.files(package).joinpath(name).read_bytes())
    for file in _below(resources.files("kb.names")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _below(folder: Traversable) -> Iterator[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir() and one.name != "__pycache__":
            yield from _below(one)
        elif one.is_file() and one.name.endswith((".py", ".csv", ".toml", ".txt")):
            yield one


def _screened(subjects: Iterable[Subject], index: ScreeningIndex, advance: Advance | None) -> Iterator[Near]:
    for subject in subjects:
        best: dict[tuple[str, str], Near] = {}
        for query in subject.queries:
            if not query.name.strip() or len(query.name) > MAX_NAME:
                continue  # what is too long to be a name matches nothing
            for candidate in screen(query, index, limit=PER_NAME).candidates:
                key = (candidate.list, candidate.entity)
                if key not in best or best[key].candidate.score < candidate.score:
                    best[key] = Near(subject, query.name, candidate)
        # Only the name is known of a person; what is merely near it is no hit.
        yield from (near for near in best.values() if subject.kind != "person" or near.candidate.match)
        if advance is not None:
            advance(subject.name)


def subjects_of(snapshot: Snapshot) -> Iterator[Subject]:
    """Yield whom the store knows: partners, the people their registers name, parties of contracts that are neither.

    Of a register too large to be judged row by row only the partners a contract, an event or a statement names.
    """
    wanted = many_partners(snapshot)
    partners = load_partners(snapshot)
    for key in sorted(partners if wanted is None else set(wanted) & set(partners)):
        record = PartnerRecord(partners[key])
        queries = own_queries(record.facts)
        yield Subject("partner", key, record.name, queries, partner_subjects(key, queries))
        own = {query.name for query in queries}
        people = {name: meaning for name, meaning, _ in reversed(record.people()) if name not in own}
        for name, meaning in people.items():
            role = Text(columns()[meaning].en, columns()[meaning].zh)
            yield Subject("person", key, record.name, (ScreenQuery(name),), (person_subject(key, name),), role)
    yield from _parties(snapshot, set(partners))


def _parties(snapshot: Snapshot, partners: set[str]) -> Iterator[Subject]:
    tied = {
        (link.document, link.start) for link in read_links(snapshot.query) if link.same and link.partner in partners
    }
    found: dict[tuple[str, ...], tuple[str, str | None, list[str]]] = {}
    for document, parties in sorted(contract_parties(snapshot.query).items()):
        for party in parties:
            if (document, party.start) not in tied:
                goes_by = party_subjects(document, party.name, party.kind)
                known = found.setdefault(goes_by, (party.name, party.kind, []))
                if document not in known[2]:
                    known[2].append(document)
    for goes_by, (name, kind, documents) in found.items():
        yield Subject("party", documents[0], name, (ScreenQuery(name, kind),), goes_by, documents=tuple(documents))
