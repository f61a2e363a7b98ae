"""The real lists of ``../shared/data/partners`` loaded by one command, and 1,000 partners screened with them.

Run: ``python -m tests.bench screening_real [--sample N] [--data DIR]``. Figures are printed, not asserted.

Two thirds of the sample are listed names, each written otherwise in one of the ways of ``tests.bench.name_variants``
(or as listed); one third is nowhere on the lists: synthetic people nobody must be alerted about, and made-up
firms. A listed name counts as found when the very entry it was made of is among the matches, or one with the same name.
The peer in the same run is a sorted-token ratio of rapidfuzz over all names at its usual threshold.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process, utils

from api.service.batch import screen_batch
from api.service.batch_rows import ScreenInput
from checks.screening_index import WATCHLIST, ScreeningIndex
from checks.screening_load import stored_screening
from kb.base import KnowledgeBase
from kb.settings import Settings
from tests.bench.bench_entities import _CORES, _TRADES
from tests.bench.bench_names import SHARED
from tests.bench.name_variants import variants

LIMIT = 10
PEER = 85.0  # of 100; rapidfuzz's usual threshold, the best of its own on these lists
Row = tuple[ScreenInput, str, str, frozenset[str]]
"""What is asked, the way it was written, the group, and the names of the entry it was made of."""


@contextlib.contextmanager
def loaded(folder: Path | None) -> Iterator[Path]:
    """Yield a data directory with everything the command took, loading it when there is none."""
    if folder is not None and (folder / "registry.sqlite").is_file():
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="duegraph-bench-") as made:
        data = folder or Path(made) / "data"
        command = [sys.executable, "-c", "from api.cli import main; main()", "--data", str(data), "--json"]
        start = time.perf_counter()
        done = subprocess.run([*command, "lists", "load", str(SHARED)], check=False, capture_output=True, text=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = done.stdout.splitlines()
        taken = sum('"status": "ingested"' in line or '"status":"ingested"' in line for line in lines)
        print(
            f"duegraph lists load: {len(lines)} files, {taken} taken, {len(lines) - taken} refused with a reason, "
            f"exit {done.returncode}; {time.perf_counter() - start:.0f} s elapsed, "
            f"{used.ru_utime + used.ru_stime:.0f} s of processor time"
        )
        yield data


def sample(index: ScreeningIndex, size: int, dice: random.Random) -> list[Row]:
    """Return the rows to screen."""
    listed: list[Row] = []
    by_class: dict[str, list[Row]] = {}
    for one in index.lists:
        entries = [entry for entry in one.entries if entry.kind in {"person", "organization"} and one.kind == WATCHLIST]
        for entry in dice.sample(entries, min(len(entries), 120)):
            kind = str(entry.kind)
            name = dice.choice([n.text for n in entry.names if n.kind != "weak"] or [entry.names[0].text])
            names = frozenset(n.text.casefold() for n in entry.names)
            by_class.setdefault("as listed", []).append((ScreenInput(name, kind), "as listed", one.list_id, names))
            for label, text in variants(name, kind, 1):
                by_class.setdefault(label, []).append((ScreenInput(text, kind), label, one.list_id, names))
    each = size * 2 // 3 // len(by_class)
    for rows in by_class.values():
        listed += dice.sample(rows, min(each, len(rows)))
    with (SHARED / "negatives_global_5k.csv").open(encoding="utf-8") as file:
        people = [row["full_name"] for row in csv.DictReader(file)]
    rest = size - len(listed)
    clean: list[Row] = [
        (ScreenInput(n, "person"), "clean", "people", frozenset()) for n in dice.sample(people, rest // 2)
    ]
    while len(clean) < rest:
        name = f"{dice.choice(_CORES)} {dice.choice(_CORES)} {dice.choice(_TRADES)} Ltd"
        clean.append((ScreenInput(name, "organization"), "clean", "firms", frozenset()))
    rows = [*listed, *clean]
    dice.shuffle(rows)
    return rows


def is_found(answer: dict[str, Any], names: frozenset[str]) -> bool:
    """Say whether one of the matches is the entry, or bears one of its names."""
    return any(
        c["match"] and c["source"] == WATCHLIST and {c["name"].casefold(), c["matched_name"].casefold()} & names
        for c in answer["candidates"]
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=1000)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    if not SHARED.is_dir():
        print("../shared/data is absent: there is nothing to load")
        return
    dice = random.Random(29)
    with loaded(options.data) as data:
        settings = Settings(data=data)
        with KnowledgeBase.open(data, write=False, settings=settings) as kb, kb.snapshot() as snapshot:
            start = time.perf_counter()
            index = stored_screening(snapshot, partners=True)
            print(f"index opened in {(time.perf_counter() - start) * 1000:.0f} ms")
        if index is None:
            print("nothing was loaded")
            return
        for one in index.lists:
            if one.kind == WATCHLIST:
                print(f"  {one.list_id} {one.version}: {one.rows:,} rows, {len(one.entries):,} entries")
        print(f"  and {sum(one.kind != WATCHLIST for one in index.lists)} registers of known partners")
        rows = sample(index, options.sample, dice)
        screen_rows(settings, rows)
        peer(index, rows)


def screen_rows(settings: Settings, rows: list[Row]) -> None:
    """Screen the sample and print what was found."""
    start, wall = time.process_time(), time.perf_counter()
    answers = list(screen_batch(settings, [row[0] for row in rows], limit=LIMIT))
    spent, wall = time.process_time() - start, time.perf_counter() - wall
    told = sum(all(c["explanation"] for c in answer["candidates"]) for answer in answers)
    named = sum(bool(answer["screened"]) for answer in answers)
    each = spent / len(rows) * 1000
    print(f"{len(rows)} partners: {spent:.1f} s of processor time, {wall:.1f} s elapsed, {each:.1f} ms each")
    print(f"  every candidate explained in {told} answers, lists, versions and rows named in {named}")
    report(
        [
            (row, is_found(answer, row[3]) if row[3] else alerted(answer))
            for row, answer in zip(rows, answers, strict=True)
        ]
    )


def alerted(answer: dict[str, Any]) -> bool:
    """Say whether anything on a watch list matches."""
    return any(c["match"] and c["source"] == WATCHLIST for c in answer["candidates"])


def report(outcomes: list[tuple[Row, bool]]) -> None:
    """Print recall by way of writing, and the share of clean names alerted."""
    tried: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for (_, label, group, names), hit in outcomes:
        key = label if names else f"clean {group}"
        tried[key] += 1
        found[key] += hit
    of = [key for key in tried if not key.startswith("clean")]
    total = sum(tried[key] for key in of)
    print(f"  recall {sum(found[key] for key in of) / total:.3f} of {total} listed names")
    print("   ", ", ".join(f"{key} {found[key]}/{tried[key]}" for key in sorted(of)))
    clean = [key for key in tried if key.startswith("clean")]
    print("  alerted:", ", ".join(f"{key} {found[key]}/{tried[key]}" for key in sorted(clean)))


def peer(index: ScreeningIndex, rows: list[Row]) -> None:
    """Print the same figures of a sorted-token ratio over all names."""
    names: list[str] = []
    owners: list[frozenset[str]] = []
    for one in index.lists:
        for entry in one.entries if one.kind == WATCHLIST else ():
            bearer = frozenset(n.text.casefold() for n in entry.names)
            names += [utils.default_process(n.text) for n in entry.names]
            owners += [bearer] * len(entry.names)
    start = time.process_time()
    outcomes = []
    for row in rows:
        asked = utils.default_process(row[0].name)
        hits = process.extract(
            asked, names, scorer=fuzz.token_sort_ratio, score_cutoff=PEER, limit=LIMIT, processor=None
        )
        outcomes.append((row, any(owners[hit[2]] & row[3] for hit in hits) if row[3] else bool(hits)))
    spent = time.process_time() - start
    each = spent / len(rows) * 1000
    print(f"peer, rapidfuzz token_sort_ratio from {PEER:.0f} over {len(names):,} names: {each:.1f} ms each")
    report(outcomes)


if __name__ == "__main__":
    main()
