"""The term of an English contract: when it expires, how it renews, and the notice that ends the renewal.

Many sentences of a contract hold a period ("for two years after termination …"). Each is weighed by the signals of
``[expiration_date]`` in ``roles.toml``, and the best one above a threshold is the term. A term stated as a period is
answered with the computed last day; its span is the words of the period, and its start is the value of the role
"Effective Date" with a span of its own. A term whose start is not stated has no value; one without end is "perpetual".
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from ingest.choice.candidates import NOTICE, notice_candidates, rule_score
from ingest.choice.model import notice_chooser
from ingest.lang import grammar
from ingest.roles_context import PERPETUAL, Context, add_period, around, as_role, by_stem, dates, patterns
from ingest.roles_signals import score_of, title_at
from kb.model import Clause, Span, Value, ValueType
from kb.numerals import english_number_words

_SENTENCE: Final = 420  # characters before a period that may belong to its sentence
_AFTER: Final = 260
_LEAD: Final = 40  # characters before a sentence in which a title of its line may stand
_ATTACHMENT: Final = re.compile(r"(?i)(?:exhibit|schedule|annex|appendix|attachment|addendum)\b")
_ATTACHED: Final = 3
_NAMED: Final = 2
_COUNTED: Final = re.compile(r"(?i)\s?\(\d{1,2}\)|[\s-]{1,2}years?$|(?<=\d)\s?(?:st|nd|rd|th)$")


def expiration(context: Context, start: Value | None, made: Value | None) -> Iterator[Value]:
    """Yield the expiration date, if the contract states one.

    Args:
        context: the contract with its values.
        start: when it takes effect, where known.
        made: when it was made, where known.
    """
    rules = patterns()["expiration_date"]
    best: tuple[int, Value] | None = None
    titles = [clause.start for clause in context.clauses]
    attachments = _attachments(context.clauses, len(context.text))
    for value in _ends(context, rules, start, made):
        place = Value(value.type, None, None, value.start, value.end)
        before, after = context.before(place, _SENTENCE), context.after(place, _AFTER)
        words = context.text[value.start : value.end]
        title = title_at(context.clauses, titles, value.start)
        lead = context.text[max(0, value.start - len(before) - _LEAD) : value.start - len(before)]
        score = score_of("expiration_date", before, after, title=title, lead=lead, words=words)
        if value.type == "named":
            score += _NAMED  # a day in the calendar outranks the period it closes
        if score < int(rules["threshold"]):
            continue
        score += _NAMED if value.type == "named" else 0
        if value.start >= attachments:
            score -= _ATTACHED  # the term of an exhibit is the contract's only where the contract states none
        if best is None or score > best[0]:
            best = (score, value)
    if best is None:
        yield from _endless(context, rules)
        return
    value = best[1]
    if value.type == ValueType.DURATION:
        value = _computed(context, rules, value, start, made)
    yield as_role("Expiration Date", value)


def _attachments(clauses: Sequence[Clause], end: int) -> int:
    """Return where exhibits and schedules begin: at the first outermost clause after which only such follow."""
    begin = end
    for clause in reversed(clauses):
        if clause.level != 1:
            continue
        if _ATTACHMENT.match(clause.number or clause.heading or "") is None:
            break
        begin = clause.start
    return begin


def _endless(context: Context, rules: Mapping[str, Any]) -> Iterator[Value]:
    """Yield the words that leave the term without a fixed end.

    "perpetual" is a contract that goes on until someone ends it ("shall continue indefinitely", "until terminated");
    one that an event ends ("until the expiration of the Supply Agreement") has no value, because its day is not known.
    """
    event: Value | None = None
    for match in by_stem(context.text, rules["endless"], rules["endless_stems"]):
        place = Value("Expiration Date", PERPETUAL, None, *match.span())
        place = Value(place.type, place.value, None, place.start, match.start() + len(match[0].rstrip()))
        before = context.before(place, _SENTENCE)
        if rules["endless_before"].search(before) is None or rules["endless_not"].search(before[-70:]) is not None:
            continue
        if match["event"] is None:
            yield place
            return
        event = event or Value("Expiration Date", None, None, place.start, place.end)
    if event is not None:
        yield event


def _ends(context: Context, rules: Mapping[str, Any], start: Value | None, made: Value | None) -> Iterator[Value]:
    """Yield every day, anniversary and period that may be the end of the term."""
    for value in dates(context):
        if rules["before"].search(context.before(value)[-140:]) is not None:
            yield Value("named", value.value, None, value.start, value.end)
    yield from _anniversaries(context, rules, start, made)
    yield from _years(context, rules, start)
    not_after = patterns()["renewal_term"]["not_after"]
    for value in context.values:
        if value.type != ValueType.DURATION or value.value is None or value.value.startswith("PT"):
            continue
        if not_after.match(context.after(value)) is None or rules["begins"].match(context.after(value)) is not None:
            yield value


def _anniversaries(
    context: Context, rules: Mapping[str, Any], start: Value | None, made: Value | None
) -> Iterator[Value]:
    """Read "until the fifth anniversary of the Effective Date"."""
    text = context.text
    for match in around(text, rules["anniversary"], ("nniversary", "NNIVERSARY")):
        place = Value(ValueType.DATE, None, None, match.start(), match.end())
        if rules["anniversary_before"].search(context.before(place)) is None:
            continue
        named_start = " ".join((match["start"] or "").split())
        if rules["ended"].match(named_start) is not None:
            continue
        years = english_number_words(_COUNTED.sub("", match["count"]).strip())
        from_date = made if named_start.lower().startswith(("date", "this", "agreement", "execution")) else start
        day = None if from_date is None or from_date.value is None else date.fromisoformat(from_date.value)
        named = match["start"] is None or rules["known_start"].match(named_start) is not None
        end = add_period(day, f"P{years}Y") if day is not None and years is not None and named else None
        yield _counted("anniversary", end, from_date, match.start(), match.end())


def _years(context: Context, rules: Mapping[str, Any], start: Value | None) -> Iterator[Value]:
    """Read "until the end of the third Contract Year" and "until the end of the current calendar year"."""
    day = None if start is None or start.value is None else date.fromisoformat(start.value)
    for match in around(context.text, rules["year_end"], ("end of", "END OF", "End of")):
        end: date | None = None
        if day is not None and match["current"] is not None:
            end = date(day.year, 12, 31)
        elif day is not None:
            years = english_number_words(_COUNTED.sub("", match["count"] or match["figure"]).strip())
            end = None if years is None else add_period(day, f"P{years}Y")
        yield _counted("year", end, start, match.start(), match.end())


def _counted(kind: str, end: date | None, origin: Value | None, left: int, right: int) -> Value:
    """Return a computed day with the place of the day it was counted from."""
    since = None if end is None or origin is None else Span(origin.start, origin.end)
    return Value(kind, None if end is None else end.isoformat(), None, left, right, since)


def _computed(
    context: Context, rules: Mapping[str, Any], value: Value, start: Value | None, made: Value | None
) -> Value:
    """Return the end of a term that is stated as a period; None in value when its start is not known."""
    after = context.after(value)
    begins = rules["start_after"].match(after)
    before = context.before(value)
    sentence = before + (begins[0] if begins is not None else "")
    if rules["made_start"].search(sentence) is not None and made is not None:
        start = made
    if rules["other_start"].search(sentence) is not None and rules["known_from"].match(after) is None:
        start = None
    start = _stated_start(context, rules, value, len(before), len(after)) or start
    day = None if start is None or start.value is None else date.fromisoformat(start.value)
    end = None if day is None or value.value is None else add_period(day, value.value)
    if end is not None and rules["month_end"].search(before) is not None:
        end = end.replace(day=monthrange(end.year, end.month)[1])
    if day is None and (limit := _outer_limit(context, rules, value, len(after))) is not None:
        return limit
    return _counted(value.type, end, start, value.start, value.end)


def _outer_limit(context: Context, rules: Mapping[str, Any], value: Value, right: int) -> Value | None:
    """Return the day that closes a term which an event begins: "but in no event later than February 28, 2013"."""
    for other in dates(context):
        follows = value.end <= other.start <= value.end + right
        if follows and other.value is not None and rules["no_later"].search(context.text[value.end : other.start]):
            return other
    return None


def _stated_start(context: Context, rules: Mapping[str, Any], value: Value, left: int, right: int) -> Value | None:
    """Return the day from which the sentence of a period counts it: after the period, else before it."""
    earlier: Value | None = None
    for other in context.values:
        if other.type != ValueType.DATE or other.value is None or other.start < value.start - left:
            continue
        if other.start > value.end + right:
            break
        if other.start < value.start:
            earlier = earlier or other
            continue
        between = context.text[value.end : other.start]
        if rules["begin"].search(between) is not None and rules["ending"].search(between) is None:
            return other
    return earlier


def renewal(context: Context) -> Iterator[Value]:
    """Yield the term of renewal and the notice that ends renewals, where the contract states them."""
    term = renewal_term(context)
    if term is not None:
        yield term
    notice = _notice(context, term)
    if notice is not None:
        yield as_role(NOTICE, notice)


def renewal_term(context: Context) -> Value | None:
    """Return the length of a renewal, where the contract states it."""
    rules, notice = patterns()["renewal_term"], patterns()["notice_period"]
    for value in context.values:
        if value.type != ValueType.DURATION:
            continue
        before, after = context.before(value, _SENTENCE), context.after(value, _AFTER)
        if rules["not_after"].match(after) is not None:
            continue
        if "day" in context.text[value.start : value.end].lower():
            continue
        near = rules["near"].search(before[-130:]) is not None
        if not near and (rules["after"].match(after) is None or rules["cue"].search(f"{before} {after}") is None):
            continue
        sentence = f"{before} {after}"
        if notice["renewal"].search(sentence) is None and rules["continued"].search(sentence) is None:
            continue
        if rule_score(context, value, before, after) is None:
            return as_role("Renewal Term", value)
    rolling = next(iter(by_stem(context.text, rules["rolling"], grammar("en", "roles")["renewal_term"]["stems"])), None)
    if rolling is None:
        return None
    period = "P1M" if rolling["month"] is not None else "P1Y"
    name = "month" if rolling["month"] is not None else "year" if rolling["year"] is not None else "annual"
    return Value("Renewal Term", period, None, *rolling.span(name))


def _notice(context: Context, term: Value | None) -> Value | None:
    """Return the period the rules are sure of, else the one the learned chooser finds likely enough."""
    candidates = notice_candidates(context, term)
    threshold = int(patterns()["notice_period"]["threshold"])
    sure = [each for each in candidates if each.score is not None and each.score >= threshold]
    if sure:
        return max(sure, key=lambda each: each.score or 0).value
    chosen = notice_chooser().choose(candidates)
    return None if chosen is None else chosen.value
