"""The gold cases of role values, and how a reader does on them."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, Final

from ingest.values import find_values
from kb.model import ValueType

GOLD: Final = Path(__file__).parents[1] / "gold" / "values"
PLAIN: Final = {str(kind) for kind in ValueType}
ROLES: Final = (
    "Agreement Date",
    "Effective Date",
    "Expiration Date",
    "Renewal Term",
    "Notice Period to Terminate Renewal",
    "Governing Law",
    "Forum",
)


def cases(language: str) -> list[dict[str, Any]]:
    """Return the cases of a language in the order of the file."""
    with (GOLD / f"{language}.toml").open("rb") as file:
        found: list[dict[str, Any]] = tomllib.load(file)["case"]
    return found


def read(text: str, language: str) -> list[list[str]]:
    """Return what is found in a text, in the form of the gold file."""
    return [
        [str(value.type), value.value or "", value.unit or "", text[value.start : value.end]]
        for value in find_values(text, language)
        if str(value.type) not in PLAIN
    ]


def scores(language: str, half: int | None = None) -> tuple[int, dict[str, list[int]], list[str]]:
    """Return the number of cases, per role [right, found, expected], and the cases that differ.

    Args:
        language: "en" or "zh".
        half: 0 for the open half, on which the reader was corrected, 1 for the closed one; None for both.
    """
    counts = {role: [0, 0, 0] for role in ROLES}
    wrong: list[str] = []
    chosen = [case for index, case in enumerate(cases(language)) if half in {None, index % 2}]
    for case in chosen:
        expected, found = case["found"], read(case["text"], language)
        for role in ROLES:
            want = Counter(tuple(row) for row in expected if row[0] == role)
            got = Counter(tuple(row) for row in found if row[0] == role)
            for column, number in enumerate(((want & got).total(), got.total(), want.total())):
                counts[role][column] += number
        if sorted(expected) != sorted(found):
            wrong.append(f"{case['text']}\n  expected {sorted(expected)}\n  found    {sorted(found)}")
    return len(chosen), counts, wrong
