"""Prints what contract norms reach on their own gold cases: ``python -m tests.bench.bench_norms``."""

from __future__ import annotations

import sys

from tests.ingest.test_norms import FIELDS, scores


def main() -> int:
    """Print precision and recall per field and language."""
    for language in ("en", "zh"):
        cases, counts, _ = scores(language)
        print(f"{language}: {cases} cases")
        for name in FIELDS:
            right, found, expected = counts[name]
            print(f"  {name:12} P {right / max(found, 1):.3f}  R {right / max(expected, 1):.3f}  n={expected}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
