"""The words every part of Duegraph speaks: documents, their parts, and what was found in them.

All types are frozen. Offsets are Python string indexes into ``Document.text`` (code points, end exclusive), and every
offset slices back to exactly what it names. Dates are ISO 8601 (``datetime.date``), durations ISO 8601 (``P30D``),
money ISO 4217, places ISO 3166. ``None`` always means "not known", never "no".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.statement import Statement

Day = date
"""The same, for a class that has a field called "date"."""


class Kind(StrEnum):
    """What a source is, which decides how it is read."""

    CONTRACT = "contract"
    REGULATION = "regulation"
    NEWS = "news"
    WATCHLIST = "watchlist"
    REGISTER = "register"


class BlockKind(StrEnum):
    """What a stretch of a document's text is on the page."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_CELL = "table_cell"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document's text, ``0 <= start < end <= len(text)``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the words the span stands for."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Block:
    """One layout unit of a document; blocks are in reading order and do not overlap.

    Attributes:
        level: heading level 1-9, or nesting depth of a list item; None for other kinds.
        number: the list number as it is shown to a reader ("2.1", "(a)", "第三条"); it is part of the text.
        page: 1-based page number where the format has pages.
        cell: (table, row, column), 0-based, for table cells.
        change: "inserted" or "deleted" where the file tracks a change here; deleted text is not part of ``text``
            except as a block of its own, see the DOCX reader.
    """

    kind: BlockKind
    start: int
    end: int
    level: int | None = None
    number: str | None = None
    page: int | None = None
    cell: tuple[int, int, int] | None = None
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One readable text with its structure, whatever file it came from.

    Attributes:
        text: NFC text, lines ended by a single line feed, no NUL characters.
        media_type: the type found by content, for example "application/pdf".
        language: "en", "zh" or "und" when there is too little text to say.
        title: the title the file states about itself, or None.
        metadata: what the file states about itself: author, published (ISO date), publisher, url, page_count, encoding.
        warnings: what the reader could not use, as sentences (an unreadable page, a tracked change left out).
    """

    text: str
    blocks: tuple[Block, ...]
    media_type: str
    language: str
    title: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a statement comes from: the words, their place and their document."""

    document: str
    start: int
    end: int
    quote: str


# --- contracts ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeScore:
    """One clause type with its score.

    Attributes:
        type: notation of a concept of the clause-type scheme; CUAD's category name where there is one.
        score: 0-1, to be read as a probability.
        detected: the score is at or above the type's own threshold.
    """

    type: str
    score: float
    detected: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a contract, nested by ``parent``.

    Attributes:
        id: unique within the document, stable for the same text ("c1", "c2", … in reading order).
        number: as written ("2.1", "(a)", "第三条", "Article IV"), or None.
        heading: the clause's own title without its number, or None.
        level: 1 for the outermost clauses.
        parent: id of the enclosing clause, or None.
        body_start: where the text after number and heading begins (``start <= body_start <= end``).
    """

    id: str
    start: int
    end: int
    number: str | None = None
    heading: str | None = None
    level: int = 1
    parent: str | None = None
    body_start: int = -1
    types: tuple[TypeScore, ...] = ()


class ValueType(StrEnum):
    """Kinds of value read from running text; role-bearing values use CUAD's category names instead."""

    DATE = "date"
    MONEY = "money"
    DURATION = "duration"
    PERCENTAGE = "percentage"
    NUMBER = "number"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Value:
    """A value stated in a text, normalised.

    Attributes:
        type: a ``ValueType``, or a role: "Agreement Date", "Effective Date", "Expiration Date", "Renewal Term",
            "Notice Period to Terminate Renewal", "Governing Law", "Forum".
        value: canonical form: "2025-03-03", "500000" (decimal digits), "P30D", "0.5" (percentages as fractions),
            "US-NY" (ISO 3166); None when it is stated but cannot be read.
        unit: ISO 4217 code for money, "business" for business-day durations, period for rates ("P1D" for per day);
            otherwise None.
    """

    type: str
    value: str | None
    unit: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a contract as its text names it.

    Attributes:
        name: the legal name as written, without role or address.
        role: the label the contract gives it ("Supplier", "甲方"), or None.
        kind: "organization", "person" or None when the text does not show it.
        start: start of the name; ``role_start``/``role_end`` place the label, -1 when there is none.
    """

    name: str
    role: str | None
    start: int
    end: int
    kind: str | None = None
    role_start: int = -1
    role_end: int = -1


@dataclass(frozen=True, slots=True)
class DefinedTerm:
    """A term a contract defines: the term's own span and the span of its definition."""

    term: str
    start: int
    end: int
    definition_start: int
    definition_end: int


