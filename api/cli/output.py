"""What commands print: JSON on stdout when asked for, tables for people otherwise, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

DONE, FINDINGS, USAGE, REJECTED, CANNOT_RUN = 0, 1, 2, 3, 4
INTERRUPTED = 130
"""Exit codes: done; done and findings at or above --fail-on; usage; some inputs rejected; cannot run."""


@dataclass
class Cli:
    """What the global options say.

    Attributes:
        language: "en" or "zh", for messages; from --lang, else the environment's LANG.
    """

    data: Path
    json: bool
    language: str
    console: Console = field(init=False)
    notes: Console = field(init=False)

    def __post_init__(self) -> None:
        from rich.console import Console

        self.console = Console(highlight=False)
        self.notes = Console(stderr=True, highlight=False)

    def emit(self, record: Mapping[str, Any]) -> None:
        """Write one JSON object as a line of stdout."""
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Tell the person something without touching stdout's JSON."""
        self.notes.print(text, markup=False)

    def say(self, en: str, zh: str) -> str:
        """Return the text in the user's language."""
        return zh if self.language == "zh" else en


@contextmanager
def progress(cli: Cli, label: str, total: int | None) -> Iterator[Any]:
    """Yield a function that advances a progress bar (files done, rate, time left) on a terminal's stderr."""
    if not sys.stderr.isatty():
        yield lambda _name="", _steps=1: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[current]}"),
        console=cli.notes,
        transient=True,
    ) as bar:
        task = bar.add_task(label, total=total, current="", rate="")

        def advance(name: str = "", steps: int = 1) -> None:
            bar.advance(task, steps)
            state = bar.tasks[0]
            rate = f"{state.speed:.1f}/s" if state.speed is not None else ""
            bar.update(task, current=name[-40:], rate=rate)

        yield advance


LEVEL_STYLE = {"high": "bold red", "medium": "yellow", "low": "cyan"}
LEVEL_NAME = {
    "en": {"high": "HIGH", "medium": "MEDIUM", "low": "LOW"},
    "zh": {"high": "高", "medium": "中", "low": "低"},
}
