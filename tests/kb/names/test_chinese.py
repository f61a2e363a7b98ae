"""Chinese names taken apart."""

from __future__ import annotations

import pytest

from kb.names import chinese, romanize


@pytest.mark.parametrize(
    ("name", "places", "core", "trade", "form"),
    [
        ("杭州市远山科技有限公司", ("杭州",), "远山", "科技", "limited"),
        ("深圳市远通电子股份有限公司", ("深圳",), "远通", "电子", "stock"),
        ("上海复星医药（集团）股份有限公司", ("上海",), "复星", "医药", "stock"),
        ("远山科技（杭州）有限公司", ("杭州",), "远山", "科技", "limited"),
        ("北京字节跳动网络技术有限公司", ("北京",), "字节跳动", "网络技术", "limited"),
        ("广东省深圳市远通电子有限公司", ("广东", "深圳"), "远通", "电子", "limited"),
    ],
)
def test_a_company_name_comes_apart_into_its_four_parts(
    name: str, places: tuple[str, ...], core: str, trade: str, form: str
) -> None:
    parts = chinese.company(name)
    assert (parts.places, parts.core, parts.trade, parts.form) == (places, core, trade, form)


def test_a_branch_is_set_apart_from_the_company() -> None:
    parts = chinese.company("杭州远山科技有限公司上海分公司")
    assert parts.branch == "上海分公司"
    assert parts.core == "远山"


@pytest.mark.parametrize(
    ("name", "company"),
    [
        ("李明", False),
        ("欧阳娜娜", False),
        ("洁 斌 殷", False),
        ("贝拉克·奥巴马", False),
        ("海康威视", True),
        ("中国银行", True),
    ],
)
def test_people_and_companies_are_told_apart(name: str, company: bool) -> None:
    assert chinese.is_company(name) is company


def test_surnames_have_their_own_readings() -> None:
    assert romanize.surname_spellings("单", romanize.PINYIN)[0] == "shan"
    assert romanize.surname_spellings("欧阳", romanize.PINYIN)[0] == "ouyang"
    assert "ts" + "eng" in romanize.surname_spellings("曾", romanize.PINYIN)
    assert "chan" in romanize.surname_spellings("陈", romanize.CANTONESE)


def test_wade_giles_syllables_lead_back_to_pinyin() -> None:
    assert "zedong"[:2] in romanize.as_pinyin("tse")
    assert "xi" in romanize.as_pinyin("hsi")
    assert romanize.split_syllables("jinping") == ("jin", "ping")
    assert romanize.split_syllables("smith") is None
