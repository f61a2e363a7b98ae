"""Laws that cite an act: stored with their evidence, followed by date, listed in the ledger and beside the act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.cli.app import run as run_command
from api.service.impact_decisions import decide_impact, impact_decisions, impact_histories
from api.service.ingesting import run_ingest
from api.service.law import provision_json, versions_json
from api.service.ledger import ledger_csv, ledger_json, question
from ingest.job import IngestOptions
from ingest.readers import discover
from kb.base import KnowledgeBase
from kb.facts.annotations import annotations_of
from kb.model import Kind
from kb.shapes import violations
from tests.api.law_texts import NEW_LAW, OLD_LAW, REPEALING_LAW

ACT = "cn/示例采购条例"
TODAY = date(2025, 6, 1)
RULES_2020 = """# 采购档案管理办法

2020年3月1日公布

第一条 根据《示例采购条例》，制定本办法。

第二条 采购档案的保存期限，按照《示例采购条例》第七条执行。

第三条 供应商有下列情形之一的，记入档案：

（一）未按《示例采购条例》第四条、第五条交付货物的；

（二）违反本办法第二条的。

第四条 担保决议依照《示例采购条例》第三条第三款归档，运输合同依照该条例第六条归档。

第五条 本办法自2020年5月1日起施行。
"""
RULES_2025 = RULES_2020.replace("2020年3月1日公布", "2020年3月1日公布，2025年1月10日修订").replace(
    "自2020年5月1日", "自2025年2月1日"
)
ENGLISH = """# Records Act 2021

An Act to provide for records. [1st March, 2021]

1. Short title
This Act may be cited as the Records Act 2021.

2. Records
A body shall keep the records that section 4 of the Ferry Act 2011 requires.

