"""The table of impact levels: what a change of law asks of a text that relies on it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from checks.finding import Text
from checks.impact import ImpactLevel
from kb.errors import MissingPartError

LEVEL_ORDER: Final = (
    ImpactLevel.NONE,
    ImpactLevel.INFORMATIONAL,
    ImpactLevel.UNKNOWN,
    ImpactLevel.ACTION,
    ImpactLevel.BLOCKING,
)
"""Levels from lightest to heaviest; what is not known weighs more than what is only to be known."""
_CONDITIONS: Final[tuple[str, ...]] = ("reliant", "cited", "dated", "mode", "kind", "materiality", "touched", "finding")


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the table looks at; the words are those of ``impact_levels.toml``."""

    reliant: str
    cited: str
    dated: str
    mode: str
    kind: str
    materiality: str
    touched: str
    finding: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its conditions, the level it gives, and why, in both languages."""

    id: str
    conditions: Mapping[str, tuple[str, ...]]
    level: ImpactLevel
    why: Text

    def holds(self, situation: Situation) -> bool:
        """Return whether every condition of the row holds."""
        return all(getattr(situation, name) in allowed for name, allowed in self.conditions.items())


@dataclass(frozen=True, slots=True)
class Table:
    """The rows in order, and the day whose law the bundled rules were written on."""

    rows: tuple[Row, ...]
    rules_read_on: date

    def decide(self, situation: Situation) -> Row:
        """Return the first row that holds; "unknown" when none does."""
        return next((row for row in self.rows if row.holds(situation)), _NO_ROW)


_NO_ROW: Final = Row(
    "no-row",
    {},
    ImpactLevel.UNKNOWN,
    Text("The table of impact levels has no row for this.", "影响程度表中没有对应情形。"),
)


@cache
def load_table() -> Table:
    """Return the table.

    Raises:
        MissingPartError: the file is missing or not as it must be.
    """
    try:
        raw = tomllib.loads(resources.files("checks").joinpath("impact_levels.toml").read_text("utf-8"))
        rows = tuple(_row(entry) for entry in raw["row"])
        read_on = raw["rules_read_on"]
    except (OSError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise MissingPartError(
            f"the table of impact levels cannot be read: {error}", remedy="Reinstall duegraph."
        ) from error
    return Table(rows, read_on)


def _row(entry: dict[str, Any]) -> Row:
    why = entry["why"]
    unknown = set(entry) - {"id", "level", "why", *_CONDITIONS}
    if unknown:
        raise ValueError(f"row {entry['id']!r} has the unknown conditions {sorted(unknown)}")
    conditions: dict[str, tuple[str, ...]] = {
        name: tuple(entry[name]) if isinstance(entry[name], list) else (str(entry[name]),)
        for name in _CONDITIONS
        if name in entry
    }
    return Row(entry["id"], conditions, ImpactLevel(entry["level"]), Text(why["en"], why["zh"]))


def heaviest(levels: tuple[ImpactLevel, ...]) -> ImpactLevel:
    """Return the heaviest of some levels; NONE of none."""
    return max(levels, key=LEVEL_ORDER.index, default=ImpactLevel.NONE)
