"""A provision that begins on another day than its act: which text stands, and whether it is law yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import pytest

from kb.law import LawIndex
from kb.law_align import align
from kb.law_change import ProvisionChange
from kb.law_days import provision_force
from kb.law_force import ForceState
from kb.law_versions import StoredProvision, StoredVersion
from kb.model import Citation, CitationStatus

ACT = "cn/灯塔法"
OLD_TEXTS = {"1": "守塔人应当登记。", "2": "守塔人应当在十日内报告灯塔的损坏情况。", "3": "灯塔应当点亮。"}
NEW_TEXTS = {
    "1": "守塔人应当登记。",
    "2": "守塔人应当在三日内报告灯塔的损坏情况。",
    "3": "灯塔应当点亮。",
    "4": "灯塔应当联网并备份数据。",
}
BEGINS: Mapping[str, date | None] = MappingProxyType({"2": date(2025, 1, 1), "4": date(2026, 1, 1)})


def version(name: str, starts: date, texts: dict[str, str], begins: Mapping[str, date | None]) -> StoredVersion:
    places = {n: StoredProvision(f"第{n}条", None, name, 0, len(text)) for n, text in texts.items()}
    return StoredVersion(ACT, f"{ACT}@{name}", "灯塔法", date=starts, in_force=starts, provisions=places, begins=begins)


def index(begins: Mapping[str, date | None] = BEGINS) -> LawIndex:
    texts = {f"{ACT}@2020": OLD_TEXTS, f"{ACT}@2024": NEW_TEXTS}

    def aligned(older: StoredVersion, newer: StoredVersion) -> list[ProvisionChange]:
        return align(list(texts[older.version].items()), list(texts[newer.version].items()))

    old = version("2020", date(2020, 1, 1), OLD_TEXTS, {})
    return LawIndex.build([old, version("2024", date(2024, 6, 1), NEW_TEXTS, begins)], align=aligned)


def cited(number: str, on: date, law: LawIndex | None = None) -> Citation:
    return (law or index()).resolve(Citation(f"第{number}条", 0, 4, ACT, number), on)


@pytest.mark.parametrize(
    ("number", "on", "target", "status", "told"),
    [
        ("2", date(2024, 8, 1), "2020#2", CitationStatus.AMENDED, "until then the text of 2020-01-01 stands"),
        ("2", date(2025, 2, 1), "2024#2", CitationStatus.RESOLVED, ""),
        ("4", date(2024, 8, 1), "2024#4", CitationStatus.NOT_YET_IN_FORCE, "applies from 2026-01-01"),
        ("4", date(2026, 1, 1), "2024#4", CitationStatus.RESOLVED, ""),
        ("1", date(2024, 8, 1), "2024#1", CitationStatus.RESOLVED, ""),
    ],
)
def test_until_a_provision_begins_the_text_before_it_stands(
    number: str, on: date, target: str, status: CitationStatus, told: str
) -> None:
    found = cited(number, on)
    assert (found.target, found.status) == (f"{ACT}@{target}", status)
    assert told in found.note


def test_a_provision_that_begins_before_its_act_applies_sooner() -> None:
    law = index({"2": date(2024, 3, 1)})
    assert cited("2", date(2024, 4, 1), law).target == f"{ACT}@2024#2"
    assert cited("1", date(2024, 4, 1), law).target == f"{ACT}@2020#1"
    assert cited("2", date(2024, 2, 1), law).target == f"{ACT}@2020#2"


def test_a_day_that_nobody_states_is_told_and_never_taken_for_not_yet() -> None:
    found = cited("4", date(2030, 1, 1), index({"4": None}))
    assert (found.status, found.target) == (CitationStatus.RESOLVED, f"{ACT}@2024#4")
    assert "is not stated" in found.note


def test_the_force_of_a_provision_follows_its_own_day() -> None:
    law = index()
    old, new = law.versions(ACT)

    def state(which: StoredVersion, number: str, day: date) -> ForceState:
        return provision_force(law, which, number, day).state

    between = date(2024, 8, 1)
    assert state(new, "1", between) is ForceState.IN_FORCE
    assert state(new, "2", between) is ForceState.NOT_YET
    assert state(old, "2", between) is ForceState.IN_FORCE, "the text before it stands"
    assert state(old, "1", between) is ForceState.NO_LONGER
    assert state(old, "2", date(2025, 1, 1)) is ForceState.NO_LONGER
    assert state(new, "2", date(2025, 1, 1)) is ForceState.IN_FORCE
    assert provision_force(law, new, "2", between).since == date(2025, 1, 1)
    (_, unknown) = (undated := index({"4": None})).versions(ACT)
    assert provision_force(undated, unknown, "4", between).state is ForceState.UNKNOWN
