"""Evaluators of rights that only one side has: to end the contract at will, to hand it on, to change it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import MAX_FLAGS_PER_CONTRACT, cannot_read, sentence_of
from checks.evaluators.holders import BOTH, NOBODY, holder_after, holder_before, same_holder
from checks.evaluators.options import patterns
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Span

_BREAK: Final = re.compile(r"[;；]")


@dataclass(frozen=True, slots=True)
class Right:
    """A right as one part of a sentence gives it.

    Attributes:
        holder: who has it, folded; ``BOTH`` for both sides alike; None when the words do not name one.
        name: the holder as written.
        part: the words that speak of this right alone, from the break before it to the next right or the end.
        given: the words that give it.
    """

    holder: str | None
    name: str
    part: Span
    given: Span
    sentence: Span


def one_sided_right(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a right that one party has and no other.

    Options, patterns by language: ``act`` the words that give the right, from the modal on (with a group ``who`` where
    the holder stands inside them); ``passive`` the same without a subject ("may be terminated by …"); ``strong`` words
    of its part that make it free, ``weak`` words that do so unless ``bound`` words stand there too; without ``weak``
    only strong ones count; ``unless`` words of the sentence that make it another right; ``mutual`` words anywhere that
    give the right to both sides; ``topic`` the clauses a pass rests on. Two holders make the right mutual.
    """
    free: list[Right] = []
    unread: list[Right] = []
    for right in rights(contract, rule):
        if _is_free(contract, rule, right):
            (unread if right.holder is None else free).append(right)
    shared = next((r for r in free if r.holder == BOTH or not same_holder(r.holder, free[0].holder)), None)
    mutual = contract.find(patterns(rule, "mutual"), contract.whole)
    if shared is not None:
        yield passed(contract.document, contract.evidence(shared.sentence.start, shared.sentence.end))
    elif mutual is not None:
        sentence = sentence_of(contract, mutual.start, mutual.end)
        yield passed(contract.document, contract.evidence(sentence.start, sentence.end))
    elif unread:
        yield cannot_read(contract, unread[0].sentence)
    elif free:
        yield from _flags(contract, free)
    else:
        yield without(contract, rule)


def unilateral_right(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag every free right of one side, whatever the other side has.

    Options ``act``, ``passive``, ``strong``, ``weak``, ``bound``, ``unless`` and ``topic`` as for ``one_sided_right``.
    """
    free = [right for right in rights(contract, rule) if _is_free(contract, rule, right)]
    held = [right for right in free if right.holder not in {None, BOTH}]
    unread = [right for right in free if right.holder is None]
    if held:
        yield from _flags(contract, held)
    elif unread:
        yield cannot_read(contract, unread[0].sentence)
    else:
        yield without(contract, rule)


def _flags(contract: Reading, found: list[Right]) -> Iterator[Answer]:
    seen: set[int] = set()
    for right in found[:MAX_FLAGS_PER_CONTRACT]:
        if right.sentence.start in seen:
            continue
        seen.add(right.sentence.start)
        clause = contract.clause_at(right.given.start)
        yield flag(
            contract.document,
            contract.evidence(right.sentence.start, right.sentence.end),
            clause=contract.label(clause) if clause is not None else "",
            matched=" ".join(contract.text[right.part.start : right.part.end].split()),
            holder=right.name,
        )


def without(contract: Reading, rule: PythonEvaluator) -> Answer:
    """Return a pass on the clause that deals with the matter, or "not evaluated" where no clause does."""
    topic = contract.find(patterns(rule, "topic"), contract.whole)
    if topic is None:
        return not_evaluated(
            contract.document, "No clause of the kind the rule reads was found.", "未找到本规则所检查的条款。"
        )
    sentence = sentence_of(contract, topic.start, topic.end)
    return passed(contract.document, contract.evidence(sentence.start, sentence.end))


def rights(contract: Reading, rule: PythonEvaluator) -> Iterator[Right]:
    """Yield the rights a rule looks for, in text order; what nobody may do is no right."""
    act, passive = patterns(rule, "act"), patterns(rule, "passive")
    found = [(match, False) for match in contract.matches(act, contract.whole)]
    found += [(match, True) for match in contract.matches(passive, contract.whole)]
    found.sort(key=lambda each: (each[0].start(), -each[0].end()))
    for number, (match, agentless) in enumerate(found):
        sentence = sentence_of(contract, match.start(), match.end())
        before = found[number - 1][0] if number else None
        low, high = sentence.start, sentence.end
        if before is not None and before.start() >= sentence.start:
            if match.start() < before.end():
                continue
            low = before.end()
        if number + 1 < len(found):
            high = min(high, max(match.end(), found[number + 1][0].start()))
        low = max([low, *(b.end() for b in _BREAK.finditer(contract.text, low, match.start()))])
        close = _BREAK.search(contract.text, match.end(), high)
        part = Span(low, close.start() if close is not None else high)
        given = Span(match.start(), match.end())
        if agentless:
            holder = holder_after(contract, Span(match.end(), part.end))
        elif (who := match.groupdict().get("who")) is not None:
            holder = holder_before(contract, who)
        else:
            holder = holder_before(contract, contract.text[part.start : match.start()])
        if holder is None:
            yield Right(None, "", part, given, sentence)
        elif holder.key != NOBODY:
            yield Right(holder.key, holder.name, part, given, sentence)


def _is_free(contract: Reading, rule: PythonEvaluator, right: Right) -> bool:
    if contract.find(patterns(rule, "unless"), right.sentence) is not None:
        return False
    if contract.find(patterns(rule, "strong"), right.part) is not None:
        return True
    return (
        contract.find(patterns(rule, "weak"), right.part) is not None
        and contract.find(patterns(rule, "bound"), right.part) is None
    )
