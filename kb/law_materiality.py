"""What a change of law is about: a penalty, an amount, a deadline, a duty, or only its wording."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from kb.errors import MissingPartError
from kb.law_change import Materiality
from kb.law_text import wording_key

_EVIDENCE_CAP: Final = 12
"""Deciding words kept per change."""
_WORDS: Final = (Materiality.PENALTY, Materiality.PROHIBITION, Materiality.DUTY, Materiality.PERMISSION)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    words: dict[Materiality, re.Pattern[str]]
    patterns: dict[str, re.Pattern[str]]


@cache
def _lexicon() -> _Lexicon:
    try:
        raw: dict[str, Any] = tomllib.loads(files("kb").joinpath("law_materiality.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise MissingPartError(
            f"the grading words for changes of law cannot be read: {error}", remedy="Reinstall duegraph."
        ) from error
    words: dict[Materiality, re.Pattern[str]] = {}
    for kind in _WORDS:
        chinese = sorted(raw[kind.value]["zh"], key=len, reverse=True)
        english = sorted(raw[kind.value]["en"], key=len, reverse=True)
        listed = "|".join([*map(re.escape, chinese), rf"\b(?:{'|'.join(map(re.escape, english))})\b"])
        words[kind] = re.compile(listed, re.IGNORECASE)
    return _Lexicon(words, {name: re.compile(pattern) for name, pattern in raw["patterns"].items()})


@dataclass(frozen=True, slots=True)
class _Content:
    """The parts of a text that decide materiality, each with how often it occurs."""

    found: dict[Materiality, Counter[str]]
    without_references: str


def _content(canonical: str) -> _Content:
    lexicon = _lexicon()
    patterns = lexicon.patterns
    plain = patterns["reference"].sub("§", canonical)
    found: dict[Materiality, Counter[str]] = {kind: Counter() for kind in Materiality}
    found[Materiality.REFERENCE] = Counter(patterns["reference"].findall(canonical))
    for sentence in patterns["sentence"].split(plain):
        _read_sentence(sentence, found, lexicon)
    return _Content(found, wording_key(plain))


def _read_sentence(sentence: str, found: dict[Materiality, Counter[str]], lexicon: _Lexicon) -> None:
    patterns = lexicon.patterns
    penalties = lexicon.words[Materiality.PENALTY].findall(sentence)
    found[Materiality.PENALTY].update(penalties)
    rest, dates = patterns["date"].subn(" ", sentence)
    if dates:
        found[Materiality.NUMBER].update(patterns["date"].findall(sentence))
    for pattern, kind in (
        ("amount", Materiality.AMOUNT),
        ("deadline", Materiality.DEADLINE),
        ("number", Materiality.NUMBER),
    ):
        values = [" ".join(value.split()).strip() for value in patterns[pattern].findall(rest)]
        # the amount of a fine and the length of a sentence are the penalty itself
        heavier = Materiality.PENALTY if penalties and pattern != "number" else kind
        found[heavier].update(values)
        rest = patterns[pattern].sub(" ", rest)
    rest = sentence
    for kind in (Materiality.PROHIBITION, Materiality.DUTY, Materiality.PERMISSION):
        found[kind].update(word.casefold() for word in lexicon.words[kind].findall(rest))
        rest = lexicon.words[kind].sub(" ", rest)  # "shall not" is no duty


def grade_change(before: str, after: str) -> tuple[Materiality, tuple[str, ...]]:
    """Return what a change from one canonical text to another is about, and the words that decided it."""
    if before == after:
        return Materiality.NONE, ()
    if wording_key(before) == wording_key(after):
        return Materiality.EDITORIAL, ()
    old, new = _content(before), _content(after)
    if old.without_references == new.without_references:
        return Materiality.REFERENCE, _difference(old.found[Materiality.REFERENCE], new.found[Materiality.REFERENCE])
    for kind in _HEAVIEST_FIRST:
        changed = _difference(old.found[kind], new.found[kind])
        if changed:
            return kind, changed
    return Materiality.WORDING, ()


def grade_text(canonical: str) -> tuple[Materiality, tuple[str, ...]]:
    """Return what a provision that comes or goes as a whole is about, and the words that decided it."""
    content = _content(canonical)
    for kind in _HEAVIEST_FIRST:
        if kind is Materiality.NUMBER:
            continue
        if content.found[kind]:
            return kind, tuple(content.found[kind])[:_EVIDENCE_CAP]
    return Materiality.WORDING, ()


_HEAVIEST_FIRST: Final = (
    Materiality.PENALTY,
    Materiality.AMOUNT,
    Materiality.DEADLINE,
    Materiality.PROHIBITION,
    Materiality.DUTY,
    Materiality.PERMISSION,
    Materiality.NUMBER,
)


def _difference(old: Counter[str], new: Counter[str]) -> tuple[str, ...]:
    return (*(old - new), *(new - old))[:_EVIDENCE_CAP]
