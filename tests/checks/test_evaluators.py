"""The parts of evaluators that need more cases than rule files carry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from checks.context import CheckContext, ReportedEvent
from checks.engine import check
from checks.evaluators.amounts import stated_twice
from checks.evaluators.numbering import Numbering, number_of
from checks.evaluators.values import days
from checks.finding import Outcome
from checks.rule import find_rule, load_rules
from kb.errors import NotFoundError
from kb.model import Clause, Event, Link, Stage
from tests.checks.facts import contract

RULES = load_rules()


def outcome(rule_id: str, text: str) -> Outcome:
    findings = check((find_rule(RULES, rule_id),), CheckContext(as_of=date(2026, 1, 1), contracts=(contract(text),)))
    assert findings
    return findings[0].outcome


@pytest.mark.parametrize(
    ("text", "words", "digits"),
    [
        ("the sum of One Hundred Thousand Dollars ($100,000)", "100000", "100000"),
        ("the sum of One Hundred Thousand Dollars ($10,000)", "100000", "10000"),
        ("within thirty (45) days", "30", "45"),
        ("within ninety-five (95) days", "95", "95"),
        ("of twenty-percent (25%)", "20", "25"),
        ("one hundred\n      twenty (120) days", "120", "120"),
        ("one hundred and five (105) days", "105", "105"),
        ("fifty million dollars ($50 million)", "50000000", "50000000"),
        ("sixty ( 90 ) days", "60", "90"),
    ],
)
def test_english_amounts_written_twice_are_read(text: str, words: str, digits: str) -> None:
    (pair,) = stated_twice(text, "en")
    assert (pair.words, pair.digits) == (Decimal(words), Decimal(digits))
    assert 0 <= pair.start < pair.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "one-half of one percent (0.5%)",
        "to the nearest one-thousandth of one percent (0.001%)",
        "Year One (1998) sales",
        "three (3) million dollars ($3,000,000)",
        "four and one-half Million Dollars ($4,500,000)",
        "FIVE HUNDRED THOUSAND DOLLARS ($5 00,000)",
        "receipt of Six (6,000,000) Million shares",
        "Section five (see 7)",
        "the parties (2)",
    ],
)
def test_numbers_that_are_parts_of_others_are_not_compared(text: str) -> None:
    assert list(stated_twice(text, "en")) == []


@pytest.mark.parametrize(
    ("text", "words", "digits"),
    [
        ("人民币伍拾万元整（¥500,000元）", "500000", "500000"),
        ("总金额：1,280,000.00元（大写：人民币壹佰贰拾万元整）", "1200000", "1280000.00"),
        ("人民币壹拾万元整（小写：10万元）", "100000", "100000"),
    ],
)
def test_chinese_amounts_written_twice_are_read(text: str, words: str, digits: str) -> None:
    (pair,) = stated_twice(text, "zh")
    assert (pair.words, pair.digits) == (Decimal(words), Decimal(digits))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.1.", (2, 1)),
        ("Section 14", (14,)),
        ("ARTICLE IV", (4,)),
        ("第十二条", (12,)),
        ("第3条", (3,)),
        ("(a)", None),
        ("IV", None),
        ("A", None),
        ("", None),
    ],
)
def test_clause_numbers_come_to_one_form(text: str, number: tuple[int, ...] | None) -> None:
    assert number_of(text) == number


def _numbering(*numbers: str) -> Numbering:
    return Numbering.of(Clause(f"c{n}", n, n + 1, number=number) for n, number in enumerate(numbers))


@pytest.mark.parametrize(
    ("numbers", "wanted", "lacks"),
    [
        (("1", "2", "3"), (9,), True),
        (("1", "2", "3"), (3,), False),
        (("1", "2", "3"), (3, 1), False),
        (("1", "2", "3"), (9, 1), True),
        (("1", "2", "2.1", "2.2", "3"), (2, 7), True),
        (("1", "2", "2.1", "2.2", "3"), (2, 2), False),
        (("1", "2", "2.1", "3"), (2, 7), False),
        (("1", "2", "2.3", "2.4", "3"), (2, 7), False),
        (("1", "5", "9"), (20,), False),
        ((), (1,), False),
    ],
)
def test_a_number_is_missing_only_where_its_sisters_are_complete(
    numbers: tuple[str, ...], wanted: tuple[int, ...], lacks: bool
) -> None:
    assert _numbering(*numbers).lacks(wanted) is lacks


@pytest.mark.parametrize(
    ("duration", "length"),
    [("P30D", 30), ("P2W", 14), ("P6M", 180), ("P1Y6M", 545), ("P", None), ("30", None), ("", None)],
)
def test_durations_are_measured_in_days(duration: str, length: float | None) -> None:
    assert days(duration) == length


LONG = "\n\n3. Delivery. Delivery takes place in Rotterdam.\n\n4. Notices. Notices are in writing and sent by post."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Price. The price is USD ______ per unit." + LONG, Outcome.FLAG),
        ("1. Price. The price is [***] per unit. 2. Fee. The fee is [ ] per year." + LONG, Outcome.PASS),
        ("1. Price. The price is [*****]. Confidential treatment has been requested." + LONG, Outcome.PASS),
        ("1. Price. The price is XXXXXXXX per unit. XXXXXXX units." + LONG, Outcome.PASS),
        ("1. Choice.\n[ ] Rotterdam\n[ ] Antwerp" + LONG, Outcome.PASS),
        ("1. Price. The price is USD 20.\n_____________________\n" + LONG, Outcome.PASS),
        ("1. Price. USD 20." + LONG + "\n\nIN WITNESS WHEREOF\n\n____ day of ____ 2020\nForm: USD ____", Outcome.PASS),
        ("1. Price. USD 20." + LONG + "\n\nBy: ________ Name: ________", Outcome.PASS),
        ("1. Term. It ends on [date to be agreed]." + LONG, Outcome.PASS),
        ("1. Term. It ends on [insert date]." + LONG, Outcome.FLAG),
        ("1. Term. It ends on [●]." + LONG, Outcome.FLAG),
    ],
)
def test_blanks_are_told_from_redactions_lines_and_forms(text: str, expected: Outcome) -> None:
    assert outcome("document/blanks", text) is expected


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        ("unless either party gives notice at least sixty (60) days before the end of the term", Outcome.PASS),
        ("unless a party gives five (5) days prior written notice", Outcome.FLAG),
        ("unless notice is given no less than 12 months prior to the end of the term", Outcome.FLAG),
        ("unless a party gives notice [***] days prior to the end of the term", Outcome.NOT_EVALUATED),
        ("unless terminated as provided in Section 9", Outcome.NOT_EVALUATED),
    ],
)
def test_the_notice_that_stops_a_renewal_is_not_the_renewal_term(notice: str, expected: Outcome) -> None:
    text = f"1. Term. This Agreement shall automatically renew for successive one (1) year periods {notice}."
    assert outcome("clause/short-renewal-notice", text) is expected


def test_two_holders_of_a_right_make_it_mutual() -> None:
    one = "1. Exit. Zogenix may terminate this Agreement at will upon sixty days notice."
    both = one + "\n\n2. Exit. Distributor may terminate this Agreement at will upon sixty days notice."
    assert outcome("clause/one-sided-termination", one) is Outcome.FLAG
    assert outcome("clause/one-sided-termination", both) is Outcome.PASS


PARTIES = """SUPPLY AGREEMENT