class Modality(StrEnum):
    """What a contract says of an act: it is owed, allowed or forbidden."""

    MUST = "must"
    MAY = "may"
    MUST_NOT = "must_not"


@dataclass(frozen=True, slots=True)
class ContractNorm:
    """One duty, right or prohibition that a clause states: who, towards whom, how far, when, and except when.

    Attributes:
        clause: id of the innermost clause that states it.
        modality: whether the bearer must, may or must not.
        start: span of the statement, at most one sentence.
        bearer: who must, may or must not, as the contract calls it ("Supplier", "甲方", "each party"); None when the
            words do not name one ("fees shall be paid within 30 days").
        beneficiary: towards whom, as the contract calls it; None when the words do not name one.
        mutual: it binds both or all parties alike.
        cap: upper limit of what is owed under the norm: a ``Value`` of type "money" (with its currency) or "multiple"
            (of what its words name: "1" is all fees paid, "0.2" a fifth of the price); None without a limit.
        condition: span of the words that trigger it ("if …", "upon …", "如…的", "…后"); None when it always applies.
        exception: span of the words that take something out of it ("except …", "unless …", "但…除外"); None without.
        bearer_start: place of the bearer's name, -1 without one; likewise for the beneficiary.
    """

    clause: str
    modality: Modality
    start: int
    end: int
    bearer: str | None = None
    beneficiary: str | None = None
    mutual: bool = False
    cap: Value | None = None
    condition: Span | None = None
    exception: Span | None = None
    bearer_start: int = -1
    bearer_end: int = -1
    beneficiary_start: int = -1
    beneficiary_end: int = -1


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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span proposed for a clause type, for review and evaluation; ``score`` 0-1."""

    type: str
    start: int
    end: int
    score: float


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


# --- law ---------------------------------------------------------------------------------------------------------


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


# --- partners ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a partner or list entry.

    Attributes:
        kind: "primary"; "original" (the same name in its own script); "aka", "fka" (former), "weak" (the source itself
            calls the alias weak) or "trade".
        language: BCP 47 tag, where known.
    """

    text: str
    kind: str = "primary"
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier with its scheme ("LEI", "USCC", "OFAC", "registration", …) and tri-state validity."""

    scheme: str
    value: str
    valid: bool | None = None


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One row of a watch list, its aliases joined in.

    Attributes:
        id: unique within the list ("OFAC-36").
        kind: "person", "organization", "vessel", "aircraft" or None when the list does not say.
        start: span of the row in the list's text (of the first row, where an entry has several).
        programs: programmes, regimes or legal acts it is listed under.
        birth_dates: as far as stated: "1968-05-03", "1968-05", "1968", "1955/1958" (between), "1968~" (about).
        listed_on: day of listing, None when the source does not say.
        delisted_on: day from which it is listed no more; such an entry is kept, because a former listing matters.
    """

    id: str
    names: tuple[Name, ...]
    kind: str | None
    start: int
    end: int
    countries: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    birth_dates: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    remarks: str = ""
    listed_on: date | None = None
    delisted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A statement that one party holds a share of another; ``checks.ownership`` computes with it as it stands.

    Attributes:
        owner: key of the holder within its register or list (``Partner.id`` or ``ListEntry.id``); read back from the
            store it is the id of the partner or entry ("<register>/<key>").
        owned: key or id of what is held, likewise.
        low: smallest the share can be, fraction 0-1; 0 when not known.
        high: largest it can be; 1 when not known.
        start: span of the row or statement that says so.
        measure: "shares", "votes", "control" (which has no size: 0-1) or "indirect" (a holding through others that the
            same source states as a chain too, so that it must not be added to it).
        valid_from: first day it is held, None when open.
        valid_to: day from which it is held no more, None when open.
        source: who states it; rows of one source about one pair are separate blocks of shares and add up.
    """

    owner: str
    owned: str
    low: float
    high: float
    start: int
    end: int
    measure: str = "shares"
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class OwnerGap:
    """A party of whom the source says that an owner is not named, with its reason, and where it says so."""

    owned: str
    reason: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WatchList:
    """One load of a list: a version with its entries and the rows that could not be read.

    Attributes:
        list_id: the publisher's list ("OFAC-SDN") or a slug of the file name.
        rows: rows read, rejected ones included.
        rejected: a sentence for each row left out: "line 12: it has no name".
        notes: a sentence for each cell left out of a row that was loaded: "line 7, column DOB: '0/0/0' is no date".
        published: day the publisher gives for this version, None when the file does not say.
        incomplete: what shows that the file is not whole (its end is missing, it announces more entries), else None.
        holdings: who owns whom among the entries, where the list says so.
    """

    list_id: str
    title: str
    entries: tuple[ListEntry, ...]
    rows: int
    rejected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    published: date | None = None
    incomplete: str | None = None
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner as a register states it.

    Attributes:
        id: the register's own key, else a slug of the name; unique within the register.
        status: as written ("active", "存续", "注销"), or None.
        attributes: further columns by their header.
    """

    id: str
    names: tuple[Name, ...]
    kind: str | None
    start: int
    end: int
    country: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    legal_form: str | None = None
    status: str | None = None
    address: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Register:
    """One load of a partner register and the rows that could not be read.

    Attributes:
        rows: rows read, rejected ones included.
        rejected: a sentence for each row left out; ``notes`` for each cell left out of a row that was loaded.
        published: day the publisher gives for this version, None when the file does not say.
        incomplete: what shows that the file is not whole, else None.
        holdings: who owns whom, by ``Partner.id``.
        gaps: parties whose owners the source says are not named.
    """

    partners: tuple[Partner, ...]
    rows: int
    rejected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    published: date | None = None
    incomplete: str | None = None
    holdings: tuple[Holding, ...] = ()
    gaps: tuple[OwnerGap, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A name in a document tied to a stored partner, with the evidence for the tie.

    Attributes:
        document: the document that names it; ``start`` and ``end`` place the name there.
        partner: id of the partner ("<register>/<key>").
        partner_name: the name of the partner that was compared.
        score: 0-1 similarity of the two names.
        same: a second fact (an identifier, or the full legal name in one jurisdiction) backs the tie; else a candidate
            for a person to decide.
        why: which features made the score, and the second fact, in words.
    """

    document: str
    name: str
    start: int
    end: int
    partner: str
    partner_name: str
    score: float
    same: bool
    why: str = ""


# --- what was found in one document ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Annotations:
    """Everything extraction found in one document; empty parts mean the part was read and nothing was found.

    Exactly one of ``law``, ``watchlist`` and ``register`` is set for those kinds of source; a register document that
    holds financial statements has ``statements`` instead.
    """

    kind: Kind
    clauses: tuple[Clause, ...] = ()
    values: tuple[Value, ...] = ()
    parties: tuple[Party, ...] = ()
    terms: tuple[DefinedTerm, ...] = ()
    citations: tuple[Citation, ...] = ()
    entities: tuple[Entity, ...] = ()
    events: tuple[Event, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    contract_type: str | None = None
    law: ActVersion | None = None
    watchlist: WatchList | None = None
    register: Register | None = None
    norms: tuple[ContractNorm, ...] = ()
    statements: tuple[Statement, ...] = ()
