"""Financial statements: both layouts, both languages, every figure with its cell, nothing guessed."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract import annotate
from ingest.readers import read_document
from ingest.statements import is_statements, read_statements
from ingest.statements.words import period_of
from kb.errors import RecordError
from kb.model import Document, Kind
from kb.statement import Statement, item_of
from tests.ingest.readers.xlsx_files import workbook

EN = """Company,Northwind Metals Ltd
LEI,5493001KJTIIGC8Y1R12
Unit,USD thousands

Item,2023-12-31,2022-12-31
Current assets,"1,200",900
Total assets,2000,2100
Net profit,(120),-
Average days overdue,12,8
"""
ZH = """资产负债表,,,,,,,
编制单位：宁波海岳贸易有限公司,,,2023年12月31日,,,,单位：人民币万元
资产,行次,期末余额,年初余额,负债和所有者权益（或股东权益）,行次,期末余额,年初余额
流动资产：,,,,流动负债：,,,
流动资产合计,15,3000,2000,流动负债合计,30,1500,1400
资产总计,19,8000,7000,负债合计,40,5000,4500
利润表,,,
编制单位：宁波海岳贸易有限公司,,2023年度,单位：人民币万元
项目,行次,本期金额,上期金额
一、营业收入,1,9000,8000
减：利息费用,2,100,90
四、净利润（净亏损以“-”号填列）,3,200,-10
"""
WIDE = """name,uscc,year,currency,revenue (USD '000),total assets,net profit,late payment ratio
A Ltd,,2023,USD,100,50,5,12%
B Ltd,91350100M000100Y43,2022,,90,40,(5),
"""


def _document(text: str) -> Document:
    return read_document(text.encode(), "figures.csv", kind=Kind.REGISTER)


def _read(text: str) -> tuple[Document, tuple[Statement, ...]]:
    document = _document(text)
    return document, read_statements(document, source_name="figures.csv")


def _amounts(statement: Statement) -> dict[tuple[str, str | None], Decimal]:
    return {(f.item, f.period): f.amount for f in statement.figures}


def test_an_english_statement_is_read_with_units_and_signs() -> None:
    _, (statement,) = _read(EN)
    assert statement.subject == "Northwind Metals Ltd"
    assert [(i.scheme, i.valid) for i in statement.identifiers] == [("LEI", True)]
    assert _amounts(statement) == {
        ("current-assets", "2023-12-31"): Decimal(1200),
        ("current-assets", "2022-12-31"): Decimal(900),
        ("total-assets", "2023-12-31"): Decimal(2000),
        ("total-assets", "2022-12-31"): Decimal(2100),
        ("net-profit", "2023-12-31"): Decimal(-120),
        ("overdue-days", "2023-12-31"): Decimal(12),
        ("overdue-days", "2022-12-31"): Decimal(8),
    }
    assert {f.scale for f in statement.figures if f.item != "overdue-days"} == {Decimal(1000)}
    assert {f.currency for f in statement.figures} == {"USD", None}
    assert next(f for f in statement.figures if f.item == "total-assets").cell == "B7"


def test_amounts_that_look_like_years_are_amounts() -> None:
    _, (statement,) = _read(EN)
    assert _amounts(statement)[("total-assets", "2023-12-31")] == 2000
    assert {f.period for f in statement.figures} == {"2023-12-31", "2022-12-31"}


def test_a_two_sided_chinese_balance_sheet_and_income_statement_are_one_statement() -> None:
    _, (statement,) = _read(ZH)
    amounts = _amounts(statement)
    assert amounts[("total-liabilities", "2023-12-31")] == 5000
    assert amounts[("current-liabilities", "2022-12-31")] == 1400
    assert amounts[("net-profit", "2022-12-31")] == -10
    revenue = next(f for f in statement.figures if f.item == "revenue")
    assert (revenue.months, revenue.scale, revenue.currency) == (12, Decimal(10000), "CNY")
    stock = next(f for f in statement.figures if f.item == "total-assets")
    assert stock.months is None


def test_a_table_of_companies_gives_a_statement_each() -> None:
    _, (a, b) = _read(WIDE)
    assert (a.subject, b.subject) == ("A Ltd", "B Ltd")
    assert _amounts(a)[("late-share", "2023")] == Decimal("0.12")
    assert {(f.item, f.scale) for f in a.figures} >= {("revenue", Decimal(1000)), ("total-assets", None)}
    assert [(i.scheme, i.valid) for i in b.identifiers] == [("USCC", True)]
    assert {f.currency for f in b.figures} == {"USD", None}


@pytest.mark.parametrize("text", [EN, ZH, WIDE])
def test_every_figure_slices_back_to_its_cell(text: str) -> None:
    document, statements = _read(text)
    cells = text.replace("\n", ",")
    for statement in statements:
        assert document.text[statement.start : statement.end] == statement.subject
        for figure in statement.figures:
            words = document.text[figure.start : figure.end]
            assert words in cells
            assert any(character.isdigit() for character in words)


def test_the_sheets_of_a_workbook_are_one_statement_with_cells_named_by_sheet() -> None:
    head = ["编制单位：宁波海岳贸易有限公司", None, "单位：万元"]
    sheets = {
        "资产负债表": [head, ["项目", "2025年12月31日"], ["流动资产合计", 1200.5], ["资产总计", 2000]],  # balance sheet
        "利润表": [head, ["项目", "2025年度"], ["净利润", -20]],  # income statement
    }
    document = read_document(workbook(sheets), "报表.xlsx", kind=Kind.REGISTER)
    (statement,) = annotate(document, name="报表.xlsx", kind=Kind.REGISTER).statements
    assert {f.item: (f.amount, f.cell) for f in statement.figures} == {
        "current-assets": (Decimal("1200.5"), "资产负债表!B3"),
        "total-assets": (Decimal(2000), "资产负债表!B4"),
        "net-profit": (Decimal(-20), "利润表!B3"),
    }
    for figure in statement.figures:
        assert Decimal(document.text[figure.start : figure.end]) == figure.amount


def test_the_next_company_of_a_file_inherits_nothing() -> None:
    second = EN.replace("Northwind Metals Ltd", "Kestrel Foods Inc.").split("\n", 3)
    _, statements = _read(EN + second[0] + "\n\n" + second[3])
    assert [s.subject for s in statements] == ["Northwind Metals Ltd", "Kestrel Foods Inc."]
    assert statements[1].identifiers == ()
    assert {f.scale for f in statements[1].figures} == {None}


def test_a_statement_without_a_company_is_refused_with_a_remedy() -> None:
    with pytest.raises(RecordError, match="does not name its company") as caught:
        _read(EN.replace("Company,Northwind Metals Ltd\n", ""))
    assert "编制单位" in caught.value.remedy


REGISTER = "id,name,country,annual revenue,employees\nP1,Northwind Metals Ltd,GB,100,20\n"


def test_a_register_of_partners_is_no_statement() -> None:
    assert not is_statements(_document(REGISTER))
    assert annotate(_document(REGISTER), name="partners.csv", kind=Kind.REGISTER).register is not None
    assert annotate(_document(EN), name="figures.csv", kind=Kind.REGISTER).statements


@pytest.mark.parametrize(
    ("header", "period", "months"),
    [
        ("2023", "2023", 12),
        ("FY2023", "2023", 12),
        ("2023年度", "2023-12-31", 12),
        ("2023年末", "2023-12-31", None),
        ("2023年1-6月", "2023-06-30", 6),
        ("2024年半年度", "2024-06-30", 6),
        ("Q3 2023", "2023-09-30", 3),
        ("Year ended 31 March 2024", "2024-03-31", 12),
        ("Dec 31, 2023", "2023-12-31", None),
        ("2023.12.31", "2023-12-31", None),
    ],
)
def test_a_header_names_its_period(header: str, period: str, months: int | None) -> None:
    found = period_of(header)
    assert found is not None
    assert (found.key, found.months) == (period, months)


@pytest.mark.parametrize("header", ["", "Note", "1200", "31.02.2023 x 2023-02-31", "行次", "9999", "x" * 500])
def test_what_names_no_period_is_none(header: str) -> None:
    assert period_of(header) is None


@pytest.mark.parametrize(
    ("label", "item"),
    [
        ("一、营业收入", "revenue"),
        ("减：利息费用", "interest-expense"),
        ("所有者权益（或股东权益）合计", "equity"),
        ("负债和所有者权益总计", None),
        ("Other current assets", None),
        ("Shareholders' equity", "equity"),
        ("1. Revenue (USD thousands)", "revenue"),
    ],
)
def test_a_line_is_known_by_its_whole_name(label: str, item: str | None) -> None:
    assert item_of(label) == item


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=400))
def test_any_table_is_read_or_refused(text: str) -> None:
    document = Document(f"Item,2023\n{text}", (), "text/csv", "und")
    is_statements(document)
    with suppress(RecordError):
        for statement in read_statements(document, source_name="x.csv"):
            assert statement.figures
            assert document.text[statement.start : statement.end] == statement.subject
