"""Phrases that many rules look for, kept once in ``phrases.toml``; a pattern names one as ``@{name}``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Final

from kb.errors import MissingPartError

_NAMED: Final = re.compile(r"@\{([a-z_]+)\}")
FILE: Final = "phrases.toml"


@cache
def _phrases() -> dict[str, dict[str, str]]:
    """Return the phrases by language, those they name put in; a phrase names only phrases above it."""
    data = tomllib.loads((resources.files("checks") / FILE).read_text(encoding="utf-8"))
    found: dict[str, dict[str, str]] = {}
    for language, phrases in data.items():
        known = found.setdefault(language, {})
        for name, pattern in phrases.items():
            known[name] = _put_in(pattern, known)
    return found


def expanded(pattern: str, language: str) -> str:
    """Return a pattern with the phrases it names put in.

    Raises:
        MissingPartError: it names a phrase that does not exist.
    """
    return _put_in(pattern, _phrases().get(language, {})) if "@{" in pattern else pattern


def _put_in(pattern: str, known: dict[str, str]) -> str:
    def phrase(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in known:
            raise MissingPartError(f"phrase '{name}' is not known", place=f"checks/{FILE}", remedy="Correct the name.")
        return f"(?:{known[name]})"

    return _NAMED.sub(phrase, pattern)
