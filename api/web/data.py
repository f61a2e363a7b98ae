"""What the pages need to know, and nothing of where it comes from.

``PageData`` is implemented on the knowledge base; the pages see only these frozen views. Words that exist in both
languages are ``Bilingual``; words quoted from a document are plain strings in the document's own language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from kb.search import SearchResult


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages; an empty one falls back to the other."""

    en: str
    zh: str

    def say(self, language: str) -> str:
        """Return the text in ``language`` ("en" or "zh")."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a document with their place.

    Attributes:
        document: id of the document; empty when the words are not from a stored document.
        title: title of the document.
        start: span of the quote in the document's text.
    """

    document: str
    title: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Basis:
    """A legal basis.

    Attributes:
        act: id of the act ("cn/民法典").
        title: readable name of act and provision; falls back to the ids when empty.
        provision: canonical number ("585"), or empty for the whole act.
        version: id of the version that was used, or empty.
        passage: the provision's words when its text is stored.
        note: what a reader must know (repealed, not stored), or None.
    """

    act: str
    title: Bilingual
    provision: str
    version: str = ""
    passage: Passage | None = None
    note: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about: ``kind`` is "document" or "partner"."""

    kind: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding.

    Attributes:
        outcome: "flag", "pass" or "not_evaluated".
        level: "high", "medium" or "low"; None when it was not evaluated.
        likelihood: 1 (low) to 3 (high), None when unknown; ``impact`` likewise.
        reason: why it could not be evaluated; None otherwise.
        status: where it stands ("open", "accepted", "stale", …), or None.
        stale: what has changed in the law, or was decided on a hit, since it was made.
        hit: id of the list hit it rests on, "" when it rests on none.
    """

    id: str
    rule: str
    rule_version: str
    title: Bilingual
    outcome: str
    level: str | None
    message: Bilingual
    remedy: Bilingual
    subject: Subject
    evidence: tuple[Passage, ...] = ()
    basis: tuple[Basis, ...] = ()
    likelihood: int | None = None
    impact: int | None = None
    reason: Bilingual | None = None
    status: str | None = None
    stale: tuple[Bilingual, ...] = ()
    hit: str = ""


@dataclass(frozen=True, slots=True)
class ClauseView:
    """One clause or provision of a document, in reading order; ``level`` 1 is outermost."""

    id: str
    start: int
    end: int
    number: str | None = None
    heading: str | None = None
    level: int = 1
    types: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """Something named in a text.

    Attributes:
        kind: "party", "citation", "entity" or "value".
        label: what it is, for a reader ("Supplier", "repealed", "Agreement Date").
        value: its normalised value or resolved target, or None.
        partner: id of the stored partner it was matched to, or None.
        passage: the stored words it points at (a cited provision), or None.
    """

    kind: str
    start: int
    end: int
    label: Bilingual
    value: str | None = None
    partner: str | None = None
    passage: Passage | None = None


