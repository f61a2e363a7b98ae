"""Holdings as arrays: parties numbered, rows filtered to a day, statements about one pair brought together.

How statements about the same owner, owned and measure combine (``_merge``):

1. rows of one source add up (ordinary and preference shares in one shareholder list), capped at the whole;
2. the intervals of different sources are intersected: each says the truth lies in its own;
3. where they do not meet, the source that states more is followed and a problem is reported.

Each step can only raise an end when a row's end is raised, so a larger holding never clears anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from checks.ownership.model import (
    TOLERANCE,
    UNIT,
    Entity,
    Holdings,
    Measure,
    Problem,
    Stated,
)
from kb.errors import LimitError, QueryError, RecordError

Ints = NDArray[np.int64]

MAX_HOLDINGS: Final = 8_000_000  # their parts of a whole must sum without overflow in 64 bits
MAX_PROBLEMS: Final = 1_000  # reported one by one; the rest as a number
_SLACK: Final = 1e-9  # a fraction may exceed 1 by this much through division by hundred
_COLUMNS: Final = 4
_CODES: Final = {measure.value: number for number, measure in enumerate(Measure)}


@dataclass(frozen=True, slots=True)
class Edges:
    """Holdings of one measure, one per pair, sorted by owner and owned; ends in ``UNIT`` parts."""

    owner: Ints
    owned: Ints
    low: Ints
    high: Ints

    def __len__(self) -> int:
        return len(self.owner)

    def starts(self, nodes: int) -> list[int]:
        """Return where each owner's holdings begin; one more entry for the end."""
        return [0, *np.cumsum(np.bincount(self.owner, minlength=nodes)).tolist()]


@dataclass(frozen=True, slots=True)
class Network:
    """All holdings of a day between numbered parties.

    Attributes:
        ids: party by number, in order of first appearance; ``numbers`` is the inverse.
        edges: holdings by measure, every measure present.
        problems: what is wrong with the data.
    """

    ids: list[Entity]
    numbers: dict[Entity, int]
    edges: dict[Measure, Edges]
    problems: tuple[Problem, ...]

    def known(self, parties: Iterable[Entity]) -> list[int]:
        """Return the numbers of those parties that hold or are held, each once, in ascending order."""
        numbers = self.numbers
        return sorted({numbers[party] for party in parties if party in numbers})


@dataclass(slots=True)
class _Problems:
    """The first ``MAX_PROBLEMS`` problems, and how many more there are; bad data must not cost more than good."""

    found: list[Problem]
    left_out: int = 0

    def room(self, places: Ints) -> Ints:
        """Return those places that can still be reported, and count the others."""
        free = MAX_PROBLEMS - len(self.found)
        self.left_out += max(0, len(places) - free)
        return places[:free]

    def all(self) -> tuple[Problem, ...]:
        if not self.left_out:
            return tuple(self.found)
        more = Problem("more", (), f"{self.left_out} further problems are not listed", "Mend these first.")
        return (*self.found, more)


@dataclass(frozen=True, slots=True)
class _Rows:
    owners: Sequence[Entity]
    owneds: Sequence[Entity]
    lows: Sequence[float | None]
    highs: Sequence[float | None]
    measures: Sequence[int] | None = None
    sources: Sequence[str] | None = None


def build(holdings: Holdings, *, as_of: date | None = None) -> Network:
    """Return the network of a day.

    Args:
        holdings: ``(owner, owned, low, high)`` as fractions 0-1 (None or NaN where not known), or ``Holding`` objects.
        as_of: the day; needed when a holding carries dates.

    Raises:
        RecordError: a row has another shape, or ends outside 0-1 or in the wrong order.
        QueryError: holdings carry dates and no day was given.
        LimitError: more than ``MAX_HOLDINGS`` rows.
    """
    rows = _columns(holdings, as_of)
    size = len(rows.owners)
    numbers = _numbers(chain(rows.owners, rows.owneds))
    owner, owned = _as_numbers(rows.owners, numbers), _as_numbers(rows.owneds, numbers)
    low, high = _ends(rows)
    measure = np.zeros(size, dtype=np.int64) if rows.measures is None else np.asarray(rows.measures, dtype=np.int64)
    source = np.zeros(size, dtype=np.int64)
    if rows.sources is not None:
        source = _as_numbers(rows.sources, _numbers(rows.sources))
    ids = list(numbers)
    problems = _Problems([])
    edges: dict[Measure, Edges] = {}
    for kind, code in _CODES.items():
        chosen = measure == code if rows.measures is not None else slice(None) if code == 0 else slice(0, 0)
        edges[Measure(kind)] = _merge(
            owner[chosen], owned[chosen], low[chosen], high[chosen], source[chosen], ids, problems
        )
    _look_for_problems(edges[Measure.SHARES], ids, problems)
    return Network(ids, numbers, edges, problems.all())


def _columns(holdings: Holdings, as_of: date | None) -> _Rows:
    rows: list[Any] = list(holdings)
    if len(rows) > MAX_HOLDINGS:
        raise LimitError(
            f"{len(rows)} holdings are more than {MAX_HOLDINGS}", remedy="Compute connected parts one by one."
        )
    if set(map(type, rows)) <= {tuple} and set(map(len, rows)) <= {
        _COLUMNS
    }:  # no Python step per row: a million are usual
        owners, owneds, lows, highs = (list(map(itemgetter(column), rows)) for column in range(_COLUMNS))
        return _Rows(owners, owneds, lows, highs)
    full = [_fields(number, row) for number, row in enumerate(rows)]
    dated = [row for row in full if row[5] is not None or row[6] is not None]
    if dated and as_of is None:
        raise QueryError(
            f"{len(dated)} holdings carry dates", code="ownership-day", remedy="Say as of which day (as_of)."
        )
    if as_of is not None:
        full = [row for row in full if (row[5] is None or row[5] <= as_of) and (row[6] is None or as_of < row[6])]
    if not full:
        return _Rows((), (), (), ())
    columns = list(zip(*full, strict=True))
    return _Rows(columns[0], columns[1], columns[2], columns[3], measures=columns[4], sources=columns[7])


