"""Which language a page speaks, and its words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from kb.errors import MissingPartError
from ontology import TermNotFoundError, concept

LANGUAGES: Final = ("en", "zh")
COOKIE: Final = "duegraph-language"

HTML_LANGUAGE: Final = {"en": "en", "zh": "zh-Hans", "und": ""}
"""BCP 47 tags for the ``lang`` attribute; an empty one says that the language is not known."""

_MAX_HEADER = 200
_SCHEMES: Final = {"clause_type": "clause-types"}
_SAME: Final = {"source_kind": "kind"}


@dataclass(frozen=True)
class Words:
    """The interface texts of one language."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text for ``key`` ("search.title") with its placeholders filled; the key must exist."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def label(self, group: str, value: str | None) -> str:
        """Return the name of a coded value ("level", "high"); a value without a name is shown as it is.

        Values that the ontology names, such as clause types, go by its labels.
        """
        if value is None or not value:
            return self.texts["site.unknown"]
        if (scheme := _SCHEMES.get(group)) is not None:
            try:
                return concept(scheme, value).labels[self.language]
            except TermNotFoundError:  # a type of a later version, or one a user's own rules name
                return value
        return self.texts.get(f"{_SAME.get(group, group)}.{value}", value)


@cache
def words(language: str) -> Words:
    """Load the interface texts of a language.

    Raises:
        MissingPartError: the file of texts is not installed.
    """
    place = resources.files("api.web") / "strings" / f"{language}.toml"
    if not place.is_file():
        remedy = "Install Duegraph again."
        raise MissingPartError(f"The interface texts for {language!r} are missing.", place=str(place), remedy=remedy)
    groups = tomllib.loads(place.read_text(encoding="utf-8"))
    return Words(language, {f"{group}.{key}": text for group, texts in groups.items() for key, text in texts.items()})


def choose(asked: str | None, cookie: str | None, accept: str | None) -> str:
    """Choose the language of a page.

    Args:
        asked: ``lang`` of the address.
        cookie: what was chosen on an earlier page.
        accept: the Accept-Language header.

    Returns:
        One of ``LANGUAGES``; English when nothing says otherwise.
    """
    for wish in (asked, cookie):
        if wish in LANGUAGES:
            return wish
    weighted: list[tuple[float, int, str]] = []
    for order, part in enumerate((accept or "")[:_MAX_HEADER].split(",")):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in LANGUAGES:
            weighted.append((-_quality(parameter), order, language))
    return min(weighted)[2] if weighted else LANGUAGES[0]


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
