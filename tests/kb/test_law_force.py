"""Whether a stored version applies on a day: four states, and an old text is never current."""

from __future__ import annotations

from datetime import date

import pytest

from kb.law import LawIndex
from kb.law_force import Force, ForceState, force_on
from kb.law_versions import StoredVersion

ACT = "cn/示例法"


def version(day: str, starts: str | None = None, **more: object) -> StoredVersion:
    start = date.fromisoformat(starts) if starts is not None else None
    return StoredVersion(ACT, f"{ACT}@{day}", "示例法", date=date.fromisoformat(day), in_force=start, **more)  # type: ignore[arg-type]


FIRST = version("2018-10-26", "2018-12-01")
SECOND = version("2023-12-29", "2024-07-01")
UNSTATED = version("2023-12-29")
REPEAL = StoredVersion(
    "cn/新法", "cn/新法@2025-01-01", "新法", date=date(2025, 1, 1), in_force=date(2025, 3, 1), repeals=("示例法",)
)


@pytest.mark.parametrize(
    ("versions", "asked", "day", "expected"),
    [
        ((FIRST,), FIRST, "2018-11-30", Force(ForceState.NOT_YET, date(2018, 12, 1))),
        ((FIRST,), FIRST, "2018-12-01", Force(ForceState.IN_FORCE, date(2018, 12, 1))),
        ((FIRST, SECOND), FIRST, "2024-06-30", Force(ForceState.IN_FORCE, date(2018, 12, 1))),
        ((FIRST, SECOND), SECOND, "2024-06-30", Force(ForceState.NOT_YET, date(2024, 7, 1))),
        ((FIRST, SECOND), FIRST, "2024-07-01", Force(ForceState.NO_LONGER, date(2024, 7, 1), SECOND.version)),
        ((FIRST, SECOND), SECOND, "2024-07-01", Force(ForceState.IN_FORCE, date(2024, 7, 1))),
        # a later text without a stated commencement: nobody can say which of the two applies
        ((FIRST, UNSTATED), FIRST, "2023-12-28", Force(ForceState.IN_FORCE, date(2018, 12, 1))),
        ((FIRST, UNSTATED), FIRST, "2024-01-01", Force(ForceState.UNKNOWN, None, UNSTATED.version)),
        ((FIRST, UNSTATED), UNSTATED, "2024-01-01", Force(ForceState.UNKNOWN)),
        ((FIRST, UNSTATED), UNSTATED, "2023-12-01", Force(ForceState.NOT_YET)),
        ((FIRST, REPEAL), FIRST, "2025-02-28", Force(ForceState.IN_FORCE, date(2018, 12, 1))),
        ((FIRST, REPEAL), FIRST, "2025-03-01", Force(ForceState.NO_LONGER, date(2025, 3, 1), "cn/新法")),
    ],
)
def test_a_version_applies_from_its_day_until_another_does(
    versions: tuple[StoredVersion, ...], asked: StoredVersion, day: str, expected: Force
) -> None:
    assert force_on(LawIndex.build(versions), asked, date.fromisoformat(day)) == expected


def test_a_text_that_says_when_it_ends_applies_until_then() -> None:
    ending = version("2018-10-26", "2018-12-01", no_longer_in_force=date(2022, 1, 1))
    law = LawIndex.build([ending])
    assert force_on(law, ending, date(2021, 12, 31)).state is ForceState.IN_FORCE
    assert force_on(law, ending, date(2022, 1, 1)) == Force(ForceState.NO_LONGER, date(2022, 1, 1))
