"""The weights by which candidates are weighed against each other and against "the contract does not say"."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from ingest.choice.candidates import FEATURES_VERSION, Candidate
from ingest.packaged_model import Arrays, load_model

FOLDER: Final = "en_values"


@dataclass(frozen=True, slots=True)
class Chooser:
    """A conditional logit over the candidates of a contract and "nothing".

    Attributes:
        weights: by feature name; other features weigh nothing.
        nothing: the score of "the contract does not say".
        threshold: least probability of a candidate that is answered; below it the answer is unknown.
    """

    weights: Mapping[str, float]
    nothing: float
    threshold: float

    def probabilities(self, candidates: Sequence[Candidate]) -> list[float]:
        """Return the probability of each candidate to be the value; what is missing to 1 is that of "nothing"."""
        scores = [sum(self.weights.get(name, 0.0) for name in each.features) for each in candidates]
        highest = max([self.nothing, *scores])
        shares = [math.exp(score - highest) for score in scores]
        total = sum(shares) + math.exp(self.nothing - highest)
        return [share / total for share in shares]

    def choose(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """Return the likeliest candidate, or None when it is below the threshold."""
        if not candidates:
            return None
        shares = self.probabilities(candidates)
        best = max(range(len(shares)), key=shares.__getitem__)
        return candidates[best] if shares[best] >= self.threshold else None


@cache
def notice_chooser() -> Chooser:
    """Return the packaged chooser of the notice that ends a renewal, loaded once per process.

    Raises:
        MissingPartError: it is absent, damaged, or was trained for other features.
    """
    return load_model(
        resources.files("ingest") / "models" / FOLDER,
        _build,
        name="the model that chooses notice periods",
        expected={"features_version": FEATURES_VERSION},
        remedy="Reinstall duegraph, or train it with python -m ingest.choice.train.",
    )


def _build(description: Mapping[str, Any], arrays: Arrays) -> Chooser:
    names: list[str] = description["features"]
    weights = [float(weight) for weight in arrays["notice"]]
    return Chooser(
        dict(zip(names, weights, strict=True)), float(description["nothing"]), float(description["threshold"])
    )
