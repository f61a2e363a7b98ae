"""A change of an article names the paragraph and the words that changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.law_align import align
from kb.law_change import ChangeKind, Materiality
from kb.law_paragraphs import Article, ParagraphChange, articles, paragraph_changes, word_changes
from kb.law_text import base_provisions
from kb.model import ActVersion, Provision

OLD = """第四条　守塔人应当点亮灯塔。
守塔人不得擅自离开灯塔。
违反前款规定的，处一千元以上五千元以下罚款。
第五条　灯塔所有人应当妥善保存维护记录三年。
"""
NEW = """第四条　灯塔工作应当坚持安全第一的原则，鼓励使用可再生能源。
第五条　守塔人应当点亮灯塔。
守塔人不得擅自离开灯塔。
违反前款规定的，处一万元以上五万元以下罚款。
海事管理机构应当公布处罚决定。
第六条　灯塔所有人应当妥善保存维护记录十年。
"""


def act(text: str) -> ActVersion:
    """Number the lines of a text: one that begins with 第 opens an article, every line is a paragraph of it."""
    provisions: list[Provision] = []
    at, number, paragraph = 0, "", 0
    opened: list[tuple[str, int]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("第"):
            number, paragraph = str("一二三四五六七八九".index(line[1]) + 1), 0
            opened.append((number, at))
            start = at + line.index("　") + 1
        else:
            start = at
        paragraph += 1
        provisions.append(
            Provision(f"{number}({paragraph})", "", None, "paragraph", start, at + len(line.rstrip()), number)
        )
        at += len(line)
    ends = [start for _, start in opened[1:]] + [len(text)]
    bases = [
        Provision(number, f"第{number}条", None, "article", start, end)
        for (number, start), end in zip(opened, ends, strict=True)
    ]
    return ActVersion("cn/灯塔法", "灯塔法", "CN", provisions=(*bases, *provisions))


def changes(old: str, new: str) -> dict[str | None, tuple[ParagraphChange, ...]]:
    one, other = act(old), act(new)
    aligned = align(base_provisions(one, old), base_provisions(other, new))
    return {each.before: paragraph_changes(each, articles(one, old), articles(other, new)) for each in aligned}


def test_only_the_paragraph_that_changed_is_named_although_the_article_moved() -> None:
    found = changes(OLD, NEW)["4"]
    assert [(each.kind, each.before, each.after) for each in found] == [
        (ChangeKind.MODIFIED, "4(3)", "5(3)"),
        (ChangeKind.INSERTED, None, "5(4)"),
    ]
    assert [(each.before, each.after) for each in found[0].words] == [("一千", "一万"), ("五千", "五万")]
    assert found[0].materiality is Materiality.PENALTY
    assert found[1].after_text == "海事管理机构应当公布处罚决定。"


def test_an_article_of_one_paragraph_names_its_words() -> None:
    (found,) = changes(OLD, NEW)["5"]
    assert [(each.before, each.after) for each in found.words] == [("三", "十")]
    record = found.record()
    assert (record["before"], record["after"], record["materiality"]) == ("5(1)", "6(1)", "deadline")


def test_articles_that_come_or_only_move_have_no_paragraphs() -> None:
    assert changes(OLD, NEW)[None] == ()
    moved = changes(OLD, "第七条　灯塔所有人应当妥善保存维护记录三年。\n")
    assert moved["5"] == ()


def test_quotes_case_and_width_are_no_change_of_words() -> None:
    assert word_changes("The “Keeper” shall pay 10 euro.", 'the "keeper" shall pay 10 euro.') == ()
    assert word_changes("第１０天", "第10天") == ()


def test_an_article_the_reader_did_not_divide_is_compared_as_one() -> None:
    one: dict[str, Article] = {"3": [("3", "Records are kept for 3 years.")]}
    other: dict[str, Article] = {"3": [("3", "Records are kept for 10 years.")]}
    (change,) = align([("3", one["3"][0][1])], [("3", other["3"][0][1])])
    (found,) = paragraph_changes(change, one, other)
    assert [(each.before, each.after) for each in found.words] == [("3", "10")]


WORDS = st.text(alphabet="abc 一二三千万元，.《》1", max_size=60)


@given(WORDS, WORDS)
def test_changed_words_stand_where_they_say(before: str, after: str) -> None:
    for each in word_changes(before, after):
        assert each.before == ("" if each.before_span is None else each.before_span.of(before))
        assert each.after == ("" if each.after_span is None else each.after_span.of(after))
        assert each.before or each.after
