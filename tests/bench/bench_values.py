"""Accuracy of role values on CUAD's training titles against the normalised master answers.

Every fifth title is the development split that figures are quoted on; ``--fold learn`` takes the other four fifths, on
which rules are written. Run: ``python -m tests.bench.bench_values [--fold learn] [--errors ROLE]``. Prints, per role:
contracts with an answer, agreeing, silent; and contracts without an answer for which something was read all the same.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
from pathlib import Path

from rapidfuzz import fuzz, process

from ingest.clauses import segment
from ingest.places import gazetteer
from ingest.values import find_values
from kb.model import Document

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "contracts" / "cuad"
_SAME_TITLE = 88  # the file names of the answers differ from the titles in punctuation and cut ends
ROLES = {
    "Agreement Date": "Agreement Date-Answer",
    "Effective Date": "Effective Date-Answer",
    "Expiration Date": "Expiration Date-Answer",
    "Renewal Term": "Renewal Term-Answer",
    "Notice Period to Terminate Renewal": "Notice Period to Terminate Renewal-Answer",
    "Governing Law": "Governing Law-Answer",
}


def contracts(fold: str = "dev") -> list[tuple[str, str]]:
    """Return title and text of the training contracts of a fold: "dev" (every fifth title) or "learn" (the others)."""
    with gzip.open(DATA / "train.json.gz") as file:
        found = sorted(json.load(file)["data"], key=lambda contract: contract["title"])
    return [
        (contract["title"], contract["paragraphs"][0]["context"])
        for index, contract in enumerate(found)
        if (index % 5 == 0) == (fold == "dev")
    ]


def answers() -> dict[str, dict[str, str]]:
    with (DATA / "master_clauses.csv").open(encoding="utf-8") as file:
        return {re.sub(r"[\W_]", "", row["Filename"].removesuffix(".pdf")).lower(): row for row in csv.DictReader(file)}


def normal(role: str, answer: str) -> set[str]:
    """Return the canonical readings of one master answer; empty when it has none (blanks, "perpetual")."""
    answer = answer.strip()
    if "Date" in role:
        match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{2,4})", answer)
        if match is None:
            return set()
        month, day = (
            sorted((int(match[1]), int(match[2])), key=lambda n: n > 12)
            if int(match[1]) > 12
            else (
                int(match[1]),
                int(match[2]),
            )
        )  # one answer is day first
        # Two figures of the year leave the century open; the answers guess it differently from case to case.
        years = [int(match[3])] if len(match[3]) == 4 else [1900 + int(match[3]) % 100, 2000 + int(match[3]) % 100]
        if int(match[3]) in range(1920, 1950):
            years.append(int(match[3]) + 100)
        return {f"{year:04d}-{month:02d}-{day:02d}" for year in years}
    if role == "Governing Law":
        names = gazetteer("en")
        return {code for found in names.find(answer, 0, len(answer)) if (code := names.code(found[0])) is not None}
    found = set()
    for count, unit in re.findall(r"(\d+)\s*(?:business\s+)?(day|week|month|year)", answer.lower()):
        found.add(f"P{count}{unit[0].upper()}")
        if unit == "year":
            found.add(f"P{12 * int(count)}M")
        if unit == "month" and int(count) % 12 == 0:
            found.add(f"P{int(count) // 12}Y")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--errors")
    parser.add_argument("--fold", choices=("dev", "learn"), default="dev")
    options = parser.parse_args()
    wanted = options.errors
    gold = answers()

    def row_of(title: str) -> dict[str, str] | None:
        key = re.sub(r"[\W_]", "", title).lower()
        if key in gold:
            return gold[key]
        best = process.extractOne(key, list(gold), scorer=fuzz.ratio, score_cutoff=_SAME_TITLE)
        return None if best is None else gold[best[0]]

    score = {role: [0, 0, 0, 0, 0] for role in ROLES}
    for title, text in contracts(options.fold):
        row = row_of(title)
        if row is None:
            continue
        document = Document(text, (), "text/plain", "en")
        values = find_values(text, "en", clauses=segment(document))
        for role, column in ROLES.items():
            answer = row[column]
            expected = normal(role, answer)
            found = {value.value for value in values if value.type == role}
            known = {value for value in found if value is not None}
            counts = score[role]
            if expected:
                counts[0] += 1
                counts[1] += bool(expected & known)
                counts[2] += not known
            elif not answer:
                counts[3] += 1
                counts[4] += bool(known)
            if role == wanted and expected and not expected & known:
                print(f"{title[:60]}: expected {answer!r} found {found}")
            if role == wanted and not answer and known:
                print(f"{title[:60]}: nothing expected, found {known}")
    print(f"{'role':36} answered  agree  ratio  of them silent | unanswered, yet read")
    for role, (total, agree, silent, empty, read) in score.items():
        print(f"{role:36} {total:8d} {agree:6d}  {agree / max(1, total):.3f}  {silent:14d} | {empty:4d} {read:4d}")


if __name__ == "__main__":
    main()
