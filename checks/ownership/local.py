"""The part of a network that lies above one party, small enough to be walked once per owner."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np

from checks.ownership.model import UNIT, Interval, Measure
from checks.ownership.network import Edges, Network
from kb.errors import LimitError

MAX_UPSTREAM: Final = 500_000  # holdings above one party
MAX_PATHS: Final = 5  # chains shown per owner; the share counts all of them
_MAX_EXPANSIONS: Final = 20_000  # the number of chains can grow exponentially with the length

Link = tuple[int, int, Interval]


@dataclass(frozen=True, slots=True)
class Upstream:
    """Every possible holding of shares from which a chain leads to ``target``.

    Attributes:
        owners: (owner, share) by owned; ``owned`` the same by owner. Holdings in oneself are among them.
    """

    target: int
    owners: dict[int, list[tuple[int, Interval]]]
    owned: dict[int, list[tuple[int, Interval]]]

    @property
    def ultimate(self) -> list[int]:
        """Owners above whom the data names nobody else, in ascending order."""
        return sorted(
            node
            for node in self.owned
            if node != self.target and all(owner == node for owner, _ in self.owners.get(node, ()))
        )


def upstream(network: Network, target: int) -> Upstream:
    """Return what lies above a party.

    Raises:
        LimitError: more than ``MAX_UPSTREAM`` holdings.
    """
    edges = network.edges[Measure.SHARES]
    order = np.argsort(edges.owned, kind="stable")
    starts = np.searchsorted(edges.owned[order], np.arange(len(network.ids) + 1)).tolist()
    owners: dict[int, list[tuple[int, Interval]]] = {}
    owned: dict[int, list[tuple[int, Interval]]] = defaultdict(list)
    queue, seen, taken = [target], {target}, 0
    for node in queue:
        places = order[starts[node] : starts[node + 1]]
        taken += len(places)
        if taken > MAX_UPSTREAM:
            raise LimitError(
                f"more than {MAX_UPSTREAM} holdings lie above this party", remedy="Ask for a party further up."
            )
        found: list[tuple[int, Interval]] = []
        for owner, low, high in zip(
            edges.owner[places].tolist(), edges.low[places].tolist(), edges.high[places].tolist(), strict=True
        ):
            if high == 0:
                continue
            share = Interval(low / UNIT, high / UNIT)
            found.append((owner, share))
            owned[owner].append((node, share))
            if owner not in seen:
                seen.add(owner)
                queue.append(owner)
        owners[node] = found
    return Upstream(target, owners, dict(owned))


def below(part: Upstream, owner: int) -> tuple[Edges, dict[int, int]]:
    """Return the holdings from one owner down to the target, with new numbers for the parties."""
    numbers = {owner: 0}
    queue = [owner]
    links: list[Link] = []
    for node in queue:
        for owned, share in part.owned.get(node, ()):
            if owned not in numbers:
                numbers[owned] = len(numbers)
                queue.append(owned)
            links.append((numbers[node], numbers[owned], share))
    links.sort(key=lambda link: link[:2])
    return Edges(
        np.array([link[0] for link in links], dtype=np.int64),
        np.array([link[1] for link in links], dtype=np.int64),
        np.rint(np.array([link[2].low for link in links]) * UNIT).astype(np.int64),
        np.rint(np.array([link[2].high for link in links]) * UNIT).astype(np.int64),
    ), numbers


def best_paths(part: Upstream, owner: int, *, limit: int = MAX_PATHS) -> list[list[Link]]:
    """Return the chains without repeated parties from an owner to the target, largest possible share first.

    At most ``limit``, and none further once the search has looked at ``_MAX_EXPANSIONS`` parties.
    """
    found: list[list[Link]] = []
    reach = below(part, owner)[1]
    tie = count()
    heap: list[tuple[float, int, int, tuple[Link, ...], frozenset[int]]] = [
        (-1.0, next(tie), part.target, (), frozenset((part.target,)))
    ]
    for _ in range(_MAX_EXPANSIONS):
        if not heap or len(found) >= limit:
            break
        product, _, node, links, visited = heapq.heappop(heap)
        if node == owner:
            found.append(list(reversed(links)))
            continue
        for above, share in part.owners.get(node, ()):
            if above in reach and above not in visited:
                link = (above, node, share)
                heapq.heappush(heap, (product * share.high, next(tie), above, (*links, link), visited | {above}))
    return found
