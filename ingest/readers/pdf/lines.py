"""A page's text as lines with their place on the page, which is what paragraphs and columns are made of."""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

import pypdfium2.raw

# The bindings are made by a generator and carry no types.
_PDFIUM: Final[Any] = pypdfium2.raw
# pdfium writes U+FFFE (older builds U+0002) where a word is broken by a hyphen and swallows the line end with it.
_LINE: Final = re.compile("[^\r\n\ufffe\x02]+")
_BROKEN_WORD: Final = frozenset("\ufffe\x02")
HYPHEN: Final = "\ufffe"
# A gap of this many times the type size is wider than any word space of justified text.
_WIDE_GAP: Final = 2.0
_MIN_COLUMN_LINES: Final = 6
_MIN_COLUMN_WORDS: Final = 3.5
_FEW_RECTS: Final = 4_000  # a page drawn letter by letter has one rectangle for each; gaps are then not looked for


@dataclass(frozen=True, slots=True)
class Line:
    """One visual line; lengths in points, y grows upwards.

    Attributes:
        text: its characters, without blanks at the ends; ``HYPHEN`` at its end where a word is broken.
        page: 0-based.
        column: number of the column on its page, 0 when the page has one.
        size: type size.
        cells: its parts with their left edges where wide gaps divide it; () when it is of one piece.
        margin: right edge of the text it stands in.
    """

    text: str
    page: int
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    column: int = 0
    cells: tuple[tuple[str, float, float], ...] = ()
    margin: float = 0.0


def page_lines(textpage: Any, page: Any, index: int) -> list[Line]:
    """Return the lines of one page in reading order.

    Args:
        textpage: pypdfium2's text page.
        page: its page, asked for rotation and height.
        index: 0-based page number.
    """
    text: str = textpage.get_text_range()
    count = textpage.count_chars()
    if not text.strip():
        return []
    index_of = _index_map(text, count)
    if index_of is None:
        return flat_lines(re.split("[\r\n]+", text), index)
    raw = textpage.raw
    turn = page.get_rotation()
    lines = []
    for match in _LINE.finditer(text):
        words = match[0].strip()
        if not words:
            continue
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        end = start + len(words) - 1
        first, last = _box(raw, index_of[start] if index_of else start), _box(raw, index_of[end] if index_of else end)
        if first is None or last is None:
            continue
        x0, x1 = min(first[0], last[0]), max(first[1], last[1])
        bottom, top = min(first[2], last[2]), max(first[3], last[3])
        size = max(first[3] - first[2], last[3] - last[2])
        if turn:
            x0, x1, bottom, top = _turned(x0, x1, bottom, top, turn)
            size = min(top - bottom, size) or size
        broken = match.end() < len(text) and text[match.end()] in _BROKEN_WORD
        lines.append(Line(words + HYPHEN if broken else words, index, x0, x1, top, bottom, size or 1.0))
    if not turn and len(lines) > 0:
        lines = _with_cells(textpage, lines, index_of, starts=_starts(text))
    return _in_columns(lines)


def flat_lines(texts: list[str], index: int) -> list[Line]:
    """Return lines without a real place, one type size apart, measured in characters."""
    lines = []
    y = 0.0
    for text in texts:
        y -= 1.0
        words = text.strip()
        if words:
            left = float(len(text) - len(text.lstrip()))
            lines.append(Line(words, index, left, left + len(words), y + 0.9, y, 0.9))
    return lines


def _index_map(text: str, count: int) -> list[int] | None:
    """Return for each character its index in pdfium, [] when they are the same, None when they cannot be matched."""
    if len(text) == count:
        return []
    positions, at = [], 0
    for character in text:
        positions.append(at)
        at += 2 if character > "\uffff" else 1
    return positions if at == count else None


def _box(raw: Any, index: int) -> tuple[float, float, float, float] | None:
    """Return left, right, bottom, top of a character with the full height of its font."""
    rect = _PDFIUM.FS_RECTF()
    if not _PDFIUM.FPDFText_GetLooseCharBox(raw, index, ctypes.byref(rect)):
        return None
    return rect.left, rect.right, min(rect.bottom, rect.top), max(rect.bottom, rect.top)


def _turned(x0: float, x1: float, bottom: float, top: float, turn: int) -> tuple[float, float, float, float]:
    """Turn a box of a rotated page into the view of its reader; the origin does not matter, only the order does."""
    match turn:
        case 90:
            return bottom, top, -x1, -x0
        case 180:
            return -x1, -x0, -top, -bottom
        case _:
            return -top, -bottom, x0, x1


def _starts(text: str) -> list[int]:
    return [
        match.start() + len(match[0]) - len(match[0].lstrip()) for match in _LINE.finditer(text) if match[0].strip()
    ]


