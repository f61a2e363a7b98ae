"""Evaluators that join a contract to what is known about its parties: watch lists and reported events."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext, PartnerFacts, ReportedEvent
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import texts
from checks.reading import Reading
from checks.rule import PythonEvaluator
from checks.screening import ScreenQuery, screen
from kb.model import Evidence, Link, Party, Stage

STAGE_SHIFT = {Stage.ALLEGATION: -1, Stage.CLEARED: -2}
"""How far an early or ended matter lowers the likelihood.

Source: Wolfsberg Group guidance on negative news screening (materiality, credibility).
"""


def _subjects(contract: Reading, context: CheckContext) -> Iterator[tuple[Party, PartnerFacts | None]]:
    by_place = {
        (link.start, link.end): link for link in context.links if link.document == contract.document and link.same
    }
    for party in contract.parties:
        link = by_place.get((party.start, party.end))
        yield party, context.partners.get(link.partner) if link is not None else None


def listed_party(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party matches an entry of a stored watch list.

    Options: ``outcome`` "match" flags hits the matcher calls a match; "candidate" flags the weaker ones, for review.
    """
    wanted = str(rule.options.get("outcome", "match"))
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
    flags = 0
    for party, partner in _subjects(contract, context):
        names = dict.fromkeys([party.name, *((n.text for n in partner.partner.names) if partner is not None else ())])
        identifiers = tuple((i.scheme, i.value) for i in partner.partner.identifiers) if partner is not None else ()
        country = partner.partner.country if partner is not None else None
        best: dict[tuple[str, str], Answer] = {}
        for name in names:
            query = ScreenQuery(name=name, kind=party.kind, country=country, identifiers=identifiers)
            for hit in screen(query, context.screening, limit=5).candidates:
                if hit.match is not (wanted == "match"):
                    continue
                best.setdefault(
                    (hit.list, hit.entity),
                    flag(
                        contract.document,
                        contract.evidence(party.start, party.end),
                        *((Evidence(hit.document, hit.start, hit.end, hit.quote),) if hit.document else ()),
                        key=f"{hit.list}:{hit.entity}",
                        party=party.name,
                        matched=hit.matched_name,
                        list=hit.list,
                        score=f"{hit.score:.2f}",
                    ),
                )
        flags += len(best)
        yield from best.values()
    if not flags:
        yield passed(contract.document)


def adverse_event(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party is the subject of a reported adverse event.

    A party and an event meet in a partner both are tied to, or in a direct tie of the names; a tie by name alone lowers
    the likelihood by one step and says so.
    """
    types = frozenset(texts(rule, "types"))
    if not context.events:
        yield not_evaluated(
            contract.document,
            "No news is stored, so no reported event could be looked for.",
            "未存入任何报道，无法查找负面事件。",
        )
        return
    if not contract.parties:
        yield not_evaluated(contract.document, "No party was found in the contract.", "未识别出合同当事人。")
        return
    own = [link for link in context.links if link.document == contract.document]
    flags = 0
    for event in context.events:
        if types and event.event.type not in types:
            continue
        if event.event.stage is Stage.CLEARED:
            continue
        tie = _tie(own, event)
        if tie is None:
            continue
        mine, theirs = tie
        sure = mine.same and theirs.same
        flags += 1
        yield flag(
            contract.document,
            contract.evidence(mine.start, mine.end),
            Evidence(event.document, event.event.start, event.event.end, event.quote),
            key=f"{event.document}:{event.event.type}:{mine.partner}",
            level_shift=(0 if sure else -1) + (STAGE_SHIFT.get(event.event.stage, 0) if event.event.stage else 0),
            party=mine.name,
            event=event.event.type,
            stage=event.event.stage or "",
            date=event.event.date.isoformat() if event.event.date is not None else "",
            title=event.title,
            certainty="linked by a second fact" if sure else "linked by name only",
            certainty_zh="有第二项事实佐证" if sure else "仅名称相同",
        )
    if not flags:
        yield passed(contract.document)


def _tie(own: list[Link], event: ReportedEvent) -> tuple[Link, Link] | None:
    best: tuple[Link, Link] | None = None
    for mine in own:
        for theirs in event.links:
            if mine.partner != theirs.partner:
                continue
            if best is None or (mine.same and theirs.same) > (best[0].same and best[1].same):
                best = (mine, theirs)
    return best
