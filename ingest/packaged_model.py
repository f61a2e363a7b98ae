"""Loading a trained model from its folder: what its files hold is checked before it is believed.

A folder holds ``weights.npz`` (arrays only, never pickled objects) and ``model.json``, which names the digest of the
weights, the versions of what they were trained with, and whatever is not an array.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from importlib.resources.abc import Traversable
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from kb.errors import MissingPartError

WEIGHTS: Final = "weights.npz"
DESCRIPTION: Final = "model.json"

Model = TypeVar("Model")
Arrays = Mapping[str, NDArray[np.generic]]


def load_model(
    folder: Traversable,
    build: Callable[[Mapping[str, Any], Arrays], Model],
    *,
    name: str,
    expected: Mapping[str, object],
    remedy: str,
) -> Model:
    """Return what ``build`` makes of the description and the arrays of a model.

    Args:
        folder: where the model is.
        build: may raise KeyError, TypeError, ValueError or IndexError on what does not fit.
        name: of the model, for errors ("the clause-type model").
        expected: what the description must say of the versions it was trained with.
        remedy: what to do when it cannot be loaded.

    Raises:
        MissingPartError: it is absent, damaged, changed, or made for other versions than this code has.
    """
    try:
        description: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        raw = (folder / WEIGHTS).read_bytes()
    except (OSError, ValueError) as error:
        raise MissingPartError(f"{name} cannot be read: {error}", place=str(folder), remedy=remedy) from error
    found = hashlib.sha256(raw).hexdigest()
    if found != description.get("sha256"):
        raise MissingPartError(
            f"{WEIGHTS} has SHA-256 {found}, its description says {description.get('sha256')}",
            code="model-hash-mismatch",
            place=str(folder),
            remedy=remedy,
        )
    for key, value in expected.items():
        if description.get(key) != value:
            raise MissingPartError(
                f"{name} was trained for other {key} than this code has",
                code="model-version-mismatch",
                place=str(folder),
                remedy=remedy,
            )
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        return build(description, arrays)
    except (KeyError, TypeError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise MissingPartError(f"{name} is damaged: {error!r}", place=str(folder), remedy=remedy) from error
