"""Encodings: bytes become exactly the text they stand for, or are refused."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.encoding import decode, python_codec
from kb.errors import UnreadableError
from tests.ingest.readers.samples import CHINESE, ENGLISH, TRADITIONAL

WESTERN = "The société générale’s “price” is £100 — naïve. Größe und Straße: § 5 Abs. 2 über die Übertragung."
# Japanese: this is Japanese text; the seller delivers the goods as article 1 of the contract says.
JAPANESE = "これは日本語の文章です。売主は、契約書の第一条に定めるところにより、買主に対して商品を引き渡すものとする。"


@pytest.mark.parametrize(
    ("text", "codec", "named"),
    [
        (CHINESE[:70], "gb18030", "gb18030"),
        (CHINESE, "gb18030", "gb18030"),
        (TRADITIONAL[:70], "gb18030", "gb18030"),
        (TRADITIONAL[:70], "big5", "big5"),
        (TRADITIONAL, "big5", "big5"),
        (CHINESE, "utf-16-le", "utf-16-le"),
        (CHINESE, "utf-16-be", "utf-16-be"),
        (ENGLISH, "utf-16-le", "utf-16-le"),
        (ENGLISH, "utf-16-be", "utf-16-be"),
        (CHINESE, "utf-8", "utf-8"),
        (WESTERN, "cp1252", "cp1252"),
        (JAPANESE, "shift_jis", "cp932"),
        (f"CONTRACT No. 5 between A Ltd. and {CHINESE[:20]}, see annex. " * 3, "gb18030", "gb18030"),
    ],
)
def test_text_without_a_mark_comes_back_unchanged(text: str, codec: str, named: str) -> None:
    decoded = decode(text.encode(codec))
    assert decoded.text == text
    assert decoded.encoding == named


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [ENGLISH, CHINESE, "短"])  # short
def test_a_byte_order_mark_decides(text: str, codec: str) -> None:
    assert decode(text.encode(codec)).text == text


def test_a_gb18030_mark_decides() -> None:
    assert decode(b"\x84\x31\x95\x33" + CHINESE.encode("gb18030")).text == CHINESE


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_file_cut_inside_a_character_is_read_with_a_warning(cut: int) -> None:
    data = CHINESE.encode("utf-8")[:-cut]
    decoded = decode(data)
    assert decoded.text.startswith(CHINESE[:-1])
    assert decoded.warnings == () if cut == 3 else len(decoded.warnings) == 1


def test_a_cut_gb18030_file_is_still_gb18030() -> None:
    decoded = decode(CHINESE.encode("gb18030")[:-1])
    assert decoded.text.startswith(CHINESE[:-1])
    assert decoded.encoding == "gb18030"


def test_the_declared_charset_is_used_when_it_fits() -> None:
    assert decode("Größe".encode("cp1252"), "iso-8859-1").text == "Größe"
    assert decode("你好".encode("gb18030"), "gb2312").text == "你好"  # hello


def test_a_wrong_declaration_is_seen_and_reported() -> None:
    decoded = decode(CHINESE.encode("utf-8"), "iso-8859-1")
    assert (decoded.text, decoded.encoding) == (CHINESE, "utf-8")
    assert len(decoded.warnings) == 1
    decoded = decode(CHINESE.encode("gb18030"), "utf-8")
    assert (decoded.text, decoded.encoding) == (CHINESE, "gb18030")
    assert len(decoded.warnings) == 1


def test_unknown_labels_are_no_declaration() -> None:
    assert python_codec("x-unknown-42") is None
    assert python_codec(None) is None
    assert decode(ENGLISH.encode(), "x-unknown-42").text == ENGLISH


@pytest.mark.parametrize("size", [500, 5_000, 200_000])
def test_binary_is_refused(size: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(random.Random(size).randbytes(size), name="notes.txt")
    assert caught.value.code in {"binary", "encoding"}
    assert caught.value.place == "notes.txt"


def test_a_few_zero_bytes_are_no_reason_to_refuse() -> None:
    assert decode(b"Some text\0 with padding" + b" and more" * 50).text.count("\0") == 1


@given(st.text(min_size=1))
def test_utf8_always_comes_back_or_is_refused(text: str) -> None:
    try:
        decoded = decode(text.encode("utf-8", "ignore"))
    except UnreadableError:
        controls = sum(1 for character in text if character < " " or character == "\x7f")
        assert controls > 3
        return
    if decoded.encoding == "utf-8":
        assert decoded.text == text.encode("utf-8", "ignore").decode().removeprefix("\ufeff")
    else:
        assert "\0" in text or text.startswith("\ufeff")


@given(st.binary(max_size=2_000))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        assert isinstance(decode(data).text, str)
