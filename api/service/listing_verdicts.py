"""What people decided on screening hits, as ownership asks for it: is this partner that entry?"""

from __future__ import annotations

from api.service.hits import FALSE_POSITIVE, TRUE_MATCH, hit_of, ledger, partner_subject
from checks.ownership.stored import HitVerdict
from checks.screening import row_digest
from kb.audit import AuditTrail
from kb.facts.entities import read_entities
from kb.model import ListEntry
from kb.snapshot import Snapshot

_SAID = {TRUE_MATCH: True, FALSE_POSITIVE: False}


def verdicts(trail: AuditTrail, snapshot: Snapshot) -> HitVerdict:
    """Return a function that tells the last decision on a partner's hit; None where it is open.

    A decision made on a list row that has changed since is none; one on a record of a party counts for the party.
    """
    known = ledger(trail, read_entities(snapshot.query).party)

    def verdict(party: str, list_id: str, entry: ListEntry) -> bool | None:
        decision = known.get(hit_of(list_id, entry.id, partner_subject(party)))
        if decision is None or decision.row != row_digest(entry):
            return None
        return _SAID.get(decision.verdict)

    return verdict
