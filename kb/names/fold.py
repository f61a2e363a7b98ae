"""Brings a name in any script to plain lower-case Latin letters, the form names are compared in.

Only spelling is removed here (case, marks, script, invisible and look-alike characters); what words mean is the
business of ``kb.names.parse``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

from kb.names import tables

MAX_NAME: Final = 512  # code points; longer "names" are running text, and every later step is quadratic in tokens

_APOSTROPHES: Final = dict.fromkeys(map(ord, "'’‘`´ʻʼʹʾʿ′\"“”"))
_WORD: Final = re.compile(r"[a-z0-9]+|[\u3400-\u4dbf\u4e00-\u9fff]+")
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef]")
_KANA_HANGUL: Final = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_ABJAD: Final = re.compile(r"[\u0590-\u06ff\u0750-\u077f]")
_NAMED_SCRIPTS: Final = ("cyrillic", "greek", "armenian", "georgian", "hebrew", "arabic", "latin")
_PARTS: Final = re.compile(r"([\s\-.,;/()&·・]+)")
_LATIN: Final = re.compile(r"[a-z]")
_HANGUL: Final = re.compile(r"[\uac00-\ud7af]")
_DISTANT: Final = re.compile(r"[\u0900-\u109f\u1200-\u137f\u1780-\u17ff\u3040-\u30ff\uac00-\ud7af]")
_HEH: Final = "\u0647"  # Arabic h
_DIGRAPHS: Final = frozenset("tskdzgc")  # letters that make another sound with an h behind them
_ARABIC_ARTICLE: Final = re.compile(r"\bال(?=\w{3})")


@cache
def _letters() -> dict[str, str]:
    scripts = tables.toml("scripts.toml")
    return {letter: latin for script in _NAMED_SCRIPTS for letter, latin in scripts[script].items()}


@cache
def _homoglyphs() -> dict[str, str]:
    return dict(tables.toml("scripts.toml")["homoglyphs"])


def has_han(text: str) -> bool:
    """Say whether a text contains Chinese characters (and is not Japanese or Korean script)."""
    return not text.isascii() and _HAN.search(text) is not None and _KANA_HANGUL.search(text) is None


def is_abjad(text: str) -> bool:
    """Say whether a text is in a script that leaves vowels out (Arabic, Hebrew)."""
    return not text.isascii() and _ABJAD.search(text) is not None


def distance_of(text: str) -> int:
    """Return 2 for a text in Hangul, 1 for other scripts romanised roughly here (Kana, Indic, Ge'ez), else 0."""
    if text.isascii():
        return 0
    return 2 if _HANGUL.search(text) is not None else int(_DISTANT.search(text) is not None)


def clean(text: str) -> str:
    """Return a text in NFKC without invisible characters, cut to ``MAX_NAME``."""
    text = text[:MAX_NAME]
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc", "Co"} or c in "\t\n")


def fold(text: str) -> str:
    """Return a name in lower-case Latin letters, digits and separators.

    Full stops, hyphens, commas and brackets stay, for the parser needs them; apostrophes and quotation marks go.
    Chinese characters stay as they are.
    """
    text = clean(text)
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "").replace('"', " ")
    return _fold_unicode(text)


@lru_cache(maxsize=20_000)
def _fold_unicode(text: str) -> str:
    text = text.replace("“", " ").replace("”", " ").replace("«", " ").replace("»", " ").replace("„", " ")
    text = _ARABIC_ARTICLE.sub("ال ", text)
    text = unicodedata.normalize("NFC", text).casefold().translate(_APOSTROPHES)
    return "".join(_fold_word(part, text) for part in _PARTS.split(text))


def _fold_word(word: str, whole: str) -> str:
    if word.isascii():
        return word
    latin = _LATIN.search(word) is not None
    if latin or (_LATIN.search(whole) is not None and all(c in _homoglyphs() for c in word)):
        glyphs = _homoglyphs()
        word = "".join(glyphs.get(c, c) for c in word)
    letters = _letters()
    found: list[str] = []
    word = _split_hangul(word, whole, found)
    for char in word:
        if char.isascii() or _HAN.match(char):
            found.append(char)
        elif char in letters:
            if char == _HEH and found and found[-1][-1:] in _DIGRAPHS:
                found.append("e")  # two letters, not the one sound that th, sh or kh would be read as
            found.append(letters[char])
        else:
            _append_romanised(found, char)
    return "".join(found)


def _split_hangul(word: str, whole: str, found: list[str]) -> str:
    """Write the surname of a Korean name as people do, set apart from the given name; return what is left to read."""
    surnames = _hangul_surnames()
    if not 1 <= len(word) <= 4 or not all("\uac00" <= c <= "\ud7a3" for c in word):
        return word
    for size in (2, 1):
        if word[:size] in surnames and (len(word) == size or (len(word) > size and word == whole.strip())):
            found.append(surnames[word[:size]] + " ")
            return word[size:]
    return word


@cache
def _hangul_surnames() -> dict[str, str]:
    return dict(tables.toml("scripts.toml")["hangul"])


def _append_romanised(found: list[str], char: str) -> None:
    """Append a letter without a table of its own: its base letter, or what Unicode's name of it spells."""
    decomposed = unicodedata.normalize("NFD", char)
    if decomposed[0] != char:
        base = decomposed[0]
        if base.isascii():
            found.append(base)
            return
        if base in _letters():
            found.append(_letters()[base])
            return
    category = unicodedata.category(char)
    name = unicodedata.name(char, "")
    sound = name.rsplit(" ", 1)[-1].lower()
    if "VIRAMA" in name or "SIGN COENG" in name:
        if found and found[-1].endswith("a"):
            found[-1] = found[-1][:-1]
        return
    if "VOWEL SIGN" in name and sound.isalpha():
        if found and len(found[-1]) > 1 and found[-1].endswith(("a", "o")):
            found[-1] = found[-1][:-1]
        found.append({"aa": "a", "ii": "i", "uu": "u"}.get(sound, sound))
        return
    if category.startswith("M"):
        return
    if name.startswith("HANGUL"):  # passports write eo as o and eu as u more often than not
        found.append(sound.replace("eo", "o").replace("eu", "u"))
        return
    if category.startswith("L") and sound.isalpha() and len(sound) <= _MAX_SYLLABLE:
        found.append({"aa": "a", "ii": "i", "uu": "u"}.get(sound, sound))
    elif char.isdecimal():
        found.append(str(unicodedata.decimal(char)))
    else:
        found.append(" ")


_MAX_SYLLABLE: Final = 7  # the longest Hangul syllable name is "ssyaeng"-like; longer is a word, not a sound


def words_of(folded: str) -> list[str]:
    """Return the runs of letters and digits (and of Chinese characters) of a folded text, in order."""
    return _WORD.findall(folded)
