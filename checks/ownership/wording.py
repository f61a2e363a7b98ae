"""Texts of picture and table: shares as a reader writes them, names made harmless for markup."""

from __future__ import annotations

import html
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from checks.ownership.model import Entity, Interval, Measure
from kb.errors import MissingPartError, QueryError

MAX_NAME: Final = 300  # characters of a name that are carried; a longer one is cut and says so
# Not allowed in XML 1.0 at all, or able to reorder the text around them (Unicode TR 36, bidirectional controls).
_HARMFUL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_WHITE: Final = re.compile(r"\s+")


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the texts of a language, "en" or "zh".

    Raises:
        QueryError: there are no texts in that language.
        MissingPartError: the file is absent.
    """
    source = resources.files("checks.ownership") / "words.toml"
    if not source.is_file():
        raise MissingPartError(
            "the words of the ownership picture are absent", place="checks/ownership/words.toml", remedy="Reinstall."
        )
    texts: dict[str, dict[str, str]] = tomllib.loads(source.read_text(encoding="utf-8"))
    if language not in texts:
        raise QueryError(f"there is no language {language!r}", remedy=f"Use one of {', '.join(texts)}.")
    return texts[language]


def plain(name: object) -> str:
    """Return a name without characters that markup forbids or that reorder text, cut to ``MAX_NAME``."""
    text = _WHITE.sub(" ", _HARMFUL.sub("\ufffd", str(name)[: MAX_NAME + 1])).strip()
    return text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 1]}…"


def escaped(text: str) -> str:
    """Return a text safe inside an element and inside a quoted attribute."""
    return html.escape(text, quote=True)


def name_of(entity: Entity, names: Mapping[Entity, str]) -> str:
    """Return the display name of a party, its id where it has none."""
    return plain(names.get(entity, str(entity)))


def percent(share: Interval) -> str:
    """Return a share as percentages with at most two decimals: "25 %", "25–50 %"."""
    low, high = (f"{end * 100:.2f}".rstrip("0").rstrip(".") for end in (share.low, share.high))
    return f"{low} %" if low == high else f"{low}–{high} %"


def holding_text(measure: Measure, share: Interval, language: str) -> str:
    """Return what a link says: "25–50 %", "50 % of votes", "control", "share unknown"."""
    texts = words(language)
    if measure is Measure.CONTROL:
        return texts["control"]
    if share.low <= 0.0 and share.high >= 1.0:
        return texts["unknown"]
    shown = percent(share)
    if measure is Measure.SHARES:
        return shown
    return texts["votes" if measure is Measure.VOTES else "indirect"].format(share=shown)


def width(text: str) -> int:
    """Return how many columns a text takes: East Asian wide characters count two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def fit(text: str, columns: int, lines: int) -> list[str]:
    """Break a text into at most so many lines of so many columns; what does not fit becomes "…"."""
    found = [""]
    for number, char in enumerate(text):
        if width(found[-1]) + width(char) > columns:
            if len(found) == lines:
                found[-1] = f"{found[-1][:-1]}…"
                return [line.strip() for line in found]
            space = found[-1].rfind(" ")
            rest = ""
            if space > len(found[-1]) // 2 and char != " " and text[number - 1] != " ":
                found[-1], rest = found[-1][:space], found[-1][space + 1 :]
            found.append(rest)
        found[-1] += char
    return [line.strip() for line in found if line.strip()]
