"""Citations of law in contracts, news and law itself, English and Chinese, with spans and canonical ids.

Every pattern is linear: names are found by one merged pattern, the rest is read from there by anchored matches over a
bounded stretch. References inside the text itself (Section 5 of this Agreement, 本合同第五条) are not citations.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from ingest.citation_grammar.chinese import find_chinese
from ingest.citation_grammar.english import find_english
from ingest.citation_grammar.gazetteer import gazetteer
from kb.model import Citation

_LATIN_NAME: Final = re.compile(r"[A-Z]{4}|Act\b|Law\b|Code\b|Regulation|Directive|C\.F\.R|U\.S\.C|CFR|USC")
"""What an English name of law in a Chinese text looks like."""

__all__ = ["find_citations"]


def find_citations(text: str, language: str, *, known_acts: Mapping[str, str] | None = None) -> tuple[Citation, ...]:
    """Return the citations of law in a text, in order of their start.

    One citation per provision: in a list each has its own words, in a range every provision has the words of the whole
    range. The first citation of a list carries the act's name in its span.

    Args:
        text: the text; offsets of the result index into it.
        language: "en", "zh" or "und"; names the leading grammar, both are used where both scripts occur.
        known_acts: further names of acts (titles, short titles) with their ids, for example those stored. "本法" or
            "this Act" may be given to resolve a law's references to itself.

    Returns:
        Citations with status ``UNRESOLVED``; ``kb.law`` resolves them.
    """
    known = gazetteer(known_acts)
    found = find_chinese(text, known) if language == "zh" or "《" in text or "条" in text else []
    if language != "zh" or _LATIN_NAME.search(text) is not None:
        found = _merge(found, find_english(text, known))
    return tuple(found)


def _merge(chinese: list[Citation], english: list[Citation]) -> list[Citation]:
    """Return both in order; where they overlap (GDPR第28条) the Chinese reading holds the provision."""
    if not chinese:
        return english
    kept = list(chinese)
    spans = sorted((each.start, each.end) for each in chinese)
    starts = [start for start, _ in spans]
    for each in english:
        place = bisect_right(starts, each.end - 1)
        if not any(each.start < end for _, end in spans[max(0, place - 1) : place]):
            kept.append(each)
    return sorted(kept, key=lambda each: (each.start, each.end))
