"""The lines of an act's text, with what a Markdown or web source adds to them set aside and offsets kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kb.model import Block, BlockKind

_FRONT_MATTER_LIMIT: Final = 200
"""Lines a front matter may have; a longer one is text that happens to start with a rule."""
_HEADING_MARK: Final = re.compile(r"[ \t\u3000]{0,8}(#{1,9})[ \t\u3000]*")
_LEADING: Final = re.compile(r"[ \t\u3000\xa0\ufeff]*(?:>[ \t]?)?")
_FRONT_MATTER_PAIR: Final = re.compile(r"([A-Za-z_][\w-]{0,40}):[ \t]*(.*)")
_COMMENT: Final = re.compile(r"<!--[^\n]{0,400}-->\s*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One non-empty line: its offsets without marks and outer white space, and the heading level it carries, if any."""

    start: int
    end: int
    text: str
    level: int | None = None


def read_lines(text: str, blocks: tuple[Block, ...] = ()) -> tuple[tuple[Line, ...], Mapping[str, str]]:
    """Return the lines that hold text, in order, and the front matter of a Markdown source.

    ``text[line.start : line.end] == line.text`` always holds. Heading levels come from ``#`` marks and, where the
    reader has taken those away, from heading blocks.
    """
    levels = {block.start: block.level or 1 for block in blocks if block.kind is BlockKind.HEADING}
    raw = text.split("\n")
    front, skip = _front_matter(raw)
    lines: list[Line] = []
    offset = 0
    for index, content in enumerate(raw):
        begin, offset = offset, offset + len(content) + 1
        if index < skip or not content or content.isspace():
            continue
        level: int | None = None
        heading = _HEADING_MARK.match(content)
        if heading is not None:
            level, at = len(heading[1]), heading.end()
        else:
            leading = _LEADING.match(content)
            at = leading.end() if leading is not None else 0
        stripped = content[at:].rstrip()
        if not stripped or _COMMENT.match(stripped):
            continue
        start = begin + at
        level = level if level is not None else levels.get(start, levels.get(begin))
        lines.append(Line(start, start + len(stripped), stripped, level))
    return tuple(lines), front


def _front_matter(raw: list[str]) -> tuple[dict[str, str], int]:
    if not raw or raw[0].strip() != "---":
        return {}, 0
    pairs: dict[str, str] = {}
    for index, line in enumerate(raw[1:_FRONT_MATTER_LIMIT], start=1):
        if line.strip() == "---":
            return pairs, index + 1
        pair = _FRONT_MATTER_PAIR.match(line)
        if pair is not None:
            pairs[pair[1].lower()] = pair[2].strip().strip("\"'")
    return {}, 0
