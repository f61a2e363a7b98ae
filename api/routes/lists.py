"""Lists and registers: stored versions, what of them could not be read, what changed between two."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.deps import KnowledgeBaseDep
from api.service.lists import delta_json, lists_json, version_with_errors

router = APIRouter(prefix="/v1", tags=["lists"])

Version = Annotated[str | None, Query(max_length=100, description="number, beginning of the hash, or document id")]


@router.get("/lists", summary="Stored lists and registers")
def lists(
    kb: KnowledgeBaseDep,
    all: Annotated[bool, Query(description="every version there ever was")] = False,  # noqa: A002
) -> dict[str, Any]:
    """List the stored lists and registers with version, rows, dates and age; ``stale`` warns of an old watch list."""
    return {"lists": lists_json(kb, everything=all)}


@router.get("/lists/{list_id}", summary="One version of a list, with what could not be read")
def one_list(kb: KnowledgeBaseDep, list_id: str, version: Version = None) -> dict[str, Any]:
    """Return a version (the current one by default) with every row and cell left out, its place and the reason."""
    return version_with_errors(kb, list_id, version)


@router.get("/lists/{list_id}/diff", summary="What changed between two versions of a list")
def diff(
    kb: KnowledgeBaseDep,
    list_id: str,
    old: Annotated[str | None, Query(alias="from", max_length=100, description="the version before by default")] = None,
    new: Annotated[str | None, Query(alias="to", max_length=100, description="the current version by default")] = None,
) -> dict[str, Any]:
    """Return the entries added, changed (in which fields, before and after) and removed."""
    return delta_json(kb, list_id, old, new)
