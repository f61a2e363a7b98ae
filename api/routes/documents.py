"""Documents: upload, list, text, clauses; clauses and provisions over all documents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from api.deps import KnowledgeBaseDep, SettingsDep, SnapshotDep
from api.schemas import DocumentList, DocumentRow, IngestAnswer, IngestAnswers, IngestError
from api.service.extracting import Extracted, clause_record
from kb import ids
from kb.errors import NotFoundError, QueryError
from kb.facts import read_acts
from kb.facts.annotations import annotations_of
from kb.model import Kind
from kb.records import DocumentRecord

router = APIRouter(prefix="/v1", tags=["documents"])

PAGE = 100
"""Documents of one page unless asked otherwise; at most five times as many."""


def row(record: DocumentRecord) -> DocumentRow:
    """Return a document as the API shows it."""
    return DocumentRow(
        id=record.id,
        title=record.title,
        kind=record.kind.value,
        language=record.language,
        source=record.source,
        media_type=record.media_type,
        size=record.size,
        counts=dict(record.counts),
        recorded_at=record.recorded_at,
        sha256=record.original,
    )


@router.post("/documents", summary="Store a document")
def upload(
    kb: KnowledgeBaseDep,
    settings: SettingsDep,
    file: Annotated[UploadFile, File(description="the file; a zip archive stores its members")],
    kind: Annotated[Kind | None, Form(description="what it is; guessed when absent")] = None,
    source: Annotated[str | None, Form(max_length=2000, description="where it comes from, shown to readers")] = None,
    source_key: Annotated[str | None, Form(pattern="^src-[0-9a-f]{20}$", description="identity of the source")] = None,
    again: Annotated[bool, Form(description="read it again although it is stored unchanged")] = False,
) -> IngestAnswers:
    """Read a document and store what was found in it; a second upload under the same name is a new revision.

    Example: ``curl -F file=@supply.txt http://127.0.0.1:8420/v1/documents``
    """
    from api.service.ingesting import run_ingest
    from ingest.job import IngestOptions
    from ingest.readers import Input, Limits

    name = (source or file.filename or "upload").replace("\0", "")
    data = file.file.read()
    limits = Limits(input_bytes=settings.max_input_mib * 1024 * 1024)
    key = source_key or ids.source_key(upload=name)
    item = Input(name, key, len(data), None, lambda: data)
    options = IngestOptions(kind=kind, again=again, limits=limits, batch=1)
    results = [
        IngestAnswer(
            source=r.source,
            document=r.document,
            kind=r.kind,
            language=r.language,
            status=r.status,  # type: ignore[arg-type]  (validated by the model)
            facts=r.facts,
            seconds=round(r.seconds, 3),
            error=IngestError(**r.error) if r.error is not None else None,
            warnings=list(r.warnings),
        )
        for r in run_ingest(kb, [item], options)
    ]
    return IngestAnswers(results=results)


@router.get("/documents", summary="List documents")
def documents(
    snapshot: SnapshotDep,
    kind: Kind | None = None,
    after: Annotated[str | None, Query(max_length=100, description="cursor: the ``next`` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=5 * PAGE)] = PAGE,
) -> DocumentList:
    """List stored documents in the order of their ids."""
    records = sorted(snapshot.documents(kind), key=lambda r: r.id)
    rest = [r for r in records if after is None or r.id > after]
    page = rest[:limit]
    following = page[-1].id if len(rest) > limit else None
    return DocumentList(total=len(records), documents=[row(r) for r in page], next=following)


@router.get("/documents/{document}", summary="One document")
def document(snapshot: SnapshotDep, document: str) -> DocumentRow:
    """Return what is known about a stored document."""
    return row(snapshot.document(document))


@router.delete("/documents/{document}", summary="Forget a document", status_code=204)
def forget(kb: KnowledgeBaseDep, document: str) -> Response:
    """Forget a document (the undo of storing it); it stays visible to questions about the past."""
    from api.service.ingesting import renew_links

    with kb.snapshot() as snapshot:
        record = snapshot.document(document)
    for key, _ in record.sources:
        kb.remove(key)
    renew_links(kb)
    return Response(status_code=204)


@router.get("/documents/{document}/text", summary="The text that offsets point into", response_class=Response)
def text(snapshot: SnapshotDep, document: str) -> Response:
    """Return the extracted text; every evidence offset is an index into it, in code points."""
    return Response(snapshot.text(document), media_type="text/plain; charset=utf-8")


@router.get("/documents/{document}/original", summary="The bytes it was read from", response_class=Response)
def original(snapshot: SnapshotDep, document: str) -> Response:
    """Return the original file, for download only."""
    name = f"{document}.bin"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"}
    return Response(snapshot.original(document), media_type="application/octet-stream", headers=headers)


@router.get("/documents/{document}/clauses", summary="Clauses, values and parties of a contract")
def clauses(snapshot: SnapshotDep, document: str) -> dict[str, Any]:
    """Return what was found in a stored contract, in the shape of the command ``clauses``."""
    record = snapshot.document(document)
    if record.kind is not Kind.CONTRACT:
        raise QueryError(f"'{document}' is not a contract", remedy=f"It is stored as {record.kind.value}.")
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
    from api.service.searching import search_json

    return search_json(
        snapshot, "", type_="clause", filters={"clause_type": [type]}, limit=limit, offset=offset, sort="document"
    )


@router.get("/provisions/{provision:path}", summary="One provision of law", tags=["law"])
def provision(snapshot: SnapshotDep, provision: str) -> dict[str, Any]:
    """Return a stored provision by its id, for example ``cn/公司法@2023-12-29#15`` (the ``#`` percent-encoded)."""
    version, _, number = provision.partition("#")
    for act in read_acts(snapshot.query):
        if act.version != version:
            continue
        for found in act.provisions:
            if found.number == number:
                return {
                    "id": provision,
                    "act": act.act,
                    "version": act.version,
                    "title": act.title,
                    "number": found.number,
                    "label": found.label,
                    "heading": found.heading,
                    "document": act.document,
                    "start": found.start,
                    "end": found.end,
                    "text": snapshot.text(act.document)[found.start : found.end],
                }
    raise NotFoundError(f"no provision '{provision}' is stored", remedy="List versions with GET /v1/acts/{act}.")


@router.get("/acts/{act:path}", summary="Versions of an act", tags=["law"])
def act(snapshot: SnapshotDep, act: str) -> dict[str, Any]:
    """Return the stored versions of an act with their dates and the words those were read from."""
    from api.service.law import versions_json

    return versions_json(snapshot, act)
