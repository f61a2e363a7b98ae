"""What a page shows of a finding, with its evidence in place."""

from __future__ import annotations

from dataclasses import dataclass


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
