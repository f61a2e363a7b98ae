"""What the page of a partner shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.web.data.findings import Bilingual, FindingView, Passage, Subject


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
