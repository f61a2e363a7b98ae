"""Measures the NDA rules on ContractNLI's development set beside the majority answer and TF-IDF, in the same run.

    OMP_NUM_THREADS=1 python -m tests.bench.bench_nda [--folder FOLDER] [--part dev|train_truncated]

The rules were written on ``train_truncated.json``; ``dev.json`` measures. The baselines are fitted on the former too:
the most frequent answer per question, and per question a logistic regression over TF-IDF of the whole document.
Evidence counts as found when one of our sentences overlaps a gold span.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from checks.evaluators.questions import CONTRADICTED, ENTAILED, NOT_MENTIONED, decide
from checks.reading import Reading
from checks.rule import PythonEvaluator, Rule, load_rules
from ingest.pipeline import load
from kb.contract import ContractFacts
from kb.model import Document, Kind

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "contracts" / "contractnli"
ANSWERS = {"Entailment": ENTAILED, "Contradiction": CONTRADICTED, "NotMentioned": NOT_MENTIONED}


def main() -> int:
    """Print accuracy per question and the pooled figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--part", default="dev")
    given = parser.parse_args()
    if not given.folder.is_dir():
        print(f"skipped: {given.folder} is absent")
        return 0
    train = json.loads((given.folder / "train_truncated.json").read_text(encoding="utf-8"))["documents"]
    test = json.loads((given.folder / f"{given.part}.json").read_text(encoding="utf-8"))["documents"]
    rules = {rule.source.split()[1]: rule for rule in load_rules() if rule.family == "nda"}
    started = time.process_time()
    ours, hits = answer(rules, test)
    spent = time.process_time() - started
    gold = {key: answers(test, key) for key in rules}
    before = {key: answers(train, key) for key in rules}
    majority = {key: [Counter(before[key]).most_common(1)[0][0]] * len(test) for key in rules}
    plain = tf_idf([each["text"] for each in train], before, [each["text"] for each in test])
    print(f"{given.part}: {len(test)} NDAs, {len(rules)} questions")
    print(f"{'question':36}{'ours':>7}{'major.':>8}{'TF-IDF':>8}   contradicted: gold, found, right")
    for key in sorted(rules, key=lambda each: rules[each].id):
        row = [accuracy(each[key], gold[key]) for each in (ours, majority, plain)]
        pairs = list(zip(ours[key], gold[key], strict=True))
        wanted, found = (sum(pair[side] == CONTRADICTED for pair in pairs) for side in (1, 0))
        right = sum(o == g == CONTRADICTED for o, g in pairs)
        print(f"{rules[key].id:36}{row[0]:7.3f}{row[1]:8.3f}{row[2]:8.3f}   {wanted:3}{found:4}{right:4}")
    for name, chosen in (("ours", ours), ("majority", majority), ("TF-IDF", plain)):
        joined = [(o, g) for key in rules for o, g in zip(chosen[key], gold[key], strict=True)]
        print(
            f"{name:10} accuracy {sum(o == g for o, g in joined) / len(joined):.3f}"
            f"  F1 contradicted {f1(joined, CONTRADICTED):.3f}  entailed {f1(joined, ENTAILED):.3f}"
        )
    print(f"evidence overlaps gold in {hits[0]} of {hits[1]} right answers ({hits[0] / max(hits[1], 1):.3f})")
    print(f"{len(test) / spent:.1f} NDAs a CPU second, reading included")
    return 0


def answer(rules: dict[str, Rule], documents: Sequence[dict[str, Any]]) -> tuple[dict[str, list[str]], tuple[int, int]]:
    """Return the rules' answers per question, and how often evidence of a right answer overlaps gold."""
    found: dict[str, list[str]] = {key: [] for key in rules}
    overlapping = right = 0
    pipeline = load("en")
    for each in documents:
        document = Document(each["text"], (), "text/plain", "en")
        facts = ContractFacts.from_annotations(
            str(each["id"]), each["file_name"], document, pipeline.annotate(document, kind=Kind.CONTRACT)
        )
        reading = Reading.of(facts)
        for key, rule in rules.items():
            evaluate = rule.evaluate
            assert isinstance(evaluate, PythonEvaluator)
            choice, evidence = decide(reading, evaluate)
            found[key].append(choice)
            gold = each["annotation_sets"][0]["annotations"][key]
            if ANSWERS[gold["choice"]] == choice != NOT_MENTIONED:
                right += 1
                spans = [each["spans"][number] for number in gold["spans"]]
                overlapping += any(e.start < end and start < e.end for e in evidence for start, end in spans)
    return found, (overlapping, right)


def answers(documents: Sequence[dict[str, Any]], key: str) -> list[str]:
    """Return the gold answers to one question."""
    return [ANSWERS[each["annotation_sets"][0]["annotations"][key]["choice"]] for each in documents]


def tf_idf(train: Sequence[str], gold: dict[str, list[str]], test: Sequence[str]) -> dict[str, list[str]]:
    """Return the answers of logistic regressions over word 1-2-grams of whole documents."""
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    known, new = vectors.fit_transform(train), vectors.transform(test)
    return {
        key: LogisticRegression(C=10.0, class_weight="balanced", max_iter=500).fit(known, labels).predict(new).tolist()
        for key, labels in gold.items()
    }


def accuracy(found: Sequence[str], gold: Sequence[str]) -> float:
    """Return the share of equal answers."""
    return sum(one == other for one, other in zip(found, gold, strict=True)) / len(gold)


def f1(pairs: Sequence[tuple[str, str]], choice: str) -> float:
    """Return F1 of one answer over (found, gold) pairs."""
    right = sum(found == gold == choice for found, gold in pairs)
    total = sum(found == choice for found, _ in pairs) + sum(gold == choice for _, gold in pairs)
    return 2 * right / total if total else 0.0


if __name__ == "__main__":
    sys.exit(main())
