"""When an English contract is made, and from when it has effect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from ingest.roles_context import Context, around, as_role, dates, patterns
from kb.model import Value

_TAIL: Final = 10_000  # characters at the end in which signatures and their dates stand
_SIGNED_TAIL: Final = 4000  # characters at the end in which a date beside a signature needs no word of its own
_BLOCK_MARKS: Final = 2  # "By:", "Name:", "/s/" … that make a signature block
_START_STEMS: Final = ("ffective", "FFECTIVE", "effect ", "ommenc", "into force")
_DEFINITION: Final = 160  # characters on either side of a defined date
_CONDITION: Final = 150  # characters on either side of a stem


def agreement_date(context: Context) -> Value | None:
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
        if (
            rules["not_made"].search(window[-40:]) is not None
            or _is_signature(text, value, rules)
            or (not in_head and rules["signed_near"].search(window[-120:]) is not None)
        ):
            continue  # one of the dates by the signatures
        near = window[-90:]
        is_start = rules["only_effective"].search(near) is not None and rules["made"].search(near[:-1]) is None
        if not is_start and (value.value is not None or begins is None):
            return as_role("Agreement Date", value)
        begins = begins or value
    for value in head:
        alone = rules["alone_before"].search(text[max(0, value.start - 45) : value.start]) is not None
        titled = rules["title_before"].search(text[max(0, value.start - 60) : value.start]) is not None
        if (titled or (alone and rules["alone_after"].match(text, value.end))) and not _is_figures(context, value):
            return as_role("Agreement Date", value)
    return (
        _said_last(context, rules)
        or _signed(context)
        or (None if begins is None else as_role("Agreement Date", begins))
    )


def _is_signature(text: str, value: Value, rules: Mapping[str, Any]) -> bool:
    """Say whether a date has a label of its own inside a signature block."""
    if rules["signature"].search(text[max(0, value.start - 60) : value.start]) is None:
        return False
    return len(rules["block"].findall(text, max(0, value.start - 200), value.end + 200)) >= _BLOCK_MARKS


def _said_last(context: Context, rules: Mapping[str, Any]) -> Value | None:
    """Return the date of a closing provision: "14.6 This Agreement is dated April 29, 2010"."""
    for value in dates(context):
        if rules["closing"].search(context.text[max(0, value.start - 60) : value.start]) is not None:
            return as_role("Agreement Date", value)
    return None


def signature_dates(context: Context) -> list[Value]:
    """Return the dates that stand by the signatures, in text order, blank ones included.

    The signatures are at the end, or after IN WITNESS where exhibits follow them, or where several marks of a signature
    block stand together.
    """
    text, rules = context.text, patterns()["agreement_date"]
    # A short text without numbered clauses is all head.
    tail = max(context.head_end if context.head_end < len(text) else 0, len(text) - _TAIL)
    closing = len(text) - _SIGNED_TAIL
    witness = max(text.rfind("IN WITNESS"), text.rfind("In Witness"), text.rfind("in witness"))
    found: list[Value] = []
    for value in dates(context):
        after_witness = 0 <= value.start - witness < _SIGNED_TAIL and witness > 0
        before = text[max(0, value.start - 300) : value.start]
        labelled = rules["signature"].search(before[-60:]) is not None
        if not labelled and not after_witness and value.start < tail:
            continue
        if rules["filing"].search(before[-100:]) is not None or rules["other"].search(before[-160:]) is not None:
            continue
        if value.start >= tail or after_witness:
            beside = value.start >= closing or after_witness
            signed = rules["executed"].search(before) or (beside and rules["signed_near"].search(before[-180:]))
            placed = rules["place_before"].search(before[-60:]) and rules["signed_near"].search(
                text[value.end : value.end + 200]
            )
            if labelled or signed or placed:
                found.append(value)
        elif labelled and len(rules["block"].findall(text, max(0, value.start - 400), value.end + 300)) >= _BLOCK_MARKS:
            found.append(value)
    return found


def _signed(context: Context) -> Value | None:
    """Return the date by the signatures; the last signature completes the contract."""
    found = signature_dates(context)
    if not found:
        return None
    # Exhibits may be signed again, later: the signatures that stand together with the first are the contract's.
    first = [value for value in found if value.start - found[0].start < _SIGNED_TAIL]
    known = [value for value in first if value.value is not None]
    return as_role("Agreement Date", max(known, key=lambda value: value.value or "") if known else found[0])


def _is_figures(context: Context, value: Value) -> bool:
    """Say whether a date is figures only, as in the footers of filings."""
    pattern: re.Pattern[str] = patterns()["agreement_date"]["figures_only"]
    return pattern.match(context.text[value.start : value.end]) is not None


def effective_date(context: Context, agreement: Value | None) -> Value | None:
    """Return the date from which the contract has effect: as defined or stated, else the date it is made.

    Args:
        context: the contract with its values.
        agreement: the date it is made on, where known.
    """
    rules = patterns()["effective_date"]
    text = context.text
    if (signed := _last_signature(context, rules)) is not None:
        return signed
    for value in dates(context):
        before = text[max(0, value.start - 40) : value.start]
        if (
            rules["label_after"].match(text[value.end : value.end + 130]) is not None
            and rules["ends"].search(before) is None
        ):
            return as_role("Effective Date", value)
    candidates = []
    for value in dates(context):
        before = context.before(value)
        is_range = (
            rules["range_before"].search(before[-12:]) is not None
            and rules["range_after"].match(text[value.end : value.end + 20]) is not None
            and rules["range_subject"].search(before) is not None
        )
        if is_range:
            candidates.append(value)
            continue
        if rules["heading"].search(text[max(0, value.start - 90) : value.start]) is None and (
            rules["label_before"].search(before[-120:]) is None
            or rules["other"].search(before[-120:]) is not None
            or rules["ends"].search(before[-40:]) is not None
        ):
            continue
        if value.start < context.head_end or rules["subject"].search(before) is not None:
            candidates.append(value)
    if candidates:
        known = next((value for value in candidates if value.value is not None), candidates[0])
        return as_role("Effective Date", known)
    # A contract takes effect when it is made unless it says otherwise (PRC Civil Code, Article 502; the same at common
    # law), so the agreement date stands in for a start that is not stated.
    if agreement is None or _starts_on_condition(text, rules):
        return None
    return as_role("Effective Date", agreement)


def _last_signature(context: Context, rules: Mapping[str, Any]) -> Value | None:
    """Return the last date by the signatures, where the effective date is defined as that (or as the day after)."""
    match = _last_signature_words(context.text, rules)
    if match is None or (signed := _signed(context)) is None or signed.value is None:
        return None
    day = date.fromisoformat(signed.value)
    if match["next"] is not None:
        day += timedelta(days=1)
    return Value("Effective Date", day.isoformat(), None, signed.start, signed.end)


def _last_signature_words(text: str, rules: Mapping[str, Any]) -> re.Match[str] | None:
    """Return the definition by the last signature; words every one has are looked for first, as they are rare."""
    for stem in ("ffective Date", "FFECTIVE DATE"):
        at = text.find(stem)
        while at >= 0:
            left, right = max(0, at - _DEFINITION), at + _DEFINITION
            if any(text.find(word, left, right) >= 0 for word in ("last", "later", "latest", "LAST", "LATE")):
                match: re.Match[str] | None = rules["last_signature"].search(text, left, right)
                if match is not None:
                    return match
            at = text.find(stem, at + len(stem))
    return None


def made_at_start(text: str) -> bool:
    """Say whether a contract that states no date of its own is "entered into as of the Effective Date"."""
    pattern = patterns()["agreement_date"]["as_of_start"]
    return next(around(text, pattern, ("ffective Date", "FFECTIVE DATE"), reach=_CONDITION), None) is not None


def _starts_on_condition(text: str, rules: Mapping[str, Any]) -> bool:
    """Say whether the contract takes effect only when something happens ("shall become effective upon approval")."""
    return next(around(text, rules["conditional"], _START_STEMS, reach=_CONDITION), None) is not None
