"""Cuts a contract into the sentence-sized units that clause typing classifies.

The clause tree of ``ingest.clauses`` follows the page; typing needs something finer and steadier: annotators mark whole
sentences, short runs of sentences, or one item of an enumeration, and filings often arrive flattened, with every line
break lost. So a unit is one sentence or enumeration item without its number and without its run-in heading
("11.3 Assignment. Neither party may …" is the unit "Neither party may …" under the heading "Assignment"). A heading is
a unit of its own, because a title can be all there is to say.

The model is trained on these units: changing the cuts changes the features, so ``UNITS_VERSION`` is part of the model
and a mismatch is refused at load.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

UNITS_VERSION: Final = 1
"""Raised with every change to the cuts; the trained model names the version it was trained on."""

MAX_UNIT_CHARS: Final = 4_000
"""Longer stretches (tables, lists of numbers, text without punctuation) are cut here, so one unit stays bounded."""

_HEADING_CHARS: Final = 90
_HEADING_WORDS: Final = 12
_MARKER_CHARS: Final = 24

_ENUMERATOR: Final = r"\((?:[a-z]{1,4}|[A-Z]{1,3}|\d{1,2})\)\s"
_NUMBERED: Final = (
    r"(?:(?:ARTICLE|Article|SECTION|Section)[ \t]{1,4}[\dIVXLC]|\d{1,2}(?:\.\d{1,3}){0,4}[.)\s]|[A-Z]\.\s|§)"
)

_LINE_START: Final = rf"(?:{_ENUMERATOR}|{_NUMBERED}|[-•·●*]\s)"
# The first sign is consumed before the alternatives look back at it: so the scan skips what cannot begin a break.
_BREAK: Final = re.compile(
    r"[\n\f.?!;:,A-Z0-9)\"”\]](?:"
    # A blank line, or a form feed, ends a paragraph.
    r"(?P<blank>(?<=\n)[ \t]{0,200}\n\s{0,400}|(?<=\f)\s{0,400})"
    # A line that opens with a clause number or bullet.
    rf"|(?P<line>(?<=\n)[ \t]{{0,200}}(?={_LINE_START}))"
    # The end of a sentence; abbreviations are sorted out afterwards.
    r"|(?P<stop>(?<=[.?!;])[\"”’')\]]{0,2}\s{1,400}(?=[\"“‘'(\[]{0,2}[A-Z0-9*$_§]))"
    # An item of an enumeration inside a sentence: "; and (b) …", ": (i) …".
    rf"|(?P<item>(?<=[;:,])(?:\s{{1,20}}(?:and|or|and/or))?\s{{1,400}}(?={_ENUMERATOR}))"
    # Flattened page layout: three or more blanks between a finished phrase and a capital.
    r"|(?P<gap>(?<=[A-Z0-9.;:)\"”\]])[ \t]{3,400}(?=[\"“(\[]{0,2}[A-Z0-9]))"
    r")"
)
_PARAGRAPH_END: Final = re.compile(r"[ \t]{0,200}\n[ \t]{0,200}\n\s{0,400}|\f\s{0,400}")
_LINE_END: Final = re.compile(rf"[ \t]{{0,200}}\n[ \t]{{0,200}}(?={_LINE_START})")

_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:Inc|Corp|Ltd|Co|LLC|L\.L\.C|L\.P|N\.A|No|Nos|Sec|Secs|Art|St|Ste|Ave|Blvd|Rd|Mr|Ms|Mrs|Dr|Jr|Sr|vs|v|"
    r"U\.S|U\.S\.A|U\.K|e\.g|i\.e|cf|al|approx|Attn|Tel|Fed|Reg|Rev|Stat|Bldg|Dept|Esq|Messrs|Prof|para|cl|ext|Exh|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|a\.m|p\.m|S\.A|S\.p\.A|B\.V|N\.V|A\.G|P\.O|"
    r"Section|Article|Sections|Articles|Exhibit|Schedule)"
    r"|(?:^|[\s(\"“.])[A-Z])\.$"
)

_MARKER: Final = re.compile(
    r"\s{0,4}(?:"
    r"(?:ARTICLE|Article|SECTION|Section|Clause|CLAUSE|§{1,2})\s{0,4}(?:[\dIVXLC]{1,7}|[A-Z])(?:\.\d{1,3}){0,4}(?:\([a-z0-9]{1,4}\))?\s{0,3}[.:)\-–—]{0,2}"
    r"|\d{1,2}(?:\.\d{1,3}){1,4}\.?(?=[\s(\"“A-Z])"
    r"|\d{1,2}[.)](?=\s)"
    r"|\((?:[a-z]{1,4}|[A-Z]{1,3}|\d{1,2})\)"
    r"|[A-Z]\.(?=\s)|[ivxIVX]{1,5}[.)](?=\s)|[a-z]\)(?=\s)"
    r"|[-•·●*]{1,2}(?=\s)"
    r")\s{0,40}"
)
_RUN_IN: Final = re.compile(
    # A run-in heading ended by a colon or a dash: "Governing Law: This Agreement …", "Term -- The term …".
    r"(?P<title>[A-Z][A-Za-z,/&'’\-]{1,24}(?:[ ]{1,3}"
    r"(?:[A-Z][A-Za-z,/&'’\-]{0,24}|of|for|to|and|or|in|on|the|by|with|not|as|a)){0,8})"
    r"(?::|\s?[–—]|\s--)\s{1,8}(?=[\"“(]?[A-Z])"
)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'’\-]*")
_SMALL_WORDS: Final = frozenset(
    ("of", "for", "to", "and", "or", "in", "on", "the", "by", "with", "not", "as", "a", "an", "at", "from", "upon", "s")
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence-sized unit of a text.

    Attributes:
        start: first character after number and run-in heading.
        end: one past the last character, trailing blanks excluded.
        paragraph: number of the paragraph it belongs to, from 0.
        is_heading: the unit is a title.
        heading: index of the unit that is its nearest title, -1 for none.
        parent: index of the title above that one, -1 for none.
        marked: the unit opens with a number or bullet.
    """

    start: int
    end: int
    paragraph: int
    is_heading: bool
    heading: int
    parent: int
    marked: bool


