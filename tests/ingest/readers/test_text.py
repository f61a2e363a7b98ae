"""Plain text and Markdown: the text stays, the blocks are the paragraphs a reader sees."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import read_document
from kb.errors import InputError, UnreadableError
from kb.model import BlockKind, Document
from tests.ingest.readers.samples import CHINESE, ENGLISH


def read(text: str, name: str = "a.txt") -> Document:
    return read_document(text.encode(), name)


def blocks(document: Document) -> list[tuple[BlockKind, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


P, H, L, C = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.TABLE_CELL

WRAPPED = """\
                              SUPPLY AGREEMENT

     THIS AGREEMENT is made as of the first day of March, 2025, by and between
Northwind Trading Limited, a company, and Harbour Foods GmbH, pursuant to Section
2.1 of the Framework, for a term of
30 days.

1.   Definitions.  The following words have the meanings that are given to them here.
     (a)  "Goods" means the goods that are listed in Annex A to this Agreement here;
     (b)  "Price" means the price that is stated in Annex B to this Agreement, too.

                                       -2-
"""


def test_hard_wrapped_text_keeps_every_character_and_gives_paragraphs() -> None:
    document = read(WRAPPED)
    assert document.text == WRAPPED
    found = [" ".join(text.split()) for _, text in blocks(document)]
    assert found[0] == "SUPPLY AGREEMENT"
    assert found[1].startswith("THIS AGREEMENT")
    assert found[1].endswith("Section 2.1 of the Framework, for a term of")
    assert [block.number for block in document.blocks if block.kind is L] == ["1.", "(a)", "(b)"]


def test_each_line_of_unwrapped_text_is_a_paragraph() -> None:
    text = f"第一条 {CHINESE}\n第二条 {CHINESE}\n一、{CHINESE}"  # Article 1, Article 2, one
    document = read(text)
    assert document.text == text
    assert [kind for kind, _ in blocks(document)] == [P, P, L]
    assert document.blocks[2].number == "一、"


def test_markdown_structure_becomes_blocks() -> None:
    text = (
        "---\ntitle: Data Act\njurisdiction: IE\n---\n# Part 1 #\n\n"
        "Intro line\ncontinues here without an end of the para\n\n"
        "Scope\n-----\n- one\n- two\n  1. inner\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n```\ncode # no heading\n```\n"
    )
    document = read(text, "a.md")
    assert document.text == text
    assert document.title == "Data Act"
    assert document.metadata["jurisdiction"] == "IE"
    found = blocks(document)
    assert (H, "Part 1") in found
    assert (H, "Scope\n-----") in found or (H, "Scope") in found
    assert [text for kind, text in found if kind is L] == ["- one", "- two", "1. inner"]
    assert [text for kind, text in found if kind is C] == ["a", "b", "1", "2"]
    assert [block.cell for block in document.blocks if block.kind is C] == [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]
    assert (P, "code # no heading") in found


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("**第一条 定义**\n\n货物。", "第一条 定义\n\n货物。"),  # Article 1 Definitions
        (
            "**1. Services.** The ***Supplier*** shall __promptly__ serve.",
            "1. Services. The Supplier shall promptly serve.",
        ),
        ("1\\. Term\\_A \\| B", "1. Term_A \\| B"),
        ("Price [***] and * a note; **an open pair", "Price [***] and * a note; **an open pair"),
        ("Name: ________ and __init__x", "Name: ________ and __init__x"),
    ],
)
def test_markdown_emphasis_and_escapes_are_left_out_of_the_text(written: str, read_as: str) -> None:
    assert read(written, "a.md").text.rstrip("\n") == read_as
    assert read(written, "a.txt").text.rstrip("\n") == written


def test_a_rule_of_dashes_without_pairs_is_no_front_matter() -> None:
    document = read("---\njust text\n---\nmore\n", "a.md")
    assert "just text" in document.text
    assert set(document.metadata) == {"encoding"}


def test_the_text_is_nfc_with_line_feeds_and_nothing_invisible() -> None:
    document = read("cafe\u0301\r\nco\u00adop\u200beration\rnext\u2028last\x00\x07 \u202eevil\u202c and more words")
    assert document.text == "café\ncooperation\nnext\nlast \u202eevil\u202c and more words"
    assert len(document.warnings) == 4
    assert any("bidirectional" in warning for warning in document.warnings)


def test_a_file_full_of_zero_bytes_is_binary() -> None:
    with pytest.raises(UnreadableError) as caught:
        read_document(b"text\0" * 500, "a.txt")
    assert caught.value.code == "binary"


def test_five_megabytes_in_one_line_are_one_paragraph() -> None:
    document = read(ENGLISH * 25_000)
    assert len(document.text) > 5_000_000
    assert len(document.blocks) == 1


@pytest.mark.parametrize(
    "text", ["#" * 200_000, "- " * 200_000, "| " * 200_000 + "\n" + "|-" * 100_000, "(" * 300_000, "\n" * 300_000 + "x"]
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_repeated_marks_are_read_in_one_go(text: str, name: str) -> None:
    document = read(text, name)
    assert document.text == text


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.sampled_from(["a.txt", "a.md", "a.html", "a", "a.eml"]),
)
def test_blocks_slice_back_and_text_is_clean_for_any_input(text: str, name: str) -> None:
    try:
        document = read(text, name)
    except InputError:
        return
    assert unicodedata.is_normalized("NFC", document.text)
    assert not set(document.text) & set("\0\r\x0b\x0c\x85\u2028\u2029\u00ad\u200b\ufeff")
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end <= len(document.text)
        quote = document.text[block.start : block.end]
        assert quote == quote.strip(" \t\n") != ""
        assert block.number is None or quote.startswith(block.number)
        end = block.end


@given(
    st.lists(
        st.sampled_from(
            [
                "# H",
                "text that is here",
                "- item",
                "1. one",
                "| a | b |",
                "|---|---|",
                "",
                "```",
                "---",
                "===",
                "（一）内容",
            ]
        )
    )
)
def test_markdown_blocks_never_overlap(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        document = read(text, "a.md")
    except UnreadableError:
        assert not text.strip()
        return
    assert document.text == text
    ends = [0, *(block.end for block in document.blocks)]
    assert all(block.start >= end for block, end in zip(document.blocks, ends, strict=False))
