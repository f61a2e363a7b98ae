"""What ownership is computed on: intervals, holdings, and what is wrong with the data.

A share is an ``Interval`` because registers give ranges and often nothing: the true share lies between the ends, both
included. What holds with the low ends holds whatever the true shares are (*certain*); what holds only with the high
ends may hold (*possible*); what does not even hold with those does not (*no*).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

Entity = Hashable
"""An id of a party: any hashable value, usually a string. Equal ids are the same party."""

# Shares are added as whole numbers of this many parts, so that sums do not depend on the order of the rows.
UNIT: Final = 10**12
# Two sums nearer than this are equal: seven holders of a fourteenth each own a half. A percentage with seven decimal
# places is still told apart from its neighbour.
TOLERANCE: Final = 100  # of UNIT parts, that is 1e-10


class Outcome(StrEnum):
    """Whether a statement about shares holds, given that the true shares lie somewhere in their intervals."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    NO = "no"


class Measure(StrEnum):
    """What a holding is a share of.

    ``SHARES``: capital. ``VOTES``: voting rights. ``CONTROL``: a stated right or fact of control, which has no size.
    ``INDIRECT``: a holding through others that the data states as well; it repeats what the chain says and is
    therefore never added to it.
    """

    SHARES = "shares"
    VOTES = "votes"
    CONTROL = "control"
    INDIRECT = "indirect"


@dataclass(frozen=True, slots=True)
class Interval:
    """A share of which only the bounds are known, ``0 <= low <= high <= 1``; exact when they are equal."""

    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether the share is known exactly."""
        return self.low == self.high

    def reaches(self, threshold: float, *, strict: bool = False) -> Outcome:
        """Say whether the share is at least ``threshold`` (more than it when ``strict``)."""
        need = needed(threshold, strict=strict)
        if round(self.low * UNIT) >= need:
            return Outcome.CERTAIN
        return Outcome.POSSIBLE if round(self.high * UNIT) >= need else Outcome.NO


UNKNOWN: Final = Interval(0.0, 1.0)
NONE: Final = Interval(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Holding:
    """One statement that a party holds a share of another.

    Attributes:
        low: smallest the share can be, as a fraction 0-1; None when not known (then 0).
        high: largest it can be; None when not known (then 1).
        valid_from: first day it is held, None when open.
        valid_to: day from which it is held no more, None when open.
        source: who states it. Rows of one source about the same pair are separate blocks of shares and add up;
            statements of different sources about one pair speak of the same thing and are intersected.
    """

    owner: Entity
    owned: Entity
    low: float | None = None
    high: float | None = None
    measure: str = Measure.SHARES
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""


@runtime_checkable
class Stated(Protocol):
    """Anything with the fields of ``Holding``; what ``ingest.holdings`` reads has them."""

    @property
    def owner(self) -> Entity: ...  # noqa: D102
    @property
    def owned(self) -> Entity: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102
    @property
    def measure(self) -> str: ...  # noqa: D102
    @property
    def valid_from(self) -> date | None: ...  # noqa: D102
    @property
    def valid_to(self) -> date | None: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102


HoldingLike = Stated | tuple[Entity, Entity, float | None, float | None]
Holdings = Iterable[HoldingLike]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the holdings that cannot be quite right; the computation goes on and says how.

    Attributes:
        code: "over-whole" (certain shares in one party sum to more than the whole), "self-holding",
            "contradiction" (sources whose intervals do not meet), "repeated-over-whole" (blocks of one owner in one
            source exceed the whole), "not-converged" (bounds given, not the exact figure), "more" (further problems
            were left out).
        entities: whom it concerns, owner before owned.
        detail: one sentence.
        remedy: what to look at.
    """

    code: str
    entities: tuple[Entity, ...]
    detail: str
    remedy: str


def needed(threshold: float, *, strict: bool) -> int:
    """Return how many ``UNIT`` parts a sum must have to be at least (``strict``: more than) ``threshold``."""
    parts = round(threshold * UNIT)
    return parts + TOLERANCE + 1 if strict else parts - TOLERANCE
