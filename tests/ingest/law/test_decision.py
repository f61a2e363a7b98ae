"""Decisions that amend other acts are read by their own items, and never by the articles they quote."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.law import read_act
from kb.model import ActVersion, Document

NPC = """全国人民代表大会常务委员会关于修改《中华人民共和国灯塔法》的决定

（2020年10月17日第十三届全国人民代表大会常务委员会第二十二次会议通过）

第十三届全国人民代表大会常务委员会第二十二次会议决定对《中华人民共和国灯塔法》作如下修改：

一、将第二条修改为：“灯塔应当登记。”

二、增加二条，作为第三条、第四条：
“第三条 守塔人应当值守。
第四条 守塔人应当报告。”

三、将第五条改为第七条。

本决定自2021年6月1日起施行。

《中华人民共和国灯塔法》根据本决定作相应修改，重新公布。
"""
COUNCIL = """国务院关于修改《灯塔管理条例》的决定

（2022年3月29日中华人民共和国国务院令第752号公布）

一、将第二条修改为：灯塔应当登记。

二、删去第三条。

本决定自公布之日起施行。
"""


def read(text: str) -> ActVersion:
    return read_act(Document(text, (), "text/plain", "zh"), source_name="act.txt")


@pytest.mark.parametrize(
    ("text", "act", "items", "day", "words"),
    [
        (NPC, "cn/全国人民代表大会常务委员会关于修改《灯塔法》的决定", 3, date(2021, 6, 1), "2021年6月1日"),
        (COUNCIL, "cn/国务院关于修改《灯塔管理条例》的决定", 2, date(2022, 3, 29), "2022年3月29日"),
    ],
)
def test_a_decision_has_items_and_a_commencement_of_its_own(
    text: str, act: str, items: int, day: date, words: str
) -> None:
    found = read(text)
    assert found.act == act
    assert [each.number for each in found.provisions] == [str(number) for number in range(1, items + 1)]
    assert all(text[each.start : each.end].startswith(each.label) for each in found.provisions)
    assert found.in_force.value == day
    assert found.in_force.evidence is not None
    assert found.in_force.evidence.of(text) == words


def test_what_has_articles_first_is_no_decision() -> None:
    law = read("灯塔法\n\n第一条 为了管理灯塔，制定本法。\n\n第二条 下列灯塔免检：\n一、木塔；\n二、石塔。\n")
    assert law.act == "cn/灯塔法"
    assert [each.number for each in law.provisions if each.level == "article"] == ["1", "2"]
    other = read(
        "国务院关于修改《灯塔管理条例》的决定\n\n第一条 将第二条修改为：灯塔应当登记。\n\n"
        "第二条 本决定自2022年5月1日起施行。\n"
    )
    assert [each.label for each in other.provisions if each.level == "article"] == ["第一条", "第二条"]
    assert other.in_force.value == date(2022, 5, 1)
