"""Precision and recall of party names on the CUAD development split (every fifth title).

Gold: the "Parties" spans of a contract; a span that another text than its own first naming defines in quotation marks
is a role label, not a name, so names are the spans that contain no quotation mark and are not quoted in the text.
A found name is right when, without case and punctuation, it equals a gold span or one contains the other.

Run: ``python -m tests.bench.bench_parties [--errors]``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re

from ingest.clauses import segment
from ingest.lang import grammar
from ingest.parties import find_parties
from kb.model import Document
from tests.bench.bench_values import DATA


def plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--errors", action="store_true")
    show = parser.parse_args().errors
    with gzip.open(DATA / "train.json.gz") as file:
        contracts = sorted(json.load(file)["data"], key=lambda contract: contract["title"])[::5]
    found_total = right = gold_total = hit = roles = 0
    for contract in contracts:
        paragraph = contract["paragraphs"][0]
        text = paragraph["context"]
        spans = [
            answer
            for question in paragraph["qas"]
            if question["id"].endswith("__Parties")
            for answer in question["answers"]
        ]
        labels = {plain(span["text"]) for span in spans}
        names = set()
        generic = {plain(role) for role in grammar("en", "norms")["subject"]["roles"]}
        for span in spans:
            start = span["answer_start"]
            end = start + len(span["text"])
            quoted = text[max(0, start - 1) : start] in ('"', "“", "'") or text[end : end + 1] in ('"', "”", "'")
            # A role label without quotes ("the Sponsor") is no name.
            if plain(re.sub(r"(?i)^the\s+", "", span["text"])) in generic:
                continue
            if not quoted and not re.search(r"[\"“”]", span["text"]) and len(plain(span["text"])) > 2:
                names.add(plain(span["text"]))
        clauses = segment(Document(text, (), "text/plain", "en"))
        parties = find_parties(text, "en", clauses=clauses)
        got = {plain(party.name) for party in parties}
        good = {name for name in got if any(name in label or label in name for label in labels if len(label) > 2)}
        reached = {name for name in names if any(name in other or other in name for other in got)}
        found_total += len(got)
        right += len(good)
        gold_total += len(names)
        hit += len(reached)
        roles += sum(party.role is not None for party in parties)
        if show and (got - good or names - reached):
            print(contract["title"][:60])
            print("   wrong", [party.name for party in parties if plain(party.name) in got - good])
            print("   missed", sorted({span["text"] for span in spans if plain(span["text"]) in names - reached}))
    print(f"names found {found_total}, right {right}: precision {right / found_total:.3f}")
    print(f"gold names {gold_total}, reached {hit}: recall {hit / gold_total:.3f}; parties with a role {roles}")


if __name__ == "__main__":
    main()
