"""Every list hit there is to decide on, over all partners, the people behind them, and the parties of contracts.

Whom the store knows is screened once for each set of stored documents and kept for as long as nothing of it changes;
what people decided is laid over it for every question, so a decision shows at once.
"""

from __future__ import annotations

import csv
import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.service.checking import many_partners
from api.service.hits import Histories, last_of, settled_json
from checks.evaluators.partner_record import PartnerRecord, own_queries
from checks.finding import NO_TEXT, Text
from checks.hits import (
    FALSE_POSITIVE,
    OPEN,
    REOPENED,
    STATES,
    TRUE_MATCH,
    UNDECIDED,
    Ruling,
    hit_of,
    partner_subjects,
    party_subjects,
    person_subject,
    ruling,
)
from checks.load import load_partners, load_screening
from checks.screening import MAX_NAME, Candidate, ScreeningIndex, ScreenQuery, screen
from kb.errors import QueryError
from kb.facts.contracts import contract_parties
from kb.facts.entities import ENTITIES_GRAPH
from kb.facts.links import LINKS_GRAPH, read_links
from kb.model import Kind
from kb.names import MATCH
from kb.register_facts import columns
from kb.snapshot import Snapshot

ALL: Final = "all"
STATUSES: Final[Mapping[str, frozenset[str]]] = {
    OPEN: frozenset({OPEN, REOPENED}),
    REOPENED: frozenset({REOPENED}),
    UNDECIDED: frozenset({UNDECIDED}),
    TRUE_MATCH: frozenset({TRUE_MATCH}),
    FALSE_POSITIVE: frozenset({FALSE_POSITIVE}),
    ALL: frozenset(STATES),
}
"""What may be asked for, and the states it means: who asks for open hits wants those that are open again, too."""
PER_NAME: Final = 10
"""Entries looked at per name."""
MAX_DOCUMENTS: Final = 20
"""Contracts named in one row."""
_KEPT: Final = 2  # sets of stored documents whose hits a process keeps: the present one and the one before
_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run it; source: OWASP, CSV Injection
_ORDER: Final = {state: number for number, state in enumerate((REOPENED, OPEN, UNDECIDED, TRUE_MATCH, FALSE_POSITIVE))}

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


@dataclass(frozen=True, slots=True)
class HitRow:
    """A hit with where it stands."""

    near: Near
    ruling: Ruling

    @property
    def counts(self) -> bool:
        """Whether the score calls it a match, or a person decided on it."""
        return self.near.candidate.match or self.ruling.decision is not None

    def json(self, past: Histories) -> dict[str, Any]:
        """Return the row as JSON: the candidate, where the hit stands, whom it is about."""
        subject, role = self.near.subject, self.near.subject.role
        return {
            **settled_json(self.near.candidate, self.ruling, past),
            "name": self.near.name,
            "about": {
                "kind": subject.kind,
                "id": subject.id,
                "name": subject.name,
                "role": {"en": role.en, "zh": role.zh} if role.en else None,
                "documents": list(subject.documents[:MAX_DOCUMENTS]),
            },
        }


@dataclass(frozen=True, slots=True)
class HitFilter:
    """Which hits are asked for.

    Attributes:
        status: a key of ``STATUSES``.
        list_id: only of this list.
        score: only from this score up; decided ones are shown whatever their score.
        partner: only of this partner and its people.
        hit: only this one.
    """

    status: str = OPEN
    list_id: str | None = None
    score: float = MATCH
    partner: str | None = None
    hit: str | None = None

    def takes(self, row: HitRow) -> bool:
        """Say whether a row is asked for."""
        candidate, subject = row.near.candidate, row.near.subject
        if self.hit is not None:
            return self.hit in {hit_of(candidate.list, candidate.entity, one) for one in subject.goes_by}
        return (
            row.ruling.state in STATUSES[self.status]
            and self.list_id in (None, candidate.list)
            and (candidate.score >= self.score or row.ruling.decision is not None)
            and (self.partner is None or (subject.kind != "party" and subject.id == self.partner))
        )


def hit_rows(snapshot: Snapshot, past: Histories, asked: HitFilter, *, advance: Advance | None = None) -> list[HitRow]:
    """Return the hits asked for: those open again first, then by score.

    Args:
        snapshot: one view of the store.
        past: every decision on hits.
        asked: which.
        advance: told the name of each subject as it is screened.

    Raises:
        QueryError: there is no such status.
    """
    if asked.status not in STATUSES:
        raise QueryError(f"'{asked.status[:50]}' is no status of a hit.", remedy=f"Use one of {', '.join(STATUSES)}.")
    known = last_of(past)
    rows = (HitRow(near, ruling(known, near.subject.goes_by, near.candidate)) for near in near_hits(snapshot, advance))
    # A name in a register and in a contract may come to the same hit.
    found = {row.ruling.hit: row for row in rows if asked.takes(row)}
    return sorted(found.values(), key=_order)


def _order(row: HitRow) -> tuple[int, float, str, str, str]:
    candidate = row.near.candidate
    return _ORDER[row.ruling.state], -candidate.score, row.near.subject.name, candidate.list, candidate.entity


# --- screening whom the store knows ----------------------------------------------------------------------------------

_kept: OrderedDict[str, tuple[Near, ...]] = OrderedDict()
_guard: Final = threading.Lock()


def near_hits(snapshot: Snapshot, advance: Advance | None = None) -> tuple[Near, ...]:
    """Return every list entry that somebody the store knows comes near, kept while nothing of it changes."""
    key = _key(snapshot)
    with _guard:  # one screens, the others wait for it
        if key not in _kept:
            index = load_screening(snapshot)
            _kept[key] = () if index is None else tuple(_screened(subjects_of(snapshot), index, advance))
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def _key(snapshot: Snapshot) -> str:
    """Return a digest of everything that decides who comes near what."""
    kinds = {Kind.WATCHLIST, Kind.REGISTER, Kind.CONTRACT}
    said = sorted(f"{one.id} {one.facts}" for one in snapshot.documents() if one.kind in kinds)
    said += sorted(f"{one.name} {one.facts}" for one in snapshot.derived() if one.name in {ENTITIES_GRAPH, LINKS_GRAPH})
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


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


# --- as a table ------------------------------------------------------------------------------------------------------

COLUMNS: Final = (
    "hit", "status", "about", "id", "partner_or_party", "role", "name", "list", "entity", "matched_name", "score",
    "match", "programs", "verdict", "reason", "actor", "at", "documents",
)  # fmt: skip


def hits_csv(rows: Sequence[HitRow]) -> str:
    """Return hits as CSV (RFC 4180), one a line, that spreadsheets open safely."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        subject, candidate, decision = row.near.subject, row.near.candidate, row.ruling.decision
        cells = (
            row.ruling.hit, row.ruling.state, subject.kind, subject.id, subject.name, subject.role.en, row.near.name,
            candidate.list, candidate.entity, candidate.matched_name, f"{candidate.score:.4f}",
            "yes" if candidate.match else "no", "; ".join(candidate.programs),
            *(("", "", "", "") if decision is None else (
                decision.verdict, decision.reason, decision.actor, decision.at.isoformat(timespec="seconds"))),
            "; ".join(subject.documents[:MAX_DOCUMENTS]),
        )  # fmt: skip
        writer.writerow([f"'{cell}" if cell.startswith(_MARKS) else cell for cell in cells])
    return out.getvalue()
