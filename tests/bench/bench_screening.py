"""Screening against 100,000 names: what making and opening the index takes, one name, and a batch.

Run: ``python -m tests.bench screening [--names N] [--rows N]``. Figures are printed, not asserted. The names are made
of words of OFAC's list, half people and half organisations; the rows are such names, two thirds mistyped. The peer in
the same run is a sorted-token ratio of rapidfuzz over all names.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from checks import screening_load
from checks.screening import ScreeningIndex, ScreeningList, ScreenQuery, screen
from kb.model import ListEntry, Name
from kb.packed import PackedFile, write_packed
from tests.bench.bench_names import SHARED, ofac_names
from tests.bench.name_variants import variants

_PEER_ROWS = 200


def made(count: int, dice: random.Random) -> list[ListEntry]:
    """Return entries with names of two to four words of OFAC's list."""
    words = [word for _, name, _ in ofac_names() for word in name.replace(",", "").split()]
    return [
        ListEntry(
            id=f"e{number}",
            names=(Name(" ".join(dice.sample(words, dice.randrange(2, 5)))),),
            kind="person" if number % 2 else "organization",
            start=number,
            end=number + 1,
        )
        for number in range(count)
    ]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=10_000)
    options = parser.parse_args()
    if not SHARED.is_dir():
        print("../shared/data is absent: there are no words to make names of")
        return
    dice = random.Random(17)
    entries = made(options.names, dice)
    start = time.process_time()
    index = ScreeningIndex.build([ScreeningList("made", "1", len(entries), None, tuple(entries))])
    build = time.process_time() - start
    with tempfile.TemporaryDirectory(prefix="duegraph-bench-") as folder:
        path = Path(folder) / "x.packed"
        start = time.process_time()
        write_packed(path, *screening_load._packed(index))
        write = time.process_time() - start
        start = time.process_time()
        index = screening_load._unpacked(PackedFile(path))
        opened = time.process_time() - start
        size = path.stat().st_size / 1e6
        print(f"{len(entries):,} names: index made in {build:.1f} s, kept in {write:.1f} s ({size:.0f} MB),", end=" ")
        print(f"opened in {opened * 1000:.0f} ms of processor time")
        batch(index, entries, options.rows, dice)


def batch(index: ScreeningIndex, entries: list[ListEntry], count: int, dice: random.Random) -> None:
    """Screen rows one after the other, in one process, and print what they took."""
    rows = []
    for entry in dice.sample(entries, min(count, len(entries))):
        name = entry.names[0].text
        typing = dict(variants(name, "person", 3)).get("typing", name)
        rows.append(ScreenQuery(typing if dice.random() < 2 / 3 else name, entry.kind if dice.random() < 0.5 else None))
    times, found = [], 0
    begun = time.process_time()
    for row in rows:
        start = time.perf_counter()
        found += any(one.match for one in screen(row, index).candidates)
        times.append((time.perf_counter() - start) * 1000)
    spent = time.process_time() - begun
    times.sort()
    print(f"{len(rows):,} rows: {spent:.1f} s of processor time, {found / len(rows):.3f} with a match;", end=" ")
    print(f"one name elapsed: p50 {times[len(times) // 2]:.1f} ms, p95 {times[len(times) * 19 // 20]:.1f} ms")
    names = [utils.default_process(entry.names[0].text) for entry in entries]
    asked = [utils.default_process(row.name) for row in rows[:_PEER_ROWS]]
    start = time.process_time()
    for name in asked:
        process.extract(name, names, scorer=fuzz.token_sort_ratio, score_cutoff=85, limit=10, processor=None)
    peer = (time.process_time() - start) / len(asked)
    print(
        f"peer, rapidfuzz token_sort_ratio over all names: {peer * 1000:.1f} ms a row, {peer * len(rows):.0f} s for all"
    )


if __name__ == "__main__":
    main()
