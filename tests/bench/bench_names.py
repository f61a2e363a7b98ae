"""Figures of the name matcher: ``python -m tests.bench.bench_names``. Prints, asserts nothing.

Needs the evaluation data in ``../shared/data`` for all but the own Chinese pairs; what is absent is left out and said.
"""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from rapidfuzz import fuzz, utils

from kb.names import NameIndex, compare
from kb.names.fold import fold

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "partners"
Pair = tuple[str, str, str | None, bool]


def zh_pairs() -> list[Pair]:
    """Return the project's own Chinese pairs."""
    with (ROOT / "tests" / "gold" / "zh_name_pairs.csv").open(encoding="utf-8") as file:
        return [(r["left"], r["right"], r["kind"], r["match"] == "yes") for r in csv.DictReader(file)]


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


def best_threshold(pairs: list[Pair], scorer: Callable[..., float]) -> tuple[float, float]:
    """Return the best F1 a scorer reaches on these very pairs, and its threshold (in-sample, in its favour)."""
    scores = [
        (scorer(utils.default_process(fold(a)), utils.default_process(fold(b))) / 100, true) for a, b, _, true in pairs
    ]
    return max((f1((s >= t / 100, true) for s, true in scores)[0], t / 100) for t in range(40, 100))


def perturbed(name: str, dice: random.Random) -> dict[str, str]:
    """Return misspelt, cut and reordered forms of a name."""
    words = name.replace(",", "").split()
    place = dice.randrange(1, max(len(name) - 2, 2))
    swapped = name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :]
    return {
        "swap": swapped,
        "drop letter": name[:place] + name[place + 1 :],
        "typo": name[:place] + dice.choice("aeioklmnrst") + name[place + 1 :],
        "order": " ".join(reversed(words)),
        "joined": "".join(words[:2]) + (" " + " ".join(words[2:]) if len(words) > 2 else ""),
        "initial": " ".join([words[0], words[1][:1] + ".", *words[2:]]) if len(words) > 1 else name,
        "title": f"Dr. {name}",
        "no middle": " ".join(words[:1] + words[2:]) if len(words) > 2 else name,
        "digits": name.replace("O", "0", 1).replace("I", "1", 1),
        "no vowels": " ".join(w[0] + "".join(c for c in w[1:-1] if c not in "aeiouAEIOU") + w[-1] for w in words),
        "look-alike": name.replace("a", "а", 1).replace("E", "Е", 1),
        "zero width": name[:place] + "\u200b" + name[place:],
        "cut": name[:20].rstrip(),
    }


def main() -> None:
    """Print every figure."""
    zh = zh_pairs()
    score, precision, recall = f1((compare(a, b, kind=k).match, true) for a, b, k, true in zh)  # type: ignore[arg-type]
    print(f"own Chinese pairs ({len(zh)}): F1 {score:.3f} P {precision:.3f} R {recall:.3f}")
    if not SHARED.is_dir():
        print("../shared/data is absent: the other figures are left out")
        return
    pairs = bench_pairs()
    score, precision, recall = f1((compare(a, b, kind=k).match, true) for a, b, k, true in pairs)  # type: ignore[arg-type]
    print(f"name_bench, open half ({len(pairs)}): F1 {score:.3f} P {precision:.3f} R {recall:.3f}")
    for name, scorer in (("WRatio", fuzz.WRatio), ("token_set_ratio", fuzz.token_set_ratio)):
        peer, threshold = best_threshold(pairs, scorer)
        print(f"  rapidfuzz {name} at its best threshold {threshold:.2f}: F1 {peer:.3f}")

    listed = ofac_names()
    people = [(i, n) for i, n, t in listed if t == "individual"]
    dice = random.Random(7)
    sample = [(dice.choice(listed)[1], dice.choice(listed)[1]) for _ in range(20_000)]
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

    index = NameIndex.build(people)
    with (SHARED / "negatives_global_5k.csv").open(encoding="utf-8") as file:
        strangers = [row["full_name"] for row in csv.DictReader(file)]
    alerts = sum(any(m.match for m in index.search(n, kind="person", limit=1)) for n in strangers)
    print(
        f"false alerts: {alerts} of {len(strangers)} against {len(people):,} listed names"
        f" ({alerts / len(strangers):.2%})"
    )

    hits = tried = found = 0
    missed: dict[str, int] = {}
    for entity, name in dice.sample(people, 150):
        for how, text in perturbed(name, dice).items():
            tried += 1
            found += any(e == entity for e, _ in index.candidates(text))
            best = index.search(text, kind="person", limit=1)
            good = bool(best) and best[0].match and best[0].entity == entity
            hits += good
            missed[how] = missed.get(how, 0) + (not good)
    print(f"misspelt listed names ({tried}): recall {hits / tried:.3f}, among candidates {found / tried:.4f}")
    print("  missed of 150:", ", ".join(f"{how} {n}" for how, n in missed.items() if n))

    words = [w for _, n, _ in listed for w in n.replace(",", "").split()]
    many = [(str(i), " ".join(dice.sample(words, 3))) for i in range(100_000)]
    start = time.process_time()
    large = NameIndex.build(many)
    print(f"index of 100,000 names built in {time.process_time() - start:.1f} s")
    times = []
    for _, name in dice.sample(many, 200):
        text = perturbed(name, dice)["typo"]
        start = time.perf_counter()
        large.search(text)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    print(f"search in 100,000 names: p50 {times[100]:.1f} ms, p95 {times[190]:.1f} ms")


if __name__ == "__main__":
    main()
