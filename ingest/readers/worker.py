"""The child process of ``pool``: reads one input after another within limits that the system enforces."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import resource
import signal
import socket
import struct
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, Final

from ingest.readers.limits import Limits
from ingest.readers.reading import read_document
from ingest.readers.wire import encode_document, encode_error
from kb.errors import InputError, LimitError, UnreadableError
from kb.model import Kind

_HEADER: Final = struct.Struct("!Q")
_CHUNK: Final = 1 << 20
_OPEN_FILES: Final = 64
# A process that has grown to half of its memory is replaced, because freed memory is not always handed back.
_RETIRE_SHARE: Final = 0.5
_MOST_READS: Final = 2_000
_CLONE_NEWUSER: Final = 0x1000_0000
_CLONE_NEWNET: Final = 0x4000_0000
_FORBIDDEN: Final = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "os.system", "os.exec", "pty.spawn"}
)
_PROGRAMS: Final = ("tesseract",)


def serve(descriptor: int, limits: dict[str, Any]) -> None:
    """Answer requests on a socket until it closes."""
    bounds = Limits(**limits)
    confine(bounds)
    with socket.socket(fileno=descriptor) as channel:
        _send(channel, json.dumps({"peak": peak_bytes()}).encode())
        for number in range(_MOST_READS + 1):
            request = _receive_message(channel)
            if request is None:
                return
            asked = json.loads(request)
            data = _receive(channel, asked["size"])
            if data is None:
                return
            answer = answer_for(data, asked["name"], asked["kind"], bounds)
            del data
            if number + 1 >= _MOST_READS or _has_grown(bounds):
                answer["retire"] = True
            _send(channel, json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def confine(limits: Limits) -> None:
    """Give up what reading a file does not need: memory beyond the limit, core dumps, network, other programs."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.temporary_bytes, limits.temporary_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    # Where the system allows it, the process gets a network of its own without any device; the hook below holds
    # everywhere, for Python code.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    sys.addaudithook(_refuse)
    tempfile.tempdir = None  # looked up again from TMPDIR


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"a reading process may not use {event}")
    if event == "subprocess.Popen" and not str(arguments[0]).endswith(_PROGRAMS):
        raise PermissionError("a reading process may not start programs")


def answer_for(data: bytes, name: str, kind: str | None, limits: Limits) -> dict[str, Any]:
    """Return the answer to one request; whatever a reader raises becomes an error of this input only."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    allowed = int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (allowed if hard == resource.RLIM_INFINITY else min(allowed, hard), hard))
    try:
        document = read_document(data, name, limits, kind=None if kind is None else Kind(kind))
        return {"document": encode_document(document)}
    except InputError as error:
        return {"error": encode_error(error)}
    except MemoryError:
        gc.collect()
        limit = limits.memory_bytes >> 20
        return {
            "error": encode_error(
                LimitError(f"Reading needs more than {limit} MiB of memory.", code="memory", place=name)
            ),
            "retire": True,
        }
    except RecursionError:
        return {"error": encode_error(LimitError("Its parts are nested too deep.", code="too-deep", place=name))}
    except Exception as error:  # noqa: BLE001 - the border of one job: a file must not end the process for the next
        failed = UnreadableError(
            f"The file cannot be read: {type(error).__name__}: {error}.", code="damaged", place=name
        )
        return {"error": encode_error(failed), "trace": traceback.format_exc(limit=-8)}


def _has_grown(limits: Limits) -> bool:
    return resident_bytes() > _RETIRE_SHARE * limits.memory_bytes


def resident_bytes() -> int:
    """Return the memory the process holds now; where the system does not say, the most it has held."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
    except OSError:
        return peak_bytes()
    return pages * resource.getpagesize()


def peak_bytes() -> int:
    """Return the most memory the process has held; on Linux this includes what its parent held when it began."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _send(channel: socket.socket, message: bytes) -> None:
    channel.sendall(_HEADER.pack(len(message)))
    channel.sendall(message)


def _receive_message(channel: socket.socket) -> bytes | None:
    header = _receive(channel, _HEADER.size)
    return None if header is None else _receive(channel, _HEADER.unpack(header)[0])


def _receive(channel: socket.socket, size: int) -> bytes | None:
    out = bytearray()
    while len(out) < size:
        chunk = channel.recv(min(_CHUNK, size - len(out)))
        if not chunk:
            return None
        out += chunk
    return bytes(out)
