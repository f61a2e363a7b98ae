"""The credit scorecard of one stored partner, as every door gives it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from api.service.partners import find_partner
from checks.credit import CreditResult, assess_credit, load_scorecard
from checks.credit.load import CreditSources
from checks.load import load_events, load_partners
from kb.entities import MergedPartner
from kb.snapshot import Snapshot


def credit_of(snapshot: Snapshot, partner: MergedPartner, as_of: date | None = None) -> CreditResult:
    """Return the scorecard of a partner.

    Args:
        snapshot: what is stored.
        partner: whom it is about.
        as_of: the day asked about; today when None.
    """
    day = as_of or datetime.now(UTC).date()
    facts = load_partners(snapshot, (partner,))[partner.id]
    return assess_credit(CreditSources.of_snapshot(snapshot).of(facts, load_events(snapshot)), load_scorecard(), day)


def credit_json(snapshot: Snapshot, name: str, as_of: date | None = None) -> dict[str, Any]:
    """Return the scorecard of the partner with an id, identifier or name.

    Raises:
        NotFoundError: no stored partner answers to it.
    """
    partner = find_partner(snapshot, name)
    shown = partner.partner.names[0].text if partner.partner.names else partner.id
    return {"partner": {"id": partner.id, "name": shown}, **credit_of(snapshot, partner, as_of).json()}