def split(text: str, language: str = "en") -> tuple[Unit, ...]:
    """Cut a text into units in reading order; units do not overlap and never are blank.

    Args:
        text: a contract's text, any layout.
        language: "zh" cuts at Chinese sentence marks, everything else at Western ones.

    Returns:
        The units; empty for a text without letters or digits.
    """
    pieces = _chinese_pieces(text) if language == "zh" else _western_pieces(text)
    units: list[Unit] = []
    heading = parent = -1
    for start, end, paragraph in pieces:
        body, marked = _skip_markers(text, start, end)
        if body >= end:
            continue
        title = _run_in(text, body, end) if language != "zh" else None
        if title is not None:
            heading, parent = len(units), _parent_of(units, heading, parent)
            units.append(Unit(body, title[0], paragraph, True, -1, parent, marked))
            body = title[1]
        if title is None and is_title(text[body:end]):
            parent = _parent_of(units, heading, parent)
            if text[body:end].isupper() and not marked:
                parent = -1
            heading = len(units)
            units.append(Unit(body, end, paragraph, True, -1, parent, marked))
            continue
        units.append(Unit(body, end, paragraph, False, heading, parent, marked))
    return tuple(units)


def is_title(words: str) -> bool:
    """Whether a stretch reads like a title: short, and every word of weight capitalised."""
    if len(words) > _HEADING_CHARS:
        return False
    found = _WORD.findall(words)
    if not found or len(found) > _HEADING_WORDS or not any(len(word) > 2 for word in found):
        return False
    if sum(character.isdigit() for character in words) > 6:
        return False
    return all(word[0].isupper() or word in _SMALL_WORDS for word in found)


def _parent_of(units: list[Unit], heading: int, parent: int) -> int:
    """The title above the next one: an unbroken run of titles nests, otherwise the level stays."""
    if heading >= 0 and heading == len(units) - 1:
        return heading
    return parent


