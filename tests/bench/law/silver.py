"""Alignment of Chinese laws against the silver alignment, whose differing rows a person has judged."""

from __future__ import annotations

import csv
import difflib
import random
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checks.impact import diff
from kb.law_change import ChangeKind
from kb.law_numbers import chinese_number
from kb.law_text import canonical_text, identity_key
from tests.bench.law.sources import LAWS, Law, timed

CERTAIN: Final = 0.8
"""Similarity from which a silver row counts as certain."""
SAMPLE: Final = 100
SEED: Final = 2026
_SHOWN: Final = 3
VERDICTS: Final = Path(__file__).parents[2] / "gold" / "law" / "silver_verdicts.toml"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the silver file with what our alignment says instead.

    Attributes:
        before: number in the old version, None when inserted; ``after`` likewise when deleted.
        ours: what we link ``before`` to, or, for an inserted article, what we link ``after`` from.
    """

    older: str
    newer: str
    before: str | None
    after: str | None
    similarity: float
    ours: tuple[str | None, ...]
    agrees: bool

    @property
    def key(self) -> str:
        """What the verdict file names the row by."""
        return f"{self.older} > {self.newer}: {self.before or '-'} > {self.after or '-'}"


def canonical(number: str) -> str | None:
    """Return the canonical form of an article number in the silver file."""
    base, _, sub = number.partition("之")
    value = chinese_number(base) if base else None
    if value is None:
        return None
    return f"{value}-{chinese_number(sub)}" if sub else str(value)


def by_number(law: Law, other: Law) -> int:
    """Return how many articles a diff by number flags: the baseline."""
    newer = dict(other.articles)
    flagged = [
        difflib.SequenceMatcher(None, text, newer[number], autojunk=False).ratio()
        for number, text in law.articles
        if number in newer and newer[number] != text
    ]
    return len(flagged)


def silver_rows(laws: dict[str, Law]) -> Iterator[tuple[Law, Law, list[dict[str, str]]]]:
    """Yield old version, new version and the silver rows between them."""
    rows: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with (LAWS / "alignment_silver.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            rows[f"{row['law']}({row['from_version']})", f"{row['law']}({row['to_version']})"].append(row)
    for (older, newer), group in rows.items():
        yield laws[older], laws[newer], group


def compare(old: Law, new: Law, group: list[dict[str, str]]) -> Iterator[Row]:
    """Yield every silver row of a pair with our answer."""
    links: dict[str, list[str | None]] = defaultdict(list)
    back: dict[str, list[str | None]] = defaultdict(list)
    for change in diff(list(old.articles), list(new.articles)):
        if change.before is not None:
            links[change.before].append(change.after)
        if change.after is not None:
            back[change.after].append(change.before)
    for row in group:
        before, after = canonical(row["old_article"]), canonical(row["new_article"])
        if before is None:
            ours = tuple(back.get(after or "", [after]))
            agrees = after not in {one for afters in links.values() for one in afters}
        else:
            ours = tuple(links.get(before, [before]))
            agrees = after in ours if after is not None else set(ours) == {None}
        yield Row(old.name, new.name, before, after, float(row["similarity"] or 0), ours, agrees)


def sample(rows: list[Row]) -> list[Row]:
    """Return the differing rows that were judged: all of them, or so many drawn with a fixed seed."""
    differing = sorted((row for row in rows if not row.agrees), key=lambda row: row.key)
    return sorted(random.Random(SEED).sample(differing, min(SAMPLE, len(differing))), key=lambda row: row.key)


def measure(laws: dict[str, Law]) -> None:
    """Print agreement, speed beside a diff by number, and the verdicts on the rows that differ."""
    rows: list[Row] = []
    ours = baseline = 0.0
    flagged = pairs = 0
    slowest = (0.0, "", 0)
    for old, new, group in silver_rows(laws):
        found, seconds = timed(lambda old=old, new=new, group=group: list(compare(old, new, group)))  # type: ignore[misc]
        rows.extend(found)
        ours += seconds
        pairs += 1
        slowest = max(slowest, (seconds, new.name, len(new.articles)))
        count, seconds = timed(lambda old=old, new=new: by_number(old, new))  # type: ignore[misc]
        flagged, baseline = flagged + count, baseline + seconds
    certain = [row for row in rows if row.similarity >= CERTAIN]
    agreed, sure = sum(row.agrees for row in rows), sum(row.agrees for row in certain)
    print(
        f"silver: certain rows (similarity >= {CERTAIN}) agree {sure}/{len(certain)} = {sure / len(certain):.4f} "
        f"(target 0.97); all rows {agreed}/{len(rows)} = {agreed / len(rows):.4f}"
    )
    print(f"diff: {pairs} pairs in {ours:.1f} s, slowest {slowest[1]}, {slowest[2]} articles, {slowest[0]:.2f} s")
    print(f"peer, difflib by number, same run: {baseline:.1f} s, calls {flagged} articles modified")
    _print_verdicts(rows)
    _print_renumbered(laws)


def _print_verdicts(rows: list[Row]) -> None:
    differing = sum(not row.agrees for row in rows)
    if not VERDICTS.is_file():
        print(f"hand check: no verdicts yet for {differing} differing rows")
        return
    verdicts = tomllib.loads(VERDICTS.read_text("utf-8"))["verdicts"]
    judged = [(row, verdicts.get(row.key)) for row in sample(rows)]
    counts = Counter(verdict["judged"] for row, verdict in judged if verdict and verdict["ours"] == _ours(row))
    stale = sum(verdict is None or verdict["ours"] != _ours(row) for row, verdict in judged)
    print(
        f"hand check: of {differing} differing rows {len(judged)} drawn with seed {SEED} and judged: {dict(counts)}; "
        f"{stale} of them changed since"
    )


def _ours(row: Row) -> str:
    return ",".join(each or "-" for each in row.ours)


def _print_renumbered(laws: dict[str, Law]) -> None:
    """Print the pairs whose articles mostly moved without a change of words: none of these may be called modified."""
    pairs = []
    same_but_modified = 0
    for old, new, _ in silver_rows(laws):
        changes = diff(list(old.articles), list(new.articles))
        one, other = _keys(old), _keys(new)
        same_but_modified += sum(
            change.before is not None and change.after is not None and one[change.before] == other[change.after]
            for change in changes
            if change.kind in (ChangeKind.MODIFIED, ChangeKind.RENUMBERED_MODIFIED)
        )
        kinds = Counter(change.kind.value for change in changes)
        pairs.append((kinds["renumbered"] / len(old.articles), old, new, kinds))
    print(f"renumbering: {same_but_modified} articles with the same words are called modified, in {len(pairs)} pairs")
    for _, old, new, kinds in sorted(pairs, key=lambda each: -each[0])[:_SHOWN]:
        print(
            f"  {old.name} to {new.name}: {dict(kinds)}; by number {by_number(old, new)} of {len(old.articles)} differ"
        )


def _keys(law: Law) -> dict[str, str]:
    return {number: identity_key(canonical_text(text, number=number)) for number, text in law.articles}
