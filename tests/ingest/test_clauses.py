from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clauses import segment, sentences
from kb.model import Block, BlockKind, Document
from tests.ingest.gold import cases

CLAUSES = cases("clause")


def document(text: str, language: str, blocks: tuple[Block, ...] = ()) -> Document:
    return Document(text, blocks, "text/plain", language)


def test_the_gold_files_hold_clause_cases_of_both_languages() -> None:
    assert len(CLAUSES) >= 15


@pytest.mark.parametrize(("language", "text", "found"), CLAUSES)
def test_numbers_levels_and_headings_are_read(language: str, text: str, found: list[str]) -> None:
    clauses = segment(document(text, language))
    rows = [f"{c.level} {c.number} {c.heading or '-'}" for c in clauses if c.number is not None]
    assert rows == found


PIECES = st.sampled_from(
    ["1. ", "1.1 ", "1.2 ", "2. ", "(a) ", "(b) ", "(i) ", "(ii) ", "ARTICLE I\n", "ARTICLE II\n", "Section 2.1 ",
     "EXHIBIT A\n", "Goods. ", "The price is due. ", "\n", "\n\n", "   ", "第一条 ", "第二条 ", "一、", "二、",
     "（一）",
     "（二）", "附件一：表\n", "内容。", "①", "IN WITNESS WHEREOF, signed.\n", "TABLE OF CONTENTS\n", "A. ", "B. ", "x"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(["en", "zh"]))
def test_clauses_nest_never_cross_and_cover_the_text(text: str, language: str) -> None:
    clauses = segment(document(text, language))
    by_id = {clause.id: clause for clause in clauses}
    assert len(by_id) == len(clauses)
    covered = [False] * len(text)
    last_end: dict[str | None, int] = {}
    for clause in clauses:
        assert 0 <= clause.start < clause.end <= len(text)
        assert clause.start <= clause.body_start <= clause.end
        assert clause.start >= last_end.get(clause.parent, 0)
        last_end[clause.parent] = clause.end
        if clause.parent is None:
            assert clause.level == 1
            covered[clause.start : clause.end] = [True] * (clause.end - clause.start)
        else:
            parent = by_id[clause.parent]
            assert clause.level == parent.level + 1
            assert parent.start <= clause.start
            assert clause.end <= parent.end
        if clause.number is not None:
            assert text[clause.start :].startswith(clause.number)
    assert all(is_covered or sign.isspace() for is_covered, sign in zip(covered, text, strict=True))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "text",
    [
        "1. " * 60_000,
        "(" * 300_000,
        "\n" * 300_000,
        "(a) " * 20_000,
        "EXHIBIT A\n" * 10_000,
        "第" * 100_000,
        "- " * 100_000,
    ],
)
def test_hostile_text_is_cut_in_linear_time(language: str, text: str) -> None:
    # A quadratic pass would not come back from this within the life of the test run.
    clauses = segment(document(text, language))
    assert all(clause.end <= len(text) for clause in clauses)


def test_page_headers_and_table_cells_do_not_begin_clauses() -> None:
    text = "1. Scope\nWork.\n2. Exhibit note\n2. Price\nPay.\n"
    at = text.index("2. Exhibit")
    header = Block(BlockKind.HEADER, at, at + 15)
    clauses = segment(document(text, "en", (header,)))
    assert [text[clause.start :].split("\n", 1)[0] for clause in clauses] == ["1. Scope", "2. Price"]


def test_the_signature_block_is_a_clause_of_its_own() -> None:
    text = "1. Scope\n\nWork.\n\n2. Price\n\nPay.\n\nIN WITNESS WHEREOF, the parties have signed.\n\nBy: ____\n"
    last = segment(document(text, "en"))[-1]
    assert last.number is None
    assert text[last.start :].startswith("IN WITNESS")


@pytest.mark.parametrize(
    ("language", "text", "titles"),
    [
        (
            "en",
            "Terms of Service\n\nYour Account\n\nYou keep your password safe."
            "\n\nLimitation of Liability\n\nWe are not liable.\n\nChanges\n\nWe may change these terms at any time.\n",
            ["Your Account", "Limitation of Liability", "Changes"],
        ),
        (
            "zh",
            "用户协议\n\n服务内容\n本平台向您提供信息发布服务。\n账号安全\n您应当妥善保管密码。\n违约责任\n您违约的，本平台有权终止服务。\n",
            ["服务内容", "账号安全", "违约责任"],
        ),
        ("en", "Supply Agreement\n\nbetween\n\nOak Ltd\n\nand\n\nPine Ltd\n\nThe parties agree to trade.\n", []),
    ],
)
def test_short_lines_that_each_stand_before_a_sentence_are_titles(language: str, text: str, titles: list[str]) -> None:
    assert [clause.heading for clause in segment(document(text, language)) if clause.heading] == titles


def test_a_chinese_decimal_number_at_the_head_of_a_line_is_no_month() -> None:
    text = "3、租金\n3.1月租金5000元。\n3.2押一付三。\n4、其他\n另议。\n"
    assert [clause.number for clause in segment(document(text, "zh"))] == ["3", "3.1", "3.2", "4"]


def test_blank_text_has_no_clauses() -> None:
    assert segment(document(" \n ", "en")) == ()


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "Acme Inc. shall pay. See No. 5 of it.", ["Acme Inc. shall pay.", "See No. 5 of it."]),
        ("en", "Signed by John F. Smith. The end.", ["Signed by John F. Smith.", "The end."]),
        ("en", "2.1. The Supplier pays. It is due.", ["2.1. The Supplier pays.", "It is due."]),
        ("en", "In the U.S. The law applies.", ["In the U.S. The law applies."]),
        ("zh", "甲方付款；乙方交货。“好！”完", ["甲方付款；", "乙方交货。", "“好！”", "完"]),
    ],
)  # fmt: skip
def test_sentences_know_abbreviations(language: str, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text, 0, len(text), language)] == found


@given(st.text(alphabet="aB. !?\n;。；Inc1()“”", max_size=80), st.sampled_from(["en", "zh"]))
def test_sentences_cover_every_sign_once(text: str, language: str) -> None:
    found = sentences(text, 0, len(text), language)
    assert "".join("".join(text[start:end].split()) for start, end in found) == "".join(text.split())
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(found))
