"""Legal forms in the names of organisations: taken off where they are whole, recognised where they are misspelt."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from kb.names import tables
from kb.names.fold import fold, words_of
from kb.names.tokens import bare, undigit

_FORM_WORDS: Final = 8  # the longest form in forms.toml, in words
_MIN_FORM_WORD: Final = 5  # letters a legal form's word has at least for a slip in it to be told from another word
_MIN_SHORT_FORM: Final = 4  # the same for one written without vowels


@cache
def forms() -> dict[tuple[str, ...], str]:
    """Return the class of each legal form by its words, folded."""
    found: dict[tuple[str, ...], str] = {}
    for group, entry in tables.toml("forms.toml").items():
        for form in entry["forms"]:
            for words in (tuple(words_of(fold(form))), tuple(words_of(fold(form).replace(".", "")))):
                if words:
                    found.setdefault(words, group)
    return found


@cache
def _form_edges() -> tuple[frozenset[str], frozenset[str]]:
    """Return the first and the last words of legal forms."""
    return frozenset(form[0] for form in forms()), frozenset(form[-1] for form in forms())


@cache
def _form_spellings() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return words of legal forms, those words with one letter left out, and without their vowels."""
    plain = tables.words("organization", "form_words")
    long = {word for word in plain if len(word) >= _MIN_FORM_WORD}
    cut = {word[:k] + word[k + 1 :] for word in long for k in range(len(word))}
    return plain, frozenset(cut | long), frozenset(bare(word) for word in long)


@lru_cache(maxsize=100_000)
def is_form_word(word: str) -> bool:
    """Say whether a word is one of a legal form, or is one but for a slip ("likited", "lmtd", "corporatino").

    A slip is one letter more, less, other or exchanged with its neighbour; words of the language are no slips.
    """
    plain, cut, vowelless = _form_spellings()
    if word in plain:
        return True
    if len(word) < _MIN_SHORT_FORM or word in tables.english() or word in tables.frequencies()[1]:
        return False
    if word in vowelless:
        return True
    if len(word) < _MIN_FORM_WORD:
        return False
    word = undigit(word)
    return word in cut or any(word[:k] + word[k + 1 :] in cut for k in range(len(word)))


def split_forms(parts: list[str]) -> tuple[list[str], frozenset[str]]:
    """Take legal forms from both ends of a name (and none from the middle, where they are words).

    Returns:
        The words left, and the classes of the forms found.
    """
    known = forms()
    first, last = _form_edges()
    found: set[str] = set()
    rest = parts
    changed = True
    while changed and len(rest) > 1:
        changed = False
        if rest[-1] not in last and rest[0] not in first:
            break
        for size in range(min(_FORM_WORDS, len(rest) - 1), 0, -1):
            group = known.get(tuple(rest[-size:])) if rest[-1] in last else None
            if group is not None:
                found.add(group)
                rest = rest[:-size]
                changed = True
                break
            group = known.get(tuple(rest[:size])) if rest[0] in first else None
            if group is not None and _leads(tuple(rest[:size])):
                found.add(group)
                rest = rest[size:]
                changed = True
                break
    if len(rest) == 1 and len(parts) > 1 and rest[0] in {"co", "and"}:
        return parts, frozenset()
    while len(rest) > 1 and rest[-1] in {"co", "and"}:
        rest = rest[:-1]
    glued = _glued_form(rest[-1], found, alone=len(rest) == 1) if rest else None
    return (rest if glued is None else [*rest[:-1], glued]), frozenset(found)


def _leads(words: tuple[str, ...]) -> bool:
    """Say whether a form may stand in front; short Latin forms there are more often the name ("AS Roma", "SE Asia")."""
    return len(words) > 1 or len(words[0]) >= 3


def _glued_form(word: str, found: set[str], *, alone: bool) -> str | None:
    """Take a legal form off the word it is written together with; short ones only where no other word is."""
    for tail, group, unmistakable in _GLUED:
        if word.endswith(tail) and len(word) - len(tail) >= (_MIN_GLUED if unmistakable else _MIN_GLUED_SHORT):
            if not unmistakable and (found or not alone):
                continue
            if group:
                found.add(group)
            return word[: -len(tail)]
    return None


_MIN_GLUED: Final = 4
_MIN_GLUED_SHORT: Final = 5
_GLUED: Final = (
    ("limited", "limited", True),
    ("corporation", "corporation", True),
    ("company", "", True),
    ("gmbh", "limited", True),
    ("ag", "stock", False),
    ("llc", "limited", False),
    ("ltd", "limited", False),
    ("inc", "corporation", False),
)
