"""Evaluators of what a contract refers to in itself: clauses, annexes and terms that are not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.clauses import MAX_FLAGS_PER_CONTRACT, sentence_of, title_evidence
from checks.evaluators.numbering import Numbering, number_of
from checks.evaluators.options import number, patterns
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Span

_REFERRING: Final = re.compile(
    r"(?:\b(?:sections?|clauses?|articles?|paragraphs?|and|or|to|through|in|of|with|by|under)|[,&§(])\s{0,3}$",
    re.IGNORECASE,
)
"""Words before a number that make it a reference and not a heading."""
BEFORE: Final = 60
TITLE: Final = 1_500
"""Characters at the beginning in which a document says that it amends another."""
AFTER: Final = 90
"""Characters around a reference in which words show that it is to another document."""


def dangling_reference(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a reference to a clause number that the contract does not have.

    Options, patterns by language: ``reference`` with a group ``number``; ``foreign_before`` and ``foreign_after`` words
    beside it that show another document is meant; ``amends`` words at the beginning that show the document changes
    another contract.
    """
    numbering = Numbering.of(contract.clauses)
    if contract.find(patterns(rule, "amends"), Span(0, min(len(contract.text), TITLE))) is not None:
        yield not_evaluated(
            contract.document,
            "The document amends another contract, whose clauses its references may mean.",
            "本文件系对其他合同的修改，其引用可能指向该合同的条款。",
        )
        return
    references = contract.matches(patterns(rule, "reference"), contract.whole)
    if not references:
        yield passed(contract.document, title_evidence(contract))
        return
    if not numbering.complete:
        yield not_evaluated(
            contract.document,
            "The clauses are not numbered throughout, so references to them cannot be checked.",
            "条款编号不连续，无法核对条款间的引用。",
        )
        return
    cited = [Span(citation.start, citation.end) for citation in contract.citations]
    seen: dict[str, None] = {}
    for match in references:
        wanted = number_of(match.group("number"))
        if wanted is None or not numbering.lacks(wanted) or _is_foreign(contract, rule, Span(*match.span()), cited):
            continue
        if _stands_as_heading(contract, match.group("number")):
            continue
        name = " ".join(match.group().split())
        if name in seen or len(seen) >= MAX_FLAGS_PER_CONTRACT:
            continue
        seen[name] = None
        sentence = contract.sentence_at(match.start())
        clause = contract.clause_at(match.start())
        yield flag(
            contract.document,
            contract.evidence(sentence.start, max(sentence.end, match.end())),
            key=name,
            reference=name,
            clause=contract.label(clause) if clause is not None else "",
            last=str(numbering.last),
        )
    if not seen:
        first = sentence_of(contract, references[0].start(), references[0].end())
        yield passed(contract.document, contract.evidence(first.start, first.end))


def _stands_as_heading(contract: Reading, words: str) -> bool:
    """Say whether a number begins a line or a sentence somewhere: then a clause has it that was not cut out as one."""
    number_words = re.escape(" ".join(words.split())).replace("\\ ", r"\s{0,3}")
    unit = r"(?:section|clause|article)"
    at_line = re.compile(rf"(?m:^)[^\w\n]{{0,20}}{unit}?\s{{0,5}}{number_words}(?![\d-])", re.IGNORECASE)
    titled = re.compile(
        rf"(?:[.:\d]\s{{1,5}}|\s{{3}}){unit}\s{{1,3}}{number_words}[.:]?\s{{1,5}}(?-i:[A-Z])", re.IGNORECASE
    )
    if at_line.search(contract.text) is not None or titled.search(contract.text) is not None:
        return True
    in_line = re.compile(rf"(?<![\d.]){number_words}[.:]?\s{{1,5}}(?=[A-Z(\"“])")
    return any(
        _REFERRING.search(contract.text[max(0, match.start() - BEFORE) : match.start()]) is None
        for match in in_line.finditer(contract.text)
    )


def _is_foreign(contract: Reading, rule: PythonEvaluator, place: Span, cited: list[Span]) -> bool:
    if any(span.start < place.end and place.start < span.end for span in cited):
        return True
    text = contract.text
    before, after = text[max(0, place.start - BEFORE) : place.start], text[place.end : place.end + AFTER]
    return any(
        pattern.search(words) is not None
        for name, words in (("foreign_before", before), ("foreign_after", after))
        for pattern in patterns(rule, name).compiled(contract.language)
    )


