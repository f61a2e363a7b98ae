"""One spelling for matching: case, width, accents and Chinese script variants folded, character by character.

Folding looks at one character at a time and never at its neighbours, so a word folds the same way inside a document
and alone in a query, and every folded character knows the original character it came from.

- Unicode compatibility forms become the usual ones (NFKC): full-width to half-width, ligatures, circled numbers.
- Upper case becomes lower case, decimal digits of all scripts become 0-9.
- Latin, Greek and Cyrillic letters lose their accents ("Société" is found by "societe").
- Traditional Chinese characters become simplified ones, by OpenCC's character table. Its phrase table would read better
  but depends on the neighbours, so a query could fold differently from the text that contains it.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import opencc

_ACCENTS = frozenset(map(chr, (*range(0x0300, 0x0370), 0x3099, 0x309A)))
"""Marks that are dropped: combining diacritics, and the voicing marks that half-width kana writes apart."""

_HAN_FIRST = 0x3400
_HAN_LAST = 0x323AF
_APOSTROPHES = frozenset("\u2018\u2019\u02bc\u2032")


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _fold_character(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isspace():
        return "\n" if character == "\n" else " "
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    bare = "".join(mark for mark in decomposed if mark not in _ACCENTS)
    folded = unicodedata.normalize("NFKC", bare).casefold()
    if len(folded) == 1 and _HAN_FIRST <= ord(folded) <= _HAN_LAST:
        simplified = _simplifier().convert(folded)
        return simplified if len(simplified) == 1 else folded
    return folded


class _Folding(dict[int, str]):
    """A translation table that fills itself with the characters it meets; at most one entry per code point."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        self[code] = folded
        return folded


_TABLE = _Folding()


def fold(text: str) -> str:
    """Return ``text`` in the spelling used for matching; its length may differ from that of ``text``."""
    return text.lower() if text.isascii() else text.translate(_TABLE)


def fold_with_origins(text: str) -> tuple[str, list[int] | None]:
    """Return the folded text and, for each of its characters, the index of the original character it came from.

    Returns:
        The folded text, equal to ``fold(text)``, and the origins; None for the origins means "the same indexes".
    """
    if text.isascii():
        return text.lower(), None
    pieces = [_TABLE[ord(character)] for character in text]
    folded = "".join(pieces)
    if all(len(piece) == 1 for piece in pieces):
        return folded, None
    return folded, [index for index, piece in enumerate(pieces) for _ in piece]
