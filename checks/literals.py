"""Words a pattern cannot match without: a cheap question to ask of a text before the pattern is tried on it.

Looking a word up is ten to a hundred times faster than trying an alternation at every character, and most clauses hold
none of the words of most rules. The answer is one-sided: no word, no match; a word proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final

MIN_LENGTH: Final = 2
"""A single Latin letter or digit stands in every clause and would filter nothing; a bracket or a character may."""
MAX_WORDS: Final = 60
"""More alternatives than this cost as much as the pattern."""

LONG_ENOUGH: Final = 8
"""Letters from which on a longer word is no rarer."""

_FOLDED: Final = str.maketrans({"ſ": "s", "ı": "i", "İ": "i"})
"""Characters that match s and i when case is ignored, but that ``lower`` leaves or lengthens."""


def fold(text: str) -> str:
    """Return the text in lower case with every offset kept."""
    odd = any(chr(code) in text for code in _FOLDED)
    lowered = (text.translate(_FOLDED) if odd else text).lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def required_words(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Return words of which every match of ``pattern`` contains at least one, folded; empty when none can be told."""
    words = _of_sequence(_parse(pattern.pattern, pattern.flags))
    if not words or len(words) > MAX_WORDS:
        return ()
    # A word that contains another one adds nothing to the question.
    return tuple(sorted(w for w in words if not any(other != w and other in w for other in words)))


def required_sets(pattern: re.Pattern[str]) -> tuple[tuple[str, ...], ...]:
    """Return up to two sets of folded words; every match of ``pattern`` contains a word of each.

    The first is what ``required_words`` returns. The second tells apart what a common verb alone does not: most
    clauses that hold "terminate" hold no word for a right.
    """
    first = required_words(pattern)
    if not first:
        return ()
    second: frozenset[str] = frozenset()
    for words in _requirements(_parse(pattern.pattern, pattern.flags)):
        if len(words) <= MAX_WORDS and not words.intersection(first):
            second = _better(second, words)
    return (first, tuple(sorted(second))) if second else (first,)


def _requirements(items: Iterable[Any]) -> list[frozenset[str]]:
    """Return a set of words for each part of a sequence that says one; a match contains a word of every one of them."""
    found: list[frozenset[str]] = []
    run = ""
    for operation, argument in (*items, ("END", None)):
        name = str(operation)
        if name == "LITERAL":
            run += chr(argument)
            continue
        found.append(_of_run(run))
        run = ""
        if name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            found += _requirements(argument[-1] if name == "SUBPATTERN" else argument)
        else:
            found.append(_of_item(name, argument))
    return [words for words in found if words]


def _parse(pattern: str, flags: int) -> Iterable[Any]:
    # The standard library's own parser (private, the same in 3.11 to 3.13): a second grammar of regular expressions
    # written here would sooner or later disagree with it, and a wrong filter hides a match.
    parser = import_module("re._parser")
    tree: Iterable[Any] = parser.parse(pattern, flags)
    return tree


def _of_sequence(items: Iterable[Any]) -> frozenset[str]:
    best: frozenset[str] = frozenset()
    run = ""
    for operation, argument in items:
        name = str(operation)
        if name == "LITERAL":
            run += chr(argument)
            continue
        best, run = _better(best, _of_run(run)), ""
        best = _better(best, _of_item(name, argument))
    return _better(best, _of_run(run))


def _of_item(name: str, argument: Any) -> frozenset[str]:
    if name == "SUBPATTERN":
        return _of_sequence(argument[-1])
    if name == "ATOMIC_GROUP":
        return _of_sequence(argument)
    if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"} and argument[0] >= 1:
        return _of_sequence(argument[2])
    if name == "BRANCH":
        choices = [_of_sequence(choice) for choice in argument[1]]
        return frozenset().union(*choices) if all(choices) else frozenset()
    return frozenset()


def _of_run(run: str) -> frozenset[str]:
    folded = fold(run).strip()
    if not folded or (len(folded) < MIN_LENGTH and folded.isascii() and folded.isalnum()):
        return frozenset()
    return frozenset({folded})


def _better(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the more telling of two requirements: longer words, then fewer."""
    if not one or not other:
        return one or other
    return max(one, other, key=lambda words: (min(min(_weight(w) for w in words), LONG_ENOUGH), -len(words)))


def _weight(word: str) -> int:
    return len(word) if word.isascii() else 3 * len(word)
