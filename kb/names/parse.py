"""Takes a folded name apart: words with their weight, titles, legal forms, places, numbers, initials."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cache, lru_cache
from typing import Final, NamedTuple

from kb.names import tables
from kb.names.fold import clean, distance_of, fold, has_han, is_abjad, words_of
from kb.names.romanize import syllables
from kb.names.tokens import EXACT_SOUNDS, bare, undigit

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
_FORM_WORDS: Final = 8  # the longest form in forms.toml, in words
_MIN_FORM_WORD: Final = 5  # letters a legal form's word has at least for a slip in it to be told from another word
_MIN_SHORT_FORM: Final = 4  # the same for one written without vowels

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
def _form_spellings() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return words of legal forms, those words with one letter left out, and without their vowels."""
    plain = tables.words("organization", "form_words")
    long = {word for word in plain if len(word) >= _MIN_FORM_WORD}
    cut = {word[:k] + word[k + 1 :] for word in long for k in range(len(word))}
    return plain, frozenset(cut | long), frozenset(bare(word) for word in long)


@lru_cache(maxsize=100_000)
def is_form_word(word: str) -> bool:
    """Say whether a word is one of a legal form, or is one but for a slip ("likited", "lmtd", "corporatino").

    A slip is one letter more, less, other or exchanged with its neighbour; words of the language are no slips.
    """
    plain, cut, vowelless = _form_spellings()
    if word in plain:
        return True
    if len(word) < _MIN_SHORT_FORM or word in tables.english() or word in tables.frequencies()[1]:
        return False
    if word in vowelless:
        return True
    if len(word) < _MIN_FORM_WORD:
        return False
    word = undigit(word)
    return word in cut or any(word[:k] + word[k + 1 :] in cut for k in range(len(word)))


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
    body, forms = _split_forms(parts)
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
    glued = _glued_form(rest[-1], found, alone=len(rest) == 1) if rest else None
    return (rest if glued is None else [*rest[:-1], glued]), frozenset(found)


def _leads(words: tuple[str, ...]) -> bool:
    """Say whether a form may stand in front; short Latin forms there are more often the name ("AS Roma", "SE Asia")."""
    return len(words) > 1 or len(words[0]) >= 3


def _glued_form(word: str, found: set[str], *, alone: bool) -> str | None:
    """Take a legal form off the word it is written together with; short ones only where no other word is."""
    for tail, group, unmistakable in _GLUED:
        if word.endswith(tail) and len(word) - len(tail) >= (_MIN_GLUED if unmistakable else _MIN_GLUED_SHORT):
            if not unmistakable and (found or not alone):
                continue
            if group:
                found.add(group)
            return word[: -len(tail)]
    return None


_MIN_GLUED: Final = 4
_MIN_GLUED_SHORT: Final = 5
_GLUED: Final = (
    ("limited", "limited", True),
    ("corporation", "corporation", True),
    ("company", "", True),
    ("gmbh", "limited", True),
    ("ag", "stock", False),
    ("llc", "limited", False),
    ("ltd", "limited", False),
    ("inc", "corporation", False),
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
