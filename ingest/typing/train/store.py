"""Writes a trained model so that the same training always gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.packaged_model import DESCRIPTION, WEIGHTS
from ingest.typing.features import FEATURES_VERSION
from ingest.typing.model import FORMAT
from ingest.typing.runs import RUN_FEATURES
from ingest.typing.train import card
from ingest.typing.train.encoders import Arrays
from ingest.typing.train.stages import Stages
from ingest.typing.units import UNITS_VERSION

CARD: Final = "MODEL.md"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Zip files carry a time for every member; a fixed one keeps the bytes a function of the arrays."""


def write(
    folder: Path,
    *,
    categories: Sequence[str],
    priors: NDArray[np.float32],
    network_share: float,
    linear: Arrays,
    networks: Sequence[Arrays],
    stages: Stages,
    training: Mapping[str, Any],
) -> str:
    """Write ``weights.npz``, ``model.json`` and ``MODEL.md`` and return the SHA-256 of the weights."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, part in (
        ("linear", linear),
        *((f"network{number}", part) for number, part in enumerate(networks)),
        ("runs", stages.runs),
        ("units", stages.units),
        *((f"field/{category}", part) for category, part in stages.fields.items()),
    ):
        arrays |= {f"{name}/{key}": _narrow(key, value) for key, value in part.items()}
    folder.mkdir(parents=True, exist_ok=True)
    raw = _pack(arrays)
    (folder / WEIGHTS).write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    description = {
        "format": FORMAT,
        "units": UNITS_VERSION,
        "features": FEATURES_VERSION,
        "runs": list(RUN_FEATURES),
        "version": f"{FORMAT}.{digest[:8]}",
        "sha256": digest,
        "categories": list(categories),
        "thresholds": [round(float(value), 4) for value in stages.thresholds],
        "priors": [round(float(value), 4) for value in priors],
        "network_share": network_share,
        "networks": len(networks),
        "fields": list(stages.fields),
        "calibrations": stages.calibrations,
        "training": dict(training),
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / CARD).write_text(card.render(description), encoding="utf-8")
    return digest


def _narrow(key: str, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Store hashes as 32-bit integers, document frequencies and byte scales as half floats; the rest as trained."""
    if key == "keys":
        return values.astype(np.int32)
    if key in ("idf", "scales"):
        return values.astype(np.float16)
    return values


def _pack(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(member, content.getvalue())
    return buffer.getvalue()
