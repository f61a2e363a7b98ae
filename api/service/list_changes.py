"""Who of ours meets a list entry that changed: partners and parties screened against the changed entries alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from api.service.changes import Changes
from checks.hits import ANY_ROW, OPEN, Ledger, hit_of, partner_subject, party_subjects, said_of
from checks.load import load_partners
from checks.screening import ScreeningIndex, ScreeningList, ScreenQuery, row_digest, screen
from kb import ids
from kb.facts import read_lists
from kb.list_delta import EntryChange, compare_facts
from kb.lists import ListVersion, entry_prefix, latest_of, list_versions
from kb.model import Kind
from kb.store import EvidenceStore

MAX_CANDIDATES = 10
_DOCUMENT = "doc-"  # what the id of every document begins with


@dataclass(frozen=True, slots=True)
class ListChange:
    """What changed in one list.

    Attributes:
        list_id: its id; ``title`` in words.
        version: how answers name what counts now; "" when the list is gone.
        changes: the entries that differ, by id.
        before: the entries that changed or are gone, as they were.
        after: the entries that changed or are new, as they are.
    """

    list_id: str
    title: str
    version: str
    changes: Mapping[str, EntryChange]
    before: ScreeningList
    after: ScreeningList


@dataclass(frozen=True, slots=True)
class Meeting:
    """One of ours and a list entry that changed.

    Attributes:
        subject: partner id, or document id of a contract whose party is no stored partner.
        name: the name that was screened.
        list: what changed in the list.
        entry: id of the entry; ``matched_name`` the name in it that fits.
        before: it was a match before; ``after`` it is one now.
        contracts: contracts it is a party of.
    """

    subject: str
    name: str
    list: ListChange
    entry: str
    matched_name: str
    score: float
    before: bool
    after: bool
    contracts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Who:
    """One of ours to screen: names and what else is known, and the contracts it is a party of."""

    subject: str
    queries: tuple[ScreenQuery, ...]
    contracts: tuple[str, ...]


def list_changes(changes: Changes) -> list[ListChange]:
    """Return what changed in every list of which a version came or went."""
    came, went = changes.of(Kind.WATCHLIST)
    if not came and not went:
        return []
    kb = changes.kb
    series: dict[str, list[ListVersion]] = {}
    for version in list_versions(kb.registry, kb.texts, kind=Kind.WATCHLIST):
        series.setdefault(version.series, []).append(version)
    found = []
    for versions in series.values():
        old = latest_of(one for one in versions if one.document in changes.before and _as_of(one, changes.before))
        new = latest_of(one for one in versions if one.document in changes.now and _as_of(one, changes.now))
        if (old and old.facts) != (new and new.facts):
            found.append(_difference(changes, old, new))
    return [one for one in found if one.changes]


def _as_of(version: ListVersion, documents: Mapping[str, object]) -> bool:
    return getattr(documents[version.document], "facts", None) == version.facts


def _difference(changes: Changes, old: ListVersion | None, new: ListVersion | None) -> ListChange:
    one = new or old
    assert one is not None  # noqa: S101 - a series has versions, and these two differ
    texts = changes.kb.texts
    before = "" if old is None else texts.get("facts", old.facts).decode()
    after = "" if new is None else texts.get("facts", new.facts).decode()
    prefix = entry_prefix(one)
    found = {c.entry: c for c in compare_facts(before, after, prefix if old is None else entry_prefix(old), prefix)}
    gone = {key for key, c in found.items() if c.change != "added"}
    here = {key for key, c in found.items() if c.change != "removed"}
    return ListChange(
        one.list_id,
        one.load.title or one.list_id,
        "" if new is None else new.version,
        found,
        entries_of(before, old or one, gone),
        entries_of(after, new or one, here),
    )


def entries_of(facts: str, version: ListVersion, wanted: set[str]) -> ScreeningList:
    """Return the wanted entries of a list; the others are not even parsed."""
    prefix = f"<{entry_prefix(version)}"
    size = len(prefix)
    kept = [
        line
        for line in facts.splitlines(keepends=True)
        if not line.startswith(prefix) or ids.unquote_id(line[size : line.index(">", size)].partition("#")[0]) in wanted
    ]
    store = EvidenceStore.memory([(ids.graph_iri(version.document), "".join(kept))]) if wanted else None
    lists = () if store is None else read_lists(store.rows)
    entries = tuple(entry for one in lists for entry in one.entries if entry.id in wanted)
    return ScreeningList(version.list_id, version.version, version.load.rows, None, entries, version.document)


def meetings(changes: Changes, lists: Iterable[ListChange]) -> tuple[list[Meeting], set[str]]:
    """Return who of ours matches an entry that changed, and the contracts whose parties come near one at all."""
    found: list[Meeting] = []
    near: set[str] = set()
    ours: list[_Who] | None = None
    for one in lists:
        old, new = ScreeningIndex.build([one.before]), ScreeningIndex.build([one.after])
        ours = list(_ours(changes)) if ours is None else ours
        for who in ours:
            was, is_now = _candidates(who, old), _candidates(who, new)
            if was or is_now:
                near.update(who.contracts)
            for entry in sorted(was.keys() | is_now.keys()):
                before, after = was.get(entry), is_now.get(entry)
                best = after or before
                matched = (before is not None and before[2], after is not None and after[2])
                if who.subject and best is not None and any(matched):
                    found.append(
                        Meeting(
                            who.subject, best[3], one, entry, best[0], best[1], matched[0], matched[1], who.contracts
                        )
                    )
    return found, near


def decided_meeting(one: Meeting, known: Ledger) -> bool:
    """Say whether a person's decision has the last word on a meeting, so that nobody need be told of it as news.

    A false positive that still holds is no match; a decision that the new row opened again is told of by an alert of
    its own.
    """
    row = next((row_digest(entry) for entry in one.list.after.entries if entry.id == one.entry), None)
    if row is None:
        return False
    if one.subject.startswith(_DOCUMENT):
        goes_by = party_subjects(one.subject, one.name, None)
    else:
        goes_by = (partner_subject(one.subject),)
    decisions = [known.get(hit_of(one.list.list_id, one.entry, subject)) for subject in goes_by]
    made = next((decision for decision in decisions if decision is not None), None)
    if made is None or made.verdict == OPEN:
        return False
    return said_of(made, row) is False or made.row not in {row, ANY_ROW}


_Found = tuple[str, float, bool, str]
"""Matched name, score, whether it is a match, and the name asked for."""


def _candidates(who: _Who, index: ScreeningIndex) -> dict[str, _Found]:
    """Return the best candidate per entry."""
    best: dict[str, _Found] = {}
    if not index.lists[0].entries:
        return best
    for query in who.queries:
        for hit in screen(query, index, limit=MAX_CANDIDATES).candidates:
            found = (hit.matched_name, hit.score, hit.match, query.name)
            known = best.get(hit.entity)
            if known is None or (found[2], found[1]) > (known[2], known[1]):
                best[hit.entity] = found
    return best


def _ours(changes: Changes) -> Iterator[_Who]:
    """Yield every stored partner, and every party of a contract that is not tied to one by a second fact."""
    contracts: dict[str, set[str]] = {}
    tied: set[tuple[str, int]] = set()
    for link in changes.links:
        if link.document in changes.parties and link.same:
            contracts.setdefault(link.partner, set()).add(link.document)
            tied.add((link.document, link.start))
    for partner in load_partners(changes.snapshot).values():
        identifiers = tuple((i.scheme, i.value) for i in partner.partner.identifiers)
        queries = tuple(
            ScreenQuery(
                name=name.text, kind=partner.partner.kind, country=partner.partner.country, identifiers=identifiers
            )
            for name in partner.partner.names
        )
        yield _Who(partner.id, queries, tuple(sorted(contracts.get(partner.id, ()))))
    # A name is screened once, however many contracts it is a party of. A party that is tied is screened by its own name
    # too (the contract may call it what the list calls it), but its partner is who an alert is about.
    named: dict[tuple[str, str | None], dict[str, bool]] = {}
    for document, parties in changes.parties.items():
        for party in parties:
            known = named.setdefault((party.name, party.kind), {})
            known[document] = known.get(document, False) or (document, party.start) in tied
    for (name, kind), found in named.items():
        subject = next((document for document, is_tied in found.items() if not is_tied), "")
        yield _Who(subject, (ScreenQuery(name=name, kind=kind),), tuple(found))
