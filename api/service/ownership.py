"""Who owns a partner: the report of ``checks.ownership`` in the JSON shape of the contract, and its picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from api.service.naming_parties import party_with_owners
from checks.ownership import Interval, Outcome, Stake, Step, ownership_svg
from checks.ownership.report import OwnerShare, OwnershipReport, Verdict, report_on
from checks.ownership.stored import HitVerdict, Listing, Party, StoredOwnership, rule_of
from checks.ownership.wording import percent
from checks.ownership_reach import load_ownership_around
from kb.facts import StoredHolding
from kb.snapshot import Snapshot

MAX_HOLDINGS = 500
"""Statements shown; the rest is counted."""
MAX_QUOTE = 500


def partner_ownership_of(
    snapshot: Snapshot,
    name: str,
    *,
    as_of: date | None = None,
    rules: Sequence[str] = (),
    verdict: HitVerdict | None = None,
) -> OwnershipReport:
    """Return what is known of who owns a partner, named by id, identifier or name.

    Args:
        snapshot: one view of the store.
        name: who is asked for.
        as_of: the day whose holdings, lists and rules count; today when None.
        rules: short names ("ofac", "eu", "uk", "bis") or ids of ownership rules; all when empty.
        verdict: what people decided on screening hits.

    Raises:
        NotFoundError: no stored partner answers to the name, or there is no such rule.
        LimitError: too many holdings lie above it.
    """
    chosen = tuple(dict.fromkeys(rule_of(rule) for rule in rules))
    store, party = load_ownership_around(snapshot, party_with_owners(snapshot, name), verdict=verdict)
    return ownership_of(store, party, as_of=as_of, rules=chosen)


def ownership_of(
    store: StoredOwnership, party: str, *, as_of: date | None = None, rules: Sequence[str] = ()
) -> OwnershipReport:
    """Return the report on a party by its id."""
    return report_on(store, party, as_of=as_of or datetime.now(UTC).date(), rule_ids=rules)


# --- JSON ------------------------------------------------------------------------------------------------------------


def ownership_json(report: OwnershipReport, snapshot: Snapshot) -> dict[str, Any]:
    """Return a report as JSON: shares as ``[low, high]`` between 0 and 1, every chain down to the words it rests on."""
    quotes = _Quotes(snapshot)
    beneficial = report.beneficial
    return {
        "id": report.focus.id,
        "name": report.focus.name,
        "as_of": report.as_of.isoformat(),
        "known": report.known,
        "screened": report.screened,
        "listed_share": _pair(report.listed_share),
        "listed_share_direct": _pair(report.listed_direct),
        "listed_owners": [
            _listing(listing, report.parties[party], quotes)
            for party, found in report.listings.items()
            if party != report.focus.id
            for listing in found
        ],
        "listed_itself": [_listing(one, report.focus, quotes) for one in report.listings.get(report.focus.id, ())],
        "rules": [_verdict(verdict, report, quotes) for verdict in report.verdicts],
        "owners": [_owner(owner) for owner in report.owners],
        "more_owners": report.more_owners,
        "beneficial_owners": {
            "threshold": beneficial.threshold,
            "owners": [
                {
                    **_party(report.parties[str(owner.owner)]),
                    "share": _pair(owner.share),
                    "by_share": owner.by_share.value,
                    "by_majority_chain": owner.by_control.value,
                    "chains": [
                        {"share": _pair(chain.share), "steps": _steps(chain.steps, report, quotes)}
                        for chain in owner.chains
                    ],
                }
                for owner in beneficial.owners
            ],
            "smaller": beneficial.smaller,
            "not_named": _pair(beneficial.unexplained),
        },
        "rings": [[_party(one) for one in ring] for ring in report.rings],
        "owners_not_named": [
            {
                **_party(report.parties.get(gap.gap.owned) or Party(gap.gap.owned, gap.gap.owned)),
                "reason": gap.gap.reason,
                **quotes.place(gap.document, gap.gap.start, gap.gap.end),
            }
            for gap in report.unnamed
        ],
        "ends_in": [_party(one) for one in report.ends_in],
        "holdings": [_holding(stored, report, quotes) for stored in report.holdings[:MAX_HOLDINGS]],
        "more_holdings": max(0, len(report.holdings) - MAX_HOLDINGS),
        "problems": [
            {"code": one.code, "parties": [str(e) for e in one.entities], "detail": one.detail, "remedy": one.remedy}
            for one in report.problems
        ],
    }


class _Quotes:
    """The words of statements; a document's text is read once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._texts: dict[str, str] = {}

    def place(self, document: str, start: int, end: int) -> dict[str, Any]:
        """Return where words stand, and the words."""
        if document and document not in self._texts:
            self._texts[document] = self._snapshot.text(document)
        quote = self._texts[document][start:end][:MAX_QUOTE] if document else ""
        return {"document": document or None, "start": start, "end": end, "quote": quote}


