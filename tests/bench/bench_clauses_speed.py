"""Contracts per second and core of the contract pipeline on all of CUAD's training texts, by component.

Measured as the ``clauses`` command runs ``Pipeline.annotate``: without spaCy tokens and without norms, which ``ingest``
adds (``--norms``). Run: ``python -m tests.bench.bench_clauses_speed [--norms] [--without-types]``. CPU time of one
process, warm.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import resource
import time
from collections import Counter
from importlib import resources
from pathlib import Path

from ingest import components
from ingest.pipeline import Pipeline, load_folder
from kb.model import Document
from tests.bench.bench_values import DATA


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--without-types", action="store_true")
    parser.add_argument("--norms", action="store_true")
    arguments = parser.parse_args()
    exclude = (
        *((components.CLAUSE_TYPES,) if arguments.without_types else ()),
        *(() if arguments.norms else (components.NORMS,)),
    )
    nlp = load_folder(Path(str(resources.files("ingest"))) / "models" / "en_contract", exclude=exclude)
    pipeline = Pipeline(nlp)
    with gzip.open(DATA / "train.json.gz") as file:
        contracts = sorted(json.load(file)["data"], key=lambda contract: contract["title"])
    documents = [Document(each["paragraphs"][0]["context"], (), "text/plain", "en") for each in contracts]
    spent: Counter[str] = Counter()
    clauses = 0
    for warm in (True, False):
        for document in documents[:5] if warm else documents:
            begin = time.process_time()
            doc = pipeline.prepare(document, records_only=True)
            laps = [("start", begin)]
            for name, component in nlp.pipeline:
                laps.append((name, time.process_time()))
                doc = component(doc)
            laps.append(("", time.process_time()))
            if not warm:
                clauses += len(doc._.clauses)
                for (name, start), (_, end) in itertools.pairwise(laps):
                    spent[name] += int((end - start) * 1e9)
    total = sum(spent.values()) / 1e9
    characters = sum(len(document.text) for document in documents)
    for name, nanoseconds in spent.items():
        print(f"{name:24} {nanoseconds / 1e6 / len(documents):7.2f} ms a contract")
    print(f"{len(documents)} contracts, mean {characters / len(documents):.0f} characters, {clauses} clauses")
    print(f"{len(documents) / total:.1f} contracts/s/core, {characters / total / 1e6:.2f} M characters/s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
