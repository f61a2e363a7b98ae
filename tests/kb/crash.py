"""A writer that is killed: what runs in the child processes of the crash tests."""

from __future__ import annotations

import importlib
import os
import random
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kb.base import KnowledgeBase
from kb.long_text import pack_text
from kb.records import Revision
from tests.kb.make import SETTINGS, revision, row

NAMES = tuple(f"n{number}" for number in range(8))


def batch(round_: int) -> list[Revision]:
    """Return the revisions of one round: some sources change, at least one is new to the batch before."""
    chosen = random.Random(round_).sample(NAMES, 3)
    return [revision(name, round_, facts=60) for name in chosen]


def lower_limits(patch: Callable[[str, int], object]) -> None:
    """Make every graph count as large and every text as long."""
    for name in ("kb.writer.LARGE_GRAPH", "kb.graph_files.LARGE_GRAPH", "kb.text.LONG_TEXT"):
        patch(name, 1)


def _set(name: str, value: int) -> None:
    module, _, constant = name.rpartition(".")
    setattr(importlib.import_module(module), constant, value)


def write(data: Path, acknowledged: Path, step: str | None, at_round: int, *, large: bool = False) -> None:
    """Write batches for ever, noting each acknowledged one, and die in ``at_round`` at ``step`` if it is given.

    With ``large`` every document is written and replaced as large ones are.
    """
    if large:
        lower_limits(_set)
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
            if large:
                revisions = [replace(r, facts=pack_text(r.facts)) for r in revisions if isinstance(r.facts, str)]
            kb.commit(revisions)
            os.write(handle, (" ".join(f"{r.source_key}={round_}" for r in revisions) + "\n").encode())
            facts = f"<urn:round> <https://example.org/is> <urn:{round_}> .\n"
            kb.derive("links", facts, [row("links", "links", round_, 0, 5)])
            os.write(handle, f"links={round_}\n".encode())
            round_ += 1
