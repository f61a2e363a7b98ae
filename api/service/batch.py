"""Screening a batch: in several processes where that helps, written as it comes, resumed where it stopped.

All rows of one batch are screened against the same lists and the same decisions. The index is a file mapped into
memory, so a further process costs its start and little else.
"""

from __future__ import annotations

import json
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any, Final

from api.service.batch_rows import ScreenInput
from api.service.hits import Ledger
from api.service.screening import screen_input, stored_index
from checks.screening import ScreeningIndex
from kb.errors import ConflictError, InputError
from kb.settings import Settings

PORTION: Final = 25
"""Rows handed to a process at a time."""
WORTH_WORKERS: Final = 2_000
"""Rows from which a second process saves more than its start costs (about two seconds)."""
MOST_WORKERS: Final = 2
"""Processes taken when nobody says how many; more are asked for with ``--workers``."""

Answer = dict[str, Any]


def workers_for(rows: int, asked: int | None) -> int:
    """Return how many processes screen a batch."""
    if asked is not None:
        return asked
    return min(MOST_WORKERS, os.cpu_count() or 1) if rows >= WORTH_WORKERS else 1


def screen_batch(
    settings: Settings, rows: Iterable[ScreenInput], *, limit: int, workers: int = 1, after: Done | None = None
) -> Iterator[Answer]:
    """Yield the answer for each row, in their order, with its number in the batch as ``row`` (from 1).

    A row that cannot be screened is answered with ``error`` (code, detail), and the batch goes on.

    Args:
        settings: where the data is.
        rows: what to screen.
        limit: candidates per row.
        workers: processes.
        after: what was answered before; those rows are not screened again.

    Raises:
        ConflictError: what was answered before is of another batch or other lists.
    """
    index, known = stored_index(settings)
    todo = iter(rows)
    done = 0
    if after is not None:
        done = after.rows
        after.check(list(islice(todo, done)), [one.json() for one in index.screened])
    answers = (
        _alone(index, known, todo, limit) if workers < 2 else _together(settings, index, known, todo, limit, workers)
    )
    for number, answer in enumerate(answers, done + 1):
        yield {"row": number, **answer}


def _alone(index: ScreeningIndex, known: Ledger, rows: Iterable[ScreenInput], limit: int) -> Iterator[Answer]:
    for row in rows:
        yield screen_input(index, known, row, limit=limit)


def _together(
    settings: Settings, index: ScreeningIndex, known: Ledger, rows: Iterator[ScreenInput], limit: int, workers: int
) -> Iterator[Answer]:
    lists = [one.json() for one in index.screened]
    # A fresh interpreter: a fork would inherit open stores and threads.
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(settings, known, limit)
    ) as pool:
        waiting: deque[tuple[list[ScreenInput], Future[list[Answer] | None]]] = deque()
        try:
            while True:
                while len(waiting) < 2 * workers and (portion := list(islice(rows, PORTION))):
                    waiting.append((portion, pool.submit(_screen, portion, lists)))
                if not waiting:
                    return
                portion, future = waiting.popleft()
                try:
                    found = future.result()
                except BrokenProcessPool:
                    found = None
                # None: the lists changed since, or the process died; this process still has what it began with.
                yield from found if found is not None else _alone(index, known, portion, limit)
                if isinstance(future.exception(), BrokenProcessPool):
                    yield from _alone(index, known, (row for part, _ in waiting for row in part), limit)
                    yield from _alone(index, known, rows, limit)
                    return
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_begun: list[tuple[ScreeningIndex, Ledger, int, list[dict[str, Any]]]] = []
"""What a worker process screens with; set once, when it starts."""


def _begin(settings: Settings, known: Ledger, limit: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    index, _ = stored_index(settings)
    _begun.append((index, known, limit, [one.json() for one in index.screened]))


def _screen(portion: list[ScreenInput], lists: list[dict[str, Any]]) -> list[Answer] | None:
    index, known, limit, own = _begun[0]
    return list(_alone(index, known, portion, limit)) if own == lists else None


# --- a file of answers, one a line -----------------------------------------------------------------------------------


class Done:
    """The answers a file already holds.

    Attributes:
        rows: how many.
    """

    def __init__(self, path: Path) -> None:
        """Read them; a last line that breaks off is cut off.

        Raises:
            InputError: the file cannot be read, or holds no answers.
        """
        self.path: Final = path
        self.rows = 0
        self._asked: list[str] = []
        self._screened: list[dict[str, Any]] | None = None
        whole = 0
        try:
            with path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._take(line)
                    whole += len(line)
            if whole < path.stat().st_size:
                os.truncate(path, whole)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(path, str(error)) from error

    def _take(self, line: bytes) -> None:
        try:
            answer = json.loads(line)
            name, screened, row = str(answer["query"]["name"]), list(answer["screened"]), int(answer["row"])
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(self.path, f"line {self.rows + 1} is no answer of screen --batch") from error
        self.rows += 1
        if row != self.rows or (self._screened is not None and screened != self._screened):
            raise _unreadable(self.path, f"line {self.rows} does not follow the one before it")
        self._screened = screened
        self._asked.append(name)

    def check(self, rows: list[ScreenInput], lists: list[dict[str, Any]]) -> None:
        """Compare with the batch and the lists that are to be gone on with.

        Raises:
            ConflictError: they are others.
        """
        names = [row.name.strip() or row.name for row in rows]
        if names != [name.strip() or name for name in self._asked]:
            raise ConflictError(
                "the answers are of another batch.",
                code="batch-other",
                place=str(self.path),
                remedy="Name another file with --output, or leave --resume out.",
            )
        if self._screened is not None and self._screened != lists:
            raise ConflictError(
                "the lists have changed since these answers were given.",
                code="batch-lists",
                place=str(self.path),
                remedy="Screen the whole batch again: leave --resume out.",
            )


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        f"the answers cannot be gone on with: {why}.",
        code="batch-answers",
        place=str(path),
        remedy="Name another file with --output, or leave --resume out.",
    )


def write_answer(file: IO[bytes], answer: Answer) -> None:
    """Append one answer to a file at once, so that a stop loses no more than the last one."""
    file.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    file.flush()
