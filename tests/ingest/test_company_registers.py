"""GLEIF golden copies, BODS packages and tables of holdings as registers; every name and number here is invented."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from ingest.columns import parse_columns
from ingest.kinds import guess_kind
from ingest.readers import read_document
from ingest.registers import read_register
from kb.errors import RecordError
from kb.model import Document, Kind, Name, OwnerGap, Register

BODS = Path(__file__).parents[3] / "shared" / "data" / "partners" / "bods" / "examples"
HERON, EGRET = "529900T8BM49AURSDO55", "969500T1UBNNTYVWOS04"

LEVEL1 = (
    '"LEI","Entity.LegalName","Entity.LegalName.xmllang","Entity.OtherEntityNames.OtherEntityName.1",'
    '"Entity.OtherEntityNames.OtherEntityName.1.xmllang","Entity.OtherEntityNames.OtherEntityName.1.type",'
    '"Entity.LegalAddress.FirstAddressLine","Entity.LegalAddress.City","Entity.LegalAddress.Country",'
    '"Entity.RegistrationAuthority.RegistrationAuthorityEntityID","Entity.LegalJurisdiction",'
    '"Entity.LegalForm.EntityLegalFormCode","Entity.EntityStatus","Registration.RegistrationStatus"\n'
    f'"{HERON}","远山贸易有限公司","zh","Farhill Trade","en","TRADING_OR_OPERATING_NAME","1 Road","Harvik","CN",'
    '"91990100MA781FBF62","CN","ECAK","ACTIVE","ISSUED"\n'
    f'"{EGRET}","Egret Ltd","en","Old Egret","en","PREVIOUS_LEGAL_NAME","","","","77-1","US-DE","XTIQ",'
    '"INACTIVE","LAPSED"\n'
    f'"{EGRET}","Egret Ltd","en","","","","","","","","","","",""\n'
    '"","Nameless","","","","","","","","","","","",""\n'
)
RELATIONS = (
    "Relationship.StartNode.NodeID,Relationship.StartNode.NodeIDType,Relationship.EndNode.NodeID,"
    "Relationship.EndNode.NodeIDType,Relationship.RelationshipType,Relationship.RelationshipStatus,"
    "Relationship.Period.1.startDate,Relationship.Period.1.endDate,Relationship.Period.1.periodType\n"
    f"{EGRET},LEI,{HERON},LEI,IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE,2018-01-01T00:00:00Z,,RELATIONSHIP_PERIOD\n"
    f"{EGRET},LEI,{HERON},LEI,IS_FUND-MANAGED_BY,ACTIVE,,,\n"
    f"{EGRET},LEI,{HERON},LEI,IS_ULTIMATELY_CONSOLIDATED_BY,INACTIVE,,,\n"
    f"{EGRET},LEI,,,IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE,,,\n"
    f"{EGRET},LEI,{HERON},LEI,IS_FOND_OF,ACTIVE,,,\n"
)


def read(text: str, name: str = "file.csv", **more: object) -> Register:
    return read_register(read_document(text.encode(), name), source_name=name, **more)  # type: ignore[arg-type]


def test_level_one_of_the_golden_copy_has_names_identifiers_and_status() -> None:
    assert guess_kind(read_document(LEVEL1.encode(), "lei2.csv"), "lei2.csv") is Kind.REGISTER
    found = read(LEVEL1)
    far, egret = found.partners
    assert (far.id, far.kind, far.country, far.status, far.legal_form) == (
        HERON,
        "organization",
        "CN",
        "ACTIVE",
        "ECAK",
    )
    assert far.names == (Name("远山贸易有限公司", "primary", "zh"), Name("Farhill Trade", "trade", "en"))
    assert [(i.scheme, i.valid) for i in far.identifiers] == [("LEI", True), ("USCC", True)]
    assert far.address == "1 Road, Harvik, CN"
    assert (egret.country, egret.names[1].kind, egret.attributes["LEI status"]) == ("US", "fka", "LAPSED")
    assert found.rejected == (f"line 4: the LEI {EGRET} was used before", "line 5: it has no LEI")


def test_relationship_records_are_control_and_no_shares() -> None:
    found = read(RELATIONS)
    (holding,) = found.holdings
    assert (holding.owner, holding.owned, holding.measure, holding.valid_from) == (
        HERON,
        EGRET,
        "control",
        date(2018, 1, 1),
    )
    assert {p.id for p in found.partners} == {HERON, EGRET}
    assert all(p.identifiers[0].scheme == "LEI" for p in found.partners)
    assert [r.partition(":")[0] for r in found.rejected] == ["line 5", "line 6"]
    assert len(found.notes) == 1
    assert found.notes[0].startswith("line 4, column Relationship.RelationshipStatus: ")


def test_a_table_of_holdings_names_partners_that_own() -> None:
    found = read("股东,被投资企业,持股比例\n张三,远山贸易有限公司,51%\n李四,远山贸易有限公司,49%\n李四,,1\n")
    assert [(p.id, p.names[0].text) for p in found.partners] == [
        ("张三", "张三"), ("远山贸易有限公司", "远山贸易有限公司"), ("李四", "李四"),
    ]  # fmt: skip
    assert [(h.owner, h.owned, h.low) for h in found.holdings] == [
        ("张三", "远山贸易有限公司", 0.51), ("李四", "远山贸易有限公司", 0.49),
    ]  # fmt: skip
    assert found.rejected == ("line 4: it names no owned",)


def test_columns_of_holdings_can_be_mapped_too() -> None:
    found = read(
        "Halter,Firma,Anteil\nA,B,25\n", columns=parse_columns(["Halter=owner", "Firma=owned", "Anteil=percent"])
    )
    assert [(h.owner, h.owned, h.low, h.high) for h in found.holdings] == [("A", "B", 0.25, 0.25)]


def statement(number: int, kind: str, record: str, details: dict[str, object], **more: str) -> dict[str, object]:
    return {
        "statementId": f"s{number}", "recordId": record, "recordType": kind, "statementDate": "2020-01-01",
        "declarationSubject": "e1", "recordDetails": details, **more,
    }  # fmt: skip


PACKAGE = [
    statement(1, "entity", "e1", {
        "name": "Grey Heron Ltd", "jurisdiction": {"code": "MT"}, "alternateNames": ["Heron"],
        "identifiers": [{"id": HERON, "scheme": "XI-LEI"}, {"id": "77-1", "scheme": "MT-MBR"}, {"id": ""}],
        "addresses": [{"address": "4 Quay"}], "entityType": {"type": "registeredEntity", "subtype": "plc"},
    }),
    statement(2, "person", "p1", {
        "names": [{"type": "legal", "fullName": "Anselm Varga"}, {"type": "former", "fullName": "Anselm Vargha"}],
        "nationalities": [{"code": "IR"}], "birthDate": "1968-05",
        "politicalExposure": {"status": "isPep"},
    }),
    statement(3, "relationship", "r1", {
        "subject": "e1", "interestedParty": "p1",
        "interests": [{"type": "shareholding", "directOrIndirect": "direct", "share": {"minimum": 25, "maximum": 50}}],
    }),
    statement(4, "relationship", "r2", {"subject": "e1", "interestedParty": {"reason": "subjectUnableToConfirm"}}),
]  # fmt: skip


def test_a_bods_package_is_a_register_with_its_holdings_and_gaps() -> None:
    text = json.dumps(PACKAGE, indent=2)
    document = read_document(text.encode(), "package.json")
    assert guess_kind(document, "package.json") is Kind.REGISTER
    found = read(text, "package.json")
    heron, varga = found.partners
    assert (heron.id, heron.country, heron.legal_form, heron.address) == ("e1", "MT", "plc", "4 Quay")
    assert [(i.scheme, i.valid) for i in heron.identifiers] == [("LEI", True), ("registration", None)]
    assert [n.kind for n in varga.names] == ["primary", "fka"]
    assert varga.attributes == {"birth date": "1968-05", "topics": "role.pep"}
    (holding,) = found.holdings
    assert (holding.owner, holding.owned, holding.low, holding.high) == ("p1", "e1", 0.25, 0.5)
    assert json.loads(document.text[holding.start : holding.end])["statementId"] == "s3"
    (gap,) = found.gaps
    assert gap == OwnerGap("e1", "subjectUnableToConfirm", gap.start, gap.end)
    assert json.loads(document.text[gap.start : gap.end])["statementId"] == "s4"


def test_a_package_that_breaks_off_is_incomplete() -> None:
    text = json.dumps(PACKAGE, indent=2)
    found = read(text[: text.index('"s4"')], "package.json")
    assert found.incomplete == "it breaks off at statement 4"
    assert len(found.partners) == 2


def test_a_table_without_partners_or_holdings_says_what_is_missing() -> None:
    with pytest.raises(RecordError, match="--map HEADER=name"):
        read_register(Document("a,b\n1,2\n", (), "text/csv", "en"), source_name="x.csv")


@pytest.mark.shared
def test_every_real_package_is_read_whole() -> None:
    files = sorted(BODS.glob("*.json"))
    if not files:
        pytest.skip("../shared/data/partners/bods/examples is absent")
    assert len(files) == 19
    for file in files:
        document = read_document(file.read_bytes(), file.name)
        assert guess_kind(document, file.name) is Kind.REGISTER, file.name
        found = read_register(document, source_name=file.name)
        statements = [s for s in json.loads(document.text) if s["recordType"] != "relationship"]
        assert found.rejected == (), file.name
        assert found.incomplete is None
        assert {p.id for p in found.partners} >= {
            s["recordId"] for s in statements if s["recordDetails"].get("name") or s["recordDetails"].get("names")
        }, file.name
        keys = {p.id for p in found.partners}
        for holding in found.holdings:
            assert {holding.owner, holding.owned} <= keys
            assert "relationship" in document.text[holding.start : holding.end]
