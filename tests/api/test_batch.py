"""Batches to screen: workbooks and tables as Chinese programs save them, several processes, answers gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.app import run
from api.service.batch import Done, screen_batch, workers_for
from api.service.batch_rows import MAX_BATCH, ScreenInput, open_batch
from api.service.screening import screen_names
from kb.errors import ConflictError, InputError, RecordError
from kb.settings import Settings
from tests.api.commands import Ran
from tests.ingest.readers.xlsx_files import workbook

Command = Callable[..., Ran]

NAMES = ["澜沂精仪贸易有限公司", "Nobody Listed", "", "Anselm Varga"]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process."""
    for name in ("DUEGRAPH_DATA", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(one) for one in arguments])
        heard = capsys.readouterr()
        return Ran(code, heard.out, heard.err)

    return call


def rows() -> list[ScreenInput]:
    return [ScreenInput(name) for name in NAMES]


def test_a_workbook_is_a_batch_by_the_first_sheet_that_names_a_column_of_names(tmp_path: Path) -> None:
    path = tmp_path / "batch.xlsx"
    sheets = {
        "说明": [["说明", "内容"], ["a", "b"]],
        "供应商": [
            ["序号", "供应商名称", "类型", "国家"],
            ["1", "灰鹭航运有限公司", "企业", "CN"],
            ["2", "安瑟姆", "个人", None],
        ],
    }
    path.write_bytes(workbook(sheets))  # type: ignore[arg-type]
    total, found = open_batch(path)
    assert total == 2
    assert [(one.name, one.kind, one.country) for one in found] == [
        ("灰鹭航运有限公司", "organization", "CN"),
        ("安瑟姆", "person", None),
    ]


def test_a_workbook_without_names_and_one_that_is_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "batch.xlsx"
    path.write_bytes(workbook({"S": [["colour"], ["red"]]}))
    with pytest.raises(InputError, match="name"):
        open_batch(path)
    path.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(InputError):
        open_batch(path)


def test_a_table_in_gb18030_is_read_and_a_batch_too_long_refused(tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    path.write_bytes("企业名称,国别\n灰鹭航运有限公司,CN\n".encode("gb18030"))
    total, found = open_batch(path)
    assert (total, [one.name for one in found]) == (1, ["灰鹭航运有限公司"])
    path.write_bytes(b"name\n" + b"x\n" * (MAX_BATCH + 1))
    with pytest.raises(RecordError):
        open_batch(path)


def test_answers_are_the_same_in_one_process_and_in_two(sample: Path) -> None:
    settings = Settings(data=sample)
    alone = list(screen_batch(settings, rows(), limit=3))
    together = list(screen_batch(settings, rows(), limit=3, workers=2))
    assert alone == together
    assert [one["row"] for one in alone] == [1, 2, 3, 4]
    plain = list(screen_names(settings, rows(), limit=3))
    assert [{**answer, "row": number} for number, answer in enumerate(plain, 1)] == alone
    assert all(one["screened"] and all({"list", "version", "rows"} <= set(s) for s in one["screened"]) for one in alone)


def test_a_short_batch_takes_one_process_unless_more_are_asked_for() -> None:
    assert workers_for(10, None) == 1
    assert workers_for(10, 3) == 3
    assert workers_for(100_000, None) in {1, 2}


def test_a_batch_that_was_stopped_is_gone_on_with(command: Command, sample: Path, tmp_path: Path) -> None:
    batch, out = tmp_path / "names.csv", tmp_path / "answers.jsonl"
    batch.write_text("name\n" + "".join(f'"{name}"\n' for name in NAMES), encoding="utf-8")
    told = command("--data", sample, "--json", "screen", "--batch", batch, "--output", out)
    assert (told.code, told.record) == (3, {"rows": 4, "with_match": 2, "rejected": 1})
    whole = out.read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    assert len(lines) == 4
    out.write_text("".join(lines[:2]) + lines[2][:30], encoding="utf-8")  # stopped in the third
    told = command("--data", sample, "--json", "screen", "--batch", batch, "-o", out, "--resume")
    assert told.record["rows"] == 2
    assert out.read_text(encoding="utf-8") == whole
    told = command("--data", sample, "--json", "screen", "--batch", batch, "-o", out, "--resume")
    assert told.record["rows"] == 0
    assert out.read_text(encoding="utf-8") == whole


def test_answers_of_another_batch_or_other_lists_are_not_gone_on_with(sample: Path, tmp_path: Path) -> None:
    settings, out = Settings(data=sample), tmp_path / "answers.jsonl"
    answers = list(screen_batch(settings, rows(), limit=3))
    out.write_text("".join(json.dumps(one) + "\n" for one in answers[:2]), encoding="utf-8")
    with pytest.raises(ConflictError, match="another batch"):
        list(screen_batch(settings, rows()[::-1], limit=3, after=Done(out)))
    changed = [{**one, "screened": [{**s, "version": "0"} for s in one["screened"]]} for one in answers[:2]]
    out.write_text("".join(json.dumps(one) + "\n" for one in changed), encoding="utf-8")
    with pytest.raises(ConflictError, match="lists have changed"):
        list(screen_batch(settings, rows(), limit=3, after=Done(out)))
    out.write_text("{}\n", encoding="utf-8")
    with pytest.raises(InputError, match="no answer"):
        Done(out)


def test_output_needs_a_batch_and_resume_an_output(command: Command, sample: Path) -> None:
    assert command("--data", sample, "screen", "x", "--output", "y").code == 2
    assert command("--data", sample, "screen", "--batch", "x.csv", "--resume").code == 2
