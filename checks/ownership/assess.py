"""Judging parties by ownership rules, with the owners and the chain that show why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from checks.ownership.cascade import Links, links, spread, spread_alone, spread_group
from checks.ownership.model import UNIT, Entity, Holdings, Interval, Measure, Outcome, Problem
from checks.ownership.network import Network, build
from checks.ownership.rules import Rule, RuleOfDay, Status, Version, rules_of
from kb.errors import QueryError


@dataclass(frozen=True, slots=True)
class Stake:
    """A holding of a caught party in the party judged.

    Attributes:
        owner_outcome: whether the owner itself is caught for certain or possibly.
    """

    owner: Entity
    measure: Measure
    share: Interval
    owner_outcome: Outcome


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a chain."""

    owner: Entity
    owned: Entity
    measure: Measure
    share: Interval


@dataclass(frozen=True, slots=True)
class Result:
    """What a rule says about one party, and why.

    Attributes:
        outcome: certain, possible or no.
        listed: the party is itself listed (then certain, without any owner).
        sums: caught share by measure: low end through owners caught for certain, high end through all possibly caught.
            Where each listed party is judged alone this is still the sum over all of them.
        stakes: the holdings of caught parties in this one, largest first.
        path: one chain from a listed party to this one in which every party is caught; empty when not caught.
    """

    entity: Entity
    outcome: Outcome
    listed: bool
    sums: dict[Measure, Interval]
    stakes: tuple[Stake, ...]
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """One rule over one network on one day.

    ``certain`` and ``possible`` contain the listed parties themselves; certain is a part of possible. When the rule is
    not in force on the day both are empty; when it is suspended or unconfirmed they say what it would catch, and
    ``status`` says that.
    """

    rule: Rule
    version: Version | None
    status: Status
    as_of: date
    certain: frozenset[Entity]
    possible: frozenset[Entity]
    problems: tuple[Problem, ...]
    _evidence: _Evidence = field(repr=False, compare=False)

    def outcome(self, entity: Entity) -> Outcome:
        """Return what the rule says about a party; ``no`` speaks only of the holdings that were given."""
        if entity in self.certain:
            return Outcome.CERTAIN
        return Outcome.POSSIBLE if entity in self.possible else Outcome.NO

    def result(self, entity: Entity) -> Result:
        """Return the outcome with its evidence; a party without holdings has outcome ``no`` and no stakes."""
        return self._evidence.of(entity, self.outcome(entity))

    def results(self) -> tuple[Result, ...]:
        """Return every possibly caught party that is not itself listed, with evidence, in the order of the data."""
        network, listed = self._evidence.network, self._evidence.listed
        return tuple(self.result(party) for party in network.ids if party in self.possible and party not in listed)


@dataclass(frozen=True, slots=True)
class _Caught:
    """Who is caught, in an order in which each is caught by those before it.

    Where groups are judged alone that order holds within one group only: ``groups`` names one that catches each party.
    """

    rank: dict[int, int]
    groups: dict[int, tuple[int, ...]] | None = None
    walkable: Links | None = None
    need: int = 0

    def rank_for(self, node: int) -> dict[int, int]:
        """Return an order that explains why one party is caught."""
        if self.groups is None or self.walkable is None:
            return self.rank
        order, _ = spread_group(self.walkable, self.groups[node], self.need)
        return {member: place for place, member in enumerate(order)}


