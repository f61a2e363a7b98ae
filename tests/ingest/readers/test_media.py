"""What a file is: by content and name, and refused when they contradict each other."""

from __future__ import annotations

import io
import zipfile

import pytest

from ingest.readers import detect
from kb.errors import UnreadableError, UnsupportedError
from tests.ingest.readers.docx_files import docx, p
from tests.ingest.readers.samples import CHINESE, ENGLISH, PdfPage, pdf

PDF = pdf([PdfPage((72, 700, "Text"))])
DOCX = docx(p("Text"))
HTML = b"<!DOCTYPE html><html><body><p>Text</p></body></html>"
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
MAIL = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Notice\r\n"
    b"Date: Mon, 3 Mar 2025 10:00:00 +0000\r\n\r\nText\r\n"
)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def archive(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as stream:
        for name, data in entries.items():
            stream.writestr(name.replace("__", "/").replace("_DOT_", "."), data)
    return out.getvalue()


XLSX = archive(**{"[Content_Types]_DOT_xml": b"<a/>", "xl__workbook_DOT_xml": b"<a/>"})
ZIP = archive(a_DOT_txt=b"hello")


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (PDF, "a.pdf", "application/pdf"),
        (PDF, "a", "application/pdf"),
        (b"\r\n\r\n" + PDF, "a.PDF", "application/pdf"),
        (DOCX, "a.docx", WORD),
        (DOCX, "-", WORD),
        (HTML, "a.html", "text/html"),
        (HTML, "a.txt", "text/html"),
        (HTML, "a.md", "text/html"),
        (b"<SEC-DOCUMENT>x\n<TYPE>EX-10\n<TEXT>\n<HTML><BODY>x</BODY></HTML>", "a.txt", "text/html"),
        (b"<DOCUMENT>\n<TYPE>EX-10\n<TEXT>\n<PAGE>\nSUPPLY AGREEMENT", "a.txt", "text/plain"),
        (b"<div>fragment</div>", "a", "text/html"),
        (b"no tags here", "a.html", "text/plain"),
        (ENGLISH.encode(), "a.txt", "text/plain"),
        (ENGLISH.encode(), "README", "text/plain"),
        (CHINESE.encode("utf-16"), "a.txt", "text/plain"),
        (b"# One\n\ntext\n\n## Two\n", "a.txt", "text/markdown"),
        (b"# only one mark", "a.txt", "text/plain"),
        (b"text", "a.md", "text/markdown"),
        (b"Terms of service. <b1>We may end them.</b1>", "a.xml", "text/plain"),
        (MAIL, "a.eml", "message/rfc822"),
        (MAIL, "-", "message/rfc822"),
        (MAIL, "a.txt", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b'[{"a": 1}]', "-", "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "a.jsonl", "application/x-ndjson"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "feed.xml", "application/rss+xml"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "x", "application/atom+xml"),
        (b'<?xml version="1.0"?><akomaNtoso/>', "a.xml", "application/xml"),
        (b"@prefix a: <b> .", "a.ttl", "text/turtle"),
        (ZIP, "a.zip", "application/zip"),
        (b"The specification of %PDF-1.4 files is long.", "a.txt", "text/plain"),
    ],
)
def test_the_type_is_found(data: bytes, name: str, expected: str) -> None:
    assert detect(data, name) == expected


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (PDF, "a.docx", "PDF"),
        (PDF, "a.txt", "PDF"),
        (DOCX, "a.pdf", "Word"),
        (HTML, "a.pdf", "HTML"),
        (HTML, "a.docx", "HTML"),
        (HTML, "list.csv", "HTML"),
        (HTML, "list.json", "HTML"),
        (b"plain text", "a.pdf", "plain text"),
        (b"plain text", "a.docx", "plain text"),
        (b"plain text", "a.json", "plain text"),
        (b"plain text", "a.xml", "plain text"),
        (b"plain text", "a.doc", "plain text"),
        (b"plain text", "a.eml", "plain text"),
        (PNG, "a.pdf", "PNG"),
        (PNG, "a.txt", "PNG"),
        (OLE, "a.docx", ".doc"),
        (ZIP, "a.docx", "ZIP"),
        (ZIP, "a.txt", "ZIP"),
        (XLSX, "a.docx", "Excel"),
        (b"\x7fELF" + bytes(60), "a.txt", "program"),
        (b"{\\rtf1 text}", "a.docx", "Rich Text"),
    ],
)
def test_a_name_that_contradicts_the_content_is_refused_with_what_it_is(data: bytes, name: str, says: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        detect(data, name)
    assert caught.value.code == "type-mismatch"
    assert says in caught.value.detail.split("content")[1]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (OLE, "a.doc"),
        (OLE, "a.xls"),
        (OLE, "-"),
        (b"{\\rtf1 text}", "a.rtf"),
        (PNG, "a.png"),
        (PNG, "scan"),
    ],
)
def test_known_kinds_without_a_reader_say_what_to_do(data: bytes, name: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        detect(data, name)
    assert caught.value.code == "unsupported"
    assert caught.value.remedy != ""


@pytest.mark.parametrize("data", [b"", b"   \n", bytes(100)])
@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.docx", "a"])
def test_empty_files_are_empty_whatever_their_name(data: bytes, name: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        detect(data, name)
    assert caught.value.code == "empty"
