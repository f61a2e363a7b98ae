"""Ownership at a million holdings: processor time of the contract functions beside naive iteration, in one run.

Run: ``python -m tests.bench.bench_ownership [--holdings N]`` from the root. Figures are printed, not asserted.

Two shapes: "register" (chains of groups down from their owners, one holding in fifty pointing back up, so that rings
occur as they do in registers) and "random" (every pair as likely as every other, which ends in one ring of a fifth of
all parties and is harder than any register). Naive means what one writes first: pass over all holdings until a pass
changes nothing (caught set), or until no share moves by more than 1e-9 (shares).
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from typing import TypeVar

from checks.ownership import blocked, listed_share

T = TypeVar("T")
Row = tuple[str, str, float, float]
_LISTED_SHARE = 35  # one party in so many is listed
_MAX_PASSES = 1000


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return a result and the seconds of processor time it took."""
    start = time.process_time()
    return work(), time.process_time() - start


def network(shape: str, size: int, rng: random.Random) -> tuple[list[Row], set[str]]:
    parties = size * 7 // 10
    rows: list[Row] = []
    for _ in range(size):
        if shape == "random":
            owner, owned = rng.randrange(parties), rng.randrange(parties)
        else:
            owned = rng.randrange(1, parties)
            owner = max(0, owned - 1 - int(rng.expovariate(1 / 5000)))
            if rng.random() < 0.02:
                owner, owned = owned, owner
        low = rng.choice((0.05, 0.1, 0.2, 0.25, 0.5, 0.51, 0.6, 1.0))
        high = low if rng.random() < 0.7 else min(1.0, low + 0.25)
        rows.append((f"e{owner}", f"e{owned}", low, high))
    return rows, {f"e{rng.randrange(parties)}" for _ in range(parties // _LISTED_SHARE)}


def naive_blocked(rows: list[Row], listed: set[str], threshold: float) -> tuple[set[str], int]:
    pairs: dict[tuple[str, str], float] = {}
    for owner, owned, low, _ in rows:
        pairs[owner, owned] = min(1.0, pairs.get((owner, owned), 0.0) + low)
    caught, passes = set(listed), 0
    while True:
        passes += 1
        sums: dict[str, float] = {}
        for (owner, owned), low in pairs.items():
            if owner in caught:
                sums[owned] = sums.get(owned, 0.0) + low
        more = {owned for owned, total in sums.items() if total >= threshold - 1e-10} - caught
        if not more:
            return caught, passes
        caught |= more


def naive_share(rows: list[Row], listed: set[str]) -> tuple[dict[str, float], int]:
    """Iterate the low ends only; both ends would take twice as long."""
    pairs: dict[tuple[str, str], float] = {}
    for owner, owned, low, _ in rows:
        pairs[owner, owned] = min(1.0, pairs.get((owner, owned), 0.0) + low)
    share: dict[str, float] = dict.fromkeys(listed, 1.0)
    for passes in range(1, _MAX_PASSES):
        sums: dict[str, float] = {}
        for (owner, owned), low in pairs.items():
            part = share.get(owner)
            if part is not None and owned not in listed:
                sums[owned] = sums.get(owned, 0.0) + low * part
        moved = 0.0
        for party, total in sums.items():
            bounded = min(1.0, total)
            moved = max(moved, bounded - share.get(party, 0.0))
            share[party] = bounded
        if moved <= 1e-9:
            return share, passes
    return share, _MAX_PASSES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holdings", type=int, default=1_000_000)
    size = parser.parse_args().holdings
    for shape in ("register", "random"):
        rows, listed = network(shape, size, random.Random(7))
        caught, seconds = timed(lambda: blocked(rows, listed))  # noqa: B023 - called at once
        (expected, passes), naive = timed(lambda: naive_blocked(rows, listed, 0.5))  # noqa: B023
        same = "same result" if caught == expected else "RESULTS DIFFER"
        print(
            f"{shape}: blocked      {len(rows):,} holdings, {len(listed):,} listed, {len(caught):,} blocked:"
            f" {seconds:.1f} s; naive {naive:.1f} s ({passes} passes); {same}"
        )
        shares, seconds = timed(lambda: listed_share(rows, listed))  # noqa: B023
        (lows, passes), naive = timed(lambda: naive_share(rows, listed))  # noqa: B023
        apart = max(abs(share.low - lows.get(str(party), 0.0)) for party, share in shares.items())
        print(
            f"{shape}: listed_share both ends: {seconds:.1f} s; naive low ends only {naive:.1f} s ({passes} passes);"
            f" largest difference {apart:.1e}"
        )


if __name__ == "__main__":
    main()
