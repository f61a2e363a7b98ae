"""Norms of law: who must, may or must not do what, by when, under which penalty; gold cases with their scores."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.law import read_act
from ingest.obligations import find_obligations, own_stretches
from kb.model import Document, LegalNorm, Modality
from kb.rows import bearer_names
from tests.ingest.obligation_gold import LANGUAGES, norms, score

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "regulations"

LEVELS = {
    "en": {"norm": (0.97, 0.97), "bearer": (0.95, 0.95), "deadline": (0.95, 0.95), "beneficiary": (0.9, 0.9)},
    "zh": {"norm": (0.97, 0.97), "bearer": (0.95, 0.95), "deadline": (0.95, 0.95), "beneficiary": (0.9, 0.9)},
}
"""Precision and recall reached on the gold cases, by what is compared; lower is a regression."""


def check_spans(found: tuple[LegalNorm, ...], text: str) -> None:
    for norm in found:
        assert 0 <= norm.start < norm.end <= len(text)
        inside = [norm.modal, *norm.conditions, *norm.exceptions]
        inside += [span for span in (norm.action, norm.object) if span is not None]
        assert all(0 <= span.start < span.end <= len(text) for span in inside)
        for name, start, end in (
            (norm.bearer, norm.bearer_start, norm.bearer_end),
            (norm.beneficiary, norm.beneficiary_start, norm.beneficiary_end),
            (norm.deadline, norm.deadline_start, norm.deadline_end),
        ):
            assert (name is None) == (start < 0)
            assert name is None or 0 <= start < end <= len(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_gold_norms_are_found(language: str) -> None:
    cases, counts, wrong = score(language, check_spans)
    assert cases >= 60
    for name, (precision, recall) in LEVELS[language].items():
        assert counts[name].precision >= precision, (name, counts[name], wrong)
        assert counts[name].recall >= recall, (name, counts[name], wrong)


PROCESSOR_ACT = """Ferry Data Act 2031

Section 1. Processors. The processor shall:
(a) keep the data secret;
(b) notify the controller within 24 hours of a breach; and
(c) delete the data if the contract ends.
Section 2. Rights. A passenger may ask the operator for a copy, unless section 3 applies.
Section 3. Penalties. A person who breaches section 1 or section 2 is liable on conviction to a fine.
"""


def test_an_introduction_gives_one_norm_per_item_with_deadline_condition_and_penalty() -> None:
    act = read_act(Document(PROCESSOR_ACT, (), "text/plain", "en"), source_name="x.txt")
    found = find_obligations(PROCESSOR_ACT, act, language="en")
    check_spans(found, PROCESSOR_ACT)
    listed = [norm for norm in found if norm.provision.startswith("1")]
    assert [(norm.provision, norm.bearer, norm.modality, norm.penalty) for norm in listed] == [
        ("1(a)", "processor", Modality.MUST, "3"), ("1(b)", "processor", Modality.MUST, "3"),
        ("1(c)", "processor", Modality.MUST, "3"),
    ]  # fmt: skip
    assert (listed[1].beneficiary, listed[1].deadline) == ("controller", "PT24H")
    assert [span.of(PROCESSOR_ACT) for span in listed[2].conditions] == ["if the contract ends"]
    (right,) = [norm for norm in found if norm.provision == "2"]
    assert [span.of(PROCESSOR_ACT) for span in right.exceptions] == ["unless section 3 applies"]
    assert right.bearer == "passenger"
    assert right.beneficiary == "operator"


# Article 1: processors tell the individual before processing. Article 2: processors perform the following duties:
# (1) build a system, (2) train staff. Article 3: who breaks article 2 of this law is fined.
CHINESE_ACT = """集市数据法

第一条 数据处理者处理数据前，应当在五日内告知个人，但紧急情况除外。

第二条 数据处理者应当履行下列义务：
（一）建立管理制度；
（二）培训工作人员。

第三条 数据处理者违反本法第二条规定的，处一万元以下罚款。
"""


def test_chinese_items_are_norms_and_know_their_penalty() -> None:
    act = read_act(Document(CHINESE_ACT, (), "text/plain", "zh"), source_name="x.txt")
    found = find_obligations(CHINESE_ACT, act, language="zh")
    check_spans(found, CHINESE_ACT)
    assert [(n.provision, n.bearer, n.modality, n.deadline, n.penalty) for n in found] == [
        ("1", "数据处理者", Modality.MUST, "P5D", None),
        ("2(1)(1)", "数据处理者", Modality.MUST, None, "3"),
        ("2(1)(2)", "数据处理者", Modality.MUST, None, "3"),
    ]
    assert found[0].beneficiary == "个人"
    assert [span.of(CHINESE_ACT) for span in found[0].exceptions] == ["但紧急情况除外"]


def test_own_stretches_cover_each_word_once() -> None:
    act = read_act(Document(PROCESSOR_ACT, (), "text/plain", "en"), source_name="x.txt")
    stretches = sorted((start, end) for _, start, end in own_stretches(act, PROCESSOR_ACT))
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(stretches))


def test_joined_bearers_are_searched_by_each_name() -> None:
    assert bearer_names("controller and the processor") == ("controller", "processor")
    assert bearer_names("组织、个人") == ("组织", "个人")  # organisations and individuals
    assert bearer_names(None) == ()


@given(
    st.text(
        alphabet="The keeper shall must not may if unless,.;:()\n within 3 days 应当不得可以，。者人的", max_size=300
    )
)
@settings(max_examples=200, deadline=None)
def test_any_text_gives_norms_with_valid_spans(text: str) -> None:
    for language in ("en", "zh"):
        check_spans(norms(text, language), text)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("pattern", "bearer", "least"),
    [("eu-gdpr/gdpr.html", "processor", 15), ("zh-laws/*/*个人信息保护法*.md", "个人信息处理者", 35)],
)
def test_obligations_of_processors_are_found_in_real_law(pattern: str, bearer: str, least: int) -> None:
    from ingest.readers import read_document

    paths = sorted(DATA.glob(pattern))
    if not paths:
        pytest.skip("the evaluation data in ../shared/data is absent")
    document = read_document(paths[0].read_bytes(), paths[0].name)
    act = read_act(document, source_name=paths[0].name)
    found = find_obligations(document.text, act, language=document.language)
    check_spans(found, document.text)
    assert sum(bearer in bearer_names(norm.bearer) for norm in found) >= least


BOUND_ACT = """Section 1. Contracts. That contract shall stipulate, in particular, that the carrier:
(a) carries the goods only on written instructions;
(b) keeps the goods dry; and
(c) returns the goods within 30 days.
"""


def test_what_a_contract_must_stipulate_binds_the_one_it_names() -> None:
    act = read_act(Document(BOUND_ACT, (), "text/plain", "en"), source_name="x.txt")
    found = find_obligations(BOUND_ACT, act, language="en")
    check_spans(found, BOUND_ACT)
    listed = [norm for norm in found if norm.provision.startswith("1(")]
    assert [(norm.provision, norm.bearer, norm.modality) for norm in listed] == [
        (f"1({mark})", "carrier", Modality.MUST) for mark in "abc"
    ]
    assert listed[2].deadline == "P30D"
