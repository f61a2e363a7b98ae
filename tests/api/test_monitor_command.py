"""``monitor`` and ``alerts`` as commands, over HTTP and beside a running server."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from api.cli.app import run
from api.cli.monitoring import AlertKindChoice
from kb import maintenance
from kb.alerts import AlertKind, alerts
from kb.base import KnowledgeBase
from kb.settings import Settings
from tests.api.commands import Ran, start
from tests.api.serving import serving
from tests.api.texts import CHINESE, ENGLISH, contract
from tests.ingest.fetch.server import Site, site

Command = Callable[..., Ran]
HEADER = "id,kind,name,location,interval,format,language,items\n"
PAGE = "<html><body><article><h1>Harbour news</h1><p>Nothing happened in the harbour today.</p></article></body></html>"


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Run the command line in this process, on a data directory of the test."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "DUEGRAPH_MONITOR_REGISTER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("DUEGRAPH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DUEGRAPH_FETCH_PRIVATE", "true")
    monkeypatch.setenv("DUEGRAPH_FETCH_ATTEMPTS", "1")

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(one) for one in arguments])
        heard = capsys.readouterr()
        return Ran(code, heard.out, heard.err)

    return call


@pytest.fixture
def register(tmp_path: Path, web: Site) -> Path:
    """Return a register of a folder with two contracts and of a page."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "supply.txt").write_text(ENGLISH, encoding="utf-8")
    (folder / "采购.txt").write_text(CHINESE, encoding="utf-8")
    path = tmp_path / "sources.csv"
    rows = f"contracts,contract,,contracts,每天,,,\npress,news,Press,{web.tagged('/a.html', PAGE)},daily,,en,\n"
    path.write_text(HEADER + rows, encoding="utf-8")
    return path


def statuses(ran: Ran) -> dict[str, str]:
    return {line["source"]: line["status"] for line in ran.records if "source" in line}


def raised(ran: Ran) -> list[dict[str, str]]:
    return [line["alert"] for line in ran.records if "alert" in line]


def test_a_run_prints_a_line_per_source_and_alert_and_is_safe_to_repeat(command: Command, register: Path) -> None:
    first = command("--json", "monitor", "run", "--register", register, "--fail-on", "high")
    assert first.code == 1
    assert statuses(first) == {"contracts": "fetched", "press": "fetched"}
    assert [alert["kind"] for alert in raised(first)] == ["new_flag", "new_flag"]
    for options in (("--due",), ("--all",), ("--only", "press")):
        again = command("--json", "monitor", "run", "--register", register, *options)
        assert again.code == 0
        assert set(statuses(again).values()) == {"unchanged"}
        assert raised(again) == []
    assert command("alerts", "--fail-on", "high").code == 1
    assert command("alerts", "--fail-on", "high", "--kind", "partner_listed").code == 0
    told = command("--lang", "zh", "monitor", "run", "--register", register, "--all", "--fail-on", "low")
    assert told.code == 0
    assert "未变" in told.out
    assert "个来源" in told.err
    # Nobody has seen to them yet.
    found = command("--json", "alerts").records
    assert len(found) == 2
    assert set(found[0]) == {"id", "kind", "level", "status", "about", "title", "detail", "raised_at", "acts"}
    done = command("--json", "alerts", "acknowledge", found[0]["id"], "--reason", "spoke to them", "--by", "li").record
    assert (done["status"], done["acts"][0]["reason"]) == ("acknowledged", "spoke to them")
    assert [one["id"] for one in command("--json", "alerts").records] == [found[1]["id"]]
    assert len(command("--json", "alerts", "--all").records) == 2
    assert "spoke to them" in command("alerts", "--all").out
    assert command("--json", "alerts", "reopen", found[0]["id"], "--reason", "no").record["status"] == "open"
    assert len(command("--json", "alerts", "--about", found[0]["about"]).records) == 1
    assert command("--json", "alerts", "--since", "2199-01-01").records == []
    assert "共 2 条预警" in command("--lang", "zh", "alerts").out


