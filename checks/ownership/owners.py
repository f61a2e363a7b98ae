"""Who owns a party in the end: integrated shares of ultimate owners, and chains of majorities, with the way there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from checks.ownership.api import check_threshold
from checks.ownership.assess import Step
from checks.ownership.cascade import Links, spread
from checks.ownership.local import Upstream, below, best_paths, upstream
from checks.ownership.model import NONE, UNKNOWN, Entity, Holdings, Interval, Measure, Outcome, Problem, needed
from checks.ownership.network import Edges, Network, build
from checks.ownership.share import integrated
from kb.errors import LimitError

MAX_STEPS: Final = 20_000_000  # holdings walked for all owners together
MAJORITY: Final = 0.5  # more than this of every link is a chain of control


@dataclass(frozen=True, slots=True)
class Chain:
    """One way from an owner to a party; ``share`` is the product along it, not bounded by other chains."""

    steps: tuple[Step, ...]
    share: Interval


@dataclass(frozen=True, slots=True)
class BeneficialOwner:
    """An owner above whom the data names nobody.

    Attributes:
        share: integrated share, all chains and rings included.
        by_share: whether the share reaches the threshold.
        by_control: whether majorities all the way down lead from this owner alone to the party: then it decides there
            even where the product of the percentages is small.
        chains: the largest chains; there may be more.
    """

    owner: Entity
    share: Interval
    by_share: Outcome
    by_control: Outcome
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns a party in the end.

    Attributes:
        owners: those who possibly reach the threshold or possibly control, largest share first.
        smaller: how many further ultimate owners there are.
        unexplained: share that belongs to nobody named; (0, 0) when the named ones have the whole for certain.
    """

    entity: Entity
    threshold: float
    owners: tuple[BeneficialOwner, ...]
    smaller: int
    unexplained: Interval
    problems: tuple[Problem, ...]


def beneficial_owners(
    holdings: Holdings, entity: Entity, *, threshold: float = 0.25, strict: bool = False, as_of: date | None = None
) -> Ownership:
    """Return the ultimate owners of a party whose share, or whose chain of majorities, may make them beneficial owners.

    Args:
        holdings: see ``Holding``; shares only. Whether an owner is a natural person is for the caller to say.
        entity: the party.
        threshold: fraction 0-1. 0.25 is the usual mark; the texts differ on whether it must be exceeded (``strict``).
        strict: more than the threshold.
        as_of: the day, needed when holdings carry dates.

    Returns:
        No owners and ``unexplained`` (0, 1) for a party nobody is known to hold.

    Raises:
        RecordError: a holding is malformed.
        QueryError: the threshold is no fraction, or the day is missing.
        LimitError: too many holdings lie above the party.

    Source: FATF Recommendation 24 and its guidance on beneficial ownership (25 % as an example of a threshold).
    """
    check_threshold(threshold)
    network = build(holdings, as_of=as_of)
    target = network.numbers.get(entity)
    if target is None:
        return Ownership(entity, threshold, (), 0, UNKNOWN, network.problems)
    part = upstream(network, target)
    found: list[BeneficialOwner] = []
    smaller = steps = 0
    named_low = named_high = 0.0
    for owner in part.ultimate:
        edges, numbers = below(part, owner)
        steps += len(edges)
        if steps > MAX_STEPS:
            raise LimitError(f"the owners take more than {MAX_STEPS} steps", remedy="Ask for a party further up.")
        shares = integrated(edges, len(numbers), [0])
        share = Interval(shares.low[numbers[target]], shares.high[numbers[target]])
        named_low, named_high = named_low + share.low, named_high + share.high
        by_share = share.reaches(threshold, strict=strict)
        by_control = _control(edges, numbers, target)
        if by_share is Outcome.NO and by_control is Outcome.NO:
            smaller += 1
            continue
        found.append(BeneficialOwner(network.ids[owner], share, by_share, by_control, _chains(network, part, owner)))
    found.sort(key=lambda owner: (-owner.share.high, -owner.share.low, repr(owner.owner)))
    unexplained = Interval(max(0.0, 1.0 - named_high), max(0.0, 1.0 - named_low)) if part.ultimate else UNKNOWN
    if unexplained.high < 1e-9:  # what rounding leaves of nothing
        unexplained = NONE
    return Ownership(entity, threshold, tuple(found), smaller, unexplained, network.problems)


def _control(edges: Edges, numbers: dict[int, int], target: int) -> Outcome:
    need, size = needed(MAJORITY, strict=True), len(numbers)
    for outcome, parts in ((Outcome.CERTAIN, edges.low), (Outcome.POSSIBLE, edges.high)):
        walkable = Links(size, 1, edges.starts(size), edges.owned.tolist(), parts.tolist())
        if numbers[target] in spread(walkable, [0], need):
            return outcome
    return Outcome.NO


def _chains(network: Network, part: Upstream, owner: int) -> tuple[Chain, ...]:
    chains: list[Chain] = []
    for links in best_paths(part, owner):
        low = high = 1.0
        for _, _, share in links:
            low, high = low * share.low, high * share.high
        steps = tuple(Step(network.ids[a], network.ids[b], Measure.SHARES, share) for a, b, share in links)
        chains.append(Chain(steps, Interval(low, high)))
    return tuple(chains)
