"""Hits: who they are about, where they stand, and what a person's decision does to the rules that read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.context import CheckContext, PartnerFacts, RegisterRow
from checks.engine import check
from checks.finding import Finding, Level, Outcome
from checks.hits import (
    FALSE_POSITIVE,
    OPEN,
    REOPENED,
    TRUE_MATCH,
    UNDECIDED,
    HitDecision,
    Ledger,
    document_of,
    hit_of,
    moved,
    partner_of,
    partner_subject,
    party_subjects,
    person_subject,
    ruling,
    safe,
    subject_of,
    unescaped,
)
from checks.rule import find_rule, load_rules
from checks.screening import ScreeningIndex, ScreeningList, ScreenQuery, row_digest
from kb.model import Link, ListEntry, Name, Partner
from tests.checks.facts import contract

DAY = date(2026, 6, 1)
AT = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)
RULES = load_rules()
FIRM = ListEntry("E1", (Name("NORTHWIND METALS LTD"),), "organization", 0, 5)
WORKS = ListEntry("E2", (Name("NORTHWIND METAL WORKS GMBH"),), "organization", 6, 9)
PERSON = ListEntry("E3", (Name("WANG, Wei"),), "person", 10, 15)
CHINESE = ListEntry("E4", (Name("宁波海岳贸易有限公司"),), "organization", 16, 20)
INDEX = ScreeningIndex.build([ScreeningList("L", "v1", 3, None, (FIRM, PERSON, CHINESE))])
SUPPLY = """SUPPLY AGREEMENT

This Supply Agreement is made on 1 June 2021 between Northwind Metals Ltd (the "Supplier") and Kestrel Foods Inc. (the \
"Buyer").

1. Supply. The Supplier delivers widgets.
2. Price. The price is USD 10,000.
3. Term. It runs for a year.
4. Law. This Agreement is governed by the laws of Ireland.
"""
ZH = """采购合同

甲方：杭州远山科技有限公司
乙方：宁波海岳贸易有限公司

第一条 标的
乙方供应办公设备。

