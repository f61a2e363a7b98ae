"""Reads financial statements from delimited text and workbooks.

Two layouts are read. *Items by periods*: a header row names periods, each further row is one item; assets may stand
left and liabilities right, each with their own columns (the Chinese two-sided balance sheet). *Companies by items*: a
header row names items, each further row is one company in one period. Company, identifiers, unit and day stand above
the table, in cells or as "key: value". What is not stated is left open: unit, currency and period are never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from ingest.delimited import Row, column_letters
from ingest.statements.words import Period, data, is_a, period_of
from ingest.tables import tables_of
from kb.cells import NO_UNIT, Unit, key_of, number_of, unit_of
from kb.errors import RecordError
from kb.ids import normalise, validate
from kb.model import Document, Identifier
from kb.statement import Figure, Statement, item_of, items

_LOOK: Final = 120  # rows looked at to see whether a table is a statement
_FEWEST_ITEMS: Final = 3  # known lines that make a table a statement; registers have a column "turnover", too
_FEWEST_COLUMNS: Final = 2
_MAX_ROWS: Final = 200_000
_PAIR: Final = re.compile(r"^\s*(?P<key>[^:：]{1,40})[:：]\s*(?P<value>.{0,200}?)\s*$")
_BARE: Final = re.compile(r"\d{4}")
_ENOUGH: Final = 2  # characters of a company's name


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of figures: its period, its own unit, and the column its items stand in."""

    index: int
    item: int
    period: Period | None
    unit: Unit


@dataclass(slots=True)
class _Company:
    """What the rows above a table say; ``used`` once figures were read under it."""

    subject: _Cell | None = None
    title: _Cell | None = None
    identifiers: list[Identifier] = field(default_factory=list)
    unit: Unit = NO_UNIT
    period: Period | None = None
    used: bool = False

    @property
    def named(self) -> _Cell | None:
        """The company's name: stated by its key, else before the title of the statement."""
        return self.subject if self.subject is not None else self.title


def _cells(row: Row, text: str) -> tuple[_Cell, ...]:
    """Return the cells of a row with their places."""
    sheet = "" if row.sheet is None else f"{row.sheet}!"
    found, cursor = [], row.start
    for index, cell in enumerate(row.cells):
        at = text.find(cell, cursor, row.end) if cell else cursor
        start, end = (at, at + len(cell)) if at >= 0 else (row.start, row.end)  # a cell with doubled quotation marks
        cursor = max(cursor, end) if at >= 0 else cursor
        found.append(_Cell(cell.strip(), start, end, f"{sheet}{column_letters(index)}{row.line}"))
    return tuple(found)


def _rows(document: Document) -> Iterator[tuple[_Cell, ...]]:
    """Yield the rows of a delimited text, or of every sheet of a workbook, up to a limit."""
    rows = (row for table in tables_of(document) for row in table.rows())
    for row in islice(rows, _MAX_ROWS):
        yield _cells(row, document.text)


def is_statements(document: Document) -> bool:
    """Say whether a table states financial figures rather than partners."""
    known: set[str] = set()
    for number, cells in enumerate(_rows(document)):
        if number >= _LOOK:
            break
        if _wide_header(cells) is not None:
            return True
        if any(number_of(cell.text) is not None for cell in cells[1:]):
            known |= {item for cell in cells if (item := item_of(cell.text)) is not None}
        if len(known) >= _FEWEST_ITEMS:
            return True
    return False


def read_statements(document: Document, *, source_name: str) -> tuple[Statement, ...]:
    """Return the statements of a table, one per company, in the order of the table.

    Raises:
        RecordError: no company is named, or no figure could be read.
    """
    found: dict[str, Statement] = {}
    company = _Company()
    columns: tuple[_Column, ...] = ()
    wide: _Wide | None = None
    for cells in _rows(document):
        if (header := _wide_header(cells)) is not None:
            wide = header
            continue
        if wide is not None:
            _keep(found, _wide_row(wide, cells, company))
            continue
        periods = _period_columns(cells, company, again=bool(columns))
        if periods:
            columns = periods
            continue
        if columns and (figures := tuple(_figures(cells, columns, company.unit))):
            if company.named is not None:
                company.used = True
                _keep(found, _statement(company.named, company.identifiers, figures))
                continue
            raise _nameless(source_name)
        company = _about(cells, company)
    if not found:
        raise RecordError(
            "no figure of a financial statement could be read",
            place=source_name,
            remedy="Give the table a header of periods (2023, 2023-12-31, 期末余额) and a line per item.",
        )
    return tuple(found.values())


