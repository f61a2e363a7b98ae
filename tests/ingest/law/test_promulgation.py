"""The order that brings a Chinese act out tells its title, number and day of publication; nothing more is concluded."""

from __future__ import annotations

import pytest

from ingest.law import read_act
from kb.model import ActVersion, Document

BODY = "灯塔管理条例\n\n第一条 为了管理灯塔，制定本条例。\n\n第二条 {}\n"
ORDER = (
    "中华人民共和国国务院令\n第728号\n\n《灯塔管理条例》已经2020年7月1日国务院第99次常务会议通过，现予公布，{}。\n\n"
    "总理 某某\n{}\n\n"
)
NOTICE = (
    "最高人民法院公告\n\n《最高人民法院关于审理灯塔纠纷案件的解释》已于2020年12月23日由最高人民法院审判委员会第1823次会议通过，"
    "现予公布，自2021年1月1日起施行。\n\n2020年12月29日\n\n最高人民法院关于审理灯塔纠纷案件的解释\n\n"
    "第一条 灯塔纠纷由海事法院管辖。\n\n第二条 本解释施行后尚未终审的案件适用本解释。\n"
)


def read(text: str) -> ActVersion:
    return read_act(Document(text, (), "text/plain", "zh"), source_name="act.txt")


def days(act: ActVersion, text: str) -> dict[str, tuple[str, str] | None]:
    found = {"adopted": act.adopted, "published": act.published, "in_force": act.in_force}
    for fact in found.values():
        assert (fact.value is None) == (fact.evidence is None)
    return {
        role: None if fact.value is None or fact.evidence is None else (fact.value.isoformat(), fact.evidence.of(text))
        for role, fact in found.items()
    }


@pytest.mark.parametrize(
    ("said", "signed", "article", "published", "in_force"),
    [
        ("自2020年9月1日起施行", "2020年7月5日", "灯塔应当登记。", "2020-07-05", "2020-09-01"),
        ("自公布之日起施行", "2020年7月5日", "灯塔应当登记。", "2020-07-05", "2020-07-05"),
        ("自公布之日起施行", "二〇二〇年七月五日", "灯塔应当登记。", "2020-07-05", "2020-07-05"),
        ("请遵照执行", "2020年7月5日", "本条例自公布之日起施行。", "2020-07-05", "2020-07-05"),
        ("自公布之日起施行", "", "灯塔应当登记。", None, None),
        ("自公布之日起施行", "（2020年7月5日印制）", "灯塔应当登记。", None, None),
    ],
)
def test_the_signature_is_the_day_of_publication(
    said: str, signed: str, article: str, published: str | None, in_force: str | None
) -> None:
    text = ORDER.format(said, signed) + BODY.format(article)
    act = read(text)
    assert (act.act, act.title) == ("cn/灯塔管理条例", "灯塔管理条例")
    assert "国务院令第728号" in act.short_titles
    told = days(act, text)
    assert told["adopted"] == ("2020-07-01", "2020年7月1日")
    assert (told["published"] or (None,))[0] == published
    assert (told["in_force"] or (None,))[0] == in_force


def test_a_notice_of_the_court_is_read_likewise() -> None:
    act = read(NOTICE)
    assert act.act == "cn/最高人民法院关于审理灯塔纠纷案件的解释"
    told = days(act, NOTICE)
    assert told == {
        "adopted": ("2020-12-23", "2020年12月23日"),
        "published": ("2020-12-29", "2020年12月29日"),
        "in_force": ("2021-01-01", "2021年1月1日"),
    }


def test_a_head_that_only_cites_another_act_is_no_order() -> None:
    text = (
        "灯塔管理条例实施细则\n2021年3月1日发布\n\n《灯塔管理条例》已经施行，为了实施该条例，制定本细则。\n\n"
        + BODY.format("本细则自发布之日起施行。").replace("灯塔管理条例\n\n", "", 1)
    )
    act = read(text)
    assert act.act == "cn/灯塔管理条例实施细则"
    assert (act.published.value, act.in_force.value) == (act.in_force.value, act.published.value)
    assert str(act.in_force.value) == "2021-03-01"


def test_on_publication_without_a_stated_day_of_publication_is_not_known() -> None:
    act = read(
        "灯塔管理条例\n（2024年3月11日海山市人民代表大会第二次会议通过）\n\n" + BODY.format("本条例自公布之日起施行。")
    )
    assert act.in_force.value is None
