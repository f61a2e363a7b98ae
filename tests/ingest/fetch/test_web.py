"""Fetching an address: what servers do, kindly or not, ends in a page or in one clear error."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from ingest.fetch import FetchPolicy, Validators, fetch
from kb.errors import InputError, LimitError, UnreadableError
from tests.ingest.fetch.server import Answer, Site, site

POLICY = FetchPolicy(max_bytes=100_000, seconds=5.0, attempts=3, private=True, sleep=lambda _: None)


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as found:
        yield found


def test_a_page_is_fetched_and_asked_for_again_only_if_it_changed(web: Site) -> None:
    url = web.tagged("/list.csv", "id,name\n1,Acme\n")
    first = fetch(url, POLICY)
    assert first.data == b"id,name\n1,Acme\n"
    assert fetch(url, POLICY, first.validators).data is None
    web.tagged("/list.csv", "id,name\n1,Acme\n2,Other\n")
    again = fetch(url, POLICY, first.validators)
    assert again.data is not None
    assert again.validators != first.validators


def test_the_date_of_a_page_is_sent_back_too(web: Site) -> None:
    url = web.put("/a", "x", Last_Modified="Mon, 23 Nov 2026 08:00:00 GMT")
    page = fetch(url, POLICY)
    fetch(url, POLICY, page.validators)
    assert web.asked[1][1]["If-Modified-Since"] == "Mon, 23 Nov 2026 08:00:00 GMT"
    assert "If-None-Match" not in web.asked[1][1]


def test_without_the_setting_this_machine_is_not_asked(web: Site) -> None:
    url = web.put("/a", "secret")
    with pytest.raises(InputError) as caught:
        fetch(url, replace(POLICY, private=False))
    assert caught.value.code == "address-refused"
    assert web.asked == []


def test_a_redirect_to_a_private_address_is_refused(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public here, where it is this machine; the second one is looked at for itself."""
    from ingest.fetch import address

    real = address.allowed
    monkeypatch.setattr(address, "allowed", lambda ip, *, private: ip == "127.0.0.1" or real(ip, private=private))
    for target in ("http://10.0.0.1/x", "http://169.254.169.254/latest/meta-data", "http://[::1]:1/", "//192.168.0.1/"):
        web.pages["/go"] = (302, {"Location": target}, b"")
        with pytest.raises(InputError) as caught:
            fetch(f"{web.address}/go", replace(POLICY, private=False))
        assert caught.value.code == "address-refused"
    for target in ("file:///etc/passwd", "ftp://example.org/", "gopher://x/", "http://me:pw@example.org/"):
        web.pages["/go"] = (302, {"Location": target}, b"")
        with pytest.raises(InputError) as caught:
            fetch(f"{web.address}/go", POLICY)
        assert caught.value.code == "address-refused"


def test_redirects_are_followed_but_not_for_ever(web: Site) -> None:
    web.put("/end", "here")
    for number in range(4):
        web.pages[f"/{number}"] = (301, {"Location": f"/{number + 1}" if number < 3 else "/end"}, b"")
    page = fetch(f"{web.address}/0", POLICY)
    assert (page.data, page.url) == (b"here", f"{web.address}/end")
    web.pages["/loop"] = (302, {"Location": "/loop"}, b"")
    with pytest.raises(UnreadableError) as caught:
        fetch(f"{web.address}/loop", POLICY)
    assert caught.value.code == "redirects"
    web.pages["/bad"] = (302, {"Location": "http://host:port/"}, b"")
    with pytest.raises(UnreadableError) as caught:
        fetch(f"{web.address}/bad", POLICY)
    assert caught.value.code in {"bad-address", "no-answer"}  # the client may refuse it first


