"""Finds which words of two names stand for each other, and says so in figures.

Words are paired by meaning, spelling or sound; neighbours may be written as one word; initials stand for names. What
stays unpaired on both sides is a conflict (different people), on one side only an addition (a middle name).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import OSA

from kb.names.fold import fold, words_of
from kb.names.parse import ORGANIZATION, Parsed, Word
from kb.names.tokens import DISTANT, EXACT_SOUNDS, SOUND_SHARE, similarity, sound_key

PAIR: Final = 0.5  # below this two words are different words
JOINED: Final = 0.84  # how alike a run of words and one word must be to be the same word, split
INITIAL_SCORE: Final = 0.75
CUT_SCORE: Final = 0.85
_MIN_CUT_LENGTH: Final = 14  # names shorter than this are not cut off by a field's width
_RUN: Final = 4
_VOWELS: Final = frozenset("aeiou")
_MIN_JOINED: Final = 5  # shorter words are not two words written together


@dataclass(slots=True)
class Pair:
    """Words of both sides that stand for each other: ``score`` 0-1, the ``weight`` of the heavier and ``least``."""

    left: str
    right: str
    score: float
    weight: float
    how: str
    least: float = 0.0


@dataclass(slots=True)
class Alignment:
    """The pairs of two names and what is left over on either side."""

    pairs: list[Pair]
    left: list[Word]
    right: list[Word]
    crossings: int


def align(left: Parsed, right: Parsed) -> Alignment:
    """Pair the words of two names parsed as the same kind."""
    organization = left.kind == ORGANIZATION
    abjad = left.abjad != right.abjad
    distant = 0 if left.distant == right.distant else max(left.distant, right.distant)
    pairs: list[Pair] = []
    places: list[tuple[int, int]] = []
    ours = list(enumerate(left.words))
    theirs = list(enumerate(right.words))
    _exact(ours, theirs, pairs, places)
    if ours and theirs:
        _cut_off(left, right, ours, theirs, pairs)
        if len(ours) > 1:
            _runs(ours, theirs, pairs, places, abjad=abjad, distant=distant)
        if len(theirs) > 1:
            _runs(theirs, ours, pairs, places, abjad=abjad, distant=distant, turned=True)
        _alike(ours, theirs, pairs, places, organization=organization, abjad=abjad, distant=distant)
        if ours and theirs:
            _initials(ours, theirs, pairs, places, organization=organization)
            _initials(theirs, ours, pairs, places, organization=organization, turned=True)
        if organization and ours and theirs:
            _acronym(ours, theirs, pairs, places)
            _acronym(theirs, ours, pairs, places, turned=True)
    places.sort()
    crossings = sum(1 for (_, a), (_, b) in itertools.pairwise(places) if b < a)
    return Alignment(pairs, [w for _, w in ours], [w for _, w in theirs], crossings)


_Side = list[tuple[int, Word]]


def _exact(ours: _Side, theirs: _Side, pairs: list[Pair], places: list[tuple[int, int]]) -> None:
    waiting: dict[str, list[int]] = {}
    for position, (_, word) in enumerate(theirs):
        waiting.setdefault(word.text, []).append(position)
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    for position, (place, word) in enumerate(ours):
        found = waiting.get(word.text)
        if found:
            other = found.pop(0)
            ours_weight, their_weight = word.weight, theirs[other][1].weight
            heavier, lighter = max(ours_weight, their_weight), min(ours_weight, their_weight)
            pairs.append(Pair(word.text, word.text, 1.0, heavier, "same", lighter))
            if word.role != "particle":
                places.append((place, theirs[other][0]))
            taken_left.add(position)
            taken_right.add(other)
    if taken_left:
        ours[:] = [item for position, item in enumerate(ours) if position not in taken_left]
        theirs[:] = [item for position, item in enumerate(theirs) if position not in taken_right]


def _alike(
    ours: _Side,
    theirs: _Side,
    pairs: list[Pair],
    places: list[tuple[int, int]],
    *,
    organization: bool,
    abjad: bool,
    distant: int,
) -> None:
    options: list[tuple[float, float, int, int]] = []
    for i, (_, a) in enumerate(ours):
        word = a.said or a.text
        if len(word) < 2:
            continue
        for j, (_, b) in enumerate(theirs):
            other = b.said or b.text
            if len(other) < 2 or (a.role == "particle") != (b.role == "particle") or (a.said and b.said):
                continue
            score = similarity(word, other, organization, abjad, distant)
            if score >= PAIR:
                # A misspelt country or number weighs what the country or number does.
                heavier = max(a.weight, b.weight) if a.said == b.said else a.weight if a.said else b.weight
                options.append((score, heavier, i, j))
    options.sort(reverse=True)
    used_left: set[int] = set()
    used_right: set[int] = set()
    for score, weight, i, j in options:
        if i in used_left or j in used_right:
            continue
        used_left.add(i)
        used_right.add(j)
        a, b = ours[i][1], theirs[j][1]
        pairs.append(Pair(a.said or a.text, b.said or b.text, score, weight, "alike", min(a.weight, b.weight)))
        if ours[i][1].role != "particle":
            places.append((ours[i][0], theirs[j][0]))
    ours[:] = [item for i, item in enumerate(ours) if i not in used_left]
    theirs[:] = [item for j, item in enumerate(theirs) if j not in used_right]


def _runs(
    many: _Side,
    few: _Side,
    pairs: list[Pair],
    places: list[tuple[int, int]],
    *,
    abjad: bool,
    distant: int,
    turned: bool = False,
) -> None:
    """Pair neighbouring words of ``many`` with one word of ``few`` they make when written together."""
    longer = [item for item in few if len(item[1].text) >= _MIN_JOINED]
    if len(many) < 2 or not longer:
        return
    openings = {sound_key(word.said or word.text)[0] for _, word in many}
    for other in longer:
        place, word = other
        opening = sound_key(word.text)[0]
        if not abjad and opening not in openings:
            continue
        best: tuple[float, tuple[int, ...]] | None = None
        for run in _neighbours(many, "" if abjad else opening):
            text = "".join(many[i][1].said or many[i][1].text for i in run)
            if abs(len(text) - len(word.text)) > 2:
                continue
            score = _run_score(text, word.text, abjad=abjad, distant=distant)
            if score >= JOINED and (best is None or score > best[0]):
                best = (score, run)
        if best is None:
            continue
        score, run = best
        if any(similarity(many[i][1].text, word.text, False, abjad, distant) >= score for i in run):
            continue
        text = " ".join(many[i][1].said or many[i][1].text for i in run)
        weight = max(word.weight, *(many[i][1].weight for i in run))
        first = many[run[0]][0]
        one, two = (word.text, text) if turned else (text, word.text)
        pairs.append(Pair(one, two, score, weight, "joined", min(word.weight, max(many[i][1].weight for i in run))))
        places.append((place, first) if turned else (first, place))
        for i in sorted(run, reverse=True):
            del many[i]
        few.remove(other)
        if len(many) < 2:
            return


def _neighbours(many: _Side, opening: str) -> Iterator[tuple[int, ...]]:
    """Yield runs of neighbouring words, and two words in turned order (a surname written behind or in front).

    Only runs whose first word begins with the sound ``opening`` are worth trying ("" for any).
    """
    for start in range(len(many)):
        word = many[start][1]
        if word.role == "initial" or (opening and sound_key(word.said or word.text)[0] != opening):
            continue
        for end in range(start + 1, min(start + _RUN, len(many))):
            if many[end][0] != many[end - 1][0] + 1 or many[end][1].role == "initial":
                break
            yield tuple(range(start, end + 1))
        if start > 0 and many[start - 1][1].role != "initial":
            yield (start, start - 1)
        if start == len(many) - 1 and start > 1 and many[0][1].role != "initial":
            yield (start, 0)


def _run_score(run: str, word: str, *, abjad: bool, distant: int) -> float:
    if abjad:
        return similarity(run, word, False, abjad, distant)
    score = 1.0 - OSA.distance(run, word) / max(len(run), len(word))
    if distant != EXACT_SOUNDS:
        a, b = sound_key(run), sound_key(word)
        score = max(score, SOUND_SHARE * (1.0 - OSA.distance(a, b) / max(len(a), len(b))))
    return score * DISTANT if distant and score < 1.0 else score


def _initials(
    ours: _Side,
    theirs: _Side,
    pairs: list[Pair],
    places: list[tuple[int, int]],
    *,
    organization: bool,
    turned: bool = False,
) -> None:
    """Pair initials of ``ours`` ("J", "JC") with names of ``theirs``."""
    for item in list(ours):
        place, word = item
        if word.role == "initial":
            found = next(
                (
                    other
                    for other in theirs
                    if other[1].role != "particle" and (other[1].said or other[1].text)[0] == word.text
                ),
                None,
            )
            matched = [found] if found is not None else []
        elif 2 <= len(word.text) <= 3 and word.role == "name" and _VOWELS.isdisjoint(word.text) and not organization:
            names = [other for other in theirs if other[1].role == "name"]
            matched = (
                names[: len(word.text)] if [n[1].text[0] for n in names[: len(word.text)]] == list(word.text) else []
            )
        else:
            continue
        if not matched:
            continue
        text = " ".join(other[1].text for other in matched)
        weight = sum(other[1].weight for other in matched)
        pairs.append(
            Pair(text, word.text, INITIAL_SCORE, weight, "initial")
            if turned
            else Pair(word.text, text, INITIAL_SCORE, weight, "initial")
        )
        places.append((matched[0][0], place) if turned else (place, matched[0][0]))
        ours.remove(item)
        for other in matched:
            theirs.remove(other)


def _acronym(
    ours: _Side, theirs: _Side, pairs: list[Pair], places: list[tuple[int, int]], *, turned: bool = False
) -> None:
    """Pair one short word of ``ours`` with the words of ``theirs`` whose first letters it is made of."""
    for item in list(ours):
        place, word = item
        size = len(word.text)
        names = [other for other in theirs if other[1].role != "particle"]
        if not 3 <= size <= 6 or len(names) < size or "".join(n[1].text[0] for n in names[:size]) != word.text:
            continue
        text = " ".join(other[1].text for other in names[:size])
        weight = sum(other[1].weight for other in names[:size])
        pairs.append(
            Pair(text, word.text, INITIAL_SCORE, weight, "acronym")
            if turned
            else Pair(word.text, text, INITIAL_SCORE, weight, "acronym")
        )
        places.append((names[0][0], place) if turned else (place, names[0][0]))
        ours.remove(item)
        for other in names[:size]:
            theirs.remove(other)
        return


def _cut_off(left: Parsed, right: Parsed, ours: _Side, theirs: _Side, pairs: list[Pair]) -> None:
    """Pair the last word of a name cut off by a field's width with the word it is the beginning of.

    The shorter name must be the beginning of the longer, letter by letter, and end inside a word; what the longer one
    says after that word was cut off with it and counts on neither side.
    """
    turned = len(left.raw) > len(right.raw)
    shorter, longer = (right, left) if turned else (left, right)
    side, others = (theirs, ours) if turned else (ours, theirs)
    head = shorter.raw.rstrip().lower()
    if len(head) < _MIN_CUT_LENGTH or not longer.raw.lower().startswith(head):
        return
    rest = longer.raw[len(head) :]
    if not rest[:1].isalnum():
        return
    began, lost = words_of(fold(head)), words_of(fold(rest))
    if not began or not lost:
        return
    part = next((item for item in side if item[1].text == began[-1]), None)
    whole = next((item for item in others if item[1].text == began[-1] + lost[0]), None)
    if part is None or whole is None:
        return
    a, b = (whole, part) if turned else (part, whole)
    share = len(part[1].text) / len(whole[1].text)
    pairs.append(Pair(a[1].text, b[1].text, CUT_SCORE, whole[1].weight * share, "cut off"))
    side.remove(part)
    others.remove(whole)
    for text in lost[1:]:
        gone = next((item for item in others if item[1].text == text), None)
        if gone is not None:
            others.remove(gone)
