"""Law: versions of acts and single provisions."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.deps import SnapshotDep
from api.service.law import provision_json, versions_json

router = APIRouter(prefix="/v1", tags=["law"])


@router.get("/provisions/{provision:path}", summary="One provision of law")
def provision(snapshot: SnapshotDep, provision: str) -> dict[str, Any]:
    """Return a stored provision by its id, for example ``cn/公司法@2023-12-29#15`` (the ``#`` percent-encoded)."""
    return provision_json(snapshot, provision)


@router.get("/acts/{act:path}", summary="Versions of an act")
def act(snapshot: SnapshotDep, act: str) -> dict[str, Any]:
    """Return the stored versions of an act with their dates and the words those were read from."""
    return versions_json(snapshot, act)
