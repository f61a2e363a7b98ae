"""Kill -9 at every step and at random moments: the data opens, is whole, and holds everything acknowledged."""

from __future__ import annotations

import multiprocessing
import os
import random
from pathlib import Path

import pytest

from kb.base import STEPS, KnowledgeBase
from kb.maintenance import verify
from tests.kb import crash
from tests.kb.make import SETTINGS, VERSION

RANDOM_KILLS = int(os.environ.get("DUEGRAPH_TEST_KILLS", "16"))
"""Random kills; 100 and more for a thorough run."""

# Forked from a process that has imported everything and opened nothing: each writer starts in milliseconds.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.kb.crash"])


def run_and_kill(data: Path, step: str | None, at_round: int, seconds: float, *, large: bool = False) -> None:
    writer = CONTEXT.Process(
        target=crash.write,
        args=(data, data.parent / "acknowledged", step, at_round),
        kwargs={"large": large},
        daemon=True,
    )
    writer.start()
    writer.join(60 if step is not None else seconds)
    if step is not None:
        assert writer.exitcode == -9, f"the writer never came to {step}"
    writer.kill()
    writer.join()
    writer.close()


def check(data: Path) -> None:
    """Open what a killed writer left, and compare it with what it acknowledged."""
    promised: dict[str, int] = {}
    acknowledged = data.parent / "acknowledged"
    for line in acknowledged.read_text().splitlines() if acknowledged.exists() else ():
        promised.update((key, int(round_)) for key, round_ in (item.split("=") for item in line.split()))
    with KnowledgeBase.open(data, write=True, settings=SETTINGS) as kb:
        assert verify(kb) == []
        with kb.snapshot() as snapshot:
            versions = dict(snapshot.query(f"SELECT ?d ?v {{ ?d <{VERSION}> ?v }}"))
            links = snapshot.query("SELECT ?o { <urn:round> ?p ?o }")
            held = {key: record.id for record in snapshot.documents() for key, _ in record.sources}
        for key, round_ in promised.items():
            if key == "links":
                assert int(str(links[0][0]).removeprefix("urn:")) >= round_
            else:
                assert int(str(versions[f"urn:duegraph:document:{held[key]}"])) >= round_


@pytest.mark.parametrize("at_round", [0, 1])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_loses_nothing_acknowledged(tmp_path: Path, step: str, at_round: int) -> None:
    data = tmp_path / "data"
    for _ in range(2):
        run_and_kill(data, step, at_round, 0)
        check(data)


def test_kills_while_the_data_is_being_created(tmp_path: Path) -> None:
    for number in range(6):
        data = tmp_path / str(number) / "data"
        data.parent.mkdir()
        run_and_kill(data, None, 0, number * 0.03)
        check(data)


@pytest.mark.slow
def test_kills_at_random_moments(tmp_path: Path) -> None:
    moments = random.Random(7)
    data = tmp_path / "data"
    for _ in range(RANDOM_KILLS):
        run_and_kill(data, None, 0, moments.uniform(0.1, 0.8))
        check(data)
    assert (tmp_path / "acknowledged").stat().st_size > 0


def test_a_reader_sees_the_last_whole_state_while_no_one_has_recovered(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_and_kill(data, "view", 2, 0)
    with KnowledgeBase.open(data, write=False, settings=SETTINGS) as kb, kb.snapshot() as snapshot:
        versions = dict(snapshot.query(f"SELECT ?d ?v {{ ?d <{VERSION}> ?v }}"))
        assert set(versions) == {f"urn:duegraph:document:{r.id}" for r in snapshot.documents()}
        assert set(snapshot.index.owners()) == {r.id for r in snapshot.documents()} | {"links"}
    check(data)
