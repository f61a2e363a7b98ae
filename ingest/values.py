"""Values of a text: dates, money, durations, percentages, and what they mean in a contract.

Every value slices back to the words that state it. A value that is stated but cannot be read with certainty (blank day,
03/04/2024 without a hint of the order, "¥" in English text) has ``value`` or ``unit`` None.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest import roles_en, roles_zh, values_en, values_zh
from kb.model import Clause, Value

_HEAD = 6000  # characters in which title and preamble stand when no numbered clause shows where they end
_SHORTEST_HEAD = 600


def find_values(text: str, language: str, *, clauses: Sequence[Clause] = (), roles: bool = True) -> tuple[Value, ...]:
    """Return the values stated in a text, in text order; a value with a role is listed once plainly and once by role.

    Args:
        text: the document's text.
        language: "en" or "zh"; other languages are read as English.
        clauses: the contract's clauses, which show where its preamble ends.
        roles: read roles (Agreement Date, Governing Law, …); False for texts that are not contracts.

    Raises:
        MissingPartError: a lexicon is absent.
    """
    role_finder = roles_zh if language == "zh" else roles_en
    if language == "zh":
        plain = values_zh.find(text)
    else:
        plain = values_en.find(text, (lambda: roles_en.governing_law(text)) if roles else None)
    found = list(plain)
    if roles:
        found.extend(role_finder.find_roles(text, plain, head_end(text, clauses), clauses))
    found.sort(key=lambda value: (value.start, value.end, value.type))
    return tuple(found)


def head_end(text: str, clauses: Sequence[Clause]) -> int:
    """Return where title and preamble end: at the first numbered clause, but not before the parties can be named."""
    numbered = (clause.start for clause in clauses if clause.number is not None and clause.start >= _SHORTEST_HEAD)
    return min(next(numbered, _HEAD), _HEAD, len(text))
