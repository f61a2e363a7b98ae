"""A document's text cut into paragraphs and marked runs, so that a template can show it without any markup of its own.

Findings, references and the passage a reader came for may overlap in any way. The text is cut at every boundary; each
run then knows everything that covers it. All characters but line ends are in exactly one run, in order.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from api.web.data import ClauseView, DocumentPage, FindingView, Reference

PART_CHARACTERS: Final = 150_000
"""Characters shown on one page; a longer document is divided at line ends."""

LEVELS: Final = ("high", "medium", "low")
_BREAK = re.compile(r"\n+")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text with the same marks throughout.

    Attributes:
        findings: numbers of the findings whose evidence covers it, most severe first.
        level: level of the most severe of them; "none" for one that has no level, None without findings.
        anchors: ids of places that begin here ("evidence-3-0", "passage").
        in_passage: it belongs to the passage the reader came for.
    """

    text: str
    findings: tuple[int, ...] = ()
    level: str | None = None
    reference: Reference | None = None
    anchors: tuple[str, ...] = ()
    in_passage: bool = False

    @property
    def is_plain(self) -> bool:
        """Say whether nothing marks it."""
        return not (self.findings or self.reference or self.anchors or self.in_passage)


_SIGNS: Final = 12  # points, brackets, blanks and Markdown signs around a number and its title


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of the text.

    Attributes:
        clauses: clauses that begin with this paragraph, outermost first.
        depth: nesting of the clause it belongs to, 0 outside all clauses.
    """

    runs: tuple[Run, ...]
    clauses: tuple[ClauseView, ...] = ()
    depth: int = 0

    @property
    def is_heading(self) -> bool:
        """Say whether it is the number and title of a clause, and not its words behind a title that runs in."""
        written = sum(len(run.text) for run in self.runs)
        titles = (len(clause.number or "") + len(clause.heading) for clause in self.clauses if clause.heading)
        return written <= max(titles, default=-_SIGNS) + _SIGNS


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a long document: its number from 1, of how many, and its span."""

    number: int
    count: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    finding: int | None = None
    anchor: str | None = None
    reference: Reference | None = None


@dataclass(slots=True)
class _Sweep:
    """Which marks cover a place."""

    opening: dict[int, list[_Mark]] = field(default_factory=lambda: defaultdict(list))
    closing: dict[int, list[_Mark]] = field(default_factory=lambda: defaultdict(list))
    active: list[_Mark] = field(default_factory=list)

    def step(self, place: int) -> list[_Mark]:
        """Move on to ``place``; return the marks that begin there."""
        for mark in self.closing.get(place, ()):
            self.active.remove(mark)
        begun = self.opening.get(place, [])
        self.active.extend(begun)
        return begun


