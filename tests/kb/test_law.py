"""Citations are resolved against stored law on a day: number, version, repeal, and nothing guessed."""

from __future__ import annotations

from datetime import date

import pytest

from kb.law import LawIndex, StoredProvision, StoredVersion
from kb.law_align import align
from kb.law_change import ChangeKind, ProvisionChange
from kb.law_numbers import chinese_number, enclosing_number, number_parts, roman_number, sort_key
from kb.law_titles import chinese_title, title_key
from kb.model import Citation, CitationStatus

OLD_TEXTS = {
    "1": "为了规范集市，制定本法。",
    "2": "摊主应当在十日内向集市管理处报告变更事项。",
    "3": "违反本法规定的摊主，处一万元以下罚款。",
    "4": "夜市的开放时间由集市管理处公布并报市人民政府备案。",
}
NEW_TEXTS = {
    "1": "为了规范集市，制定本法。",
    "2": "本法所称摊主，是指在集市从事经营活动的单位和个人。",
    "3": "摊主应当在十日内向集市管理处报告变更事项。",
    "4": "违反本法规定的摊主，处五万元以下罚款。",
}


def place(document: str = "doc-1") -> StoredProvision:
    return StoredProvision("第一条", None, document, 0, 10)


def version(day: date, numbers: list[str], *, in_force: date | None = None, **more: object) -> StoredVersion:
    return StoredVersion(
        act="cn/集市法",
        version=f"cn/集市法@{day}",
        title="中华人民共和国集市法",
        short_titles=("集市法",),
        jurisdiction="CN",
        date=day,
        in_force=in_force,
        provisions={number: place() for number in numbers},
        **more,  # type: ignore[arg-type]
    )


OLD = version(date(2018, 3, 1), ["1", "2", "2(1)", "2(2)", "2(2)(1)", "2(2)(2)", "3", "4"], in_force=date(2018, 6, 1))
NEW = version(date(2023, 12, 1), ["1", "2", "3", "4"], in_force=date(2024, 7, 1))


def align_texts(older: StoredVersion, newer: StoredVersion) -> list[ProvisionChange]:
    assert (older.version, newer.version) == (OLD.version, NEW.version)
    return align(list(OLD_TEXTS.items()), list(NEW_TEXTS.items()))


INDEX = LawIndex.build([NEW, OLD], align=align_texts)


def cite(provision: str | None, act: str | None = "集市法") -> Citation:
    return Citation("x", 0, 1, act, provision)


@pytest.mark.parametrize(
    "name",
    ["cn/集市法", "集市法", "《集市法》", "中华人民共和国集市法", "《中华人民共和国 集市法》", "cn/集市法@2018-03-01"],
)
def test_an_act_is_found_by_every_usual_name(name: str) -> None:
    assert INDEX.find_act(name) == "cn/集市法"


def test_an_english_title_is_found_whatever_its_spelling() -> None:
    act = StoredVersion("ie/act/2031/5", "ie/act/2031/5@2031-05-01", "Ferry Keepers Act 2031")
    index = LawIndex.build([act])
    for name in ("the Ferry Keepers Act, 2031", "FERRY KEEPERS ACT 2031", "Ferry Keepers Act of 2031"):
        assert index.find_act(name) == "ie/act/2031/5"
    assert index.find_act("Ferry Act 2031") is None


def test_a_name_two_acts_share_is_not_guessed() -> None:
    one = StoredVersion("ie/act/2031/5", "ie/act/2031/5@undated", "Ferry Act 2031")
    other = StoredVersion("gb/act/2031/9", "gb/act/2031/9@undated", "Ferry Act 2031")
    index = LawIndex.build([one, other])
    assert index.find_act("Ferry Act 2031") is None
    found = index.resolve(cite("5", "Ferry Act 2031"), None)
    assert found.status is CitationStatus.UNRESOLVED
    assert "gb/act/2031/9" in found.note
    assert "ie/act/2031/5" in found.note


