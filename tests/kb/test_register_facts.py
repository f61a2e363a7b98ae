"""Columns of registers by meaning: what is stated, what is stated to be none, and what nobody stated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract import annotate
from ingest.readers import read_document
from kb.cells import Money, answer_of, day_of, money_of, number_of
from kb.model import Kind, Name, Partner
from kb.register_facts import columns, meaning_of, people_of, stated_by, status_kinds


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("存续（在营、开业、在册）", {"active"}),
        ("注销", {"dissolved"}),
        ("吊销，未注销", {"revoked"}),
        ("Active", {"active"}),
        ("active - proposal to strike off", {"active", "abnormal"}),
        ("In Liquidation", {"liquidation"}),
        ("inactive", {"dissolved"}),
        ("not dissolved", set()),
        ("已移出经营异常名录", set()),
        ("interactive", set()),
        (None, set()),
    ],
)
def test_a_status_is_read_by_its_longest_words(status: str | None, kinds: set[str]) -> None:
    assert status_kinds(status) == kinds


@pytest.mark.parametrize(
    ("cell", "header", "money"),
    [
        ("5000万元人民币", "", Money(Decimal(50_000_000), "CNY")),
        ("500", "注册资本", None),
        ("500", "注册资本（万元）", Money(Decimal(5_000_000), None)),
        ("USD 1,000,000", "", Money(Decimal(1_000_000), "USD")),
        ("100万美元", "", Money(Decimal(1_000_000), "USD")),
        ("RMB 3 million", "", Money(Decimal(3_000_000), "CNY")),
        ("unknown", "", None),
    ],
)
def test_an_amount_without_a_stated_unit_is_none(cell: str, header: str, money: Money | None) -> None:
    assert money_of(cell, header) == money


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        ("否", False), ("无", False), ("no", False), ("0", False), ("是", True), ("3", True), ("yes", True),
        ("(2023)沪0115执123号", True), ("-", None), ("", None), ("未知", None), ("n/a", None),
    ],
)  # fmt: skip
def test_yes_no_and_not_stated_are_three_things(cell: str, answer: bool | None) -> None:
    assert answer_of(cell) is answer


def test_none_under_a_column_of_yes_and_no_is_an_answer_and_an_empty_cell_is_not() -> None:
    text = "编号,企业名称,失信被执行人,行政处罚,曾用名\nP1,宁波海岳贸易有限公司,无,,无\n"
    document = read_document(text.encode(), "partners.csv", kind=Kind.REGISTER)
    register = annotate(document, name="partners.csv", kind=Kind.REGISTER).register
    assert register is not None
    stated = {one.meaning: one.answer for one in stated_by(register.partners[0])}
    assert stated == {"dishonest": False}
    assert [name.kind for name in register.partners[0].names] == ["primary"]


def test_the_further_columns_of_a_row_are_read_by_meaning() -> None:
    attributes = {
        "License Expiry": "2020-01-01 to 2024-01-31",
        "参保人数": "3人",
        "逾期率": "12",
        "Directors": "Jane Roe (CEO), John Doe; Acme Holdings, Ltd 60%",
        "Colour": "blue",
    }
    partner = Partner("P1", (Name("x"),), None, 0, 1, attributes=attributes)
    found = {one.meaning: one for one in stated_by(partner)}
    assert set(found) == {"licence-expiry", "staff", "late-share", "officers"}
    assert found["licence-expiry"].day == date(2024, 1, 31)
    assert found["staff"].number == 3
    assert found["late-share"].number == Decimal("0.12")
    assert found["officers"].people == ("Jane Roe", "John Doe", "Acme Holdings, Ltd")


def test_every_meaning_has_labels_and_headers_in_both_languages() -> None:
    assert len(columns()) >= 27
    for column in columns().values():
        assert meaning_of(column.en) == column.key, column.key
        assert any("\u4e00" <= c <= "\u9fff" for c in column.zh), column.key


@given(st.text(max_size=200))
def test_any_cell_is_read_or_none(cell: str) -> None:
    number, day, money = number_of(cell), day_of(cell), money_of(cell)
    assert number is None or number.is_finite()
    assert day is None or day.year >= 1
    assert money is None or money.amount.is_finite()
    assert len(people_of(cell)) <= 200
    assert answer_of(cell) in (True, False, None)


def test_a_register_that_names_owners_beside_its_partners_stays_a_register() -> None:
    text = "编号,企业名称,类型,法定代表人,股东\nP1,苏州平江印务有限公司,企业,张三丰,李四海\n"
    document = read_document(text.encode(), "partners.csv", kind=Kind.REGISTER)
    register = annotate(document, name="partners.csv", kind=Kind.REGISTER).register
    assert register is not None
    (partner,) = register.partners
    assert {one.meaning: one.people for one in stated_by(partner)} == {
        "legal-representative": ("张三丰",),
        "owners": ("李四海",),
    }