3. Fees
Section 2(1) of the Ferry Act 2011 and section 3 of that Act do not apply to records.
"""


def test_a_law_is_stored_with_its_citations_of_other_laws_and_where_each_stands(place: Place) -> None:
    (record,) = [one for one in place.kb.documents_now() if "档案" in one.source]
    with place.kb.snapshot() as snapshot:
        text, facts = snapshot.text(record.id), snapshot.facts(record.id)
    found = annotations_of(record.id, Kind.REGULATION, facts)
    assert [(each.act, each.provision) for each in found.citations] == [
        ("示例采购条例", None),
        ("示例采购条例", "7"),
        ("示例采购条例", "4"),
        ("示例采购条例", "5"),
        ("示例采购条例", "3(3)"),
        ("示例采购条例", "6"),
    ]
    assert all(text[each.start : each.end] == each.text for each in found.citations)
    assert violations(facts) == []


class Place:
    """A knowledge base with an act in two versions and a law that cites it."""

    def __init__(self, kb: KnowledgeBase, folder: Path) -> None:
        self.kb, self.folder = kb, folder

    def store(self, name: str, text: str, kind: Kind = Kind.REGULATION) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        (result,) = run_ingest(self.kb, discover([str(path)]), IngestOptions(kind=kind))
        assert result.error is None

    def ledger(self, act: str = ACT, as_of: date = TODAY) -> dict[str, Any]:
        with self.kb.snapshot() as snapshot:
            return ledger_json(snapshot, act, question(as_of, None, None), impact_decisions(self.kb.audit))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("citing")
    with KnowledgeBase.open(folder / "data", write=True) as kb:
        made = Place(kb, folder)
        made.store("示例采购条例(2018-10-26).md", OLD_LAW)
        made.store("采购档案管理办法(2020-03-01).md", RULES_2020)
        made.store("示例采购条例(2023-12-29).md", NEW_LAW)
        yield made


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Place]:
    with KnowledgeBase.open(tmp_path / "data", write=True) as kb:
        made = Place(kb, tmp_path)
        made.store("示例采购条例(2018-10-26).md", OLD_LAW)
        made.store("采购档案管理办法(2020-03-01).md", RULES_2020)
        yield made


def items(ledger: dict[str, Any]) -> dict[tuple[str, str | None], dict[str, Any]]:
    found = [item for change in ledger["changes"] for item in change["items"] if item["type"] == "law"]
    return {(item["clause"]["number"], item["cited"]): item for item in found}


def test_the_ledger_says_what_each_change_asks_of_a_citing_law(place: Place) -> None:
    ledger = place.ledger()
    found = items(ledger)
    assert {key: (item["state"], item["now"], item["row"]) for key, item in found.items()} == {
        ("1", None): ("none", [], "law-act-as-a-whole"),
        ("2", "7"): ("action", [], "law-deleted"),
        ("3(1)(1)", "4"): ("action", ["3"], "heavier"),
        ("3(1)(1)", "5"): ("action", ["4"], "heavier"),
        ("4", "3(3)"): ("informational", ["2(3)"], "law-renumbered"),
    }
    one = found["2", "7"]
    assert (one["version"], one["act"], one["written"]) == (
        "cn/采购档案管理办法@2020-03-01",
        "cn/采购档案管理办法",
        "2020-05-01",
    )
    assert ledger["unmoved"] == 0, "only contracts are counted there"
    (law,) = ledger["laws"]
    assert (law["state"], law["citations"], law["provisions"]) == ("action", 6, ["7", "4", "5", "3(3)", "6"])
    assert set(law["items"]) == {item["id"] for item in found.values()}
    assert sum(",law," in row for row in ledger_csv(ledger).splitlines()) == len(found)
    assert ledger["partners"] == []


def test_an_act_and_its_provision_name_the_laws_that_cite_them(place: Place) -> None:
    with place.kb.snapshot() as snapshot:
        shown = versions_json(snapshot, ACT, TODAY)
        fifth = provision_json(snapshot, f"{ACT}@2018-10-26#5", TODAY)
        third = provision_json(snapshot, f"{ACT}@2018-10-26#3(2)", TODAY)
    assert [(one["act"], one["citations"]) for one in shown["cited_by"]] == [("cn/采购档案管理办法", 6)]
    assert [(one["in"], one["quote"]) for one in fifth["cited_by"]] == [("3(1)(1)", "第五条")]
    assert third["cited_by"] == [], "another paragraph of the article is cited"


def test_only_the_text_of_a_citing_law_that_applies_counts_and_it_speaks_of_its_own_day(changing: Place) -> None:
    changing.store("示例采购条例(2023-12-29).md", NEW_LAW)
    changing.store("采购档案管理办法(2025-01-10).md", RULES_2025)
    (law,) = changing.ledger()["laws"]
    assert law["version"] == "cn/采购档案管理办法@2025-01-10"
    assert law["items"] == [], "made after the change, it means the new text"
    absent = [one["quote"] for one in changing.ledger()["absent"]]
    assert absent == [], "the new text has seven articles"
    (before,) = changing.ledger(as_of=date(2024, 8, 1))["laws"]
    assert before["version"] == "cn/采购档案管理办法@2020-03-01"
    assert before["state"] == "action"


def test_a_law_that_cites_a_repealed_act_is_named_but_not_the_law_that_repeals_it(changing: Place) -> None:
    changing.store("示例采购法(2025-03-01).md", REPEALING_LAW)
    ledger = changing.ledger(as_of=date(2026, 1, 1))
    (repeal,) = [change for change in ledger["changes"] if change["kind"] == "repealed"]
    assert {(item["act"], item["state"], item["row"]) for item in repeal["items"]} == {
        ("cn/采购档案管理办法", "action", "law-repealed")
    }
    assert len(repeal["items"]) == 6


def test_a_decision_on_a_citing_law_counts_and_a_later_one_takes_it_back(changing: Place) -> None:
    changing.store("示例采购条例(2023-12-29).md", NEW_LAW)
    item = items(changing.ledger())["2", "7"]
    decide_impact(changing.kb, item["id"], state="none", reason="The archive law covers it.", actor="lawyer", act=ACT)
    assert items(changing.ledger())["2", "7"]["state"] == "none"
    assert changing.ledger()["laws"][0]["state"] == "action", "two other provisions of it are still touched"
    decide_impact(changing.kb, item["id"], state="open", reason="It does not.", actor="lawyer", act=ACT)
    assert items(changing.ledger())["2", "7"]["state"] == "action"
    history = impact_histories(changing.kb.audit)[item["id"]]
    assert [(one.state, one.reason) for one in history] == [
        ("none", "The archive law covers it."),
        ("open", "It does not."),
    ]


def test_an_english_law_is_followed_by_its_sections(tmp_path: Path) -> None:
    old = "# Ferry Act 2011\n\n1. Short title\nThis Act is the Ferry Act 2011.\n\n"
    old += "2. Licences\n(1) No person shall operate a ferry without a licence.\n(2) A fee of €100 is due.\n\n"
    old += "3. Tickets\nA ticket shall show the fare.\n\n4. Records\nA master shall keep records for 3 years.\n"
    new = old.replace("3 years", "7 years")
    with KnowledgeBase.open(tmp_path / "data", write=True) as kb:
        made = Place(kb, tmp_path)
        made.store("Ferry Act 2011(2011-05-01).md", old)
        made.store("Records Act 2021(2021-03-01).md", ENGLISH)
        made.store("Ferry Act 2011(2023-01-01).md", new)
        ledger = made.ledger("Ferry Act 2011")
    assert {key: item["state"] for key, item in items(ledger).items()} == {("2", "4"): "action"}
    assert ledger["laws"][0]["provisions"] == ["4", "2(1)", "3"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("Laws that cite it:", "action law cn/采购档案管理办法@2020-03-01 art. 2:", "5, 3(3), 6")),
        ("zh", ("引用该法的法律：", "须处理 法律 cn/采购档案管理办法@2020-03-01 第2条:", "5, 3(3), 6")),
    ],
)
def test_the_command_lists_the_laws_that_cite_an_act(
    place: Place, capsys: pytest.CaptureFixture[str], language: str, expected: tuple[str, ...]
) -> None:
    arguments = ["--data", str(place.folder / "data"), "--lang", language, "law"]
    assert run_command([*arguments, "impact", ACT, "--as-of", "2025-06-01"]) == 0
    shown = capsys.readouterr().out
    for words in expected:
        assert words in shown
    assert run_command([*arguments, "versions", ACT]) == 0
    assert "采购档案管理办法 (6)" in capsys.readouterr().out