This Agreement is made on 1 June 2021 between Northwind Metals Ltd (the "Supplier") and
Kestrel Foods Inc. (the "Buyer").

1. Supply. The Supplier delivers widgets.
"""


def _events(stage: Stage | None, *, same: bool | None, subject: str = "Northwind Metals Ltd") -> CheckContext:
    facts = contract(PARTIES)
    party = next(each for each in facts.parties if each.name.startswith("Northwind"))
    event = Event("insolvency", subject, stage, None, 10, 20, 0.9, subject_start=0, subject_end=5)
    links: tuple[Link, ...] = ()
    theirs: tuple[Link, ...] = ()
    if same is not None:
        links = (Link(facts.document, party.name, party.start, party.end, "r/1", "Northwind", 0.9, same),)
        theirs = (Link("doc-n", subject, 0, 5, "r/1", "Northwind", 0.9, same),)
    reported = ReportedEvent("doc-n", "Article", None, None, "quote", event, theirs)
    return CheckContext(as_of=date(2026, 1, 1), contracts=(facts,), links=links, news=1, events=(reported,))


@pytest.mark.parametrize(
    ("stage", "same", "likelihood"),
    [
        (Stage.DECISION, True, 3),
        (Stage.DECISION, False, 2),
        (Stage.ALLEGATION, True, 2),
        (Stage.ALLEGATION, False, 1),
        (None, True, 3),
        (Stage.CLEARED, True, None),
        (Stage.DECISION, None, 2),
    ],
)
def test_an_event_counts_less_when_early_or_tied_by_name_only(
    stage: Stage | None, same: bool | None, likelihood: int | None
) -> None:
    (finding,) = check((find_rule(RULES, "party/adverse-event"),), _events(stage, same=same))
    assert finding.outcome is (Outcome.FLAG if likelihood is not None else Outcome.PASS)
    assert finding.likelihood == likelihood


def test_an_event_about_someone_else_does_not_count() -> None:
    context = _events(Stage.DECISION, same=None, subject="Southwind Metals Ltd")
    (finding,) = check((find_rule(RULES, "party/adverse-event"),), context)
    assert finding.outcome is Outcome.PASS


@pytest.mark.parametrize("rule_id", ["party/adverse-event", "party/listed", "party/listed-candidate"])
def test_without_news_or_lists_nobody_looked(rule_id: str) -> None:
    context = CheckContext(as_of=date(2026, 1, 1), contracts=(contract(PARTIES),))
    (finding,) = check((find_rule(RULES, rule_id),), context)
    assert finding.outcome is Outcome.NOT_EVALUATED


def test_an_unknown_rule_is_answered_with_near_ones() -> None:
    with pytest.raises(NotFoundError) as caught:
        find_rule(RULES, "uncapped")
    assert "clause/uncapped-liability" in caught.value.remedy
