"""Lines into paragraphs: what a line end means, on one page and from one page to the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final

from ingest.readers.pdf.furniture import patterns
from ingest.readers.pdf.lines import HYPHEN, Line

# A wider step than this many usual line pitches is a paragraph's space.
_PARAGRAPH_STEP: Final = 1.35
_OTHER_SIZE: Final = 0.15
# Text narrower than this share of the column is a list of short lines (addresses, signatures), not a block quotation.
_NARROW: Final = 0.6
_RIGHT_SHARE: Final = 0.95
_SENTENCE_END: Final = re.compile(r"[.!?;:。！？；：…][\"'”’)）】」』]{0,3}$")
_ITEM_END: Final = re.compile(r"(?:[.!?;:,。！？；：，][\"'”’)）】]{0,3}|(?:\band|\bor)|及|和|或)$")
_LAST_WORD: Final = re.compile(r"(\S{1,20})$")
# A no-break space belongs to the word: what it ties together moves to the next line as one.
_FIRST_WORD: Final = re.compile(r"[^ \t]{1,200}")
_WIDE: Final = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
# Looked for first, because most lines have none and this is faster than the pattern.
_LEADER_MARKS: Final = ("...", ". .", "……", "_____")
_LEADER: Final = re.compile(r"(?:\.\s?){4,}|…{2,}|_{5,}")
# As much of a line's end as its last word and marks can take.
_LINE_END: Final = 24
_HYPHEN_END: Final = re.compile(r"([^\W\d_]{1,40})[-\u2010\ufffe]$")
_WORD_START: Final = re.compile(r"[^\W\d_]{1,40}")
_WORDS: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass(slots=True)
class Paragraph:
    """The text of one paragraph, the 1-based page it begins on and the size of its type."""

    text: str
    page: int
    size: float
    is_unit: bool


def paragraphs(pages: Sequence[list[Line]]) -> list[Paragraph]:
    """Return the paragraphs of a document in reading order."""
    flow = [line for lines in pages for line in _with_margins(lines)]
    pitches = {page: _pitch(lines) for page, lines in enumerate(pages)}
    words = _Words(flow)
    found: list[Paragraph] = []
    before: Line | None = None
    for line in flow:
        is_unit = patterns()["unit_start"].match(line.text) is not None
        if before is None or _breaks(before, line, found[-1], pitches[line.page], is_unit=is_unit):
            found.append(Paragraph(_cells_text(line), line.page + 1, line.size, is_unit))
        else:
            found[-1].text = words.join(found[-1].text, line.text)
        before = line
    for paragraph in found:
        paragraph.text = paragraph.text.replace(HYPHEN, "-")
    return found


def _cells_text(line: Line) -> str:
    """Return a line with tabs in its wide gaps, but a blank after a number."""
    if not line.cells:
        return line.text
    first = line.cells[0][0]
    rest = "\t".join(cell[0] for cell in line.cells[1:])
    match = patterns()["unit_start"].match(f"{first} ")
    is_number = match is not None and match.end() >= len(first)
    return f"{first}{' ' if is_number else chr(9)}{rest}"


def _is_table_row(line: Line) -> bool:
    return bool(line.cells) and "\t" in _cells_text(line)


def _pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance from line to line on a page."""
    steps = [
        above.bottom - below.bottom
        for above, below in pairwise(lines)
        if above.column == below.column and 0 < above.bottom - below.bottom < 4 * above.size
    ]
    return median(steps) if steps else 1.3 * (lines[0].size if lines else 10.0)


def _with_margins(lines: list[Line]) -> list[Line]:
    """Give every line the right edge of the text it stands in: of its run of close lines, or of its column."""
    if not lines:
        return []
    pitch = _pitch(lines)
    columns: dict[int, tuple[float, float]] = {}
    for column in {line.column for line in lines}:
        rights = sorted(line.x1 for line in lines if line.column == column)
        left = min(line.x0 for line in lines if line.column == column)
        columns[column] = left, rights[int(_RIGHT_SHARE * (len(rights) - 1))]
    out: list[Line] = []
    run: list[Line] = []

    def close_run() -> None:
        if not run:
            return
        left, right = columns[run[0].column]
        own = max(line.x1 for line in run)
        narrow = len(run) < 3 or own - left < _NARROW * (right - left)
        out.extend(replace(line, margin=right if narrow else own) for line in run)
        run.clear()

    for line in lines:
        if run and (line.column != run[-1].column or not 0 < run[-1].bottom - line.bottom <= _PARAGRAPH_STEP * pitch):
            close_run()
        run.append(line)
    close_run()
    return out


