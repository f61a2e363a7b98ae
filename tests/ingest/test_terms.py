from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.terms import find_terms


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", '"Confidential Information" means all data. It is secret.', [("Confidential Information", "all data.")]),
        ("en", 'The term "Affiliate" shall mean any company.', [("Affiliate", "any company.")]),
        ("en", 'Acme, Inc., a corporation (the "Supplier"), sells.', [("Supplier", "Acme, Inc., a corporation")]),
        ("en", 'Medal, Inc. ("REIT" or the "Company") pays.', [("REIT", "Medal, Inc."), ("Company", "Medal, Inc.")]),
        ("zh", "“交付物”是指乙方交付的软件。其他。", [("交付物", "乙方交付的软件。")]),
        ("zh", "北京华信科技有限公司（以下简称“甲方”）委托。", [("甲方", "北京华信科技有限公司")]),
        ("zh", "1.1 保密信息：指一切资料。", []),
        ("zh", "1.1 保密信息是指一切资料。", [("保密信息", "一切资料。")]),
    ],
)  # fmt: skip
def test_a_defined_term_is_found_with_its_definition(language: str, text: str, found: list[tuple[str, str]]) -> None:
    terms = find_terms(text, language)
    assert [(term.term, text[term.definition_start : term.definition_end]) for term in terms] == found


@given(st.text(alphabet='"“”(the)X means. 是指简称以下（）', max_size=120), st.sampled_from(["en", "zh"]))
def test_terms_and_definitions_slice_back(text: str, language: str) -> None:
    for term in find_terms(text, language):
        assert " ".join(text[term.start : term.end].split()) == term.term
        assert 0 <= term.definition_start < term.definition_end <= len(text)
