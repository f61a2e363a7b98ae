"""A provision with a day of its own: in the ledger, on its own record, and in a search of the law of a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from api.service.checking import run_check, stale_subjects
from api.service.impact import refresh
from api.service.law import provision_json, versions_json
from api.service.searching import search_json
from kb.base import KnowledgeBase
from kb.model import Kind
from tests.api.law_texts import NEW_LAW, OLD_LAW, chinese_contract
from tests.api.test_citing_laws import ACT, Place

LATER = NEW_LAW.replace("自2024年7月1日起施行。", "自2024年7月1日起施行，但第三条自2025年9月1日起施行。")
OLD, NEW = f"{ACT}@2018-10-26", f"{ACT}@2023-12-29"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("days")
    with KnowledgeBase.open(folder / "data", write=True) as kb:
        made = Place(kb, folder)
        made.store("示例采购条例(2018-10-26).md", OLD_LAW)
        made.store("示例采购条例(2023-12-29).md", LATER)
        yield made


def test_the_ledger_gives_each_change_the_day_of_its_provision(place: Place) -> None:
    changes = {change["before"]: change for change in place.ledger(as_of=date(2025, 1, 1))["changes"]}
    delivery, fine = changes["4"], changes["5"]
    assert (delivery["effective_from"], delivery["in_effect"]) == ("2025-09-01", False)
    assert delivery["date_basis"]["kind"] == "provision"
    assert delivery["date_basis"]["quote"] == "第三条自2025年9月1日起施行"
    assert (fine["effective_from"], fine["in_effect"]) == ("2024-07-01", True)
    assert (fine["date_basis"]["kind"], fine["date_basis"]["quote"]) == ("stated", "2024年7月1日")
    versions = place.ledger(as_of=date(2025, 1, 1))["versions"]
    assert [version["begins"] for version in versions] == [[], [{"provision": "3", "day": "2025-09-01"}]]
    basis = delivery["date_basis"]
    with place.kb.snapshot() as snapshot:
        assert snapshot.text(basis["document"])[basis["start"] : basis["end"]] == basis["quote"]


def test_a_provision_says_when_it_begins(place: Place) -> None:
    with place.kb.snapshot() as snapshot:
        waiting = provision_json(snapshot, f"{NEW}#3", date(2025, 1, 1))
        begun = provision_json(snapshot, f"{NEW}#3", date(2025, 10, 1))
        other = provision_json(snapshot, f"{NEW}#4", date(2025, 1, 1))
    assert (waiting["force"]["status"], waiting["force"]["since"]) == ("not_yet", "2025-09-01")
    assert (waiting["begins"]["day"], waiting["begins"]["quote"]) == ("2025-09-01", "第三条自2025年9月1日起施行")
    assert begun["force"]["status"] == "in_force"
    assert (other["force"]["status"], other["begins"]) == ("in_force", None)


def test_a_search_of_the_law_of_a_day_leaves_out_what_has_not_begun(place: Place) -> None:
    with place.kb.snapshot() as snapshot:
        for day, expected in ((date(2025, 1, 1), False), (date(2025, 10, 1), True)):
            found = search_json(snapshot, "十五日内交付货物", type_="provision", as_of=day)
            assert (f"{NEW}#3" in {hit["id"] for hit in found["hits"]}) is expected


def test_the_versions_of_an_act_tell_the_days_of_single_provisions(place: Place) -> None:
    with place.kb.snapshot() as snapshot:
        old, new = versions_json(snapshot, ACT, date(2025, 1, 1))["versions"]
    assert old["begins"] == []
    assert [(one["provisions"], one["day"], one["quote"]) for one in new["begins"]] == [
        (["3"], "2025-09-01", "第三条自2025年9月1日起施行")
    ]


def test_a_finding_is_stale_only_from_the_day_of_the_provision_it_rests_on(tmp_path: Path) -> None:
    contract = chinese_contract("2022年6月1日", "交付适用《示例采购条例》第四条。")
    with KnowledgeBase.open(tmp_path / "data", write=True) as kb:
        made = Place(kb, tmp_path)
        made.store("示例采购条例(2018-10-26).md", OLD_LAW)
        made.store("contract.txt", contract, kind=Kind.CONTRACT)
        assert run_check(kb)
        made.store("示例采购条例(2023-12-29).md", LATER.replace("2025年9月1日", "2999年9月1日"))
        with kb.snapshot() as snapshot:
            assert stale_subjects(snapshot) == {}, "the article it cites has not changed yet"
        assert refresh(kb, today=date(2999, 8, 31)).newly_stale == 0
        result = refresh(kb, today=date(2999, 9, 2))
        assert result.newly_stale > 0
        assert [alert.about for alert in result.alerts] == [ACT]
        assert "2023-12-29." in result.alerts[0].title["en"]
        assert "#" not in result.alerts[0].title["en"]
