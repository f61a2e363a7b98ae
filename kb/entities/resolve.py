"""From ties and acts to parties: a union of records that never joins what a person or an identifier keeps apart.

Edges are taken in order: people's merges, newest first, then ties by identifier. An edge is left out, and reported,
when it would put two records into one party that a person split or whose identifiers differ. The order in which facts
were stored does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kb.entities.model import ENTRY, Act, ActKind, Standing, Tie, ordered

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class HeldApart:
    """A tie that was not followed.

    Attributes:
        tie: the tie, or None for a merge by a person without a computed tie.
        left: the records it would have joined; ``blocked_by`` is the pair that must stay apart.
        by_person: a person split that pair; otherwise their identifiers differ.
    """

    left: str
    right: str
    blocked_by: Pair
    by_person: bool
    tie: Tie | None = None


@dataclass(frozen=True, slots=True)
class Entities:
    """Which records are one party.

    Attributes:
        members: by the id a party goes by, all its records in order, itself first; parties of one record are absent.
        ties: every computed tie by pair.
        decided: the last act on every pair that people decided on.
        held_apart: ties that were not followed because something keeps the records apart.
    """

    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ties: Mapping[Pair, Tie] = field(default_factory=dict)
    decided: Mapping[Pair, Act] = field(default_factory=dict)
    held_apart: tuple[HeldApart, ...] = ()
    _party: Mapping[str, str] = field(default_factory=dict, repr=False)

    def party(self, record: str) -> str:
        """Return the id of the party a record belongs to; its own when it is alone or not known."""
        return self._party.get(record, record)

    def records(self, record: str) -> tuple[str, ...]:
        """Return all records of the party of a record, the one it goes by first."""
        return self.members.get(self.party(record), (record,))

    def are_same(self, one: str, two: str) -> bool:
        """Say whether two records are one party."""
        return self.party(one) == self.party(two)

    def proposals(self, record: str | None = None) -> tuple[Tie, ...]:
        """Return what a person is to decide on: ties with a second fact first, contradicted ones last.

        Args:
            record: only those of the party of this record.
        """
        wanted = None if record is None else set(self.records(record))
        found = [
            tie
            for pair, tie in self.ties.items()
            if tie.standing is not Standing.DISTINCT
            and not self.are_same(*pair)
            and pair not in self.decided
            and (wanted is None or tie.left in wanted or tie.right in wanted)
        ]
        return tuple(sorted(found, key=lambda t: (t.contradicted, not t.has_second_fact, -t.score, t.left, t.right)))


def resolve(ties: Iterable[Tie], acts: Iterable[Act]) -> Entities:
    """Return the parties that ties and acts make."""
    by_pair = {tie.pair: tie for tie in sorted(ties, key=lambda t: t.pair)}
    history = sorted(acts, key=lambda act: act.number)
    decided: dict[Pair, Act] = {}
    for act in history:
        for other in act.others:
            if other != act.record:
                decided[ordered(act.record, other)] = act
    apart: dict[Pair, bool] = {pair: False for pair, tie in by_pair.items() if tie.standing is Standing.DISTINCT}
    for pair, act in decided.items():
        if act.kind is ActKind.SPLIT:
            apart[pair] = True
        else:
            apart.pop(pair, None)  # a person merged them knowing that their identifiers differ
    merges = sorted(
        ((act.number, pair) for pair, act in decided.items() if act.kind is ActKind.MERGE),
        key=lambda item: (-item[0], item[1]),
    )
    edges = [pair for _, pair in merges]
    edges += [pair for pair, tie in by_pair.items() if tie.standing is Standing.SAME and pair not in decided]
    union = _Union(apart)
    held = []
    for pair in edges:
        blocked = union.join(*pair)
        if blocked is not None:
            held.append(HeldApart(*pair, blocked, apart[blocked], by_pair.get(pair)))
    # A blocked edge may have been closed by a later one in a way that is allowed: it is none then.
    held = [one for one in held if not union.same(one.left, one.right)]
    members = _named(union.groups(), history)
    return Entities(
        members, by_pair, decided, tuple(held), {r: party for party, group in members.items() for r in group}
    )


def _named(groups: Iterable[list[str]], history: list[Act]) -> dict[str, tuple[str, ...]]:
    """Return the groups under the id each goes by: what the newest merge kept, else the first id."""
    kept: dict[str, int] = {act.record: act.number for act in history if act.kind is ActKind.MERGE}
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        # An entry of a list is never the name of a party that has a record of its own.
        own = [record for record in group if not record.startswith(ENTRY)] or group
        first = min(own, key=lambda record: (-kept.get(record, -1), record))
        found[first] = (first, *sorted(record for record in group if record != first))
    return dict(sorted(found.items()))


class _Union:
    """Disjoint sets that know which records may not meet."""

    def __init__(self, apart: Iterable[Pair]) -> None:
        self._parent: dict[str, str] = {}
        self._group: dict[str, list[str]] = {}
        self._enemies: dict[str, set[str]] = defaultdict(set)
        for left, right in apart:
            self._enemies[left].add(right)
            self._enemies[right].add(left)

    def _find(self, record: str) -> str:
        parent = self._parent.setdefault(record, record)
        self._group.setdefault(record, [record]) if parent == record else None
        while parent != record:
            self._parent[record] = self._parent[parent]
            record, parent = parent, self._parent[parent]
        return record

    def same(self, one: str, two: str) -> bool:
        return self._find(one) == self._find(two)

    def join(self, one: str, two: str) -> Pair | None:
        """Join the sets of two records; return the pair that forbids it, or None."""
        left, right = self._find(one), self._find(two)
        if left == right:
            return None
        small, large = sorted((left, right), key=lambda root: len(self._group[root]))
        inside = set(self._group[large])
        forbidden = sorted(
            ordered(member, enemy)
            for member in self._group[small]
            for enemy in self._enemies.get(member, set()) & inside
        )
        if forbidden:
            return forbidden[0]
        self._parent[small] = large
        self._group[large] += self._group.pop(small)
        return None

    def groups(self) -> list[list[str]]:
        return [sorted(group) for group in self._group.values() if len(group) > 1]
