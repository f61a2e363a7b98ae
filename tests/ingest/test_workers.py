"""Worker processes that die."""

from __future__ import annotations

import os
import signal

import pytest

from ingest.workers import WorkerPool
from kb.errors import UnreadableError


def fragile(number: int) -> int:
    """Return the square, or die without a word as the system's memory killer makes a process die."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 5:
        raise ValueError("five")
    return number * number


def test_an_input_that_kills_its_process_costs_itself_and_nothing_else() -> None:
    answers: dict[int, int | str] = {}
    with WorkerPool(fragile, 2) as pool:
        futures = [(number, pool.submit(number)) for number in range(4)]
        for number, future in futures:
            try:
                answers[number] = pool.result(future, number, name=f"{number}.txt")
            except UnreadableError as error:
                answers[number] = f"{error.code} {error.place}"
        later = pool.submit(7)
        answers[7] = pool.result(later, 7, name="7.txt")
        with pytest.raises(ValueError, match="five"):
            pool.result(pool.submit(5), 5, name="5.txt")
    assert answers == {0: 0, 1: 1, 2: 4, 3: "killed 3.txt", 7: 49}
