"""Records, the ties between them, and the acts of people."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final

from kb.errors import MissingPartError
from kb.model import Identifier

ENTRY: Final = "entry:"
"""What the id of a record begins with that is an entry of a watch list: ``entry:<list>/<key>``."""


class Standing(StrEnum):
    """What a computed tie amounts to.

    ``SAME``: one party, by an identifier given once. ``CANDIDATE``: may be one party; a person decides. ``DISTINCT``:
    alike in name, but identifiers given once differ, so two parties.
    """

    SAME = "same"
    CANDIDATE = "candidate"
    DISTINCT = "distinct"


@dataclass(frozen=True, slots=True)
class Record:
    """One statement of a party somewhere: a row of a register, an entry of a list, a party of a holding.

    Attributes:
        id: "<register>/<key>" for rows of registers, "entry:<list>/<key>" for entries of lists.
        kind: "person", "organization" or None.
        document: where it stands; ``start`` and ``end`` place it there.
    """

    id: str
    names: tuple[str, ...]
    kind: str | None = None
    countries: frozenset[str] = frozenset()
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[str, ...] = ()
    birth_dates: tuple[str, ...] = ()
    document: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """Something besides the name that speaks for or against two records being one party.

    Attributes:
        feature: "identifier", "country", "address", "birth_date", "kind" or "names".
        agrees: speaks for it; False speaks against it.
        detail: the values, without words around them: "LEI 5493…", "GB ≠ DE".
    """

    feature: str
    agrees: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Tie:
    """Two records that share a name or an identifier, and everything that speaks for and against.

    Attributes:
        left: the smaller id of the two.
        left_name: the names of the two that are most alike.
        score: 0-1, likeness of those names.
        facts: in a fixed order, those for it first.
    """

    left: str
    right: str
    left_name: str
    right_name: str
    score: float
    standing: Standing
    facts: tuple[Fact, ...] = ()

    @property
    def has_second_fact(self) -> bool:
        """Whether anything besides the name speaks for it."""
        return any(fact.agrees for fact in self.facts)

    @property
    def contradicted(self) -> bool:
        """Whether anything speaks against it."""
        return any(not fact.agrees for fact in self.facts)

    @property
    def pair(self) -> tuple[str, str]:
        """The two ids in order."""
        return self.left, self.right


class ActKind(StrEnum):
    """What a person decided on two records; the value is the action in the audit trail."""

    MERGE = "entity.merge"
    SPLIT = "entity.split"


@dataclass(frozen=True, slots=True)
class Act:
    """A person's decision that two records are, or are not, one party.

    Attributes:
        number: place in the audit trail; of two acts on one pair the later counts.
        record: for a merge, the record whose id the party keeps.
        others: the records merged with it or split from it.
    """

    number: int
    kind: ActKind
    record: str
    others: tuple[str, ...]
    actor: str
    reason: str
    at: datetime


def ordered(one: str, two: str) -> tuple[str, str]:
    """Return two ids in the order ties have them."""
    return (one, two) if one <= two else (two, one)


@dataclass(frozen=True, slots=True)
class Hard:
    """A scheme of identifiers given once; see entities.toml."""

    scheme: str
    valid: bool
    country: bool
    names: float


@dataclass(frozen=True, slots=True)
class Policy:
    """What entities.toml says."""

    hard: Mapping[str, Hard]
    soft: frozenset[str]
    unlike_names: float
    address: float
    shared_identifier: int
    name_candidates: int
    min_identifier: int
    known: frozenset[str] = field(default=frozenset())


@cache
def policy() -> Policy:
    """Return what ties records to parties.

    Raises:
        MissingPartError: the file is absent; nothing may be merged without it.
    """
    source = resources.files("kb.entities") / "entities.toml"
    if not source.is_file():
        raise MissingPartError(
            "the policy of entity resolution is absent", place="kb/entities/entities.toml", remedy="Reinstall duegraph."
        )
    data: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    hard = {
        row["scheme"]: Hard(
            row["scheme"], bool(row["valid"]), bool(row.get("country", False)), float(row.get("names", 0.0))
        )
        for row in data["hard"]
    }
    soft, bounds = frozenset(data["soft"]["schemes"]), data["thresholds"]
    return Policy(
        hard=hard,
        soft=soft,
        unlike_names=float(bounds["unlike_names"]),
        address=float(bounds["address"]),
        shared_identifier=int(bounds["shared_identifier"]),
        name_candidates=int(bounds["name_candidates"]),
        min_identifier=int(bounds["min_identifier"]),
        known=soft | frozenset(hard),
    )
