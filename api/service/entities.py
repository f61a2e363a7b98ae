"""Merging and splitting records of partners: recorded acts, and the derived graph that follows from them.

The ties between records are computed when a register or list changed; a decision only adds an act to them. Both are in
one derived graph, so that readers of any snapshot, past ones too, see the parties as they were known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from api.service.hit_marks import decided, mark
from api.service.hits import hits_of_acts
from api.service.party_json import party_json
from kb import ids
from kb.audit import AuditEntry, AuditTrail
from kb.base import KnowledgeBase
from kb.entities import Act, ActKind, Entities, Record, Tie, find_ties
from kb.errors import ConflictError, NotFoundError, QueryError
from kb.facts import StoredPartner, read_lists, read_partners
from kb.facts.base import document_of
from kb.facts.entities import (
    ENTITIES_GRAPH,
    ENTRY,
    document_of_mention,
    entity_facts,
    read_entities,
    read_ties,
    record_id,
)
from kb.model import Kind, ListEntry
from kb.parameters import Iri
from kb.snapshot import Snapshot
from ontology import terms as t

TIED_STATE: Final = "tied-state"
"""Registry setting: which registers and lists the ties were computed from, and after which act they were resolved."""
ABOUT: Final = "party:"
"""What the object of every act on records begins with in the audit trail."""
MAX_REASON: Final = 4000
"""Characters of a reason: a paragraph, not a file."""
_POLICY: Final = "1"  # raised when the same records give other ties
_PAGE: Final = 1000


# --- the derived graph -----------------------------------------------------------------------------------------------


def acts(trail: AuditTrail) -> tuple[Act, ...]:
    """Return every act on records, oldest first."""
    found: list[Act] = []
    after = 0
    while entries := trail.entries(prefix=ABOUT, after=after, limit=_PAGE):
        after = entries[-1].number
        found += [_act(entry) for entry in entries if entry.action in {kind.value for kind in ActKind}]
    return tuple(found)


def _act(entry: AuditEntry) -> Act:
    others = entry.detail.get("others", [])
    return Act(
        number=entry.number,
        kind=ActKind(entry.action),
        record=entry.about.removeprefix(ABOUT),
        others=tuple(str(other) for other in others) if isinstance(others, list) else (),
        actor=entry.actor,
        reason=str(entry.detail.get("reason", "")),
        at=entry.at,
    )


def _documents(kb: KnowledgeBase) -> dict[str, str]:
    """Return the registers and lists that are current, with the digest of their facts."""
    kinds = {Kind.REGISTER, Kind.WATCHLIST}
    return {record.id: record.facts for record in kb.documents_now() if record.kind in kinds}


def _state(documents: dict[str, str], known: Iterable[Act]) -> str:
    last = max((act.number for act in known), default=0)
    return json.dumps({"policy": _POLICY, "documents": documents, "act": last}, sort_keys=True)


def entities_are_stale(kb: KnowledgeBase) -> bool:
    """Say whether registers, lists or decisions changed since the parties were made out."""
    return kb.registry.meta(TIED_STATE) != _state(_documents(kb), acts(kb.audit))


def renew_entities(kb: KnowledgeBase) -> bool:
    """Make out anew which records are one party; return whether anything had changed.

    Only records of documents that are new are compared with all others; a decision alone compares none.
    """
    documents, known = _documents(kb), acts(kb.audit)
    state, before = _state(documents, known), kb.registry.meta(TIED_STATE)
    if before == state:
        return False
    old = json.loads(before) if before is not None else {}
    kept = old.get("documents", {}) if old.get("policy") == _POLICY else None
    with kb.snapshot() as snapshot:
        ties = read_ties(snapshot.query) if kept is not None else ()
        if kept != documents:
            ties = _ties(snapshot, ties, None if kept is None else _changed(kept, documents))
        standing = _standing(known, _present(snapshot)) if known else ()
    kb.derive(ENTITIES_GRAPH, entity_facts(ties, standing))
    kb.registry.set_meta(TIED_STATE, state)
    return True


def _present(snapshot: Snapshot) -> set[str]:
    """Return the ids of all stored records, documents whose names may be records among them."""
    rows = snapshot.query(
        f"SELECT ?r WHERE {{ GRAPH ?g {{ {{ ?r <{t.DUE_inRegister}> ?d }} UNION {{ ?r a <{t.DUE_ListEntry}> }} }} }}"
    )
    return {record_id(iri or "") for (iri,) in rows} | {record.id for record in snapshot.documents()}


def _standing(known: Iterable[Act], present: set[str]) -> tuple[Act, ...]:
    """Return the acts as far as they are about stored records: no party goes by the id of one that is gone.

    The audit trail keeps them whole, so they count again when the record comes back.
    """

    def is_present(record: str) -> bool:
        return (document_of_mention(record) or record) in present

    found = []
    for act in known:
        others = tuple(other for other in act.others if is_present(other))
        if is_present(act.record):
            if others:
                found.append(replace(act, others=others))
        elif act.kind is ActKind.MERGE and len(others) > 1:  # they were merged with each other as well
            found.append(replace(act, record=others[0], others=others[1:]))
    return tuple(found)


def _changed(before: dict[str, str], now: dict[str, str]) -> set[str]:
    return {document for document, facts in now.items() if before.get(document) != facts}


def _ties(snapshot: Snapshot, before: Iterable[Tie], changed: set[str] | None) -> tuple[Tie, ...]:
    """Return the ties of all stored records, given those of before and the documents that are new (None for all)."""
    records = list(stored_records(snapshot))
    if changed is None:
        return find_ties(records)
    fresh = {record.id for record in records if record.document in changed}
    present = {record.id for record in records}
    kept = [t for t in before if fresh.isdisjoint(t.pair) and present.issuperset(t.pair)]
    return find_ties(records, within=fresh, before=kept)


def stored_records(snapshot: Snapshot) -> Iterator[Record]:
    """Yield every record that may mean a partner: rows of registers, then entries of lists."""
    for stored in read_partners(snapshot.query):
        yield partner_record(stored)
    for watchlist in read_lists(snapshot.query):
        for entry in watchlist.entries:
            yield entry_record(watchlist.list_id, watchlist.document, entry)


def partner_record(stored: StoredPartner) -> Record:
    """Return a row of a register as a record."""
    partner = stored.partner
    return Record(
        id=stored.id,
        names=tuple(name.text for name in partner.names),
        kind=partner.kind,
        countries=frozenset({partner.country} if partner.country is not None else ()),
        identifiers=partner.identifiers,
        addresses=(partner.address,) if partner.address is not None else (),
        birth_dates=tuple(d for d in (birth_date(partner.attributes),) if d is not None),
        document=stored.document,
        start=partner.start,
        end=partner.end,
    )


def entry_record(list_id: str, document: str, entry: ListEntry) -> Record:
    """Return an entry of a list as a record; an alias its list calls weak is no name to go by."""
    return Record(
        id=f"{ENTRY}{list_id}/{entry.id}",
        names=tuple(name.text for name in entry.names if name.kind != "weak"),
        kind=entry.kind,
        countries=frozenset(entry.countries),
        identifiers=entry.identifiers,
        addresses=entry.addresses,
        birth_dates=entry.birth_dates,
        document=document,
        start=entry.start,
        end=entry.end,
    )


_BIRTH: Final = frozenset({"birthdate", "dateofbirth", "dob", "出生日期"})  # the last: date of birth


def birth_date(attributes: Any) -> str | None:
    """Return the date of birth among the further columns of a register row, or None."""
    for header, cell in attributes.items():
        if "".join(c for c in header.casefold() if c.isalnum()) in _BIRTH and cell.strip():
            return str(cell).strip()
    return None


# --- decisions -------------------------------------------------------------------------------------------------------


def merge(kb: KnowledgeBase, one: str, two: str, *, reason: str, actor: str, despite: bool = False) -> dict[str, Any]:
    """Record that two records are one party, which goes by the id of the first; return the party.

    Args:
        kb: open for writing.
        one: id of the record the party goes by, or an identifier or name that only it has.
        two: likewise; an entry of a list is "entry:<list>/<key>", a name in a document "<document>#s<start>-<end>".
        reason: why: the second fact besides the name.
        actor: who decides.
        despite: merge although identifiers that are given once differ.

    Raises:
        NotFoundError: no stored record answers to one of them.
        QueryError: the reason is missing, or both are one record.
        ConflictError: their identifiers differ and ``despite`` is not set, or they are one party already.
    """
    words = _reason(reason)
    with kb.snapshot() as snapshot:
        entities = read_entities(snapshot.query)
        left, right = find_record(snapshot, one), find_record(snapshot, two)
        if left == right:
            raise QueryError(
                f"'{one}' and '{two}' are the same record.", code="same-record", remedy="Name two records."
            )
        if entities.are_same(left, right):
            raise ConflictError(
                f"{left} and {right} are one party already.", code="merged-already", remedy="Nothing needs to be done."
            )
        against = _conflicts(entities, left, right)
    if against and not despite:
        raise ConflictError(
            f"{left} and {right} carry different identifiers: {'; '.join(against)}.",
            code="identifiers-differ",
            remedy="Correct the register, or merge with --despite-conflict; both values are kept and shown.",
        )
    # All pairs are named, so that an earlier split between any two of their records is taken back as well.
    others = tuple(sorted({*entities.records(right)} - {left}))
    for member in entities.records(left):
        if member != left and _was_split(entities, member, others):
            _append(kb, ActKind.MERGE, member, others, words, actor, against)
    _append(kb, ActKind.MERGE, left, others, words, actor, against)
    return _after(kb, left)


def split(kb: KnowledgeBase, record: str, *, reason: str, actor: str, other: str | None = None) -> dict[str, Any]:
    """Record that a record is not the same party as others; return the party it is now.

    Args:
        kb: open for writing.
        record: what is taken out.
        reason: why.
        actor: who decides.
        other: the record it is not; every other record of its party when None. It need not be merged: this is also
            how a proposal is rejected.

    Raises:
        NotFoundError: no stored record answers to one of them.
        QueryError: the reason is missing, or the record is alone and no other was named.
    """
    words = _reason(reason)
    with kb.snapshot() as snapshot:
        entities = read_entities(snapshot.query)
        left = find_record(snapshot, record)
        if other is None:
            others = tuple(member for member in entities.records(left) if member != left)
        else:
            # What is one party with the other one is not this one either.
            right = find_record(snapshot, other)
            same = {right} if entities.are_same(left, right) else set(entities.records(right))
            others = tuple(sorted(same - {left}))
    if not others:
        raise QueryError(
            f"{left} is a party of one record.", code="not-merged", remedy="Name what it is not with --from RECORD."
        )
    _append(kb, ActKind.SPLIT, left, others, words, actor, [])
    return _after(kb, left)


def _after(kb: KnowledgeBase, record: str) -> dict[str, Any]:
    from api.service.linking import renew_links

    renew_links(kb)
    with kb.snapshot() as snapshot:
        return party_json(read_entities(snapshot.query), record)


def _append(
    kb: KnowledgeBase,
    kind: ActKind,
    record: str,
    others: Iterable[str],
    reason: str,
    actor: str,
    against: list[str],
) -> None:
    others = tuple(others)
    # What is decided on a list entry decides its hit, too.
    hits = hits_of_acts(((record, other) for other in others), lambda one: one)
    mark(kb, {hit: decided(hit, actor, datetime.now(UTC)) for hit in hits})
    detail = {"others": list(others), "reason": reason, "against": against}
    kb.audit.append(actor=actor, action=kind.value, about=f"{ABOUT}{record}", detail=detail)


def _was_split(entities: Entities, member: str, others: Iterable[str]) -> bool:
    return any(
        act.kind is ActKind.SPLIT
        for other in others
        if (act := entities.decided.get((min(member, other), max(member, other)))) is not None
    )


def _conflicts(entities: Entities, left: str, right: str) -> list[str]:
    """Return the identifiers in which the records of two parties differ, each once."""
    found: dict[str, None] = {}
    for one in entities.records(left):
        for two in entities.records(right):
            tie = entities.ties.get((min(one, two), max(one, two)))
            if tie is not None:
                found.update((f.detail, None) for f in tie.facts if f.feature == "identifier" and not f.agrees)
    return list(found)


def _reason(reason: str) -> str:
    words = " ".join(reason.split())
    if not words or len(words) > MAX_REASON:
        raise QueryError(
            "a decision needs a reason of 1 to 4000 characters.", code="reason", remedy="Say why in a sentence or two."
        )
    return words


def find_record(snapshot: Snapshot, name: str) -> str:
    """Return the id of the record a person named: an id, or an identifier or name that one partner only has.

    Raises:
        NotFoundError: nothing answers to it.
        QueryError: several records do; names them.
    """
    wanted = name.strip()
    if wanted.startswith(ENTRY):
        plain = wanted.removeprefix(ENTRY)
        if any(f"{w.list_id}/{e.id}" == plain for w in read_lists(snapshot.query) for e in w.entries):
            return wanted
        raise NotFoundError(f"no stored list has the entry '{plain}'", remedy="Write entry:<list>/<key>.")
    if wanted.startswith("doc-") and "#s" in wanted:
        document, _, place = wanted.partition("#s")
        start, _, end = place.partition("-")
        if start.isdecimal() and end.isdecimal() and int(start) < int(end) <= len(snapshot.text(document)):
            return wanted
        raise NotFoundError(f"'{wanted}' is no place in a stored text", remedy="Write <document>#s<start>-<end>.")
    partners = read_partners(snapshot.query)
    if any(partner.id == wanted for partner in partners):
        return wanted
    folded = wanted.casefold()
    found = sorted(
        {
            stored.id
            for stored in partners
            if folded
            in {
                text.casefold()
                for text in (
                    stored.partner.id,
                    *(i.value for i in stored.partner.identifiers),
                    *(n.text for n in stored.partner.names),
                )
            }
        }
    )
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(
            f"no stored partner is called '{name}'", remedy="Name the id of a row, as partner candidates shows it."
        )
    raise QueryError(
        f"'{name}' names several records: {', '.join(found[:8])}.", code="several-records", remedy="Name one by its id."
    )


def parties_of_rows(snapshot: Snapshot, rows: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the id of the party of rows of registers, each given as (document, key in the register)."""
    asked = {(Iri(ids.document_iri(document)), key) for document, key in rows}
    if not asked:
        return {}
    merged = f"GRAPH <{ids.derived_graph_iri(ENTITIES_GRAPH)}> {{ ?p <{t.DUE_partyRecord}> ?party }}"
    pattern = (
        "SELECT ?d ?key ?p ?party WHERE { VALUES (?d ?key) { } "
        f"GRAPH ?g {{ ?p <{t.DUE_inRegister}> ?d ; <{t.DUE_entryId}> ?key }} OPTIONAL {{ {merged} }} }}"
    )
    found = snapshot.query(pattern, values={("d", "key"): sorted(asked)}, union=False)
    return {(document_of(d), key or ""): record_id(party or row or "") for d, key, row, party in found}
