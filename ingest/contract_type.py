"""What kind of contract a document is, read from its title."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from ingest.lang import LANGUAGES, grammar
from kb.model import Document

_MOST_TITLES: Final = 12  # phrases of the head that may be the title


@cache
def _rules(language: str) -> tuple[re.Pattern[str], int, tuple[tuple[str, re.Pattern[str]], ...]]:
    data = grammar(language, "contract_types")
    types = tuple((str(entry["notation"]), re.compile(entry["pattern"])) for entry in data["type"])
    return re.compile(data["title"]), int(data["reach"]), types


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
        for notation, pattern in types:
            if pattern.search(phrase) is not None:
                return notation
    return None
