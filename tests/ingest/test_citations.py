"""Citations of law are found with their spans, acts and provisions; everything else is left alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import citation_component
from ingest.citation_grammar.gazetteer import load
from ingest.citations import find_citations
from kb.law_titles import is_chinese

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

Expected = list[tuple[str, str | None, str | None]]

CASES: list[tuple[str, str, Expected]] = [
    # --- parts named before their article
    (
        "en",
        "points (a) and (b) of Article 6(1) of the GDPR",
        [
            ("points (a)", "eu/reg/2016/679", "6(1)(a)"),
            ("(b) of Article 6(1) of the GDPR", "eu/reg/2016/679", "6(1)(b)"),
        ],
    ),
    (
        "en",
        "under points (a) to (c) of Article 6(1) GDPR",
        [("points (a) to (c) of Article 6(1) GDPR", "eu/reg/2016/679", f"6(1)({mark})") for mark in "abc"],
    ),
    (
        "en",
        "paragraphs 1 and 2 of Article 13 of the GDPR",
        [("paragraphs 1", "eu/reg/2016/679", "13(1)"), ("2 of Article 13 of the GDPR", "eu/reg/2016/679", "13(2)")],
    ),
    ("en", "Recital 26 of the GDPR", [("Recital 26 of the GDPR", "eu/reg/2016/679", "rec26")]),
    ("en", "Annex II to Directive 2006/42/EC", [("Annex II to Directive 2006/42/EC", "eu/dir/2006/42", "annII")]),
    (
        "en",
        "Schedule 1 to the Data Protection Act 2018",
        [("Schedule 1 to the Data Protection Act 2018", "Data Protection Act 2018", "sch1")],
    ),
    (
        "en",
        "26 C.F.R. 1.36(a)(1)(i) or (a)(2)(ii)",
        [
            ("26 C.F.R. 1.36(a)(1)(i)", "us/cfr/26/1", "1.36(a)(1)(i)"),
            ("(a)(2)(ii)", "us/cfr/26/1", "1.36(a)(2)(ii)"),
        ],
    ),
    (
        "en",
        "Section 36(a)(1)(i) or (a)(2)(ii) of the Companies Act 2006",
        [
            ("Section 36(a)(1)(i)", "gb/act/2006/46", "36(a)(1)(i)"),
            ("(a)(2)(ii) of the Companies Act 2006", "gb/act/2006/46", "36(a)(2)(ii)"),
        ],
    ),
    # --- Chinese
    (
        "zh",
        "适用《中华人民共和国民法典》第五百八十五条。",
        [("《中华人民共和国民法典》第五百八十五条", "cn/民法典", "585")],
    ),
    (
        "zh",
        "依照《个人信息保护法》第三十八条第一款第（二）项办理",
        [("《个人信息保护法》第三十八条第一款第（二）项", "cn/个人信息保护法", "38(1)(2)")],
    ),
    ("zh", "民法典第585条第二款", [("民法典第585条第二款", "cn/民法典", "585(2)")]),
    (
        "zh",
        "《公司法》第十条、第十二条和第十五条第一款、第三款",
        [
            ("《公司法》第十条", "cn/公司法", "10"),
            ("第十二条", "cn/公司法", "12"),
            ("第十五条第一款", "cn/公司法", "15(1)"),
            ("第三款", "cn/公司法", "15(3)"),
        ],
    ),
    ("zh", "《刑法》第十至十二条", [("《刑法》第十至十二条", "cn/刑法", str(n)) for n in (10, 11, 12)]),
    ("zh", "刑法第一百三十三条之一", [("刑法第一百三十三条之一", "cn/刑法", "133-1")]),
    (
        "zh",
        "本条例第三条第（一）、（三）项",
        [("本条例第三条第（一）", None, "3(1)(1)"), ("（三）项", None, "3(1)(3)")],
    ),
    ("zh", "《企业破产法（试行）》第三条", [("《企业破产法（试行）》第三条", "企业破产法（试行）", "3")]),
    (
        "zh",
        "《最高人民法院关于适用〈中华人民共和国民法典〉合同编通则若干问题的解释》第六十五条",
        [
            (
                "《最高人民法院关于适用〈中华人民共和国民法典〉合同编通则若干问题的解释》第六十五条",
                "cn/最高人民法院关于适用《民法典》合同编通则若干问题的解释",
                "65",
            )
        ],
    ),
    ("zh", "《民法典》合同编第四百六十九条", [("《民法典》合同编第四百六十九条", "cn/民法典", "469")]),
    ("zh", "《通用数据保护条例》第28条第3款", [("《通用数据保护条例》第28条第3款", "eu/reg/2016/679", "28(3)")]),
    (
        "zh",
        "《远山市河道管理条例》（以下简称《河道条例》）第三条；《河道条例》第五条；河道条例第六条",
        [
            ("《远山市河道管理条例》（以下简称《河道条例》）第三条", "远山市河道管理条例", "3"),
            ("《河道条例》第五条", "远山市河道管理条例", "5"),
            ("河道条例第六条", "远山市河道管理条例", "6"),
        ],
    ),
    (
        "zh",
        "根据GDPR第28条第3款及《民法典》第五百零九条",
        [("GDPR第28条第3款", "eu/reg/2016/679", "28(3)"), ("《民法典》第五百零九条", "cn/民法典", "509")],
    ),
    (
        "zh",
        "《劳动合同法》第三十八条、四十六条",
        [("《劳动合同法》第三十八条", "cn/劳动合同法", "38"), ("四十六条", "cn/劳动合同法", "46")],
    ),
    ("zh", "本合同第五条、本协议第三条第二款、前款规定、第十条约定", []),
    ("zh", "公司法定代表人；合同法律关系；公司法务部；有限公司法人；德国民法典第433条", []),
    ("zh", "《采购合同》第三条、《保密协议》、《甲方安全管理办法》第五条、《员工手册》、《验收通知》", []),
    # --- English
    (
        "en",
        "The parties comply with Article 28(3) of the GDPR.",
        [("Article 28(3) of the GDPR", "eu/reg/2016/679", "28(3)")],
    ),
    (
        "en",
        "GDPR Art. 28(3)(h), Art. 28 GDPR",
        [("GDPR Art. 28(3)(h)", "eu/reg/2016/679", "28(3)(h)"), ("Art. 28 GDPR", "eu/reg/2016/679", "28")],
    ),
    (
        "en",
        "Article 6(1) of Regulation (EU) 2016/679 (General Data Protection Regulation) and Directive 2011/7/EU",
        [
            ("Article 6(1) of Regulation (EU) 2016/679", "eu/reg/2016/679", "6(1)"),
            ("Directive 2011/7/EU", "eu/dir/2011/7", None),
        ],
    ),
    (
        "en",
        "point (f) of Article 6(1) of the GDPR; Regulation (EC) No 45/2001; Directive 95/46/EC",
        [
            ("point (f) of Article 6(1) of the GDPR", "eu/reg/2016/679", "6(1)(f)"),
            ("Regulation (EC) No 45/2001", "eu/reg/2001/45", None),
            ("Directive 95/46/EC", "eu/dir/1995/46", None),
        ],
    ),
    (
        "en",
        "Articles 44 to 46 of the GDPR",
        [("Articles 44 to 46 of the GDPR", "eu/reg/2016/679", str(n)) for n in (44, 45, 46)],
    ),
    ("en", "under 12 CFR 1005.2(b).", [("12 CFR 1005.2(b)", "us/cfr/12/1005", "1005.2(b)")]),
    (
        "en",
        "17 C.F.R. § 240.10b-5; 12 CFR part 1026",
        [("17 C.F.R. § 240.10b-5", "us/cfr/17/240", "240.10b-5"), ("12 CFR part 1026", "us/cfr/12/1026", None)],
    ),
    ("en", "15 U.S.C. § 78dd-1, et seq.", [("15 U.S.C. § 78dd-1, et seq.", "us/usc/15", "78dd-1")]),
    (
        "en",
        "15 U.S.C. §§ 78a, 78b and 78c.",
        [("15 U.S.C. §§ 78a", "us/usc/15", "78a"), ("78b", "us/usc/15", "78b"), ("78c", "us/usc/15", "78c")],
    ),
    (
        "en",
        "Section 10(b) of the Securities Exchange Act of 1934",
        [("Section 10(b) of the Securities Exchange Act of 1934", "us/act/securities-exchange-act-1934", "10(b)")],
    ),
    (
        "en",
        "Sections 13(a), (b) and 15(d) of the Exchange Act",
        [
            ("Sections 13(a)", "us/act/securities-exchange-act-1934", "13(a)"),
            ("(b)", "us/act/securities-exchange-act-1934", "13(b)"),
            ("15(d) of the Exchange Act", "us/act/securities-exchange-act-1934", "15(d)"),
        ],
    ),
    (
        "en",
        "the Securities Exchange Act of 1934, as amended (the “Exchange Act”). Section 16 of the Exchange Act",
        [
            ("Securities Exchange Act of 1934", "us/act/securities-exchange-act-1934", None),
            ("Section 16 of the Exchange Act", "us/act/securities-exchange-act-1934", "16"),
        ],
    ),
    (
        "en",
        "Articles 6 and 32-34 of the GDPR; Section 9-307 of the UCC",
        [
            ("Articles 6", "eu/reg/2016/679", "6"),
            ("32-34 of the GDPR", "eu/reg/2016/679", "32"),
            ("32-34 of the GDPR", "eu/reg/2016/679", "33"),
            ("32-34 of the GDPR", "eu/reg/2016/679", "34"),
            ("Section 9-307 of the UCC", "us/act/uniform-commercial-code", "9-307"),
        ],
    ),
    ("en", "Rule 10b-5 under the Exchange Act", [("Rule 10b-5 under the Exchange Act", "us/cfr/17/240", "240.10b-5")]),
    ("en", "Companies Act 2014 s. 228", [("Companies Act 2014 s. 228", "ie/act/2014/38", "228")]),
    ("en", "Sarbanes-Oxley applies", [("Sarbanes-Oxley", "us/act/sarbanes-oxley-act-2002", None)]),
    (
        "en",
        "Article 585 of the Civil Code of the People’s Republic of China",
        [("Article 585 of the Civil Code of the People’s Republic of China", "cn/民法典", "585")],
    ),
    (
        "en",
        'the Widget Safety Act 2019 (the "Act"). Section 5(2) of the Act applies to the Act.',
        [
            ("Widget Safety Act 2019", "Widget Safety Act 2019", None),
            ("Section 5(2) of the Act", "Widget Safety Act 2019", "5(2)"),
        ],
    ),
    ("en", "the Data Protection Act 2018", [("Data Protection Act 2018", "Data Protection Act 2018", None)]),
    ("en", "Section 5 of this Agreement; Article 4 hereof; Source Code; Governing Law; any wrongful act", []),
    ("en", "The GDPR, Section 5 of this Agreement", [("GDPR", "eu/reg/2016/679", None)]),
]


@pytest.mark.parametrize(("language", "text", "expected"), CASES, ids=[case[1][:40] for case in CASES])
def test_citations_are_found_with_act_and_provision(language: str, text: str, expected: Expected) -> None:
    assert [(each.text, each.act, each.provision) for each in find_citations(text, language)] == expected


def test_both_languages_are_covered() -> None:
    assert len(CASES) >= 30
    assert {case[0] for case in CASES} == {"en", "zh"}


def test_the_version_a_text_names_is_noted() -> None:
    (found,) = find_citations("《公司法》（2018修正）第十六条", "zh")
    assert found.provision == "16"
    assert "2018" in found.note


def test_known_acts_resolve_self_references_and_further_names() -> None:
    found = find_citations(
        "本法第十条，远山条例第三条", "zh", known_acts={"本法": "cn/甲法", "远山条例": "cn/远山条例"}
    )
    assert [(each.act, each.provision) for each in found] == [("cn/甲法", "10"), ("cn/远山条例", "3")]


def test_every_name_in_the_gazetteer_is_found_and_unique() -> None:
    seen: dict[str, str] = {}
    count = 0
    for entry in load("acts.toml")["acts"]:
        for name in (*entry.get("zh", ()), *entry.get("en", ())):
            count += 1
            assert seen.setdefault(name, entry["id"]) == entry["id"], name
            text = f"依照《{name}》第三条" if is_chinese(name) else f"under Section 3 of the {name}."
            found = find_citations(text, "zh" if is_chinese(name) else "en")
            assert [(each.act, each.provision) for each in found] == [(entry["id"], "3")], name
    assert count > 300


@given(st.text(alphabet="《》第条款项一二三十（）本法公司民典 ,.()0123456789ArtiSecon§UCFRGDPof the\n", max_size=300))
@settings(max_examples=200, deadline=None)
def test_offsets_slice_back_to_the_cited_words(text: str) -> None:
    for language in ("en", "zh"):
        for each in find_citations(text, language):
            assert text[each.start : each.end] == each.text
            assert each.start < each.end


def test_a_hostile_text_is_read_in_linear_work() -> None:
    # 200,000 characters each; a pattern that backtracks over them would not return
    for piece in ("《", "第一条、", "Section 1, ", "(a)", "Act ", "of the ", "（以下简称", "1 U.S.C. ", "A"):
        find_citations(piece * (200_000 // len(piece)), "en")
        find_citations(piece * (200_000 // len(piece)), "zh")


def test_the_spacy_component_gives_the_same_citations() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe(citation_component.FACTORY)
    doc = nlp("They comply with Article 28(3) of the GDPR.")
    assert doc._.citations == find_citations(doc.text, "en")
    assert [span.text for span in doc.spans["citations"]] == ["Article 28(3) of the GDPR"]


@pytest.mark.shared
def test_regulation_e_gold_citations_are_found() -> None:
    folder = SHARED / "regulations" / "us-cfr-cfpb" / "gold-layers-json" / "1005"
    if not folder.is_dir():
        pytest.skip("the evaluation data in ../shared/data is absent")
    gold = json.loads((folder / "external-citations.json").read_text("utf-8"))
    tree = json.loads((folder / "regulation-tree-2011-31725.json").read_text("utf-8"))
    texts: dict[str, str] = {}
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        texts["-".join(node["label"])] = node["text"]
        nodes.extend(node["children"])
    explicit = hit = 0
    for label, citations in gold.items():
        for citation in citations:
            for start, end in citation["offsets"]:
                words = texts.get(label, "")[start:end]
                if re.search(r"\d\s(?:U\.?S\.?C|C\.?F\.?R|Stat\.)|Public Law", words) is None:
                    continue  # "the Act": an abbreviation defined elsewhere in the part
                explicit += 1
                found = find_citations(texts[label], "en")
                hit += any(each.start < end and start < each.end for each in found)
    assert explicit >= 10
    assert hit == explicit
