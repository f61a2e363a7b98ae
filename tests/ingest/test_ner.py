"""Names in Chinese running text end with their legal form, wherever the tagger cuts them."""

import pytest

from ingest.ner import entities


@pytest.mark.parametrize(
    ("text", "organisations"),
    [
        ("子公司恒远置业（南京）有限公司已申请破产。", ["恒远置业（南京）有限公司"]),
        ("上海恒泰股权投资合伙企业（有限合伙）被处罚。", ["上海恒泰股权投资合伙企业（有限合伙）"]),
        ("华为技术有限公司与三星（中国）投资有限公司签约。", ["华为技术有限公司", "三星（中国）投资有限公司"]),
        ("普华永道中天会计师事务所（特殊普通合伙）被罚。", ["普华永道中天会计师事务所（特殊普通合伙）"]),
        ("恒大集团投资失败，旗下公司破产。", ["恒大集团"]),
        ("公司董事长（李建国）表示，腾讯（深圳）的业务正常。", ["腾讯"]),
    ],
)
def test_an_organisation_is_read_to_its_legal_form_and_no_further(text: str, organisations: list[str]) -> None:
    found = entities(text, "zh", ((0, len(text)),))
    assert [entity.text for entity in found if entity.type == "ORG"] == organisations
    assert all(text[entity.start : entity.end] == entity.text for entity in found)


def test_words_inside_a_name_that_was_read_on_are_no_entities_of_their_own() -> None:
    text = "恒远置业（南京）有限公司由李建国控制。"
    assert [(entity.type, entity.text) for entity in entities(text, "zh", ((0, len(text)),))] == [
        ("ORG", "恒远置业（南京）有限公司"),
        ("PERSON", "李建国"),
    ]
