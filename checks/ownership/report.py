"""Everything ownership says about one party on one day, with the statements it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from checks.ownership.api import network_share
from checks.ownership.assess import Assessment, Result, Step, assess
from checks.ownership.components import components
from checks.ownership.model import NONE, UNKNOWN, Interval, Measure, Outcome, Problem
from checks.ownership.network import Network, build
from checks.ownership.owners import Ownership, beneficial_owners
from checks.ownership.rules import Rule, Status, Version, rules
from checks.ownership.stored import Listing, Party, StoredOwnership, asked_rules
from kb.facts import StoredGap, StoredHolding

MAX_OWNERS: Final = 60
"""Owners whose share through others is worked out one by one, nearest first; the rest is counted."""
_MINUTE: Final = 1e-9  # what rounding leaves of nothing


@dataclass(frozen=True, slots=True)
class OwnerShare:
    """What one owner has in the party.

    Attributes:
        direct: share stated for the pair, None when none is.
        through: share through others, chains multiplied and rings solved.
        total: both; never more than the whole.
        votes: voting rights stated for the pair, None when none are.
        control: a right or fact of control is stated. Control is not ownership and adds nothing to any share.
    """

    party: Party
    direct: Interval | None
    through: Interval
    total: Interval
    votes: Interval | None
    control: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of the party.

    Attributes:
        outcome: None when the rule could not be asked: it is not in force, or no list it starts from is stored.
        lists: the stored lists it starts from; ``assumed`` those among them that name no authority.
        result: the owners that count and a chain to a listed party; None when it could not be asked.
    """

    rule: Rule
    version: Version | None
    status: Status
    outcome: Outcome | None
    lists: tuple[str, ...]
    assumed: tuple[str, ...]
    result: Result | None = None


@dataclass(frozen=True)
class OwnershipReport:
    """Who owns a party, how much of it is owned by listed parties, and what the rules say.

    Attributes:
        holdings: those above the party and directly below it, on the day.
        listings: by party, entries it is or may be.
        listed_share: part owned by listed parties: the low end counts those listed for certain, the high end also
            those that may be. (0, 1) when no list is stored: then it is unknown.
        listed_direct: the same from direct holdings alone.
        rings: parties that own each other in a circle, themselves included when a party owns itself.
        unnamed: statements that an owner above the party is not named.
        ends_in: organisations above the party of whom no owner is stored.
    """

    focus: Party
    as_of: date
    screened: bool
    holdings: tuple[StoredHolding, ...]
    owners: tuple[OwnerShare, ...]
    more_owners: int
    listings: dict[str, tuple[Listing, ...]]
    listed_share: Interval
    listed_direct: Interval
    beneficial: Ownership
    verdicts: tuple[Verdict, ...]
    rings: tuple[tuple[Party, ...], ...]
    unnamed: tuple[StoredGap, ...]
    ends_in: tuple[Party, ...]
    problems: tuple[Problem, ...]
    parties: dict[str, Party]

    @property
    def known(self) -> bool:
        """Whether any owner of the party is stated."""
        return any(stored.holding.owned == self.focus.id for stored in self.holdings)

    def statements(self, step: Step) -> tuple[StoredHolding, ...]:
        """Return the statements a link of a chain rests on."""
        return tuple(
            stored
            for stored in self.holdings
            if (stored.holding.owner, stored.holding.owned) == (step.owner, step.owned)
            and stored.holding.measure == step.measure.value
        )

    def certain(self) -> set[str]:
        """Return the parties listed for certain."""
        return {party for party, found in self.listings.items() if any(one.certain for one in found)}

    def possible(self) -> set[str]:
        """Return the parties listed for certain or possibly."""
        return {party for party, found in self.listings.items() if found}


