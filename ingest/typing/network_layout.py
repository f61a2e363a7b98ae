"""Which units a unit is read together with: its neighbours, its title and the title above."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.typing.units import Unit


def contexts(units: Sequence[Unit]) -> NDArray[np.int64]:
    """Return, per unit, the unit before, the one after, its title, the title above, and the second before and after.

    Shape (6, units); ``len(units)`` stands for none. The order is part of trained networks, which may use fewer.
    """
    count = len(units)
    place = np.arange(count)
    title = np.array([unit.heading for unit in units], dtype=np.int64)
    above = np.array([unit.parent for unit in units], dtype=np.int64)
    stacked = np.stack([place - 1, place + 1, title, above, place - 2, place + 2])
    return np.where((stacked < 0) | (stacked > count), count, stacked)
