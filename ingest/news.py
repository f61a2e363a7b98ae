"""News: one article per HTML page, one per item of an RSS or Atom feed; what each reports about whom.

A feed is stored as it is, so an item's words are read from a view of the same length in which markup is blanked: every
offset found there is an offset of the stored text.
"""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import unescape
from typing import Any, Final, cast

import feedparser

from ingest.events import find_events
from ingest.ner import extract_entities
from kb.errors import RecordError
from kb.model import Annotations, Document, Entity, Event, Kind, Span

LONGEST_HEADLINE: Final = 300  # characters kept of what a feed gives as a title
MAX_ITEMS: Final = 5_000  # items of one feed; longer ones are archives and come as files
_FEED: Final = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]")
_ITEM: Final = re.compile(r"<(item|entry)(?=[\s>])")
_MARKUP: Final = re.compile(r"<!\[CDATA\[|\]\]>|<!--(?:(?!-->).){0,4000}-->|</?[A-Za-z][^<>]{0,2000}>", re.DOTALL)
_TEXT_ELEMENT: Final = re.compile(r"<(title|description|summary|content(?::encoded)?)(?:\s[^<>]{0,500})?>")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,10});")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_CHINESE_SHARE: Final = 0.15  # of the letters; company names in Latin letters are common in Chinese news


@dataclass(frozen=True, slots=True)
class Article:
    """One article.

    Attributes:
        title: its headline, or None.
        text: the whole document's words with markup blanked, same length as the document's text.
        span: the article's place in it.
        language: "en", "zh" or "und".
        published: ISO date or time as the source states it, or None.
    """

    title: str | None
    text: str
    span: Span
    language: str
    published: str | None = None
    publisher: str | None = None
    url: str | None = None


def is_feed(text: str) -> bool:
    """Say whether a text is an RSS or Atom feed as it stands."""
    return _FEED.search(text[:3000]) is not None


def read_news(document: Document) -> tuple[Article, ...]:
    """Return the articles of a news document.

    Raises:
        RecordError: it is a feed without a readable item.
    """
    text = document.text
    if not is_feed(text):
        meta = document.metadata
        return (
            Article(
                document.title,
                text,
                Span(0, len(text)),
                document.language,
                meta.get("published"),
                meta.get("publisher"),
                meta.get("url"),
            ),
        )
    articles = tuple(_items(text))
    if not articles:
        raise RecordError("the feed has no readable item", remedy="Check that the file is a complete RSS or Atom feed.")
    return articles


def annotate_news(document: Document) -> Annotations:
    """Return the named parties and adverse events of a news document, over all its articles."""
    entities: list[Entity] = []
    events: list[Event] = []
    for article in read_news(document):
        if article.language not in {"en", "zh"}:
            continue
        start, end = article.span.start, article.span.end
        words = article.text[start:end]
        named = extract_entities(Document(words, (), "text/plain", article.language))
        entities.extend(_moved(e, start, document.text) for e in named)
        found = (_event_moved(e, start) for e in find_events(words, article.language, entities=named))
        events.extend(_reported_in(article, found) if is_feed(document.text) else found)
    return Annotations(kind=Kind.NEWS, entities=tuple(entities), events=tuple(events))


def _reported_in(article: Article, events: Iterable[Event]) -> Iterator[Event]:
    """Give events the headline, day and publisher of the feed item that reports them."""
    published = None if article.published is None else date.fromisoformat(article.published[:10])
    headline = None if article.title is None else article.title[:LONGEST_HEADLINE]
    for event in events:
        yield replace(event, headline=headline, published=published, publisher=article.publisher)


def _moved(entity: Entity, by: int, text: str) -> Entity:
    return Entity(
        entity.type, text[entity.start + by : entity.end + by], entity.start + by, entity.end + by, entity.link
    )


def _event_moved(event: Event, by: int) -> Event:
    subject = by if event.subject_start >= 0 else 0
    return replace(
        event,
        start=event.start + by,
        end=event.end + by,
        subject=" ".join(event.subject.split()) if event.subject is not None else None,
        subject_start=event.subject_start + subject,
        subject_end=event.subject_end + subject,
    )


def _items(text: str) -> Iterator[Article]:
    parsed = _parse_feed(text)
    publisher = str(parsed.feed.get("title", "")) or None
    view = _view(text)
    places = list(_places(text))
    described = list(parsed.entries)
    for number, (start, end) in enumerate(places[:MAX_ITEMS]):
        entry = described[number] if len(described) == len(places) else {}
        stamp = entry.get("published_parsed") or entry.get("updated_parsed")
        words = view[start:end]
        yield Article(
            title=str(entry.get("title", "")) or None,
            text=view,
            span=Span(start, end),
            language=language_of(words),
            published=datetime.fromtimestamp(timegm(stamp), UTC).isoformat() if stamp is not None else None,
            publisher=publisher,
            url=str(entry.get("link", "")) or None,
        )


def _parse_feed(text: str) -> Any:
    return cast("Any", feedparser).parse(io.BytesIO(text.encode()), sanitize_html=True, resolve_relative_uris=False)


def _places(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while (opening := _ITEM.search(text, position)) is not None:
        closing = f"</{opening.group(1)}>"
        end = text.find(closing, opening.end())
        if end < 0:
            return
        position = end + len(closing)
        yield opening.start(), position


def _view(text: str) -> str:
    """Return a text of the same length that shows only the words of titles and descriptions.

    Markup becomes blanks, the end of an element a line feed, and an escaped character itself with blanks behind it.
    """
    shown = list(" " * len(text))
    for element in _TEXT_ELEMENT.finditer(text):
        end = text.find(f"</{element.group(1)}>", element.end())
        if end < 0:
            continue
        shown[element.end() : end] = _blanked(text[element.end() : end])
        for place in range(end, min(end + 2, len(shown))):
            shown[place] = "\n"
    return "".join(shown)


def _blanked(inner: str) -> str:
    def blank(match: re.Match[str]) -> str:
        return ("\n" if match.group().startswith(("<p", "</p", "<br")) else " ") + " " * (len(match.group()) - 1)

    def letter(match: re.Match[str]) -> str:
        found = unescape(match.group())
        return (found if len(found) == 1 and found not in "<>" else " ") + " " * (len(match.group()) - 1)

    return _ENTITY.sub(letter, _MARKUP.sub(blank, inner))


def language_of(words: str) -> str:
    """Return "zh" or "en" by the share of Chinese characters, "und" for a text without letters."""
    letters = sum(1 for c in words if c.isalpha())
    if letters == 0:
        return "und"
    return "zh" if len(_HAN.findall(words)) / letters >= _CHINESE_SHARE else "en"
