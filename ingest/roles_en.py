"""What dates, durations and places mean in an English contract: its dates, term, renewal, law and forum."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from ingest.lang import grammar
from ingest.places import gazetteer, institutions
from kb.model import Value, ValueType
from kb.numerals import english_number_words

_LEFT: Final = 260  # characters before a value in which its cue may stand
_RIGHT: Final = 160
_STOP: Final = re.compile(r"(?<![A-Z])(?<!\b[A-Z][a-z])(?<!Inc)(?<!Corp)(?<!Ltd)(?<!No)\.[\"”]?\s|;|\n\s{0,80}\n")
_PERIOD: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_TAIL: Final = 10_000  # characters at the end in which signatures and their dates stand
_TO_PLACE: Final = 30  # characters between "the laws of" and the place
_ADJECTIVE_REACH: Final = 40
_BEFORE_LAW: Final = 4  # characters between a place and the word "law"
_LATEST_YEAR: Final = 9999


@dataclass(frozen=True, slots=True)
class _Context:
    text: str
    values: Sequence[Value]
    head_end: int

    def before(self, value: Value, reach: int = _LEFT) -> str:
        """Return the words before a value, back to the beginning of its sentence."""
        window = self.text[max(0, value.start - reach) : value.start]
        cut = 0
        for match in _STOP.finditer(window):
            cut = match.end()
        return window[cut:]

    def after(self, value: Value, reach: int = _RIGHT) -> str:
        """Return the words after a value, up to the end of its sentence."""
        window = self.text[value.end : value.end + reach]
        match = _STOP.search(window)
        return window if match is None else window[: match.start()]


@cache
def _patterns() -> dict[str, dict[str, Any]]:
    words = grammar("en", "values")["number"]["words"]
    return {
        section: {
            name: re.compile(entry.replace("WORDS", words)) if isinstance(entry, str) else entry
            for name, entry in entries.items()
        }
        for section, entries in grammar("en", "roles").items()
        if section != "language_law"
    }


def add_period(start: date, period: str) -> date | None:
    """Return the day one ISO 8601 period after another; the last day of the month stands in for a missing one."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        return None
    years, months, weeks, days = (int(part) if part is not None else 0 for part in match.groups())
    month = start.month - 1 + months
    year = start.year + years + month // 12
    if year > _LATEST_YEAR:
        return None
    month = month % 12 + 1
    day = start.day
    while day > 28:
        try:
            date(year, month, day)
            break
        except ValueError:
            day -= 1
    return date(year, month, day) + timedelta(weeks=weeks, days=days)


def find_roles(text: str, values: Sequence[Value], head_end: int) -> list[Value]:
    """Return the values that play a role, typed by CUAD's category names and "Forum".

    Args:
        text: the contract.
        values: all dates and durations found in it, in text order.
        head_end: end of title and preamble.
    """
    context = _Context(text, values, head_end)
    agreement = _agreement_date(context)
    effective = _effective_date(context, agreement)
    found = [value for value in (agreement, effective) if value is not None]
    found.extend(_expiration(context, effective or agreement, agreement or effective))
    found.extend(_renewal(context))
    found.extend(_governing_law(context))
    found.extend(_forum(context))
    return found


def _as(role: str, value: Value, canonical: str | None = None) -> Value:
    return Value(role, value.value if canonical is None else canonical, value.unit, value.start, value.end)


def _dates(context: _Context) -> Iterator[Value]:
    return (value for value in context.values if value.type == ValueType.DATE)


def _agreement_date(context: _Context) -> Value | None:
    """The date the contract is made on: stated in its head, else where it is executed, else by its signatures.

    A date of the head that stands alone (below the title) counts too; a date of another agreement does not.
    """
    rules = _patterns()["agreement_date"]
    text = context.text
    head = [value for value in _dates(context) if value.start < context.head_end]
    for value in head:
        window = text[max(0, value.start - 400) : value.start]
        if rules["before"].search(window[-110:]) is not None and rules["other"].search(window) is None:
            return _as("Agreement Date", value)
    for value in _dates(context):
        if value.start > rules["opening_reach"]:
            break
        window = text[max(0, value.start - 400) : value.start]
        if rules["opening"].search(window) is not None and rules["other"].search(window[-160:]) is None:
            return _as("Agreement Date", value)
    for value in head:
        alone = rules["alone_before"].search(text[max(0, value.start - 45) : value.start]) is not None
        if alone and rules["alone_after"].match(text, value.end) and not _is_figures(context, value):
            return _as("Agreement Date", value)
    tail = max(context.head_end, len(text) - _TAIL)
    for name, reach in (("executed", 300), ("signature", 60)):
        signed = [
            value
            for value in _dates(context)
            if value.start >= tail
            and rules[name].search(text[max(0, value.start - reach) : value.start]) is not None
            and rules["other"].search(text[max(0, value.start - 160) : value.start]) is None
        ]
        known = [value for value in signed if value.value is not None]
        if known:  # the last signature completes the contract
            return _as("Agreement Date", max(known, key=lambda value: value.value or ""))
        if signed:
            return _as("Agreement Date", signed[0])
    return None