def test_the_version_of_a_day_is_the_newest_that_had_started() -> None:
    assert INDEX.version_on("cn/集市法", date(2018, 5, 31)) is None
    assert INDEX.version_on("cn/集市法", date(2018, 6, 1)) is OLD
    assert INDEX.version_on("cn/集市法", date(2024, 6, 30)) is OLD
    assert INDEX.version_on("cn/集市法", date(2024, 7, 1)) is NEW
    assert [each.date for each in INDEX.versions("cn/集市法")] == [date(2018, 3, 1), date(2023, 12, 1)]


def test_a_renumbered_article_is_resolved_with_its_new_number() -> None:
    found = INDEX.resolve(cite("2"), date(2020, 1, 1))
    assert found.status is CitationStatus.RENUMBERED
    assert found.target == "cn/集市法@2018-03-01#2"
    assert "article 2 of 2018-03-01 is article 3 of 2023-12-01" in found.note


def test_a_renumbered_and_changed_article_says_what_changed() -> None:
    found = INDEX.resolve(cite("3"), date(2020, 1, 1))
    assert found.status is CitationStatus.RENUMBERED
    assert "penalty" in found.note
    assert "五万元" in found.note


def test_a_deleted_article_is_repealed() -> None:
    found = INDEX.resolve(cite("4"), date(2020, 1, 1))
    assert found.status is CitationStatus.REPEALED
    assert found.target == "cn/集市法@2018-03-01#4"


def test_the_newest_version_is_resolved_as_it_stands() -> None:
    for day in (None, date(2025, 1, 1)):
        found = INDEX.resolve(cite("3"), day)
        assert found.status is CitationStatus.RESOLVED
        assert found.target == "cn/集市法@2023-12-01#3"


def test_the_day_of_writing_decides_which_text_is_meant() -> None:
    now = date(2025, 1, 1)
    assert INDEX.resolve(cite("2"), now, written=date(2020, 1, 1)).status is CitationStatus.RENUMBERED
    assert INDEX.resolve(cite("2"), now, written=date(2024, 8, 1)).status is CitationStatus.RESOLVED
    # before the new version starts nothing has happened to the citation yet
    assert INDEX.resolve(cite("2"), date(2023, 1, 1), written=date(2020, 1, 1)).status is CitationStatus.RESOLVED


@pytest.mark.parametrize(
    ("provision", "status", "target"),
    [
        ("2(2)(1)", CitationStatus.RESOLVED, "2(2)(1)"),
        ("2(1)(2)", CitationStatus.RESOLVED, "2(2)(2)"),  # an item cited without its paragraph stands in one place only
        ("2(3)", CitationStatus.PHANTOM, None),
        ("3(1)", CitationStatus.RESOLVED, "3"),  # an article without recorded paragraphs
        ("99", CitationStatus.PHANTOM, None),
        (None, CitationStatus.RESOLVED, None),
    ],
)
def test_paragraphs_and_phantoms(provision: str | None, status: CitationStatus, target: str | None) -> None:
    index = LawIndex.build([OLD])
    found = index.resolve(cite(provision), date(2020, 1, 1))
    assert found.status is status
    assert found.target == (f"{OLD.version}#{target}" if target else OLD.version)


def test_a_provision_only_the_next_version_has_is_not_yet_in_force() -> None:
    newer = version(date(2023, 12, 1), ["1", "5"], in_force=date(2024, 7, 1))
    index = LawIndex.build([OLD, newer], changes={(OLD.version, newer.version): ()})
    found = index.resolve(cite("5"), date(2024, 1, 1))
    assert found.status is CitationStatus.NOT_YET_IN_FORCE
    assert found.target == f"{newer.version}#5"


def test_an_act_that_has_not_started_is_not_yet_in_force() -> None:
    found = LawIndex.build([NEW]).resolve(cite("3"), date(2024, 6, 30))
    assert found.status is CitationStatus.NOT_YET_IN_FORCE
    assert "2024-07-01" in found.note


