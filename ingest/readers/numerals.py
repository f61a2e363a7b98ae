"""Numbers as lists show them: decimal, letters, roman, Chinese counting, circled and the rest of Word's formats."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Final

_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MAX_ROMAN: Final = 3_999
_MAX_REPEAT: Final = 20  # Word repeats letters: 27 is "aa", 53 is "aaa"; no list is that long in good faith.
_MAX_CHINESE: Final = 99_999_999


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("ingest.readers") / "data" / "numerals.toml").read_text("utf-8"))


def roman(value: int) -> str:
    """Return a value from 1 to 3,999 in lower-case roman numerals; others in digits."""
    if not 0 < value <= _MAX_ROMAN:
        return str(value)
    out = []
    for number, letters in _ROMAN:
        count, value = divmod(value, number)
        out.append(letters * count)
    return "".join(out)


def repeated_letter(value: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    """Return Word's letter numbering: a … z, aa, bb … (the letter repeats); digits outside its range."""
    if value < 1 or (value - 1) // len(alphabet) >= _MAX_REPEAT:
        return str(value)
    repeats, index = divmod(value - 1, len(alphabet))
    return alphabet[index] * (repeats + 1)


def bijective_letter(value: int) -> str:
    """Return HTML's letter numbering: a … z, aa, ab … (like spreadsheet columns); digits below 1."""
    if value < 1:
        return str(value)
    out = ""
    while value:
        value, index = divmod(value - 1, 26)
        out = chr(ord("a") + index) + out
    return out


def chinese(value: int, digits: str = "〇一二三四五六七八九", units: str = "十百千", *, drop_one: bool = True) -> str:
    """Return a value in Chinese counting: 10 十, 12 十二, 105 一百〇五, 20000 二万.

    Args:
        value: 0 to 99,999,999; others in digits.
        digits: the ten digits, zero first.
        units: ten, hundred, thousand.
        drop_one: write 十 for 10 to 19 without 一 before it.
    """
    if not 0 <= value <= _MAX_CHINESE:
        return str(value)
    if value == 0:
        return digits[0]
    high, low = divmod(value, 10_000)
    out = _below_ten_thousand(high, digits, units) + "万" if high else ""  # 万: ten thousand
    if low:
        if high and low < 1_000:
            out += digits[0]
        out += _below_ten_thousand(low, digits, units)
    if (drop_one and 10 <= value < 20) or (drop_one and 100_000 <= value < 200_000):
        out = out.removeprefix(digits[1])
    return out


def _below_ten_thousand(value: int, digits: str, units: str) -> str:
    out, pending_zero = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            if pending_zero and out:
                out += digits[0]
            out += digits[digit] + (units[place - 1] if place else "")
            pending_zero = False
        else:
            pending_zero = True
    return out


def _positional(value: int, digits: str) -> str:
    return "".join(digits[int(digit)] for digit in str(value)) if value >= 0 else str(value)


def _ordinal(value: int) -> str:
    suffix = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"


def _english(value: int) -> str:
    words = _table()["english"]
    if not 0 < value < 100:
        return str(value)
    if value < 20:
        return str(words["units"][value])
    tens, unit = divmod(value, 10)
    return str(words["tens"][tens]) + (f"-{words['units'][unit].lower()}" if unit else "")


def _english_ordinal(value: int) -> str:
    words = _table()["english"]
    if not 0 < value < 100:
        return _ordinal(value)
    if value < 20:
        return str(words["ordinals"][value])
    tens, unit = divmod(value, 10)
    return f"{words['tens'][tens]}-{words['ordinals'][unit].lower()}" if unit else str(words["tens_ordinals"][tens])


def _sequence(name: str) -> Callable[[int], str]:
    def take(value: int) -> str:
        symbols = _table()["sequences"][name]
        return str(symbols[value - 1]) if 0 < value <= len(symbols) else str(value)

    return take


