"""Proposes runs of neighbouring units as spans for each category, and describes each run for the ranking model.

A gold span is one unit in about two cases of three, else a run of two or more units under one title. For every category
the units with the best scores are seeds; strong seeds are also grown to their neighbours and to their whole section.
The ranking model then sees each run with the scores inside, just outside and elsewhere in the contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.typing.units import Unit

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

SEED_FLOOR: Final = -8.5
"""Logit below which a unit is no seed: under one in a thousand such units is marked."""

GROW_FLOOR: Final = -4.0
"""Logit from which a seed is grown: runs around weaker seeds never reach a usable probability."""

SEEDS: Final = 20
"""Best units kept per contract and category; contracts with more marked spans of one category are rare."""

LONGEST_RUN: Final = 10
"""Units in the longest run; longer gold spans are mostly whole articles, under 1 % of all."""

_GROWTH: Final = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (2, 0), (1, 1), (3, 0))
"""(units before, units after) the seed."""

RUN_FEATURES: Final = (
    "max", "min", "mean", "first", "last", "before", "after", "before2", "after2", "best", "second", "rank", "strong",
    "gap", "other", "units", "words", "log_words", "to_section_start", "to_section_end", "section_units", "title_logit",
    "above_logit", "position", "log_start", "document_units", "marked", "colon_before", "colon_end", "semicolon_end",
    "stop_end", "after_marked", "capitals", "prior", "category", "strong_inside", "section_mean", "category_mass",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """What the ranking model needs to know about the units of one contract, one entry per unit."""

    start: Ints
    end: Ints
    words: Ints
    heading: Ints
    parent: Ints
    is_heading: NDArray[np.bool_]
    marked: NDArray[np.bool_]
    capitals: NDArray[np.bool_]
    last: Ints
    section_first: Ints
    section_last: Ints


@dataclass(frozen=True, slots=True)
class Runs:
    """Proposed runs: category index, first and last unit (inclusive), one row of features each."""

    category: Ints
    first: Ints
    last: Ints
    features: Floats


def describe(text: str, units: Sequence[Unit], words: Ints) -> Layout:
    """Return the layout of a contract's units."""
    count = len(units)
    heading = np.fromiter((unit.heading for unit in units), dtype=np.int64, count=count)
    is_heading = np.fromiter((unit.is_heading for unit in units), dtype=np.bool_, count=count)
    border = np.ones(count, dtype=np.bool_)
    border[1:] = (heading[1:] != heading[:-1]) | is_heading[1:] | is_heading[:-1]
    section = np.cumsum(border) - 1
    firsts = np.flatnonzero(border)
    lasts = np.append(firsts[1:] - 1, count - 1)
    return Layout(
        start=np.fromiter((unit.start for unit in units), dtype=np.int64, count=count),
        end=np.fromiter((unit.end for unit in units), dtype=np.int64, count=count),
        words=words,
        heading=heading,
        parent=np.fromiter((unit.parent for unit in units), dtype=np.int64, count=count),
        is_heading=is_heading,
        marked=np.fromiter((unit.marked for unit in units), dtype=np.bool_, count=count),
        capitals=np.fromiter((text[unit.start : unit.end].isupper() for unit in units), dtype=np.bool_, count=count),
        last=np.fromiter((ord(text[unit.end - 1]) for unit in units), dtype=np.int64, count=count),
        section_first=firsts[section],
        section_last=lasts[section],
    )


def propose(layout: Layout, logits: Floats, priors: Floats, *, grow: bool = True) -> Runs:
    """Return the runs worth ranking.

    Args:
        layout: the units of one contract.
        logits: unit scores, shape (units, categories).
        priors: log-odds of a unit being marked, per category.
        grow: also propose runs of several units.
    """
    count, categories = logits.shape
    if count == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return Runs(nothing, nothing, nothing, np.zeros((0, len(RUN_FEATURES)), dtype=np.float32))
    kept = min(SEEDS, count)
    top = np.argpartition(-logits, kept - 1, axis=0)[:kept]
    category = np.broadcast_to(np.arange(categories), top.shape).ravel()
    seed = top.ravel()
    wanted = logits[seed, category] > SEED_FLOOR
    seed, category = seed[wanted], category[wanted]
    strong = logits[seed, category] > (GROW_FLOOR if grow else np.inf)
    grown, grown_category = seed[strong], category[strong]
    firsts, lasts, of = [seed], [seed], [category]
    for before, after in _GROWTH:
        first, last = grown - before, grown + after
        inside = (first >= layout.section_first[grown]) & (last <= layout.section_last[grown])
        firsts.append(first[inside])
        lasts.append(last[inside])
        of.append(grown_category[inside])
    section_first, section_last = layout.section_first[grown], layout.section_last[grown]
    for first, last in ((section_first, section_last), (grown, section_last), (section_first, grown)):
        fits = (last > first) & (last - first < LONGEST_RUN)
        firsts.append(first[fits])
        lasts.append(last[fits])
        of.append(grown_category[fits])
    key = (np.concatenate(of) * count + np.concatenate(firsts)) * LONGEST_RUN * 2
    key = np.unique(key + np.concatenate(lasts) - np.concatenate(firsts))
    length = key % (LONGEST_RUN * 2)
    first = key // (LONGEST_RUN * 2) % count
    run_category = key // (LONGEST_RUN * 2) // count
    last = first + length
    return Runs(run_category, first, last, _features(layout, logits, priors, run_category, first, last))


