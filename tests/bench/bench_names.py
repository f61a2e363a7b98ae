"""Figures of the name matcher: ``python -m tests.bench.bench_names [--peer PYTHON]``. Prints, asserts nothing.

``--peer`` (or the variable DUEGRAPH_PEER_PYTHON) names the Python of an environment that has nomenklatura, which is
then run on the same pairs; it is never installed beside the project.
Needs the evaluation data in ``../shared/data`` for all but the own Chinese pairs; what is absent is left out and said.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import time
from collections.abc import Iterable
from pathlib import Path

from kb.names import NameIndex, compare
from tests.bench.name_variants import CLASSES, hard_negatives, variants
from tests.bench.names_beside import PEER_VARIABLE, Pair, forget, print_beside

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "partners"
SAMPLE = 200  # entities of each kind that are written otherwise
STRANGERS = 1_000  # of the strangers, compared pair by pair by every matcher
NEAREST = 10  # listed names each of them is compared with


def zh_pairs() -> list[dict[str, str]]:
    """Return the project's own Chinese pairs."""
    with (ROOT / "tests" / "gold" / "zh_name_pairs.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bench_pairs() -> list[Pair]:
    """Return the open half of name_bench."""
    with (SHARED / "namebench" / "cases.csv").open(encoding="utf-8") as file:
        return [
            (r["name1"], r["name2"], "person" if r["schema"] == "Person" else "organization", r["is_match"] == "true")
            for r in csv.DictReader(file)
        ]


def ofac_names() -> list[tuple[str, str, str]]:
    """Return (id, name, type) of the SDN list with its aliases."""
    types: dict[str, str] = {}
    names: list[tuple[str, str, str]] = []
    for file, column in (("sdn.csv", 1), ("alt.csv", 3)):
        with (SHARED / "ofac" / file).open(encoding="utf-8", errors="replace") as source:
            for row in csv.reader(source):
                if len(row) > column:
                    types.setdefault(row[0], row[2])
                    names.append((row[0], row[column], types[row[0]]))
    return names


def f1(said: Iterable[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Return F1, precision and recall of (said, true) pairs."""
    pairs = list(said)
    hits = sum(s and t for s, t in pairs)
    wrong = sum(s and not t for s, t in pairs)
    missed = sum(t and not s for s, t in pairs)
    return 2 * hits / max(2 * hits + wrong + missed, 1), hits / max(hits + wrong, 1), hits / max(hits + missed, 1)


def chinese_figures() -> None:
    """Print F1 of the own Chinese pairs, by split and by class."""
    pairs = zh_pairs()
    said = [(compare(r["left"], r["right"], kind=r["kind"]).match, r["match"] == "yes", r) for r in pairs]  # type: ignore[arg-type]
    for split in ("open", "held-out"):
        of = [(s, t) for s, t, r in said if r["split"] == split]
        if of:
            score, precision, recall = f1(of)
            print(f"own Chinese pairs, {split} ({len(of)}): F1 {score:.3f} P {precision:.3f} R {recall:.3f}")
    score, precision, recall = f1((s, t) for s, t, _ in said)
    print(f"own Chinese pairs, all ({len(said)}): F1 {score:.3f} P {precision:.3f} R {recall:.3f}")
    wrong: dict[str, list[int]] = {}
    for s, t, r in said:
        count = wrong.setdefault(r["class"], [0, 0])
        count[0] += s != t
        count[1] += 1
    print("  wrong by class:", ", ".join(f"{c} {n}/{of}" for c, (n, of) in wrong.items() if n) or "none")


def variant_figures(listed: list[tuple[str, str, str]], kind: str) -> tuple[int, int, int, int]:
    """Print recall by class of variation and false matches by class of hard negative, on entities not fitted on."""
    wanted = "individual" if kind == "person" else "-0-"
    own = [(i, n) for i, n, t in listed if t.strip() == wanted]
    index = NameIndex.build(own)
    sample = random.Random(f"bench/{kind}").sample([(i, n) for i, n in own if int(i) % 2], SAMPLE)
    hits: dict[str, list[int]] = {}
    for entity, name in sample:
        for label, text in variants(name, kind, 2):
            best = index.search(text, kind=kind, limit=5)  # type: ignore[arg-type]
            count = hits.setdefault(label, [0, 0, 0])
            # Several entries bear one name: those that score the same are one answer.
            count[0] += any(m.match and m.entity == entity and m.score == best[0].score for m in best)
            count[1] += 1
            count[2] += any(e == entity for e, _ in index.candidates(text))
    alarms: dict[str, list[int]] = {}
    for negative in hard_negatives([n for _, n in sample], kind, 2, listed=[n for _, n, _ in listed]):
        best = index.search(negative.text, kind=kind, limit=1)  # type: ignore[arg-type]
        count = alarms.setdefault(negative.label, [0, 0])
        count[0] += bool(best) and best[0].match
        count[1] += 1
    found, tried, among = (sum(c[k] for c in hits.values()) for k in (0, 1, 2))
    wrong, asked = sum(c[0] for c in alarms.values()), sum(c[1] for c in alarms.values())
    print(f"variants of {SAMPLE} {kind}s among {len(own):,} names: recall {found / tried:.3f} ({tried}),")
    print(f"  among candidates {among / tried:.4f}; hard negatives matched {wrong / asked:.3f} ({asked})")
    for label, (good, of, *_) in hits.items():
        print(f"    {label:<20} {good / of:6.3f}  {of:5}  {CLASSES[label][0]}")
    for label, (bad, of) in alarms.items():
        print(f"    not: {label:<20} {bad / of:6.3f}  {of:5}")
    return found, tried, wrong, asked


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--peer", metavar="PYTHON", help="a Python that has nomenklatura, to print its figures too")
    given = parser.parse_args()
    chinese_figures()
    if not SHARED.is_dir():
        print("../shared/data is absent: the other figures are left out")
        return
    listed = ofac_names()
    people = [(i, n) for i, n, t in listed if t == "individual"]
    with (SHARED / "negatives_global_5k.csv").open(encoding="utf-8") as file:
        strangers = [row["full_name"] for row in csv.DictReader(file)]
    index = NameIndex.build(people)
    near: list[Pair] = [
        (name, other, "person", False)
        for name in strangers[1 :: len(strangers) // STRANGERS]
        for _, other in index.candidates(name)[:NEAREST]
    ]
    print_beside(
        {
            "name_bench, open half": bench_pairs(),
            "own Chinese pairs": [(r["left"], r["right"], r["kind"], r["match"] == "yes") for r in zh_pairs()],
        },
        {"strangers with their nearest listed people": near},
        {
            "strangers with their nearest listed people": {
                name
                for name in {a for a, *_ in near}
                if any(m.match for m in index.search(name, kind="person", limit=1))
            }
        },
        given.peer or os.environ.get(PEER_VARIABLE),
    )

    dice = random.Random(7)
    sample = [(dice.choice(listed)[1], dice.choice(listed)[1]) for _ in range(20_000)]
    forget()
    start = time.process_time()
    for a, b in sample:
        compare(a, b)
    print(f"cold pairs of listed names: {len(sample) / (time.process_time() - start):,.0f} pairs/s/core")
    queries = [dice.choice(people)[1] for _ in range(5)]
    start = time.process_time()
    for q in queries:
        for _, n in people[:2000]:
            compare(q, n, kind="person")
    print(f"warm queries against 2,000 names: {5 * 2000 / (time.process_time() - start):,.0f} pairs/s/core")

    everyone = NameIndex.build((i, n) for i, n, _ in listed)
    for label, one in (("people", index), ("all entries", everyone)):
        flags = [any(m.match for m in one.search(n, kind="person", limit=1)) for n in strangers]
        print(
            f"false alerts against the {len(one):,} names of {label}: {sum(flags)} of {len(flags)}"
            f" ({sum(flags) / len(flags):.2%}); of the half not fitted on {sum(flags[1::2])} of {len(flags[1::2])}"
        )

    totals = [variant_figures(listed, kind) for kind in ("person", "organization")]
    found, tried, wrong, asked = (sum(t[k] for t in totals) for k in range(4))
    print(f"variants of both kinds: recall {found / tried:.3f}, hard negatives matched {wrong / asked:.3f}")

    words = [w for _, n, _ in listed for w in n.replace(",", "").split()]
    many = [(str(i), " ".join(dice.sample(words, 3))) for i in range(100_000)]
    start = time.process_time()
    large = NameIndex.build(many)
    print(f"index of 100,000 names built in {time.process_time() - start:.1f} s")
    times = []
    for _, name in dice.sample(many, 200):
        text = dict(variants(name, "person", 3))["typing"]
        start = time.perf_counter()
        large.search(text)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    print(f"search in 100,000 names: p50 {times[100]:.1f} ms, p95 {times[190]:.1f} ms")


if __name__ == "__main__":
    main()
