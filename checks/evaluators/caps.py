"""Evaluators of limits of liability: what they except, whom they protect, how low they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import sentence_of
from checks.evaluators.holders import BOTH, NOBODY, holder_before, same_holder
from checks.evaluators.options import patterns
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Span


@dataclass(frozen=True, slots=True)
class Cap:
    """One limit of liability: whose (``BOTH``, a folded name, or None when the words do not say), and its sentence."""

    holder: str | None
    name: str
    words: Span
    sentence: Span


def caps(contract: Reading, rule: PythonEvaluator) -> list[Cap]:
    """Return the limits of liability of a contract, one for a sentence, in text order.

    Options, patterns by language: ``cap`` words of a limit; ``not_cap`` words of the sentence that make it none
    (a duty to insure, an example); ``mutual`` words of the sentence that make it both sides'.
    """
    found: dict[int, Cap] = {}
    for match in contract.matches(patterns(rule, "cap"), contract.whole):
        sentence = sentence_of(contract, match.start(), match.end())
        if sentence.start in found or contract.find(patterns(rule, "not_cap"), sentence) is not None:
            continue
        words = Span(match.start(), match.end())
        holder, name = _protected(contract, rule, match, sentence)
        found[sentence.start] = Cap(holder, name, words, sentence)
    return [found[start] for start in sorted(found)]


def _protected(
    contract: Reading, rule: PythonEvaluator, match: re.Match[str], sentence: Span
) -> tuple[str | None, str]:
    if contract.find(patterns(rule, "mutual"), sentence) is not None:
        return BOTH, ""
    who = match.groupdict().get("of") or contract.text[sentence.start : match.start("about")]
    side = holder_before(contract, who)
    if side is None or side.key == NOBODY:
        return (BOTH, "") if side is not None else (None, "")
    return side.key, side.name


def _no_cap(contract: Reading) -> Answer:
    return not_evaluated(contract.document, "No limit of liability was found.", "未发现责任限额的约定。")


def cap_without_exceptions(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a limit of liability where nothing in the contract keeps intent, injury and the like out of it.

    Options: ``cap``, ``not_cap`` and ``mutual`` as for ``caps``; ``excepted``, patterns of sentences that keep
    something out of the limit.
    """
    limits = caps(contract, rule)
    if not limits:
        yield _no_cap(contract)
        return
    excepted = contract.find(patterns(rule, "excepted"), contract.whole)
    if excepted is not None:
        sentence = sentence_of(contract, excepted.start, excepted.end)
        yield passed(contract.document, contract.evidence(sentence.start, sentence.end))
        return
    yield _flag(contract, limits[0])


def low_cap(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a limit of liability stated as the fees of a short time.

    Options: ``cap``, ``not_cap`` and ``mutual`` as for ``caps``; ``low``, patterns of the sentence that state the
    short time.
    """
    limits = caps(contract, rule)
    if not limits:
        yield _no_cap(contract)
        return
    low = [cap for cap in limits if contract.find(patterns(rule, "low"), cap.sentence) is not None]
    for cap in low:
        yield _flag(contract, cap)
    if not low:
        yield passed(contract.document, contract.evidence(limits[0].sentence.start, limits[0].sentence.end))


def asymmetric_cap(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a limit that protects one side only, where the other is liable without limit or the limit is very low.

    Where the contract is silent on the other side, the answer is "not evaluated": a supplier's limit alone is common
    and its fairness depends on the price. Options: ``cap``, ``not_cap`` and ``mutual`` as for ``caps``; ``low`` as for
    ``low_cap``; ``unlimited``, words that make a side liable without limit, with a group ``about`` behind its name.
    """
    limits = caps(contract, rule)
    if not limits:
        yield _no_cap(contract)
        return
    shared = next((c for c in limits if c.holder == BOTH or not same_holder(c.holder, limits[0].holder)), None)
    if shared is not None and shared.holder is not None and limits[0].holder is not None:
        yield passed(contract.document, contract.evidence(shared.sentence.start, shared.sentence.end))
        return
    cap = limits[0]
    for match in contract.matches(patterns(rule, "unlimited"), contract.whole):
        sentence = sentence_of(contract, match.start(), match.end())
        other = holder_before(contract, contract.text[sentence.start : match.start("about")])
        if other is not None and cap.holder is not None and not same_holder(other.key, cap.holder):
            yield _flag(contract, cap, sentence)
            return
    if cap.holder is not None and contract.find(patterns(rule, "low"), cap.sentence) is not None:
        yield _flag(contract, cap)
        return
    yield not_evaluated(
        contract.document,
        f"Only the liability of {cap.name or 'one side'} is limited; "
        "whether that is balanced depends on what each side owes.",
        f"仅{cap.name or '一方'}的责任设有上限，是否对等取决于双方各自的义务，须人工判断。",
    )


def _flag(contract: Reading, cap: Cap, *more: Span) -> Answer:
    clause = contract.clause_at(cap.words.start)
    return flag(
        contract.document,
        *(contract.evidence(span.start, span.end) for span in (cap.sentence, *more)),
        clause=contract.label(clause) if clause is not None else "",
        matched=" ".join(contract.text[cap.words.start : cap.words.end].split()),
        holder=cap.name,
    )
