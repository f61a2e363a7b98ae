"""Sentence boundaries by rule, for English and Chinese contract prose."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from ingest.lang import grammar

_LONGEST_TOKEN: Final = 30  # characters before a full stop that are looked at for an abbreviation


@cache
def _english() -> tuple[re.Pattern[str], frozenset[str], re.Pattern[str]]:
    data = grammar("en", "sentences")
    abbreviations = frozenset(word.lower() for word in data["abbreviations"])
    return re.compile(data["boundary"]), abbreviations, re.compile(data["paragraph"])


@cache
def _chinese() -> tuple[re.Pattern[str], re.Pattern[str]]:
    data = grammar("zh", "sentences")
    return re.compile(data["boundary"]), re.compile(data["paragraph"])


def sentences(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """Return the sentences of ``text[start:end]`` as (start, end) offsets into ``text``, blanks trimmed, in order.

    English: a sentence ends at . ? ! before a capital, a quotation mark, a bracket or a number, but not after an
    abbreviation ("Inc.", "No."), an initial, or a clause number. Chinese: at 。！？ and ；, with closing quotation
    marks. Blank lines always end a sentence. Every non-blank character is in exactly one sentence.
    """
    cuts: list[int] = []
    if language == "zh":
        boundary, paragraph = _chinese()
        cuts.extend(match.end() for match in boundary.finditer(text, start, end))
    else:
        boundary, abbreviations, paragraph = _english()
        cuts.extend(
            match.end()
            for match in boundary.finditer(text, start, end)
            if not _is_abbreviation(text, match.start(), start, abbreviations)
        )
    cuts.extend(match.start() for match in paragraph.finditer(text, start, end))
    cuts.append(end)
    found: list[tuple[int, int]] = []
    left = start
    for cut in sorted(cuts):
        piece = text[left:cut]
        stripped = piece.strip()
        if stripped:
            offset = left + len(piece) - len(piece.lstrip())
            found.append((offset, offset + len(stripped)))
        left = cut
    return found


def _is_abbreviation(text: str, stop: int, start: int, abbreviations: frozenset[str]) -> bool:
    if text[stop] != ".":
        return False
    left = max(start, stop - _LONGEST_TOKEN)
    window = text[left:stop]
    cut = max(window.rfind(" "), window.rfind("\n"), window.rfind("("), window.rfind("\t"))
    word = window[cut + 1 :]
    if not word:
        return False
    if len(word) == 1:
        # "John F. Smith" is an initial; "clause A. The" is rare enough to lose.
        return word.isalpha() and word != "I"
    if word[:2].count(".") or (word[0].isupper() and "." in word):
        return True  # U.S., e.g., N.V.
    if word.lower() in abbreviations:
        return True
    # A clause number at the beginning of the stretch ("2.1. The Supplier") belongs to its sentence.
    return word.replace(".", "").isdigit() and not text[start : left + cut + 1].strip()
