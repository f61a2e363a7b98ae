"""The owner's lock: at most one process writes to a data directory.

The lock is ``flock`` on a file that also says who holds it, so it ends with the process however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import time
import weakref
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kb.errors import CannotRunError, StoreOwnedError

LOCK_FILE: Final = "owner.lock"
_INHERITED_SECONDS: Final = 2.0
"""How long the lock of a dead owner is waited for: a child it was just starting holds it until it runs its program."""
_RETRY_SECONDS: Final = 0.01


class OwnerLock:
    """Ownership of a data directory, held until ``release`` or the end of the process.

    Attributes:
        was_abandoned: the owner before ended without releasing it.
    """

    def __init__(self, data: Path) -> None:
        """Take ownership.

        Raises:
            StoreOwnedError: another process (or this one, elsewhere) holds it; the text names it.
            CannotRunError: the lock file cannot be written.
        """
        self._path = data / LOCK_FILE
        try:
            self._handle: int | None = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise CannotRunError(
                f"the data directory cannot be written: {error}",
                code="data-not-writable",
                place=str(data),
                remedy="Check its permissions and free space, or name another directory with --data.",
            ) from error
        if not _lock(self._handle, self._path):
            holder = self._read()
            os.close(self._handle)
            self._handle = None
            raise _owned(data, holder)
        # A holder that ends in order empties the file; one that was killed leaves its name.
        self.was_abandoned = os.fstat(self._handle).st_size > 0
        _HELD.add(self)
        self.announce(None)

    def announce(self, url: str | None) -> None:
        """Write who holds the lock, and where a server answers if one does."""
        if self._handle is None:
            return
        holder = {
            "pid": os.getpid(),
            "command": " ".join([Path(sys.argv[0]).name if sys.argv else "", *sys.argv[1:]])[:500],
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "url": url,
        }
        # Information for people only; a full disk must not stop an owner.
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, json.dumps(holder).encode(), 0)

    def _read(self) -> dict[str, Any]:
        return read_holder(self._path)

    def release(self) -> None:
        """Give ownership up."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None

    def forget(self) -> None:
        """Close the lock inherited by a forked child, which must not outlive the owner with it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


_HELD: Final[weakref.WeakSet[OwnerLock]] = weakref.WeakSet()


def _lock(handle: int, path: Path) -> bool:
    """Take the lock; of an owner that is dead, wait until it has gone altogether."""
    deadline = time.monotonic() + _INHERITED_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if _is_alive(read_holder(path).get("pid")) or time.monotonic() > deadline:
                return False
            time.sleep(_RETRY_SECONDS)
        else:
            return True


def _is_alive(pid: object) -> bool:
    """Return whether a process runs; an owner that has not yet said who it is counts as running."""
    if not isinstance(pid, int) or pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _after_fork() -> None:
    for lock in list(_HELD):
        lock.forget()


os.register_at_fork(after_in_child=_after_fork)


def read_holder(path: Path) -> dict[str, Any]:
    """Return what the lock file says about its holder: pid, command, started, url; empty when it says nothing."""
    try:
        found = json.loads(path.read_bytes()[:4096] or b"{}")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _owned(data: Path, holder: dict[str, Any]) -> StoreOwnedError:
    url = holder.get("url")
    who = f"process {holder.get('pid', 'unknown')}"
    if holder.get("command"):
        who += f" ({holder['command']})"
    if holder.get("started"):
        who += f", since {holder['started']}"
    if url:
        who += f", serving {url}"
    return StoreOwnedError(
        f"the data directory is in use by {who}.",
        place=str(data),
        remedy=f"Send the request to {url}, or stop that process first."
        if url
        else "Wait until it has finished, or stop it.",
    )
