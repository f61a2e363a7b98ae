"""Structured texts of law become readable text whose outline slices back to its units."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ingest.kinds import guess_kind
from ingest.law import read_act
from ingest.readers import ReaderPool, read_document
from ingest.readers.law.outline import act_id, iso_day, load_outline
from ingest.readers.law.regml import canonical_number
from kb.errors import InputError, LimitError, RecordError, UnreadableError
from kb.law_text import own_provisions
from kb.model import ActVersion, Document, Kind

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "regulations"

SAMPLES = Path(__file__).resolve().parents[2] / "gold" / "law"
AKN = (SAMPLES / "act.xml").read_text("utf-8")
REGML = (SAMPLES / "part.xml").read_text("utf-8")
ELI = (SAMPLES / "regulation.ttl").read_text("utf-8")

NAMESPACES = (
    "http://docs.oasis-open.org/legaldocml/ns/akn/3.0",
    "http://docs.oasis-open.org/legaldocml/ns/akn/3.0/WD17",
    "http://www.akomantoso.org/2.0",
)


def akn(
    namespace: str = NAMESPACES[0], *, contains: str = "singleVersion", expression: str = "eng@2033-05-06"
) -> bytes:
    return (
        AKN.replace("{namespace}", namespace)
        .replace("{contains}", contains)
        .replace("{expression}", expression)
        .encode()
    )


def act(data: bytes, name: str) -> tuple[ActVersion, Document]:
    document = read_document(data, name)
    assert guess_kind(document, name) is Kind.REGULATION
    found = read_act(document, source_name=name)
    numbers = [each.number for each in found.provisions]
    assert len(numbers) == len(set(numbers))
    for each in found.provisions:
        assert 0 <= each.start < each.end <= len(document.text)
        assert each.parent is None or each.parent in numbers
    for fact in (found.version_date, found.adopted, found.published, found.in_force, found.no_longer_in_force):
        assert fact.value is None or (fact.evidence is not None and fact.evidence.of(document.text))
    return found, document


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_akoma_ntoso_of_any_namespace_gives_act_dates_and_units(namespace: str) -> None:
    read, document = act(akn(namespace), "act.xml")
    assert (read.act, read.jurisdiction, read.unit) == ("za/act/2031/7", "ZA", "section")
    assert (read.title, read.short_titles) == ("Ferry Keepers Act, 2031", ("Act 7 of 2031",))
    assert read.version_date.value == date(2033, 5, 6)
    assert (read.adopted.value, read.published.value) == (date(2031, 2, 3), date(2031, 2, 10))
    assert (read.in_force.value, read.no_longer_in_force.value) == (date(2031, 6, 1), date(2040, 12, 31))
    assert [(each.number, each.level, each.parent) for each in read.provisions] == [
        ("rec1", "item", None), ("rec2", "item", None), ("chapter1", "chapter", None), ("1", "article", "chapter1"),
        ("2A", "article", "chapter1"), ("2A(1)", "paragraph", "2A"), ("2A(1)(a)", "item", "2A(1)"),
        ("2A(1)(b)", "item", "2A(1)"), ("2A(2)", "paragraph", "2A"), ("sch1", "part", None),
        ("sch1(1)", "paragraph", "sch1"),
    ]  # fmt: skip
    words = {each.number: document.text[each.start : each.end] for each in read.provisions}
    assert words["2A(1)(b)"] == "(b) light a lamp."
    assert words["2A(1)"].startswith("(1) A keeper must—")
    assert words["2A(1)"].endswith("(b) light a lamp.")
    assert words["2A"].startswith("2A. Duties")
    assert "Boats float." in words["2A(2)"]
    assert words["rec2"] == "(2) Bells warn them."
    assert "* See rule 4." in document.text


def test_an_original_version_takes_the_date_of_the_work() -> None:
    read, _ = act(akn(contains="originalVersion", expression="eng@"), "act.xml")
    assert read.version_date.value == date(2031, 2, 3)


@pytest.mark.parametrize("kind", ["debate", "judgment", "statement"])
def test_what_is_no_law_is_read_but_refused_as_law(kind: str) -> None:
    data = akn().replace(b"a:act ", f"a:{kind} ".encode()).replace(b"a:act>", f"a:{kind}>".encode())
    document = read_document(data, "paper.xml")
    assert "A keeper must—" in document.text
    with pytest.raises(RecordError, match=kind) as refused:
        read_act(document, source_name="paper.xml")
    assert refused.value.code == "not-law"


def test_a_bill_is_read_without_an_adoption() -> None:
    read, _ = act(akn().replace(b"a:act ", b"a:bill ").replace(b"a:act>", b"a:bill>"), "bill.xml")
    assert read.adopted.value is None
    assert read.version_date.value == date(2033, 5, 6)


def test_regml_gives_sections_appendices_and_interpretations() -> None:
    read, document = act(REGML.encode(), "1099.xml")
    assert (read.act, read.version) == ("us/cfr/12/1099", "us/cfr/12/1099@2031-12-30~2031-11")
    assert (read.title, read.short_titles) == ("Ferry Transfers (Regulation Q)", ("Regulation Q", "12 CFR part 1099"))
    assert (read.in_force.value, read.published.value) == (date(2031, 12, 30), date(2031, 10, 5))
    assert read.in_force.evidence is not None
    assert read.in_force.evidence.of(document.text) == "2031-12-30"
    assert [(each.number, each.label, each.level) for each in read.provisions] == [
        ("subpartA", "Subpart A", "chapter"), ("1099.1", "§ 1099.1", "article"), ("1099.1(p1)", "¶1", "paragraph"),
        ("1099.2", "§ 1099.2", "article"), ("1099.2(a)", "(a)", "paragraph"), ("1099.2(a)(1)", "(1)", "item"),
        ("1099.2(a)(2)", "(2)", "item"), ("appA", "Appendix A", "part"), ("appA(1)", "A-1", "paragraph"),
        ("appA(1)(p1)", "¶1", "paragraph"), ("Interp", "Supplement I", "part"),
        ("1099.2-Interp", "Section 1099.2—Duties", "section"), ("1099.2-Interp(a)", "2(a) Bell", "paragraph"),
        ("1099.2-Interp(a)(cmt1)", "1.", "item"),
    ]  # fmt: skip
    assert own_provisions(read, document.text)[4:7] == [
        ("1099.2(a)", "Bell. A keeper shall:"), ("1099.2(a)(1)", "Ring it;"), ("1099.2(a)(2)", "Polish it."),
    ]  # fmt: skip
    assert any("analysis" in warning for warning in document.warnings)


def test_texts_that_take_effect_on_one_day_have_ids_of_their_own() -> None:
    one, _ = act(REGML.encode(), "a.xml")
    other, _ = act(REGML.replace("2031-11<", "2031-12<").encode(), "b.xml")
    assert one.version != other.version


def test_an_amending_notice_is_no_law() -> None:
    data = REGML.replace("<regulation", "<notice").replace("</regulation", "</notice").encode()
    with pytest.raises(RecordError) as refused:
        read_act(read_document(data, "notice.xml"), source_name="notice.xml")
    assert refused.value.code == "not-law"


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("1005-2-b-2-i", "1005.2(b)(2)(i)"), ("1005-A-30(a)", "appA(30-a)"), ("1005-Subpart-A", "subpartA"),
        ("1005-2-b-2-Interp", "1005.2-Interp(b)(2)"), ("1005-2-b-Interp-2", "1005.2-Interp(b)(cmt2)"),
        ("1005-A-Interp-4-iii", "appA-Interp(cmt4)(iii)"), ("1005-Interp", "Interp"),
    ],
)  # fmt: skip
def test_a_label_has_one_canonical_number(label: str, number: str) -> None:
    assert canonical_number(label) == number


def test_eli_turtle_gives_articles_in_order_under_their_chapter() -> None:
    read, document = act(ELI.encode(), "act.ttl")
    assert (read.act, read.jurisdiction, read.title) == ("eu/reg/2031/77", "EU", "Ferry Regulation")
    assert (read.version_date.value, read.published.value) == (date(2031, 4, 4), date(2031, 4, 9))
    assert read.in_force.value == date(2032, 1, 1)  # read from article 2
    assert [(each.number, each.heading, each.level, each.parent) for each in read.provisions] == [
        ("chapterI", "General", "chapter", None), ("1", "Bells", "article", "chapterI"),
        ("1(1)", None, "paragraph", "1"), ("2", None, "article", "chapterI"),
    ]  # fmt: skip
    assert "brass bells;" in document.text
    assert any("1 parts" in warning for warning in document.warnings)


def test_an_ontology_that_mentions_eli_is_no_law() -> None:
    data = b'@prefix eli: <http://data.europa.eu/eli/ontology#> .\neli:number <urn:x> "1" .\n'
    assert load_outline(read_document(data, "eli.ttl").metadata) is None


@pytest.mark.parametrize("name", ["a.xml", "a.akn"])
def test_entities_are_refused(name: str) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]>' + akn().partition(b"?>")[
        2
    ].replace(b"Bells warn", b"&z;")
    with pytest.raises(UnreadableError) as refused:
        read_document(bomb, name)
    assert refused.value.code == "entities"


def test_an_external_file_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret", "utf-8")
    data = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode() + akn().partition(
        b"?>"
    )[2].replace(b"Bells warn", b"&x;")
    with pytest.raises(UnreadableError) as refused:
        read_document(data, "a.xml")
    assert refused.value.code == "entities"


def test_too_deep_nesting_is_refused() -> None:
    deep = b"<a:section>" * 400 + b"</a:section>" * 400
    data = akn().replace(b"</a:body>", deep + b"</a:body>")
    with pytest.raises(LimitError) as refused:
        read_document(data, "a.xml")
    assert refused.value.code == "too-deep"


def test_a_file_cut_off_is_damaged() -> None:
    for data, name in ((akn()[:-200], "a.xml"), (REGML.encode()[:-300], "b.xml"), (ELI.encode()[:-40], "c.ttl")):
        with pytest.raises(UnreadableError) as refused:
            read_document(data, name)
        assert refused.value.code == "damaged"


def test_the_reading_process_hands_the_outline_on() -> None:
    with ReaderPool(workers=1) as pool:
        document = pool.read(akn(), "act.xml", kind=Kind.REGULATION)
    assert document == read_document(akn(), "act.xml")


NAMES = ["section", "paragraph", "num", "heading", "p", "content", "part", "quotedStructure"]
WORDS = ["1", "(a)", "Part II", "—", "text of law", "第一条"]  # the last: "Article 1"


@given(
    st.lists(st.sampled_from(NAMES), max_size=40),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_any_nesting_gives_valid_spans_or_is_refused(names: list[str], words: list[str]) -> None:
    root = etree.Element("akomaNtoso")
    body = etree.SubElement(etree.SubElement(root, "act"), "body")
    body.text = "words"
    at = body
    for index, name in enumerate(names):
        at = etree.SubElement(at if index % 3 else body, name)
        at.text = words[index % len(words)]
    try:
        document = read_document(etree.tostring(root), "any.xml")
        read = read_act(document, source_name="any.xml")
    except InputError:
        return
    assert all(0 <= each.start < each.end <= len(document.text) for each in read.provisions)


def test_identifiers_and_days_are_canonical() -> None:
    assert act_id("http://www.legislation.gov.uk/id/ukpga/2014/27/enacted") == "gb/act/2014/27"
    assert act_id("/akn/us/act/2011-11-29/112-61/!main") == "us/pl/112-61"
    assert act_id("/akn/us/usc/title_9") == "us/usc/9"
    assert act_id("http://data.europa.eu/eli/reg/2016/679/oj") == "eu/reg/2016/679"
    assert act_id("/akn/it//bill/Ddl/2013-03-29/356/!main") == "it/bill/Ddl/2013-03-29/356"
    assert act_id("urn:nothing") is None
    assert (iso_day("2014-11-14Z"), iso_day("TODAY"), iso_day("2009"), iso_day("2014-13-01")) == (
        "2014-11-14", None, None, None,
    )  # fmt: skip


@pytest.mark.shared
def test_all_real_regml_versions_have_the_sections_of_their_xml() -> None:
    paths = sorted((DATA / "us-cfr-cfpb" / "regulation").glob("*/*.xml"))
    if not paths:
        pytest.skip("the evaluation data in ../shared/data is absent")
    assert len(paths) == 26
    versions = set()
    for path in paths:
        data = path.read_bytes()
        read, _ = act(data, path.name)
        sections = [each for each in etree.fromstring(data).iter("{eregs}section") if each.get("sectionNum")]
        assert sum(each.level == "article" for each in read.provisions) == len(sections)
        assert read.act == f"us/cfr/12/{path.parent.name}"
        assert read.in_force.value is not None
        versions.add(read.version)
    assert len(versions) == 26


@pytest.mark.shared
def test_the_real_akoma_ntoso_samples_are_acts_or_refused() -> None:
    paths = sorted((DATA / "akn-samples").rglob("*.xml"))
    if not paths:
        pytest.skip("the evaluation data in ../shared/data is absent")
    found: dict[str, int | str] = {}
    for path in paths:
        document = read_document(path.read_bytes(), path.name)
        try:
            read = read_act(document, source_name=path.name)
            found[path.stem] = sum(each.level == "article" for each in read.provisions)
        except RecordError as refused:
            found[path.stem] = refused.code
    assert found == {
        "cl_Sesion56_2": "not-law", "eids_basic": "not-law", "eu_COM(2013)0619_EN-8": 24, "it_senato_ddl_2013": 6,
        "ke_Debate_Bungeni_2011-06-10": "not-law", "uk_pga-2014-27-enacted-data": 8, "us_Act_2011-11-29": 7,
        "us_Title9-Chap3-eng": 7, "uy_bill_2010-09-27": 3, "za_Judgement_2008-11-26": "not-law",
    }  # fmt: skip


@pytest.mark.shared
def test_the_real_data_protection_regulation_as_eli() -> None:
    path = DATA / "eu-gdpr" / "gdpr_articles.ttl"
    if not path.is_file():
        pytest.skip("the evaluation data in ../shared/data is absent")
    read, _ = act(path.read_bytes(), path.name)
    assert read.act == "eu/reg/2016/679"
    assert [each.number for each in read.provisions if each.level == "article"] == [str(n) for n in range(1, 100)]
    assert {"28(3)", "chapterIV.section1"} <= {each.number for each in read.provisions}