def _features(layout: Layout, logits: Floats, priors: Floats, category: Ints, first: Ints, last: Ints) -> Floats:
    count = len(layout.start)
    if len(category) == 0:
        return np.zeros((0, len(RUN_FEATURES)), dtype=np.float32)
    steps = np.arange(LONGEST_RUN)
    unit = np.minimum(first[:, None] + steps, count - 1)
    inside = first[:, None] + steps <= last[:, None]
    scores = logits[unit, category[:, None]]
    length = last - first + 1
    low = np.float32(-12.0)
    total = np.where(inside, scores, 0).sum(axis=1)
    ordered = -np.sort(-logits, axis=0)[: min(3, count)]
    best = ordered[0]
    second = ordered[min(1, count - 1)]
    maximum = np.where(inside, scores, low).max(axis=1)
    rank = (logits[:, category] > maximum).sum(axis=0) if count < 64 else _rank(logits, category, maximum)
    strong = (logits > 0).sum(axis=0)
    mass = np.log1p((1 / (1 + np.exp(-logits))).sum(axis=0))
    others = np.sort(logits, axis=1)
    top_other = np.where(
        others[first, -1] > logits[first, category],
        others[first, -1],
        others[first, -2] if logits.shape[1] > 1 else low,
    )

    def at(index: Ints) -> Floats:
        exists = (index >= 0) & (index < count)
        return np.where(exists, logits[np.clip(index, 0, count - 1), category], low).astype(np.float32)

    section_first, section_last = layout.section_first[first], layout.section_last[first]
    sums = np.vstack([np.zeros((1, logits.shape[1]), dtype=np.float32), np.cumsum(logits, axis=0)])
    section_units = section_last - section_first + 1
    words = np.concatenate(([0], np.cumsum(layout.words)))
    run_words = words[last + 1] - words[first]
    heading = layout.heading[first]
    parent = layout.parent[first]
    previous_end = layout.last[np.maximum(first - 1, 0)]
    next_unit = np.minimum(last + 1, count - 1)
    columns = (
        maximum,
        np.where(inside, scores, -low).min(axis=1),
        total / length,
        logits[first, category],
        logits[last, category],
        at(first - 1),
        at(last + 1),
        at(first - 2),
        at(last + 2),
        best[category],
        second[category],
        rank,
        strong[category],
        maximum - best[category],
        top_other,
        length,
        run_words,
        np.log1p(run_words),
        first - section_first,
        section_last - last,
        section_units,
        np.where(heading >= 0, at(heading), low),
        np.where(parent >= 0, at(parent), low),
        first / count,
        np.log1p(layout.start[first]),
        np.full(len(first), count),
        layout.marked[first],
        previous_end == ord(":"),
        layout.last[last] == ord(":"),
        layout.last[last] == ord(";"),
        layout.last[last] == ord("."),
        layout.marked[next_unit],
        layout.capitals[first],
        priors[category],
        category,
        np.where(inside, scores > 0, False).sum(axis=1),
        (sums[section_last + 1, category] - sums[section_first, category]) / section_units,
        mass[category],
    )
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


def _rank(logits: Floats, category: Ints, maximum: Floats) -> Ints:
    """Number of units of the contract that score above each run, by bisection per category."""
    ordered = np.sort(logits, axis=0)
    rank = np.empty(len(category), dtype=np.int64)
    for number in np.unique(category):
        rows = category == number
        rank[rows] = len(ordered) - np.searchsorted(ordered[:, number], maximum[rows], side="right")
    return rank
