"""Law: speed of reading and citing, alignment against the silver set and Regulation E, by-number diff beside it.

Run: ``python -m tests.bench.bench_law`` from the root. Needs ../shared/data; figures are printed, not asserted.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import json
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from checks.impact import diff
from ingest.citations import find_citations
from ingest.law import read_act
from ingest.law.references import defined_acts, read_references
from ingest.readers import read_document
from ingest.readers.law.regml import canonical_number
from kb.errors import InputError
from kb.law_numbers import chinese_number
from kb.law_text import base_provisions, own_provisions
from kb.model import ActVersion, Document

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LAWS = DATA / "regulations" / "zh-laws"
CFPB = DATA / "regulations" / "us-cfr-cfpb"

Provisions = list[tuple[str, str]]
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return a result and the seconds it took."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def read_laws() -> dict[str, tuple[str, Provisions]]:
    """Read every Chinese act and print success and continuity."""
    paths = sorted(LAWS.rglob("*.md"))
    texts = {path.stem: path.read_text("utf-8") for path in paths}
    acts = {}
    start = time.perf_counter()
    for name, text in texts.items():
        acts[name] = read_act(Document(text, (), "text/markdown", "zh"), source_name=f"{name}.md")
    seconds = time.perf_counter() - start
    whole = stated = 0
    for act in acts.values():
        numbers = [int(each.number) for each in act.provisions if each.level == "article" and each.number.isdigit()]
        whole += numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        stated += act.in_force.value is not None
    characters = sum(map(len, texts.values()))
    print(f"read: {len(acts)} of {len(paths)} acts, {whole} without a gap, {stated} state a usable commencement")
    print(f"read: {characters / 1e6:.2f} Mchar in {seconds:.2f} s ({characters / seconds / 1e6:.1f} Mchar/s)")
    return {name: (texts[name], base_provisions(act, texts[name])) for name, act in acts.items()}


def canonical(number: str) -> str | None:
    """Return the canonical form of an article number in the silver file."""
    base, _, sub = number.partition("之")
    value = chinese_number(base) if base else None
    if value is None:
        return None
    return f"{value}-{chinese_number(sub)}" if sub else str(value)


def by_number(old: Provisions, new: Provisions) -> list[tuple[str, float]]:
    """Return the baseline: articles with the same number compared with difflib."""
    newer = dict(new)
    return [
        (number, difflib.SequenceMatcher(None, text, newer[number], autojunk=False).ratio())
        for number, text in old
        if number in newer and newer[number] != text
    ]


def measure_silver(laws: dict[str, tuple[str, Provisions]]) -> None:
    """Print agreement with the silver alignment and the time against the by-number baseline."""
    rows: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with (LAWS / "alignment_silver.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            rows[f"{row['law']}({row['from_version']})", f"{row['law']}({row['to_version']})"].append(row)
    total = agreed = strong = strong_agreed = modified = 0
    ours = baseline = 0.0
    slowest = (0.0, "", 0)
    for (older, newer), group in rows.items():
        old, new = laws[older][1], laws[newer][1]
        changes, seconds = timed(lambda old=old, new=new: diff(old, new))  # type: ignore[misc]
        ours += seconds
        slowest = max(slowest, (seconds, newer, len(new)))
        flagged, seconds = timed(lambda old=old, new=new: by_number(old, new))  # type: ignore[misc]
        baseline += seconds
        modified += len(flagged)
        links: dict[str, set[str | None]] = defaultdict(set)
        for change in changes:
            if change.before is not None:
                links[change.before].add(change.after)
        reached = {after for afters in links.values() for after in afters}
        for row in group:
            before, after = canonical(row["old_article"]), canonical(row["new_article"])
            if before is None:
                good = after not in reached
            elif after is None:
                good = links.get(before, {before}) == {None}
            else:
                good = after in links.get(before, {before})
            total, agreed = total + 1, agreed + good
            if float(row["similarity"] or 0) >= 0.8:
                strong, strong_agreed = strong + 1, strong_agreed + good
    print(
        f"silver: {agreed}/{total} rows agree ({agreed / total:.1%}); "
        f"similarity >= 0.8: {strong_agreed}/{strong} ({strong_agreed / strong:.2%})"
    )
    print(
        f"diff: {ours:.1f} s for {len(rows)} pairs, slowest {slowest[1]} with {slowest[2]} articles {slowest[0]:.2f} s"
    )
    print(f"difflib by number, same run: {baseline:.1f} s, flags {modified} articles as modified")


def read_regml(name: str) -> tuple[ActVersion, list[tuple[str, str]]]:
    """Read one version of Regulation E as every input is read; return the act and its units' own words."""
    path = CFPB / "regulation" / "1005" / f"{name}.xml"
    document = read_document(path.read_bytes(), path.name)
    act = read_act(document, source_name=path.name)
    return act, own_provisions(act, document.text)


def measure_regulation_e() -> None:
    """Print precision and recall of changed units against the gold diffs of Regulation E, through the real reader."""
    for gold_file in sorted((CFPB / "gold-diff-json" / "1005").glob("*.json")):
        older, newer = gold_file.stem.split("__")
        if not all((CFPB / "regulation" / "1005" / f"{name}.xml").is_file() for name in (older, newer)):
            continue
        gold = {
            canonical_number(label)
            for label, entry in json.loads(gold_file.read_text("utf-8")).items()
            if "op" in entry
        }
        (_, old), (_, new) = read_regml(older), read_regml(newer)
        changes, seconds = timed(lambda old=old, new=new: diff(old, new))  # type: ignore[misc]
        found = {number for change in changes for number in (change.before, change.after) if number is not None}
        known = {number for number, _ in (*old, *new)}
        hit = len(found & gold)
        print(
            f"Regulation E {gold_file.stem}: {len(old)} to {len(new)} units, {len(changes)} changes, "
            f"precision {hit / max(len(found), 1):.3f}, recall {hit / len(gold):.3f} of {len(gold)} "
            f"({len(gold - known)} of them stand in neither text), {seconds:.2f} s; wrong {sorted(found - gold)[:5]}, "
            f"missed {sorted(gold - found)[:5]}"
        )


