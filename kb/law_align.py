"""Alignment of two versions of an act: which provision of the new one continues which provision of the old one.

Numbers do not identify provisions (in PRC law half of the surviving articles change theirs), so texts decide: shared
pairs of neighbouring words propose candidates through an inverted index, the common subsequence of words scores them,
and an assignment follows the order of the act, with moved provisions allowed where the texts are close enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import log
from typing import Final

from rapidfuzz.distance import Indel

from kb.law_change import ChangeKind, Materiality, ProvisionChange
from kb.law_materiality import grade_change, grade_text
from kb.law_order import heaviest_chain, longest_chain
from kb.law_text import canonical_text, identity_key, is_husk, shingles, tokens

__all__ = ["ChangeKind", "Materiality", "ProvisionChange", "align"]

CANDIDATES: Final = 8
"""Candidates kept per provision; the right one was never below the fifth in the versions measured."""
STRONG: Final = 0.8
"""From here on a mutual best pair is taken whatever its place."""
IN_ORDER: Final = 0.45
"""Lowest similarity of a pair that keeps the order of its neighbours."""
MOVED: Final = 0.55
"""Lowest similarity of a pair that breaks the order."""
SAME_NUMBER: Final = 0.2
"""Lowest similarity of a pair with the same number where numbers have proved stable."""
STABLE: Final = 0.9
"""Share of strong pairs with unchanged numbers from which numbers count as stable (UK, Irish, US amending practice)."""
PIECE: Final = 0.6
"""Share of a piece's weight that must stand in the whole for a split or merger."""
CONTAINED: Final = 0.62
"""Share of the lighter text's weight that must stand in the heavier one for a pair that word order does not show."""
CONTAINED_PAIRS: Final = 6
"""Pairs of words both must share at least, so that a short formula proves nothing."""
NEW_SHARE: Final = 0.12
"""Share of the whole's weight that only the piece explains."""


@dataclass(slots=True)
class _Text:
    number: str
    canonical: str
    key: str
    words: list[str] = field(default_factory=list)
    pairs: frozenset[tuple[str, str]] = frozenset()


_Pairs = dict[int, int]


def align(
    old: Sequence[tuple[str, str]],
    new: Sequence[tuple[str, str]],
    *,
    effective_from: date | None = None,
    date_basis: str | None = None,
) -> list[ProvisionChange]:
    """Return the changes between two versions, in the order of the new one, deletions where they stood.

    Args:
        old: (number, text) of every base unit of the old version, in order; texts may begin with their labels.
        new: the same of the new version.
        effective_from: the day the new version takes effect, where it states it.
        date_basis: the words that day was read from.

    Returns:
        One change per affected link; provisions that stay the same under their number give none. Formatting, amendment
        marks, width and case are not changes, and a number of which only "…" or "[Repealed]" is left is deleted.
    """
    before, after = _prepare(old), _prepare(new)
    exact = _exact(before, after)
    loose_old = [i for i in range(len(before)) if i not in exact]
    loose_new = sorted(set(range(len(after))) - set(exact.values()))
    for text in (*(before[i] for i in loose_old), *(after[j] for j in loose_new)):
        text.words = tokens(text.canonical)
        text.pairs = shingles(text.words)
    scores = _Scores(before, after, loose_old, loose_new)
    pairs = _assign(before, after, scores, exact)
    splits, merges = _pieces(before, after, pairs, scores)
    changes = _changes(before, after, pairs, scores, splits, merges)
    return [replace(change, effective_from=effective_from, date_basis=date_basis) for change in changes]


def _prepare(provisions: Sequence[tuple[str, str]]) -> list[_Text]:
    texts = [(number, canonical_text(text, number=number)) for number, text in provisions]
    return [_Text(number, text, identity_key(text)) for number, text in texts if not is_husk(text)]