@dataclass(frozen=True, slots=True)
class ForceView:
    """Whether a text of law applies today.

    Attributes:
        act: id of the act; ``version`` of the text.
        status: "in_force", "not_yet", "no_longer" or "unknown".
        since: ISO day the status began (for "not_yet": will end), or None.
        by: id of the version or act that replaced it, or None.
    """

    act: str
    version: str
    status: str
    since: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class LawPage:
    """One act: its versions with their status, and what each of its changes touches.

    Attributes:
        ledger: the impact ledger in the JSON shape of ``law impact``.
        histories: every decision by item id, oldest first, in the JSON shape of the ledger's own.
        states: what may be decided, in order; "open" takes a decision back.
    """

    ledger: Mapping[str, Any]
    histories: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    states: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One document with everything found in it.

    Attributes:
        facts: further things known about it, by label (contract type, dates, issuing body, content hash).
        warnings: what the reader of the file could not use.
        force: whether it applies, for a text of law; None for other documents.
    """

    id: str
    title: str
    kind: str
    language: str
    text: str
    source: str
    ingested: str
    clauses: tuple[ClauseView, ...] = ()
    references: tuple[Reference, ...] = ()
    findings: tuple[FindingView, ...] = ()
    facts: tuple[tuple[Bilingual, str], ...] = ()
    warnings: tuple[str, ...] = ()
    force: ForceView | None = None


@dataclass(frozen=True, slots=True)
class NameView:
    """One name of a partner; ``kind`` is "primary", "aka", "fka", "weak" or "trade"."""

    text: str
    kind: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class IdentifierView:
    """An identifier; ``valid`` is None when its scheme has no check or it could not be made."""

    scheme: str
    value: str
    valid: bool | None = None


@dataclass(frozen=True, slots=True)
class SignedContract:
    """A contract the partner is a party of, with the words that name it there."""

    passage: Passage
    role: str | None
    agreed: date | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """One part of a name comparison: score 0-1 with a sentence of detail."""

    feature: str
    score: float
    detail: str


@dataclass(frozen=True, slots=True)
class HitActView:
    """One decision on a hit: "true-match", "false-positive", "undecided", or "open", which took one back."""

    verdict: str
    actor: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class ListHit:
    """A possible match with an entry of a watch list.

    Attributes:
        name: the partner's name that was compared.
        matched_name: the entry's name.
        score: 0-1; ``match`` says whether it is at or above the threshold.
        version: which load of the list.
        passage: the entry as the list states it.
        hit: id to decide on.
        status: "open", "reopened", "undecided", "true-match" or "false-positive".
        said: who decided what last, in a sentence; None when nobody did.
        history: every decision, oldest first.
        role: what the person is to the partner, for officers and owners.
        about: whom it is about; None on the page of that partner.
        documents: contracts of the party it is about, where that is no stored partner.
    """

    list_title: str
    entry: str
    name: str
    matched_name: str
    score: float
    match: bool
    version: str
    programs: tuple[str, ...] = ()
    explanation: tuple[Feature, ...] = ()
    passage: Passage | None = None
    hit: str = ""
    status: str = "open"
    said: Bilingual | None = None
    history: tuple[HitActView, ...] = ()
    role: Bilingual | None = None
    about: Subject | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventView:
    """Something reported about the partner; ``stage`` and ``date`` are None when the source does not say."""

    type: Bilingual
    stage: str | None
    date: date | None
    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class OwnershipView:
    """Who owns a partner.

    Attributes:
        report: the JSON of ``/v1/partners/{partner}/ownership``, whose shares are pairs of fractions.
        pictures: the picture by language; markup of our own, every name in it escaped.
    """

    report: Mapping[str, Any]
    pictures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartyView:
    """The records a partner is made of.

    Attributes:
        party: records, evidence and acts, as in the dossier.
        conflicts: what its records state differently.
        candidates: records that may be the same party, for a person to decide.
    """

    party: Mapping[str, Any]
    conflicts: Sequence[Mapping[str, Any]]
    candidates: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """Everything known about one partner.

    Attributes:
        kind: "organization", "person" or None.
        attributes: further columns of its register, by header.
        screened: the lists it was compared with, and when; empty means it was not screened.
        sources: where the record itself stands.
        ownership: who owns it, None where no holding of it is stored.
        party: the records that are one party with it and those that may be, None where it stands alone.
        profile: risk summary, credit scorecard, officers and what registers state, in the JSON shape of the dossier;
            None where it was not made.
    """

    id: str
    names: tuple[NameView, ...]
    kind: str | None
    country: str | None = None
    status: str | None = None
    legal_form: str | None = None
    address: str | None = None
    identifiers: tuple[IdentifierView, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    contracts: tuple[SignedContract, ...] = ()
    list_hits: tuple[ListHit, ...] = ()
    screened: tuple[str, ...] = ()
    events: tuple[EventView, ...] = ()
    findings: tuple[FindingView, ...] = ()
    sources: tuple[Passage, ...] = ()
    ownership: OwnershipView | None = None
    party: PartyView | None = None
    profile: Mapping[str, Any] | None = None


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


class PageData(Protocol):
    """Everything the pages ask for. Methods raise ``NotFoundError`` and ``QueryError`` from ``kb.errors``."""

    def search(
        self,
        query: str,
        *,
        type: str | None,  # noqa: A002 - the name of the filter everywhere
        language: str | None,
        filters: Mapping[str, Sequence[str]],
        limit: int,
        offset: int,
        sort: str,
    ) -> SearchPage:
        """Search; see ``kb.search.SearchIndex.search``."""
        ...

    def document_page(self, document: str) -> DocumentPage:
        """Return one document."""
        ...

    def partner_page(self, partner: str) -> PartnerPage:
        """Return one partner, by id or by one of its names."""
        ...

    def findings(
        self, *, level: str | None, rule: str | None, outcome: str | None, limit: int, offset: int
    ) -> FindingsPage:
        """Return findings, most severe first; None leaves a filter out."""
        ...

    def rules(self) -> Sequence[RuleRow]:
        """Return all rules, ordered by id."""
        ...

    def rule(self, rule: str) -> RulePage:
        """Return one rule."""
        ...

    def law_page(self, act: str, *, begin: str, end: str, as_of: str) -> LawPage:
        """Return an act by id or title with its impact ledger; days are ISO dates, empty for none."""
        ...

    def term(self, name: str) -> TermPage:
        """Return one term of the ontology, by short name, notation or IRI."""
        ...
