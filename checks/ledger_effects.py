"""What the changes between the versions of an act did to one cited place, down to the paragraph.

A place is followed from the version it was written for through every later one. Where a paragraph or item is cited, the
texts of that part are compared, so that a change elsewhere in its article does not count as one of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Indel

from kb.law_change import ChangeKind, Materiality, ProvisionChange
from kb.law_materiality import grade_change, grade_text
from kb.law_numbers import base_number, enclosing_number, number_parts
from kb.law_text import canonical_text, identity_key, tokens
from kb.law_versions import StoredProvision, StoredVersion

CONTINUES: Final = 0.5
"""Lowest similarity of a paragraph and the one that continues it in the article that continues its article."""
_WEIGHT = {materiality: weight for weight, materiality in enumerate(Materiality)}


@dataclass(frozen=True, slots=True)
class Effect:
    """What one step from a version to the next did to a cited place.

    Attributes:
        step: index of the older version of the step.
        base: number of the article it stood in before the step.
        place: number of the place itself before the step.
        now: its numbers after it; empty when it is gone, several when it was split.
        kind: what happened to the place itself.
        materiality: what that change is about, with the words that decided it.
        touched: False when a paragraph or item is cited whose words stayed as they were; None when a whole article is
            cited, or when the text does not tell its parts apart.
    """

    step: int
    base: str
    place: str
    now: tuple[str, ...]
    kind: ChangeKind
    materiality: Materiality
    decided_by: tuple[str, ...]
    touched: bool | None


class Effects:
    """The effects of the changes of one act; every question is answered once."""

    def __init__(
        self,
        line: Sequence[StoredVersion],
        changes: Sequence[Sequence[ProvisionChange]],
        words: Callable[[StoredProvision], str],
    ) -> None:
        """Use the versions of an act, oldest first, the changes of each step between them, and what reads a place."""
        self._line = line
        self._words = words
        self._by_before: list[dict[str, list[ProvisionChange]]] = []
        for step in changes:
            grouped: dict[str, list[ProvisionChange]] = defaultdict(list)
            for change in step:
                if change.before is not None:
                    grouped[change.before].append(change)
            self._by_before.append(grouped)
        self._trails: dict[tuple[str, int], tuple[Effect, ...]] = {}
        self._effects: dict[tuple[int, str], Effect | None] = {}
        self._own: dict[tuple[str, str], str] = {}
        self._units: dict[str, Mapping[tuple[str, int], list[str]]] = {}

    def trail(self, place: str, version: int) -> tuple[Effect, ...]:
        """Return what happened to a place of a version (by its index) in all later steps, in order."""
        key = (place, version)
        if key not in self._trails:
            self._trails[key] = tuple(self._follow(place, version))
        return self._trails[key]

    def _follow(self, place: str, version: int) -> Iterator[Effect]:
        current: tuple[str, ...] = (place,)
        for step in range(version, len(self._by_before)):
            following: list[str] = []
            for each in current:
                effect = self.effect(step, each)
                if effect is None:
                    following.append(each)
                else:
                    yield effect
                    following.extend(effect.now)
            current = tuple(dict.fromkeys(following))

    def effect(self, step: int, place: str) -> Effect | None:
        """Return what one step did to a place of its older version, or None when its article stayed as it was."""
        key = (step, place)
        if key not in self._effects:
            self._effects[key] = self._effect(step, place)
        return self._effects[key]

    def _effect(self, step: int, place: str) -> Effect | None:
        base = base_number(place)
        own = self._by_before[step].get(base, [])
        if not own:
            return None
        heaviest = max(own, key=lambda change: _WEIGHT[change.materiality])
        afters = tuple(change.after for change in own if change.after is not None)
        if place == base or not afters or place not in self._line[step].provisions:
            now = afters if place == base else tuple(after + place[len(base) :] for after in afters)
            now = tuple(each if each in self._line[step + 1].provisions else base_number(each) for each in now)
            return Effect(step, base, place, now, heaviest.kind, heaviest.materiality, heaviest.decided_by, None)
        return self._part(step, place, afters)

    def _part(self, step: int, place: str, afters: tuple[str, ...]) -> Effect:
        """Return what happened to a paragraph or item of a changed article."""
        base = base_number(place)
        outer = enclosing_number(place)
        around = self.effect(step, outer) if outer is not None and outer != base else None
        if around is not None and around.touched is False:
            now = tuple(each + place[len(outer or "") :] for each in around.now)
            return self._unchanged(step, place, now)
        depth = len(number_parts(place))
        older, newer = self._line[step], self._line[step + 1]
        candidates = self._parts(newer, afters, depth)
        words = self._canonical(older, place)
        kept = [number for number in candidates if identity_key(self._canonical(newer, number)) == identity_key(words)]
        if kept:
            wanted = afters[0] + place[len(base) :]
            return self._carried(step, place, (wanted if wanted in kept else kept[0],), around, outer)
        claimed = {identity_key(self._canonical(older, number)) for number in self._parts(older, (base,), depth)}
        scored = [
            (Indel.normalized_similarity(tokens(words), tokens(text)), number == place, number, text)
            for number in candidates
            if identity_key(text := self._canonical(newer, number)) not in claimed
        ]
        best = max(scored, default=None)
        if best is None or best[0] < CONTINUES:
            return Effect(step, base, place, (), ChangeKind.DELETED, *grade_text(words), touched=True)
        number, text = best[2:]
        kind = ChangeKind.MODIFIED if number == place else ChangeKind.RENUMBERED_MODIFIED
        return Effect(step, base, place, (number,), kind, *grade_change(words, text), touched=True)

    def _carried(self, step: int, place: str, now: tuple[str, ...], around: Effect | None, outer: str | None) -> Effect:
        """Return the effect on a part whose own words stayed: none, unless the words it continues did not."""
        if around is not None:
            before = self._lead(self._line[step], outer)
            after = self._lead(self._line[step + 1], enclosing_number(now[0]))
            if before != after:
                base, about = base_number(place), (around.materiality, around.decided_by)
                return Effect(step, base, place, now, around.kind, *about, touched=True)
        return self._unchanged(step, place, now)

    def _unchanged(self, step: int, place: str, now: tuple[str, ...]) -> Effect:
        kind = ChangeKind.MODIFIED if now == (place,) else ChangeKind.RENUMBERED
        return Effect(step, base_number(place), place, now, kind, Materiality.NONE, (), touched=False)

    def _parts(self, version: StoredVersion, articles: Sequence[str], depth: int) -> list[str]:
        """Return the numbers of the parts of some articles at one depth; an article that has none stands for itself."""
        found: list[str] = []
        for article in articles:
            inside = self._inside(version).get((article, depth))
            found += [article] if inside is None else inside
        return found

    def _inside(self, version: StoredVersion) -> Mapping[tuple[str, int], list[str]]:
        if version.version not in self._units:
            grouped: dict[tuple[str, int], list[str]] = defaultdict(list)
            for number in version.provisions:
                parts = number_parts(number)
                if len(parts) > 1:
                    grouped[parts[0], len(parts)].append(number)
            self._units[version.version] = grouped
        return self._units[version.version]

    def _canonical(self, version: StoredVersion, number: str) -> str:
        """Return the own words of a part without its label and what never changes their meaning."""
        key = (version.version, number)
        if key not in self._own:
            place = version.provisions[number]
            self._own[key] = canonical_text(self._words(place).strip().removeprefix(place.label.strip()).strip())
        return self._own[key]

    def _lead(self, version: StoredVersion, number: str | None) -> str:
        """Return the words of a part before its first item, in the form that tells whether they are the same."""
        place = None if number is None else version.provisions.get(number)
        if place is None or number is None:
            return ""
        inner = [each.start for name, each in version.provisions.items() if name.startswith(f"{number}(")]
        words = self._words(place)
        return identity_key(canonical_text(words[: min(inner) - place.start] if inner else words))
