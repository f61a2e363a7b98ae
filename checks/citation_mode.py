"""Whether a citation of law means one fixed text or the law as it changes, from the words around it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from kb.errors import MissingPartError
from kb.model import Span

BEFORE: Final = 40
"""Characters before a citation in which its mode may be stated."""
AFTER: Final = 120
"""Characters after a citation in which its mode may be stated ("as amended from time to time")."""
_SENTENCE_END: Final = re.compile(r"[。；;\n]|\.(?=\s+[A-Z(“\"])")
_PROMPTS: Final = (
    "amend",
    "modif",
    "re-enact",
    "replac",
    "supplement",
    "in force",
    "in effect",
    "as enacted",
    "修",
    "有效",
)
"""A contract without any of these words has no clause on how to read its citations."""


class CitationMode(StrEnum):
    """How a citation is meant; the notations of the citation-modes scheme."""

    FIXED = "fixed"
    AS_AMENDED = "as_amended"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class StatedMode:
    """A mode with the place of the words that state it; None for a mode nobody states."""

    mode: CitationMode
    words: Span | None = None


UNCLEAR: Final = StatedMode(CitationMode.UNCLEAR)


@dataclass(frozen=True, slots=True)
class _Patterns:
    near: tuple[tuple[CitationMode, re.Pattern[str]], ...]
    contract: tuple[tuple[CitationMode, re.Pattern[str]], ...]


@cache
def _patterns() -> _Patterns:
    try:
        raw = tomllib.loads(resources.files("checks").joinpath("citation_modes.toml").read_text("utf-8"))
        near, contract = (
            tuple(
                (mode, re.compile(pattern, re.IGNORECASE))
                for mode in (CitationMode.FIXED, CitationMode.AS_AMENDED)
                for pattern in raw[scope][mode.value]
            )
            for scope in ("near", "contract")
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, re.error) as error:
        raise MissingPartError(
            f"the words of citation modes cannot be read: {error}", remedy="Reinstall duegraph."
        ) from error
    return _Patterns(near, contract)


def contract_mode(text: str) -> StatedMode:
    """Return how a contract says all its citations are to be read."""
    lowered = text.lower()
    if not any(prompt in lowered for prompt in _PROMPTS):
        return UNCLEAR
    return _first(_patterns().contract, text, Span(0, len(text)))


def citation_mode(text: str, start: int, end: int, *, default: StatedMode = UNCLEAR) -> StatedMode:
    """Return how one citation is meant.

    Args:
        text: the contract.
        start: span of the citation.
        end: its end.
        default: what the contract says of all its citations.
    """
    low, high = max(0, start - BEFORE), min(len(text), end + AFTER)
    for stop in _SENTENCE_END.finditer(text, low, start):
        low = stop.end()
    stop_after = _SENTENCE_END.search(text, end, high)
    if stop_after is not None:
        high = stop_after.start()
    stated = _first(_patterns().near, text, Span(low, high))
    return default if stated.words is None else stated


def _first(patterns: tuple[tuple[CitationMode, re.Pattern[str]], ...], text: str, within: Span) -> StatedMode:
    for mode, pattern in patterns:
        found = pattern.search(text, within.start, within.end)
        if found is not None:
            return StatedMode(mode, Span(found.start(), found.end()))
    return UNCLEAR
