"""Accuracy of role values on CUAD's training titles against the normalised master answers.

Every fifth title is the development split that figures are quoted on; ``--fold learn`` takes the other four fifths, on
which rules are written and choosers trained. Run: ``python -m tests.bench values [--fold learn] [--errors ROLE]``.

Prints, per role: contracts with an answer, those that agree (and how many of them only by the quote that belongs to the
answer, see ``values_gold``), those read as nothing; contracts without an answer for which something was read all the
same; contracts whose answer has blank parts, and how many of those were read as a full value. Perpetual terms have a
line of their own. Beside it stands what one line of pattern per role reaches ("first date", "first date after until",
"first period before notice" …) over the same plain values. Last come the cases of our own (``tests/gold/values``).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter

from ingest.clauses import segment
from ingest.values import find_values
from kb.model import Document, Value, ValueType
from tests.bench.values_gold import DATA, PERPETUAL, ROLES, answers, normal, quoted, row_of
from tests.ingest.value_gold import scores

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


_NEAR = {
    # role: (kind of value, words that stand up to 120 characters before it, words up to 120 characters behind it)
    "Agreement Date": (ValueType.DATE, "", ""),
    "Effective Date": (ValueType.DATE, "", ""),
    "Expiration Date": (ValueType.DATE, r"until|through|expir|terminat|end", ""),
    "Renewal Term": (ValueType.DURATION, r"renew|extend|successive|additional", ""),
    "Notice Period to Terminate Renewal": (ValueType.DURATION, r"renew|extend", r"notice|prior|before"),
}


def baseline(text: str, values: tuple[Value, ...], role: str) -> str | None:
    """Return what one line of pattern reads: the first value of the right kind near the right word."""
    if role == "Governing Law":
        found = re.search(r"(?i)\blaws\s+of\s+(?:the\s+)?(?:state\s+of\s+)?([A-Z][a-z]+(?:\s[A-Z][a-z]+)?)", text)
        return None if found is None else next(iter(normal(role, found[1])), None)
    kind, before, after = _NEAR[role]
    for value in values:
        left, right = text[max(0, value.start - 120) : value.start], text[value.end : value.end + 120]
        if value.type != kind or value.value is None or re.search(before, left, re.IGNORECASE) is None:
            continue
        if re.search(after, right, re.IGNORECASE) is not None:
            return value.value
    return None


def own_gold() -> None:
    """Print how the cases of our own are read."""
    for language in ("en", "zh"):
        for half, name in ((0, "open half"), (1, "closed half")):
            total, counts, wrong = scores(language, half)
            right, found, expected = (sum(count[column] for count in counts.values()) for column in range(3))
            print(
                f"own gold, {language}, {name}: {total} cases, {total - len(wrong)} right in every role,"
                f" P {right / max(1, found):.3f} R {right / max(1, expected):.3f} of {expected} values"
            )


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
                counts["plain"] += baseline(text, values, role) in expected
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
    print(f"{'role':36} answered  agree  ratio  as typed  pattern  silent | no answer, yet read | blank, yet read")
    for role, counts in score.items():
        total = counts["answered"]
        agree, typed, plain = (counts[name] / max(1, total) for name in ("agree", "typed", "plain"))
        print(
            f"{role:36} {total:8d} {counts['agree']:6d}  {agree:.3f}  {typed:8.3f}  {plain:7.3f}  {counts['silent']:6d}"
            f" | {counts['empty']:9d} {counts['empty_read']:9d} | {counts['blank']:5d} {counts['blank_read']:9d}"
        )
    own_gold()


if __name__ == "__main__":
    main()