第二条 价款
合同价款为人民币十万元。
"""


def decided(verdict: str, subject: str, entry: ListEntry = FIRM) -> dict[str, HitDecision]:
    hit = hit_of("L", entry.id, subject)
    return {hit: HitDecision(hit, verdict, "another registration number.", "A. Chen", AT, row_digest(entry), "v1")}


def run(rule: str, text: str = SUPPLY, decisions: Ledger | None = None, **more: Any) -> tuple[Finding, ...]:
    facts = (contract(text),) if text else ()
    more.setdefault("screening", INDEX)
    return check((find_rule(RULES, rule),), CheckContext(as_of=DAY, contracts=facts, decisions=decisions or {}, **more))


NAMED = "name=northwind_metals_ltd+type=organization"


def test_without_decisions_a_party_that_matches_is_flagged_with_its_hit() -> None:
    (found,) = run("party/listed")
    assert (found.outcome, found.attributes["hit"]) == (Outcome.FLAG, f"L:E1@{NAMED}")
    assert found.message.en.endswith("(score 1.00).")
    assert found.message.zh.endswith("（得分 1.00）。")


@pytest.mark.parametrize("subject", [NAMED, "name=northwind_metals_ltd"])
def test_a_decided_false_positive_passes_and_says_who_when_and_why(subject: str) -> None:
    (found,) = run("party/listed", decisions=decided(FALSE_POSITIVE, subject))
    assert found.outcome is Outcome.PASS
    for said in ("A. Chen", "2026-05-04", "another registration number"):
        assert said in found.why.en
        assert said in found.why.zh
    assert "误报" in found.why.zh
    assert ".." not in found.why.en
    assert [e.quote for e in found.evidence] == ["Northwind Metals Ltd"]


def test_the_same_in_chinese() -> None:
    (flag,) = run("party/listed", ZH)
    (found,) = run("party/listed", ZH, decided(FALSE_POSITIVE, flag.attributes["hit"].partition("@")[2], CHINESE))
    assert (flag.outcome, found.outcome) == (Outcome.FLAG, Outcome.PASS)
    assert "宁波海岳贸易有限公司" in found.why.zh


def test_a_false_positive_on_one_entry_leaves_the_flag_of_another() -> None:
    twin = replace(FIRM, id="E9")
    index = ScreeningIndex.build([ScreeningList("L", "v1", 2, None, (FIRM, twin))])
    found = run("party/listed", decisions=decided(FALSE_POSITIVE, NAMED), screening=index)
    assert sorted((one.outcome.value, one.attributes["hit"]) for one in found) == [
        ("flag", f"L:E9@{NAMED}"),
        ("pass", f"L:E1@{NAMED}"),
    ]


def test_many_decided_false_positives_do_not_hide_an_open_match() -> None:
    firms = tuple(replace(FIRM, id=f"E{n}") for n in range(9))
    index = ScreeningIndex.build([ScreeningList("L", "v1", 9, None, firms)])
    decisions = {k: v for firm in firms[:8] for k, v in decided(FALSE_POSITIVE, NAMED, firm).items()}
    found = run("party/listed", decisions=decisions, screening=index)
    assert [one.attributes["hit"] for one in found if one.outcome is Outcome.FLAG] == [f"L:E8@{NAMED}"]


def test_a_true_match_flags_whatever_its_score_and_is_no_candidate_any_more() -> None:
    text = SUPPLY.replace("Northwind Metals Ltd", "Northwind Metals Trading Ltd")
    more: dict[str, Any] = {"screening": ScreeningIndex.build([ScreeningList("L", "v1", 1, None, (WORKS,))])}
    (candidate,) = [
        one for one in run("party/listed-candidate", text, **more) if one.attributes["hit"].startswith("L:E2@")
    ]
    assert candidate.outcome is Outcome.FLAG
    decisions = decided(TRUE_MATCH, candidate.attributes["hit"].partition("@")[2], WORKS)
    (found,) = [one for one in run("party/listed", text, decisions, **more) if "L:E2" in one.attributes.get("hit", "")]
    assert (found.outcome, found.level) == (Outcome.FLAG, Level.HIGH)
    assert "A. Chen decided on 2026-05-04 that it is a true match" in found.message.en
    assert "A. Chen 于 2026-05-04 认定为同一主体" in found.message.zh
    after = run("party/listed-candidate", text, decisions, **more)
    assert not [one for one in after if one.outcome is Outcome.FLAG and "L:E2" in one.attributes["hit"]]


@pytest.mark.parametrize(
    ("verdict", "row", "status", "words"),
    [
        (UNDECIDED, None, UNDECIDED, "A. Chen could not tell on 2026-05-04"),
        (FALSE_POSITIVE, "0" * 16, REOPENED, "the list row has changed since"),
        (TRUE_MATCH, "0" * 16, REOPENED, "the list row has changed since"),
        (OPEN, None, OPEN, "took the decision back"),
    ],
)
def test_a_hit_that_is_not_settled_flags_and_says_so(verdict: str, row: str | None, status: str, words: str) -> None:
    ((hit, said),) = decided(verdict, NAMED).items()
    (found,) = run("party/listed", decisions={hit: replace(said, row=row or said.row)})
    assert (found.outcome, found.attributes["hit_status"]) == (Outcome.FLAG, status)
    assert words in found.message.en
    assert found.message.zh.endswith("。")


def _partner(key: str, name: str, **more: Any) -> PartnerFacts:
    quote = f"{key},{name}"
    partner = Partner(key, (Name(name),), "organization", 0, len(quote), **more)
    return PartnerFacts(f"partners/{key}", "doc-r", quote, partner, (), (RegisterRow("doc-r", quote, partner),))


def test_a_decision_on_a_partner_counts_in_every_rule_that_reads_its_hits() -> None:
    one = _partner("P1", "Northwind Metals Ltd", country="GB")
    partners = {one.id: one}
    text = contract(SUPPLY)
    party = next(p for p in text.parties if p.name == "Northwind Metals Ltd")
    link = Link(text.document, party.name, party.start, party.end, one.id, party.name, 1.0, same=True)
    rules = ("party/listed", "party/partner-listed", "party/no-sanctions-clause")
    more: dict[str, Any] = {"partners": partners, "links": (link,)}
    before = {rule: run(rule, **more) for rule in rules}
    after = {rule: run(rule, decisions=decided(FALSE_POSITIVE, partner_subject(one.id)), **more) for rule in rules}
    assert {o.outcome for found in before.values() for o in found} == {Outcome.FLAG}
    assert {o.outcome for found in after.values() for o in found} == {Outcome.PASS}


def test_a_decision_on_just_what_is_stored_of_a_partner_counts_and_one_on_its_bare_name_does_not() -> None:
    one = _partner("P1", "Northwind Metals Ltd", country="GB")
    more: dict[str, Any] = {"text": "", "partners": {one.id: one}}
    whole = subject_of(ScreenQuery("Northwind Metals Ltd", "organization", "GB"))
    (same,) = run("party/partner-listed", decisions=decided(FALSE_POSITIVE, whole), **more)
    (bare,) = run("party/partner-listed", decisions=decided(FALSE_POSITIVE, NAMED), **more)
    assert (same.outcome, bare.outcome) == (Outcome.PASS, Outcome.FLAG)


def test_an_officer_is_decided_on_for_one_partner_alone_and_a_true_match_is_certain() -> None:
    first = _partner("P1", "Kestrel Foods Inc.", attributes={"legal_representative": "Wei Wang"})
    second = _partner("P2", "Hazel Paper GmbH", attributes={"legal_representative": "Wei Wang"})
    more: dict[str, Any] = {"text": "", "partners": {one.id: one for one in (first, second)}}
    open_ones = run("party/officer-listed", **more)
    assert {one.level for one in open_ones} == {Level.MEDIUM}
    assert all("a name is no identity" in one.message.en for one in open_ones)
    who = person_subject(first.id, "Wei Wang")
    cleared = {
        one.subject: one for one in run("party/officer-listed", decisions=decided(FALSE_POSITIVE, who, PERSON), **more)
    }
    assert (cleared[first.id].outcome, cleared[second.id].outcome) == (Outcome.PASS, Outcome.FLAG)
    said = decided(TRUE_MATCH, who, PERSON)
    sure = {one.subject: one for one in run("party/officer-listed", decisions=said, **more)}
    assert (sure[first.id].level, sure[second.id].level) == (Level.HIGH, Level.MEDIUM)
    assert "a name is no identity" not in sure[first.id].message.en
    assert "同名不等于同一人" not in sure[first.id].message.zh


def test_a_former_listing_that_a_person_dismissed_is_none() -> None:
    left = replace(FIRM, delisted_on=date(2020, 1, 1))
    index = ScreeningIndex.build([ScreeningList("L", "v1", 1, None, (left,))])
    one = _partner("P1", "Northwind Metals Ltd")
    more: dict[str, Any] = {"text": "", "partners": {one.id: one}, "screening": index}
    said = decided(FALSE_POSITIVE, partner_subject(one.id), left)
    (before,), (after,) = run("party/formerly-listed", **more), run("party/formerly-listed", decisions=said, **more)
    assert (before.outcome, after.outcome) == (Outcome.FLAG, Outcome.PASS)


def test_persons_of_contracts_are_told_apart_by_contract_and_organisations_by_name() -> None:
    assert party_subjects("doc-1", "Wei Wang", "person") != party_subjects("doc-2", "Wei Wang", "person")
    assert party_subjects("doc-1", "Wei Wang", None) != party_subjects("doc-2", "Wei Wang", None)
    assert party_subjects("doc-1", "Hazel Paper GmbH", None) == party_subjects(
        "doc-2", "Hazel Paper GmbH", "organization"
    )
    assert party_subjects("doc-1", "灰鹭航运有限公司", None) == party_subjects("doc-2", "灰鹭航運有限公司", None)
    assert document_of(party_subjects("doc-1", "王伟", "person")[0]) == "doc-1"


ANY = st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip()))


@given(ANY, ANY, ANY)
def test_an_id_says_whom_it_is_about_and_holds_no_character_of_its_own(list_id: str, entity: str, partner: str) -> None:
    for subject in (partner_subject(partner), person_subject(partner, entity)):
        hit = hit_of(list_id, entity, subject)
        assert (hit.count(":"), hit.count("@")) == (1, 1)
        assert partner_of(subject) == partner
        assert partner_of(moved(subject, "other/1")) == "other/1"
        assert document_of(subject) is None
    assert unescaped(safe(entity)) == entity
    assert not any(character.isspace() and character.isascii() for character in safe(entity))


@given(st.sampled_from([TRUE_MATCH, FALSE_POSITIVE, UNDECIDED, OPEN]), st.booleans())
def test_only_a_verdict_on_the_present_row_says_yes_or_no(verdict: str, changed: bool) -> None:
    from checks.screening import screen

    (candidate,) = [one for one in screen(ScreenQuery("Northwind Metals Ltd"), INDEX).candidates if one.entity == "E1"]
    ((hit, said),) = decided(verdict, NAMED).items()
    found = ruling({hit: replace(said, row="x" if changed else said.row)}, (NAMED,), candidate)
    assert found.same is ({TRUE_MATCH: True, FALSE_POSITIVE: False}.get(verdict) if not changed else None)
    assert (found.state == REOPENED) is (changed and verdict != OPEN)
