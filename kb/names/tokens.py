"""How alike two words of a name are: spelling, sound, skeleton, variant."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from operator import itemgetter
from typing import Final

from rapidfuzz.distance import OSA

from kb.names import tables

SOUND_SHARE: Final = 0.96  # agreement by sound is worth a little less than by letter
SKELETON: Final = 0.84  # same consonants in order: dropped or changed vowels
VARIANT: Final = 0.95  # another form of the same given name, or a word of the same meaning
TRANSLATED: Final = 0.82  # forms of one name that are spelled far apart (Joseph, Yusuf): the same person less often
_VARIANT_EDITS: Final = 0.4  # share of letters that may differ between close variants
DIFFERENT: Final = 0.3  # both are known given names, and not forms of one (Mohamed, Ahmed; Andrei, Alexei)
DISTANT: Final = 0.87  # agreement short of equality between scripts that render each other loosely
EXACT_SOUNDS: Final = 2  # Hangul: its romanisation is regular, and short syllables differ in one sound
ABJAD: Final = 0.86  # the consonants agree and one side writes no vowels
ABJAD_SHORT: Final = 0.72  # the same with one or two consonants, which many names share
_ABJAD_NEAR: Final = 0.88  # consonants that agree for the most part, per share of them
VOWELLESS: Final = 0.92  # the same with one side written without inner vowels: shortened, or to evade screening
_HOPELESS: Final = 0.3
_BONES_SHARE: Final = 0.53  # worth of equal consonants with other vowels, for each share of letters that agree besides
_MIN_SKELETON: Final = 3
_SCANNED: Final = 0.93  # equal but for shapes a scanner mistakes for each other
_BONES_OF_LETTERS: Final = 0.4  # share of letters that are consonants, at least
_TWO_BONES: Final = 0.8  # two consonants agree and one side is written without vowels
_KNOWN_PEOPLE: Final = 16  # in two countries' lists of usual names, or in sixteen listed ones
_KNOWN_LISTED: Final = 3
_MIN_PART: Final = 3  # letters of a word inside a compound
_MIN_STEM: Final = 4
_MIN_ENDED: Final = 5
_ACRONYM: Final = 4  # letters up to which an organisation's word is read as an acronym
_OTHER_ACRONYM: Final = 0.85
_ENDINGS: Final = ("es", "s", "ed", "ing", "al", "ic", "e")
_NO_GROUP: Final[frozenset[int]] = frozenset()
_VOWEL_SET: Final = frozenset("aeiou")
_DOUBLE: Final = re.compile(r"(.)\1+")
_ONE: Final = itemgetter(1)  # a function: a replacement template costs ten times as much
_VOWELS: Final = str.maketrans("", "", "aeiou")
_ABJAD_SILENT: Final = str.maketrans("", "", "aeiouvwy")


@cache
def _sounds() -> tuple[tuple[str, str], ...]:
    return tuple((a, b) for a, b in tables.toml("scripts.toml")["sounds"]["pairs"])


@cache
def _digits() -> dict[int, str]:
    return {ord(digit): letter for digit, letter in tables.toml("scripts.toml")["digits"].items()}


@lru_cache(maxsize=200_000)
def sound_key(word: str) -> str:
    """Return a spelling in which letters for the same sound are the same letter."""
    for spelling, sound in _sounds():
        if spelling in word:
            word = word.replace(spelling, sound)
    word = _DOUBLE.sub(_ONE, word)
    return word[:-1] if len(word) > 3 and word[-1] == "h" else word


@lru_cache(maxsize=200_000)
def skeleton(word: str) -> str:
    """Return the first letter and the later consonants of a word's sound key."""
    key = sound_key(word)
    return _DOUBLE.sub(_ONE, key[:1] + key[1:].translate(_VOWELS))


def _is_vowelless(word: str) -> bool:
    return len(word) > 1 and not set(word[1:-1]) & _VOWEL_SET


def bare(word: str) -> str:
    """Return what a word is without its inner vowels, letter by letter: the first letter and its consonants."""
    return word[:1] + word[1:].translate(_VOWELS)


@lru_cache(maxsize=50_000)
def _read_by_scanner(word: str) -> str:
    """Return a word with the shapes a scanner mistakes for each other written alike."""
    for shape, read in _shapes():
        word = word.replace(shape, read)
    return word


@cache
def _shapes() -> tuple[tuple[str, str], ...]:
    return tuple((a, b) for a, b in tables.toml("scripts.toml")["shapes"]["pairs"])


@lru_cache(maxsize=100_000)
def is_known(word: str, organization: bool) -> bool:
    """Say whether a word is a usual name (people) or a word of the language or of listed names (organisations).

    A compound of two known words is one (Northwind, Greenfield): what is changed in it is a word, not a letter.
    """
    people, organizations = tables.frequencies()
    if not organization:
        return people.get(word, 0) >= _KNOWN_PEOPLE
    english = tables.english()
    if word in english or organizations.get(word, 0) >= _KNOWN_LISTED:
        return True
    return any(word[:cut] in english and word[cut:] in english for cut in range(_MIN_PART, len(word) - _MIN_PART + 1))


