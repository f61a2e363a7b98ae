"""The process that runs one untrusted query: request on stdin, one JSON answer on stdout, then it ends."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any, Final

from kb.errors import DuegraphError, StoreDamagedError
from kb.store import Answer, EvidenceStore, Term
from kb.triples import XSD

_NEW_USER: Final = 0x10000000  # CLONE_NEWUSER, linux/sched.h
_NEW_NETWORK: Final = 0x40000000  # CLONE_NEWNET, linux/sched.h
_REQUEST_BYTES: Final = 4 << 20
_PLAIN: Final = frozenset({XSD + "string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"})


def main() -> None:
    """Read the request, answer it, end."""
    request = json.loads(sys.stdin.buffer.read(_REQUEST_BYTES))
    _leave_network()
    _limit(request)
    try:
        found = _open(request).answer(request["query"], union=request["union"])
        reply = cut(found, rows=request["rows"], limit=request["bytes"])
    except DuegraphError as error:
        reply = {"error": error.detail, "code": error.code, "damaged": isinstance(error, StoreDamagedError)}
    except MemoryError:
        os._exit(os.EX_UNAVAILABLE)
    sys.stdout.buffer.write(json.dumps(reply, ensure_ascii=False).encode())
    sys.stdout.buffer.flush()
    # The engine's own clean-up would only cost time: nothing was written.
    os._exit(0)


def _leave_network() -> None:
    """Move into an empty network of our own, where the system allows it; a second wall behind ``check_query``."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK)


def _limit(request: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    seconds = int(request["seconds"]) + 1
    # The engine may use several threads; this ends a child whose parent was killed and can no longer do it.
    resource.setrlimit(resource.RLIMIT_CPU, (4 * seconds, 4 * seconds + 1))
    # The default action of SIGALRM ends the process whatever its code is doing.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, float(request["seconds"]))


def _open(request: dict[str, Any]) -> EvidenceStore:
    from pathlib import Path

    if "store" in request:
        return EvidenceStore.reader(Path(request["store"]))
    return EvidenceStore.load(Path(request["quads"]))


def cut(found: Answer, *, rows: int, limit: int) -> dict[str, Any]:
    """Return form, SPARQL JSON results and whether they were cut at ``rows`` rows or ``limit`` bytes."""
    if found.boolean is not None:
        return {"form": "ask", "results": {"head": {}, "boolean": found.boolean}, "truncated": False}
    bindings: list[dict[str, Any]] = []
    size = 0
    truncated = False
    for row in found.rows:
        if len(bindings) >= rows:
            truncated = True
            break
        binding = {name: _json(term) for name, term in zip(found.variables, row, strict=True) if term is not None}
        size += len(json.dumps(binding, ensure_ascii=False).encode())
        if size > limit:
            truncated = True
            break
        bindings.append(binding)
    results = {"head": {"vars": list(found.variables)}, "results": {"bindings": bindings}}
    return {"form": found.form, "results": results, "truncated": truncated}


def _json(term: Term) -> dict[str, str]:
    if term.kind == "iri":
        return {"type": "uri", "value": term.value}
    if term.kind == "bnode":
        return {"type": "bnode", "value": term.value}
    found = {"type": "literal", "value": term.value}
    if term.language is not None:
        found["xml:lang"] = term.language
    elif term.datatype is not None and term.datatype not in _PLAIN:
        found["datatype"] = term.datatype
    return found
