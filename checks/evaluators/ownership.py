"""Evaluators that ask who owns a partner or the parties of a contract: listed owners, owners not named, circles.

Each exists twice, for rules about a contract and for rules about a partner; both ask the same of an ``_Asked``.

Ownership is not control, and a name is no identity: an owner whose name alone matches an entry makes a finding
*possible*, never certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import number
from checks.ownership import Entity, Outcome
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
from kb.model import Evidence

if TYPE_CHECKING:
    from checks.evaluators.partner_record import PartnerRecord

_STATUS = {
    Status.IN_FORCE: ("in force", "现行有效"),
    Status.SUSPENDED: ("suspended on that day", "当日暂停适用"),
    Status.UNCONFIRMED: ("not confirmed for that day", "当日效力未经确认"),
    Status.NOT_IN_FORCE: ("not in force", "未生效"),
}
MAX_EVIDENCE = 6
"""Statements of holdings named in one finding."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A party that is asked about: whom a finding is about, where it stands, and its ownership or why there is none."""

    subject: str
    name: str
    place: Evidence
    partner: str
    report: OwnershipReport | Answer


def listed_owners(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party is owned by listed parties.

    Options: ``outcome`` and ``least``, as for partners (``partner_listed_owners``).
    """
    yield from _listed(contract.document, _parties(contract, context), context, rule)


def partner_listed_owners(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner that is owned by listed parties.

    Options: ``outcome`` "certain" (an ownership rule's threshold is reached whatever the true shares are), "possible"
    (it may be: a share is an interval, or an owner only perhaps listed) or "minority" (below every threshold, but at
    least ``least`` of it belongs to listed parties).
    """
    yield from _listed(record.id, _partner(record, context), context, rule)


def _listed(subject: str, parties: Iterable[_Asked], context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    wanted = str(rule.options.get("outcome", "certain"))
    least = number(rule, "least") if wanted == "minority" else 0.0
    flags = asked = 0
    for party in parties:
        if isinstance(party.report, Answer):
            yield party.report
            continue
        asked += 1
        if party.report.screened:
            for answer in _judged(party, party.report, context, wanted, least):
                flags += 1
                yield answer
    if not asked or context.screening is None:
        yield _nothing_to_ask(subject, context, listed=True)
    elif not flags:
        yield passed(subject)


def _judged(
    party: _Asked, report: OwnershipReport, context: CheckContext, wanted: str, least: float
) -> Iterator[Answer]:
    names: dict[Entity, str] = {one.id: one.name for one in report.parties.values()}
    asked = [v for v in report.verdicts if v.result is not None and not v.result.listed]
    if wanted == "minority":
        caught = any(v.outcome in {Outcome.CERTAIN, Outcome.POSSIBLE} for v in asked)
        share = report.listed_share
        if not caught and share.low >= least and report.focus.id not in report.certain():
            owners = [o for o in report.owners if o.party.id in report.certain() and o.total.high > 0]
            yield flag(
                party.subject,
                *_once(
                    party.place,
                    *_listed_evidence(report, [o.party.id for o in owners], context),
                    *_statements([s for s in report.holdings if s.holding.owner in report.certain()], context),
                ),
                key=f"{party.partner}:minority",
                party=party.name,
                share=percent(share),
                owners=", ".join(o.party.name for o in owners),
            )
        return
    found = [v for v in asked if v.outcome is not None and v.outcome.value == wanted]
    if not found:
        return
    # One finding per party: the rules agree on most days, and a reader acts once.
    in_force = [v for v in found if v.status is Status.IN_FORCE]
    shown = (in_force or found)[0]
    steps = shown.result.path if shown.result is not None else ()
    yield flag(
        party.subject,
        *_once(
            party.place,
            *_listed_evidence(report, [str(steps[0].owner)] if steps else [], context),
            *_statements([s for step in steps for s in report.statements(step)], context),
        ),
        key=f"{party.partner}:{wanted}",
        level_shift=0 if in_force else -1,
        party=party.name,
        share=_sum(shown),
        rules="; ".join(f"{v.rule.title.en} ({_STATUS[v.status][0]})" for v in found),
        rules_zh="；".join(f"{v.rule.title.zh}（{_STATUS[v.status][1]}）" for v in found),
        chain=chain_text(steps, names, "en"),
        chain_zh=chain_text(steps, names, "zh"),
        certainty=_why_possible(report, "en"),
        certainty_zh=_why_possible(report, "zh"),
    )


def _why_possible(report: OwnershipReport, language: str) -> str:
    """Return what keeps it from being certain: shares that are intervals, owners that are only perhaps listed."""
    maybe = ", ".join(report.parties[one].name for one in sorted(report.possible() - report.certain()))
    if language == "zh":
        return f"{maybe}仅名称与清单条目相近" if maybe else "部分比例未确切载明"  # by name only; shares not exact
    return f"{maybe} matches an entry by name only" if maybe else "some shares are not stated exactly"


def _sum(verdict: Verdict) -> str:
    """Return the share of listed and caught owners taken together, as a reader writes it."""
    if verdict.result is None or not verdict.result.sums:
        return percent(UNKNOWN)
    sums = verdict.result.sums
    return percent(sums.get(Measure.SHARES) or next(iter(sums.values())))


def unknown_owners(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party belongs to owners nobody names.

    Options: ``least``, as for partners (``partner_unknown_owners``).
    """
    yield from _unknown(contract.document, _parties(contract, context), context, rule)


def partner_unknown_owners(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner that belongs to owners nobody names.

    Options: ``least``, the share of which no owner in the end is named from which it is flagged. A party of which no
    holding at all is stored is "not evaluated": then nobody looked, which is no sign of anything.
    """
    yield from _unknown(record.id, _partner(record, context), context, rule)


def _unknown(subject: str, parties: Iterable[_Asked], context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    least = number(rule, "least")
    flags = asked = 0
    for party in parties:
        report = party.report
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
            party.subject,
            *_once(
                party.place,
                *(_words(context, gap.document, gap.gap.start, gap.gap.end) for gap in report.unnamed[:MAX_EVIDENCE]),
                *_statements([s for s in report.holdings if s.holding.owned == party.partner], context),
            ),
            key=f"{party.partner}:unknown",
            party=party.name,
            hidden=percent(hidden),
            ends=", ".join(ends[:5]) or "–",
            reasons="; ".join(reasons[:5]) or "–",
        )
    if not asked:
        yield _nothing_to_ask(subject, context)
    elif not flags:
        yield passed(subject)


def _share_of_ends(report: OwnershipReport) -> float:
    """Return the share that belongs for certain to organisations whose own owners nobody names."""
    ends = {one.id for one in report.ends_in}
    return sum(owner.total.low for owner in report.owners if owner.party.id in ends)


def circular_owners(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract whose party is in, or below, a circle of parties that own each other."""
    del rule
    yield from _circular(contract.document, _parties(contract, context), context)


def partner_circular_owners(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner that is in, or below, a circle of parties that own each other."""
    del rule
    yield from _circular(record.id, _partner(record, context), context)


def _circular(subject: str, parties: Iterable[_Asked], context: CheckContext) -> Iterator[Answer]:
    flags = asked = 0
    for party in parties:
        report = party.report
        if isinstance(report, Answer):
            yield report
            continue
        asked += 1
        for ring in report.rings:
            members = {one.id for one in ring}
            flags += 1
            inside = [s for s in report.holdings if {s.holding.owner, s.holding.owned} <= members]
            yield flag(
                party.subject,
                *_once(party.place, *_statements(inside, context)),
                key=f"{party.partner}:ring:{min(members)}",
                party=party.name,
                ring=" ↔ ".join(one.name for one in ring),
            )
    if not asked:
        yield _nothing_to_ask(subject, context)
    elif not flags:
        yield passed(subject)


# --- what the evaluators share ---------------------------------------------------------------------------------------


def _parties(contract: Reading, context: CheckContext) -> Iterator[_Asked]:
    """Yield the parties of a contract that are partners with stored holdings, each partner once."""
    tied = {(link.start, link.end): link for link in context.links if link.document == contract.document and link.same}
    seen = set()
    for party in contract.parties:
        link = tied.get((party.start, party.end))
        if link is None or link.partner not in context.partners or link.partner in seen:
            continue
        seen.add(link.partner)
        place = contract.evidence(party.start, party.end)
        yield from _asked(contract.document, party.name, place, link.partner, context)


def _partner(record: PartnerRecord, context: CheckContext) -> Iterator[_Asked]:
    yield from _asked(record.id, record.name, record.row, record.id, context)


def _asked(subject: str, name: str, place: Evidence, partner: str, context: CheckContext) -> Iterator[_Asked]:
    store = context.ownership
    if store is None:
        return
    report: OwnershipReport | Answer
    try:
        if not (store.by_owned.get(partner) or store.gaps_of(partner)):
            return
        report = _report(store, partner, context)
    except LimitError as error:
        report = not_evaluated(subject, f"Too large: {error.detail}.", f"规模过大：{error.detail}。")
    yield _Asked(subject, name, place, partner, report)


def _report(store: StoredOwnership, partner: str, context: CheckContext) -> OwnershipReport:
    """Return the report on a partner; several rules ask for it."""
    known = store.reports
    if (partner, context.as_of) not in known:
        known[partner, context.as_of] = report_on(store, partner, as_of=context.as_of)
    return known[partner, context.as_of]


def _nothing_to_ask(subject: str, context: CheckContext, *, listed: bool = False) -> Answer:
    if context.ownership is None or not (context.ownership.holdings or context.ownership.gaps):
        return not_evaluated(
            subject,
            "No holding is stored, so who owns the parties is unknown.",
            "未存入任何持股信息，当事人的股权归属不详。",
        )
    if listed and context.screening is None:
        return not_evaluated(
            subject,
            "No watch list is stored, so no owner could be screened.",
            "未存入任何清单，无法筛查所有人。",
        )
    return not_evaluated(
        subject,
        "No owner is stored of the partner, or of any party of the contract that is tied to one.",
        "未存入该合作方（或合同当事人所关联的合作方）的所有人信息。",
    )


def _once(*evidence: Evidence) -> tuple[Evidence, ...]:
    """Return the evidence, each place once; a row of holdings is also the row of its parties."""
    found: dict[tuple[str, int, int], Evidence] = {}
    for one in evidence:
        found.setdefault((one.document, one.start, one.end), one)
    return tuple(found.values())


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
