"""Clauses of a contract: where each begins and ends, its number, heading and place in the hierarchy.

Numbers are believed in runs, not singly: see ``ingest.segment.lists``. Text outside numbered clauses (title, preamble,
recitals, signature block) becomes clauses without number, so that every word of the document is in some clause.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

from ingest.lang import LANGUAGES
from ingest.segment.headings import find_heading, is_heading_line
from ingest.segment.layout import attachments, contents_region, paragraphs, signature_start
from ingest.segment.lists import best_list
from ingest.segment.marks import Mark, Numbering, find_marks, numbering
from ingest.segment.sentences import sentences
from kb.model import Block, BlockKind, Clause, Document

__all__ = ["segment", "sentences"]

_DEEPEST: Final = 9  # levels; deeper numbering is an artefact of damaged text
_LONG_LEAF: Final = 1500  # characters; longer clauses without sub-clauses are divided at their paragraphs
_LONGEST_TITLE: Final = 60  # characters of a title without number or layout
_SHORTEST_SENTENCE: Final = 10
_TITLES_OF_ONE_FORM: Final = 3
_SENTENCE_ENDS: Final = '.:;!?。：；！？)）”"'
_SHORT_PARAGRAPH: Final = 60  # characters; shorter ones join their neighbour


@dataclass(slots=True)
class _Node:
    start: int
    end: int
    number: str | None = None
    heading: str | None = None
    body_start: int = -1
    children: list[_Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    language: str
    rules: Numbering
    blocks: tuple[Block, ...]
    titles: frozenset[int]  # starts of blocks that the layout calls headings
    marks: list[Mark]
    starts: list[int]


def segment(document: Document) -> tuple[Clause, ...]:
    """Return the clauses of a document in reading order, parents before their children.

    Siblings follow each other without overlap and lie inside their parent. ``number`` is as written without closing
    punctuation ("2.1", "(a)", "Article IV", "第三条"). Clauses without number are the preamble, recitals, paragraphs of
    long or unnumbered text and the signature block. Runs in time linear in the text.

    Raises:
        MissingPartError: the numbering grammar of the language is absent.
    """
    text = document.text
    if not text.strip():
        return ()
    language = document.language if document.language in LANGUAGES else "en"
    rules = numbering(language)
    contents = contents_region(text, rules)
    marks = find_marks(
        text, language, document.blocks, None if contents is None else lambda at: contents[0] <= at < contents[1]
    )
    source = _Text(
        text=text,
        language=language,
        rules=rules,
        blocks=document.blocks,
        titles=frozenset(block.start for block in document.blocks if block.kind is BlockKind.HEADING),
        marks=marks,
        starts=[mark.start for mark in marks],
    )
    nodes: list[_Node] = []
    left = 0
    if contents is not None:
        nodes.extend(_region(source, 0, contents[0]))
        nodes.append(_Node(contents[0], contents[1], body_start=contents[0]))
        left = contents[1]
    parts = attachments(text, rules, document.blocks, left)
    bounds = [*(part.start for part in parts), len(text)]
    nodes.extend(_region(source, left, bounds[0]))
    for part, end in zip(parts, bounds[1:], strict=True):
        nodes.append(_attachment(source, part, end))
    return _flatten(source, nodes)


def _attachment(source: _Text, part: Mark, end: int) -> _Node:
    node = _Node(part.start, end, part.number)
    node.children = _items(source, part.end, end, (), "", 1)
    limit = node.children[0].start if node.children else end
    node.heading, node.body_start = find_heading(source.text, part.end, limit, source.language)
    if not node.children and end - part.start > _LONG_LEAF:
        node.children = _unnumbered(source, node.body_start, end)
    return node


def _region(source: _Text, start: int, end: int) -> list[_Node]:
    """Return the outermost clauses between two offsets: head, numbered items, signature block."""
    if not source.text[start:end].strip():
        return []
    closing = signature_start(source.text, source.rules, start, end)
    body_end = end if closing is None else closing
    items = _items(source, start, body_end, (), "", 0)
    head_end = items[0].start if items else body_end
    nodes = [*_unnumbered(source, start, head_end), *items]
    if closing is not None:
        nodes.append(_Node(closing, end, body_start=closing))
    return nodes


def _items(source: _Text, start: int, end: int, prefix: tuple[int, ...], outer: str, depth: int) -> list[_Node]:
    """Return the numbered clauses inside a region; text before the first of them stays with the caller."""
    low, high = bisect_left(source.starts, start), bisect_left(source.starts, end)
    if depth >= _DEEPEST or low == high:
        return []
    best = best_list(source.rules, source.marks[low:high], start, end, prefix, outer)
    if best is None:
        return []
    marks = best.marks
    nodes = _items(source, start, marks[0].start, prefix, outer, depth + 1)
    ends = [*(mark.start for mark in marks[1:]), end]
    base = best.style.partition("/")[0]
    for mark, stop in zip(marks, ends, strict=True):
        node = _Node(mark.start, stop, mark.number)
        inner = prefix
        if base in ("article", "section", "arabic", "bare", "decimal", "part", "chapter", "enumerated"):
            inner = (*mark.prefix, mark.value)
        node.children = _items(source, mark.end, stop, inner, best.style, depth + 1)
        limit = node.children[0].start if node.children else stop
        keyword = source.rules.styles[base].keyword
        node.heading, node.body_start = find_heading(source.text, mark.end, limit, source.language, anywhere=keyword)
        nodes.append(node)
        if not node.children:
            _divide_leaf(source, node, nodes)
    return nodes


def _divide_leaf(source: _Text, node: _Node, siblings: list[_Node]) -> None:
    """Cut a title that belongs to what follows off the end of a leaf, and divide a very long leaf."""
    pieces = paragraphs(source.text, node.body_start, node.end, source.language)
    if len(pieces) > 1:
        last = pieces[-1]
        if is_heading_line(source.text[last[0] : last[1]].strip(), source.language, surely=last[0] in source.titles):
            siblings.append(_Node(last[0], node.end, None, _line(source, last), last[1]))
            node.end = last[0]
    if node.end - node.start > _LONG_LEAF:
        inner = _unnumbered(source, node.body_start, node.end)
        if len(inner) > 1:
            node.children = inner[1:] if inner[0].heading is None else inner


def _line(source: _Text, piece: tuple[int, int]) -> str:
    return " ".join(source.text[piece[0] : piece[1]].split())


def _unnumbered(source: _Text, start: int, end: int) -> list[_Node]:
    """Divide text without numbers at its titles and paragraphs; short paragraphs join the one before."""
    nodes: list[_Node] = []
    pending: tuple[int, int] | None = None
    pieces = [piece for piece in paragraphs(source.text, start, end, source.language) if _line(source, piece)]
    titles = source.titles | _standing_titles(source, pieces)
    for left, right in pieces:
        line = source.text[left:right].strip()
        if pending is None and is_heading_line(line, source.language, surely=left in titles):
            pending = (left, right)
            continue
        if pending is not None:
            nodes.append(_Node(pending[0], right, None, _line(source, pending), left))
            pending = None
        elif nodes and (len(line) < _SHORT_PARAGRAPH or nodes[-1].end - nodes[-1].start < _SHORT_PARAGRAPH):
            nodes[-1].end = right
        else:
            nodes.append(_Node(left, right, body_start=left))
    if pending is not None:
        if nodes:
            nodes[-1].end = pending[1]
        else:
            nodes.append(_Node(pending[0], pending[1], body_start=pending[0]))
    if nodes:
        nodes[0].start = min(nodes[0].start, start)
        for node, following in itertools.pairwise(nodes):
            node.end = following.start
        nodes[-1].end = end
    return nodes


def _standing_titles(source: _Text, pieces: list[tuple[int, int]]) -> frozenset[int]:
    """Return where short lines between sentences stand that are titles, as terms of use print them without numbers.

    One such line may be a name or a label; several of one form, each followed by a sentence, are titles.
    """
    found: list[int] = []
    for (left, right), following in itertools.pairwise(pieces):
        line, after = source.text[left:right].strip(), source.text[following[0] : following[1]].strip()
        if len(line) > _LONGEST_TITLE or len(after) < _SHORTEST_SENTENCE or "\n" in line or not line[-1].isalnum():
            continue
        if after[-1] in _SENTENCE_ENDS and is_heading_line(line, source.language, surely=True):
            found.append(left)
    return frozenset(found) if len(found) >= _TITLES_OF_ONE_FORM else frozenset()


_EDGE: Final = re.compile(r"\S")


def _flatten(source: _Text, nodes: list[_Node]) -> tuple[Clause, ...]:
    found: list[Clause] = []
    stack: list[tuple[_Node, str | None, int]] = [(node, None, 1) for node in reversed(nodes)]
    text = source.text
    while stack:
        node, parent, level = stack.pop()
        opening = _EDGE.search(text, node.start, node.end)
        if opening is None:
            continue
        start = opening.start()
        end = node.end
        while text[end - 1].isspace():
            end -= 1
        name = f"c{len(found) + 1}"
        body = min(max(node.body_start, start), end)
        found.append(Clause(name, start, end, node.number, node.heading, level, parent, body))
        stack.extend((child, name, level + 1) for child in reversed(node.children))
    return tuple(found)
