"""Takes a folded name apart: words with their weight, titles, legal forms, places, numbers, initials."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from kb.names import tables
from kb.names.fold import clean, distance_of, fold, has_han, is_abjad, words_of
from kb.names.romanize import syllables
from kb.names.tokens import EXACT_SOUNDS

PERSON: Final = "person"
ORGANIZATION: Final = "organization"

# Weights of words, 0 to 1: how much it says about who is meant.
PARTICLE_WEIGHT: Final = 0.12
LIGHT_WEIGHT: Final = 0.3
GENERIC_WEIGHT: Final = 0.3
NUMBER_WEIGHT: Final = 0.35
INITIAL_WEIGHT: Final = 0.3
COUNTRY_WEIGHT: Final = 0.5
# Names behind data/frequency.csv, for turning a count into a share.
_COUNTED: Final = 15_000.0
_FLOOR: Final = 0.4
_SYLLABLE_WEIGHT: Final = 0.65
_FORM_WORDS: Final = 8  # the longest form in forms.toml, in words

_DOTTED: Final = re.compile(r"\b(?:[a-z]\.\s?){2,}(?:[a-z]\b)?")
_COMMA_NAME: Final = re.compile(r"^\s*([^,]{1,80}),\s*([^,]{1,120})$")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name.

    Attributes:
        text: folded.
        weight: 0-1, how much it says about who is meant.
        role: "name", "particle", "light", "generic", "number", "country" or "initial".
    """

    text: str
    weight: float
    role: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A name taken apart.

    Attributes:
        raw: as given.
        kind: the kind it was parsed as.
        forms: classes of its legal forms.
        countries: ISO codes of the countries its words name.
        numbers: numbers in it, in order.
        joined: all words but titles and forms, without spaces.
        han: the name contains Chinese characters.
        abjad: it is written without vowels.
        distant: 1 when it was romanised from the Unicode names of its letters (Kana, Indic scripts), 2 from Hangul,
            else 0.
        marked: it shows by itself that it is an organisation's.
    """

    raw: str
    kind: str
    words: tuple[Word, ...]
    forms: frozenset[str]
    countries: frozenset[str]
    numbers: tuple[str, ...]
    joined: str
    han: bool
    abjad: bool
    marked: bool
    distant: int = 0


@cache
def _forms() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for group, entry in tables.toml("forms.toml").items():
        for form in entry["forms"]:
            for words in (tuple(words_of(fold(form))), tuple(words_of(fold(form).replace(".", "")))):
                if words:
                    found.setdefault(words, group)
    return found


@cache
def _form_edges() -> tuple[frozenset[str], frozenset[str]]:
    """Return the first and the last words of legal forms."""
    return frozenset(form[0] for form in _forms()), frozenset(form[-1] for form in _forms())


@cache
def _countries() -> dict[tuple[str, ...], str]:
    places = tables.toml("places.toml")["countries"]
    return {tuple(name.split()): code for code, names in places.items() for name in names}


@cache
def _number_words() -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    numbers = tables.toml("words.toml")["numbers"]
    return numbers["words"], numbers["tens"], numbers["roman"]


@cache
def _telling() -> frozenset[str]:
    """Return the words that may show an organisation: markers, and the words of legal forms."""
    return tables.words("organization", "markers") | frozenset(word for form in _forms() for word in form)


@lru_cache(maxsize=100_000)
def is_marked(text: str) -> bool:
    """Say whether a name shows by itself that it is an organisation's."""
    words = words_of(fold(text).replace(".", ""))
    if len(words) > 1 and _telling().isdisjoint(words):
        return False
    return parse(text, ORGANIZATION).marked


def kind_of(text: str) -> str | None:
    """Return the kind a name shows by itself: "organization" by its words, None when it could be anyone's."""
    return ORGANIZATION if is_marked(text) else None


_NATIVE_WORD: Final = re.compile(r"[^\s\-.,;/()&·・،؛]+")


@cache
def _native_scripts() -> frozenset[str]:
    return frozenset(tables.toml("scripts.toml")["native"]["scripts"])


