"""Reading every file of law: time and memory of one core, and the dates that are and are not believed."""

from __future__ import annotations

import csv
import os
import resource
import time
from collections import Counter
from datetime import date
from typing import Final

from ingest.extract import annotate
from ingest.kinds import guess_kind
from ingest.readers import read_document
from kb.errors import InputError
from kb.law import LawIndex
from kb.law_force import force_on
from kb.model import Kind
from tests.bench.law.sources import LAWS, REGULATIONS, Law
from tests.ingest.citation_gold import stored_version

_FOLDERS: Final = ("zh-laws", "zh-cases", "ie-acts", "us-cfr-cfpb/regulation", "eu-gdpr", "akn-samples")
_DAY: Final = date(2024, 6, 1)
"""Before the Company Law of 2023 and after that of 2018 took effect."""
_SUFFIXES: Final = frozenset({".md", ".xml", ".html", ".ttl"})


def measure_folder() -> None:
    """Print time and memory of reading and extracting every law and case, on one core, kinds guessed."""
    core = min(os.sched_getaffinity(0))
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    paths = [
        path
        for name in _FOLDERS
        for path in sorted((REGULATIONS / name).rglob("*"))
        if path.suffix in _SUFFIXES and path.name != "README.md"
    ]
    kinds: Counter[str] = Counter()
    refused: dict[str, str] = {}
    provisions = norms = 0
    wall, cpu = time.perf_counter(), time.process_time()
    for path in paths:
        try:
            document = read_document(path.read_bytes(), path.name)
            kind = guess_kind(document, path.name)
            found = annotate(document, kind=kind, name=path.name)
        except InputError as error:
            refused[str(path.relative_to(REGULATIONS))] = f"{error.code}: {error.detail[:90]}"
            continue
        kinds[kind.value] += 1
        if found.law is not None and kind is Kind.REGULATION:
            provisions += len(found.law.provisions)
            norms += len(found.law.norms)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    os.sched_setaffinity(0, everywhere)
    print(
        f"reading: {len(paths)} files of law and cases in {time.perf_counter() - wall:.0f} s "
        f"({time.process_time() - cpu:.0f} s of one core; budget 180), peak {peak:.0f} MiB (budget 1536): "
        f"{dict(kinds)}, {provisions} provisions, {norms} norms"
    )
    for name, reason in refused.items():
        print(f"  refused {name}: {reason}")


def measure_dates(laws: dict[str, Law]) -> None:
    """Print how often a commencement is stated, and how often an original one could have fooled the reader."""
    whole = sum(
        numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        for law in laws.values()
        if (numbers := [int(number) for number, _ in law.articles if number.isdigit()])
    )
    dated = [law for law in laws.values() if law.act.in_force.value is not None]
    evident = sum(law.act.in_force.evidence is not None for law in dated)
    early = [
        law.name for law in dated if law.act.date is not None and (law.act.in_force.value or date.max) < law.act.date
    ]
    print(
        f"dates: {len(laws)} Chinese laws, {whole} without a gap in their articles; {len(dated)} with a commencement, "
        f"{evident} of them with the words it was read from, {len(laws) - len(dated)} unknown"
    )
    traps = fooled = 0
    with (LAWS / "manifest.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            law = laws.get(row["path"].rpartition("/")[2].removesuffix(".md"))
            if law is None or not row["effective_date_regex"] or not row["version_date"]:
                continue
            stated = date.fromisoformat(row["effective_date_regex"])
            if stated < date.fromisoformat(row["version_date"]):
                traps += 1
                fooled += law.act.in_force.value == stated
    print(
        f"dates: {traps} texts state only an original commencement older than themselves; {fooled} of them fooled the "
        f"reader (a pattern for the last article: {traps}); commencements before the version's own date: {len(early)}"
    )
    index = LawIndex.build(stored_version(law.act, law.name) for law in laws.values())
    states = Counter(
        force_on(index, version, _DAY).state.value for act in index.acts for version in index.versions(act)
    )
    print(f"dates: state of force on {_DAY} over {sum(states.values())} versions: {dict(states)}")
