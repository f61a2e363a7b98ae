"""Places and arbitration institutions as contracts name them, with their ISO 3166 or institution code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from ingest.lang import table


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names with their codes, and one pattern that finds any of them, longest first."""

    codes: dict[str, str]
    pattern: re.Pattern[str]

    def find(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """Yield the names inside a range; a Latin name does not begin inside a word."""
        for match in self.pattern.finditer(text, start, end):
            at = match.start()
            if at == 0 or not (text[at - 1].isascii() and (text[at - 1].isalnum() or text[at - 1] == "_")):
                yield match

    def code(self, name: str) -> str | None:
        """Return the code of a name found by the pattern, whatever its case and spacing."""
        return self.codes.get(_key(name))


def _key(name: str) -> str:
    return " ".join(name.replace("’", "'").upper().split())


def _compile(names: list[tuple[str, str]]) -> Gazetteer:
    codes: dict[str, str] = {}
    for name, code in names:
        codes.setdefault(_key(name), code)
    return Gazetteer(codes, re.compile(_trie(sorted({name for name, _ in names}))))


def _trie(names: list[str]) -> str:
    """Return one pattern for all names that reads each sign once, longest name first; names stand alone as words.

    An alternation of 700 names would try every name at every place: a hundred times slower (measured).
    """
    root: dict[str, Any] = {}
    for name in names:
        node = root
        for sign in " ".join(name.replace("’", "'").split()):
            node = node.setdefault(sign, {})
        node[_END] = {}
    return _pattern(root)


_END: Final = ""


def _pattern(node: dict[str, Any]) -> str:
    options = [_sign(sign) + _pattern(child) for sign, child in sorted(node.items()) if sign != _END]
    if not options:
        return _EDGE
    body = options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"
    return f"(?:{body}|{_EDGE})" if _END in node else body


_EDGE: Final = r"(?:(?<=[A-Za-z.])(?![A-Za-z0-9_])|(?<=[^A-Za-z.]))"


def _sign(sign: str) -> str:
    if sign == " ":
        return r"\s{1,4}"
    return "['’]" if sign == "'" else re.escape(sign)


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
    names: list[tuple[str, str]] = []
    for row in table("institutions"):
        names.extend((name, row["code"]) for column in ("en", "zh") for name in row[column].split(";") if name)
    return _compile(names)