def test_one_bad_row_and_one_bad_source_exit_3_and_the_rest_is_done(
    command: Command, register: Path, web: Site
) -> None:
    with register.open("a", encoding="utf-8") as more:
        more.write(f"gone,news,,{web.address}/gone,daily,,,\nbad,gossip,,x,,,,\n")
    ran = command("--json", "monitor", "run", "--register", register, "--fail-on", "high")
    assert ran.code == 3
    found = statuses(ran)
    assert (found["contracts"], found["press"], found["gone"]) == ("fetched", "fetched", "failed")
    errors = {line["source"]: line["error"]["code"] for line in ran.records if line.get("error")}
    assert errors == {"gone": "http-404", f"{register}:5": "register-row"}


def test_wrong_arguments_are_said_so(command: Command, register: Path, tmp_path: Path) -> None:
    assert command("monitor", "run", "--register", register, "--all", "--only", "press").code == 2
    assert command("monitor", "run", "--register", register, "--only", "nobody").code == 2
    assert command("monitor", "run", "--register", tmp_path / "absent.csv").code == 3
    assert command("monitor", "add", "a", "ftp://example.org/x", "--kind", "news").code == 3
    assert command("monitor", "remove", "nobody").code == 2
    assert command("alerts", "acknowledge", "alert-nothing", "--reason", "x").code == 2
    assert command("alerts", "--since", "yesterday").code == 2
    assert command("alerts", "--kind", "gossip").code == 2


def test_sources_are_added_listed_and_let_go(command: Command, web: Site, tmp_path: Path) -> None:
    web.tagged("/a.html", PAGE)
    added = command("--json", "monitor", "add", "press", f"{web.address}/a.html", "--kind", "news", "--every", "6h")
    assert added.record["changed"] is True
    (tmp_path / "in").mkdir()
    command("monitor", "add", "drop", tmp_path / "in", "--kind", "contract", "--by", "li")
    ran = command("--json", "monitor", "run")
    assert statuses(ran) == {"press": "fetched", "drop": "unchanged"}
    listed = {one["id"]: one for one in command("--json", "monitor", "list").records}
    assert (listed["press"]["due"], listed["press"]["failures"], listed["press"]["held"]) == (False, 0, 1)
    assert "press" in command("monitor", "list").out
    assert command("monitor", "remove", "press").code == 0
    assert [one["id"] for one in command("--json", "monitor", "list").records] == ["drop"]
    acts = command("--json", "monitor", "history").records
    assert [(act["source"], act["action"]) for act in acts] == [
        ("press", "follow"),
        ("drop", "follow"),
        ("press", "unfollow"),
    ]
    assert acts[1]["actor"] == "li"


