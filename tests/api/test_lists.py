"""Lists and registers through the command line and the REST doors: versions, errors, deltas, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from api.cli.app import run
from kb.settings import Settings
from tests.api.serving import serving

HEADER = "name,country,status\n"
ROWS = [f"Grey Heron {n} Ltd,CN,active\n" for n in range(20)]


def call(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    code = run(["--data", str(data), "--json", *arguments])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_command_line_shows_versions_errors_and_deltas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, file = tmp_path / "data", tmp_path / "suppliers.csv"
    file.write_text(HEADER + "".join(ROWS) + ",CN,active\n", encoding="utf-8")
    code, (answer,) = call(capsys, data, "ingest", str(file))
    assert code == 0
    assert answer["warnings"] == ["1 of 21 rows were left out: line 22: it has no name"]
    file.write_text(HEADER + "".join(ROWS[1:]) + "New Egret Ltd,CN,active\n", encoding="utf-8")
    assert call(capsys, data, "ingest", str(file))[0] == 0
    _, (listed,) = call(capsys, data, "lists")
    assert (listed["list"], listed["number"], listed["versions"], listed["entries"]) == ("suppliers", 2, 2, 20)
    assert (listed["current"], listed["stale"], listed["age_days"]) == (True, False, 0)
    _, every = call(capsys, data, "lists", "list", "--all")
    assert [one["number"] for one in every] == [1, 2]
    _, (shown,) = call(capsys, data, "lists", "show", "suppliers", "--version", "1")
    assert shown["errors"] == [
        {"source": str(file), "row": "line 22", "column": None, "reason": "it has no name", "loaded": False}
    ]
    _, (delta,) = call(capsys, data, "lists", "diff", "suppliers")
    assert delta["counts"] == {"added": 1, "changed": 0, "removed": 1}
    assert run(["--data", str(data), "--lang", "zh", "lists"]) == 0
    assert "第 2 版" in capsys.readouterr().out
    assert run(["--data", str(data), "lists", "diff", "suppliers", "--from", "1", "--to", "2", "--all"]) == 0
    assert "+ new-egret-ltd New Egret Ltd" in capsys.readouterr().out
    assert call(capsys, data, "lists", "diff", "nobody")[0] == 2


def test_a_shrunken_register_needs_force_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = tmp_path / "data", tmp_path / "suppliers.csv"
    file.write_text(HEADER + "".join(ROWS), encoding="utf-8")
    call(capsys, data, "ingest", str(file))
    file.write_text(HEADER + "".join(ROWS[:10]), encoding="utf-8")
    code, (answer,) = call(capsys, data, "ingest", str(file))
    assert code == 3
    assert answer["status"] == "rejected"
    assert call(capsys, data, "ingest", "--force", str(file))[1][0]["status"] == "replaced"
    assert call(capsys, data, "ingest", "--map", "x=nonsense", str(file))[0] == 2


def test_the_rest_doors_refuse_force_and_compare(tmp_path: Path) -> None:
    with (
        serving(Settings(data=tmp_path / "data")) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as client,
    ):

        def post(rows: list[str], header: str = HEADER, **form: str | list[str]) -> tuple[int, dict[str, object]]:
            files = {"file": ("suppliers.csv", (header + "".join(rows)).encode())}
            answer = client.post("/v1/documents", files=files, data=form)
            return answer.status_code, answer.json()

        assert post(ROWS)[0] == 200
        status, refused = post(ROWS[:10])
        assert (status, refused["code"]) == (422, "list-shrank")
        assert post(ROWS[:10], force="true")[0] == 200
        mapped = post(ROWS[:10], header="Firma,Land,Stand\n", map=["Firma=name", "Land=country", "Stand=status"])
        assert mapped[0] == 200
        assert post(ROWS, map=["Firma"])[0] == 400
        lists = client.get("/v1/lists", params={"all": "true"}).json()["lists"]
        assert [one["entries"] for one in lists] == [20, 10, 10]
        assert client.get("/v1/lists/suppliers").json()["errors"] == []
        delta = client.get("/v1/lists/suppliers/diff", params={"from": "1", "to": "2"}).json()
        assert delta["counts"] == {"added": 0, "changed": 0, "removed": 10}
        assert client.get("/v1/lists/nobody/diff").status_code == 404
