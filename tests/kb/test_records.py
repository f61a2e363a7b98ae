"""Audit trail, jobs and settings."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kb.audit import Checkpoint
from kb.base import KnowledgeBase
from kb.errors import ConflictError, NotFoundError, StoreDamagedError
from kb.jobs import JobTable
from kb.settings import Settings
from tests.kb.make import SETTINGS


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS)


def test_the_audit_trail_shows_every_kind_of_tampering(kb: KnowledgeBase, tmp_path: Path) -> None:
    for number in range(6):
        kb.audit.append(
            actor="李四", action="finding.accept", about=f"f{number % 2}", detail={"reason": "ok", "n": number}
        )
    kept = kb.audit.checkpoint()
    assert kept.number == 6
    assert list(kb.audit.verify(kept)) == []
    assert [e.detail["n"] for e in kb.audit.entries(about="f1")] == [1, 3, 5]
    assert [e.number for e in kb.audit.entries(after=4)] == [5, 6]
    with pytest.raises(StoreDamagedError, match="append-only"), kb.registry.transaction() as connection:
        connection.execute("DELETE FROM audit")
    kb.close()
    path = tmp_path / "data" / "registry.sqlite"
    whole = path.read_bytes()
    for statement in (
        "UPDATE audit SET detail = '{}' WHERE entry = 3",
        "UPDATE audit SET at = '2020' WHERE entry = 1",
        "DELETE FROM audit WHERE entry = 2",
        "UPDATE audit SET entry = 60 + entry WHERE entry IN (2, 3)",
        "DELETE FROM audit WHERE entry > 4",
        "DELETE FROM audit",
    ):
        path.write_bytes(whole)
        connection = sqlite3.connect(path)
        connection.executescript(f"DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {statement};")
        connection.close()
        with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as again:
            assert list(again.audit.verify(kept)) != [], statement
    path.write_bytes(whole)
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=SETTINGS) as again:
        assert list(again.audit.verify(Checkpoint(6, "0" * 64))) == ["entry 6 is not the one of the checkpoint"]


def test_a_job_is_claimed_once_and_ends_once(kb: KnowledgeBase) -> None:
    first, second = kb.jobs.add("ingest", {"path": "甲"}), kb.jobs.add("ingest", {})
    assert kb.jobs.claim("check") is None
    claimed = kb.jobs.claim("ingest")
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempts, claimed.request) == (first.id, "running", 1, {"path": "甲"})
    kb.jobs.report(claimed, {"done": 1})
    assert kb.jobs.get(first.id).progress == {"done": 1}
    kb.jobs.finish(claimed, "succeeded", {"n": 2})
    assert (kb.jobs.get(first.id).state, kb.jobs.get(first.id).result) == ("succeeded", {"n": 2})
    with pytest.raises(ConflictError):
        kb.jobs.finish(claimed, "failed", {})
    assert kb.jobs.cancel(first.id).state == "succeeded"
    assert kb.jobs.cancel(second.id).state == "cancelled"
    assert kb.jobs.claim("ingest") is None
    assert {job.id for job in kb.jobs.list()} == {first.id, second.id}
    assert [job.id for job in kb.jobs.list(state="cancelled")] == [second.id]
    with pytest.raises(NotFoundError):
        kb.jobs.get("job-x")
    with pytest.raises(ValueError, match="not an end"):
        kb.jobs.finish(claimed, "running", {})


def test_a_silent_workers_job_is_taken_over_and_then_set_aside(kb: KnowledgeBase) -> None:
    jobs = JobTable(kb.registry, SETTINGS.model_copy(update={"job_lease": -1.0, "job_attempts": 2}))
    job = jobs.add("ingest", {})
    lost = jobs.claim("ingest")
    taken = jobs.claim("ingest")
    assert lost is not None
    assert taken is not None
    assert (taken.id, taken.attempts) == (job.id, 2)
    with pytest.raises(ConflictError, match="no longer"):
        jobs.report(lost, {})
    assert jobs.claim("ingest") is None
    assert jobs.get(job.id).state == "failed"
    assert "job-abandoned" in str(jobs.get(job.id).result)


def test_every_setting_says_what_it_is_and_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(field.description for field in Settings.model_fields.values())
    monkeypatch.setenv("DUEGRAPH_DATA", "/somewhere")
    monkeypatch.setenv("DUEGRAPH_SPARQL_SECONDS", "7.5")
    assert (Settings().data, Settings().sparql_seconds) == (Path("/somewhere"), 7.5)
