"""Finding provisions by what someone must, may or must not do: "obligations of processors", 处理者义务.

A provision is indexed under one phrase per norm, made of a word for the modality and the bearer; a query that asks for
such norms in other words ("processors' duties", 处理者的职责) is also looked for as that phrase. Words are in
``lexicon.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from kb.search.analysis import positions, stem, tokens
from kb.search.query import Slot, Text

__all__ = ["asked_norms", "keyword_positions", "norm_keywords"]

_MARK: Final = "\x1f"
"""Begins every word of ``IndexRow.keywords`` in the index, so that ordinary words never match there."""

_CJK: Final = re.compile(r"[\u3400-\u9fff]")
_CAP: Final = 200
"""Norms of one provision that are indexed."""
_QUERY_CAP: Final = 120
"""Characters of the longest query that is read as a question for norms."""


@dataclass(frozen=True, slots=True)
class _Words:
    english: dict[str, str]
    chinese: dict[str, str]
    asked_before: re.Pattern[str]
    asked_behind: re.Pattern[str]
    asked_chinese: re.Pattern[str]
    by_asked: dict[str, str]


@cache
def _words() -> _Words:
    norms = tomllib.loads(resources.files("kb.search").joinpath("lexicon.toml").read_text(encoding="utf-8"))["norms"]
    by_asked = {each: entry[language]["word"] for entry in norms.values() for language in ("en", "zh")
                for each in entry[language]["asked"]}  # fmt: skip
    english = "|".join(sorted((word for word in by_asked if word.isascii()), key=len, reverse=True))
    chinese = "|".join(sorted((word for word in by_asked if not word.isascii()), key=len, reverse=True))
    bearer = r"(?P<bearer>[a-z][a-z-]{1,30}(?:\s[a-z][a-z-]{1,30}){0,4})"
    return _Words(
        {modality: entry["en"]["word"] for modality, entry in norms.items()},
        {modality: entry["zh"]["word"] for modality, entry in norms.items()},
        re.compile(rf"(?P<asked>{english})\s(?:of|on|for|upon|binding)\s(?:the\s|an?\s|all\s|every\s)?{bearer}"),
        re.compile(rf"(?:the\s)?{bearer}(?:'s|s'|')?\s(?P<asked>{english})"),
        re.compile(
            rf"(?P<bearer>[\u3400-\u9fff]{{2,20}}?)的?(?:应当|应|须|依法)?(?:履行|承担|享有)?的?(?P<asked>{chinese})"
        ),
        by_asked,
    )


def norm_keywords(norms: Iterable[tuple[str, str]], language: str) -> str:
    """Return the words a provision is found by for its norms.

    Args:
        norms: (bearer, modality) of each; a bearer of several words is also found by its last one.
        language: of the provision.
    """
    words = _words()
    phrases: list[str] = []
    for bearer, modality in norms:
        if len(phrases) >= _CAP:
            break
        if language == "zh" or _CJK.search(bearer):
            phrases.append(f"{bearer}{words.chinese[modality]}")
            continue
        plain = bearer.casefold()
        phrases.append(f"{words.english[modality]} of {plain}")
        *before, last = plain.split()
        if before:
            phrases.append(f"{words.english[modality]} of {last}")
    return "\n".join(phrases)


def keyword_positions(keywords: str, first: int) -> tuple[dict[str, list[int]], int]:
    """Return where the marked words of a row's keywords stand, counted from ``first``, and the place after the last."""
    found: dict[str, list[int]] = {}
    plain, after = positions(keywords, first)
    for word, places in plain.items():
        found.setdefault(_MARK + stem(word), []).extend(places)
    return {word: sorted(places) for word, places in found.items()}, after


def asked_norms(query: str) -> Text | None:
    """Return what finds the norms a query asks for in the keywords; None when it asks for something else."""
    phrase = _phrase(query)
    if phrase is None:
        return None
    slots: list[Slot] = []
    for token in tokens(phrase):
        if token.run == 1 and slots and slots[-1].offset == token.position - 1:
            continue  # the last character of a run is part of the pair before it
        slots.append(Slot(_MARK + stem(token.text), token.position, stems=False))
    return Text(tuple(slots), 0, len(query))


def _phrase(query: str) -> str | None:
    plain = " ".join(query.replace("’", "'").casefold().split())
    if not plain or len(plain) > _QUERY_CAP:
        return None
    words = _words()
    chinese = words.asked_chinese.fullmatch(plain)
    if chinese is not None:
        return f"{chinese['bearer']}{words.by_asked[chinese['asked']]}"
    english = words.asked_before.fullmatch(plain) or words.asked_behind.fullmatch(plain)
    return None if english is None else f"{words.by_asked[english['asked']]} of {english['bearer']}"