@lru_cache(maxsize=50_000)
def script_of(text: str) -> str | None:
    """Return the non-Latin script a whole name is in, where romanising it would blur its letters; else None."""
    if text.isascii():
        return None
    found = {unicodedata.name(c, "").split(" ", 1)[0] for c in text if c.isalpha()}
    return next(iter(found)) if len(found) == 1 and not found.isdisjoint(_native_scripts()) else None


@lru_cache(maxsize=20_000)
def parse_native(text: str) -> Parsed:
    """Take a person's name apart in its own script, for comparing it with another name in that script."""
    parts = _NATIVE_WORD.findall(clean(text))
    words = tuple(Word(part, 1.0, "name") for part in parts)
    return Parsed(
        text, PERSON, words, frozenset(), frozenset(), (), "".join(parts), han=False, abjad=False, marked=False
    )


@lru_cache(maxsize=50_000)
def parse(text: str, kind: str) -> Parsed:
    """Take a name apart as a person's or an organisation's."""
    folded = fold(text)
    return _organization(text, folded) if kind == ORGANIZATION else _person(text, folded)


def _person(text: str, folded: str) -> Parsed:
    turned = _COMMA_NAME.match(folded)
    family: frozenset[str] = frozenset()
    if turned is not None:
        family = frozenset(words_of(turned.group(1)))
        folded = f"{turned.group(2)} {turned.group(1)}"
    titles, light = tables.words("person", "titles"), tables.words("person", "light")
    particles = tables.words("person", "particles")
    parts = words_of(folded)
    kept = [word for word in parts if word not in titles] or parts
    while len(kept) > 1 and kept[-1] in _corporate_tail():  # "Nicolás Maduro LLC": a form put behind a person's name
        kept = kept[:-1]
    words: list[Word] = []
    for place, part in enumerate(kept):
        if part in particles and len(kept) > 1 and not (place == 0 and part in _GIVEN_TOO):
            words.append(Word(part, PARTICLE_WEIGHT, "particle"))
        elif len(part) == 1:
            words.append(Word(part, INITIAL_WEIGHT, "initial"))
        elif part in light and len(kept) > 1 and not family & {part} - particles:
            words.append(Word(part, LIGHT_WEIGHT, "light"))
        else:
            words.append(Word(part, _rarity(part, people=True), "name"))
    distance = distance_of(text)
    if distance == EXACT_SOUNDS:  # Korean names are made of few syllables, as Chinese ones are
        words = [Word(w.text, min(w.weight, _SYLLABLE_WEIGHT), w.role) for w in words]
    if words and all(word.weight <= INITIAL_WEIGHT for word in words):
        words = [Word(word.text, 1.0 if word.role != "initial" else INITIAL_WEIGHT, "name") for word in words]
    return Parsed(
        text,
        PERSON,
        tuple(words),
        frozenset(),
        frozenset(),
        (),
        "".join(kept),
        has_han(clean(text)),
        is_abjad(text),
        marked=False,
        distant=distance,
    )


_GIVEN_TOO: Final = frozenset({"ben", "an", "van", "st", "san", "bar", "den", "e", "i", "o", "y", "mac", "na", "da"})


@cache
def _corporate_tail() -> frozenset[str]:
    return frozenset({"llc", "ltd", "inc", "plc", "gmbh", "ooo", "corp"})


def _organization(text: str, folded: str) -> Parsed:
    folded = (
        _DOTTED.sub(lambda m: m.group().replace(".", "").replace(" ", "") + " ", folded)
        .replace(".", " ")
        .replace("&", " and ")
    )
    parts = words_of(folded)
    body, forms = _split_forms(parts)
    rest, countries = _split_countries(body)
    ignored, generic = tables.words("organization", "ignored"), tables.words("organization", "generic")
    words: list[Word] = []
    numbers: list[str] = []
    for part, code in _numbered(rest):
        if code is not None:
            words.append(Word(part, COUNTRY_WEIGHT, "country"))
        elif part.isdigit():
            numbers.append(part)
            words.append(Word(part, NUMBER_WEIGHT, "number"))
        elif part in ignored and len(rest) > 1:
            words.append(Word(part, PARTICLE_WEIGHT, "particle"))
        elif part in generic:
            words.append(Word(part, GENERIC_WEIGHT, "generic"))
        else:
            words.append(Word(part, _rarity(part, people=False), "name"))
    markers = tables.words("organization", "markers")
    marked = bool(forms) or any(part in markers for part, _ in rest)
    joined = "".join(word.text for word in words)
    return Parsed(
        text,
        ORGANIZATION,
        tuple(words),
        forms,
        countries,
        tuple(numbers),
        joined,
        has_han(clean(text)),
        is_abjad(text),
        marked,
    )


