"""One partner while its rules are run: what its register rows state, by meaning, each with its place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib import resources

from checks.context import CheckContext, PartnerFacts
from checks.evaluators.answer import Answer, not_evaluated
from checks.evaluators.list_hits import ListedHit, list_hits
from checks.hits import partner_subjects, person_subject
from checks.screening import ScreenQuery
from kb.errors import MissingPartError
from kb.model import Evidence, ListEntry
from kb.register_facts import Stated, columns, stated_by


class PartnerRecord:
    """A partner with look-ups that are computed once."""

    def __init__(self, facts: PartnerFacts) -> None:
        self.facts = facts

    @property
    def id(self) -> str:
        """The id its party goes by."""
        return self.facts.id

    @property
    def name(self) -> str:
        """The name it is shown with."""
        names = self.facts.partner.names
        return names[0].text if names else self.facts.id

    @cached_property
    def stated(self) -> Mapping[str, tuple[tuple[Stated, Evidence], ...]]:
        """What its rows state, by meaning, each with its cell."""
        found: dict[str, list[tuple[Stated, Evidence]]] = {}
        for row in self.facts.register:
            for stated in stated_by(row.partner):
                found.setdefault(stated.meaning, []).append((stated, row.evidence(stated.cell)))
        return {meaning: tuple(rows) for meaning, rows in found.items()}

    @property
    def row(self) -> Evidence:
        """The first register row of the partner as evidence."""
        first = self.facts.register[0]
        return Evidence(first.document, first.partner.start, first.partner.end, first.quote)

    def cell(self, words: str) -> Evidence:
        """Return where a cell of one of its rows stands; the first row when none has it once."""
        for row in self.facts.register:
            found = row.evidence(words)
            if found.quote == words.strip():
                return found
        return self.row

    def answers(self, meaning: str) -> tuple[tuple[Stated, Evidence], ...]:
        """Return the cells of a column of yes and no that say either."""
        return tuple(pair for pair in self.stated.get(meaning, ()) if pair[0].answer is not None)

    def days(self, meaning: str) -> tuple[tuple[date, Evidence], ...]:
        """Return the days of a column, earliest first."""
        found = [(stated.day, place) for stated, place in self.stated.get(meaning, ()) if stated.day is not None]
        return tuple(sorted(found, key=lambda pair: pair[0]))

    def people(self) -> tuple[tuple[str, str, Evidence], ...]:
        """Return officers and owners: name, meaning of the column, place."""
        return tuple(
            (name, meaning, place)
            for meaning in ("legal-representative", "officers", "owners")
            for stated, place in self.stated.get(meaning, ())
            for name in stated.people
        )


def unstated(record: PartnerRecord, *meanings: str) -> Answer:
    """Return "not evaluated", naming the columns no register states."""
    en = ", ".join(f"“{columns()[m].en}”" for m in meanings)
    zh = "、".join(f"“{columns()[m].zh}”" for m in meanings)
    return not_evaluated(
        record.id,
        f"No register states {en} of this partner; that is not the same as none.",
        f"登记册未载明该合作方的{zh}；未载明不等于没有。",
    )


# --- lists -----------------------------------------------------------------------------------------------------------


def own_hits(record: PartnerRecord, context: CheckContext) -> tuple[ListedHit, ...]:
    """Return the entries of lists that a partner's own names come near, by all that is stored of it."""
    queries = own_queries(record.facts)
    return list_hits(context, partner_subjects(record.id, queries), queries)


def own_queries(facts: PartnerFacts) -> tuple[ScreenQuery, ...]:
    """Return what is asked of a partner: each of its names with its kind, country and identifiers."""
    partner = facts.partner
    identifiers = tuple((i.scheme, i.value) for i in partner.identifiers)
    return tuple(ScreenQuery(name.text, partner.kind, partner.country, identifiers) for name in partner.names)


def person_hits(record: PartnerRecord, context: CheckContext, person: str) -> tuple[ListedHit, ...]:
    """Return the entries of lists that the name of an officer or owner comes near; nothing else is known of them."""
    return list_hits(context, (person_subject(record.id, person),), [ScreenQuery(person)])


def listed_now(entry: ListEntry | None, on: date) -> bool:
    """Say whether an entry is listed on a day; one without a day of delisting is."""
    return entry is None or entry.delisted_on is None or entry.delisted_on > on


# --- places ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaceList:
    """A published list of places: ``severe`` when it calls for action and not for care alone."""

    id: str
    en: str
    zh: str
    published: date
    places: frozenset[str]
    severe: bool


@cache
def place_lists() -> tuple[PlaceList, ...]:
    """Return the lists of places, in the order of the file.

    Raises:
        MissingPartError: the file is absent.
    """
    source = resources.files("checks") / "jurisdictions.toml"
    if not source.is_file():
        raise MissingPartError(
            "the lists of high-risk places are absent", place="checks/jurisdictions.toml", remedy="Reinstall duegraph."
        )
    rows = tomllib.loads(source.read_text(encoding="utf-8"))["list"]
    return tuple(
        PlaceList(
            row["id"],
            row["title"]["en"],
            row["title"]["zh"],
            row["published"],
            frozenset(row["places"]),
            bool(row["severe"]),
        )
        for row in rows
    )


def high_risk(country: str | None) -> tuple[PlaceList, ...]:
    """Return the lists of places a country is on."""
    return tuple(one for one in place_lists() if country is not None and country in one.places)
