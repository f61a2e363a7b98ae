"""Chinese acts are read into dated versions with numbered provisions; dates are stated or unknown, never guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.law import read_act
from kb.errors import RecordError
from kb.model import ActVersion, Document

LAWS = Path(__file__).resolve().parents[4] / "shared" / "data" / "regulations" / "zh-laws"

HEAD = "# 中华人民共和国集市法\n\n2010年3月1日 第十一届全国人民代表大会常务委员会第九次会议通过\n\n"
BODY = """## 第一章 总 则

第一条 为了规范集市，根据《中华人民共和国渡口法》，制定本法。

第二条 本法所称集市，包括：

（一）早市；

（二）夜市，具体为：

1.街边夜市；

2.河岸夜市。

市人民政府可以增加类别。

## 第二章 管 理

### 第一节 摊 主

第三条 摊主应当每日清扫。

第三条之一 摊主可以雇工。

### 第二节 处 罚

第四条 违反本法第三条规定的，处一千元罚款。

第五条 本法自2010年6月1日起施行。1990年1月1日国务院发布的《集市管理条例》、《摊位办法（试行）》同时废止。
"""


def act(text: str, name: str = "集市法.md", title: str | None = None) -> ActVersion:
    return read_act(Document(text, (), "text/markdown", "zh", title), source_name=name)


def spans_hold(text: str, read: ActVersion) -> None:
    for each in read.provisions:
        assert 0 <= each.start < each.end <= len(text)
        assert text[each.start : each.end].strip() == text[each.start : each.end]
    numbers = [each.number for each in read.provisions]
    assert len(numbers) == len(set(numbers))


def test_title_id_dates_and_unit_are_read_with_their_words() -> None:
    text = HEAD + BODY
    read = act(text)
    assert (read.act, read.title, read.jurisdiction, read.unit) == ("cn/集市法", "中华人民共和国集市法", "CN", "条")
    assert read.short_titles == ("集市法",)
    assert read.version == "cn/集市法@2010-03-01"
    assert read.version_date.value == date(2010, 3, 1)
    assert read.version_date.evidence is not None
    assert read.version_date.evidence.of(text) == "2010年3月1日"
    assert read.in_force.value == date(2010, 6, 1)
    assert read.in_force.evidence is not None
    assert read.in_force.evidence.of(text) == "2010年6月1日"
    spans_hold(text, read)


def test_articles_paragraphs_items_and_their_parents() -> None:
    text = HEAD + BODY
    read = act(text)
    by_number = {each.number: each for each in read.provisions}
    assert [each.number for each in read.provisions if each.level == "article"] == ["1", "2", "3", "3-1", "4", "5"]
    assert [number for number in by_number if number.startswith("2(")] == [
        "2(1)", "2(1)(1)", "2(1)(2)", "2(1)(2)(1)", "2(1)(2)(2)", "2(2)",
    ]  # fmt: skip
    assert text[by_number["2(1)(2)(2)"].start : by_number["2(1)(2)(2)"].end] == "2.河岸夜市。"
    assert text[by_number["2(2)"].start : by_number["2(2)"].end] == "市人民政府可以增加类别。"
    assert by_number["2(1)(2)(1)"].parent == "2(1)(2)"
    assert by_number["2(1)"].parent == "2"
    assert by_number["3-1"].label == "第三条之一"
    assert by_number["3"].parent == "ch2.s1"
    assert by_number["4"].parent == "ch2.s2"
    assert (by_number["ch2"].level, by_number["ch2"].heading) == ("chapter", "管理")
    assert by_number["ch2.s1"].level == "section"


def test_repeals_are_titles_with_spans() -> None:
    text = HEAD + BODY
    read = act(text)
    assert [title for title, _ in read.repeals] == ["集市管理条例", "摊位办法（试行）"]
    assert [span.of(text) for _, span in read.repeals] == ["《集市管理条例》", "《摊位办法（试行）》"]


def test_an_older_commencement_says_nothing_about_an_amended_version() -> None:
    head = HEAD + (
        "2022年8月1日 第十三届全国人民代表大会常务委员会第三十次会议"
        "《关于修改〈中华人民共和国集市法〉的决定》第一次修正\n"
        "\n"
    )
    read = act(head + BODY)
    assert read.version_date.value == date(2022, 8, 1)
    assert read.adopted.value == date(2010, 3, 1)
    assert read.in_force.value is None


def test_a_later_date_in_the_file_name_is_a_hint_and_blocks_older_dates() -> None:
    text = "# 集市管理办法\n\n2010年3月1日 市政府令第9号公布\n\n第一条 甲。\n\n第二条 本办法自公布之日起施行。\n"
    stated = act(text, "集市管理办法(2010-03-01).md")
    assert stated.version_date.value == stated.in_force.value == date(2010, 3, 1)
    stale = act(text, "集市管理办法(2020-05-05).md")
    assert stale.version_date.value is None
    assert stale.version_hint == date(2020, 5, 5)
    assert stale.version == "cn/集市管理办法@2020-05-05"
    assert stale.in_force.value is None
    assert stale.published.value is None


@pytest.mark.parametrize("name", ["2020-05-05/集市管理办法.md", "download-2020-05-05-1.md", "集市管理办法.md"])
def test_a_date_elsewhere_in_the_name_is_no_version(name: str) -> None:
    text = "# 集市管理办法\n\n2010年3月1日 市政府令第9号公布\n\n第一条 甲。\n\n第二条 本办法自公布之日起施行。\n"
    read = act(text, name)
    assert read.version_hint is None
    assert read.version_date.value == date(2010, 3, 1)


def test_in_force_on_publication_needs_a_stated_publication() -> None:
    body = "第一条 甲。\n\n第二条 本法自公布之日起施行。\n"
    assert act(HEAD + body).in_force.value is None
    published = "# 集市条例\n\n2010年3月1日国务院第9次常务会议通过 2010年3月9日中华人民共和国国务院令第1号公布\n\n"
    read = act(published + body.replace("本法", "本条例"))
    assert read.version_date.value == date(2010, 3, 1)
    assert read.in_force.value == read.published.value == date(2010, 3, 9)


def test_a_head_may_state_the_commencement_and_use_chinese_dates() -> None:
    text = (
        "集市规定\n二〇二一年十二月二十八日公布，自二〇二二年三月一日起施行\n"
        "第一条为了规范集市，制定本规定。\n第二条摊主应当清扫。\n"
    )
    read = act(text, "a.txt")
    assert read.version_date.value == date(2021, 12, 28)
    assert read.in_force.value == date(2022, 3, 1)
    assert [each.number for each in read.provisions if each.level == "article"] == ["1", "2"]


def test_a_table_of_contents_is_not_read_as_headings() -> None:
    contents = "目 录\n\n第一章 总则\n\n第二章 管理\n\n第一节 摊主\n\n第二节 处罚\n\n"
    read = act(HEAD + contents + BODY)
    assert [each.number for each in read.provisions if each.level in ("chapter", "section")] == [
        "ch1", "ch2", "ch2.s1", "ch2.s2",
    ]  # fmt: skip


def test_a_book_of_a_code_is_a_part_of_the_same_act() -> None:
    one = act("# 中华人民共和国集市法典\n\n# 总则\n\n2020年5月28日通过\n\n## 第一章 规定\n\n第一条 甲。\n", "总则.md")
    other = act(
        "# 中华人民共和国集市法典\n"
        "\n2020年5月28日通过\n\n# 第二编 摊位\n\n## 第一章 规定\n\n第八条 甲。\n\n第九条 乙。\n",
        "x.md",
    )
    assert one.act == other.act == "cn/集市法典"
    assert (one.part, other.part) == ("总则", "摊位编")
    assert {each.number for each in one.provisions}.isdisjoint({each.number for each in other.provisions})


def test_judicial_interpretations_have_listed_chapters_and_long_titles() -> None:
    text = (
        "# 最高人民法院关于适用《中华人民共和国集市法》若干问题的解释\n"
        "\n2023年5月23日 最高人民法院审判委员会第1889次会议通过\n\n"
        "为正确审理案件，制定本解释。\n"
        "\n## 一、一般规定\n\n第一条 甲。\n\n## 二、附则\n\n第二条 本解释自2023年12月5日起施行。\n"
    )
    read = act(text)
    assert read.act == "cn/最高人民法院关于适用《集市法》若干问题的解释"
    assert [each.heading for each in read.provisions if each.level == "chapter"] == ["一般规定", "附则"]
    assert read.in_force.value == date(2023, 12, 5)


def test_lines_broken_in_mid_sentence_are_one_paragraph() -> None:
    text = "集市办法\n第一条 摊主应当依照\n第五条规定的期限每日\n清扫摊位。\n市政府可以\n检查。\n第二条 乙。\n"
    read = act(text, "a.txt")
    by_number = {each.number: each for each in read.provisions}
    assert [number for number in by_number if "(" not in number] == ["1", "2"]
    assert text[by_number["1(1)"].start : by_number["1(1)"].end].endswith("清扫摊位。")
    assert "1(2)" in by_number
    assert "1(3)" not in by_number


def test_bracketed_headings_and_restarted_numbers() -> None:
    text = "集市办法\n第一条【目的】甲。\n第二条【摊主】乙。\n关于修改的决定\n第一条 丙。\n第二条 丁。\n"
    read = act(text, "a.txt")
    assert [(each.number, each.heading) for each in read.provisions if each.level == "article"] == [
        ("1", "目的"),
        ("2", "摊主"),
        ("1#2", None),
        ("2#2", None),
    ]


def test_annexes_are_not_part_of_the_last_article() -> None:
    text = "集市办法\n第一条 甲。\n第二条 乙。\n附件1：摊位表\n一号 二号\n"
    read = act(text, "a.txt")
    assert text[read.provisions[-1].start : read.provisions[-1].end] == "第二条 乙。"


def test_a_text_without_provisions_is_refused() -> None:
    with pytest.raises(RecordError) as caught:
        act("今天天气很好，集市热闹。")
    assert caught.value.code == "no-provision"
    assert caught.value.remedy


@given(st.text(alphabet="第一二三十条章节款（）编目录法 \n。；#*1.本自年月日起施行2020《》同时废止", max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_valid_spans_or_is_refused(text: str) -> None:
    try:
        read = act(text)
    except RecordError:
        return
    assert all(0 <= each.start < each.end <= len(text) for each in read.provisions)
    assert all(fact.evidence is None or fact.evidence.end <= len(text) for fact in (read.in_force, read.version_date))


@pytest.mark.shared
def test_all_real_chinese_acts_are_read_without_a_gap() -> None:
    if not LAWS.is_dir():
        pytest.skip("the evaluation data in ../shared/data is absent")
    paths = sorted(LAWS.rglob("*.md"))
    assert len(paths) >= 130
    stated = amended_with_old_date = 0
    for path in paths:
        text = path.read_text("utf-8")
        read = act(text, path.name)
        spans_hold(text, read)
        numbers = [int(each.number) for each in read.provisions if each.level == "article"]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), path.name
        assert numbers[0] == 1 or read.part is not None, path.name
        newest = max(day for day in (read.version_date.value, read.version_hint, date.min) if day is not None)
        if read.in_force.value is not None:
            stated += 1
            assert read.in_force.value >= newest, path.name
        elif "施行" in text[-400:]:
            amended_with_old_date += 1
    assert stated >= 60
    assert amended_with_old_date >= 30
