"""What styles say about a paragraph or run: its outline level, its numbering, whether it is hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from ingest.readers.docx.package import W, integer, is_on, val

_HEADING: Final = re.compile(r"heading\s{0,2}([1-9])$|标题\s{0,2}([1-9])$", re.IGNORECASE)  # 标题: heading
_MAX_CHAIN: Final = 32  # styles may be based on each other in a circle
_BODY_LEVEL: Final = 9  # outlineLvl 9 means body text (ECMA-376 part 1, 17.3.1.20)


@dataclass(frozen=True, slots=True)
class NumberReference:
    """``numId`` and ``ilvl`` of a ``numPr``; None where it leaves one out."""

    number: int | None
    level: int | None


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    based_on: str | None
    outline: int | None
    numbering: NumberReference | None
    hidden: bool | None


def number_reference(properties: etree._Element | None) -> NumberReference | None:
    """Return the numbering a ``pPr`` states itself, or None."""
    reference = None if properties is None else properties.find(W + "numPr")
    if reference is None:
        return None
    return NumberReference(integer(val(reference.find(W + "numId"))), integer(val(reference.find(W + "ilvl"))))


class Styles:
    """The style sheet of a document; every answer follows ``basedOn``."""

    def __init__(self, root: etree._Element | None) -> None:
        self._styles: dict[str, _Style] = {}
        self.default: str | None = None
        for element in () if root is None else root.iterfind(W + "style"):
            key = element.get(W + "styleId")
            if key is None:
                continue
            paragraph, run = element.find(W + "pPr"), element.find(W + "rPr")
            vanish = None if run is None else run.find(W + "vanish")
            self._styles[key] = _Style(
                name=val(element.find(W + "name")) or key,
                based_on=val(element.find(W + "basedOn")),
                outline=integer(val(None if paragraph is None else paragraph.find(W + "outlineLvl"))),
                numbering=number_reference(paragraph),
                hidden=None if vanish is None else is_on(vanish),
            )
            if element.get(W + "type") == "paragraph" and element.get(W + "default") in {"1", "true", "on"}:
                self.default = key

    def _chain(self, key: str | None) -> list[tuple[str, _Style]]:
        found: list[tuple[str, _Style]] = []
        while key is not None and key in self._styles and len(found) < _MAX_CHAIN:
            found.append((key, self._styles[key]))
            key = self._styles[key].based_on
        return found

    def heading_level(self, key: str | None, direct: int | None) -> int | None:
        """Return 1-9 for headings, by the paragraph's own outline level, its style's, or its style's name."""
        if direct is not None:
            return direct + 1 if 0 <= direct < _BODY_LEVEL else None
        for _, style in self._chain(key):
            if style.outline is not None:
                return style.outline + 1 if 0 <= style.outline < _BODY_LEVEL else None
            named = _HEADING.match(style.name)
            if named is not None:
                return int(named[1] or named[2])
        return None

    def is_title(self, key: str | None) -> bool:
        """Return whether the style is Word's "Title"."""
        return any(style.name.lower() in {"title", "标题"} for _, style in self._chain(key)[:1])  # 标题: title

    def numbering(self, key: str | None) -> tuple[NumberReference, str] | None:
        """Return the numbering a style carries and the id of the style that states it, or None."""
        for name, style in self._chain(key):
            if style.numbering is not None and style.numbering.number is not None:
                return style.numbering, name
        return None

    def is_hidden(self, key: str | None) -> bool:
        """Return whether a run style hides its text."""
        return next((style.hidden for _, style in self._chain(key) if style.hidden is not None), False)
