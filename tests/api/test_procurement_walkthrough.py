"""docs/procurement.md: the walk-through does what it says, on the bundled sample and the files beside it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from api.cli.app import run

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "procurement.md").read_text(encoding="utf-8").split("## Walk-through", 1)[1]
COMMANDS = [shlex.split(line) for line in re.findall(r"^\$ duegraph (.+)$", GUIDE, re.MULTILINE)]
RISKY = "Redfern Agency FZE"


class _Guide:
    """Runs commands of the guide on a data directory, in this process."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self.capsys = data, capsys

    def __call__(self, *arguments: str) -> tuple[int, str]:
        code = run(["--data", str(self.data), *arguments])
        return code, self.capsys.readouterr().out

    def json(self, *arguments: str) -> Any:
        code, out = self("--json", *arguments)
        assert code == 0, (arguments, out)
        records = [json.loads(line) for line in out.splitlines()]
        return records[0] if len(records) == 1 else records


@pytest.fixture
def guide(own: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> _Guide:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    found = _Guide(own, capsys)
    results = found.json("ingest", "docs/procurement")
    assert {Path(one["source"]).name: one["status"] for one in results} == {
        "brightwater.csv": "ingested",
        "suppliers.csv": "ingested",
        "澜沂财务报表.csv": "ingested",
    }
    return found


@pytest.mark.slow
def test_every_command_of_the_guide_runs_as_written(guide: _Guide, tmp_path: Path) -> None:
    assert len(COMMANDS) == 15
    assert COMMANDS[0] == ["demo"]
    finding = ""
    for command in COMMANDS[1:]:
        arguments = [str(tmp_path / a) if a.startswith("redfern.") else finding if a == "f-…" else a for a in command]
        code, _ = guide(*arguments)
        assert code == 0, arguments
        if command[:2] == ["findings", "list"]:
            listed = guide.json("check", RISKY, "--rule", "party/licence-expired")["findings"]
            finding = next(f["id"] for f in listed if f["outcome"] == "flag")
    shown = guide.json("partner", "show", RISKY)
    decided = {one["rule"]: one["status"] for one in shown["summary"]["risks"]}
    assert decided["party/licence-expired"] == "mitigated"
    assert decided["party/pep"] == "open"
    page = (tmp_path / "redfern.html").read_text(encoding="utf-8")
    assert "politically exposed" in page
    assert "<script" not in page
    assert "http" not in page.replace("https://", "http://").split("</style>")[0]
    assert json.loads((tmp_path / "redfern.json").read_text(encoding="utf-8"))["partner"]["id"] == "suppliers/S3"


def test_the_risky_supplier_is_told_with_reason_source_day_and_remedy(guide: _Guide) -> None:
    found = guide.json("partner", "show", RISKY)
    risks = {one["rule"]: one for one in found["summary"]["risks"]}
    assert set(risks) >= {"party/high-risk-place", "party/pep", "party/shell-signs", "party/missing-identifier"}
    assert found["summary"]["level"] == "high"
    for one in risks.values():
        assert one["why"]["en"]
        assert one["why"]["zh"]
        assert one["what_to_do"]["zh"]
        assert one["says_who"][0]["title"] == "suppliers.csv"
        assert one["since"] is not None
    assert all(one["why"]["en"].endswith(".") for one in found["summary"]["not_evaluated"])
    assert {person["name"] for person in found["people"]} == {"Ann Holt"}


def test_the_credit_of_the_suppliers_is_what_the_guide_says(guide: _Guide) -> None:
    sound = guide.json("partner", "credit", "Brightwater Pumps Ltd", "--as-of", "2026-09-30")
    assert (sound["level"], round(sound["score"]), sound["confidence"]) == ("medium", 46, "medium")
    assert sound["coverage"] == pytest.approx(0.88)
    weak = guide.json("partner", "credit", "澜沂精仪科技有限公司", "--as-of", "2026-09-30")
    assert (weak["level"], weak["score"]) == ("high", 0)
    assert weak["drivers"][0]["id"] == "insolvency-reported"
    assert weak["partner"]["id"] == "partners/P002"  # the same party by its 统一社会信用代码, though stored twice


def test_a_report_in_another_format_is_refused_with_those_there_are(guide: _Guide, tmp_path: Path) -> None:
    code = run(["--data", str(guide.data), "report", RISKY, "-o", str(tmp_path / "redfern.pdf")])
    told = guide.capsys.readouterr().err
    assert code == 2
    assert ".html or .json" in told
    code = run(["--data", str(guide.data), "report", "Nobody Anywhere Ltd", "-o", str(tmp_path / "x.json")])
    assert code == 2
    assert "no stored partner" in guide.capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_contract_has_a_report(guide: _Guide, tmp_path: Path, language: str) -> None:
    assert guide("check")[0] == 0
    target = tmp_path / "contract.html"
    code, _ = guide("--lang", language, "report", "zh-procurement.docx", "-o", str(target))
    assert code == 0
    assert ("发现" if language == "zh" else "Findings") in target.read_text(encoding="utf-8")
