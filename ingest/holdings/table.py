"""Tables of holdings: owner, owned, and the share as one column or as its bounds, with or without dates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Final

from ingest.columns import NO_COLUMNS, Columns, header_key
from ingest.delimited import Row, read_rows, sniff_delimiter
from ingest.holdings.stated import OPEN_BOUND, HoldingsFile, StatedHolding, words
from kb.errors import RecordError

_HEADER_ROWS: Final = 5  # titles and notes people put above the header
_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]\d{1,15})?|[.,]\d{1,15}")
_MAX_CELL: Final = 60  # characters; a share is short
_DATE: Final = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")  # year, month, day
_SIGNS: Final = {">=": "at_least", "≥": "at_least", "<=": "at_most", "≤": "at_most", ">": "more_than", "<": "less_than"}
_SIDES: Final = frozenset(_SIGNS.values())
_DASHES: Final = re.compile(r"[-–—~～]")

Bounds = tuple[float, float]
Days = tuple[date, date]  # earliest and latest it can be


class _CellError(Exception):
    """A cell that cannot be read, with the reason."""


def read_table(text: str, *, source_name: str) -> HoldingsFile:
    """Read a delimited table of holdings with English or Chinese headers.

    A column named as a percentage holds percentages ("25", "25 %", "25-50", ">= 75 %"), one named a
    fraction fractions; an empty or unknown share is 0-1. A date may be a year or a month: then the share is certain
    only on the days on which it holds however the date is read. An exact repetition of a row counts once and is noted.

    Args:
        text: the decoded table.
        source_name: the source of rows that name none; also for messages.

    Raises:
        RecordError: there is no header with an owner and an owned column, or no row could be read.
    """
    return read_holding_rows(read_rows(text, sniff_delimiter(text)), source_name=source_name)


def read_holding_rows(reader: Iterator[Row], *, source_name: str, columns: Columns = NO_COLUMNS) -> HoldingsFile:
    """Read the rows of a table of holdings, wherever they stand; see ``read_table``.

    Args:
        reader: the rows, the header among the first.
        source_name: the source of rows that name none; also for messages.
        columns: what columns mean, where their headers do not say it.

    Raises:
        RecordError: there is no header with an owner and an owned column, or no row could be read.
    """
    header: list[str | None] | None = None
    for _ in range(_HEADER_ROWS):
        row = next(reader, None)
        if row is None:
            break
        header = holding_header(row.cells, columns)
        if header is not None:
            break
    if header is None:
        raise RecordError(
            "the table has no columns of owners and owned",
            place=source_name,
            remedy="Give it a header with owner, owned and percent (or min and max).",
        )
    holdings: list[StatedHolding] = []
    rejected: list[str] = []
    notes: list[str] = []
    seen: dict[tuple[str, ...], str] = {}
    spans: dict[str, tuple[int, int]] = {}
    rows = 0
    for row in reader:
        if not any(cell.strip() for cell in row.cells):
            continue
        rows += 1
        cells = tuple(unicodedata.normalize("NFC", cell).strip() for cell in row.cells)
        spans[row.where] = (row.start, row.end)
        before = seen.setdefault(cells, row.where)
        if before != row.where:
            notes.append(f"{row.where} repeats {before} and is counted once")
            continue
        try:
            holdings.extend(_holdings(row, cells, header, source_name))
        except _CellError as error:
            rejected.append(f"{row.where}: {error}")
    if not holdings:
        first = f" First problem: {rejected[0]}." if rejected else ""
        raise RecordError(
            f"no holding could be read.{first}", place=source_name, remedy="Give each row an owner and an owned."
        )
    return HoldingsFile(tuple(holdings), rows=rows, rejected=tuple(rejected), notes=tuple(notes), spans=spans)


@cache
def _meanings() -> dict[str, str]:
    return {header_key(word): meaning for meaning, keys in words()["columns"].items() for word in keys}


@cache
def _measures() -> dict[str, str]:
    return {header_key(word): measure for measure, keys in words()["measures"].items() for word in keys}


@cache
def _bound_words() -> tuple[tuple[str, str], ...]:
    """Return the words beside numbers with what they mean, longest first ("not more than" before "more than")."""
    pairs = [(word, meaning) for meaning, found in words()["bounds"].items() if meaning in _SIDES for word in found]
    return tuple(sorted([*pairs, *_SIGNS.items()], key=lambda pair: -len(pair[0])))


@cache
def _range_words() -> re.Pattern[str]:
    return re.compile("|".join(rf"\s*{re.escape(word)}\s*" for word in words()["bounds"]["range"]))


@cache
def _both_words() -> re.Pattern[str]:
    return re.compile("|".join(rf"\s*{re.escape(word)}\s*" for word in words()["bounds"]["both"]))


def holding_header(cells: tuple[str, ...], columns: Columns = NO_COLUMNS) -> list[str | None] | None:
    """Return the meaning of each column (None where it has none), or None when this is no header."""
    given = columns.fields()
    found: list[str | None] = []
    for cell in cells:
        meaning = given.get(header_key(cell)) or _meanings().get(header_key(cell))
        found.append(None if meaning in found else meaning)
    return found if {"owner", "owned"} <= set(found) else None


def _holdings(row: Row, cells: tuple[str, ...], header: list[str | None], source_name: str) -> list[StatedHolding]:
    if row.problem is not None:
        raise _CellError(row.problem)
    if len(cells) > len(header) and any(cells[len(header) :]):
        raise _CellError(f"it has {len(cells)} cells, the header has {len(header)}")
    cell = {meaning: value for meaning, value in zip(header, cells, strict=False) if meaning is not None}
    owner, owned = cell.get("owner", ""), cell.get("owned", "")
    if not owner or not owned:
        raise _CellError("it names no owner" if not owner else "it names no owned")
    measure = _measures().get(header_key(cell.get("measure", "")))
    if measure is None:
        raise _CellError(f"its kind of holding {cell['measure'][:_MAX_CELL]!r} is not known")
    low, high = (1.0, 1.0) if measure == "control" else _share(cell)  # control has no size
    since, until = _day(cell.get("from", "")), _day(cell.get("to", ""))
    if since is not None and until is not None and since[0] >= until[1]:
        raise _CellError("it ends before it begins")
    source = cell.get("source") or source_name
    return [
        StatedHolding(owner, owned, part_low, high, measure, start, end, source, row.where)
        for part_low, start, end in _spans(low, since, until)
    ]


def _spans(low: float, since: Days | None, until: Days | None) -> list[tuple[float, date | None, date | None]]:
    """Cut the time a holding may last into the part where it lasts for sure and the parts where it may not have.

    A date known to the day has equal ends and leaves one span.
    """
    first, sure_from = (None, None) if since is None else since
    sure_to, last = (None, None) if until is None else until
    if sure_from is not None and sure_to is not None and sure_from >= sure_to:
        return [(0.0, first, last)]
    spans = [(low, sure_from, sure_to)]
    if first is not None and sure_from is not None and first < sure_from:
        spans.insert(0, (0.0, first, sure_from))
    if last is not None and sure_to is not None and sure_to < last:
        spans.append((0.0, sure_to, last))
    return spans


def _share(cell: dict[str, str]) -> Bounds:
    """Return the share a row states as fractions; its columns are intersected when it has several."""
    bounds: list[Bounds] = []
    for meaning, scale in (("percent", 100.0), ("fraction", 1.0)):
        if meaning in cell:
            bounds.append(_bounds(cell[meaning], scale))
    low = _bounds(cell["min"], 100.0)[0] if "min" in cell else 0.0
    high = _bounds(cell["max"], 100.0)[1] if "max" in cell else 1.0
    bounds.append((low, high))
    low, high = max(bound[0] for bound in bounds), min(bound[1] for bound in bounds)
    if low > high:
        raise _CellError(f"its share is at least {low:.4%} and at most {high:.4%}")
    return low, high


def read_share(text: str) -> Bounds | None:
    """Return a share in per cent as fractions ("25", "25-50 %", "more than 50"), None when it cannot be read."""
    try:
        return _bounds(text, 100.0)
    except _CellError:
        return None


def _bounds(cell: str, scale: float) -> Bounds:
    text = unicodedata.normalize("NFKC", cell).strip().casefold()
    if text in words()["unknown"]["words"]:
        return 0.0, 1.0
    if len(text) > _MAX_CELL:
        raise _CellError("its share is too long to be one")
    if "%" in text:
        scale = 100.0
    plain = text.replace("%", " ").strip()
    sides = _both_words().split(plain)
    if len(sides) == 2:
        left, right = (_bounds(f"{side}%" if scale == 100.0 else side, scale) for side in sides)
        low, high = max(left[0], right[0]), min(left[1], right[1])
        if low > high:
            raise _CellError(f"its share {cell[:_MAX_CELL]!r} contradicts itself")
        return low, high
    parts = _range_words().split(plain) if _range_words().search(plain) else _DASHES.split(plain)
    if len(parts) == 2 and all(_NUMBER.fullmatch(part.strip()) for part in parts):
        low, high = (_fraction(part.strip(), scale, cell) for part in parts)
        if low > high:
            raise _CellError(f"its share {cell[:_MAX_CELL]!r} begins above its end")
        return low, high
    return _one_sided(plain, scale, cell)


def _one_sided(plain: str, scale: float, cell: str) -> Bounds:
    for word, meaning in _bound_words():
        if word in plain:
            value = _fraction(plain.replace(word, " ", 1).strip(), scale, cell)
            if meaning == "at_least":
                return value, 1.0
            if meaning == "more_than":
                return min(1.0, value + OPEN_BOUND), 1.0
            return 0.0, value if meaning == "at_most" else max(0.0, value - OPEN_BOUND)
    exact = _fraction(plain, scale, cell)
    return exact, exact


def _fraction(text: str, scale: float, cell: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise _CellError(f"its share {cell[:_MAX_CELL]!r} is not a number")
    value = float(text.replace(",", ".")) / scale
    if value > 1.0:
        raise _CellError(f"its share {cell[:_MAX_CELL]!r} is more than the whole")
    return value


def _day(cell: str) -> Days | None:
    """Return the earliest and the latest day a date can mean, equal when it names a day; None when it is open."""
    text = unicodedata.normalize("NFKC", cell).strip().casefold()
    if text in words()["unknown"]["words"]:
        return None
    match = _DATE.fullmatch(text[:10] if text[10:11] in {"t", " "} else text)
    if match is None:
        raise _CellError(f"its date {cell[:_MAX_CELL]!r} cannot be read")
    year, month, day = (None if part is None else int(part) for part in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        if month is None:
            return first, date(first.year, 12, 31) + timedelta(days=1)
        if day is None:
            following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            return first, following
    except (ValueError, OverflowError):
        raise _CellError(f"its date {cell[:_MAX_CELL]!r} does not exist") from None
    return first, first
