"""What routes are given: the knowledge base of the server and one snapshot per request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from api.service.pages import StoredPages
from kb.base import KnowledgeBase
from kb.settings import Settings
from kb.snapshot import Snapshot


def get_settings(request: Request) -> Settings:
    """Return the settings of the server."""
    settings: Settings = request.app.state.settings
    return settings


def get_kb(request: Request) -> KnowledgeBase:
    """Return the knowledge base the server owns."""
    kb: KnowledgeBase = request.app.state.kb
    return kb


KnowledgeBaseDep = Annotated[KnowledgeBase, Depends(get_kb)]
SettingsDep = Annotated[Settings, Depends(get_settings)]


def get_snapshot(kb: KnowledgeBaseDep) -> Iterator[Snapshot]:
    """Yield one consistent view for the whole request."""
    with kb.snapshot() as snapshot:
        yield snapshot


SnapshotDep = Annotated[Snapshot, Depends(get_snapshot)]


def get_pages(snapshot: SnapshotDep) -> StoredPages:
    """Return the data of the pages."""
    return StoredPages(snapshot)