class _Evidence:
    """Owners and chains, looked up when asked for: a network may have a million parties and few are looked at."""

    def __init__(self, network: Network, listed: frozenset[Entity]) -> None:
        self.network = network
        self.listed = listed
        self.caught: dict[Outcome, _Caught] = {outcome: _Caught({}) for outcome in Outcome}
        self.measures: tuple[Measure, ...] = ()
        self._owners: dict[int, list[tuple[int, Measure, Interval]]] | None = None

    def owners(self, node: int) -> list[tuple[int, Measure, Interval]]:
        if self._owners is None:
            caught = self.caught[Outcome.POSSIBLE].rank
            self._owners = {}
            for measure in self.measures:
                edges = self.network.edges[measure]
                for owner, owned, low, high in zip(
                    edges.owner.tolist(), edges.owned.tolist(), edges.low.tolist(), edges.high.tolist(), strict=True
                ):
                    if owner in caught and high > 0:
                        share = Interval(low / UNIT, high / UNIT)
                        self._owners.setdefault(owned, []).append((owner, measure, share))
        return self._owners.get(node, [])

    def of(self, entity: Entity, outcome: Outcome) -> Result:
        node = self.network.numbers.get(entity)
        if node is None:
            return Result(entity, outcome, entity in self.listed, {}, (), ())
        certain = self.caught[Outcome.CERTAIN].rank
        stakes: list[Stake] = []
        lows: dict[Measure, float] = {}
        highs: dict[Measure, float] = {}
        for owner, measure, share in self.owners(node):
            if owner == node:
                continue
            sure = owner in certain
            stakes.append(Stake(self.network.ids[owner], measure, share, Outcome.CERTAIN if sure else Outcome.POSSIBLE))
            lows[measure] = lows.get(measure, 0.0) + (share.low if sure else 0.0)
            highs[measure] = highs.get(measure, 0.0) + share.high
        stakes.sort(key=lambda stake: (-stake.share.high, -stake.share.low, repr(stake.owner)))
        sums = {measure: Interval(min(1.0, lows[measure]), min(1.0, highs[measure])) for measure in highs}
        listed = entity in self.listed
        path = () if listed or outcome is Outcome.NO else self._path(node, self.caught[outcome].rank_for(node))
        return Result(entity, outcome, listed, sums, tuple(stakes), path)

    def _path(self, node: int, rank: dict[int, int]) -> tuple[Step, ...]:
        """Follow the largest holding of an owner that was caught earlier; ranks fall, so rings end."""
        ids, steps = self.network.ids, list[Step]()
        while before := [found for found in self.owners(node) if rank.get(found[0], rank[node]) < rank[node]]:
            owner, measure, share = max(before, key=lambda found: (found[2].high, found[2].low, -rank[found[0]]))
            steps.append(Step(ids[owner], ids[node], measure, share))
            node = owner
        return tuple(reversed(steps))


def assess(
    holdings: Holdings,
    listed: Iterable[Entity],
    rules: Iterable[str] | None = None,
    as_of: date | None = None,
    *,
    joint: Iterable[Collection[Entity]] = (),
) -> tuple[Assessment, ...]:
    """Judge all parties of a network by the ownership rules of a day.

    Args:
        holdings: direct holdings, see ``Holding``.
        listed: the parties the rules start from. Rules of different authorities start from different lists: call once
            per list, or pass ids of rules.
        rules: ids of rules; all by default.
        as_of: the day; it selects the holdings and the version of each rule.
        joint: groups of listed parties that act jointly; only rules that judge listed parties alone look at them.

    Returns:
        One assessment per rule, in the order asked for.

    Raises:
        QueryError: no day was given.
        NotFoundError: there is no rule of that id.
        RecordError: a holding is malformed.
        LimitError: the network is too large for a rule that judges each listed party alone.
    """
    if as_of is None:
        raise QueryError("no day was given", code="ownership-day", remedy="Say as of which day the law is asked for.")
    parties = frozenset(listed)
    network = build(holdings, as_of=as_of)
    groups = [frozenset(group) & parties for group in joint]
    return tuple(_assess(network, parties, rule, as_of, groups) for rule in rules_of(as_of, rules))


def _assess(
    network: Network, listed: frozenset[Entity], rule: RuleOfDay, as_of: date, joint: list[frozenset[Entity]]
) -> Assessment:
    evidence = _Evidence(network, listed)
    version = rule.version
    sets: dict[Outcome, frozenset[Entity]] = {}
    if version is not None:
        evidence.measures = version.trigger(high=True).measures
        for outcome, high in ((Outcome.CERTAIN, False), (Outcome.POSSIBLE, True)):
            trigger = version.trigger(high=high)
            walkable = links(network, trigger, high=high)
            caught = _catch(network, walkable, listed, joint, trigger.need, aggregate=version.aggregate)
            evidence.caught[outcome] = caught
            sets[outcome] = listed | {network.ids[node] for node in caught.rank}
    return Assessment(
        rule.rule,
        version,
        rule.status,
        as_of,
        sets.get(Outcome.CERTAIN, frozenset()),
        sets.get(Outcome.POSSIBLE, frozenset()),
        network.problems,
        evidence,
    )


def _catch(
    network: Network,
    walkable: Links,
    listed: frozenset[Entity],
    joint: list[frozenset[Entity]],
    need: int,
    *,
    aggregate: bool,
) -> _Caught:
    seeds = network.known(listed)
    if aggregate:
        return _Caught({node: place for place, node in enumerate(spread(walkable, seeds, need))})
    groups = [[seed] for seed in seeds] + [network.known(group) for group in joint if len(group) > 1]
    alone = spread_alone(walkable, groups, need)
    return _Caught({node: place for place, node in enumerate(alone)}, alone, walkable, need)
