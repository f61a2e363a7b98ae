"""The whole program, killed: whatever moment it dies at, it opens again, keeps its word, and goes on where it was.

``DUEGRAPH_KILLS`` sets how many moments are tried (10 unless told otherwise).
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
from pathlib import Path

import pytest

from kb import maintenance
from kb.base import KnowledgeBase
from kb.settings import Settings
from tests.api.commands import run, start
from tests.api.texts import archive, contract

KILLS = int(os.environ.get("DUEGRAPH_KILLS", "10"))
CONTRACTS = 60
LONGEST_WAIT = 4.0
"""Seconds after the first answer; a whole run takes about as long, so every phase of it is hit."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("contracts")
    for number in range(CONTRACTS):
        (place / f"{number:03}.txt").write_text(contract(number), encoding="utf-8")
    return place


def stored(data: Path) -> dict[str, str]:
    """Return document by source, after making sure that every part of the store agrees."""
    with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as kb:
        assert maintenance.verify(kb) == []
        with kb.snapshot() as snapshot:
            records = snapshot.documents()
            for record in records:
                assert snapshot.text(record.id)
                assert snapshot.index.search("", filters={"kind": "contract"}, limit=1).total >= 0
            return {source: record.id for record in records for _, source in record.sources}


def kill_after(data: Path, folder: Path, seconds: float) -> dict[str, str]:
    """Ingest, kill -9 some time after the start, and return document by source of what was acknowledged."""
    process = start("--data", data, "--json", "ingest", folder, env={"DUEGRAPH_BATCH_DOCUMENTS": "3"})
    try:
        process.wait(timeout=seconds)
    except Exception:  # noqa: BLE001 - the time is over, which is the point
        process.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    # A line cut in half was not yet heard by anyone.
    lines = out.splitlines() if out.endswith("\n") else out.splitlines()[:-1]
    answers = [json.loads(line) for line in lines]
    return {a["source"]: a["document"] for a in answers if a["status"] in {"ingested", "replaced", "unchanged"}}


def test_nothing_acknowledged_is_lost_whenever_it_is_killed(folder: Path, tmp_path: Path) -> None:
    choose = random.Random(20261123)
    data = tmp_path / "kb"
    acknowledged: dict[str, str] = {}
    cut_short = 0
    for _ in range(KILLS):
        wait = choose.uniform(0.2, LONGEST_WAIT)
        acknowledged |= kill_after(data, folder, wait)
        if not (data / "registry.sqlite").exists():
            continue  # killed before anything was made
        kept = stored(data)
        assert acknowledged.items() <= kept.items()
        if len(kept) < CONTRACTS:
            cut_short += 1
        else:
            data = tmp_path / f"kb{_}"
            acknowledged = {}
    assert cut_short >= KILLS // 4, "hardly any run was cut short: wait less"
    rerun = run("--data", data, "--json", "ingest", folder)
    assert rerun.code == 0
    assert {r["status"] for r in rerun.records} <= {"ingested", "unchanged"}
    final = stored(data)
    assert len(final) == CONTRACTS
    assert acknowledged.items() <= final.items()
    assert run("--data", data, "--json", "check").code == 0


def test_a_server_killed_while_it_stores_keeps_its_word(folder: Path, tmp_path: Path) -> None:
    import httpx

    from tests.api.commands import served

    data = tmp_path / "kb"
    acknowledged: dict[str, str] = {}
    for round_number in range(3):
        with served(data) as (process, address):
            for path in sorted(folder.iterdir())[round_number * 4 : round_number * 4 + 4]:
                files = {"file": (path.name, path.read_bytes())}
                answer = httpx.post(f"{address}/v1/documents", files=files, trust_env=False, timeout=60)
                (result,) = answer.json()["results"]
                acknowledged[result["source"]] = result["document"]
            process.kill()
            process.wait()
        assert stored(data) == acknowledged
    assert len(acknowledged) == 12


HOSTILE: dict[str, bytes] = {
    "broken.pdf": b"%PDF-1.7\nnothing",
    "bomb.zip": archive({"zeros.txt": bytes(60 * 1024 * 1024)}),
    "nested.zip": archive({"inner.zip": archive({"a.txt": "x"})}),
    "climbing.zip": archive({"../../etc/cron.d/x": "x"}),
    "fake.docx": b"PK\x03\x04" + bytes(200),
    "entities.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "'
    + b"c" * 1000
    + b'">]><a>'
    + b"&b;" * 1000
    + b"</a>",
    "binary.txt": bytes(range(256)) * 100,
    "empty.md": b"",
    "deep.html": b"<div>" * 300_000,
    "huge.txt": b"x" * (26 * 1024 * 1024),
}


def test_ten_hostile_files_are_ten_clear_errors_and_the_rest_is_stored(tmp_path: Path) -> None:
    assert len(HOSTILE) == 10
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in HOSTILE.items():
        (folder / name).write_bytes(data)
    for number in range(3):
        (folder / f"good{number}.txt").write_text(contract(number), encoding="utf-8")
    told = run("--data", tmp_path / "kb", "--json", "ingest", folder)
    assert told.code == 3
    good = [r for r in told.records if "good" in r["source"]]
    assert [r["status"] for r in good] == ["ingested"] * 3
    refused = {r["source"].removeprefix(f"{folder}/").partition("!")[0]: r for r in told.records if r not in good}
    assert {name: r["status"] for name, r in refused.items()} == dict.fromkeys(HOSTILE, "rejected")
    assert len(told.records) == len(HOSTILE) + 3
    for name, record in refused.items():
        error = record["error"]
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error["code"]), name
        assert error["code"] not in {"internal", "error"}, name
        assert len(error["detail"].split()) >= 4, name
        assert record["document"] is None
    assert len(stored(tmp_path / "kb")) == 3
    assert not Path("/etc/cron.d/x").exists()
