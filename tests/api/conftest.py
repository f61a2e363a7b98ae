"""What the tests of the doors share.

``sample`` is the bundled corpus, ingested and checked once per run, for reading only; ``own`` is a copy of it that a
test may change. ``client`` talks to a real server on ``sample``; whoever writes over HTTP starts one on ``own``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import httpx
import pytest

from api.service.checking import run_check
from api.service.ingesting import run_ingest
from ingest.job import IngestOptions
from ingest.readers import discover
from kb.base import KnowledgeBase
from kb.settings import Settings
from tests.api.serving import serving

CORPUS = Path(str(resources.files("ingest") / "samples" / "corpus"))


@pytest.fixture(scope="session")
def _stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("sample") / "data"
    with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as kb:
        results = list(run_ingest(kb, discover([str(CORPUS)]), IngestOptions()))
        assert len(results) == sum(1 for p in CORPUS.rglob("*") if p.is_file())
        assert [r for r in results if r.error is not None] == []
        assert run_check(kb)
    return data


@pytest.fixture(scope="session")
def sample(_stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the sample; nobody owns it, and nobody may change it."""
    place = tmp_path_factory.mktemp("reading") / "data"
    shutil.copytree(_stored, place)
    return place


@pytest.fixture
def own(_stored: Path, tmp_path: Path) -> Path:
    """A data directory with the sample, for one test to change."""
    place = tmp_path / "data"
    shutil.copytree(_stored, place)
    return place


@pytest.fixture(scope="session")
def served(_stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the sample, for requests that change nothing."""
    place = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(_stored, place)
    with serving(Settings(data=place)) as address:
        yield address


@pytest.fixture
def client(served: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served, trust_env=False, timeout=60) as opened:
        yield opened


@pytest.fixture
def writer(own: Path) -> Iterator[httpx.Client]:
    """A client of a server on a data directory of its own, for requests that change it."""
    with serving(Settings(data=own)) as address, httpx.Client(base_url=address, trust_env=False, timeout=120) as opened:
        yield opened
