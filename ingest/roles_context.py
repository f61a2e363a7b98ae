"""What the readers of role values share: a text with its values, the words around a value, and the patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from ingest.lang import grammar
from kb.model import Clause, Value, ValueType

PERPETUAL: Final = "perpetual"
"""The value of an expiration date that never comes of itself."""
_LEFT: Final = 260  # characters before a value in which its cue may stand
_RIGHT: Final = 160
# Every branch begins with a literal, so that the scan skips other characters: six times faster than lookbehinds first.
SENTENCE_END: Final = re.compile(
    r"\.(?<![A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<![ap]\.m\.)(?<!Inc\.)(?<!Corp\.)(?<!Ltd\.)(?<!No\.)(?!(?<=[A-Z][a-z][a-z]\.)\s{1,3}\d)"
    r"(?!(?<=April\.)\s{1,3}\d)(?!(?<=Sept\.)\s{1,3}\d)[\"”]?\s|;|\n\s{0,80}\n"
)
_PERIOD: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_LATEST_YEAR: Final = 9999


@dataclass(frozen=True, slots=True)
class Context:
    """A contract with its values, and the words around each.

    Attributes:
        values: all values without roles, in text order.
        head_end: end of title and preamble.
        clauses: the contract's clauses, when they are known.
    """

    text: str
    values: Sequence[Value]
    head_end: int
    clauses: Sequence[Clause] = ()

    def before(self, value: Value, reach: int = _LEFT) -> str:
        """Return the words before a value, back to the beginning of its sentence."""
        window = self.text[max(0, value.start - reach) : value.start]
        cut = 0
        for match in SENTENCE_END.finditer(window):
            if match[0][0] == "\n" and window[: match.start()].rstrip().endswith(":"):
                continue  # an item of a list continues the sentence that opens it
            cut = match.end()
        return window[cut:]

    def after(self, value: Value, reach: int = _RIGHT) -> str:
        """Return the words after a value, up to the end of its sentence."""
        window = self.text[value.end : value.end + reach]
        match = SENTENCE_END.search(window)
        return window if match is None else window[: match.start()]


@cache
def patterns() -> dict[str, dict[str, Any]]:
    """Return the compiled patterns of ``roles.toml`` by section; entries that are no patterns stay as they are."""
    words = grammar("en", "values")["number"]["words"]
    return {
        section: {
            name: re.compile(entry.replace("WORDS", words)) if isinstance(entry, str) else entry
            for name, entry in entries.items()
        }
        for section, entries in grammar("en", "roles").items()
        if section != "language_law"
    }


def add_period(start: date, period: str) -> date | None:
    """Return the day one ISO 8601 period after another; the last day of the month stands in for a missing one."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        return None
    years, months, weeks, days = (int(part) if part is not None else 0 for part in match.groups())
    month = start.month - 1 + months
    year = start.year + years + month // 12
    if year > _LATEST_YEAR:
        return None
    month = month % 12 + 1
    day = start.day
    while day > 28:
        try:
            date(year, month, day)
            break
        except ValueError:
            day -= 1
    return date(year, month, day) + timedelta(weeks=weeks, days=days)


def as_role(role: str, value: Value) -> Value:
    """Return a value again, typed by the role it plays."""
    return replace(value, type=role)


def dates(context: Context) -> Iterator[Value]:
    """Return the dates of a contract, in text order."""
    return (value for value in context.values if value.type == ValueType.DATE)


def by_stem(text: str, pattern: re.Pattern[str], stems: Sequence[str]) -> list[re.Match[str]]:
    """Return the matches that begin at a stem, found by plain search: several times faster than a scan for a cue."""
    starts: list[int] = []
    for stem in stems:
        at = text.find(stem)
        while at >= 0:
            starts.append(at)
            at = text.find(stem, at + len(stem))
    found = [pattern.match(text, start) for start in sorted(starts)]
    return [match for match in found if match is not None]


def around(text: str, pattern: re.Pattern[str], stems: Sequence[str], *, reach: int = 90) -> Iterator[re.Match[str]]:
    """Yield the matches that hold a stem in their middle, one for each place of the stem."""
    for stem in stems:
        at = text.find(stem)
        while at >= 0:
            match = pattern.search(text, max(0, at - reach), at + reach)
            if match is not None:
                yield match
            at = text.find(stem, at + len(stem))
