"""What changed inside a changed article: which paragraph (款) or item (项), and which words became which.

Paragraphs are matched like articles, by their words, inside the two articles a ``ProvisionChange`` links. Their numbers
are compared without the article's own, so in an article that moved from 16 to 15 the second paragraph stays the second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.distance import Indel

from kb.law_align import align
from kb.law_change import ChangeKind, Materiality, ProvisionChange
from kb.law_numbers import ZH_NUMERAL, base_number
from kb.law_text import canonical_text, own_provisions, token_spans
from kb.model import ActVersion, Span

__all__ = ["Article", "ParagraphChange", "WordChange", "articles", "paragraph_changes"]

Article = Sequence[tuple[str, str]]
"""(number, own words) of an article and of what is numbered inside it, in order."""

_NUMERALS: Final = frozenset(ZH_NUMERAL + "万亿")
_NEAR: Final = 1
"""Changed stretches with at most so many equal tokens between them are one change of words."""
_WORDS_CAP: Final = 40
"""Changes of words kept per paragraph."""
_ONE_SIDED: Final = {ChangeKind.SPLIT: ChangeKind.DELETED, ChangeKind.MERGED: ChangeKind.INSERTED}
"""A piece of a split lacks what stands in the other pieces; a merger has what comes from its other pieces."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """Words that became others; ``before`` or ``after`` is empty where words came or went.

    Attributes:
        before_span: place in ``ParagraphChange.before_text``; None where ``before`` is empty, likewise ``after_span``.
    """

    before: str
    after: str
    before_span: Span | None
    after_span: Span | None


@dataclass(frozen=True, slots=True)
class ParagraphChange:
    """What happened to one paragraph or item of a changed article.

    Attributes:
        before: number in the old version ("16(2)"); None when inserted.
        after: number in the new version; None when deleted.
        similarity: 0-1, share of the words both have in common order; 0 for inserted and deleted.
        before_text: own words in the old version, without what is numbered inside it; None when inserted.
        words: which words became which, in order; empty for a paragraph that came or went as a whole.
    """

    kind: ChangeKind
    before: str | None
    after: str | None
    similarity: float
    materiality: Materiality
    decided_by: tuple[str, ...]
    before_text: str | None
    after_text: str | None
    words: tuple[WordChange, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return it as the JSON object that reports and answers carry."""
        return {
            "kind": self.kind.value,
            "before": self.before,
            "after": self.after,
            "similarity": self.similarity,
            "materiality": self.materiality.value,
            "decided_by": list(self.decided_by),
            "before_text": self.before_text,
            "after_text": self.after_text,
            "words": [
                {
                    "before": each.before,
                    "after": each.after,
                    "before_span": None if each.before_span is None else [each.before_span.start, each.before_span.end],
                    "after_span": None if each.after_span is None else [each.after_span.start, each.after_span.end],
                }
                for each in self.words
            ],
        }


def articles(act: ActVersion, text: str) -> Mapping[str, Article]:
    """Return every article of an act's version by its number, as ``paragraph_changes`` takes them; compute it once."""
    bases = {each.number for each in act.provisions if each.level == "article"}
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for number, words in own_provisions(act, text):
        if base_number(number) in bases and canonical_text(words):
            found[base_number(number)].append((number, words))
    return dict(found)


def paragraph_changes(
    change: ProvisionChange, old: Mapping[str, Article], new: Mapping[str, Article]
) -> tuple[ParagraphChange, ...]:
    """Return what changed inside the articles a change links, in the order of the new one.

    Args:
        change: one change between two versions; one that only renumbers, inserts or deletes an article gives nothing.
        old: the articles of the old version, from ``articles``.
        new: the articles of the new version.
    """
    if change.before is None or change.after is None or change.kind is ChangeKind.RENUMBERED:
        return ()
    before = _relative(old.get(change.before, ()), change.before)
    after = _relative(new.get(change.after, ()), change.after)
    found: list[ParagraphChange] = []
    for each in align(
        [(one, words) for one, (_, words) in before.items()], [(one, words) for one, (_, words) in after.items()]
    ):
        if each.kind is _ONE_SIDED.get(change.kind):
            continue
        one = None if each.before is None else before[each.before]
        other = None if each.after is None else after[each.after]
        words = word_changes(one[1], other[1]) if one is not None and other is not None else ()
        if each.kind is ChangeKind.MODIFIED and not words:
            continue  # print only: a heading repeated, a bracket, a mark
        found.append(
            ParagraphChange(
                each.kind,
                None if one is None else one[0],
                None if other is None else other[0],
                each.similarity,
                each.materiality,
                each.decided_by,
                None if one is None else one[1],
                None if other is None else other[1],
                words,
            )
        )
    return tuple(found)


def _relative(article: Article, base: str) -> dict[str, tuple[str, str]]:
    """Return the units by their number inside the article; one without paragraphs is its own first."""
    alone = len(article) == 1 and article[0][0] == base
    return {
        "(1)" if alone else (number[len(base) :] or "0"): (number, words)  # "0": the words before the first paragraph
        for number, words in article
    }


def word_changes(before: str, after: str) -> tuple[WordChange, ...]:
    """Return which words of one text became which of another; numbers are kept whole (五千 became 五万).

    Differences of case, width, quotation marks and dashes are none; punctuation is shown only beside words.
    """
    old, new = token_spans(before), token_spans(after)
    edits: list[list[int]] = []
    for opcode in Indel.opcodes([word for word, *_ in old], [word for word, *_ in new]):
        if opcode.tag == "equal":
            continue
        edit = [opcode.src_start, opcode.src_end, opcode.dest_start, opcode.dest_end]
        if edits and edit[0] - edits[-1][1] <= _NEAR and edit[2] - edits[-1][3] <= _NEAR:
            edits[-1][1], edits[-1][3] = edit[1], edit[3]
        else:
            edits.append(edit)
    found: list[WordChange] = []
    reached = (0, 0)
    for edit in edits:
        _widen(edit, old, new, reached)
        reached = (edit[1], edit[3])
        one, other = _stretch(before, old, edit[0], edit[1]), _stretch(after, new, edit[2], edit[3])
        if any(mark.isalnum() for mark in (*(one[0]), *(other[0]))):
            found.append(WordChange(one[0], other[0], one[1], other[1]))
    return tuple(found[:_WORDS_CAP])


def _widen(
    edit: list[int], old: Sequence[tuple[str, int, int]], new: Sequence[tuple[str, int, int]], reached: tuple[int, int]
) -> None:
    """Stretch a change over the numeral it stands in; equal tokens on both sides keep both sides aligned."""
    if not any(word in _NUMERALS for word, *_ in (*old[edit[0] : edit[1]], *new[edit[2] : edit[3]])):
        return
    while edit[0] > reached[0] and edit[2] > reached[1] and old[edit[0] - 1][0] in _NUMERALS:
        edit[0], edit[2] = edit[0] - 1, edit[2] - 1
    while (
        edit[1] < len(old)
        and edit[3] < len(new)
        and old[edit[1]][0] in _NUMERALS
        and old[edit[1]][0] == new[edit[3]][0]
    ):
        edit[1], edit[3] = edit[1] + 1, edit[3] + 1


def _stretch(text: str, words: Sequence[tuple[str, int, int]], start: int, end: int) -> tuple[str, Span | None]:
    if start == end:
        return "", None
    span = Span(words[start][1], words[end - 1][2])
    return span.of(text), span
