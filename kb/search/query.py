"""The parts of a parsed query."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """One token of the text that is looked for.

    Attributes:
        offset: its position counted from the first token of the text.
        prefix: it stands for all words that begin with it.
        fuzzy: number of letters that may differ, 0 to 2.
        stems: words with the same English stem match too.
    """

    text: str
    offset: int
    prefix: bool = False
    fuzzy: int = 0
    stems: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """Words that must stand next to each other: a word, a quoted phrase, a run of Chinese, an article number.

    Attributes:
        start: span in the query, for corrections.
        in_title: only the title counts.
    """

    slots: tuple[Slot, ...]
    start: int
    end: int
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the row: type, lang, doc, or a facet; compared folded, by its beginning when ``prefix``."""

    name: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Everything:
    """Every row."""


@dataclass(frozen=True, slots=True)
class And:
    """All parts match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not match."""

    part: Node


Node = Text | Property | Everything | And | Or | Not
