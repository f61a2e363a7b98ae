from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.values import find_values
from kb.model import ValueType
from tests.ingest.gold import cases

PLAIN = {str(kind) for kind in ValueType}
VALUES, ROLES = cases("value"), cases("role")


def as_rows(text: str, language: str, *, roles: bool) -> list[list[str]]:
    return [
        [str(value.type), value.value or "", value.unit or "", text[value.start : value.end]]
        for value in find_values(text, language, roles=roles)
        if (str(value.type) in PLAIN) is not roles
    ]


def test_the_gold_files_hold_enough_cases() -> None:
    for language in ("en", "zh"):
        assert sum(case[0] == language for case in (*VALUES, *ROLES)) >= 40


@pytest.mark.parametrize(("language", "text", "found"), VALUES)
def test_a_value_is_read_in_canonical_form(language: str, text: str, found: list[list[str]]) -> None:
    assert as_rows(text, language, roles=False) == found


@pytest.mark.parametrize(("language", "text", "found"), ROLES)
def test_a_value_is_given_its_role(language: str, text: str, found: list[list[str]]) -> None:
    assert as_rows(text, language, roles=True) == found


PIECES = st.sampled_from(
    ["March", " 3", ", 2025", "thirty (30)", " days", "$", "1,000", " million", "50%", "governed by the laws of ",
     "New York", "人民币", "伍拾万", "元整", "（¥500,000元）", "2024年", "3月", "15日", "万分之五", "每日", "___",
     "\n", ". ",
     "the Effective Date", "“", "("]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join), st.sampled_from(["en", "zh"]))
def test_every_value_slices_back_and_plain_values_do_not_overlap(text: str, language: str) -> None:
    last = 0
    for value in find_values(text, language):
        assert 0 <= value.start < value.end <= len(text)
        assert text[value.start : value.end].strip()
        if str(value.type) in PLAIN:
            assert value.start >= last
            last = value.end


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "text",
    [
        "(" * 200_000,
        "1," * 100_000,
        "twenty " * 30_000,
        "_" * 200_000,
        "一" * 200_000,
        "laws of " * 30_000,
        "$" * 200_000,
    ],
)
def test_hostile_text_is_read_in_linear_time(language: str, text: str) -> None:
    # A pattern that backtracks would not come back from this within the life of the test run.
    assert isinstance(find_values(text, language), tuple)
