"""Documents: upload, list, text, clauses; clauses over all documents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from api.deps import KnowledgeBaseDep, SettingsDep, SnapshotDep, StorePlace
from api.problems import problem
from api.routes.replies import attachment, link_next, tagged, tagged_model
from api.schemas import DocumentList, DocumentRow, IngestAnswer, IngestAnswers
from api.service.extracting import Extracted, clause_record
from api.service.ingesting import forget as forget_documents
from api.service.ingesting import run_ingest, uploaded
from api.service.linking import links_are_stale, renew_links
from api.service.naming import from_source
from api.service.screening import make_ready
from api.service.searching import search_json
from ingest.columns import MAX_COLUMNS, parse_columns
from ingest.job import IngestOptions, IngestResult
from ingest.readers import Limits
from kb.base import KnowledgeBase
from kb.errors import QueryError
from kb.facts.annotations import annotations_of
from kb.lists import KINDS as LIST_KINDS
from kb.model import Kind

router = APIRouter(prefix="/v1", tags=["documents"])

PAGE = 100
"""Documents of one page unless asked otherwise; at most five times as many."""
MAX_NAME = 2000
TOO_LARGE = ("too-large", "text-too-long", "too-many-blocks", "zip-entries", "zip-size", "zip-ratio")
WRONG_KIND = ("unsupported", "unsupported-language", "nested-zip")
REFUSED = dict.fromkeys(TOO_LARGE, 413) | dict.fromkeys(WRONG_KIND, 415)
"""HTTP status of a refused upload by the code of its error; 422 for every other."""


@router.post("/documents", summary="Store a document", response_model=IngestAnswers)
async def upload(
    request: Request,
    kb: KnowledgeBaseDep,
    settings: SettingsDep,
    place: StorePlace,
    file: Annotated[UploadFile, File(description="the file; a zip archive stores its members")],
    kind: Annotated[Kind | None, Form(description="what it is; guessed when absent")] = None,
    source: Annotated[
        str | None, Form(max_length=MAX_NAME, description="where it comes from, shown to readers")
    ] = None,
    source_key: Annotated[str | None, Form(pattern="^src-[0-9a-f]{20}$", description="identity of the source")] = None,
    again: Annotated[bool, Form(description="read it again although it is stored unchanged")] = False,
    lists_only: Annotated[bool, Form(description="refuse what is no list and no register")] = False,
    force: Annotated[
        bool, Form(description="store a list or register although it lost over 10 % of its entries or breaks off")
    ] = False,
    columns: Annotated[
        list[str] | None,
        Form(alias="map", max_length=MAX_COLUMNS, description="what columns of a table mean, each header=field"),
    ] = None,
    link: Annotated[
        bool, Form(description="tie names to partners at once; false puts it off to POST /v1/links")
    ] = True,
) -> Any:
    """Read a document and store what was found in it; a second upload under the same name is a new revision.

    A refused file is a problem (413, 415 or 422) with the reason; an archive is answered member by member.

    Example: ``curl -F file=@supply.txt http://127.0.0.1:8420/v1/documents``
    """
    limits = Limits(input_bytes=settings.max_input_mib * 1024 * 1024)
    mapping = parse_columns(columns or (), files=False)
    only = frozenset(LIST_KINDS) if lists_only else None
    options = IngestOptions(kind=kind, only=only, again=again, force=force, columns=mapping, limits=limits)
    name = _shown(source or file.filename or "upload")
    data = await file.read()
    results = await place.run(_store, kb, data, name, source_key, options, link=link)
    if len(results) == 1 and results[0].error is not None:
        error = results[0].error
        status = REFUSED.get(error["code"], 422)
        return problem(request, status, error["code"], error["detail"], place=error.get("place", ""))
    return IngestAnswers(results=[IngestAnswer.of(result) for result in results])


def _store(
    kb: KnowledgeBase, data: bytes, name: str, key: str | None, options: IngestOptions, *, link: bool
) -> list[IngestResult]:
    with uploaded(data, name, key, options.limits) as inputs:
        return list(run_ingest(kb, inputs, options, link=link))


def _shown(name: str) -> str:
    """Return a name as it can be stored and shown: valid Unicode, no control characters, not endless."""
    text = name.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "�" for c in text)[:MAX_NAME] or "upload"


@router.post("/links", summary="Tie names to partners", status_code=204)
async def links(kb: KnowledgeBaseDep, place: StorePlace) -> Response:
    """Renew the ties between names in documents and stored partners, when documents changed since they were made."""

    def renew() -> None:
        if links_are_stale(kb):
            renew_links(kb)
        make_ready(kb)

    await place.run(renew)
    return Response(status_code=204)


@router.get("/documents", summary="List documents")
def documents(
    request: Request,
    response: Response,
    snapshot: SnapshotDep,
    kind: Kind | None = None,
    source: Annotated[
        str | None, Query(max_length=MAX_NAME, description="path or upload name, or the end of a path")
    ] = None,
    after: Annotated[str | None, Query(max_length=100, description="cursor: the ``next`` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=5 * PAGE)] = PAGE,
) -> DocumentList:
    """List stored documents in the order of their ids."""
    records = sorted(snapshot.documents(kind), key=lambda r: r.id)
    if source is not None:
        records = [r for r in records if from_source(r, source)]
    rest = [r for r in records if after is None or r.id > after]
    page = rest[:limit]
    following = page[-1].id if len(rest) > limit else None
    if following is not None:
        link_next(request, response, after=following)
    return DocumentList(total=len(records), documents=[DocumentRow.of(r) for r in page], next=following)


@router.get("/documents/{document}", summary="One document", response_model=DocumentRow)
def document(request: Request, snapshot: SnapshotDep, document: str) -> Response:
    """Return what is known about a stored document."""
    return tagged_model(request, DocumentRow.of(snapshot.document(document)))


@router.delete("/documents/{document}", summary="Forget a document", status_code=204)
async def forget(kb: KnowledgeBaseDep, place: StorePlace, document: str) -> Response:
    """Forget a document (the undo of storing it); it stays visible to questions about the past."""

    def work() -> None:
        with kb.snapshot() as snapshot:
            record = snapshot.document(document)
        for _ in forget_documents(kb, [record]):
            pass

    await place.run(work)
    return Response(status_code=204)


@router.get("/documents/{document}/text", summary="The text that offsets point into", response_class=Response)
def text(request: Request, snapshot: SnapshotDep, document: str) -> Response:
    """Return the extracted text; every evidence offset is an index into it, in code points."""
    record = snapshot.document(document)
    body = snapshot.text(document).encode("utf-8", "replace")
    return tagged(request, body, "text/plain; charset=utf-8", tag=record.text[:32])


@router.get("/documents/{document}/original", summary="The bytes it was read from", response_class=Response)
def original(request: Request, snapshot: SnapshotDep, document: str) -> Response:
    """Return the original file, for download only."""
    record = snapshot.document(document)
    headers = {
        "Content-Disposition": attachment(record.source, f"{document}.bin"),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    body = snapshot.original(document)
    return tagged(request, body, "application/octet-stream", tag=record.original[:32], headers=headers)


@router.get("/documents/{document}/clauses", summary="Clauses, values and parties of a contract")
def clauses(snapshot: SnapshotDep, document: str) -> dict[str, Any]:
    """Return what was found in a stored contract, in the shape of the command ``clauses``."""
    record = snapshot.document(document)
    if record.kind is not Kind.CONTRACT:
        raise QueryError(f"'{document}' is not a contract.", remedy=f"It is stored as {record.kind.value}.")
    found = annotations_of(document, record.kind, snapshot.facts(document))
    return clause_record(Extracted(record.source, document, snapshot.document_model(document), found))


@router.get("/clauses", summary="Clauses of a type over all contracts", tags=["clauses"])
def clauses_of_type(
    snapshot: SnapshotDep,
    type: Annotated[str, Query(max_length=100, description="notation of the clause type, e.g. Governing Law")],  # noqa: A002
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> dict[str, Any]:
    """Compare one clause type across contracts."""
    filters = {"clause_type": [type]}
    return search_json(snapshot, "", type_="clause", filters=filters, limit=limit, offset=offset, sort="document")
