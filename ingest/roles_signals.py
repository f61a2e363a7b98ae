"""What speaks for and against a value in the role it may play: the signals of ``roles.toml``, and clause titles."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from ingest.lang import grammar
from kb.model import Clause

_SIGNALS: dict[str, tuple[tuple[str, re.Pattern[str], int], ...]] = {}


def score_of(section: str, before: str, after: str, **further: str) -> int:
    """Return the sum of the weights of the signals that the words around a value give.

    Args:
        section: of ``roles.toml``.
        before: words of the sentence before the value.
        after: words of the sentence behind it.
        further: other words signals may ask for, by the name of their place ("title", "lead", "words").
    """
    return sum(weight for weight in _fired(section, before, after, further).values())


def fired(section: str, before: str, after: str) -> list[int]:
    """Return the numbers of the signals that the words around a value give."""
    return list(_fired(section, before, after, {}))


def _fired(section: str, before: str, after: str, further: Mapping[str, str]) -> dict[int, int]:
    if section not in _SIGNALS:
        _SIGNALS[section] = tuple(
            (signal["where"], re.compile(signal["pattern"]), int(signal["weight"]))
            for signal in grammar("en", "roles")[section]["signals"]
        )
    places = {
        "before": before,
        "near": before[-100:],
        "after": after,
        "sentence": f"{before} {after}",
        **further,
    }
    return {
        number: weight
        for number, (where, pattern, weight) in enumerate(_SIGNALS[section])
        if pattern.search(places.get(where, "")) is not None
    }


def title_at(clauses: Sequence[Clause], starts: list[int], position: int) -> str:
    """Return the titles of the innermost clause at a place and of the clause around it."""
    index = bisect_right(starts, position) - 1
    if index < 0:
        return ""
    names: list[str] = []
    by_id = {clause.id: clause for clause in clauses[max(0, index - 60) : index + 1]}
    clause: Clause | None = clauses[index]
    while clause is not None and len(names) < 2:
        if clause.heading is not None and clause.start <= position < clause.end:
            names.append(clause.heading)
        clause = by_id.get(clause.parent) if clause.parent is not None else None
    return " / ".join(names)
