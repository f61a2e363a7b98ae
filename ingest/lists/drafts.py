"""An entry of a watch list while its rows or elements are still being read, and the dates lists write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ingest.lists.vocabulary import birth_date, country_code, data, unique
from kb.ids import normalise, validate
from kb.model import Identifier, ListEntry, Name
from kb.names.fold import has_han

_NUMERIC: Final = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_NAMED: Final = re.compile(r"(\d{1,2})[ \-]([A-Za-z]{3,9})\.?[ \-](\d{4})")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MANY: Final = re.compile(r"[;；|\n]")
_SPACES: Final = re.compile(r"\s+")
_QUOTES: Final = "\"'‘’“”"
MAX_VALUE: Final = 2_000  # characters of one name, number or address; longer ones are free text


def stated_day(text: str, order: str = "dmy") -> date | None:
    """Return a day written with numbers or a month's name, None when it is not a whole day.

    Args:
        text: "2014-03-17", "17/03/2014", "17-Mar-2014", with or without a time behind it.
        order: "dmy" or "mdy", for days written with numbers.
    """
    value = text.strip()
    if (found := _ISO.match(value)) is not None:
        year, month, day = (int(part) for part in found.groups())
    elif (found := _NUMERIC.match(value)) is not None:
        first, second, year = (int(part) for part in found.groups())
        day, month = (first, second) if order == "dmy" else (second, first)
    elif (found := _NAMED.match(value)) is not None:
        month = data()["dates"]["months"].get(found[2].casefold(), 0)
        day, year = int(found[1]), int(found[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def stated_birth(text: str, order: str = "dmy") -> str | None:
    """Return a date of birth as far as stated ("00/00/1965" is 1965, "00/05/1965" is 1965-05), None when it is none."""
    value = text.strip()
    if (found := _NUMERIC.fullmatch(value)) is not None:
        first, second, year = (int(part) for part in found.groups())
        day, month = (first, second) if order == "dmy" else (second, first)
        if month == 0:
            return f"{year:04d}"
        if day == 0:
            return f"{year:04d}-{month:02d}" if month <= 12 else None
    whole = stated_day(value, order)
    return whole.isoformat() if whole is not None else birth_date(value)


@dataclass(slots=True)
class Draft:
    """What is known of one entry so far; ``where`` names its first row for messages."""

    key: str
    start: int
    end: int
    where: str
    kind: str | None = None
    names: list[Name] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    listed_on: date | None = None
    delisted_on: date | None = None

    def name(self, text: str, kind: str = "primary", language: str | None = None) -> None:
        """Add a name; a name in quotation marks is one the list itself calls weak."""
        value = _SPACES.sub(" ", text).strip(" ,;")
        if len(value) > 2 and value[0] in _QUOTES and value[-1] in _QUOTES:
            value, kind = value.strip(_QUOTES), "weak"
        if value and len(value) <= MAX_VALUE:
            self.names.append(Name(value, kind, language or ("zh" if has_han(value) and kind == "original" else None)))

    def identifier(self, scheme: str, text: str) -> None:
        """Add an identifier when its text holds a digit (or it is a code of letters)."""
        value = text.strip().rstrip(".,")
        if 0 < len(value) <= MAX_VALUE and (any(c.isdigit() for c in value) or scheme in {"BIC", "LEI"}):
            plain = normalise(scheme, value)
            if plain:
                self.identifiers.append(Identifier(scheme, plain, validate(scheme, value)))

    def country(self, text: str) -> bool:
        """Add a country named or coded; return False when it is not known."""
        code = country_code(text)
        if code is not None:
            self.countries.append(code)
        return code is not None or not text.strip()

    def entry(self, list_id: str) -> ListEntry | None:
        """Return the entry, None without a name. Its main name is the first primary one."""
        ranks = {"primary": 0, "original": 1}
        names = list({(n.text.casefold(), n.text): n for n in reversed(self.names)}.values())[::-1]
        names.sort(key=lambda n: ranks.get(n.kind, 2))
        if not names:
            return None
        return ListEntry(
            id=f"{list_id}-{self.key}",
            names=tuple(names),
            kind=self.kind,
            start=self.start,
            end=self.end,
            countries=unique(self.countries),
            programs=unique(self.programs),
            identifiers=tuple(dict.fromkeys(self.identifiers)),
            birth_dates=unique(self.births),
            addresses=unique(self.addresses),
            remarks="; ".join(unique(self.remarks)),
            listed_on=self.listed_on,
            delisted_on=self.delisted_on,
        )


def parts_of(text: str) -> list[str]:
    """Return the values of a cell that holds several."""
    return [part.strip() for part in _MANY.split(text) if part.strip()]


def joined(parts: Iterable[str], by: str = ", ") -> str:
    """Return the parts that say something, joined."""
    return by.join(part for part in (p.strip() for p in parts) if part)
