"""Stored versions of acts: what the law index is built from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kb.law_change import ProvisionChange
from kb.law_deferred import Deferred
from kb.law_numbers import enclosing_number, sort_key


@dataclass(frozen=True, slots=True)
class StoredProvision:
    """Where one provision of a stored version stands."""

    label: str
    heading: str | None
    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One dated text of an act as the store holds it; several with one ``version`` are parts of the same text.

    Attributes:
        act: id of the act ("cn/公司法").
        version: id of the version ("cn/公司法@2023-12-29").
        date: the date that orders it among its siblings, or None.
        in_force: its stated commencement, or None.
        no_longer_in_force: the day it stopped to apply, where that is stated.
        repealed_by: id or title of the act that repealed it, where known.
        part: the part of the act this source holds, or None for the whole.
        repeals: titles or ids of the acts its text says it repeals.
        provisions: canonical number to place; base units and what is inside them.
        published: the day it was published, which orders texts that take effect on one day.
        begins: provisions that begin to apply on a day of their own, by number; None where that day is not stated.
    """

    act: str
    version: str
    title: str
    short_titles: tuple[str, ...] = ()
    jurisdiction: str | None = None
    date: dt.date | None = None
    in_force: dt.date | None = None
    no_longer_in_force: dt.date | None = None
    repealed_by: str | None = None
    part: str | None = None
    repeals: tuple[str, ...] = ()
    provisions: Mapping[str, StoredProvision] = field(default_factory=lambda: MappingProxyType({}))
    published: dt.date | None = None
    begins: Mapping[str, dt.date | None] = field(default_factory=lambda: MappingProxyType({}))

    def begins_apart(self, number: str) -> tuple[dt.date | None] | None:
        """Return the day on which a provision begins to apply where its text states one apart from the act's own.

        Returns:
            The day in a tuple, ``(None,)`` when it is another one that nobody states, None when it begins with the act.
        """
        if not self.begins:
            return None
        outer: str | None = number
        while outer is not None:
            if outer in self.begins:
                return (self.begins[outer],)
            outer = enclosing_number(outer)
        return None

    @property
    def starts(self) -> dt.date | None:
        """The day from which this version is read: its commencement, else its own date, else None."""
        return self.in_force if self.in_force is not None else self.date

    @property
    def name(self) -> str:
        """How notes name the version: its date."""
        return self.date.isoformat() if self.date is not None else "undated"


@dataclass(frozen=True, slots=True)
class Repeal:
    """That an act was repealed.

    Attributes:
        by: the act that repeals it, or None when the text only says it stopped to apply.
        day: from which day; where the repealing text does not state its commencement, the day from which it is read.
        stated: whether a text states that day.
    """

    by: str | None
    day: dt.date | None
    stated: bool = True


@dataclass(frozen=True, slots=True)
class Successor:
    """What became of a provision: its numbers in the later version (empty: deleted) and the changes on the way."""

    numbers: tuple[str, ...]
    changes: tuple[ProvisionChange, ...]


def version_order(version: StoredVersion) -> tuple[dt.date, dt.date, dt.date, str]:
    """Return the key that orders versions of one act: by their date, then by their start, then by publication."""
    low = dt.date.min
    return version.date or low, version.starts or low, version.published or low, version.version


def join_parts(parts: Sequence[StoredVersion]) -> StoredVersion:
    """Return one version from its parts; the first that states a date gives it."""
    if len(parts) == 1:
        return parts[0]

    def joined() -> Mapping[str, StoredProvision]:
        provisions: dict[str, StoredProvision] = {}
        for part in parts:
            provisions.update(part.provisions)
        return MappingProxyType(dict(sorted(provisions.items(), key=lambda item: sort_key(item[0]))))

    whole = next((part for part in parts if part.part is None), parts[0])
    return replace(
        whole,
        short_titles=tuple(dict.fromkeys(name for part in parts for name in part.short_titles)),
        in_force=next((part.in_force for part in parts if part.in_force is not None), None),
        no_longer_in_force=next(
            (part.no_longer_in_force for part in parts if part.no_longer_in_force is not None), None
        ),
        repealed_by=next((part.repealed_by for part in parts if part.repealed_by is not None), None),
        repeals=tuple(dict.fromkeys(name for part in parts for name in part.repeals)),
        begins={number: day for part in parts for number, day in part.begins.items()},
        provisions=Deferred(joined),
    )
