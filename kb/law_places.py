"""Which numbered unit of an act an offset of its text lies in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from kb.model import Provision

NUMBERED_LEVELS: Final = frozenset({"article", "paragraph", "item"})
"""Levels a citation can name by number; parts and chapters only order them."""


class Places:
    """The numbered units of one text, for looking up offsets in it."""

    def __init__(self, provisions: Iterable[Provision]) -> None:
        numbered = (each for each in provisions if each.level in NUMBERED_LEVELS)
        self._units = sorted(numbered, key=lambda each: (each.start, -each.end))
        self._starts = [each.start for each in self._units]

    def at(self, offset: int) -> Provision | None:
        """Return the innermost numbered unit an offset lies in, or None outside all of them."""
        for place in range(bisect_right(self._starts, offset) - 1, -1, -1):
            unit = self._units[place]
            if unit.end > offset:
                return unit
            if unit.level == "article":  # base units do not nest: nothing before it reaches here
                return None
        return None
