"""E-mail: the body, the header's statements, and attachments by name."""

from __future__ import annotations

import contextlib
from email.message import EmailMessage

import pytest

from ingest.readers import read_document
from kb.errors import InputError, UnreadableError
from tests.ingest.readers.samples import CHINESE, ENGLISH


def message(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Li Wei <li@example.org>"
    mail["To"] = "legal@example.org"
    for name, value in headers.items():
        mail[name] = value
    return mail


def test_the_text_body_is_preferred_and_attachments_are_named() -> None:
    mail = message(Subject="终止通知", Date="Mon, 03 Mar 2025 10:00:00 +0800")  # notice of termination
    mail.set_content(CHINESE, charset="gb18030")
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="合同.pdf")  # contract
    document = read_document(mail.as_bytes(), "a.eml")
    assert document.text.strip() == CHINESE
    assert document.title == "终止通知"
    assert document.metadata["published"] == "2025-03-03"
    assert "li@example.org" in document.metadata["author"]
    assert document.warnings == ("The attachment '合同.pdf' was not read; save it as a file to read it.",)


def test_an_html_body_is_read_when_there_is_no_text() -> None:
    mail = message(Subject="Notice")
    mail.set_content(f"<p>{ENGLISH}</p><p>End</p>", subtype="html")
    assert read_document(mail.as_bytes(), "a.eml").text == f"{ENGLISH}\n\nEnd"


def test_raw_gb18030_headers_and_unknown_charsets_do_not_garble() -> None:
    head = "From: a@example.org\nTo: b@example.org\nSubject: 关于合同的违约责任和赔偿损失的通知\n"  # notice of breach
    data = head.encode("gb18030") + b"Content-Type: text/plain; charset=x-nothing\n\n" + CHINESE.encode("gb18030")
    document = read_document(data, "a.eml")
    assert document.title == "关于合同的违约责任和赔偿损失的通知"
    assert document.text == CHINESE


@pytest.mark.parametrize(
    "data",
    [
        b"From: a@b.c\nSubject: x\n\n",
        b"From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n--x--\n",
        b"From: a@b.c\nContent-Type: multipart/mixed\n\nno boundary",
        b"From: a@b.c\nDate: not a date\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!!",
    ],
)
def test_broken_messages_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(InputError):
        assert read_document(data, "a.eml").text.strip() != ""


def test_very_deep_messages_end_in_a_clear_error() -> None:
    data = b"From: a@b.c\nMIME-Version: 1.0\n"
    for at in range(3_000):
        data += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at)
    with pytest.raises(InputError):
        read_document(data + b"\ntext", "a.eml")


def test_a_message_without_text_is_empty() -> None:
    mail = message(Subject="x")
    mail.add_attachment(b"data", maintype="image", subtype="png", filename="a.png")
    with pytest.raises(UnreadableError) as caught:
        read_document(mail.as_bytes(), "a.eml")
    assert caught.value.code == "empty"
