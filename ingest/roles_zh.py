"""What dates, durations and places mean in a Chinese contract: its dates, term, renewal, law and forum."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

from ingest.lang import grammar
from ingest.places import gazetteer, institutions
from ingest.roles_context import PERPETUAL, add_period
from kb.model import Clause, Span, Value, ValueType

_REACH: Final = 60
_SHORTEST_COMMISSION: Final = 5  # characters of 仲裁委员会, which names no institution by itself
_TAKES_EFFECT: Final = re.compile(r"生效[^，,。；\n]{0,10}$")  # 生效日期为, 生效时间：
_COMMA: Final = re.compile(r"[，,]")
_STOP: Final = re.compile(r"[。；\n]")


@cache
def _patterns() -> dict[str, dict[str, Any]]:
    return {
        section: {name: re.compile(entry) for name, entry in entries.items()}
        for section, entries in grammar("zh", "roles").items()
    }


def _before(text: str, value: Value, reach: int = _REACH) -> str:
    window = text[max(0, value.start - reach) : value.start]
    cut = 0
    for match in _STOP.finditer(window):
        cut = match.end()
    return window[cut:]


def _after(text: str, value: Value, reach: int = _REACH) -> str:
    window = text[value.end : value.end + reach]
    match = _STOP.search(window)
    return window if match is None else window[: match.start()]


def find_roles(text: str, values: Sequence[Value], head_end: int, clauses: Sequence[Clause] = ()) -> list[Value]:  # noqa: ARG001
    """Return the values that play a role, typed by CUAD's category names and "Forum".

    Args:
        text: the contract.
        values: all dates and durations found in it, in text order.
        head_end: end of title and preamble.
        clauses: not needed in Chinese, where cues stand next to their values.
    """
    rules = _patterns()
    dates = [value for value in values if value.type == ValueType.DATE]
    agreement = _agreement(text, dates, head_end, rules["agreement_date"])
    effective = _effective(text, dates, rules["effective_date"])
    if effective is None and agreement is not None and rules["effective_date"]["conditional"].search(text) is None:
        effective = Value(
            "Effective Date", agreement.value, None, agreement.start, agreement.end
        )  # Civil Code, Art. 502
    found = [value for value in (agreement, effective) if value is not None]
    found.extend(_expiration(text, values, effective, agreement, rules))
    found.extend(_renewal(text, values, rules))
    found.extend(_governing_law(text, rules["governing_law"]))
    found.extend(_forum(text, rules["forum"]))
    return found


def _as(role: str, value: Value) -> Value:
    return replace(value, type=role)


def _agreement(text: str, dates: Sequence[Value], head_end: int, rules: dict[str, Any]) -> Value | None:
    dates = [value for value in dates if rules["other_after"].match(text[value.end : value.end + 60]) is None]
    head = [value for value in dates if value.start < head_end]
    for value in head:
        if rules["before"].search(text[max(0, value.start - 30) : value.start]) or rules["after"].match(
            text[value.end : value.end + 40]
        ):
            return _as("Agreement Date", value)
    for value in dates:
        if rules["after"].match(text[value.end : value.end + 40]) is not None:
            return _as("Agreement Date", value)
    signed = [
        value
        for value in dates
        if value.start > len(text) // 2 and rules["signature"].search(text[max(0, value.start - 30) : value.start])
    ]
    known = [value for value in signed if value.value is not None]
    if known:  # the last signature completes the contract
        return _as("Agreement Date", max(known, key=lambda value: value.value or ""))
    if signed:
        return _as("Agreement Date", signed[0])
    for value in head:
        if rules["bare"].search(text[max(0, value.start - 30) : value.start]) is not None:
            return _as("Agreement Date", value)
    for value in head:
        line = text[text.rfind("\n", 0, value.start) + 1 : value.start] + _after(text, value)
        if not line.strip():  # a date on a line of its own below the title
            return _as("Agreement Date", value)
    return None


def _effective(text: str, dates: Sequence[Value], rules: dict[str, Any]) -> Value | None:
    for value in dates:
        before, after = text[max(0, value.start - 30) : value.start], text[value.end : value.end + 30]
        if rules["after"].match(after) is not None or rules["label"].search(before) is not None:
            return _as("Effective Date", value)
        if rules["range_before"].search(before) is not None and rules["start_after"].match(after) is not None:
            return _as("Effective Date", value)
        if rules["before"].search(before) is not None and (
            rules["start_after"].match(after) is not None
            or rules["counted_after"].match(after) is not None
            or _TAKES_EFFECT.search(before) is not None  # takes effect
        ):
            wider = _before(text, value, 80)
            if rules["term_context"].search(wider) is not None or _TAKES_EFFECT.search(before) is not None:
                return _as("Effective Date", value)
    return None


def _expiration(
    text: str,
    values: Sequence[Value],
    effective: Value | None,
    agreement: Value | None,
    rules: dict[str, dict[str, Any]],
) -> Iterator[Value]:
    wanted = rules["expiration_date"]
    for value in values:
        if value.type != ValueType.DATE:
            continue
        before = _before(text, value, 90)
        if wanted["before"].search(before[-16:]) is None and wanted["after"].match(_after(text, value)) is None:
            continue
        if wanted["context"].search(before + _after(text, value)) is not None:
            yield _as("Expiration Date", value)
            return
    for value in values:
        if value.type != ValueType.DURATION or value.value is None or value.value.startswith("PT"):
            continue
        before = _before(text, value, 40)
        if (
            wanted["term_before"].search(before) is None
            or wanted["not_term"].search(_COMMA.split(before)[-1])
            or wanted["renewed"].search(before)
        ):
            continue
        after = _after(text, value)
        start = effective
        if start is None and wanted["start_words"].search(before + after) is not None:
            start = agreement
        for other in values:
            if other.type == ValueType.DATE and 0 <= other.start - value.end <= 12 and other.value is not None:
                start = other
                break
        end = None
        if start is not None and start.value is not None:
            end = add_period(date.fromisoformat(start.value), value.value)
        since = None if end is None or start is None else Span(start.start, start.end)
        yield Value("Expiration Date", None if end is None else end.isoformat(), None, value.start, value.end, since)
        return
    endless = wanted["endless"].search(text)
    open_end = endless or wanted["event"].search(text)
    if open_end is not None:  # an event's day is not known
        yield Value("Expiration Date", None if endless is None else PERPETUAL, None, *open_end.span("end"))


def _renewal(text: str, values: Sequence[Value], rules: dict[str, dict[str, Any]]) -> Iterator[Value]:
    renewal, notice = rules["renewal_term"], rules["notice_period"]
    seen: set[str] = set()
    for value in values:
        if value.type != ValueType.DURATION:
            continue
        before, after = _before(text, value), _after(text, value)
        role = None
        if renewal["near"].search(before) is not None:
            role = "Renewal Term"
        elif notice["after"].match(after) is not None and notice["before"].search(before) is not None:
            if notice["context"].search(before + after) is not None and notice["avoid"].search(before + after) is None:
                role = "Notice Period to Terminate Renewal"
        elif renewal["before"].search(before) is not None and not before.endswith("前"):  # not 到期前 (before its end)
            role = "Renewal Term"
        if role is not None and role not in seen:
            seen.add(role)
            yield _as(role, value)


def _governing_law(text: str, rules: dict[str, Any]) -> Iterator[Value]:
    names = gazetteer("zh")
    seen: set[str] = set()
    for match in names.find(text, 0, len(text)):
        if rules["after"].match(text[match.end() : match.end() + 80]) is None:
            continue
        before = text[max(0, match.start() - 30) : match.start()]
        stops = list(_STOP.finditer(before))
        before = before[stops[-1].end() :] if stops else before
        if rules["before"].search(before) is None or before.endswith(("《", "〈")):
            continue
        after = text[match.end() : match.end() + 30]
        if rules["avoid"].search(after) is not None:
            continue
        code = names.code(match[0])
        if code is None or code in seen:
            continue
        if code.startswith("CN-"):
            continue  # a province has no contract law of its own
        seen.add(code)
        yield Value("Governing Law", code, None, match.start(), match.end())


def _forum(text: str, rules: dict[str, Any]) -> Iterator[Value]:
    named = institutions()
    seen: set[str] = set()
    for match in named.find(text, 0, len(text)):
        code = named.code(match[0])
        near = text[max(0, match.start() - 100) : match.end() + 60]
        if code is not None and code not in seen and rules["cue"].search(near) is not None:
            seen.add(code)
            yield Value("Forum", code, None, match.start(), match.end())
    for match in rules["commission"].finditer(text):
        name, start = match["commission"], match.start("commission")
        lead = rules["verb"].match(name)
        if lead is not None and lead.end() <= len(name) - _SHORTEST_COMMISSION:
            name, start = name[lead.end() :], start + lead.end()
        if named.code(name) is not None or named.pattern.search(name) is not None or name in seen:
            continue
        if rules["cue"].search(text[max(0, start - 100) : match.end() + 60]) is None:
            continue
        seen.add(name)
        # 仲裁委员会 alone names no institution.
        value = None if name in ("仲裁委员会", "仲裁机构") or "_" in name or len(name) <= _SHORTEST_COMMISSION else name
        yield Value("Forum", value, None, start, match.end())
    for match in rules["court"].finditer(text):
        name, start = match["court"], match.start("court")
        near = text[max(0, match.start() - 80) : match.end() + 40]
        if name in seen or rules["cue"].search(near) is None:
            continue
        seen.add(name)
        vague = rules["unplaced"].match(name) is not None or "_" in name or "＿" in name
        yield Value("Forum", None if vague else name, None, start, match.end())
