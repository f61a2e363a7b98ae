"""From a snapshot to what the scorecard looks at: statements, register columns and reported events of a partner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Final

from checks.context import PartnerFacts, RegisterRow, ReportedEvent
from checks.credit.assess import CreditFacts, MarkFact
from checks.credit.figures import Input
from kb.facts import StoredStatement, read_statements
from kb.facts.links import read_links
from kb.model import Evidence, Link, Stage
from kb.register_facts import Stated, stated_by, status_kinds
from kb.snapshot import Snapshot
from kb.statement import Figure

_MEASURES: Final = frozenset({"overdue-days", "late-share"})


class CreditSources:
    """The statements the scorecards of several partners share, brought to their partners once."""

    def __init__(
        self, statements: Iterable[StoredStatement], links: Iterable[Link], text: Callable[[str], str]
    ) -> None:
        """Use ``of_snapshot`` for what is stored.

        Args:
            statements: in the order they were stored.
            links: ties of the names in them to partners.
            text: returns the text of a document.
        """
        self._stated = tuple(statements)
        self._links = tuple(links)
        self._text = text

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot, links: Iterable[Link] | None = None) -> CreditSources:
        """Return the stored statements; the links given, else those stored."""
        order = {record.id: number for number, record in enumerate(snapshot.documents())}
        stored = sorted(read_statements(snapshot.query), key=lambda s: order.get(s.document, -1))
        return cls(stored, read_links(snapshot.query) if links is None else links, snapshot.text)

    @cached_property
    def _statements(self) -> Mapping[str, tuple[tuple[Input, ...], tuple[str, ...]]]:
        """Figures, and names of statements by name only, by partner."""
        if not self._stated:
            return {}
        ties: dict[tuple[str, int, int], list[Link]] = defaultdict(list)
        for link in self._links:
            ties[(link.document, link.start, link.end)].append(link)
        figures: dict[str, list[Input]] = defaultdict(list)
        likely: dict[str, dict[str, None]] = defaultdict(dict)
        for one in self._stated:
            statement = one.statement
            text = self._text(one.document)
            for link in ties.get((one.document, statement.start, statement.end), ()):
                if link.same:
                    figures[link.partner] += [Input(one.document, f, text[f.start : f.end]) for f in statement.figures]
                else:
                    likely[link.partner][statement.subject] = None
        return {key: (tuple(figures.get(key, ())), tuple(likely.get(key, ()))) for key in {*figures, *likely}}

    def of(self, partner: PartnerFacts, events: Iterable[ReportedEvent]) -> CreditFacts:
        """Return what is known of one partner.

        Args:
            partner: with its register rows.
            events: every reported event; those about the partner by a second fact count.
        """
        figures, candidates = self._statements.get(partner.id, ((), ()))
        marks: list[MarkFact] = []
        measures: list[Input] = []
        for row in partner.register:
            for stated in stated_by(row.partner):
                evidence = (row.evidence(stated.cell),)
                if stated.answer is not None:
                    words = f"{stated.header}: {stated.cell}"
                    marks.append(MarkFact("meaning", stated.meaning, words, evidence, stated.answer))
                if stated.meaning in _MEASURES and stated.number is not None:
                    measures.append(_measure(row, stated, stated.number))
            for kind in sorted(status_kinds(row.partner.status)):
                status = row.partner.status or ""
                marks.append(MarkFact("status", kind, status, (row.evidence(status),)))
        marks += _reported(partner.id, events)
        return CreditFacts(figures, tuple(measures), tuple(marks), candidates)


def _measure(row: RegisterRow, stated: Stated, number: Decimal) -> Input:
    place = row.evidence(stated.cell)
    figure = Figure(stated.meaning, stated.header, None, None, number, None, None, "", place.start, place.end)
    return Input(row.document, figure, place.quote)


def _reported(partner: str, events: Iterable[ReportedEvent]) -> Iterable[MarkFact]:
    for reported in events:
        if not any(link.partner == partner and link.same for link in reported.links):
            continue
        event = reported.event
        if event.stage is Stage.CLEARED:
            continue
        evidence = (Evidence(reported.document, event.start, event.end, reported.quote),)
        stage = event.stage.value if event.stage is not None else ""
        yield MarkFact("event", event.type, reported.title, evidence, stage=stage)
