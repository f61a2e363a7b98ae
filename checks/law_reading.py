"""Stored law as it is needed: names and dates of all acts at once, provisions, texts and changes of those asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from kb.facts.changes import ChangeSet, DateBasis, made_of, read_changes
from kb.facts.law import StoredAct, read_acts, read_places, stored_versions
from kb.law import LawIndex
from kb.law_align import align
from kb.law_amending import Decided, decided_commencements
from kb.law_change import ProvisionChange
from kb.law_numbers import base_number, enclosing_number
from kb.law_versions import StoredProvision, StoredVersion
from kb.model import Kind
from kb.records import DocumentRecord
from kb.snapshot import Snapshot


class LawReading:
    """The law of one snapshot; use it while the snapshot is open."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._texts: dict[str, str] = {}
        self._sets: dict[str, dict[tuple[str, str], ChangeSet]] = {}
        self.acts: tuple[StoredAct, ...] = read_acts(snapshot.query, provisions=False)

    @cached_property
    def index(self) -> LawIndex:
        """Every stored act; changes come from the stored change sets where those are of the present texts."""
        versions = stored_versions(self.acts, read=lambda act: read_places(self._snapshot.query, act))
        return LawIndex.build(versions, align=lambda older, newer: self.change_set(older, newer).changes)

    @cached_property
    def _records(self) -> dict[str, DocumentRecord]:
        return {record.id: record for record in self._snapshot.documents(Kind.REGULATION)}

    @cached_property
    def _documents(self) -> dict[str, list[StoredAct]]:
        found: dict[str, list[StoredAct]] = {}
        for act in self.acts:
            found.setdefault(act.version, []).append(act)
        return found

    @cached_property
    def decided(self) -> Mapping[str, Decided]:
        """The commencement that stored decisions give versions which state none, by version id."""
        return decided_commencements(self.acts)

    def parts(self, version: str) -> Sequence[StoredAct]:
        """Return the stored documents that make up a version."""
        return self._documents.get(version, ())

    def known_at(self, version: str) -> datetime:
        """Return when the last document of a version was stored."""
        return max(self._records[part.document].recorded_at for part in self.parts(version))

    def text(self, document: str) -> str:
        """Return a stored text; each is read once."""
        if document not in self._texts:
            self._texts[document] = self._snapshot.text(document)
        return self._texts[document]

    def words(self, place: StoredProvision) -> str:
        """Return the words of a stored provision."""
        return self.text(place.document)[place.start : place.end]

    def commencement(self, version: str, number: str) -> DateBasis | None:
        """Return the words by which a provision of a version begins on a day of its own, or None when it does not."""
        for part in self.parts(version):
            stated = {name: each for each in part.commencements for name in each.provisions}
            outer: str | None = number
            while outer is not None:
                found = stated.get(outer)
                if found is not None:
                    quote = self.text(part.document)[found.start : found.end]
                    return DateBasis(part.document, found.start, found.end, quote)
                outer = enclosing_number(outer)
        return None

    def change_set(self, older: StoredVersion, newer: StoredVersion) -> ChangeSet:
        """Return the changes between two consecutive versions: the stored ones, else made now."""
        key = self.made_of(older.version, newer.version)
        if older.act not in self._sets:
            stored = read_changes(self._snapshot.query, [older.act])
            self._sets[older.act] = {one.pair: one for one in stored}
        sets = self._sets[older.act]
        known = sets.get((older.version, newer.version))
        if known is None or known.made_of != key:
            known = sets[older.version, newer.version] = self._make(older, newer, key)
        return known

    def made_of(self, older: str, newer: str) -> str:
        """Return the digest that a change set of these two versions must bear to be of the present texts."""
        facts = [[self._records[part.document].facts for part in self.parts(name)] for name in (older, newer)]
        if newer in self.decided:
            facts[1].append(self._records[self.decided[newer].document].facts)
        return made_of(*facts)

    def _make(self, older: StoredVersion, newer: StoredVersion, key: str) -> ChangeSet:
        basis = None
        for part in self.parts(newer.version):
            stated = part.dates.get("in-force")
            if stated is not None and stated.evidence is not None:
                start, end = stated.evidence.start, stated.evidence.end
                basis = DateBasis(part.document, start, end, self.text(part.document)[start:end])
                break
        by_decision = self.decided.get(newer.version)
        if basis is None and by_decision is not None:
            quote = by_decision.span.of(self.text(by_decision.document))
            basis = DateBasis(by_decision.document, by_decision.span.start, by_decision.span.end, quote)
        changes: list[ProvisionChange] = align(
            self._articles(older),
            self._articles(newer),
            effective_from=newer.in_force,
            date_basis=None if basis is None else basis.quote,
        )
        return ChangeSet(
            act=older.act,
            older=older.version,
            newer=newer.version,
            made_of=key,
            known_at=self.known_at(newer.version),
            changes=tuple(changes),
            effective_from=newer.in_force,
            basis=basis,
        )

    def _articles(self, version: StoredVersion) -> list[tuple[str, str]]:
        return [
            (number, self.words(place)) for number, place in version.provisions.items() if number == base_number(number)
        ]
