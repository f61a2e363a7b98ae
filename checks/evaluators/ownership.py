"""Evaluators that ask who owns the parties of a contract: listed owners, owners nobody names, owners in a circle.

Ownership is not control, and a name is no identity: an owner whose name alone matches an entry makes a finding
*possible*, never certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks.context import CheckContext, PartnerFacts
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import number
from checks.ownership import Entity, Interval, Outcome
from checks.ownership.model import UNKNOWN, Measure
from checks.ownership.report import OwnershipReport, Verdict, report_on
from checks.ownership.rules import Status
from checks.ownership.stored import StoredOwnership
from checks.ownership.table import chain_text
from checks.ownership.wording import percent
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.errors import LimitError
from kb.facts import StoredHolding
from kb.model import Evidence, Party

_STATUS = {
    Status.IN_FORCE: ("in force", "现行有效"),
    Status.SUSPENDED: ("suspended on that day", "当日暂停适用"),
    Status.UNCONFIRMED: ("not confirmed for that day", "当日效力未经确认"),
    Status.NOT_IN_FORCE: ("not in force", "未生效"),
}
MAX_EVIDENCE = 6
"""Statements of holdings named in one finding."""


def listed_owners(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party is owned by listed parties.

    Options: ``outcome`` "certain" (an ownership rule's threshold is reached whatever the true shares are), "possible"
    (it may be: a share is an interval, or an owner only perhaps listed) or "minority" (below every threshold, but at
    least ``least`` of it belongs to listed parties).
    """
    wanted = str(rule.options.get("outcome", "certain"))
    least = number(rule, "least") if wanted == "minority" else 0.0
    flags = asked = 0
    for party, partner, report in _reports(contract, context):
        if isinstance(report, Answer):
            yield report
            continue
        asked += 1
        if not report.screened:
            continue
        for answer in _judged(contract, context, party, partner, report, wanted, least):
            flags += 1
            yield answer
    if not asked or context.screening is None:
        yield _nothing_to_ask(contract, context)
    elif not flags:
        yield passed(contract.document)


def _judged(
    contract: Reading,
    context: CheckContext,
    party: Party,
    partner: PartnerFacts,
    report: OwnershipReport,
    wanted: str,
    least: float,
) -> Iterator[Answer]:
    names: dict[Entity, str] = {one.id: one.name for one in report.parties.values()}
    asked = [v for v in report.verdicts if v.result is not None and not v.result.listed]
    if wanted == "minority":
        caught = any(v.outcome in {Outcome.CERTAIN, Outcome.POSSIBLE} for v in asked)
        share = report.listed_share
        if not caught and share.low >= least and report.focus.id not in report.certain():
            owners = [o for o in report.owners if o.party.id in report.certain() and o.total.high > 0]
            yield flag(
                contract.document,
                contract.evidence(party.start, party.end),
                *_listed_evidence(report, [o.party.id for o in owners], context),
                *_statements([s for s in report.holdings if s.holding.owner in report.certain()], context),
                key=f"{partner.id}:minority",
                party=party.name,
                share=percent(share),
                owners=", ".join(o.party.name for o in owners),
            )
        return
    for verdict in asked:
        if verdict.outcome is None or verdict.outcome.value != wanted or verdict.result is None:
            continue
        steps = verdict.result.path
        statements = [s for step in steps for s in report.statements(step)]
        top = [str(steps[0].owner)] if steps else []
        status = _STATUS[verdict.status]
        yield flag(
            contract.document,
            contract.evidence(party.start, party.end),
            *_listed_evidence(report, top, context),
            *_statements(statements, context),
            key=f"{partner.id}:{verdict.rule.id}",
            level_shift=0 if verdict.status is Status.IN_FORCE else -1,
            party=party.name,
            share=_sum(verdict),
            rule=verdict.rule.title.en,
            rule_zh=verdict.rule.title.zh,
            threshold=percent(Interval(verdict.version.threshold, verdict.version.threshold))
            if verdict.version is not None
            else "",
            status=status[0],
            status_zh=status[1],
            chain=chain_text(steps, names, "en"),
            chain_zh=chain_text(steps, names, "zh"),
        )


def _sum(verdict: Verdict) -> str:
    """Return the share of listed and caught owners taken together, as a reader writes it."""
    if verdict.result is None or not verdict.result.sums:
        return percent(UNKNOWN)
    sums = verdict.result.sums
    return percent(sums.get(Measure.SHARES) or next(iter(sums.values())))


