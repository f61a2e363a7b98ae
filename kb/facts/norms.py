"""Duties, permissions and prohibitions of law as stored: read back as their reader found them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from kb import ids
from kb.facts.base import Select, document_of, graphs_of, index_of, optional, query, span_of
from kb.model import LegalNorm, Modality, Span
from ontology import terms as t

_NOWHERE = Span(-1, -1)
_PLACES = (
    (t.DUE_bearerEvidence, "b"),
    (t.DUE_beneficiaryEvidence, "f"),
    (t.DUE_actionEvidence, "a"),
    (t.DUE_objectEvidence, "o"),
    (t.DUE_deadlineEvidence, "l"),
)


def read_legal_norms(
    select: Select, documents: Collection[str] | None = None
) -> dict[str, tuple[tuple[str, LegalNorm], ...]]:
    """Return by document id its legal norms in order, each with the id of its provision in its version."""
    graphs = graphs_of(documents)
    several = {
        predicate: _several(select, graphs, predicate)
        for predicate in (t.DUE_conditionEvidence, t.DUE_exceptionEvidence)
    }
    pattern = (
        f"?n a <{t.DUE_LegalNorm}> ; <{t.DUE_expressedIn}> ?provision ; <{t.DUE_normKind}> ?kind ; "
        f"<{t.OA_hasSelector}> ?s ; <{t.DUE_modalityEvidence}> ?m . ?m <{t.OA_hasSelector}> ?ms . "
        + optional(
            "?n",
            (t.DUE_bearer, "?bearer"),
            (t.DUE_beneficiary, "?beneficiary"),
            (t.DUE_deadline, "?deadline"),
            (t.DUE_deadlineUnit, "?unit"),
            (t.DUE_penaltyProvision, "?penalty"),
        )
        + " ".join(f" OPTIONAL {{ ?n <{path}> ?{v} . ?{v} <{t.OA_hasSelector}> ?{v}s }}" for path, v in _PLACES)
    )
    variables = "?n ?provision ?kind ?s ?ms ?bearer ?beneficiary ?deadline ?unit ?penalty ?bs ?fs ?as ?os ?ls"
    found: dict[str, list[tuple[int, tuple[str, LegalNorm]]]] = defaultdict(list)
    for n, provision, kind, s, ms, bearer, beneficiary, deadline, unit, penalty, bs, fs, a, o, ls in select(
        query(variables, pattern, graphs)
    ):
        iri, span = n or "", span_of(s)
        who, whom, when = (span_of(each) if each is not None else _NOWHERE for each in (bs, fs, ls))
        place = ids.unquote_id((provision or "").removeprefix(f"{ids.URN}provision:"))
        norm = LegalNorm(
            provision=place.rsplit("#", 1)[1],
            modality=Modality(kind or ""),
            start=span.start,
            end=span.end,
            modal=span_of(ms),
            bearer=bearer,
            beneficiary=beneficiary,
            action=span_of(a) if a is not None else None,
            object=span_of(o) if o is not None else None,
            conditions=several[t.DUE_conditionEvidence].get(iri, ()),
            exceptions=several[t.DUE_exceptionEvidence].get(iri, ()),
            deadline=deadline,
            deadline_unit=unit,
            penalty=ids.unquote_id(penalty).rsplit("#", 1)[1] if penalty is not None else None,
            bearer_start=who.start,
            bearer_end=who.end,
            beneficiary_start=whom.start,
            beneficiary_end=whom.end,
            deadline_start=when.start,
            deadline_end=when.end,
        )
        found[document_of(iri)].append((index_of(iri), (place, norm)))
    return {d: tuple(v for _, v in sorted(group, key=lambda p: p[0])) for d, group in found.items()}


def _several(select: Select, graphs: Collection[str] | None, predicate: str) -> dict[str, tuple[Span, ...]]:
    found: dict[str, list[tuple[int, Span]]] = defaultdict(list)
    pattern = f"?n a <{t.DUE_LegalNorm}> ; <{predicate}> ?c . ?c <{t.OA_hasSelector}> ?s"
    for n, c, s in select(query("?n ?c ?s", pattern, graphs)):
        found[n or ""].append((index_of(c or ""), span_of(s)))
    return {n: tuple(span for _, span in sorted(spans, key=lambda each: each[0])) for n, spans in found.items()}
