"""Parsing XML of law from untrusted files: no entities, no network, no huge trees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from ingest.readers.builder import collapse
from kb.errors import LimitError, UnreadableError

_BREAKS: Final = frozenset({"eol", "br"})
_SPACE: Final = re.compile(r"\s+")


def parse_xml(data: bytes, *, name: str) -> Any:
    """Return the root element of an XML file.

    Raises:
        UnreadableError: "entities" when it declares entities, "damaged" when it is not well-formed.
        LimitError: "too-deep" when its elements are nested too deep.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "xcessive depth" in str(error):
            raise LimitError("Its elements are nested too deep.", code="too-deep", place=name) from error
        if "ntity" in str(error):
            raise UnreadableError("The file uses entities.", code="entities", place=name) from error
        raise UnreadableError(f"The XML cannot be parsed: {error}.", code="damaged", place=name) from error
    internal: Any = root.getroottree().docinfo.internalDTD
    if internal is not None and any(True for _ in internal.iterentities()):
        raise UnreadableError(
            "The file declares entities, which no text of law needs.",
            code="entities",
            place=name,
            remedy="Save it with its entities written out.",
        )
    return root


def local(element: Any) -> str:
    """Return the name of an element without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Any) -> Iterator[Any]:
    """Yield the child elements."""
    return (child for child in element if isinstance(child.tag, str))


def child(element: Any, name: str) -> Any:
    """Return the first child element of a name, or None."""
    return next((each for each in children(element) if local(each) == name), None)


def first(element: Any, name: str) -> Any:
    """Return the first descendant of a name, or None."""
    return next((each for each in element.iter() if local(each) == name), None)


def flat(element: Any, *, without: frozenset[str] = frozenset(), apart: frozenset[str] = frozenset()) -> str:
    """Return the words of an element as one paragraph.

    Args:
        element: the element; None gives "".
        without: names of elements whose words are left out.
        apart: names of elements that begin a new line.
    """
    if element is None:
        return ""
    pieces: list[str] = []
    _collect(element, pieces, without, apart)
    return collapse("\n".join(_SPACE.sub(" ", line) for line in "".join(pieces).split("\x00")))


def _collect(element: Any, pieces: list[str], without: frozenset[str], apart: frozenset[str]) -> None:
    pieces.append((element.text or "").replace("\x00", ""))
    for each in element:
        name = local(each)
        if name in _BREAKS or name in apart:
            pieces.append("\x00")
        if name and name not in without:
            _collect(each, pieces, without, apart)
        if name in apart:
            pieces.append("\x00")
        pieces.append((each.tail or "").replace("\x00", ""))