_FULL_WIDTH: Final = "０１２３４５６７８９"
_LEGAL_SIMPLIFIED: Final = ("零壹贰叁肆伍陆柒捌玖", "拾佰仟")
_LEGAL_TRADITIONAL: Final = ("零壹貳參肆伍陸柒捌玖", "拾佰仟")

_FORMATS: Final[dict[str, Callable[[int], str]]] = {
    "decimal": str,
    "decimalZero": lambda value: f"{value:02d}",
    "decimalFullWidth": lambda value: _positional(value, _FULL_WIDTH),
    "decimalFullWidth2": lambda value: _positional(value, _FULL_WIDTH),
    "decimalHalfWidth": str,
    "decimalEnclosedCircle": _sequence("circled"),
    "decimalEnclosedCircleChinese": _sequence("circled"),
    "decimalEnclosedFullstop": lambda value: f"{value}.",
    "decimalEnclosedParen": lambda value: f"({value})",
    "lowerLetter": repeated_letter,
    "upperLetter": lambda value: repeated_letter(value).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda value: roman(value).upper(),
    "ordinal": _ordinal,
    "cardinalText": _english,
    "ordinalText": _english_ordinal,
    "hex": lambda value: f"{value:X}",
    "numberInDash": lambda value: f"- {value} -",
    "none": lambda _: "",
    "chineseCounting": chinese,
    "chineseCountingThousand": chinese,
    "taiwaneseCounting": chinese,
    "taiwaneseCountingThousand": chinese,
    "japaneseCounting": chinese,
    "ideographDigital": lambda value: _positional(value, "〇一二三四五六七八九"),
    "japaneseDigitalTenThousand": lambda value: _positional(value, "〇一二三四五六七八九"),
    "taiwaneseDigital": lambda value: _positional(value, "○一二三四五六七八九"),
    "chineseLegalSimplified": lambda value: chinese(value, *_LEGAL_SIMPLIFIED, drop_one=False),
    "ideographLegalTraditional": lambda value: chinese(value, *_LEGAL_TRADITIONAL, drop_one=False),
    "japaneseLegal": lambda value: chinese(value, *_LEGAL_TRADITIONAL, drop_one=False),
    "ideographTraditional": _sequence("heavenly_stems"),
    "ideographZodiac": _sequence("earthly_branches"),
    "ideographEnclosedCircle": _sequence("circled_ideographs"),
    "russianLower": lambda value: repeated_letter(value, "абвгдежзиклмнопрстуфхцчшщыэюя"),
    "russianUpper": lambda value: repeated_letter(value, "абвгдежзиклмнопрстуфхцчшщыэюя").upper(),
}


def word_number(value: int, number_format: str) -> str | None:
    """Return a number as Word shows it, or None for a format that is not known.

    Source: ECMA-376 part 1, 17.18.59 ST_NumberFormat.
    """
    render = _FORMATS.get(number_format)
    return None if render is None else render(value)


def html_number(value: int, style: str) -> str | None:
    """Return the marker of an HTML list item with its punctuation, None for bullets and hidden markers.

    Args:
        value: ordinal of the item.
        style: a ``type`` attribute ("1", "a", "A", "i", "I") or a CSS ``list-style-type``.

    Source: HTML Living Standard, rendering of lists; CSS Counter Styles Level 3, section 6.
    """
    match style:
        case "1" | "decimal" | "":
            return f"{value}."
        case "decimal-leading-zero":
            return f"{value:02d}."
        case "a" | "lower-alpha" | "lower-latin":
            return f"{bijective_letter(value)}."
        case "A" | "upper-alpha" | "upper-latin":
            return f"{bijective_letter(value).upper()}."
        case "i" | "lower-roman":
            return f"{roman(value)}."
        case "I" | "upper-roman":
            return f"{roman(value).upper()}."
        case "cjk-ideographic" | "simp-chinese-informal" | "trad-chinese-informal" | "cjk-decimal":
            return f"{chinese(value)}、"
        case "none" | "disc" | "circle" | "square":
            return None
        case _:
            return f"{value}."
