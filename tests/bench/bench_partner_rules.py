"""Partner rules, statements and credit over many partners: how many are judged in a second, and of what.

Run: ``python -m tests.bench partner_rules [--partners N]``. Figures are printed, not asserted.

A register with every column rules read and a table of financial statements for all of its partners are made here. The
peers in the same run are the csv module reading the same rows, and one raw SPARQL query for one column of one rule.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from api.service.ingesting import run_ingest
from api.service.linking import renew_links
from checks.engine import check
from checks.load import Scope, load_context
from checks.rule import load_rules
from ingest.job import IngestOptions
from ingest.readers import of_bytes, read_document
from ingest.statements import read_statements
from kb.base import KnowledgeBase
from kb.model import Kind
from kb.settings import Settings
from ontology import terms as t
from tests.bench.bench_entities import lei

T = TypeVar("T")
DAY = date(2026, 6, 1)
YEARS = (2025, 2024, 2023)
HEADER = [
    "id", "name", "type", "country", "lei", "status", "founded", "registered capital", "insured staff",
    "licence expiry", "失信被执行人", "行政处罚", "pep", "annual spend", "平均逾期天数",
]  # fmt: skip
ITEMS = [
    "current assets", "inventories", "total assets", "current liabilities", "total liabilities", "retained earnings",
    "revenue", "profit before tax", "interest expense", "net profit",
]  # fmt: skip


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return a result and the seconds of processor time it took."""
    start = time.process_time()
    return work(), time.process_time() - start


def tables(partners: int, rng: random.Random) -> tuple[bytes, bytes]:
    """Return a register and a table of statements of as many partners."""
    register, figures = io.StringIO(), io.StringIO()
    rows, stated = csv.writer(register), csv.writer(figures)
    rows.writerow(HEADER)
    stated.writerow(["name", "lei", "year", "currency", *(f"{item} (thousands)" for item in ITEMS)])
    for number in range(partners):
        name, code = f"Firm {number:05d} Trading Ltd", lei(number)
        rows.writerow([
            f"P{number}", name, "company", rng.choice(["GB", "DE", "CN", "VN", "MM"]), code,
            rng.choice(["active", "active", "active", "dissolved", "存续"]), f"20{rng.randrange(10, 26)}-03-01",
            f"GBP {rng.choice([1, 100, 5000])}000", rng.randrange(80), f"202{rng.randrange(5, 9)}-06-30",
            rng.choice(["否", "否", "是", ""]), rng.choice(["0", "1", ""]), rng.choice(["no", "yes", ""]),
            f"GBP {rng.randrange(1, 900)}000", rng.randrange(90),
        ])  # fmt: skip
        for year in YEARS:
            stated.writerow([name, code, year, "GBP", *(rng.randrange(20, 5000) for _ in ITEMS)])
    return register.getvalue().encode(), figures.getvalue().encode()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=1000)
    partners = parser.parse_args().partners
    register, figures = tables(partners, random.Random(7))
    document = read_document(figures, "figures.csv", kind=Kind.REGISTER)
    found, seconds = timed(lambda: read_statements(document, source_name="figures.csv"))
    _, raw = timed(lambda: list(csv.reader(io.StringIO(document.text))))
    count = sum(len(one.figures) for one in found)
    print(f"statements of {len(found)} companies, {count} figures with cells: {seconds:.2f} s, csv module {raw:.2f} s")
    with (
        tempfile.TemporaryDirectory() as folder,
        KnowledgeBase.open(Path(folder), write=True, settings=Settings(data=Path(folder))) as kb,
    ):
        inputs = [of_bytes(register, "partners.csv"), of_bytes(figures, "figures.csv")]
        results, stored = timed(lambda: list(run_ingest(kb, inputs, IngestOptions(kind=Kind.REGISTER), link=False)))
        assert [one.error for one in results] == [None, None], results
        _, linked = timed(lambda: renew_links(kb))
        print(f"stored {stored:.1f} s, tied to their partners {linked:.1f} s")
        rules = [rule for rule in load_rules() if rule.subject == "partner"]
        with kb.snapshot() as snapshot:
            context, loaded = timed(lambda: load_context(snapshot, DAY, Scope(contracts=(), law=False)))
            answers, judged = timed(lambda: check(rules, context))
            (one_column, plain) = timed(
                lambda: snapshot.query(f'SELECT ?p WHERE {{ ?p <{t.DUE_partnerStatus}> "dissolved" }}')
            )
        outcomes = Counter(finding.outcome.value for finding in answers)
        speed = f"{judged:.1f} s ({partners / judged:.0f} partners/s), facts read {loaded:.1f} s"
        print(f"{len(rules)} partner rules over {partners} partners: {speed}; {dict(outcomes)}")
        print(f"one raw SPARQL query for one status: {plain * 1000:.0f} ms, {len(one_column)} partners")
        credit = [rule for rule in rules if rule.id == "party/credit-high"]
        assert context.credit is not None
        levels = Counter(f.outcome.value for f in answers if f.rule == credit[0].id)
        print(f"credit scorecards by outcome: {dict(levels)}")


if __name__ == "__main__":
    main()
