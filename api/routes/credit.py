"""Credit: the scorecard of a partner."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter

from api.deps import SnapshotDep
from api.service.credit import credit_json

router = APIRouter(prefix="/v1", tags=["partners"])


@router.get("/partners/{partner:path}/credit", summary="Credit scorecard of a partner")
def credit(snapshot: SnapshotDep, partner: str, as_of: date | None = None) -> dict[str, Any]:
    """Return level, score, drivers with their cells, what is missing and what would change the level."""
    return credit_json(snapshot, partner, as_of)