def test_an_unknown_commencement_is_said() -> None:
    unknown = version(date(2018, 3, 1), ["1"])
    found = LawIndex.build([unknown]).resolve(cite("1"), date(2019, 1, 1))
    assert found.status is CitationStatus.RESOLVED
    assert "commencement" in found.note


def test_unknown_acts_and_citations_without_act() -> None:
    assert INDEX.resolve(cite("3", "渡船法"), None).status is CitationStatus.UNKNOWN_ACT
    assert INDEX.resolve(cite("3", None), None).status is CitationStatus.UNRESOLVED


def test_an_act_another_one_repeals_is_repealed_from_its_commencement() -> None:
    code = StoredVersion(
        "cn/集市法典",
        "cn/集市法典@2025-01-01",
        "集市法典",
        date=date(2025, 1, 1),
        in_force=date(2026, 1, 1),
        repeals=("中华人民共和国集市法",),
        provisions={"1": place()},
    )
    index = LawIndex.build([OLD, NEW, code], align=align_texts)
    assert index.resolve(cite("3"), date(2025, 6, 1)).status is CitationStatus.RESOLVED
    found = index.resolve(cite("3"), date(2026, 1, 1))
    assert found.status is CitationStatus.REPEALED
    assert "repealed by 集市法典 from 2026-01-01" in found.note


def test_an_act_that_is_not_stored_is_repealed_where_a_stored_text_says_so() -> None:
    newer = version(date(2023, 12, 1), ["1"], in_force=date(2024, 7, 1), repeals=("中华人民共和国摊位条例",))
    index = LawIndex.build([newer])
    assert index.resolve(cite("3", "摊位条例"), date(2024, 1, 1)).status is CitationStatus.UNKNOWN_ACT
    for name in ("摊位条例", "cn/摊位条例", "《中华人民共和国摊位条例》"):
        found = index.resolve(cite("3", name), date(2024, 7, 1))
        assert found.status is CitationStatus.REPEALED
        assert "中华人民共和国集市法 from 2024-07-01" in found.note


def test_a_version_that_repeals_its_own_title_leaves_the_act_alive() -> None:
    newer = version(date(2023, 12, 1), ["1"], in_force=date(2024, 7, 1), repeals=("集市法",))
    index = LawIndex.build([newer])
    assert index.resolve(cite("1"), date(2025, 1, 1)).status is CitationStatus.RESOLVED


def test_parts_of_one_text_are_joined_and_missing_parts_are_no_phantoms() -> None:
    one = version(date(2018, 3, 1), ["1", "2"], in_force=date(2018, 6, 1), part="总则")
    other = version(date(2018, 3, 1), ["3"], part="合同编")
    index = LawIndex.build([one, other])
    (joined,) = index.versions("cn/集市法")
    assert set(joined.provisions) == {"1", "2", "3"}
    assert joined.in_force == date(2018, 6, 1)
    assert index.resolve(cite("3"), date(2020, 1, 1)).status is CitationStatus.RESOLVED
    missing = index.resolve(cite("40"), date(2020, 1, 1))
    assert missing.status is CitationStatus.UNRESOLVED
    assert "parts" in missing.note


def test_without_alignment_nothing_is_claimed_about_later_versions() -> None:
    found = LawIndex.build([OLD, NEW]).resolve(cite("2"), date(2020, 1, 1))
    assert found.status is CitationStatus.RESOLVED
    assert "not aligned" in found.note