def _is_figures(context: _Context, value: Value) -> bool:
    """Say whether a date is figures only, as in the footers of filings."""
    pattern: re.Pattern[str] = _patterns()["agreement_date"]["figures_only"]
    return pattern.match(context.text[value.start : value.end]) is not None


def _effective_date(context: _Context, agreement: Value | None) -> Value | None:
    rules = _patterns()["effective_date"]
    for value in _dates(context):
        if rules["label_after"].match(context.text[value.end : value.end + 130]) is not None:
            return _as("Effective Date", value)
    candidates = []
    for value in _dates(context):
        before = context.before(value)
        if rules["label_before"].search(before[-120:]) is None or rules["other"].search(before[-120:]) is not None:
            continue
        if value.start < context.head_end or rules["subject"].search(before) is not None:
            candidates.append(value)
    if candidates:
        return _as("Effective Date", next((value for value in candidates if value.value is not None), candidates[0]))
    if agreement is not None and agreement.start < context.head_end:
        window = context.text[max(0, agreement.start - 60) : agreement.start]
        if rules["as_of"].search(window) is not None:
            return _as("Effective Date", agreement)
    return None


def _expiration(context: _Context, start: Value | None, made: Value | None) -> Iterator[Value]:
    rules = _patterns()["expiration_date"]
    # A date that can be read outranks a blank or a month alone.
    for value in sorted(_dates(context), key=lambda value: value.value is None):
        before = context.before(value)
        if rules["before"].search(before[-90:]) is None or rules["avoid"].search(before[-110:]) is not None:
            continue
        if rules["context"].search(before) is not None and rules["subject"].search(before) is not None:
            yield _as("Expiration Date", value)
            return
    anniversary = _anniversary(context, rules, start, made)
    if anniversary is not None:
        yield anniversary
        return
    for value in context.values:
        if value.type != ValueType.DURATION or value.value is None:
            continue
        if value.value.startswith("PT") or value.value.endswith("D"):
            continue
        before = context.before(value)
        if rules["term"].search(before) is None or rules["subject"].search(before) is None:
            continue
        if rules["not_term"].search(before) is not None:
            continue
        yield _as("Expiration Date", _computed(context, rules, value, start))
        return


def _anniversary(context: _Context, rules: dict[str, Any], start: Value | None, made: Value | None) -> Value | None:
    """Read "until the fifth anniversary of the Effective Date"."""
    text = context.text
    for match in _around(text, rules["anniversary"], ("nniversary", "NNIVERSARY")):
        place = Value(ValueType.DATE, None, None, match.start(), match.end())
        before = context.before(place)
        if rules["anniversary_before"].search(before) is None or rules["subject"].search(before) is None:
            continue
        if rules["not_anniversary"].search(before) is not None:
            continue
        named_start = " ".join((match["start"] or "").split())
        if rules["ended"].match(named_start) is not None:
            continue
        years = english_number_words(_COUNTED.sub("", match["count"]).strip())
        from_date = made if named_start.lower().startswith(("date", "this", "agreement", "execution")) else start
        day = None if from_date is None or from_date.value is None else date.fromisoformat(from_date.value)
        named = match["start"] is None or rules["known_start"].match(named_start) is not None
        end = add_period(day, f"P{years}Y") if day is not None and years is not None and named else None
        return Value("Expiration Date", None if end is None else end.isoformat(), None, match.start(), match.end())
    return None


_COUNTED: Final = re.compile(r"(?i)\s?\(\d{1,2}\)|[\s-]{1,2}years?$|(?<=\d)\s?(?:st|nd|rd|th)$")