def missing_annex(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag the annexes the contract refers to and does not contain, all in one answer.

    Options, patterns by language: ``reference`` with a group ``name`` ("Exhibit A"); ``heading`` with a group ``name``,
    the line an annex begins with; ``foreign_before`` and ``foreign_after`` words that show another document's annex is
    meant; ``unless`` words anywhere in the contract that say the annexes are kept elsewhere.
    """
    referred: dict[str, Span] = {}
    cited = [Span(citation.start, citation.end) for citation in contract.citations]
    for match in contract.matches(patterns(rule, "reference"), contract.whole):
        place = Span(*match.span("name"))
        if not _is_foreign(contract, rule, place, cited):
            referred.setdefault(_name(match.group("name")), place)
    if not referred:
        yield passed(contract.document, title_evidence(contract))
        return
    unless = contract.find(patterns(rule, "unless"), contract.whole)
    if unless is not None:
        quote = " ".join(contract.text[unless.start : unless.end].split())
        yield not_evaluated(
            contract.document,
            f"The annexes are kept elsewhere (“{quote}”), so whether they exist cannot be seen here.",
            f"附件另行存放（“{quote}”），无法核对是否齐备。",
        )
        return
    there = {_name(match.group("name")) for match in contract.matches(patterns(rule, "heading"), contract.whole)}
    absent = [place for name, place in referred.items() if name not in there][:MAX_FLAGS_PER_CONTRACT]
    if not absent:
        first = next(iter(referred.values()))
        sentence = sentence_of(contract, first.start, first.end)
        yield passed(contract.document, contract.evidence(sentence.start, sentence.end))
        return
    names = ", ".join(" ".join(contract.text[place.start : place.end].split()) for place in absent)
    sentences = dict.fromkeys(sentence_of(contract, place.start, place.end) for place in absent)
    yield flag(
        contract.document,
        *(contract.evidence(sentence.start, sentence.end) for sentence in sentences),
        annexes=names,
        count=str(len(absent)),
    )


def _name(words: str) -> str:
    plain = "".join(c for c in words if c.isalnum() or c.isspace() or c in "-.").casefold().rstrip(".-")
    return " ".join(plain.split())


def undefined_term(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a capitalised term that is used like a defined one and defined nowhere.

    Options, patterns by language: ``term`` with a group ``term``, uses of words that contracts define before they use
    them; ``definition``, what stands around a term, itself written "⟨⟩", where it is defined or explained. Number:
    ``min_uses``, how often a term must be used before its definition is missed.
    """
    places: dict[str, Span] = {}
    uses: Counter[str] = Counter()
    for match in contract.matches(patterns(rule, "term"), contract.whole):
        term = _singular(match.group("term"))
        places.setdefault(term, Span(*match.span("term")))
        uses[term] += 1
    used = [term for term in places if uses[term] >= number(rule, "min_uses")]
    known = {_singular(term.term) for term in contract.terms} if used else set()
    known |= {_singular(party.role) for party in contract.parties if party.role is not None} if used else set()
    known |= {_singular(clause.heading) for clause in contract.clauses if clause.heading is not None} if used else set()
    if used and not known:
        yield not_evaluated(
            contract.document,
            "No definition was found at all, so none can be said to be missing.",
            "未识别出任何定义，无法判断是否缺少定义。",
        )
        return
    absent = [term for term in used if term not in known and not _is_defined(contract, rule, term)]
    for term in absent[:MAX_FLAGS_PER_CONTRACT]:
        place = places[term]
        sentence = contract.sentence_at(place.start)
        clause = contract.clause_at(place.start)
        yield flag(
            contract.document,
            contract.evidence(sentence.start, max(sentence.end, place.end)),
            key=term,
            term=" ".join(contract.text[place.start : place.end].split()),
            uses=str(uses[term]),
            clause=contract.label(clause) if clause is not None else "",
        )
    if not absent:
        yield passed(contract.document, title_evidence(contract))


def _is_defined(contract: Reading, rule: PythonEvaluator, term: str) -> bool:
    """Say whether a term, in the singular or plural, stands anywhere as terms stand where they are defined."""
    frames = patterns(rule, "definition").compiled(contract.language)
    stem = term.removesuffix("y")
    words = re.compile(r"\s{1,5}".join(re.escape(word) for word in stem.split()) + r"(?:y|ies|s)?\b", re.IGNORECASE)
    for match in words.finditer(contract.text):
        before = contract.text[max(0, match.start() - BEFORE) : match.start()]
        around = f"{before}⟨⟩{contract.text[match.end() : match.end() + BEFORE]}"
        if any(frame.search(around) is not None for frame in frames):
            return True
    return False


def _singular(term: str) -> str:
    plain = " ".join(term.split()).casefold().strip("\"“”'’ ")
    if plain.endswith("ies"):
        return f"{plain[:-3]}y"
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain
