"""The installed command in processes of its own: pipes, signals, terminals, locales, owners."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kb.base import KnowledgeBase
from kb.settings import Settings
from tests.api.commands import COMMAND, ENVIRONMENT, run, start
from tests.api.conftest import CORPUS
from tests.api.texts import CHINESE, contract

OWNER = """
import sys, time
sys.argv = ["long-job", "--all"]
from pathlib import Path
from kb.base import KnowledgeBase
with KnowledgeBase.open(Path({data!r}), write=True):
    print("ready", flush=True)
    time.sleep(120)
"""


def test_json_is_all_that_is_on_stdout_even_with_logs_on(own: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(CHINESE, encoding="utf-8")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7\nnothing")
    for arguments in (
        ["ingest", tmp_path / "a.txt", tmp_path / "b.pdf"],
        ["clauses", tmp_path / "a.txt"],
        ["extract", tmp_path / "a.txt"],
        ["check"],
        ["search", "违约金"],
        ["screen", "Lanyi"],
        ["documents"],
        ["rules", "list"],
        ["verify"],
        ["doctor"],
    ):
        told = run("--data", own, "--json", "--verbose", *arguments)
        assert told.code in {0, 3}, told.err
        assert told.records
        assert all(isinstance(record, dict) for record in told.records)


def test_nothing_but_the_answer_is_said_when_stderr_is_no_terminal(own: Path) -> None:
    told = run("--data", own, "--json", "check")
    assert told.err == ""


def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(contract(number), encoding="utf-8")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(COMMAND), "--data", str(tmp_path / "kb"), "--json", "ingest", str(folder)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=ENVIRONMENT | {"TERM": "xterm"},
    )
    os.close(theirs)
    shown = b""
    assert process.stdout is not None
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
    out = process.stdout.read().decode()
    process.stdout.close()
    process.wait()
    os.close(ours)
    assert process.returncode == 0
    assert b"Reading" in shown
    assert b"/3" in shown
    assert [json.loads(line)["status"] for line in out.splitlines()] == ["ingested"] * 3


@pytest.mark.parametrize(
    "arguments",
    [
        "export",
        "--json search '' --limit 500",
        "search '' --limit 500",
        "--json rules list",
        "check",
        "documents",
        "sparql 'SELECT * { ?s ?p ?o } LIMIT 500'",
        "rules show clause/excessive-deposit",
    ],
)
def test_a_reader_that_leaves_early_is_no_error(sample: Path, arguments: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; '{COMMAND}' --data '{sample}' {arguments} | head -n 1"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"PYTHONUNBUFFERED": "1"},
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1


def test_ingest_goes_on_when_the_reader_of_its_answers_leaves(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(contract(number), encoding="utf-8")
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; '{COMMAND}' --data '{tmp_path}/kb' --json ingest '{folder}' | head -n 1"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"DUEGRAPH_BATCH_DOCUMENTS": "2"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(run("--data", tmp_path / "kb", "--json", "documents").records) == 40


def test_stopping_ingest_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number:03}.txt").write_text(contract(number), encoding="utf-8")
    data = tmp_path / "kb"
    process = start("--data", data, "--json", "ingest", folder, env={"DUEGRAPH_BATCH_DOCUMENTS": "2"})
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(5)]
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=60)
    assert process.returncode == 130, err[-2000:]
    assert "Stopped." in err
    assert "Traceback" not in err
    answered = [json.loads(line) for line in [*first, *rest.splitlines()]]
    assert 5 <= len(answered) < 400
    stored = {row["source"] for row in run("--data", data, "--json", "documents").records}
    assert {r["source"] for r in answered} <= stored
    assert run("--data", data, "--json", "verify").record["problems"] == []


def test_a_second_owner_is_told_who_the_first_one_is(own: Path, tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(data=str(own))], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        (tmp_path / "a.txt").write_text(CHINESE, encoding="utf-8")
        for arguments in (
            ["ingest", tmp_path / "a.txt"],
            ["check"],
            ["verify"],
            ["rebuild"],
            ["remove", "en-supply.txt"],
            ["serve", "--port", "0"],
        ):
            told = run("--data", own, "--json", *arguments)
            assert (told.code, told.out) == (4, ""), arguments
            assert f"process {holder.pid} (long-job --all)" in told.err
        for arguments in (
            ["search", "liability"],
            ["documents"],
            ["findings", "list"],
            ["check", "--as-of", "2026-01-01"],
        ):
            assert run("--data", own, "--json", *arguments).code == 0, arguments
    finally:
        holder.kill()
        holder.wait()
        if holder.stdout is not None:
            holder.stdout.close()
    assert run("--data", own, "--json", "verify").record["problems"] == []


def test_the_demo_leaves_data_alone_that_is_in_use(tmp_path: Path) -> None:
    data = tmp_path / "kb"
    (data / "demo").mkdir(parents=True)
    (data / "demo" / "DEMO").touch()
    with KnowledgeBase.open(data / "demo", write=True, settings=Settings(data=data / "demo")):
        told = run("--data", data, "demo")
        assert told.code == 4
        assert "in use" in told.err
        assert (data / "demo" / "registry.sqlite").is_file()


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_chinese_survives_any_locale(sample: Path, locale: str) -> None:
    env = {"LANG": locale, "LC_ALL": locale, "PYTHONIOENCODING": "", "PYTHONUTF8": "0"}
    found = run("--data", sample, "--json", "search", "违约金", env=env)
    assert found.code == 0
    assert found.record["total"] >= 2


def test_names_that_are_no_unicode_do_not_end_a_command(sample: Path, tmp_path: Path) -> None:
    name = os.fsencode(str(tmp_path)) + b"/\xff\xfe.txt"
    with open(name, "wb") as file:  # noqa: PTH123 - a name pathlib would have to decode
        file.write(CHINESE.encode())
    done = subprocess.run(
        [os.fsencode(str(COMMAND)), b"--data", os.fsencode(str(tmp_path / "kb")), b"--json", b"ingest", name],
        capture_output=True,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "ingested"
    for arguments in (
        [b"search", b"\xff"],
        [b"partner", b"show", b"\xff"],
        [b"screen", b"a \xff b"],
        [b"check", b"\xff"],
    ):
        done = subprocess.run(
            [os.fsencode(str(COMMAND)), b"--data", os.fsencode(str(sample)), *arguments],
            capture_output=True,
            env=ENVIRONMENT,
            check=False,
        )
        assert done.returncode in {0, 2}, done.stderr
        assert b"Traceback" not in done.stderr


def test_text_from_documents_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(CHINESE.replace("违约金", "违约金\x1b[2J\x9b31m"), encoding="utf-8")
    data = tmp_path / "kb"
    assert run("--data", data, "ingest", path).code == 0
    for arguments in (["search", "违约金"], ["check"], ["clauses", path], ["extract", path]):
        told = run("--data", data, *arguments)
        assert "\x1b[2J" not in told.out
        assert "\x9b" not in told.out


def test_several_workers_answer_like_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(contract(number), encoding="utf-8")
    one = run("--data", tmp_path / "one", "--json", "ingest", folder).records
    two = run("--data", tmp_path / "two", "--json", "ingest", "--workers", "2", folder).records
    assert [{**r, "seconds": 0} for r in one] == [{**r, "seconds": 0} for r in two]


def test_a_folder_named_like_a_package_of_ours_does_not_get_in_the_way(tmp_path: Path) -> None:
    for name in ("api", "kb", "checks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong package')\n")
    told = run("--data", "data", "--json", "ingest", CORPUS / "contracts" / "zh-logistics.md", cwd=tmp_path)
    assert told.record["status"] == "ingested"