def _computed(context: _Context, rules: dict[str, Any], value: Value, start: Value | None) -> Value:
    """Return the end of a term that is stated as a duration; None in value when its start is not known."""
    after = context.after(value)
    begins = rules["start_after"].match(after)
    day = None if start is None or start.value is None else date.fromisoformat(start.value)
    sentence = context.before(value) + (begins[0] if begins is not None else "")
    if rules["other_start"].search(sentence) is not None:
        day = None
    for other in context.values:
        named = other.type == ValueType.DATE and other.value is not None
        if named and -len(context.before(value)) <= other.start - value.start <= len(after):
            day = date.fromisoformat(other.value) if other.value is not None else None
            break
    end = None if day is None or value.value is None else add_period(day, value.value)
    return Value(value.type, None if end is None else end.isoformat(), None, value.start, value.end)


def _renewal(context: _Context) -> Iterator[Value]:
    renewal, notice = _patterns()["renewal_term"], _patterns()["notice_period"]
    seen_renewal = seen_notice = False
    rolling = next(
        iter(_by_stem(context.text, renewal["rolling"], grammar("en", "roles")["renewal_term"]["stems"])), None
    )
    for value in context.values:
        if value.type != ValueType.DURATION or (seen_renewal and seen_notice):
            continue
        sentence_before = context.before(value, 420)
        after = context.after(value, 260)
        around = sentence_before + " " + after
        if not seen_notice and _is_notice(context, notice, value, sentence_before, after):
            seen_notice = True
            yield _as("Notice Period to Terminate Renewal", value)
            continue
        if seen_renewal or renewal["not_after"].match(after) is not None:
            continue
        unit_day = context.text[value.start : value.end].lower().find("day") >= 0
        near = renewal["near"].search(sentence_before[-130:]) is not None
        follows = renewal["after"].match(after) is not None and renewal["cue"].search(around) is not None
        around_renewal = notice["renewal"].search(around) or renewal["continued"].search(around)
        if (near or follows) and not unit_day and around_renewal is not None:
            seen_renewal = True
            yield _as("Renewal Term", value)
    if not seen_renewal and rolling is not None:
        period = "P1M" if rolling["month"] is not None else "P1Y"
        name = "month" if rolling["month"] is not None else "year" if rolling["year"] is not None else "annual"
        yield Value("Renewal Term", period, None, *rolling.span(name))


def _is_notice(context: _Context, rules: dict[str, Any], value: Value, before: str, after: str) -> bool:
    if rules["notice"].search(before + after) is None or rules["after"].match(after) is None:
        return False
    if rules["before_end"].search(after) is None or rules["avoid"].search(before + after) is not None:
        return False
    wider = context.text[max(0, value.start - 500) : value.end + 400]
    return rules["context"].search(before + after) is not None and rules["renewal"].search(wider) is not None


def _by_stem(text: str, pattern: re.Pattern[str], stems: Sequence[str]) -> list[re.Match[str]]:
    """Return the matches that begin at a stem, found by plain search: several times faster than a scan for a cue."""
    starts: list[int] = []
    for stem in stems:
        at = text.find(stem)
        while at >= 0:
            starts.append(at)
            at = text.find(stem, at + len(stem))
    found = [pattern.match(text, start) for start in sorted(starts)]
    return [match for match in found if match is not None]


def _around(text: str, pattern: re.Pattern[str], stems: Sequence[str]) -> Iterator[re.Match[str]]:
    """Yield the matches that hold a stem in their middle, one for each place of the stem."""
    for stem in stems:
        at = text.find(stem)
        while at >= 0:
            match = pattern.search(text, max(0, at - 90), at + 90)
            if match is not None:
                yield match
            at = text.find(stem, at + len(stem))


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


def _governing_law(context: _Context) -> Iterator[Value]:
    rules = _patterns()["governing_law"]
    text = context.text
    seen: set[str] = set()
    covered = 0
    for match in _by_stem(text, rules["direct"], grammar("en", "roles")["governing_law"]["stems"]):
        if match.start() < covered:
            continue
        left = max(0, match.start() - 300)
        before = text[left : match.start()]
        for stop in _STOP.finditer(before):
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
    for match in _by_stem(text, rules["adjective"], grammar("en", "roles")["governing_law"]["stems"]):
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


def _forum(context: _Context) -> Iterator[Value]:
    rules = _patterns()["forum"]
    text = context.text
    seen: set[str] = set()
    named = institutions()
    cues = [match.start() for match in _by_stem(text, rules["cue"], grammar("en", "roles")["forum"]["stems"])]
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
        stop = _STOP.search(text, start, window_end)
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
