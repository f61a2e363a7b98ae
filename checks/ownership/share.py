"""Integrated (proportional) ownership: what part of a party belongs, in the end, to a set of parties.

For a set L the share of a party not in L is the least solution of

    v(e) = min(1, sum of w(o, e) * v(o) over the owners o of e),      v(l) = 1 for l in L

with w the direct holdings: percentages multiply along a chain, chains add up, and rings of owners (cross-holdings,
treasury shares) are solved as equations instead of being cut. It is computed once with all low ends and once with all
high ends; as v grows with every w, the true share lies between. Without the bound 1 the high ends of vague registers
would sum to more than the whole.

This is an economic measure. It is not the test of a sanctions rule: for those see ``cascade``.

Source: S. Brioschi, L. Buzzacchi, M. Colombo, Risk capital financing and the separation of ownership and control in
    business groups (1989), for the equations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from checks.ownership.components import Floats, Ints, components, solve_ring
from checks.ownership.model import UNIT
from checks.ownership.network import Edges


@dataclass(slots=True)
class Shares:
    """Bounds by party number, 0 where no chain of possible holdings leads.

    Attributes:
        reached: the parties with a possible share, the seeds first.
        inexact: members of rings too large to solve exactly, whose bounds are apart for that reason.
    """

    low: list[float]
    high: list[float]
    reached: list[int]
    inexact: int = 0


def integrated(edges: Edges, nodes: int, seeds: Iterable[int]) -> Shares:
    """Return what part of each party belongs to the seeds, directly or through others.

    Args:
        edges: direct holdings of shares.
        nodes: how many parties are numbered.
        seeds: the set L; each has the whole of itself.
    """
    held = edges.high > 0
    if not held.all():  # a holding of nothing is no link
        edges = Edges(edges.owner[held], edges.owned[held], edges.low[held], edges.high[held])
    starts, owned = edges.starts(nodes), edges.owned.tolist()
    low_of, high_of = edges.low / UNIT, edges.high / UNIT
    lows, highs = low_of.tolist(), high_of.tolist()
    is_seed = np.zeros(nodes, dtype=np.bool_)
    order = list(seeds)
    is_seed[order] = True
    reached = _reach(starts, owned, order, nodes)
    low, high = [0.0] * nodes, [0.0] * nodes
    for node in order:
        low[node] = high[node] = 1.0
    seen = np.zeros(nodes, dtype=np.bool_)
    seen[reached] = True
    counts = seen[edges.owner] & ~is_seed[edges.owned] & seen[edges.owned] & (edges.owner != edges.owned)
    waiting: list[int] = np.bincount(edges.owned[counts], minlength=nodes).tolist()
    loops = {owned[place]: (lows[place], highs[place]) for place in np.flatnonzero(edges.owner == edges.owned).tolist()}
    first = len(order)
    for position, node in enumerate(order):  # grows while it is walked: owners before what they own
        if position >= first:
            loop_low, loop_high = loops.get(node, (0.0, 0.0))
            low[node], high[node] = _with_loop(low[node], loop_low), _with_loop(high[node], loop_high)
        share_low, share_high = low[node], high[node]
        for place in range(starts[node], starts[node + 1]):
            follower = owned[place]
            left = waiting[follower]
            if left and follower != node:
                low[follower] += lows[place] * share_low
                high[follower] += highs[place] * share_high
                waiting[follower] = left - 1
                if left == 1:
                    order.append(follower)
    inexact = 0
    if len(order) < len(reached):
        done = np.zeros(nodes, dtype=np.bool_)
        done[order] = True
        inexact = _Rings(edges, np.flatnonzero(seen & ~done), low_of, high_of, loops).solve(low, high)
    return Shares(low, [max(pair) for pair in zip(low, high, strict=True)], reached, inexact)


def _reach(starts: list[int], owned: list[int], seeds: list[int], nodes: int) -> list[int]:
    """Return whom a chain of possible holdings reaches, the seeds first."""
    seen = bytearray(nodes)
    for seed in seeds:
        seen[seed] = 1
    reached = list(seeds)
    for node in reached:
        for place in range(starts[node], starts[node + 1]):
            follower = owned[place]
            if not seen[follower]:
                seen[follower] = 1
                reached.append(follower)
    return reached


def _with_loop(inflow: float, loop: float) -> float:
    """Return the share of a party that owns ``loop`` of itself: the outside owners share what is left."""
    if inflow <= 0.0:
        return 0.0
    return min(1.0, inflow / (1.0 - loop)) if loop < 1.0 else 1.0


class _Rings:
    """The parties in rings and behind them, ring by ring in the order of ownership."""

    def __init__(
        self,
        edges: Edges,
        rest: Ints,
        low_of: Floats,
        high_of: Floats,
        loops: dict[int, tuple[float, float]],
    ) -> None:
        local = np.full(int(max(edges.owner.max(), edges.owned.max())) + 1, -1, dtype=np.int64)
        local[rest] = np.arange(len(rest))
        owner, owned = local[edges.owner], local[edges.owned]
        keep = (owner >= 0) & (owned >= 0) & (owner != owned)  # stays sorted by owner
        self._owner, self._owned = owner[keep], owned[keep]
        self._low, self._high = low_of[keep], high_of[keep]
        self._rest: list[int] = rest.tolist()
        self._loops = loops

    def solve(self, low: list[float], high: list[float]) -> int:
        """Finish ``low`` and ``high``, which hold what reached the parties so far; return how many are inexact."""
        size = len(self._rest)
        starts = [0, *np.cumsum(np.bincount(self._owner, minlength=size)).tolist()]
        owned, lows, highs = self._owned.tolist(), self._low.tolist(), self._high.tolist()
        rings = components(starts, owned)
        numbered, placed = [0] * size, [0] * size
        for number, ring in enumerate(rings):
            for place, member in enumerate(ring):
                numbered[member], placed[member] = number, place
        ring_of, place_in = np.array(numbered, dtype=np.int64), np.array(placed, dtype=np.int64)
        inner = np.flatnonzero(ring_of[self._owner] == ring_of[self._owned])
        inner = inner[np.argsort(ring_of[self._owner[inner]], kind="stable")]
        bounds = np.searchsorted(ring_of[self._owner[inner]], np.arange(len(rings) + 1)).tolist()
        inside = (ring_of[self._owner] == ring_of[self._owned]).tolist()
        inexact = 0
        for number, ring in enumerate(rings):
            nodes = [self._rest[member] for member in ring]
            if len(ring) == 1:
                node = nodes[0]
                loop_low, loop_high = self._loops.get(node, (0.0, 0.0))
                low[node], high[node] = _with_loop(low[node], loop_low), _with_loop(high[node], loop_high)
            else:
                inexact += self._solve_one(nodes, place_in, inner[bounds[number] : bounds[number + 1]], low, high)
            for member, node in zip(ring, nodes, strict=True):
                share_low, share_high = low[node], high[node]
                for place in range(starts[member], starts[member + 1]):
                    if not inside[place]:
                        follower = self._rest[owned[place]]
                        low[follower] += lows[place] * share_low
                        high[follower] += highs[place] * share_high
        return inexact

    def _solve_one(self, nodes: list[int], place_in: Ints, inner: Ints, low: list[float], high: list[float]) -> int:
        """Solve one ring of ``nodes`` whose own holdings are ``inner``; return how many members are inexact."""
        loops = [(place, *self._loops[node]) for place, node in enumerate(nodes) if node in self._loops]
        itself = np.array([place for place, _, _ in loops], dtype=np.int64)
        start = np.concatenate([place_in[self._owner[inner]], itself])
        end = np.concatenate([place_in[self._owned[inner]], itself])
        weight_low = np.concatenate([self._low[inner], np.array([loop[1] for loop in loops])])
        weight_high = np.concatenate([self._high[inner], np.array([loop[2] for loop in loops])])
        below, _, exact_low = solve_ring(np.array([low[node] for node in nodes]), start, end, weight_low)
        _, above, exact_high = solve_ring(np.array([high[node] for node in nodes]), start, end, weight_high)
        for node, least, most in zip(nodes, below.tolist(), above.tolist(), strict=True):
            low[node], high[node] = least, most
        return 0 if exact_low and exact_high else len(nodes)
