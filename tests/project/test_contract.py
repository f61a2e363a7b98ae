"""The command-line contract other programs rely on, checked with the published tool where it is at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[3] / "shared" / "tools" / "check-contract"
COMMANDS = ("ingest", "clauses", "extract", "check", "search", "screen", "law")


@pytest.mark.shared
@pytest.mark.slow
def test_every_command_keeps_its_contract() -> None:
    if not TOOL.is_file():
        pytest.skip("../shared/tools/check-contract is not here")
    command = Path(sys.executable).with_name("duegraph")
    done = subprocess.run([sys.executable, str(TOOL), str(command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == list(COMMANDS)
