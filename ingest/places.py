"""Places and arbitration institutions as contracts name them, with their ISO 3166 or institution code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from ingest.lang import table

_LETTER: Final = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names with their codes, and one pattern that finds any of them, longest first."""

    codes: dict[str, str]
    pattern: re.Pattern[str]

    def code(self, name: str) -> str | None:
        """Return the code of a name found by the pattern, whatever its case and spacing."""
        return self.codes.get(_key(name))


def _key(name: str) -> str:
    return " ".join(name.replace("’", "'").upper().split())


def _compile(names: list[tuple[str, str]]) -> Gazetteer:
    codes: dict[str, str] = {}
    for name, code in names:
        codes.setdefault(_key(name), code)
    parts = []
    for name in sorted({name for name, _ in names}, key=len, reverse=True):
        pattern = r"\s{1,4}".join(re.escape(word) for word in name.split()).replace("'", "['’]")
        if _LETTER.match(name[0]):
            pattern = rf"\b{pattern}(?!\w)"
        parts.append(pattern)
    return Gazetteer(codes, re.compile("|".join(parts)))


@cache
def gazetteer(language: str) -> Gazetteer:
    """Return all countries and the states, provinces and nations that have a law of their own, in one language.

    English names are found as written and in capitals.

    Raises:
        MissingPartError: the data file is absent.
    """
    names: list[tuple[str, str]] = []
    # Subdivisions first: "Georgia" is the state, its country is written "Republic of Georgia".
    rows = sorted(table("places"), key=lambda row: "-" not in row["code"])
    for row in rows:
        for name in row[language].split(";"):
            if name:
                names.append((name, row["code"]))
                if language == "en" and name != name.upper():
                    names.append((name.upper(), row["code"]))
    return _compile(names)


@cache
def institutions() -> Gazetteer:
    """Return the arbitration institutions with their short names, in English and Chinese."""
    names = []
    for row in table("institutions"):
        names.extend((name, row["code"]) for column in ("en", "zh") for name in row[column].split(";") if name)
    return _compile(names)
