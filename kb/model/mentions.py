"""What a text speaks of: citations of law, named things, adverse events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

Day = date
"""The same, for a class that has a field called "date"."""


class CitationStatus(StrEnum):
    """What a citation of law turned out to point at, on the date it was read for."""

    RESOLVED = "resolved"
    REPEALED = "repealed"
    RENUMBERED = "renumbered"
    AMENDED = "amended"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    PHANTOM = "phantom"
    UNKNOWN_ACT = "unknown_act"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Citation:
    """A reference to law as written in a text.

    Attributes:
        text: the words of the citation.
        act: the act in canonical form where the grammar knows it ("eu/reg/2016/679", "cn/民法典"), else the title as
            written without brackets; None for a provision without any act.
        provision: canonical number: "28(3)(h)", "585", "16(2)(3)" (article, paragraph, item), or None for the act only.
        status: resolution against stored law; UNRESOLVED until ``kb.law`` has looked.
        target: id of the provision or version it resolved to, or None.
        note: what a reader must know: the new number, the repeal date, why it did not resolve.
    """

    text: str
    start: int
    end: int
    act: str | None
    provision: str | None
    status: CitationStatus = CitationStatus.UNRESOLVED
    target: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """A named thing in a text; ``link`` is the id of the stored partner or list entry it was matched to, or None."""

    type: str
    text: str
    start: int
    end: int
    link: str | None = None


class Stage(StrEnum):
    """How far an adverse matter has come."""

    ALLEGATION = "allegation"
    INVESTIGATION = "investigation"
    CHARGE = "charge"
    DECISION = "decision"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Event:
    """Something reported about someone.

    Attributes:
        type: notation of the event-type scheme ("insolvency", "sanction", "corruption", "fraud", "penalty", …).
        subject: name of the one it is about as written, or None when the text does not say.
        stage: how far it has come; None when the words do not show it.
        date: day of the event when stated, else None (never the publication date).
        start: span of the words that state the event.
        subject_start: span of the subject, -1 when it has none.
        headline: title of the item that reports it, where a document (a feed) holds several; None otherwise.
        published: day that item was published, None when it does not say or the document is one article.
        publisher: who published that item, None likewise.
    """

    type: str
    subject: str | None
    stage: Stage | None
    date: date | None
    start: int
    end: int
    score: float
    subject_start: int = -1
    subject_end: int = -1
    headline: str | None = None
    published: Day | None = None
    publisher: str | None = None
