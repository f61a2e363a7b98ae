from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.numerals import chinese_amount, chinese_number, english_number_words, roman_number

DIGITS = "零壹贰叁肆伍陆柒捌玖"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二十三", "23"),
        ("十", "10"),
        ("廿三", "23"),
        ("一百零五", "105"),
        ("两千三百", "2300"),
        ("两千三", "2300"),
        ("一万零五", "10005"),
        ("壹仟贰佰", "1200"),
        ("五百七十七", "577"),
        ("伍佰万", "5000000"),
        ("3亿5千万", "350000000"),
        ("一万亿", "1000000000000"),
        ("三点五", "3.5"),
        ("二〇二四", "2024"),
        ("1,250,000.00", "1250000.00"),
        ("３００万", "3000000"),
    ],
)
def test_chinese_numbers_are_read(text: str, value: str) -> None:
    assert chinese_number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "甲方", "一二十", "十十", "三点", "一" * 100, "万"])
def test_what_is_no_chinese_number_is_none(text: str) -> None:
    assert chinese_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("壹拾贰万叁仟元伍角整", "123000.5"),
        ("人民币伍拾万元整", "500000"),
        ("叁佰贰拾万零伍仟圆整", "3205000"),
        ("壹佰元零伍分", "100.05"),
        ("伍角", "0.5"),
        ("壹万贰仟叁佰肆拾伍元陆角柒分", "12345.67"),
    ],
)
def test_capital_amounts_are_read(text: str, value: str) -> None:
    assert chinese_amount(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "元", "法院元", "伍拾万", "伍元伍"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert chinese_amount(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("One Million Two Hundred Thousand", "1200000"),
        ("thirty-first", "31"),
        ("one hundred and twenty-five", "125"),
        ("a hundred", "100"),
        ("1.2 million", "1200000"),
    ],
)
def test_english_number_words_are_read(text: str, value: str) -> None:
    assert english_number_words(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "dog", "and", "thirty dogs"])
def test_what_is_no_english_number_is_none(text: str) -> None:
    assert english_number_words(text) is None


def in_capitals(number: int) -> str:
    """Write 1-99,999,999 as bankers do."""

    def group(value: int) -> str:
        words, pending = "", False
        for unit, name in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
            digit = value // unit % 10
            if digit:
                words += ("零" if pending and words else "") + DIGITS[digit] + name
                pending = False
            else:
                pending = True
        return words

    high, low = divmod(number, 10_000)
    words = group(high) + "万" if high else ""
    if low:
        words += ("零" if high and low < 1000 else "") + group(low)
    return words


@given(st.integers(min_value=1, max_value=99_999_999))
def test_capital_amounts_read_back_what_bankers_write(number: int) -> None:
    assert chinese_amount(f"人民币{in_capitals(number)}元整") == number


@given(st.integers(min_value=1, max_value=3999))
def test_roman_numbers_read_back(number: int) -> None:
    signs = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip  # noqa: E501
    left, written = number, ""
    for value, sign in signs:
        written += sign * (left // value)
        left %= value
    assert roman_number(written) == number


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text: str) -> None:
    for read in (chinese_number, chinese_amount, english_number_words, roman_number):
        found = read(text)
        assert found is None or found >= 0
