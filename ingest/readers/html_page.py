"""Takes a page apart into pieces as its tags go by, without building a tree, so depth costs nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Final

from ingest.readers.builder import collapse
from ingest.readers.numerals import bijective_letter, html_number, roman
from kb.model import BlockKind

_DISPLAY_NONE: Final = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_PAGE_BREAK: Final = re.compile(r"(?:page-)?break-(?:before|after)\s*:\s*(?:always|page|left|right)", re.IGNORECASE)
_LIST_STYLE: Final = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]{1,40})", re.IGNORECASE)
_PAGE_NUMBER: Final = re.compile(
    r"\s*(?:[-–—]\s?)?(?:page\s)?(?:\d{1,4}|[ivxlc]{1,7}|[A-Z]-\d{1,3})(?:\s?(?:of|/)\s?\d{1,4})?(?:\s?[-–—])?\s*",
    re.IGNORECASE,
)
_NUMBER_CELL: Final = re.compile(
    r"(?:[•·●○◦▪■–-]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,5}|[a-zA-Z]|[ivxlcIVXLC]{1,7})[.)]{0,2}|"
    r"[（(]?[一二三四五六七八九十百]{1,5}[）)、.]?|第[一二三四五六七八九十百〇零\d]{1,8}条|(?:Article|Section)\s[\dIVX.]{1,8})"
)
_BULLETS: Final = frozenset("•·●○◦▪■–-")
_SENTENCE_END: Final = tuple(".:;!?。：；！？")
_LONG_CELL: Final = 200
_CLAUSE_CELL: Final = 60
_MAX_SPAN: Final = 1_000
_MAX_LEVEL: Final = 18  # list depths shown are 1-9; tables in between count as lists without a marker
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_PRE: Final = frozenset({"pre", "xmp", "listing"})


@cache
def tags() -> dict[str, frozenset[str]]:
    """Return the sets of element names in ``html.toml``."""
    raw = tomllib.loads((files("ingest.readers") / "data" / "html.toml").read_text("utf-8"))
    return {key: frozenset(value) for key, value in raw.items() if isinstance(value, list)}


@cache
def meta_names() -> dict[str, tuple[str, ...]]:
    """Return which meta names state what."""
    raw = tomllib.loads((files("ingest.readers") / "data" / "html.toml").read_text("utf-8"))
    return {key: tuple(value) for key, value in raw["meta"].items()}


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a page before it has offsets; ``separator`` None leaves it to the builder."""

    kind: BlockKind
    text: str
    level: int | None = None
    number: str | None = None
    cell: tuple[int, int, int] | None = None
    separator: str | None = None
    is_preformatted: bool = False
    after_break: bool = False


@dataclass(slots=True)
class _List:
    ordered: bool
    style: str
    value: int
    step: int = 1


@dataclass(slots=True)
class _Table:
    rows: list[list[tuple[int, list[Piece]]]] = field(default_factory=list)
    column: int = 0
    cell: list[Piece] | None = None
    is_layout: bool = False


