"""Dates a Chinese act states about itself: adoption, amendments, publication, commencement, repeals.

Two traps this module guards against. A file's head often ends with an amendment while its last article still states
the commencement of the original act (28 % of the dated files measured), so a commencement older than the version says
nothing about the version. And "自公布之日起施行" (in force on publication) is a date only when the publication of
this very version is stated too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

from ingest.law.grammar import zh_grammar
from kb.law_numbers import chinese_number
from kb.model import UNKNOWN_DATE, DateFact, Span

_YEAR: Final = r"(\d{4}|[〇零○一二三四五六七八九]{4})"
_NUMBER: Final = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
DATE_ZH: Final = re.compile(rf"{_YEAR}[^\S\n]?年[^\S\n]?{_NUMBER}[^\S\n]?月[^\S\n]?{_NUMBER}[^\S\n]?日")
DATE_DIGITS: Final = re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_QUOTED: Final = re.compile(r"《[^《》]{0,200}》")
_EVENT_REACH: Final = 240
"""Characters after a date within which its verb stands; decisions with long titles stand between them."""
_REPEAL: Final = re.compile(r"(?:同时|即行|相应|一并|随之)废止|予以废止|之日起废止|(?:同时|即行)失效")
_TITLE: Final = re.compile(r"《((?:[^《》\n]|《[^《》\n]{1,80}》){2,120})》")
_SENTENCE_END: Final = re.compile(r"[。；\n]")


class Happening(StrEnum):
    """What a dated line of the head says happened."""

    ADOPTED = "adopted"
    AMENDED = "amended"
    PUBLISHED = "published"
    COMMENCED = "commenced"


@dataclass(frozen=True, slots=True)
class Event:
    """One dated event of the head with the span of its date."""

    day: date
    span: Span
    happenings: frozenset[Happening]


def read_date(match: re.Match[str]) -> date | None:
    """Return the day a match of ``DATE_ZH`` or ``DATE_DIGITS`` states, or None when no such day exists."""
    year, month, day = (chinese_number(group) for group in match.groups())
    if year is None or month is None or day is None:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _verbs() -> re.Pattern[str]:
    words = [(verb, kind) for kind, verbs in zh_grammar()["events"].items() for verb in verbs]
    ordered = sorted(words, key=lambda pair: -len(pair[0]))
    return re.compile("|".join(f"(?P<{kind}_{index}>{re.escape(verb)})" for index, (verb, kind) in enumerate(ordered)))


def read_history(text: str, start: int, end: int) -> tuple[Event, ...]:
    """Return the dated events of an act's head, in the order they are written.

    Titles inside 《》 are skipped when looking for the verb: they speak of other decisions ("关于修改…的决定").
    """
    head = text[start:end]
    dates = list(DATE_ZH.finditer(head))
    events: list[Event] = []
    for index, match in enumerate(dates):
        day = read_date(match)
        if day is None:
            continue
        limit = dates[index + 1].start() if index + 1 < len(dates) else len(head)
        said = head[match.end() : min(limit, match.end() + _EVENT_REACH)]
        happenings = _happenings(_QUOTED.sub("", said.translate(_NESTED)))
        if happenings:
            events.append(Event(day, Span(start + match.start(), start + match.end()), happenings))
    return tuple(events)


_NESTED: Final = str.maketrans({"〈": "", "〉": "", "<": "", ">": "", "＜": "", "＞": ""})


def _happenings(said: str) -> frozenset[Happening]:
    """Return what the first line with a verb says; a title broken over lines may push it to the second or third."""
    for line in [line for line in said.split("\n") if line.strip() and not line.startswith("<!--")][:3]:
        found = frozenset(
            Happening(verb.lastgroup.rpartition("_")[0]) for verb in _verbs().finditer(line) if verb.lastgroup
        )
        if found:
            return found
    return frozenset()


def latest(events: Iterable[Event], *kinds: Happening) -> DateFact:
    """Return the latest dated event of the given kinds, or the unknown date."""
    found = [event for event in events if event.happenings.intersection(kinds)]
    if not found:
        return UNKNOWN_DATE
    event = max(found, key=lambda each: each.day)
    return DateFact(event.day, event.span)


def earliest(events: Iterable[Event], *kinds: Happening) -> DateFact:
    """Return the earliest dated event of the given kinds, or the unknown date."""
    found = [event for event in events if event.happenings.intersection(kinds)]
    if not found:
        return UNKNOWN_DATE
    event = min(found, key=lambda each: each.day)
    return DateFact(event.day, event.span)


@cache
def _self_names() -> str:
    names = sorted(zh_grammar()["self"]["names"], key=len, reverse=True)
    return "|".join(re.escape(name) for name in names)


@cache
def _commencement() -> re.Pattern[str]:
    return re.compile(
        rf"(?:{_self_names()})[^。；\n]{{0,12}}?(?:自|从|于|定于|由)[^\S\n]?"
        rf"(?:(?P<day>{DATE_ZH.pattern})|(?P<publication>(?:公布|发布|颁布|印发|公告)之日))"
        r"[^\S\n]?(?:起|开始)?[^\S\n]?(?:正式)?(?:施行|生效|实施|执行)"
    )


def read_commencement(
    text: str, articles: Sequence[tuple[int, int]], events: Sequence[Event], version: date | None
) -> DateFact:
    """Return when this version entered into force, with the words that state the date, or the unknown date.

    Args:
        text: the whole text.
        articles: spans of the articles, in order; the last one that states a commencement counts.
        events: the head's history.
        version: date of this version's text; a commencement before it belongs to an earlier version and is not used.
    """
    for start, end in reversed(articles):
        match = _commencement().search(text, start, end)
        if match is None:
            continue
        if match["publication"] is not None:
            published = latest(events, Happening.PUBLISHED)
            return published if _covers(published.value, version) else _commenced(events, version)
        stated = DATE_ZH.search(match["day"])
        day = read_date(stated) if stated is not None else None
        if day is not None and _covers(day, version):
            return DateFact(day, Span(match.start("day"), match.end("day")))
        return _commenced(events, version)
    return _commenced(events, version)


def _commenced(events: Sequence[Event], version: date | None) -> DateFact:
    stated = latest(events, Happening.COMMENCED)
    return stated if _covers(stated.value, version) else UNKNOWN_DATE


def _covers(day: date | None, version: date | None) -> bool:
    """Return whether a stated day can be about this version; without any version date it is the only one there is."""
    return day is not None and (version is None or day >= version)


def read_repeals(text: str, articles: Sequence[tuple[int, int]]) -> tuple[tuple[str, Span], ...]:
    """Return the titles this text says it repeals, each with the span of the title including its brackets.

    Only titles in the same sentence before the words of repeal count: "《甲条例》、《乙办法》同时废止".
    """
    found: dict[int, tuple[str, Span]] = {}
    for start, end in articles:
        sentence = start
        for repeal in _REPEAL.finditer(text, start, end):
            for stop in _SENTENCE_END.finditer(text, sentence, repeal.start()):
                sentence = stop.end()
            for title in _TITLE.finditer(text, sentence, repeal.start()):
                found[title.start()] = (title[1], Span(title.start(), title.end()))
            sentence = repeal.end()  # what stands before is said; each title is read once
    return tuple(found[key] for key in sorted(found))
