"""Partner registers with English and Chinese headers."""

from __future__ import annotations

import pytest

from ingest.registers import read_register
from kb.errors import RecordError
from kb.model import Document, Name


def document(text: str) -> Document:
    return Document(text, (), "text/csv", "en")


def test_an_english_register_is_read() -> None:
    text = (
        "id,Name,Aliases,Country,LEI,Legal form,Status,Address,Category\n"
        'P1,"Corran Bay Instruments Limited",Corran Bay;CBI,Ireland,529900T8BM49AURSDO55,'
        'Private company,active,"4 Quay, Corran",customer\n'
        "P2,Oriel Vale GmbH,,Vessland,529900T8BM49AURSDO56,,,,\n"
    )
    found = read_register(document(text), source_name="partners.csv")
    one, two = found.partners
    assert one.id == "P1"
    assert one.names == (
        Name("Corran Bay Instruments Limited", "primary", "en"),
        Name("Corran Bay", "aka", "en"),
        Name("CBI", "aka", "en"),
    )
    assert one.country == "IE"
    assert one.kind == "organization"
    assert (one.identifiers[0].scheme, one.identifiers[0].valid) == ("LEI", True)
    assert (one.legal_form, one.status, one.address) == ("Private company", "active", "4 Quay, Corran")
    assert one.attributes == {"Category": "customer"}
    assert text[one.start : one.end].startswith("P1,")
    assert two.identifiers[0].valid is False
    assert two.country is None
    assert two.attributes == {"country": "Vessland"}


def test_a_chinese_register_is_read() -> None:
    header = "企业名称\t曾用名\t统一社会信用代码\t经营状态\t企业类型\t注册地址\t法定代表人\n"
    row = (
        "远山科技有限公司\t远山商贸有限公司\t９１９９０１００ＭＡ７８１ＦＢＦ６２\t存续\t有限责任公司\t远山市\t陆知远\n"
    )
    text = "供应商清单\n" + header + row  # a title line above the header
    (partner,) = read_register(document(text), source_name="供应商.csv").partners
    assert partner.names == (Name("远山科技有限公司", "primary", "zh"), Name("远山商贸有限公司", "fka", "zh"))
    assert partner.id == "远山科技有限公司"
    assert partner.identifiers[0].value == "91990100MA781FBF62"
    assert partner.identifiers[0].valid is True
    assert partner.country == "CN"
    assert partner.status == "存续"
    assert partner.attributes == {"法定代表人": "陆知远"}


def test_broken_rows_are_reported_and_the_rest_is_loaded() -> None:
    text = 'id;name\n1;Alpha Ltd\n1;Beta Ltd\n3;\n4;"Gamma\n5;Delta Ltd;extra\n6;Epsilon Ltd\n'
    found = read_register(document(text), source_name="x.csv")
    assert [p.id for p in found.partners] == ["1", "6"]
    assert found.rows == 6
    assert [r.split(":")[0] for r in found.rejected] == ["line 3", "line 4", "line 5", "line 6"]


def test_partners_of_one_name_get_different_ids() -> None:
    found = read_register(document("name,city\nAlpha Ltd,Cork\nAlpha Ltd,Bray\n"), source_name="x.csv")
    assert [p.id for p in found.partners] == ["alpha-ltd", "alpha-ltd-2"]


def test_a_person_is_known_by_what_the_row_states_only() -> None:
    found = read_register(document("name,type\nMaeve Tolland,person\nAda Quill,\n"), source_name="x.csv")
    assert [p.kind for p in found.partners] == ["person", None]


def test_a_table_without_names_is_refused() -> None:
    with pytest.raises(RecordError, match="no column of names"):
        read_register(document("a,b\n1,2\n"), source_name="x.csv")
    with pytest.raises(RecordError, match="no partner"):
        read_register(document("id,name\n1,\n"), source_name="x.csv")
