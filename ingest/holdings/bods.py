"""Beneficial Ownership Data Standard 0.4: relationship statements as holdings with their times.

A record is stated again and again (new, updated, closed). Each statement governs from the day its content took effect
until the next one's: the start date it gives when that is later than the statement before, else its own statement date.
An indirect interest whose chain the package states too becomes measure "indirect", which nobody adds to the chain.

Source: standard.openownership.org, version 0.4, schema and code lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.holdings.bods_party import read_party
from ingest.holdings.stated import OPEN_BOUND, Gap, HoldingsFile, StatedHolding, words
from ingest.jsonitems import is_json, json_items
from kb.errors import RecordError, UnreadableError
from kb.model import Document, Partner

MAX_CHAIN_STEPS: Final = 5_000_000  # looked at to find chains; beyond, an indirect interest counts as restated
_LOOKED_AT: Final = 20_000
_DAY: Final = 10  # characters of an ISO day

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)  # the standard has more fields than are needed here


class _Share(_Read):
    exact: Percent | None = None
    minimum: Percent | None = None
    maximum: Percent | None = None
    exclusive_minimum: Percent | None = Field(default=None, alias="exclusiveMinimum")
    exclusive_maximum: Percent | None = Field(default=None, alias="exclusiveMaximum")

    def bounds(self) -> tuple[float, float]:
        """Return the share as fractions; bounds that are excluded are moved inwards."""
        if self.exact is not None:
            return self.exact / 100, self.exact / 100
        low = max((self.minimum or 0.0) / 100, 0.0)
        high = (100.0 if self.maximum is None else self.maximum) / 100
        if self.exclusive_minimum is not None:
            low = max(low, min(1.0, self.exclusive_minimum / 100 + OPEN_BOUND))
        if self.exclusive_maximum is not None:
            high = min(high, max(0.0, self.exclusive_maximum / 100 - OPEN_BOUND))
        return low, high


class _Interest(_Read):
    type: str | None = None
    direct: str | None = Field(default=None, alias="directOrIndirect")
    share: _Share | None = None
    start: date | None = Field(default=None, alias="startDate")
    end: date | None = Field(default=None, alias="endDate")


class _Unspecified(_Read):
    reason: str = "unknown"
    description: str = ""


class _Details(_Read):
    subject: str | _Unspecified
    party: str | _Unspecified = Field(alias="interestedParty")
    interests: tuple[_Interest, ...] = ()


class _Name(_Read):
    type: str | None = None
    full: str | None = Field(default=None, alias="fullName")


class _PartyDetails(_Read):
    name: str | None = None
    names: tuple[_Name, ...] = ()


class _Statement(_Read):
    statement: str = Field(alias="statementId")
    record: str | None = Field(default=None, alias="recordId")
    kind: str = Field(alias="recordType")
    status: str | None = Field(default=None, alias="recordStatus")
    stated: str = Field(default="", alias="statementDate")
    declared_for: str = Field(default="", alias="declarationSubject")
    details: dict[str, Any] = Field(alias="recordDetails")


@dataclass(frozen=True, slots=True)
class _Relationship:
    """One statement of one relationship between two named parties."""

    place: str
    owner: str
    owned: str
    stated: str
    closed: bool
    source: str
    interests: tuple[_Interest, ...]

    @property
    def day(self) -> date | None:
        try:
            return date.fromisoformat(self.stated[:_DAY])
        except ValueError:
            return None


def is_bods(document: Document) -> bool:
    """Say whether a text holds statements of the standard."""
    head = document.text[:_LOOKED_AT]
    return is_json(head) and '"statementId"' in head and '"recordDetails"' in document.text[: _LOOKED_AT * 10]


def read_bods(text: str, *, source_name: str) -> HoldingsFile:
    """Read a BODS 0.4 package: a JSON array of statements, one statement, or one per line.

    Returns:
        Holdings by ``recordId`` of the parties, with their names; gaps where an owner or a subject is not named.

    Raises:
        UnreadableError: it is not JSON.
        LimitError: it is nested too deep.
        RecordError: it holds no BODS statement.
    """
    names: dict[str, str] = {}
    kinds: dict[str, str] = {}
    records: dict[str, list[_Relationship]] = defaultdict(list)
    gaps: dict[str, Gap | None] = {}
    rejected: list[str] = []
    parties: dict[str, Partner] = {}
    spans: dict[str, tuple[int, int]] = {}
    seen: set[str] = set()
    rows = statements = 0
    incomplete = None
    for item in json_items(text, place=source_name):
        if item.problem is not None:
            if item.number == 1 and item.last:
                raise UnreadableError(
                    f"it is not JSON ({item.problem})", place=source_name, remedy="Save the package again."
                )
            rejected.append(f"statement {item.number}: {item.problem}")
            incomplete = f"it breaks off at statement {item.number}" if item.last else incomplete
            continue
        number = item.number
        try:
            statement = _Statement.model_validate(item.value)
            if statement.statement in seen:
                continue
            seen.add(statement.statement)
            spans[statement.statement] = (item.start, item.end)
            statements += 1
            if statement.kind == "relationship":
                rows += 1
                _add_relationship(statement, records, gaps, source_name)
            elif statement.kind in {"entity", "person"} and statement.record is not None:
                kinds[statement.record] = "person" if statement.kind == "person" else "organization"
                name = _display_name(_PartyDetails.model_validate(statement.details))
                if name is not None:
                    names[statement.record] = name
                    parties[statement.record] = read_party(
                        statement.record, statement.kind, statement.details, item.start, item.end
                    )
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            rejected.append(f"statement {number}: {where}: {first['msg']}")
    if not statements:
        first_problem = f" First problem: {rejected[0]}." if rejected else ""
        raise RecordError(
            f"no statement of BODS 0.4 could be read.{first_problem}",
            place=source_name,
            remedy="Give an array of statements with statementId, recordType and recordDetails.",
        )
    chains = _Chains((found.owner, found.owned) for versions in records.values() for found in versions)
    holdings = [holding for versions in records.values() for holding in _holdings_of(versions, chains)]
    notes = () if not chains.given_up else ("not every indirect interest could be compared with the chains stated",)
    return HoldingsFile(
        tuple(holdings),
        names,
        kinds,
        tuple(g for g in gaps.values() if g is not None),
        rows,
        tuple(rejected),
        notes,
        spans,
        tuple(parties.values()),
        incomplete,
    )


def _display_name(details: _PartyDetails) -> str | None:
    if details.name is not None:
        return details.name
    full = [name for name in details.names if name.full]
    legal = [name for name in full if name.type == "legal"]
    return (legal or full)[0].full if full else None


def _add_relationship(
    statement: _Statement, records: dict[str, list[_Relationship]], gaps: dict[str, Gap | None], source_name: str
) -> None:
    details = _Details.model_validate(statement.details)
    record = statement.record or statement.statement
    closed = statement.status == "closed"
    if isinstance(details.subject, str) and isinstance(details.party, str):
        source = f"{source_name}#{statement.declared_for}" if statement.declared_for else source_name
        records[record].append(
            _Relationship(
                statement.statement,
                details.party,
                details.subject,
                statement.stated,
                closed,
                source,
                details.interests,
            )
        )
        return
    unnamed = details.party if isinstance(details.party, _Unspecified) else details.subject
    owned = details.subject if isinstance(details.subject, str) else statement.declared_for
    reason = unnamed.reason if isinstance(unnamed, _Unspecified) else "unknown"
    gaps[record] = None if closed else Gap(owned, reason, statement.statement)


class _Chains:
    """Answers whether the package states a chain of at least two links from one party to another."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._owners: dict[str, set[str]] = defaultdict(set)
        for owner, owned in pairs:
            if owner != owned:
                self._owners[owned].add(owner)
        self._left = MAX_CHAIN_STEPS
        self.given_up = False

    def lead(self, owner: str, owned: str) -> bool:
        queue = [party for party in self._owners.get(owned, ()) if party != owner]
        seen = {owned, *queue}
        for party in queue:
            above = self._owners.get(party, ())
            self._left -= len(above) + 1
            if self._left < 0:
                self.given_up = True
                return True
            if owner in above:
                return True
            for further in above:
                if further not in seen:
                    seen.add(further)
                    queue.append(further)
        return False