def report_on(
    store: StoredOwnership, party: str, *, as_of: date, rule_ids: Sequence[str] = (), threshold: float = 0.25
) -> OwnershipReport:
    """Return what is known of the ownership of one party.

    Args:
        store: all that is stored.
        party: id of the party.
        as_of: the day.
        rule_ids: ids of ownership rules; all when empty.
        threshold: share from which somebody is named as beneficial owner.

    Raises:
        LimitError: too many holdings lie above the party.
    """
    store = store.around(party)
    above = store.above(party, as_of)
    holdings = tuple({id(stored): stored for stored in [*above, *store.below(party, as_of)]}.values())
    ids = dict.fromkeys([party, *(p for s in above for p in (s.holding.owner, s.holding.owned))])
    shown = dict.fromkeys([*ids, *(s.holding.owned for s in holdings)])
    parties = {one: store.describe(one) for one in shown}
    listings = {one: found for one in ids if (found := store.listings(one, as_of))}
    upward = [stored.holding for stored in above]
    network = build(upward, as_of=as_of)
    certain = {one for one, found in listings.items() if any(listing.certain for listing in found)}
    screened = store.screening is not None
    owners, more = _owners(network, party, parties, above)
    return OwnershipReport(
        focus=parties[party],
        as_of=as_of,
        screened=screened,
        holdings=holdings,
        owners=owners,
        more_owners=more,
        listings=listings,
        listed_share=_listed_share(network, party, certain - {party}, set(listings) - {party}) if screened else UNKNOWN,
        listed_direct=_listed_direct(network, party, certain, set(listings)) if screened else UNKNOWN,
        beneficial=beneficial_owners(upward, party, threshold=threshold, as_of=as_of),
        verdicts=tuple(_verdicts(store, upward, party, listings, as_of, rule_ids)),
        rings=_rings(network, parties),
        unnamed=tuple(gap for one in ids for gap in store.gaps_of(one)),
        ends_in=_ends(network, party, parties),
        problems=network.problems,
        parties=parties,
    )


def _owners(
    network: Network, party: str, parties: dict[str, Party], above: Iterable[StoredHolding]
) -> tuple[tuple[OwnerShare, ...], int]:
    """Return the owners, nearest and largest first, and how many more there are."""
    order = dict.fromkeys(stored.holding.owner for stored in above if stored.holding.owner != party)
    direct = {measure: _direct(network, party, measure) for measure in Measure}
    found = []
    for owner in list(order)[:MAX_OWNERS]:
        total = network_share(network, {owner}).get(party, NONE)
        own = direct[Measure.SHARES].get(owner)
        base = own or NONE
        through = Interval(_rest(total.low, base.low), max(_rest(total.low, base.low), _rest(total.high, base.high)))
        control = direct[Measure.CONTROL].get(owner)
        found.append(
            OwnerShare(parties[owner], own, through, total, direct[Measure.VOTES].get(owner), control is not None)
        )
    found.sort(key=lambda one: (-one.total.high, -one.total.low, one.party.id))
    return tuple(found), max(0, len(order) - MAX_OWNERS)


def _rest(total: float, part: float) -> float:
    rest = total - part
    return rest if rest > _MINUTE else 0.0


def _direct(network: Network, party: str, measure: Measure) -> dict[str, Interval]:
    target = network.numbers.get(party)
    edges = network.edges[measure]
    if target is None or not len(edges):
        return {}
    unit = 10**12
    return {
        str(network.ids[edges.owner[place]]): Interval(int(edges.low[place]) / unit, int(edges.high[place]) / unit)
        for place in (edges.owned == target).nonzero()[0].tolist()
        if int(edges.owner[place]) != target
    }


def _listed_share(network: Network, party: str, certain: set[str], possible: set[str]) -> Interval:
    low = network_share(network, set(certain)).get(party, NONE).low if certain else 0.0
    high = network_share(network, set(possible)).get(party, NONE).high if possible else 0.0
    return Interval(low, max(low, high))


def _listed_direct(network: Network, party: str, certain: set[str], possible: set[str]) -> Interval:
    direct = _direct(network, party, Measure.SHARES)
    low = min(1.0, sum(share.low for owner, share in direct.items() if owner in certain))
    return Interval(low, max(low, min(1.0, sum(share.high for owner, share in direct.items() if owner in possible))))


