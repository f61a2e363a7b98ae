"""The main job on real contracts: files → stored, checked, found; with where the time goes.

    python -m tests.bench.bench_ingest [--texts N] [--pdf DIR]

Uses CUAD's training texts written out as .txt (and its PDFs with ``--pdf``) when ../shared/data is there, else the
bundled sample. Prints contracts per second, memory, store size and flags per rule; "extraction alone" is the same texts
through the pipeline without reading, mapping and storing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from api.service.checking import run_check
from api.service.ingesting import run_ingest
from checks.finding import Outcome
from ingest.extract import annotate
from ingest.job import IngestOptions
from ingest.readers import discover, read_document
from kb.base import KnowledgeBase
from kb.model import Kind

ROOT = Path(__file__).resolve().parents[2]
CUAD = ROOT.parent / "shared" / "data" / "contracts" / "cuad" / "train.json.gz"


def texts(most: int) -> list[tuple[str, str]]:
    """Return titles and texts of contracts: every n-th of CUAD's up to ``most``, or the samples'."""
    if not CUAD.is_file():
        folder = ROOT / "ingest" / "samples" / "corpus" / "contracts"
        return [
            (p.stem, p.read_text(encoding="utf-8")) for p in sorted(folder.iterdir()) if p.suffix in {".txt", ".md"}
        ]
    with gzip.open(CUAD) as file:
        data = sorted((d["title"], d["paragraphs"][0]["context"]) for d in json.load(file)["data"])
    return data[:: max(1, len(data) // most)][:most]


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=60, help="contracts to ingest")
    parser.add_argument("--pdf", type=Path, help="a folder of PDF contracts to ingest as well")
    arguments = parser.parse_args()
    contracts = texts(arguments.texts)
    characters = sum(len(text) for _, text in contracts)
    documents = [read_document(text.encode(), "contract.txt", kind=Kind.CONTRACT) for _, text in contracts]
    annotate(documents[0], name="warm.txt", kind=Kind.CONTRACT)
    started = time.process_time()
    for document in documents:
        annotate(document, name="contract.txt", kind=Kind.CONTRACT)
    extraction = time.process_time() - started
    say(f"{len(contracts)} contracts, {characters / 1e6:.1f} M characters")
    say(f"extraction alone: {len(contracts) / extraction:.1f} contracts/s/core")
    with tempfile.TemporaryDirectory(prefix="duegraph-bench-") as folder:
        source, data = Path(folder) / "contracts", Path(folder) / "data"
        source.mkdir()
        for number, (_, text) in enumerate(contracts):
            (source / f"{number:04}.txt").write_text(text, encoding="utf-8")
        _run(data, source, extraction / len(contracts))
        if arguments.pdf is not None:
            _run(Path(folder) / "pdf", arguments.pdf, None)


def _run(data: Path, source: Path, extraction: float | None) -> None:
    before = time.process_time()
    started = time.monotonic()
    with KnowledgeBase.open(data, write=True) as kb:
        results = list(run_ingest(kb, discover([str(source)]), IngestOptions(kind=Kind.CONTRACT)))
        wall, cpu = time.monotonic() - started, time.process_time() - before
        statuses = Counter(r.status for r in results)
        size = sum(p.stat().st_size for p in data.rglob("*") if p.is_file() and "views" not in p.parts)
        stored = len(results) - statuses["rejected"]
        say(f"ingest: {statuses}, {stored / cpu:.1f} contracts/s/core, {stored / wall:.1f}/s wall")
        if extraction is not None:
            say(f"  of the time, extraction is {extraction * stored / cpu:.0%}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(f"  store {size / 1e6:.0f} MB, peak memory {peak:.0f} MB")
        before = time.process_time()
        findings = run_check(kb)
        cpu = time.process_time() - before
        clauses = sum(record.counts.get("clauses", 0) for record in kb.documents_now())
        say(f"check: {clauses} clauses in {cpu:.1f} s ({20_000 * cpu / max(1, clauses):.1f} s per 20,000)")
        for rule, count in Counter(f.rule for f in findings if f.outcome is Outcome.FLAG).most_common():
            say(f"  {count:>5} flags {rule}")
        with kb.snapshot() as snapshot:
            times = []
            for query in (
                "limitation of liability",
                "governing law",
                "terminate convenience",
                '"intellectual property"',
            ):
                before = time.perf_counter()
                snapshot.index.search(query, type="clause", limit=10)
                times.append(time.perf_counter() - before)
        say(f"search: {max(times) * 1000:.0f} ms at most of {len(times)} queries")


if __name__ == "__main__":
    main()
