"""Compares two names and says why they do or do not match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from kb.names import latin, romanize, tables
from kb.names.chinese import company, simplified
from kb.names.fold import fold, has_han, words_of
from kb.names.han import compare_across, compare_chinese
from kb.names.parse import ORGANIZATION, PERSON, is_marked, parse, parse_native, script_of

NameKind = Literal["person", "organization"]

ALIAS: Final = 0.96  # listed as names of one organisation in data/aliases.csv
_SYLLABLES: Final = 0.88  # the same Chinese syllables in two romanisations
OTHER_SYLLABLES: Final = 0.6  # two well-formed Chinese names that differ in a syllable (Li Ming, Li Min)
_JUNK: Final = re.compile(r"[\s()\[\]·・•.,，、&'\"“”\-]+")
_ASCII_JUNK: Final = {code: None for code in range(128) if _JUNK.fullmatch(chr(code))}


@dataclass(frozen=True, slots=True)
class NameMatch:
    """What a comparison of two names found.

    Attributes:
        score: 0-1; ``match`` is set from ``kb.names.MATCH`` up.
        explanation: (feature, score 0-1, sentence) in order of importance.
        query: the name asked for.
        matched_name: the name it was compared with.
        entity: id of the entity ``matched_name`` belongs to, in a search; "" in a plain comparison.
    """

    score: float
    match: bool
    explanation: tuple[tuple[str, float, str], ...]
    query: str = ""
    matched_name: str = ""
    entity: str = ""


def compare(left: str, right: str, *, kind: NameKind | None = None) -> NameMatch:
    """Compare two names of a person or an organisation, in any script.

    Args:
        left: one name.
        right: the other; the result does not depend on the order.
        kind: what both name; worked out from the names when None.
    """
    score, scored, told = judge(left, right, kind)
    return NameMatch(score, score >= latin.MATCH, told if scored is None else explain(scored), left, right)


Told = tuple[tuple[str, float, str], ...]


def judge(left: str, right: str, kind: str | None) -> tuple[float, latin.Scored | None, Told]:
    """Return score and reasons; the reasons of a Latin comparison are left in figures, for ``explain``."""
    left_han, right_han = has_han(left), has_han(right)
    shared = alias_groups(left) & alias_groups(right)
    if shared:
        same = _key(left) == _key(right)
        score = 1.0 if same else ALIAS
        return score, None, (("alias", score, f"both are names of {min(shared)}" if not same else "the same name"),)
    if left_han or right_han:
        if left_han and right_han:
            score, told = compare_chinese(left, right, kind)
        else:
            score, told = compare_across(left, right, kind) if left_han else compare_across(right, left, kind)
        return score, None, told
    if kind is None:
        kind = ORGANIZATION if is_marked(left) or is_marked(right) else PERSON
    script = script_of(left)
    if kind == PERSON and script is not None and script == script_of(right):
        return _with(latin.score(parse_native(left), parse_native(right)))
    scored = latin.score(parse(left, kind), parse(right, kind))
    if scored.score < _SYLLABLES and kind == PERSON:
        told = same_syllables(left, right)
        if told:
            return _SYLLABLES, None, told
    if kind == PERSON and scored.score >= latin.MATCH and scored.score < 1.0:
        other = other_syllables(left, right)
        if other:
            return OTHER_SYLLABLES, None, other
    return _with(scored)


def _with(scored: latin.Scored) -> tuple[float, latin.Scored | None, Told]:
    return scored.score, scored, ()


def explain(scored: latin.Scored) -> Told:
    """Put a Latin comparison into words: each pair of words, what is left over, and what contradicts."""
    told: list[tuple[str, float, str]] = []
    for pair in sorted(scored.alignment.pairs, key=lambda p: -p.weight):
        how = {
            "same": "are the same",
            "alike": "are alike",
            "joined": "are the same written together",
            "initial": "fits as an initial",
            "acronym": "fits as an acronym",
            "cut off": "is cut off",
        }[pair.how]
        told.append(("word", round(pair.score, 3), f"{pair.left} / {pair.right}: {how}"))
    for side, words in (("first", scored.alignment.left), ("second", scored.alignment.right)):
        extra = " ".join(w.text for w in words if w.role != "particle")
        if extra:
            told.append(("left_over", 0.0, f"only in the {side} name: {extra}"))
    figures = dict(zip(latin.FEATURES, scored.figures, strict=True))
    for name, sentence in _CONTRADICTIONS:
        if figures[name]:
            told.append((name, 1.0 - figures[name], sentence))
    if scored.lowered:
        told.append(("many_names", scored.score, "not all agrees, and among so many names that much agrees by chance"))
    told.append(("spelling", round(figures["spelled"], 3), "edit similarity of the whole names"))
    return tuple(told)


_CONTRADICTIONS: Final = (
    ("form_conflict", "their legal forms are of different classes"),
    ("country_conflict", "they name different countries"),
    ("number_conflict", "they carry different numbers"),
    ("order", "the words come in another order"),
)


def same_syllables(left: str, right: str) -> Told:
    """Recognise one Chinese name in two romanisations (Mao Tse-tung, Mao Zedong)."""
    ours, theirs = _syllables_of(left), _syllables_of(right)
    if ours is None or theirs is None or len(ours) != len(theirs) or not 2 <= len(ours) <= 4:
        return ()
    for shift in (0, 1, len(ours) - 1):
        turned = theirs[shift:] + theirs[:shift]
        if all(not romanize.as_pinyin(a).isdisjoint(romanize.as_pinyin(b)) for a, b in zip(ours, turned, strict=True)):
            return (
                (
                    "romanisation",
                    _SYLLABLES,
                    f"{' '.join(ours)} and {' '.join(theirs)} spell the same Chinese syllables",
                ),
            )
    return ()


def other_syllables(left: str, right: str) -> Told:
    """Recognise two Chinese names in pinyin of which one syllable differs: another name, not a slip of the hand.

    Both must be well-formed, of as many syllables, and share a surname that is one; so "Nina" and "Lina" are none.
    """
    ours, theirs = _syllables_of(left), _syllables_of(right)
    if ours is None or theirs is None or len(ours) != len(theirs) or not 2 <= len(ours) <= 3:
        return ()
    known = romanize.syllables()
    if not known.issuperset(ours) or not known.issuperset(theirs):
        return ()
    if not any(a == b and a in romanize.surname_syllables() for a, b in ((ours[0], theirs[0]), (ours[-1], theirs[-1]))):
        return ()
    differ = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    if len(differ) != 1 or sorted(ours) == sorted(theirs) or same_syllables(left, right):
        return ()
    return (
        ("syllables", OTHER_SYLLABLES, f"{differ[0][0]} and {differ[0][1]} are two syllables, so these are two names"),
    )


@lru_cache(maxsize=50_000)
def _syllables_of(name: str) -> tuple[str, ...] | None:
    found: list[str] = []
    for word in words_of(fold(name)):
        cut = romanize.split_syllables(word) if len(word) <= 20 else None
        if cut is None:
            return None
        found.extend(cut)
        if len(found) > 4:
            return None
    return tuple(found)


@cache
def _alias_table() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group, names, _ in tables.rows("aliases.csv"):
        for name in names.split("|"):
            found.setdefault(_key(name), set()).add(group)
    return {key: frozenset(groups) for key, groups in found.items()}


_NO_GROUP: Final[frozenset[str]] = frozenset()


@lru_cache(maxsize=50_000)
def alias_groups(name: str) -> frozenset[str]:
    """Return the groups of data/aliases.csv a name is listed in."""
    return _alias_table().get(_key(name), _NO_GROUP)


def _key(name: str) -> str:
    if name.isascii():
        key = name.lower().translate(_ASCII_JUNK)
    else:
        key = _JUNK.sub("", simplified(name)).lower() if has_han(name) else _JUNK.sub("", fold(name))
    return key[3:] if key.startswith("the") and len(key) > 8 else key


def core_of(name: str) -> str:
    """Return what tells its bearer apart: a Chinese company's distinctive name, else the folded name."""
    return company(name).core if has_han(name) else fold(name)