def _nameless(source_name: str) -> RecordError:
    return RecordError(
        "the statement does not name its company",
        place=source_name,
        remedy="Put a line above the table: 'Company,NAME' or '编制单位：NAME' (prepared by).",
    )


def _keep(found: dict[str, Statement], statement: Statement | None) -> None:
    """Add a statement to those of the same company."""
    if statement is None:
        return
    known = found.get(statement.subject)
    if known is None:
        found[statement.subject] = statement
        return
    found[statement.subject] = replace(
        known,
        identifiers=tuple(dict.fromkeys((*known.identifiers, *statement.identifiers))),
        figures=known.figures + statement.figures,
    )


def _statement(named: _Cell, identifiers: Sequence[Identifier], figures: tuple[Figure, ...]) -> Statement:
    return Statement(named.text, named.start, named.end, tuple(dict.fromkeys(identifiers)), figures)


# --- what stands above a table ---------------------------------------------------------------------------------------


def _about(cells: Sequence[_Cell], company: _Company) -> _Company:
    """Return what is known of a company after one more row above its figures."""
    found = replace(company, identifiers=list(company.identifiers))
    for index, cell in enumerate(cells):
        if not cell.text:
            continue
        pair = _PAIR.match(cell.text)
        if pair is not None and pair["value"]:
            at = cell.start + pair.start("value")
            _note(found, pair["key"], _Cell(pair["value"], at, at + len(pair["value"]), cell.name))
            continue
        following = next((c for c in cells[index + 1 :] if c.text), None)
        key = cell.text.rstrip(":： ")
        if following is not None and _note(found, key, following):
            break
        _headline(found, cell)
    return found


def _note(company: _Company, key: str, value: _Cell) -> bool:
    """Keep what a key says; return whether it is a known key."""
    if is_a(key, "subject"):
        if company.used and company.named is not None and company.named.text != value.text:
            # The next company of the file begins; nothing said of the one before holds for it.
            company.identifiers, company.unit, company.period, company.used = [], NO_UNIT, None, False
        company.subject = value
        return True
    for scheme, names in data()["identifiers"].items():
        if key_of(key) in {key_of(name) for name in names}:
            company.identifiers.append(Identifier(scheme, normalise(scheme, value.text), validate(scheme, value.text)))
            return True
    if is_a(key, "unit", "keys"):
        company.unit = unit_of(value.text).over(company.unit)
        return True
    if is_a(key, "date"):
        company.period = period_of(value.text) or company.period
        return True
    return False


def _headline(company: _Company, cell: _Cell) -> None:
    """Take a line of its own apart: the day or unit it states, the company before a statement's title."""
    if (period := period_of(cell.text)) is not None:
        company.period = period
    elif any(key_of(cell.text).startswith(key_of(k)) for k in data()["unit"]["keys"]):
        company.unit = unit_of(cell.text).over(company.unit)
    title = next((t for t in _titles() if cell.text.casefold().endswith(t) or t in cell.text.casefold()), None)
    if title is None:
        return
    before = cell.text[: cell.text.casefold().find(title)].rstrip(" -–—:：,，|（(")
    if len(before) >= _ENOUGH and period_of(before) is None:
        company.title = _Cell(before, cell.start, cell.start + len(before), cell.name)


def _titles() -> tuple[str, ...]:
    return tuple(sorted((name.casefold() for name in data()["titles"]["names"]), key=len, reverse=True))


# --- items by periods ------------------------------------------------------------------------------------------------


def _period_columns(cells: Sequence[_Cell], company: _Company, *, again: bool) -> tuple[_Column, ...]:
    """Return the columns of figures when a row is their header, else nothing.

    "Total assets, 2010, 2023" states amounts, not years: a row that names an item is no header, and under a header
    (``again``) only a row that heads items anew can be one by bare years.
    """
    if any(item_of(cell.text) is not None for cell in cells):
        return ()
    first = next((cell.text for cell in cells if cell.text), "")
    bare = all(_BARE.fullmatch(cell.text) for cell in cells[1:] if cell.text)
    if again and bare and cells[0].text and not is_a(first, "item") and not _has_title(first):
        return ()
    found: list[_Column] = []
    item, group = -1, False
    for index, cell in enumerate(cells):
        period, known = _header_period(cell.text, company.period)
        if known and index > 0 and item >= 0:
            found.append(_Column(index, item, period, unit_of(cell.text) if period is None else _own_unit(cell.text)))
            group = True
        elif not is_a(cell.text, "aside") and (group or item < 0):
            item, group = index, False
    if not found or any(number_of(c.text) is not None and period_of(c.text) is None for c in cells):
        return ()
    # "Date, 2023-12-31" and "Company: X, 2023" above a table are no header.
    return () if any(_is_key(cell.text) for cell in cells) else tuple(found)


