"""Stored holdings as parties see them: records of one party brought together, with who of them is listed and why.

A party is listed *for certain* when it is an entry of a list itself: the same by an identifier given once, or because a
person said so. A party whose name matches an entry is *possibly* listed until a person decides; a name is no identity.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Final

from checks.ownership.rules import rules
from checks.screening import Candidate, ScreeningIndex, ScreeningList, ScreenQuery, screen
from kb.entities import ActKind, Entities
from kb.errors import LimitError, MissingPartError, NotFoundError, QueryError
from kb.facts import StoredGap, StoredHolding
from kb.facts.base import Select
from kb.facts.entities import ENTRY
from kb.model import Holding, ListEntry, Partner
from kb.names.chinese import is_company
from kb.names.fold import has_han
from kb.names.parse import kind_of
from ontology import terms as t

if TYPE_CHECKING:
    from checks.ownership.report import OwnershipReport

MAX_UPSTREAM: Final = 50_000
"""Holdings above one party that are looked at; more is no ownership structure but a share register."""
_HITS: Final = 5  # entries looked at per name
_NAMES: Final = 8  # names of one party that are screened


@dataclass(frozen=True, slots=True)
class Authority:
    """Whose lists ownership rules start from; ``rules`` is empty for lists no rule here starts from."""

    short: str
    rules: tuple[str, ...]
    pattern: re.Pattern[str]


@cache
def authorities() -> tuple[Authority, ...]:
    """Return the authorities of checks/ownership_lists.toml.

    Raises:
        MissingPartError: the file is absent, or names a rule that does not exist.
    """
    source = resources.files("checks") / "ownership_lists.toml"
    if not source.is_file():
        raise MissingPartError(
            "the lists of ownership rules are absent", place="checks/ownership_lists.toml", remedy="Reinstall duegraph."
        )
    known = {rule.id for rule in rules()}
    found = tuple(
        Authority(row["short"], tuple(row["rules"]), re.compile(row["pattern"]))
        for row in tomllib.loads(source.read_text(encoding="utf-8"))["authority"]
    )
    absent = [rule for one in found for rule in one.rules if rule not in known]
    if absent:
        raise MissingPartError(f"there is no ownership rule {absent[0]!r}", place="checks/ownership_lists.toml")
    return found


def asked_rules() -> dict[str, str]:
    """Return the ids of the rules that have lists of their own, by short name ("ofac")."""
    return {one.short: one.rules[0] for one in authorities() if len(one.rules) == 1}


def rule_of(short: str) -> str:
    """Return the id of a rule by its short name ("ofac") or id.

    Raises:
        NotFoundError: there is no such rule.
    """
    known = asked_rules()
    if short in known:
        return known[short]
    if short in known.values():
        return short
    raise NotFoundError(f"there is no ownership rule {short!r}", remedy=f"Use one of {', '.join(known)}.")


def list_titles(select: Select) -> dict[str, str]:
    """Return the title of each stored list by its id."""
    query = f"SELECT ?id ?title WHERE {{ GRAPH ?g {{ ?l <{t.DUE_listId}> ?id ; <{t.DUE_listTitle}> ?title }} }}"
    return {list_id or "": title or "" for list_id, title in select(query)}


def authority_of(list_id: str, title: str) -> Authority | None:
    """Return whose list this is, or None when neither its id nor its title says."""
    for one in authorities():
        if one.pattern.search(list_id) or one.pattern.search(title):
            return one
    return None


@dataclass(frozen=True, slots=True)
class Listing:
    """An entry of a list that a party is, or may be.

    Attributes:
        certain: it is; otherwise only its name matches, and nobody decided.
        why: "entry" (the party is stated as this entry), "same" (an identifier or a person ties them), "decided" (a
            person decided the screening hit), "name".
        score: likeness of the names, 1 where certain.
    """

    party: str
    list: str
    entry: str
    name: str
    certain: bool
    why: str
    score: float
    document: str
    start: int
    end: int


HitVerdict = Callable[[str, str, ListEntry], bool | None]
"""Given a party, a list and its entry: True when a person said it is that entry, False when not, None when open."""


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a holding with the name it is shown under."""

    id: str
    name: str
    kind: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class StoredOwnership:
    """Everything stored about who owns whom, ready to be asked about one party after another.

    Attributes:
        holdings: in any order; owners and owned are ids of partners or entries.
        gaps: owners that are not named.
        partners: by the id a party goes by.
        entities: which records are one party.
        screening: stored lists, or None when none is stored.
        titles: title of each stored list by its id.
        rows: ids of all stored partners, also of those that go by the id of another row.
        verdict: returns what a person decided on a screening hit; None when decisions are not at hand.
    """

    holdings: Sequence[StoredHolding]
    gaps: Sequence[StoredGap] = ()
    partners: Mapping[str, Partner] = field(default_factory=dict)
    entities: Entities = field(default_factory=Entities)
    screening: ScreeningIndex | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    rows: frozenset[str] = frozenset()
    verdict: HitVerdict | None = None

    def around(self, party: str) -> StoredOwnership:
        """Return what is needed to answer about one party; here all of it."""
        del party
        return self

    # --- parties ---------------------------------------------------------------------------------------------------

    def party(self, record: str) -> str:
        """Return the id of the party a record of a holding belongs to."""
        if record in self.partners or record in self.rows:
            return self.entities.party(record)
        entry = f"{ENTRY}{record}"
        return self.entities.party(entry) if self._entry(record) is not None else self.entities.party(record)

    def describe(self, party: str) -> Party:
        """Return a party with its name; the id stands for a name that is not known."""
        partner = self.partners.get(party)
        if partner is not None:
            name = partner.names[0].text if partner.names else partner.id
            # Tables of holdings seldom say what an owner is; a legal form in its name does.
            return Party(party, name, partner.kind or _shown_kind(name), partner.country)
        found = self._entry(party.removeprefix(ENTRY))
        if found is not None:
            entry = found[1]
            return Party(party, entry.names[0].text, entry.kind, entry.countries[0] if entry.countries else None)
        return Party(party, party.partition("/")[2] or party)

    def _entry(self, key: str) -> tuple[ScreeningList, ListEntry] | None:
        """Return an entry with its list by "<list>/<key>"."""
        return None if self.screening is None else self.screening.entry(key)

    # --- holdings --------------------------------------------------------------------------------------------------

    @cached_property
    def by_owned(self) -> Mapping[str, list[StoredHolding]]:
        """Holdings by the party that is held, owners and owned being parties."""
        return self._sides[0]

    @cached_property
    def by_owner(self) -> Mapping[str, list[StoredHolding]]:
        """Holdings by the party that holds."""
        return self._sides[1]

    @cached_property
    def _sides(self) -> tuple[dict[str, list[StoredHolding]], dict[str, list[StoredHolding]]]:
        owned: dict[str, list[StoredHolding]] = defaultdict(list)
        owner: dict[str, list[StoredHolding]] = defaultdict(list)
        known: dict[str, str] = {}
        for stored in self.holdings:
            one = stored.holding
            for record in (one.owner, one.owned):
                if record not in known:
                    known[record] = self.party(record)
            # Statements of two documents about one pair speak of the same shares; those of one document add up.
            said = replace(
                one, owner=known[one.owner], owned=known[one.owned], source=f"{stored.document} {one.source}"
            )
            moved = StoredHolding(stored.iri, stored.document, said)
            owned[said.owned].append(moved)
            owner[said.owner].append(moved)
        return dict(owned), dict(owner)

    @cached_property
    def _gaps(self) -> dict[str, list[StoredGap]]:
        found: dict[str, list[StoredGap]] = defaultdict(list)
        for stored in self.gaps:
            found[self.party(stored.gap.owned)].append(stored)
        return dict(found)

    def gaps_of(self, party: str) -> tuple[StoredGap, ...]:
        """Return the owners of a party that its source says are not named."""
        return tuple(self._gaps.get(party, ()))

    def above(self, party: str, as_of: date) -> list[StoredHolding]:
        """Return every holding on a day from which a chain leads to a party, nearest first.

        Raises:
            LimitError: more than ``MAX_UPSTREAM``.
        """
        found: list[StoredHolding] = []
        queue, seen = [party], {party}
        for node in queue:
            for stored in self.by_owned.get(node, ()):
                if not holds_on(stored.holding, as_of):
                    continue
                found.append(stored)
                if stored.holding.owner not in seen:
                    seen.add(stored.holding.owner)
                    queue.append(stored.holding.owner)
            if len(found) > MAX_UPSTREAM:
                raise LimitError(
                    f"more than {MAX_UPSTREAM} holdings lie above {party}", remedy="Ask for a party further up."
                )
        return found

    def below(self, party: str, as_of: date) -> list[StoredHolding]:
        """Return what a party holds directly on a day."""
        return [stored for stored in self.by_owner.get(party, ()) if holds_on(stored.holding, as_of)]

    # --- who is listed ---------------------------------------------------------------------------------------------

    def listings(self, party: str, as_of: date) -> tuple[Listing, ...]:
        """Return the entries a party is, then those it may be, as the lists were on a day as far as they say."""
        cache_of = self._known_listings
        if (party, as_of) not in cache_of:
            cache_of[party, as_of] = tuple(self._listings(party, as_of))
        return cache_of[party, as_of]

    @cached_property
    def reports(self) -> dict[tuple[str, date], OwnershipReport]:
        """Reports that were made, by party and day; several rules ask for the same one."""
        return {}

    @cached_property
    def _known_listings(self) -> dict[tuple[str, date], tuple[Listing, ...]]:
        return {}

    def _listings(self, party: str, as_of: date) -> Iterable[Listing]:
        if self.screening is None:
            return
        certain = set()
        for record in self.entities.records(party):
            key = record.removeprefix(ENTRY)
            stated = self._entry(key) if record.startswith(ENTRY) else None
            if stated is not None:
                one, entry = stated
                list_id, document = one.list_id, one.document
                certain.add(key)
                if _listed_on(entry, as_of):
                    why = "entry" if record == party else "same"
                    name = entry.names[0].text
                    yield Listing(party, list_id, entry.id, name, True, why, 1.0, document, entry.start, entry.end)
        partner = self.partners.get(party)
        if partner is None:
            return
        refused = self._refused(party)
        for hit in self._hits(partner):
            key = f"{hit.list}/{hit.entity}"
            found = self._entry(key)
            if found is None:
                continue
            entry = found[1]
            if key in certain or key in refused or not _listed_on(entry, as_of):
                continue
            decided = self.verdict(party, hit.list, entry) if self.verdict is not None else None
            if decided is None and hit.match:
                place = (hit.document, hit.start, hit.end)
                yield Listing(party, hit.list, hit.entity, hit.matched_name, False, "name", hit.score, *place)
            elif decided:
                place = (hit.document, hit.start, hit.end)
                yield Listing(party, hit.list, hit.entity, hit.matched_name, True, "decided", 1.0, *place)

    def _hits(self, partner: Partner) -> list[Candidate]:
        """Return the entries a partner's names come near, each with its best name."""
        if self.screening is None:
            return []
        identifiers = tuple((i.scheme, i.value) for i in partner.identifiers)
        best: dict[tuple[str, str], Candidate] = {}
        for known in partner.names[:_NAMES]:
            query = ScreenQuery(known.text, partner.kind, partner.country, identifiers)
            try:
                hits = screen(query, self.screening, limit=_HITS).candidates
            except QueryError:
                continue  # a name too long to be one matches nothing
            for hit in hits:
                key = (hit.list, hit.entity)
                if key not in best or best[key].score < hit.score:
                    best[key] = hit
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.list, hit.entity))

    def _refused(self, party: str) -> set[str]:
        """Return the entries a person said this party is not."""
        own = set(self.entities.records(party))
        found = set()
        for pair, act in self.entities.decided.items():
            if act.kind is ActKind.SPLIT:
                for one, two in (pair, pair[::-1]):
                    if one in own and two.startswith(ENTRY):
                        found.add(two.removeprefix(ENTRY))
        return found

    def lists_of(self, rule: str) -> tuple[str, ...]:
        """Return the stored lists a rule starts from: those of its authority, and those that name none."""
        return tuple(
            list_id
            for list_id, title in sorted(self.titles.items())
            if (found := authority_of(list_id, title)) is None or rule in found.rules
        )

    def unnamed_lists(self) -> tuple[str, ...]:
        """Return the stored lists of which neither id nor title names an authority."""
        return tuple(list_id for list_id, title in sorted(self.titles.items()) if authority_of(list_id, title) is None)


Words = Callable[[str, int, int], str]


def holds_on(holding: Holding, day: date) -> bool:
    """Say whether a holding is held on a day, as far as its dates are stated."""
    return (holding.valid_from is None or holding.valid_from <= day) and (
        holding.valid_to is None or day < holding.valid_to
    )


def _shown_kind(name: str) -> str | None:
    return "organization" if has_han(name) and is_company(name) else kind_of(name)


def _listed_on(entry: ListEntry, day: date) -> bool:
    return (entry.listed_on is None or entry.listed_on <= day) and (
        entry.delisted_on is None or day < entry.delisted_on
    )
