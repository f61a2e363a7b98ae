"""Evaluator of questions a contract answers with yes, with no, or not at all.

A question is a statement ("the receiving party may keep a copy"). A contract entails it, contradicts it or does not
mention it, after the scheme of ContractNLI (Koreeda and Manning 2021, doi:10.18653/v1/2021.findings-emnlp.164). What
turns an answer around is held by design: the words after "except", "unless", "provided that" or 但 are read as said
against the rest of their sentence, and a duty of the other side answers no question about this one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import Final

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated
from checks.evaluators.clauses import title_evidence
from checks.evaluators.options import patterns, texts
from checks.finding import Outcome
from checks.reading import Reading
from checks.rule import Patterns, PythonEvaluator
from kb.errors import MissingPartError
from kb.model import Evidence, Span

ENTAILED: Final = "entailed"
CONTRADICTED: Final = "contradicted"
NOT_MENTIONED: Final = "not_mentioned"
CHOICES: Final = (ENTAILED, CONTRADICTED, NOT_MENTIONED)

MAX_EVIDENCE: Final = 5
"""Sentences shown for one answer; the first ones are the strongest reading order has."""

_LABELS: Final = {
    ENTAILED: ("it says so", "有此约定"),
    CONTRADICTED: ("it says the opposite", "约定相反"),
    NOT_MENTIONED: ("it does not say", "未作约定"),
}
_LONGEST_LEAD: Final = 400
_LONGEST_PASSAGE: Final = 3_000
_SENTENCE: Final = {
    # Semicolons do not end a passage: what follows them is often the exception.
    "en": re.compile(r"(?<=[.!?])[\"”’)]?\s+(?=[A-Z(\"“\d])|\n\s*\n"),
    "zh": re.compile(r"(?<=[。！？])|\n"),
}


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence with the words that lead into it.

    Attributes:
        span: the sentence in the contract.
        words: the lead-in ("The Recipient shall not:") and the sentence.
        exceptions: stretches of ``words`` that are said against the rest.
    """

    span: Span
    words: str
    exceptions: tuple[Span, ...]

    @property
    def main(self) -> str:
        """The words with every exception blanked out."""
        return _blank(self.words, self.exceptions)


@dataclass(frozen=True, slots=True)
class _Exceptions:
    opens: re.Pattern[str]
    consent: re.Pattern[str]
    leading_end: re.Pattern[str]


@cache
def _exceptions(language: str) -> _Exceptions:
    place = resources.files("checks.evaluators") / "exceptions.toml"
    try:
        data = tomllib.loads(place.read_text(encoding="utf-8"))[language]
        return _Exceptions(
            *(re.compile(data[name], re.IGNORECASE | re.DOTALL) for name in ("opens", "consent", "leading_end"))
        )
    except (OSError, KeyError, re.error, tomllib.TOMLDecodeError) as error:
        raise MissingPartError(f"the words of exceptions are absent or malformed: {error}", place=str(place)) from error


