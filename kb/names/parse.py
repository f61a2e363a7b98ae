"""Takes a folded name apart: words with their weight, titles, legal forms, places, numbers, initials."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cache, lru_cache
from typing import Final, NamedTuple

from kb.names import tables
from kb.names.fold import clean, distance_of, fold, has_han, is_abjad, words_of
from kb.names.forms import forms as known_forms
from kb.names.forms import is_form_word, split_forms
from kb.names.romanize import syllables
from kb.names.tokens import EXACT_SOUNDS

PERSON: Final = "person"
ORGANIZATION: Final = "organization"

# Weights of words, 0 to 1: how much it says about who is meant.
PARTICLE_WEIGHT: Final = 0.12
LIGHT_WEIGHT: Final = 0.3
GENERIC_WEIGHT: Final = 0.3
FORM_WORD_WEIGHT: Final = 0.15  # a word of a legal form that is not written as the form is
LETTER_WEIGHT: Final = 0.45  # a single letter in an organisation's name
NUMBER_WEIGHT: Final = 0.35
INITIAL_WEIGHT: Final = 0.3
COUNTRY_WEIGHT: Final = 0.5
# Names behind data/frequency.csv, for turning a count into a share.
_COUNTED: Final = 15_000.0
_FLOOR: Final = 0.4
_SYLLABLE_WEIGHT: Final = 0.65

_DOTTED: Final = re.compile(r"\b(?:[a-z]\.\s?){2,}(?:[a-z]\b)?|\b[a-z]\.[a-z]\b")
_COMMA_NAME: Final = re.compile(r"^\s*([^,]{1,80}),\s*([^,]{1,120})$")


class Word(NamedTuple):  # a tuple is made in a third of a frozen dataclass's time, and a name makes several
    """One word of a name.

    Attributes:
        text: folded.
        weight: 0-1, how much it says about who is meant.
        role: "name", "particle", "light", "generic", "number", "country" or "initial".
        said: the word as written, where ``text`` is what it stands for (a country's code, a number's digits); else "".
    """

    text: str
    weight: float
    role: str
    said: str = ""


class Parsed(NamedTuple):
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
        body: it was to be parsed as a person's name and ends in a legal form.
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
    body: bool = False


@cache
def _countries() -> tuple[dict[tuple[str, ...], str], frozenset[str]]:
    """Return the code of each country by the words that name it, and the first of those words."""
    places = tables.toml("places.toml")["countries"]
    found = {tuple(name.split()): code for code, names in places.items() for name in names}
    return found, frozenset(words[0] for words in found)


@cache
def _number_words() -> tuple[dict[str, int], dict[str, int], dict[str, int], frozenset[str]]:
    numbers = tables.toml("words.toml")["numbers"]
    ones, tens, roman = numbers["words"], numbers["tens"], numbers["roman"]
    return ones, tens, roman, frozenset((*ones, *tens, *roman))


@cache
def _addresses() -> tuple[str, ...]:
    """Return what is written before an organisation's name to address it."""
    return tuple(f"{address} " for address in tables.toml("words.toml")["organization"]["addresses"])


def _undotted(found: re.Match[str]) -> str:
    return found.group().replace(".", "").replace(" ", "") + " "


@cache
def _telling() -> frozenset[str]:
    """Return the words that may show an organisation: markers, and the words of legal forms."""
    return tables.words("organization", "markers") | frozenset(word for form in known_forms() for word in form)


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
    titles, light, particles, corporate, markers = _person_words()
    parts = words_of(folded)
    kept = parts if titles.isdisjoint(parts) else _without_titles(parts, titles, family)
    whole = len(kept)
    while len(kept) > 1 and kept[-1] in corporate:  # "Nicolás Maduro LLC": a form put behind a person's name
        kept = kept[:-1]
    body = len(kept) < whole or any(map(str.isdigit, kept)) or not markers.isdisjoint(kept[-1:])
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
        not text.isascii() and has_han(clean(text)),
        is_abjad(text),
        marked=False,
        distant=distance,
        body=body,
    )


_GIVEN_TOO: Final = frozenset({"ben", "an", "van", "st", "san", "bar", "den", "e", "i", "o", "y", "mac", "na", "da"})


