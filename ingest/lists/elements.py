"""Entries of lists in XML: each element is cut out of the text by its tag and parsed alone.

So every entry has its exact place, one broken entry does not take the others along, and no declaration of the file
(document type, entities) is ever looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

MAX_ENTRY: Final = 400_000  # characters of one entry; the longest real one has about 20,000
_HEAD: Final = 4_000


@dataclass(frozen=True, slots=True)
class Cut:
    """One entry: its element, or why there is none."""

    element: etree._Element | None
    start: int
    end: int
    number: int
    problem: str | None = None

    @property
    def where(self) -> str:
        """How a message names it."""
        return f"entry {self.number}"


def head_of(text: str) -> str:
    """Return the beginning of a file, where its root element stands."""
    return text[:_HEAD]


def cut_elements(text: str, *tags: str) -> Iterator[Cut]:
    """Yield the elements of these names, outermost ones, in the order of the text."""
    opening = re.compile(rf"<((?:[A-Za-z_][\w.-]{{0,20}}:)?)({'|'.join(tags)})(?=[\s>])")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    position = number = 0
    while (found := opening.search(text, position)) is not None:
        number += 1
        start = found.start()
        closing = f"</{found[1]}{found[2]}>"
        close = text.find(closing, found.end(), start + MAX_ENTRY)
        if close < 0:
            yield Cut(None, start, found.end(), number, "its end is missing")
            position = found.end()
            continue
        position = end = close + len(closing)
        body = text[start:end]
        if found[1]:  # the prefix is declared on the root, which is not here
            body = body.replace(f"<{found[1]}", "<").replace(f"</{found[1]}", "</")
        try:
            element = etree.fromstring(body, parser)
        except etree.XMLSyntaxError as error:
            yield Cut(None, start, end, number, str(error.msg))
            continue
        yield Cut(element, start, end, number)


def words(element: etree._Element, path: str) -> str:
    """Return the text of the first element at a path, "" without one."""
    return (element.findtext(path) or "").strip()


def many(element: etree._Element, path: str) -> list[str]:
    """Return the texts of all elements at a path that have one."""
    return [text for found in element.iterfind(path) if (text := (found.text or "").strip())]


def unclosed(text: str, root: str) -> str | None:
    """Return what shows that an XML file breaks off, None when its root is closed."""
    tail = text[-_HEAD:].rstrip()
    return None if re.search(rf"</(?:[\w.-]+:)?{root}\s*>", tail) is not None else f"</{root}> is missing"
