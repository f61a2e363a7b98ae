"""The graph itself: its terms, and read-only queries over it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.deps import SettingsDep, SnapshotDep, SparqlPlace
from api.schemas import SparqlRequest
from kb.sparql import run_sparql
from ontology import describe

router = APIRouter(prefix="/v1")


@router.get("/terms/{term:path}", summary="A term of the evidence graph", tags=["ontology"])
def term(term: str) -> dict[str, Any]:
    """Explain a term: labels in English and Chinese, definition, where it belongs."""
    found = describe(term)
    return {
        "iri": found.iri,
        "curie": found.curie,
        "kind": found.kind,
        "labels": dict(found.labels),
        "definition": dict(found.definition),
    }


@router.post("/sparql", summary="Query the evidence graph", tags=["graph"])
async def sparql(
    snapshot: SnapshotDep, settings: SettingsDep, place: SparqlPlace, request: SparqlRequest
) -> dict[str, Any]:
    """Run a read-only SPARQL query in a limited process; the answer says when it was cut."""
    answer = await place.run(run_sparql, snapshot, request.query, settings)
    return {**answer.results, "truncated": answer.truncated}
