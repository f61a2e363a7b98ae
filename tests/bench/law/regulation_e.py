"""Regulation E against its publisher's gold: differences, amending notices, and the layers of citations."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Final

from checks.impact import diff
from ingest.law import read_act
from ingest.law.changeset import apply_changeset
from ingest.law.references import defined_acts, read_references
from ingest.readers import read_document
from ingest.readers.law.regml import canonical_number
from kb.errors import InputError
from kb.law_text import own_provisions
from kb.model import ActVersion, Document
from tests.bench.law.sources import CFPB, timed

_EXTERNAL_PEER: Final = re.compile(
    r"\d+ (?:U\.S\.C\.|USC|CFR|C\.F\.R\.) (?:part )?[\d.]+|Pub(?:lic|\.) L(?:aw|\.) [\d-]+"
)
_INTERNAL_PEER: Final = re.compile(
    r"§+ ?1005\.\d+(?:\([0-9A-Za-z]+\))*|paragraphs? (?:\([0-9A-Za-z]+\))+|comment \S+-\d+"
)
"""One line each: what a reader without a grammar would write."""


def read_regml(path: Path) -> tuple[ActVersion, Document]:
    """Read one version as every input is read."""
    document = read_document(path.read_bytes(), path.name)
    return read_act(document, source_name=path.name), document


def units(data: bytes, name: str) -> dict[str, str]:
    """Return the own words of every unit without white space, by number."""
    document = read_document(data, name)
    own = own_provisions(read_act(document, source_name=name), document.text)
    return {number: "".join(words.split()) for number, words in own}


def measure_differences() -> None:
    """Print precision and recall of changed units against the gold diffs."""
    hits = calls = golds = 0
    for gold_file in sorted((CFPB / "gold-diff-json" / "1005").glob("*.json")):
        paths = [CFPB / "regulation" / "1005" / f"{name}.xml" for name in gold_file.stem.split("__")]
        if not all(path.is_file() for path in paths):
            continue
        entries = json.loads(gold_file.read_text("utf-8"))
        gold = {canonical_number(label) for label, entry in entries.items() if "op" in entry}
        (older, one), (newer, other) = (read_regml(path) for path in paths)
        old, new = own_provisions(older, one.text), own_provisions(newer, other.text)
        changes, seconds = timed(lambda old=old, new=new: diff(old, new))  # type: ignore[misc]
        found = {number for change in changes for number in (change.before, change.after) if number is not None}
        hit = len(found & gold)
        hits, calls, golds = hits + hit, calls + len(found), golds + len(gold)
        print(
            f"Regulation E {gold_file.stem}: precision {hit / max(len(found), 1):.3f}, recall {hit / len(gold):.3f} of "
            f"{len(gold)}, {len(old)} to {len(new)} units in {seconds:.2f} s"
        )
    if golds:
        print(
            f"Regulation E gold diffs together: precision {hits / calls:.3f} (target 0.97), "
            f"recall {hits / golds:.3f} (target 0.99)"
        )


def measure_notices() -> None:
    """Print how many amending notices, applied to the version they amend, give the version they made."""
    same = tried = 0
    differing: list[str] = []
    for path in sorted((CFPB / "changeset").rglob("*.xml")):
        folder = CFPB / "regulation" / path.parent.name
        left = path.read_text("utf-8").partition('leftDocumentNumber="')[2].partition('"')[0]
        older, newer = folder / f"{left}.xml", folder / path.name
        if not older.is_file() or not newer.is_file():
            continue
        tried += 1
        try:
            made = units(apply_changeset(older.read_bytes(), path.read_bytes(), name=path.name), path.name)
        except InputError as error:
            differing.append(f"{path.parent.name}/{path.name} {error.code}")
            continue
        stored = units(newer.read_bytes(), newer.name)
        wrong = sum(made.get(number) != stored.get(number) for number in made.keys() | stored.keys())
        same += not wrong
        if wrong:
            differing.append(f"{path.parent.name}/{path.name} {wrong} of {len(stored)} units")
    print(f"amending notices: {same} of {tried} reproduce the version they made; {differing or 'none'} differ")


def gold_target(kind: str, citation: list[str]) -> tuple[str, str | None]:
    """Return act and provision of an entry of the external layer."""
    volume, *rest = citation
    if kind == "USC":
        return f"us/usc/{volume}", rest[0]
    if kind == "CFR":
        return f"us/cfr/{volume}/{rest[0]}", ".".join(rest) if len(rest) > 1 else None
    return (f"us/pl/{volume}-{rest[0]}" if kind == "PUBLIC_LAW" else f"us/stat/{volume}/{rest[-1]}"), None


def measure_layers() -> None:
    """Print recall of both gold layers, per unit and target, beside what a one-line pattern could reach at most."""
    layers = CFPB / "gold-layers-json" / "1005"
    path = CFPB / "regulation" / "1005" / "2013-10604.xml"
    if not path.is_file() or not layers.is_dir():
        return
    act, document = read_regml(path)
    references, seconds = timed(lambda: read_references(document.text, act, language="en"))
    ordered = sorted(act.provisions, key=lambda each: (each.start, -each.end))
    found: dict[str, set[tuple[str | None, str | None]]] = defaultdict(set)
    for each in references:
        inside = [unit for unit in ordered if unit.start <= each.start < unit.end]
        if inside:
            found[max(inside, key=lambda unit: unit.start).number].add((each.act, each.provision))
    words = dict(own_provisions(act, document.text))
    own = set(defined_acts(document.text, act).values())
    hit = total = peer = 0
    for label, entries in json.loads((layers / "external-citations.json").read_text("utf-8")).items():
        cited = found[canonical_number(label)]
        by_peer = len(_EXTERNAL_PEER.findall(words.get(canonical_number(label), "")))
        peer += min(by_peer, len(entries))
        for entry in entries:
            name, number = gold_target(entry["citation_type"], entry["citation"])
            plain = {(one, (cite or "").partition("(")[0]) for one, cite in cited}
            # the gold tags "the Act" with the section of the code where that act begins
            by_name = entry["citation"] == ["12", "1693"] and any(one in own for one, _ in cited)
            total, hit = total + 1, hit + ((name, number or "") in plain or by_name)
    print(
        f"layer of external citations: recall {hit / total:.3f} of {total} (target 0.95), one-line pattern at most "
        f"{peer / total:.3f}; {len(references)} references in {seconds:.2f} s"
    )
    gold = {
        canonical_number(label): {canonical_number("-".join(entry["citation"])) for entry in entries}
        for label, entries in json.loads((layers / "internal-citations.json").read_text("utf-8")).items()
    }
    mine = {at: {number for name, number in cited if name == act.act} for at, cited in found.items()}
    total = sum(map(len, gold.values()))
    hit = sum(len(mine.get(at, set()) & wanted) for at, wanted in gold.items())
    extra = sum(len(numbers - gold.get(at, set())) for at, numbers in mine.items())
    peer = sum(min(len(_INTERNAL_PEER.findall(words.get(at, ""))), len(wanted)) for at, wanted in gold.items())
    print(
        f"layer of internal citations: recall {hit / total:.3f} of {total} (target 0.95), {extra} more than the layer "
        f"has; one-line pattern at most {peer / total:.3f}"
    )
