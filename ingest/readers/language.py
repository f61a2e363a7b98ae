"""Which of our two languages a text is written in, from its scripts and its function words."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Final

# Enough for a decision and cheap for any file: the start, the middle and the end are looked at.
_SAMPLE_CHARS: Final = 30_000
# A Chinese character says about as much as three Latin letters, so in a two-column contract with both languages in
# full the Chinese share of the letters is near a quarter.
_ZH_SHARE: Final = 0.2
# Kana are about half of Japanese running text; a Chinese text that quotes a Japanese name stays far below.
_OTHER_SHARE: Final = 0.05
_MIN_CJK: Final = 4
_MIN_LATIN_WORDS: Final = 4
# Running English has 35-50 % of these words, an all-capitals party list about 10 %, a table of names none.
_EN_STOP_SHARE: Final = 0.06

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_KANA: Final = re.compile("[\u3041-\u30fa\u30fd-\u30ff\uff66-\uff9d]")
_HANGUL: Final = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_OTHER: Final = re.compile("[\u0370-\u10ff\u1200-\u1dff\u1f00-\u1fff]")
_WORD: Final = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    raw = tomllib.loads((files("ingest.readers") / "data" / "languages.toml").read_text("utf-8"))
    return {language: frozenset(words) for language, words in raw.items()}


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE_CHARS:
        return text
    third = _SAMPLE_CHARS // 3
    middle = (len(text) - third) // 2
    return "\n".join((text[:third], text[middle : middle + third], text[-third:]))


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(text))


def _is_english(sample: str) -> bool:
    words = Counter(word.lower() for word in _WORD.findall(sample))
    total = words.total()
    if total < _MIN_LATIN_WORDS:
        return False
    hits = {language: sum(words[word] for word in stops) for language, stops in _stop_words().items()}
    english = hits.pop("en")
    return english >= _EN_STOP_SHARE * total and english > max(hits.values())


def languages(text: str) -> tuple[str, ...]:
    """Return which of "zh" and "en" a text is substantially written in, the main one first; () when neither is known.

    A contract in two columns gives both. "zh" stands for simplified and traditional Chinese.
    """
    sample = _sample(text)
    latin = _count(_LATIN, sample)
    if sample.isascii():
        return ("en",) if _is_english(sample) else ()
    han, kana, hangul = _count(_HAN, sample), _count(_KANA, sample), _count(_HANGUL, sample)
    letters = han + kana + hangul + latin + _count(_OTHER, sample)
    east_asian = han + kana + hangul
    chinese = han >= _MIN_CJK and han >= _ZH_SHARE * letters and (kana + hangul) <= _OTHER_SHARE * east_asian
    english = latin >= _ZH_SHARE * letters and _is_english(sample)
    if chinese and english:
        return ("zh", "en")
    if chinese:
        return ("zh",)
    return ("en",) if english and latin > letters / 2 else ()


def detect_language(text: str) -> str:
    """Return "en", "zh", or "und" when the text is too short to say or in another language."""
    found = languages(text)
    return found[0] if found else "und"
