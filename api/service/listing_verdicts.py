"""What people decided on screening hits, as ownership asks for it: is this partner that entry?"""

from __future__ import annotations

from api.service.hits import Ledger, ledger
from checks.hits import partner_of
from checks.load import verdict_of
from checks.ownership.stored import HitVerdict
from kb.audit import AuditTrail
from kb.facts.entities import read_entities_of
from kb.snapshot import Snapshot


def decided_now(trail: AuditTrail, snapshot: Snapshot) -> Ledger:
    """Return the last decision on every hit; decisions on merged partners count for the party.

    Which records are one party is read for the partners that were decided on, not for all that are stored.
    """
    known = ledger(trail)
    subjects = (hit.partition("@")[2] for hit in known)
    partners = {partner for subject in subjects if (partner := partner_of(subject)) is not None}
    if not partners:
        return known
    return ledger(trail, read_entities_of(snapshot.query, sorted(partners)).party)


def verdicts(trail: AuditTrail, snapshot: Snapshot) -> HitVerdict:
    """Return a function that tells the last decision on a partner's hit; None where it is open.

    A decision made on a list row that has changed since is none; one on a record of a party counts for the party.
    """
    return verdict_of(decided_now(trail, snapshot))
