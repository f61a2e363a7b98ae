"""What the pages of search results, findings, rules and terms show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.web.data.documents import ForceView
from api.web.data.findings import Basis, Bilingual, FindingView
from kb.search import SearchResult


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of search results.

    Attributes:
        titles: title of each document the hits are in.
        force: whether the law a hit shows applies, by hit id; hits that are no law have none.
        messages: what each finding among the hits says, by hit id.
    """

    result: SearchResult
    titles: Mapping[str, str] = field(default_factory=dict)
    force: Mapping[str, ForceView] = field(default_factory=dict)
    messages: Mapping[str, Bilingual] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """A page of findings.

    Attributes:
        total: number of findings over all pages.
        levels: level -> number, over what the other filters leave.
        rules: rule id -> number, likewise, most frequent first.
    """

    total: int
    findings: tuple[FindingView, ...]
    levels: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One line of the rule catalogue."""

    id: str
    version: str
    title: Bilingual
    level: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence a rule must flag, or must let pass."""

    language: str
    text: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule.

    Attributes:
        how: how it is evaluated ("pattern", "missing clause", "threshold", …).
        applies: when it applies, by label.
    """

    row: RuleRow
    message: Bilingual
    remedy: Bilingual
    likelihood: int
    impact: int
    how: Bilingual
    basis: tuple[Basis, ...] = ()
    applies: tuple[tuple[Bilingual, str], ...] = ()
    known_problems: tuple[Bilingual, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class TermLink:
    """A neighbouring term of the ontology."""

    name: str
    label: Bilingual


@dataclass(frozen=True, slots=True)
class TermPage:
    """One term of the ontology.

    Attributes:
        name: short name ("due:Finding", "Governing Law").
        kind: "class", "property" or "concept".
        source: IRI of the vocabulary it is taken from, or empty when it is our own.
    """

    name: str
    iri: str
    kind: str
    label: Bilingual
    definition: Bilingual
    broader: tuple[TermLink, ...] = ()
    narrower: tuple[TermLink, ...] = ()
    related: tuple[TermLink, ...] = ()
    notation: str = ""
    source: str = ""
