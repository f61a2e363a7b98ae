"""Loading lists and registers of 100,000 rows: reading, facts, storing, and what changed between two versions.

    python -m tests.bench.bench_lists [--rows N] [--case NAME ...] [--read] [--real]

Rows are made up. "parse" is Python's csv module (for JSON its json module) on the same text, the floor under any reader
of it; "read" is our reader in this process, with places, checks and names; "facts" maps them to triples; "store" is the
whole ingest job with its reading process, commit and search rows, links left out; "replace" loads the same file with
100 more rows, which removes as many facts as it adds. Each case runs in a process of its
own; its peak memory is of that process, without the reading process. ``--real`` loads ../shared/data/partners too.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from api.service.ingesting import run_ingest
from ingest.extract import annotate
from ingest.job import IngestOptions, ingest
from ingest.map import Origin, packed_facts_of
from ingest.readers import Input, Limits, discover, of_bytes, read_document
from kb.base import KnowledgeBase
from kb.facts import read_lists, read_partners
from kb.list_delta import list_delta
from kb.model import Kind

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "partners"
LIMITS = Limits(input_bytes=256 << 20, text_chars=256_000_000, memory_bytes=4 << 30, cpu_seconds=600, wall_seconds=600)
Made = TypeVar("Made")
STEM = "Grey Heron Trading"
CONTRACT = """SUPPLY AGREEMENT

This Supply Agreement is made on {number} March 2025 between Grey Heron Trading Ltd ("Supplier") and Red Kite Retail \
GmbH ("Buyer").

1. Payment. Buyer shall pay within 45 days of invoice.

2. Governing law. This Agreement is governed by the laws of England.
"""


def ofac(rows: int) -> str:
    """Return rows as OFAC's primary file has them."""
    return "".join(
        f'{n},"HERON {n}, Anselm","individual","X-TRADE","Director",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
        f"\"DOB {n % 28 + 1:02} May 19{n % 90 + 10}; nationality Iran; Passport V{n:07} (Iran); a.k.a. 'VEE {n}'.\"\n"
        for n in range(1, rows + 1)
    )


def table(rows: int) -> str:
    """Return suppliers as a purchasing system exports them."""
    return "编号,企业名称,国家,注册号,经营状态,注册地址\n" + "".join(
        f"{n},远山{n}贸易有限公司,中国,{n:08},存续,海湾市码头路{n}号\n" for n in range(rows)
    )


def ftm(rows: int) -> str:
    """Return parties and who owns whom as FollowTheMoney lines; every other line is an edge."""
    half = rows // 2
    parties = (
        {"id": f"c{n}", "schema": "Company", "target": True,
         "properties": {"name": [f"{STEM} {n}"], "alias": [f"Heron {n}"], "country": ["mt"], "topics": ["sanction"]}}
        for n in range(half)
    )  # fmt: skip
    edges = (
        {"id": f"o{n}", "schema": "Ownership",
         "properties": {"owner": [f"c{n}"], "asset": [f"c{(n + 1) % half}"], "percentage": ["51"]}}
        for n in range(half)
    )  # fmt: skip
    return "".join(json.dumps(one) + "\n" for some in (parties, edges) for one in some)


def holdings(rows: int) -> str:
    """Return who owns whom as a table."""
    return "owner,owned,percent,from\n" + "".join(f"P{n},C{n // 3},{n % 49 + 1},2019-01-01\n" for n in range(rows))


def xlsx(rows: int) -> bytes:
    """Return suppliers as a workbook."""
    from tests.ingest.readers.xlsx_files import DATE, workbook

    body = [[n, f"{STEM} {n} Ltd", "Malta", f"R{n:07}", (42000 + n % 900, DATE), f"{n} Quay"] for n in range(rows)]
    return workbook({"Suppliers": [["id", "name", "country", "registration number", "founded", "address"], *body]})


CASES: dict[str, tuple[str, Kind, Callable[[int], str | bytes]]] = {
    "ofac": ("sdn.csv", Kind.WATCHLIST, ofac),
    "table": ("suppliers.csv", Kind.REGISTER, table),
    "xlsx": ("suppliers.xlsx", Kind.REGISTER, xlsx),
    "ftm": ("entities.json", Kind.WATCHLIST, ftm),
    "holdings": ("holdings.csv", Kind.REGISTER, holdings),
}


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def folder_of_data() -> Iterator[KnowledgeBase]:
    """Yield an empty knowledge base that is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="duegraph-bench-") as folder,
        KnowledgeBase.open(Path(folder), write=True) as kb,
    ):
        yield kb


def timed(work: Callable[[], Made]) -> tuple[float, Made]:
    """Return the processor time of some work, and its result."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def peak() -> float:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def parse(text: str, name: str) -> int:
    """Read a text with the standard library alone."""
    if name.endswith(".json"):
        return sum(1 for line in text.splitlines() if json.loads(line))
    return sum(1 for _ in csv.reader(io.StringIO(text)))


