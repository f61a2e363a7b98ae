"""Screening: a name, with what else is known about it, against every entry of the loaded watch lists.

The name finds the candidates; identifier, date of birth, country and kind raise or lower their score and are shown.
They never remove a candidate: lists give partial and several dates of birth, and a wrong drop is a missed hit. An equal
identifier is a hit whatever the names say. The answer always states which lists, in which version and with how many
rows, were screened, for "no hit" means nothing without that.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from checks.screening_index import (
    FORMER,
    MIN_IDENTIFIER,
    REGISTER,
    WATCHLIST,
    Aliases,
    ScreeningIndex,
    ScreeningList,
    alias_key,
    plain_identifier,
)
from kb.errors import QueryError
from kb.model import ListEntry, Name
from kb.names import MATCH, NameIndex, NameMatch
from kb.names.chinese import is_company
from kb.names.fold import has_han
from kb.names.index import CANDIDATES
from kb.names.parse import kind_of

__all__ = [
    "Aliases",
    "Candidate",
    "ScreenQuery",
    "ScreenResult",
    "ScreeningIndex",
    "ScreeningList",
    "alias_key",
    "row_digest",
    "screen",
]

# What a second fact adds to or takes from the score of the name. A single contradiction must not turn a near-exact
# name into a non-match (lists are incomplete), two together may. Judgement, see the module docstring.
SAME_BIRTH_DAY: Final = 0.1
SAME_BIRTH_YEAR: Final = 0.04
OTHER_BIRTH_YEAR: Final = -0.15
SAME_COUNTRY: Final = 0.03
OTHER_COUNTRY: Final = -0.05
OTHER_KIND: Final = -0.3
OTHER_IDENTIFIER: Final = -0.1
WEAK_ALIAS: Final = -0.12
SAME_IDENTIFIER: Final = 0.99
_FLOOR: Final = 0.45  # names less alike than this are not shown as candidates
_ORDER: Final = (WATCHLIST, FORMER, REGISTER)  # among candidates of one score
_FEW: Final = 12  # names compared in full where only nearly the same name counts
_EXTRA: Final = 3  # candidates looked at per one shown, as second facts change the order
MAX_NAME: Final = 512
_DIGEST: Final = 16  # hex digits: 64 bits tell the versions of one row apart
_YEAR: Final = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class ScreenQuery:
    """Who is asked for.

    Attributes:
        name: the name, in any script.
        kind: "person", "organization" or None when not known.
        country: ISO 3166-1 alpha-2, or None.
        identifiers: (scheme, value); the scheme may be empty, then any scheme's equal value counts.
        birth_date: ISO date as far as known ("1968-05-03", "1968-05", "1968"), or None.
    """

    name: str
    kind: str | None = None
    country: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()
    birth_date: str | None = None

    def json(self) -> dict[str, Any]:
        """Return the query as the contract's JSON."""
        return {
            "name": self.name,
            "type": self.kind,
            "country": self.country,
            "identifiers": [{"scheme": scheme or None, "value": value} for scheme, value in self.identifiers],
            "birth_date": self.birth_date,
        }


