"""Evaluator of set-based SPARQL rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.context import CheckContext
from checks.evaluators.answer import Answer, not_evaluated, passed
from checks.finding import Outcome
from checks.rule import SparqlSelect
from kb.ids import parse_iri, unquote_id
from kb.model import Evidence

_EVIDENCE_NAMES = frozenset({"subject", "document", "start", "end", "quote"})


def sparql(evaluate: SparqlSelect, context: CheckContext, subjects: Sequence[str]) -> Iterator[Answer]:
    """Flag each row of the rule's query and pass every other subject of its population.

    Args:
        evaluate: the query and the population it looked at; ``?subject`` may be an id or one of our IRIs.
        context: what the query runs on.
        subjects: the subjects of the context, which are not evaluated when no query can run.
    """
    if context.select is None:
        for subject in subjects:
            yield not_evaluated(
                subject,
                "The evidence graph is not at hand, so the rule's query cannot run.",
                "缺少证据图谱，无法执行该规则的查询。",
            )
        return
    flagged: set[str] = set()
    for row in context.select(evaluate.query):
        found = _id(row.get("subject"))
        if found is None:
            continue
        flagged.add(found)
        evidence: tuple[Evidence, ...] = ()
        document, start, end = _id(row.get("document")), row.get("start"), row.get("end")
        if document is not None and start is not None and end is not None:
            evidence = (Evidence(document, int(start), int(end), row.get("quote") or ""),)
        values = {k: v for k, v in row.items() if k not in _EVIDENCE_NAMES and v is not None}
        yield Answer(found, Outcome.FLAG, evidence, values=values, key="|".join(sorted(values.values())))
    population = {_id(row.get("subject")) for row in context.select(evaluate.population)}
    for subject in sorted(each for each in population - flagged if each is not None):
        yield passed(subject)


def _id(term: str | None) -> str | None:
    """Return the id an IRI of ours stands for, any other text as it is."""
    name = parse_iri(term) if term is not None else None
    if name is None:
        return term
    scope, slash, key = name.id.partition("/")
    return f"{unquote_id(scope)}{slash}{key}" if name.kind in {"partner", "entry"} else name.id
