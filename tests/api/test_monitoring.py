"""Followed sources over time: what is fetched, what is checked again, and which alerts a change raises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.service import alerting
from api.service.alerting import Recheck, mark_of, recheck
from api.service.checking import run_check, stored_findings
from api.service.following import follow, followed, history, state_of, unfollow
from api.service.ingesting import forget
from api.service.monitoring import OwnDoor, Report, due, run_sources
from checks.finding import Level, Outcome
from checks.record import graph_name
from ingest.fetch import FetchPolicy, Followed
from kb.alerts import AlertKind, acknowledge, alerts
from kb.base import KnowledgeBase
from kb.errors import NotFoundError
from kb.model import Kind
from kb.settings import Settings
from tests.api.texts import CHINESE, ENGLISH
from tests.ingest.fetch.server import Site, site

POLICY = FetchPolicy(private=True, seconds=10.0, attempts=1, sleep=lambda _: None)
PARTNERS = """id,name,name_en,type,country,registration_number
P1,Northwind Metals Ltd,,organization,GB,GB-1
P2,宁波海岳贸易有限公司,,organization,CN,
"""
LIST = '{number},"{name}",-0- ,"TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"{remarks}"\n'
OTHERS = "".join(
    LIST.format(number=100 + n, name=name, remarks="")
    for n, name in enumerate(
        (
            "VELLUM HARBOUR TRADING",
            "QUARTZ FIELD MINING",
            "ZEPHYR GATE SHIPPING",
            "OSPREY LOGISTICS",
            "BRAMBLE HILL BANK",
        )
    )
)
LISTED = OTHERS + LIST.format(number=7, name="NORTHWIND METALS LTD", remarks="DOB 1990.")
NEWS = """<html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>
<p>Northwind Metals Ltd was fined 4 million dollars by the regulator on 3 March 2026 for bribery, the agency said.</p>
<p>The company, which makes alloys, said it would appeal. Its shares fell.</p></article></body></html>"""
ACT = """# 数据交易条例

（{date}公布）

第一条 为了规范数据交易，制定本条例。

第二条 数据提供方应当在{days}日内完成登记。