def row_digest(entry: ListEntry) -> str:
    """Return a digest of what a list row says, wherever in its file it stands and in whatever order it says it."""
    said = [
        entry.id,
        sorted([n.text, n.kind] for n in entry.names),
        entry.kind,
        sorted(entry.countries),
        sorted(entry.programs),
        sorted([i.scheme, i.value] for i in entry.identifiers),
        sorted(entry.birth_dates),
        sorted(entry.addresses),
        entry.remarks,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:_DIGEST]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry the name may stand for.

    Attributes:
        entity: id of the entry, unique within its list.
        name: the entry's main name.
        matched_name: the one of its names the query was most alike.
        score: 0-1, second facts included; ``match`` from ``kb.names.MATCH`` up.
        explanation: (feature, score or change, sentence); the features of the name, then the second facts.
        document: stored document of the list ("" when not stored); ``start`` and ``end`` place the entry there.
        quote: the entry's main name as listed.
        programs: the programmes it is listed under.
        row: digest of what the list row says (``row_digest``); it changes when the row does.
        source: "watchlist", "register" for a known partner, or "former" for an entry that was taken off the list.
    """

    entity: str
    name: str
    matched_name: str
    list: str
    score: float
    match: bool
    explanation: tuple[tuple[str, float, str], ...]
    document: str = ""
    start: int = 0
    end: int = 0
    quote: str = ""
    programs: tuple[str, ...] = ()
    row: str = ""
    source: str = WATCHLIST

    def json(self) -> dict[str, Any]:
        """Return the candidate as the contract's JSON."""
        return {
            "entity": self.entity,
            "name": self.name,
            "matched_name": self.matched_name,
            "list": self.list,
            "score": round(self.score, 4),
            "match": self.match,
            "explanation": [{"feature": f, "score": round(s, 4), "detail": d} for f, s, d in self.explanation],
            "programs": list(self.programs),
            "row": self.row,
            "source": self.source,
            "document": self.document or None,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class ScreenResult:
    """The candidates, best first, and the lists that were screened."""

    query: ScreenQuery
    candidates: tuple[Candidate, ...]
    screened: tuple[ScreeningList, ...]

    def json(self) -> dict[str, Any]:
        """Return the result as the contract's JSON."""
        return {
            "query": self.query.json(),
            "candidates": [candidate.json() for candidate in self.candidates],
            "screened": [one.json() for one in self.screened],
        }


def screen(query: ScreenQuery, index: ScreeningIndex, limit: int = 10) -> ScreenResult:
    """Screen one name against all lists.

    Args:
        query: who is asked for.
        index: the loaded lists.
        limit: how many candidates to return at most.

    Raises:
        QueryError: the name is empty or longer than a name can be, or the kind is unknown.
    """
    if not query.name.strip() or len(query.name) > MAX_NAME:
        raise QueryError(
            "the name to screen is empty or too long", remedy=f"Give a name of 1 to {MAX_NAME} characters."
        )
    if query.kind not in {None, "person", "organization"}:
        raise QueryError(f"'{query.kind}' is no kind of party", remedy="Use person or organization.")
    judged = [
        _judge(query, part.lists[number], part.lists[number].entries[place], hit)
        for part in index.parts or (index,)
        for (number, place), hit in _found(query, part, limit).items()
    ]
    judged.sort(key=lambda c: (-c.score, _ORDER.index(c.source), c.list, c.entity))
    return ScreenResult(query, tuple(judged[:limit]), index.screened)


def _found(query: ScreenQuery, index: ScreeningIndex, limit: int) -> dict[tuple[int, int], NameMatch]:
    """Return the entries of one index that a query's name or identifiers come near, by list and place."""
    found: dict[tuple[int, int], NameMatch] = {}
    searches: tuple[tuple[NameIndex, Literal["person", "organization"]], ...] = (
        (index.people, "person"),
        (index.others, "organization"),
    )
    known = all(one.kind == REGISTER for one in index.lists)
    shown = query.kind or _shown_kind(query.name)
    for names, kind in searches:
        # What contradicts the kind asked for, and what is no adverse hit, counts only when it is nearly the same name;
        # such names are the first among the candidates.
        few = known or (shown is not None and shown != kind)
        among = _FEW if few else CANDIDATES
        for hit in names.search(query.name, kind=kind, limit=limit * _EXTRA, floor=_FLOOR, among=among):
            number, place = hit.entity.split("/")
            key = (int(number), int(place))
            if key not in found or hit.score > found[key].score:
                found[key] = hit
    for scheme, value in query.identifiers:
        for one, entry_place in index.by_identifier.get(plain_identifier(scheme, value), ()):
            entry = index.lists[one].entries[entry_place]
            found.setdefault((one, entry_place), NameMatch(0.0, False, (), query.name, entry.names[0].text, ""))
    return found


def _shown_kind(name: str) -> str | None:
    """Return the kind a name shows by itself: a legal form makes an organisation, nothing makes a person."""
    if has_han(name):
        return "organization" if is_company(name) else None
    return kind_of(name)


def _judge(query: ScreenQuery, source: ScreeningList, entry: ListEntry, hit: NameMatch) -> Candidate:
    """Weigh the second facts of one entry."""
    told = list(hit.explanation)
    score = hit.score
    same_identifier = _same_identifier(query, entry)
    if all(name.text != hit.matched_name for name in entry.names):
        told.append(
            ("alias_table", 1.0, f"your alias table lists {hit.matched_name} as a name of {entry.names[0].text}")
        )
    for name, change, detail in (
        _weak(entry.names, hit.matched_name),
        _birth(query.birth_date, entry.birth_dates),
        _country(query.country, entry.countries),
        _kind(query.kind, entry.kind),
        ("", 0.0, "") if same_identifier else _other_identifier(query, entry),
    ):
        if name:
            told.append((name, change, detail))
            score += change
    score = min(max(score, 0.0), 1.0)
    if source.kind == FORMER:
        until = entry.delisted_on.isoformat() if entry.delisted_on is not None else "a later version"
        told.append(
            ("former_listing", 0.0, f"{source.list_id} listed it in version {source.version}, not from {until} on")
        )
    if same_identifier:
        score = max(score, SAME_IDENTIFIER)
        told.insert(0, ("identifier", SAME_IDENTIFIER, same_identifier))
    return Candidate(
        entity=entry.id,
        name=entry.names[0].text,
        matched_name=hit.matched_name,
        list=source.list_id,
        score=score,
        match=score >= MATCH,
        explanation=tuple(told),
        document=source.document,
        start=entry.start,
        end=entry.end,
        quote=entry.names[0].text,
        programs=entry.programs,
        row=row_digest(entry),
        source=source.kind,
    )


_Fact = tuple[str, float, str]
_NOTHING: Final[_Fact] = ("", 0.0, "")


def _weak(names: tuple[Name, ...], matched: str) -> _Fact:
    kinds = {name.kind for name in names if name.text == matched}
    return ("weak_alias", WEAK_ALIAS, f"the list calls {matched} a weak alias") if kinds == {"weak"} else _NOTHING


def _birth(asked: str | None, listed: tuple[str, ...]) -> _Fact:
    if asked is None or not listed:
        return _NOTHING
    shown = ", ".join(listed)
    if asked in listed and len(asked) == len("2000-01-01"):
        return "birth_date", SAME_BIRTH_DAY, f"born {asked} in both"
    years = [_years(date) for date in listed]
    year = _YEAR.match(asked)
    if year is None or not any(years):
        return _NOTHING
    value = int(year.group())
    if any(low <= value <= high for low, high in (y for y in years if y is not None)):
        if any(date.startswith(asked) or asked.startswith(date) for date in listed) or any(
            "/" in d or "~" in d for d in listed
        ):
            return "birth_date", SAME_BIRTH_YEAR, f"born {asked}, listed {shown}"
        return "birth_date", 0.0, f"born {asked}, listed {shown}: the year agrees, the day does not"
    return "birth_date", OTHER_BIRTH_YEAR, f"born {asked}, listed {shown}"


def _years(date: str) -> tuple[int, int] | None:
    """Return the first and last year a listed date of birth allows; about means two years either way."""
    found = [int(y) for y in _YEAR.findall(date)] if "/" in date else [int(date[:4])] if _YEAR.match(date) else []
    if not found:
        return None
    slack = 2 if date.endswith("~") else 0
    return min(found) - slack, max(found) + slack


def _country(asked: str | None, listed: tuple[str, ...]) -> _Fact:
    if asked is None or not listed:
        return _NOTHING
    if asked.upper() in listed:
        return "country", SAME_COUNTRY, f"{asked.upper()} in both"
    return "country", OTHER_COUNTRY, f"{asked.upper()}, listed {', '.join(listed)}"


def _kind(asked: str | None, listed: str | None) -> _Fact:
    if asked is None or listed is None or asked == listed:
        return _NOTHING
    return "kind", OTHER_KIND, f"asked for a {asked}, listed as {listed}"


def _same_identifier(query: ScreenQuery, entry: ListEntry) -> str:
    """Return what agrees, "" when nothing does. Schemes are compared only where both name one that can be checked."""
    for scheme, value in query.identifiers:
        for listed in entry.identifiers:
            same = plain_identifier(scheme, value) == plain_identifier(listed.scheme, listed.value)
            if (
                same
                and len(plain_identifier(scheme, value)) >= MIN_IDENTIFIER
                and (not scheme or _comparable(scheme, listed.scheme))
            ):
                return f"{listed.scheme} {listed.value} in both"
    return ""


# Registers and lists call the same number by different names.
_LOOSE: Final = frozenset(
    {"registration", "tax", "tax-id", "national-id", "USCC", "CN-ORG", "VAT-EU", "EIN", "CN-ID", "passport"}
)


def _comparable(left: str, right: str) -> bool:
    return left == right or (left in _LOOSE and right in _LOOSE) or not right


def _other_identifier(query: ScreenQuery, entry: ListEntry) -> _Fact:
    """Lower the score where both carry a checked number of one scheme that names one body, and the numbers differ."""
    for scheme, value in query.identifiers:
        for listed in entry.identifiers:
            if scheme == listed.scheme and scheme in {"LEI", "USCC", "IMO"} and listed.valid is not False:
                return "identifier", OTHER_IDENTIFIER, f"{scheme} {value}, listed {listed.value}"
    return _NOTHING
