"""Accuracy of role values on CUAD's training titles against the normalised master answers.

Every fifth title is the development split that figures are quoted on; ``--fold learn`` takes the other four fifths, on
which rules are written and choosers trained. Run: ``python -m tests.bench values [--fold learn] [--errors ROLE]``.

Prints, per role: contracts with an answer, those that agree (and how many of them only by the quote that belongs to the
answer, see ``values_gold``), those read as nothing; contracts without an answer for which something was read all the
same; contracts whose answer has blank parts, and how many of those were read as a full value. Perpetual terms have a
line of their own.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter

from ingest.clauses import segment
from ingest.values import find_values
from kb.model import Document
from tests.bench.values_gold import DATA, PERPETUAL, ROLES, answers, normal, quoted, row_of

__all__ = ["DATA", "contracts"]


def contracts(fold: str = "dev") -> list[tuple[str, str]]:
    """Return title and text of the training contracts of a fold: "dev" (every fifth title) or "learn" (the others)."""
    with gzip.open(DATA / "train.json.gz") as file:
        found = sorted(json.load(file)["data"], key=lambda contract: contract["title"])
    return [
        (contract["title"], contract["paragraphs"][0]["context"])
        for index, contract in enumerate(found)
        if (index % 5 == 0) == (fold == "dev")
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--errors")
    parser.add_argument("--fold", choices=("dev", "learn"), default="dev")
    options = parser.parse_args()
    gold = answers()
    score = {role: Counter[str]() for role in (*ROLES, PERPETUAL)}
    for title, text in contracts(options.fold):
        row = row_of(gold, title)
        if row is None:
            continue
        document = Document(text, (), "text/plain", "en")
        values = find_values(text, "en", clauses=segment(document))
        for role, column in ROLES.items():
            answer = row[column].strip()
            expected, slip = normal(role, answer), quoted(role, row[role])
            known = {value.value for value in values if value.type == role and value.value is not None}
            counts = score[PERPETUAL if expected == {PERPETUAL} else role]
            agrees = bool(expected & known)
            if expected:
                counts.update(answered=1, typed=agrees, agree=bool((expected | slip) & known), silent=not known)
            else:
                counts.update(
                    {"blank" if answer else "empty": 1, "blank_read" if answer else "empty_read": bool(known)}
                )
            if role == options.errors and expected and not (expected | slip) & known:
                print(f"{title[:60]}: expected {answer!r} found {known}")
            if role == options.errors and not answer and known:
                print(f"{title[:60]}: nothing expected, found {known}")
    print(f"{'role':36} answered  agree  ratio  as typed  silent | no answer, yet read | blank, yet read")
    for role, counts in score.items():
        total = counts["answered"]
        print(
            f"{role:36} {total:8d} {counts['agree']:6d}  {counts['agree'] / max(1, total):.3f}"
            f"  {counts['typed'] / max(1, total):8.3f}  {counts['silent']:6d} | {counts['empty']:9d}"
            f" {counts['empty_read']:9d} | {counts['blank']:5d} {counts['blank_read']:9d}"
        )


if __name__ == "__main__":
    main()
