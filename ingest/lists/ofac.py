"""OFAC's CSV lists: a primary file (SDN, consolidated) joined with its alias, address and comment files.

The files have no header and twelve, five, six and two columns; ``-0-`` means empty. Some republications put a header
on top, whose column names are not always right, so the layout decides.

Source: OFAC, "Data formats for the SDN list" (dat_spec.txt).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from ingest.delimited import Row, read_rows
from ingest.lists.vocabulary import country_code, data, read_remarks, unique
from ingest.tables import cut_off
from kb.model import Document, ListEntry, Name, WatchList

PRIMARY: Final = "primary"
ALIAS: Final = "alias"
ADDRESS: Final = "address"
COMMENTS: Final = "comments"
_WIDTH: Final = 12  # columns of a primary file
_MISSING: Final = {
    ALIAS: "line 1: aliases stand in a file of their own (alt.csv), which is not beside this one; they are missing",
    ADDRESS: "line 1: addresses stand in a file of their own (add.csv), which is not beside this one; they are missing",
}
_LOOKED_AT: Final = 60
_LEAST: Final = 0.6  # share of the first rows that must have the layout


def layout_of(text: str) -> str | None:
    """Return which OFAC file a text is laid out as, or None."""
    votes: Counter[str] = Counter()
    rows = list(islice(read_rows(text), _LOOKED_AT))
    for row in rows:
        layout = _row_layout(row.cells)
        if layout is not None:
            votes[layout] += 1
    if not votes:
        return None
    layout, count = votes.most_common(1)[0]
    return layout if count >= _LEAST * max(len(rows) - 1, 1) else None


def _row_layout(cells: tuple[str, ...]) -> str | None:
    if not cells or not cells[0].isdigit():
        return None
    nulls = sum(1 for c in cells if c == _null())
    if len(cells) == _WIDTH and nulls >= 1:
        return PRIMARY
    if len(cells) == 5 and cells[1].isdigit() and cells[2].casefold().strip(".") in data()["ofac"]["alias_kinds"]:
        return ALIAS
    if len(cells) == 6 and cells[1].isdigit() and nulls >= 1:
        return ADDRESS
    if len(cells) == 2 and len(cells[1]) > 20:
        return COMMENTS
    return None


def _null() -> str:
    return str(data()["ofac"]["null"])


def _value(cells: tuple[str, ...], place: int) -> str:
    cell = cells[place].strip() if place < len(cells) else ""
    return "" if cell == _null() else cell


def _well_formed(text: str, width: int) -> Iterable[tuple[Row, str | None]]:
    """Yield rows with the reason to reject them, or None; a header is passed over."""
    for number, row in enumerate(read_rows(text)):
        # Old files end with the DOS end-of-file mark on a line of its own.
        heading = number == 0 and not row.cells[0].isdigit() and len(row.cells) >= width - 1
        if heading or row.cells[0] in {"\x1a", ""}:
            continue
        if row.problem is not None:
            yield row, row.problem
        elif not row.cells[0].isdigit():
            yield row, f"'{row.cells[0][:40]}' is no entity number"
        elif len(row.cells) < width:
            yield row, f"it has {len(row.cells)} of {width} columns"
        else:
            yield row, None


def read_ofac(document: Document, list_id: str, title: str, companions: Mapping[str, Document]) -> WatchList:
    """Read a primary file and join its companions' rows to their entries."""
    aliases, addresses, comments = _joined(companions)
    entries: list[ListEntry] = []
    rejected: list[str] = []
    seen: set[str] = set()
    rows = 0
    last: Row | None = None
    for row, problem in _well_formed(document.text, _WIDTH):
        rows += 1
        last = row
        number, name = _value(row.cells, 0), _value(row.cells, 1)
        if problem is None and not name:
            problem = "it has no name"
        if problem is None and number in seen:
            problem = f"entity number {number} was used before"
        if problem is not None:
            rejected.append(f"line {row.line}: {problem}")
            continue
        seen.add(number)
        entries.append(
            _entry(row, number, name, aliases.get(number, []), addresses.get(number, []), comments.get(number, ""))
        )
    incomplete = cut_off(document, last, _WIDTH)
    beside = {layout_of(companion.text) for companion in companions.values()}
    notes = [note for layout, note in _MISSING.items() if layout not in beside]
    return WatchList(list_id, title, tuple(entries), rows, tuple(rejected), tuple(notes), incomplete=incomplete)


def _entry(
    row: Row, number: str, name: str, aliases: list[Name], addresses: list[tuple[str, str | None]], comment: str
) -> ListEntry:
    remarks = _value(row.cells, 11) + comment
    facts = read_remarks(remarks)
    kind = data()["ofac"]["types"].get(_value(row.cells, 2).casefold(), "organization")
    names = [Name(name), *aliases, *facts.names]
    flag = country_code(_value(row.cells, 9))
    title = _value(row.cells, 4)
    countries = [
        *facts.countries,
        *([flag] if flag is not None else []),
        *(code for _, code in addresses if code is not None),
    ]
    return ListEntry(
        id=f"OFAC-{number}",
        names=tuple({(n.text.casefold()): n for n in reversed(names)}.values())[::-1],
        kind=kind,
        start=row.start,
        end=row.end,
        countries=unique(countries),
        programs=unique([p.strip(" []") for p in _value(row.cells, 3).replace("] [", ";").split(";")]),
        identifiers=tuple(dict.fromkeys(facts.identifiers)),
        birth_dates=unique(facts.birth_dates),
        addresses=unique([text for text, _ in addresses]),
        remarks="; ".join(part for part in (title, remarks) if part),
    )


def _joined(
    companions: Mapping[str, Document],
) -> tuple[dict[str, list[Name]], dict[str, list[tuple[str, str | None]]], dict[str, str]]:
    aliases: dict[str, list[Name]] = defaultdict(list)
    addresses: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    comments: dict[str, str] = defaultdict(str)
    kinds = data()["ofac"]["alias_kinds"]
    for companion in companions.values():
        layout = layout_of(companion.text)
        if layout == ALIAS:
            for row, problem in _well_formed(companion.text, 4):
                text = _value(row.cells, 3)
                if problem is None and text:
                    kind = kinds.get(_value(row.cells, 2).casefold(), "aka")
                    weak = len(text) > 2 and text[0] in "'‘\"" and text[-1] in "'’\""
                    aliases[row.cells[0]].append(Name(text.strip("'‘’\"") if weak else text, "weak" if weak else kind))
        elif layout == ADDRESS:
            for row, problem in _well_formed(companion.text, 5):
                if problem is None:
                    parts = [_value(row.cells, place) for place in (2, 3, 4)]
                    addresses[row.cells[0]].append((", ".join(p for p in parts if p), country_code(parts[2])))
        elif layout == COMMENTS:
            for row, problem in _well_formed(companion.text, 2):
                if problem is None:
                    comments[row.cells[0]] += _value(row.cells, 1)
    return aliases, addresses, comments
