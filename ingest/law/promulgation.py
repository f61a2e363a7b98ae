"""The order or notice that brings a Chinese act out: 《…条例》已经…通过，现予公布，自…起施行, signed and dated below.

What stands before the act's own heading then tells its title, its number and the day of publication: the date of the
signature. The date inside the sentence is that of adoption, whatever 公布 (made public) behind it seems to say.

Source: 行政法规制定程序条例 (Regulations on the procedure for administrative regulations) arts. 27-28: the order states
who adopts, when, and the day of commencement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingest.citation_grammar.chinese import document_number
from ingest.law.history import DATE_ZH, Event, Happening, read_date
from kb.model import Span

_REACH: Final = 4_000
"""Characters of the head in which the order stands."""
_SENTENCE: Final = re.compile(
    r"《(?P<title>(?:[^《》\n]|《[^《》\n]{1,80}》|〈[^〈〉\n]{1,80}〉){2,120})》(?:已|业)(?:经|于)?[^。《》]{0,160}?现(?:予以|予|将)?"
    r"(?:公布|发布|颁布|印发)[^。\n]{0,120}。?"
)
_AT_ONCE: Final = re.compile(r"自(?:公布|发布|颁布|印发)之日起(?:正式)?(?:施行|实施|生效)")
_SIGNED: Final = 240
"""Characters behind the sentence in which names and date of the signature stand."""
_NUMBER: Final = re.compile(
    r"(?P<series>[\u4e00-\u9fff]{2,24}令)[^\S\n]*\n?\s*[（(〔]?\s*(?P<number>第\s?[〇零一二三四五六七八九十百千\d]{1,6}\s?号)"
)


@dataclass(frozen=True, slots=True)
class Promulgation:
    """What an order of promulgation states.

    Attributes:
        title: of the act, as the order names it.
        number: of the order, "国务院令第728号", or None.
        start: span of the sentence that brings the act out.
        signed: the day of the signature with its span, or None.
        at_once: the act commences on the day of its publication.
    """

    title: str
    number: str | None
    start: int
    end: int
    signed: Event | None
    at_once: bool


def read_promulgation(text: str, start: int, end: int) -> Promulgation | None:
    """Return the order before an act's own heading, between two offsets, or None when there is none."""
    end = min(end, start + _REACH)
    said = _SENTENCE.search(text, start, end)
    if said is None:
        return None
    numbered = _NUMBER.search(text, start, said.start())
    number = None
    if numbered is not None:
        number = document_number((numbered["series"] + numbered["number"]).removeprefix("中华人民共和国"))
    signed = None
    for match in DATE_ZH.finditer(text, said.end(), min(end, said.end() + _SIGNED)):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        rest = text[match.end() : text.find("\n", match.end()) if "\n" in text[match.end() :] else len(text)]
        day = read_date(match)
        if day is not None and not line.strip(" \t\u3000*") and not rest.strip(" \t\u3000*"):
            signed = Event(day, Span(match.start(), match.end()), frozenset({Happening.PUBLISHED}))
            break
    at_once = _AT_ONCE.search(text, said.start(), said.end()) is not None
    return Promulgation(said["title"], number, said.start(), said.end(), signed, at_once)


def with_promulgation(events: Sequence[Event], found: Promulgation) -> tuple[Event, ...]:
    """Return the events of a head with what its order states: published on the day of the signature."""
    kept = []
    for event in events:
        inside = found.start <= event.span.start < found.end
        left = event.happenings - {Happening.PUBLISHED} if inside else event.happenings
        if inside and Happening.ADOPTED in left:
            left = left - {Happening.COMMENCED}  # "…通过，现予公布，自公布之日起施行": not on the day of adoption
        if left:
            kept.append(replace(event, happenings=left))
    if found.signed is None:
        return tuple(kept)
    happened = found.signed.happenings | ({Happening.COMMENCED} if found.at_once else frozenset())
    others = [event for event in kept if event.span != found.signed.span]
    return (*others, replace(found.signed, happenings=frozenset(happened)))
