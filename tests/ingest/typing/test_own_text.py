"""Own text: each character belongs to the innermost clause around it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.typing.own_text import OwnText
from kb.model import Clause


def test_a_parent_keeps_what_its_children_leave() -> None:
    clauses = (
        Clause("c1", 0, 30),
        Clause("c2", 10, 15, parent="c1"),
        Clause("c3", 15, 20, parent="c1"),
        Clause("c4", 40, 50),
    )
    own = OwnText.of(clauses)
    positions = np.array([0, 9, 10, 14, 15, 19, 20, 29, 30, 39, 40, 49, 50])
    assert own.clause_at(positions).tolist() == [0, 0, 1, 1, 2, 2, 0, 0, -1, -1, 3, 3, -1]


def test_no_clauses_own_nothing() -> None:
    assert OwnText.of(()).clause_at(np.array([0, 5])).tolist() == [-1, -1]


@st.composite
def _nested(draw: st.DrawFn) -> tuple[Clause, ...]:
    clauses: list[Clause] = []

    def fill(start: int, end: int, depth: int) -> None:
        cuts = (
            sorted(draw(st.lists(st.integers(start, end), min_size=2, max_size=5, unique=True)))
            if end - start > 5
            else []
        )
        for left, right in zip(cuts[::2], cuts[1::2], strict=False):
            clauses.append(Clause(f"c{len(clauses) + 1}", left, right))
            if depth < 2:
                fill(left, right, depth + 1)

    fill(0, 60, 0)
    return tuple(clauses)


@given(_nested())
def test_each_position_belongs_to_the_shortest_clause_that_holds_it(clauses: tuple[Clause, ...]) -> None:
    own = OwnText.of(clauses)
    found = own.clause_at(np.arange(60)).tolist()
    for position, clause in enumerate(found):
        holding = [number for number, each in enumerate(clauses) if each.start <= position < each.end]
        if not holding:
            assert clause == -1
        else:
            shortest = min(clauses[number].end - clauses[number].start for number in holding)
            assert clauses[clause].end - clauses[clause].start == shortest
