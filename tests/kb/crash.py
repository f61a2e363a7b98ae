"""A writer that is killed: what runs in the child processes of the crash tests."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

from kb.base import KnowledgeBase
from kb.records import Revision
from tests.kb.make import SETTINGS, revision, row

NAMES = tuple(f"n{number}" for number in range(8))


def batch(round_: int) -> list[Revision]:
    """Return the revisions of one round: some sources change, at least one is new to the batch before."""
    chosen = random.Random(round_).sample(NAMES, 3)
    return [revision(name, round_, facts=60) for name in chosen]


def write(data: Path, acknowledged: Path, step: str | None, at_round: int) -> None:
    """Write batches for ever, noting each acknowledged one, and die in ``at_round`` at ``step`` if it is given."""
    round_ = 0

    def observer(name: str) -> None:
        if round_ >= at_round and name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    handle = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with KnowledgeBase.open(data, write=True, settings=SETTINGS, observer=observer) as kb:
        round_ = kb.registry.position()[0] + 1
        at_round += round_
        while True:
            revisions = batch(round_)
            kb.commit(revisions)
            os.write(handle, (" ".join(f"{r.source_key}={round_}" for r in revisions) + "\n").encode())
            facts = f"<urn:round> <https://example.org/is> <urn:{round_}> .\n"
            kb.derive("links", facts, [row("links", "links", round_, 0, 5)])
            os.write(handle, f"links={round_}\n".encode())
            round_ += 1
