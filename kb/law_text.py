"""The words of a provision without the marks that do not change the law: labels, layout, amendment marks, width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from kb.law_numbers import ZH_NUMERAL

_AMENDMENT_MARK: Final = re.compile(r"[FCEXM]\d{1,4}\[|\[(?=\s*\.{3})|\](?=[^\d]|$)|(?<![A-Za-z0-9])[FCE]\d{1,4}(?=\s)")
"""Irish and British revised texts mark inserted words as F12[…]."""
_MARKDOWN: Final = re.compile(r"[*_#`]+")
_LABEL_ZH: Final = re.compile(rf"\s*第\s?[{ZH_NUMERAL}0-9]{{1,9}}\s?条(?:之[{ZH_NUMERAL}0-9]{{1,3}})?\s*")
_LABEL_EN: Final = re.compile(
    r"\s*(?:(?:Article|Section|Sec\.|Art\.|Rule|Regulation|§{1,2})\s{0,2})?\d{1,5}[A-Z]{0,3}(?:[.-]\d{1,4}[A-Za-z]?){0,2}\s{0,2}(?:[.]?\s?[—–-]|[.:)])?\s*",
    re.IGNORECASE,
)
_WORDED_LABEL: Final = re.compile(r"\s*(?:Article|Section|Sec\.|Art\.|Rule|Regulation|§)", re.IGNORECASE)
_PLAIN: Final = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "−": "-", "‑": "-",
        "〈": "《", "〉": "》", "<": "《", ">": "》", "、": ",", "\xad": "", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip
_TOKEN: Final = re.compile(r"[\u3400-\u9fff]|[A-Z]?[a-zà-ÿ]+|[A-ZÀ-Þ]+|\d+(?:[.,]\d+)*|[^\w\s]")
_WHITESPACE: Final = re.compile(r"\s+")
_PUNCTUATION: Final = re.compile(r"[^\w]+")


def canonical_text(text: str, *, label: bool = True) -> str:
    """Return the text without what never changes its meaning.

    NFKC (full-width forms become plain), straight quotes and dashes, no Markdown and amendment marks, runs of white
    space as one space, and, unless ``label`` is False, without the leading label ("第三条", "Article 3", "26A.").
    """
    plain = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)
    plain = _AMENDMENT_MARK.sub(" ", _MARKDOWN.sub("", plain))
    if label:
        plain = _without_label(plain)
    return _WHITESPACE.sub(" ", plain).strip()


def _without_label(plain: str) -> str:
    chinese = _LABEL_ZH.match(plain)
    if chinese is not None:
        return plain[chinese.end() :]
    english = _LABEL_EN.match(plain)
    if english is not None and english.end() < len(plain):
        marked = english[0].rstrip().endswith((".", ":", "-", ")")) or _WORDED_LABEL.match(plain) is not None
        if marked:
            return plain[english.end() :]
    return plain


def identity_key(canonical: str) -> str:
    """Return the form under which two texts are the same law: without case and white space."""
    return _WHITESPACE.sub("", canonical).casefold()


def wording_key(canonical: str) -> str:
    """Return the identity without punctuation: texts that differ only here differ editorially."""
    return _PUNCTUATION.sub("", canonical).casefold()


def tokens(canonical: str) -> list[str]:
    """Return the tokens two texts are compared by: Chinese characters, words, numbers, marks."""
    return [token.casefold() for token in _TOKEN.findall(canonical)]


def shingles(words: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return the pairs of neighbouring tokens, marks left out."""
    kept = [word for word in words if word[0].isalnum()]
    return frozenset(pairwise(kept))
