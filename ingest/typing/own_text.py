"""Which characters of a contract belong to which clause: a clause's own words, without those of its sub-clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.model import Clause

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OwnText:
    """Stretches of text and the clause each belongs to, ascending, without overlap.

    Attributes:
        start: first character of each stretch.
        end: one past its last character.
        clause: index of the innermost clause, into the clauses it was built from.
        heading_end: where the clause's own title ends; characters before it are title, not body.
    """

    start: Ints
    end: Ints
    clause: Ints
    heading_end: Ints

    @classmethod
    def of(cls, clauses: Sequence[Clause]) -> OwnText:
        """Divide the text among clauses, of which later ones may lie inside earlier ones."""
        order = sorted(range(len(clauses)), key=lambda index: (clauses[index].start, -clauses[index].end))
        pieces: list[tuple[int, int, int]] = []
        open_clauses: list[int] = []
        at = 0

        def close(until: int) -> None:
            nonlocal at
            while open_clauses and clauses[open_clauses[-1]].end <= until:
                clause = open_clauses.pop()
                if clauses[clause].end > at:
                    pieces.append((at, clauses[clause].end, clause))
                    at = clauses[clause].end

        for index in order:
            start = clauses[index].start
            close(start)
            if open_clauses and start > at:
                pieces.append((at, start, open_clauses[-1]))
            at = max(at, start)
            open_clauses.append(index)
        close(max((clause.end for clause in clauses), default=0))
        table = np.array(pieces, dtype=np.int64).reshape(-1, 3)
        body = np.array([max(clause.body_start, clause.start) for clause in clauses], dtype=np.int64)
        return cls(table[:, 0], table[:, 1], table[:, 2], body)

    def clause_at(self, position: Ints) -> Ints:
        """Return the clause of each character position, -1 for none."""
        if len(self.start) == 0:
            return np.full(len(position), -1, dtype=np.int64)
        piece = np.searchsorted(self.start, position, side="right") - 1
        inside = (piece >= 0) & (position < self.end[np.maximum(piece, 0)])
        return np.where(inside, self.clause[np.maximum(piece, 0)], -1)
