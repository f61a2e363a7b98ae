"""The scorecard as its file states it (scorecard.toml), checked when loaded."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from checks.finding import Text
from kb.errors import MissingPartError
from kb.statement import items

FULL = 100.0
"""Points of the best value of an indicator, and the best score."""

LevelName = Literal["low", "medium", "high"]
RANK: dict[str, int] = {"low": 0, "medium": 1, "high": 2}
"""Levels of risk from best to worst."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Both(_Part):
    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def text(self) -> Text:
        """Return the plain value."""
        return Text(self.en, self.zh)


Items = Annotated[tuple[str, ...], Field(min_length=1)]


def plain(item: str) -> str:
    """Return the item of a sum's part, without its sign."""
    return item.removeprefix("-")


class Term(_Part):
    """One weighted ratio of a model."""

    coefficient: float
    numerator: Items
    denominator: Items


class Indicator(_Part):
    """One indicator: how it is computed, and the points its values give.

    Exactly one way of computing is set: numerator over denominator, ``change`` of an item over the year before, a
    ``measure`` that is stated as it is, or ``terms`` of a model.

    Attributes:
        not_positive: what a denominator of zero or less means: the worst points, a missing input, or that the sign of
            the numerator decides.
        steps: (value, points); from this value on ("high") or up to it ("low"), best steps last or first.
    """

    id: str
    group: str
    title: _Both
    formula: _Both
    source: str = Field(min_length=1)
    better: Literal["high", "low"]
    weight: float = Field(gt=0)
    steps: tuple[tuple[float, float], ...] = Field(min_length=1)
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    not_positive: Literal["worst", "missing", "sign"] = "missing"
    change: str | None = None
    measure: str | None = None
    terms: tuple[Term, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Indicator:
        ways = (bool(self.numerator), self.change is not None, self.measure is not None, bool(self.terms))
        if sum(ways) != 1 or bool(self.numerator) != bool(self.denominator):
            raise ValueError("an indicator has one way of computing")
        values, points = [v for v, _ in self.steps], [p for _, p in self.steps]
        falling = sorted(points, reverse=True)
        if values != sorted(set(values)) or points != (sorted(points) if self.better == "high" else falling):
            raise ValueError("steps rise in value, and better values have more points")
        if not all(0 <= p <= FULL for p in points):
            raise ValueError("points lie between 0 and 100")
        unknown = {plain(item) for item in self.inputs} - set(items())
        if unknown:
            raise ValueError(f"no such items: {', '.join(sorted(unknown))}")
        return self

    @property
    def inputs(self) -> tuple[str, ...]:
        """The items it is computed from, with their signs."""
        of_terms = [item for term in self.terms for item in (*term.numerator, *term.denominator)]
        single = [item for item in (self.change, self.measure) if item is not None]
        return tuple(dict.fromkeys([*self.numerator, *self.denominator, *single, *of_terms]))

    def points(self, value: float) -> float:
        """Return the points of a value, 0 to 100; a better value never has fewer."""
        if self.better == "high":
            return max((points for at, points in self.steps if value >= at), default=0.0)
        return max((points for at, points in self.steps if value <= at), default=0.0)


class Identity(_Part):
    """An item that follows from others by an accounting identity."""

    item: str
    of: Items
    source: str = Field(min_length=1)


class Mark(_Part):
    """What a record of a court, an office or the press does to the score.

    Attributes:
        meaning: column of a register that says yes; ``status``: kind of register status; ``event``: types of reported
            events in one of ``stages`` ("" where the stage is not stated).
        deduct: points off the score; ``at_least``: the level is never better than this.
    """

    id: str
    title: _Both
    deduct: float = Field(ge=0, le=FULL)
    at_least: LevelName
    source: str = Field(min_length=1)
    meaning: str | None = None
    status: str | None = None
    event: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()


class _Levels(_Part):
    low: float
    medium: float
    high: float = Field(ge=0, le=0)


class _Age(_Part):
    fresh: int = Field(gt=0)
    stale: int = Field(gt=0)


class Scorecard(_Part):
    """The whole scorecard.

    Attributes:
        coverage_min: share of the weights that must be known for a level.
        needed_groups: groups of which at least one indicator must be known.
        levels: lowest score of each level of risk.
        age: months after which statements are no longer fresh, and stale.
    """

    version: str
    coverage_min: float = Field(gt=0, le=1)
    needed_groups: tuple[str, ...]
    levels: _Levels
    age: _Age
    groups: dict[str, _Both]
    indicator: tuple[Indicator, ...] = Field(min_length=1)
    identity: tuple[Identity, ...] = ()
    mark: tuple[Mark, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Scorecard:
        used = {one.group for one in self.indicator} | set(self.needed_groups)
        if used - set(self.groups):
            raise ValueError(f"no such groups: {', '.join(sorted(used - set(self.groups)))}")
        ids = [one.id for one in self.indicator] + [one.id for one in self.mark]
        if len(ids) != len(set(ids)):
            raise ValueError("an id is used twice")
        return self

    def level(self, score: float) -> LevelName:
        """Return the level of a score."""
        if score >= self.levels.low:
            return "low"
        return "medium" if score >= self.levels.medium else "high"


@cache
def load_scorecard() -> Scorecard:
    """Return the shipped scorecard.

    Raises:
        MissingPartError: the file is absent or malformed; names the field.
    """
    place = "checks/credit/scorecard.toml"
    source = resources.files("checks.credit") / "scorecard.toml"
    if not source.is_file():
        raise MissingPartError("the credit scorecard is absent", place=place, remedy="Reinstall duegraph.")
    return parse_scorecard(source.read_text(encoding="utf-8"), place)


def parse_scorecard(text: str, place: str) -> Scorecard:
    """Return the scorecard of a TOML text.

    Raises:
        MissingPartError: it is not TOML, or not a scorecard.
    """
    try:
        return Scorecard.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MissingPartError(f"the scorecard is not TOML: {error}", place=place, remedy="Correct it.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise MissingPartError(
            f"scorecard field '{field}': {first['msg']}", place=place, remedy="Correct it."
        ) from error