def _split_forms(parts: list[str]) -> tuple[list[str], frozenset[str]]:
    """Take legal forms from both ends of a name (and none from the middle, where they are words)."""
    known = _forms()
    first, last = _form_edges()
    found: set[str] = set()
    rest = parts
    changed = True
    while changed and len(rest) > 1:
        changed = False
        if rest[-1] not in last and rest[0] not in first:
            break
        for size in range(min(_FORM_WORDS, len(rest) - 1), 0, -1):
            group = known.get(tuple(rest[-size:])) if rest[-1] in last else None
            if group is not None:
                found.add(group)
                rest = rest[:-size]
                changed = True
                break
            group = known.get(tuple(rest[:size])) if rest[0] in first else None
            if group is not None and _leads(tuple(rest[:size])):
                found.add(group)
                rest = rest[size:]
                changed = True
                break
    if len(rest) == 1 and len(parts) > 1 and rest[0] in {"co", "and"}:
        return parts, frozenset()
    while len(rest) > 1 and rest[-1] in {"co", "and"}:
        rest = rest[:-1]
    if len(rest) == 1 and not found:
        rest = _glued_form(rest[0], found) or rest
    return rest, frozenset(found)


def _leads(words: tuple[str, ...]) -> bool:
    """Say whether a form may stand in front; short Latin forms there are more often the name ("AS Roma", "SE Asia")."""
    return len(words) > 1 or len(words[0]) >= 3


def _glued_form(word: str, found: set[str]) -> list[str] | None:
    for tail, group in (
        ("gmbh", "limited"),
        ("ag", "stock"),
        ("llc", "limited"),
        ("ltd", "limited"),
        ("inc", "corporation"),
    ):
        if word.endswith(tail) and len(word) - len(tail) >= 5:
            found.add(group)
            return [word[: -len(tail)]]
    return None


def _split_countries(parts: list[str]) -> tuple[list[tuple[str, str | None]], frozenset[str]]:
    known = _countries()
    tagged: list[tuple[str, str | None]] = []
    codes: set[str] = set()
    place = 0
    while place < len(parts):
        for size in (3, 2, 1):
            code = known.get(tuple(parts[place : place + size])) if place + size <= len(parts) else None
            if code is not None and (size > 1 or len(parts) > 1):
                codes.add(code)
                tagged.append((code, code))  # the code stands for every spelling of the country
                place += size
                break
        else:
            tagged.append((parts[place], None))
            place += 1
    return tagged, frozenset(codes)


def _numbered(parts: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """Write number words, ordinals and Roman numerals as digits."""
    ones, tens, roman = _number_words()
    found: list[tuple[str, str | None]] = []
    place = 0
    while place < len(parts):
        part, code = parts[place]
        following = parts[place + 1][0] if place + 1 < len(parts) else ""
        if code is None and part in tens:
            unit = ones.get(following, int(following) if following.isdigit() and len(following) == 1 else 0)
            if 0 < unit < 10:
                place += 1
            else:
                unit = 0
            found.append((str(tens[part] + unit), None))
        elif code is None and part in ones:
            found.append((str(ones[part]), None))
        elif code is None and part in roman and place > 0:
            found.append((str(roman[part]), None))
        else:
            found.append((part, code))
        place += 1
    return found


@lru_cache(maxsize=100_000)
def _rarity(word: str, *, people: bool) -> float:
    """Return how telling a word is: 1 for one no listed name has, falling with the logarithm of its share."""
    count = tables.frequencies()[0 if people else 1].get(word, 0)
    weight = 1.0 - (1.0 - _FLOOR) * min(1.0, math.log1p(count) / math.log1p(_COUNTED / 30))
    if people and word in syllables():  # a few hundred syllables make all Chinese names
        weight = min(weight, _SYLLABLE_WEIGHT)
    if len(word) <= 2:
        weight *= 0.8
    return max(weight, _FLOOR * 0.8)
