"""Bytes no client library would send, straight onto the socket: never a 5xx, never a server that stops answering."""

from __future__ import annotations

import contextlib
import gc
import json
import socket
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.api.texts import CHINESE

JSON = b"Content-Type: application/json"
FORM = b"Content-Type: multipart/form-data; boundary=b"


def post(path: str, body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    """Return the bytes of a POST request."""
    size = b"Content-Length: %d" % (len(body) if length is None else length)
    lines = [b"POST %s HTTP/1.1" % path.encode(), b"Host: x", b"Connection: close", size, *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def get(path: bytes, *headers: bytes, host: bytes = b"Host: x") -> bytes:
    """Return the bytes of a GET request."""
    return b"\r\n".join([b"GET %s HTTP/1.1" % path, host, b"Connection: close", *headers]) + b"\r\n\r\n"


def part(disposition: bytes, data: bytes = CHINESE.encode(), end: bytes = b"\r\n--b--\r\n", more: bytes = b"") -> bytes:
    """Return a multipart body of one part."""
    return b"--b\r\nContent-Disposition: form-data; " + disposition + b"\r\n" + more + b"\r\n" + data + end


def field(name: bytes, value: bytes) -> bytes:
    """Return a multipart body of a good file and one form field."""
    return part(b'name="file"; filename="a.txt"', end=b"\r\n") + part(b'name="%s"' % name, value)


CHECKS, SCREEN, SPARQL, DOCUMENTS = "/v1/checks", "/v1/screen", "/v1/sparql", "/v1/documents"
FILE = b'name="file"; filename="a.txt"'

BODIES: dict[str, tuple[str, bytes]] = {
    "NaN": (CHECKS, b'{"subjects": [NaN]}'),
    "infinity": (SCREEN, b'{"queries": [{"name": "x"}], "limit": Infinity}'),
    "minus infinity": (SCREEN, b'{"queries": [{"name": "x"}], "limit": -Infinity}'),
    "huge float": (SCREEN, b'{"queries": [{"name": "x"}], "limit": 1e999}'),
    "10k digits": (SCREEN, b'{"queries": [{"name": "x"}], "limit": ' + b"9" * 10_000 + b"}"),
    "4k digits": (SCREEN, b'{"queries": [{"name": "x"}], "limit": ' + b"9" * 4_000 + b"}"),
    "lone surrogate": (SCREEN, rb'{"queries": [{"name": "\ud800"}]}'),
    "lone surrogate subject": (CHECKS, rb'{"subjects": ["\ud800"]}'),
    "lone surrogate rule": (CHECKS, rb'{"rules": ["\udfff"]}'),
    "lone surrogate key": (CHECKS, rb'{"\ud800": 1}'),
    "lone surrogate query": (SPARQL, rb'{"query": "ASK { ?s ?p \"\ud800\" }"}'),
    "NUL in a name": (SCREEN, rb'{"queries": [{"name": "a\u0000b"}]}'),
    "NUL in a query": (SPARQL, rb'{"query": "ASK { ?s ?p \"\u0000\" }"}'),
    "NUL in a subject": (CHECKS, rb'{"subjects": ["\u0000"]}'),
    "nested 300": (CHECKS, b'{"subjects": ' + b"[" * 300 + b"]" * 300 + b"}"),
    "nested 100k": (CHECKS, b'{"subjects": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "open 100k": (CHECKS, b"[" * 100_000),
    "objects 5k": (CHECKS, b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
    "duplicate keys": (SCREEN, b'{"queries": [], "queries": [{"name": "x y"}], "limit": 1, "limit": 2}'),
    "bad UTF-8": (CHECKS, b'{"subjects": ["\xff\xfe"]}'),
    "overlong UTF-8": (CHECKS, b'{"subjects": ["\xc0\xaf"]}'),
    "UTF-16": (CHECKS, '{"subjects": []}'.encode("utf-16")),
    "UTF-32": (CHECKS, '{"subjects": ["x"]}'.encode("utf-32")),
    "a BOM": (CHECKS, b"\xef\xbb\xbf{}"),
    "empty body": (CHECKS, b""),
    "a number": (CHECKS, b"1"),
    "null": (CHECKS, b"null"),
    "a list": (CHECKS, b"[]"),
    "a string": (SPARQL, b'"ASK {}"'),
    "wrong types": (SCREEN, b'{"queries": {"name": 1}, "limit": "many"}'),
    "prototype keys": (CHECKS, b'{"__proto__": {}, "constructor": 1, "__class__": "x"}'),
    "far date": (CHECKS, b'{"as_of": "9999-12-31"}'),
    "first date": (CHECKS, b'{"as_of": "0001-01-01"}'),
    "date as number": (CHECKS, b'{"as_of": 99999999999999999999}'),
    "huge date number": (CHECKS, b'{"known_at": 1e308}'),
    "time without zone": (CHECKS, b'{"known_at": "2026-01-01T00:00:00"}'),
    "first time": (CHECKS, b'{"known_at": "0001-01-01T00:00:00+14:00"}'),
    "last time": (CHECKS, b'{"known_at": "9999-12-31T23:59:59-14:00"}'),
    "many names": (SCREEN, json.dumps({"queries": [{"name": "x"}] * 1001}).encode()),
    "long name": (SCREEN, json.dumps({"queries": [{"name": "x" * 2001}]}).encode()),
    "longish name": (SCREEN, json.dumps({"queries": [{"name": "x " * 999}]}).encode()),
    "emoji name": (SCREEN, json.dumps({"queries": [{"name": "🦉" * 300}]}).encode()),
    "combining marks": (SCREEN, json.dumps({"queries": [{"name": "a" + "\u0301" * 1500}]}).encode()),
    "birth date": (SCREEN, b'{"queries": [{"name": "x y", "birth_date": "0000-99-99"}]}'),
    "country": (SCREEN, '{"queries": [{"name": "x y", "country": "ß1"}]}'.encode()),
    "long query": (SPARQL, json.dumps({"query": "x" * 70_000}).encode()),
    "killer query": (
        SPARQL,
        json.dumps({"query": "SELECT * WHERE { ?s ?p ?o FILTER(" + "!" * 60_000 + "true) }"}).encode(),
    ),
    "decision on nothing": ("/v1/findings/%00/decisions", b'{"status": "accepted", "reason": "x"}'),
    "surrogate reason": ("/v1/findings/f-1/decisions", rb'{"status": "accepted", "reason": "\ud800"}'),
}
FORMS: dict[str, bytes] = {
    "path name": part(b'name="file"; filename="../../etc/passwd"'),
    "bad UTF-8 name": part(b'name="file"; filename="\xff\xfe.txt"'),
    "surrogate name": part(b'name="file"; filename="\xed\xa0\x80.txt"'),
    "NUL name": part(b'name="file"; filename="a\x00b.txt"'),
    "empty name": part(b'name="file"; filename=""'),
    "long name": part(b'name="file"; filename="' + b"x" * 9000 + b'.txt"'),
    "quoted name": part(b'name="file"; filename="a\\"b;c.txt"'),
    "star name": part(b"name=\"file\"; filename*=UTF-8''%2e%2e%2fx%00.txt"),
    "no file": part(b'name="other"; filename="a.txt"'),
    "text for file": part(b'name="file"'),
    "no name": part(b'filename="a.txt"'),
    "no disposition": b"--b\r\n\r\nx\r\n--b--\r\n",
    "wrong boundary": part(FILE).replace(b"--b", b"--c"),
    "only boundary": b"--b--\r\n",
    "empty": b"",
    "two files": part(FILE, end=b"\r\n") + part(FILE),
    "odd transfer encoding": part(FILE, more=b"Content-Transfer-Encoding: base64\r\n"),
    "odd type": part(FILE, more=b"Content-Type: \xff/\x00; charset=x\r\n"),
    "long header": part(FILE, more=b"X-A: " + b"a" * 20_000 + b"\r\n"),
    "many headers": part(FILE, more=b"X: y\r\n" * 3_000),
    "many fields": b"".join(part(b'name="f%d"' % n, b"x", b"\r\n") for n in range(1200)) + b"--b--\r\n",
    "unknown kind": field(b"kind", b"thing"),
    "bad source": field(b"source", b"\xff\xfe"),
    "bad key": field(b"source_key", b"src-../../../../../etc"),
    "bad flag": field(b"again", b"perhaps"),
    "NUL source": field(b"source", b"a\x00/../b"),
}
GETS: dict[str, bytes] = {
    "bad escapes": get(b"/v1/search?q=%ff%fe%zz"),
    "NUL query": get(b"/v1/search?q=%00"),
    "surrogate query": get(b"/v1/search?q=%ED%A0%80"),
    "repeated": get(b"/v1/search?q=a&q=b&limit=1&limit=x"),
    "huge offset": get(b"/v1/search?q=a&offset=" + b"9" * 5000),
    "unicode digits": get(b"/v1/findings?offset=" + quote("٣").encode()),
    "raw bytes": get("/v1/search?q=合同".encode()),
    "climbing": get(b"/v1/documents/../../../etc/passwd"),
    "encoded climbing": get(b"/v1/partners/%2e%2e/%2e%2e/etc/passwd"),
    "static climbing": get(b"/static/..%2f..%2fapp.py"),
    "backslashes": get(b"/static/..\\..\\app.py"),
    "double slashes": get(b"//evil.example/v1/documents"),
    "absolute": get(b"http://evil.example/v1/rules"),
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "fragment": get(b"/v1/rules#x"),
    "bad provision": get(b"/v1/provisions/%00%23%00"),
    "bad term": get(b"/v1/terms/%3Cscript%3E"),
    "page offset": get(b"/?q=x&offset=%D9%A3", b"Accept: text/html"),
    "page place": get(b"/documents/doc-1?at=99999999999999999999-1", b"Accept: text/html"),
    "page language": get(b"/rules?lang=%00&lang=zh", b"Accept: text/html", b"Accept-Language: \xff"),
    "bad cookie": get(b"/", b"Accept: text/html", b"Cookie: =;;;lang=\xff\x01; a"),
    "no host": get(b"/health/live", host=b"X: y"),
    "bad host": get(b"/", b"Accept: text/html", host=b"Host: a/b?c#d@e:99999"),
    "two hosts": get(b"/health/live", b"Host: y"),
    "host with a path": get(b"/rules?lang=zh", b"Accept: text/html", host=b"Host: x/v1"),
    "long header": get(b"/health/live", b"X: " + b"a" * 60_000),
    "many headers": get(b"/health/live", *([b"X: y"] * 3_000)),
    "bad header": get(b"/health/live", b"no colon here"),
    "folded header": get(b"/health/live", b"X: a\r\n b"),
    "control characters": get(b"/health/live", b"X: \x01\x02"),
    "if-none-match": get(b"/v1/documents/doc-1", b'If-None-Match: "' + b"\xff" * 99),
    "range": get(b"/v1/documents/doc-1/original", b"Range: bytes=0-1,1-2,2-3,-9999999999999999"),
    "lower-case method": b"get / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "unknown method": b"BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "trace": b"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "body on get": b"GET /v1/rules HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.0": b"GET /health/live HTTP/1.0\r\n\r\n",
    "HTTP/9.9": b"GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
    "not HTTP": b"hello\r\n\r\n",
    "upgrade": get(
        b"/", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Key: x", b"Sec-WebSocket-Version: 13"
    ),
    "head": b"HEAD /v1/rules HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}
LENGTHS: dict[str, bytes] = {
    "negative": post(CHECKS, b"{}", JSON, length=-1),
    "no number": post(CHECKS, b"{}", JSON).replace(b"Content-Length: 2", b"Content-Length: two"),
    "unicode digits": post(CHECKS, b"{}", JSON).replace(b"Content-Length: 2", "Content-Length: ٢".encode()),
    "enormous": post(CHECKS, b"{}", JSON).replace(b"Content-Length: 2", b"Content-Length: " + b"9" * 400),
    "too short": post(CHECKS, b"{}{}", JSON, length=2),
    "two lengths": post(CHECKS, b"{}", JSON, b"Content-Length: 3"),
    "length and chunked": post(CHECKS, b"2\r\n{}\r\n0\r\n\r\n", JSON, b"Transfer-Encoding: chunked"),
    "bad chunk size": post(CHECKS, b"zz\r\n{}\r\n0\r\n\r\n", JSON, b"Transfer-Encoding: chunked").replace(
        b"Content-Length", b"X-L"
    ),
    "huge chunk size": post(CHECKS, b"f" * 30 + b"\r\n{}", JSON, b"Transfer-Encoding: chunked").replace(
        b"Content-Length", b"X-L"
    ),
    "chunk lies": post(CHECKS, b"1\r\n{}\r\n0\r\n\r\n", JSON, b"Transfer-Encoding: chunked").replace(
        b"Content-Length", b"X-L"
    ),
    "odd encoding": post(CHECKS, b"{}", JSON, b"Transfer-Encoding: gzip"),
    "compressed": post(CHECKS, b"\x1f\x8b\x08" + bytes(20), JSON, b"Content-Encoding: gzip"),
    "no type": post(CHECKS, b"{}"),
    "text type": post(CHECKS, b"{}", b"Content-Type: text/plain"),
    "odd type": post(CHECKS, b"{}", b"Content-Type: application/json; charset=\xff; ="),
    "form without boundary": post(DOCUMENTS, part(FILE), b"Content-Type: multipart/form-data"),
    "form with a bad boundary": post(DOCUMENTS, part(FILE), b"Content-Type: multipart/form-data; boundary=\xff\x00"),
    "form with a long boundary": post(
        DOCUMENTS, part(FILE), b"Content-Type: multipart/form-data; boundary=" + b"b" * 5000
    ),
    "form with two boundaries": post(
        DOCUMENTS, part(FILE), b"Content-Type: multipart/form-data; boundary=a; boundary=b"
    ),
    "urlencoded file": post(DOCUMENTS, b"file=x&kind=contract", b"Content-Type: application/x-www-form-urlencoded"),
    "json for a file": post(DOCUMENTS, b'{"file": "x"}', JSON),
}
CORPUS = {
    **{f"body: {name}": post(path, body, JSON) for name, (path, body) in BODIES.items()},
    **{f"form: {name}": post(DOCUMENTS, body, FORM) for name, body in FORMS.items()},
    **{f"get: {name}": request for name, request in GETS.items()},
    **{f"length: {name}": request for name, request in LENGTHS.items()},
}


SILENCE = 4.0
"""Seconds after which a server that waits for bytes a request promised and never sends is told that none will come."""


def talk(address: str, request: bytes) -> bytes:
    """Send raw bytes and return everything the server says until it closes."""
    place = urlsplit(address)
    heard = b""
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=SILENCE) as wire:
        # Refused before it was all read; the answer may still be there.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.sendall(request)
        with contextlib.suppress(ConnectionResetError):
            ended = False
            while True:
                try:
                    data = wire.recv(65536)
                except TimeoutError:
                    if ended:
                        raise
                    wire.shutdown(socket.SHUT_WR)
                    wire.settimeout(30)
                    ended = True
                    continue
                if not data:
                    break
                heard += data
    return heard


SILENT = {
    "length: huge chunk size",
    "length: chunk lies",
}
"""Requests that promise more than they send: nobody is left to answer when that is known."""


def test_the_corpus_is_large_and_its_requests_differ() -> None:
    assert len(CORPUS) >= 120
    assert len(set(CORPUS.values())) == len(CORPUS)


@pytest.fixture(scope="module")
def target(_stored: object, tmp_path_factory: pytest.TempPathFactory) -> object:
    """A server of its own, since some of these requests are valid and store something."""
    import shutil
    from pathlib import Path

    from kb.settings import Settings
    from tests.api.serving import serving

    place = tmp_path_factory.mktemp("raw") / "data"
    shutil.copytree(Path(str(_stored)), place)
    with serving(Settings(data=place)) as address:
        yield address


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_no_bytes_make_the_server_fail(target: str, name: str) -> None:
    heard = talk(target, CORPUS[name])
    assert heard or name in SILENT
    if heard:
        status = heard.split(b" ", 2)[1]
        assert heard.startswith(b"HTTP/1.1 "), heard[:100]
        assert status[:1] in {b"2", b"3", b"4"}, heard[:600]
        assert b"Traceback" not in heard
        assert b"site-packages" not in heard
    alive = httpx.get(f"{target}/health/live", trust_env=False, timeout=10)
    assert alive.status_code == 200


@pytest.mark.parametrize("name", [name for name in sorted(CORPUS) if name.startswith("body: ")])
def test_json_bodies_are_answered_in_json(target: str, name: str) -> None:
    path, body = BODIES[name.removeprefix("body: ")]
    answer = httpx.post(
        f"{target}{path}", content=body, headers={"Content-Type": "application/json"}, trust_env=False, timeout=60
    )
    assert answer.status_code < 500, answer.text[:300]
    assert isinstance(answer.json(), dict)
    if answer.is_error:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_form_that_ends_too_early_is_refused(target: str) -> None:
    heard = talk(target, post(DOCUMENTS, part(FILE, end=b""), FORM))
    assert heard.startswith(b"HTTP/1.1 4")
    # Starlette leaves the temporary file of an unfinished part to the garbage collector, which complains.
    gc.collect()
