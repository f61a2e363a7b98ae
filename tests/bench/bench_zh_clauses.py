"""Measures the Chinese clause typer on our own contracts, beside cues alone and plain TF-IDF, same contracts.

    OMP_NUM_THREADS=1 python -m tests.bench.bench_zh_clauses [--types]

Test contracts were never trained on. The baseline is character 1-3-grams with a logistic regression per type, fitted on
the same training contracts. Further parts: what 民法典 (Civil Code) article 470 generally asks for, found per contract;
amounts in capital characters against digits.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from checks.evaluators.amounts import stated_twice
from ingest.typing import ClauseTyper
from ingest.typing.cues import CueModel
from ingest.typing.train_chinese import DATA
from tests.ingest.typing.gold import GoldClause, build, read

TEST = Path(__file__).parents[1] / "gold" / "zh_clauses"
ESSENTIALS = (
    "Parties",
    "Subject Matter",
    "Quantity",
    "Quality",
    "Price",
    "Performance Term and Place",
    "Breach Liability",
    "Dispute Resolution",
)
STAND_FOR = {"Breach Liability": {"Liquidated Damages", "Late Payment"}, "Performance Term and Place": {"Delivery"}}
"""Types that state an essential in another form."""
CHECKED = ("Standard Terms", "Liquidated Damages", "Deposit", "Forum", "Confidentiality", "Data Protection")

Named = list[set[str]]


def load(folder: Path) -> list[GoldClause]:
    """Return the labelled clauses of a folder of contracts."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [
            GoldClause(
                f"{data['split']}-{data['id']}",
                data["split"],
                clause.get("heading"),
                clause["text"],
                frozenset(clause["types"]),
                frozenset(clause.get("may", ())),
            )
            for clause in data["clause"]
        ]
    return found


def name(typer: ClauseTyper, gold: Sequence[GoldClause]) -> Named:
    """Return the detected types of every clause, contract by contract."""
    named: Named = []
    for contract in dict.fromkeys(each.contract for each in gold):
        text, clauses = build("zh", [each for each in gold if each.contract == contract])
        typed = typer.type_clauses(text, clauses)
        named += [{each.type for each in one.types if each.detected} - {"Document Name"} for one in typed]
    return named


def scores(named: Named, gold: Sequence[GoldClause]) -> dict[str, tuple[float, int]]:
    """Return F1 and number of labels of every type that is labelled or wrongly named."""
    right, false, missed = Counter[str](), Counter[str](), Counter[str]()
    for found, each in zip(named, gold, strict=True):
        right.update(found & each.types)
        missed.update(each.types - found)
        false.update(found - each.types - each.may)
    types = sorted({*right, *false, *missed})
    return {t: (2 * right[t] / (2 * right[t] + false[t] + missed[t]), right[t] + missed[t]) for t in types}


def macro(named: Named, gold: Sequence[GoldClause]) -> float:
    """Return macro-F1."""
    return float(np.mean([value for value, _ in scores(named, gold).values()]))


def tf_idf(train: Sequence[GoldClause], test: Sequence[GoldClause]) -> Named:
    """Return the types a plain model names."""
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    known = vectors.fit_transform([f"{each.heading or ''}\n{each.text}" for each in train])
    new = vectors.transform([f"{each.heading or ''}\n{each.text}" for each in test])
    named: Named = [set() for _ in test]
    for each in sorted({name_ for clause in train for name_ in clause.types}):
        labels = [each in clause.types for clause in train]
        if sum(labels) >= 2:
            model = LogisticRegression(C=10.0, class_weight={False: 1, True: 6}, solver="liblinear").fit(known, labels)
            for number in np.flatnonzero(model.predict(new)).tolist():
                named[number].add(each)
    return named


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--types", action="store_true", help="print every type of the test contracts")
    given = parser.parse_args()
    train, test = load(DATA), load(TEST)
    held = [replace(each, contract=f"held-{each.contract}") for each in read("zh") if each.split == "held"]
    typer = ClauseTyper.load("zh")
    cues = ClauseTyper.build("zh", CueModel.load("zh"), None)
    print(f"{'part':22}{'contracts':>10}{'clauses':>9}{'types':>7}{'ours':>8}{'cues':>8}{'TF-IDF':>8}")
    for title, gold in (("test contracts", test), ("older held-out clauses", held), ("both", [*test, *held])):
        types = {name_ for each in gold for name_ in each.types}
        row = [macro(found, gold) for found in (name(typer, gold), name(cues, gold), tf_idf(train, gold))]
        contracts = len({each.contract for each in gold})
        print(f"{title:22}{contracts:10}{len(gold):9}{len(types):7}{row[0]:8.3f}{row[1]:8.3f}{row[2]:8.3f}")
    named = name(typer, test)
    table = scores(named, test)
    for each in table if given.types else CHECKED:
        print(f"  {each:34} F1 {table[each][0]:.2f}  n={table[each][1]}")
    essentials(named, test)
    amounts([*train, *test])
    started = time.process_time()
    name(typer, train)
    print(f"{len(train) / (time.process_time() - started):.0f} clauses a CPU second")
    return 0


def essentials(named: Named, gold: Sequence[GoldClause]) -> None:
    """Print how often the points of article 470 are rightly found or missing, contract by contract."""
    right = total = 0
    for contract in dict.fromkeys(each.contract for each in gold):
        mine = [number for number, each in enumerate(gold) if each.contract == contract]
        found = set().union(*(named[number] for number in mine))
        wanted = set().union(*(gold[number].types for number in mine))
        for each in ESSENTIALS:
            forms = {each, *STAND_FOR.get(each, ())}
            total += 1
            right += bool(found & forms) == bool(wanted & forms)
    print(f"essentials of article 470 rightly found or missing: {right} of {total}")


def amounts(gold: Sequence[GoldClause]) -> None:
    """Print how many amounts in capital characters and digits agree, and how many altered ones are seen to differ."""
    pairs = [(each.text, pair) for each in gold for pair in stated_twice(each.text, "zh")]
    altered = 0
    for text, pair in pairs:
        # The last digit before the end of the pair that is not a zero is raised by one.
        place = max((n for n in range(pair.start, pair.end) if text[n] in "12345678"), default=-1)
        changed = text[:place] + str(int(text[place]) + 1) + text[place + 1 :] if place >= 0 else text
        altered += any(each.words != each.digits for each in stated_twice(changed, "zh"))
    equal = sum(pair.words == pair.digits for _, pair in pairs)
    print(f"amounts in capitals and digits: {equal} of {len(pairs)} equal, {altered} of as many altered ones seen")


if __name__ == "__main__":
    sys.exit(main())
