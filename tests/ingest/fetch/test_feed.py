"""Feeds fall into items that stay the same while the feed around them changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fetch.feed import Item, is_feed, items
from ingest.job import revise
from ingest.readers import Limits, ReaderPool
from kb.errors import UnreadableError
from kb.model import Document, Kind

URL = "https://example.org/news/feed.xml"
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Trade press</title>
<link>https://example.org/</link><lastBuildDate>{built}</lastBuildDate>
<item><title>Acme Ltd. fined for bribery</title><link>/a.html</link><guid>g-1</guid><dc:date>2026-01-02</dc:date>
<description>Acme Ltd. was fined 2 million dollars for bribery, the court said on Monday.</description></item>
<item><title>北辰公司被申请破产</title><link>https://example.org/b.html</link>
<description>北辰精密有限公司被债权人申请破产清算。</description></item>
</channel></rss>"""  # the second item says that Beichen is subject to a bankruptcy petition
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Notices</title><updated>{built}</updated>
<entry><id>urn:1</id><title>One</title>
<link rel="self" href="/self"/><link href="one.html"/><summary>Words.</summary></entry>
<entry><id>urn:2</id><title>Two</title><link rel="alternate" href="https://other.example/two"/></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="x"><title>Old</title></channel>
<item rdf:about="i1"><title>First</title><link>https://example.org/1</link></item></rdf:RDF>"""


@pytest.mark.parametrize(
    ("feed", "keys", "links"),
    [
        (
            RSS,
            ["g-1", "https://example.org/b.html"],
            ["https://example.org/a.html", "https://example.org/b.html"],
        ),
        (ATOM, ["urn:1", "urn:2"], ["https://example.org/news/one.html", "https://other.example/two"]),
        (RDF, ["https://example.org/1"], ["https://example.org/1"]),
    ],
    ids=["rss", "atom", "rdf"],
)
def test_every_item_has_a_key_a_link_and_a_feed_of_its_own(feed: str, keys: list[str], links: list[str]) -> None:
    data = feed.replace("{built}", "today").encode()
    assert is_feed(data)
    found = list(items(data, URL))
    assert [one.key for one in found] == keys
    assert [one.link for one in found] == links
    for one in found:
        (alone,) = items(one.data, URL)
        assert alone.key == one.key
        assert is_feed(one.data)


@pytest.mark.parametrize("feed", [RSS, ATOM])
def test_an_item_is_the_same_bytes_whenever_the_feed_was_built(feed: str) -> None:
    monday, tuesday = (list(items(feed.replace("{built}", day).encode(), URL)) for day in ("Mon", "Tue"))
    assert [one.data for one in monday] == [one.data for one in tuesday]


def test_an_item_alone_is_read_as_news_with_its_events() -> None:
    first, second = items(RSS.replace("{built}", "x").encode(), URL)
    with ReaderPool(Limits(), workers=1) as pool:
        english: Document = pool.read(first.data, "x.xml", kind=Kind.NEWS)
        chinese: Document = pool.read(second.data, "y.xml", kind=Kind.NEWS)
    assert "Acme" in english.text
    assert "北辰" not in english.text
    assert revise(first.data, english, "x.xml", "src-" + "0" * 20, Kind.NEWS, "1", {}).counts["events"] >= 1
    assert "北辰" in chinese.text


def read(data: bytes) -> list[Item]:
    """Return the items; none when the feed is refused with the one error that is allowed."""
    try:
        return list(items(data, URL))
    except UnreadableError as error:
        if error.code != "feed":
            raise
        return []


HOSTILE = {
    "entity": b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<rss><channel><item><title>&x;</title></item></channel></rss>",
    "bomb": b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>'
    b"<rss><channel><item><title>&c;</title></item></channel></rss>",
    "cut short": RSS.encode()[:700],
    "no items": b"<rss><channel><title>t</title></channel></rss>",
    "deep": b"<rss>" + b"<a>" * 10_000,
    "wrong encoding": "<rss><channel><item><title>公司</title></item></channel></rss>".encode("gb18030"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_broken_or_hostile_feed_gives_what_can_be_read_or_one_error(data: bytes) -> None:
    found = read(data)
    assert len(found) <= 2
    assert b"root:" not in b"".join(one.data for one in found)
    assert sum(len(one.data) for one in found) < 10_000


@pytest.mark.parametrize("data", [b"<html><body>Please log in</body></html>", b"not xml", b"{}", b"", b"\x00\x01"])
def test_what_is_no_feed_is_no_feed(data: bytes) -> None:
    assert not is_feed(data)
    with pytest.raises(UnreadableError):
        list(items(data, URL))


@settings(max_examples=200)
@given(st.binary(max_size=300), st.integers(min_value=0, max_value=900))
def test_damage_anywhere_ends_in_items_or_in_one_error(damage: bytes, at: int) -> None:
    data = RSS.encode()
    found = read(data[:at] + damage + data[at + len(damage) :])
    assert len({one.key for one in found}) == len(found)
