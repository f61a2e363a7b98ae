"""SPARQL from outside: read-only, bounded, in a child process that can be killed.

A query text is checked (``kb.sparql_guard``), then run by a fresh process on a published view, under a limit on
address space, with no way to the network where the system lets a process give it up. The child streams its answer;
what is too long is cut and marked as cut. When the time is over the child is killed, and when the engine dies of the
query only the child dies.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from kb.errors import LimitError, QueryError, StoreDamagedError
from kb.settings import MIB, Settings
from kb.snapshot import Snapshot
from kb.sparql_guard import check_query

_CHILD: Final = "import sys; sys.path[:] = {path!r}; from kb.sparql_child import main; main()"
_GRACE_SECONDS: Final = 2.0
"""Time to start Python and open the store, on top of the time for the query itself."""
_FRAME_BYTES: Final = 64 * 1024
"""What the child may send beside the rows: variables, flags, error text."""


@dataclass(frozen=True, slots=True)
class SparqlAnswer:
    """What a query returned.

    Attributes:
        form: "select", "ask", or "construct" (also for DESCRIBE).
        results: SPARQL 1.1 Query Results JSON; for "construct" the variables are subject, predicate, object.
        truncated: there was more than the limits on rows or bytes allow.
        seconds: wall time, start of the process included.
    """

    form: Literal["select", "ask", "construct"]
    results: dict[str, Any]
    truncated: bool
    seconds: float


def run_sparql(snapshot: Snapshot, query: str, settings: Settings) -> SparqlAnswer:
    """Answer an untrusted query over the union of all graphs of a snapshot, or over those it names with FROM.

    Raises:
        QueryError: refused by ``check_query``, or malformed.
        LimitError: it took more than ``sparql_seconds`` ("sparql-timeout") or ``sparql_memory_mib``, or crashed the
            engine ("sparql-too-costly").
        StoreDamagedError: the view cannot be read.

    Source: SPARQL 1.1 Query Results JSON Format, W3C Recommendation 2013-03-21.
    """
    union = not check_query(query, settings)
    started = time.monotonic()
    place = snapshot.graph_path
    if place is not None:
        reply = _ask_child({"store": str(place)}, query, settings, union=union)
    else:
        # A moment in the past lives in this process's memory only; the child loads a copy.
        with tempfile.TemporaryDirectory(prefix="duegraph-") as folder:
            quads = Path(folder) / "facts.nq"
            with quads.open("wb") as file:
                snapshot.graph.dump(file, "nq")
            reply = _ask_child({"quads": str(quads)}, query, settings, union=union)
    return SparqlAnswer(reply["form"], reply["results"], reply["truncated"], time.monotonic() - started)


def _ask_child(place: dict[str, str], query: str, settings: Settings, *, union: bool) -> dict[str, Any]:
    request: dict[str, str | int | float] = {
        **place,
        "query": query,
        "union": union,
        "rows": settings.sparql_rows,
        "bytes": settings.sparql_mib * MIB,
        "memory": settings.sparql_memory_mib * MIB,
        "seconds": settings.sparql_seconds,
    }
    process = subprocess.Popen(
        # -I would drop the folder the packages are in when they run from a clone, so the path is handed over instead.
        [sys.executable, "-S", "-c", _CHILD.format(path=sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
        env={key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "TMPDIR") if key in os.environ},
    )
    over = threading.Event()

    def stop() -> None:
        over.set()
        process.kill()

    timer = threading.Timer(settings.sparql_seconds + _GRACE_SECONDS, stop)
    timer.daemon = True
    timer.start()
    try:
        most = settings.sparql_mib * MIB * 2 + _FRAME_BYTES
        output = _talk(process, json.dumps(request).encode(), most)
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None and not stream.closed:
                stream.close()
        timer.join()
    return _understand(output, process.returncode, settings, timed_out=over.is_set())


def _talk(process: subprocess.Popen[bytes], request: bytes, most: int) -> bytes:
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise QueryError("the query process has no pipes.", code="sparql-process")
    try:
        stdin.write(request)
        stdin.close()
    except BrokenPipeError:
        # The child died at once; its return code says why.
        return b""
    output = stdout.read(most)
    # A whole answer ends the stream; let the child end by itself, so that its return code is its own.
    if len(output) < most:
        process.wait()
    return output


def _understand(output: bytes, code: int, settings: Settings, *, timed_out: bool) -> dict[str, Any]:
    if timed_out or code in {-signal.SIGALRM, -signal.SIGXCPU}:
        raise LimitError(
            f"the query took longer than {settings.sparql_seconds:g} seconds and was stopped.",
            code="sparql-timeout",
            remedy="Make it more selective, or add a LIMIT inside its subqueries.",
        )
    try:
        reply = json.loads(output)
    except ValueError:
        reply = None
    if code != 0 or not isinstance(reply, dict):
        raise LimitError(
            "the query was too costly and ended its process.",
            code="sparql-too-costly",
            remedy="Simplify it, or make it more selective.",
        )
    if "error" in reply:
        kind = StoreDamagedError if reply["damaged"] else QueryError
        raise kind(str(reply["error"]), code=str(reply["code"]))
    return reply
