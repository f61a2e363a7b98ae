"""Running heads, running feet and page numbers: what belongs to the paper and not to the text."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from ingest.readers.pdf.lines import Line

# Furniture stands among the outermost lines of a page and at the same height on at least three pages.
_OUTER: Final = 3
_MIN_PAGES: Final = 3
_SAME_HEIGHT: Final = 14.0
# When more than half of the lines would go, the pages are copies of a form and nothing is furniture.
_MAX_SHARE: Final = 0.5
_DIGITS: Final = re.compile(r"\d+")
_BLANKS: Final = re.compile(r"\s+")


@cache
def patterns() -> dict[str, Any]:
    """Return the compiled patterns and word lists of ``pdf.toml``."""
    raw = tomllib.loads((files("ingest.readers") / "data" / "pdf.toml").read_text("utf-8"))
    return {
        "page_numbers": tuple(re.compile(pattern, re.IGNORECASE) for pattern in raw["page_numbers"]),
        "unit_start": re.compile("|".join(f"(?:{pattern})" for pattern in raw["unit_starts"])),
        "label_start": re.compile("|".join(f"(?:{pattern})" for pattern in raw["label_starts"])),
        "reference_words": frozenset(raw["reference_words"]),
        "kept_prefixes": frozenset(raw["kept_prefixes"]),
    }


def strip_furniture(pages: Sequence[list[Line]]) -> tuple[list[list[Line]], dict[str, str]]:
    """Return the pages without furniture, and the running heads and feet as metadata.

    Args:
        pages: the lines of each page in reading order.
    """
    outer = [_outer(lines) for lines in pages]
    repeated = _repeated(pages, outer)
    numbers = _page_numbers(pages, outer, repeated)
    gone = repeated | numbers
    total = sum(len(lines) for lines in pages)
    if len(repeated) > _MAX_SHARE * total:
        repeated, gone = set(), numbers
    kept = [[line for at, line in enumerate(lines) if (page, at) not in gone] for page, lines in enumerate(pages)]
    heads: dict[str, None] = {}
    feet: dict[str, None] = {}
    seen: set[str] = set()
    for page, at in sorted(repeated - numbers):
        line = pages[page][at]
        if _key(line) not in seen:
            seen.add(_key(line))
            (heads if outer[page].get(at, "") == "top" else feet)[line.text] = None
    stated = {"running_header": " | ".join(heads), "running_footer": " | ".join(feet)}
    return kept, {key: value for key, value in stated.items() if value}


def _key(line: Line) -> str:
    return _DIGITS.sub("#", _BLANKS.sub(" ", line.text)).lower()


def _outer(lines: list[Line]) -> dict[int, str]:
    """Return the outermost lines of a page by index: "top" or "bottom"."""
    order = sorted(range(len(lines)), key=lambda at: -lines[at].bottom)
    found = dict.fromkeys(order[-_OUTER:], "bottom")
    found.update(dict.fromkeys(order[:_OUTER], "top"))
    if len(order) <= 2 * _OUTER and order:
        middle = (lines[order[0]].bottom + lines[order[-1]].bottom) / 2
        found = {at: "top" if lines[at].bottom > middle else "bottom" for at in order}
    return found


def _repeated(pages: Sequence[list[Line]], outer: Sequence[dict[int, str]]) -> set[tuple[int, int]]:
    groups: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for page, lines in enumerate(pages):
        for at, side in outer[page].items():
            groups[side, _key(lines[at])].append((page, at))
    found: set[tuple[int, int]] = set()
    for (_, key), places in groups.items():
        if len({page for page, _ in places}) < _MIN_PAGES or not any(letter.isalpha() for letter in key):
            continue  # bare numbers are judged as page numbers
        for page, at in places:
            height, size = pages[page][at].bottom, pages[page][at].size
            alike = {
                other
                for other, index in places
                if abs(pages[other][index].bottom - height) <= _SAME_HEIGHT
                and abs(pages[other][index].size - size) <= 0.2 * size
            }
            if len(alike) >= _MIN_PAGES:
                found.add((page, at))
    return found


def _page_numbers(
    pages: Sequence[list[Line]], outer: Sequence[dict[int, str]], repeated: set[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Return lines that are page numbers: at the edge of the page and counting with the pages."""
    candidates: list[tuple[int, int, int | None]] = []
    for page, lines in enumerate(pages):
        edge = [at for at in outer[page] if (page, at) not in repeated]
        order = sorted(edge, key=lambda at: -lines[at].bottom)
        outermost = {order[0], order[-1]} if order else set()
        # A number may stand just inside a running foot.
        outermost |= {at for at in outer[page] if (page, at) in repeated}
        for at in outermost:
            for pattern in patterns()["page_numbers"]:
                match = pattern.fullmatch(lines[at].text)
                if match is not None:
                    number = match.groupdict().get("n")
                    candidates.append((page, at, int(number) if number else None))
                    break
    offsets = Counter(number - page for page, _, number in candidates if number is not None)
    return {
        (page, at)
        for page, at, number in candidates
        if number is None or offsets[number - page] >= 2 or number == page + 1
    }
