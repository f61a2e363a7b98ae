"""Adverse events: who it is about, how far it has come, and what is no event."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.events import find_events
from kb.model import Entity, Event, Stage

EN = ("Acme Corp", "Beta Ltd", "Anselm Varga", "SEC")
ZH = ("天远公司", "海岳公司", "王强", "远山市中级人民法院")


def events(text: str, language: str) -> list[Event]:
    names = EN if language == "en" else ZH
    found = [Entity("ORG", n, m.start(), m.end()) for n in names for m in re.finditer(re.escape(n), text)]
    return list(find_events(text, language, entities=found))


@pytest.mark.parametrize(
    ("text", "type_", "subject", "stage"),
    [
        (
            "Acme Corp filed for Chapter 11 bankruptcy protection on May 3, 2024.",
            "insolvency",
            "Acme Corp",
            Stage.CHARGE,
        ),
        ("A Delaware court ordered the liquidation of Acme Corp.", "insolvency", "Acme Corp", Stage.DECISION),
        ("Acme Corp fell into administration last week.", "insolvency", "Acme Corp", Stage.DECISION),
        ("Acme Corp sought bankruptcy protection on Monday.", "insolvency", "Acme Corp", Stage.CHARGE),
        ("Acme Corp sued Beta Ltd over patents.", "litigation", "Beta Ltd", Stage.CHARGE),
        ("Beta Ltd was sued by Acme Corp in New York.", "litigation", "Beta Ltd", Stage.CHARGE),
        ("Investors filed a class action against Acme Corp.", "litigation", "Acme Corp", Stage.CHARGE),
        ("The regulator fined Acme Corp 3 million pounds.", "penalty", "Acme Corp", Stage.DECISION),
        ("Acme Corp agreed to pay $3 million to settle charges.", "penalty", "Acme Corp", Stage.DECISION),
        ("Prosecutors charged Acme Corp with bribery of officials.", "corruption", "Acme Corp", Stage.CHARGE),
        ("Anselm Varga was convicted of money laundering.", "fraud", "Anselm Varga", Stage.DECISION),
        ("Anselm Varga is under investigation for accounting fraud.", "fraud", "Anselm Varga", Stage.INVESTIGATION),
        ("The US Treasury added Acme Corp to its sanctions list.", "sanction", "Acme Corp", Stage.DECISION),
        ("Acme Corp was blacklisted in March.", "sanction", "Acme Corp", Stage.DECISION),
        ("Acme Corp was cleared of fraud by a London court.", "fraud", "Acme Corp", Stage.CLEARED),
        ("A lawsuit against Acme Corp was dismissed.", "litigation", "Acme Corp", Stage.CLEARED),
    ],
)
def test_english_events_are_about_the_right_one(text: str, type_: str, subject: str, stage: Stage) -> None:
    found = events(text, "en")
    assert [(e.type, e.subject, e.stage) for e in found] == [(type_, subject, stage)]


@pytest.mark.parametrize(
    ("text", "type_", "subject", "stage"),
    [
        ("天远公司因污染环境被处以罚款50万元。", "penalty", "天远公司", Stage.DECISION),
        ("市场监管局对天远公司处以罚款10万元。", "penalty", "天远公司", Stage.DECISION),
        ("海岳公司起诉天远公司，要求赔偿损失。", "litigation", "天远公司", Stage.CHARGE),
        ("天远公司被海岳公司起诉。", "litigation", "天远公司", Stage.CHARGE),
        ("天远公司被列为失信被执行人。", "sanction", "天远公司", Stage.DECISION),
        ("美国将天远公司列入实体清单。", "sanction", "天远公司", Stage.DECISION),
        ("远山市中级人民法院裁定受理天远公司破产清算一案。", "insolvency", "天远公司", Stage.DECISION),
        ("天远公司被债权人申请破产重整。", "insolvency", "天远公司", Stage.CHARGE),
        ("天远公司已向法院申请破产清算。", "insolvency", "天远公司", Stage.CHARGE),
        ("债权人申请对天远公司进行破产清算。", "insolvency", "天远公司", Stage.CHARGE),
        ("天远公司申请破产重整，获法院裁定受理。", "insolvency", "天远公司", Stage.DECISION),
        ("天远公司濒临破产。", "insolvency", "天远公司", Stage.ALLEGATION),
        ("天远公司总经理王强因受贿被判处有期徒刑三年。", "corruption", "王强", Stage.DECISION),
        ("法院驳回了对天远公司的破产申请。", "insolvency", "天远公司", Stage.CLEARED),
        ("天远公司被诉侵权一案，法院判决驳回原告诉讼请求。", "litigation", "天远公司", Stage.CLEARED),
    ],
)
def test_chinese_events_are_about_the_right_one(text: str, type_: str, subject: str, stage: Stage) -> None:
    found = events(text, "zh")
    assert [(e.type, e.subject, e.stage) for e in found] == [(type_, subject, stage)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Acme Corp could be fined up to $5 million if it breaks the rules.", "en"),
        ("Acme Corp was not fined.", "en"),
        ("If Acme Corp defaults on its loans it will be fined.", "en"),
        ("Acme Corp advises clients on bankruptcy law.", "en"),
        ("Acme Corp opened a laboratory on Monday.", "en"),
        ("Companies that bribe officials are fined.", "en"),
        ("天远公司未被处罚。", "zh"),
        ("若天远公司违约，将被起诉。", "zh"),
        ("天远公司召开会议，部署防范非法集资工作。", "zh"),
        ("违反本办法的，处一万元以下罚款。", "zh"),
        ("天远公司新增两家门店。", "zh"),
    ],
)
def test_negated_hypothetical_and_general_sentences_state_no_event(text: str, language: str) -> None:
    assert events(text, language) == []


def test_the_stated_date_is_taken_and_no_other() -> None:
    assert events("On May 3, 2024, Acme Corp was fined by the regulator.", "en")[0].date == date(2024, 5, 3)
    assert events("2024年3月5日，天远公司被处以罚款。", "zh")[0].date == date(2024, 3, 5)
    assert events("Acme Corp was fined by the regulator.", "en")[0].date is None


def test_one_matter_told_twice_is_one_event() -> None:
    text = "Acme Corp fined\n\nThe regulator fined Acme Corp on May 3, 2024. Acme Corp was fined before."
    found = events(text, "en")
    assert len(found) == 1
    assert found[0].date == date(2024, 5, 3)


def test_the_company_stands_for_the_last_one_named() -> None:
    found = events("Acme Corp makes pumps. On Friday the company was fined for spills.", "en")
    assert [(e.subject, e.type) for e in found] == [("Acme Corp", "penalty")]


def test_other_languages_give_nothing() -> None:
    assert find_events("Acme Corp was fined.", "fr", entities=()) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*EN, *ZH, "was fined", "被罚款", "。", ". ", "not", "未", "sued", "起诉", "\n\n", "2024年3月5日"]
        ),
        max_size=25,
    )
)
def test_offsets_slice_back_to_the_words(parts: list[str]) -> None:
    text = " ".join(parts)
    for language in ("en", "zh"):
        for event in events(text, language):
            assert 0 <= event.start < event.end <= len(text)
            assert text[event.subject_start : event.subject_end] == event.subject
            assert 0 < event.score <= 1
