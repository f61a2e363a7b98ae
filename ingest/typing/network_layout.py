"""Which units a unit is read together with: the one before, the one after, its title and the title above."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.typing.units import Unit


def contexts(units: Sequence[Unit]) -> NDArray[np.int64]:
    """Return the neighbours of each unit, shape (4, units); ``len(units)`` stands for none."""
    count = len(units)
    before = np.arange(count) - 1
    after = np.arange(count) + 1
    title = np.array([unit.heading for unit in units], dtype=np.int64)
    above = np.array([unit.parent for unit in units], dtype=np.int64)
    stacked = np.stack([before, after, title, above]) if count else np.zeros((4, 0), dtype=np.int64)
    return np.where(stacked < 0, count, stacked)