def _is_short(line: Line, following: Line) -> bool:
    """Return whether the next line's first word would still have fitted, so the line end was meant."""
    first = _FIRST_WORD.match(following.text)
    letters = max(1, len(following.text))
    if first is None:
        return True
    length = 1 if _WIDE.match(following.text) else len(first[0]) + 1
    width = (following.x1 - following.x0) / letters * length
    return line.x1 + width + 0.25 * line.size < line.margin


def _breaks(before: Line, line: Line, paragraph: Paragraph, pitch: float, *, is_unit: bool) -> bool:
    """Return whether ``line`` begins a new paragraph."""
    if _is_table_row(before) or _is_table_row(line) or _has_leader(before.text) or _has_leader(line.text):
        return True
    if abs(before.size - line.size) > _OTHER_SIZE * max(before.size, line.size):
        return True
    if patterns()["label_start"].match(line.text):
        return True
    if before.page != line.page or before.column != line.column:
        return _breaks_over_page(before, line, is_unit=is_unit)
    step = before.bottom - line.bottom
    if step > _PARAGRAPH_STEP * pitch or step < -0.5 * pitch:
        return True
    if before.text.endswith(HYPHEN):
        return False
    shifted = abs(line.x0 - before.x0) > 0.6 * line.size
    if is_unit and not _is_reference(before.text):
        return shifted or _ITEM_END.search(before.text[-_LINE_END:]) is not None or _is_short(before, line)
    if line.x0 > before.x0 + 0.8 * line.size and not paragraph.is_unit:
        return True
    return _is_short(before, line)


def _has_leader(text: str) -> bool:
    """Return whether a line has dots or a rule that lead the eye, as in a table of contents or a blank to fill in."""
    return any(mark in text for mark in _LEADER_MARKS) and _LEADER.search(text) is not None


def _breaks_over_page(before: Line, line: Line, *, is_unit: bool) -> bool:
    if before.text.endswith(HYPHEN):
        return False
    if _SENTENCE_END.search(before.text[-_LINE_END:]):
        return True
    if is_unit and not _is_reference(before.text):
        return True
    return not line.text.lstrip('(“"‘[')[:1].islower() and _is_short(before, replace(line, margin=before.margin))


def _is_reference(text: str) -> bool:
    last = _LAST_WORD.search(text[-_LINE_END:])
    return last is not None and last[1].lower() in patterns()["reference_words"]


class _Words:
    """Joins line ends, asking the document itself how it writes a word that was broken."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._known: set[str] | None = None

    def join(self, text: str, following: str) -> str:
        """Return two lines as one: without a hyphen that was only for the line end, without a blank in CJK text."""
        left = _HYPHEN_END.search(text[-60:])
        right = _WORD_START.match(following)
        if left is not None and right is not None:
            if following[0].islower() and not self._keeps_hyphen(left[1], right[0]):
                return text[:-1] + following
            return f"{text[:-1]}-{following}"
        if text.endswith((HYPHEN, "-")):
            return f"{text[:-1]}-{following}" if following[:1].isalnum() else f"{text[:-1]}- {following}"
        if _WIDE.match(text[-1:]) and _WIDE.match(following[:1]):
            return text + following
        return f"{text} {following}"

    def _keeps_hyphen(self, left: str, right: str) -> bool:
        known = self._vocabulary()
        left, right = left.lower(), right.lower()
        if f"{left}-{right}" in known:
            return True
        if left + right in known:
            return False
        return left in patterns()["kept_prefixes"] or (left in known and right in known and len(left) > 2 < len(right))

    def _vocabulary(self) -> set[str]:
        if self._known is None:
            known: set[str] = set()
            broken = False
            for line in self._lines:
                words = _WORDS.findall(line.text)
                # The halves of a broken word are no words of the document.
                whole = words[1 if broken else 0 :]
                broken = line.text.endswith((HYPHEN, "-"))
                known.update(word.lower() for word in (whole[:-1] if broken else whole))
            self._known = known
        return self._known