def run(case: str, rows: int, *, stored: bool) -> None:
    """Measure one case, with storing when ``stored``."""
    name, kind, make = CASES[case]
    data = encoded(make(rows))
    say(f"{case}: {rows:,} rows, {len(data) / 1e6:.1f} MB as {name}")
    read_alone(data, rows, name, kind)
    if not stored:
        return
    with folder_of_data() as kb:
        store(kb, [of_bytes(data, name)], rows, kind)
        store(kb, [of_bytes(encoded(make(rows + 100)), name)], rows + 100, kind, "replace")
        read_back(kb, kind)
        contracts(kb)
        seconds, delta = timed(lambda: list_delta(kb, "OFAC-SDN" if case == "ofac" else Path(name).stem))
        say(f"  delta of two versions {seconds:.1f} s ({len(delta.changes):,} changes); peak {peak():,.0f} MB")


def encoded(made: str | bytes) -> bytes:
    """Return the bytes of a file."""
    return made.encode() if isinstance(made, str) else made


def read_alone(data: bytes, rows: int, name: str, kind: Kind) -> None:
    """Read and map a file in this process, beside the floor under any reader."""
    decode, document = timed(lambda: read_document(data, name, LIMITS, kind=kind))
    floor, _ = timed(lambda: parse(document.text, name))
    read, found = timed(lambda: annotate(document, name=name, kind=kind))
    origin = Origin(name, "0" * 64, "bench", datetime.now(UTC))
    mapped, facts = timed(lambda: packed_facts_of("doc-bench", document, found, origin))
    say(
        f"  parse {rows / floor:,.0f} rows/s; decode {rows / decode:,.0f}; read {rows / read:,.0f} "
        f"({read / floor:.0f} x parse); facts {rows / mapped:,.0f} ({facts.lines:,} triples); "
        f"peak {peak():,.0f} MB"
    )


def read_back(kb: KnowledgeBase, kind: Kind) -> None:
    """Read the stored rows back, as screening and linking do."""
    with kb.snapshot() as snapshot:
        if kind is Kind.REGISTER:
            seconds, partners = timed(lambda: read_partners(snapshot.query))
            count = len(partners)
        else:
            seconds, lists = timed(lambda: read_lists(snapshot.query))
            count = sum(len(one.entries) for one in lists)
    say(f"  read back {count:,} entries in {seconds:.1f} s; peak {peak():,.0f} MB")


def contracts(kb: KnowledgeBase) -> None:
    """Ingest small contracts beside the rows, with what follows from them: links and whatever else is renewed."""
    for number, what in enumerate(("first (everything is loaded and renewed)", "second")):
        text = CONTRACT.format(number=number + 1).encode()
        inputs = [of_bytes(text, f"contract{number}.txt")]
        options = IngestOptions(kind=Kind.CONTRACT)
        started = time.process_time()
        done = list(run_ingest(kb, inputs, options))
        seconds = time.process_time() - started
        say(f"  one small contract, the {what}: {seconds:.2f} s of this process ({done[0].status})")


def store(kb: KnowledgeBase, inputs: list[Input], rows: int, kind: Kind | None, what: str = "store") -> None:
    """Load inputs through the job and say how fast."""
    started, wall = time.process_time(), time.monotonic()
    results = list(ingest(kb, inputs, IngestOptions(kind=kind, limits=LIMITS), "bench"))
    cpu, wall = time.process_time() - started, time.monotonic() - wall
    refused = [one.error for one in results if one.error is not None]
    say(
        f"  {what} {rows / wall:,.0f} rows/s wall ({wall:.1f} s), {rows / cpu:,.0f} rows/s of this process "
        f"({cpu:.1f} s); {sum(one.facts for one in results):,} facts; peak {peak():,.0f} MB; {len(refused)} refused"
    )


def real() -> None:
    """Load the real lists, where they are."""
    if not SHARED.is_dir():
        say("real: ../shared/data/partners is absent")
        return
    with folder_of_data() as kb:
        inputs = list(discover([str(SHARED / "ofac"), str(SHARED / "un")]))
        say(f"real: {len(inputs)} files of OFAC and UN")
        store(kb, inputs, 8_976 + 11_443 + 442 + 1_003, None)


def main() -> None:
    """Run the benchmark, each case in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--case", action="append", choices=sorted(CASES))
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--read", action="store_true", help="reading and facts only")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        for case in arguments.case or ():
            run(case, arguments.rows, stored=not arguments.read)
        return
    for case in arguments.case or CASES:
        again = [
            sys.executable,
            "-m",
            "tests.bench.bench_lists",
            "--here",
            "--case",
            case,
            "--rows",
            str(arguments.rows),
        ]
        subprocess.run([*again, *(["--read"] if arguments.read else [])], check=True)
    if arguments.real:
        real()


if __name__ == "__main__":
    main()
