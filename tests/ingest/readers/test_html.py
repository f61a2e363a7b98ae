"""HTML: blocks of contracts and acts, articles of news pages, hostile pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.readers import read_document
from kb.errors import UnreadableError
from kb.model import BlockKind, Document, Kind
from tests.ingest.readers.samples import CHINESE, ENGLISH

GDPR = Path("../shared/data/regulations/eu-gdpr/gdpr.html")


def read(html: str, kind: Kind | None = Kind.CONTRACT) -> Document:
    document = read_document(f"<html><body>{html}</body></html>".encode(), "a.html", kind=kind)
    for block in document.blocks:
        assert document.text[block.start : block.end].strip() != ""
    return document


def test_blocks_entities_breaks_and_hidden_parts() -> None:
    document = read(
        "<h2>Scope &amp; term</h2><p>One<br>two &ldquo;three&rdquo;&nbsp;&nbsp;four<!-- no --></p>"
        "<script>x<y</script><style>p{}</style><p style='display:none'>no</p><div hidden>no<p>no</p></div><p>last</p>"
        "<noscript>no</noscript><p>a<del>old</del><ins>new</ins> <b>bo</b>ld</p>"
    )
    assert document.text == "Scope & term\n\nOne\ntwo “three” four\n\nlast\n\nanew bold"
    assert document.blocks[0].kind is BlockKind.HEADING
    assert document.blocks[0].level == 2
    assert any("'old'" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    ("html", "numbers"),
    [
        ("<ol><li>x<li>x</ol>", ["1.", "2."]),
        ("<ol start=5><li>x<li>x</ol>", ["5.", "6."]),
        ("<ol type=a start=26><li>x<li>x</ol>", ["z.", "aa."]),
        ("<ol type=I><li>x<li value=9>x<li>x</ol>", ["I.", "IX.", "X."]),
        ("<ol reversed start=3><li>x<li>x</ol>", ["3.", "2."]),
        ("<ol style='list-style-type:lower-roman'><li>x<li>x</ol>", ["i.", "ii."]),
        ("<ol style='list-style-type: cjk-ideographic'><li>x<li>x</ol>", ["一、", "二、"]),
        ("<ol style='list-style:none'><li>x</ol>", [None]),
        ("<ul><li>x</ul>", [None]),
        ("<ol><li>(1) typed<li>(b) typed</ol>", ["(1)", "(b)"]),
        ("<ol><li>x<ol type=a><li>y</ol><li>z</ol>", ["1.", "a.", "2."]),
        ("<ol start=99999999999><li>x</ol>", ["1."]),
    ],
)
def test_list_numbers_are_those_a_browser_shows(html: str, numbers: list[str | None]) -> None:
    document = read(html)
    assert [block.number for block in document.blocks] == numbers
    for block in document.blocks:
        assert block.number is None or document.text[block.start :].startswith(block.number)


def test_data_tables_have_cells_and_layout_rows_are_clauses() -> None:
    clause = "The Supplier shall deliver the Goods to the place that the Buyer has named to it."
    document = read(
        "<table><tr><th>Item<th>Price<tr><td>Chair<td>EUR 5</table>"
        f"<table><tr><td>(a)</td><td>{clause}</td></tr></table>"
        "<table><tr><td><p>one</p><table><tr><td>in</td><td>ner</td></tr></table></td></tr></table>"
    )
    cells = {document.text[b.start : b.end]: b.cell for b in document.blocks if b.cell is not None}
    assert cells == {
        "Item": (0, 0, 0), "Price": (0, 0, 1), "Chair": (0, 1, 0), "EUR 5": (0, 1, 1),
        "in": (1, 0, 0), "ner": (1, 0, 1),
    }  # fmt: skip
    assert "Item\tPrice\nChair\tEUR 5\n" in document.text
    item = next(block for block in document.blocks if block.kind is BlockKind.LIST_ITEM)
    assert item.number == "(a)"
    assert document.text[item.start : item.end] == f"(a)\t{clause}"


def test_page_numbers_and_page_ends_do_not_cut_sentences() -> None:
    document = read("<p>The Supplier shall deliver</p><p>- 7 -</p><hr><p>the Goods.</p><p>7</p><p>stays</p>")
    assert document.text == "The Supplier shall deliver the Goods.\n\n7\n\nstays"


def test_preformatted_text_keeps_its_lines() -> None:
    document = read("<pre>\n  SUPPLY AGREEMENT\n\n  1. The parties\n     agree.\n</pre><p>after</p>")
    assert document.text == "  SUPPLY AGREEMENT\n\n  1. The parties\n     agree.\n\nafter"
    assert document.text[document.blocks[0].start : document.blocks[0].end] == "SUPPLY AGREEMENT"


def test_an_edgar_envelope_is_taken_off() -> None:
    page = f"<HTML><BODY><P>{ENGLISH}</P></BODY></HTML>"
    data = f"<DOCUMENT>\n<TYPE>EX-10.1\n<SEQUENCE>2\n<TEXT>\n{page}\n</TEXT>\n</DOCUMENT>"
    assert read_document(data.encode(), "ex10.txt", kind=Kind.CONTRACT).text == ENGLISH


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        ('<meta charset="gb2312">', "gb18030"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=GBK">', "gb18030"),
        ('<meta charset="utf-8">', "gb18030"),
        ("", "gb18030"),
        ("", "utf-16"),
        ('<meta charset="big5">', "big5hkscs"),
    ],
)
def test_the_charset_of_a_page_is_found(head: str, codec: str) -> None:
    text = CHINESE if codec != "big5hkscs" else "本合同自簽訂之日起生效，有效期為三年，雙方應當遵守。"  # traditional
    data = f"<html><head>{head}<title>{text[:6]}</title></head><body><p>{text}</p></body></html>".encode(codec)
    document = read_document(data, "a.html", kind=Kind.REGULATION)
    assert document.text == text
    assert document.title == text[:6]


@pytest.mark.parametrize("depth", [200, 200_000])
def test_deep_nesting_loses_no_words(depth: int) -> None:
    assert read("<div>" * depth + "<p>deep" + "</div>" * depth + "<p>after").text == "deep\n\nafter"
    assert "deep" in read("<table><tr><td>" * min(depth, 5_000) + "deep").text
    assert "deep" in read("<ol><li>" * depth + "deep", kind=Kind.NEWS).text


def test_entity_bombs_and_external_entities_stay_harmless(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("CANARY")
    entities = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">'
    bomb = f'<!DOCTYPE html [{entities}<!ENTITY x SYSTEM "file://{secret}">]>'
    document = read_document(f"{bomb}<html><body><p>text &b; &x;</p></body></html>".encode(), "a.html")
    assert "CANARY" not in document.text
    assert len(document.text) < 500


NEWS = f"""<!DOCTYPE html><html lang="en"><head><title>Regulator fines Northwind | Example Times</title>
<meta property="og:type" content="article"><meta property="og:site_name" content="Example Times">
<meta property="og:title" content="Regulator fines Northwind">
<meta property="article:published_time" content="2025-03-04T08:00:00Z">
<link rel="canonical" href="https://example.org/n/1">
</head><body><nav><a href="/">Home</a><a href="/b">Business</a></nav><article><h1>Regulator fines Northwind</h1>
<p>{ENGLISH}</p><p>{ENGLISH.replace("Goods", "Works")}</p><p>{ENGLISH.replace("Goods", "Parts")}</p></article>
<aside>Subscribe to our newsletter</aside>
<footer>Copyright Example Times. All rights reserved.</footer></body></html>"""


@pytest.mark.parametrize("kind", [None, Kind.NEWS])
def test_a_news_page_gives_its_article_with_title_date_publisher_and_address(kind: Kind | None) -> None:
    document = read_document(NEWS.encode(), "news.html", kind=kind)
    assert document.title == "Regulator fines Northwind"
    assert document.text.startswith("Regulator fines Northwind\n\nThis Supply Agreement")
    assert document.text.count("Regulator fines Northwind") == 1
    assert "Works" in document.text
    assert "newsletter" not in document.text
    assert "Home" not in document.text
    assert document.metadata["published"] == "2025-03-04"
    assert document.metadata["publisher"] == "Example Times"
    assert document.metadata["url"] == "https://example.org/n/1"


def test_a_page_that_is_said_to_be_a_contract_is_read_whole() -> None:
    document = read_document(NEWS.encode(), "a.html", kind=Kind.CONTRACT)
    assert "newsletter" in document.text


def test_a_news_page_without_an_article_is_read_whole_with_a_warning() -> None:
    document = read("<p>Short.</p>", kind=Kind.NEWS)
    assert "Short." in document.text


def test_a_page_without_words_is_empty() -> None:
    with pytest.raises(UnreadableError) as caught:
        read("<script>x</script><img src=x>")
    assert caught.value.code == "empty"


@pytest.mark.shared
@pytest.mark.skipif(not GDPR.exists(), reason="the evaluation data of ../shared/data is not here")
def test_the_general_data_protection_regulation_reads_whole() -> None:
    document = read_document(GDPR.read_bytes(), GDPR.name, kind=Kind.REGULATION)
    headings = [document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.HEADING]
    articles = [heading for heading in headings if heading.startswith("Article ")]
    assert len(articles) == 99
    assert document.language == "en"
    recitals = [block.number for block in document.blocks if block.kind is BlockKind.LIST_ITEM]
    assert recitals[:173] == [f"{number}." for number in range(1, 174)]