def test_a_register_in_the_environment_is_followed_and_what_leaves_it_is_let_go(
    command: Command, register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUEGRAPH_MONITOR_REGISTER", str(register))
    command("monitor", "run")
    assert [one["id"] for one in command("--json", "monitor", "list").records] == ["contracts", "press"]
    register.write_text("".join(register.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8")
    assert statuses(command("--json", "monitor", "run", "--all")) == {"contracts": "unchanged"}
    assert [one["id"] for one in command("--json", "monitor", "list").records] == ["contracts"]


def test_beside_a_server_the_command_fetches_and_the_server_stores(
    command: Command, register: Path, tmp_path: Path, web: Site
) -> None:
    data = tmp_path / "data"
    with serving_announced(data) as address:
        first = command("--json", "monitor", "run", "--register", register)
        assert first.code == 0, first.err
        assert statuses(first) == {"contracts": "fetched", "press": "fetched"}
        assert len(raised(first)) == 2
        again = command("--json", "monitor", "run", "--register", register, "--all")
        assert set(statuses(again).values()) == {"unchanged"}
        assert raised(again) == []
        assert "If-None-Match" in web.asked[-1][1]
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            listed = client.get("/v1/alerts").json()
            assert listed["total"] == 2
            assert client.get("/v1/sources").json()["sources"][0]["id"] == "press"  # no places of a disk
            alert = listed["alerts"][0]["id"]
            assert command("alerts", "acknowledge", alert, "--reason", "seen").code == 0
            assert client.get(f"/v1/alerts/{alert}").json()["status"] == "acknowledged"
        assert command("monitor", "add", "b", f"{web.address}/a.html", "--kind", "news").code == 0
        assert command("monitor", "add", "c", tmp_path, "--kind", "news").code == 2
        assert command("monitor", "remove", "b").code == 0


class serving_announced:  # noqa: N801 - used like a function
    """A server in a thread that owns the data and says where it serves, as ``duegraph serve`` does."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def __enter__(self) -> str:
        from tests.api.commands import served

        self._server = served(self._data)
        _, address = self._server.__enter__()
        return address

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(None, None, None)


def test_alerts_and_sources_over_http(tmp_path: Path, web: Site) -> None:
    settings = Settings(data=tmp_path / "data")
    with serving(settings) as address, httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        files = {"file": ("supply.txt", ENGLISH.encode())}
        assert client.post("/v1/documents", files=files).status_code == 200
        assert client.post("/v1/rechecks", json={"baseline": True}).json() == {"checked": 0, "alerts": []}
        done = client.post("/v1/rechecks", json={}).json()
        assert (done["checked"], len(done["alerts"])) == (1, 1)
        assert client.post("/v1/rechecks", json={}).json() == {"checked": 0, "alerts": []}
        alert = done["alerts"][0]["id"]
        assert client.get("/v1/alerts", params={"kind": "partner_listed"}).json()["total"] == 0
        assert client.get("/v1/alerts", params={"kind": "gossip"}).status_code == 422
        assert client.get("/v1/alerts/alert-none").status_code == 404
        decision = {"action": "acknowledge", "reason": "seen", "actor": "li"}
        assert client.post(f"/v1/alerts/{alert}/decisions", json=decision).status_code == 201
        assert client.post(f"/v1/alerts/{alert}/decisions", json=decision | {"action": "burn"}).status_code == 422
        assert client.get("/v1/alerts").json()["total"] == 0
        assert client.get("/v1/alerts", params={"all": True}).json()["alerts"][0]["acts"][0]["actor"] == "li"
        row = {"id": "a", "kind": "news", "location": "https://example.org/feed"}
        assert client.post("/v1/sources", json={"sources": [row]}).json() == {"changed": 1}
        for place in ("/etc/passwd", "file:///etc/passwd", "../x", ""):
            refused = client.post("/v1/sources", json={"sources": [row | {"location": place}]})
            assert refused.status_code in {400, 422}, place
        assert client.get("/v1/sources").json()["total"] == 1
        assert client.delete("/v1/sources/a").status_code == 200
        assert client.delete("/v1/sources/a").status_code == 404
        # The page: a form reopens the alert, and it is there again.
        page = client.get("/alerts", params={"show": "all", "lang": "zh"})
        assert alert in page.text
        assert "预警" in page.text
        form = {"alert": alert, "action": "reopen", "reason": "again"}
        assert client.post("/alert-acts", data=form).status_code == 303
        assert client.get("/v1/alerts").json()["total"] == 1


def test_the_command_line_names_every_kind_of_alert() -> None:
    assert [one.value for one in AlertKindChoice] == [one.value for one in AlertKind]


@pytest.mark.slow
def test_a_run_that_is_killed_at_any_moment_is_made_good_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.txt").write_text(contract(number), encoding="utf-8")
    register = tmp_path / "sources.csv"
    register.write_text(f"{HEADER}contracts,contract,,{folder},1h,,,\n", encoding="utf-8")
    data, choose = tmp_path / "data", random.Random(20261123)
    line = ("--data", data, "--json", "monitor", "run", "--all", "--register", register)
    heard: set[str] = set()
    cut_short = 0
    for _ in range(2):
        process = start(*line, env={"DUEGRAPH_BATCH_DOCUMENTS": "4"})
        try:
            process.wait(timeout=choose.uniform(1.5, 4.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            cut_short += 1
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        lines = out.splitlines() if out.endswith("\n") else out.splitlines()[:-1]
        heard |= {one["alert"]["id"] for one in map(json.loads, lines) if "alert" in one}
    assert cut_short >= 1, "no run was cut short: wait less"
    last = start(*line)
    out, err = last.communicate(timeout=120)
    assert (last.returncode, err.count("Traceback")) == (0, 0), err
    with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as kb:
        assert maintenance.verify(kb) == []
        found = alerts(kb)
        assert heard <= {alert.id for alert in found}
        assert len({alert.about for alert in found}) == len(found) == 12
        with kb.snapshot() as snapshot:
            assert len(snapshot.documents()) == 12
