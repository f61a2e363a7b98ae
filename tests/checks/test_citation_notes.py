from __future__ import annotations

from datetime import date

from checks.citation_notes import chinese_note
from kb.law import LawIndex
from kb.law_versions import StoredProvision, StoredVersion
from kb.model import Citation

DAY = date(2026, 1, 1)


def index() -> LawIndex:
    return LawIndex.build(
        [
            StoredVersion(
                act="cn/集市法",  # Markets Act
                version="cn/集市法@2024-05-01",
                title="中华人民共和国集市法",
                date=date(2024, 5, 1),
                in_force=date(2024, 7, 1),
                repeals=("摊位条例",),  # Stalls Regulation
                provisions={"7": StoredProvision("第七条", None, "doc-law", 0, 5)},
            )
        ]
    )


def note(act: str, provision: str, law: LawIndex | None) -> str:
    citation = Citation("x", 0, 1, act, provision)
    return chinese_note(law.resolve(citation, DAY) if law is not None else citation, law, DAY)


def test_an_act_that_is_not_stored_but_repealed_says_by_which_act_and_since_when() -> None:
    assert note("摊位条例", "3", index()) == "该法未存入；自2024-07-01起被《中华人民共和国集市法》废止"


def test_an_act_nothing_is_known_of_is_said_not_to_be_stored() -> None:
    assert note("cn/别的法", "3", index()) == "该法未存入"


def test_a_provision_that_never_was_is_said_to_be_absent() -> None:
    assert note("cn/集市法", "99", index()) == "2024-05-01版本没有所引条文"


def test_without_law_nothing_is_said() -> None:
    assert note("cn/集市法", "7", None) == ""
