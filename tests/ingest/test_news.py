"""News documents and feeds."""

from __future__ import annotations

import pytest

from ingest.news import annotate_news, is_feed, read_news
from kb.errors import RecordError
from kb.model import Document

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Ledger</title>
<item><title>Tarn &amp; Fell Ltd fined</title><link>https://ledger.example/1</link>
<pubDate>Thu, 15 Jan 2026 10:00:00 GMT</pubDate>
<description>
<![CDATA[<p>The regulator fined Tarn & Fell Distribution Ltd on January 14, 2026.</p>]]></description></item>
<item><title>天远科技有限公司被处罚</title><link>https://ledger.example/2</link>
<description>2026年1月20日，市场监督管理局对天远科技有限公司处以罚款10万元。</description></item>
</channel></rss>"""


def test_a_page_is_one_article_with_what_it_states_about_itself() -> None:
    document = Document("Words.", (), "text/html", "en", "Title", {"published": "2026-01-01", "publisher": "Ledger"})
    (article,) = read_news(document)
    assert (article.title, article.published, article.publisher) == ("Title", "2026-01-01", "Ledger")
    assert article.span.of(document.text) == "Words."


def test_a_feed_is_one_article_per_item_in_its_own_language() -> None:
    document = Document(FEED, (), "application/rss+xml", "en")
    assert is_feed(FEED)
    one, two = read_news(document)
    assert one.title == "Tarn & Fell Ltd fined"
    assert one.url == "https://ledger.example/1"
    assert one.published == "2026-01-15T10:00:00+00:00"
    assert one.publisher == "Harbour Ledger"
    assert (one.language, two.language) == ("en", "zh")
    assert one.span.of(FEED).startswith("<item>")
    assert len(one.text) == len(FEED)


def test_events_of_a_feed_stand_where_the_stored_text_has_them() -> None:
    document = Document(FEED, (), "application/rss+xml", "en")
    found = annotate_news(document)
    assert {(e.type, str(e.date)) for e in found.events} >= {("penalty", "2026-01-14"), ("penalty", "2026-01-20")}
    chinese = next(e for e in found.events if e.subject == "天远科技有限公司")
    assert FEED[chinese.subject_start : chinese.subject_end] == "天远科技有限公司"
    assert "罚款" in FEED[chinese.start : chinese.end]
    assert (chinese.headline, chinese.published, chinese.publisher) == (
        "天远科技有限公司被处罚",
        None,
        "Harbour Ledger",
    )
    fined = next(e for e in found.events if str(e.date) == "2026-01-14")
    assert (fined.headline, str(fined.published)) == ("Tarn & Fell Ltd fined", "2026-01-15")
    for entity in found.entities:
        assert FEED[entity.start : entity.end] == entity.text


def test_a_feed_without_items_is_refused() -> None:
    with pytest.raises(RecordError, match="no readable item"):
        read_news(Document("<rss><channel></channel></rss>", (), "application/rss+xml", "en"))
