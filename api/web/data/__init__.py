"""What the pages need to know, and nothing of where it comes from.

``PageData`` is implemented on the knowledge base; the pages see only these frozen views. Words that exist in both
languages are ``Bilingual``; words quoted from a document are plain strings in the document's own language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from api.web.data.documents import ClauseView, DocumentPage, ForceView, LawPage, Reference
from api.web.data.findings import Basis, Bilingual, FindingView, Passage, Subject
from api.web.data.listings import Example, FindingsPage, RulePage, RuleRow, SearchPage, TermLink, TermPage
from api.web.data.partners import (
    EventView,
    Feature,
    HitActView,
    IdentifierView,
    ListHit,
    NameView,
    OwnershipView,
    PartnerPage,
    PartyView,
    SignedContract,
)

__all__ = [
    "Basis",
    "Bilingual",
    "ClauseView",
    "DocumentPage",
    "EventView",
    "Example",
    "Feature",
    "FindingView",
    "FindingsPage",
    "ForceView",
    "HitActView",
    "IdentifierView",
    "LawPage",
    "ListHit",
    "NameView",
    "OwnershipView",
    "PageData",
    "PartnerPage",
    "PartyView",
    "Passage",
    "Reference",
    "RulePage",
    "RuleRow",
    "SearchPage",
    "SignedContract",
    "Subject",
    "TermLink",
    "TermPage",
]


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
