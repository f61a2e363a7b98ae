"""Official lists in their publishers' layouts; every name and number here is invented."""

# ruff: noqa: E501 - rows of lists are as long as their publishers make them
from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.kinds import guess_kind
from ingest.lists import read_watchlist
from ingest.lists.drafts import stated_birth, stated_day
from ingest.readers import read_document
from kb.errors import InputError, UnsupportedError
from kb.lists import published_lists
from kb.model import Document, Kind, Name, WatchList

SHARED = Path(__file__).parents[3] / "shared" / "data" / "partners"

OFAC_XML = """<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="http://tempuri.org/sdnList.xsd"><publshInformation><Publish_Date>11/20/2025</Publish_Date>
<Record_Count>3</Record_Count></publshInformation>
<sdnEntry><uid>101</uid><firstName>Anselm</firstName><lastName>VARGA</lastName><title>Director</title>
<sdnType>Individual</sdnType><programList><program>X-TRADE</program><program>X-METALS</program></programList>
<idList><id><uid>1</uid><idType>Passport</idType><idNumber>V0099123</idNumber><idCountry>Iran</idCountry></id>
<id><uid>2</uid><idType>Gender</idType><idNumber>Male</idNumber></id></idList>
<akaList><aka><uid>3</uid><type>a.k.a.</type><category>weak</category><lastName>VEE</lastName></aka>
<aka><uid>4</uid><type>f.k.a.</type><category>strong</category><lastName>VARGHA</lastName><firstName>Anselm</firstName></aka></akaList>
<addressList><address><uid>5</uid><address1>4 Quay</address1><city>Tehran</city><country>Iran</country></address></addressList>
<dateOfBirthList><dateOfBirthItem><dateOfBirth>03 May 1968</dateOfBirth></dateOfBirthItem>
<dateOfBirthItem><dateOfBirth>circa 1969</dateOfBirth></dateOfBirthItem></dateOfBirthList></sdnEntry>
<sdnEntry><uid>102</uid><lastName>GREY HERON SHIPPING CO., LTD.</lastName><sdnType>Entity</sdnType>
<idList><id><idType>Unified Social Credit Code (USCC)</idType><idNumber>91990100MA781FBF62</idNumber></id></idList></sdnEntry>
<sdnEntry><uid>103</uid><lastName>SABLE</lastName><sdnType>Vessel</sdnType><idList><id>
<idType>Vessel Registration Identification</idType><idNumber>IMO 9074729</idNumber></id></idList></sdnEntry></sdnList>"""

