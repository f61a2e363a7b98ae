"""References of a law to itself are read against the unit they stand in; those to other acts are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.citation_grammar.internal import find_internal
from ingest.law import read_act
from ingest.law.references import defined_acts, read_references
from kb.model import ActVersion, Document

CFR = """Title 12—Banks and Banking

PART 1099—FERRY TRANSFERS (REGULATION Q)

§ 1099.1 Definitions.

(a) Act means the Electronic Fund Transfer Act (15 U.S.C. 1693 et seq.).
(b) Keeper means a person.

§ 1099.2 Duties.

(a)(1) A keeper shall ring a bell.
(2) Except as provided in paragraph (b)(1) of this section, {reference}.
(b)(1) No bell rings at night.
(2) It rings at noon.

§ 1099.3 Records.

(a) Records are kept.
(b) Records are shown.
"""

EU = """REGULATION (EU) 2031/77 OF THE EUROPEAN PARLIAMENT AND OF THE COUNCIL

of 4 April 2031

on ferries

Article 1
Subject-matter
1. This Regulation lays down rules.
2. It protects:
(a) passengers;
(b) keepers.

Article 2
Duties
1. Keepers ring bells as paragraph 2 says.
2. {reference}.

Article 3
Bells
1. Bells are brass.
"""


def cited(text: str, reference: str) -> list[tuple[str, str | None]]:
    whole = text.replace("{reference}", reference)
    act = read_act(Document(whole, (), "text/plain", "en"), source_name="x.txt")
    start = whole.index(reference)
    found = find_internal(whole, act)
    for each in found:
        assert whole[each.start : each.end] == each.text
        assert each.act == act.act
    return [(each.text, each.provision) for each in found if start <= each.start < start + len(reference)]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("paragraph (b)(2) of this section applies", [("paragraph (b)(2)", "1099.2(b)(2)")]),
        (
            "paragraphs (a)(1) and (2) of this section apply",
            [("paragraphs (a)(1)", "1099.2(a)(1)"), ("(2)", "1099.2(a)(2)")],
        ),
        (
            "§§ 1099.2(a)(1), (2) and (b)(1), and 1099.3(b) apply",
            [
                ("§§ 1099.2(a)(1)", "1099.2(a)(1)"),
                ("(2)", "1099.2(a)(2)"),
                ("(b)(1)", "1099.2(b)(1)"),
                ("1099.3(b)", "1099.3(b)"),
            ],
        ),
        (
            "see § 1099.3(a) through (b)",
            [("§ 1099.3(a) through (b)", "1099.3(a)"), ("§ 1099.3(a) through (b)", "1099.3(b)")],
        ),
        ("see comment 2(a)-3.ii", [("comment 2(a)-3.ii", "1099.2-Interp(a)(cmt3)(ii)")]),
        (
            "see comments 2(a)-1 and -2",
            [("comments 2(a)-1", "1099.2-Interp(a)(cmt1)"), ("-2", "1099.2-Interp(a)(cmt2)")],
        ),
        ("Section 1099.2(b)(1)-4 explains", [("Section 1099.2(b)(1)-4", "1099.2-Interp(b)(1)(cmt4)")]),
        ("section 917 of the Act applies", []),
        ("12 CFR 1026.3 applies", []),
    ],
)
def test_references_inside_a_part_of_the_code(reference: str, expected: list[tuple[str, str]]) -> None:
    assert cited(CFR, reference) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("paragraph 1 applies", [("paragraph 1", "2(1)")]),
        ("Article 1(2) and Article 3 apply", [("Article 1(2)", "1(2)"), ("Article 3", "3")]),
        ("Articles 1 to 3 apply", [("Articles 1 to 3", "1"), ("Articles 1 to 3", "2"), ("Articles 1 to 3", "3")]),
        ("points (a) and (b) of Article 1(2) apply", [("points (a)", "1(2)(a)"), ("(b) of Article 1(2)", "1(2)(b)")]),
        ("point (a) of paragraph 2 of Article 1 applies", [("point (a) of paragraph 2 of Article 1", "1(2)(a)")]),
        ("Article 3 of Directive 95/46/EC applies", []),
        ("Article 16 TFEU applies", []),
    ],
)
def test_references_inside_a_european_regulation(reference: str, expected: list[tuple[str, str]]) -> None:
    assert cited(EU, reference) == expected


def test_the_act_a_regulation_implements_keeps_its_name() -> None:
    text = CFR.replace("{reference}", "section 917 of the Act and paragraph (b)(2) of this section apply")
    act = read_act(Document(text, (), "text/plain", "en"), source_name="x.txt")
    assert defined_acts(text, act) == {"the Act": "us/act/electronic-fund-transfer-act"}
    found = [(each.act, each.provision) for each in read_references(text, act, language="en")]
    assert ("us/act/electronic-fund-transfer-act", "917") in found
    assert ("us/cfr/12/1099", "1099.2(b)(2)") in found
    assert ("us/usc/15", "1693") in found


def test_a_chinese_law_refers_to_itself() -> None:
    # Article 1: for order. Article 2: who breaks article 1 of this law is fined.
    text = "集市法\n\n第一条 为了规范集市，制定本法。\n\n第二条 违反本法第一条的，处一万元以下罚款。\n"
    act = read_act(Document(text, (), "text/plain", "zh"), source_name="x.txt")
    assert ("cn/集市法", "1") in [(each.act, each.provision) for each in read_references(text, act, language="zh")]


@given(st.text(alphabet="paragraph(b)1 of this§Article,and to-23.ii\nAct commet", max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_words_give_references_that_slice_back(words: str) -> None:
    text = EU.replace("{reference}", words)
    act = ActVersion("eu/reg/2031/77", "x", "EU", provisions=())
    for each in find_internal(text, act):
        assert text[each.start : each.end] == each.text


def test_a_point_of_a_subparagraph_of_a_paragraph_is_read_from_the_paragraph() -> None:
    found = cited(EU, "point (a) of the first subparagraph of paragraph 2 of Article 1 applies")
    assert [number for _, number in found] == ["1(2)(a)"]


def test_the_article_a_is_no_mark() -> None:
    assert cited(EU, "in accordance with paragraph 1, a keeper which is late") == [("paragraph 1", "2(1)")]


CHINESE = """灯塔管理法

