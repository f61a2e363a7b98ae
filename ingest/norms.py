"""Norms of a contract: what its clauses oblige, allow and forbid, whom, towards whom, how far, when and except when.

Read by rule from the sentences of clauses. "Shall not be liable" is a prohibition of making the bearer liable
(``MUST_NOT``), "is not obliged to" a permission not to act (``MAY``), a licence a permission of the one who is granted
it, and "shall not exceed" a duty with a cap. What the words leave open is None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest import norms_en, norms_zh
from kb.model import Clause, ContractNorm, Party, Value

_LONGEST_CLAUSE = 20_000  # characters of one clause's own words that are read; longer ones are text without structure


def find_norms(
    text: str, language: str, *, clauses: Sequence[Clause], parties: Sequence[Party] = (), values: Sequence[Value] = ()
) -> tuple[ContractNorm, ...]:
    """Return the norms in reading order.

    Once clauses are typed, only those with a detected type are read: rules ask for norms by type, and the rest
    (definitions, notices, signatures) would double the facts of a contract.

    Args:
        text: the contract.
        language: "en" or "zh"; other languages are read as English.
        clauses: its clauses, typed or not.
        parties: its parties, whose role labels name bearers.
        values: all values of the text in text order, for caps.

    Raises:
        MissingPartError: the patterns of the language are absent.
    """
    typed = any(score.detected for clause in clauses for score in clause.types)
    reader = norms_zh.Reader(parties) if language == "zh" else norms_en.Reader(parties)
    found: list[ContractNorm] = []
    for clause, start, end in own_text(clauses):
        if typed and not any(score.detected for score in clause.types):
            continue
        found.extend(reader.read(text, start, min(end, start + _LONGEST_CLAUSE), clause.id, values))
    return tuple(found)


def own_text(clauses: Sequence[Clause]) -> Iterator[tuple[Clause, int, int]]:
    """Yield each clause with the stretches of its body that are in none of its sub-clauses, in reading order."""
    for index, clause in enumerate(clauses):
        left = max(clause.body_start, clause.start)
        position = index + 1
        while position < len(clauses) and clauses[position].start < clause.end:
            child = clauses[position]
            if child.parent == clause.id:
                if child.start > left:
                    yield clause, left, child.start
                left = max(left, child.end)
            position += 1
        if left < clause.end:
            yield clause, left, clause.end
