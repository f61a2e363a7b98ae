"""Readings of Chinese characters in Latin letters: pinyin, Wade-Giles, Cantonese and Korean name spellings."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import product
from typing import Final

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.constants import PINYIN_DICT
from pypinyin.style import convert

from kb.names import tables

PINYIN: Final = "pinyin"
WADE_GILES: Final = "Wade-Giles"
CANTONESE: Final = "Cantonese"
KOREAN: Final = "Korean"
MAX_READINGS: Final = 48  # of one name in one system; four characters with two readings each need 16


@cache
def syllables() -> frozenset[str]:
    """Return the syllables of standard Chinese in pinyin without tones."""
    found: set[str] = set()
    for readings in PINYIN_DICT.values():
        for reading in readings.split(","):
            found.add(convert(reading, Style.NORMAL, strict=False))
    table = tables.toml("chinese.toml")["syllables"]
    shapes = {initial + final for initial in table["initials"] for final in table["finals"]}
    return frozenset(s for s in found if s in shapes)


@cache
def surname_syllables() -> frozenset[str]:
    """Return the Chinese surnames of one syllable in pinyin."""
    single = tables.toml("chinese.toml")["surnames"]["single"]
    return frozenset(surname_spellings(character, PINYIN)[0] for character in single) & syllables()


@cache
def wade_giles() -> dict[str, frozenset[str]]:
    """Return the pinyin syllables each Wade-Giles syllable, written without apostrophes or marks, may stand for."""
    found: dict[str, set[str]] = {}
    for syllable in syllables():
        written = convert(syllable, Style.WADEGILES, strict=False)
        for plain in {_plain(written), *_loose().get(syllable, ())}:
            found.setdefault(plain, set()).add(syllable)
    return {key: frozenset(values) for key, values in found.items()}


@cache
def _loose() -> dict[str, tuple[str, ...]]:
    return {syllable: tuple(found) for syllable, found in tables.toml("chinese.toml")["wade_giles"].items()}


@cache
def _any_syllable() -> frozenset[str]:
    return syllables() | frozenset(wade_giles())


def _plain(written: str) -> str:
    return (
        written.replace("'", "")
        .replace("ʻ", "")
        .replace("ü", "u")
        .replace("v", "u")
        .replace("ê", "e")
        .replace("ŭ", "u")
        .replace("-", "")
    )


@lru_cache(maxsize=50_000)
def split_syllables(word: str) -> tuple[str, ...] | None:
    """Cut a Latin word into the fewest Chinese syllables (pinyin or Wade-Giles), or return None."""
    known = _any_syllable()
    best: list[tuple[str, ...] | None] = [None] * (len(word) + 1)
    best[0] = ()
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            head = best[start]
            if head is not None and word[start:end] in known:
                current = best[end]
                if current is None or len(head) + 1 < len(current):
                    best[end] = (*head, word[start:end])
    return best[len(word)]


@lru_cache(maxsize=50_000)
def as_pinyin(syllable: str) -> frozenset[str]:
    """Return the pinyin syllables a Latin syllable may stand for, itself included when it is one."""
    found = set(wade_giles().get(syllable, frozenset()))
    if syllable in syllables():
        found.add(syllable)
    return frozenset(found)


@cache
def _surname_readings() -> tuple[dict[str, str], dict[str, list[str]]]:
    table = tables.toml("chinese.toml")["surnames"]
    return table["readings"], table["alternatives"]


@cache
def _cantonese() -> dict[str, tuple[str, ...]]:
    return {character: tuple(spellings.split()) for character, spellings in tables.rows("cantonese.csv")}


@cache
def _korean() -> dict[str, tuple[str, ...]]:
    return {character: tuple(spellings) for character, spellings in tables.toml("chinese.toml")["korean"].items()}


@lru_cache(maxsize=20_000)
def character_readings(character: str) -> tuple[str, ...]:
    """Return all pinyin readings of one character, the usual one first, without tones."""
    found = [
        reading
        for group in pinyin(character, style=Style.NORMAL, heteronym=True)
        for reading in group
        if reading.isascii()
    ]
    usual = lazy_pinyin(character)
    return tuple(dict.fromkeys([r for r in usual if r.isascii()] + found))


def _umlaut(readings: tuple[str, ...]) -> tuple[str, ...]:
    """Add the ways "ü" is written without dots."""
    return tuple(
        dict.fromkeys(
            v for r in readings for v in ((r, r.replace("v", "u"), r.replace("v", "yu")) if "v" in r else (r,))
        )
    )


@lru_cache(maxsize=50_000)
def surname_spellings(surname: str, system: str) -> tuple[str, ...]:
    """Return how a surname is written in a system, the usual spelling first."""
    readings, alternatives = _surname_readings()
    if system == PINYIN:
        reading = readings.get(surname)
        usual = (reading,) if reading is not None else ("".join(lazy_pinyin(surname)),)
        return _umlaut(tuple(dict.fromkeys((*usual, *alternatives.get(surname, ())))))
    if system == WADE_GILES:
        if len(surname) > 1:
            return ("".join(_plain(convert(s, Style.WADEGILES, strict=False)) for s in lazy_pinyin(surname)),)
        reading = readings.get(surname) or lazy_pinyin(surname)[0]
        return (_plain(convert(reading, Style.WADEGILES, strict=False)), *_loose().get(reading, ()))
    table = _cantonese() if system == CANTONESE else _korean()
    if surname in table:
        return table[surname]
    if len(surname) > 1 and all(c in table for c in surname):
        return ("".join(table[c][0] for c in surname),)
    return ()


@lru_cache(maxsize=50_000)
def given_spellings(given: str, system: str) -> tuple[str, ...]:
    """Return how the characters of a given name are written together in a system; empty when one is not known."""
    options: list[tuple[str, ...]] = []
    for character in given:
        if system == PINYIN:
            found = _umlaut(character_readings(character)[:3])
        elif system == WADE_GILES:
            found = tuple(
                dict.fromkeys(
                    w
                    for r in character_readings(character)[:2]
                    for w in (_plain(convert(r, Style.WADEGILES, strict=False)), *_loose().get(r, ()))
                )
            )
        else:
            found = (_cantonese() if system == CANTONESE else _korean()).get(character, ())
        if not found:
            return ()
        options.append(found)
    spelled: list[str] = []
    for choice in product(*options):
        spelled.append("".join(choice))
        if len(spelled) >= MAX_READINGS:
            break
    return tuple(spelled)


@lru_cache(maxsize=50_000)
def plain_pinyin(text: str) -> str:
    """Return a text's usual reading in pinyin without tones or spaces; Latin letters stay."""
    return "".join(lazy_pinyin(text)).replace("v", "u") if text else ""
