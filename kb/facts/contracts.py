"""Contracts and news as stored: clauses, values, parties, terms, citations, events, named things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from kb import ids
from kb.facts.base import Select, document_of, graphs_of, index_of, notations, optional, query, span_of
from kb.model import (
    Citation,
    Clause,
    ContractNorm,
    DefinedTerm,
    Entity,
    Event,
    Modality,
    Party,
    Span,
    Stage,
    TypeScore,
    Value,
)
from ontology import terms as t


@dataclass(frozen=True, slots=True)
class ContractParts:
    """What was found in one contract, as stored."""

    clauses: tuple[Clause, ...] = ()
    values: tuple[Value, ...] = ()
    parties: tuple[Party, ...] = ()
    terms: tuple[DefinedTerm, ...] = ()
    citations: tuple[Citation, ...] = ()
    contract_type: str | None = None
    norms: tuple[ContractNorm, ...] = ()


def contract_parts(select: Select, documents: Collection[str] | None = None) -> dict[str, ContractParts]:
    """Return the parts of the stored contracts by document id.

    Args:
        select: runs queries.
        documents: ids to read; None reads every contract.
    """
    graphs = graphs_of(documents)
    kinds = notations("contract-types")
    types = {
        document_of(d): kinds.get(kind or "")
        for d, kind in select(
            query("?d ?kind", f"?d a <{t.CTR_Contract}> . {optional('?d', (t.DUE_contractType, '?kind'))}", graphs)
        )
    }
    clauses = _clauses(select, graphs)
    values = _values(select, graphs)
    parties = _parties(select, graphs)
    terms = _terms(select, graphs)
    citations = read_citations(select, documents)
    norms = _norms(select, graphs)
    return {
        document: ContractParts(
            clauses.get(document, ()),
            values.get(document, ()),
            parties.get(document, ()),
            terms.get(document, ()),
            citations.get(document, ()),
            contract_type,
            norms.get(document, ()),
        )
        for document, contract_type in types.items()
    }


def contract_parties(select: Select, documents: Collection[str] | None = None) -> dict[str, tuple[Party, ...]]:
    """Return document id -> its parties in text order, without reading the rest of the contracts."""
    return _parties(select, graphs_of(documents))


def _clauses(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[Clause, ...]]:
    kinds = notations("clause-types")
    scores: dict[str, list[TypeScore]] = defaultdict(list)
    detected = {(c, kind) for c, kind in select(query("?c ?kind", f"?c <{t.DUE_clauseType}> ?kind", graphs))}
    for c, kind, score in select(
        query(
            "?c ?kind ?score",
            f"?c <{t.DUE_typeScore}> ?n . ?n <{t.DUE_scoredType}> ?kind ; <{t.DUE_score}> ?score",
            graphs,
        )
    ):
        scores[c or ""].append(TypeScore(kinds[kind or ""], float(score or 0), (c, kind) in detected))
    pattern = f"?c a <{t.DPV_ContractualClause}> ; <{t.OA_hasSelector}> ?s ; <{t.DUE_level}> ?level . " + optional(
        "?c",
        (t.DUE_bodyStart, "?body"),
        (t.DUE_number, "?number"),
        (t.DUE_heading, "?heading"),
        (t.DUE_parentClause, "?parent"),
    )
    found: dict[str, list[Clause]] = defaultdict(list)
    for c, s, level, body, number, heading, parent in select(
        query("?c ?s ?level ?body ?number ?heading ?parent", pattern, graphs)
    ):
        span = span_of(s)
        iri = c or ""
        found[document_of(iri)].append(
            Clause(
                id=ids.unquote_id(iri.rsplit("#", 1)[1]),
                start=span.start,
                end=span.end,
                number=number,
                heading=heading,
                level=int(level or 1),
                parent=ids.unquote_id(parent.rsplit("#", 1)[1]) if parent is not None else None,
                body_start=int(body) if body is not None else -1,
                types=tuple(sorted(scores.get(iri, ()), key=lambda x: (-x.score, x.type))),
            )
        )
    return {d: tuple(sorted(group, key=lambda c: index_of(c.id))) for d, group in found.items()}


def _values(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[Value, ...]]:
    pattern = f"?v a <{t.DUE_Value}> ; <{t.DUE_valueType}> ?type ; <{t.OA_hasSelector}> ?s . " + optional(
        "?v", (t.DUE_normalizedValue, "?value"), (t.DUE_unit, "?unit")
    )
    pattern += f" OPTIONAL {{ ?v <{t.DUE_countedFrom}> ?from . ?from <{t.OA_hasSelector}> ?fs }}"
    found: dict[str, list[tuple[int, Value]]] = defaultdict(list)
    for v, kind, s, value, unit, since in select(query("?v ?type ?s ?value ?unit ?fs", pattern, graphs)):
        span = span_of(s)
        iri = v or ""
        origin = None if since is None else span_of(since)
        found[document_of(iri)].append((index_of(iri), Value(kind or "", value, unit, span.start, span.end, origin)))
    return {d: tuple(v for _, v in sorted(group, key=lambda p: p[0])) for d, group in found.items()}


def _parties(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[Party, ...]]:
    pattern = (
        f"?p a <{t.DUE_ContractParty}> ; <{t.DUE_name}> ?name ; <{t.OA_hasSelector}> ?s . "
        + optional("?p", (t.DUE_roleLabel, "?role"), (t.DUE_partyKind, "?kind"))
        + f" OPTIONAL {{ ?p <{t.DUE_roleEvidence}> ?e . ?e <{t.OA_hasSelector}> ?rs }}"
    )
    found: dict[str, list[tuple[int, Party]]] = defaultdict(list)
    for p, name, s, role, kind, rs in select(query("?p ?name ?s ?role ?kind ?rs", pattern, graphs)):
        span = span_of(s)
        where = span_of(rs) if rs is not None else Span(-1, -1)
        iri = p or ""
        party = Party(name or "", role, span.start, span.end, kind, where.start, where.end)
        found[document_of(iri)].append((index_of(iri), party))
    return {d: tuple(v for _, v in sorted(group, key=lambda p: p[0])) for d, group in found.items()}


def _terms(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[DefinedTerm, ...]]:
    pattern = (
        f"?n a <{t.DUE_DefinedTerm}> ; <{t.DUE_term}> ?term ; <{t.OA_hasSelector}> ?s ; <{t.DUE_definition}> ?d . "
        f"?d <{t.OA_hasSelector}> ?ds"
    )
    found: dict[str, list[tuple[int, DefinedTerm]]] = defaultdict(list)
    for n, term, s, ds in select(query("?n ?term ?s ?ds", pattern, graphs)):
        span, definition = span_of(s), span_of(ds)
        iri = n or ""
        found[document_of(iri)].append(
            (index_of(iri), DefinedTerm(term or "", span.start, span.end, definition.start, definition.end))
        )
    return {d: tuple(v for _, v in sorted(group, key=lambda p: p[0])) for d, group in found.items()}


def _norms(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[ContractNorm, ...]]:
    places = (
        (t.DUE_bearerEvidence, "b"),
        (t.DUE_beneficiaryEvidence, "f"),
        (t.DUE_conditionEvidence, "w"),
        (t.DUE_exceptionEvidence, "x"),
    )
    pattern = (
        f"?n a <{t.DUE_ContractNorm}> ; <{t.DUE_expressedIn}> ?clause ; <{t.DUE_normKind}> ?kind ; "
        f"<{t.DUE_mutual}> ?mutual ; <{t.OA_hasSelector}> ?s . "
        + optional("?n", (t.DUE_bearer, "?bearer"), (t.DUE_beneficiary, "?beneficiary"))
        + " ".join(f" OPTIONAL {{ ?n <{path}> ?{v} . ?{v} <{t.OA_hasSelector}> ?{v}s }}" for path, v in places)
        + f" OPTIONAL {{ ?n <{t.DUE_cap}> ?c . ?c <{t.DUE_valueType}> ?ctype ; <{t.OA_hasSelector}> ?cs . "
        + optional("?c", (t.DUE_normalizedValue, "?cvalue"), (t.DUE_unit, "?cunit"))
        + " }"
    )
    variables = "?n ?clause ?kind ?mutual ?s ?bearer ?beneficiary ?bs ?fs ?ws ?xs ?ctype ?cs ?cvalue ?cunit"
    found: dict[str, list[tuple[int, ContractNorm]]] = defaultdict(list)
    for n, clause, kind, mutual, s, bearer, beneficiary, bs, fs, ws, xs, ctype, cs, cvalue, cunit in select(
        query(variables, pattern, graphs)
    ):
        iri, span = n or "", span_of(s)
        who = span_of(bs) if bs is not None else Span(-1, -1)
        whom = span_of(fs) if fs is not None else Span(-1, -1)
        limit = span_of(cs) if cs is not None else None
        norm = ContractNorm(
            clause=ids.unquote_id((clause or "").rsplit("#", 1)[1]),
            modality=Modality(kind or ""),
            start=span.start,
            end=span.end,
            bearer=bearer,
            beneficiary=beneficiary,
            mutual=mutual == "true",
            cap=None if limit is None else Value(ctype or "", cvalue, cunit, limit.start, limit.end),
            condition=span_of(ws) if ws is not None else None,
            exception=span_of(xs) if xs is not None else None,
            bearer_start=who.start,
            bearer_end=who.end,
            beneficiary_start=whom.start,
            beneficiary_end=whom.end,
        )
        found[document_of(iri)].append((index_of(iri), norm))
    return {d: tuple(v for _, v in sorted(group, key=lambda p: p[0])) for d, group in found.items()}


def read_citations(select: Select, documents: Collection[str] | None = None) -> dict[str, tuple[Citation, ...]]:
    """Return the citations of law by document id, in reading order, not yet resolved."""
    pattern = f"?c a <{t.DUE_Citation}> ; <{t.OA_hasSelector}> ?s . ?s <{t.OA_exact}> ?text . " + optional(
        "?c", (t.DUE_citedAct, "?act"), (t.DUE_citedProvision, "?provision")
    )
    found: dict[str, list[tuple[int, Citation]]] = defaultdict(list)
    for c, s, text, act, provision in select(query("?c ?s ?text ?act ?provision", pattern, graphs_of(documents))):
        span = span_of(s)
        iri = c or ""
        found[document_of(iri)].append((index_of(iri), Citation(text or "", span.start, span.end, act, provision)))
    return {d: tuple(v for _, v in sorted(group, key=lambda p: p[0])) for d, group in found.items()}


def read_events(select: Select, documents: Collection[str] | None = None) -> dict[str, tuple[Event, ...]]:
    """Return the reported events by document id."""
    kinds, stages = notations("event-types"), notations("event-stages")
    pattern = (
        f"?e a <{t.DUE_AdverseEvent}> ; <{t.DUE_eventType}> ?kind ; <{t.DUE_score}> ?score ; <{t.OA_hasSelector}> ?s . "
        + optional("?e", (t.DUE_stage, "?stage"), (t.DUE_eventDate, "?day"), (t.DUE_subjectName, "?name"))
        + optional("?e", (t.DCTERMS_title, "?title"), (t.DCTERMS_issued, "?issued"), (t.DCTERMS_publisher, "?by"))
        + f" OPTIONAL {{ ?e <{t.DUE_subjectEvidence}> ?w . ?w <{t.OA_hasSelector}> ?ws }}"
    )
    found: dict[str, list[tuple[int, Event]]] = defaultdict(list)
    for e, kind, score, s, stage, day, name, ws, title, issued, by in select(
        query("?e ?kind ?score ?s ?stage ?day ?name ?ws ?title ?issued ?by", pattern, graphs_of(documents))
    ):
        span = span_of(s)
        who = span_of(ws) if ws is not None else Span(-1, -1)
        iri = e or ""
        event = Event(
            type=kinds[kind or ""],
            subject=name,
            stage=Stage(stages[stage]) if stage is not None else None,
            date=date.fromisoformat(day) if day is not None else None,
            start=span.start,
            end=span.end,
            score=float(score or 0),
            subject_start=who.start,
            subject_end=who.end,
            headline=title,
            published=date.fromisoformat(issued) if issued is not None else None,
            publisher=by,
        )
        found[document_of(iri)].append((index_of(iri), event))
    return {d: tuple(v for _, v in sorted(group, key=lambda p: p[0])) for d, group in found.items()}


def read_entities(select: Select, documents: Collection[str] | None = None) -> dict[str, tuple[Entity, ...]]:
    """Return the named things in news by document id."""
    pattern = f"?m a <{t.DUE_Mention}> ; <{t.DUE_mentionType}> ?type ; <{t.DUE_name}> ?name ; <{t.OA_hasSelector}> ?s"
    found: dict[str, list[tuple[int, Entity]]] = defaultdict(list)
    for m, kind, name, s in select(query("?m ?type ?name ?s", pattern, graphs_of(documents))):
        span = span_of(s)
        iri = m or ""
        found[document_of(iri)].append((index_of(iri), Entity(kind or "", name or "", span.start, span.end)))
    return {d: tuple(v for _, v in sorted(group, key=lambda p: p[0])) for d, group in found.items()}
