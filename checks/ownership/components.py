"""Rings of owners: strongly connected components, and the shares inside one as the solution of its equations."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The largest ring known among real companies has 1,300 members (Vitali, Glattfelder, Battiston 2011); up to this size
# the equations are solved exactly (two seconds and 36 MB at worst), above it they are iterated from both sides.
MAX_DENSE: Final = 1_500
_SWEEPS: Final = 400
_CLOSE: Final = 1e-12


def components(starts: list[int], followers: list[int]) -> list[list[int]]:
    """Return the strongly connected components of a graph, every component after those it can be reached from.

    Args:
        starts: where the followers of each node begin; one more entry for the end.
        followers: those of node ``i`` are at ``starts[i]`` to ``starts[i + 1]``.

    Source: R. Tarjan, Depth-first search and linear graph algorithms (1972), written without recursion.
    """
    nodes = len(starts) - 1
    found: list[list[int]] = []
    index, lowest, place = [-1] * nodes, [0] * nodes, starts[:nodes]
    open_ = bytearray(nodes)
    stack: list[int] = []
    counter = 0
    for root in range(nodes):
        if index[root] >= 0:
            continue
        work = [root]
        while work:
            node = work[-1]
            if index[node] < 0:
                index[node] = lowest[node] = counter
                counter += 1
                stack.append(node)
                open_[node] = 1
            at, end, least = place[node], starts[node + 1], lowest[node]
            while at < end:
                follower = followers[at]
                if index[follower] < 0:
                    work.append(follower)
                    break
                if open_[follower] and lowest[follower] < least:
                    least = lowest[follower]
                at += 1
            place[node], lowest[node] = at, least  # a follower gone into is looked at again when it is done
            if at < end:
                continue
            work.pop()
            if least == index[node]:
                cut = _position(stack, node)
                component = stack[cut:]
                del stack[cut:]
                for member in component:
                    open_[member] = 0
                found.append(component)
    found.reverse()
    return found


def _position(stack: list[int], node: int) -> int:
    place = len(stack) - 1
    while stack[place] != node:
        place -= 1
    return place


def solve_ring(inflow: Floats, owner: Ints, owned: Ints, weight: Floats) -> tuple[Floats, Floats, bool]:
    """Return the least solution of ``v = min(1, inflow + W v)`` over one ring of owners.

    Args:
        inflow: what reaches each member from outside the ring, at least 0.
        owner: member numbers, ``0 <= owner < len(inflow)``, of the holdings inside the ring.
        owned: whom each is a holding of.
        weight: its size, 0-1.

    Returns:
        A lower and an upper bound (the same array when solved exactly) and whether they agree.
    """
    size = len(inflow)
    alive = _reached(inflow, owner, owned, weight)
    keep = alive[owner] & alive[owned] & (weight > 0)
    owner, owned, weight = owner[keep], owned[keep], weight[keep]
    if size <= MAX_DENSE:
        value = _solve_dense(np.where(alive, inflow, 0.0), alive, owner, owned, weight)
        return value, value, True
    low, high = np.zeros(size), alive.astype(np.float64)
    for _ in range(_SWEEPS):
        low = np.minimum(1.0, inflow + np.bincount(owned, weight * low[owner], size))
        high = np.where(alive, np.minimum(1.0, inflow + np.bincount(owned, weight * high[owner], size)), 0.0)
        if np.max(high - low) <= _CLOSE:
            return low, high, True
    return low, high, False


def _reached(inflow: Floats, owner: Ints, owned: Ints, weight: Floats) -> NDArray[np.bool_]:
    """Return which members anything flows to; only there is the solution unique."""
    if (weight > 0).all():  # then every member reaches every other
        return np.full(len(inflow), bool((inflow > 0).any()))
    followers: dict[int, list[int]] = {}
    for start, end, share in zip(owner.tolist(), owned.tolist(), weight.tolist(), strict=True):
        if share > 0:
            followers.setdefault(start, []).append(end)
    queue = np.flatnonzero(inflow > 0).tolist()
    seen = set(queue)
    for node in queue:
        for follower in followers.get(node, ()):
            if follower not in seen:
                seen.add(follower)
                queue.append(follower)
    alive = np.zeros(len(inflow), dtype=np.bool_)
    alive[list(seen)] = True
    return alive


def _solve_dense(inflow: Floats, alive: NDArray[np.bool_], owner: Ints, owned: Ints, weight: Floats) -> Floats:
    """Solve by policy iteration from above: start with all members whole, release those who turn out not to be.

    With every release the values fall, members once released stay so, and the released part always has a solution, as
    its sums are below the values it starts from; so it ends after at most as many rounds as there are members.
    """
    size = len(inflow)
    matrix = np.zeros((size, size))
    np.add.at(matrix, (owned, owner), weight)
    value = alive.astype(np.float64)
    free = np.zeros(size, dtype=np.bool_)
    while True:
        now = alive & ~free & (inflow + matrix @ value < 1.0)
        if not now.any():
            return value
        free |= now
        part = np.flatnonzero(free)
        held = inflow[part] + matrix[np.ix_(part, np.flatnonzero(~free))] @ value[~free]
        value[part] = np.clip(np.linalg.solve(np.eye(len(part)) - matrix[np.ix_(part, part)], held), 0.0, 1.0)
