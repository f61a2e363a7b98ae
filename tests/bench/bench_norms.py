"""Prints what contract norms reach on their own gold cases: ``python -m tests.bench.bench_norms``."""

from __future__ import annotations

import sys

from tests.ingest.test_norms import FIELDS, scores


def main() -> int:
    """Print precision and recall per field and language."""
    for language in ("en", "zh"):
        for gold, half in ((language, None), (f"{language}_unseen", 0), (f"{language}_unseen", 1)):
            cases, counts, wrong = scores(language, gold, half)
            which = {None: "", 0: ", open half", 1: ", closed half"}[half]
            print(f"{gold}{which}: {cases} cases, {cases - len(wrong)} right in every field")
            for name in FIELDS:
                right, found, expected = counts[name]
                print(f"  {name:12} P {right / max(found, 1):.3f}  R {right / max(expected, 1):.3f}  n={expected}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