def gold_target(kind: str, citation: list[str]) -> tuple[str, str | None]:
    """Return act and provision of an entry of the external layer."""
    volume, *rest = citation
    if kind == "USC":
        return f"us/usc/{volume}", rest[0]
    if kind == "CFR":
        return f"us/cfr/{volume}/{rest[0]}", ".".join(rest) if len(rest) > 1 else None
    return (f"us/pl/{volume}-{rest[0]}" if kind == "PUBLIC_LAW" else f"us/stat/{volume}/{rest[-1]}"), None


def measure_layers() -> None:
    """Print recall of the gold citation layers of Regulation E, per unit and target, on the text as it is read."""
    layers = CFPB / "gold-layers-json" / "1005"
    path = CFPB / "regulation" / "1005" / "2013-10604.xml"
    if not path.is_file():
        return
    document = read_document(path.read_bytes(), path.name)
    act = read_act(document, source_name=path.name)
    references, seconds = timed(lambda: read_references(document.text, act, language="en"))
    units = sorted(act.provisions, key=lambda each: (each.start, -each.end))
    found: dict[str, set[tuple[str | None, str | None]]] = defaultdict(set)
    for each in references:
        inside = [unit for unit in units if unit.start <= each.start < unit.end]
        if inside:
            found[max(inside, key=lambda unit: unit.start).number].add((each.act, each.provision))
    own = set(defined_acts(document.text, act).values())
    hit = total = 0
    for label, entries in json.loads((layers / "external-citations.json").read_text("utf-8")).items():
        cited = found[canonical_number(label)]
        for entry in entries:
            name, number = gold_target(entry["citation_type"], entry["citation"])
            plain = {(one, (cite or "").partition("(")[0]) for one, cite in cited}
            # the gold tags "the Act" with the section of the code where that act begins
            by_name = entry["citation"] == ["12", "1693"] and any(one in own for one, _ in cited)
            total, hit = total + 1, hit + ((name, number or "") in plain or by_name)
    print(
        f"Regulation E layers: external recall {hit / total:.3f} of {total}; "
        f"{len(references)} references, {seconds:.2f} s"
    )
    gold = {
        canonical_number(label): {canonical_number("-".join(entry["citation"])) for entry in entries}
        for label, entries in json.loads((layers / "internal-citations.json").read_text("utf-8")).items()
    }
    mine = {at: {number for name, number in cited if name == act.act} for at, cited in found.items()}
    total = sum(map(len, gold.values()))
    hit = sum(len(mine.get(at, set()) & wanted) for at, wanted in gold.items())
    extra = sum(len(numbers - gold.get(at, set())) for at, numbers in mine.items())
    print(f"Regulation E layers: internal recall {hit / total:.3f} of {total}, {extra} more than the layer has")


def measure_folder() -> None:
    """Print the time and memory of reading every text of law in the data, one after another."""
    folder = DATA / "regulations"
    paths = [
        path
        for name in ("zh-laws", "ie-acts", "us-cfr-cfpb/regulation", "eu-gdpr", "akn-samples")
        for path in sorted((folder / name).rglob("*"))
        if path.suffix in {".md", ".xml", ".html", ".ttl"} and path.name != "README.md"
    ]
    read: Counter[str] = Counter()
    start, cpu = time.perf_counter(), time.process_time()
    for path in paths:
        try:
            document = read_document(path.read_bytes(), path.name)
            read["act" if read_act(document, source_name=path.name).provisions else "none"] += 1
        except InputError as error:
            read[error.code] += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"folder: {len(paths)} files in {time.perf_counter() - start:.0f} s ({time.process_time() - cpu:.0f} s of one "
        f"core), peak {peak:.0f} MiB: {dict(read)}"
    )


def measure_citations(laws: dict[str, tuple[str, Provisions]]) -> None:
    """Print the speed of the citation grammar on contracts and on law."""
    source = DATA / "contracts" / "cuad" / "train.json.gz"
    if source.is_file():
        with gzip.open(source, "rt", encoding="utf-8") as stream:
            contracts = [each["context"] for entry in json.load(stream)["data"] for each in entry["paragraphs"]]
        found, seconds = timed(lambda: sum(len(find_citations(text, "en")) for text in contracts))
        size = sum(map(len, contracts))
        print(
            f"citations: {found} in {len(contracts)} English contracts, {size / seconds / 1e6:.1f} Mchar/s, "
            f"{seconds / size * 54e6:.1f} ms per 54k"
        )
    texts = [text for text, _ in laws.values()]
    found, seconds = timed(lambda: sum(len(find_citations(text, "zh")) for text in texts))
    size = sum(map(len, texts))
    print(f"citations: {found} in {len(texts)} Chinese acts, {size / seconds / 1e6:.1f} Mchar/s")


def main() -> None:
    """Print every figure."""
    if not LAWS.is_dir():
        raise SystemExit("../shared/data is absent")
    measure_folder()
    laws = read_laws()
    measure_citations(laws)
    measure_silver(laws)
    measure_regulation_e()
    measure_layers()


if __name__ == "__main__":
    main()
