"""`duegraph serve`, and commands started beside it."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.commands import run, served, wait_for
from tests.api.texts import CHINESE, archive, contract

pytestmark = pytest.mark.slow


def timeless(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return answers without what differs between runs: the time, and the order of those that ran side by side."""
    told = [{k: v for k, v in record.items() if k != "seconds"} for record in records]
    return sorted(told, key=lambda record: str(record.get("source")))


def test_commands_beside_a_server_answer_as_they_do_alone(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(CHINESE, encoding="utf-8")
    (folder / "b.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (folder / "c.zip").write_bytes(archive({"d.txt": contract(2), "in.zip": archive({"x": "y"})}))
    asks = (
        ["ingest", folder, tmp_path / "missing"],
        ["ingest", folder],
        ["check"],
        ["check", "a.txt", "--fail-on", "low"],
    )
    wrong = (["check", "no such thing"], ["check", "--rule", "no/rule"])
    alone = tmp_path / "alone"
    shutil.copytree(own, alone)
    before = len(run("--data", own, "--json", "documents").records)
    expected = [run("--data", alone, "--json", *ask) for ask in (*asks, *wrong)]
    with served(own) as (_, address):
        beside = [run("--data", own, "--json", *ask) for ask in (*asks, *wrong)]
        assert httpx.get(f"{address}/health/ready", trust_env=False).json()["documents"] == before + 2
        people = run("--data", own, "ingest", folder)
        assert "4 inputs in" in people.err
    assert [one.code for one in beside] == [one.code for one in expected] == [3, 3, 0, 1, 2, 2]
    for here, there in zip(beside[:-2], expected[:-2], strict=True):
        assert timeless(here.records) == timeless(there.records)
    assert [one.out for one in beside[-2:]] == ["", ""]
    assert run("--data", own, "--json", "verify").record["problems"] == []


def test_reading_commands_work_beside_a_server(own: Path, tmp_path: Path) -> None:
    with served(own) as (_, address):
        for arguments in (
            ["search", "违约金"],
            ["partner", "show", "partners/P002"],
            ["documents"],
            ["findings", "list"],
            ["screen", "Lanyi"],
            ["sparql", "ASK { ?s ?p ?o }"],
            ["check", "--as-of", "2024-01-01"],
            ["check", "--rule", "clause/excessive-deposit"],
            ["backup", tmp_path / "b.tar.gz"],
            ["doctor"],
        ):
            told = run("--data", own, "--json", *arguments)
            assert told.code == 0, (arguments, told.err)
            assert told.records
        assert run("--data", own, "export", "-o", tmp_path / "out.nq").code == 0
        assert (tmp_path / "out.nq").stat().st_size > 100_000
        assert address in run("--data", own, "check", "--rule", "clause/excessive-deposit").out
        for arguments in (["verify"], ["rebuild"], ["serve", "--port", "0"]):
            told = run("--data", own, *arguments)
            assert told.code == 4
            assert address in told.err
    assert run("--data", tmp_path / "there", "restore", tmp_path / "b.tar.gz").code == 0


def test_removing_and_deciding_hand_over_to_the_server(own: Path) -> None:
    with served(own) as (_, address):
        flag = run("--data", own, "--json", "findings", "list").record["findings"][0]["id"]
        made = run(
            "--data",
            own,
            "--json",
            "findings",
            "decide",
            flag,
            "--status",
            "mitigated",
            "--reason",
            "Done.",
            "--by",
            "Ada",
        )
        assert (made.code, made.record["status"], made.record["actor"]) == (0, "mitigated", "Ada")
        shown = httpx.get(f"{address}/v1/findings/{flag}", trust_env=False).json()
        assert shown["decision"]["actor"] == "Ada"
        assert run("--data", own, "findings", "decide", "f-0", "--status", "open", "--reason", "x").code == 2
        told = run("--data", own, "--json", "remove", "en-supply.txt")
        assert [r["status"] for r in told.records] == ["removed"]
        assert run("--data", own, "--json", "documents", "--source", "en-supply.txt").records == []
    assert run("--data", own, "--json", "findings", "show", flag).record["status"] == "mitigated"


def test_a_server_that_died_is_not_asked(own: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(CHINESE, encoding="utf-8")
    with served(own) as (process, _):
        process.kill()
        process.wait()
        told = run("--data", own, "--json", "ingest", tmp_path / "a.txt")
        assert (told.code, told.record["status"]) == (0, "ingested")


def test_a_server_that_does_not_answer_is_exit_code_4(own: Path, tmp_path: Path) -> None:
    from kb.base import KnowledgeBase
    from kb.settings import Settings

    (tmp_path / "a.txt").write_text(CHINESE, encoding="utf-8")
    with (
        KnowledgeBase.open(own, write=True, settings=Settings(data=own)) as kb,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        port = taken.getsockname()[1]
        taken.close()
        kb.announce(f"http://127.0.0.1:{port}")
        for arguments in (["ingest", tmp_path / "a.txt"], ["check"]):
            told = run("--data", own, "--json", *arguments)
            assert (told.code, told.out) == (4, "")
            assert "does not answer" in told.err


def test_something_else_at_the_address_is_exit_code_4(own: Path, tmp_path: Path) -> None:
    import http.server

    from kb.base import KnowledgeBase
    from kb.settings import Settings

    class Other(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    (tmp_path / "a.txt").write_text(CHINESE, encoding="utf-8")
    server = http.server.HTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with KnowledgeBase.open(own, write=True, settings=Settings(data=own)) as kb:
            kb.announce(f"http://127.0.0.1:{server.server_port}")
            told = run("--data", own, "--json", "ingest", tmp_path / "a.txt")
            assert (told.code, told.out) == (4, "")
            assert "something else than JSON" in told.err
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_told_to_stop_finishes_what_it_does(own: Path, number: int) -> None:
    with served(own) as (process, address):
        answers: list[httpx.Response] = []

        def send() -> None:
            files = {"file": ("late.txt", contract(5).encode())}
            answers.append(httpx.post(f"{address}/v1/documents", files=files, trust_env=False, timeout=60))

        thread = threading.Thread(target=send)
        thread.start()
        wait_for(lambda: not thread.is_alive() or _busy(process.pid))
        process.send_signal(number)
        thread.join()
        assert process.wait(timeout=30) == 0
        assert [a.json()["results"][0]["status"] for a in answers] == ["ingested"]
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    stored = run("--data", own, "--json", "documents", "--source", "late.txt").records
    assert [r["id"] for r in stored] == [answers[0].json()["results"][0]["document"]]
    assert json.loads((own / "owner.lock").read_bytes() or b"{}") == {}


def _busy(pid: int) -> bool:
    """Say whether a process has children: the reader of an upload is one."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return any(p.read_text().strip() for p in Path(f"/proc/{pid}/task").glob("*/children")) or not children.exists()


def test_an_idle_connection_does_not_hold_up_the_end(own: Path) -> None:
    with served(own) as (process, address):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as idle, socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"POST /v1/checks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n{")
            idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert idle.recv(15).startswith(b"HTTP/1.1 200")
            process.terminate()
            assert process.wait(timeout=30) == 0


def test_a_taken_address_is_exit_code_4(own: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = run("--data", own, "serve", "--port", str(taken.getsockname()[1]))
    assert told.code == 4
    assert "cannot listen" in told.err
    assert run("--data", own, "serve", "--host", "no.such.host.invalid", "--port", "0").code == 4


def test_slow_and_idle_connections_do_not_block_others(own: Path) -> None:
    with served(own) as (_, address):
        host, port = address.removeprefix("http://").split(":")
        wires = [socket.create_connection((host, int(port))) for _ in range(150)]
        try:
            for wire in wires[:50]:
                wire.sendall(b"GET /health/live HTTP/1.1\r\nHost:")
            assert httpx.get(f"{address}/health/ready", trust_env=False, timeout=10).status_code == 200
        finally:
            for wire in wires:
                wire.close()


def test_uploads_at_the_same_time_are_all_stored(own: Path) -> None:
    before = len(run("--data", own, "--json", "documents").records)
    with served(own) as (_, address):
        statuses: list[str] = []

        def send(number: int) -> None:
            files = {"file": (f"{number}.txt", contract(number).encode())}
            answer = httpx.post(
                f"{address}/v1/documents", files=files, data={"link": "false"}, trust_env=False, timeout=120
            )
            statuses.append(answer.json()["results"][0]["status"])

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == ["ingested"] * 8
    assert len(run("--data", own, "--json", "documents").records) == before + 8


def test_a_server_answers_to_its_own_names_and_to_allowed_ones(own: Path) -> None:
    with served(own, "--allow-host", "due.example") as (_, address):
        assert httpx.get(f"{address}/health/live", headers={"Host": "due.example"}, trust_env=False).status_code == 200
        assert httpx.get(f"{address}/health/live", headers={"Host": "evil.example"}, trust_env=False).status_code == 421