EU_XML = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2025-11-20T10:00:00.000+01:00" globalFileId="1">
<sanctionEntity designationDetails="" unitedNationId="" euReferenceNumber="EU.1.2" logicalId="13">
<remark>a remark</remark><regulation programme="XYZ" publicationDate="2014-03-18" entryIntoForceDate="2014-03-17"/>
<subjectType code="person" classificationCode="P"/>
<nameAlias firstName="Anselm" middleName="" lastName="Varga" wholeName="Anselm Varga" function="Minister" strong="true"/>
<nameAlias wholeName="Ансельм Варга" nameLanguage="RU" strong="true"/><nameAlias wholeName="Vee" strong="false"/>
<citizenship countryIso2Code="IR" countryDescription="IRAN"/>
<birthdate circa="false" birthdate="1968-05-03" year="1968"/><birthdate circa="true" year="1969"/>
<birthdate yearRangeFrom="1960" yearRangeTo="1962"/><birthdate birthdate="soon"/>
<identification identificationTypeCode="passport" number="V0099123" countryIso2Code="00"/>
<address city="Tehran" street="4 Quay" countryIso2Code="IR" countryDescription="IRAN"/></sanctionEntity>
<sanctionEntity logicalId="14" designationDate="2020-02-03"><subjectType code="enterprise" classificationCode="E"/>
<nameAlias wholeName="Grey Heron Ltd" strong="true"/></sanctionEntity>
<sanctionEntity logicalId="15"><subjectType code="enterprise"/></sanctionEntity></export>"""

UK_XML = """<?xml version="1.0" encoding="utf-8"?><Designations><DateGenerated>2025-11-20T00:00:00</DateGenerated>
<Designation><LastUpdated>01/02/2024</LastUpdated><DateDesignated>17/03/2014</DateDesignated><UniqueID>XYZ0001</UniqueID>
<Names><Name><Name1>Anselm</Name1><Name6>VARGA</Name6><NameType>Primary Name</NameType></Name>
<Name><Name6>VEE</Name6><NameType>Alias</NameType><AliasStrength>Low quality a.k.a</AliasStrength></Name></Names>
<NonLatinNames><NonLatinName><NameNonLatinScript>安塞姆</NameNonLatinScript></NonLatinName></NonLatinNames>
<RegimeName>The X (Sanctions) Regulations</RegimeName><IndividualEntityShip>Individual</IndividualEntityShip>
<Addresses><Address><AddressLine1>4 Quay</AddressLine1><AddressCountry>Iran</AddressCountry></Address></Addresses>
<IndividualDetails><Individual><DOBs><DOB>00/00/1968</DOB></DOBs><Nationalities><Nationality>Atlantis</Nationality></Nationalities>
<PassportDetails><Passport><PassportNumber>V0099123</PassportNumber></Passport></PassportDetails></Individual></IndividualDetails>
</Designation></Designations>"""

EU_CSV = (
    "\ufefffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;Entity_Regulation_Programme;"
    "Entity_Regulation_EntryIntoForceDate;NameAlias_WholeName;NameAlias_NameLanguage;NameAlias_Strong;"
    "BirthDate_BirthDate;BirthDate_Year;Identification_Number;Identification_TypeCode;Citizenship_CountryIso2Code\n"
    "20/11/2025;13;EU.1.2;P;XYZ;2014-03-17;Anselm Varga;;true;;;;;\n"
    "20/11/2025;13;EU.1.2;P;XYZ;2014-03-17;Vee;;false;;;;;\n"
    "20/11/2025;13;EU.1.2;P;XYZ;2014-03-17;;;;1968-05-03;1968;;;\n"
    "20/11/2025;13;EU.1.2;P;XYZ;2014-03-17;;;;;;V0099123;passport;\n"
    "20/11/2025;13;EU.1.2;P;XYZ;2014-03-17;;;;;;;;IR\n"
    "20/11/2025;14;EU.1.3;E;XYZ;;远山贸易有限公司;ZH;true;;;;;\n"
    "20/11/2025;15;EU.1.4;E;XYZ;;;;;;;;;\n"
    "20/11/2025;;;E;XYZ;;Nobody;;;;;;;\n"
)

OFSI_CSV = (
    "Last Updated,20/11/2025\n"
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,Non-Latin Script Type,"
    "Non-Latin Script Language,DOB,Town of Birth,Country of Birth,Nationality,Passport Number,Passport Details,"
    "National Identification Number,National Identification Details,Position,Address 1,Address 2,Address 3,Address 4,"
    "Address 5,Address 6,Post/Zip Code,Country,Other Information,Group Type,Alias Type,Alias Quality,Regime,Listed On,"
    "UK Sanctions List Date Designated,Last Updated,Group ID\n"
    "VARGA,Anselm,,,,,,安塞姆,,Chinese,03/05/1968,,,(1) Iran (2) Iraq,V0099123,,,,Minister,4 Quay,,,,,,,Iran,,Individual,"
    "Primary name,,X,17/03/2014,,,7001\n"
    "VEE,,,,,,,,,,00/00/1969,,,,,,,,,,,,,,,,,,Individual,AKA,Low,X,17/03/2014,,,7001\n"
    "GREY HERON,,,,,,,,,,,,,,,,,,,,,,,,,,Malta,,Entity,Primary name,,X,18/03/2014,,,7002\n"
)

UKSL_CSV = (
    "Report Date: 20-Nov-2025,,,\n"
    "Last Updated,Unique ID,OFSI Group ID,UN Reference Number,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Name type,"
    "Alias strength,Title,Name non-latin script,Non-latin script type,Non-latin script language,Regime Name,"
    "Designation Type,Date Designated,D.O.B,Nationality(/ies),Passport number,Business registration number (s),IMO number\n"
    "01/02/2024,XYZ0001,7001,,VARGA,Anselm,,,,,Primary Name,,,安塞姆,,,X Regulations,Individual,17/03/2014,03/05/1968,Iran,"
    "V0099123,,\n"
    "01/02/2024,XYZ0001,7001,,VEE,,,,,,Alias,Low quality a.k.a,,,,,X Regulations,Individual,17/03/2014,31/02/1968,,,,\n"
    "01/02/2024,XYZ0002,,,SABLE,,,,,,Primary Name,,,,,,X Regulations,Ship,17/03/2014,,,,,9074729\n"
)

DPL = (
    '"Name"\t"Street_Address"\t"City"\t"State"\t"Country"\t"Postal_Code"\t"Effective_Date"\t"Expiration_Date"\t'
    '"Standard_Order"\t"Last_Update"\t"Action"\t"FR_Citation"\n'
    '" ANSELM VARGA"\t"4 QUAY"\t"TEHRAN"\t""\t"IR"\t""\t"10/16/2017"\t"10/13/2020"\t"Y"\t"2017-10-23"\t"ADDED"\t"82 F.R. 1"\n'
    '"ANSELM VARGA"\t"5 QUAY"\t"TEHRAN"\t""\t"IR"\t""\t"10/16/2018"\t"10/13/2056"\t"Y"\t"2017-10-23"\t"ADDED"\t"83 F.R. 1"\n'
    '"GREY HERON"\t""\t""\t""\t"ZQ"\t""\t"13/45/2018"\t""\t"Y"\t""\t""\t""\n'
)

CSL_HEADER = (
    "source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,remarks,"
    "alt_names,citizenships,dates_of_birth,nationalities,ids\n"
)
CSL_CSV = CSL_HEADER + (
    'Entity List (EL),,,,Grey Heron Ltd,,"4 Quay, Tehran, IR; 5 Quay, Valletta, MT",80 FR 1,2015-11-12,,,'
    '"Heron Lines; and Heron Sea",,,,"IR, 77-1, Registration Number"\n'
    'SDN,101,Individual,X-TRADE; X-METALS,Anselm Varga,,,,,,,"",IR,1968-05-03,IR,"IR, V0099123, Passport; IR, 5-5, Tax ID No."\n'
)
CSL_JSON = json.dumps(
    {
        "total": 2,
        "results": [
            {
                "id": "a1", "source": "SDN", "type": "Individual", "name": "Anselm Varga", "alt_names": ["Vee"],
                "programs": ["X-TRADE"], "nationalities": ["IR"], "dates_of_birth": ["1968-05-03", "never"],
                "addresses": [{"address": "4 Quay", "city": "Tehran", "country": "IR"}], "start_date": "2014-03-17",
                "ids": [{"type": "Passport", "number": "V0099123", "country": "IR"}],
            },
            {"id": "a2", "source": "EL", "name": "", "alt_names": []},
        ],
    }
)  # fmt: skip

SIMPLE = (
    '"id","schema","name","aliases","birth_date","countries","addresses","identifiers","sanctions","phones","emails",'
    '"dataset","first_seen","last_seen","last_change"\n'
    '"q-1","Person","Anselm Varga","Vee;Anselm Vargha","1968-05-03","ir","4 Quay","V0099123","X-TRADE","","","Some list",'
    '"2023-01-01","2023-02-02","2023-01-01"\n'
    '"q-2","Company","远山贸易有限公司","Farhill Trade","","cn","","91990100MA781FBF62","","","","Some list","","",""\n'
)


def read(text: str, name: str, media: str = "text/csv") -> WatchList:
    return read_watchlist(Document(text, (), media, "en"), source_name=name)


CASES = {
    "OFAC-SDN": (OFAC_XML, "sdn.xml", "OFAC-101", date(2025, 11, 20)),
    "EU-FSF": (EU_XML, "eu.xml", "EU-13", date(2025, 11, 20)),
    "UK-SL": (UK_XML, "uk.xml", "UK-XYZ0001", date(2025, 11, 20)),
    "EU-FSF csv": (EU_CSV, "eu.csv", "EU-13", date(2025, 11, 20)),
    "UK-OFSI": (OFSI_CSV, "ConList.csv", "OFSI-7001", date(2025, 11, 20)),
    "UK-SL csv": (UKSL_CSV, "uk.csv", "UK-XYZ0001", date(2025, 11, 20)),
    "US-CSL": (CSL_JSON, "csl.json", "CSL-a1", None),
    "simple": (SIMPLE, "simple.csv", "simple-q-1", None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_person_is_read_from_every_layout(case: str) -> None:
    text, name, key, published = CASES[case]
    found = read(text, name)
    assert found.list_id == case.split()[0]
    assert found.published == published
    assert found.incomplete is None
    varga = found.entries[0]
    assert varga.id == key
    assert varga.kind == "person"
    assert varga.names[0].text.replace(",", "").casefold() in {"anselm varga", "varga anselm"}
    assert varga.names[0].kind == "primary"
    vee = next(n for n in varga.names if n.text.casefold() == "vee")
    assert vee.kind == ("aka" if case in {"US-CSL", "simple"} else "weak")
    assert any(day.startswith("1968") for day in varga.birth_dates)
    assert ("V0099123" in {i.value for i in varga.identifiers}) is True
    if case != "simple":
        assert {i.scheme for i in varga.identifiers} == {"passport"}
    assert varga.programs
    assert "Varga".casefold() in text[varga.start : varga.end].casefold()
    if found.list_id in published_lists():
        assert found.title == published_lists()[found.list_id]["title"]


@pytest.mark.parametrize("case", CASES)
def test_the_layout_shows_that_it_is_a_watch_list(case: str) -> None:
    text, name, _, _ = CASES[case]
    document = read_document(text.encode(), name)
    assert guess_kind(document, "some/file" + Path(name).suffix) is Kind.WATCHLIST


def test_ofac_xml_and_csv_name_a_person_alike_and_its_count_is_checked() -> None:
    found = read(OFAC_XML, "sdn.xml")
    varga, heron, sable = found.entries
    assert varga.names == (Name("VARGA, Anselm"), Name("VEE", "weak"), Name("VARGHA, Anselm", "fka"))
    assert varga.birth_dates == ("1968-05-03", "1969~")
    assert varga.countries == ("IR",)
    assert (heron.identifiers[0].scheme, heron.identifiers[0].valid) == ("USCC", True)
    assert (sable.kind, sable.identifiers[0].scheme) == ("vessel", "IMO")
    fewer = read(OFAC_XML.replace("<Record_Count>3<", "<Record_Count>5<"), "sdn.xml")
    assert fewer.incomplete == "it announces 5 entries and has 3"
    assert read(OFAC_XML, "consolidated.xml").list_id == "OFAC-CONS"
    with pytest.raises(UnsupportedError, match="advanced"):
        read('<Sanctions xmlns="http://www.un.org/sanctions/1.0/ADVANCED_XML"/>', "SDN_ADVANCED.XML")


def test_the_eu_list_keeps_partial_dates_scripts_and_what_it_could_not_read() -> None:
    found = read(EU_XML, "eu.xml")
    varga, heron = found.entries
    assert varga.birth_dates == ("1968-05-03", "1969~", "1960/1962")
    assert Name("Ансельм Варга", "aka", "ru") in varga.names
    assert (varga.listed_on, heron.listed_on) == (date(2014, 3, 17), date(2020, 2, 3))
    assert varga.addresses == ("4 Quay, Tehran, IRAN",)
    assert found.notes == ("entry 1, column birthdate: 'soon' is no date",)
    assert found.rejected == ("entry 3: it has no name",)


def test_rows_of_the_eu_table_are_joined_by_entity() -> None:
    found = read(EU_CSV, "eu.csv")
    varga, far = found.entries
    assert (found.rows, len(found.rejected)) == (8, 2)
    assert varga.countries == ("IR",)
    assert varga.listed_on == date(2014, 3, 17)
    assert far.names == (Name("远山贸易有限公司", "primary", "zh"),)
    assert far.kind == "organization"
    assert found.rejected[0] == "line 9: it has no entitylogicalid"


def test_british_lists_join_aliases_and_original_script_and_numbered_values() -> None:
    ofsi = read(OFSI_CSV, "ConList.csv")
    varga, heron = ofsi.entries
    assert varga.names[1] == Name("安塞姆", "original", "zh")
    assert varga.countries == ("IR", "IQ")
    assert varga.birth_dates == ("1968-05-03", "1969")
    assert (heron.countries, heron.listed_on) == (("MT",), date(2014, 3, 18))
    listed = read(UKSL_CSV, "uk.csv")
    assert [e.kind for e in listed.entries] == ["person", "vessel"]
    assert listed.notes == ("line 4, column D.O.B: '31/02/1968' is no date",)
    assert read(UK_XML, "uk.xml").notes == ("entry 1, column country: 'Atlantis' is no known country",)


def test_a_denied_person_with_several_orders_is_one_entry_until_the_last_expires() -> None:
    found = read(DPL, "dpl.txt", "text/plain")
    varga, heron = found.entries
    assert found.list_id == "US-DPL"
    assert (varga.listed_on, varga.delisted_on) == (date(2017, 10, 16), date(2056, 10, 13))
    assert len(varga.addresses) == 2
    assert heron.listed_on is None
    assert found.notes == (
        "line 4, column Country: 'ZQ' is no known country",
        "line 4, column Effective_Date: '13/45/2018' is no date",
    )


def test_the_consolidated_screening_list_is_read_from_both_forms() -> None:
    heron, varga = read(CSL_CSV, "csl.csv").entries
    assert [n.text for n in heron.names] == ["Grey Heron Ltd", "Heron Lines", "Heron Sea"]
    assert heron.countries == ("IR", "MT")
    assert varga.programs == ("SDN", "X-TRADE", "X-METALS")
    assert {(i.scheme, i.value) for i in varga.identifiers} == {("passport", "V0099123"), ("tax-id", "5-5")}
    found = read(CSL_JSON, "csl.json")
    assert found.rejected == ("entry 2: it has no name",)
    assert found.notes == ("entry 1, column dates_of_birth: 'never' is no date",)


@pytest.mark.parametrize(
    ("text", "name", "last"),
    [
        (OFAC_XML, "sdn.xml", "SABLE"),
        (EU_XML, "e.xml", "Grey Heron"),
        (UK_XML, "u.xml", "/Designations>"),
        (CSL_JSON, "c.json", '"a2"'),
    ],
)
def test_a_file_that_breaks_off_says_so(text: str, name: str, last: str) -> None:
    found = read(text[: text.rindex(last) + 3], name)
    assert found.incomplete is not None
    assert found.entries[0].names


def test_entities_declared_in_a_list_are_never_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    text = UK_XML.replace("<Designations>", f"{bomb}<Designations>", 1).replace("<Name6>VARGA", "<Name6>&f;&a;VARGA", 1)
    with pytest.raises(InputError, match="no entry"):
        read(text, "uk.xml")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([text for text, *_ in CASES.values()]), st.data())
def test_no_damage_breaks_a_reader(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 200)))
    broken = text[:start] + data.draw(st.text(max_size=20)) + text[end:]
    try:
        found = read(broken, "some.xml" if broken.startswith("<") else "some.csv")
    except InputError:
        return
    for entry in found.entries:
        assert 0 <= entry.start < entry.end <= len(broken)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("17/03/2014", "dmy", date(2014, 3, 17)),
        ("03/17/2014", "mdy", date(2014, 3, 17)),
        ("17-Mar-2014", "dmy", date(2014, 3, 17)),
        ("2014-03-17T00:00:00", "dmy", date(2014, 3, 17)),
        ("31/02/2014", "dmy", None),
        ("2014", "dmy", None),
    ],
)
def test_days_are_read_in_the_order_of_their_list(text: str, order: str, day: date | None) -> None:
    assert stated_day(text, order) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [("00/00/1965", "1965"), ("00/05/1965", "1965-05"), ("1/2/1965", "1965-02-01"), ("00/13/1965", None), ("x", None)],
)
def test_births_keep_what_is_known(text: str, expected: str | None) -> None:
    assert stated_birth(text) == expected


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "list_id", "entries"),
    [("watchman-misc/us_dpl.txt", "US-DPL", 415), ("watchman-misc/us_csl_sample.csv", "US-CSL", 110),
     ("watchman-misc/us_tel.json", "us_tel", 10)],
)  # fmt: skip
def test_real_lists_of_other_publishers_are_read_completely(path: str, list_id: str, entries: int) -> None:
    file = SHARED / path
    if not file.is_file():
        pytest.skip(f"../shared/data/partners/{path} is absent")
    document = read_document(file.read_bytes(), file.name)
    assert guess_kind(document, file.name) is Kind.WATCHLIST
    found = read_watchlist(document, source_name=file.name)
    assert (found.list_id, len(found.entries), found.rejected) == (list_id, entries, ())
    assert all(document.text[e.start : e.end].strip() for e in found.entries)
