"""The gold norms of law: reading the cases and scoring what is found."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.obligations import find_obligations
from kb.model import ActVersion, LegalNorm, Provision

FOLDER: Final = Path(__file__).parents[1] / "gold" / "obligations"
LANGUAGES: Final = ("en", "zh")
_PARTS: Final = {"norm": (0,), "bearer": (0, 1), "deadline": (2,), "beneficiary": (3,)}
"""What of a norm (modality, bearer, deadline, beneficiary) is compared under each name."""


@dataclass(slots=True)
class Counts:
    """How many are right, found and wanted."""

    hit: int = 0
    found: int = 0
    wanted: int = 0

    @property
    def precision(self) -> float:
        """Share of what is found that is right."""
        return self.hit / max(self.found, 1)

    @property
    def recall(self) -> float:
        """Share of what is wanted that is found."""
        return self.hit / max(self.wanted, 1)


def norms(text: str, language: str) -> tuple[LegalNorm, ...]:
    """Return the norms of a text read as one article."""
    act = ActVersion("x", "x", None, provisions=(Provision("1", "1", None, "article", 0, len(text)),))
    return find_obligations(text, act, language=language)


def score(
    language: str, look: Callable[[tuple[LegalNorm, ...], str], None] | None = None
) -> tuple[int, dict[str, Counts], list[str]]:
    """Return the number of cases, counts by what is compared, and the cases that differ.

    Args:
        language: whose cases.
        look: called with what was found in each text.
    """
    cases = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))["case"]
    counts = {name: Counts() for name in _PARTS}
    wrong: list[str] = []
    for case in cases:
        found = norms(case["text"], language)
        if look is not None:
            look(found, case["text"])
        got = [(n.modality.value, n.bearer or "", n.deadline or "", n.beneficiary or "") for n in found]
        gold = [tuple(each) for each in case["norms"]]
        if got != gold:
            wrong.append(f"{case['text']} {got} for {gold}")
        for name, part in _PARTS.items():
            have = [tuple(each[at] for at in part) for each in got]
            want = [tuple(each[at] for at in part) for each in gold]
            if name in ("deadline", "beneficiary"):
                have, want = [each for each in have if each[0]], [each for each in want if each[0]]
            counts[name].hit += sum(min(have.count(each), want.count(each)) for each in set(have))
            counts[name].found += len(have)
            counts[name].wanted += len(want)
    return len(cases), counts, wrong
