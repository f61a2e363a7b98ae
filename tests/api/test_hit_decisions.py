"""A decision on a hit, and everything that follows: findings made anew or marked, dossiers, lists of hits, alerts."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.service import checking, near_hits
from api.service.alerting import recheck, set_baseline
from api.service.all_hits import HitFilter, hit_rows, hits_csv
from api.service.checking import recheck_stale, run_check, stored_findings
from api.service.deciding import decide
from api.service.entities import merge, split
from api.service.hits import stored_histories
from api.service.ingesting import run_ingest
from api.service.partners import dossier
from api.service.report import render, report_json
from checks.finding import Finding, Outcome
from ingest.job import IngestOptions
from ingest.readers import discover
from kb.alerts import AlertKind, alerts
from kb.base import KnowledgeBase
from kb.errors import NotFoundError, QueryError
from kb.settings import Settings
from tests.api.commands import run
from tests.api.hit_store import OF_CHINESE, OF_NAME, OF_OFFICER, OF_PARTNER, fill, write_list
from tests.api.serving import serving

LISTS = {"party/listed", "party/partner-listed", "party/officer-listed", "party/no-sanctions-clause"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hits")
    (place / "files").mkdir()
    with KnowledgeBase.open(place / "data", write=True, settings=Settings(data=place / "data")) as kb:
        fill(kb, place / "files")
    return place


@pytest.fixture
def place(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def kb(place: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(place / "data", write=True, settings=Settings(data=place / "data")) as opened:
        yield opened


def findings(kb: KnowledgeBase) -> list[Finding]:
    with kb.snapshot() as snapshot:
        return [one for one in stored_findings(snapshot) if one.rule in LISTS]


def flagged(kb: KnowledgeBase) -> set[tuple[str, str]]:
    """Return (rule, list entry or "") of the flags about lists."""
    return {
        (f.rule, f.attributes.get("hit", "").partition("@")[0][9:]) for f in findings(kb) if f.outcome is Outcome.FLAG
    }


def stale(kb: KnowledgeBase) -> set[tuple[str, str]]:
    return {(f.rule, f.subject[:4]) for f in findings(kb) if f.stale}


def cleared(kb: KnowledgeBase, hit: str, **more: Any) -> None:
    decide(kb, hit, verdict="false-positive", reason="Another company number.", actor="A. Chen", **more)


def dossier_of(kb: KnowledgeBase, name: str) -> dict[str, Any]:
    with kb.snapshot() as snapshot:
        return dossier(snapshot, name, {}, stored_histories(kb, snapshot))


def rows(kb: KnowledgeBase, **asked: Any) -> list[tuple[str, str]]:
    with kb.snapshot() as snapshot:
        past = stored_histories(kb, snapshot)
        return [(row.ruling.hit, row.ruling.state) for row in hit_rows(snapshot, past, HitFilter(**asked))]


BEFORE = {
    ("party/listed", "OFAC-1001"),
    ("party/listed", "OFAC-1002"),
    ("party/listed", "OFAC-1003"),
    ("party/partner-listed", "OFAC-1001"),
    ("party/partner-listed", "OFAC-1003"),
    ("party/officer-listed", "OFAC-1004"),
    ("party/no-sanctions-clause", ""),
}


MARKED = {("party/listed", "doc-"), ("party/no-sanctions-clause", "doc-"), ("party/partner-listed", "supp")}


def test_a_decision_on_a_partner_clears_every_finding_that_rests_on_it_at_once(kb: KnowledgeBase) -> None:
    assert flagged(kb) == BEFORE
    cleared(kb, OF_PARTNER)
    assert flagged(kb) == BEFORE - {("party/listed", "OFAC-1001"), ("party/partner-listed", "OFAC-1001")}
    said = [f for f in findings(kb) if f.outcome is Outcome.PASS and f.why.en]
    assert {f.rule for f in said} == {"party/listed", "party/partner-listed"}
    assert all("A. Chen decided on" in f.why.en and "Another company number" in f.why.zh for f in said)
    assert stale(kb) == set()
    cleared(kb, OF_CHINESE)
    assert flagged(kb) == {("party/listed", "OFAC-1002"), ("party/officer-listed", "OFAC-1004")}
    # The whole check agrees with what was made anew, and so does a later monitor's look.
    kept = {f.id: (f.outcome, f.why) for f in findings(kb)}
    run_check(kb)
    assert {f.id: (f.outcome, f.why) for f in findings(kb)} == kept


def test_taking_a_decision_back_brings_the_findings_back(kb: KnowledgeBase) -> None:
    cleared(kb, OF_PARTNER)
    decide(kb, OF_PARTNER, verdict="open", reason="Wrong file.", actor="B. Li")
    assert flagged(kb) == BEFORE
    (own,) = [f for f in findings(kb) if f.rule == "party/partner-listed" and f.subject == "suppliers/S1"]
    assert "B. Li took the decision back" in own.message.en
    (hit,) = [one for one in dossier_of(kb, "S1")["hits"] if one["hit"] == OF_PARTNER]
    assert hit["status"] == "open"
    assert [act["verdict"] for act in hit["history"]] == ["false-positive", "open"]


def test_a_name_in_a_contract_is_decided_on_by_what_screen_calls_it(kb: KnowledgeBase) -> None:
    cleared(kb, "OFAC-SDN:OFAC-1002@name=other_shipping_lines_co")
    assert flagged(kb) == BEFORE - {("party/listed", "OFAC-1002")}


def test_an_officer_is_decided_on_for_one_partner(kb: KnowledgeBase) -> None:
    cleared(kb, OF_OFFICER)
    left = [f.subject for f in findings(kb) if f.rule == "party/officer-listed" and f.outcome is Outcome.FLAG]
    assert left == ["suppliers/S2"]


def test_a_decision_without_a_check_marks_just_what_it_touches_until_the_next_check(kb: KnowledgeBase) -> None:
    cleared(kb, OF_PARTNER, check=False)
    assert flagged(kb) == BEFORE
    assert stale(kb) == MARKED
    reasons = {reason.text for f in findings(kb) for reason in f.stale}
    assert all("A. Chen decided on the list hit" in one.en and "作出了决定" in one.zh for one in reasons)
    assert {f.subject for f in findings(kb) if f.stale and f.subject.startswith("supp")} == {"suppliers/S1"}
    touched = {f.subject for f in findings(kb) if f.stale}
    made = recheck_stale(kb)
    assert {rule for rule, _ in MARKED} <= {f.rule for f in made}
    assert {f.subject for f in made} == touched
    assert stale(kb) == set()
    assert ("party/listed", "OFAC-1001") not in flagged(kb)


def test_marks_of_two_decisions_add_up_and_a_check_removes_both(kb: KnowledgeBase) -> None:
    cleared(kb, OF_PARTNER, check=False)
    cleared(kb, OF_NAME, check=False)
    listed = [f for f in findings(kb) if f.rule == "party/listed" and f.stale]
    assert sorted(reason.change for f in listed for reason in f.stale) == sorted([OF_PARTNER, OF_NAME])
    run_check(kb)
    assert stale(kb) == set()


def test_what_is_cut_short_before_the_record_leaves_a_mark_and_no_decision(
    kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(kb.audit, "append", fail)
    with pytest.raises(OSError, match="disk full"):
        cleared(kb, OF_PARTNER)
    assert len(stale(kb)) == 3
    monkeypatch.undo()
    recheck_stale(kb)
    assert (stale(kb), flagged(kb)) == (set(), BEFORE)


def test_a_check_that_was_under_way_when_somebody_decided_marks_its_findings(
    kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = checking.check

    def slow(rules: Any, context: Any) -> tuple[Finding, ...]:
        found = real(rules, context)
        monkeypatch.setattr(checking, "check", real)
        cleared(kb, OF_PARTNER)  # another thread of the server
        return found

    monkeypatch.setattr(checking, "check", slow)
    run_check(kb)
    assert ("party/listed", "OFAC-1001") in flagged(kb)
    assert ("party/listed", "doc-") in stale(kb)
    assert ("party/partner-listed", "supp") in stale(kb)
    recheck_stale(kb)
    assert stale(kb) == set()
    assert ("party/listed", "OFAC-1001") not in flagged(kb)


def test_a_question_about_the_past_does_not_know_later_decisions(kb: KnowledgeBase) -> None:
    then = datetime.now(UTC)
    cleared(kb, OF_PARTNER)
    found = run_check(kb, rule_ids=["party/partner-listed"], known_at=then)
    assert sorted(f.subject for f in found if f.outcome is Outcome.FLAG) == ["suppliers/S1", "suppliers/S2"]


def test_a_decision_follows_its_partner_into_a_merger_and_out_again(kb: KnowledgeBase) -> None:
    cleared(kb, OF_PARTNER)
    party = merge(kb, "suppliers/S3", "suppliers/S1", reason="renamed", actor="me")["id"]
    assert party == "suppliers/S3"
    run_check(kb)
    (hit,) = [one for one in dossier_of(kb, "S3")["hits"] if one["entity"] == "OFAC-1001"]
    assert (hit["status"], hit["hit"]) == ("false-positive", "OFAC-SDN:OFAC-1001@partner=suppliers%2FS3")
    decide(kb, hit["hit"], verdict="true-match", reason="Passport.", actor="me")
    assert ("party/partner-listed", "OFAC-1001") in flagged(kb)
    split(kb, "suppliers/S1", reason="no, two firms", actor="me")
    run_check(kb)
    (hit,) = [one for one in dossier_of(kb, "suppliers/S1")["hits"] if one["entity"] == "OFAC-1001"]
    assert hit["status"] == "false-positive"


def test_that_a_partner_is_not_or_is_a_list_entry_decides_its_hit_whatever_the_row_says(
    kb: KnowledgeBase, place: Path
) -> None:
    split(kb, "suppliers/S1", other="entry:OFAC-SDN/OFAC-1001", reason="Founded later.", actor="B. Li")
    assert stale(kb) == MARKED
    recheck_stale(kb)
    assert flagged(kb) & {("party/listed", "OFAC-1001"), ("party/partner-listed", "OFAC-1001")} == set()
    load_again(kb, place, r1001="Another row.")
    run_check(kb)
    (own,) = [f for f in findings(kb) if f.rule == "party/partner-listed" and f.subject == "suppliers/S1"]
    assert own.outcome is Outcome.PASS
    assert "B. Li decided on" in own.why.en
    assert raised(kb) == []
    decide(kb, OF_PARTNER, verdict="true-match", reason="It was renamed.", actor="A. Chen")
    (hit,) = [one for one in dossier_of(kb, "S1")["hits"] if one["hit"] == OF_PARTNER]
    assert [act["verdict"] for act in hit["history"]] == ["false-positive", "true-match"]
    assert ("party/partner-listed", "OFAC-1001") in flagged(kb)
    merge(kb, "suppliers/S2", "entry:OFAC-SDN/OFAC-1003", reason="Same number.", actor="B. Li")
    run_check(kb)
    (own,) = [f for f in findings(kb) if f.rule == "party/partner-listed" and f.subject == "suppliers/S2"]
    assert "B. Li decided on" in own.message.en
    assert own.outcome is Outcome.FLAG


@pytest.mark.parametrize(
    ("hit", "verdict", "reason", "error"),
    [
        ("nonsense", "undecided", "why", QueryError),
        (OF_PARTNER, "perhaps", "why", QueryError),
        (OF_PARTNER, "undecided", " ", QueryError),
        ("OFAC-SDN:OFAC-9@partner=suppliers%2FS1", "undecided", "why", NotFoundError),
        ("NO-LIST:X@partner=suppliers%2FS1", "undecided", "why", NotFoundError),
    ],
)
def test_a_decision_that_cannot_be_recorded_leaves_nothing_behind(
    kb: KnowledgeBase, hit: str, verdict: str, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        decide(kb, hit, verdict=verdict, reason=reason, actor="me")
    assert (stale(kb), flagged(kb)) == (set(), BEFORE)
    assert kb.audit.entries(about=hit) == []


# --- lists of hits --------------------------------------------------------------------------------------------------


def test_all_hits_are_listed_over_partners_people_and_parties_by_status(kb: KnowledgeBase) -> None:
    every = {hit for hit, _ in rows(kb, status="all")}
    assert {OF_PARTNER, OF_CHINESE, OF_OFFICER, OF_NAME} <= every
    assert {state for _, state in rows(kb)} == {"open"}
    cleared(kb, OF_PARTNER)
    decide(kb, OF_NAME, verdict="undecided", reason="Asked the broker.", actor="me")
    assert rows(kb, status="false-positive") == [(OF_PARTNER, "false-positive")]
    assert rows(kb, status="undecided") == [(OF_NAME, "undecided")]
    assert {hit for hit, _ in rows(kb)} == every - {OF_PARTNER, OF_NAME}
    assert {hit for hit, _ in rows(kb, status="all")} == every
    assert rows(kb, status="all", list_id="UN") == []
    assert {hit for hit, _ in rows(kb, partner="suppliers/S1")} == {OF_OFFICER}
    assert rows(kb, hit=OF_PARTNER) == [(OF_PARTNER, "false-positive")]
    assert len(rows(kb, status="all", score=0.0)) >= len(every)
    with pytest.raises(QueryError):
        rows(kb, status="perhaps")


def test_what_was_screened_is_kept_beside_the_store_and_read_back_the_same(
    kb: KnowledgeBase, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kb.snapshot() as snapshot:
        near_hits._kept.clear()
        made = near_hits.near_hits(snapshot)
        assert made
        near_hits._kept.clear()
        monkeypatch.setattr(near_hits, "subjects_of", lambda _: pytest.fail("screened again"))
        assert near_hits.near_hits(snapshot) == made
    monkeypatch.undo()
    load_again(kb, place, r1001="Another row.")
    with kb.snapshot() as snapshot:
        assert near_hits.near_hits(snapshot) != made


def test_the_table_of_hits_is_safe_to_open_in_a_spreadsheet(kb: KnowledgeBase) -> None:
    decide(kb, OF_PARTNER, verdict="undecided", reason="=HYPERLINK(1)", actor="@me")
    with kb.snapshot() as snapshot:
        past = stored_histories(kb, snapshot)
        text = hits_csv(hit_rows(snapshot, past, HitFilter(status="all")))
    (row,) = [one for one in csv.DictReader(io.StringIO(text)) if one["hit"] == OF_PARTNER]
    assert (row["reason"], row["actor"], row["status"]) == ("'=HYPERLINK(1)", "'@me", "undecided")
    assert not any(cell.startswith(("=", "+", "-", "@")) for one in csv.reader(io.StringIO(text)) for cell in one)


def test_the_dossier_and_the_report_show_hits_with_every_decision(kb: KnowledgeBase) -> None:
    cleared(kb, OF_PARTNER)
    decide(kb, OF_OFFICER, verdict="true-match", reason="Passport seen.", actor="B. Li")
    found = dossier_of(kb, "S1")
    (own,) = [hit for hit in found["hits"] if hit["hit"] == OF_PARTNER]
    assert (own["status"], own["match"], own["decision"]["actor"]) == ("false-positive", False, "A. Chen")
    (person,) = found["people_hits"]
    assert (person["hit"], person["status"], person["role"]["zh"]) == (OF_OFFICER, "true-match", "法定代表人")
    assert {hit["hit"].partition("@")[2] for hit in found["hits"]} == {"partner=suppliers%2FS1"}
    with kb.snapshot() as snapshot:
        made = report_json(snapshot, "S1", {}, stored_histories(kb, snapshot))
    assert made["partner"]["hits"] == found["hits"]
    for language, words in (("en", "false positive"), ("zh", "误报")):
        html = render(made, ".html", language)
        assert words in html
        assert "Another company number." in html


# --- list versions --------------------------------------------------------------------------------------------------


def load_again(kb: KnowledgeBase, place: Path, *, link: bool = True, **remarks: str) -> None:
    path = write_list(place / "files", **remarks)
    (result,) = run_ingest(kb, discover([str(path)]), IngestOptions(), link=link)
    assert result.status in {"ingested", "replaced"}


def raised(kb: KnowledgeBase) -> list[Any]:
    return alerts(kb, kind=AlertKind.DECISION_REOPENED)


def test_a_list_load_that_changes_a_decided_row_raises_an_alert_with_the_row_then_and_now(
    kb: KnowledgeBase, place: Path
) -> None:
    cleared(kb, OF_PARTNER)
    cleared(kb, OF_CHINESE)
    load_again(kb, place, r1001="Company Number 5512345 (United Kingdom); DOB 1990.", r1005="Another mine.")
    (alert,) = raised(kb)
    assert (alert.about, alert.level, alert.detail["hit"]) == ("suppliers/S1", "high", OF_PARTNER)
    change = alert.detail["change"]
    assert "remarks" in change["fields"]
    assert change["before"]["remarks"] == ["Company Number 5512345 (United Kingdom)."]
    assert "DOB 1990" in change["after"]["remarks"][0]
    assert "A. Chen" in alert.title["en"]
    assert "误报" in alert.title["zh"]
    assert rows(kb)[0] == (OF_PARTNER, "reopened")
    assert stale(kb) == {
        ("party/listed", "doc-"),
        ("party/no-sanctions-clause", "doc-"),
        ("party/partner-listed", "supp"),
    }
    recheck_stale(kb)
    assert ("party/partner-listed", "OFAC-1001") in flagged(kb)
    assert ("party/partner-listed", "OFAC-1003") not in flagged(kb)
    (own,) = [f for f in findings(kb) if f.rule == "party/partner-listed" and f.subject == "suppliers/S1"]
    assert "the list row has changed since" in own.message.en


def test_a_decision_is_reopened_once_for_each_row_and_not_by_a_row_that_only_moved(
    kb: KnowledgeBase, place: Path
) -> None:
    cleared(kb, OF_PARTNER)
    load_again(kb, place, r1005="Another mine, further down.")
    assert raised(kb) == []
    load_again(kb, place, r1001="One.")
    load_again(kb, place, r1001="One.", r1002="Moved.")
    assert len(raised(kb)) == 1
    load_again(kb, place, r1001="Two.")
    assert len(raised(kb)) == 2
    cleared(kb, OF_PARTNER)
    load_again(kb, place, r1001="Two.", r1003="Other.")
    assert len(raised(kb)) == 2
    assert flagged(kb) & {("party/listed", "OFAC-1001"), ("party/partner-listed", "OFAC-1001")} == set()


def test_monitoring_raises_it_too_and_respects_decisions(kb: KnowledgeBase, place: Path) -> None:
    set_baseline(kb)
    recheck(kb)
    cleared(kb, OF_PARTNER)
    load_again(kb, place, link=False, r1001="One.")
    done = recheck(kb)
    told = [a.kind for a in done.alerts if a.detail.get("entry") == "OFAC-1001"]
    assert told == [AlertKind.DECISION_REOPENED]
    assert ("party/listed", "OFAC-1001") in flagged(kb)
    assert stale(kb) == set()
    assert recheck(kb).alerts == ()
    cleared(kb, OF_PARTNER)
    load_again(kb, place, link=False, r1001="One.", r1002="Changed.")
    recheck(kb)
    assert ("party/listed", "OFAC-1001") not in flagged(kb)


def test_a_false_positive_that_comes_back_unchanged_is_no_news(kb: KnowledgeBase, place: Path) -> None:
    set_baseline(kb)
    recheck(kb)
    cleared(kb, OF_PARTNER)
    full = (place / "files" / "sdn.csv").read_text(encoding="utf-8")
    for text in (full.partition("\n")[2], full):
        (place / "files" / "sdn.csv").write_text(text, encoding="utf-8")
        options = IngestOptions(force=True)
        (result,) = run_ingest(kb, discover([str(place / "files" / "sdn.csv")]), options, link=False)
        assert result.error is None
        done = recheck(kb)
    new = [a for a in done.alerts if a.kind in {AlertKind.PARTNER_LISTED, AlertKind.NEW_FLAG}]
    assert [a.about for a in new if a.detail.get("entry") == "OFAC-1001" or "1001" in a.title["en"]] == []
    assert ("party/listed", "OFAC-1001") not in flagged(kb)


# --- doors ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(place: Path) -> Iterator[httpx.Client]:
    with (
        serving(Settings(data=place / "data")) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as opened,
    ):
        yield opened


def test_hits_are_listed_and_decided_over_http(client: httpx.Client) -> None:
    first = client.get("/v1/hits", params={"limit": 1}).json()
    assert (len(first["hits"]), first["next"]) == (1, "1")
    assert {hit["status"] for hit in client.get("/v1/hits").json()["hits"]} == {"open"}
    body = {"hit": OF_PARTNER, "verdict": "false-positive", "reason": "Other.", "actor": "ann", "check": True}
    assert client.post("/v1/hits/decisions", json=body).status_code == 201
    (found,) = client.get("/v1/hits", params={"status": "false-positive"}).json()["hits"]
    assert (found["hit"], found["decision"]["actor"], len(found["history"])) == (OF_PARTNER, "ann", 1)
    (hit,) = [h for h in client.get("/v1/partners/suppliers%2FS1").json()["hits"] if h["hit"] == OF_PARTNER]
    assert hit["status"] == "false-positive"
    flags = client.get("/v1/findings", params={"subject": "suppliers/S1", "rule": "party/partner-listed"}).json()
    assert [f["outcome"] for f in flags["findings"]] == ["pass"]
    table = client.get("/v1/hits", params={"status": "all", "format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert OF_PARTNER in table.text
    assert client.get("/v1/hits", params={"status": "perhaps"}).status_code == 422


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}])
def test_a_page_of_another_site_cannot_decide(client: httpx.Client, headers: dict[str, str]) -> None:
    form = {"hit": OF_PARTNER, "verdict": "false-positive", "reason": "csrf"}
    assert client.post("/hit-acts", data=form, headers=headers).status_code == 403
    assert client.get("/v1/hits/decisions").json()["decisions"] == []


def test_the_form_leads_back_to_its_page_and_nowhere_else(client: httpx.Client) -> None:
    form = {"hit": OF_PARTNER, "verdict": "undecided", "reason": "asked"}
    there = client.post("/hit-acts", data=form | {"partner": "//evil.example/x"}).headers["location"]
    assert there.startswith("/partners/%2F%2Fevil")
    assert client.post("/hit-acts", data=form).headers["location"].startswith("/hits?hit=OFAC-SDN")
    assert client.post("/hit-acts", data=form | {"verdict": "perhaps"}).status_code == 400
    decided = client.get("/v1/hits/decisions", params={"hit": OF_PARTNER}).json()["decisions"]
    assert [one["actor"] for one in decided] == ["web", "web"]


def test_the_command_decides_lists_and_exports(place: Path) -> None:
    data = ("--data", place / "data")
    done = run(
        *data, "--json", "hits", "decide", OF_PARTNER, "--as", "false-positive", "--reason", "Other.", "--by", "ann"
    )
    assert (done.code, done.record["verdict"]) == (0, "false-positive")
    (one,) = csv.DictReader(io.StringIO(run(*data, "hits", "list", "--status", "false-positive", "--csv").out))
    assert (one["hit"], one["actor"]) == (OF_PARTNER, "ann")
    assert run(*data, "hits", "list", "--csv").code == 2
