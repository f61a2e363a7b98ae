"""Looking words up before trying patterns must never hide a match."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.literals import fold, required_sets, required_words
from checks.reading import Reading
from checks.rule import Patterns, load_rules
from kb.contract import ContractFacts
from kb.model import Clause, Span
from tests.checks.facts import contract
from tests.checks.hostile import patterns_of

SHIPPED = {(pattern.pattern, pattern.flags): pattern for rule in load_rules() for _, _, pattern in patterns_of(rule)}
TEXTS = [example.text for rule in load_rules() for example in (*rule.flags, *rule.passes)]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\bforce\s+majeure\b", ("majeure",)),
        (r"cat|horse", ("cat", "horse")),
        (r"(?:cat)?horse", ("horse",)),
        (r"(?:cat)*", ()),
        (r"(?:cat)+", ("cat",)),
        (r"a|horse", ()),
        (r"[ab]horse(?=cat)", ("horse",)),
        (r"违约金|罚金", ("罚金", "违约金")),
        (r"元", ("元",)),
        (r"\w+\d", ()),
        (r"_{3,}", ("_",)),
        (r"prefix(?:ed|es)", ("prefixe",)),
    ],
)
def test_the_words_a_pattern_needs(pattern: str, words: tuple[str, ...]) -> None:
    assert required_words(re.compile(pattern, re.IGNORECASE)) == words


@pytest.mark.parametrize(
    ("pattern", "sets"),
    [
        (r"\bmay\b[^.]{0,40}\b(?:terminate|cancel)\b", (("cancel", "terminate"), ("may",))),
        (r"(?:(?:sole|own) discretion)", (("discretion",), ("own", "sole"))),
        (r"no(?:t|r) (?:liable)?", (("no",),)),
        (r"\d+", ()),
    ],
)
def test_a_pattern_of_several_parts_needs_a_word_of_two(pattern: str, sets: tuple[tuple[str, ...], ...]) -> None:
    assert required_sets(re.compile(pattern, re.IGNORECASE)) == sets


def test_most_shipped_patterns_are_filtered_by_words() -> None:
    assert len(SHIPPED) >= 150
    assert sum(1 for pattern in SHIPPED.values() if required_words(pattern)) >= 0.9 * len(SHIPPED)


@pytest.mark.parametrize("pattern", SHIPPED.values(), ids=range(len(SHIPPED)))
def test_a_match_in_any_example_holds_a_word_the_pattern_needs(pattern: re.Pattern[str]) -> None:
    sets = required_sets(pattern)
    assert (sets[0] if sets else ()) == required_words(pattern)
    for text in TEXTS:
        for match in pattern.finditer(text):
            assert all(any(word in fold(match.group()) for word in words) for words in sets)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_made_up_match_holds_a_word_the_pattern_needs(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(sorted(SHIPPED.values(), key=lambda each: each.pattern)))
    sets = required_sets(pattern)
    text = data.draw(st.from_regex(pattern))
    match = pattern.search(text)
    assert match is None or all(any(word in fold(match.group()) for word in words) for words in sets)


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)
    for word, folded in zip(text, fold(text), strict=True):
        assert re.fullmatch(re.escape(folded), word, re.IGNORECASE) or folded == word.lower()[:1] or folded in "si"


@pytest.mark.parametrize(("odd", "plain"), [("ſ", "s"), ("İ", "i"), ("ı", "i"), ("ẞ", "ß"), ("K", "k")])
def test_odd_letters_fold_as_patterns_read_them(odd: str, plain: str) -> None:
    assert fold(f"a{odd}b") == f"a{plain}b"


@given(st.lists(st.sampled_from(["risky ", "safe ", "Clause one. ", "\n\n", "unlimited liability "]), max_size=30))
@settings(deadline=None)
def test_looking_in_a_reading_finds_what_the_pattern_finds_clause_by_clause(pieces: list[str]) -> None:
    text = "".join(pieces)
    cuts = [0]
    for piece in pieces:
        cuts.append(cuts[-1] + len(piece))
    clauses = tuple(Clause(f"c{n}", a, b) for n, (a, b) in enumerate(pairwise(cuts)))
    reading = Reading.of(ContractFacts("doc", "t", "s", "en", text, clauses))
    table = Patterns(en=(r"\brisky\b", r"unlimited\s+liability"))
    expected = sorted(
        match.span()
        for clause in clauses
        for p in table.en
        for match in re.compile(p).finditer(text, clause.start, clause.end)
    )
    assert [match.span() for match in reading.matches(table, reading.whole)] == expected
    assert (reading.find(table, reading.whole) is None) == (not expected)
    holding = {clause.id for clause in reading.holding(table)}
    assert holding == {c.id for c in clauses if any(c.start <= start < c.end for start, _ in expected)}


def test_sentences_of_a_reading_are_those_of_the_contract() -> None:
    facts = contract("1. Supply. One sentence. Another one; a third!\n\n2. Price. The price is USD 10.")
    reading = Reading.of(facts)
    for offset in range(len(facts.text)):
        assert reading.sentence_at(offset) == facts.sentence_at(offset)
    whole = Span(0, len(facts.text))
    assert reading.sentences(whole.start, whole.end) == facts.sentences(whole.start, whole.end)
