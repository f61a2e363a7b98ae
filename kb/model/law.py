"""Acts in their dated versions, provisions, and when they apply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kb.model.contract import Modality
from kb.model.text import Span


@dataclass(frozen=True, slots=True)
class DateFact:
    """A date with the words it was read from; both None when the source does not state it."""

    value: date | None = None
    evidence: Span | None = None


UNKNOWN_DATE = DateFact()


@dataclass(frozen=True, slots=True)
class Provision:
    """One numbered unit of an act in one version.

    Attributes:
        number: canonical number as citations use it: "585", "133-1", "26A", "28(3)(h)", "1005.2(b)".
        label: as printed: "第五百八十五条", "Article 28", "s. 26A".
        level: "part", "chapter", "section", "article", "paragraph" or "item"; "article" is the citable base unit,
            whatever its own tradition calls it (section, regulation, rule).
        parent: number of the enclosing provision, or None. Parts and chapters carry numbers like "ch3".
        start: span in the document, heading included.
    """

    number: str
    label: str
    heading: str | None
    level: str
    start: int
    end: int
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class LegalNorm:
    """One duty, permission or prohibition that a provision states.

    Attributes:
        provision: number of the innermost provision that states it.
        modality: whether the bearer must, may or must not; "need not" is a permission.
        start: span of the sentence, or of the list item that continues one.
        modal: the words that make it a norm ("shall", "may not", "应当").
        bearer: who must, may or must not, in plain form ("controller", "个人信息处理者"); None when the words do not
            name one ("data shall be processed fairly").
        beneficiary: towards whom, in plain form; None when the words do not name one.
        action: what is owed, allowed or forbidden; None when the words break off.
        object: what the action is done to, where the words show it.
        conditions: words that say when it applies; ``exceptions`` those that take something out of it.
        deadline: time allowed, ISO 8601 duration or date; ``deadline_unit`` is "business" for working days.
        penalty: number of the provision of the same act that punishes breaking it, where it says so by number.
        bearer_start: place of the bearer's words, -1 without; likewise for the beneficiary and the deadline.
    """

    provision: str
    modality: Modality
    start: int
    end: int
    modal: Span
    bearer: str | None = None
    beneficiary: str | None = None
    action: Span | None = None
    object: Span | None = None
    conditions: tuple[Span, ...] = ()
    exceptions: tuple[Span, ...] = ()
    deadline: str | None = None
    deadline_unit: str | None = None
    penalty: str | None = None
    bearer_start: int = -1
    bearer_end: int = -1
    beneficiary_start: int = -1
    beneficiary_end: int = -1
    deadline_start: int = -1
    deadline_end: int = -1


@dataclass(frozen=True, slots=True)
class Commencement:
    """That some provisions begin to apply on another day than their act.

    Attributes:
        provisions: canonical numbers; what lies in them begins with them.
        day: the day, or None where the text says that it is another one without stating it ("on such day as the
            Minister may appoint").
        start: span of the words that say so.
    """

    provisions: tuple[str, ...]
    day: date | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ActVersion:
    """An act as one source gives it on one date.

    Attributes:
        act: id of the act over all its versions ("cn/公司法", "eu/reg/2016/679", "ie/act/1988/27", "us/cfr/12/1005").
        title: full title; ``short_titles`` are other names citations may use.
        jurisdiction: ISO 3166 alpha-2, or "EU".
        version_date: date of this version's text with its evidence; the file name may be the evidence-free hint in
            ``version_hint`` when the text does not say.
        part: set when the source holds one book or part of the act only ("合同编").
        repeals: titles or ids of acts this text says it repeals, each with the span that says so.
        unit: the word its citations use for the base unit ("条", "Article", "section").
        edition: the publisher's number of this text ("2013-19503"), where several texts of one act bear the same
            date; it is part of the version's id.
        norms: duties, permissions and prohibitions its provisions state, in text order.
        commencements: provisions that begin to apply on a day of their own, in text order.
    """

    act: str
    title: str
    jurisdiction: str | None
    short_titles: tuple[str, ...] = ()
    version_date: DateFact = UNKNOWN_DATE
    version_hint: date | None = None
    adopted: DateFact = UNKNOWN_DATE
    published: DateFact = UNKNOWN_DATE
    in_force: DateFact = UNKNOWN_DATE
    no_longer_in_force: DateFact = UNKNOWN_DATE
    part: str | None = None
    unit: str = "Article"
    repeals: tuple[tuple[str, Span], ...] = ()
    provisions: tuple[Provision, ...] = ()
    edition: str | None = None
    norms: tuple[LegalNorm, ...] = ()
    commencements: tuple[Commencement, ...] = ()

    @property
    def date(self) -> date | None:
        """The date that orders this version among its siblings: stated, else hinted by its source, else None."""
        return self.version_date.value or self.version_hint

    @property
    def version(self) -> str:
        """Id of this version, "cn/公司法@2023-12-29"; "@undated" when no date is known, "~" before an edition."""
        day = self.date
        edition = "" if self.edition is None else f"~{self.edition}"
        return f"{self.act}@{day.isoformat() if day is not None else 'undated'}{edition}"
