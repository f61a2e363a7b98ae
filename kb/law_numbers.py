"""Numbers as law prints them: Chinese, Arabic and Roman numerals, and the canonical form citations use.

A canonical number is the base unit followed by bracketed parts: ``585``, ``133-1`` (第一百三十三条之一), ``26A``,
``28(3)(h)``, ``1005.2(b)``. Readers of acts and readers of citations both build it here, so that they meet.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ZH_DIGITS: Final[dict[str, int]] = {
    "〇": 0, "零": 0, "○": 0, "Ｏ": 0,
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
ZH_UNITS: Final[dict[str, int]] = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
ZH_NUMERAL: Final[str] = "〇零○一二两三四五六七八九十百千"
"""Characters a statutory number may use (the financial forms 壹贰叁 are never used for article numbers)."""

_ROMAN: Final[dict[str, int]] = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_ROMAN_FORM: Final = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_PARTS: Final = re.compile(r"\(([^()]{1,16})\)")
_NATURAL: Final = re.compile(r"(\d+)|([^\d]+)")


def chinese_number(text: str) -> int | None:
    """Return the value of a Chinese or Arabic numeral ("一百三十三", "二〇二三", "585", "５８５"), or None.

    Accepts 0 to 9999, which covers article numbers and years.
    """
    digits = unicodedata.normalize("NFKC", text).strip()
    if digits.isascii() and digits.isdigit():
        return int(digits) if len(digits) <= 4 else None
    if not digits or len(digits) > 9:
        return None
    if not any(mark in ZH_UNITS for mark in digits):  # positional, as in years: 二〇二三
        if len(digits) > 4 or any(mark not in ZH_DIGITS for mark in digits):
            return None
        value = 0
        for mark in digits:
            value = value * 10 + ZH_DIGITS[mark]
        return value
    total, pending, last_unit = 0, -1, 10_000
    for mark in digits:
        if mark in ZH_DIGITS:
            if pending > 0:
                return None
            pending = ZH_DIGITS[mark]
        elif mark in ZH_UNITS:
            unit = ZH_UNITS[mark]
            if unit >= last_unit:
                return None
            total += (1 if pending <= 0 else pending) * unit
            pending, last_unit = -1, unit
        else:
            return None
    return total + max(pending, 0)


def roman_number(text: str) -> int | None:
    """Return the value of a Roman numeral in either case, 1 to 3999, or None when it is not one."""
    lowered = text.lower()
    if not lowered or len(lowered) > 15 or _ROMAN_FORM.fullmatch(lowered) is None:
        return None
    values = [_ROMAN[mark] for mark in lowered]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def base_number(number: str) -> str:
    """Return the base unit of a canonical number: ``28(3)(h)`` gives ``28``."""
    return number.partition("(")[0]


def enclosing_number(number: str) -> str | None:
    """Return the number one bracket further out: ``28(3)(h)`` gives ``28(3)``; None for a base unit."""
    return number[: number.rindex("(")] if number.endswith(")") and "(" in number else None


def number_parts(number: str) -> tuple[str, ...]:
    """Return base and bracketed parts: ``28(3)(h)`` gives ``("28", "3", "h")``."""
    return (base_number(number), *_PARTS.findall(number))


def sort_key(number: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that orders canonical numbers as an act prints them: 9 < 10 < 10A < 10-1 within digits."""
    return tuple(
        (0, int(digits), "") if digits else (1, 0, letters.casefold())
        for digits, letters in _NATURAL.findall(number[:80])
    )
