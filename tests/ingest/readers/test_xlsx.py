"""Workbooks: rows in their lines, cells as they are shown, hostile packages refused."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.kinds import guess_kind
from ingest.readers import DEFAULT_LIMITS, Limits, ReaderPool, read_document
from ingest.registers import read_register
from ingest.tables import tables_of
from kb.errors import InputError, LimitError, UnreadableError
from kb.model import BlockKind, Document, Kind
from tests.ingest.readers.xlsx_files import (
    CUSTOM_DATE,
    DATE,
    GENERAL,
    MAIN,
    MOMENT,
    MONEY,
    PERCENT,
    TEXT,
    TIME,
    Value,
    workbook,
)


def read(data: bytes, name: str = "book.xlsx", limits: Limits = DEFAULT_LIMITS) -> Document:
    return read_document(data, name, limits)


def one(value: Value, **more: bool) -> str:
    return read(workbook({"S": [["x", value]]}, **more)).text.rstrip("\n").partition("\t")[2]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ((42067, DATE), "2015-03-04"),
        ((42067, CUSTOM_DATE), "2015-03-04"),
        ((42067.5, MOMENT), "2015-03-04 12:00:00"),
        ((0.5, TIME), "12:00:00"),
        ((1, DATE), "1900-01-01"),
        ((59, DATE), "1900-02-28"),
        ((61, DATE), "1900-03-01"),
        ((1e12, DATE), "1000000000000"),
        ((0.255, PERCENT), "25.5%"),
        ((1 / 3, PERCENT), "33.3333333333333%"),
        ((1234.5, MONEY), "1234.5"),
        ((0.1 + 0.2, GENERAL), "0.3"),
        ((42067, GENERAL), "42067"),
        ((42067, TEXT), "42067"),
        ((1e300, GENERAL), "1e+300"),
        (0.000001, "0.000001"),
        (True, "TRUE"),
        (False, "FALSE"),
        ('<c r="B1" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="B1" t="str"><f>A1&amp;"y"</f><v>xy</v></c>', "xy"),
        ('<c r="B1"><f>1+2</f><v>3</v></c>', "3"),
        ('<c r="B1" t="d"><v>2015-03-04T00:00:00</v></c>', "2015-03-04"),
        ('<c r="B1" s="99"><v>7</v></c>', "7"),
        ("=1+2", ""),
        ("line\nbreak\tand tab", "line break and tab"),
        ('"quoted"', '"""quoted"""'),
        ("91990100MA781FBF62", "91990100MA781FBF62"),
    ],
)
def test_a_cell_is_read_as_it_is_shown(value: Value, shown: str) -> None:
    assert one(value) == shown


def test_a_workbook_that_counts_from_1904_has_its_own_dates() -> None:
    assert one((0, DATE), date1904=True) == "1904-01-01"
    assert one((40605, DATE), date1904=True) == "2015-03-04"


def test_shared_and_rich_texts_are_whole_and_phonetics_left_out() -> None:
    strings = [
        "<si><t>plain</t></si>",
        '<si><r><t>Grey </t></r><r><rPr/><t>Heron</t></r><rPh sb="0" eb="1"><t>hidden reading</t></rPh></si>',
    ]
    row = ['<c r="A1" t="s"><v>1</v></c>', '<c r="B1" t="s"><v>0</v></c>']
    assert read(workbook({"S": [row]}, strings=strings)).text == "Grey Heron\tplain\n"


def test_lines_are_rows_and_sheets_stand_under_their_names() -> None:
    data = workbook({"甲": [["a", None, "c"], [], ["d"]], "S 2": [[], ["e"]], "empty": []}, hidden=["S 2"])
    document = read(data)
    assert document.text == "甲\na\t\tc\n\nd\n\nS 2\n\ne\n\nempty\n\n"
    places = json.loads(document.metadata["sheets"])
    assert [document.text[start:end] for _, start, end in places] == ["a\t\tc\n\nd\n", "\ne\n", "\n"]
    assert any("'S 2' is hidden" in warning for warning in document.warnings)
    cells = [b for b in document.blocks if b.kind is BlockKind.TABLE_CELL]
    assert [(b.cell, document.text[b.start : b.end]) for b in cells] == [
        ((0, 0, 0), "a"), ((0, 0, 2), "c"), ((0, 2, 0), "d"), ((1, 1, 0), "e"),
    ]  # fmt: skip
    rows = [(row.where, row.cells) for table in tables_of(document) for row in table.rows()]
    assert rows == [("甲!A1", ("a", "", "c")), ("甲!A3", ("d",)), ("S 2!A2", ("e",))]
    assert next(iter(tables_of(document)[0].rows())).cell(2, "Note") == "甲!C1, column Note"


def test_formulas_without_a_value_are_named() -> None:
    document = read(workbook({"S": [["x", "=A1", "=B1"]]}))
    assert any("B1, C1" in warning for warning in document.warnings)


PARTNERS = [
    ["合作方名录"],
    [],
    ["编号", "企业名称", "国家", "统一社会信用代码", "备忘"],
    [1, "远山贸易有限公司", "中国", "91990100MA781FBF62", '<c r="E4" t="e"><v>#REF!</v></c>'],
    [2, "Grey Heron Ltd", "Malta", None, "note"],
    [3, None, "Malta", None, None],
]
HOLDINGS = [
    ["股东", "被投资企业", "持股比例", "入股日期"],
    ["Grey Heron Ltd", "远山贸易有限公司", (0.51, PERCENT), (43466, DATE)],
    ["张三", "远山贸易有限公司", "不低于25%", None],
    ["张三", "远山贸易有限公司", "lots", None],
]


def test_a_workbook_of_partners_and_holdings_is_a_register() -> None:
    document = read(workbook({"供应商": PARTNERS, "股权": HOLDINGS, "说明": [["nothing"]]}))
    assert guess_kind(document, "book.xlsx") is Kind.REGISTER
    found = read_register(document, source_name="book.xlsx")
    assert [(p.id, p.names[0].text, p.country) for p in found.partners] == [
        ("1", "远山贸易有限公司", "CN"),
        ("2", "Grey Heron Ltd", "MT"),
        ("张三", "张三", None),
    ]
    assert [(h.owner, h.owned, h.low, h.high, str(h.valid_from)) for h in found.holdings] == [
        ("2", "1", 0.51, 0.51, "2019-01-01"),
        ("张三", "1", 0.25, 1.0, "None"),
    ]
    assert "51%" in document.text[found.holdings[0].start : found.holdings[0].end]
    assert found.rejected == ("供应商!A6: it has no name", "股权!A4: its share 'lots' is not a number")
    assert found.notes == (
        "供应商!E4, column 备忘: #REF! is an error of the spreadsheet, not a value",
        "说明!A1: the sheet has no column of names and was not read",
    )


def test_a_workbook_without_partners_is_an_annex_or_a_list() -> None:
    annex = read(workbook({"Prices": [["Item", "Unit price"], ["Bolts", 3]]}))
    assert guess_kind(annex, "annex.xlsx") is Kind.CONTRACT


def test_large_workbooks_have_rows_but_no_blocks_for_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.readers.xlsx.MAX_BLOCK_CELLS", 10)
    document = read(workbook({"S": [["name", n] for n in range(30)]}))
    assert len(document.blocks) == 10
    assert document.text.count("\n") == 30


# --- hostile -------------------------------------------------------------------------------------------------------


def code_of(data: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(InputError) as caught:
        read(data, limits=limits)
    return caught.value.code


def test_entities_are_refused_in_every_part() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    for part in ("xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
        assert code_of(workbook({"S": [["x"]]}, extra={part: bomb})) == "entities"


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = b"<worksheet>" + b" " * (30 << 20)
    assert code_of(workbook({"S": [["x"]]}, extra={"xl/worksheets/sheet1.xml": zeros})) == "zip-ratio"
    small = Limits(zip_total_bytes=2_000)
    assert code_of(workbook({"S": [["x"] * 20] * 20}), small) == "zip-size"


@pytest.mark.parametrize(
    "sheet",
    [
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c><v>1</v></c></row><row r="1"/></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="9999999"><c><v>1</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c r="XFE1"><v>1</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c r="B1"/><c r="A1"/></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c r="A1" t="s"><v>7</v></c></row></sheetData></worksheet>',
    ],
)
def test_damaged_sheets_are_one_clear_error(sheet: str) -> None:
    assert code_of(workbook({"S": sheet})) == "damaged"


def test_a_workbook_without_text_is_empty_and_a_text_named_xlsx_is_refused() -> None:
    assert code_of(workbook({"S": [[]]})) == "empty"
    with pytest.raises(UnreadableError) as caught:
        read(b"name,country\nA,CN\n")
    assert caught.value.code == "type-mismatch"


def test_a_cell_in_the_last_row_costs_a_megabyte_and_not_more() -> None:
    row = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
    document = read(workbook({"S": sheet}))
    assert len(document.text) == 1_048_577
    assert [row.where for table in tables_of(document) for row in table.rows()] == ["S!A1048576"]


def test_a_workbook_is_read_within_the_limits_of_the_reading_process() -> None:
    with ReaderPool() as pool:
        document = pool.read(workbook({"S": PARTNERS}), "book.xlsx")
        assert "Grey Heron" in document.text
        with pytest.raises(LimitError):
            pool.read(workbook({"S": [["x"]]}, extra={"xl/x.xml": bytes(90 << 20)}), "bomb.xlsx")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_damage_breaks_the_reader(data: st.DataObject) -> None:
    whole = bytearray(workbook({"供应商": PARTNERS, "股权": HOLDINGS}))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        assert read(bytes(whole)).text


def test_the_fixture_is_a_package_that_other_programs_read() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook({"S": PARTNERS}))) as archive:
        assert archive.testzip() is None
