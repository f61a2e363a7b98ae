"""Runs the examples in rule files through the real pipeline: what a rule claims, it must do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.service.checking import run_check
from api.service.example_memory import TABLES, in_memory, own_kind
from api.service.ingesting import run_ingest
from api.service.linking import renew_links
from checks.context import CheckContext
from checks.engine import check
from checks.finding import Finding, Outcome
from checks.rule import Example, Rule
from ingest.extract import annotate
from ingest.job import IngestOptions
from ingest.readers import Input, of_bytes, read_document
from kb.base import KnowledgeBase
from kb.contract import ContractFacts
from kb.errors import MissingPartError
from kb.model import Kind
from kb.settings import Settings


@dataclass(frozen=True, slots=True)
class ExampleOutcome:
    """What one example did; ``expected`` is "flags" or "passes", ``example`` its 1-based number in the file."""

    rule: str
    expected: str
    language: str
    example: int
    got: str
    ok: bool


def run_examples(rules: Iterable[Rule]) -> Iterator[ExampleOutcome]:
    """Yield the outcome of every example of the rules."""
    for rule in rules:
        for expected, examples in (("flags", rule.flags), ("passes", rule.passes)):
            for number, example in enumerate(examples, 1):
                findings = evaluate_example(rule, example)
                flagged = any(f.outcome is Outcome.FLAG for f in findings)
                got = ", ".join(sorted({f.outcome.value + (f" ({f.reason})" if f.reason else "") for f in findings}))
                yield ExampleOutcome(
                    rule.id, expected, example.lang, number, got or "nothing", flagged is (expected == "flags")
                )


def evaluate_example(rule: Rule, example: Example) -> tuple[Finding, ...]:
    """Return the findings of a rule on one example, together with what it is given.

    Registers and lists are read and tied in memory; law and news need a store, and get one of their own.
    """
    if rule.subject == "partner" or example.given:
        here = all(given.kind in TABLES for given in example.given)
        return in_memory(rule, example) if here else _stored(rule, example)
    document = read_document(example.text.encode(), "example.txt", kind=Kind.CONTRACT)
    found = annotate(document, name="example.txt", kind=Kind.CONTRACT)
    contract = ContractFacts.from_annotations("doc-example", "example.txt", document, found)
    return check((rule,), CheckContext(as_of=example.as_of or datetime.now(UTC).date(), contracts=(contract,)))


def _stored(rule: Rule, example: Example) -> tuple[Finding, ...]:
    with tempfile.TemporaryDirectory(prefix="duegraph-") as folder:
        data = Path(folder)
        with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as kb:
            batches: dict[Kind | None, list[Input]] = {}
            for given in example.given:
                kind = Kind(given.kind) if given.kind is not None else None
                batches.setdefault(kind, []).append(of_bytes(given.text.encode(), given.name))
            own, name = own_kind(rule)
            batches.setdefault(own, []).append(of_bytes(example.text.encode(), name))
            for kind, inputs in batches.items():
                for result in run_ingest(kb, inputs, IngestOptions(kind=kind), link=False):
                    if result.error is not None:
                        raise MissingPartError(
                            f"an example of rule '{rule.id}' could not be read: {result.error}",
                            place=result.source,
                            remedy="Correct the example.",
                        )
            renew_links(kb)
            return run_check(kb, rule_ids=(rule.id,), as_of=example.as_of, keep=False)
