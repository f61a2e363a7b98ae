"""Evaluators that join a contract to what is known about its parties: watch lists and reported events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from checks.context import CheckContext, PartnerFacts, ReportedEvent
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.list_hits import ListedHit, dismissed_pass, hit_flag, list_hits, row_of
from checks.evaluators.options import texts
from checks.hits import partner_subjects, party_subjects
from checks.reading import Reading
from checks.rule import PythonEvaluator
from checks.screening import ScreenQuery
from kb.model import Evidence, Link, Party, Stage
from ontology import concept

STAGE_SHIFT = {Stage.ALLEGATION: -1, Stage.CLEARED: -2}
"""How far an early or ended matter lowers the likelihood.

Source: Wolfsberg Group guidance on negative news screening (materiality, credibility).
"""

NO_STAGE = {"en": "stage not stated", "zh": "阶段不明"}
DAYS_OF_YEAR = 365.25
OLD_YEARS = 5.0
"""Years after which a reported matter weighs less.

Source: Wolfsberg Group guidance on negative news screening: the age of the matter is part of its materiality.
"""


def stage_shift(stage: Stage | None) -> int:
    """Return by how many steps a stage moves the likelihood; 0 for one that is not stated."""
    return STAGE_SHIFT.get(stage, 0) if stage is not None else 0


def age_shift(event: ReportedEvent, on: date, years: float) -> int:
    """Return -1 for an event more than some years old, 0 for a newer one and one without any date."""
    day = event.event.date or event.published
    return -1 if day is not None and (on - day).days > years * DAYS_OF_YEAR else 0


def _subjects(contract: Reading, context: CheckContext) -> Iterator[tuple[Party, PartnerFacts | None]]:
    by_place = {
        (link.start, link.end): link for link in context.links if link.document == contract.document and link.same
    }
    for party in contract.parties:
        link = by_place.get((party.start, party.end))
        yield party, context.partners.get(link.partner) if link is not None else None


def listed_party(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party matches an entry of a stored watch list.

    Options: ``outcome`` "match" flags hits the matcher calls a match, or a person a true one; "candidate" flags the
    weaker ones nobody has decided on, for review.
    """
    matching = str(rule.options.get("outcome", "match")) == "match"
    if context.screening is None:
        yield not_evaluated(
            contract.document,
            "No watch list is stored, so no party could be screened.",
            "未存入任何清单，无法筛查当事人。",
        )
        return
    if not contract.parties:
        yield not_evaluated(
            contract.document,
            "No party was found in the contract, so nobody could be screened.",
            "未识别出合同当事人，无法筛查。",
        )
        return
    answers = 0
    for party, partner in _subjects(contract, context):
        place = contract.evidence(party.start, party.end)
        for hit in _hits(contract, party, partner, context):
            evidence = (place, *row_of(hit.candidate, context))
            if hit.matches if matching else (hit.ruling.same is None and not hit.candidate.match):
                answers += 1
                yield hit_flag(contract.document, hit, evidence, party=party.name)
            elif hit.ruling.same is False and hit.candidate.match is matching:
                answers += 1
                yield dismissed_pass(contract.document, hit, *evidence)
    if not answers:
        yield passed(contract.document)


def _hits(
    contract: Reading, party: Party, partner: PartnerFacts | None, context: CheckContext
) -> tuple[ListedHit, ...]:
    """Return the list entries a party comes near, by its name in the contract and, where stored, by its others."""
    if partner is None:
        subjects = party_subjects(contract.document, party.name, party.kind)
        return list_hits(context, subjects, [ScreenQuery(party.name, party.kind)])
    known = partner.partner
    identifiers = tuple((i.scheme, i.value) for i in known.identifiers)
    names = dict.fromkeys([party.name, *(name.text for name in known.names)])
    queries = [ScreenQuery(name, party.kind, known.country, identifiers) for name in names]
    stored = [ScreenQuery(name.text, known.kind, known.country, identifiers) for name in known.names]
    return list_hits(context, partner_subjects(partner.id, stored), queries)


@dataclass(frozen=True, slots=True)
class _Tie:
    """A party of the contract that is the subject of an event, and how sure that is."""

    name: str
    start: int
    end: int
    partner: str
    sure: bool


def adverse_event(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party is the subject of a reported adverse event.

    A party and an event meet in a partner both are tied to, or in the same name; a tie by name alone lowers the
    likelihood by one step and says so.

    Options: ``types``, the event types that count; all when empty.
    """
    types = frozenset(texts(rule, "types"))
    if context.news == 0:
        yield not_evaluated(
            contract.document,
            "No news is stored, so no reported event could be looked for.",
            "未存入任何报道，无法查找负面事件。",
        )
        return
    if not contract.parties:
        yield not_evaluated(contract.document, "No party was found in the contract.", "未识别出合同当事人。")
        return
    own = sorted((k for k in context.links if k.document == contract.document), key=lambda k: (k.start, k.partner))
    flags = 0
    for event in sorted(context.events, key=lambda e: (e.document, e.event.start, e.event.type)):
        if (types and event.event.type not in types) or event.event.stage is Stage.CLEARED:
            continue
        tie = _tie(contract, own, event)
        if tie is None:
            continue
        flags += 1
        kinds = concept("event-types", event.event.type).labels
        stage = event.event.stage
        stages = concept("event-stages", stage.value).labels if stage is not None else NO_STAGE
        yield flag(
            contract.document,
            contract.evidence(tie.start, tie.end),
            Evidence(event.document, event.event.start, event.event.end, event.quote),
            key=f"{event.title}:{event.event.type}:{tie.partner}",
            level_shift=(0 if tie.sure else -1) + stage_shift(stage) + age_shift(event, context.as_of, OLD_YEARS),
            party=tie.name,
            event=kinds["en"],
            event_zh=kinds["zh"],
            stage=stages["en"],
            stage_zh=stages["zh"],
            date=event.event.date.isoformat() if event.event.date is not None else "",
            title=event.title,
            certainty="linked by a second fact" if tie.sure else "linked by name only",
            certainty_zh="有第二项事实佐证" if tie.sure else "仅名称相同",
        )
    if not flags:
        yield passed(contract.document)


def _tie(contract: Reading, own: Sequence[Link], event: ReportedEvent) -> _Tie | None:
    ties = [
        _Tie(mine.name, mine.start, mine.end, mine.partner, mine.same and theirs.same)
        for mine in own
        for theirs in event.links
        if mine.partner == theirs.partner
    ]
    if ties:
        return max(ties, key=lambda tie: tie.sure)
    subject = _plain(event.event.subject or "")
    for party in contract.parties:
        if subject and _plain(party.name) == subject:
            return _Tie(party.name, party.start, party.end, "", sure=False)
    return None


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