def unknown_owners(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party belongs to owners nobody names.

    Options: ``least``, the share of which no owner in the end is named from which it is flagged. A party of which no
    holding at all is stored is "not evaluated": then nobody looked, which is no sign of anything.
    """
    least = number(rule, "least")
    flags = asked = 0
    for party, partner, report in _reports(contract, context):
        if isinstance(report, Answer):
            yield report
            continue
        asked += 1
        hidden = report.beneficial.unexplained if report.known else UNKNOWN
        ends = [one.name for one in report.ends_in]
        reasons = [gap.gap.reason for gap in report.unnamed]
        if hidden.low < least and not reasons and not (ends and _share_of_ends(report) >= least):
            continue
        flags += 1
        yield flag(
            contract.document,
            contract.evidence(party.start, party.end),
            *(_words(context, gap.document, gap.gap.start, gap.gap.end) for gap in report.unnamed[:MAX_EVIDENCE]),
            *_statements(report.holdings, context),
            key=f"{partner.id}:unknown",
            party=party.name,
            hidden=percent(hidden),
            ends=", ".join(ends[:5]) or "–",
            reasons="; ".join(reasons[:5]) or "–",
        )
    if not asked:
        yield _nothing_to_ask(contract, context)
    elif not flags:
        yield passed(contract.document)


def _share_of_ends(report: OwnershipReport) -> float:
    """Return the share that belongs for certain to organisations whose own owners nobody names."""
    ends = {one.id for one in report.ends_in}
    return sum(owner.total.low for owner in report.owners if owner.party.id in ends)


def circular_owners(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party is in, or below, a circle of parties that own each other."""
    del rule
    flags = asked = 0
    for party, partner, report in _reports(contract, context):
        if isinstance(report, Answer):
            yield report
            continue
        asked += 1
        for ring in report.rings:
            members = {one.id for one in ring}
            flags += 1
            inside = [s for s in report.holdings if {s.holding.owner, s.holding.owned} <= members]
            yield flag(
                contract.document,
                contract.evidence(party.start, party.end),
                *_statements(inside, context),
                key=f"{partner.id}:ring:{min(members)}",
                party=party.name,
                ring=" ↔ ".join(one.name for one in ring),
            )
    if not asked:
        yield _nothing_to_ask(contract, context)
    elif not flags:
        yield passed(contract.document)


# --- what the evaluators share ---------------------------------------------------------------------------------------


def _reports(
    contract: Reading, context: CheckContext
) -> Iterator[tuple[Party, PartnerFacts, OwnershipReport | Answer]]:
    """Yield the parties of a contract that are partners with stored holdings, each partner once, with its ownership."""
    store = context.ownership
    if store is None:
        return
    tied = {(link.start, link.end): link for link in context.links if link.document == contract.document and link.same}
    seen = set()
    for party in contract.parties:
        link = tied.get((party.start, party.end))
        partner = context.partners.get(link.partner) if link is not None else None
        if partner is None or partner.id in seen or not (store.by_owned.get(partner.id) or store.gaps_of(partner.id)):
            continue
        seen.add(partner.id)
        try:
            yield party, partner, _report(store, partner.id, context)
        except LimitError as error:
            reason = f"{error.detail}."
            yield party, partner, not_evaluated(contract.document, f"Too large: {reason}", f"规模过大：{reason}")


def _report(store: StoredOwnership, partner: str, context: CheckContext) -> OwnershipReport:
    """Return the report on a partner; several rules ask for it."""
    known = store.reports
    if (partner, context.as_of) not in known:
        known[partner, context.as_of] = report_on(store, partner, as_of=context.as_of)
    return known[partner, context.as_of]


def _nothing_to_ask(contract: Reading, context: CheckContext) -> Answer:
    if context.ownership is None or not (context.ownership.holdings or context.ownership.gaps):
        return not_evaluated(
            contract.document,
            "No holding is stored, so who owns the parties is unknown.",
            "未存入任何持股信息，当事人的股权归属不详。",
        )
    if context.screening is None:
        return not_evaluated(
            contract.document,
            "No watch list is stored, so no owner could be screened.",
            "未存入任何清单，无法筛查所有人。",
        )
    return not_evaluated(
        contract.document,
        "No party of the contract is tied to a partner whose owners are stored.",
        "合同当事人均未关联到已存持股信息的合作方。",
    )


def _listed_evidence(report: OwnershipReport, parties: Iterable[str], context: CheckContext) -> Iterator[Evidence]:
    for party in dict.fromkeys(parties):
        for listing in report.listings.get(party, ())[:1]:
            if listing.document:
                yield _words(context, listing.document, listing.start, listing.end)


def _statements(statements: Iterable[StoredHolding], context: CheckContext) -> Iterator[Evidence]:
    for stored in list(dict.fromkeys(statements))[:MAX_EVIDENCE]:
        yield _words(context, stored.document, stored.holding.start, stored.holding.end)


def _words(context: CheckContext, document: str, start: int, end: int) -> Evidence:
    quote = context.words(document, start, end) if context.words is not None else ""
    return Evidence(document, start, end, quote)