def _run_in(text: str, start: int, end: int) -> tuple[int, int] | None:
    found = _RUN_IN.match(text, start, min(end, start + 2 * _HEADING_CHARS))
    if found is None or found.end() >= end:
        return None
    return found.end("title"), found.end()


def _skip_markers(text: str, start: int, end: int) -> tuple[int, bool]:
    """Move past up to three clause numbers ("ARTICLE 4 4.1 (a)") and say whether there was one."""
    marked = False
    for _ in range(3):
        found = _MARKER.match(text, start, end)
        if found is None or found.end() == found.start():
            break
        start, marked = found.end(), True
    while start < end and text[start].isspace():
        start += 1
    return start, marked


def _western_pieces(text: str) -> list[tuple[int, int, int]]:
    pieces: list[tuple[int, int, int]] = []
    paragraph, start = 0, 0
    for found in _BREAK.finditer(text):
        kind, cut, resume = found.lastgroup, found.start(), found.end()
        if kind in ("stop", "item", "gap"):
            cut += 1  # the character the break was recognised by stays with its sentence
        if kind in ("stop", "item") and text[cut].isspace():
            kind, resume = _after_blanks(text, cut, found.end(), kind)
        if kind == "stop":
            while cut < found.end() and not text[cut].isspace():
                cut += 1  # closing quotes and brackets stay with their sentence
            if _is_inside_sentence(text, start, cut):
                continue
        elif kind == "item" and cut - start < _MARKER_CHARS and _MARKER.fullmatch(text, start, cut) is not None:
            continue
        _add(pieces, text, start, cut, paragraph)
        start = resume
        if kind in ("blank", "line", "gap"):
            paragraph += 1
    _add(pieces, text, start, len(text), paragraph)
    return pieces


def _after_blanks(text: str, start: int, end: int, kind: str) -> tuple[str, int]:
    """Say whether the blanks behind a sentence end its paragraph, and where the next piece starts.

    ``text[start:end]`` are the blanks, and in an enumeration the "and" or "or" among them.
    """
    paragraph = _PARAGRAPH_END.match(text, start, end)
    if paragraph is not None:
        return "blank", paragraph.end()
    return ("line" if _LINE_END.match(text, start) is not None else kind), end


def _is_inside_sentence(text: str, start: int, cut: int) -> bool:
    """Whether the full stop before ``cut`` belongs to an abbreviation or to a clause number."""
    stop = cut
    while stop > start and text[stop - 1] in "\"”’')]":
        stop -= 1
    if stop > start and text[stop - 1] == "." and _ABBREVIATION.search(text, max(start, stop - 12), stop) is not None:
        return True
    return cut - start < _MARKER_CHARS and not _WORD_OF_WEIGHT.search(text, start, cut)


_WORD_OF_WEIGHT: Final = re.compile(
    r"(?!(?:ARTICLE|Article|SECTION|Section|Clause|CLAUSE)\b)(?![IVXLC]+\b)[A-Za-z]{2,}"
)
_CHINESE_BREAK: Final = re.compile(r"(?<=[。；！？])[”’」』）)]{0,2}\s{0,40}|\s{0,40}\n\s{0,400}")


def _chinese_pieces(text: str) -> list[tuple[int, int, int]]:
    pieces: list[tuple[int, int, int]] = []
    paragraph, start = 0, 0
    for found in _CHINESE_BREAK.finditer(text):
        _add(pieces, text, start, found.end(), paragraph)
        start = found.end()
        if "\n" in found.group():
            paragraph += 1
    _add(pieces, text, start, len(text), paragraph)
    return pieces


def _add(pieces: list[tuple[int, int, int]], text: str, start: int, end: int, paragraph: int) -> None:
    """Add one stretch without its outer blanks, cut into bounded pieces, unless it says nothing."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_UNIT_CHARS:
        cut = text.rfind(" ", start + MAX_UNIT_CHARS // 2, start + MAX_UNIT_CHARS)
        cut = cut if cut > 0 else start + MAX_UNIT_CHARS
        _add(pieces, text, start, cut, paragraph)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if any(character.isalnum() for character in text[start:end]):
        pieces.append((start, end, paragraph))
