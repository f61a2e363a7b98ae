"""Who must, may or must not do what under an act, by when, and which provision punishes the breach.

Each provision is read for its own words only, so a norm belongs to the innermost paragraph that states it. An
introduction that breaks off ("The processor shall:") gives one norm per item of the list after it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from ingest.citation_grammar.internal import find_internal
from ingest.citations import find_citations
from ingest.law.grammar import zh_grammar
from ingest.law.norms_en import EnglishNorms, Opening
from ingest.law.norms_zh import ChineseNorms
from ingest.law.obligation_patterns import patterns
from kb.law_numbers import base_number, enclosing_number
from kb.model import ActVersion, LegalNorm, Provision

MOST_NORMS: Final = 50_000
"""Norms kept of one act; the longest act met states about 3,000."""
_LEVELS: Final = frozenset({"article", "paragraph", "item"})
_NOT_BINDING: Final = ("rec", "app")
"""Recitals give reasons and appendices model forms; their "may" and "must" bind nobody."""
_WIDEST: Final = 60
"""Provisions one penalty may name; more is a list of what an authority enforces."""


def find_obligations(text: str, act: ActVersion, *, language: str) -> tuple[LegalNorm, ...]:
    """Return the norms of an act in text order.

    Args:
        text: the text the act's provisions stand in.
        act: the act as read from that text.
        language: "en" or "zh"; nothing is found in other languages.

    Returns:
        Norms whose spans index into ``text``. Recitals, appendices and official interpretations state none.
    """
    if language not in ("en", "zh"):
        return ()
    reader: EnglishNorms | ChineseNorms = ChineseNorms(text) if language == "zh" else EnglishNorms(text)
    openings: dict[str, LegalNorm] = {}
    found: list[LegalNorm] = []
    for unit, start, end in own_stretches(act, text):
        if unit.number.startswith(_NOT_BINDING) or "-Interp" in unit.number:
            continue
        opening = openings.get(unit.parent or "")
        if opening is not None and not reader.has_modal(start, end):
            continued = reader.continued(opening, unit.number, start, end)
            if continued is not None:
                found.append(continued)
            continue
        for each in reader.read(unit.number, start, end):
            if isinstance(each, Opening):
                openings[unit.number] = each.norm
            else:
                found.append(each)
        if len(found) > MOST_NORMS:
            break
    penalties = _penalties(text, act, language)
    return tuple(
        sorted(
            (replace(norm, penalty=_penalty_of(norm.provision, penalties)) for norm in found[:MOST_NORMS]),
            key=lambda norm: (norm.start, norm.modal.start),
        )
    )


def own_stretches(act: ActVersion, text: str) -> Iterator[tuple[Provision, int, int]]:
    """Yield every numbered unit with each stretch of its own words, outside the units nested in it, in text order.

    The heading of a base unit is left out: it names the subject and binds nobody.
    """
    ordered = sorted(
        (each for each in act.provisions if each.level in _LEVELS), key=lambda each: (each.start, -each.end)
    )
    stack: list[tuple[Provision, int]] = []
    for unit in [*ordered, None]:
        while stack and (unit is None or stack[-1][0].end <= unit.start):
            closed, cursor = stack.pop()
            yield from _stretch(closed, text, cursor, closed.end)
        if unit is None:
            return
        if stack:
            outer, cursor = stack[-1]
            yield from _stretch(outer, text, cursor, unit.start)
            stack[-1] = (outer, max(cursor, min(unit.end, outer.end)))
        stack.append((unit, unit.start))


def _stretch(unit: Provision, text: str, start: int, end: int) -> Iterator[tuple[Provision, int, int]]:
    if start == unit.start and unit.level == "article":
        line = text.find("\n", start, end)
        first = text[start : line if line >= 0 else end]
        if unit.heading is not None and unit.heading[:40] in first and not first.rstrip().endswith(("。", ":")):
            at = first.find(unit.heading) + len(unit.heading) if unit.heading in first else len(first)
            start += len(first) if len(first) - at < 4 else at
        elif first.startswith(unit.label) and len(first) - len(unit.label) < 4:
            start += len(first)
    if text[start:end].strip():
        yield unit, start, end


@cache
def _penalty_words(language: str) -> re.Pattern[str]:
    return re.compile(patterns(language)["penalty"]["words"], re.IGNORECASE)


def _penalties(text: str, act: ActVersion, language: str) -> dict[str, str]:
    """Return provision number to the number of the provision that punishes its breach, both as the act states them."""
    words = _penalty_words(language)
    cited: dict[str, str] = {}
    names = dict.fromkeys(zh_grammar()["self"]["names"], act.act)
    numbers = {each.number for each in act.provisions}
    inside: dict[int, list[str]] = defaultdict(list)
    if language == "en":
        references = find_internal(text, act)
    else:
        references = tuple(each for each in find_citations(text, "zh", known_acts=names) if each.act in (act.act, None))
    for each in references:
        if each.provision is not None:
            inside[each.start].append(each.provision)
    starts = sorted(inside)
    punishing: set[str] = set()
    for unit, start, end in own_stretches(act, text):
        if words.search(text, start, end) is not None:
            punishing.add(unit.number)  # "… shall be subject to fines:" and the list after it
        elif unit.parent not in punishing:
            continue
        named = [number for at in starts if start <= at < end for number in inside[at]]
        targets = [number for number in named if base_number(number) in numbers and number != unit.number]
        if len(targets) <= _WIDEST:
            for number in targets:
                if base_number(number) != base_number(unit.number):
                    cited.setdefault(number, unit.number)
    return cited


def _penalty_of(number: str, penalties: dict[str, str]) -> str | None:
    """Return the penalty for a provision or for one that encloses it."""
    current: str | None = number
    while current is not None:
        if current in penalties:
            return penalties[current]
        current = enclosing_number(current)
    return penalties.get(base_number(number))
