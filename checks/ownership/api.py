"""The two contract functions over plain tuples."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from checks.ownership.cascade import Trigger, links, spread
from checks.ownership.model import NONE, UNIT, Entity, Holdings, Interval, Measure
from checks.ownership.network import Network, build
from checks.ownership.share import integrated
from kb.errors import QueryError


def check_threshold(threshold: float) -> float:
    """Return the threshold.

    Raises:
        QueryError: it is not a fraction above 0 and up to 1.
    """
    if not 0.0 < threshold <= 1.0:
        raise QueryError(
            f"the threshold is {threshold!r}", code="ownership-threshold", remedy="Give a fraction, 0.5 for 50 %."
        )
    return threshold


def blocked(
    holdings: Holdings, listed: Iterable[Entity], *, threshold: float = 0.5, as_of: date | None = None
) -> set[Entity]:
    """Return who is blocked for certain: the listed, and those caught by the cascade with the low ends.

    Args:
        holdings: ``(owner, owned, low, high)``, fractions 0-1, None where not known; or ``Holding`` objects.
        listed: the listed parties; their holdings are added together whatever lists they are on.
        threshold: blocked at this share or more, above 0 and up to 1.
        as_of: the day, needed when holdings carry dates.

    Raises:
        RecordError: a holding is malformed.
        QueryError: the threshold is no fraction, or the day is missing.

    Source: OFAC FAQ 401 (the cascade), FAQ 399 (different programmes are added together).
    """
    return _caught(holdings, listed, threshold, as_of, high=False)


def possibly_blocked(
    holdings: Holdings, listed: Iterable[Entity], *, threshold: float = 0.5, as_of: date | None = None
) -> set[Entity]:
    """Return who may be blocked, the shares being as high as the data allows; contains ``blocked``."""
    return _caught(holdings, listed, threshold, as_of, high=True)


def _caught(
    holdings: Holdings, listed: Iterable[Entity], threshold: float, as_of: date | None, *, high: bool
) -> set[Entity]:
    trigger = Trigger(check_threshold(threshold))
    network, parties = build(holdings, as_of=as_of), set(listed)
    reached = spread(links(network, trigger, high=high), network.known(parties), trigger.need)
    return parties | {network.ids[number] for number in reached}


def listed_share(holdings: Holdings, listed: Iterable[Entity], *, as_of: date | None = None) -> dict[Entity, Interval]:
    """Return what part of each party belongs to listed parties, directly or through others (see ``share``).

    Percentages are multiplied along chains and rings solved; a listed party counts wholly as listed, so its own entry
    is 1. This is the economic share, not the test of a sanctions rule: X 50 % of A 50 % of B is a share of 0.25 in B,
    and B is blocked nevertheless.

    Returns:
        An entry for every party in the holdings and every listed party; the true share lies within the interval.

    Raises:
        RecordError: a holding is malformed.
        QueryError: holdings carry dates and no day was given.
    """
    network, parties = build(holdings, as_of=as_of), set(listed)
    found = dict.fromkeys(network.ids, NONE)
    found.update(network_share(network, parties))
    return found


def network_share(network: Network, parties: set[Entity]) -> dict[Entity, Interval]:
    """Return the share of those parties in whom it may be above 0.

    A restated indirect holding of a listed party is no link of its own; it raises both ends of its party's interval to
    what it states.
    """
    seeds = network.known(parties)
    shares = integrated(network.edges[Measure.SHARES], len(network.ids), seeds)
    ids, lows, highs = network.ids, shares.low, shares.high
    result = {ids[node]: Interval(lows[node], highs[node]) for node in shares.reached}
    stated: dict[int, tuple[int, int]] = {}
    indirect, listed = network.edges[Measure.INDIRECT], set(seeds)
    for owner, owned, low, high in zip(
        indirect.owner.tolist(), indirect.owned.tolist(), indirect.low.tolist(), indirect.high.tolist(), strict=True
    ):
        if owner in listed:
            before = stated.get(owned, (0, 0))
            stated[owned] = before[0] + low, before[1] + high
    for node, (low, high) in stated.items():
        chain = result.get(ids[node], NONE)
        result[ids[node]] = Interval(max(chain.low, min(1.0, low / UNIT)), max(chain.high, min(1.0, high / UNIT)))
    result.update(dict.fromkeys(parties, Interval(1.0, 1.0)))
    return result
