"""Whether a citation fixes a version or follows amendments, from the words around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.citation_mode import CitationMode, citation_mode, contract_mode

FIXED, AS_AMENDED, UNCLEAR = CitationMode.FIXED, CitationMode.AS_AMENDED, CitationMode.UNCLEAR

NEAR = [
    ("The Processor complies with [Article 28 of the GDPR] as amended from time to time.", AS_AMENDED),
    ("as required by [section 228 of the Companies Act 2014] (as may be amended or replaced)", AS_AMENDED),
    ("[Regulation (EU) 2016/679] or any successor legislation", AS_AMENDED),
    ("[Article 28 of the GDPR] as in force on the date of this Agreement", FIXED),
    ("[Article 28 of the GDPR] as in effect at signature and as amended", FIXED),
    ("[Article 28 of the GDPR]. The Agreement may be amended in writing.", UNCLEAR),
    ("The Agreement was amended. [Article 28 of the GDPR] applies.", UNCLEAR),
    ("适用[《公司法》第十六条]及其不时修订。", AS_AMENDED),  # and as amended from time to time
    ("适用届时有效的[《公司法》第十六条]。", AS_AMENDED),  # as then in force
    ("适用本合同签订之日有效的[《公司法》第十六条]。", FIXED),  # in force on the day the contract was signed
    ("适用签订本合同之日有效的[《公司法》第十六条]。", FIXED),  # in force on the day of signing
    ("依照[《公司法》第十六条]（2018年修正）。", FIXED),  # as revised in 2018
    ("适用[《公司法》第十六条]。本合同可以修订。", UNCLEAR),  # the contract may be amended
]
WHOLE = [
    ("1.2 References to any statute include that statute as amended or re-enacted from time to time.", AS_AMENDED),
    ("References to a law are to that law as in force on the date hereof.", FIXED),
    ("This Agreement may be amended in writing only.", UNCLEAR),
    ("本合同所引用的法律法规，包括其修订、修改和替代文本。", AS_AMENDED),  # laws cited include their amendments
    ("本合同引用的法律以签订时有效的文本为准。", FIXED),  # laws cited are those in force at signing
    ("本合同的修改须采用书面形式。", UNCLEAR),
]


@pytest.mark.parametrize(("marked", "mode"), NEAR)
def test_the_words_beside_a_citation_tell_its_mode(marked: str, mode: CitationMode) -> None:
    start, end = marked.index("["), marked.index("]") - 1
    text = marked.replace("[", "").replace("]", "")
    found = citation_mode(text, start, end)
    assert found.mode is mode
    assert (found.words is None) == (mode is UNCLEAR)


@pytest.mark.parametrize(("text", "mode"), WHOLE)
def test_a_clause_on_how_to_read_references_counts_for_all_of_them(text: str, mode: CitationMode) -> None:
    default = contract_mode(text)
    assert default.mode is mode
    cited = f"{text}\n适用《公司法》第十六条。"  # article 16 of the Company Law applies
    assert citation_mode(cited, cited.index("《"), len(cited) - 1, default=default) == default


def test_words_at_the_citation_go_before_the_clause_for_all() -> None:
    text = (
        "References to any statute include that statute as amended. Section 5 of the Act as in force on 1 May applies."
    )
    start = text.index("Section 5")
    found = citation_mode(text, start, start + len("Section 5 of the Act"), default=contract_mode(text))
    assert found.mode is FIXED


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 40))
def test_any_text_gives_a_mode_whose_words_lie_in_it(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    found = citation_mode(text, start, min(start + length, len(text)), default=contract_mode(text))
    if found.words is not None:
        assert 0 <= found.words.start < found.words.end <= len(text)