def _verdicts(
    store: StoredOwnership,
    holdings: Sequence[object],
    party: str,
    listings: dict[str, tuple[Listing, ...]],
    as_of: date,
    rule_ids: Sequence[str],
) -> Iterable[Verdict]:
    known = {rule.id: rule for rule in rules()}
    chosen = rule_ids or tuple(asked_rules().values())
    assumed = set(store.unnamed_lists())
    for rule_id in chosen:
        rule = known[rule_id]
        lists = store.lists_of(rule_id)
        version = rule.on(as_of)
        status = Status.NOT_IN_FORCE if version is None else Status(version.status)
        taken = tuple(one for one in lists if one in assumed)
        if version is None or not lists:
            yield Verdict(rule, version, status, None, lists, taken)
            continue
        certain, possible = set(), set()
        for one, found in listings.items():
            of_rule = [listing for listing in found if listing.list in lists]
            if of_rule:
                possible.add(one)
            if any(listing.certain for listing in of_rule):
                certain.add(one)
        if not possible:  # nobody to start from: no need to walk the network
            nothing = Result(party, Outcome.NO, listed=False, sums={}, stakes=(), path=())
            yield Verdict(rule, version, status, Outcome.NO, lists, taken, nothing)
            continue
        (sure,) = assess(holdings, certain, [rule_id], as_of)  # type: ignore[arg-type]
        result = sure.result(party)
        if sure.outcome(party) is not Outcome.CERTAIN:
            (maybe,) = assess(holdings, possible, [rule_id], as_of)  # type: ignore[arg-type]
            result = _weaker(sure, maybe, party)
        yield Verdict(rule, version, status, result.outcome, lists, taken, result)


def _weaker(sure: Assessment, maybe: Assessment, party: str) -> Result:
    """Return what may be, with nothing certain about it that rests on a party only possibly listed."""
    result = maybe.result(party)
    outcome = Outcome.NO if maybe.outcome(party) is Outcome.NO else Outcome.POSSIBLE
    stakes = tuple(
        replace(stake, owner_outcome=Outcome.CERTAIN if stake.owner in sure.certain else Outcome.POSSIBLE)
        for stake in result.stakes
    )
    lows: dict[Measure, float] = defaultdict(float)
    for stake in stakes:
        if stake.owner_outcome is Outcome.CERTAIN:
            lows[stake.measure] += stake.share.low
    sums = {m: Interval(min(lows[m], 1.0, share.high), share.high) for m, share in result.sums.items()}
    return replace(result, outcome=outcome, stakes=stakes, sums=sums)


def _rings(network: Network, parties: dict[str, Party]) -> tuple[tuple[Party, ...], ...]:
    """Return the circles of possible holdings of shares above a party."""
    edges = network.edges[Measure.SHARES]
    held = edges.high > 0
    starts = [0]
    followers: list[int] = []
    owned: dict[int, list[int]] = defaultdict(list)
    for owner, other in zip(edges.owner[held].tolist(), edges.owned[held].tolist(), strict=True):
        owned[owner].append(other)
    for node in range(len(network.ids)):
        followers += owned.get(node, [])
        starts.append(len(followers))
    found = [sorted(group) for group in components(starts, followers) if len(group) > 1]
    found += [[node] for node, others in owned.items() if node in others and not any(node in g for g in found)]
    return tuple(tuple(parties[str(network.ids[node])] for node in group) for group in sorted(found))


def _ends(network: Network, party: str, parties: dict[str, Party]) -> tuple[Party, ...]:
    """Return the topmost owners that are organisations: somebody owns them, and nobody says who."""
    edges = network.edges[Measure.SHARES]
    owned = {int(edges.owned[place]) for place in range(len(edges)) if edges.owner[place] != edges.owned[place]}
    tops = [str(one) for number, one in enumerate(network.ids) if number not in owned]
    return tuple(parties[one] for one in tops if one != party and parties[one].kind == "organization")
