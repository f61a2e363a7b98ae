"""The items of a JSON file with their places: an array, one object with an array in it, or one object per line.

A broken line is reported and the next ones are read; an array can only be read up to where it breaks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kb.errors import LimitError

_SKIPPED: Final = re.compile(r"[\s,\ufeff]*")
_RESULTS: Final = re.compile(r'"(?:results|entities|data|statements)"\s*:\s*\[')
_LOOKED_AT: Final = 20_000
MAX_ITEM: Final = 2_000_000
"""Characters of one line; longer ones are no record."""
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Item:
    """One object with its place; ``problem`` says why there is none, ``last`` that reading ends with it."""

    value: dict[str, Any]
    start: int
    end: int
    number: int
    problem: str | None = None
    last: bool = False

    @property
    def where(self) -> str:
        """How a message names it."""
        return f"entry {self.number}"


def is_json(text: str) -> bool:
    """Say whether a text begins like JSON."""
    return text[:_LOOKED_AT].lstrip("\ufeff \t\r\n")[:1] in {"[", "{"}


def json_items(text: str, *, place: str) -> Iterator[Item]:
    """Yield the items of a file, in order.

    Args:
        text: the decoded file.
        place: file name, for the error.

    Raises:
        LimitError: an item is nested too deep.
    """
    begin = _SKIPPED.match(text)
    position = begin.end() if begin is not None else 0
    array = position if text[position : position + 1] == "[" else None
    if array is None and "\n" in text[position:].rstrip() and _is_line(text, position):
        yield from _lines(text, position, place)
        return
    if array is None and (inner := _RESULTS.search(text, position, position + _LOOKED_AT)) is not None:
        array = inner.end() - 1
    if array is None:
        yield from _lines(text, position, place) if _is_line(text, position) else _one(text, position, place)
        return
    yield from _array(text, array + 1, place)


def _is_line(text: str, position: int) -> bool:
    """Say whether the first line is an object of its own."""
    end = text.find("\n", position)
    line = text[position : len(text) if end < 0 else end].strip()
    return line.startswith("{") and line.endswith("}")


def _lines(text: str, position: int, place: str) -> Iterator[Item]:
    number = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        line = text[position:end]
        if line.strip():
            number += 1
            start = position + len(line) - len(line.lstrip())
            stop = position + len(line.rstrip())
            if len(line) > MAX_ITEM:
                yield Item({}, start, stop, number, f"it is longer than {MAX_ITEM:,} characters", last=end == len(text))
            else:
                yield _decoded(text[start:stop], start, stop, number, place, last=end == len(text))
        position = end + 1


def _one(text: str, position: int, place: str) -> Iterator[Item]:
    yield _decoded(text[position:].rstrip(), position, len(text.rstrip()), 1, place, last=True)


def _decoded(body: str, start: int, end: int, number: int, place: str, *, last: bool) -> Item:
    try:
        value = json.loads(body)
    except RecursionError as error:
        raise _too_deep(place) from error
    except ValueError as error:  # also a number of too many digits
        return Item({}, start, end, number, f"it is not JSON ({error})", last)
    if not isinstance(value, dict):
        return Item({}, start, end, number, "it is no object", last)
    return Item(value, start, end, number)


def _array(text: str, position: int, place: str) -> Iterator[Item]:
    number = 0
    while True:
        skipped = _SKIPPED.match(text, position)
        position = skipped.end() if skipped is not None else position
        if text[position : position + 1] == "]":
            return
        number += 1
        try:
            value, end = _DECODER.raw_decode(text, position)
        except RecursionError as error:
            raise _too_deep(place) from error
        except ValueError as error:
            reason = f"it is not JSON ({error})" if position < len(text) else "the array is not closed"
            yield Item({}, min(position, len(text)), len(text), number, reason, last=True)
            return
        if isinstance(value, dict):
            yield Item(value, position, end, number)
        else:
            yield Item({}, position, end, number, "it is no object")
        position = end


def _too_deep(place: str) -> LimitError:
    return LimitError("the JSON is nested too deep", code="too-deep", place=place, remedy="Give plain records.")
