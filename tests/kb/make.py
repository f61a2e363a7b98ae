"""Small documents for tests of the store: every part of one says the same name and version."""

from __future__ import annotations

import hashlib

from kb.ids import document_id, document_iri, span_iri
from kb.model import Block, BlockKind, Document, Kind
from kb.records import Revision
from kb.search import IndexRow
from kb.settings import Settings
from kb.triples import TripleWriter

VERSION = "https://example.org/version"
NAME = "https://example.org/name"
SETTINGS = Settings(sparql_seconds=1.0, sparql_memory_mib=1024)


def body(name: str, version: int) -> str:
    return f"{name} of version {version}\n第一条 甲方应按时付款。\nThe supplier shall pay damages.\n"


def revision(
    name: str,
    version: int = 1,
    *,
    source: str | None = None,
    kind: Kind = Kind.CONTRACT,
    facts: int = 20,
    rows: int = 3,
    tool: str = "1",
) -> Revision:
    """Return one revision of the source ``name``; another version has other bytes, so it is another document."""
    text = body(name, version)
    original = text.encode()
    document = document_id(kind, hashlib.sha256(original).hexdigest())
    out = TripleWriter()
    iri = document_iri(document)
    out.text(iri, VERSION, str(version))
    out.text(iri, NAME, name)
    for number in range(facts - 2):
        out.text(
            span_iri(document, number, number + 1), "https://example.org/says", f'{name} "{number}" {tool}\n', "en"
        )
    return Revision(
        source_key=f"src-{source or name}",
        source=f"{source or name}.txt",
        kind=kind,
        original=original,
        document=Document(
            text=text,
            blocks=(Block(BlockKind.PARAGRAPH, 0, 10, page=1), Block(BlockKind.TABLE_CELL, 10, 20, cell=(0, 1, 2))),
            media_type="text/plain",
            language="en",
            title=f"{name} v{version}",
            metadata={"author": "Zhang San"},
            warnings=("one warning",),
        ),
        facts=out.getvalue(),
        rows=tuple(row(document, name, version, number, len(text)) for number in range(rows)),
        counts={"clauses": rows},
        tool_version=tool,
    )


def row(document: str, name: str, version: int, number: int, length: int) -> IndexRow:
    return IndexRow(
        id=f"{document}#c{number}",
        owner=document,
        type="clause",
        title=f"{name} clause {number}",
        text=f"version{version} of {name}",
        document=document,
        start=0,
        end=length,
        language="en",
        facets={"kind": "contract"},
    )


def rows_of(record: object, document: Document, facts: str) -> list[IndexRow]:
    """Make the rows of a stored document again, as ``kb.maintenance.rebuild`` asks for."""
    name, _, version = document.text.split("\n")[0].partition(" of version ")
    id_ = str(getattr(record, "id"))  # noqa: B009 - any record
    count = getattr(record, "counts")["clauses"]  # noqa: B009
    return [row(id_, name, int(version), number, len(document.text)) for number in range(count)]
