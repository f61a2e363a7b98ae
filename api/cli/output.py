"""What commands print: JSON on stdout when asked for, tables for people otherwise, progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from rich.console import Console

    from kb.settings import Settings

DONE, FINDINGS, USAGE, REJECTED, CANNOT_RUN = 0, 1, 2, 3, 4
INTERRUPTED = 130
"""Exit codes: done; done and findings at or above --fail-on; usage; some inputs rejected; cannot run; stopped."""

Advance = Callable[[str], None]
"""Told the name of each thing that is done."""


@dataclass
class Cli:
    """What the global options say.

    Attributes:
        language: "en" or "zh", for messages; from --lang, else the environment.
    """

    data: Path
    json: bool
    language: str
    console: Console = field(init=False)
    notes: Console = field(init=False)

    def __post_init__(self) -> None:
        self.console = _console(stderr=False)
        self.notes = _console(stderr=True)

    @property
    def settings(self) -> Settings:
        """The settings of the environment with the data directory of the command line."""
        from api.service.runtime import settings_for

        return settings_for(self.data)

    def emit(self, record: Mapping[str, Any]) -> None:
        """Write one JSON object as a line of stdout."""
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def show(self, text: str) -> None:
        """Print text as it is, without markup; control characters in it are made visible."""
        self.console.print(plain(text), markup=False)

    def note(self, text: str) -> None:
        """Tell the person something without touching stdout's JSON."""
        self.notes.print(plain(text), markup=False)

    def say(self, en: str, zh: str) -> str:
        """Return the text in the user's language."""
        return zh if self.language == "zh" else en


def plain(text: str) -> str:
    """Return text that cannot steer a terminal: line feeds and tabs stay, other unprintable characters are replaced."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)


def safe(text: str) -> str:
    """Return text of others for use inside rich markup."""
    from rich.markup import escape

    return escape(plain(text))


def forsake_stdout() -> None:
    """Send what is still written to stdout nowhere: its reader has seen enough (``| head``)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    class _Console(Console):
        def on_broken_pipe(self) -> NoReturn:
            # rich would leave with 1, which means "findings" here.
            raise BrokenPipeError

    return _Console(stderr=stderr, highlight=False)


@contextmanager
def progress(cli: Cli, label: str, total: int | None) -> Iterator[Advance]:
    """Yield a function that advances a progress bar (done, rate, time left) on a terminal's stderr."""
    if not sys.stderr.isatty():
        yield lambda _name: None
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
        # Answers belong on stdout; only where both are one screen may they pass through the bar, which keeps its place.
        redirect_stdout=sys.stdout.isatty() and not cli.json,
    ) as bar:
        task = bar.add_task(label, total=total, current="", rate="")

        def advance(name: str) -> None:
            bar.advance(task)
            speed = bar.tasks[0].speed
            bar.update(task, current=safe(name[-40:]), rate=f"{speed:.1f}/s" if speed is not None else "")

        yield advance


LEVEL_STYLE = {"high": "bold red", "medium": "yellow", "low": "cyan"}
LEVEL_NAME = {
    "en": {"high": "HIGH", "medium": "MEDIUM", "low": "LOW"},
    "zh": {"high": "高", "medium": "中", "low": "低"},  # high, medium, low
}
