"""New law comes in: change objects, the ledger, stale findings, decisions, alerts, and the law that stood on a day."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.service.checking import recheck_stale, run_check, stale_subjects, stored_findings
from api.service.decisions import decisions, finding_json, status_of
from api.service.force import Forces
from api.service.impact import refresh
from api.service.impact_decisions import decide_impact, impact_decisions, impact_history
from api.service.ingesting import run_ingest
from api.service.law import provision_json, versions_json
from api.service.ledger import ledger_csv, ledger_json, question
from api.service.searching import search_json
from ingest.job import IngestOptions
from ingest.readers import discover
from kb.alerts import raise_alert
from kb.base import KnowledgeBase
from kb.errors import NotFoundError, QueryError
from kb.facts.changes import read_changes
from kb.shapes import violations
from tests.api.law_texts import EARLY, LATE, NEW_LAW, OLD_LAW, REPEALING_LAW, UNDATED

ACT = "cn/示例采购条例"
OLD, NEW = f"{ACT}@2018-10-26", f"{ACT}@2023-12-29"
TODAY = date(2025, 6, 1)


@dataclass(frozen=True)
class Place:
    """A knowledge base with contracts checked under the old law; ``store`` adds a file."""

    kb: KnowledgeBase
    folder: Path

    def store(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        (result,) = run_ingest(self.kb, discover([str(path)]), IngestOptions())
        assert result.error is None
        assert result.kind == ("regulation" if name.endswith(".md") else "contract")

    def ledger(self, act: str = ACT, **days: date) -> dict[str, Any]:
        with self.kb.snapshot() as snapshot:
            asked = question(days.get("as_of", TODAY), days.get("begin"), days.get("end"))
            return ledger_json(snapshot, act, asked, impact_decisions(self.kb.audit))

    def items(self, **days: date) -> dict[tuple[str, str], dict[str, Any]]:
        """Citing clauses by contract file and cited words."""
        return {
            (Path(item["source"]).name, item["quote"]): item
            for change in self.ledger(**days)["changes"]
            for item in change["items"]
            if item["type"] == "clause"
        }


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with contracts checked under the old version, made once and copied by every test that changes it."""
    folder = tmp_path_factory.mktemp("checked")
    inputs = {"示例采购条例(2018-10-26).md": OLD_LAW, "early.txt": EARLY, "late.txt": LATE, "undated.txt": UNDATED}
    for name, text in inputs.items():
        (folder / name).write_text(text, encoding="utf-8")
    with KnowledgeBase.open(folder / "data", write=True) as kb:
        results = list(run_ingest(kb, discover([str(folder / name) for name in inputs]), IngestOptions()))
        assert [result.status for result in results] == ["ingested"] * len(inputs)
        assert run_check(kb)
        with kb.snapshot() as snapshot:
            assert stale_subjects(snapshot) == {}
    return folder


