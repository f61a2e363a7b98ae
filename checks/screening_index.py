"""Lists ready for screening: every name and identifier of their entries, indexed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from kb.ids import normalise
from kb.model import ListEntry
from kb.names import NameIndex
from kb.names.chinese import simplified
from kb.names.fold import fold, has_han

WATCHLIST: Final = "watchlist"
REGISTER: Final = "register"
FORMER: Final = "former"
"""Kinds of list: one that is in force, known partners, and entries that earlier versions of a list had."""
MIN_IDENTIFIER: Final = 4  # characters; shorter numbers are shared by chance
Aliases = Mapping[str, tuple[str, ...]]
"""Names of the operator's own alias table: a name in simplest form (``alias_key``) -> all names of its bearer."""
_SIMPLE: Final = re.compile(r"[^0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class ScreeningList:
    """One loaded list: ``retrieved`` is the ISO time of loading, ``document`` the stored document it was read from.

    ``kind`` is "watchlist"; "register" for known partners, whose candidates are no adverse hits; or "former" for
    entries that an earlier version of the list had and the one that counts has not.
    """

    list_id: str
    version: str
    rows: int
    retrieved: str | None
    entries: Sequence[ListEntry] = ()
    document: str = ""
    kind: str = WATCHLIST

    def json(self) -> dict[str, Any]:
        """Return which list this is, as the contract's JSON."""
        return {
            "list": self.list_id,
            "version": self.version,
            "rows": self.rows,
            "retrieved": self.retrieved,
            "kind": self.kind,
        }


@dataclass(frozen=True)
class ScreeningIndex:
    """Loaded lists, ready for screening; build once, use from any thread.

    Watch lists and registers are indexed apart, so that however many known partners bear a name, they cannot take the
    places of listed ones among the candidates.

    Attributes:
        lists: the lists; the ids of ``people`` and ``others`` are "<number of the list>/<place of the entry>".
        by_identifier: (number of the list, place of the entry) by plain identifier.
        by_entry: the same by "<list>/<entry>"; None where it is worked out when first asked for.
        parts: indexes of which this one is made, whose lists follow each other; () when it is made of none.
    """

    lists: tuple[ScreeningList, ...]
    people: NameIndex
    others: NameIndex
    by_identifier: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    by_entry: Mapping[str, Sequence[tuple[int, int]]] | None = None
    parts: tuple[ScreeningIndex, ...] = ()

    @classmethod
    def build(cls, lists: Iterable[ScreeningList], aliases: Aliases | None = None) -> ScreeningIndex:
        """Index every name and identifier of the lists; entries of unknown kind are looked for as both kinds.

        Args:
            lists: the lists.
            aliases: the operator's own alias table; an entry also answers to the other names of its bearer there.
        """
        loaded = tuple(lists)
        watched = tuple(one for one in loaded if one.kind != REGISTER)
        if watched and len(watched) < len(loaded):
            rest = tuple(one for one in loaded if one.kind == REGISTER)
            return cls.joined([cls.build(watched, aliases), cls.build(rest, aliases)])
        known = aliases or {}
        people: list[tuple[str, str]] = []
        others: list[tuple[str, str]] = []
        identifiers: dict[str, list[tuple[int, int]]] = {}
        for number, one in enumerate(loaded):
            for place, entry in enumerate(one.entries):
                key = f"{number}/{place}"
                texts = [name.text for name in entry.names]
                if known:
                    texts += [other for text in texts for other in known.get(alias_key(text), ()) if other not in texts]
                named = [(key, text) for text in dict.fromkeys(texts)]
                if entry.kind in {"person", None}:
                    people.extend(named)
                if entry.kind != "person":
                    others.extend(named)
                for identifier in entry.identifiers:
                    value = plain_identifier(identifier.scheme, identifier.value)
                    if len(value) >= MIN_IDENTIFIER:
                        identifiers.setdefault(value, []).append((number, place))
        by_identifier = {value: tuple(dict.fromkeys(found)) for value, found in identifiers.items()}
        return cls(loaded, NameIndex.build(people), NameIndex.build(others), by_identifier)

    @classmethod
    def joined(cls, parts: Sequence[ScreeningIndex]) -> ScreeningIndex:
        """Return several indexes as one."""
        if len(parts) == 1:
            return parts[0]
        lists = tuple(one for part in parts for one in part.lists)
        return cls(lists, NameIndex.build(()), NameIndex.build(()), parts=tuple(parts))

    @property
    def screened(self) -> tuple[ScreeningList, ...]:
        """The lists and registers an answer names; former entries are no list of their own."""
        return tuple(one for one in self.lists if one.kind != FORMER)

    def entry(self, key: str) -> tuple[ScreeningList, ListEntry] | None:
        """Return an entry with its list by "<list>/<entry>", or None when no list has it."""
        for part in self.parts or (self,):
            for number, place in part.places.get(key, ()):
                found = part.lists[number].entries[place]
                if f"{part.lists[number].list_id}/{found.id}" == key:
                    return part.lists[number], found
        return None

    @cached_property
    def places(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """Where entries stand, by "<list>/<entry>": number of the list and place among its entries."""
        if self.by_entry is not None:
            return self.by_entry
        return {
            f"{one.list_id}/{entry.id}": ((number, place),)
            for number, one in enumerate(self.lists)
            for place, entry in enumerate(one.entries)
        }


def alias_key(name: str) -> str:
    """Return the form in which names of alias tables are compared: folded, without spaces and punctuation."""
    return _NAME_JUNK.sub("", simplified(name).casefold() if has_han(name) else fold(name))


_NAME_JUNK: Final = re.compile(r"[\W_]+")


def plain_identifier(scheme: str, value: str) -> str:
    """Return the form in which identifiers are compared."""
    return _SIMPLE.sub("", normalise(scheme, value)).upper()
