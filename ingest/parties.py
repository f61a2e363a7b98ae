"""Parties of a contract with the role it gives them: from the preamble, and from the signature block as a fallback."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingest import parties_en, parties_zh
from ingest.values import head_end
from kb.model import Clause, Entity, Party

Reader = Callable[[str, str, Sequence[tuple[int, int]]], tuple[Entity, ...]]
_ENOUGH = 2  # a contract has two parties at least
_WINDOW = 1500  # characters of the head that a statistical reader is given


def find_parties(
    text: str, language: str, *, clauses: Sequence[Clause] = (), entities: Reader | None = None
) -> tuple[Party, ...]:
    """Return the parties in the order the text names them.

    A name's span holds the name only: no role, address or description of the entity. The same party is listed once,
    where it is first named.

    Args:
        text: the contract.
        language: "en" or "zh"; other languages are read as English.
        clauses: its clauses, which show where the preamble ends.
        entities: a statistical reader asked only when the rules find fewer than two parties; None to do without.
    """
    rules = parties_zh.find if language == "zh" else parties_en.find
    found = rules(text, head_end(text, clauses))
    if len(found) >= _ENOUGH or entities is None:
        return tuple(found)
    return tuple(_completed(text, language, found, entities))


def _completed(text: str, language: str, found: list[Party], entities: Reader) -> list[Party]:
    """Add the organisations and persons of the preamble that a role label follows."""
    roles = parties_zh if language == "zh" else parties_en
    known = {party.name.lower() for party in found}
    for entity in entities(text, language, ((0, min(len(text), _WINDOW)),)):
        if entity.type not in ("ORG", "PERSON") or entity.text.lower() in known:
            continue
        if any(party.start < entity.end and entity.start < party.end for party in found):
            continue
        role = roles.role_after(text, entity.end)
        if role is None:
            continue
        known.add(entity.text.lower())
        kind = "person" if entity.type == "PERSON" else "organization"
        found.append(Party(entity.text, role[0], entity.start, entity.end, kind, role[1], role[2]))
    found.sort(key=lambda party: party.start)
    return found
