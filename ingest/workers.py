"""Extraction in worker processes that may die: an input that kills its process costs itself and nothing else."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import Generic, Self, TypeVar

from kb.errors import UnreadableError

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class WorkerPool(Generic[Result]):
    """Calls one function in worker processes.

    A process that is killed (most often for memory) takes all calls of its pool with it, and nothing says whose fault
    it was. So the pool is made anew, and each of those calls is tried once more in a process of its own: the one that
    kills this one too is refused, the others succeed.
    """

    def __init__(self, function: Callable[..., Result], workers: int) -> None:
        self._function = function
        self._workers = workers
        self._pool = self._made(workers)

    @staticmethod
    def _made(workers: int) -> ProcessPoolExecutor:
        # A fresh interpreter: a fork would inherit open stores and threads.
        return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_interrupts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def submit(self, *arguments: object) -> Future[Result]:
        """Begin a call; its outcome is asked of ``result``."""
        try:
            return self._pool.submit(self._function, *arguments)
        except BrokenProcessPool:
            self._renew()
            return self._pool.submit(self._function, *arguments)

    def result(self, future: Future[Result], *arguments: object, name: str) -> Result:
        """Wait for a call and return its result, or raise what it raised.

        Args:
            future: of ``submit``.
            arguments: what was submitted, for a second try.
            name: of the input, for the error.

        Raises:
            UnreadableError: the call kills its process, code "killed".
        """
        try:
            return future.result()
        except BrokenProcessPool:
            log.warning("event=worker.died retried=%r", name)
        alone = self._made(1)
        try:
            return alone.submit(self._function, *arguments).result()
        except BrokenProcessPool:
            raise UnreadableError(
                "the process that extracted from it was killed, most likely for memory",
                code="killed",
                place=name,
                remedy="Split the file, or give Duegraph more memory; the rest of the batch went on.",
            ) from None
        finally:
            alone.shutdown(wait=True, cancel_futures=True)

    def _renew(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._made(self._workers)


def _leave_interrupts() -> None:
    """Leave an interrupt to the process that started this one, which ends it in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
