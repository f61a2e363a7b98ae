"""Units: every cut is inside the text, in order, and where a reader would cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.typing.units import MAX_UNIT_CHARS, is_title, split

SAMPLE = (
    'SUPPLY AGREEMENT\n\nThis Agreement is made by Acme Inc. ("Seller") and Beta Ltd. ("Buyer").\n\n'
    "1. Term. This Agreement lasts two years. It renews unless notice is given.\n\n"
    "2.1 Governing Law. New York law governs.\n(a) first item; and (b) second item."
)


def _cut(text: str, language: str = "en") -> list[str]:
    return [text[unit.start : unit.end] for unit in split(text, language)]


def test_sentences_lose_their_number_and_run_in_heading() -> None:
    assert _cut(SAMPLE) == [
        "SUPPLY AGREEMENT",
        'This Agreement is made by Acme Inc. ("Seller") and Beta Ltd. ("Buyer").',
        "Term.",
        "This Agreement lasts two years.",
        "It renews unless notice is given.",
        "Governing Law.",
        "New York law governs.",
        "first item;",
        "second item.",
    ]


def test_every_unit_knows_its_title() -> None:
    units = split(SAMPLE)
    titles = [SAMPLE[units[unit.heading].start : units[unit.heading].end] for unit in units if unit.heading >= 0]
    assert titles == ["SUPPLY AGREEMENT", "Term.", "Term.", "Governing Law.", "Governing Law.", "Governing Law."]


def test_flattened_page_layout_is_cut_at_wide_gaps() -> None:
    text = "Exhibit 10.1   COLLABORATION AGREEMENT   THIS AGREEMENT is made today between the parties named below."
    assert _cut(text)[:2] == ["Exhibit 10.1", "COLLABORATION AGREEMENT"]


def test_chinese_text_is_cut_at_chinese_sentence_marks() -> None:
    text = "第一条 付款\n甲方应于三十日内付款；逾期的，支付违约金。"  # payment: party A pays within thirty days; …
    assert _cut(text, "zh") == ["第一条 付款", "甲方应于三十日内付款；", "逾期的，支付违约金。"]


@pytest.mark.parametrize(
    ("words", "expected"), [("Term and Termination", True), ("The term is two years", False), ("1234567 ABC", False)]
)
def test_a_title_is_short_and_capitalised(words: str, expected: bool) -> None:
    assert is_title(words) is expected


@given(st.text(alphabet=st.sampled_from("aAB. ;:()\n\t1\"“第。；x_-•§,'"), max_size=300), st.sampled_from(["en", "zh"]))
def test_units_are_ordered_disjoint_and_never_blank(text: str, language: str) -> None:
    units = split(text, language)
    end = 0
    for number, unit in enumerate(units):
        assert end <= unit.start < unit.end <= len(text)
        assert text[unit.start : unit.end].strip() == text[unit.start : unit.end]
        assert unit.heading < number
        assert unit.parent < number
        end = unit.end


@pytest.mark.parametrize("text", ["", " \n\t ", "....", "§§§", "\x0c\x0c"])
def test_text_without_words_has_no_units(text: str) -> None:
    assert split(text) == ()


@pytest.mark.parametrize("piece", [" ", "\n", "a", "(a) ", "; and ", "1.", "A. ", '"', "Inc. ", "Term of the ", "   X"])
def test_repetitive_text_stays_bounded(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    units = split(text)
    assert all(unit.end - unit.start <= MAX_UNIT_CHARS for unit in units)
