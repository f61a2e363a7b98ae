"""Watch lists: OFAC's files joined, the UN list, tables with a header; broken rows reported, the rest loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.delimited import read_rows, sniff_delimiter
from ingest.lists import is_companion, read_watchlist
from ingest.lists.vocabulary import birth_date, country_code
from kb.errors import RecordError
from kb.model import Document, Name

SHARED = Path(__file__).parents[3] / "shared" / "data" / "partners"

SDN = (
    '101,"VARGA, Anselm","individual","X-TRADE] [X-METALS","Director",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    "\"DOB 03 May 1968; alt. DOB circa 1969; POB Harvik; nationality Iran; Passport V0099123 (Iran); a.k.a. 'VEE'.\"\n"
    '102,"GREY HERON SHIPPING CO., LTD.",-0- ,"X-TRADE",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"Registration Number 77-1 (Malta); '
    'Legal Entity Number 529900T8BM49AURSDO55; Linked To: VARGA, Anselm."\n'
    '103,"broken\n'
    '104,"SABLE",vessel,"X-TRADE",-0- ,"CALL",-0- ,-0- ,-0- ,"Panama",-0- ,'
    '"Vessel Registration Identification IMO 9074729."\n'
    "105,short,row\n"
    '101,"AGAIN, Anselm","individual","X",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n'
)
ALT = '101,1,"aka","VARGHA, Anselm",-0- \n102,2,"fka","HERON LINES",-0- \n999,3,"aka","NOBODY",-0- \n'
ADD = '101,1,"4 Quay","Tehran","Iran",-0- \n102,2,-0- ,"Valletta","Malta",-0- \n'


def document(text: str) -> Document:
    return Document(text, (), "text/csv", "en")


def test_ofac_rows_are_read_with_their_facts_and_exact_places() -> None:
    found = read_watchlist(
        document(SDN), source_name="sdn.csv", companions={"alt.csv": document(ALT), "add.csv": document(ADD)}
    )
    assert found.list_id == "OFAC-SDN"
    assert [e.id for e in found.entries] == ["OFAC-101", "OFAC-102", "OFAC-104"]
    varga, heron, sable = found.entries
    assert varga.kind == "person"
    assert varga.names == (Name("VARGA, Anselm"), Name("VARGHA, Anselm", "aka"), Name("VEE", "weak"))
    assert varga.birth_dates == ("1968-05-03", "1969~")
    assert varga.countries == ("IR",)
    assert varga.programs == ("X-TRADE", "X-METALS")
    assert ("passport", "V0099123") in {(i.scheme, i.value) for i in varga.identifiers}
    assert varga.addresses == ("4 Quay, Tehran, Iran",)
    assert heron.kind == "organization"
    assert Name("HERON LINES", "fka") in heron.names
    assert {i.scheme: i.valid for i in heron.identifiers}["LEI"] is True
    assert sable.kind == "vessel"
    assert {i.scheme: i.valid for i in sable.identifiers}["IMO"] is True
    for entry in found.entries:
        row = SDN[entry.start : entry.end]
        assert row.startswith(entry.id.removeprefix("OFAC-"))
        assert "\n" not in row


def test_every_broken_row_is_reported_and_the_others_are_loaded() -> None:
    found = read_watchlist(document(SDN), source_name="sdn.csv")
    assert found.rows == 6
    assert len(found.rejected) == 3
    assert "line 3" in found.rejected[0]
    assert "quotation mark" in found.rejected[0]
    assert "3 of 12 columns" in found.rejected[1]
    assert "used before" in found.rejected[2]


def test_a_companion_alone_is_named_as_one_and_is_no_error() -> None:
    assert is_companion(document(ALT))
    assert not is_companion(document(SDN))
    found = read_watchlist(document(ALT), source_name="alt.csv")
    assert found.entries == ()
    assert "primary file" in found.rejected[0]


def test_the_consolidated_list_does_not_take_the_sdn_aliases() -> None:
    found = read_watchlist(document(SDN), source_name="cons_prim.csv", companions={"alt.csv": document(ALT)})
    assert found.list_id == "OFAC-CONS"
    assert all(name.text != "VARGHA, Anselm" for e in found.entries for name in e.names)


UN = """<?xml version="1.0"?><CONSOLIDATED_LIST dateGenerated="2026-01-01"><INDIVIDUALS>
<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>ANSELM</FIRST_NAME><SECOND_NAME>VARGA</SECOND_NAME><UN_LIST_TYPE>X</UN_LIST_TYPE>
<REFERENCE_NUMBER>Xi.001</REFERENCE_NUMBER><NATIONALITY><VALUE>Iran (Islamic Republic of)</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Vee</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1960</FROM_YEAR><TO_YEAR>1962</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL>
<INDIVIDUAL><DATAID>2</DATAID><FIRST_NAME>BROKEN</INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>3</DATAID>
<FIRST_NAME>GREY HERON</FIRST_NAME><UN_LIST_TYPE>X</UN_LIST_TYPE></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""


