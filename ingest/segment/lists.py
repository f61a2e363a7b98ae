"""Lists: which marks count up together, and which list holds the others.

A single mark proves nothing ("see 2.1", "30. March"); a run that counts up from one does. Inside a region the marks of
each style are threaded into lists with a stack of open lists, the list that explains the region best is taken, and each
of its items is a region again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ingest.segment.marks import LINE, SENTENCE, Mark, Numbering

_OPEN_LISTS: Final = 6  # how many lists of one style may wait for their next item
_GAP_PENALTY: Final = 0.7  # one number missing in between (lost by OCR, "Intentionally omitted")
_DECIMAL_SKIP: Final = 4  # decimal numbers that may be missing between two neighbours
_DECIMAL_GAP_PENALTY: Final = 0.2  # per missing decimal number; their places prove themselves
_LATE_START_PENALTY: Final = 0.9  # a list that does not begin with 1 (the text begins in its middle)
_ENOUGH: Final = 0.9  # total weight of marks below which two numbers are a coincidence
_COVER_WEIGHT: Final = 3.0  # a list that spans its region outranks the lists inside its items
_LENGTH_WEIGHT: Final = 0.15  # per item, up to _LENGTH_CAP items
_LENGTH_CAP: Final = 8
_INLINE_BODY: Final = 90  # mean characters of an item for a list inside a sentence to be clauses of its own


@dataclass(slots=True)
class MarkList:
    """Marks of one style that count up."""

    style: str
    marks: list[Mark] = field(default_factory=list)
    score: float = 0.0
    gap: bool = False

    def accepts(self, mark: Mark) -> int:
        """Return how many numbers are skipped if the mark comes next; -1 when it cannot."""
        last = self.marks[-1]
        if mark.prefix == last.prefix and mark.value == last.value and mark.sub == last.sub + 1:
            return 0
        if mark.prefix == last.prefix:
            step = mark.value - last.value - 1
            return step if 0 <= step <= (_DECIMAL_SKIP if mark.prefix else 2) else -1
        if mark.prefix > last.prefix and last.prefix and mark.value <= _DECIMAL_SKIP:
            # A decimal number names its own place: 2.1 may follow 1.4, and 4.1 may follow 2.3 when 3 is one paragraph.
            step = max(0, mark.value - 1) + max(0, mark.prefix[0] - last.prefix[0] - 1)
            return step if step <= _DECIMAL_SKIP else -1
        return -1


def thread(style: str, marks: Sequence[Mark]) -> list[MarkList]:
    """Return the lists that marks of one style form, each mark in at most one list."""
    done: list[MarkList] = []
    stack: list[MarkList] = []
    for mark in marks:
        if not _continue_list(stack, done, mark):
            if mark.value > 1 and mark.weight < LINE and stack:
                continue
            fresh = MarkList(style, [mark], mark.weight - (0.0 if mark.value <= 1 else _LATE_START_PENALTY))
            stack.append(fresh)
            if len(stack) > _OPEN_LISTS:
                done.append(stack.pop(0))
    return done + stack


def _continue_list(stack: list[MarkList], done: list[MarkList], mark: Mark) -> bool:
    limit = _DECIMAL_SKIP if mark.prefix else 2
    penalty = _DECIMAL_GAP_PENALTY if mark.prefix else _GAP_PENALTY
    for wanted in range(limit + 1):
        for index in range(len(stack) - 1, -1, -1):
            open_list = stack[index]
            if open_list.accepts(mark) == wanted and (
                wanted == 0 or mark.prefix or mark.weight >= LINE * 0.6 + 0.2 * wanted
            ):
                done.extend(stack[index + 1 :])
                del stack[index + 1 :]
                open_list.marks.append(mark)
                open_list.score += mark.weight - wanted * penalty
                open_list.gap = wanted > 0
                return True
    for index in range(len(stack) - 1, -1, -1):
        open_list = stack[index]
        last = open_list.marks[-1]
        same = mark.prefix == last.prefix and mark.value == last.value and mark.sub == last.sub
        late = (
            open_list.gap
            and len(open_list.marks) > 1
            and mark.prefix == last.prefix
            and open_list.marks[-2].value < mark.value < last.value
        )
        if (same and mark.weight > last.weight) or (late and mark.weight >= last.weight):
            # A better witness for the same number: the earlier one was a citation or a quantity.
            done.extend(stack[index + 1 :])
            del stack[index + 1 :]
            open_list.score += mark.weight - last.weight
            open_list.marks[-1] = mark
            open_list.gap = False
            return True
    return False


def best_list(
    rules: Numbering, marks: Sequence[Mark], start: int, end: int, prefix: tuple[int, ...], outer: str
) -> MarkList | None:
    """Return the list that divides the region best, or None when nothing in it counts up.

    Args:
        rules: numbering of the language.
        marks: marks inside the region, in text order.
        start: where the region begins.
        end: where it ends.
        prefix: number of the enclosing clause for decimal numbers, () when it has none.
        outer: style of the list the region is an item of, "" for the whole text.
    """
    by_style: dict[str, list[Mark]] = {}
    for mark in marks:
        by_style.setdefault(mark.style, []).append(mark)
    best: MarkList | None = None
    best_rank = 0.0
    held: list[MarkList] = []
    length = max(1, end - start)
    for style, members in by_style.items():
        chosen = members
        if prefix and style.startswith("decimal/"):
            inside = [mark for mark in members if mark.prefix[: len(prefix)] == prefix]
            chosen = inside or members
        for candidate in thread(style, chosen):
            if not _holds(rules, candidate, prefix):
                continue
            held.append(candidate)
            first, last = candidate.marks[0], candidate.marks[-1]
            # 4.1 alone in 4 spans it; a longer list spans what lies between its first and last number.
            cover = ((last.start if last is not first else end) - first.start) / length
            rank = rules.prior(style) + _COVER_WEIGHT * cover + _LENGTH_WEIGHT * min(candidate.score, _LENGTH_CAP)
            if style == outer:
                rank -= 1.5
            if rank > best_rank:
                best, best_rank = candidate, rank
    return best if best is None else _enclosing(rules, best, held, outer)


def _enclosing(rules: Numbering, best: MarkList, held: Sequence[MarkList], outer: str) -> MarkList:
    """Return a surely marked list that begins before and ends after the best one, (a) … (b) around fifty (i)s."""
    for other in held:
        if (
            other.style != outer
            and other.marks[0].start < best.marks[0].start
            and other.marks[-1].start > best.marks[-1].start
            and rules.prior(other.style) >= rules.prior(best.style)
            and all(mark.weight >= SENTENCE for mark in other.marks)
        ):
            return other
    return best


def _holds(rules: Numbering, candidate: MarkList, prefix: tuple[int, ...]) -> bool:
    """Say whether a list is more than a coincidence."""
    marks = candidate.marks
    base = rules.styles[candidate.style.partition("/")[0]]
    at_line = sum(mark.weight >= LINE for mark in marks)
    if len(marks) == 1 and prefix and marks[0].prefix == prefix and marks[0].value == 1:
        return True  # 4.1 inside 4
    if len(marks) == 1:
        return at_line == 1 and (marks[0].value <= 1 or base.keyword or bool(marks[0].prefix)) and not base.line_only
    if candidate.score < _ENOUGH:
        return False
    if base.inline and at_line * 2 < len(marks):
        reach = marks[-1].start - marks[0].start
        return reach / (len(marks) - 1) >= _INLINE_BODY
    return True