def _has_title(cell: str) -> bool:
    return any(title in cell.casefold() for title in _titles())


def _is_key(cell: str) -> bool:
    """Say whether a cell is a key of the lines above a table, with or without its value."""
    pair = _PAIR.match(cell)
    key = pair["key"] if pair is not None else cell
    if is_a(cell, "item"):
        return False
    return is_a(key, "subject") or is_a(key, "date") or is_a(key, "unit", "keys")


def _header_period(cell: str, own: Period | None) -> tuple[Period | None, bool]:
    """Return the period a header names, and whether it is a header of figures at all."""
    period = period_of(cell)
    if period is not None:
        return period, True
    plain = re.sub(r"[(（].*?[)）]", "", cell[:80])
    if is_a(plain, "relative", "current"):
        return own, True
    if is_a(plain, "relative", "before"):
        return (own.before() if own is not None else None), True
    return None, False


def _own_unit(header: str) -> Unit:
    """Return the unit a header states in brackets ("2023 (USD '000)")."""
    bracket = re.search(r"[(（]([^()（）]{1,40})[)）]", header)
    return unit_of(bracket[1]) if bracket is not None else NO_UNIT


def _figures(cells: Sequence[_Cell], columns: Sequence[_Column], unit: Unit) -> Iterator[Figure]:
    """Yield the figures of a row of items."""
    for column in columns:
        if column.index >= len(cells):
            continue
        label = cells[column.item].text
        item = item_of(label) if label else None
        if item is None:
            continue
        figure = _figure(item, label, cells[column.index], column.period, column.unit.over(_own_unit(label)).over(unit))
        if figure is not None:
            yield figure


def _figure(item: str, label: str, cell: _Cell, period: Period | None, unit: Unit) -> Figure | None:
    amount = number_of(cell.text)
    if amount is None:
        return None
    known = items()[item]
    measured = known.kind == "measure"
    if item == "late-share" and amount > 1:
        amount /= 100  # "12" in a column of shares is 12 %
    return Figure(
        item=item,
        label=label,
        period=period.key if period is not None else None,
        months=period.months if period is not None and known.kind != "stock" else None,
        amount=abs(amount) if known.expense else amount,
        scale=None if measured else unit.scale,
        currency=None if measured else unit.currency,
        cell=cell.name,
        start=cell.start,
        end=cell.end,
    )


# --- companies by items ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wide:
    """The header of a table of companies: what each column holds."""

    subject: int
    period: int
    items: tuple[tuple[int, str, str], ...]
    identifiers: tuple[tuple[int, str], ...]
    unit: int | None


def _wide_header(cells: Sequence[_Cell]) -> _Wide | None:
    keys = [cell.text for cell in cells]
    subject = next((i for i, key in enumerate(keys) if is_a(key, "subject")), None)
    period = next((i for i, key in enumerate(keys) if is_a(key, "period")), None)
    found = tuple((i, item, key) for i, key in enumerate(keys) if (item := item_of(key)) is not None)
    if subject is None or period is None or len(found) < _FEWEST_COLUMNS:
        return None
    schemes = data()["identifiers"].items()
    identifiers = tuple(
        (i, scheme) for i, key in enumerate(keys) for scheme, n in schemes if key_of(key) in {key_of(x) for x in n}
    )
    unit = next((i for i, key in enumerate(keys) if is_a(key, "unit", "keys")), None)
    ours = len(found) + len(identifiers) + (unit is not None) + 2
    if 2 * ours < sum(1 for key in keys if key):
        return None  # a register of partners with a few figures beside
    return _Wide(subject, period, found, identifiers, unit)


def _wide_row(header: _Wide, cells: Sequence[_Cell], company: _Company) -> Statement | None:
    if header.subject >= len(cells) or not cells[header.subject].text:
        return None
    period = period_of(cells[header.period].text) if header.period < len(cells) else None
    unit = unit_of(cells[header.unit].text) if header.unit is not None and header.unit < len(cells) else NO_UNIT
    figures = [
        _figure(item, label, cells[i], period, _own_unit(label).over(unit).over(company.unit))
        for i, item, label in header.items
        if i < len(cells)
    ]
    identifiers = [
        Identifier(scheme, normalise(scheme, cells[i].text), validate(scheme, cells[i].text))
        for i, scheme in header.identifiers
        if i < len(cells) and cells[i].text
    ]
    stated = tuple(figure for figure in figures if figure is not None)
    return _statement(cells[header.subject], identifiers, stated) if stated else None
