"""What dates, durations and places mean in an English contract: its dates, term, renewal, law and forum."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ingest.lang import grammar
from ingest.places import gazetteer, institutions
from ingest.roles_context import SENTENCE_END, Context, around, as_role, by_stem, dates, patterns
from ingest.roles_term_en import expiration, renewal
from kb.model import Clause, Value

_TAIL: Final = 10_000  # characters at the end in which signatures and their dates stand
_SIGNED_TAIL: Final = 4000  # characters at the end in which a date beside a signature needs no word of its own
_START_STEMS: Final = ("ffective", "FFECTIVE", "effect ", "ommenc", "into force")
_CONDITION: Final = 150  # characters on either side of a stem
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
    agreement = _agreement_date(context)
    effective = _effective_date(context, agreement)
    if agreement is None and effective is not None and _made_at_start(text):
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


def _agreement_date(context: Context) -> Value | None:
    """The date the contract is made on: stated in its head, else where it is executed, else by its signatures.

    A date of the head that stands alone (below the title) counts too; a date of another agreement does not.
    """
    rules = patterns()["agreement_date"]
    text = context.text
    head = [value for value in dates(context) if value.start < context.head_end]
    begins: Value | None = None  # a date that only says when the contract takes effect counts when there is no other
    for value in dates(context):
        in_head = value.start < context.head_end
        if not in_head and value.start > rules["opening_reach"]:
            break
        window = text[max(0, value.start - 400) : value.start]
        cue = rules["before"].search(window[-110:]) if in_head else rules["opening"].search(window)
        if rules["filing"].search(window[-100:]) or rules["other_paper"].search(window[-160:]):
            continue
        if cue is None or rules["other"].search(window if in_head else window[-160:]) is not None:
            continue
        near = window[-90:]
        is_start = rules["only_effective"].search(near) is not None and rules["made"].search(near[:-1]) is None
        if not is_start and (value.value is not None or begins is None):
            return as_role("Agreement Date", value)
        begins = begins or value
    for value in head:
        alone = rules["alone_before"].search(text[max(0, value.start - 45) : value.start]) is not None
        if alone and rules["alone_after"].match(text, value.end) and not _is_figures(context, value):
            return as_role("Agreement Date", value)
    return _signed(context, rules) or (None if begins is None else as_role("Agreement Date", begins))


def _signed(context: Context, rules: Mapping[str, Any]) -> Value | None:
    """Return the date by the signatures: at the end, or after IN WITNESS where exhibits follow the signatures."""
    text = context.text
    tail = max(context.head_end, len(text) - _TAIL)
    witness = max(text.rfind("IN WITNESS"), text.rfind("In Witness"), text.rfind("in witness"))
    late = [
        value
        for value in dates(context)
        if (value.start >= tail or (0 <= value.start - witness < _SIGNED_TAIL and witness > 0))
        and rules["filing"].search(text[max(0, value.start - 100) : value.start]) is None
    ]
    for name, reach in (("executed", 300), ("signature", 60)):
        signed = [
            value
            for value in late
            if rules[name].search(text[max(0, value.start - reach) : value.start]) is not None
            and rules["other"].search(text[max(0, value.start - 160) : value.start]) is None
        ]
        known = [value for value in signed if value.value is not None]
        if known:  # the last signature completes the contract
            return as_role("Agreement Date", max(known, key=lambda value: value.value or ""))
        if signed:
            return as_role("Agreement Date", signed[0])
    closing = len(text) - _SIGNED_TAIL
    beside = [
        value
        for value in late
        if value.value is not None
        and (value.start >= closing or value.start > witness > 0)
        and rules["signed_near"].search(text[max(0, value.start - 120) : value.start]) is not None
    ]
    return as_role("Agreement Date", max(beside, key=lambda value: value.value or "")) if beside else None


def _is_figures(context: Context, value: Value) -> bool:
    """Say whether a date is figures only, as in the footers of filings."""
    pattern: re.Pattern[str] = patterns()["agreement_date"]["figures_only"]
    return pattern.match(context.text[value.start : value.end]) is not None


def _effective_date(context: Context, agreement: Value | None) -> Value | None:
    rules = patterns()["effective_date"]
    for value in dates(context):
        if rules["label_after"].match(context.text[value.end : value.end + 130]) is not None:
            return as_role("Effective Date", value)
    candidates = []
    for value in dates(context):
        before = context.before(value)
        if rules["label_before"].search(before[-120:]) is None or rules["other"].search(before[-120:]) is not None:
            continue
        if value.start < context.head_end or rules["subject"].search(before) is not None:
            candidates.append(value)
    if candidates:
        known = next((value for value in candidates if value.value is not None), candidates[0])
        return as_role("Effective Date", known)
    # A contract takes effect when it is made unless it says otherwise (PRC Civil Code, Article 502; the same at common
    # law), so the agreement date stands in for a start that is not stated.
    if agreement is None or _starts_on_condition(context.text, rules):
        return None
    return as_role("Effective Date", agreement)


def _made_at_start(text: str) -> bool:
    """Say whether a contract that states no date of its own is "entered into as of the Effective Date"."""
    pattern = patterns()["agreement_date"]["as_of_start"]
    return next(around(text, pattern, ("ffective Date", "FFECTIVE DATE"), reach=_CONDITION), None) is not None


def _starts_on_condition(text: str, rules: Mapping[str, Any]) -> bool:
    """Say whether the contract takes effect only when something happens ("shall become effective upon approval")."""
    return next(around(text, rules["conditional"], _START_STEMS, reach=_CONDITION), None) is not None


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
        if rules["context"].search(before[-220:]) is None and not heading:
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
        if rules["context"].search(before) is None:
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
