"""The walk-through of docs/legal.md on the real laws, and the ledger of the bundled sample."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from api.service.checking import recheck_stale, run_check, stale_subjects
from api.service.impact_decisions import impact_decisions
from api.service.ingesting import run_ingest
from api.service.ledger import ledger_json, question
from ingest.job import IngestOptions
from ingest.readers import discover
from kb.base import KnowledgeBase
from kb.model import Kind
from tests.api.commands import run

ROOT = Path(__file__).resolve().parents[2]
LAWS = ROOT.parent / "shared" / "data" / "regulations"
SAMPLE_ACT = "远山市政府采购货物服务合同管理办法"


def store(kb: KnowledgeBase, *paths: Path, kind: Kind | None = None) -> None:
    results = list(run_ingest(kb, discover([str(path) for path in paths]), IngestOptions(kind=kind)))
    assert results
    assert [result.error for result in results if result.error is not None] == []


@pytest.mark.shared
def test_the_ledger_names_the_clauses_of_the_walk_through_with_dates(tmp_path: Path) -> None:
    if not LAWS.is_dir():
        pytest.skip("the evaluation data in ../shared/data is absent")
    (old,) = LAWS.rglob("公司法(2018-10-26).md")
    (new,) = LAWS.rglob("公司法(2023-12-29).md")
    contracts = tmp_path / "contracts"
    shutil.copytree(ROOT / "docs" / "legal", contracts)
    with KnowledgeBase.open(tmp_path / "data", write=True) as kb:
        store(kb, LAWS / "eu-gdpr" / "gdpr.html", old, kind=Kind.REGULATION)
        store(kb, contracts, kind=Kind.CONTRACT)
        run_check(kb)
        store(kb, new)
        with kb.snapshot() as snapshot:
            assert {rule for rules in stale_subjects(snapshot).values() for rule in rules} >= {
                "citation/renumbered-provision"
            }
            found = ledger_json(snapshot, "公司法", question(None, None, None), {}, everything=False)
            unchanged = ledger_json(snapshot, "GDPR", question(None, None, None), {})
        fresh = recheck_stale(kb)
        alerts = [entry.detail["about"] for entry in kb.audit.entries() if entry.action == "alert.raise"]
    (moved,) = [change for change in found["changes"] if change["before"] == "16"]
    assert (moved["before_label"], moved["after_labels"]) == ("第十六条", ["第十五条"])
    assert moved["effective_from"] == "2024-07-01"
    assert moved["date_basis"]["quote"] == "2024年7月1日"
    clauses = {item["quote"]: item for item in moved["items"] if item["type"] == "clause"}
    article = "《中华人民共和国公司法》第十六条"
    assert {quote: (item["state"], item["now"], item["clause"]["number"]) for quote, item in clauses.items()} == {
        f"{article}第二款": ("action", ["15(2)"], "第二条"),
        f"{article}第三款": ("informational", ["15(3)"], "第二条"),
        article: ("action", ["15"], "第三条"),
    }
    assert {item["written"] for item in clauses.values()} == {"2022-03-01"}
    (whole,) = [change for change in found["changes"] if change["kind"] == "act"]
    assert [(item["state"], item["clause"]["number"]) for item in whole["items"]] == [("unknown", "第四条")]
    assert found["unmoved"] == 2
    assert (unchanged["changes"], unchanged["unmoved"]) == ([], 3)
    assert [version["status"] for version in unchanged["versions"]] == ["in_force"]
    assert "citation/renumbered-provision" in {finding.rule for finding in fresh if finding.outcome == "flag"}
    assert alerts == ["cn/公司法"]


def test_the_bundled_sample_has_a_ledger(own: Path) -> None:
    with KnowledgeBase.open(own, write=False) as kb, kb.snapshot() as snapshot:
        known = impact_decisions(kb.audit)
        found = ledger_json(snapshot, SAMPLE_ACT, question(None, None, None), known, everything=False)
        places = {
            (Path(item["source"]).name, item["quote"], item["cited"], *item["now"])
            for change in found["changes"]
            for item in change["items"]
            if item["type"] == "clause"
        }
        texts = {
            item["document"]: snapshot.text(item["document"])
            for change in found["changes"]
            for item in change["items"]
            if item["type"] == "clause"
        }
    assert places
    assert all(
        texts[item["document"]][item["start"] : item["end"]] == item["quote"]
        for change in found["changes"]
        for item in change["items"]
        if item["type"] == "clause"
    )
    absent = {item["quote"] for item in found["absent"]}
    assert f"《{SAMPLE_ACT}》第五十八条" in absent  # article 58 never existed
    assert not absent & {quote for _, quote, *_ in places}


def test_the_commands_print_the_ledger_and_record_a_decision(own: Path, tmp_path: Path) -> None:
    found = run("--data", own, "--json", "law", "impact", SAMPLE_ACT).record
    item = next(item for change in found["changes"] for item in change["items"] if item["type"] == "clause")
    shown = run("--data", own, "law", "impact", SAMPLE_ACT)
    assert shown.code == 0
    assert item["id"] in shown.out
    assert "no longer in force since" in shown.out
    table = tmp_path / "impact.csv"
    assert run("--data", own, "law", "impact", SAMPLE_ACT, "-o", table).code == 0
    assert item["id"] in table.read_text(encoding="utf-8-sig")
    assert run("--data", own, "law", "impact", SAMPLE_ACT, "-o", tmp_path / "impact.txt").code == 2
    decided = run(
        "--data", own, "--json", "law", "decide", item["id"], "--state", "none", "--reason", "Agreed.", "--by", "AC"
    )
    assert (decided.record["state"], decided.record["actor"], decided.record["computed"]) == (
        "none",
        "AC",
        item["state"],
    )
    assert "AC, Agreed." in run("--data", own, "law", "impact", SAMPLE_ACT).out
    assert run("--data", own, "law", "impact", "No Such Act").code == 2
    assert run("--data", own, "check", "--stale").code == 0
    assert run("--data", own, "check", "--stale", "--as-of", "2020-01-01").code == 2