class Page:
    """Target of lxml's HTML parser: collects the pieces of a page, its meta statements and its depth."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.meta: dict[str, str] = {}
        self.title: list[str] = []
        self.canonical: str | None = None
        self.language: str | None = None
        self.json_ld: list[str] = []
        self.max_depth = 0
        self.removed: list[str] = []
        self._depth = 0
        self._hidden_at: int | None = None
        self._removed_at: int | None = None
        self._capture: list[str] | None = None
        self._inline: list[str] = []
        self._heading: int | None = None
        self._pre = 0
        self._lists: list[_List] = []
        self._marker: str | None = None
        self._item = False
        self._tables: list[_Table] = []
        self._table_count = 0
        self._break = False
        self._block, self._hidden = tags()["block"], tags()["hidden"]

    # --- parser events

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag."""
        self._depth += 1
        self.max_depth = max(self.max_depth, self._depth)
        if tag in {"meta", "link", "title", "html"}:
            self._state(tag, attributes)
        if self._hidden_at is not None:
            if tag == "script" and attributes.get("type") == "application/ld+json":
                self._capture = self.json_ld
            return
        style = attributes.get("style", "")
        if tag in self._hidden or "hidden" in attributes or (style and _DISPLAY_NONE.search(style)):
            if tag == "script" and attributes.get("type") == "application/ld+json":
                self._capture = self.json_ld
                self.json_ld.append("")
            if tag in self._block:
                self._flush()
            self._hidden_at = self._depth
            return
        if tag == "del":
            self._hidden_at = self._removed_at = self._depth
            self.removed.append("")
            return
        if tag == "br":
            self._inline.append("\n")
        elif tag in self._block:
            self._flush()
            self._open(tag, attributes)
        elif tag == "input" and attributes.get("type", "").lower() in {"checkbox", "radio"}:
            self._inline.append("☒" if "checked" in attributes else "☐")
        elif tag == "q":
            self._inline.append("“")
        if style and _PAGE_BREAK.search(style):
            self._page_break()

    def end(self, tag: str) -> None:
        """Take an end tag, written or implied."""
        self._depth -= 1
        if tag in {"title", "script"}:
            self._capture = None
        if self._hidden_at is not None:
            if self._depth < self._hidden_at:
                self._hidden_at = self._removed_at = None
            return
        if tag in self._block:
            self._flush()
            self._close(tag)
        elif tag == "q":
            self._inline.append("”")

    def data(self, data: str | bytes) -> None:
        """Take character data."""
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        if self._capture is not None:
            if self._capture is self.json_ld:
                self.json_ld[-1:] = [(self.json_ld[-1] if self.json_ld else "") + text]
            else:
                self._capture.append(text)
        elif self._removed_at is not None:
            self.removed[-1] += text
        elif self._hidden_at is None:
            self._inline.append(text if self._pre else text.replace("\n", " ").replace("\r", " "))

    def comment(self, text: str | bytes) -> None:
        """Leave comments out."""

    def close(self) -> Page:
        """Finish the page."""
        self._flush()
        while self._tables:
            self._end_table()
        return self

    # --- elements

    def _state(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "meta":
            name = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv") or ""
            self.meta.setdefault(name.lower(), attributes.get("content", ""))
        elif tag == "link" and attributes.get("rel", "").lower() == "canonical":
            self.canonical = attributes.get("href")
        elif tag == "title" and not self.title:
            self._capture = self.title
        elif tag == "html":
            self.language = attributes.get("lang") or attributes.get("xml:lang")

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _HEADINGS:
            self._heading = _HEADINGS[tag]
        elif tag in _PRE:
            self._pre += 1
        elif tag in {"ol", "ul", "menu", "dir"}:
            self._lists.append(_list(tag, attributes))
        elif tag == "li":
            self._open_item(attributes)
        elif tag == "table":
            self._tables.append(_Table())
            self._lists.append(_List(ordered=False, style="none", value=0))
        elif tag == "tr" and self._tables:
            self._tables[-1].rows.append([])
            self._tables[-1].column = 0
            self._tables[-1].cell = None
        elif tag in {"td", "th"} and self._tables:
            self._open_cell(attributes)
        elif tag in {"hr", "page"}:
            self._page_break()

    def _close(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._heading = None
        elif tag in _PRE:
            self._pre = max(0, self._pre - 1)
        elif tag in {"ol", "ul", "menu", "dir"} and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._marker, self._item = None, False
        elif tag in {"td", "th"} and self._tables:
            self._tables[-1].cell = None
        elif tag == "table" and self._tables:
            self._end_table()
            if self._lists:
                self._lists.pop()

    def _open_item(self, attributes: Mapping[str, str]) -> None:
        self._item, self._marker = True, None
        current = self._lists[-1] if self._lists else None
        if current is None or not current.ordered:
            return
        value = _integer(attributes.get("value"))
        current.value = value if value is not None else current.value + current.step
        style = attributes.get("type") or _style_type(attributes) or current.style
        self._marker = html_number(current.value, style)

    def _open_cell(self, attributes: Mapping[str, str]) -> None:
        table = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        table.cell = []
        table.rows[-1].append((table.column, table.cell))
        table.column += min(_MAX_SPAN, max(1, _integer(attributes.get("colspan")) or 1))

    def _page_break(self) -> None:
        """A page number just before or after a page break belongs to the paper, not to the text."""
        target = self._target()
        if target and _is_page_number(target[-1]):
            target.pop()
        self._break = True

    # --- pieces

    def _target(self) -> list[Piece]:
        for table in reversed(self._tables):
            if table.cell is not None:
                return table.cell
        return self.pieces

    def _flush(self) -> None:
        if not self._inline:
            return
        raw = "".join(self._inline)
        self._inline.clear()
        if self._pre:
            text = raw.strip("\n")
            if text.strip():
                self._put(Piece(BlockKind.PARAGRAPH, text.expandtabs(8), is_preformatted="\n" in text))
            return
        text = collapse(raw)
        if text:
            self._put_text(text)

    def _put_text(self, text: str) -> None:
        if self._heading is not None:
            self._put(Piece(BlockKind.HEADING, text, level=self._heading))
        elif self._item:
            depth = max(
                1, sum(1 for current in self._lists[-_MAX_LEVEL:] if current.style != "none" or current.ordered)
            )
            marker, text = _numbered(self._marker, text, self._lists[-1].value if self._lists else 0)
            self._put(Piece(BlockKind.LIST_ITEM, text, level=min(depth, 9), number=marker))
            self._item, self._marker = False, None
        else:
            self._put(Piece(BlockKind.PARAGRAPH, text))

    def _put(self, piece: Piece) -> None:
        if self._break and _is_page_number(piece):
            return
        target = self._target()
        last = target[-1] if target else None
        if (
            self._break
            and last is not None
            and last.kind is piece.kind is BlockKind.PARAGRAPH
            and not last.text.endswith(_SENTENCE_END)
            and piece.text[:1].islower()
        ):
            target[-1] = replace(last, text=f"{last.text} {piece.text}")  # a sentence that ran over the page
        else:
            target.append(piece)
        self._break = False

    def _end_table(self) -> None:
        table = self._tables.pop()
        pieces = _table_pieces(table, self._table_count)
        if any(piece.cell is not None for piece in pieces):
            self._table_count += 1
        target = self._target()
        if target is not self.pieces:
            # The table around is for layout; those around that one learn it when it ends.
            next(outer for outer in reversed(self._tables) if outer.cell is not None).is_layout = True
        target.extend(pieces)
        self._item = False


def _list(tag: str, attributes: Mapping[str, str]) -> _List:
    style = _style_type(attributes) or attributes.get("type") or ("1" if tag == "ol" else "disc")
    start = _integer(attributes.get("start"))
    step = -1 if "reversed" in attributes else 1
    return _List(ordered=tag == "ol", style=style, value=(1 if start is None else start) - step, step=step)


def _style_type(attributes: Mapping[str, str]) -> str | None:
    match = _LIST_STYLE.search(attributes.get("style", ""))
    return match[1].lower() if match is not None else None


def _integer(value: str | None) -> int | None:
    """Return a small integer attribute, or None when it is absent or is not one."""
    stripped = (value or "").strip()
    digits = stripped.removeprefix("-")
    return int(stripped) if 0 < len(digits) <= 6 and digits.isascii() and digits.isdigit() else None


def _numbered(marker: str | None, text: str, value: int) -> tuple[str | None, str]:
    """Put an item's marker before its text, unless the text was typed with the same number already."""
    if marker is None:
        return None, text
    typed = re.match(r"[（(]?([0-9]{1,4}|[A-Za-z]{1,7})[.)）、]", text)
    if typed is not None and typed[1].lower() in {str(value), bijective_letter(value), roman(value)}:
        return typed[0], text
    return marker, f"{marker} {text}" if not marker.endswith("、") else marker + text


def _is_page_number(piece: Piece) -> bool:
    return piece.kind is BlockKind.PARAGRAPH and _PAGE_NUMBER.fullmatch(piece.text) is not None


def _table_pieces(table: _Table, index: int) -> list[Piece]:
    """Return a table's pieces: cells in their rows, clauses of layout rows, or plain blocks of layout tables."""
    rows = [[(column, cell) for column, cell in row if cell] for row in table.rows]
    rows = [row for row in rows if row]
    if table.is_layout or max((len(row) for row in rows), default=0) <= 1:
        return [piece for row in rows for _, cell in row for piece in cell]
    out: list[Piece] = []
    for number, row in enumerate(rows):
        if len(row) == 2 and (clause := _clause_row(row[0][1], row[1][1])):
            out.extend(clause)
            continue
        long = sum(1 for _, cell in row if len(cell) > 1 or len(cell[0].text) > _LONG_CELL)
        for at, (column, cell) in enumerate(row):
            for nth, piece in enumerate(cell):
                inside = "\t" if at and not nth and long < 2 else "\n"
                first = None if at == 0 and nth == 0 else inside
                out.append(replace(piece, kind=BlockKind.TABLE_CELL, cell=(index, number, column), separator=first))
    return out


def _clause_row(mark: list[Piece], body: list[Piece]) -> list[Piece] | None:
    """Read a row of a number and a long text as the list item it is drawn as; None when it is a row of a table."""
    if len(mark) != 1 or len(body[0].text) < _CLAUSE_CELL or _NUMBER_CELL.fullmatch(mark[0].text) is None:
        return None
    number = None if mark[0].text in _BULLETS else mark[0].text
    text = body[0].text if number is None else f"{number}\t{body[0].text}"
    return [Piece(BlockKind.LIST_ITEM, text, level=1, number=number), *body[1:]]
