"""Reading in child processes that can be stopped: a hostile file costs its own reading and nothing else.

Each worker is one persistent process (libraries load once) with a limit on address space, no core dumps, no network, a
temporary folder of its own and a processor time limit set anew for every input. The answer comes back as JSON, not as
a pickle, so even a process that a file has taken over can hand back nothing but text.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import ingest
from ingest.readers.limits import DEFAULT_LIMITS, Limits
from ingest.readers.wire import decode_document, decode_error
from kb.errors import CannotRunError, InputError, LimitError, UnreadableError
from kb.model import Document, Kind

_log = logging.getLogger(__name__)
_HEADER: Final = struct.Struct("!Q")
# A block takes about 40 bytes of JSON and a character up to 12 (as an escaped pair), so this is reached only by a
# process that does not keep to the limits on the result.
_BYTES_PER_CHAR: Final = 12
_BYTES_PER_BLOCK: Final = 200
_START_SECONDS: Final = 60.0
_BOOT: Final = (
    "import json,sys;c=json.loads(sys.argv[1]);sys.path[:]=c['path'];"
    "from ingest.readers.worker import serve;serve(c['socket'],c['limits'])"
)
_CHUNK: Final = 1 << 20
# A dead process that held this share of its memory limit most likely died of it.
_MEMORY_SHARE: Final = 0.7
_SAMPLE_SECONDS: Final = 0.05
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class _Overrun(Exception):  # noqa: N818 - never leaves this module
    """The wall time for one input is over."""


class _Worker:
    """One reading process and the parent's end of its socket."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.folder = tempfile.TemporaryDirectory(prefix="duegraph-reader-", ignore_cleanup_errors=True)
        ours, theirs = socket.socketpair()
        # The folder that holds this package comes first, so that nothing in the current folder can stand in for it.
        home = str(Path(ingest.__file__ or "").resolve().parent.parent)
        boot = {
            "path": [home, *(entry for entry in sys.path if entry and entry != home)],
            "socket": theirs.fileno(),
            "limits": asdict(limits),
        }
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX") if key in os.environ}
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, json.dumps(boot)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                cwd=self.folder.name,
                env=kept | {"TMPDIR": self.folder.name, "HOME": self.folder.name, "OMP_THREAD_LIMIT": "1"},
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            self.folder.cleanup()
            raise CannotRunError(f"No reading process can be started: {error}.", code="no-reader") from error
        finally:
            theirs.close()
        self.socket = ours
        self.address_space = 0
        self._peak_at_start = self._started()

    def _started(self) -> int:
        """Wait until the process is ready and return its peak memory, which it partly inherits from this process."""
        try:
            greeting = self._receive(_START_SECONDS, 100)
        except _Overrun:
            greeting = None
        if greeting is None:
            self._peak_at_start = 0
            status, _ = self.stop()
            raise CannotRunError(f"A reading process did not start (exit {status}).", code="no-reader")
        return int(json.loads(greeting)["peak"])

    def read(self, data: bytes, name: str, kind: Kind | None) -> tuple[dict[str, Any], bool]:
        """Send one input and return the answer and whether the process asks to be replaced."""
        request = json.dumps({"name": name, "kind": kind, "size": len(data)}).encode()
        deadline = self._limits.wall_seconds
        began = time.monotonic()
        self.socket.settimeout(deadline)
        try:
            self.socket.sendall(_HEADER.pack(len(request)) + request)
            self.socket.sendall(data)
        except TimeoutError as error:
            raise _Overrun from error
        most = self._limits.text_chars * _BYTES_PER_CHAR + self._limits.blocks * _BYTES_PER_BLOCK
        raw = self._receive(deadline - (time.monotonic() - began), most)
        if raw is None:
            raise EOFError
        answer = json.loads(raw)
        if not isinstance(answer, dict):
            raise ValueError("an answer is an object")  # noqa: TRY004 - a broken protocol, like broken JSON
        return answer, answer.get("retire") is True

    def _receive(self, seconds: float, most: int) -> bytes | None:
        """Return one message, or None when the process is gone or breaks the protocol."""
        deadline = time.monotonic() + seconds
        header = self._exactly(_HEADER.size, deadline)
        if header is None:
            return None
        (size,) = _HEADER.unpack(header)
        return None if size > most else self._exactly(size, deadline)

    def _exactly(self, size: int, deadline: float) -> bytes | None:
        out = bytearray()
        while len(out) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _Overrun
            self.socket.settimeout(min(left, _SAMPLE_SECONDS))
            try:
                chunk = self.socket.recv(min(_CHUNK, size - len(out)))
            except TimeoutError:
                self._sample()
                continue
            except ConnectionError:
                return None
            if not chunk:
                return None
            out += chunk
        return bytes(out)

    def _sample(self) -> None:
        """Note how much address space the process has taken; after its death the system no longer says."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_bytes().split()[0])
            self.address_space = max(self.address_space, pages * _PAGE_BYTES)

    def is_alive(self) -> bool:
        """Return whether the process still runs."""
        return self.process.poll() is None

    def stop(self) -> tuple[int, int]:
        """End the process with its children; return its exit code and its peak memory in bytes, 0 if not known."""
        self.socket.close()
        status, peak = self.process.returncode, 0
        if status is None:
            # A process whose socket is closed ends by itself; one that crashed has done so. Anything else is killed
            # with all it started.
            ended = self._wait(0.2)
            if ended is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                ended = self._wait(_START_SECONDS)
            if ended is not None:
                status, peak = ended
                self.process.returncode = status
        self.folder.cleanup()
        return status if status is not None else -signal.SIGKILL, peak if peak > self._peak_at_start else 0

    def _wait(self, seconds: float) -> tuple[int, int] | None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            except ChildProcessError:
                return -signal.SIGKILL, 0
            if pid:
                unit = 1 if sys.platform == "darwin" else 1024
                return os.waitstatus_to_exitcode(status), usage.ru_maxrss * unit
            if time.monotonic() > deadline:
                return None
            time.sleep(0.002)


class ReaderPool:
    """Reads inputs in child processes; use it as a context manager.

    ``read`` waits, ``submit`` gives a future and ``map`` keeps the workers busy ahead of the caller, so that reading
    overlaps with what the caller does with the documents. All three may be called from any thread.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, workers: int = 1) -> None:
        if workers < 1:
            raise ValueError("a pool needs at least one worker")
        self.limits = limits
        self.workers = workers
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="duegraph-reader")
        self._busy: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; inputs not begun are cancelled, those being read are stopped, and so is who waits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            for worker in self._busy:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(worker.process.pid, signal.SIGKILL)
        self._threads.shutdown(wait=True)
        while True:
            try:
                idle = self._idle.get_nowait()
            except queue.Empty:
                break
            if idle is not None:
                idle.stop()
        self._idle.put(None)  # one who waits in ``read`` wakes, sees the end and wakes the next

    def read(self, data: bytes, name: str, *, kind: Kind | None = None) -> Document:
        """Return what a file says, like ``read_document``, within the limits.

        Raises:
            InputError: see the list of codes in ``ingest.readers``.
            CannotRunError: no child process can be started, or the pool is closed.
        """
        if len(data) > self.limits.input_bytes:
            raise LimitError(
                f"The input has {len(data):,} bytes, more than {self.limits.input_bytes:,}.",
                code="too-large",
                place=name,
            )
        keep: _Worker | None = None
        worker = self._take(name)
        try:
            answer, keep = self._ask(worker, data, name, kind)
        finally:
            with self._lock:
                self._busy.discard(worker)
            self._idle.put(keep)
        if "document" in answer:
            return decode_document(answer["document"])
        if "trace" in answer:
            _log.error("event=reader.failed name=%r trace=%s", name, answer["trace"])
        raise decode_error(answer.get("error", {}), name)

    def _take(self, name: str) -> _Worker:
        """Wait for a worker that runs and note it as busy."""
        worker = self._idle.get()
        try:
            if worker is not None and (self._closed or not worker.is_alive()):
                worker.stop()
                worker = None
            if worker is None and not self._closed:
                worker = _Worker(self.limits)
            with self._lock:  # ``close`` stops what is noted here, so nothing is noted after it
                if self._closed or worker is None:
                    raise CannotRunError("Reading was stopped.", code="stopped", place=name)
                self._busy.add(worker)
        except BaseException:
            if worker is not None:
                worker.stop()
            self._idle.put(None)
            raise
        return worker

    def _ask(self, worker: _Worker, data: bytes, name: str, kind: Kind | None) -> tuple[dict[str, Any], _Worker | None]:
        """Return the answer and the worker when it can be used again."""
        try:
            answer, retire = worker.read(data, name, kind)
        except _Overrun:
            worker.stop()
            raise LimitError(
                f"Reading took longer than {self.limits.wall_seconds:g} seconds.", code="wall-time", place=name
            ) from None
        except (EOFError, ConnectionError, ValueError):
            raise self._death(worker, name) from None
        except BaseException:
            worker.stop()
            raise
        if retire:
            worker.stop()
            return answer, None
        return answer, worker

    def _death(self, worker: _Worker, name: str) -> InputError:
        status, peak = worker.stop()
        if status == -signal.SIGXCPU:
            return LimitError(
                f"Reading took more than {self.limits.cpu_seconds} seconds of processor time.",
                code="cpu-time",
                place=name,
            )
        if max(peak, worker.address_space) > _MEMORY_SHARE * self.limits.memory_bytes:
            return LimitError(
                f"Reading needs more than {self.limits.memory_bytes >> 20} MiB of memory.", code="memory", place=name
            )
        how = signal.Signals(-status).name if status < 0 else f"exit code {status}"
        return UnreadableError(
            f"The file made its reader crash ({how}).",
            code="crashed",
            place=name,
            remedy="Save it again, or as another format.",
        )

    def submit(self, data: bytes, name: str, *, kind: Kind | None = None) -> Future[Document]:
        """Begin reading and return a future, whose ``result`` raises what ``read`` would."""
        return self._threads.submit(self.read, data, name, kind=kind)

    def map(
        self, inputs: Iterable[tuple[bytes, str, Kind | None]], *, ahead: int | None = None
    ) -> Iterator[Document | InputError]:
        """Yield a document or its error for each input, in order.

        Args:
            inputs: bytes, name and kind of each; it is consumed only as far as ``ahead`` of what was yielded.
            ahead: how many inputs may be in hand at once; two for each worker unless said otherwise.
        """
        pending: deque[Future[Document]] = deque()
        source = iter(inputs)
        window = ahead if ahead is not None else 2 * self.workers
        for data, name, kind in itertools.islice(source, window):
            pending.append(self.submit(data, name, kind=kind))
        while pending:
            try:
                result: Document | InputError = pending.popleft().result()
            except InputError as error:
                result = error
            for data, name, kind in itertools.islice(source, 1):
                pending.append(self.submit(data, name, kind=kind))
            yield result
