"""The large parts of a contract: table of contents, schedules, signature block, paragraphs."""

from __future__ import annotations

import re
from typing import Final

from ingest.segment.marks import Mark, Numbering
from kb.model import Block, BlockKind

_CONTENTS_WITHIN: Final = 0.25  # a table of contents stands in the first quarter of the text
_CONTENTS_REACH: Final = 30_000  # characters; longer tables of contents do not exist
_ENTRY_GAP: Final = 400  # characters between two entries at most
_SIGNATURE_WITHIN: Final = 0.3  # a signature block begins in the last part of its region …
_SIGNATURE_REACH: Final = 12_000  # … or this near its end
_HEADER_REACH: Final = 300  # "Exhibit 10.9" in the first lines is a filing label, not an attachment
_ENTRIES_WITHOUT_HEADING: Final = 5
_PAGE_NUMBER: Final = re.compile(r"(?<=\s)\d{1,3}(?=\s{2}|\n)")
_LABEL_REACH: Final = 40  # signs before a filing label, such as a page number
_LETTER: Final = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")
_BLANK_LINE: Final = re.compile(r"\n[ \t\f]{0,100}\n\s{0,200}")
_LINE: Final = re.compile(r"\n\s{0,200}")
_PAGE_AT_END: Final = re.compile(r"(?:\.|…|\s|\t)\s{0,10}(?:\d{1,3}|[ivx]{1,6})[ \t]{0,5}$")


def contents_region(text: str, rules: Numbering) -> tuple[int, int] | None:
    """Return where the table of contents stands, or None.

    It begins at its heading and ends with the last line that looks like an entry: dot leaders, or a page number at the
    end of a short line, each near the one before.
    """
    heading = rules.contents.search(text, 0, max(2000, int(len(text) * _CONTENTS_WITHIN)))
    if heading is None:
        return _unheaded_contents(text, rules)
    stop = min(len(text), heading.end() + _CONTENTS_REACH)
    last = heading.end()
    entries = 0
    for match in rules.leader.finditer(text, heading.end(), stop):
        if match.start() - last > _ENTRY_GAP:
            break
        entries += 1
        newline = text.find("\n", match.end(), match.end() + 200)
        last = newline if newline >= 0 else match.end()
    if entries < 3:
        last, entries = _page_entries(text, heading.end(), stop)
    if entries < 3:
        last, entries = _short_entries(text, heading.end(), stop, rules)
    return (heading.start(), last) if entries >= 3 else _unheaded_contents(text, rules)


def _unheaded_contents(text: str, rules: Numbering) -> tuple[int, int] | None:
    """Find a run of numbered titles that each end with a page number, without a heading above them."""
    stop = min(len(text), max(2000, int(len(text) * _CONTENTS_WITHIN)), _CONTENTS_REACH)
    first = last = -1
    entries = 0
    previous: int | None = None
    for start, _ in rules.numbers(text, 0, stop):
        if previous is not None:
            between = text[previous:start]
            if len(between) < 200 and _PAGE_AT_END.search(between.rstrip()) is not None and _LETTER.search(between):
                first = previous if entries == 0 else first
                last, entries = start, entries + 1
            elif len(between) > _ENTRY_GAP:
                if entries >= _ENTRIES_WITHOUT_HEADING:
                    break
                entries = 0
        previous = start
    if entries < _ENTRIES_WITHOUT_HEADING:
        return None
    for match in _PAGE_NUMBER.finditer(text, last, stop):
        if match.start() - last > 150:
            break
        last = match.end()
    return first, last


def _page_entries(text: str, start: int, stop: int) -> tuple[int, int]:
    """Follow lines that end with a page number."""
    last, entries, position = start, 0, start
    while position < stop and position - last < _ENTRY_GAP:
        newline = text.find("\n", position, stop)
        end = newline if newline >= 0 else stop
        line = text[position : min(end, position + 300)].strip()
        if line and end - position < 250 and _PAGE_AT_END.search(" " + line) is not None and _LETTER.search(line):
            entries += 1
            last = end
        position = end + 1
    return last, entries