@pytest.fixture(scope="module")
def law(checked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The new version came in after the check; nothing may be changed."""
    folder = tmp_path_factory.mktemp("law")
    shutil.copytree(checked / "data", folder / "data")
    with KnowledgeBase.open(folder / "data", write=True) as kb:
        place = Place(kb, folder)
        place.store("示例采购条例(2023-12-29).md", NEW_LAW)
        yield place


@pytest.fixture
def changing(checked: Path, tmp_path: Path) -> Iterator[Place]:
    """Contracts checked under the old version, for a test to change."""
    shutil.copytree(checked / "data", tmp_path / "data")
    with KnowledgeBase.open(tmp_path / "data", write=True) as kb:
        yield Place(kb, tmp_path)


def test_changes_between_versions_are_objects_in_the_graph_with_dated_evidence(law: Place) -> None:
    with law.kb.snapshot() as snapshot:
        (stored,) = read_changes(snapshot.query, [ACT])
        assert stored.pair == (OLD, NEW)
        assert stored.effective_from == date(2024, 7, 1)
        assert stored.basis is not None
        assert snapshot.text(stored.basis.document)[stored.basis.start : stored.basis.end] == stored.basis.quote
        moved = {change.before: change.after for change in stored.changes}
        assert moved == {"3": "2", "4": "3", "5": "4", "2": "5", "7": None, "8": "7"}
        penalty = next(change for change in stored.changes if change.before == "5")
        assert set(penalty.decided_by) >= {"一万元", "五万元"}  # ten thousand, fifty thousand yuan
        rows = snapshot.query(
            "PREFIX due: <https://w3id.org/duegraph#> SELECT ?a ?b WHERE { GRAPH ?g { ?c a due:ProvisionChange ; "
            "due:before ?p ; due:after ?q . ?p due:continuityId ?a . ?q due:continuityId ?b } }"
        )
        assert len(rows) == 5
        assert all(one == other for one, other in rows)
        facts = snapshot.derived_facts(f"changes/{ACT}")
    assert violations(facts) == []


def test_each_citation_is_followed_from_the_version_of_its_contract(law: Place) -> None:
    items = law.items()
    early = {quote: item for (name, quote), item in items.items() if name == "early.txt"}
    assert {quote: (item["state"], item["cited"], item["now"]) for quote, item in early.items()} == {
        "《示例采购条例》第三条第二款": ("informational", "3(2)", ["2(2)"]),
        "《示例采购条例》第三条第三款": ("informational", "3(3)", ["2(3)"]),
        "《示例采购条例》第二条": ("informational", "2", ["5"]),
        "《示例采购条例》第七条": ("blocking", "7", []),
        "《示例采购条例》": ("unknown", None, []),
        "《示例采购条例》第四条": ("action", "4", ["3"]),
    }
    # article 6 kept number and words, and a contract signed under the new law means the new law
    assert law.ledger()["unmoved"] == 2
    assert not any(name == "late.txt" for name, _ in items)


def test_a_changed_article_touches_only_the_paragraph_that_changed(law: Place) -> None:
    items = law.items()
    changed, same = (items["early.txt", f"《示例采购条例》第三条第{n}款"] for n in "二三")  # paragraphs two and three
    assert (changed["part_changed"], changed["row"]) == (True, "worded")
    assert (same["part_changed"], same["row"]) == (False, "renumbered")
    assert "art. 3(3) is now art. 2(3)" in same["reason"]["en"]
    assert "第3条第3款现为第2条第3款" in same["reason"]["zh"]


def test_what_is_not_known_is_unknown(law: Place) -> None:
    item = law.items()["undated.txt", "《示例采购条例》第四条"]
    assert (item["state"], item["written"], item["row"]) == ("unknown", None, "version-not-known")


def test_an_item_names_clause_parties_mode_and_both_texts(law: Place) -> None:
    item = law.items()["early.txt", "《示例采购条例》第四条"]
    assert (item["clause"]["number"], item["clause"]["heading"]) == ("第七条", "运输")
    assert [party["name"] for party in item["parties"]] == ["杭州远山科技有限公司", "宁波海岳贸易有限公司"]
    assert item["mode"] == "as_amended"
    assert item["written"] == "2022-06-01"
    change = next(c for c in law.ledger()["changes"] if c["before"] == "4")
    assert "三十日内" in change["old_text"]
    assert "十五日内" in change["new_texts"][0]
    assert (change["before_label"], change["after_labels"]) == ("第四条", ["第三条"])
    assert change["date_basis"]["quote"] == "2024年7月1日"
    partners = law.ledger()["partners"]
    assert {partner["state"] for partner in partners} == {"blocking"}


def test_a_period_or_a_day_leaves_other_changes_out(law: Place) -> None:
    assert law.ledger(begin=date(2024, 8, 1))["changes"] == []
    assert law.ledger(end=date(2024, 6, 30))["changes"] == []
    assert law.ledger(begin=date(2020, 1, 1), end=date(2024, 7, 1))["changes"] != []
    assert law.ledger(as_of=date(2023, 1, 1))["changes"] == []
    assert {change["in_effect"] for change in law.ledger(as_of=date(2024, 1, 1))["changes"]} == {False}
    with pytest.raises(QueryError, match="ends"):
        law.ledger(begin=date(2024, 1, 1), end=date(2023, 1, 1))


def test_findings_that_rest_on_changed_law_are_stale_and_say_why(law: Place) -> None:
    known = decisions(law.kb.audit)
    with law.kb.snapshot() as snapshot:
        stale = [finding for finding in stored_findings(snapshot) if finding.stale]
        others = [finding for finding in stored_findings(snapshot) if not finding.stale]
    assert {finding.rule.split("/")[0] for finding in stale} == {"citation"}
    assert {status_of(finding, known) for finding in stale} == {"stale"}
    assert all(finding_json(finding, known)["stale"] for finding in stale)
    assert any("art. 3 of 2023-12-29" in reason.text.en for finding in stale for reason in finding.stale)
    assert "stale" not in {status_of(finding, known) for finding in others}
    # a contract signed under the new version was judged by the old one, as long as only that was stored
    (late,) = [record.id for record in law.kb.documents_now() if record.source.endswith("late.txt")]
    told = {reason.text.en for finding in stale if finding.subject == late for reason in finding.stale}
    assert told == {f"The contract means version 2023-12-29 of {ACT}, which is stored now."}


def test_one_alert_per_act_tells_of_it(law: Place) -> None:
    raised = [entry for entry in law.kb.audit.entries() if entry.action == "alert.raise"]
    assert [entry.detail["about"] for entry in raised] == [ACT]
    assert raised[0].detail["detail"]["effective_from"] == "2024-07-01"
    key = raised[0].detail["key"]
    assert raise_alert(law.kb, kind="act_version", about=ACT, title={"en": "x", "zh": "x"}, detail={}, key=key) is None
    assert refresh(law.kb).alerts == ()


def test_old_text_is_never_shown_as_current(law: Place) -> None:
    with law.kb.snapshot() as snapshot:
        shown = versions_json(snapshot, ACT, TODAY)
        assert [version["force"]["status"] for version in shown["versions"]] == ["no_longer", "in_force"]
        assert shown["current"] == NEW
        old = provision_json(snapshot, f"{OLD}#4", TODAY)
        assert (old["force"]["status"], old["force"]["by"]) == ("no_longer", NEW)
        hits = search_json(snapshot, "交付货物", type_="provision")["hits"]
        assert {hit["id"]: hit["force"]["status"] for hit in hits} == {f"{OLD}#4": "no_longer", f"{NEW}#3": "in_force"}
        for day, version in ((date(2020, 1, 1), f"{OLD}#4"), (TODAY, f"{NEW}#3")):
            found = search_json(snapshot, "交付货物", type_="provision", as_of=day)
            assert ([hit["id"] for hit in found["hits"]], found["total"]) == ([version], 1)
        before = Forces(snapshot, date(2018, 11, 1)).of_version(OLD)
        assert before is not None
        assert (before["status"], before["since"]) == ("not_yet", "2018-12-01")


def test_the_table_form_has_one_safe_row_per_item(law: Place) -> None:
    found = law.ledger()
    rows = ledger_csv(found).split("\r\n")[1:-1]
    assert len(rows) == sum(len(change["items"]) for change in found["changes"])
    assert all(row.startswith(ACT) for row in rows)
    risky = {**found, "act": "=cmd()"}
    assert ledger_csv(risky).split("\r\n")[1].startswith("'=cmd()")


def test_only_what_is_stale_is_checked_again_and_then_nothing_is(changing: Place) -> None:
    with changing.kb.snapshot() as snapshot:
        before = {finding.id: finding for finding in stored_findings(snapshot)}
    changing.store("示例采购条例(2023-12-29).md", NEW_LAW)
    fresh = recheck_stale(changing.kb)
    assert {finding.rule.split("/")[0] for finding in fresh} == {"citation"}
    assert any(finding.rule == "citation/renumbered-provision" and finding.outcome == "flag" for finding in fresh)
    with changing.kb.snapshot() as snapshot:
        assert stale_subjects(snapshot) == {}
        after = {finding.id: finding for finding in stored_findings(snapshot)}
    other = {id_ for id_, finding in before.items() if not finding.rule.startswith("citation/")}
    assert other
    assert {id_: after[id_] for id_ in other} == {id_: before[id_] for id_ in other}
    again = {finding.id for finding in run_check(changing.kb)}
    assert again == set(after)
    assert recheck_stale(changing.kb) == ()
    assert refresh(changing.kb).stale == 0


def test_a_text_that_does_not_apply_yet_is_announced_and_makes_findings_stale_on_its_day(changing: Place) -> None:
    later = NEW_LAW.replace("2024年7月1日", "2999年7月1日")
    changing.store("示例采购条例(2023-12-29).md", later)
    with changing.kb.snapshot() as snapshot:
        assert stale_subjects(snapshot) == {}
    raised = [entry.detail for entry in changing.kb.audit.entries() if entry.action == "alert.raise"]
    assert [one["detail"]["in_effect"] for one in raised] == [False]
    result = refresh(changing.kb, today=date(2999, 7, 2))
    assert result.newly_stale > 0
    assert [alert.about for alert in result.alerts] == [ACT]


def test_a_repeal_blocks_every_clause_that_cites_the_act(changing: Place) -> None:
    changing.store("示例采购法(2025-03-01).md", REPEALING_LAW)
    changes = changing.ledger(as_of=date(2026, 1, 1))["changes"]
    (repeal,) = [change for change in changes if change["kind"] == "repealed"]
    assert repeal["effective_from"] == "2025-09-01"
    assert {(item["state"], item["written"] is None) for item in repeal["items"] if item["type"] == "clause"} == {
        ("blocking", False),
        ("unknown", True),
    }
    assert len([item for item in repeal["items"] if item.get("title") and item["written"] == "2022-06-01"]) == 7
    assert "cn/示例采购法" in repeal["summary"]["en"]


def test_an_act_that_is_not_stored_but_repealed_has_a_ledger(changing: Place) -> None:
    for record in changing.kb.documents_now():
        if record.kind == "regulation":
            changing.kb.remove(record.sources[0][0])
    changing.store("示例采购法(2025-03-01).md", REPEALING_LAW)
    found = changing.ledger("示例采购条例", as_of=date(2026, 1, 1))
    assert [change["kind"] for change in found["changes"]] == ["repealed"]
    assert len(found["changes"][0]["items"]) == 9
    with pytest.raises(NotFoundError, match="no stored act"):
        changing.ledger("不存在的法")  # an act nobody names


def test_a_decision_counts_until_taken_back_and_is_never_edited(changing: Place) -> None:
    changing.store("示例采购条例(2023-12-29).md", NEW_LAW)
    item = changing.items()["early.txt", "《示例采购条例》第七条"]
    decide_impact(changing.kb, item["id"], state="action", reason="Kept under the archive law.", actor="lawyer")
    decided = changing.items()["early.txt", "《示例采购条例》第七条"]
    assert (decided["state"], decided["computed"], decided["decision"]["actor"]) == ("action", "blocking", "lawyer")
    decide_impact(changing.kb, item["id"], state="open", reason="Not so.", actor="lawyer", act=ACT)
    assert changing.items()["early.txt", "《示例采购条例》第七条"]["state"] == "blocking"
    assert [one.state for one in impact_history(changing.kb.audit, item["id"])] == ["action", "open"]


def test_an_item_keeps_its_id_when_its_contract_is_read_again(changing: Place) -> None:
    other = EARLY.replace("办公设备", "实验设备")  # laboratory for office equipment: another document
    changing.store("again.txt", other)
    changing.store("示例采购条例(2023-12-29).md", NEW_LAW)
    before = changing.items()["again.txt", "《示例采购条例》第七条"]
    changing.store("again.txt", other + "\n附件：无\n")  # an annex: none
    after = changing.items()["again.txt", "《示例采购条例》第七条"]
    assert (after["id"], after["document"] != before["document"]) == (before["id"], True)


@pytest.mark.parametrize(
    ("item", "state", "reason", "error"),
    [
        ("imp-0000000000000000", "action", "Why not.", NotFoundError),
        ("imp-0000000000000000", "accepted", "Why not.", QueryError),
        ("imp-0000000000000000", "action", "   ", QueryError),
    ],
)
def test_a_decision_on_nothing_or_without_a_reason_is_refused(
    law: Place, item: str, state: str, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        decide_impact(law.kb, item, state=state, reason=reason, actor="lawyer")


def test_citing_places_kept_ready_give_the_same_ledger(changing: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    changing.store("示例采购条例(2023-12-29).md", NEW_LAW)
    anew = changing.ledger()
    monkeypatch.setattr("api.service.impact.FEW_CONTRACTS", 0)
    refresh(changing.kb)
    with changing.kb.snapshot() as snapshot:
        assert snapshot.derived_facts(f"citing/{ACT}").count("\n") == 3
    assert changing.ledger() == anew
    # a contract that came later is read anew, one that is gone no longer counts
    changing.store("another.txt", LATE.replace("第三条", "第七条").replace("2024年9月1日", "2021年9月1日"))
    (early,) = [r for r in changing.kb.documents_now() if r.source.endswith("early.txt")]
    changing.kb.remove(early.sources[0][0])
    contracts = {name for name, _ in changing.items()}
    assert contracts == {"another.txt", "undated.txt"}
