"""An example of a rule with its registers, statements and lists, read and tied in memory instead of a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from api.service.example_ownership import ownership_in_memory
from checks.context import CheckContext, PartnerFacts, RegisterRow
from checks.credit import assess_credit, load_scorecard
from checks.credit.load import CreditSources
from checks.engine import check
from checks.finding import Finding
from checks.rule import Example, Rule
from checks.screening import ScreeningIndex, ScreeningList
from ingest.extract import annotate
from ingest.link import Mention, link_mentions
from ingest.readers import read_document
from kb.contract import ContractFacts
from kb.facts import StoredStatement
from kb.model import Annotations, Document, Kind

TABLES = frozenset({"register", "watchlist", "contract"})
"""Kinds an example can be given without a store."""


def own_kind(rule: Rule) -> tuple[Kind, str]:
    """Return what the text of an example of a rule is, and its file name."""
    return (Kind.REGISTER, "partners.csv") if rule.subject == "partner" else (Kind.CONTRACT, "contract.txt")


@dataclass(frozen=True, slots=True)
class _Read:
    id: str
    name: str
    document: Document
    found: Annotations


def in_memory(rule: Rule, example: Example) -> tuple[Finding, ...]:
    """Return the findings of a rule on an example whose given files are all ``TABLES``.

    Raises:
        RecordError: a register or list of the example cannot be read.
    """
    kind, name = own_kind(rule)
    sources = [(kind, name, example.text), *((Kind(g.kind or kind), g.name, g.text) for g in example.given)]
    read = [_read(number, *source) for number, source in enumerate(sources)]
    texts = {one.id: one.document.text for one in read}
    partners = {facts.id: facts for one in read for facts in _partners(one)}
    contracts = tuple(
        ContractFacts.from_annotations(one.id, one.name, one.document, one.found)
        for one in read
        if one.found.kind is Kind.CONTRACT
    )
    links = tuple(link_mentions(_mentions(read), partners.values(), texts.__getitem__))
    statements = [StoredStatement(one.id, statement) for one in read for statement in one.found.statements]
    credit = CreditSources(statements, links, texts.__getitem__)
    screening = _lists(read)
    day = example.as_of or datetime.now(UTC).date()
    context = CheckContext(
        as_of=day,
        contracts=contracts,
        screening=screening,
        ownership=ownership_in_memory([(one.id, one.name, one.found) for one in read], screening),
        partners=partners,
        links=links,
        every_contract=frozenset(contract.document for contract in contracts),
        credit=lambda partner: assess_credit(credit.of(partner, ()), load_scorecard(), day),
        words=lambda document, start, end: texts[document][start:end],
    )
    return check((rule,), context)


def _read(number: int, kind: Kind, name: str, text: str) -> _Read:
    document = read_document(text.strip().encode(), name, kind=kind)
    return _Read(f"doc-example{number}", name, document, annotate(document, name=name, kind=kind))


def _partners(read: _Read) -> Iterator[PartnerFacts]:
    register = read.found.register
    for partner in register.partners if register is not None else ():
        quote = read.document.text[partner.start : partner.end]
        row = RegisterRow(read.id, quote, partner)
        yield PartnerFacts(f"{PurePosixPath(read.name).stem}/{partner.id}", read.id, quote, partner, (), (row,))


def _mentions(read: list[_Read]) -> Iterator[Mention]:
    for one in read:
        for party in one.found.parties:
            yield Mention(one.id, party.name, party.start, party.end, party.kind, one.document.language)
        for stated in one.found.statements:
            numbers = tuple((each.scheme, each.value) for each in stated.identifiers)
            yield Mention(one.id, stated.subject, stated.start, stated.end, None, one.document.language, numbers)


def _lists(read: list[_Read]) -> ScreeningIndex | None:
    lists = [
        ScreeningList(found.list_id, "example", found.rows, None, found.entries, one.id)
        for one in read
        if (found := one.found.watchlist) is not None
    ]
    return ScreeningIndex.build(lists) if lists else None
