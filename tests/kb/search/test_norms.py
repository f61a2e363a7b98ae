"""Provisions are found by what someone must, may or must not do, however it is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb.search import IndexRow, SearchIndex
from kb.search.norms import norm_keywords
from kb.text import pack_rows, unpack_rows

ROWS = {
    "28": ("The processor shall assist the controller.", [("processor", "must")], "en"),
    "24": ("The controller shall measure what a processor may do.", [("controller", "must")], "en"),
    "29": ("The processor may refuse.", [("processor", "may")], "en"),
    "51": ("The public authority shall answer.", [("public authority", "must")], "en"),
    "zh9": ("个人信息处理者应当对其活动负责。", [("个人信息处理者", "must")], "zh"),
    "zh44": ("个人对处理者享有知情权。", [("个人", "may")], "zh"),
}


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    found = SearchIndex.open(tmp_path / "index", create=True)
    rows = [
        IndexRow(
            name,
            "act",
            "provision",
            f"Act {name}",
            text,
            "doc",
            0,
            len(text),
            language,
            {},
            norm_keywords(norms, language),
        )
        for name, (text, norms, language) in ROWS.items()
    ]
    found.apply(remove=(), rows=rows)
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("obligations of processors", {"28"}),
        ("processor's duties", {"28"}),
        ("Duties of the processor", {"28"}),
        ("processors’ obligations", {"28"}),
        ("rights of processors", {"29"}),
        ("obligations of authorities", {"51"}),
        ("obligations of public authorities", {"51"}),
        ("prohibitions for processors", set()),
        ("处理者义务", {"zh9"}),
        ("处理者的义务", {"zh9"}),
        ("个人信息处理者应当履行的职责", {"zh9"}),
        ("个人权利", {"zh44"}),
        ("处理者权利", set()),
    ],
)
def test_norms_are_found_by_modality_and_bearer(index: SearchIndex, query: str, expected: set[str]) -> None:
    assert {hit.id for hit in index.search(query).hits} == expected


def test_ordinary_words_never_match_the_keywords(index: SearchIndex) -> None:
    assert index.search("obligation").total == 0
    assert index.search("processor").total == 3
    assert index.search('"obligation of processor"').total == 0


def test_keywords_are_not_shown_and_survive_a_second_batch_of_the_same_owner(index: SearchIndex) -> None:
    index.apply(remove=(), rows=[IndexRow("99", "act", "provision", "Act 99", "Bells ring.", "doc", 0, 11, "en")])
    (hit,) = index.search("obligations of processors").hits
    assert hit.snippet == ROWS["28"][0]


def test_rows_with_and_without_keywords_are_packed_and_read_back() -> None:
    row = IndexRow("1", "act", "provision", "", "x", "doc", 0, 1, "en")
    both = (row, replace(row, id="2", keywords="obligation of processor"))
    assert unpack_rows(pack_rows(both)) == both
    assert b"keywords" not in pack_rows([row])
