"""Words of a text: what is indexed, at which position, and where it stands in the original.

Three kinds of token come out of folded text:

- letters of alphabetic scripts, as written ("liability", "o'brien" as "obrien", a final "'s" dropped). They are not
  stemmed here: a query asks for all indexed words that share its stem, so prefixes and corrections stay exact;
- numbers with what hangs on them ("28", "26a"), so "28(3)(h)" is the three tokens 28, 3, h and is searched as a phrase;
- pairs of neighbouring characters for Chinese, Japanese and Korean, plus the last character of each run alone, so a run
  of any length is found exactly, wherever it begins. Single spaces or a line break inside a run do not end it, because
  page layout puts them there; punctuation ends it, and leaves a gap of one position.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from whoosh.lang import porter2

from kb.search.fold import fold, fold_with_origins

MAX_TOKEN: Final = 64
"""Longest indexed token; longer ones (encoded data) are cut, in texts and in queries alike."""

_CJK = (
    "\u3005-\u3007\u3021-\u3029\u3041-\u30fa\u30fc-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\U00020000-\U000323af"
)
_INSIDE_RUN = r"[^\S\n]{0,8}\n?[^\S\n]{0,8}"
_TOKEN = re.compile(rf"[{_CJK}](?:{_INSIDE_RUN}[{_CJK}])*|\d[\da-z]*|[^\W\d_{_CJK}]+(?:'[^\W\d_{_CJK}]+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Token:
    """One indexed unit.

    Attributes:
        text: folded text, at most ``MAX_TOKEN`` characters.
        position: place in the order of tokens; neighbours in a phrase differ by 1.
        start: span in the original text.
        run: number of characters left in its Chinese run from here on, 0 for words and numbers.
    """

    text: str
    position: int
    start: int
    end: int
    run: int = 0


def is_cjk(text: str) -> bool:
    """Say whether ``text`` begins with a character that is indexed by pairs."""
    return _IS_CJK.match(text) is not None


def _word(raw: str) -> str:
    if "'" in raw:
        raw = raw.removesuffix("'s").replace("'", "")
    return raw[:MAX_TOKEN]


def positions(text: str, first: int = 0) -> tuple[dict[str, list[int]], int]:
    """Return the positions of every token of ``text``, counted from ``first``, and the one after the last token."""
    found: dict[str, list[int]] = {}
    position = first
    for raw in _TOKEN.findall(fold(text)):
        if raw < "\u3005" or not is_cjk(raw):
            word = _word(raw) if "'" in raw or len(raw) > MAX_TOKEN else raw
            places = found.get(word)
            if places is None:
                found[word] = [position]
            else:
                places.append(position)
            position += 1
            continue
        run = raw if raw.isalnum() else _SPACE.sub("", raw)
        for index in range(len(run)):
            pair = run[index : index + 2]
            places = found.get(pair)
            if places is None:
                found[pair] = [position]
            else:
                places.append(position)
            position += 1
        position += 1
    return found, position


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of ``text`` in order, at the positions that ``positions`` gives them."""
    folded, origins = fold_with_origins(text)
    position = 0

    def original(index: int) -> int:
        return index if origins is None else origins[index]

    for match in _TOKEN.finditer(folded):
        raw, base = match.group(), match.start()
        if not is_cjk(raw):
            yield Token(_word(raw), position, original(base), original(match.end() - 1) + 1)
            position += 1
            continue
        places = [index for index, character in enumerate(raw) if not character.isspace()]
        run = "".join(raw[index] for index in places)
        for index in range(len(run)):
            last = min(index + 1, len(run) - 1)
            yield Token(
                run[index : index + 2],
                position,
                original(base + places[index]),
                original(base + places[last]) + 1,
                len(run) - index,
            )
            position += 1
        position += 1


_porter2: Any = porter2.stem

MIN_STEMMED: Final = 3
"""Shorter words are their own stem."""


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the English stem of a folded word; words of other scripts and numbers are their own stem.

    Source: Porter2 (https://snowballstem.org/algorithms/english/stemmer.html).
    """
    if len(word) < MIN_STEMMED or not word.isascii() or not word.isalpha():
        return word
    return str(_porter2(word))


def stem_probe(stemmed: str) -> str:
    """Return a beginning that all words with this stem share: suffix rules may rewrite the last letters of a stem.

    "durability" and "durable" have the stem "durabl" but share only "durab"; "hoping" has the stem "hope".
    """
    if len(stemmed) >= 5:  # short stems are only rewritten in their final e or i
        return stemmed[:-2]
    return stemmed[:-1] if len(stemmed) > 1 and stemmed[-1] in "ei" else stemmed


@cache
def common_words() -> frozenset[str]:
    """Words that only count inside a phrase or when nothing else is asked for (``lexicon.toml``)."""
    data = tomllib.loads(resources.files("kb.search").joinpath("lexicon.toml").read_text(encoding="utf-8"))
    return frozenset(fold(word) for word in data["common"]["en"])