def _short_entries(text: str, start: int, stop: int, rules: Numbering) -> tuple[int, int]:
    """Follow a list of numbers and titles without page numbers, until its first title is printed again."""
    first = next((at for at, _ in rules.numbers(text, start, min(stop, start + 300))), None)
    if first is None:
        return start, 0
    again = text.find(text[first : first + 12].rstrip(), first + 22, stop)
    if again < 0 or rules.leader.search(text, again, again + 80) is not None:
        return start, 0
    entries = sum(1 for _ in rules.numbers(text, first, again))
    dense = entries >= 3 and (again - first) / entries < 100
    return (again, entries) if dense else (start, 0)


def attachments(text: str, rules: Numbering, blocks: tuple[Block, ...], start: int) -> list[Mark]:
    """Return where schedules, exhibits and annexes begin, in text order.

    A heading of an attachment opens a line (or follows the end of a sentence in flattened text, in capitals) and is not
    part of a sentence that cites it.
    """
    hidden = [(block.start, block.end) for block in blocks if block.kind in (BlockKind.HEADER, BlockKind.FOOTER)]
    found: list[Mark] = []
    for match in rules.attachment.finditer(text, start):
        position = match.start()
        if start == 0 and rules.language == "en" and _is_filing_label(text, position, match["attachment"], rules):
            continue
        if any(left <= position < right for left, right in hidden):
            continue
        if not _opens(text, position, rules) or not _stands_alone(text, match, rules):
            continue
        number = match[0].rstrip(" \t.:：、")
        if found and found[-1].number == number:
            continue  # the running header of the same attachment
        found.append(Mark(position, match.end(), "attachment", 1, (), 1.0, number))
    return found


def _is_filing_label(text: str, position: int, number: str | None, rules: Numbering) -> bool:
    """Tell "Exhibit 10.9" above a filed contract from an exhibit of the contract."""
    if position >= _HEADER_REACH:
        return False
    if number is not None and "." in number:
        return True
    return len(text[:position].strip()) < _LABEL_REACH and next(rules.numbers(text, 0, position), None) is None


def _opens(text: str, position: int, rules: Numbering) -> bool:
    left = position - 1
    stop = max(0, position - 300)
    while left >= stop and text[left] in " \t\f\xa0\u3000":
        left -= 1
    if left < 0:
        return True
    if text[left] == "\n":
        before = text[max(0, left - 40) : left].rstrip()
        if not before:
            return True
        return rules.cites_left.search(before) is None and before[-1:] not in ",，、"
    wide = position - left - 1 >= 3
    return rules.language == "en" and text[position : position + 4].isupper() and (wide or text[left] in ".]_")


def _stands_alone(text: str, match: re.Match[str], rules: Numbering) -> bool:
    newline = text.find("\n", match.end(), match.end() + 120)
    rest = text[match.end() : newline if newline >= 0 else match.end() + 120]
    stripped = rest.strip()
    if not stripped:
        return match["attachment"] is not None or match[0].isupper() or rules.language == "zh"
    if match["attachment"] is None and rules.language == "en":
        return False
    if rules.cites_right.match(rest) is not None or rules.leader.search(rest) is not None:
        return False
    if rules.language == "zh":
        return newline >= 0 and len(stripped) <= 40 and stripped[-1] not in "。；，"
    if stripped[0] == "(" or stripped[0].islower():
        return False
    return match[0].isupper() or (newline >= 0 and len(stripped) <= 90 and not stripped.endswith((".", ";", ",")))


def signature_start(text: str, rules: Numbering, start: int, end: int) -> int | None:
    """Return where the signature block of a region begins, or None when it has none."""
    earliest = max(start, min(end - _SIGNATURE_REACH, int(start + (end - start) * (1 - _SIGNATURE_WITHIN))))
    if end - start <= _SIGNATURE_REACH:
        earliest = start
    match = rules.signature.search(text, earliest, end)
    return None if match is None else match.start()


def paragraphs(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """Return the paragraphs between two offsets, as (start, end) without blanks around them.

    Empty lines divide paragraphs; where a Chinese text or an English text has none, every line is one.
    """
    pattern = _BLANK_LINE
    if language == "zh" or _BLANK_LINE.search(text, start, end) is None:
        pattern = _LINE
    found: list[tuple[int, int]] = []
    left = start
    for match in pattern.finditer(text, start, end):
        found.append((left, match.start()))
        left = match.end()
    found.append((left, end))
    return [(left, right) for left, right in found if text[left:right].strip()]