def parts(text: str) -> tuple[Part, ...]:
    """Divide a text into parts of about ``PART_CHARACTERS``, at line ends where there are any."""
    cuts = [0]
    while len(text) - cuts[-1] > PART_CHARACTERS:
        limit = cuts[-1] + PART_CHARACTERS
        line = text.rfind("\n", cuts[-1] + PART_CHARACTERS // 2, limit)
        cuts.append(limit if line < 0 else line + 1)
    cuts.append(len(text))
    spans = list(pairwise(cuts))
    return tuple(Part(number, len(spans), start, end) for number, (start, end) in enumerate(spans, 1))


def part_at(text_parts: Sequence[Part], place: int) -> Part:
    """Return the part that holds a place; the nearest one for places outside the text."""
    starts = [part.start for part in text_parts]
    return text_parts[max(0, bisect_right(starts, place) - 1)]


def evidence_anchor(finding: int, number: int) -> str:
    """Return the id of the ``number``-th piece of evidence of the ``finding``-th finding."""
    return f"evidence-{finding}-{number}"


def paragraphs(page: DocumentPage, part: Part, passage: tuple[int, int] | None) -> tuple[Paragraph, ...]:
    """Cut one part of a document into marked paragraphs.

    Args:
        page: the document.
        part: which stretch of it.
        passage: span the reader came for.
    """
    marks = list(_marks(page, passage))
    sweep = _Sweep()
    borders = {part.start, part.end}
    for mark in marks:
        start, end = max(mark.start, part.start), min(mark.end, part.end)
        if start < end:
            sweep.opening[start].append(mark)
            sweep.closing[end].append(mark)
            borders |= {start, end}
    opened: dict[int, list[ClauseView]] = defaultdict(list)
    for clause in page.clauses:
        if part.start <= clause.start < part.end:
            opened[clause.start].append(clause)
    depths = _Depths(page.clauses)
    lines = _lines(page.text, part, opened)
    cuts = sorted(borders)
    found: list[Paragraph] = []
    at = 0
    for start, end in lines:
        while at < len(cuts) and cuts[at] < start:
            sweep.step(cuts[at])
            at += 1
        inside: list[int] = []
        while at < len(cuts) and cuts[at] < end:
            inside.append(cuts[at])
            at += 1
        runs = tuple(_runs(page, sweep, start, end, inside, part))
        clauses = tuple(sorted(opened.get(start, ()), key=lambda clause: clause.level))
        if clauses or any(run.text.strip() or run.anchors for run in runs):
            found.append(Paragraph(runs, clauses, depths.at(start)))
    return tuple(found)


def _lines(text: str, part: Part, opened: Iterable[int]) -> list[tuple[int, int]]:
    begins = {part.start, *opened}
    begins |= {match.end() for match in _BREAK.finditer(text, part.start, part.end) if match.end() < part.end}
    cuts = [*sorted(begins), part.end]
    lines = ((start, _without_breaks(text, start, end)) for start, end in pairwise(cuts))
    return [(start, end) for start, end in lines if start < end]


def _without_breaks(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == "\n":
        end -= 1
    return end


def _runs(page: DocumentPage, sweep: _Sweep, start: int, end: int, inside: Sequence[int], part: Part) -> Iterable[Run]:
    borders = set(inside)
    for begin, finish in pairwise(dict.fromkeys((start, *inside, end))):
        begun = sweep.step(begin) if begin in borders else []
        findings = sorted({mark.finding for mark in sweep.active if mark.finding is not None})
        reference = next((mark.reference for mark in sweep.active if mark.reference is not None), None)
        yield Run(
            page.text[begin:finish],
            tuple(findings),
            _level(page.findings[number] for number in findings),
            reference,
            tuple(mark.anchor for mark in begun if mark.anchor is not None and part.start <= mark.start),
            any(mark.anchor == PASSAGE for mark in sweep.active),
        )


PASSAGE: Final = "passage"


def _level(findings: Iterable[FindingView]) -> str | None:
    levels = [finding.level for finding in findings]
    if not levels:
        return None
    return next((level for level in LEVELS if level in levels), "none")


def _marks(page: DocumentPage, passage: tuple[int, int] | None) -> Iterable[_Mark]:
    size = len(page.text)
    for number, finding in enumerate(page.findings):
        for which, evidence in enumerate(finding.evidence):
            if evidence.document == page.id and 0 <= evidence.start < evidence.end <= size:
                yield _Mark(evidence.start, evidence.end, number, evidence_anchor(number, which))
    for reference in page.references:
        if 0 <= reference.start < reference.end <= size:
            yield _Mark(reference.start, reference.end, reference=reference)
    if passage is not None and 0 <= passage[0] < passage[1] <= size:
        yield _Mark(passage[0], passage[1], anchor=PASSAGE)


class _Depths:
    """Answers how deep in the clauses a place is; places are asked for in ascending order."""

    def __init__(self, clauses: Sequence[ClauseView]) -> None:
        self._clauses = sorted(clauses, key=lambda clause: (clause.start, clause.level))
        self._next = 0
        self._open: list[ClauseView] = []

    def at(self, place: int) -> int:
        """Return the level of the innermost clause that covers ``place``, 0 outside all clauses."""
        while self._next < len(self._clauses) and self._clauses[self._next].start <= place:
            self._open.append(self._clauses[self._next])
            self._next += 1
        self._open = [clause for clause in self._open if clause.end > place]
        return max((clause.level for clause in self._open), default=0)
