"""What a contract is called, and what kind of contract it is, read from its head."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from ingest.lang import LANGUAGES, grammar
from kb.model import Document

_MOST_TITLES: Final = 12  # phrases of the head that may be the title
_BODY: Final = 30_000  # characters of the text in which a type's words are counted
_LEAST_FOUND: Final = 3  # fewer mentions are chance
_LONGEST_TITLE: Final = 100  # characters; longer lines are sentences
_SHARE: Final = 0.6  # of a title line, that the words of the title take
_RULES: Final = " -_=*"  # lines and marks drawn around titles
_SENTENCE_ENDS: Final = (".", ",", ";", ":", "。", "，", "；", "：")


@dataclass(frozen=True, slots=True)
class _Type:
    """A contract type: its title, and where titles are not enough, how often words of the body must occur."""

    notation: str
    title: re.Pattern[str]
    body: re.Pattern[str] | None
    per_thousand: float
    unless: re.Pattern[str] | None

    def fits(self, title: str, text: str) -> bool:
        """Whether title and body are of this type."""
        if self.title.search(title) is None:
            return False
        if self.body is None:
            return True
        head = text[:_BODY]
        found = sum(1 for _ in self.body.finditer(head))
        return found >= max(_LEAST_FOUND, self.per_thousand * len(head) / 1000) and (
            self.unless is None or self.unless.search(head) is None
        )


@cache
def _rules(language: str) -> tuple[re.Pattern[str], int, tuple[_Type, ...]]:
    data = grammar(language, "contract_types")
    types = tuple(
        _Type(
            str(entry["notation"]),
            re.compile(entry["pattern"]),
            re.compile(entry["body"]) if "body" in entry else None,
            float(entry.get("per_thousand", 0)),
            re.compile(entry["unless"]) if "unless" in entry else None,
        )
        for entry in data["type"]
    )
    return re.compile(data["title"]), int(data["reach"]), types


@cache
def _capitals(language: str) -> re.Pattern[str] | None:
    pattern = grammar(language, "contract_types").get("capitals")
    return None if pattern is None else re.compile(pattern)


def contract_title(document: Document) -> str | None:
    """Return what a contract calls itself, or None when its head does not say.

    That is the title the file states, else the first line of the head that is little more than a title, else a title
    in capitals inside a line, as in filings that lost their line breaks.

    Raises:
        MissingPartError: the patterns of the language are absent.
    """
    if document.title is not None:
        return document.title
    language = document.language if document.language in LANGUAGES else "en"
    title, reach, _ = _rules(language)
    head = document.text[:reach]
    for line in head.split("\n"):
        bare = " ".join(line.split()).strip(_RULES)
        if not bare or len(bare) > _LONGEST_TITLE or bare.endswith(_SENTENCE_ENDS):
            continue
        match = title.search(bare)
        if match is not None and len(match[0]) >= _SHARE * len(bare):
            return _unlabelled(bare)
    capitals = _capitals(language)
    match = None if capitals is None else capitals.search(head)
    return None if match is None else " ".join(match[0].split())


def _unlabelled(line: str) -> str:
    """Return a title without the number of the exhibit it was filed as."""
    label, _, rest = line.partition(" ")
    number, _, title = rest.partition(" ")
    return title if label.lower() == "exhibit" and number[:1].isdigit() and title else line


def contract_type(document: Document) -> str | None:
    """Return the notation of the contract's type in the contract-type scheme, or None when its title does not say.

    The title the file states comes first, then the phrases of the head that end in "agreement", "contract" or the like.

    Raises:
        MissingPartError: the patterns of the language are absent.
    """
    language = document.language if document.language in LANGUAGES else "en"
    title, reach, types = _rules(language)
    phrases = [document.title] if document.title is not None and title.search(document.title) is not None else []
    for match in title.finditer(document.text, 0, min(len(document.text), reach)):
        phrases.append(match[0])
        if len(phrases) >= _MOST_TITLES:
            break
    for phrase in phrases:
        for each in types:
            if each.fits(phrase, document.text):
                return each.notation
    return None
