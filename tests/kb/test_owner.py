"""The owner's lock, when its owner dies at a bad moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kb.errors import StoreOwnedError
from kb.owner import OwnerLock, _is_alive

DYING = """
import os, subprocess, sys
from pathlib import Path
from kb.owner import OwnerLock

lock = OwnerLock(Path(sys.argv[1]))
command = [sys.executable, "-c", "import time; time.sleep(%s)"]
child = subprocess.Popen(command, pass_fds=(lock._handle,), stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def orphan(data: Path, seconds: float) -> int:
    """Leave the lock with a child of an owner that was killed; return the child's number."""
    done = subprocess.run(
        [sys.executable, "-c", DYING % seconds, str(data)], stdout=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == -9
    return int(done.stdout)


def test_a_lock_that_a_dying_owner_left_with_a_child_is_waited_for(tmp_path: Path) -> None:
    orphan(tmp_path, 0.5)
    lock = OwnerLock(tmp_path)
    assert lock.was_abandoned
    lock.release()


def test_a_lock_that_is_never_let_go_is_an_error_that_names_the_dead_owner(tmp_path: Path) -> None:
    child = orphan(tmp_path, 60)
    try:
        with pytest.raises(StoreOwnedError, match="in use by process"):
            OwnerLock(tmp_path)
    finally:
        os.kill(child, 9)


def test_who_is_not_known_counts_as_running() -> None:
    assert _is_alive(None)
    assert _is_alive(os.getpid())
    assert _is_alive(10**30)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert not _is_alive(gone.pid)