def test_a_successor_is_followed_through_every_version() -> None:
    third = version(date(2030, 1, 1), ["1", "2", "3", "4", "5"], in_force=date(2030, 1, 1))
    renumbered = ProvisionChange(
        ChangeKind.RENUMBERED, "3", "5", 1.0, align([("1", "甲")], [("1", "乙")])[0].materiality
    )
    index = LawIndex.build([OLD, NEW, third], changes={(NEW.version, third.version): (renumbered,)}, align=align_texts)
    became = index.successor("2(1)", OLD, third)
    assert became is not None
    assert became.numbers == ("5(1)",)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一百三十三", 133),
        ("一千二百六十", 1260),
        ("十", 10),
        ("二十", 20),
        ("一百零八", 108),
        ("二〇二三", 2023),
        ("585", 585),
        ("５", 5),
    ],
)
def test_chinese_numerals_are_read(text: str, value: int) -> None:
    assert chinese_number(text) == value


@pytest.mark.parametrize("text", ["", "甲", "百百", "十百", "12345", "一二三四五", "三五十"])
def test_what_is_no_chinese_numeral_is_none(text: str) -> None:
    assert chinese_number(text) is None


def test_numbers_have_parts_and_an_order() -> None:
    assert number_parts("28(3)(h)") == ("28", "3", "h")
    assert enclosing_number("28(3)(h)") == "28(3)"
    assert enclosing_number("28") is None
    assert sorted(["10", "9", "10A", "133-1", "2(10)", "2(9)"], key=sort_key) == [
        "2(9)",
        "2(10)",
        "9",
        "10",
        "10A",
        "133-1",
    ]
    assert [roman_number(text) for text in ("IV", "xiv", "IIII", "A")] == [4, 14, None, None]


def test_titles_meet_in_one_form() -> None:
    assert (
        chinese_title("《最高人民法院关于适用〈中华人民共和国集市法〉的解释（一）》")
        == "最高人民法院关于适用《集市法》的解释（一）"
    )
    assert chinese_title("远山市 集市条例(试行)") == "远山市集市条例（试行）"
    assert title_key("《中华人民共和国集市法》") == title_key("集市法")
    assert title_key("The Keeper’s Act, 2031") == title_key("Keeper's Act of 2031")


def test_texts_that_take_effect_on_one_day_follow_each_other_by_publication() -> None:
    day = date(2031, 10, 28)
    later, earlier = (
        StoredVersion(
            act="us/cfr/12/1099",
            version=f"us/cfr/12/1099@{day}~{edition}",
            title="Ferry Transfers",
            date=day,
            in_force=day,
            published=published,
            provisions={"1099.1": place()},
        )
        for edition, published in (("2030-9", date(2031, 8, 14)), ("2030-16245", date(2031, 2, 7)))
    )
    index = LawIndex.build([later, earlier])
    assert index.versions("us/cfr/12/1099") == (earlier, later)
    assert index.version_on("us/cfr/12/1099", day) == later


def test_an_article_taken_up_into_a_much_longer_one_is_not_called_deleted() -> None:
    old = [
        ("1", "为了规范灯塔的设置和管理，制定本法。"),
        ("2", "上市灯塔设独立守塔人，具体办法由国务院海事主管部门规定。"),
    ]
    new = [
        ("1", "为了规范灯塔的设置和管理，制定本法。"),
        (
            "2",
            "灯塔的所有人应当按照章程设立管理委员会，委员会由五人以上组成，每年至少召开两次会议，并将会议记录报送备案。",
        ),
        (
            "3",
            "上市灯塔设独立守塔人，具体管理办法由国务院海事主管部门规定。上市灯塔的章程除载明第二条规定的事项外，还应当依照法律、"
            "行政法规的规定载明委员会的组成、职权以及守塔人、监督人的薪酬考核机制和培训要求，并向社会公开。",
        ),
    ]
    changes = align(old, new)
    assert [(each.kind, each.before, each.after) for each in changes] == [
        (ChangeKind.INSERTED, None, "2"),
        (ChangeKind.RENUMBERED_MODIFIED, "2", "3"),
    ]


def test_a_cited_item_that_never_stood_in_any_version_is_a_phantom() -> None:
    found = INDEX.resolve(cite("2(2)(9)"), date(2020, 1, 1))
    assert found.status is CitationStatus.PHANTOM
