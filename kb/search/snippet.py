"""The passage of a row that shows best why it matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from kb.search.analysis import Token, is_cjk, tokens
from kb.search.fold import fold
from kb.search.query import Text

LENGTH: Final = 280
"""Characters of a passage in an alphabetic script."""

LENGTH_CJK: Final = 120
"""Characters of a passage in Chinese, which says the same in less room."""

SCANNED: Final = 20_000
"""Characters of a row that are looked through for matches, around the first place where one of the words occurs."""

_SCANNED_QUICKLY: Final = 1_000
_BEFORE: Final = 2_000
"""Characters looked through before that place: folding shifts indexes a little."""

_MAX_MATCHES: Final = 400
_MIN_MATCHES: Final = 8
"""Matches looked at, over all parts of the query and for each of them."""

_LEAD: Final = 0.25
"""Share of the passage shown before the first match."""

_WORD_SEARCH: Final = 24


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text.

    Attributes:
        text: the piece, unchanged.
        start: its index in the whole text.
        highlights: matched stretches inside the piece.
        is_tail: it ends where the text ends.
    """

    text: str
    start: int
    highlights: tuple[tuple[int, int], ...]
    is_tail: bool


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    which: int


def passage(text: str, words: Mapping[Text, Sequence[frozenset[str]]], *, quick: bool = False) -> Passage:
    """Return the passage of ``text`` that shows the most different matches.

    Args:
        text: the text of the row.
        words: the parts of the query with the indexed words of each of their slots.
        quick: look through a small part of a long text only.
    """
    first = 0 if len(text) <= SCANNED else max(0, _first_place(text, words) - _BEFORE)
    scanned = text[first : first + (_SCANNED_QUICKLY if quick else SCANNED)]
    matches = [_Match(first + one.start, first + one.end, one.which) for one in _matches(scanned, words)]
    width = LENGTH_CJK if _mostly_cjk(text, matches) else LENGTH
    start, end = _window(text, matches, width)
    marks = _joined([match for match in matches if match.start >= start and match.end <= end])
    shifted = tuple((left - start, right - start) for left, right in marks)
    return Passage(text[start:end], start, shifted, end == len(text))


def _first_place(text: str, words: Mapping[Text, Sequence[frozenset[str]]]) -> int:
    folded = fold(text)
    for part, slots in words.items():
        longest = max(range(len(slots)), key=lambda index: len(part.slots[index].text), default=None)
        if longest is not None and not part.in_title:
            places = [place for word in islice(slots[longest], _MAX_MATCHES) if (place := folded.find(word)) >= 0]
            if places:
                return min(places)
    return 0


def _matches(text: str, words: Mapping[Text, Sequence[frozenset[str]]]) -> list[_Match]:
    wanted = [(part, slots) for part, slots in words.items() if slots and not part.in_title]
    if not wanted:
        return []
    needed = frozenset(word for _, slots in wanted for slot in slots for word in slot)
    at = {token.position: token for token in tokens(text) if token.text in needed}
    found: list[_Match] = []
    for which, (part, slots) in enumerate(wanted):
        offsets = [slot.offset for slot in part.slots]
        single = len(part.slots[-1].text) == 1
        tried = (_match(token, at, offsets, slots, which, single) for token in at.values())
        hits = (match for match in tried if match is not None)
        found.extend(islice(hits, max(_MIN_MATCHES, _MAX_MATCHES // len(wanted))))
    return sorted(found, key=lambda match: (match.start, match.end))[:_MAX_MATCHES]


def _match(
    first: Token,
    at: Mapping[int, Token],
    offsets: Sequence[int],
    slots: Sequence[frozenset[str]],
    which: int,
    single: bool,
) -> _Match | None:
    end = first.start + 1
    for offset, slot in zip(offsets, slots, strict=True):
        token = at.get(first.position - offsets[0] + offset)
        if token is None or token.text not in slot:
            return None
        # A single Chinese character was looked for through the pairs it begins; only it is marked.
        end = max(end, token.start + 1 if single and token.run and offset == offsets[-1] else token.end)
    return _Match(first.start, end, which)


def _mostly_cjk(text: str, matches: Sequence[_Match]) -> bool:
    place = matches[0].start if matches else 0
    around = text[max(0, place - 40) : place + 40]
    return sum(map(is_cjk, around)) * 3 > len(around)


def _window(text: str, matches: Sequence[_Match], width: int) -> tuple[int, int]:
    if len(text) <= width:
        return 0, len(text)
    best, best_value = 0, (-1, -1)
    for index, match in enumerate(matches):
        inside = [other for other in matches[index:] if other.end <= match.start + width]
        value = (len({other.which for other in inside}), len(inside))
        if value > best_value:
            best, best_value = index, value
    if not matches:
        return 0, _word_end(text, width)
    first = matches[best]
    last = max((other.end for other in matches[best:] if other.end <= first.start + width), default=first.end)
    spare = max(0, width - (last - first.start))
    start = max(0, first.start - min(int(width * _LEAD), spare // 2 + spare % 2))
    start = min(start, max(0, len(text) - width), first.start)
    return _word_start(text, start), _word_end(text, max(last, min(len(text), start + width)))


def _word_start(text: str, start: int) -> int:
    if start == 0 or is_cjk(text[start]):
        return start
    for index in range(start, max(0, start - _WORD_SEARCH), -1):
        if text[index - 1].isspace():
            return index
    return start


def _word_end(text: str, end: int) -> int:
    if end >= len(text) or is_cjk(text[end]):
        return min(end, len(text))
    for index in range(end, min(len(text), end + _WORD_SEARCH)):
        if text[index].isspace():
            return index
    return end


def _joined(matches: Sequence[_Match]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for match in matches:
        if joined and match.start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], match.end))
        else:
            joined.append((match.start, match.end))
    return joined
