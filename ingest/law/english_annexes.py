"""What stands before and behind the units of an English act: recitals ("rec26"), schedules, annexes and appendices.

They are no base units: recitals are items without a parent, a schedule is a part ("sch1", "annII", "appA") whose
paragraphs are numbered inside it ("sch1(3)(a)").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ingest.law.lines import Line
from ingest.law.markers import read_paragraphs
from kb.model import Provision

_MARKS: Final = "*_# \t"
_RECITALS: Final = re.compile(
    r"(?:Whereas|WHEREAS|Recitals|RECITALS|having regard to the following)\b[:,]?", re.IGNORECASE
)
_RECITAL: Final = re.compile(r"[*_]{0,2}(?:\((?P<bracketed>\d{1,3})\)|(?P<dotted>\d{1,3})\.)(?=\s|$)")
_ENACTING: Final = re.compile(r"(?:HAVE|HAS)\s(?:ADOPTED|DECIDED)|\*{0,2}Have adopted this", re.IGNORECASE)
_ANNEX: Final = re.compile(
    r"(?:(?P<ordinal>FIRST|SECOND|THIRD|FOURTH|FIFTH|SIXTH|SEVENTH|EIGHTH|NINTH|TENTH|ELEVENTH|TWELFTH)\s)?"
    r"(?P<kind>SCHEDULE|ANNEX|APPENDIX)(?:\s(?P<number>\d{1,3}[A-Z]{0,2}|[IVXLC]{1,7}|[A-Z])(?![\w(]))?"
    r"[\s.:*_—–-]{0,6}(?P<heading>[^\n]{0,160})$",
    re.IGNORECASE,
)
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_PREFIX: Final = {"schedule": "sch", "annex": "ann", "appendix": "app"}
_TRAILING: Final = "#>*_ \t\n\r\xa0"
_BACKWARD: Final = 3
"""Recitals are believed when at least so many follow each other from 1."""


def read_recitals(text: str, lines: Sequence[Line], body: int) -> tuple[Provision, ...]:
    """Return the recitals of a European act, numbered from 1 between "Whereas" and the enacting words.

    Args:
        text: the whole text.
        lines: its lines.
        body: offset of the first unit.
    """
    head = [line for line in lines if line.start < body]
    opening = next((index for index, line in enumerate(head) if _RECITALS.match(line.text.strip(_MARKS))), None)
    if opening is None:
        return ()
    end = next((line.start for line in head[opening:] if _ENACTING.match(line.text.strip(_MARKS))), body)
    starts: list[tuple[int, str]] = []
    for line in head[opening:]:
        match = _RECITAL.match(line.text) if line.start < end else None
        if match is not None and int(match["bracketed"] or match["dotted"]) == len(starts) + 1:
            starts.append((line.start, match[0].strip(_MARKS)))
    if len(starts) < _BACKWARD:
        return ()
    ends = [start for start, _ in starts[1:]] + [end]
    return tuple(
        Provision(f"rec{index}", label, None, "item", start, start + len(text[start:until].rstrip(_TRAILING)))
        for index, ((start, label), until) in enumerate(zip(starts, ends, strict=True), start=1)
    )


def read_annexes(text: str, lines: Sequence[Line], body_end: int) -> tuple[Provision, ...]:
    """Return schedules, annexes and appendices behind the last unit, with the paragraphs inside them.

    Args:
        text: the whole text.
        lines: its lines.
        body_end: where the last unit ends.
    """
    behind = [line for line in lines if line.start >= body_end]
    opened: list[tuple[int, re.Match[str]]] = []
    for index, line in enumerate(behind):
        plain = line.text.strip(_MARKS)
        match = _ANNEX.match(plain)
        if match is not None and _is_heading(line, plain, match):
            opened.append((index, match))
    found: list[Provision] = []
    taken: set[str] = set()
    for place, (index, match) in enumerate(opened):
        following = opened[place + 1][0] if place + 1 < len(opened) else len(behind)
        line = behind[index]
        until = behind[following].start if following < len(behind) else len(text)
        end = line.start + len(text[line.start : until].rstrip(_TRAILING))
        number = _number(match, taken)
        if number in taken:
            continue
        taken.add(number)
        heading = match["heading"].strip(_MARKS + "[].") or None
        label = match[0][: match.start("heading") - match.start()].strip(_MARKS + ".:—–-")
        found.append(Provision(number, label, heading, "part", line.start, end))
        found.extend(read_paragraphs(text, number, behind[index:following], opening=line.end, end=end, dotted=True))
    return tuple(found)


def _is_heading(line: Line, plain: str, match: re.Match[str]) -> bool:
    """Return whether a line that begins with "Schedule" is a heading: marked as one, or printed like one."""
    if plain.endswith((".", ";", ",")) and line.level is None:
        return False
    loud = match["kind"].isupper() or line.level is not None
    return loud or (match["number"] is not None and not match["heading"])


def _number(match: re.Match[str], taken: set[str]) -> str:
    prefix = _PREFIX[match["kind"].lower()]
    if match["ordinal"] is not None:
        return f"{prefix}{_ORDINALS.index(match['ordinal'].lower()) + 1}"
    if match["number"] is not None:
        return f"{prefix}{match['number'].upper()}"
    return f"{prefix}{sum(each.startswith(prefix) for each in taken) + 1}"
