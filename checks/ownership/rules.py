"""Ownership rules as data: which test holds on which day (``checks/ownership_rules.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks.ownership.cascade import Trigger
from checks.ownership.model import Measure
from kb.errors import MissingPartError, NotFoundError

_FILE = "ownership_rules.toml"


class Status(StrEnum):
    """What a rule is on a day."""

    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    UNCONFIRMED = "unconfirmed"
    NOT_IN_FORCE = "not-in-force"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(_Strict):
    """A text in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


class Version(_Strict):
    """A rule as it stands from one day up to, not including, another."""

    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(default=None, alias="to")
    threshold: Annotated[float, Field(gt=0, le=1)]
    comparison: Literal[">=", ">"]
    aggregate: bool
    votes: bool
    control: Literal["no", "possible", "certain"]
    status: Literal["in-force", "suspended", "unconfirmed"]
    verified: bool
    source: str = Field(min_length=1)
    note: str = ""

    def trigger(self, *, high: bool) -> Trigger:
        """Return the test for the low or the high ends; merely possible control counts with the high ends."""
        measures = [Measure.SHARES]
        if self.votes:
            measures.append(Measure.VOTES)
        if self.control == "certain" or (high and self.control == "possible"):
            measures.append(Measure.CONTROL)
        if high:
            # A restated indirect share is no proof: 54 % in the end can come with 10 % through caught parties.
            measures.append(Measure.INDIRECT)
        return Trigger(self.threshold, self.comparison == ">", tuple(measures))


class Rule(_Strict):
    """One ownership rule over time; its versions follow each other without overlap."""

    id: str = Field(pattern=r"^[a-z]{2}/[a-z0-9-]{1,60}$")
    title: Words
    jurisdiction: str
    list: Words
    effect: Words
    version: tuple[Version, ...] = Field(min_length=1)

    def on(self, day: date) -> Version | None:
        """Return the version of a day, or None when there was no such rule."""
        for version in self.version:
            if version.valid_from <= day and (version.valid_to is None or day < version.valid_to):
                return version
        return None


@dataclass(frozen=True, slots=True)
class RuleOfDay:
    """A rule with what it was on the day asked for; ``version`` is None when it did not exist."""

    rule: Rule
    version: Version | None

    @property
    def status(self) -> Status:
        """Whether the rule is in force on the day."""
        return Status.NOT_IN_FORCE if self.version is None else Status(self.version.status)


@cache
def rules() -> tuple[Rule, ...]:
    """Return all ownership rules.

    Raises:
        MissingPartError: the file is absent, empty or malformed; nothing may be judged without it.
    """
    source = resources.files("checks") / _FILE
    if not source.is_file():
        raise MissingPartError("the ownership rules are absent", place=f"checks/{_FILE}", remedy="Reinstall duegraph.")
    try:
        data = tomllib.loads(source.read_text(encoding="utf-8"))
        found = tuple(Rule.model_validate(rule) for rule in data.get("rule", []))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise MissingPartError(
            f"the ownership rules cannot be read: {error}", place=f"checks/{_FILE}", remedy="Mend the file."
        ) from error
    ids = [rule.id for rule in found]
    if not found or len(set(ids)) < len(ids):
        raise MissingPartError("no rules, or one id twice", place=f"checks/{_FILE}", remedy="Mend the file.")
    for rule in found:
        for before, after in zip(rule.version, rule.version[1:], strict=False):
            if before.valid_to is None or before.valid_to > after.valid_from:
                raise MissingPartError(
                    f"versions of {rule.id} overlap", place=f"checks/{_FILE}", remedy="Give the earlier one an end."
                )
    return found


def rules_of(day: date, ids: Iterable[str] | None = None) -> tuple[RuleOfDay, ...]:
    """Return the rules asked for (all by default) as they are on a day.

    Raises:
        NotFoundError: there is no rule of that id.
    """
    known = {rule.id: rule for rule in rules()}
    chosen: list[RuleOfDay] = []
    for key in known if ids is None else ids:
        rule = known.get(key)
        if rule is None:
            raise NotFoundError(f"there is no ownership rule {key!r}", remedy=f"Use one of {', '.join(known)}.")
        chosen.append(RuleOfDay(rule, rule.on(day)))
    return tuple(chosen)
