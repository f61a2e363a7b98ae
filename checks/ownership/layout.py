"""Where the parties of an ownership picture stand: in rows, owners above what they own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from checks.ownership.model import UNIT, Interval, Measure
from checks.ownership.network import Network

MAX_PARTIES: Final = 60  # more boxes than this nobody reads; the rest is counted
MAX_PER_ROW: Final = 12
MAX_ROWS_UP: Final = 8
MAX_ROWS_DOWN: Final = 3
_SWEEPS: Final = 4  # of ordering each row by the middle of its neighbours; more changes nothing visible


@dataclass(frozen=True, slots=True)
class Drawn:
    """A holding in the picture."""

    owner: int
    owned: int
    measure: Measure
    share: Interval


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of party numbers from the topmost owners down, the holdings between them, and how many are left out."""

    rows: tuple[tuple[int, ...], ...]
    links: tuple[Drawn, ...]
    hidden: int


def lay_out(network: Network, focus: int, marked: frozenset[int]) -> Layout:
    """Choose and place the parties around one; where there are too many, marked ones and large holdings come first."""
    above, beneath = _neighbours(network)
    row_of = {focus: 0}
    left_out: set[int] = set()
    for sides, step, limit in ((above, -1, MAX_ROWS_UP), (beneath, 1, MAX_ROWS_DOWN)):
        front = [focus]
        for distance in range(1, limit + 2):
            weights: dict[int, int] = {}
            for node in front:
                for other, parts in sides.get(node, {}).items():
                    if other not in row_of:
                        weights[other] = max(weights.get(other, 0), parts)
            ranked = sorted(weights, key=lambda node: (node not in marked, -weights[node], node))
            room = max(0, min(MAX_PER_ROW, MAX_PARTIES - len(row_of))) if distance <= limit else 0
            front = ranked[:room]
            left_out.update(ranked[room:])
            row_of.update(dict.fromkeys(front, distance * step))
            if not front:
                break
    links = tuple(_links(network, row_of))
    return Layout(_ordered(row_of, links), links, len(left_out - set(row_of)))


def _neighbours(network: Network) -> tuple[dict[int, dict[int, int]], dict[int, dict[int, int]]]:
    above: dict[int, dict[int, int]] = defaultdict(dict)
    beneath: dict[int, dict[int, int]] = defaultdict(dict)
    for measure in Measure:
        edges = network.edges[measure]
        keep = np.flatnonzero((edges.high > 0) & (edges.owner != edges.owned))
        for owner, owned, high in zip(
            edges.owner[keep].tolist(), edges.owned[keep].tolist(), edges.high[keep].tolist(), strict=True
        ):
            above[owned][owner] = max(above[owned].get(owner, 0), high)
            beneath[owner][owned] = max(beneath[owner].get(owned, 0), high)
    return above, beneath


def _links(network: Network, row_of: dict[int, int]) -> list[Drawn]:
    chosen = np.zeros(len(network.ids), dtype=np.bool_)
    chosen[list(row_of)] = True
    found: list[Drawn] = []
    for measure in Measure:
        edges = network.edges[measure]
        for place in np.flatnonzero(chosen[edges.owner] & chosen[edges.owned] & (edges.high > 0)).tolist():
            share = Interval(int(edges.low[place]) / UNIT, int(edges.high[place]) / UNIT)
            found.append(Drawn(int(edges.owner[place]), int(edges.owned[place]), measure, share))
    return found


def _ordered(row_of: dict[int, int], links: tuple[Drawn, ...]) -> tuple[tuple[int, ...], ...]:
    """Order every row by the mean place of its neighbours, to have fewer crossings."""
    rows: dict[int, list[int]] = defaultdict(list)
    for node, row in row_of.items():
        rows[row].append(node)
    near: dict[int, list[int]] = defaultdict(list)
    for link in links:
        near[link.owner].append(link.owned)
        near[link.owned].append(link.owner)
    place: dict[int, float] = {}
    for members in rows.values():
        place.update({node: number - (len(members) - 1) / 2 for number, node in enumerate(members)})
    for _ in range(_SWEEPS):
        for members in rows.values():
            ranked = sorted((sum(place[n] for n in near[node]) / max(1, len(near[node])), node) for node in members)
            members[:] = [node for _, node in ranked]
            place.update({node: number - (len(members) - 1) / 2 for number, node in enumerate(members)})
    return tuple(tuple(rows[row]) for row in sorted(rows))
