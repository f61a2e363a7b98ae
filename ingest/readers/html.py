"""HTML: pages of contracts and acts block by block, news pages through trafilatura."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, Final

from lxml import etree

from ingest.readers.builder import DocumentBuilder, collapse
from ingest.readers.encoding import decode
from ingest.readers.html_page import Page, meta_names, tags
from ingest.readers.plain import TextScanner
from ingest.readers.raw import declared_xml_encoding
from kb.errors import UnreadableError
from kb.model import Block, BlockKind, Kind

_META_CHARSET: Final = re.compile(rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_CHARSET_WITHIN: Final = 8_192
_END_BR: Final = re.compile(r"</br\s*>|</p\s*>(?=\s*</p\s*>)", re.IGNORECASE)
_XML_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]{0,300}\?>")
_EDGAR_LINES: Final = re.compile(r"^<(?:TYPE|SEQUENCE|FILENAME|DESCRIPTION)>[^\n]{0,2000}$", re.MULTILINE)
_EDGAR_HEADER: Final = re.compile(r"\A\s*(?:-----BEGIN PRIVACY|<SEC-|<DOCUMENT>)")
_ISO_DATE: Final = re.compile(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?:\D|$)")
# lxml cuts a tree off at 256 levels, so deeper pages are read without one.
_TREE_DEPTH: Final = 240
_MIN_ARTICLE: Final = 80
_MAX_JSON_LD: Final = 1_000_000


def read_html(data: bytes, builder: DocumentBuilder, *, kind: Kind | None) -> None:
    """Read a page into ``builder``; ``kind`` NEWS, or the page saying it is an article, keeps the article only."""
    text = _decoded(data, builder)
    page = parse_page(text, name=builder.name)
    statements = _statements(page, builder)
    is_news = kind is Kind.NEWS or (kind is None and _says_article(page, statements))
    if is_news and page.max_depth <= _TREE_DEPTH and _read_article(text, builder):
        return
    if kind is Kind.NEWS:
        builder.warn("No article was found on the page; all of its text was read.")
    put_page(page, builder)


def parse_page(text: str, *, name: str) -> Page:
    """Return the pieces of a page.

    Raises:
        UnreadableError: "damaged" when not even the HTML parser can make anything of it.
    """
    text = _XML_DECLARATION.sub("", _END_BR.sub("<br>", text) if "</br" in text.lower() else text)
    if _EDGAR_HEADER.match(text):
        header_end = text.find("</SEC-HEADER>")
        text = _EDGAR_LINES.sub("", text[max(0, header_end) :])
    target: Any = Page()
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True, no_network=True)
    try:
        page = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, AssertionError) as error:
        raise UnreadableError(f"The page cannot be parsed: {error}.", code="damaged", place=name) from error
    if not isinstance(page, Page):
        raise UnreadableError("The page cannot be parsed.", code="damaged", place=name)
    return page


def put_page(page: Page, builder: DocumentBuilder) -> None:
    """Add the pieces of a page to a document."""
    for piece in page.pieces:
        if piece.is_preformatted:
            _put_preformatted(piece.text, builder)
            continue
        builder.add(
            piece.kind,
            piece.text,
            separator=piece.separator,
            level=piece.level,
            number=piece.number,
            cell=piece.cell,
        )
    for words in page.removed[:20]:
        if collapse(words):
            builder.warn(f"Text marked as deleted was left out: {collapse(words)[:200]!r}.")


def _put_preformatted(raw: str, builder: DocumentBuilder) -> None:
    """Add typewriter text as it stands, with the blocks that plain text would have."""
    text = builder.cleaner.clean(raw)
    start = builder.append("\n\n") + 2 if builder.length else 0
    builder.append(text)
    for block in TextScanner(text, 0, markdown=False).scan():
        builder.mark(Block(block.kind, start + block.start, start + block.end, block.level, block.number))


def _decoded(data: bytes, builder: DocumentBuilder) -> str:
    head = data[:_CHARSET_WITHIN]
    declared = _META_CHARSET.search(head)
    label = declared[1].decode("ascii") if declared is not None else declared_xml_encoding(data)
    decoded = decode(data, label, name=builder.name)
    builder.metadata["encoding"] = decoded.encoding
    for warning in decoded.warnings:
        builder.warn(warning)
    return decoded.text.replace("\0", "")


def _statements(page: Page, builder: DocumentBuilder) -> list[dict[str, Any]]:
    """Record what the page states about itself and return its JSON-LD objects."""
    for key, names in meta_names().items():
        value = next((page.meta[name] for name in names if page.meta.get(name, "").strip()), None)
        if key == "title":
            builder.entitle(value)
        elif key == "published":
            builder.state(key, _iso_date(value))
        else:
            builder.state(key, value)
    builder.entitle("".join(page.title))
    if page.canonical is not None and page.canonical.startswith(("http://", "https://")):
        builder.state("url", page.canonical)
    if page.language is not None:
        builder.metadata.setdefault("language", page.language)
    statements = [entry for raw in page.json_ld for entry in _json_objects(raw)]
    for entry in statements:
        if "published" not in builder.metadata and isinstance(entry.get("datePublished"), str):
            builder.state("published", _iso_date(entry["datePublished"]))
    return statements


def _json_objects(raw: str) -> list[dict[str, Any]]:
    if len(raw) > _MAX_JSON_LD:
        return []
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return []  # a page's broken JSON-LD is no statement at all
    found = value if isinstance(value, list) else [value]
    found = found + [inner for entry in found if isinstance(entry, dict) for inner in _as_list(entry.get("@graph"))]
    return [entry for entry in found if isinstance(entry, dict)]


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _iso_date(value: str | None) -> str | None:
    match = _ISO_DATE.match(value or "")
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return None


def _says_article(page: Page, statements: list[dict[str, Any]]) -> bool:
    if page.meta.get("og:type", "").lower() == "article" or "article:published_time" in page.meta:
        return True
    types = {kind for entry in statements for kind in (entry.get("@type"), *_as_list(entry.get("@type")))
             if isinstance(kind, str)}  # fmt: skip
    return bool(types & tags()["news_types"])


def _read_article(text: str, builder: DocumentBuilder) -> bool:
    """Add the article of a news page, its headline first; False when there is none."""
    from trafilatura import bare_extraction

    article: Any = None
    for fast in (True, False):
        article = bare_extraction(text, fast=fast, with_metadata=True, include_comments=False, include_tables=True)
        if article is not None and len(article.text or "") >= _MIN_ARTICLE:
            break
    if article is None or not (article.text or "").strip():
        return False
    builder.entitle(article.title, anew=True)
    builder.state("published", _iso_date(article.date))
    for key, value in (("publisher", article.sitename), ("author", article.author), ("url", article.url)):
        if value:
            builder.state(key, value)
    paragraphs = [collapse(line) for line in article.text.split("\n")]
    title = builder.title
    if title is not None and (not paragraphs or collapse(paragraphs[0]) != title):
        builder.add(BlockKind.HEADING, title, level=1)
    for at, paragraph in enumerate(paragraphs):
        if paragraph.startswith("- "):
            builder.add(BlockKind.LIST_ITEM, paragraph[2:], level=1)
        elif at == 0 and paragraph == title:
            builder.add(BlockKind.HEADING, paragraph, level=1)
        else:
            builder.add(BlockKind.PARAGRAPH, paragraph)
    return True
