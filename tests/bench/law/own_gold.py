"""The gold of our own: citations, what they have become, and norms of law."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable

from ingest.citations import find_citations
from tests.bench.law.sources import DATA, Law, timed
from tests.ingest.citation_gold import Case, Score, add, cases, is_right_status, judge, read_case
from tests.ingest.obligation_gold import LANGUAGES, score


def measure_citations() -> None:
    """Print the scores per language and per kind of case, held-out cases apart."""
    found = [(case, *read_case(case)) for case in cases(status=False)]
    for part, name in (("zh", "Chinese"), ("europe", "EU, UK, IE and US")):
        own = [each for each in found if each[0].part == part]
        parts = {
            "all": own,
            "open": [each for each in own if not each[0].held_out],
            "held out": [each for each in own if each[0].held_out],
        }
        for label, chosen in parts.items():
            counted = _score(chosen)
            print(
                f"citations of our own, {name}, {label}: {counted.cases} cases, precision {counted.precision:.3f}, "
                f"recall {counted.recall:.3f}, exact words {counted.exact}/{counted.hit}, "
                f"whole cases right {counted.right_cases}/{counted.cases}"
            )
        groups: dict[str, list[tuple[Case, list, str | None]]] = defaultdict(list)  # type: ignore[type-arg]
        for each in own:
            groups[each[0].group].append(each)
        for group, chosen in sorted(groups.items()):
            counted = _score(chosen)
            print(
                f"  {group}: {counted.right_cases}/{counted.cases} cases right, precision {counted.precision:.2f}, "
                f"recall {counted.recall:.2f}"
            )
    judged = [(expected, resolved) for case in cases(status=True) for expected, resolved in judge(case)]
    right = sum(is_right_status(expected, resolved) for expected, resolved in judged)
    print(f"what a citation has become: {right}/{len(judged)} statuses right")


def _score(chosen: Iterable[tuple[Case, list, str | None]]) -> Score:  # type: ignore[type-arg]
    counted = Score()
    for case, citations, own in chosen:
        add(counted, case, citations, own)
    return counted


def measure_norms() -> None:
    """Print precision and recall of norms and their parts."""
    for language in LANGUAGES:
        number, parts, _ = score(language)
        listed = ", ".join(f"{name} P {counts.precision:.3f} R {counts.recall:.3f}" for name, counts in parts.items())
        print(f"norms, {language}, {number} cases: {listed}")


def measure_speed(laws: dict[str, Law]) -> None:
    """Print the speed of the citation grammar on contracts and on law."""
    source = DATA / "contracts" / "cuad" / "train.json.gz"
    if source.is_file():
        with gzip.open(source, "rt", encoding="utf-8") as stream:
            contracts = [each["context"] for entry in json.load(stream)["data"] for each in entry["paragraphs"]]
        found, seconds = timed(lambda: sum(len(find_citations(text, "en")) for text in contracts))
        size = sum(map(len, contracts))
        print(f"citations: {found} in {len(contracts)} English contracts, {size / seconds / 1e6:.1f} Mchar/s")
    found, seconds = timed(lambda: sum(len(find_citations(law.text, "zh")) for law in laws.values()))
    size = sum(len(law.text) for law in laws.values())
    print(f"citations: {found} in {len(laws)} Chinese acts, {size / seconds / 1e6:.1f} Mchar/s")