def _holdings_of(versions: list[_Relationship], chains: _Chains) -> Iterator[StatedHolding]:
    """Turn all statements of one record into holdings, each in the time its statement governs."""
    versions = sorted(versions, key=lambda version: version.stated)  # stable: the package's own order within a day
    begins: list[date | None] = [None]
    begins.extend(_took_effect(after, before) for before, after in pairwise(versions))
    for place, version in enumerate(versions):
        ends = [begin for begin in begins[place + 1 :] if begin is not None]
        ends.extend(end for later in versions[place:] if (end := _ended(later)) is not None)
        for interest in version.interests or (_Interest(),):
            start = _latest(begins[place], interest.start)
            end = min([*ends, interest.end] if interest.end is not None else ends, default=None)
            if start is not None and end is not None and start >= end:
                continue
            holding = _holding(version, interest, chains)
            if holding is not None:
                measure, low, high = holding
                yield StatedHolding(
                    version.owner, version.owned, low, high, measure, start, end, version.source, version.place
                )


def _took_effect(after: _Relationship, before: _Relationship) -> date | None:
    starts = [interest.start for interest in after.interests if interest.start is not None]
    if starts and before.day is not None and max(starts) > before.day:
        return max(starts)
    return after.day


def _ended(version: _Relationship) -> date | None:
    """Return the day the whole relationship ended according to a statement, or None when it goes on."""
    ends = [interest.end for interest in version.interests]
    if ends and all(end is not None for end in ends):
        return max(end for end in ends if end is not None)
    return version.day if version.closed else None


def _latest(left: date | None, right: date | None) -> date | None:
    if left is None or right is None:
        return right if left is None else left
    return max(left, right)


def _holding(version: _Relationship, interest: _Interest, chains: _Chains) -> tuple[str, float, float] | None:
    """Return measure and bounds of an interest, or None when it is no ownership and no control."""
    meanings = words()["bods"]["interests"]
    meaning = "unknown" if interest.type is None else meanings.get(interest.type, "unknown")
    if meaning == "none":
        return None
    if meaning == "control":
        return "control", 1.0, 1.0
    low, high = (0.0, 1.0) if interest.share is None else interest.share.bounds()
    if low > high:
        low, high = high, low  # bounds in the wrong order say the same range
    if meaning == "unknown":
        return "shares", 0.0, high
    if interest.direct != "direct" and chains.lead(version.owner, version.owned):
        return "indirect", low, high
    return ("votes" if meaning == "votes" else "shares"), low, high
