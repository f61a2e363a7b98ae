"""Adverse events in news: what is reported about whom, how far it has come, and when.

Patterns per language are data (event_patterns/). A trigger states an event only inside a sentence that asserts it: not
when it is negated, hypothetical or a rule's wording. The one it is about is the named party where the trigger's grammar
puts it: "X was fined", "fined X", "X sued Y" (Y), 对X处以罚款 (X). Without such a party there is no event.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from ingest.segment.sentences import sentences
from ingest.values_en import find as find_values_en
from ingest.values_zh import find as find_values_zh
from kb.errors import MissingPartError
from kb.model import Entity, Event, Stage, ValueType
from kb.names.chinese import company
from kb.names.fold import has_han
from kb.names.parse import ORGANIZATION, parse

LANGUAGES: Final = ("en", "zh")
_PARTIES: Final = frozenset({"ORG", "PERSON"})
_LONGEST: Final = 1_500  # characters of one sentence that are looked at; longer ones are tables or boilerplate
_CONTEXT: Final = 60  # characters before a trigger that may negate it
_FAR: Final = 220  # characters between a trigger and the one it is about
_PRONOUN_SHARE: Final = 0.9  # certainty left when the subject is named by a pronoun
_FAR_SHARE: Final = 0.85  # ... when other words stand between
_ORDER: Final = (Stage.ALLEGATION, Stage.INVESTIGATION, Stage.CHARGE, Stage.DECISION)
_CAPITALISED: Final = re.compile(r"[A-Z][\w&.'’-]{0,40}(?: (?:(?:of|and|de|the|for) )?[A-Z&][\w&.'’-]{0,40}){0,7}")


@dataclass(frozen=True, slots=True)
class _Trigger:
    type: str
    subject: str
    stage: Stage
    score: float
    pattern: re.Pattern[str]
    requires: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _Patterns:
    triggers: tuple[_Trigger, ...]
    hypothetical: re.Pattern[str]
    negated: re.Pattern[str]
    inside_negated: re.Pattern[str]
    conditional: re.Pattern[str]
    cleared: re.Pattern[str]
    pronoun: re.Pattern[str]
    authority: re.Pattern[str]
    author: re.Pattern[str]
    stages: tuple[tuple[Stage, re.Pattern[str]], ...]


@cache
def _patterns(language: str) -> _Patterns:
    source = resources.files("ingest") / "event_patterns" / f"{language}.toml"
    if not source.is_file():
        raise MissingPartError(
            f"the event patterns for '{language}' are absent", place=str(source), remedy="Reinstall duegraph."
        )
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    triggers = tuple(
        _Trigger(
            entry["type"],
            entry["subject"],
            Stage(entry["stage"]),
            float(entry["score"]),
            re.compile(entry["pattern"]),
            re.compile(entry["requires"]) if "requires" in entry else None,
        )
        for entry in data["trigger"]
    )
    stages = tuple((Stage(name), re.compile(pattern)) for name, pattern in data["stages"].items())
    single = {
        key: re.compile(data[key])
        for key in (
            "hypothetical",
            "negated",
            "inside_negated",
            "conditional",
            "cleared",
            "pronoun",
            "authority",
            "author",
        )
    }
    return _Patterns(triggers, **single, stages=stages)


def find_events(text: str, language: str, *, entities: Sequence[Entity]) -> tuple[Event, ...]:
    """Return the adverse events a text reports, in reading order, one per type and subject.

    Args:
        text: the article.
        language: "en" or "zh"; other languages give nothing, for their grammar is not known.
        entities: the named parties in the text ("ORG", "PERSON"), with offsets into ``text``; in English, capitalised
            words beside a trigger are taken as a name where no entity is there.
    """
    if language not in LANGUAGES:
        return ()
    patterns = _patterns(language)
    parties = sorted((e for e in entities if _may_be_subject(e, text, patterns)), key=lambda e: e.start)
    starts = [e.start for e in parties]
    found: list[Event] = []
    last: Entity | None = None
    for start, end in sentences(text, 0, len(text), language):
        inside = parties[bisect_left(starts, start) : bisect_left(starts, end)]
        sentence = text[start : min(end, start + _LONGEST)]
        found.extend(_in_sentence(sentence, start, inside, last, patterns, language))
        if inside:
            last = next((e for e in inside if e.type == "ORG"), last) or inside[0]
    return _distinct(found)


def _may_be_subject(entity: Entity, text: str, patterns: _Patterns) -> bool:
    """Say whether a named party may be the one an event is about: no court, regulator, newspaper or reporter."""
    if entity.type not in _PARTIES or patterns.authority.search(entity.text) is not None:
        return False
    return patterns.author.search(text[max(0, entity.start - 20) : entity.start]) is None


def _in_sentence(
    sentence: str, offset: int, parties: Sequence[Entity], last: Entity | None, patterns: _Patterns, language: str
) -> list[Event]:
    found: list[Event] = []
    if patterns.conditional.search(sentence) is not None:
        return found
    for trigger in patterns.triggers:
        for match in trigger.pattern.finditer(sentence):
            if trigger.requires is not None and trigger.requires.search(sentence) is None:
                continue
            if patterns.inside_negated.search(match.group()) is not None:
                continue
            before = _clause_before(sentence, match.start(), language)
            if patterns.hypothetical.search(before) is not None or patterns.negated.search(before) is not None:
                continue
            subject = _subject(trigger, match, sentence, offset, parties, last, patterns, language)
            if subject is None:
                continue
            party, certainty = subject
            found.append(
                Event(
                    type=trigger.type,
                    subject=party.text,
                    stage=_stage(trigger, match, sentence, patterns),
                    date=_date(sentence, match.start(), language),
                    start=offset + match.start(),
                    end=offset + match.end(),
                    score=round(trigger.score * certainty, 4),
                    subject_start=party.start,
                    subject_end=party.end,
                )
            )
    return found


def _clause_before(sentence: str, position: int, language: str) -> str:
    before = sentence[max(0, position - _CONTEXT) : position]
    marks = "，；：。" if language == "zh" else ";:—"
    cut = max(before.rfind(mark) for mark in marks)
    return before[cut + 1 :]


def _subject(
    trigger: _Trigger,
    match: re.Match[str],
    sentence: str,
    offset: int,
    parties: Sequence[Entity],
    last: Entity | None,
    patterns: _Patterns,
    language: str,
) -> tuple[Entity, float] | None:
    if trigger.subject == "inside":
        return _inside(match, offset, parties, last, patterns)
    if trigger.subject == "after":
        return _after(match.end(), sentence, offset, parties, last, patterns, language)
    return _before(match.start(), sentence, offset, parties, last, patterns, language)


def _inside(
    match: re.Match[str], offset: int, parties: Sequence[Entity], last: Entity | None, patterns: _Patterns
) -> tuple[Entity, float] | None:
    for name, words in match.groupdict().items():
        if words is None:
            continue
        start, end = offset + match.start(name), offset + match.end(name)
        named = [e for e in parties if e.start < end and e.end > start]
        if named:
            return named[0], 1.0
        if last is not None and patterns.pronoun.search(words) is not None:
            return last, _PRONOUN_SHARE
    return None


def _after(
    position: int,
    sentence: str,
    offset: int,
    parties: Sequence[Entity],
    last: Entity | None,
    patterns: _Patterns,
    language: str,
) -> tuple[Entity, float] | None:
    named = next((e for e in parties if e.end > offset + position and e.start >= offset + position - 1), None)
    gap = named.start - offset - position if named is not None else _FAR
    between = sentence[position : position + gap]
    if named is not None and gap < _FAR and not re.search(r"[;。；]", between):
        return named, 1.0 if gap <= 12 else _FAR_SHARE
    if language == "en":
        capital = _CAPITALISED.search(sentence, position, min(position + 40, len(sentence)))
        if capital is not None and named is None:
            name = _CAPITALISED.match(sentence, capital.start()) or capital
            if _is_name(name, patterns):
                return _made(name, offset), _FAR_SHARE
    told = patterns.pronoun.search(sentence, position, min(position + 24, len(sentence)))
    if told is not None and last is not None:
        return last, _PRONOUN_SHARE
    return None


def _before(
    position: int,
    sentence: str,
    offset: int,
    parties: Sequence[Entity],
    last: Entity | None,
    patterns: _Patterns,
    language: str,
) -> tuple[Entity, float] | None:
    named = [e for e in parties if e.end <= offset + position and offset + position - e.end < _FAR]
    told = list(patterns.pronoun.finditer(sentence, max(0, position - _FAR), position))
    if named:
        near = _grammatical(named, sentence, offset)
        # "The agency said the company was fined": the nearer "the company" is meant, and stands for an earlier name.
        if told and offset + told[-1].start() > near.end and last is not None and language == "en":
            return last, _PRONOUN_SHARE
        gap = offset + position - near.end
        return near, 1.0 if gap <= 30 else _FAR_SHARE
    if told and last is not None:
        return last, _PRONOUN_SHARE
    if language == "en":
        names = list(_CAPITALISED.finditer(sentence, max(0, position - 80), position))
        if names and position - names[-1].end() <= 25 and _is_name(names[-1], patterns):
            return _made(names[-1], offset), _FAR_SHARE
    return None


_APART: Final = re.compile(
    r"(?i)(?:\b(?:by|said|told|according to|from|of|with|for|in|at|to|via)\s+(?:the\s+)?$)"
    r"|(?:(?:经|由|被|向|与|和|据|在)$)"  # via, by, by, to, with, and, according to, at
)


def _grammatical(named: Sequence[Entity], sentence: str, offset: int) -> Entity:
    """Return the party a predicate behind them belongs to: the nearest that does not hang on a preposition."""
    for party in reversed(named):
        lead = sentence[max(0, party.start - offset - 24) : party.start - offset]
        if _APART.search(lead) is None:
            return party
    return named[-1]


def _is_name(match: re.Match[str], patterns: _Patterns) -> bool:
    """Say whether capitalised words are likely a name: two or more of them, and no authority's."""
    return " " in match.group() and patterns.authority.search(match.group()) is None


