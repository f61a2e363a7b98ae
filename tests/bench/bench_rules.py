"""Rules over contracts: clauses a second and how it grows, beside plain regular expressions over the same clauses.

Run: ``python -m tests.bench.bench_rules [CONTRACTS]`` from the root. Needs ../shared/data; figures are printed, not
asserted. The contracts are read with the whole pipeline first, which takes longer than the rules.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from checks.context import CheckContext
from checks.engine import check
from checks.finding import Outcome
from checks.rule import Rule, load_rules
from ingest.extract import annotate
from ingest.readers import read_document
from kb.contract import ContractFacts
from kb.model import Kind
from tests.checks.hostile import patterns_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "contracts" / "cuad" / "train.json.gz"
FAMILIES = {"clause", "document", "missing"}
DAY = date(2026, 1, 1)


def contracts(limit: int) -> list[ContractFacts]:
    """Return CUAD training contracts, read by the pipeline."""
    found = []
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        entries = json.load(file)["data"]
    for entry in entries[:limit]:
        name = f"{entry['title']}.txt"
        document = read_document(entry["paragraphs"][0]["context"].encode(), name, kind=Kind.CONTRACT)
        if document.language == "en":
            facts = annotate(document, name=name, kind=Kind.CONTRACT)
            found.append(ContractFacts.from_annotations(entry["title"], name, document, facts))
    return found


def plain(rules: Sequence[Rule], facts: Sequence[ContractFacts]) -> int:
    """Search every clause with every English pattern of the rules, the way a list of regular expressions would."""
    patterns = [pattern for rule in rules for _, language, pattern in patterns_of(rule) if language == "en"]
    hits = 0
    for contract in facts:
        for clause in contract.leaves:
            hits += sum(1 for p in patterns if p.search(contract.text, clause.start, clause.end) is not None)
    return hits


def main(limit: int) -> None:
    """Print the figures."""
    facts = contracts(limit)
    rules = [rule for rule in load_rules() if rule.family in FAMILIES]
    total = sum(len(contract.clauses) for contract in facts)
    characters = sum(len(contract.text) for contract in facts)
    print(f"{len(facts)} contracts, {total} clauses, {characters / 1e6:.1f} Mchar, {len(rules)} rules")
    for share in (0.25, 0.5, 1.0):
        part = facts[: int(len(facts) * share)]
        clauses = sum(len(contract.clauses) for contract in part)
        start = time.process_time()
        findings = check(rules, CheckContext(as_of=DAY, contracts=tuple(part)))
        seconds = time.process_time() - start
        print(f"rules: {clauses:6} clauses in {seconds:6.2f} CPU-s = {clauses / seconds:7.0f} clauses/s")
    start = time.process_time()
    hits = plain(rules, facts)
    seconds = time.process_time() - start
    print(f"plain: {total:6} clauses in {seconds:6.2f} CPU-s = {total / seconds:7.0f} clauses/s ({hits} pattern hits)")
    flags = Counter(finding.rule for finding in findings if finding.outcome is Outcome.FLAG)
    skipped = Counter(finding.rule for finding in findings if finding.outcome is Outcome.NOT_EVALUATED)
    for rule in rules:
        print(f"{rule.id:44} {flags[rule.id]:5} flags {skipped[rule.id]:5} not evaluated")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 160)