@lru_cache(maxsize=100_000)
def are_two_words(left: str, right: str, organization: bool) -> bool:
    """Say whether two words that look alike are two words of their own rather than spellings of one.

    A slip of the hand rarely makes another word that exists: both are known, they sound different, they are no forms of
    one name or meaning, and not one word's singular and plural.
    """
    if left == right or not is_known(left, organization) or not is_known(right, organization):
        return False
    groups = tables.equivalents() if organization else tables.variants()
    if not groups.get(left, _NO_GROUP).isdisjoint(groups.get(right, _NO_GROUP)):
        return False
    return sound_key(_stem(left)) != sound_key(_stem(right)) if organization else sound_key(left) != sound_key(right)


def _ends(left: str, right: str) -> bool:
    """Say whether two names are one but for the ending a language puts behind every man's name (Lavrov, Lavrovs)."""
    short, long = (left, right) if len(left) < len(right) else (right, left)
    if short == long[: len(short)]:
        return len(short) >= _MIN_STEM and long[len(short) :] in tables.words("person", "endings")
    return False


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=50_000)
def abjad_key(word: str) -> str:
    """Return the consonants an Arabic or Hebrew spelling would write; "j" is one of them, "y" and "w" are not."""
    kept = sound_key(word.replace("dj", "j").replace("j", "1")).translate(_ABJAD_SILENT)
    return _DOUBLE.sub(_ONE, kept.replace("p", "b").replace("C", "s"))


@lru_cache(maxsize=50_000)
def undigit(word: str) -> str:
    """Return a word with the letters its digits were put for; pure numbers stay."""
    return word if word.isdigit() else word.translate(_digits())


def _without_vowels(bones: int, left: str, right: str) -> float:
    """Return what equal consonants are worth where one side writes no vowels.

    The fewer consonants a long word is said to be written with, the likelier it is another word (SBT, Subutiye).
    """
    enough = bones >= _MIN_SKELETON and bones >= _BONES_OF_LETTERS * max(len(left), len(right))
    return VOWELLESS if enough else _TWO_BONES


def _by_consonants(left: str, right: str) -> float:
    if _is_vowelless(left) != _is_vowelless(right):
        bones = bare(left)
        if bones == bare(right):
            return _without_vowels(len(bones), left, right)
    bones = skeleton(left)
    if len(bones) < _MIN_SKELETON or bones != skeleton(right):
        return 0.0
    if _is_vowelless(left) != _is_vowelless(right):
        return _without_vowels(len(bones), left, right)
    # Both write their vowels: three consonants in common (Shalash, Selassie) are not yet one name.
    shared = 1.0 - OSA.distance(left, right) / max(len(left), len(right))
    return min(SKELETON, _BONES_SHARE * (1.0 + shared))


@lru_cache(maxsize=500_000)
def similarity(left: str, right: str, organization: bool = False, abjad: bool = False, distant: int = 0) -> float:
    """Return how alike two folded words are, 0 to 1.

    Args:
        left: a word of one name.
        right: a word of the other.
        organization: compare as words of an organisation's name (meanings count), else as parts of a person's name.
        abjad: one side was written without vowels.
        distant: 1 when one side was romanised letter by letter from a script that Latin spellings render loosely,
            2 when that script is Hangul, 0 otherwise.
    """
    if left == right:
        return 1.0
    groups = tables.equivalents() if organization else tables.variants()
    mine = groups.get(left)
    if mine is not None:
        other = groups.get(right)
        if other is not None:
            if not mine.isdisjoint(other):
                longest = max(len(left), len(right))
                return VARIANT if organization or OSA.distance(left, right) <= _VARIANT_EDITS * longest else TRANSLATED
            if not organization:
                return DIFFERENT
    if left.isdigit() or right.isdigit():
        return 0.0
    if not (left.isalpha() and right.isalpha()):
        left, right = undigit(left), undigit(right)
        if left == right:
            return VARIANT
    longest = max(len(left), len(right))
    best = 1.0 - OSA.distance(left, right) / longest
    if organization:
        if longest <= _ACRONYM:
            if _read_by_scanner(left) == _read_by_scanner(right):
                return _SCANNED
            return best * _OTHER_ACRONYM  # in three or four letters every one is meant
    elif longest >= _MIN_ENDED and best >= _HOPELESS and _ends(left, right):
        return VARIANT
    if distant == EXACT_SOUNDS:
        return best * DISTANT
    if best < _HOPELESS and not abjad:
        return best  # no change of spelling by sound makes one word of these
    if abjad:  # Arabic and Hebrew write y and j with different letters; elsewhere they are often one sound
        left, right = left.replace("dj", "j").replace("j", "1"), right.replace("dj", "j").replace("j", "1")
    key_left, key_right = sound_key(left), sound_key(right)
    by_sound = 1.0 - OSA.distance(key_left, key_right) / max(len(key_left), len(key_right), 1)
    best = max(best, by_sound * SOUND_SHARE)
    if best < _SCANNED and not abjad:
        if best >= _HOPELESS and _read_by_scanner(left) == _read_by_scanner(right):
            best = _SCANNED
        elif best < VOWELLESS:
            best = max(best, _by_consonants(left, right))
    if abjad:
        best *= DISTANT
        a, b = abjad_key(left), abjad_key(right)
        if a and b:
            share = 1.0 - OSA.distance(a, b) / max(len(a), len(b))
            # Few consonants fit many names: only equal ones count then.
            if share == 1.0:
                best = max(best, ABJAD if len(a) >= _MIN_SKELETON else ABJAD_SHORT)
            elif min(len(a), len(b)) > _MIN_SKELETON:
                best = max(best, share * _ABJAD_NEAR)
    return best * DISTANT if distant else best