def test_the_un_list_is_read_entry_by_entry() -> None:
    found = read_watchlist(document(UN), source_name="consolidated.xml")
    assert [e.id for e in found.entries] == ["UN-1", "UN-3"]
    assert found.rows == 3
    assert len(found.rejected) == 1
    varga = found.entries[0]
    assert varga.names == (Name("ANSELM VARGA"), Name("Vee", "weak"))
    assert varga.birth_dates == ("1960/1962",)
    assert varga.countries == ("IR",)
    assert UN[varga.start : varga.end].startswith("<INDIVIDUAL>")
    assert UN[varga.start : varga.end].endswith("</INDIVIDUAL>")


def test_a_table_with_chinese_headers_is_read() -> None:
    header = "名称;类型;国家;别名;统一社会信用代码\n"  # name; type; country; aliases; credit code
    text = header + "远山贸易有限公司;企业;中国;远山商贸|远山;91990100MA781FBF62\n;企业;中国;;\n"
    found = read_watchlist(document(text), source_name="黑名单.csv")
    assert found.list_id == "黑名单"
    (entry,) = found.entries
    assert [n.text for n in entry.names] == ["远山贸易有限公司", "远山商贸", "远山"]
    assert entry.kind == "organization"
    assert entry.countries == ("CN",)
    assert entry.identifiers[0].scheme == "USCC"
    assert found.rejected == ("line 3: it has no name",)


def test_a_table_without_names_is_refused() -> None:
    with pytest.raises(RecordError, match="no column of names"):
        read_watchlist(document("a,b\n1,2\n"), source_name="x.csv")
    with pytest.raises(RecordError, match="no entry"):
        read_watchlist(document("id,name\n1,\n"), source_name="x.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03 May 1968", "1968-05-03"),
        ("May 1968", "1968-05"),
        ("1968", "1968"),
        ("circa 1968", "1968~"),
        ("1955 to 1958", "1955/1958"),
        ("unknown", None),
    ],
)
def test_dates_of_birth_keep_what_is_stated(text: str, expected: str | None) -> None:
    assert birth_date(text) == expected


def test_countries_are_known_by_name_and_code_and_unknown_ones_are_none() -> None:
    assert country_code("Korea, North") == "KP"
    assert country_code("cn") == "CN"
    assert country_code("美国") == "US"
    assert country_code("Vessland") is None


@given(st.lists(st.lists(st.text(alphabet='ab,"\n 山', max_size=6), min_size=2, max_size=4), min_size=1, max_size=6))
def test_rows_slice_back_and_do_not_overlap(table: list[list[str]]) -> None:
    text = "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in table)
    rows = list(read_rows(text))
    assert [list(r.cells) for r in rows] == [[c.strip() for c in row] for row in table]
    ends = [0, *[r.end for r in rows]]
    assert all(r.start >= before for r, before in zip(rows, ends, strict=False))


@given(st.text(max_size=200))
def test_no_text_breaks_the_row_reader(text: str) -> None:
    rows = list(read_rows(text, sniff_delimiter(text)))
    assert all(0 <= r.start <= r.end <= len(text) for r in rows)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "entries"),
    [
        ("ofac/sdn.csv", 8976),
        ("ofac/cons_prim.csv", 442),
        ("ofac/2023-sancbook/sdn.csv", 11443),
        ("un/UN_consolidated.xml", 1003),
    ],
)
def test_real_lists_are_read_completely(path: str, entries: int) -> None:
    file = SHARED / path
    if not file.is_file():
        pytest.skip(f"../shared/data/partners/{path} is absent")
    text = file.read_text(encoding="utf-8", errors="replace")
    found = read_watchlist(document(text), source_name=file.name)
    assert len(found.entries) == entries
    assert found.rejected == ()
