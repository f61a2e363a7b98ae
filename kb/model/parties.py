"""Partners, list entries, holdings, and the lists and registers they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


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
