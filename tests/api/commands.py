"""Running the installed command as its users do: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("duegraph")
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("DUEGRAPH_", "LC_", "LANG"))} | {
    "COLUMNS": "160",
    "LANG": "C.UTF-8",
}


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        (one,) = self.records
        return one

    @property
    def records(self) -> list[dict[str, Any]]:
        """Every line of stdout as JSON; fails when one is not."""
        return [json.loads(line) for line in self.out.splitlines()]


def start(*arguments: object, env: dict[str, str] | None = None, **more: Any) -> subprocess.Popen[str]:
    """Start the command."""
    return subprocess.Popen(
        [str(COMMAND), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL if "stdin" not in more else more.pop("stdin"),
        text=True,
        encoding="utf-8",
        env=ENVIRONMENT | (env or {}),
        **more,
    )


def run(
    *arguments: object, stdin: str | None = None, env: dict[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """Run the command to its end."""
    done = subprocess.run(
        [str(COMMAND), *map(str, arguments)],
        input=stdin if stdin is not None else "",
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=ENVIRONMENT | (env or {}),
        cwd=cwd,
        check=False,
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    return Ran(done.returncode, done.stdout, done.stderr)


@contextmanager
def served(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``duegraph serve`` on a free port; yield the process and its address."""
    process = start("--data", data, "serve", "--port", "0", *options)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "Duegraph is at http://" in line, line + process.stderr.read()
        yield process, line.split()[3]
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def wait_for(condition: Any, seconds: float = 60.0) -> None:
    """Wait until something holds; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
