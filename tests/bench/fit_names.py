"""Fits the weights of ``kb/names/data/weights.toml``: ``python -m tests.bench.fit_names [--write] [--no-check]``.

Logistic regression whose weights keep the sign their meaning gives them, on the open half of name_bench, on variants
and hard negatives of every second entity of the OFAC list, and on every second of the synthetic strangers; the other
halves are what ``bench_names`` reports. Prints the F1 of repeated cross-validation on name_bench with exactly these
steps; pairs that share a name are always in one fold, so that no near-duplicate of a test pair is fitted on.
"""

from __future__ import annotations

import csv
import random
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from kb.names import NameIndex, compare, tables
from kb.names.align import align
from kb.names.fold import has_han
from kb.names.latin import FEATURES, figures_of
from kb.names.match import other_syllables, same_syllables
from kb.names.parse import parse, parse_native, script_of
from tests.bench.bench_names import SHARED, bench_pairs, f1, ofac_names
from tests.bench.name_variants import hard_negatives, variants

RAISES = {"coverage", "spelled", "together", "initials", "evidence"}
"""Figures that may only raise the score; the others may only lower it."""
FREE = {"single"}  # on its own it says neither
PENALTY = {"person": 0.5, "organization": 0.2}
ENTITIES = 400  # of each kind
VARIANT_WEIGHT = {"person": 0.015, "organization": 0.02}
NEGATIVE_WEIGHT = {"person": 0.03, "organization": 0.05}
STRANGER_WEIGHT = 0.05  # chance agreement in a long list is discounted by its length (kb.names.latin.in_crowd)
DOUBTFUL = 0.0  # share of the weight for variants that are often another organisation: a word left out
AT_LEAST = {("person", "unvoiced"): -0.6}
AT_MOST = {
    ("organization", "two_words"): -2.6,
    ("organization", "country_extra"): -2.8,
    ("organization", "number_extra"): -3.0,
    ("organization", "form_conflict"): -3.2,
    ("person", "initial_conflict"): -2.0,
    ("person", "kind_conflict"): -2.0,
}
"""Bounds set by judgement, where the lists hold too few cases: firms called after words that differ in one; the company
of one country and its parent; one of a numbered series; bodies of different legal forms; an initial that does not fit;
a person and a firm called after one."""
MARGIN = {"person": 0.0, "organization": 0.3}
"""By how much the base is lowered on top: made-up firms that share words match less, at no loss on name_bench."""
FOLDS = 8
REPEATS = 3
WEIGHTS = Path(tables.__file__).parent / "data" / "weights.toml"

Row = tuple[tuple[float, ...], bool, float, str]


def figures(left: str, right: str, kind: str) -> tuple[float, ...] | None:
    """Return the figures of a pair as ``kb.names`` sees them, None where they do not decide (Chinese)."""
    if has_han(left) or has_han(right):
        return None
    script = script_of(left)
    if kind == "person" and script is not None and script == script_of(right):
        a, b = parse_native(left), parse_native(right)
    else:
        a, b = parse(left, kind), parse(right, kind)
    if (
        not a.words
        or not b.words
        or a.joined == b.joined
        or (kind == "person" and (same_syllables(left, right) or other_syllables(left, right)))
    ):
        return None
    return figures_of(a, b, align(a, b))


def even(entity: str) -> bool:
    """Say which half an entity is in: the even half fits, the odd half is reported."""
    return int(re.sub(r"\D", "", entity) or 0) % 2 == 0


def listed_rows(kind: str) -> list[Row]:
    """Return variants of listed names with the names themselves, and hard negatives with their nearest listed name."""
    listed = ofac_names()
    wanted = "individual" if kind == "person" else "-0-"
    own = [(i, n) for i, n, t in listed if t.strip() == wanted]
    dice = random.Random(f"fit/{kind}")
    sample = dice.sample([(i, n) for i, n in own if even(i)], ENTITIES)
    rows: list[Row] = []
    for _, name in sample:
        for label, text in variants(name, kind, 1):
            found = figures(text, name, kind)
            share = DOUBTFUL if kind == "organization" and label == "word dropped" else 1.0
            if found is not None and share:
                rows.append((found, True, VARIANT_WEIGHT[kind] * share, "variant"))
    every = [n for _, n, _ in listed]
    index = NameIndex.build((str(k), n) for k, n in enumerate(n for _, n in own))
    for negative in hard_negatives([n for _, n in sample], kind, 1, listed=every):
        for _, name in {(0, negative.source), *((0, n) for _, n in index.candidates(negative.text)[:3])}:
            found = figures(negative.text, name, kind)
            if found is not None:
                rows.append((found, False, NEGATIVE_WEIGHT[kind], negative.label))
    return rows


def stranger_rows() -> list[list[Row]]:
    """Return, for each stranger of the even half, its pairs with the most alike listed people."""
    people = [(i, n) for i, n, t in ofac_names() if t == "individual"]
    index = NameIndex.build(people)
    with (SHARED / "negatives_global_5k.csv").open(encoding="utf-8") as file:
        names = [row["full_name"] for row in csv.DictReader(file)][::2]
    found: list[list[Row]] = []
    for name in names:
        hits = index.search(name, kind="person", limit=3)
        made = [figures(name, hit.matched_name, "person") for hit in hits]
        # What a search discounts for the length of the list (kb.names.latin.in_crowd) need not lower single pairs too.
        kept = [m for m in made if m is not None and not m[FEATURES.index("unvoiced")]]
        found.append([(m, False, STRANGER_WEIGHT, "stranger") for m in kept])
    return found


