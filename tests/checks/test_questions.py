"""Questions to a contract: exceptions turn answers around, consent does not, the other side's duties do not count."""

from __future__ import annotations

import pytest

from checks.context import CheckContext
from checks.evaluators.questions import decide, passages
from checks.finding import Outcome
from checks.reading import Reading
from checks.rule import PythonEvaluator, load_rules
from tests.checks.facts import contract

RULES = {rule.id: rule for rule in load_rules() if rule.family == "nda"}
# The titles type the clauses, since norms are read in typed clauses only.
HEAD = {"en": "NON-DISCLOSURE AGREEMENT\n\n1. Confidentiality. ", "zh": "保密协议\n\n第一条 保密\n"}


def answer(name: str, text: str, language: str = "en") -> str:
    evaluate = RULES[f"nda/{name}"].evaluate
    assert isinstance(evaluate, PythonEvaluator)
    return decide(Reading.of(contract(HEAD[language] + text)), evaluate)[0]


def test_there_are_seventeen_questions_for_ndas_only() -> None:
    assert len(RULES) == 17
    assert all(rule.applies.contract_types == ("Confidentiality Agreement",) for rule in RULES.values())
    assert all(rule.applies.unknown_type == "out_of_scope" for rule in RULES.values())


@pytest.mark.parametrize(
    ("name", "text", "language", "wanted"),
    [
        ("copies", "The Recipient shall not copy the documents.", "en", "contradicted"),
        ("copies", "The Recipient shall not copy the documents except as necessary for the Purpose.", "en", "entailed"),
        ("copies", "The Recipient shall not copy the documents without prior written consent.", "en", "contradicted"),
        ("retention", "The Recipient shall destroy all copies of the data.", "en", "contradicted"),
        ("retention", "The Recipient shall destroy all copies, but it may retain one archival copy.", "en", "entailed"),
        ("sharing-with-third-parties", "It shall not disclose it to any third party.", "en", "contradicted"),
        (
            "sharing-with-third-parties",
            "It shall not disclose it to any third party, other than its attorneys and consultants.",
            "en",
            "entailed",
        ),
        ("independent-development", "Notices are sent by post.", "en", "not_mentioned"),
        ("copies", "接收方不得复制保密资料。", "zh", "contradicted"),  # must not copy
        ("copies", "除为履行本协议确有必要外，接收方不得复制保密资料。", "zh", "entailed"),  # except as needed
        ("copies", "未经披露方书面同意，接收方不得复制保密资料。", "zh", "contradicted"),  # without consent
        ("retention", "接收方应销毁全部副本，但可以留存一份用于存档。", "zh", "entailed"),  # but may keep one copy
    ],
)
def test_an_exception_turns_the_answer_around_and_consent_does_not(
    name: str, text: str, language: str, wanted: str
) -> None:
    assert answer(name, text, language) == wanted


def test_a_list_is_read_with_the_words_that_lead_into_it() -> None:
    text = "The Receiving Party shall not:\n(a) sell the samples;\n(b) reverse engineer the samples.\n"
    assert answer("no-reverse-engineering", text) == "entailed"


def test_the_duty_of_the_other_side_answers_nothing() -> None:
    mine = "If required by law to disclose information, the Receiving Party shall notify the other party."
    assert answer("notice-of-compelled-disclosure", mine) == "entailed"
    assert answer("notice-of-compelled-disclosure", mine.replace("Receiving", "Disclosing")) == "not_mentioned"


def test_passages_slice_back_and_mark_exceptions() -> None:
    reading = Reading.of(contract(HEAD["en"] + "The Recipient shall not copy it, except for backups. It may use it."))
    found = passages(reading)
    assert all(passage.span.of(reading.text) in passage.words for passage in found)
    (excepted,) = [passage for passage in found if passage.exceptions]
    assert "except" not in excepted.main
    assert "copy" in excepted.main


def test_contracts_of_other_or_unknown_types_get_no_answer_at_all() -> None:
    from datetime import date

    from checks.engine import check

    for title in ("SUPPLY AGREEMENT", "A paper"):
        facts = contract(f"{title}\n\n1. Terms. The Recipient shall not copy the documents.")
        assert not check(tuple(RULES.values()), CheckContext(as_of=date(2025, 1, 1), contracts=(facts,)))
    facts = contract(HEAD["en"] + "The Recipient shall not copy the documents.")
    found = check((RULES["nda/copies"],), CheckContext(as_of=date(2025, 1, 1), contracts=(facts,)))
    assert [(each.outcome, each.attributes["answer"]) for each in found] == [(Outcome.FLAG, "contradicted")]
