"""Partner rules beyond their examples: what is not stated is not evaluated, stage and age, subjects, delisting."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from checks.context import CheckContext, PartnerFacts, RegisterRow, ReportedEvent
from checks.engine import check
from checks.finding import Finding, Level, Outcome
from checks.rule import Rule, find_rule, load_rules
from checks.screening import ScreeningIndex, ScreeningList
from kb.model import Event, Identifier, Link, ListEntry, Name, Partner, Stage

DAY = date(2026, 6, 1)
RULES = load_rules()
PARTNER_RULES = [rule for rule in RULES if rule.subject == "partner" and rule.family == "party"]


def _facts(key: str = "P1", name: str = "Northwind Metals Ltd", **more: Any) -> PartnerFacts:
    quote = f"{key},{name}"
    partner = Partner(key, (Name(name),), more.pop("kind", "organization"), 0, len(quote), **more)
    return PartnerFacts(f"partners/{key}", "doc-r", quote, partner, (), (RegisterRow("doc-r", quote, partner),))


def _check(rule: str | Rule, *facts: PartnerFacts, **more: Any) -> tuple[Finding, ...]:
    rules = (find_rule(RULES, rule) if isinstance(rule, str) else rule,)
    return check(rules, CheckContext(as_of=DAY, partners={one.id: one for one in facts}, **more))


def test_there_are_enough_partner_rules() -> None:
    assert len(PARTNER_RULES) >= 17
    assert sum(1 for rule in RULES if rule.family == "party") >= 25


@pytest.mark.parametrize("rule", PARTNER_RULES, ids=[rule.id for rule in PARTNER_RULES])
def test_a_partner_of_whom_only_the_name_is_known_is_never_passed_for_what_nobody_stated(rule: Rule) -> None:
    found = _check(rule, _facts(kind=None))
    assert [one.outcome for one in found] == [Outcome.NOT_EVALUATED], rule.id
    assert found[0].why.en.endswith(".")
    assert found[0].why.zh.endswith("。")
    assert found[0].subject == "partners/P1"


def _event(stage: Stage | None, day: date, *, same: bool = True) -> ReportedEvent:
    link = Link("doc-n", "Northwind", 0, 9, "partners/P1", "Northwind", 1.0, same)
    event = Event("fraud", "Northwind", stage, day, 10, 20, 0.9, 0, 9)
    return ReportedEvent("doc-n", "Northwind raided", day, "A paper", "ten words.", event, (link,))


@pytest.mark.parametrize(
    ("stage", "day", "same", "level"),
    [
        (Stage.DECISION, date(2026, 1, 1), True, Level.HIGH),
        (Stage.ALLEGATION, date(2026, 1, 1), True, Level.MEDIUM),
        (Stage.DECISION, date(2018, 1, 1), True, Level.MEDIUM),
        (Stage.ALLEGATION, date(2018, 1, 1), True, Level.LOW),
        (Stage.DECISION, date(2026, 1, 1), False, Level.MEDIUM),
        (Stage.CLEARED, date(2026, 1, 1), True, None),
    ],
)
def test_stage_age_and_tie_of_an_event_make_its_level(stage: Stage, day: date, same: bool, level: Level | None) -> None:
    (found,) = _check("party/partner-adverse-event", _facts(), news=1, events=(_event(stage, day, same=same),))
    assert found.level is level
    assert (found.outcome is Outcome.PASS) is (level is None)


def _list(delisted: date | None) -> ScreeningIndex:
    entry = ListEntry(
        "E1", (Name("Northwind Metals Ltd"),), "organization", 0, 5,
        identifiers=(Identifier("LEI", "5493001KJTIIGC8Y1R12", valid=True),), delisted_on=delisted,
    )  # fmt: skip
    return ScreeningIndex.build([ScreeningList("L", "v1", 1, None, (entry,))])


@pytest.mark.parametrize(
    ("delisted", "flagged"),
    [(None, "party/partner-listed"), (date(2027, 1, 1), "party/partner-listed"), (DAY, "party/formerly-listed")],
)
def test_an_entry_that_was_taken_off_its_list_is_a_former_listing(delisted: date | None, flagged: str) -> None:
    facts = _facts(identifiers=(Identifier("LEI", "5493001KJTIIGC8Y1R12", valid=True),))
    outcomes = {
        rule: _check(rule, facts, screening=_list(delisted))[0].outcome
        for rule in ("party/partner-listed", "party/formerly-listed")
    }
    assert {rule for rule, outcome in outcomes.items() if outcome is Outcome.FLAG} == {flagged}
    assert set(outcomes.values()) == {Outcome.FLAG, Outcome.PASS}


def test_only_the_partners_asked_about_are_checked() -> None:
    facts = (_facts("P1", country="IR"), _facts("P2", country="IR"))
    assert len(_check("party/high-risk-place", *facts)) == 2
    (found,) = _check("party/high-risk-place", *facts, subjects=("partners/P2", "partners/gone"))
    assert found.subject == "partners/P2"


def test_what_to_do_grows_with_the_level() -> None:
    rule = find_rule(RULES, "party/partner-adverse-event")
    assert rule.tiers is not None
    for event, level in (
        (_event(Stage.DECISION, DAY), Level.HIGH),
        (_event(Stage.ALLEGATION, date(2018, 1, 1)), Level.LOW),
    ):
        (found,) = _check(rule, _facts(), news=1, events=(event,))
        assert found.level is level
        assert found.remedy.en == f"{rule.remedy.en} {rule.tiers.at(level).en}"


def test_one_shell_sign_alone_is_no_finding() -> None:
    one = _facts(attributes={"insured staff": "0", "founded": "2001-01-01", "paid-in capital": "GBP 5"})
    two = _facts(attributes={"insured staff": "0", "founded": "2026-01-01", "paid-in capital": "GBP 5"})
    assert [f.outcome for f in _check("party/shell-signs", one)] == [Outcome.PASS]
    (found,) = _check("party/shell-signs", two)
    assert found.outcome is Outcome.FLAG
    assert "founded 2026-01-01" in found.message.en


def test_a_group_is_counted_together_and_other_currencies_apart() -> None:
    def partner(number: int, spend: str, group: str = "") -> PartnerFacts:
        return _facts(f"P{number}", f"Firm {number} Ltd", attributes={"annual spend": spend, "group": group})

    facts = [partner(1, "EUR 30", "G"), partner(2, "EUR 30", "G"), *(partner(n, "EUR 20") for n in (3, 4))]
    flagged = {f.subject for f in _check("party/concentration", *facts) if f.outcome is Outcome.FLAG}
    assert flagged == {"partners/P1", "partners/P2"}
    mixed = [partner(1, "EUR 30"), *(partner(n, "USD 1") for n in (2, 3, 4))]
    assert next(f.outcome for f in _check("party/concentration", *mixed)) is Outcome.NOT_EVALUATED