def _fields(number: int, row: Any) -> tuple[Any, ...]:
    if isinstance(row, Stated):
        code = _CODES.get(row.measure)
        if code is None:
            raise _bad(number, f"its measure is {row.measure!r}", f"Use one of {', '.join(_CODES)}.")
        return row.owner, row.owned, row.low, row.high, code, row.valid_from, row.valid_to, row.source
    if isinstance(row, tuple | list) and len(row) == _COLUMNS:
        return *row, 0, None, None, ""
    raise _bad(number, "it is not (owner, owned, low, high)", "Give four values or a Holding.")


def _bad(number: int, what: str, remedy: str) -> RecordError:
    return RecordError(f"holding {number} cannot be used: {what}", place=f"holdings[{number}]", remedy=remedy)


def _numbers(parties: Iterable[Any]) -> dict[Any, int]:
    """Number the parties in order of first appearance."""
    try:
        distinct = dict.fromkeys(parties)
    except TypeError as error:
        raise RecordError(f"an id of a party cannot be hashed ({error})", remedy="Use strings as ids.") from error
    return dict(zip(distinct, range(len(distinct)), strict=True))


def _as_numbers(parties: Sequence[Any], numbers: dict[Any, int]) -> Ints:
    return np.fromiter(map(numbers.__getitem__, parties), dtype=np.int64, count=len(parties))


def _ends(rows: _Rows) -> tuple[Ints, Ints]:
    try:
        low = np.array(rows.lows, dtype=np.float64)
        high = np.array(rows.highs, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RecordError(f"an end of an interval is not a number ({error})", remedy="Give fractions 0-1.") from error
    low[np.isnan(low)] = 0.0
    high[np.isnan(high)] = 1.0
    wrong = np.flatnonzero((low < 0) | (high > 1 + _SLACK) | (low > high + _SLACK))
    if len(wrong):
        first = int(wrong[0])
        raise _bad(
            first,
            f"its interval is {low[first]:g} to {high[first]:g}",
            "Give fractions with 0 <= low <= high <= 1 (50 % is 0.5).",
        )
    parts_low = np.rint(np.minimum(low, 1.0) * UNIT).astype(np.int64)
    parts_high = np.rint(np.minimum(high, 1.0) * UNIT).astype(np.int64)
    return parts_low, np.maximum(parts_low, parts_high)


def _merge(
    owner: Ints, owned: Ints, low: Ints, high: Ints, source: Ints, ids: list[Entity], problems: _Problems
) -> Edges:
    if not len(owner):
        return Edges(owner, owned, low, high)
    order = (
        np.argsort(owner * len(ids) + owned, kind="stable") if not source.any() else np.lexsort((source, owned, owner))
    )
    owner, owned, low, high, source = owner[order], owned[order], low[order], high[order], source[order]
    new_pair = np.r_[True, (owner[1:] != owner[:-1]) | (owned[1:] != owned[:-1])]
    if new_pair.all():
        return Edges(owner, owned, low, high)
    blocks = np.flatnonzero(new_pair | np.r_[True, source[1:] != source[:-1]])
    low, high = np.add.reduceat(low, blocks), np.add.reduceat(high, blocks)
    owner, owned, new_pair = owner[blocks], owned[blocks], new_pair[blocks]
    for place in problems.room(np.flatnonzero(low > UNIT + TOLERANCE)):
        pair = ids[owner[place]], ids[owned[place]]
        problems.found.append(
            Problem(
                "repeated-over-whole",
                pair,
                f"one source gives {pair[0]} {low[place] / UNIT:.2%} of {pair[1]} in several rows",
                "See whether a row is repeated.",
            )
        )
    low, high = np.minimum(low, UNIT), np.minimum(high, UNIT)
    pairs = np.flatnonzero(new_pair)
    low, high = np.maximum.reduceat(low, pairs), np.minimum.reduceat(high, pairs)
    owner, owned = owner[pairs], owned[pairs]
    for place in problems.room(np.flatnonzero(low > high + TOLERANCE)):
        pair = ids[owner[place]], ids[owned[place]]
        problems.found.append(
            Problem(
                "contradiction",
                pair,
                f"sources contradict each other on what {pair[0]} holds of {pair[1]}: at least {low[place] / UNIT:.2%}"
                f" and at most {high[place] / UNIT:.2%}; the higher statement is followed",
                "Find out which source is right or out of date.",
            )
        )
    return Edges(owner, owned, low, np.maximum(low, high))


def _look_for_problems(edges: Edges, ids: list[Entity], problems: _Problems) -> None:
    for place in problems.room(np.flatnonzero((edges.owner == edges.owned) & (edges.high > 0))):
        party = ids[edges.owner[place]]
        problems.found.append(
            Problem(
                "self-holding",
                (party,),
                f"{party} holds {edges.low[place] / UNIT:.2%} of itself; that blocks nobody and leaves more to the"
                " others",
                "See whether these are treasury shares.",
            )
        )
    sums = np.bincount(edges.owned, edges.low, len(ids))
    for number in problems.room(np.flatnonzero(sums > UNIT * (1 + _SLACK))):
        party = ids[number]
        problems.found.append(
            Problem(
                "over-whole",
                (party,),
                f"the certain shares in {party} sum to {sums[number] / UNIT:.2%}",
                "See whether indirect holdings, votes or outdated rows are mixed in.",
            )
        )