def fit(rows: Sequence[Row], kind: str) -> tuple[float, NDArray[np.float64]]:
    """Return base and weights."""
    x = np.array([r[0] for r in rows])
    y = np.array([1.0 if r[1] else -1.0 for r in rows])
    w = np.array([r[2] for r in rows])

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = y * (theta[0] + x @ theta[1:])
        p = 1.0 / (1.0 + np.exp(np.clip(margin, -60, 60)))
        value = float(w @ np.logaddexp(0.0, -margin) + PENALTY[kind] * (theta[1:] @ theta[1:]) / 2)
        slope = -(w * y * p)
        gradient = np.concatenate([[slope.sum()], x.T @ slope + PENALTY[kind] * theta[1:]])
        return value, gradient

    bounds = [(None, None)] + [
        (None, None)
        if name in FREE
        else (0, None)
        if name in RAISES
        else (AT_LEAST.get((kind, name)), AT_MOST.get((kind, name), 0))
        for name in FEATURES
    ]
    begin = np.array([min(0.0, high or 0.0) for _, high in bounds])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), found.x[1:]


Pairs = list[tuple[tuple[float, ...], bool, str]]  # figures, is it a match, the group it is folded with


def groups(pairs: Sequence[tuple[str, str, str | None, bool]]) -> list[str]:
    """Return the group of each pair: pairs that share a name, directly or through others, are one group."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for left, right, *_ in pairs:
        parent[root(left)] = root(right)
    return [root(left) for left, *_ in pairs]


def cross_validate(bench: dict[str, Pairs], others: dict[str, list[Row]], decided: list[tuple[bool, bool]]) -> None:
    """Print mean and range of the F1 on pairs whose group was not fitted on."""
    scores: list[tuple[float, float, float]] = []
    for repeat in range(REPEATS):
        said = list(decided)
        for kind, own in bench.items():
            names = sorted({g for _, _, g in own})
            random.Random(f"{repeat}/{kind}").shuffle(names)
            fold_of = {name: n % FOLDS for n, name in enumerate(names)}
            for fold in range(FOLDS):
                train: list[Row] = [(f, true, 1.0, "bench") for f, true, g in own if fold_of[g] != fold]
                base, weights = fit(train + others[kind], kind)
                said += [
                    (base - MARGIN[kind] + float(np.dot(weights, f)) >= 0, true)
                    for f, true, g in own
                    if fold_of[g] == fold
                ]
        scores.append(f1(said))
    score, precision, recall = (sum(s[k] for s in scores) / len(scores) for k in range(3))
    sys.stdout.write(
        f"cross-validated on name_bench ({len(said)} pairs, {len(decided)} of them decided without the weights), "
        f"{FOLDS} folds by group, {REPEATS} times: F1 {score:.3f} P {precision:.3f} R {recall:.3f}, "
        f"F1 from {min(scores)[0]:.3f} to {max(scores)[0]:.3f}\n"
    )


def main() -> None:
    """Fit both kinds, print what they reach, and write the table when asked to."""
    start = time.process_time()
    bench: dict[str, Pairs] = {"person": [], "organization": []}
    decided: list[tuple[bool, bool]] = []
    pairs = bench_pairs()
    for (a, b, kind, true), group in zip(pairs, groups(pairs), strict=True):
        found = figures(a, b, kind or "person")
        if found is None:
            decided.append((compare(a, b, kind=kind).match, true))  # type: ignore[arg-type]
        else:
            bench[kind or "person"].append((found, true, group))
    others = {kind: listed_rows(kind) for kind in bench}
    others["person"] += [row for rows in stranger_rows() for row in rows]
    table: dict[str, tuple[float, NDArray[np.float64]]] = {}
    for kind, own in bench.items():
        base, weights = fit([(f, true, 1.0, "bench") for f, true, _ in own] + others[kind], kind)
        table[kind] = (base - MARGIN[kind], weights)
        sys.stdout.write(f"{kind}: {len(own)} + {len(others[kind])} pairs, base {base:.3f} less {MARGIN[kind]}\n")
        for label in sorted({r[3] for r in others[kind]}):
            of = [r for r in others[kind] if r[3] == label]
            right = sum((table[kind][0] + float(np.dot(weights, r[0])) >= 0) == r[1] for r in of)
            sys.stdout.write(f"  {label}: {right / len(of):.3f} of {len(of)} right\n")
    if "--no-check" not in sys.argv:
        cross_validate(bench, others, decided)
    sys.stdout.write(f"{time.process_time() - start:.0f} s\n")
    if "--write" in sys.argv:
        _write(table)


def _write(table: dict[str, tuple[float, NDArray[np.float64]]]) -> None:
    lines: list[str] = []
    kind = ""
    for line in WEIGHTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        name, equals, rest = line.partition(" = ")
        if equals and kind:
            value = table[kind][0] if name == "base" else float(table[kind][1][FEATURES.index(name)])
            comment = rest.partition("  #")[2]
            line = f"{name} = {value + 0.0:.3f}" + (f"  #{comment}" if comment else "")
        lines.append(line)
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
