"""The words of a provision without the marks that do not change the law: labels, layout, amendment marks, width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from kb.law_numbers import ZH_NUMERAL
from kb.model import ActVersion

_AMENDMENT_MARK: Final = re.compile(r"[FCEXM]\d{1,4}\[|\[(?=\s*\.{3})|\](?=[^\d]|$)|(?<![A-Za-z0-9])[FCE]\d{1,4}(?=\s)")
"""Irish and British revised texts mark inserted words as F12[…]."""
_FOOTNOTE: Final = re.compile(r"\[?\^\d{1,4}\]?")
_HUSK: Final = re.compile(
    r"(?:\.\s?\.\s?\.|[\[(]?\b(?:repealed|reserved|omitted|deleted|revoked|spent)\b[\])]?|[(\[]?(?:删去|删除|废止|已废止)[)\]]?)[\s.\])]*$",
    re.IGNORECASE,
)
_HUSK_LENGTH: Final = 240
_MARKDOWN: Final = re.compile(r"[*_#`]+")
_LAYOUT: Final = "*_ \t\xa0"
_OPENING: Final = re.compile(r"[*_\s]*(?:[FCEXM]\d{1,4}\[)?")
_LABEL_ZH: Final = re.compile(rf"\s*第\s?[{ZH_NUMERAL}0-9]{{1,9}}\s?条(?:之[{ZH_NUMERAL}0-9]{{1,3}})?\s*")
_LABEL_EN: Final = re.compile(
    r"\s*(?:(?:Article|Section|Sec\.|Art\.|Rule|Regulation|§{1,2})\s{0,2})?(?P<number>\d{1,5}[A-Z]{0,3}(?:[.-]\d{1,4}[A-Za-z]?){0,2})\s{0,2}(?:\.{0,2}\s?[—–-]|\.{1,2}|[:)])?\s*",
    re.IGNORECASE,
)
_WORDED_LABEL: Final = re.compile(r"\s*(?:Article|Section|Sec\.|Art\.|Rule|Regulation|§)", re.IGNORECASE)
_PLAIN: Final = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "−": "-", "‑": "-",
        "〈": "《", "〉": "》", "<": "《", ">": "》", "、": ",", "\xad": "", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip
_HEADING_REACH: Final = 400
"""Characters in which a number repeated behind the heading is looked for."""
_TOKEN: Final = re.compile(r"[\u3400-\u9fff]|[A-Z]?[a-zà-ÿ]+|[A-ZÀ-Þ]+|\d+(?:[.,]\d+)*|[^\w\s]")
_WHITESPACE: Final = re.compile(r"\s+")
_PUNCTUATION: Final = re.compile(r"[^\w]+")


def base_provisions(act: ActVersion, text: str) -> list[tuple[str, str]]:
    """Return (number, text) of an act's base units in order, as ``kb.law_align.align`` takes them."""
    return [(each.number, text[each.start : each.end]) for each in act.provisions if each.level == "article"]


def own_provisions(act: ActVersion, text: str) -> list[tuple[str, str]]:
    """Return (number, own words) of every unit of an act in order, as ``kb.law_align.align`` takes them.

    The own words of a unit are those outside the units nested in it, without its label where more than the label is
    there; units without own words are left out. Two versions compared this way tell which paragraph changed, not only
    which article.
    """
    ordered = sorted(act.provisions, key=lambda each: (each.start, -each.end))
    pieces: list[list[str]] = [[] for _ in ordered]
    cursors: list[int] = []
    stack: list[int] = []
    for index, unit in enumerate(ordered):
        while stack and ordered[stack[-1]].end <= unit.start:
            closed = stack.pop()
            pieces[closed].append(text[cursors[closed] : ordered[closed].end])
        if stack:
            outer = stack[-1]
            pieces[outer].append(text[cursors[outer] : unit.start])
            cursors[outer] = max(cursors[outer], min(unit.end, ordered[outer].end))
        cursors.append(unit.start)
        stack.append(index)
    for index in stack:
        pieces[index].append(text[cursors[index] : ordered[index].end])
    own: list[tuple[str, str]] = []
    for unit, parts in zip(ordered, pieces, strict=True):
        words = " ".join(" ".join(parts).split())
        if words:
            own.append((unit.number, _without_mark(words, unit.label) or words))
    return own


