"""Terms a contract defines, with the words that define them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from ingest.lang import grammar
from ingest.segment.sentences import sentences
from kb.model import DefinedTerm

_BLANKS: Final = " \t\n\u3000,，:：-"


@cache
def _patterns(language: str) -> dict[str, Any]:
    return {
        name: re.compile(entry, re.MULTILINE) if isinstance(entry, str) else entry
        for name, entry in grammar(language, "terms").items()
    }


def find_terms(text: str, language: str) -> tuple[DefinedTerm, ...]:
    """Return the defined terms in text order, each place of definition once.

    Two forms are read: "X" means … (the definition is the rest of the sentence) and … (the "X") (the definition is what
    stands before the bracket in its sentence).

    Args:
        text: the contract.
        language: "en" or "zh"; other languages are read as English.

    Raises:
        MissingPartError: the patterns of the language are absent.
    """
    language = "zh" if language == "zh" else "en"
    rules = _patterns(language)
    found: dict[int, DefinedTerm] = {}
    for term in (*_meanings(text, language, rules), *_labels(text, language, rules)):
        if rules["not_terms"].match(term.term) is None:
            found.setdefault(term.start, term)
    return tuple(found[start] for start in sorted(found))


def _term(text: str, name: tuple[int, int], definition: tuple[int, int]) -> DefinedTerm | None:
    start, end = name
    left, right = definition
    while left < right and text[left] in _BLANKS:
        left += 1
    while right > left and text[right - 1] in _BLANKS:
        right -= 1
    if right - left < 2:
        return None
    return DefinedTerm(" ".join(text[start:end].split()), start, end, left, right)


def _meanings(text: str, language: str, rules: dict[str, Any]) -> Iterator[DefinedTerm]:
    for name in ("means", "means_plain"):
        if name not in rules:
            continue
        for match in rules[name].finditer(text):
            limit = min(len(text), match.end() + int(rules["longest_definition"]))
            parts = sentences(text, match.end(), limit, language)
            end = parts[0][1] if parts else match.end()
            if language == "zh" and len(parts) > 1 and text[end - 1] in "；;":
                end = parts[0][1]
            term = _term(text, match.span("term"), (match.end(), end))
            if term is not None:
                yield term


def _labels(text: str, language: str, rules: dict[str, Any]) -> Iterator[DefinedTerm]:
    for name in ("labelled", "inline"):
        if name not in rules:
            continue
        for match in rules[name].finditer(text):
            floor = max(0, match.start() - int(rules["longest_definition"]))
            left = floor
            for stop in _BREAK[language].finditer(text, floor, match.start()):
                left = stop.end()
            for label in rules["also"].finditer(text, match.start(), match.end()):
                term = _term(text, label.span("term"), (left, match.start()))
                if term is not None:
                    yield term


_BREAK: Final = {
    "en": re.compile(
        r"\.(?<![A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<!Inc\.)(?<!Corp\.)(?<!Ltd\.)(?<!No\.)\s+(?=[A-Z\"“(])|;\s|\n\s{0,80}\n|\)[,;]?\s+(?:and|or)\s"
    ),
    "zh": re.compile(r"[。；;\n]|[）)](?=[与和及、，])"),
}