def test_the_connection_goes_to_the_address_that_was_judged(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    web.put("/a", "x")
    calls: list[str] = []
    real = socket.getaddrinfo

    def once(host: Any, *arguments: Any, **named: Any) -> Any:
        calls.append(host)
        if host == "rebound.example":
            return real(
                "127.0.0.1" if len([c for c in calls if c == host]) == 1 else "10.255.255.1", *arguments, **named
            )
        return real(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    page = fetch(web.address.replace("127.0.0.1", "rebound.example") + "/a", POLICY)
    assert page.data == b"x"
    assert calls.count("rebound.example") == 1
    assert web.asked[0][1]["Host"].startswith("rebound.example:")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_failures_that_may_pass_are_tried_again(web: Site, status: int) -> None:
    waits: list[float] = []
    answers: Iterator[Answer] = iter([(status, {}, b""), (status, {}, b""), (200, {}, b"at last")])
    web.pages["/a"] = lambda _: next(answers)
    page = fetch(f"{web.address}/a", replace(POLICY, sleep=waits.append))
    assert page.data == b"at last"
    assert len(waits) == 2
    assert waits[0] < waits[1]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_failures_that_stay_are_not_tried_again(web: Site, status: int) -> None:
    web.pages["/a"] = (status, {}, b"no")
    with pytest.raises(UnreadableError) as caught:
        fetch(f"{web.address}/a", POLICY)
    assert caught.value.code == f"http-{status}"
    assert len(web.asked) == 1


def test_a_server_that_asks_for_patience_gets_it_within_reason(web: Site) -> None:
    waits: list[float] = []
    answers: list[Answer] = [(429, {"Retry-After": "7"}, b""), (200, {}, b"x")]
    web.pages["/a"] = lambda _: answers.pop(0)
    assert fetch(f"{web.address}/a", replace(POLICY, sleep=waits.append)).data == b"x"
    assert waits == [7.0]
    from datetime import UTC, datetime, timedelta

    later = format_datetime(datetime.now(UTC) + timedelta(hours=3), usegmt=True)
    for asked in ("86400", later):
        web.pages["/a"] = (503, {"Retry-After": asked}, b"")
        before = len(web.asked)
        with pytest.raises(UnreadableError, match="503"):
            fetch(f"{web.address}/a", replace(POLICY, sleep=waits.append))
        assert len(web.asked) == before + 1
    web.pages["/a"] = (503, {"Retry-After": "soon"}, b"")
    with pytest.raises(UnreadableError, match="503"):
        fetch(f"{web.address}/a", POLICY)


def test_a_huge_body_is_cut_off_whether_its_length_is_told_or_not(web: Site) -> None:
    sent: list[int] = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(5000):
                handler.wfile.write(bytes(10_000))
                sent.append(10_000)
        except OSError:
            return

    web.pages["/endless"] = endless
    web.put("/told", bytes(200_000))
    for path in ("/endless", "/told"):
        with pytest.raises(LimitError) as caught:
            fetch(web.address + path, POLICY)
        assert caught.value.code == "too-large"
    assert sum(sent) < 30_000_000


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_packed_body_is_unpacked_within_the_limit(web: Site, coding: str) -> None:
    pack = gzip.compress if coding == "gzip" else zlib.compress
    assert fetch(web.put("/a", pack(b"words " * 100), Content_Encoding=coding), POLICY).data == b"words " * 100
    with pytest.raises(LimitError):
        fetch(web.put("/bomb", pack(bytes(50_000_000)), Content_Encoding=coding), POLICY)
    with pytest.raises(UnreadableError) as caught:
        fetch(web.put("/torn", pack(b"words " * 100)[:-9], Content_Encoding=coding), POLICY)
    assert caught.value.code in {"cut-short", "encoding"}
    with pytest.raises(UnreadableError) as caught:
        fetch(web.put("/lie", b"not packed", Content_Encoding=coding), POLICY)
    assert caught.value.code == "encoding"
    with pytest.raises(UnreadableError):
        fetch(web.put("/br", b"x", Content_Encoding="br"), POLICY)


def test_a_server_that_dribbles_is_left(web: Site) -> None:
    def dribble(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        _slowly(handler, b"x" * 200)

    def dribble_headers(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        _slowly(handler, b"y" * 200)

    web.pages["/body"], web.pages["/headers"] = dribble, dribble_headers
    for path in ("/body", "/headers"):
        started = time.monotonic()
        with pytest.raises(LimitError) as caught:
            fetch(web.address + path, replace(POLICY, seconds=0.4))
        assert caught.value.code == "too-slow"
        assert time.monotonic() - started < 8  # far from the ten seconds it would dribble


def _slowly(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    try:
        for number in range(len(data)):
            handler.wfile.write(data[number : number + 1])
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


def test_a_server_that_hangs_up_is_tried_again(web: Site) -> None:
    tries: list[int] = []

    def hang_up(handler: BaseHTTPRequestHandler) -> Answer | None:
        tries.append(1)
        return None if len(tries) < 3 else (200, {}, b"x")

    web.pages["/a"] = hang_up
    assert fetch(f"{web.address}/a", POLICY).data == b"x"
    tries.clear()
    with pytest.raises(UnreadableError) as caught:
        fetch(f"{web.address}/a", replace(POLICY, attempts=2))
    assert caught.value.code == "no-answer"


def test_nobody_listening_is_an_error(web: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnreadableError) as caught:
        fetch(f"http://127.0.0.1:{port}/", POLICY)
    assert caught.value.code == "no-answer"


def test_a_body_that_ends_early_is_no_page(web: Site) -> None:
    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"only this")

    web.pages["/a"] = short
    with pytest.raises(UnreadableError) as caught:
        fetch(f"{web.address}/a", POLICY)
    assert caught.value.code == "no-answer"


def test_validators_of_a_hostile_server_are_cut(web: Site) -> None:
    page = fetch(web.put("/a", "x", ETag='"' + "e" * 5000 + '"'), POLICY)
    assert len(page.validators.etag) <= 500
    assert Validators() == Validators("", "")
