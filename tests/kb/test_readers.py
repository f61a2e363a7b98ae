"""Readers beside a working writer: graph, index, registry and texts always of one moment."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

from kb.base import KnowledgeBase
from tests.kb.make import SETTINGS, VERSION, revision

NAMES = ("a", "b", "c", "d")
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.kb.crash"])


def write_versions(data: Path, stop: Any) -> None:
    """Give all documents the same next version, batch by batch."""
    with KnowledgeBase.open(data, write=True, settings=SETTINGS) as kb:
        version = 1
        while not stop.is_set():
            version += 1
            kb.commit([revision(name, version) for name in NAMES])
            kb.derive("links", f"<urn:v> <https://example.org/is> <urn:{version}> .\n")


def look(kb: KnowledgeBase) -> set[str]:
    """Return the versions the parts show; one unless they disagree."""
    with kb.snapshot() as snapshot:
        graph = {str(version) for (version,) in snapshot.query(f"SELECT ?v {{ ?d <{VERSION}> ?v }}")}
        records = snapshot.documents()
        assert set(snapshot.index.owners()) == {record.id for record in records}
        assert len(records) == len(NAMES)
        titles = {str(record.title).partition(" v")[2] for record in records}
        texts = {snapshot.text(record.id).split("\n")[0].rpartition(" ")[2] for record in records}
        (version,) = graph
        found = snapshot.index.search(f"version{version}").total
        assert found == 3 * len(NAMES)
        return graph | titles | texts


def test_readers_never_see_parts_of_different_moments(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with KnowledgeBase.open(data, write=True, settings=SETTINGS) as kb:
        kb.commit([revision(name, 1) for name in NAMES])
    stop = CONTEXT.Event()
    writer = CONTEXT.Process(target=write_versions, args=(data, stop), daemon=True)
    writer.start()
    seen: list[set[str]] = []
    errors: list[BaseException] = []

    def read(keep_open: bool) -> None:
        try:
            if keep_open:
                with KnowledgeBase.open(data, write=False, settings=SETTINGS) as kb:
                    seen.extend(look(kb) for _ in range(25))
            else:
                for _ in range(25):
                    with KnowledgeBase.open(data, write=False, settings=SETTINGS) as kb:
                        seen.append(look(kb))
        except BaseException as error:
            errors.append(error)
            raise

    try:
        threads = [threading.Thread(target=read, args=(number % 2 == 0,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        stop.set()
        writer.join(60)
    assert writer.exitcode == 0
    assert errors == []
    assert len(seen) == 100
    assert all(len(versions) == 1 for versions in seen), seen
    assert len(set().union(*seen)) > 1, "the writer wrote nothing while the readers read"


def test_threads_of_the_owner_read_whole_states_while_it_writes(tmp_path: Path) -> None:
    errors: list[BaseException] = []
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as kb:
        kb.commit([revision(name, 1) for name in NAMES])
        done = threading.Event()

        def read() -> None:
            try:
                while not done.is_set():
                    assert len(look(kb)) == 1
            except BaseException as error:
                errors.append(error)
                raise

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for version in range(2, 14):
            kb.commit([revision(name, version) for name in NAMES])
        done.set()
        for thread in threads:
            thread.join()
    assert errors == []


def test_threads_that_write_at_once_are_served_one_by_one(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as kb:
        threads = [
            threading.Thread(target=lambda name=f"t{number}": kb.commit([revision(name)])) for number in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with kb.snapshot() as snapshot:
            assert len(snapshot.documents()) == 6
            assert len(snapshot.index.owners()) == 6
