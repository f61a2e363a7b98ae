"""Evaluators of document integrity: blanks left open, and amounts whose words and digits differ."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from checks.context import CheckContext
from checks.evaluators.amounts import stated_twice
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import title_evidence
from checks.evaluators.options import number, patterns
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Span

MAX_CLAUSES: Final = 25
"""Clauses with blanks that are reported one by one; more of the same tells a reader nothing new."""
RULED_LINE: Final = 12
"""Characters of a rule at the beginning of a line that divides the page; blanks in terms stand within a sentence."""
LABEL_REACH: Final = 80
"""Characters beside a blank in which the label of a signature line ("By:", "Print Name") is looked for."""


def blanks(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag clauses whose terms have blanks left open; one answer per clause.

    Signature lines, ruled lines, forms attached behind the signatures and redactions are not blanks.

    Options, patterns by language: ``blank``; ``bracket`` blanks that look like redactions where ``redacted`` is found
    anywhere; ``signing`` words of a line to be filled in when signing; ``signature`` the words that open the signature
    block; ``form`` the headings of an attached form or sample. Number: ``signature_share``, the share of the text
    before which ``signature`` words are not yet the block.
    """
    text = contract.text
    hits = contract.matches(patterns(rule, "blank"), contract.whole)
    if contract.find(patterns(rule, "redacted"), contract.whole) is None:
        hits += contract.matches(patterns(rule, "bracket"), contract.whole)
    behind = _behind_signatures(contract, rule)
    forms = [match.start() for match in contract.matches(patterns(rule, "form"), contract.whole)]
    found: dict[str, list[Span]] = {}
    for match in sorted(hits, key=lambda m: (m.start(), -m.end())):
        blank = Span(match.start(), match.end())
        if blank.start >= behind or bisect_left(forms, blank.start) > 0 or _is_line_to_sign(contract, rule, blank):
            continue
        clause = contract.clause_at(blank.start)
        places = found.setdefault(clause.id if clause is not None else "", [])
        if not places or blank.start >= places[-1].end:
            places.append(blank)
    for places in list(found.values())[:MAX_CLAUSES]:
        first = places[0]
        sentence = contract.sentence_at(first.start)
        clause = contract.clause_at(first.start)
        yield flag(
            contract.document,
            contract.evidence(sentence.start, max(sentence.end, first.end)),
            clause=contract.label(clause) if clause is not None else "",
            blank=" ".join(text[first.start : first.end].split()),
            count=str(len(places)),
        )
    if not found:
        yield passed(contract.document, title_evidence(contract))


def _behind_signatures(contract: Reading, rule: PythonEvaluator) -> int:
    """Return where the signature block begins; what stands behind it are signatures and attached forms."""
    earliest = number(rule, "signature_share") * len(contract.text)
    matches = contract.matches(patterns(rule, "signature"), contract.whole)
    return next((m.start() for m in matches if m.start() >= earliest), len(contract.text))


def _is_line_to_sign(contract: Reading, rule: PythonEvaluator, blank: Span) -> bool:
    text = contract.text
    low = text.rfind("\n", 0, blank.start) + 1
    high = text.find("\n", blank.end)
    high = high if high >= 0 else len(text)
    before, after = text[low : blank.start], text[blank.end : high]
    if not re.search(r"[^\W\d_]", before + after):
        return True  # nothing but the rule itself: a line to write on, or to divide the page
    box = text[blank.start] == "[" and after.startswith(" ")
    if not before.strip() and (box or blank.end - blank.start >= RULED_LINE):
        return True  # a ruled line above a note, or a box to tick
    # A label may stand under its line: where the blank ends its line, the words below count.
    limit = high if after.strip() else len(text)
    near = Span(max(low, blank.start - LABEL_REACH), min(limit, blank.end + LABEL_REACH))
    return contract.find(patterns(rule, "signing"), near) is not None


def amount_in_words(contract: Reading, _context: CheckContext, _rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag an amount whose words and digits, written side by side, say different things."""
    pairs = list(stated_twice(contract.text, contract.language))
    if not pairs:
        yield not_evaluated(
            contract.document,
            "No amount is written in both words and digits.",
            "合同中没有同时以大写和小写书写的金额。",
        )
        return
    wrong = [pair for pair in pairs if pair.words != pair.digits]
    for pair in wrong:
        clause = contract.clause_at(pair.start)
        yield flag(
            contract.document,
            contract.evidence(pair.start, pair.end),
            words=f"{pair.words:,}",
            digits=f"{pair.digits:,}",
            clause=contract.label(clause) if clause is not None else "",
        )
    if not wrong:
        yield passed(contract.document, contract.evidence(pairs[0].start, pairs[0].end))