第三条 本条例自{force}起施行。
"""


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    data = tmp_path / "data"
    with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as found:
        yield found


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with two contracts."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "supply.txt").write_text(ENGLISH, encoding="utf-8")
    (folder / "采购.txt").write_text(CHINESE, encoding="utf-8")
    return folder


def look(kb: KnowledgeBase, *sources: Followed, policy: FetchPolicy = POLICY) -> tuple[list[Report], Recheck]:
    """Do what one ``monitor run --all`` does."""
    door = OwnDoor(kb, actor="test")
    door.begin((), origin="", whole=False)
    reports = list(run_sources(door, sources, policy))
    return reports, recheck(kb)


def kinds(done: Recheck) -> list[str]:
    return sorted(alert.kind for alert in done.alerts)


def contracts(folder: Path) -> Followed:
    return Followed("contracts", "contract", str(folder))


def test_a_second_look_finds_nothing_new_and_raises_nothing(kb: KnowledgeBase, place: Path) -> None:
    reports, done = look(kb, contracts(place))
    assert [(r.status, len(r.documents)) for r in reports] == [("fetched", 2)]
    assert done.checked == 2
    assert kinds(done) == ["new_flag", "new_flag"]
    marks, sequence = [], kb.registry.position()
    for _ in range(2):
        reports, done = look(kb, contracts(place))
        assert [(r.status, r.documents, r.error) for r in reports] == [("unchanged", [], None)]
        assert done == Recheck()
        marks.append(mark_of(kb))
    assert marks[0] == marks[1]
    assert kb.registry.position() == sequence


def test_only_what_is_touched_is_checked_again(kb: KnowledgeBase, place: Path) -> None:
    look(kb, contracts(place))
    with kb.snapshot() as snapshot:
        before = {record.name: record.recorded_at for record in snapshot.derived()}
        untouched = next(r.id for r in snapshot.documents(Kind.CONTRACT) if "采购" in r.source)
    (place / "supply.txt").write_text(ENGLISH.replace("two years", "three years"), encoding="utf-8")
    reports, done = look(kb, contracts(place))
    assert [len(r.documents) for r in reports] == [1]
    assert done.checked == 1
    assert kinds(done) == []  # the same flags on the same words: nobody needs to look again
    with kb.snapshot() as snapshot:
        after = {record.name: record.recorded_at for record in snapshot.derived()}
        assert after[graph_name(untouched)] == before[graph_name(untouched)]
        assert graph_name(reports[0].documents[0]) in after
        current = {record.id for record in snapshot.documents()}
        assert {f.subject for f in stored_findings(snapshot) if f.subject.startswith("doc-")} <= current


def test_a_worse_clause_is_a_new_flag_about_that_contract(kb: KnowledgeBase, place: Path) -> None:
    harmless = ENGLISH.replace("shall be unlimited", "shall not exceed the fees paid in the last twelve months")
    (place / "supply.txt").write_text(harmless, encoding="utf-8")
    look(kb, contracts(place))
    (place / "supply.txt").write_text(ENGLISH, encoding="utf-8")
    reports, done = look(kb, contracts(place))
    assert {alert.kind for alert in done.alerts} == {"new_flag"}
    assert {alert.about for alert in done.alerts} == set(reports[0].documents)
    rules = [str(alert.detail["rule"]) for alert in done.alerts]
    assert any("liability" in rule for rule in rules)
    assert all(alert.title["zh"] and alert.detail["finding"] for alert in done.alerts)
    # Gone and back again is a new occasion.
    (place / "supply.txt").write_text(harmless, encoding="utf-8")
    look(kb, contracts(place))
    (place / "supply.txt").write_text(ENGLISH, encoding="utf-8")
    assert rules[0] in [str(alert.detail["rule"]) for alert in look(kb, contracts(place))[1].alerts]


def test_a_partner_that_becomes_listed_changes_and_leaves_the_list(
    kb: KnowledgeBase, place: Path, tmp_path: Path, web: Site
) -> None:
    register = tmp_path / "partners.csv"
    register.write_text(PARTNERS, encoding="utf-8")
    partners = Followed("partners", "register", str(register))
    url = web.tagged("/sdn.csv", OTHERS)
    watch = Followed("list", "watchlist", url, name="Test list")
    sources = (contracts(place), partners, watch)
    look(kb, *sources)
    assert alerts(kb, kind="partner_listed") == []

    web.tagged("/sdn.csv", LISTED)
    reports, done = look(kb, *sources)
    assert [r.status for r in reports] == ["unchanged", "unchanged", "fetched"]
    assert done.checked == 1  # the one contract with that party
    (listed,) = (alert for alert in done.alerts if alert.kind == "partner_listed")
    assert (listed.level, listed.about) == ("high", "partners/P1")
    assert listed.detail["entry"] == "OFAC-7"
    assert [alert for alert in done.alerts if alert.kind == "new_flag" and "listed" in str(alert.detail["rule"])]
    assert kinds(look(kb, *sources)[1]) == []

    web.tagged("/sdn.csv", LISTED.replace("DOB 1990", "a.k.a. 'NORTHWIND ALLOYS'; DOB 1990"))
    _, done = look(kb, *sources)
    (changed,) = (alert for alert in done.alerts if alert.kind == "list_entry_changed")
    assert changed.about == "partners/P1"
    assert dict(changed.detail["change"])["change"] == "changed"  # type: ignore[call-overload]

    web.tagged("/sdn.csv", OTHERS + LIST.format(number=9, name="HERON POINT TRADING", remarks=""))
    _, done = look(kb, *sources)
    (gone,) = (alert for alert in done.alerts if alert.kind == "list_entry_changed")
    assert gone.level == "low"
    assert "no longer" in gone.title["en"]


def test_a_party_that_is_no_stored_partner_is_looked_for_too(kb: KnowledgeBase, place: Path, tmp_path: Path) -> None:
    path = tmp_path / "sdn.csv"
    path.write_text(OTHERS, encoding="utf-8")
    sources = (contracts(place), Followed("list", "watchlist", str(path)))
    look(kb, *sources)
    path.write_text(LISTED, encoding="utf-8")
    _, done = look(kb, *sources)
    (listed,) = (alert for alert in done.alerts if alert.kind == "partner_listed")
    with kb.snapshot() as snapshot:
        assert snapshot.document(listed.about).source.endswith("supply.txt")
    assert listed.detail["contracts"] == [listed.about]


def test_news_about_a_partner_is_an_alert_and_its_contracts_are_checked(
    kb: KnowledgeBase, place: Path, tmp_path: Path, web: Site
) -> None:
    register = tmp_path / "partners.csv"
    register.write_text(PARTNERS, encoding="utf-8")
    feed = "<rss version='2.0'><channel><title>Press</title>{}</channel></rss>"
    item = "<item><title>{0}</title><link>{1}/{0}.html</link></item>"
    news = Followed("press", "news", web.put("/feed", feed.format(item.format("quiet", web.address))), items="page")
    web.put(
        "/quiet.html",
        "<html><body><article><h1>Quiet</h1><p>Nothing happened in the harbour today.</p></article></body></html>",
    )
    sources = (contracts(place), Followed("partners", "register", str(register)), news)
    look(kb, *sources)
    web.put("/fine.html", NEWS.format(title="Northwind Metals Ltd fined for bribery"))
    both = item.format("quiet", web.address) + item.format("fine", web.address)
    web.put("/feed", feed.format(both))
    reports, done = look(kb, *sources)
    assert len(reports[2].documents) == 1
    assert web.paths().count("/quiet.html") == 1
    found = [alert for alert in done.alerts if alert.kind == "partner_event"]
    assert {alert.about for alert in found} == {"partners/P1"}
    assert found[0].detail["document"] == reports[2].documents[0]
    assert done.checked == 1
    # An item that has left the feed keeps its events.
    web.put("/feed", feed.format(item.format("quiet", web.address)))
    reports, done = look(kb, *sources)
    assert done == Recheck()
    with kb.snapshot() as snapshot:
        assert len(snapshot.documents(Kind.NEWS)) == 2


def test_a_new_version_of_an_act_is_an_alert_and_touches_those_who_cite_it(
    kb: KnowledgeBase, place: Path, tmp_path: Path
) -> None:
    law = tmp_path / "law"
    law.mkdir()
    old, new = law / "数据交易条例(2021-01-05).md", law / "数据交易条例(2025-06-01).md"
    old.write_text(ACT.format(date="2021年1月5日", days="三十", force="2021年3月1日"), encoding="utf-8")
    citing = CHINESE + "\n第四条 双方应遵守《数据交易条例》第二条的规定。\n"
    (place / "citing.txt").write_text(citing, encoding="utf-8")
    sources = (contracts(place), Followed("act", "regulation", str(law), name="数据交易条例"))
    look(kb, *sources)
    assert alerts(kb, kind="act_version") == []
    new.write_text(ACT.format(date="2025年6月1日", days="十", force="2025年8月1日"), encoding="utf-8")
    reports, done = look(kb, *sources)
    assert [r.status for r in reports] == ["unchanged", "fetched"]
    versions = [alert for alert in done.alerts if alert.kind == "act_version"]
    assert versions
    assert any("2025" in str(alert.detail) for alert in versions)
    assert done.checked == 1
    assert look(kb, *sources)[1] == Recheck()


def test_a_source_that_fails_stops_no_other_and_is_an_alert_only_after_some_runs(
    kb: KnowledgeBase, place: Path, web: Site
) -> None:
    gone = Followed("gone", "news", f"{web.address}/gone", name="Gone press")
    for number in range(1, 5):
        reports, _ = look(kb, gone, contracts(place))
        assert [r.status for r in reports] == ["failed", "fetched" if number == 1 else "unchanged"]
        assert reports[0].error is not None
        assert reports[0].error["code"] == "http-404"
        assert [a["kind"] for a in reports[0].alerts] == (["source_failing"] if number == 3 else [])
        assert state_of(kb, "gone").failures == number
    web.put("/gone", NEWS.format(title="Back"))
    assert look(kb, gone)[0][0].status == "fetched"
    assert state_of(kb, "gone").failures == 0


def test_a_source_that_is_suddenly_empty_is_an_alert_and_nothing_is_forgotten(kb: KnowledgeBase, place: Path) -> None:
    pattern = Followed("contracts", "contract", f"{place}/*.txt")
    look(kb, pattern)
    for path in place.iterdir():
        path.rename(path.with_suffix(".bak"))
    reports, done = look(kb, pattern)
    assert reports[0].error is not None
    assert (reports[0].status, reports[0].error["code"]) == ("failed", "source-empty")
    assert [alert["kind"] for alert in reports[0].alerts] == ["source_empty"]
    assert done == Recheck()
    assert look(kb, pattern)[0][0].alerts == []
    with kb.snapshot() as snapshot:
        assert len(snapshot.documents()) == 2


def test_an_empty_folder_that_never_held_anything_is_no_failure(kb: KnowledgeBase, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    reports, _ = look(kb, Followed("drop", "contract", str(tmp_path / "drop")))
    assert (reports[0].status, reports[0].error) == ("unchanged", None)


def test_a_list_that_lost_most_of_its_rows_is_refused_with_an_alert(kb: KnowledgeBase, web: Site) -> None:
    watch = Followed(
        "list",
        "watchlist",
        web.tagged(
            "/sdn.csv",
            LISTED
            + "".join(LIST.format(number=1000 + n, name=f"PLAIN TRADER NUMBER {n}", remarks="") for n in range(40)),
        ),
    )
    look(kb, watch)
    web.tagged("/sdn.csv", OTHERS)
    reports, _ = look(kb, watch)
    assert reports[0].status == "failed"
    assert [alert["kind"] for alert in reports[0].alerts] == ["load_refused"]
    assert look(kb, watch)[0][0].alerts == []


def test_a_rejected_input_is_reported_and_the_rest_is_stored(kb: KnowledgeBase, place: Path) -> None:
    (place / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    reports, _ = look(kb, contracts(place))
    assert (reports[0].status, len(reports[0].documents), len(reports[0].rejected)) == ("fetched", 2, 1)
    assert reports[0].rejected[0]["source"].endswith("broken.pdf")


def test_a_login_page_instead_of_a_list_is_refused_by_what_it_is(kb: KnowledgeBase, web: Site) -> None:
    url = web.put("/sdn.csv", "<html><body><form>Please log in</form></body></html>", Content_Type="text/csv")
    reports, _ = look(kb, Followed("list", "watchlist", url))
    assert reports[0].error is not None
    assert (reports[0].status, reports[0].error["code"]) == ("failed", "type-mismatch")


def test_another_language_than_expected_is_a_warning(kb: KnowledgeBase, place: Path) -> None:
    reports, _ = look(kb, replace(contracts(place), language="zh"))
    assert [w for w in reports[0].warnings if "expected zh, found en" in w]


def test_what_was_forgotten_is_fetched_again_although_its_server_calls_it_unchanged(
    kb: KnowledgeBase, web: Site
) -> None:
    press = Followed("press", "news", web.tagged("/a.html", NEWS.format(title="Fined")))
    look(kb, press)
    assert look(kb, press)[0][0].status == "unchanged"
    assert web.asked[1][1].get("If-None-Match")
    with kb.snapshot() as snapshot:
        list(forget(kb, snapshot.documents()))
    assert look(kb, press)[0][0].status == "fetched"


def test_a_kill_before_the_findings_are_kept_loses_no_alert_and_raises_none_twice(
    kb: KnowledgeBase, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(kb, contracts(place))
    (place / "more.txt").write_text(CHINESE.replace("伍拾", "陆拾").replace("海岳", "海山"), encoding="utf-8")

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    for name in ("keep_findings", "_set_mark"):
        with monkeypatch.context() as patch:
            patch.setattr(alerting, name, killed)
            with pytest.raises(KeyboardInterrupt):
                look(kb, contracts(place))
    assert len(alerts(kb)) == 3
    _, done = look(kb, contracts(place))
    assert done.alerts == ()
    assert len(alerts(kb)) == 3
    with kb.snapshot() as snapshot:
        assert len({f.subject for f in stored_findings(snapshot)}) == 3


def test_a_store_in_use_is_where_the_first_look_starts(kb: KnowledgeBase, place: Path) -> None:
    door = OwnDoor(kb, actor="test")
    list(run_sources(door, [contracts(place)], POLICY))
    run_check(kb)
    assert alerts(kb) == []
    _, done = look(kb, contracts(place))
    assert kinds(done) == []  # somebody has seen those findings


def test_findings_of_a_recheck_are_those_of_a_whole_check(kb: KnowledgeBase, place: Path, tmp_path: Path) -> None:
    register = tmp_path / "partners.csv"
    register.write_text(PARTNERS, encoding="utf-8")
    path = tmp_path / "sdn.csv"
    path.write_text(OTHERS, encoding="utf-8")
    sources = (contracts(place), Followed("list", "watchlist", str(path)), Followed("p", "register", str(register)))
    look(kb, *sources)
    path.write_text(LISTED, encoding="utf-8")
    (place / "supply.txt").write_text(ENGLISH.replace("New York", "Delaware"), encoding="utf-8")
    look(kb, *sources)
    with kb.snapshot() as snapshot:
        partly = {(f.id, f.outcome, f.level) for f in stored_findings(snapshot)}
    run_check(kb)
    with kb.snapshot() as snapshot:
        assert {(f.id, f.outcome, f.level) for f in stored_findings(snapshot)} == partly
    assert any(outcome is Outcome.FLAG and level is Level.HIGH for _, outcome, level in partly)


def test_sources_are_due_by_their_interval_and_when_something_was_written(
    kb: KnowledgeBase, place: Path, web: Site
) -> None:
    import os
    import time

    press = Followed("press", "news", web.put("/a.html", NEWS.format(title="x")), interval="6h")
    sources = [press, contracts(place)]
    assert due(kb, sources) == sources
    past = time.time() - 3600
    for path in (place, *place.iterdir()):
        os.utime(path, (past, past))
    time.sleep(1.1)  # the times of entries cannot be set back
    look(kb, *sources)
    assert due(kb, sources) == []
    (place / "new.txt").write_text(ENGLISH, encoding="utf-8")
    assert due(kb, sources) == [contracts(place)]
    from datetime import UTC, datetime, timedelta

    assert due(kb, [press], now=datetime.now(UTC) + timedelta(hours=7)) == [press]
    assert due(kb, [replace(press, location=press.location + "?other")]) != []


def test_following_and_letting_go_are_recorded_acts(kb: KnowledgeBase) -> None:
    one, two = Followed("a", "news", "https://example.org/a"), Followed("b", "news", "/srv/b")
    assert follow(kb, [one, two], actor="li", origin="/etc/x.csv", whole=True) == 2
    assert follow(kb, [one, two], actor="li", origin="/etc/x.csv", whole=True) == 0
    changed = replace(one, interval="6h")
    assert follow(kb, [changed], actor="wang", origin="/etc/x.csv", whole=True) == 2
    assert followed(kb) == {"a": changed}
    assert [(act.source, act.action, act.actor) for act in history(kb)] == [
        ("a", "source.follow", "li"),
        ("b", "source.follow", "li"),
        ("a", "source.follow", "wang"),
        ("b", "source.unfollow", "wang"),
    ]
    unfollow(kb, "a", actor="li")
    with pytest.raises(NotFoundError):
        unfollow(kb, "a", actor="li")
    assert followed(kb) == {}
    assert not list(kb.audit.verify())


def test_an_acknowledged_alert_stays_so_when_the_look_is_repeated(kb: KnowledgeBase, place: Path) -> None:
    _, done = look(kb, contracts(place))
    for alert in done.alerts:
        acknowledge(kb, alert.id, actor="li", reason="seen")
    kb.registry.set_meta(alerting.MARK, '{"documents": 0, "findings": 0}')
    assert recheck(kb).alerts == ()
    assert alerts(kb) == []
    assert {alert.kind for alert in alerts(kb, open_only=False)} == {AlertKind.NEW_FLAG}