@cache
def _person_words() -> tuple[frozenset[str], ...]:
    own = (tables.words("person", key) for key in ("titles", "light", "particles", "corporate"))
    return (*own, tables.words("organization", "markers"))


def _without_titles(parts: list[str], titles: frozenset[str], family: frozenset[str]) -> list[str]:
    """Take titles off; what stands alone behind a family name ("EBRAHIMI, Ayatollah") is a given name."""
    kept = [word for word in parts if word not in titles]
    if not kept or (family and family.issuperset(kept)):
        return parts
    return kept


def _organization(text: str, folded: str) -> Parsed:
    if folded.startswith(_addresses()):
        folded = folded[max(len(address) for address in _addresses() if folded.startswith(address)) :]
    if "." in folded:
        folded = _DOTTED.sub(_undotted, folded).replace(".", " ")
    parts = words_of(folded.replace("&", " and "))
    body, forms = split_forms(parts)
    rest, countries = _split_countries(body)
    ignored, generic = tables.words("organization", "ignored"), tables.words("organization", "generic")
    words: list[Word] = []
    numbers: list[str] = []
    for part, said, country in _numbered(rest):
        if country:
            words.append(Word(part, COUNTRY_WEIGHT, "country", said))
        elif part.isdigit():
            numbers.append(part)
            words.append(Word(part, NUMBER_WEIGHT, "number", said))
        elif part in ignored and len(rest) > 1:
            words.append(Word(part, PARTICLE_WEIGHT, "particle"))
        elif part in generic:
            words.append(Word(part, GENERIC_WEIGHT, "generic"))
        elif len(part) == 1:
            words.append(Word(part, LETTER_WEIGHT, "initial"))
        elif len(rest) > 1 and is_form_word(part):
            words.append(Word(part, FORM_WORD_WEIGHT, "generic"))
        else:
            words.append(Word(part, _rarity(part, people=False), "name"))
    markers = tables.words("organization", "markers")
    marked = bool(forms) or any(part in markers for part, _, _ in rest)
    joined = "".join(word.text for word in words)
    return Parsed(
        text,
        ORGANIZATION,
        tuple(words),
        forms,
        countries,
        tuple(numbers),
        joined,
        not text.isascii() and has_han(clean(text)),
        is_abjad(text),
        marked,
    )


_Tagged = tuple[str, str, bool]  # what a word stands for, the word as written ("" if the same), and is it a country


def _split_countries(parts: list[str]) -> tuple[list[_Tagged], frozenset[str]]:
    known, first = _countries()
    if first.isdisjoint(parts):
        return [(part, "", False) for part in parts], frozenset()
    tagged: list[_Tagged] = []
    codes: set[str] = set()
    place = 0
    while place < len(parts):
        for size in (3, 2, 1) if parts[place] in first else ():
            code = known.get(tuple(parts[place : place + size])) if place + size <= len(parts) else None
            if code is not None and (size > 1 or len(parts) > 1):
                codes.add(code)
                tagged.append((code, "".join(parts[place : place + size]), True))  # for every spelling of the country
                place += size
                break
        else:
            tagged.append((parts[place], "", False))
            place += 1
    return tagged, frozenset(codes)


def _numbered(parts: list[_Tagged]) -> list[_Tagged]:
    """Write number words, ordinals and Roman numerals as digits."""
    ones, tens, roman, all_words = _number_words()
    if all_words.isdisjoint([part for part, _, _ in parts]):
        return parts
    found: list[_Tagged] = []
    place = 0
    while place < len(parts):
        part, said, country = parts[place]
        following = parts[place + 1][0] if place + 1 < len(parts) else ""
        if country:
            found.append((part, said, country))
        elif part in tens:
            unit = ones.get(following, int(following) if following.isdigit() and len(following) == 1 else 0)
            if 0 < unit < 10:
                place += 1
            else:
                unit = 0
            found.append((str(tens[part] + unit), part, False))
        elif part in ones:
            found.append((str(ones[part]), part, False))
        elif part in roman and place > 0:
            found.append((str(roman[part]), part, False))
        else:
            found.append((part, said, country))
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
