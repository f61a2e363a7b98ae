"""What of a document can be searched for: its rows in the full-text index.

The index is derived: these rows are a pure function of the text and the annotations, so ``rebuild`` makes exactly what
``ingest`` made.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from kb.law_numbers import base_number
from kb.model import ActVersion, Annotations, Clause, Document, Kind, LegalNorm
from kb.search import IndexRow
from kb.search.norms import norm_keywords

_JOINED = re.compile(r",?\s(?:and|or)\s(?:(?:the|an?|any|each|every|such)\s)?|,\s|、|或者|以及")
TITLE_LENGTH = 200
"""Characters of a title; longer ones are cut, they are labels and not evidence."""


def index_rows(document_id: str, source: str, document: Document, found: Annotations) -> tuple[IndexRow, ...]:
    """Return the rows of one document: itself, and its clauses, provisions, partners or articles."""
    title = document_title(document, source)
    common = {"source_kind": found.kind.value, "document_title": title}
    rows = [
        IndexRow(
            id=document_id,
            owner=document_id,
            type="news" if found.kind is Kind.NEWS else "document",
            title=title,
            text=document.text if found.kind is Kind.NEWS else document.text[:2000],
            document=document_id,
            start=0,
            end=len(document.text) if found.kind is Kind.NEWS else min(2000, len(document.text)),
            language=document.language,
            facets=common
            | {
                "event": "|".join(sorted({e.type for e in found.events})),
                "party": "|".join(dict.fromkeys(p.name for p in found.parties)),
            },
        )
    ]
    if found.kind is Kind.CONTRACT:
        rows.extend(_clauses(document_id, document, found, common | {"contract_type": found.contract_type or ""}))
    elif found.law is not None:
        rows.extend(_provisions(document_id, document, found, common))
    elif found.register is not None:
        rows.extend(_partners(document_id, document, found, common))
    return tuple(row for row in rows if row.text.strip())


def document_title(document: Document, source: str) -> str:
    """Return a title to show: the document's own, else its file's name."""
    return (document.title or source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or source)[:TITLE_LENGTH]


def _clauses(document_id: str, document: Document, found: Annotations, common: Mapping[str, str]) -> Iterator[IndexRow]:
    first_child: dict[str, int] = {}
    for clause in found.clauses:
        if clause.parent is not None:
            first_child.setdefault(clause.parent, clause.start)
    for clause in found.clauses:
        end = first_child.get(clause.id, clause.end)
        yield IndexRow(
            id=f"{document_id}#{clause.id}",
            owner=document_id,
            type="clause",
            title=clause_label(clause, document.text),
            text=document.text[clause.start : end],
            document=document_id,
            start=clause.start,
            end=end,
            language=document.language,
            facets=dict(common) | {"clause_type": "|".join(t.type for t in clause.types if t.detected)},
        )


def clause_label(clause: Clause, text: str) -> str:
    """Return how a reader would name a clause: number and heading, or its first words."""
    name = " ".join(part for part in (clause.number, clause.heading) if part)
    return (name or " ".join(text[clause.start : clause.end].split())[:60])[:TITLE_LENGTH]


def _provisions(
    document_id: str, document: Document, found: Annotations, common: Mapping[str, str]
) -> Iterator[IndexRow]:
    law = found.law
    if law is None:
        return
    facets = dict(common) | {
        "act": law.title,
        "jurisdiction": law.jurisdiction or "",
        "version": law.date.isoformat() if law.date is not None else "",
    }
    norms = _norms_by_article(law)
    for provision in law.provisions:
        if provision.level != "article":
            continue
        stated = norms.get(provision.number, ())
        heading = f" {provision.heading}" if provision.heading else ""
        yield IndexRow(
            id=f"{law.version}#{provision.number}",
            owner=document_id,
            type="provision",
            title=f"{law.title} {provision.label}{heading}"[:TITLE_LENGTH],
            text=document.text[provision.start : provision.end],
            document=document_id,
            start=provision.start,
            end=provision.end,
            language=document.language,
            facets=facets
            | {
                "bearer": "|".join(dict.fromkeys(name for norm in stated for name in bearer_names(norm.bearer))),
                "modality": "|".join(sorted({norm.modality.value for norm in stated})),
            },
            keywords=norm_keywords(
                ((name, norm.modality.value) for norm in stated for name in bearer_names(norm.bearer)),
                document.language,
            ),
        )


def _norms_by_article(law: ActVersion) -> dict[str, list[LegalNorm]]:
    found: dict[str, list[LegalNorm]] = defaultdict(list)
    for norm in law.norms:
        found[base_number(norm.provision)].append(norm)
    return found


def bearer_names(bearer: str | None) -> tuple[str, ...]:
    """Return the single names in a bearer as a text names it: "controller or processor" are two, 组织、个人 also."""
    if bearer is None:
        return ()
    names = (name.strip(" ,").removeprefix("the ") for name in _JOINED.split(bearer))
    return tuple(dict.fromkeys(name for name in names if name))


def _partners(
    document_id: str, document: Document, found: Annotations, common: Mapping[str, str]
) -> Iterator[IndexRow]:
    if found.register is None:
        return
    for partner in found.register.partners:
        names = [name.text for name in partner.names]
        yield IndexRow(
            id=partner.id,
            owner=document_id,
            type="partner",
            title=names[0] if names else partner.id,
            text=document.text[partner.start : partner.end],
            document=document_id,
            start=partner.start,
            end=partner.end,
            language=document.language,
            facets=dict(common) | {"country": partner.country or "", "status": partner.status or ""},
        )
