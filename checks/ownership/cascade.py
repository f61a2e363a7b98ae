"""The threshold cascade: who is caught because caught parties together own enough of it.

Not a product of percentages: X 50 % of A and A 50 % of B catches B (it is wholly in the hands of caught parties as far
as the rule counts), X 25 % of A and A 100 % of B does not. The caught set is the least fixpoint: starting from the
listed parties, a party is caught when the holdings of those already caught sum to the threshold. Hence two companies
that own each other entirely catch nobody, and every caught party has a chain of owners that leads to a listed one.

Source: OFAC FAQ 401 (13 August 2014); 31 CFR 587.406.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from checks.ownership.model import UNIT, Measure, needed
from checks.ownership.network import Ints, Network
from kb.errors import LimitError

# A rule that looks at each listed party alone walks the network once per party; without a bound ten thousand parties
# over a million holdings would take hours.
MAX_STEPS: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Trigger:
    """What catches a party.

    Attributes:
        threshold: fraction 0-1 of shares (or, where they count, of votes; the two are never added together).
        strict: more than the threshold, instead of at least.
        measures: which holdings count. A control link or a restated indirect holding catches by itself.
    """

    threshold: float = 0.5
    strict: bool = False
    measures: tuple[Measure, ...] = (Measure.SHARES,)

    @property
    def need(self) -> int:
        """Parts of ``UNIT`` a sum must have."""
        return needed(self.threshold, strict=self.strict)


@dataclass(frozen=True, slots=True)
class Links:
    """Holdings by owner, ready to walk: those of owner ``i`` are at ``starts[i]`` to ``starts[i + 1]``.

    ``slots`` are ``owned * width + measure``, so that every measure has its own sum.
    """

    nodes: int
    width: int
    starts: list[int]
    slots: list[int]
    parts: list[int]


def links(network: Network, trigger: Trigger, *, high: bool) -> Links:
    """Return the holdings that count for a test, with their low or their high ends."""
    nodes, width = len(network.ids), len(trigger.measures)
    owner: list[Ints] = []
    slot: list[Ints] = []
    parts: list[Ints] = []
    for place, measure in enumerate(trigger.measures):
        edges = network.edges[measure]
        weight = edges.high if high else edges.low
        if measure is Measure.CONTROL:
            weight = np.where(weight > 0, 2 * UNIT, 0)  # control has no size: it is there or not
        keep = weight > 0
        owner.append(edges.owner[keep])
        slot.append(edges.owned[keep] * width + place)
        parts.append(weight[keep])
    owners, slots, weights = np.concatenate(owner), np.concatenate(slot), np.concatenate(parts)
    if width > 1:
        order = np.argsort(owners, kind="stable")
        owners, slots, weights = owners[order], slots[order], weights[order]
    starts = [0, *np.cumsum(np.bincount(owners, minlength=nodes)).tolist()]
    return Links(nodes, width, starts, slots.tolist(), weights.tolist())


def spread(by_owner: Links, seeds: Iterable[int], need: int) -> list[int]:
    """Return the caught parties, seeds first, in an order in which each is caught by those before it.

    Every holding is looked at once, when its owner is caught: linear in the holdings reached.
    """
    starts, slots, parts, width = by_owner.starts, by_owner.slots, by_owner.parts, by_owner.width
    sums = [0] * (by_owner.nodes * width)
    caught = bytearray(by_owner.nodes)
    order = list(seeds)
    for seed in order:
        caught[seed] = 1
    for owner in order:  # grows while it is walked
        for place in range(starts[owner], starts[owner + 1]):
            slot = slots[place]
            total = sums[slot] + parts[place]
            sums[slot] = total
            if total >= need:
                owned = slot // width
                if not caught[owned]:
                    caught[owned] = 1
                    order.append(owned)
    return order


def spread_alone(by_owner: Links, groups: Iterable[Iterable[int]], need: int) -> dict[int, tuple[int, ...]]:
    """Return whom any one group catches by itself, with the first group that does.

    The holdings of different groups are never added together.

    Raises:
        LimitError: the groups together would take more than ``MAX_STEPS`` steps.
    """
    caught: dict[int, tuple[int, ...]] = {}
    steps = 0
    for group in groups:
        members = tuple(dict.fromkeys(group))
        order, taken = spread_group(by_owner, members, need)
        steps += taken
        if steps > MAX_STEPS:
            raise LimitError(
                f"judging each listed party alone takes more than {MAX_STEPS} steps",
                remedy="Ask for fewer listed parties at a time.",
            )
        for node in order:
            caught.setdefault(node, members)
    return caught


def spread_group(by_owner: Links, seeds: tuple[int, ...], need: int) -> tuple[list[int], int]:
    """Do what ``spread`` does in space that grows with what is reached only; return the steps taken as well."""
    starts, slots, parts, width = by_owner.starts, by_owner.slots, by_owner.parts, by_owner.width
    order, caught, sums, steps = list(seeds), set(seeds), dict[int, int](), 0
    for owner in order:
        steps += starts[owner + 1] - starts[owner] + 1
        for place in range(starts[owner], starts[owner + 1]):
            slot = slots[place]
            total = sums.get(slot, 0) + parts[place]
            sums[slot] = total
            owned = slot // width
            if total >= need and owned not in caught:
                caught.add(owned)
                order.append(owned)
    return order, steps
