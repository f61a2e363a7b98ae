"""Amounts a contract writes twice, in words and in digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kb.numerals import chinese_amount, english_number_words

_ZH_DIGIT = "零壹贰叁肆伍陆柒捌玖一二三四五六七八九"  # zero to nine, in the forms of cheques and of plain text
_ZH_AMOUNT = re.compile(
    rf"[〇十百千万亿拾佰仟萬億两{_ZH_DIGIT}]{{1,40}}[元圆](?:[{_ZH_DIGIT}]角)?(?:[{_ZH_DIGIT}]分)?[整正]?"
)
_ZH_DIGITS = re.compile(r"(?:[¥￥]|RMB|CNY|人民币)?\s{0,3}(\d[\d,，]{0,20}(?:\.\d{1,4})?)\s{0,3}(万|亿)?\s{0,2}元?")
# What may stand between words and digits that say the same: "in words", "in figures", renminbi, "that is", "in total".
_ZH_BETWEEN = re.compile(
    r"[\s（）()：:，,、¥￥]*(?:大写|小写|人民币|RMB|即|计|合计|CNY)?[\s（）()：:，,、¥￥]*(?:人民币)?[\s（(：:¥￥]*"
)
_SCALES: Final = {"万": 10_000, "亿": 100_000_000, "thousand": 1_000, "million": 10**6, "billion": 10**9}
MAX_GAP: Final = 12
"""Characters between an amount in words and the digits meant to say the same."""

_EN_UNIT = r"dollars?|euros?|pounds?|percent|per\s?cent|days?|weeks?|months?|years?"
_EN_WORD = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion"
)
_EN_DIGITS = re.compile(
    r"\(\s{0,2}(?:US|U\.S\.)?\s?[$€£]?\s{0,2}(\d{1,3}(?:,\d{3}){1,5}(?!\d|,\d)|\d{1,12}(?![\d,]))(\.\d{1,4})?"
    r"\s{0,2}(thousand|million|billion)?(?=\s{0,2}(?:%|\)|(?:US|calendar|business)?\s{0,2}(?:" + _EN_UNIT + r")\b))",
    re.IGNORECASE,
)
_EN_WORDS_BEFORE = re.compile(
    rf"(?<![\w-])((?:(?:{_EN_WORD})(?:,\s{{0,60}}|[\s-]{{1,60}}(?:and\s{{1,60}})?)){{1,16}})"
    rf"(?:United\s?States\s?|U\.?S\.?\s?)?(?:{_EN_UNIT})?\s{{0,3}}$",
    re.IGNORECASE,
)
# A word before the number words that makes them a part of a larger or smaller number ("and one-half million").
_EN_PART_OF = re.compile(
    r"(?:\b(?:(?:half|quarters?|thirds?|tenths?|hundredths?|thousandths?)(?:\s{1,3}of)?|point|year|article|section|phase|level|"
    rf"tier|class|step|grade|exhibit|schedule|{_EN_WORD})[\s,-]{{1,60}}|[\d/%$.-]\s{{0,2}}|\d\)\s{{0,2}})$",
    re.IGNORECASE,
)
# Digits first, the words in brackets: "EUR 384,000 (three hundred eighty-four thousand euros)".
_EN_DIGITS_FIRST = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:,\d{3}){1,5}(?!\d|,\d)|\d{1,12}(?![\d,]))(\.\d{1,4})?"
    rf"\s{{0,2}}(?:{_EN_UNIT})?\s{{0,2}}\(\s{{0,2}}(?:in\s{{1,2}}words:?\s{{1,2}})?"
    rf"((?:(?:{_EN_WORD})(?:,\s{{0,3}}|[\s-]{{1,3}}(?:and\s{{1,3}})?)?){{1,16}})(?:United\s?States\s?|U\.?S\.?\s?)?(?:{_EN_UNIT})?\s{{0,2}}(?:only\s{{0,2}})?\)",
    re.IGNORECASE,
)
_EN_SCALE_AFTER = re.compile(r"\s{0,2}\)\s{1,3}(?:thousand|million|billion)\b", re.IGNORECASE)
_LONGEST_WORDS: Final = 300
"""Characters before the bracket in which the number words are looked for."""


@dataclass(frozen=True, slots=True)
class StatedTwice:
    """One amount written twice; both readings in the same unit."""

    start: int
    end: int
    words: Decimal
    digits: Decimal


def stated_twice(text: str, language: str) -> Iterator[StatedTwice]:
    """Yield amounts in words beside amounts in digits that are meant to say the same, in text order."""
    if language == "zh":
        yield from _chinese(text)
        return
    yield from sorted((*_english(text), *_english_digits_first(text)), key=lambda pair: pair.start)


def _chinese(text: str) -> Iterator[StatedTwice]:
    for match in _ZH_AMOUNT.finditer(text):
        words = chinese_amount(match.group())
        if words is None:
            continue
        after = _ZH_DIGITS.search(text, match.end(), min(len(text), match.end() + MAX_GAP + 30))
        before = None
        for candidate in _ZH_DIGITS.finditer(text, max(0, match.start() - MAX_GAP - 30), match.start()):
            before = candidate
        for digits in (after, before):
            if digits is None:
                continue
            low, high = min(match.end(), digits.end()), max(match.start(), digits.start())
            between = text[low:high]
            if len(between) <= MAX_GAP and not re.search(r"[。；;\n]|\d", between) and _ZH_BETWEEN.fullmatch(between):
                start, end = min(match.start(), digits.start()), max(match.end(), digits.end())
                end += text[end : end + 1] in {"）", ")"}  # the bracket around the second one belongs to it
                yield StatedTwice(start, end, Decimal(words), _decimal(digits.group(1), digits.group(2)))
                break


def _english(text: str) -> Iterator[StatedTwice]:
    for match in _EN_DIGITS.finditer(text):
        left = max(0, match.start() - _LONGEST_WORDS)
        before = text[left : match.start()]
        words = _EN_WORDS_BEFORE.search(before)
        if words is None or _EN_PART_OF.search(before[: words.start()]) is not None:
            continue
        if _EN_SCALE_AFTER.match(text, match.end()) is not None:
            continue  # "six (6,000,000) million": which of the two carries the scale cannot be said
        value = english_number_words(" ".join(words.group(1).replace("-", " ").replace(",", " ").split()))
        if value is not None:
            digits = _decimal(match.group(1) + (match.group(2) or ""), (match.group(3) or "").lower())
            end = text.find(")", match.end(), match.end() + 30) + 1
            yield StatedTwice(left + words.start(), end or match.end(), Decimal(value), digits)


def _english_digits_first(text: str) -> Iterator[StatedTwice]:
    for match in _EN_DIGITS_FIRST.finditer(text):
        value = english_number_words(" ".join(match.group(3).replace("-", " ").replace(",", " ").split()))
        if value is not None:
            yield StatedTwice(*match.span(), Decimal(value), _decimal(match.group(1) + (match.group(2) or ""), None))


def _decimal(digits: str, scale: str | None) -> Decimal:
    return Decimal(digits.replace(",", "").replace("，", "")) * _SCALES.get(scale or "", 1)
