"""A stored amending decision dates the text it amended, with its own words; one that does not fit dates nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from api.service.law import versions_json
from kb.base import KnowledgeBase
from tests.api.test_citing_laws import Place

FIRST = """# 灯塔法

2010年5月1日 海山市人民代表大会常务委员会第一次会议通过

第一条 为了管理灯塔，制定本法。

第二条 灯塔应当在三十日内登记。

第三条 本法自2010年10月1日起施行。
"""
SECOND = FIRST.replace(
    "会议通过\n", "会议通过\n\n2020年10月17日 海山市人民代表大会常务委员会第九次会议《关于修改〈灯塔法〉的决定》修正\n"
).replace("三十日", "十日")
DECISION = """海山市人民代表大会常务委员会关于修改《灯塔法》的决定

（2020年10月17日海山市人民代表大会常务委员会第九次会议通过）

一、将第二条中的“三十日”修改为“十日”。

二、本决定自2021年6月1日起施行。
"""
ACT = "cn/灯塔法"


def test_a_decision_dates_the_text_it_amended(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "data", write=True) as kb:
        place = Place(kb, tmp_path)
        place.store("灯塔法(2010-05-01).md", FIRST)
        place.store("灯塔法(2020-10-17).md", SECOND)
        (change,) = place.ledger(ACT, date(2026, 1, 1))["changes"]
        assert (change["effective_from"], change["in_effect"], change["date_basis"]) == (
            None,
            None,
            {"kind": "unknown"},
        )
        place.store("关于修改灯塔法的决定.txt", DECISION)
        (change,) = place.ledger(ACT, date(2026, 1, 1))["changes"]
        assert (change["effective_from"], change["in_effect"]) == ("2021-06-01", True)
        basis = change["date_basis"]
        with kb.snapshot() as snapshot:
            assert snapshot.text(basis["document"])[basis["start"] : basis["end"]] == basis["quote"] == "2021年6月1日"
            shown = versions_json(snapshot, ACT, date(2021, 1, 1))
        assert [version["force"]["status"] for version in shown["versions"]] == ["in_force", "not_yet"]
        (told,) = [each for each in shown["versions"][1]["dates"] if each["role"] == "in-force"]
        assert (told["value"], told["quote"], told["document"]) == ("2021-06-01", "2021年6月1日", basis["document"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2020年10月17日", "2020年10月18日"),  # adopted on another day
        ("修改《灯塔法》", "修改《海山市灯塔法》"),  # another act
        ("2021年6月1日", "公布之日"),  # on publication, of which no day is stated
    ],
)
def test_a_decision_that_does_not_fit_dates_nothing(tmp_path: Path, old: str, new: str) -> None:
    with KnowledgeBase.open(tmp_path / "data", write=True) as kb:
        place = Place(kb, tmp_path)
        place.store("灯塔法(2010-05-01).md", FIRST)
        place.store("灯塔法(2020-10-17).md", SECOND)
        place.store("关于修改灯塔法的决定.txt", DECISION.replace(old, new))
        (change,) = place.ledger(ACT, date(2026, 1, 1))["changes"]
        assert change["effective_from"] is None
