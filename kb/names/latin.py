"""Scores two names compared in Latin letters: figures from the alignment, weighted by one visible table.

The weights are in ``data/weights.toml`` (how they were fitted: data/README.md). The score is a probability-like figure,
scaled so that ``MATCH`` is the operating point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from operator import mul
from typing import Final

from rapidfuzz.distance import OSA

from kb.names import tables
from kb.names.align import Alignment, Pair, align
from kb.names.parse import ORGANIZATION, Parsed, Word
from kb.names.tokens import ABJAD, are_two_words, sound_key

MATCH: Final = 0.7  # at or above this score two names are reported as a match

STRAINED: Final = 0.7  # pairs below this are more likely two words than two spellings
_ENOUGH: Final = 1.6  # two telling words; agreement on less is thin when other words are left over
_SURE: Final = 0.9  # pairs from here up are one word for sure
_AMISS: Final = 0.08  # share of a name that differs from which on it differs, rather than is spelled otherwise
_USUAL: Final = 0.4  # weight of the most usual words (parse._FLOOR)
FEATURES: Final = (
    "coverage", "conflict", "extra", "worst", "burden", "spelled", "together", "order", "initials", "evidence",
    "single", "form_conflict", "form_extra", "country_conflict", "country_extra", "number_conflict", "number_extra",
    "distinct_left",
    "strained", "thin", "two_words", "opening", "usual", "unvoiced", "chance", "unsure", "initial_conflict",
    "kind_conflict",
)  # fmt: skip


_COVERAGE: Final = FEATURES.index("coverage")
_UNVOICED: Final = FEATURES.index("unvoiced")
_FEW: Final = 1_000  # names among which chance agreement needs no correction: the weights were fitted on single pairs
_CONSONANTS: Final = 1.6  # agreement of consonants alone is chance sooner than agreement of letters
_BY_CHANCE: Final = 0.02  # agreements by chance in a list that are too few to matter; names of one country go together
# log10 of one in how many names has a word: names behind data/frequency.csv, less the logarithm of the word's count
# (kb.names.parse._rarity turns the count into a weight).
_RAREST: Final = 4.2
_MOST_USUAL: Final = 2.7
_NOT_ALIKE: Final = 0.6  # words less alike than this agree in nothing that tells
_INITIAL_TELLS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Scored:
    """A comparison: score 0-1, its figures in the order of ``FEATURES``, and the alignment they come from.

    ``lowered`` says that the score counts less because many names were searched.
    """

    score: float
    figures: tuple[float, ...]
    alignment: Alignment
    kind: str
    lowered: bool = False


def figures_of(left: Parsed, right: Parsed, found: Alignment) -> tuple[float, ...]:
    """Return what an alignment shows, each figure 0 to 1; for "conflict", "worst" and the like high is bad."""
    matched = agreed = worst = initials = evidence = strained = two_words = opening = usual = rare = 0.0
    organization = left.kind == ORGANIZATION
    for pair in found.pairs:
        matched += pair.weight
        agreed += pair.weight * pair.score
        if pair.how in {"initial", "acronym"}:
            initials += pair.weight
        elif pair.weight >= 0.3:
            worst = max(worst, 1.0 - pair.score)
            strained += pair.weight if pair.score < STRAINED else 0.0
            evidence += pair.weight * (pair.score if pair.score > 0.6 else 0.0)
            if pair.score >= _SURE:
                rare += max(0.0, pair.least - _USUAL) / (1.0 - _USUAL)
            if pair.score < 1.0:
                miss = 1.0 - pair.score
                usual += miss * (1.0 - pair.least)
                if pair.how == "alike":
                    if are_two_words(pair.left, pair.right, organization):
                        two_words = max(two_words, pair.weight)
                    if sound_key(pair.left)[:1] != sound_key(pair.right)[:1]:
                        opening = max(opening, miss)
    left_over = sum(w.weight for w in found.left if w.role != "particle")
    right_over = sum(w.weight for w in found.right if w.role != "particle")
    total = matched + left_over + right_over + 1e-9
    both = min(left_over, right_over)
    longest = max(len(left.joined), len(right.joined), 1)
    ours = "".join(sorted(w.text for w in left.words)) if found.crossings else left.joined
    theirs = "".join(sorted(w.text for w in right.words)) if found.crossings else right.joined
    spelled = 1.0 - min(OSA.distance(ours, theirs), OSA.distance(left.joined, right.joined)) / longest
    if not left_over and not right_over:  # every word has its counterpart: their likeness, not their order or spacing
        spelled = max(spelled, agreed / (matched + 1e-9))
    form_conflict = float(bool(left.forms and right.forms) and left.forms.isdisjoint(right.forms))
    names_left = sum(1 for w in left.words if w.role in {"name", "light"})
    names_right = sum(1 for w in right.words if w.role in {"name", "light"})
    roles_left = {w.role for w in (*found.left, *found.right)}  # a misspelt country is not left over
    initial_conflict = not organization and (
        (left_over > 0.0 < right_over)
        and (_has_initial(found.left, found.right) or _has_initial(found.right, found.left))
    )
    unvoiced = left.abjad != right.abjad
    # Words written without vowels never agree fully, which says nothing about how usual they are.
    usual = 0.0 if unvoiced else min(1.0, usual)
    two_words = 0.0 if unvoiced else two_words
    missing = 0.0 if unvoiced else 1.0 - agreed / total
    common = 1.0 - min(1.0, rare)
    return (
        agreed / total,
        min(1.0, 2 * both / (matched + 2 * both + 1e-9)),
        abs(left_over - right_over) / total,
        1.0 if both > 0.3 else worst,
        (matched - agreed) / (matched + 1e-9),
        spelled,
        float(left.joined == right.joined and not form_conflict),
        float(found.crossings > 0),
        initials / total,
        min(evidence, 2.0) / 2.0,
        float(min(names_left, names_right) <= 1 < max(names_left, names_right)),
        form_conflict if organization else 0.0,
        float(bool(left.forms) != bool(right.forms)) if organization else 0.0,
        float(bool(left.countries and right.countries) and left.countries.isdisjoint(right.countries)),
        float(bool(left.countries) != bool(right.countries) and "country" in roles_left),
        float(bool(left.numbers and right.numbers) and left.numbers != right.numbers),
        float(bool(left.numbers) != bool(right.numbers) and "number" in roles_left),
        min(1.0, sum(w.weight for w in (*found.left, *found.right) if w.role == "name") / 2.0) if organization else 0.0,
        strained / total,
        abs(left_over - right_over) / total * (1.0 - min(evidence, _ENOUGH) / _ENOUGH),
        two_words,
        opening,
        usual,
        float(unvoiced),
        missing * common,
        min(1.0, missing / _AMISS) * common,
        float(initial_conflict),
        float(left.body != right.body and not organization),
    )


def _has_initial(words: list[Word], others: list[Word]) -> bool:
    """Say whether an initial is left over where the other side has a name for it, which begins otherwise."""
    return any(w.role == "initial" for w in words) and any(w.role in {"name", "light", "initial"} for w in others)


def in_crowd(scored: Scored, names: int) -> Scored:
    """Return a comparison as it counts when its name is one of many searched.

    Where something does not agree, the agreement of the rest may be chance, and the more names are searched the
    likelier some name agrees by chance. How many would is the number of names times the share of names that have each
    agreeing word; the odds fall by Bayes' rule as far as that number is above ``_BY_CHANCE``. Full agreement is not
    touched.

    Args:
        scored: the comparison.
        names: how many names were searched.
    """
    if names <= _FEW or not scored.figures or not 0.0 < scored.score < 1.0:
        return scored
    unvoiced = scored.figures[_UNVOICED] > 0.0  # consonants of usual names agree by chance
    missing = _CONSONANTS if unvoiced else min(1.0, (1.0 - scored.figures[_COVERAGE]) / _AMISS)
    told = sum(map(_told_by, scored.alignment.pairs))
    doubt = min(math.log10(names / _FEW), math.log10(names / _BY_CHANCE) - told) * missing
    if doubt <= 0.0:
        return scored
    odds = math.log(scored.score / (1.0 - scored.score)) - math.log(10.0) * doubt
    return replace(scored, score=1.0 / (1.0 + math.exp(-odds)), lowered=True)


def _told_by(pair: Pair) -> float:
    """Return the decimal logarithm of the number of names among which one has a word like the pair's by chance."""
    if pair.how in {"initial", "acronym"}:
        return _INITIAL_TELLS
    alike = (pair.score - _NOT_ALIKE) / (ABJAD - _NOT_ALIKE)
    if alike <= 0.0:
        return 0.0
    usual = min(1.0, max(0.0, 1.0 - pair.least) / (1.0 - _USUAL))
    return (_RAREST - usual * _MOST_USUAL) * min(1.0, alike)


@cache
def _weights(kind: str) -> tuple[float, tuple[float, ...]]:
    table = tables.toml("weights.toml")[kind]
    return float(table["base"]), tuple(float(table[name]) for name in FEATURES)


def score(left: Parsed, right: Parsed) -> Scored:
    """Compare two names parsed as the same kind."""
    found = align(left, right)
    figures = figures_of(left, right, found)
    base, weights = _weights(left.kind)
    total = base + sum(map(mul, weights, figures))
    if not left.words or not right.words:
        return Scored(0.0, figures, found, left.kind)
    if left.joined == right.joined and not figures[11] and not figures[13]:
        return Scored(1.0 if not figures[7] and not figures[12] else 0.98, figures, found, left.kind)
    # The fitted zero of ``total`` is the operating point, which is shown as MATCH.
    return Scored(1.0 / (1.0 + math.exp(-total) * (1.0 - MATCH) / MATCH), figures, found, left.kind)
