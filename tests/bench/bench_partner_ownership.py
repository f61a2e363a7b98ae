"""``partner ownership`` on a store with 100,000 holdings: one answer, and what reading everything takes.

Run: ``python -m tests.bench partner_ownership [--holdings N]``. Figures are printed, not asserted.

The register is made here: groups of firms owned down from people, one holding in fifty pointing back up so that rings
occur, every hundredth owner on a list by identifier and every hundredth by name alone. The peer in the same run is the
answer a plain SPARQL path query gives (who is above a party), which knows neither shares nor lists.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import TypeVar

from api.service.naming_parties import party_with_owners
from api.service.ownership import ownership_json, ownership_of, ownership_picture
from checks.load import load_ownership
from checks.ownership_reach import load_ownership_around
from checks.screening_load import stored_partners, stored_screening
from kb import ids
from kb.base import KnowledgeBase
from kb.settings import Settings
from ontology import terms as t
from tests.bench.bench_entities import _CORES, _TRADES, lei
from tests.holdings import register, store, watchlist

T = TypeVar("T")
DAY = date(2026, 6, 1)
_ASKED = 40
_GROUP = 40  # parties of one group


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return a result and the seconds of processor time it took."""
    start = time.process_time()
    return work(), time.process_time() - start


def fill(kb: KnowledgeBase, holdings: int, rng: random.Random) -> list[str]:
    """Store a register and a list; return the firms at the lower ends of groups."""
    size = holdings * 6 // 10
    parties: list[tuple[str, str, str | None]] = []
    numbers: dict[str, tuple[tuple[str, str], ...]] = {}
    names = [f"{rng.choice(_CORES)} {rng.choice(_CORES)} {rng.choice(_TRADES)}" for _ in range(size)]
    for number in range(size):
        person = number % 10 == 0
        parties.append((f"k{number}", names[number] if person else f"{names[number]} Ltd", None))
        if number % 100 == 0:
            numbers[f"k{number}"] = (("LEI", lei(number)),)
    rows = []
    for place in range(holdings):
        group = rng.randrange(size // _GROUP) * _GROUP
        owned = group + rng.randrange(1, _GROUP)
        owner = rng.randrange(group, owned)
        if place % 50 == 0:
            owner, owned = owned, owner
        low = rng.choice([0.05, 0.1, 0.25, 0.5, 0.5])
        rows.append((f"k{owner}", f"k{owned}", low, low if rng.random() < 0.8 else min(1.0, low + 0.25)))
    store(kb, "register", register(parties, rows, identifiers=numbers), link=False)
    listed = [(f"e{n}", names[n] if n % 200 else f"{names[n]} Holding", None) for n in range(0, size, 100)]
    store(
        kb,
        "sdn",
        watchlist("OFAC-SDN", listed, identifiers={f"e{n}": (("LEI", lei(n)),) for n in range(0, size, 200)}),
        link=False,
    )
    return [f"register/k{number}" for number in rng.sample(range(size // 2, size), _ASKED)]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--holdings", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="duegraph-bench-") as folder:
        data = Path(folder) / "data"
        with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as kb:
            asked = fill(kb, options.holdings, random.Random(11))
            with kb.snapshot() as snapshot:
                _, made = timed(lambda: (stored_screening(snapshot), stored_partners(snapshot)))
                print(
                    f"{options.holdings} holdings, index of lists and registers made in {made:.2f} s (processor time)"
                )
                reports, times, sizes = [], [], []
                for party in asked:
                    (store, focus), reading = timed(lambda party=party: load_ownership_around(snapshot, party))
                    report, seconds = timed(lambda store=store, focus=focus: ownership_of(store, focus, as_of=DAY))
                    reports.append(report)
                    times.append((reading, reading + seconds))
                    sizes.append(len(report.holdings))
                read, whole = [one[0] for one in times], [one[1] for one in times]
                print(f"one party: median {median(whole) * 1000:.0f} ms, slowest {max(whole) * 1000:.0f} ms", end=" ")
                print(f"(of it reading: median {median(read) * 1000:.0f} ms),", end=" ")
                print(f"{min(sizes)} to {max(sizes)} holdings above a party")
                _, named = timed(lambda: party_with_owners(snapshot, reports[0].focus.name))
                print(f"found by its name: {named * 1000:.0f} ms")
                report = reports[-1]
                _, shown = timed(lambda: (ownership_json(report, snapshot), ownership_picture(report, "en")))
                print(f"as JSON and picture: {shown * 1000:.0f} ms")
                found, load = timed(lambda: load_ownership(snapshot, stored_screening(snapshot)))
                _, first = timed(lambda: found.by_owned)
                print(f"everything, as a check of all partners reads it: {load:.2f} s, ordered {first:.2f} s")
                same = all(
                    ownership_json(one, snapshot)
                    == ownership_json(ownership_of(found, one.focus.id, as_of=DAY), snapshot)
                    for one in reports
                )
                print(f"answers from both readings are the same: {same}")
                pattern = (
                    f"SELECT DISTINCT ?o WHERE {{ <{ids.partner_iri(*asked[0].split('/', 1))}> "
                    f"(^<{t.DUE_owned}>/<{t.DUE_owner}>)+ ?o }}"
                )
                above, peer = timed(lambda: snapshot.query(pattern))
                print(f"peer, SPARQL path over the same graph: {peer * 1000:.0f} ms for {len(above)} owners, no shares")


if __name__ == "__main__":
    main()
