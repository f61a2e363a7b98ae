"""Two versions of an act are compared by their texts: renumbering is no change, and a change says what it is about."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.impact import ChangeKind, ImpactLevel, Materiality, diff, relying_on
from ingest.law import read_act
from kb.law_numbers import chinese_number
from kb.model import Citation, Document

LAWS = Path(__file__).resolve().parents[3] / "shared" / "data" / "regulations" / "zh-laws"

OLD = [
    ("1", "第一条 为了规范远山市集市管理，制定本办法。"),
    ("2", "第二条 摊主应当在十日内向集市管理处报告变更事项。"),
    ("3", "第三条 违反本办法的，处一万元以下罚款。"),
]
NEW = [
    ("1", "第一条 为了规范远山市集市管理，制定本办法。"),
    ("2", "第二条 本办法所称摊主，是指在集市从事经营活动的单位和个人。"),
    ("3", "第三条 摊主应当在十日内向集市管理处报告变更事项。"),
    ("4", "第四条 违反本办法的，处五万元以下罚款。"),
]


def kinds(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> list[tuple[str, str | None, str | None]]:
    return [(change.kind.value, change.before, change.after) for change in diff(old, new)]


def test_an_inserted_article_renumbers_the_rest() -> None:
    assert kinds(OLD, NEW) == [
        ("inserted", None, "2"),
        ("renumbered", "2", "3"),
        ("renumbered_modified", "3", "4"),
    ]


def test_a_raised_fine_is_graded_as_penalty_with_its_words() -> None:
    change = diff(OLD, NEW)[-1]
    assert change.materiality is Materiality.PENALTY
    assert change.decided_by == ("一万元", "五万元")
    assert 0.8 < change.similarity < 1


def test_the_effective_date_and_its_words_are_put_on_every_change() -> None:
    changes = diff(OLD, NEW, effective_from=date(2031, 5, 1), date_basis="自2031年5月1日起施行")
    assert {(change.effective_from, change.date_basis) for change in changes} == {
        (date(2031, 5, 1), "自2031年5月1日起施行")
    }
    assert all(change.effective_from is None for change in diff(OLD, NEW))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("第五条　甲方（摊主）应当登记：\n（一）姓名；", "**第五条** 甲方(摊主)应当登记:\n\n(一)姓名;"),
        ("5.—(1) The Registrar shall keep a book.", "**5.**(1) F12[The Registrar] shall keep  a book."),
        ("Article 5\nThe “ferry” means a boat.", 'Article 5 The "ferry" means a boat.'),
        ("§ 9.5 Keepers may ring\nthe bell.", "§ 9.5 Keepers may ring the bell."),
        ("5. The keeper shall act under Part 3.", "5. **The keeper** shall act under Part 3."),
    ],
)
def test_formatting_is_not_change(before: str, after: str) -> None:
    assert diff([("5", before)], [("5", after)]) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("摊主应当在十日内报告。", "摊主应当在三十日内报告。", Materiality.DEADLINE),
        ("摊主缴纳保证金五千元后开业。", "摊主缴纳保证金八千元后开业。", Materiality.AMOUNT),
        ("摊主可以转让摊位给他人经营。", "摊主不得转让摊位给他人经营。", Materiality.PROHIBITION),
        ("集市管理处可以公布名单并通知。", "集市管理处应当公布名单并通知。", Materiality.DUTY),
        ("依照本办法第十六条办理登记。", "依照本办法第十五条办理登记。", Materiality.REFERENCE),
        ("集市分为早市、夜市和周末市场。", "集市分为早市、夜市和季节市场。", Materiality.WORDING),
        ("集市分为早市、夜市；周末休市。", "集市分为早市、夜市，周末休市。", Materiality.EDITORIAL),
        (
            "The keeper shall report within 10 days of arrival.",
            "The keeper shall report within 30 days of arrival.",
            Materiality.DEADLINE,
        ),
        (
            "A keeper may sell ferry tickets at the pier.",
            "A keeper shall not sell ferry tickets at the pier.",
            Materiality.PROHIBITION,
        ),
        (
            "The keeper is liable on conviction to a fine of €500.",
            "The keeper is liable on conviction to a fine of €5,000.",
            Materiality.PENALTY,
        ),
        ("The keeper may ring the bell at noon.", "The keeper shall ring the bell at noon.", Materiality.DUTY),
        (
            "Keepers report under Section 12 of this Act.",
            "Keepers report under Section 14 of this Act.",
            Materiality.REFERENCE,
        ),
    ],
)
def test_materiality_names_what_changed(before: str, after: str, expected: Materiality) -> None:
    (change,) = diff([("7", before)], [("7", after)])
    assert change.kind is ChangeKind.MODIFIED
    assert change.materiality is expected
    assert bool(change.decided_by) == (expected not in (Materiality.WORDING, Materiality.EDITORIAL))


def test_a_split_article_is_linked_to_both_pieces() -> None:
    first = "摊主应当每日清扫摊位，保持通道畅通，并将垃圾运到指定地点堆放。"
    second = "集市管理处应当每月检查灯具、水井与雨棚，发现损坏的，在七日内组织修复。"
    old = [
        ("1", "为了规范远山市集市管理，制定本办法。"),
        ("2", first + second),
        ("3", "夜市的开放时间由集市管理处公布。"),
    ]
    new = [
        ("1", "为了规范远山市集市管理，制定本办法。"),
        ("2", first),
        ("3", second),
        ("4", "夜市的开放时间由集市管理处公布。"),
    ]
    assert kinds(old, new) == [("split", "2", "2"), ("split", "2", "3"), ("renumbered", "3", "4")]
    assert kinds(new, old) == [("merged", "2", "2"), ("merged", "3", "2"), ("renumbered", "4", "3")]


def test_a_moved_article_is_renumbered_not_deleted() -> None:
    texts = [
        f"{what}由集市管理处会同{who}在每年春季登记造册。"
        for what, who in zip("水灯桥船井雨", "东南西北中上", strict=True)
    ]
    old = [(str(index), text) for index, text in enumerate(texts, start=1)]
    moved = [*texts[1:], texts[0]]
    new = [(str(index), text) for index, text in enumerate(moved, start=1)]
    assert {kind for kind, _, _ in kinds(old, new)} == {"renumbered"}
    assert ("renumbered", "1", "6") in kinds(old, new)


def test_stable_numbers_keep_a_rewritten_section_in_place() -> None:
    fixed = [
        (str(n), f"{n}. The keeper of pier {n} shall paint rail {n * 7} in colour {n * 13} each spring.")
        for n in range(1, 9)
    ]
    old = [*fixed, ("9", "9. A ferry leaves at noon when the keeper rings the bell.")]
    new = [*fixed, ("9", "9. The keeper rings the bell whenever passengers wait; boats then depart without delay.")]
    assert kinds(old, new) == [("modified", "9", "9")]


def test_citations_of_changed_provisions_are_found_with_their_level() -> None:
    def cite(provision: str | None, act: str = "cn/集市办法") -> Citation:
        return Citation("x", 0, 1, act, provision)

    changes = diff(OLD, NEW[:3])
    items = relying_on(
        changes,
        "cn/集市办法",
        [("d1", cite("2")), ("d2", cite("3(1)")), ("d3", cite("1")), ("d4", cite(None)), ("d5", cite("2", "cn/别法"))],
    )
    assert [(item.document, item.level) for item in items] == [
        ("d1", ImpactLevel.INFORMATIONAL),
        ("d2", ImpactLevel.BLOCKING),
        ("d4", ImpactLevel.UNKNOWN),
    ]


articles = st.lists(
    st.text(alphabet="摊主应当不得可以在日内报告处万元罚款，。水灯桥船", min_size=4, max_size=40),
    min_size=1,
    max_size=12,
)


@given(articles, articles)
@settings(max_examples=80, deadline=None)
def test_every_provision_is_accounted_for_exactly(old_texts: list[str], new_texts: list[str]) -> None:
    old = [(str(index), text) for index, text in enumerate(old_texts, start=1)]
    new = [(str(index), text) for index, text in enumerate(new_texts, start=1)]
    changes = diff(old, new)
    gone = {change.before for change in changes if change.kind is ChangeKind.DELETED}
    come = {change.after for change in changes if change.kind is ChangeKind.INSERTED}
    linked = {change.before for change in changes if change.after is not None}
    assert not gone & linked
    assert not come & {change.after for change in changes if change.before is not None}
    assert gone | linked <= {number for number, _ in old} | {None}
    kept = len(old) - len(gone)
    assert kept >= len({change.before for change in changes if change.before and change.after})
    assert all(0 <= change.similarity <= 1 for change in changes)


@given(articles)
@settings(max_examples=50, deadline=None)
def test_an_act_does_not_differ_from_itself(texts: list[str]) -> None:
    provisions = [(str(index), text) for index, text in enumerate(texts, start=1)]
    assert diff(provisions, provisions) == []


def _articles(name: str) -> list[tuple[str, str]]:
    (path,) = LAWS.glob(f"*/{name}.md")
    text = path.read_text("utf-8")
    act = read_act(Document(text, (), "text/markdown", "zh"), source_name=path.name)
    return [(each.number, text[each.start : each.end]) for each in act.provisions if each.level == "article"]


def _canonical(number: str) -> str | None:
    base, _, sub = number.partition("之")
    value = chinese_number(base) if base else None
    return None if value is None else f"{value}-{chinese_number(sub)}" if sub else str(value)


@pytest.mark.shared
@pytest.mark.slow
def test_the_silver_alignment_of_real_acts_is_reproduced() -> None:
    silver = LAWS / "alignment_silver.csv"
    if not silver.is_file():
        pytest.skip("the evaluation data in ../shared/data is absent")
    rows: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with silver.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            names = f"{row['law']}({row['from_version']})", f"{row['law']}({row['to_version']})"
            rows[names].append(row)
    total = agreed = only_renumbered = 0
    for (older, newer), group in rows.items():
        old, new = _articles(older), _articles(newer)
        changes = diff(old, new)
        links: dict[str, set[str | None]] = defaultdict(set)
        for change in changes:
            if change.before is not None:
                links[change.before].add(change.after)
        for row in group:
            before, after = _canonical(row["old_article"]), _canonical(row["new_article"])
            if before is None or after is None or float(row["similarity"]) < 0.8:
                continue
            total += 1
            agreed += after in links.get(before, {before})
            if row["kind"] == "renumbered":
                only_renumbered += 1
                assert not any(change.kind is ChangeKind.MODIFIED and change.before == before for change in changes), (
                    older,
                    before,
                )
    assert len(rows) >= 40
    assert total > 2_500
    assert only_renumbered > 400
    assert agreed / total >= 0.99
