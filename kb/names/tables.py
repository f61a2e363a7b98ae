"""The name matcher's vocabularies, read once from ``kb/names/data`` (see README.md there for origins)."""

from __future__ import annotations

import csv
import io
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from kb.errors import MissingPartError

_DATA: Final = "data"


def text(name: str) -> str:
    """Return a data file's content.

    Raises:
        MissingPartError: the file is absent or empty; matching with half its tables would fail silently.
    """
    path = files(__package__).joinpath(_DATA, name)
    if not path.is_file():
        raise MissingPartError(
            f"The name table {name} is missing.", place=f"kb/names/{_DATA}", remedy="Reinstall Duegraph."
        )
    content = path.read_text(encoding="utf-8")
    if not content.strip():
        raise MissingPartError(
            f"The name table {name} is empty.", place=f"kb/names/{_DATA}", remedy="Reinstall Duegraph."
        )
    return content


@cache
def toml(name: str) -> dict[str, Any]:
    """Return a TOML table as plain dictionaries."""
    return tomllib.loads(text(name))


def rows(name: str) -> list[list[str]]:
    """Return the rows of a CSV table without its header."""
    return list(csv.reader(io.StringIO(text(name))))[1:]


@cache
def variants() -> dict[str, frozenset[int]]:
    """Return which groups of given-name variants a token belongs to."""
    return _groups(toml("words.toml")["variants"]["names"])


@cache
def equivalents() -> dict[str, frozenset[int]]:
    """Return which groups of words with one meaning an organisation's word belongs to."""
    return _groups(toml("words.toml")["equivalents"]["words"])


def _groups(lists: list[list[str]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, words in enumerate(lists):
        for word in words:
            found.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


@cache
def words(section: str, key: str) -> frozenset[str]:
    """Return one word list of ``words.toml``."""
    return frozenset(toml("words.toml")[section][key])


@cache
def english() -> frozenset[str]:
    """Return usual words of English and of company names, three letters or more."""
    return frozenset(line for line in text("english.txt").splitlines() if line and not line.startswith("#"))


@cache
def frequencies() -> tuple[dict[str, int], dict[str, int]]:
    """Return how usual a word is in names of people and of organisations, as a count of listed names.

    A country whose list of usual names has the word counts as ``_PER_LIST`` listed people.
    """
    people: dict[str, int] = {}
    organizations: dict[str, int] = {}
    for word, person, organization, lists in rows("frequency.csv"):
        people[word] = int(person) + _PER_LIST * int(lists)
        organizations[word] = int(organization)
    return people, organizations


_PER_LIST = 8
