"""Evaluator of set-based SPARQL rules."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.rule import SparqlSelect
from kb.model import Evidence

_EVIDENCE_NAMES = frozenset({"subject", "document", "start", "end", "quote"})


def sparql(evaluate: SparqlSelect, context: CheckContext) -> Iterator[Answer]:
    """Flag each row of the rule's query and pass every other subject of its population."""
    if context.select is None:
        yield not_evaluated("", "The evidence graph is not at hand, so the rule's query cannot run.")
        return
    flagged: set[str] = set()
    for row in context.select(evaluate.query):
        subject = row.get("subject")
        if subject is None:
            continue
        flagged.add(subject)
        evidence: tuple[Evidence, ...] = ()
        document, start, end = row.get("document"), row.get("start"), row.get("end")
        if document is not None and start is not None and end is not None:
            evidence = (Evidence(document, int(start), int(end), row.get("quote") or ""),)
        values = {k: v for k, v in row.items() if k not in _EVIDENCE_NAMES and v is not None}
        yield flag(subject, *evidence, key="|".join(sorted(values.values())), **values)
    for row in context.select(evaluate.population):
        subject = row.get("subject")
        if subject is not None and subject not in flagged:
            yield passed(subject)
