"""Ownership: who is caught by an ownership rule, what part of whom listed parties hold, who owns in the end.

Two different questions, two different computations:

- ``blocked``, ``assess``: the test of a sanctions rule, a threshold cascade (``cascade``);
- ``listed_share``, ``beneficial_owners``: the economic share, percentages multiplied along chains (``share``).
"""

from checks.ownership.api import blocked, listed_share, possibly_blocked
from checks.ownership.model import UNKNOWN, Entity, Holding, HoldingLike, Holdings, Interval, Measure, Outcome, Problem

__all__ = [
    "UNKNOWN",
    "Entity",
    "Holding",
    "HoldingLike",
    "Holdings",
    "Interval",
    "Measure",
    "Outcome",
    "Problem",
    "blocked",
    "listed_share",
    "possibly_blocked",
]
