"""What people decided on screening hits, as ownership asks for it: is this partner that entry?"""

from __future__ import annotations

from api.service.hits import ledger
from checks.load import verdict_of
from checks.ownership.stored import HitVerdict
from kb.audit import AuditTrail
from kb.facts.entities import read_entities
from kb.snapshot import Snapshot


def verdicts(trail: AuditTrail, snapshot: Snapshot) -> HitVerdict:
    """Return a function that tells the last decision on a partner's hit; None where it is open.

    A decision made on a list row that has changed since is none; one on a record of a party counts for the party.
    """
    return verdict_of(ledger(trail, read_entities(snapshot.query).party))