def _exact(before: list[_Text], after: list[_Text]) -> _Pairs:
    """Return the pairs with the same text: the same number first, equal texts among each other in order.

    They need no comparison, which is most of the work between two versions of a long act.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for j, text in enumerate(after):
        places[text.key].append(j)
    pairs: _Pairs = {}
    for same_number in (True, False):
        for i, text in enumerate(before):
            if i in pairs:
                continue
            options = places.get(text.key, [])
            found = next((j for j in options if not same_number or after[j].number == text.number), None)
            if found is not None:
                pairs[i] = found
                options.remove(found)
    return pairs


class _Scores:
    """Similarities of candidate pairs, computed once."""

    def __init__(self, before: list[_Text], after: list[_Text], loose_old: list[int], loose_new: list[int]) -> None:
        self.before, self.after = before, after
        self.loose_old, self.loose_new = loose_old, loose_new
        self.weight = _weights([*before, *after])
        self.by_pair: dict[tuple[int, int], float] = {}
        self.old_candidates: dict[int, list[int]] = defaultdict(list)
        self.new_candidates: dict[int, list[int]] = defaultdict(list)
        for i, j in self._propose():
            self.by_pair[i, j] = self._similarity(i, j)
            self.old_candidates[i].append(j)
            self.new_candidates[j].append(i)

    def _propose(self) -> list[tuple[int, int]]:
        index: dict[tuple[str, str], list[int]] = defaultdict(list)
        for j in self.loose_new:
            for pair in self.after[j].pairs:
                index[pair].append(j)
        shared: dict[int, dict[int, float]] = {}
        for i in self.loose_old:
            text = self.before[i]
            row: dict[int, float] = defaultdict(float)
            for pair in text.pairs:
                weight = self.weight.get(pair)
                if weight is None:
                    continue
                for j in index.get(pair, ()):
                    row[j] += weight
            shared[i] = row
        self.old_mass = [self.mass(text.pairs) for text in self.before]
        self.new_mass = [self.mass(text.pairs) for text in self.after]
        chosen: set[tuple[int, int]] = set()
        columns: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for i, row in shared.items():
            ranked = sorted(
                ((2 * value / (self.old_mass[i] + self.new_mass[j] + 1e-9), j) for j, value in row.items()),
                reverse=True,
            )
            chosen.update((i, j) for _, j in ranked[:CANDIDATES])
            for value, j in ranked:
                columns[j].append((value, i))
        for j, column in columns.items():
            chosen.update((i, j) for _, i in sorted(column, reverse=True)[:CANDIDATES])
        numbered = {self.after[j].number: j for j in reversed(self.loose_new)}
        chosen.update((i, numbered[self.before[i].number]) for i in self.loose_old if self.before[i].number in numbered)
        return sorted(chosen)

    def mass(self, pairs: frozenset[tuple[str, str]]) -> float:
        """Return the weight of a set of word pairs; rare pairs weigh more, those in most provisions nothing."""
        return sum(self.weight.get(pair, 0.0) for pair in pairs)

    def _similarity(self, i: int, j: int) -> float:
        one, other = self.before[i], self.after[j]
        if one.key == other.key:
            return 1.0
        return float(Indel.normalized_similarity(one.words, other.words))

    def of(self, i: int, j: int) -> float:
        """Return the similarity of any pair."""
        if (i, j) not in self.by_pair:
            self.by_pair[i, j] = self._similarity(i, j)
        return self.by_pair[i, j]


def _weights(texts: list[_Text]) -> dict[tuple[str, str], float]:
    count: dict[tuple[str, str], int] = defaultdict(int)
    for text in texts:
        for pair in text.pairs:
            count[pair] += 1
    total = max(len(texts), 1)
    limit = max(8, total // 4)  # pairs in a quarter of all provisions tell nothing and cost most
    return {pair: log(1 + total / times) for pair, times in count.items() if times <= limit}


def _assign(before: list[_Text], after: list[_Text], scores: _Scores, exact: _Pairs) -> _Pairs:
    """Return old index to new index: equal texts, then strong pairs, then pairs in order, then moved ones."""
    pairs: _Pairs = dict(exact)
    taken: set[int] = set(exact.values())

    def free(i: int, j: int) -> bool:
        return i not in pairs and j not in taken

    def take(i: int, j: int) -> None:
        pairs[i] = j
        taken.add(j)

    ranked = sorted(
        scores.by_pair.items(),
        key=lambda item: (
            -round(item[1], 3),
            before[item[0][0]].number != after[item[0][1]].number,
            abs(item[0][0] / max(len(before), 1) - item[0][1] / max(len(after), 1)),
            item[0],
        ),
    )
    for (i, j), score in ranked:
        if score < STRONG:
            break
        if free(i, j):
            take(i, j)
    strong = len(pairs)
    kept = sum(before[i].number == after[j].number for i, j in pairs.items())
    stable = strong >= 3 and kept >= STABLE * strong
    if stable:
        for (i, j), score in ranked:
            if score >= SAME_NUMBER and before[i].number == after[j].number and free(i, j):
                take(i, j)
    for i, j in _in_order(before, after, scores, pairs, taken):
        take(i, j)
    for (i, j), score in ranked:
        if score < MOVED:
            break
        if free(i, j):
            take(i, j)
    for i, j in _contained(before, after, scores, free):
        if free(i, j):
            take(i, j)
    return pairs


def _contained(
    before: list[_Text], after: list[_Text], scores: _Scores, free: Callable[[int, int], bool]
) -> list[tuple[int, int]]:
    """Return the pairs of which one text stands in the other although much was added to it, the surest first."""
    found: list[tuple[float, int, int]] = []
    for i, j in scores.by_pair:
        shared = before[i].pairs & after[j].pairs
        if not free(i, j) or len(shared) < CONTAINED_PAIRS:
            continue
        lighter = min(scores.mass(before[i].pairs), scores.mass(after[j].pairs))
        share = scores.mass(shared) / lighter if lighter > 0 else 0.0
        if share >= CONTAINED:
            found.append((-share, i, j))
    return [(i, j) for _, i, j in sorted(found)]


def _in_order(
    before: list[_Text], after: list[_Text], scores: _Scores, pairs: _Pairs, taken: set[int]
) -> list[tuple[int, int]]:
    """Return the heaviest set of further pairs that keep the order of each other and of the anchors around them.

    Between two neighbouring anchors this is a heaviest increasing subsequence over the candidate pairs of the gap.
    """
    anchors = longest_chain(sorted(pairs.items()))
    found: list[tuple[int, int]] = []
    previous = (-1, -1)
    for anchor in [*anchors, (len(before), len(after))]:
        inside = [
            (i, j, score)
            for i in range(previous[0] + 1, anchor[0])
            if i not in pairs
            for j in scores.old_candidates[i]
            if previous[1] < j < anchor[1] and j not in taken and (score := scores.by_pair[i, j]) >= IN_ORDER
        ]
        found.extend(heaviest_chain(inside))
        previous = anchor
    return found


def _pieces(
    before: list[_Text], after: list[_Text], pairs: _Pairs, scores: _Scores
) -> tuple[Mapping[int, list[int]], Mapping[int, list[int]]]:
    """Return splits (old index to its new pieces) and mergers (new index to its old pieces)."""
    back = {j: i for i, j in pairs.items()}
    splits = _wholes(
        before, after, pairs, scores, loose=[j for j in range(len(after)) if j not in back], near=scores.new_candidates
    )
    merges = _wholes(
        after, before, back, scores, loose=[i for i in range(len(before)) if i not in pairs], near=scores.old_candidates
    )
    return splits, merges


def _wholes(
    wholes: list[_Text],
    parts: list[_Text],
    mate: _Pairs,
    scores: _Scores,
    *,
    loose: list[int],
    near: Mapping[int, list[int]],
) -> Mapping[int, list[int]]:
    """Return whole index to piece indices, the whole's own counterpart among them.

    A loose text is a piece when most of its rare word pairs stand in the whole, and they are words the whole's
    counterpart has lost.
    """
    found: dict[int, list[int]] = {}
    for part in loose:
        own = parts[part].pairs
        mass = scores.mass(own)
        if mass <= 0:
            continue
        options: list[tuple[float, int]] = []
        for whole in near.get(part, ()):
            lost = wholes[whole].pairs - (parts[mate[whole]].pairs if whole in mate else frozenset())
            shared = scores.mass(own & lost)
            if shared >= PIECE * mass and shared >= NEW_SHARE * scores.mass(wholes[whole].pairs):
                options.append((shared, whole))
        if options:
            found.setdefault(max(options)[1], []).append(part)
    complete: dict[int, list[int]] = {}
    for whole, pieces in found.items():
        everything = sorted({*pieces, *([mate[whole]] if whole in mate else [])})
        if len(everything) > 1:
            complete[whole] = everything
    return complete


def _changes(
    before: list[_Text],
    after: list[_Text],
    pairs: _Pairs,
    scores: _Scores,
    splits: Mapping[int, list[int]],
    merges: Mapping[int, list[int]],
) -> list[ProvisionChange]:
    placed: list[tuple[float, int, ProvisionChange]] = []
    in_split = {j for pieces in splits.values() for j in pieces}
    in_merge = {i for pieces in merges.values() for i in pieces}
    split_old, merged_new = set(splits), set(merges)
    for whole, pieces in splits.items():
        placed.extend(
            (piece, whole, _link(ChangeKind.SPLIT, before[whole], after[piece], scores.of(whole, piece)))
            for piece in pieces
        )
    for whole, pieces in merges.items():
        placed.extend(
            (whole, piece, _link(ChangeKind.MERGED, before[piece], after[whole], scores.of(piece, whole)))
            for piece in pieces
        )
    for i, j in pairs.items():
        if (i in split_old and j in in_split) or (j in merged_new and i in in_merge):
            continue
        one, other = before[i], after[j]
        same_number, same_text = one.number == other.number, one.key == other.key
        if same_number and same_text:
            continue
        if same_text:
            placed.append(
                (j, i, ProvisionChange(ChangeKind.RENUMBERED, one.number, other.number, 1.0, Materiality.NONE))
            )
            continue
        kind = ChangeKind.MODIFIED if same_number else ChangeKind.RENUMBERED_MODIFIED
        placed.append((j, i, _link(kind, one, other, scores.of(i, j))))
    matched = set(pairs.values())
    for j, text in enumerate(after):
        if j not in matched and j not in in_split:
            about, words = grade_text(text.canonical)
            placed.append((j, -1, ProvisionChange(ChangeKind.INSERTED, None, text.number, 0.0, about, words)))
    for i, text in enumerate(before):
        if i not in pairs and i not in in_merge and i not in split_old:
            about, words = grade_text(text.canonical)
            change = ProvisionChange(ChangeKind.DELETED, text.number, None, 0.0, about, words)
            placed.append((_place_of_deleted(i, pairs), i, change))
    return [change for _, _, change in sorted(placed, key=lambda each: each[:2])]


def _place_of_deleted(i: int, pairs: _Pairs) -> float:
    """Return the place in the new version after the nearest surviving provision before a deleted one."""
    for earlier in range(i - 1, -1, -1):
        if earlier in pairs:
            return pairs[earlier] + 0.5
    return -0.5


def _link(kind: ChangeKind, one: _Text, other: _Text, similarity: float) -> ProvisionChange:
    about, words = grade_change(one.canonical, other.canonical)
    return ProvisionChange(kind, one.number, other.number, round(similarity, 4), about, words)
