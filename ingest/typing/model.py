"""The packaged English model: what its files hold, and how they are checked before they are believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.packaged_model import load_model
from ingest.typing.features import FEATURES_VERSION
from ingest.typing.field_features import FIELD_BITS
from ingest.typing.runs import RUN_FEATURES
from ingest.typing.scorers import Calibration, Linear, Network, Trees
from ingest.typing.units import UNITS_VERSION

FORMAT: Final = 1
_REMEDY: Final = "Reinstall duegraph, or train the model again: python -m ingest.typing.train --cuad FILE."


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """Linear weights over the hashed and numeric features of proposed titles, parties and dates."""

    weights: NDArray[np.float64]
    numeric: NDArray[np.float64]
    bias: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TypeModel:
    """The trained English model.

    Attributes:
        categories: type of each score column.
        thresholds: probability from which a clause counts as the type, per category.
        priors: log-odds of a unit being of a category, in training.
        network_share: weight of the network in the joint unit score; the linear scorer has the rest.
        fields: per field category, its weights.
        calibrations: "unit", "run", "shadowed" and "field:<category>".
    """

    categories: tuple[str, ...]
    thresholds: NDArray[np.float64]
    priors: NDArray[np.float32]
    network_share: float
    linear: Linear
    networks: tuple[Network, ...]
    runs: Trees
    units: Trees
    fields: Mapping[str, FieldWeights]
    calibrations: Mapping[str, Calibration]
    version: str


def load_packaged(name: str) -> TypeModel:
    """Return the model in ``ingest/models/<name>``, read once per process.

    Raises:
        MissingPartError: it is absent, damaged, changed, or made for other features than this code extracts.
    """
    return _load_packaged(name)


@cache
def _load_packaged(name: str) -> TypeModel:
    return load(resources.files("ingest") / "models" / name)


def load(folder: Traversable) -> TypeModel:
    """Return the model in a folder; see ``load_packaged``."""
    return load_model(
        folder,
        _build,
        name="the clause-type model",
        expected={"format": FORMAT, "units": UNITS_VERSION, "features": FEATURES_VERSION, "runs": list(RUN_FEATURES)},
        remedy=_REMEDY,
    )


def _part(arrays: Mapping[str, NDArray[np.generic]], name: str) -> dict[str, NDArray[np.generic]]:
    return {key.removeprefix(f"{name}/"): value for key, value in arrays.items() if key.startswith(f"{name}/")}


def _build(description: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> TypeModel:
    return TypeModel(
        categories=tuple(description["categories"]),
        thresholds=np.asarray(description["thresholds"], dtype=np.float64),
        priors=np.asarray(description["priors"], dtype=np.float32),
        network_share=float(description["network_share"]),
        linear=Linear.load(_part(arrays, "linear")),
        networks=tuple(
            Network.load(_part(arrays, f"network{number}")) for number in range(int(description["networks"]))
        ),
        runs=Trees.load(_part(arrays, "runs")),
        units=Trees.load(_part(arrays, "units")),
        fields={name: field_weights(_part(arrays, f"field/{name}")) for name in description["fields"]},
        calibrations={name: Calibration.load(knots) for name, knots in description["calibrations"].items()},
        version=str(description["version"]),
    )


def field_weights(arrays: Mapping[str, NDArray[np.generic]]) -> FieldWeights:
    """Build field weights from the stored arrays ``keys, weights, numeric, bias``."""
    weights = np.zeros(1 << FIELD_BITS, dtype=np.float64)
    weights[arrays["keys"].astype(np.int64)] = arrays["weights"].astype(np.float64)
    return FieldWeights(weights, arrays["numeric"].astype(np.float64), arrays["bias"].astype(np.float64))