def _made(match: re.Match[str], offset: int) -> Entity:
    return Entity(
        "ORG",
        match.group().rstrip(".,'’"),
        offset + match.start(),
        offset + match.start() + len(match.group().rstrip(".,'’")),
    )


def _stage(trigger: _Trigger, match: re.Match[str], sentence: str, patterns: _Patterns) -> Stage:
    """Return how far the matter has come, by the words of the sentence around the trigger."""
    if trigger.stage is Stage.CLEARED or patterns.cleared.search(sentence) is not None:
        return Stage.CLEARED
    around = sentence[max(0, match.start() - 80) : match.end() + 80]
    stated = next((stage for stage, pattern in patterns.stages if pattern.search(around) is not None), None)
    if stated is None or _ORDER.index(stated) < _ORDER.index(trigger.stage):
        return trigger.stage
    return stated


def _date(sentence: str, position: int, language: str) -> date | None:
    """Return the full date nearest to a trigger in its sentence."""
    values = (find_values_zh if language == "zh" else find_values_en)(sentence)
    dated = [
        v for v in values if v.type == ValueType.DATE and v.value is not None and len(v.value) == len("2026-01-01")
    ]
    if not dated:
        return None
    nearest = min(dated, key=lambda v: min(abs(v.start - position), abs(v.end - position)))
    return date.fromisoformat(nearest.value) if nearest.value is not None else None


def _distinct(events: list[Event]) -> tuple[Event, ...]:
    """Keep one event per type and subject: the surest, with the date and the furthest stage any of them states."""
    kept: dict[tuple[str, str], Event] = {}
    for event in events:
        key = (event.type, _name_key(event.subject or ""))
        known = kept.get(key)
        if known is None:
            kept[key] = event
            continue
        better = (event.date is not None, event.score) > (known.date is not None, known.score)
        chosen, other = (event, known) if better else (known, event)
        kept[key] = replace(chosen, stage=_further(chosen.stage, other.stage))
    return tuple(sorted(kept.values(), key=lambda e: (e.start, e.type)))


def _further(left: Stage | None, right: Stage | None) -> Stage | None:
    if Stage.CLEARED in {left, right}:
        return Stage.CLEARED
    known = [stage for stage in (left, right) if stage is not None]
    return max(known, key=_ORDER.index) if known else None


def _name_key(name: str) -> str:
    """Return what the short and the full form of one name share."""
    if has_han(name):
        return company(name).core
    return "".join(word.text for word in parse(name, ORGANIZATION).words if word.role != "particle")
