"""Evaluators of document integrity: blanks left open, and amounts whose words and digits differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.rule import PythonEvaluator
from kb.contract import ContractFacts
from kb.numerals import chinese_amount, english_number_words

_BLANK = re.compile(
    r"\[[ \t\u3000_●•\-]{0,40}\]|【[ \t\u3000_]{0,40}】|_{3,}|＿{2,}|\[(?:insert|tbd|to be (?:inserted|agreed|confirmed)|date|name|amount)\b[^\]\n]{0,60}\]"
    r"|\[●\]|（\s{2,}）|X{4,}",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"\b(?:By|Name|Title|Date|Signature|Signed|Witness|Its|Per|Address|Attest|Print(?:ed)? Name)\b\s*:?|签字|签章|盖章|签名|签署|日期|法定代表人|委托代理人|授权代表|年\s*月\s*日|/s/",
    re.IGNORECASE,
)
SIGNATURE_TAIL = 0.88
"""Blanks after this share of the text belong to the signature block, which is empty before signing by nature."""

_ZH_AMOUNT = re.compile(
    r"[零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億两]{1,40}[元圆](?:[零壹贰叁肆伍陆柒捌玖一二三四五六七八九]角)?(?:[零壹贰叁肆伍陆柒捌玖一二三四五六七八九]分)?[整正]?"
)
_DIGITS = re.compile(r"(?:[¥￥]|RMB|CNY|人民币)?\s{0,3}(\d[\d,，]{0,20}(?:\.\d{1,4})?)\s{0,3}(万|亿)?\s{0,2}元?")
_EN_AMOUNT = re.compile(
    r"\b((?:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|and)[\s-]{1,3}){1,16})"
    r"(?:United States |U\.?S\.? )?(?:dollars|euros?|pounds|percent|days|months|years)?\s{0,3}\(\s{0,2}(?:US|U\.S\.)?[$€£]?\s{0,2}(\d[\d,]{0,20}(?:\.\d{1,2})?)",
    re.IGNORECASE,
)
MAX_GAP = 12
"""Characters between an amount in words and the digits meant to say the same."""


def blanks(contract: ContractFacts, _context: CheckContext, _rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag blanks left open in the terms, but not the lines for signature."""
    flags = 0
    for match in _BLANK.finditer(contract.text):
        line_start = contract.text.rfind("\n", 0, match.start()) + 1
        line_end = contract.text.find("\n", match.end())
        line = contract.text[line_start : line_end if line_end >= 0 else len(contract.text)]
        signing = _SIGNATURE.search(line) is not None and len(line) < 160
        if signing or match.start() > SIGNATURE_TAIL * len(contract.text):
            continue
        flags += 1
        sentence = contract.sentence_at(match.start())
        yield flag(
            contract.document,
            contract.evidence(sentence.start, max(sentence.end, match.end())),
            key=str(flags),
            clause=contract.label(clause) if (clause := contract.clause_at(match.start())) is not None else "",
            blank=match.group(),
        )
        if flags >= 25:
            return
    if not flags:
        yield passed(contract.document)


def amount_in_words(contract: ContractFacts, _context: CheckContext, _rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag an amount whose words and digits, written side by side, say different things."""
    pairs = list(_chinese_pairs(contract.text)) if contract.language == "zh" else list(_english_pairs(contract.text))
    if not pairs:
        yield not_evaluated(contract.document, "No amount is written in both words and digits.")
        return
    wrong = [(s, e, words, digits) for s, e, words, digits in pairs if words != digits]
    for start, end, words, digits in wrong:
        yield flag(
            contract.document,
            contract.evidence(start, end),
            words=f"{words:,}",
            digits=f"{digits:,}",
            clause=contract.label(clause) if (clause := contract.clause_at(start)) is not None else "",
        )
    if not wrong:
        start, end, *_ = pairs[0]
        yield passed(contract.document, contract.evidence(start, end))


def _chinese_pairs(text: str) -> Iterator[tuple[int, int, Decimal, Decimal]]:
    for match in _ZH_AMOUNT.finditer(text):
        words = chinese_amount(match.group())
        if words is None:
            continue
        after = _DIGITS.search(text, match.end(), min(len(text), match.end() + MAX_GAP + 30))
        before = None
        for candidate in _DIGITS.finditer(text, max(0, match.start() - MAX_GAP - 30), match.start()):
            before = candidate
        for digits in (after, before):
            if digits is None:
                continue
            low, high = min(match.end(), digits.end()), max(match.start(), digits.start())
            between = text[low:high]
            if len(between) <= MAX_GAP and not re.search(r"[。；;\n]|\d", between) and _joins(between):
                yield (
                    min(match.start(), digits.start()),
                    max(match.end(), digits.end()),
                    words,
                    _decimal(digits.group(1), digits.group(2)),
                )
                break


def _joins(between: str) -> bool:
    """Say whether what stands between words and digits ties them together (bracket, "大写", "小写", colon, nothing)."""
    return (
        re.fullmatch(
            r"[\s（）()：:，,、¥￥]*(?:大写|小写|人民币|RMB|即|计|合计|CNY)?[\s（）()：:，,、¥￥]*(?:人民币)?[\s（(：:¥￥]*",
            between,
        )
        is not None
    )


def _english_pairs(text: str) -> Iterator[tuple[int, int, Decimal, Decimal]]:
    for match in _EN_AMOUNT.finditer(text):
        words = english_number_words(" ".join(match.group(1).replace("-", " ").split()))
        if words is not None:
            yield match.start(), match.end(), Decimal(words), _decimal(match.group(2), None)


def _decimal(digits: str, scale: str | None) -> Decimal:
    factor = {"万": 10_000, "亿": 100_000_000}.get(scale or "", 1)
    return Decimal(digits.replace(",", "").replace("，", "")) * factor