第一条　灯塔应当编号。

第二条　守塔人应当值守：
（一）夜间；
（二）雾天。
前款第（二）项规定的情形，应当鸣钟。
违反前两款规定的，予以警告。

第三条　{reference}。

第四条　违反前两条的，处以罚款。
"""


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("本条适用于第二条第一款", ["2(1)"]),
        ("违反第二条第一款第（一）项、第（二）项的", ["2(1)(1)", "2(1)(2)"]),
        ("《航标条例》第五条、第六条适用于浮标", ["5", "6"]),
        ("航标条例第五条适用于浮标", []),
        ("按合同第五条处理", []),
        ("违反前条规定的", ["2"]),
        ("前款不适用", []),
    ],
)
def test_references_inside_a_chinese_law_are_read_where_they_stand(reference: str, expected: list[str]) -> None:
    whole = CHINESE.replace("{reference}", reference)
    act = read_act(Document(whole, (), "text/plain", "zh"), source_name="x.txt")
    start = whole.index(reference)
    found = read_references(whole, act, language="zh")
    for each in found:
        assert whole[each.start : each.end] == each.text
    assert [each.provision for each in found if start <= each.start < start + len(reference)] == expected
    others = [each.provision for each in found if not start <= each.start < start + len(reference)]
    assert others == ["2(1)(2)", "2(1)", "2(2)", "2", "3"]


def test_a_decision_on_amending_another_law_has_no_references_of_its_own() -> None:
    text = (
        "全国人民代表大会常务委员会关于修改灯塔法的决定\n第一条　将第三条修改为第四条。\n第二条　删去第五条第二款。\n"
    )
    act = read_act(Document(text, (), "text/plain", "zh"), source_name="x.txt")
    assert read_references(text, act, language="zh") == ()


@given(st.text(alphabet="前本第一二三条款项（）、至和或》法 \n", max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_chinese_text_gives_references_that_stand_where_they_say(words: str) -> None:
    whole = CHINESE.replace("{reference}", words)
    act = read_act(Document(whole, (), "text/plain", "zh"), source_name="x.txt")
    for each in read_references(whole, act, language="zh"):
        assert whole[each.start : each.end] == each.text
