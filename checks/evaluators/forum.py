"""Evaluator of chosen Chinese courts: does the contract show a connection with the place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import patterns
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Span

_UNIT = re.compile(r"[\u4e00-\u9fff]{2,8}?(?:省|市|区|县|州|旗)")


def court_without_connection(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a chosen court whose place is named nowhere else in the contract: no address, no place of performance.

    Options, patterns by language: ``court`` with a group ``place``, a court named by its place; ``place`` any place
    named in the contract; without one, nothing can be compared.
    """
    courts = contract.matches(patterns(rule, "court"), contract.whole)
    if not courts:
        yield not_evaluated(
            contract.document,
            "No court is chosen by the name of its place.",
            "合同未约定具体名称的管辖法院。",
        )
        return
    sentences = [contract.sentence_at(match.start()) for match in courts]
    places = [
        match
        for match in contract.matches(patterns(rule, "place"), contract.whole)
        if not any(s.start <= match.start() < s.end for s in sentences)
    ]
    if not places:
        yield not_evaluated(
            contract.document,
            "A court is chosen, but the contract names no address or place it could be compared with.",
            "合同约定了管辖法院，但未载明可供比对的住所地、履行地等地点。",
        )
        return
    flags = 0
    for match, sentence in zip(courts, sentences, strict=True):
        units = [unit[:-1] for unit in _UNIT.findall(match.group("place"))]
        if not units or any(_stands_elsewhere(contract, unit, sentence) for unit in units):
            continue
        flags += 1
        yield flag(
            contract.document,
            contract.evidence(sentence.start, sentence.end),
            contract.evidence(places[0].start(), places[0].end()),
            key=match.group("place"),
            court=" ".join(match.group().split()),
            place=" ".join(places[0].group().split()),
            clause=contract.label(clause) if (clause := contract.clause_at(match.start())) is not None else "",
        )
    if not flags:
        yield passed(contract.document, contract.evidence(sentences[0].start, sentences[0].end))


def _stands_elsewhere(contract: Reading, word: str, sentence: Span) -> bool:
    text = contract.text
    return text.find(word, 0, sentence.start) >= 0 or text.find(word, sentence.end) >= 0
