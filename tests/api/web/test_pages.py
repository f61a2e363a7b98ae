import dataclasses
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from api.web.pages import SECURITY_HEADERS, Pages
from kb.errors import NotFoundError, QueryError, StoreOwnedError
from tests.api.web.conftest import serving
from tests.api.web.sample import CHINESE, ENGLISH, SampleData, span

PAGES = [
    "/",
    "/?q=liability",
    "/?q=liability&level=high&level=low&type=clause&sort=title&offset=20",
    "/?q=nothing",
    "/search?type=clause",
    "/documents/doc-en",
    "/documents/doc-zh?at=110-140",
    "/partners/northwind",
    "/findings",
    "/documents",
    "/documents?kind=contract",
    "/partners",
    "/partners?offset=50",
    "/hits",
    "/hits?status=all&list=Sample&score=0.9&offset=0",
    "/hits?hit=W%3AW-9%40document%3Ddoc-zh%2Bname%3D%E7%8E%8B%E4%BC%9F",
    "/hits?hit=nobody",
    "/alerts",
    "/alerts?show=all&kind=new_flag&offset=0",
    "/findings?outcome=&level=high&rule=clause%2Funlimited-liability",
    "/rules",
    "/rules/clause/unlimited-liability",
    "/rules/clause%2Funlimited-liability",
    "/terms/Governing%20Law",
]

VOID = {"meta", "link", "input", "img", "br", "hr"}


