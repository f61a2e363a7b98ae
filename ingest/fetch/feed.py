"""Feeds: one document per item, so that an item that leaves the feed does not take its events with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urljoin

from lxml import etree

from kb.errors import UnreadableError

ATOM: Final = "http://www.w3.org/2005/Atom"
RSS1: Final = "http://purl.org/rss/1.0/"
MAX_ITEMS: Final = 5_000
"""Items of one feed; longer ones are archives and come as files."""
# What a feed says of itself that stays the same from day to day; dates of building would make every item look new.
_LASTING: Final = frozenset({"title", "link", "description", "subtitle", "id", "language"})


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed.

    Attributes:
        key: tells it from the others and stays the same: its guid or id, else its link, else a digest of it.
        link: address of its page, or "".
        data: a feed with this item alone, as bytes.
    """

    key: str
    link: str
    data: bytes


def is_feed(data: bytes) -> bool:
    """Say whether bytes are an RSS or Atom feed, by what they are."""
    from ingest.readers.media import media_type_for
    from kb.errors import InputError

    try:
        return media_type_for(data, "").key in {"rss", "atom"}
    except InputError:
        return False


def items(data: bytes, url: str) -> Iterator[Item]:
    """Yield the items of a feed in its order, each once.

    Args:
        data: RSS 0.9x, 1.0, 2.0 or Atom.
        url: of the feed, for links relative to it.

    Raises:
        UnreadableError: it is no well-formed XML at all (code "feed").
    """
    # No network, no entities: a feed is from anyone. What is cut short is read as far as it goes.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError(f"the feed cannot be read: {error}.", code="feed", place=url) from error
    found = [] if root is None else [one for one in root.iter(tag=etree.Element) if _name(one) in {"item", "entry"}]
    if not found and (root is None or _name(root) not in {"rss", "feed", "RDF"}):
        raise UnreadableError("the address gives no feed.", code="feed", place=url)
    seen: set[str] = set()
    for one in found[:MAX_ITEMS]:
        link = _link(one)
        link = _joined(url, link)
        try:
            text = _alone(root, one)
        except ValueError as error:  # lxml refuses to write what it was ready to read
            raise UnreadableError(f"the feed is damaged: {error}.", code="feed", place=url) from error
        key = _text(one, "guid") or _text(one, "id") or link or hashlib.sha256(text).hexdigest()[:20]
        if key not in seen:
            seen.add(key)
            yield Item(key, link, text)


def _alone(root: etree._Element, item: etree._Element) -> bytes:
    """Return the feed with one item and what the feed lastingly says of itself."""
    kept = etree.Element(root.tag, attrib=_attributes(root), nsmap=_prefixes(root))
    parent = item.getparent()
    holder = kept
    if parent is not None and parent is not root:
        holder = etree.SubElement(kept, parent.tag, attrib=_attributes(parent), nsmap=_prefixes(parent))
    said = parent if parent is not None else root
    if _name(root) == "RDF":
        said = next((one for one in root if _name(one) == "channel"), root)
    for one in said:
        if _name(one) in _LASTING:
            _add(holder, one)
    _add(holder, item)
    return etree.tostring(kept, encoding="utf-8", xml_declaration=True)


def _attributes(one: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in one.attrib.items()}


def _prefixes(one: etree._Element) -> dict[str, str]:
    """Return the namespaces an element knows; the stubs forget that the default one has None for a prefix."""
    return cast("dict[str, str]", one.nsmap)


def _add(holder: etree._Element, one: etree._Element) -> None:
    copied = deepcopy(one)
    copied.tail = "\n"
    holder.append(copied)


def _name(one: etree._Element) -> str:
    return one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""


def _text(item: etree._Element, name: str) -> str:
    for one in item:
        if _name(one) == name and one.text is not None and one.text.strip():
            return " ".join(one.text.split())[:1000]
    return ""


def _joined(url: str, link: str) -> str:
    try:
        return urljoin(url, link) if link else ""
    except ValueError:  # brackets without an address between them
        return ""


def _link(item: etree._Element) -> str:
    """Return the address of an item's page: RSS puts it into the text, Atom into an attribute."""
    fallback = ""
    for one in item:
        if _name(one) != "link":
            continue
        if one.text is not None and one.text.strip():
            return one.text.strip()
        if (href := one.get("href")) and one.get("rel", "alternate") == "alternate":
            return href.strip()
        fallback = fallback or (one.get("href") or "").strip()
    return fallback
