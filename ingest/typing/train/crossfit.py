"""Scores every contract by unit scorers trained on the other folds, so that later stages see honest scores."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.typing.features import FEATURES_VERSION
from ingest.typing.scorers import Linear, Network
from ingest.typing.train.corpus import FOLDS, Sample
from ingest.typing.train.encoders import LINEAR, Arrays, Recipe, train_linear, train_network
from ingest.typing.units import UNITS_VERSION

logger = logging.getLogger(__name__)

Floats = NDArray[np.float32]

_PARTS: Final[dict[str, Callable[[Sequence[Sample], Recipe], Arrays]]] = {
    "linear": train_linear,
    "network": train_network,
}


def crossfit(
    part: str,
    samples: Sequence[Sample],
    folds: NDArray[np.int64],
    recipe: Recipe,
    cache: Path | None,
    only: int | None = None,
) -> list[Floats]:
    """Return out-of-fold log-odds per contract.

    Args:
        part: "linear" or "network".
        samples: all contracts.
        folds: fold of each contract.
        recipe: settings of the scorers.
        cache: folder that keeps each fold's scores between runs, by the settings they were made with; None for none.
        only: compute just this fold (the others come back empty), to spread the work over processes.
    """
    result: list[Floats] = [np.zeros((0, 0), dtype=np.float32)] * len(samples)
    for fold in range(FOLDS) if only is None else (only,):
        held = np.flatnonzero(folds == fold).tolist()
        place = None if cache is None else cache / f"{part}-{_fingerprint(part, samples, recipe)}-{fold}.npz"
        if place is not None and place.exists():
            with np.load(place, allow_pickle=False) as stored:
                for number in held:
                    result[number] = stored[str(number)]
            continue
        arrays = _PARTS[part]([samples[number] for number in np.flatnonzero(folds != fold).tolist()], recipe)
        scorer = Linear.load(arrays) if part == "linear" else Network.load(arrays)
        for number in held:
            sample = samples[number]
            result[number] = (
                scorer.score(sample.features)
                if isinstance(scorer, Linear)
                else scorer.score(sample.features, sample.contexts)
            )
        if place is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            scores: Any = {str(number): result[number] for number in held}
            np.savez(place, allow_pickle=False, **scores)
        logger.info("event=typing.crossfit part=%s fold=%d", part, fold)
    return result


def train_part(part: str, samples: Sequence[Sample], recipe: Recipe) -> Arrays:
    """Fit one scorer on all samples."""
    return _PARTS[part](samples, recipe)


def _fingerprint(part: str, samples: Sequence[Sample], recipe: Recipe) -> str:
    """Return a short digest of everything a part's scores depend on."""
    settings: dict[str, Any] = {
        name: value for name, value in asdict(recipe).items() if (name in LINEAR) == (part == "linear")
    }
    settings |= {"units": UNITS_VERSION, "features": FEATURES_VERSION, "seed": recipe.seed}
    if part == "network":
        settings["contexts"] = len(samples[0].contexts)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for sample in samples:
        digest.update(sample.contract.title.encode())
        digest.update(sample.features.key.tobytes())
    return digest.hexdigest()[:12]