def _pair(share: Interval | None) -> list[float] | None:
    return None if share is None else [round(share.low, 12), round(share.high, 12)]


def _party(party: Party) -> dict[str, Any]:
    return {"party": party.id, "name": party.name, "kind": party.kind, "country": party.country}


def _listing(listing: Listing, party: Party, quotes: _Quotes) -> dict[str, Any]:
    return {
        **_party(party),
        "list": listing.list,
        "entry": listing.entry,
        "listed_name": listing.name,
        "status": (Outcome.CERTAIN if listing.certain else Outcome.POSSIBLE).value,
        "why": listing.why,
        "score": round(listing.score, 4),
        **quotes.place(listing.document, listing.start, listing.end),
    }


def _owner(owner: OwnerShare) -> dict[str, Any]:
    return {
        **_party(owner.party),
        "direct": _pair(owner.direct),
        "indirect": _pair(owner.through),
        "total": _pair(owner.total),
        "votes": _pair(owner.votes),
        "control": owner.control,
    }


def _verdict(verdict: Verdict, report: OwnershipReport, quotes: _Quotes) -> dict[str, Any]:
    result, version = verdict.result, verdict.version
    return {
        "rule": verdict.rule.id,
        "title": {"en": verdict.rule.title.en, "zh": verdict.rule.title.zh},
        "effect": {"en": verdict.rule.effect.en, "zh": verdict.rule.effect.zh},
        "status": verdict.status.value,
        "threshold": version.threshold if version is not None else None,
        "comparison": version.comparison if version is not None else None,
        "aggregate": version.aggregate if version is not None else None,
        "source": version.source if version is not None else None,
        "note": version.note if version is not None else None,
        "outcome": verdict.outcome.value if verdict.outcome is not None else "not_evaluated",
        "reason": _reason(verdict),
        "lists": list(verdict.lists),
        "assumed_lists": list(verdict.assumed),
        "listed_itself": result.listed if result is not None else False,
        "sums": {m.value: _pair(share) for m, share in result.sums.items()} if result is not None else {},
        "stakes": [_stake(stake, report) for stake in result.stakes] if result is not None else [],
        "path": _steps(result.path, report, quotes) if result is not None else [],
    }


def _reason(verdict: Verdict) -> dict[str, str] | None:
    """Return why a rule could not be asked, or None."""
    if verdict.outcome is not None:
        return None
    if verdict.version is None:
        return {"en": "The rule is not in force on that day.", "zh": "该规则当日未生效。"}
    return {
        "en": "No list this rule starts from is stored.",
        "zh": "未存入该规则所依据的清单。",
    }


def _stake(stake: Stake, report: OwnershipReport) -> dict[str, Any]:
    return {
        **_party(report.parties[str(stake.owner)]),
        "measure": stake.measure.value,
        "share": _pair(stake.share),
        "owner_outcome": stake.owner_outcome.value,
    }


def _steps(steps: Iterable[Step], report: OwnershipReport, quotes: _Quotes) -> list[dict[str, Any]]:
    return [
        {
            "owner": _party(report.parties[str(step.owner)]),
            "owned": _party(report.parties[str(step.owned)]),
            "measure": step.measure.value,
            "share": _pair(step.share),
            "evidence": [
                quotes.place(stored.document, stored.holding.start, stored.holding.end)
                for stored in report.statements(step)
            ],
        }
        for step in steps
    ]


def _holding(stored: StoredHolding, report: OwnershipReport, quotes: _Quotes) -> dict[str, Any]:
    one = stored.holding
    return {
        "owner": _party(report.parties[one.owner]),
        "owned": _party(report.parties[one.owned]),
        "measure": one.measure,
        "share": [one.low, one.high],
        "valid_from": one.valid_from.isoformat() if one.valid_from is not None else None,
        "valid_to": one.valid_to.isoformat() if one.valid_to is not None else None,
        **quotes.place(stored.document, one.start, one.end),
    }


# --- the picture -----------------------------------------------------------------------------------------------------


def ownership_picture(report: OwnershipReport, language: str, *, element_id: str = "ownership") -> str:
    """Return the picture of the holdings around a partner as one ``<svg>`` element with title and description.

    Raises:
        NotFoundError: the partner is in no stored holding.
    """
    certain = report.certain()
    return ownership_svg(
        [stored.holding for stored in report.holdings],
        report.focus.id,
        listed=certain,
        maybe_listed=report.possible() - certain,
        names={party.id: party.name for party in report.parties.values()},
        language=language,
        as_of=report.as_of,
        element_id=element_id,
    )


def share_text(share: Sequence[float] | None, unknown: str) -> str:
    """Return a share of the JSON as a reader writes it: "25–50 %"; ``unknown`` for None and for 0 to 1."""
    if share is None or (share[0] <= 0.0 and share[1] >= 1.0):
        return unknown
    return percent(Interval(share[0], share[1]))
