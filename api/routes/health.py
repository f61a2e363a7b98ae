"""Health and version."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import SnapshotDep
from api.schemas import Health
from api.service.runtime import tool_version, version

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Is the process alive?")
def live() -> Health:
    """Answer as long as the process runs."""
    return Health(status="ok", version=version())


@router.get("/health/ready", summary="Can it answer?")
def ready(snapshot: SnapshotDep) -> Health:
    """Answer when the store can be read."""
    return Health(status="ok", version=version(), documents=len(snapshot.documents()))


@router.get("/version", summary="Versions of everything that shapes answers")
def versions() -> dict[str, str]:
    """Return the versions of Duegraph, ontology and models."""
    return {"version": version(), "tool": tool_version()}
