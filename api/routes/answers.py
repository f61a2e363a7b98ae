"""Search, checks, findings, partners, screening, rules, terms, SPARQL."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from checks.screening import ScreeningIndex, screen
from fastapi import APIRouter, Query

from api.deps import KnowledgeBaseDep, SettingsDep, SnapshotDep
from api.schemas import CheckRequest, Findings, ScreenAnswers, ScreenRequest, SearchAnswer, SparqlRequest
from api.service.checking import run_check, stored_findings
from api.service.partners import dossier
from api.service.screening import ScreenInput
from api.service.searching import parse_filters, search_json
from checks.finding import Level, Outcome
from checks.load import load_screening
from checks.record import finding_json
from checks.rule import find_rule, load_rules
from kb.errors import NotFoundError
from kb.facts import read_partners
from ontology import describe

router = APIRouter(prefix="/v1")


@router.get("/search", summary="Search", tags=["search"])
def search(
    snapshot: SnapshotDep,
    q: Annotated[str, Query(max_length=2000, description='words, "phrases", OR, NOT, field:value, suffix*')],
    type: Literal["clause", "provision", "partner", "news", "finding", "document"] | None = None,  # noqa: A002
    language: Literal["en", "zh"] | None = None,
    filter: Annotated[list[str] | None, Query(description="FIELD=VALUE")] = None,  # noqa: A002
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    sort: Literal["relevance", "document", "title"] = "relevance",
) -> SearchAnswer:
    """Search clauses, provisions, partners, news and findings, in English and Chinese."""
    found = search_json(
        snapshot,
        q,
        type_=type,
        language=language,
        filters=parse_filters(filter or ()),
        limit=limit,
        offset=offset,
        sort=sort,
    )
    return SearchAnswer(**found)


@router.post("/checks", summary="Run rules", tags=["findings"])
def checks(kb: KnowledgeBaseDep, request: CheckRequest) -> Findings:
    """Check contracts now, or as the law stood, or as was known; a plain check of everything is kept."""
    findings = run_check(
        kb, subjects=request.subjects, rule_ids=request.rules, as_of=request.as_of, known_at=request.known_at
    )
    return Findings(findings=[finding_json(f) for f in findings], total=len(findings))


@router.get("/findings", summary="Findings of the last check", tags=["findings"])
def findings(
    snapshot: SnapshotDep,
    subject: Annotated[str | None, Query(max_length=2000)] = None,
    outcome: Outcome | None = None,
    level: Level | None = None,
    rule: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Findings:
    """List stored findings, worst first."""
    found = [
        f
        for f in stored_findings(snapshot, [subject] if subject is not None else None)
        if outcome in (None, f.outcome) and level in (None, f.level) and rule in (None, f.rule)
    ]
    page = found[offset : offset + limit]
    following = str(offset + limit) if offset + limit < len(found) else None
    return Findings(findings=[finding_json(f) for f in page], total=len(found), next=following)


@router.get("/findings/{finding}", summary="One finding", tags=["findings"])
def finding(snapshot: SnapshotDep, finding: str) -> dict[str, Any]:
    """Return one finding with its rule, evidence, basis and remedy."""
    for found in stored_findings(snapshot):
        if found.id == finding:
            return finding_json(found)
    raise NotFoundError(f"no finding '{finding}' is stored", remedy="Run POST /v1/checks, or list GET /v1/findings.")


@router.get("/partners", summary="List partners", tags=["partners"])
def partners(
    snapshot: SnapshotDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """List stored partners in the order of their ids."""
    found = read_partners(snapshot.query)
    return {
        "total": len(found),
        "partners": [
            {
                "id": p.id,
                "name": p.partner.names[0].text if p.partner.names else p.id,
                "country": p.partner.country,
                "status": p.partner.status,
                "document": p.document,
            }
            for p in found[offset : offset + limit]
        ],
        "next": str(offset + limit) if offset + limit < len(found) else None,
    }


@router.get("/partners/{partner:path}", summary="Everything known about a partner", tags=["partners"])
def partner(snapshot: SnapshotDep, partner: str) -> dict[str, Any]:
    """Return the dossier of a partner, named by id, identifier or name."""
    return dossier(snapshot, partner)


@router.post("/screen", summary="Screen names", tags=["partners"])
def screening(snapshot: SnapshotDep, request: ScreenRequest) -> ScreenAnswers:
    """Match names against the stored watch lists; the answer names the lists, versions and row counts."""
    index = load_screening(snapshot) or ScreeningIndex.build(())
    results = []
    for query in request.queries:
        item = ScreenInput(query.name, query.type, query.country, tuple(query.identifiers), query.birth_date)
        results.append(screen(item.query(), index, limit=request.limit).json())
    return ScreenAnswers(results=results)


@router.get("/rules", summary="The rules", tags=["rules"])
def rules() -> dict[str, Any]:
    """List all rules with level and title."""
    return {
        "rules": [
            {
                "id": r.id,
                "version": r.version,
                "level": r.level.value,
                "risk": r.risk,
                "title": r.title.model_dump(),
                "languages": list(r.applies.languages),
            }
            for r in load_rules()
        ]
    }


@router.get("/rules/{rule:path}", summary="One rule", tags=["rules"])
def rule(rule: str) -> dict[str, Any]:
    """Return one rule whole: what it looks for, when, why, its law, remedy and examples."""
    found = find_rule(load_rules(), rule)
    return found.model_dump(mode="json") | {"level": found.level.value}


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
def sparql(snapshot: SnapshotDep, settings: SettingsDep, request: SparqlRequest) -> dict[str, Any]:
    """Run a read-only SPARQL query in a limited process; the answer says when it was cut."""
    from kb.sparql import run_sparql

    answer = run_sparql(snapshot, request.query, settings)
    return {**answer.results, "truncated": answer.truncated}
