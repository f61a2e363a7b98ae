"""Numbers written in words or in other numerals: Chinese, Chinese financial, English, Roman.

Pure functions without state. ``None`` means that the text is not a number in that system; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

# 〇零一二…九 with the financial forms 壹贰叁… (anti-forgery numerals) and their traditional variants, and 两 (two).
_SIGNS: Final = (
    "〇零○",
    "一壹弌",
    "二贰貳弍两兩",
    "三叁參叄弎",
    "四肆",
    "五伍",
    "六陆陸",
    "七柒",
    "八捌",
    "九玖",
)  # 0 to 9
_DIGITS: Final = {
    **{sign: value for value, signs in enumerate(_SIGNS) for sign in signs},
    **{str(value): value for value in range(10)},
}
_SMALL_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}  # ten, hundred, thousand
_GROUP_UNITS: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}  # ten thousand, hundred million
_TENS_SHORTHAND: Final = {"廿": 20, "卅": 30}  # old forms still met in dates
_LONGEST_NUMBER: Final = 64  # characters; longer runs are not numbers anyone writes, and bounding them bounds the work
_ASCII_NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_MIXED: Final = re.compile(r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<units>[十百千万亿萬億]{0,3})")


def chinese_number(text: str) -> Decimal | None:
    """Return the value of a number in Chinese numerals, Arabic digits or a mix of both.

    Reads 二十三, 两千三百, 壹仟贰佰, 3亿5千万, 300万, 一百零五, 三点五 (3.5), and digit by digit 二〇二四.

    Args:
        text: only the number; surrounding blanks are ignored.

    Returns:
        the value, or None when any part of the text is not a numeral or the numeral is malformed.
    """
    text = unicodedata.normalize("NFKC", text.strip()).replace(" ", "")
    if not text or len(text) > _LONGEST_NUMBER:
        return None
    if _ASCII_NUMBER.fullmatch(text):
        return Decimal(text.replace(",", ""))
    whole, point, fraction = text.partition("点")  # decimal point in words
    if point:
        left = chinese_number(whole)
        digits = [_DIGITS.get(sign) for sign in fraction]
        if left is None or not digits or None in digits:
            return None
        return left + Decimal("0." + "".join(str(digit) for digit in digits))
    if text[0].isascii() and text[0].isdigit():
        return _mixed_number(text)
    if len(text) > 1 and all(sign in _DIGITS for sign in text):
        return Decimal("".join(str(_DIGITS[sign]) for sign in text))
    return _positional(text)


def _mixed_number(text: str) -> Decimal | None:
    total, last_unit, position = Decimal(0), None, 0
    for match in _MIXED.finditer(text):
        if match.start() != position:
            return None
        unit = 1
        for sign in match["units"]:
            unit *= _SMALL_UNITS.get(sign) or _GROUP_UNITS[sign]
        if last_unit is not None and unit >= last_unit:
            return None
        total, last_unit, position = total + Decimal(match["digits"].replace(",", "")) * unit, unit, match.end()
    return total if position == len(text) and last_unit is not None else None


def _positional(text: str) -> Decimal | None:
    total = section = 0
    digit: int | None = None
    last_small = last_group = 10**16
    previous_unit = 0
    for sign in text:
        if sign in _DIGITS:
            if digit:  # two digits in a row inside a positional number
                return None
            digit = _DIGITS[sign]
            if digit == 0:
                digit, previous_unit = None, 0
        elif sign in _TENS_SHORTHAND:
            if digit or last_small <= 10:
                return None
            section, last_small, previous_unit = section + _TENS_SHORTHAND[sign], 10, 10
        elif sign in _SMALL_UNITS:
            unit = _SMALL_UNITS[sign]
            if unit >= last_small:
                return None
            section += (1 if digit is None else digit) * unit
            digit, last_small, previous_unit = None, unit, unit
        elif sign in _GROUP_UNITS:
            unit = _GROUP_UNITS[sign]
            section += digit or 0
            if section == 0 and total and unit == 10**8:
                total *= unit  # 万亿, a trillion
            elif section == 0 or unit >= last_group:
                total = (total + section) * unit
                if total == 0:
                    return None
            else:
                total += section * unit
            section, digit, last_small, last_group, previous_unit = 0, None, 10**16, unit, unit
        else:
            return None
    if digit is not None and previous_unit >= 100:
        digit *= previous_unit // 10  # 两千三 is spoken short for 2,300; 一百零五 resets the unit at 零
    return Decimal(total + section + (digit or 0))


_AMOUNT: Final = re.compile(
    r"(?:人民币|美元|港币|欧元|日元|英镑)?[:：]?(?P<whole>[^元圆圓角分整正]{1,40})(?:元|圆|圓)"  # yuan
    r"(?:零?(?P<jiao>[^元圆角分整正零])角)?(?:零?(?P<fen>[^元圆角分整正零])分)?[整正]?"  # 1/10, 1/100, exactly
)
_AMOUNT_COINS: Final = re.compile(r"(?:人民币)?(?:(?P<jiao>[^角分整正])角)?(?:零?(?P<fen>[^角分整正])分)?[整正]?")


def chinese_amount(text: str) -> Decimal | None:
    """Return the amount in yuan of a sum written in Chinese capitals (大写), 壹拾贰万叁仟元伍角整 = 123000.5.

    Accepts 圆/元/圓, 角, 分, 整/正, an optional currency name in front, and ordinary numerals in place of the capitals.

    Returns:
        the amount in major units, or None when the text is not one complete sum.

    Source: 正确填写票据和结算凭证的基本规定 (People's Bank of China, 支付结算办法, annex 1).
    """
    text = unicodedata.normalize("NFKC", text.strip()).replace(" ", "").replace(":", "")
    if not text or len(text) > _LONGEST_NUMBER:
        return None
    match = _AMOUNT.fullmatch(text)
    total: Decimal | None = Decimal(0)
    if match is None:
        match = _AMOUNT_COINS.fullmatch(text)
        if match is None or (match["jiao"] is None and match["fen"] is None):
            return None
    else:
        total = chinese_number(match["whole"])
    if total is None:
        return None
    for coin, worth in (("jiao", Decimal("0.1")), ("fen", Decimal("0.01"))):
        if match[coin] is not None:
            digit = _DIGITS.get(match[coin])
            if digit is None:
                return None
            total += digit * worth
    return total


_UNITS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH: Final = {word: value for value, word in enumerate(_UNITS.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), 2)
}
_ENGLISH_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12, "twentieth": 20,
    "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80,
    "ninetieth": 90, "hundredth": 100,
}  # fmt: skip
_ENGLISH_SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_WORD: Final = re.compile(r"[a-z]+|\d[\d,]*(?:\.\d+)?")
_LONGEST_PHRASE: Final = 200  # characters


def english_number_words(text: str) -> Decimal | None:
    """Return the value of an English number in words: "One Million Two Hundred", "thirty-first", "1.2 million".

    "and", "a" before a scale word, hyphens and commas are understood; ordinals count as their number.

    Returns:
        the value, or None when a word is not part of a number.
    """
    if len(text) > _LONGEST_PHRASE:
        return None
    words = _WORD.findall(text.lower())
    if not words or re.sub(r"[\s,\-–]", "", _WORD.sub("", text.lower())):
        return None
    total, section, seen = Decimal(0), Decimal(0), False
    for index, word in enumerate(words):
        if word == "and" and 0 < index < len(words) - 1:
            continue
        if (
            word in ("a", "an")
            and index + 1 < len(words)
            and words[index + 1] in (*_ENGLISH_SCALES, "hundred", "dozen")
        ):
            section += 1
        elif word in _ENGLISH:
            section += _ENGLISH[word]
        elif word in _ENGLISH_ORDINALS:
            section += _ENGLISH_ORDINALS[word]
        elif word.endswith("th") and word[:-2] in _ENGLISH:
            section += _ENGLISH[word[:-2]]
        elif word == "hundred":
            section = (section or Decimal(1)) * 100
        elif word == "dozen":
            section = (section or Decimal(1)) * 12
        elif word in _ENGLISH_SCALES:
            total, section = total + (section or Decimal(1)) * _ENGLISH_SCALES[word], Decimal(0)
        elif word[0].isdigit():
            section += Decimal(word.replace(",", ""))
        else:
            return None
        seen = True
    return total + section if seen else None


_ROMAN: Final = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_ROMAN_FORM: Final = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")


def roman_number(text: str) -> int | None:
    """Return the value of a Roman numeral, upper or lower case, 1-3999; None when it is not a well-formed one."""
    lowered = text.lower()
    if not lowered or _ROMAN_FORM.fullmatch(lowered) is None:
        return None
    total = 0
    for sign, following in zip(lowered, [*lowered[1:], ""], strict=True):
        value = _ROMAN[sign]
        total += -value if following and _ROMAN[following] > value else value
    return total
