"""List numbers as Word computes and shows them; the file holds only the rules.

Source: ECMA-376 part 1, 17.9 (numbering). Counters belong to the abstract definition, so lists that share one go on
counting; a ``startOverride`` restarts the count the first time its list uses the level.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from ingest.readers.docx.package import W, integer, is_on, val
from ingest.readers.docx.styles import Styles
from ingest.readers.numerals import word_number

_LEVELS: Final = 9
_PLACE: Final = re.compile(r"%([1-9])")
_SUFFIX: Final = {"tab": "\t", "space": " ", "nothing": ""}
_MAX_LINKS: Final = 4


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    number_format: str
    text: str
    suffix: str
    restart: int | None
    is_legal: bool
    style: str | None


@dataclass(frozen=True, slots=True)
class Label:
    """A shown number: its words, what stands between it and the text, and its 0-based level; bullets have no words."""

    text: str | None
    suffix: str
    level: int


class Numbering:
    """The numbering definitions of a document and its running counters."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._styles = styles
        self._abstract: dict[int, dict[int, _Level]] = {}
        self._links: dict[int, str] = {}
        self._lists: dict[int, tuple[int, dict[int, int], dict[int, _Level]]] = {}
        self._counters: dict[int, list[int | None]] = {}
        self._restarted: set[tuple[int, int]] = set()
        self.unknown_formats: set[str] = set()
        if root is None:
            return
        for element in root.iterfind(W + "abstractNum"):
            key = integer(element.get(W + "abstractNumId"))
            if key is not None:
                self._abstract[key] = _levels(element)
                link = val(element.find(W + "numStyleLink"))
                if link is not None:
                    self._links[key] = link
        for element in root.iterfind(W + "num"):
            self._add_list(element)

    def _add_list(self, element: etree._Element) -> None:
        key = integer(element.get(W + "numId"))
        abstract = integer(val(element.find(W + "abstractNumId")))
        if key is None or abstract is None:
            return
        starts: dict[int, int] = {}
        levels: dict[int, _Level] = {}
        for override in element.iterfind(W + "lvlOverride"):
            level = integer(override.get(W + "ilvl"))
            if level is None:
                continue
            start = integer(val(override.find(W + "startOverride")))
            if start is not None:
                starts[level] = start
            levels.update(_levels(override, level))
        self._lists[key] = abstract, starts, levels

    def _resolved(self, number: int) -> tuple[int, dict[int, int], dict[int, _Level]] | None:
        """Follow the link of a definition that only names a list style."""
        entry = self._lists.get(number)
        for _ in range(_MAX_LINKS):
            if entry is None or entry[0] not in self._links:
                break
            reference = self._styles.numbering(self._links[entry[0]])
            linked = None if reference is None else self._lists.get(reference[0].number or 0)
            if linked is None or linked[0] == entry[0]:
                break
            entry = linked[0], entry[1] or linked[1], linked[2] | entry[2]
        return entry

    def level_of_style(self, number: int, style: str) -> int | None:
        """Return the level whose ``pStyle`` is ``style`` in list ``number``, or None."""
        entry = self._resolved(number)
        if entry is None:
            return None
        levels = self._abstract.get(entry[0], {}) | entry[2]
        return next((at for at, level in sorted(levels.items()) if level.style == style), None)

    def advance(self, number: int, level: int) -> Label | None:
        """Count one paragraph of list ``number`` at 0-based ``level`` and return its label, None for no list."""
        entry = self._resolved(number)
        if entry is None or not 0 <= level < _LEVELS:
            return None
        abstract, starts, overrides = entry
        levels = self._abstract.get(abstract, {}) | overrides
        definition = levels.get(level)
        if definition is None:
            return None
        counters = self._counters.setdefault(abstract, [None] * _LEVELS)
        current = counters[level]
        if level in starts and (number, level) not in self._restarted:
            self._restarted.add((number, level))
            counters[level] = starts[level]
        else:
            counters[level] = definition.start if current is None else current + 1
        for deeper in range(level + 1, _LEVELS):
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or level + 1 <= restart:
                counters[deeper] = None
        return self._label(definition, level, counters, levels, starts)

    def _label(
        self,
        definition: _Level,
        level: int,
        counters: list[int | None],
        levels: dict[int, _Level],
        starts: dict[int, int],
    ) -> Label:
        if definition.number_format == "bullet":
            return Label(None, "", level)

        def show(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            shown = levels.get(at)
            if at > level or shown is None:
                return ""
            count = counters[at]
            value = count if count is not None else starts.get(at, shown.start)
            number_format = "decimal" if definition.is_legal else shown.number_format
            words = word_number(value, number_format)
            if words is None:
                self.unknown_formats.add(number_format)
                words = str(value)
            return words

        text = _PLACE.sub(show, definition.text)
        return Label(text if text.strip() else None, definition.suffix if text.strip() else "", level)


def _levels(element: etree._Element, only: int | None = None) -> dict[int, _Level]:
    found: dict[int, _Level] = {}
    for child in element.iterfind(W + "lvl"):
        level = integer(child.get(W + "ilvl"))
        level = only if level is None else level
        if level is None:
            continue
        start = integer(val(child.find(W + "start")))
        text = child.find(W + "lvlText")
        found[level] = _Level(
            start=0 if start is None else start,
            number_format=val(child.find(W + "numFmt")) or "decimal",
            text="" if text is None or is_on_attribute(text.get(W + "null")) else (val(text) or ""),
            suffix=_SUFFIX.get(val(child.find(W + "suff")) or "tab", "\t"),
            restart=integer(val(child.find(W + "lvlRestart"))),
            is_legal=is_on(child.find(W + "isLgl")),
            style=val(child.find(W + "pStyle")),
        )
        custom = child.find(f".//{W}numFmt[@{W}format]")
        if custom is not None and val(custom) == "custom":
            found[level] = replace(found[level], number_format=_custom(custom.get(W + "format") or ""))
    return found


def is_on_attribute(value: str | None) -> bool:
    """Return whether an on/off attribute is on; absent is off."""
    return value in {"1", "true", "on"}


def _custom(example: str) -> str:
    """Return the format a custom one stands for; Word's are zero-padded examples such as "001, 002, 003, …"."""
    return "decimalZero" if example.startswith("01") else "decimal"