def question(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Answer one question about a contract; ``flag`` lists the answers that are flagged.

    Options, all patterns by language: ``affirms`` what states it; ``affirms_also`` what the passage must hold besides;
    ``affirms_unless`` words of the passage that take it back; ``affirmed_but`` what an exception must hold to turn it
    into the opposite; ``denies`` what states the opposite, outside any exception; ``denies_unless`` words that take
    that back; ``denied_but`` what an exception must hold to turn a denial around, unless the exception only asks for
    consent; ``other_side`` bearers whose duties answer nothing here. ``prefer`` is the answer when both are found
    ("entailed" unless stated); ``modality`` lists the modalities a norm at an affirming place may have.
    Also ``silent``, the answers that are "not evaluated" because a contract may well leave the point open; any other
    answer passes.
    """
    choice, evidence = decide(contract, rule)
    flags, silent = texts(rule, "flag"), texts(rule, "silent")
    if unknown := {*flags, *silent} - set(CHOICES):
        raise MissingPartError(f"a question names the answers {sorted(unknown)}, which do not exist")
    label, label_zh = _LABELS[choice]
    if choice in flags:
        yield flag(
            contract.document,
            *(evidence or (title_evidence(contract),)),
            key=choice,
            answer=choice,
            says=label,
            says_zh=label_zh,
        )
    elif choice in silent:
        yield not_evaluated(
            contract.document,
            "The agreement does not say; whether it should depends on what is shared.",
            "协议对此未作约定，是否需要约定取决于所披露的信息。",
        )
    else:
        yield Answer(contract.document, Outcome.PASS, evidence, values={"answer": choice})


def decide(contract: Reading, rule: PythonEvaluator) -> tuple[str, tuple[Evidence, ...]]:
    """Return the answer of a contract to a question, with the sentences it rests on.

    Options: see ``question``.
    """
    found: dict[str, list[Evidence]] = {ENTAILED: [], CONTRADICTED: []}
    prefer = str(rule.options.get("prefer", ENTAILED))
    for passage in passages(contract):
        choice = _read(contract, rule, passage)
        if choice is not None and not _is_other_sides(contract, rule, passage, choice):
            found[choice].append(contract.evidence(passage.span.start, passage.span.end))
    for choice in (prefer, CONTRADICTED if prefer == ENTAILED else ENTAILED):
        if found[choice]:
            return choice, tuple(found[choice][:MAX_EVIDENCE])
    return NOT_MENTIONED, ()


def _read(contract: Reading, rule: PythonEvaluator, passage: Passage) -> str | None:
    def has(option: str, words: str) -> bool:
        return _search(patterns(rule, option), contract.language, words)

    excepted = " ".join(span.of(passage.words) for span in passage.exceptions)
    affirmed = denied = None
    if _affirms(contract, rule, passage):
        affirmed = CONTRADICTED if excepted and has("affirmed_but", excepted) else ENTAILED
    if has("denies", passage.main) and not has("denies_unless", passage.words):
        consents = _exceptions(contract.language).consent
        open_ways = " ".join(
            words for words in (span.of(passage.words) for span in passage.exceptions) if not consents.search(words)
        )
        denied = ENTAILED if open_ways and has("denied_but", open_ways) else CONTRADICTED
    first, second = (denied, affirmed) if rule.options.get("prefer") == CONTRADICTED else (affirmed, denied)
    return first if first is not None else second


def _affirms(contract: Reading, rule: PythonEvaluator, passage: Passage) -> bool:
    also = patterns(rule, "affirms_also")
    return (
        _search(patterns(rule, "affirms"), contract.language, passage.words)
        and (not also.compiled(contract.language) or _search(also, contract.language, passage.words))
        and not _search(patterns(rule, "affirms_unless"), contract.language, passage.words)
    )


def _search(wanted: Patterns, language: str, words: str) -> bool:
    return any(pattern.search(words) is not None for pattern in wanted.compiled(language))


def _is_other_sides(contract: Reading, rule: PythonEvaluator, passage: Passage, choice: str) -> bool:
    """Whether the norms of a passage show that it speaks of the other side, or with another force than asked."""
    other = patterns(rule, "other_side")
    wanted = texts(rule, "modality")
    norms = [norm for norm in contract.norms if norm.start < passage.span.end and norm.end > passage.span.start]
    if not norms:
        return False
    if other.languages and all(
        norm.bearer is not None and not norm.mutual and _search(other, contract.language, norm.bearer) for norm in norms
    ):
        return True
    return bool(wanted) and choice == ENTAILED and all(norm.modality not in wanted for norm in norms)


def passages(contract: Reading) -> tuple[Passage, ...]:
    """Return the sentences of a contract with their lead-ins and exceptions, in reading order."""
    cuts = tuple(sorted({0, len(contract.text), *(clause.start for clause in contract.clauses)}))
    parents = tuple(_parent_start(contract, cut) for cut in cuts[:-1])
    return _passages(contract.text, contract.language, cuts, parents)


def _parent_start(contract: Reading, cut: int) -> int:
    clause = contract.clause_at(cut)
    parent = contract.by_id.get(clause.parent) if clause is not None and clause.parent is not None else None
    return -1 if parent is None else parent.start


@lru_cache(maxsize=1)  # the questions of one contract are asked one after the other
def _passages(text: str, language: str, cuts: tuple[int, ...], parents: tuple[int, ...]) -> tuple[Passage, ...]:
    splitter = _SENTENCE["zh" if language == "zh" else "en"]
    leads: dict[int, str] = {}
    found: list[Passage] = []
    for (start, end), parent in zip(pairwise(cuts), parents, strict=True):
        lead = leads.get(parent, "")
        cursor, last = start, ""
        for stop in [*(match.start() for match in splitter.finditer(text, start, end)), end]:
            words = text[cursor:stop].strip()
            if words:
                where = text.index(words, cursor)
                whole = f"{lead} {words}" if lead else words
                found.append(Passage(Span(where, where + len(words)), whole, _find_exceptions(whole, language)))
                last = words
            cursor = stop
        # An introduction that ends in mid-sentence belongs to each item under it.
        leads[start] = f"{lead} {last[-_LONGEST_LEAD:]}".strip() if last and last[-1] not in ".。!！?？" else ""
    return tuple(found)


def _find_exceptions(words: str, language: str) -> tuple[Span, ...]:
    grammar = _exceptions("zh" if language == "zh" else "en")
    words = words[:_LONGEST_PASSAGE]
    spans: list[Span] = []
    at = 0
    while (match := grammar.opens.search(words, at)) is not None:
        close = re.compile(r"[;；]").search(words, match.end())
        end = close.start() if close is not None else len(words)
        leading = grammar.leading_end.search(words, match.end()) if match.start() < 12 else None
        if leading is not None:
            end = min(end, leading.end())
        spans.append(Span(match.start(), end))
        at = max(end, match.end())
    return tuple(spans)


def _blank(words: str, spans: tuple[Span, ...]) -> str:
    for span in spans:
        words = words[: span.start] + " " * (span.end - span.start) + words[span.end :]
    return words
