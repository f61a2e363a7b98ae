"""Decisions on screening hits, the operator's alias table, and batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.service import hits
from api.service.screening import batch_size, own_aliases, read_batch, screen_one
from checks.screening import ScreeningIndex, ScreeningList, ScreenQuery, row_digest
from kb.base import KnowledgeBase
from kb.errors import InputError, NotFoundError, QueryError, RecordError
from kb.model import ListEntry, Name

ENTRY = ListEntry("L-1", (Name("VARGA, Anselm"),), "person", 0, 10, ("IR",), birth_dates=("1968-05-03",))
OTHER = ListEntry("L-2", (Name("Grey Heron Shipping Co Ltd"),), "organization", 11, 20)
QUERY = ScreenQuery("Anselm Varga", "person")
HIT = "X-LIST:L-1@name=anselm_varga+type=person"


def index_of(*entries: ListEntry, **more: object) -> ScreeningIndex:
    return ScreeningIndex.build([ScreeningList("X-LIST", "v1", len(entries), None, entries)], **more)  # type: ignore[arg-type]


def decided(base: KnowledgeBase, verdict: str) -> hits.Ledger:
    hits.decide_hit(base, index_of(ENTRY, OTHER), HIT, verdict=verdict, reason="seen the passport", actor="me")
    return hits.ledger(base.audit)


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase.open(tmp_path / "data", write=True)


def test_a_decided_false_positive_is_shown_as_decided_and_is_no_match(base: KnowledgeBase) -> None:
    with base:
        found = screen_one(index_of(ENTRY, OTHER), decided(base, "false-positive"), QUERY, limit=10)["candidates"][0]
    assert (found["hit"], found["status"], found["match"]) == (HIT, "false-positive", False)
    assert found["decision"]["reason"] == "seen the passport"
    assert found["decision"]["actor"] == "me"


def test_an_undecided_hit_stays_what_the_score_says(base: KnowledgeBase) -> None:
    with base:
        found = screen_one(index_of(ENTRY, OTHER), decided(base, "undecided"), QUERY, limit=10)["candidates"][0]
    assert (found["status"], found["match"]) == ("undecided", True)


def test_a_changed_row_opens_the_hit_again_and_a_moved_row_does_not(base: KnowledgeBase) -> None:
    with base:
        known = decided(base, "false-positive")
        moved = replace(ENTRY, start=500, end=510)
        changed = replace(ENTRY, birth_dates=("1968-05-03", "1969"))
        assert row_digest(moved) == row_digest(ENTRY)
        assert screen_one(index_of(moved), known, QUERY, limit=10)["candidates"][0]["status"] == "false-positive"
        again = screen_one(index_of(changed), known, QUERY, limit=10)["candidates"][0]
    assert (again["status"], again["match"]) == ("reopened", True)


def test_a_decision_on_one_person_does_not_silence_a_namesake(base: KnowledgeBase) -> None:
    with base:
        known = decided(base, "false-positive")
        namesake = replace(QUERY, birth_date="1991")
        assert screen_one(index_of(ENTRY), known, namesake, limit=10)["candidates"][0]["status"] == "open"


def test_the_last_decision_counts_and_none_is_lost(base: KnowledgeBase) -> None:
    with base:
        decided(base, "false-positive")
        assert decided(base, "true-match")[HIT].verdict == "true-match"
        assert [d.verdict for d in hits.history(base.audit, HIT)] == ["false-positive", "true-match"]


def test_decisions_on_a_merged_partner_count_for_the_party(base: KnowledgeBase) -> None:
    with base:
        hit = hits.hit_of("X-LIST", "L-1", hits.partner_subject("suppliers/7"))
        hits.decide_hit(base, index_of(ENTRY), hit, verdict="false-positive", reason="other firm", actor="me")
        known = hits.ledger(base.audit, {"suppliers/7": "register/1"}.__getitem__)
    assert list(known) == [hits.hit_of("X-LIST", "L-1", hits.partner_subject("register/1"))]


@pytest.mark.parametrize(
    ("hit", "verdict", "reason", "error"),
    [
        ("nonsense", "undecided", "why", QueryError),
        (HIT, "perhaps", "why", QueryError),
        (HIT, "undecided", "  ", QueryError),
        ("X-LIST:L-9@name=x", "undecided", "why", NotFoundError),
    ],
)
def test_a_decision_that_cannot_be_recorded_is_refused(
    base: KnowledgeBase, hit: str, verdict: str, reason: str, error: type[Exception]
) -> None:
    with base:
        with pytest.raises(error):
            hits.decide_hit(base, index_of(ENTRY), hit, verdict=verdict, reason=reason, actor="me")
        assert hits.ledger(base.audit) == {}


def test_ids_of_hits_hold_any_name() -> None:
    for name in ("灰鹭航运有限公司", "O'Brien & Sons: A@B", "Ваня", "x" * 512):
        hit = hits.hit_of("A:B", "c@d", hits.subject_of(ScreenQuery(name)))
        assert hit.count("@") == 1
        assert hit.count(":") == 1


def test_an_entry_answers_to_the_names_of_the_operators_alias_table(tmp_path: Path) -> None:
    (tmp_path / "aliases.csv").write_text(
        "group,names,source\ngh,Grey Heron Shipping Co Ltd|Zaunkönig Reederei|灰鹭航运,letterhead\n", encoding="utf-8"
    )
    index = index_of(ENTRY, OTHER, aliases=own_aliases(tmp_path))
    for name in ("Zaunkönig Reederei", "灰鹭航运"):
        found = screen_one(index, {}, ScreenQuery(name, "organization"), limit=5)["candidates"][0]
        assert (found["entity"], found["match"]) == ("L-2", True)
        assert "alias_table" in {e["feature"] for e in found["explanation"]}


def test_an_alias_row_without_a_source_is_refused_with_its_place(tmp_path: Path) -> None:
    assert own_aliases(tmp_path) == {}
    (tmp_path / "aliases.csv").write_text("group,names,source\na,One|Two,\n", encoding="utf-8")
    with pytest.raises(RecordError, match=r"aliases\.csv:2"):
        own_aliases(tmp_path)


def test_a_batch_knows_its_columns_in_chinese_and_leaves_out_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    path.write_text(
        "供应商名称,类型,国家,统一社会信用代码,出生日期\n灰鹭航运有限公司,企业,CN,A1;B2,\n\n安瑟姆,个人,,,1968\nx,robot,,,\n",
        encoding="utf-8-sig",
    )
    rows = list(read_batch(path))
    assert [(r.name, r.kind, r.country, r.identifiers, r.birth_date) for r in rows] == [
        ("灰鹭航运有限公司", "organization", "CN", ("A1", "B2"), None),
        ("安瑟姆", "person", None, (), "1968"),
        ("x", "robot", None, (), None),
    ]
    assert batch_size(path) == 3
    with pytest.raises(QueryError):
        rows[2].query()


def test_a_batch_without_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    path.write_text("colour\nred\n", encoding="utf-8")
    with pytest.raises(InputError):
        batch_size(path)