def _with_cells(textpage: Any, lines: list[Line], index_of: list[int], *, starts: list[int]) -> list[Line]:
    """Cut lines at wide gaps, found between the rectangles pdfium merges neighbouring characters into."""
    if len(starts) != len(lines):
        return lines
    number = textpage.count_rects()
    if number <= len(lines) or number > _FEW_RECTS:
        return lines
    rects = sorted(
        ((rect[3] + rect[1]) / 2, rect[0], rect[2]) for rect in (textpage.get_rect(at) for at in range(number))
    )
    back = {place: at for at, place in enumerate(index_of)} if index_of else None
    out = []
    for line, start in zip(lines, starts, strict=True):
        inside = sorted(
            (x0, x1)
            for middle, x0, x1 in _between(rects, line.bottom, line.top)
            if x1 > line.x0 - 1 and x0 < line.x1 + 1
        )
        out.append(_cut(textpage, line, start, inside, back) if len(inside) > 1 else line)
    return out


def _between(rects: list[tuple[float, float, float]], low: float, high: float) -> list[tuple[float, float, float]]:
    return rects[bisect_left(rects, (low, -1e9, 0.0)) : bisect_right(rects, (high, 1e9, 0.0))]


def _cut(textpage: Any, line: Line, start: int, rects: list[tuple[float, float]], back: dict[int, int] | None) -> Line:
    gaps = []
    right = rects[0][1]
    for x0, x1 in rects[1:]:
        if x0 - right > _WIDE_GAP * line.size:
            gaps.append((right, x0))
        right = max(right, x1)
    if not gaps:
        return line
    cells = []
    at, left = 0, line.x0
    middle = (line.top + line.bottom) / 2
    for gap_left, gap_right in gaps:
        place = textpage.get_index(gap_right + 0.5, middle, line.size, line.size)
        if place is None:
            continue
        cut = (back.get(place, -1) if back is not None else place) - start
        if not at < cut < len(line.text):
            continue
        cells.append((line.text[at:cut].strip(), left, gap_left))
        at, left = cut, gap_right
    cells.append((line.text[at:].strip(), left, line.x1))
    return replace(line, cells=tuple(cells)) if len(cells) > 1 and all(cell[0] for cell in cells) else line


def _in_columns(lines: list[Line]) -> list[Line]:
    """Put a page written row by row over two columns into reading order, and a page drawn out of order too."""
    gutter = _gutter(lines)
    if gutter is not None:
        return _unwoven(lines, gutter)
    return _numbered_columns(lines)


def _gutter(lines: list[Line]) -> float | None:
    """Return the middle of the gap that divides a page into two columns of running text, or None."""
    split = [line for line in lines if len(line.cells) == 2]
    if len(split) < _MIN_COLUMN_LINES:
        return None
    middle = median((line.cells[0][2] + line.cells[1][1]) / 2 for line in split)
    matching = [line for line in split if line.cells[0][2] < middle < line.cells[1][1]]
    crossing = sum(1 for line in lines if not line.cells and line.x0 < middle < line.x1)
    if len(matching) < _MIN_COLUMN_LINES or len(matching) < 1.5 * crossing:
        return None
    words = [
        median(len(line.cells[side][0].split()) if line.cells[side][0].isascii() else len(line.cells[side][0]) / 2
               for line in matching)
        for side in (0, 1)
    ]  # fmt: skip
    return middle if min(words) >= _MIN_COLUMN_WORDS else None


def _unwoven(lines: list[Line], gutter: float) -> list[Line]:
    out: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    column = 0

    def put() -> None:
        nonlocal column
        for side in (left, right):
            if side:
                column += 1
                out.extend(replace(line, column=column) for line in side)
                side.clear()

    for line in sorted(lines, key=lambda line: -line.bottom):
        if len(line.cells) == 2 and line.cells[0][2] < gutter < line.cells[1][1]:
            for side, (text, x0, x1) in zip((left, right), line.cells, strict=True):
                side.append(replace(line, text=text, x0=x0, x1=x1, cells=()))
        elif line.x1 <= gutter:
            left.append(line)
        elif line.x0 >= gutter:
            right.append(line)
        else:
            put()
            column += 1
            out.append(replace(line, column=column))
    put()
    return out


def _numbered_columns(lines: list[Line]) -> list[Line]:
    """Number columns where the text jumps up and to the right; sort the page when it jumps up without doing so."""
    column = 0
    out: list[Line] = []
    for line in lines:
        if out and line.bottom > out[-1].top + line.size:
            so_far = max(before.x1 for before in out if before.column == column)
            if line.x0 < so_far - line.size and len(lines) > 1:
                return sorted(lines, key=lambda other: (-round(other.bottom / 2), other.x0))
            column += 1
        out.append(line if not column else replace(line, column=column))
    return out