def _without_mark(words: str, label: str) -> str:
    """Return the words behind their label, whatever Markdown or amendment mark stands in it ("F5[(*a*)")."""
    opening = _OPENING.match(words)
    at = opening.end() if opening is not None else 0
    for mark in "".join(label.split()):
        while at < len(words) and words[at] in _LAYOUT:
            at += 1
        if not words.startswith(mark, at):
            return words.strip()
        at += len(mark)
    return words[at:].lstrip(_LAYOUT).strip()


def canonical_text(text: str, *, number: str | None = None) -> str:
    """Return the text without what never changes its meaning.

    NFKC (full-width forms become plain), straight quotes and dashes, no Markdown and amendment marks, runs of white
    space as one space, and without its label: the number it begins with ("第三条", "Article 3", "26A.") and, where
    ``number`` says which it is, the same number again behind a heading ("Short title. 1.—(1) …").
    """
    plain = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)
    plain = _AMENDMENT_MARK.sub(" ", _FOOTNOTE.sub("", _MARKDOWN.sub("", plain)))
    plain = _WHITESPACE.sub(" ", _without_label(plain, number)).strip()
    if number is not None:
        again = re.search(
            rf"(?:^|(?<=\s)){re.escape(number)}\s?(?:\.{{1,2}}\s?-?|-)\s?(?=[(\"A-Z\[])", plain[:_HEADING_REACH]
        )
        if again is not None:
            plain = plain[: again.start()] + plain[again.end() :]
    return plain


def _without_label(plain: str, number: str | None) -> str:
    chinese = _LABEL_ZH.match(plain)
    if chinese is not None:
        return plain[chinese.end() :]
    english = _LABEL_EN.match(plain)
    if english is None or english.end() >= len(plain):
        return plain
    marked = english[0].rstrip().endswith((".", ":", "-", ")")) or _WORDED_LABEL.match(plain) is not None
    own = number is not None and english["number"].casefold() == number.casefold()
    return plain[english.end() :] if marked or own else plain


def is_husk(canonical: str) -> bool:
    """Return whether only number and heading of a provision are left ("14. … ", "[Repealed]", "§ 5 [Reserved]")."""
    return len(canonical) <= _HUSK_LENGTH and _HUSK.search(canonical) is not None


def identity_key(canonical: str) -> str:
    """Return the form under which two texts are the same law: without case and white space."""
    return _WHITESPACE.sub("", canonical).casefold()


def wording_key(canonical: str) -> str:
    """Return the identity without punctuation: texts that differ only here differ editorially."""
    return _PUNCTUATION.sub("", canonical).casefold()


def tokens(canonical: str) -> list[str]:
    """Return the tokens two texts are compared by: Chinese characters, words, numbers, marks."""
    return [token.casefold() for token in _TOKEN.findall(canonical)]


def token_spans(text: str) -> list[tuple[str, int, int]]:
    """Return the tokens of a text as it is printed, each with its span, in the form they are compared in.

    Markdown, footnote and amendment marks are no words.
    """
    for mark in (_FOOTNOTE, _AMENDMENT_MARK, _MARKDOWN):
        text = mark.sub(lambda found: " " * len(found[0]), text)
    return [
        (unicodedata.normalize("NFKC", each[0].translate(_PLAIN)).casefold(), each.start(), each.end())
        for each in _TOKEN.finditer(text)
    ]


def shingles(words: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return the pairs of neighbouring tokens, marks left out."""
    kept = [word for word in words if word[0].isalnum()]
    return frozenset(pairwise(kept))
