"""A contract while its rules are run: the same facts in a fixed order, with what several rules look up kept at hand.

A reading lives as long as one contract is being checked and is then dropped, so that memory does not grow with the
number of contracts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import fields
from functools import cache, cached_property
from itertools import pairwise

from checks.literals import fold, required_sets
from checks.rule import Patterns
from kb.contract import ContractFacts
from kb.model import Clause, Span


@cache
def _sets(pattern: re.Pattern[str]) -> tuple[tuple[str, ...], ...]:
    return required_sets(pattern)


@cache
def _words(pattern: re.Pattern[str]) -> tuple[str, ...]:
    return next(iter(_sets(pattern)), ())


class Reading(ContractFacts):
    """A contract with look-ups that are computed once."""

    @classmethod
    def of(cls, contract: ContractFacts) -> Reading:
        """Return the reading of a contract; facts stored in another order give the same reading."""
        values = {field.name: getattr(contract, field.name) for field in fields(ContractFacts)}
        values["clauses"] = tuple(sorted(contract.clauses, key=lambda c: (c.start, -c.end, c.level, c.id)))
        values["values"] = tuple(sorted(contract.values, key=lambda v: (v.start, v.end, v.type, v.value or "")))
        values["parties"] = tuple(sorted(contract.parties, key=lambda p: (p.start, p.end, p.name)))
        values["terms"] = tuple(sorted(contract.terms, key=lambda t: (t.start, t.end, t.term)))
        values["citations"] = tuple(sorted(contract.citations, key=lambda c: (c.start, c.end, c.text)))
        return cls(**values)

    @property
    def whole(self) -> Span:
        """The span of the whole text."""
        return Span(0, len(self.text))

    @cached_property
    def folded(self) -> str:
        """The text in lower case, every offset kept."""
        return fold(self.text)

    @cached_property
    def _sentences(self) -> dict[tuple[int, int], tuple[Span, ...]]:
        return {}

    @cached_property
    def _present(self) -> dict[str, frozenset[int]]:
        return {}

    @cached_property
    def _present_sets(self) -> dict[tuple[str, ...], frozenset[int]]:
        return {}

    @cached_property
    def _matches(self) -> dict[tuple[re.Pattern[str], Span], list[re.Match[str]]]:
        return {}

    def sentences(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the sentences of a stretch, in order, without empty ones."""
        known = self._sentences.get((start, end))
        if known is None:
            known = self._sentences[start, end] = super().sentences(start, end)
        return known

    def sentence_at(self, offset: int) -> Span:
        """Return the sentence around an offset, within its clause."""
        clause = self.clause_at(offset)
        low, high = (clause.start, clause.end) if clause is not None else (0, len(self.text))
        spans = self.sentences(low, high)
        index = bisect_right(spans, offset, key=lambda span: span.start) - 1
        if index >= 0 and spans[index].start <= offset < spans[index].end:
            return spans[index]
        return Span(low, high)

    @cached_property
    def _segments(self) -> tuple[Span, ...]:
        """The text cut at the start of every clause; a pattern never means words of two clauses at once."""
        cuts = sorted({0, len(self.text), *(clause.start for clause in self.clauses)})
        return tuple(Span(start, end) for start, end in pairwise(cuts))

    def _places(self, word: str) -> frozenset[int]:
        """Return the numbers of the segments a folded word stands in."""
        known = self._present.get(word)
        if known is None:
            starts, folded = self._segment_starts, self.folded
            numbers: set[int] = set()
            at = folded.find(word)
            while at >= 0:
                number = bisect_right(starts, at) - 1
                numbers.add(number)
                # One hit is enough: go on behind the segment.
                at = folded.find(word, starts[number + 1]) if number + 1 < len(starts) else -1
            known = self._present[word] = frozenset(numbers)
        return known

    @cached_property
    def _segment_starts(self) -> list[int]:
        return [segment.start for segment in self._segments]

    def _stretches(self, pattern: re.Pattern[str], span: Span) -> Iterable[Span]:
        """Yield the stretches of a span in which a pattern may match, in order."""
        if span.end - span.start < len(self.text) or not self._segments:
            if self.may_match(pattern, span.start, span.end):
                yield span
            return
        sets = _sets(pattern)
        if not sets:
            yield from self._segments
            return
        numbers = frozenset[int].intersection(*(self._places_of(words) for words in sets))
        yield from (self._segments[number] for number in sorted(numbers))

    def _places_of(self, words: tuple[str, ...]) -> frozenset[int]:
        """Return the numbers of the segments any of the words stands in."""
        known = self._present_sets.get(words)
        if known is None:
            known = self._present_sets[words] = frozenset().union(*(self._places(word) for word in words))
        return known

    def may_match(self, pattern: re.Pattern[str], start: int, end: int) -> bool:
        """Say whether a stretch holds a word the pattern cannot match without; False means there is no match."""
        words = _words(pattern)
        if not words:
            return True
        folded = self.folded
        return any(self._places(word) and folded.find(word, start, end) >= 0 for word in words)

    def find(self, patterns: Patterns, span: Span) -> Span | None:
        """Return a match of the first pattern that has one inside a stretch of the contract, or None."""
        for pattern in patterns.compiled(self.language):
            for stretch in self._stretches(pattern, span):
                match = pattern.search(self.text, stretch.start, stretch.end)
                if match is not None and match.end() > match.start():
                    return Span(match.start(), match.end())
        return None

    def matches(self, patterns: Patterns, span: Span) -> list[re.Match[str]]:
        """Return the non-empty matches of every pattern inside a stretch, in text order."""
        hits = [match for pattern in patterns.compiled(self.language) for match in self._matches_of(pattern, span)]
        return sorted(hits, key=lambda match: (match.start(), match.end()))

    def _matches_of(self, pattern: re.Pattern[str], span: Span) -> list[re.Match[str]]:
        # Several rules ask the same words of the same contract: what a limit of liability is, who holds a right.
        known = self._matches.get((pattern, span))
        if known is None:
            known = self._matches[pattern, span] = [
                match
                for stretch in self._stretches(pattern, span)
                for match in pattern.finditer(self.text, stretch.start, stretch.end)
                if match.end() > match.start()
            ]
        return known

    def holding(self, patterns: Patterns) -> tuple[Clause, ...]:
        """Return the leaf clauses in which any pattern is found."""
        # A leaf is one segment: the next clause begins where it ends, or later.
        numbers: set[int] = set()
        for pattern in patterns.compiled(self.language):
            words = _words(pattern)
            if not words:
                numbers.update(range(len(self._segments)))
            numbers.update(*(self._places(word) for word in words))
        starts = self._segment_starts
        likely = (c for c in self.leaves if bisect_right(starts, c.start) - 1 in numbers) if numbers else ()
        return tuple(c for c in likely if self.find(patterns, Span(c.start, c.end)) is not None)
