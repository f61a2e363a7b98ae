"""Decisions on list hits over many partners: what one costs beside checking everything again.

Run: ``python -m tests.bench hits [--partners N] [--entries N]``. Figures are processor time, printed, not asserted.

A list, a register and contracts with every fiftieth partner are made here; every twenty-fifth partner bears a listed
name. The peer in the same run is what decisions cost without knowing what they touch: a check of everything.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from api.service import near_hits
from api.service.all_hits import HitFilter, hit_rows
from api.service.checking import recheck_stale, run_check
from api.service.deciding import decide
from api.service.hits import stored_histories
from api.service.ingesting import run_ingest
from api.service.partners import dossier
from ingest.job import IngestOptions
from ingest.readers import of_bytes
from kb.base import KnowledgeBase
from kb.model import Kind
from kb.settings import Settings

T = TypeVar("T")
WORDS = (
    *("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel", "Ivy", "Juniper"),
    *("Kelp", "Larch", "Maple", "Nettle", "Oak", "Poplar", "Quince", "Rowan", "Sorrel", "Teasel"),
)
TRADES = ["Paper", "Foods", "Timber", "Metals", "Glass", "Stone", "Pumps", "Valves", "Cables", "Paints"]
CONTRACT = """SUPPLY AGREEMENT

This Supply Agreement is made on 1 June 2025 between {one} (the "Supplier") and {two} (the "Buyer").

1. Supply. The Supplier delivers goods as ordered.
2. Price. The price is USD 10,000, payable within 30 days.
3. Law. This Agreement is governed by the laws of Ireland.
"""


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return a result and the seconds of processor time it took."""
    start = time.process_time()
    return work(), time.process_time() - start


def made(partners: int, entries: int, rng: random.Random) -> tuple[str, str, list[str]]:
    """Return a list, a register and contracts."""

    def firm(number: int) -> str:
        return f"{rng.choice(WORDS)} {rng.choice(WORDS)} {rng.choice(TRADES)} {number} Ltd"

    listed = [firm(number) for number in range(entries)]
    rows = "".join(f'{10000 + n},"{name.upper()}",-0- ,"TEST",{"-0- ," * 7}-0- \n' for n, name in enumerate(listed))
    own = [listed[n % entries] if n % 25 == 0 else firm(entries + n) for n in range(partners)]
    register = "id,name,type,country\n" + "".join(f"P{n},{name},organization,GB\n" for n, name in enumerate(own))
    contracts = [CONTRACT.format(one=own[n], two=own[(n + 7) % partners]) for n in range(0, partners, 50)]
    return rows, register, contracts


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=5000)
    asked = parser.parse_args()
    rows, register, contracts = made(asked.partners, asked.entries, random.Random(7))
    with (
        tempfile.TemporaryDirectory() as folder,
        KnowledgeBase.open(Path(folder), write=True, settings=Settings(data=Path(folder))) as kb,
    ):
        kinds = ((Kind.WATCHLIST, "sdn.csv", [rows]), (Kind.REGISTER, "partners.csv", [register]))
        for kind, name, texts in (*kinds, (Kind.CONTRACT, "contract.txt", contracts)):
            inputs = [of_bytes(text.encode(), f"{n}-{name}" if n else name) for n, text in enumerate(texts)]
            results = list(run_ingest(kb, inputs, IngestOptions(kind=kind)))
            assert [one.error for one in results if one.error is not None] == []
        _, whole = timed(lambda: run_check(kb))
        sizes = f"{asked.partners} partners, {asked.entries} entries, {len(contracts)} contracts"
        print(f"{sizes}; check of all: {whole:.2f} s")

        def listed() -> list[str]:
            with kb.snapshot() as snapshot:
                return [one.ruling.hit for one in hit_rows(snapshot, stored_histories(kb, snapshot), HitFilter())]

        hits, first = timed(listed)
        _, again = timed(listed)
        near_hits._kept.clear()
        _, opened = timed(listed)
        print(
            f"{len(hits)} open hits listed: first {first:.2f} s, again {again:.3f} s, by another process {opened:.3f} s"
        )
        said = {"verdict": "false-positive", "reason": "Another number.", "actor": "bench"}
        _, one = timed(lambda: decide(kb, hits[0], **said))  # type: ignore[arg-type]
        print(f"a decision with its findings made anew: {one:.2f} s, {one / whole:.0%} of a check of all")
        batch = hits[1:21]
        _, marked = timed(lambda: [decide(kb, hit, **said, check=False) for hit in batch])  # type: ignore[arg-type]
        _, anew = timed(lambda: recheck_stale(kb))
        print(
            f"{len(batch)} decisions that only mark: {marked / len(batch):.2f} s each, then check --stale: {anew:.2f} s"
        )
        with kb.snapshot() as snapshot:
            _, shown = timed(lambda: dossier(snapshot, "P0", {}, stored_histories(kb, snapshot)))
        print(f"one dossier with its hits and decisions: {shown:.2f} s")
        assert set(listed()) == set(hits[21:])


if __name__ == "__main__":
    main()
