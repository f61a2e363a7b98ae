"""Plain text and Markdown: the text stays as it is but for marks of emphasis, and blocks are found in it."""

from __future__ import annotations

import re
from typing import Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.encoding import decode
from kb.model import Block, BlockKind

# A line longer than this is never a heading or a table row, and no pattern is tried on more of it.
_LINE_LOOK: Final = 400
_ATX: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*?)[ \t]*#*[ \t]*$")
_SETEXT: Final = re.compile(r" {0,3}(=+|-+)[ \t]*$")
# Any Markdown or typed list mark: "-", "*", "•", "1.", "1)", "(a)", "(iv)", "（一）", "一、", "1.2.3", "第三条".
_ITEM: Final = re.compile(
    r"([ \t\u3000]*)(?:[-*+•●○◦▪■·–] |"
    r"(\d{1,3}(?:\.\d{1,3}){0,5}[.)、．]?|\((?:[a-zA-Z]{1,2}|[ivxlcIVXLC]{1,7}|\d{1,3})\)|[a-zA-Z][.)]|"
    r"[（(](?:[一二三四五六七八九十百]{1,5}|\d{1,3})[）)]|[一二三四五六七八九十百]{1,5}[、．.])"
    r"(?=[ \t\u3000]|[^\x00-\x7f])[ \t\u3000]*)\S"
)
_MARKDOWN_ITEM: Final = re.compile(r"([ \t]*)(?:[-*+]|(\d{1,9}[.)]))[ \t]+\S")
_TABLE_RULE: Final = re.compile(r"[ \t]*\|?[ \t]*:?-{1,200}:?[ \t]*(?:\|[ \t]*:?-{1,200}:?[ \t]*){0,100}\|?[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_FRONT: Final = re.compile(r"\A---[ \t]*\n((?:[^\n]*\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_FRONT_PAIR: Final = re.compile(r"([A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff .-]{0,60})[ \t]*:[ \t]*(\S.{0,1000})$")
_RULE: Final = re.compile(r"[ \t]*(?:[-*_=~.][ \t]*){3,}$")
# Strong emphasis on one line (**word**, ***word***, __word__), which would stand before a clause number and in quotes.
# Asterisks and underscores alone stay: they are footnotes, redactions ("[***]") and blanks to fill in.
_STRONG: Final = re.compile(
    r"(?<![*\\])(\*{2,3})(?=[^\s*])([^\n*]{1,2000})(?<=[^\s*])\1(?!\*)"
    r"|(?<![\w\\])__(?=[^\s_])([^\n_]{1,2000})(?<=[^\s_])__(?!\w)"
)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{}~])")  # "1\." as converters write it; "\|" stays, it divides no cells
_INDENT_PER_LEVEL: Final = 2
# Text is hard-wrapped when nearly all of its lines end within a terminal's or typewriter's width (a CJK character
# takes two columns); otherwise every line is a paragraph of its own.
_WRAP_WIDTH: Final = 120
_FULL_LINE: Final = 0.6
_ENDS_PARAGRAPH: Final = "。；：！？…"  # full stop, semicolon, colon, marks that end a Chinese line
_BEFORE_ITEM: Final = re.compile(r"(?:[.;:,!?)\]\"”]|\b(?:and|or|und|et))$")
_CJK_START: Final = re.compile(r"[ \t\u3000]*(?:[（(]?[一二三四五六七八九十]|第)")  # "一、", "（一）", "第"


def read_text(data: bytes, builder: DocumentBuilder, *, markdown: bool) -> None:
    """Read plain or Markdown text into ``builder``.

    A Markdown front matter (``---`` lines with ``key: value`` pairs) becomes metadata and stays in the text; marks of
    strong emphasis and backslashes before punctuation are left out of it.
    """
    decoded = decode(data, name=builder.name)
    builder.metadata["encoding"] = decoded.encoding
    for warning in decoded.warnings:
        builder.warn(warning)
    text = builder.cleaner.clean(decoded.text)
    if markdown:
        text = _ESCAPED.sub(r"\1", _STRONG.sub(r"\2\3", text))
    builder.append(text)
    start = _front_matter(text, builder) if markdown else 0
    for block in TextScanner(text, start, markdown=markdown).scan():
        builder.mark(block)
        if markdown and block.kind is BlockKind.HEADING and block.level == 1:
            builder.entitle(text[block.start : block.end])


def _front_matter(text: str, builder: DocumentBuilder) -> int:
    match = _FRONT.match(text)
    if match is None:
        return 0
    pairs = 0
    for line in match[1].split("\n"):
        pair = _FRONT_PAIR.match(line)
        if pair is not None:
            pairs += 1
            key, value = pair[1].strip(), pair[2].strip().strip("\"'")
            builder.state(key, value)
            if key.lower() in {"title", "标题"}:  # 标题: title
                builder.entitle(value)
    return match.end() if pairs else 0


def _width(text: str) -> int:
    """Return how many columns a line takes, CJK characters two."""
    return len(text) if text.isascii() else len(text) + sum(1 for character in text if character >= "\u2e80")


class TextScanner:
    """Finds the blocks of one text line by line; every character is looked at a bounded number of times."""

    def __init__(self, text: str, start: int, *, markdown: bool) -> None:
        self.text = text
        self.markdown = markdown
        self.blocks: list[Block] = []
        self.lines: list[tuple[int, int]] = []
        self.tables = 0
        while start < len(text):
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            self.lines.append((start, end))
            start = end + 1
        widths = sorted(
            min(_width(text[begin : min(end, begin + _LINE_LOOK)]), _LINE_LOOK)
            for begin, end in self.lines
            if end > begin
        )
        self.usual = widths[int(0.95 * (len(widths) - 1))] if widths else 0
        self.is_wrapped = 0 < self.usual <= _WRAP_WIDTH

    def look(self, at: int) -> str:
        """Return the beginning of a line, all of it unless it is very long; "" past the end."""
        if at >= len(self.lines):
            return ""
        begin, end = self.lines[at]
        return self.text[begin : min(end, begin + _LINE_LOOK)]

    def is_long(self, at: int) -> bool:
        """Return whether a line is longer than anything but running text."""
        return self.lines[at][1] - self.lines[at][0] > _LINE_LOOK

    def is_blank(self, at: int) -> bool:
        """Return whether a line shows nothing."""
        begin, end = self.lines[at]
        return not self.text[begin:end].strip()

    def put(
        self,
        kind: BlockKind,
        first: int,
        last: int,
        *,
        level: int | None = None,
        number: str | None = None,
        cell: tuple[int, int, int] | None = None,
    ) -> None:
        """Add a block over ``text[first:last]`` without the blanks around it."""
        words = self.text[first:last]
        start = first + len(words) - len(words.lstrip())
        end = first + len(words.rstrip())
        if start < end:
            self.blocks.append(Block(kind, start, end, level, number, cell=cell))

    def scan(self) -> list[Block]:
        """Return the blocks in reading order."""
        at = 0
        while at < len(self.lines):
            if self.is_blank(at):
                at += 1
            elif self.markdown and (after := self._markdown_block(at)) > at:
                at = after
            else:
                at = self._paragraph(at)
        return self.blocks

    def _markdown_block(self, at: int) -> int:
        """Add a heading, table or fenced block that begins here and return the line after it, else ``at``."""
        line, (begin, end) = self.look(at), self.lines[at]
        fence = _FENCE.match(line)
        if fence is not None:
            last = at + 1
            while last < len(self.lines) and not self.look(last).lstrip().startswith(fence[1]):
                last += 1
            if last > at + 1:
                self.put(BlockKind.PARAGRAPH, self.lines[at + 1][0], self.lines[last - 1][1])
            return last + 1
        heading = None if self.is_long(at) else _ATX.match(line)
        if heading is not None:
            self.put(BlockKind.HEADING, begin + heading.start(2), begin + heading.end(2), level=len(heading[1]))
            return at + 1
        if self._is_table(at):
            return self._table(at)
        underline = _SETEXT.match(self.look(at + 1)) if at + 1 < len(self.lines) else None
        if underline is not None and not self.is_long(at) and not self.is_long(at + 1):
            self.put(BlockKind.HEADING, begin, end, level=1 if underline[1][0] == "=" else 2)
            return at + 2
        return at

    def _is_table(self, at: int) -> bool:
        rule = self.look(at + 1)
        return "|" in rule and "|" in self.look(at) and not self.is_long(at + 1) and _TABLE_RULE.match(rule) is not None

    def _table(self, at: int) -> int:
        row = 0
        while at < len(self.lines) and "|" in self.look(at):
            begin, end = self.lines[at]
            if row != 1 or not _TABLE_RULE.match(self.look(at)):
                self._row(begin, end, row if row == 0 else row - 1)
            row += 1
            at += 1
        self.tables += 1
        return at

    def _row(self, begin: int, end: int, row: int) -> None:
        words = self.text[begin:end]
        left = begin + len(words) - len(words.lstrip(" \t"))
        left += self.text.startswith("|", left)
        column = 0
        while left < end:
            right = self.text.find("|", left, end)
            while right > 0 and self.text[right - 1] == "\\":
                right = self.text.find("|", right + 1, end)
            right = end if right < 0 else right
            self.put(BlockKind.TABLE_CELL, left, right, cell=(self.tables, row, column))
            column += 1
            left = right + 1

    def _paragraph(self, at: int) -> int:
        """Add one paragraph or list item and return the line after it."""
        begin = self.lines[at][0]
        item = self._item(at)
        last = at
        while last + 1 < len(self.lines) and self._continues(last, last + 1):
            last += 1
        end = self.lines[last][1]
        if item is None:
            self.put(BlockKind.PARAGRAPH, begin, end)
        else:
            indent, number = item
            level = min(9, 1 + len(indent.expandtabs(4)) // _INDENT_PER_LEVEL)
            self.put(BlockKind.LIST_ITEM, begin, end, level=level, number=number)
        return last + 1

    def _item(self, at: int) -> tuple[str, str | None] | None:
        line = self.look(at)
        match = _ITEM.match(line) or (_MARKDOWN_ITEM.match(line) if self.markdown else None)
        if match is None or (match[2] is not None and match[2].isdigit()):  # "30 days" is no item
            return None
        return match[1], match[2]

    def _continues(self, at: int, after: int) -> bool:
        """Return whether the line ``after`` goes on with the paragraph the line ``at`` is in."""
        line, following = self.look(at).rstrip(), self.look(after)
        if not self.is_wrapped or not following.strip() or _RULE.match(following) or _RULE.match(line):
            return False
        if self.markdown and (_ATX.match(following) or _FENCE.match(following) or self._is_table(after)):
            return False
        if line.endswith(tuple(_ENDS_PARAGRAPH)) or _width(line) < _FULL_LINE * self.usual:
            return False
        if _CJK_START.match(following) and self._item(after) is not None:
            return False
        item = self._item(after)
        return item is None or (item[1] is not None and _BEFORE_ITEM.search(line[-20:]) is None)