class Outline(HTMLParser):
    """Checks nesting, and collects what a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] or "" for _, attributes in self.elements if attribute in attributes]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_sound_html_in_both_languages(client: httpx.Client, path: str, language: str) -> None:
    response = client.get(path, headers={"Accept-Language": language})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Outline(response.text)
    assert dict(page.elements[0][1])["lang"] == {"en": "en", "zh": "zh-Hans"}[language]
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert sum(tag == "h1" for tag, _ in page.elements) == 1
    fields = [
        attributes
        for tag, attributes in page.elements
        if tag in {"input", "select"} and attributes.get("type") != "hidden"
    ]
    labelled = set(page.values("for"))
    inside_labels = re.findall(r"<label>[^<]+<select name=\"(\w+)\"", response.text)
    for field in fields:
        assert field.get("aria-label") or field.get("id") in labelled or field.get("name") in inside_labels
    local = [place[1:] for place in page.values("href") if place.startswith("#")]
    assert set(local) <= set(ids)
    assert ("发现" in page.text) == (language == "zh")


@pytest.mark.parametrize("path", [*PAGES, "/documents/none", "/static/style.css", "/?q=*a"])
def test_nothing_inline_and_nothing_from_elsewhere(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    if path.startswith("/static/"):
        assert "url(" not in response.text
        assert "@import" not in response.text
        return
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    assert "unsafe" not in response.headers["content-security-policy"]
    page = Outline(response.text)
    for tag, attributes in page.elements:
        assert tag not in {"style", "iframe", "object", "embed", "base"}
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert tag != "script" or attributes["src"]
    for place in page.values("src") + page.values("href") + page.values("action"):
        assert place.startswith(("/", "#", "?")), place
        assert not place.startswith("//")


def twisted(value: Any, payload: str, kept: frozenset[str]) -> Any:
    """Put ``payload`` into every text of a view, except where it decides which template branch is taken."""
    if isinstance(value, str):
        return value + payload
    if isinstance(value, tuple):
        return tuple(twisted(item, payload, kept) for item in value)
    if isinstance(value, dict):
        return {twisted(key, payload, kept): twisted(item, payload, kept) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: twisted(getattr(value, field.name), payload, kept)
            for field in dataclasses.fields(value)
            if field.name not in kept
        }
        return dataclasses.replace(value, **changes)
    return value


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)//",
    "{{ 1234567*2 }}{% raw %}",
    "</mark></p></article><svg/onload=alert(1)>",
    "\u202e\x00\ud800&lt;b&gt;",
]


class Hostile:
    """The sample with a payload in every text, ids and codes included."""

    def __init__(self, payload: str) -> None:
        self._payload = payload

    def __getattr__(self, name: str) -> Any:
        method = getattr(SampleData(), name)

        def call(*args: Any, **options: Any) -> Any:
            identity = {"document_page": "doc-en", "partner_page": "northwind", "rule": "clause/unlimited-liability"}
            identity["term"] = "Governing Law"
            found = method(*(identity.get(name, argument) for argument in args), **options)
            return twisted(found, self._payload, frozenset({"outcome"}))

        return call


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_texts_stay_text_in_every_field_of_every_page(payload: str) -> None:
    clean: dict[str, list[str]] = {}
    paths = PAGES
    with serving(SampleData()) as place, httpx.Client(base_url=place, trust_env=False) as client:
        for path in paths:
            clean[path] = sorted({tag for tag, _ in Outline(client.get(path).text).elements})
    hostile: Pages = Hostile(payload)
    shown = 0
    with serving(hostile) as place, httpx.Client(base_url=place, trust_env=False) as client:
        for path in paths:
            response = client.get(
                path, params={**dict(httpx.URL(path).params), "x": payload.encode("utf-8", "replace").decode()}
            )
            assert response.status_code == 200, path
            page = Outline(response.text)
            assert {tag for tag, _ in page.elements} <= {*clean[path], "ul", "p", "details", "summary", "footer"}
            for tag, attributes in page.elements:
                assert not any(name.startswith("on") for name in attributes), (path, tag, attributes)
                assert tag != "script" or (attributes["src"] or "").startswith("/static/")
            for address in page.values("href") + page.values("src"):
                assert address.startswith(("/", "#", "?")), address
                assert not address.startswith("//"), address
            assert "2469134" not in page.text
            shown += payload.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")[:8] in page.text.replace(
                "\x00", "\ufffd"
            )
    assert shown >= len(paths) - 4


def test_search_terms_from_the_address_stay_text(client: httpx.Client) -> None:
    response = client.get(
        "/", params={"q": '"><script>alert(1)</script>', "level": '"><b>', "sort": "<i>", "lang": "<u>"}
    )
    page = Outline(response.text)
    assert not {"b", "i", "u"} & {tag for tag, _ in page.elements if tag in {"i", "u"}}
    assert "<script>alert" not in response.text
    assert page.values("value")[0] == '"><script>alert(1)</script>'


def test_language_can_be_switched_and_is_remembered(client: httpx.Client) -> None:
    first = client.get("/?q=liability&lang=zh")
    assert "条结果" in first.text
    assert client.cookies["duegraph-language"] == "zh"
    assert "条结果" in client.get("/?q=liability").text
    switch = next(a["href"] for t, a in Outline(first.text).elements if t == "a" and a.get("class") == "language")
    assert switch == "/?q=liability&lang=en"
    assert "results" in client.get(switch).text


def test_a_hit_leads_to_its_words_marked_in_the_document(client: httpx.Client) -> None:
    page = client.get("/?q=liability").text
    start, end = span(ENGLISH, "liability under this Agreement is unlimited")
    address = f"/documents/doc-en?at={start}-{start + len('liability')}#passage"
    assert f'href="{address}"' in page
    document = client.get(address).text
    assert '<span class="anchor" id="passage"></span><span class="passage">' in document
    assert end > start


def test_findings_and_their_words_point_at_each_other(client: httpx.Client) -> None:
    html = client.get("/documents/doc-en").text
    page = Outline(html)
    ids = set(page.values("id"))
    assert {"finding-0", "finding-1", "finding-2", "evidence-1-0", "evidence-1-1", "c1", "c4"} <= ids
    marks = [attributes["data-findings"] for tag, attributes in page.elements if tag == "mark"]
    assert set(marks) == {"0", "1", "2"}
    for anchor in re.findall(r"#(evidence-\d-\d)", html):
        assert anchor in ids
    assert page.text.count("The Customer's liability under this Agreement is unlimited.") == 2


def test_long_documents_come_in_parts_and_evidence_is_found_in_the_right_one() -> None:
    class Long(SampleData):
        def document_page(self, document: str) -> Any:
            page = super().document_page(document)
            filler = "filler line of the agreement\n" * 12_000
            moved = [
                dataclasses.replace(
                    finding,
                    evidence=tuple(
                        dataclasses.replace(one, start=one.start + len(filler), end=one.end + len(filler))
                        for one in finding.evidence
                    ),
                )
                for finding in page.findings
            ]
            return dataclasses.replace(page, text=filler + page.text, findings=tuple(moved), clauses=(), references=())

    with serving(Long()) as place, httpx.Client(base_url=place, trust_env=False) as client:
        first = client.get("/documents/doc-en").text
        assert "Part 1 of 3" in first
        assert 'id="evidence-0-0"' not in first
        link = re.search(r'href="(/documents/doc-en\?at=\d+)#evidence-0-0"', first)
        assert link is not None
        assert 'id="evidence-0-0"' in client.get(link.group(1)).text
        assert "Part 3 of 3" in client.get("/documents/doc-en?at=99999999999").text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_errors_say_what_and_what_to_do_without_saying_more(language: str) -> None:
    class Failing(SampleData):
        def document_page(self, document: str) -> Any:
            raise {"a": NotFoundError("Gone <b>x</b>.", remedy="Look elsewhere."), "b": StoreOwnedError("Busy.")}[
                document
            ]

        def findings(self, **_: Any) -> Any:
            raise QueryError("Bad level.", remedy="Use high.")

    with serving(Failing()) as place, httpx.Client(base_url=place, trust_env=False) as client:
        client.headers["Accept-Language"] = language
        gone = client.get("/documents/a")
        assert gone.status_code == 404
        assert "Gone &lt;b&gt;x&lt;/b&gt;." in gone.text
        assert "Look elsewhere." in gone.text
        assert "not-found" in gone.text
        assert client.get("/documents/b").status_code == 503
        assert client.get("/findings").status_code == 400
        refused = client.get("/?q=*a")
        assert refused.status_code == 400
        assert "Write letters first." in refused.text
        assert 'value="*a"' in refused.text


@pytest.mark.parametrize("offset", ["-1", "x", "1e9", "9" * 30, "٣", ""])
def test_odd_offsets_and_places_begin_at_the_beginning(client: httpx.Client, offset: str) -> None:
    assert client.get("/", params={"q": "liability", "offset": offset}).status_code == 200
    assert client.get("/findings", params={"offset": offset}).status_code == 200
    assert CHINESE[:4] in client.get("/documents/doc-zh", params={"at": offset}).text


def test_files_of_the_pages_are_cached_by_content(client: httpx.Client) -> None:
    html = client.get("/").text
    address = re.search(r'href="(/static/style\.css\?v=\w+)"', html)
    assert address is not None
    style = client.get(address.group(1))
    assert "immutable" in style.headers["cache-control"]
    assert client.get(address.group(1), headers={"If-None-Match": style.headers["etag"]}).status_code == 304
    assert client.get("/static/style.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/page.js").headers["content-type"].startswith("text/javascript")
    for name in ("none.css", "..%2fpages.py", "%2e%2e/pages.py"):
        assert client.get(f"/static/{name}").status_code == 404


def test_a_first_page_weighs_little(client: httpx.Client) -> None:
    assert sum(len(client.get(path).content) for path in ("/static/style.css", "/static/page.js")) < 60_000


def test_partner_page_shows_three_answers_of_a_check_and_never_guesses(client: httpx.Client) -> None:
    text = Outline(client.get("/partners/northwind").text).text
    assert "✓ valid" in text
    assert "✗ not valid" in text
    assert "cannot be checked" in text
    assert "北风贸易有限公司" in text
    assert "Northwind is the same; Traders resembles Trading" in text


def test_documents_are_listed_with_the_most_serious_first_and_by_kind(client: httpx.Client) -> None:
    text = client.get("/documents").text
    assert text.index("采购合同") < text.index("Supply agreement") < text.index("&lt;b&gt;Old&lt;/b&gt; news")
    contracts = client.get("/documents", params={"kind": "contract"}).text
    assert "采购合同" in contracts
    assert "news.html" not in contracts
    assert "news.html" in client.get("/documents", params={"kind": "<script>"}).text


def test_partners_are_listed_with_the_most_serious_first_and_page_by_page(client: httpx.Client) -> None:
    first = client.get("/partners").text
    assert first.index("天远科技有限公司") < first.index("Partner 000")
    assert "On a list" in first
    assert "Partner 069" not in first
    assert 'href="/partners?offset=50"' in first
    assert "Partner 069" in client.get("/partners?offset=50").text
    assert "列入名单" in client.get("/partners?lang=zh").text
