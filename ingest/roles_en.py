"""What dates, durations and places mean in an English contract: its dates, term, renewal, law and forum."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from ingest.lang import grammar
from ingest.places import gazetteer, institutions
from ingest.roles_context import SENTENCE_END, Context, by_stem, patterns
from ingest.roles_dates_en import agreement_date, effective_date, made_at_start
from ingest.roles_term_en import expiration, renewal
from kb.model import Clause, Value

_TO_PLACE: Final = 30  # characters between "the laws of" and the place
_ADJECTIVE_REACH: Final = 40
_BEFORE_LAW: Final = 4  # characters between a place and the word "law"


def find_roles(text: str, values: Sequence[Value], head_end: int, clauses: Sequence[Clause] = ()) -> list[Value]:
    """Return the values that play a role, typed by CUAD's category names and "Forum".

    Args:
        text: the contract.
        values: all dates and durations found in it, in text order.
        head_end: end of title and preamble.
        clauses: its clauses, whose titles tell the clause on the term.
    """
    context = Context(text, values, head_end, clauses)
    agreement = agreement_date(context)
    effective = effective_date(context, agreement)
    if agreement is None and effective is not None and made_at_start(text):
        agreement = Value("Agreement Date", effective.value, None, effective.start, effective.end)
    found = [value for value in (agreement, effective) if value is not None]
    found.extend(expiration(context, effective or agreement, agreement or effective))
    found.extend(renewal(context))
    found.extend(_governing_law(context))
    found.extend(_forum(context))
    return found


def governing_law(text: str) -> str | None:
    """Return the ISO 3166 code of the law an English text says it is governed by, or None."""
    return next((value.value for value in _governing_law(Context(text, (), 0))), None)


def _place_in(text: str, start: int, end: int) -> tuple[int, int, str] | None:
    names = gazetteer("en")
    match = next(names.find(text, start, end), None)
    if match is None:
        return None
    code = names.code(match[0])
    return None if code is None else (match.start(), match.end(), code)


def _refined(text: str, found: tuple[int, int, str], code_of: str) -> tuple[int, int, str]:
    """Read "Ontario, Canada" and "Republic of Georgia" as one place."""
    start, end, code = found
    if code == "US-GA" and re.search(r"(?i)\bTbilisi\b|\brepublic\s+of\s+georgia\b", text) is not None:
        return start, end, "GE"
    return start, end, code_of or code


def _governing_law(context: Context) -> Iterator[Value]:
    rules = patterns()["governing_law"]
    text = context.text
    seen: set[str] = set()
    covered = 0
    for match in by_stem(text, rules["direct"], grammar("en", "roles")["governing_law"]["stems"]):
        if match.start() < covered:
            continue
        left = max(0, match.start() - 300)
        before = text[left : match.start()]
        for stop in SENTENCE_END.finditer(before):
            before = before[stop.end() :] if stop.end() < len(before) else before
            break
        heading = rules["heading"].search(text[max(0, match.start() - 200) : match.start()]) is not None
        stated = rules["context"].search(before[-220:]) is not None or heading
        if not stated and rules["governs"].match(text, match.end()) is None:
            continue
        if rules["organised"].search(before[-90:]) is not None:
            continue
        frame = rules["frame"].match(text, match.end())
        begin = frame.end() if frame is not None else match.end()
        place = _place_in(text, begin, min(len(text), begin + 80))
        if place is None or place[0] - begin > _TO_PLACE:
            continue
        start, end, code = _refined(text, place, "")
        covered = end
        if code not in seen:
            seen.add(code)
            yield Value("Governing Law", code, None, start, end)
        while (more := rules["also"].match(text, end)) is not None:
            place = _place_in(text, more.end(), min(len(text), more.end() + 40))
            if place is None or place[0] != more.end():
                break
            start, end, code = _refined(text, place, "")
            if code not in seen:
                seen.add(code)
                yield Value("Governing Law", code, None, start, end)
    if seen:
        return
    adjectives = grammar("en", "roles")["language_law"]
    names = gazetteer("en")
    for match in by_stem(text, rules["adjective"], grammar("en", "roles")["governing_law"]["stems"]):
        before = text[max(0, match.start() - 200) : match.start()]
        if rules["context"].search(before) is None and rules["applies"].match(text, match.end()) is None:
            continue
        near = before[-_ADJECTIVE_REACH:]
        word = re.search(r"(\w+)\s+(?:substantive\s+|internal\s+)?$", near)
        law: str | None = None if word is None else adjectives.get(word[1].lower())
        start = match.start() - (len(near) - word.start()) if word is not None else match.start()
        if law is None:
            places = list(names.find(near, 0, len(near)))
            if not places or len(near) - places[-1].end() > _BEFORE_LAW:
                continue
            law, start = names.code(places[-1][0]), match.start() - len(near) + places[-1].start()
        if law is not None:
            yield Value("Governing Law", law, None, start, match.end())
            return


def _forum(context: Context) -> Iterator[Value]:
    rules = patterns()["forum"]
    text = context.text
    seen: set[str] = set()
    named = institutions()
    cues = [match.start() for match in by_stem(text, rules["cue"], grammar("en", "roles")["forum"]["stems"])]
    institutional: list[tuple[int, int]] = []
    for match in named.find(text, 0, len(text)):
        institutional.append(match.span())
        near = bisect_left(cues, match.start() - 200)
        if near < len(cues) and cues[near] < match.end() + 200:
            code = named.code(match[0])
            if (
                code is not None
                and code not in seen
                and re.search(r"(?i)arbitrat|dispute", text[max(0, match.start() - 250) : match.end() + 250])
            ):
                seen.add(code)
                yield Value("Forum", code, None, match.start(), match.end())
    covered = 0
    for start in cues:
        if start < covered:
            continue
        window_end = min(len(text), start + 200)
        stop = SENTENCE_END.search(text, start, window_end)
        end = stop.start() if stop is not None else window_end
        left = text[max(0, start - 200) : start]
        if rules["submit"].search(left + text[start:end]) is None:
            continue
        place = _place_in(text, start, end)
        if place is None or any(left <= place[0] < right for left, right in institutional):
            continue
        between = text[start : place[0]]
        if not re.search(r"(?i)\b(?:in|of|at|sitting|located|for|the)\W{1,4}(?:\w+\W{1,4}){0,6}$", between):
            continue
        if re.search(r"(?i)\blaws?\b", between):
            continue
        first, last, code = _refined(text, place, "")
        covered = last
        if code not in seen:
            seen.add(code)
            yield Value("Forum", code, None, first, last)
