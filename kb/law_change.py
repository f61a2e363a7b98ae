"""What happened to a provision from one version of its act to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ChangeKind(StrEnum):
    """Kinds of change; the notations of the change-kind scheme."""

    INSERTED = "inserted"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENUMBERED = "renumbered"
    RENUMBERED_MODIFIED = "renumbered_modified"
    SPLIT = "split"
    MERGED = "merged"


class Materiality(StrEnum):
    """What the change is about, lightest first; the heaviest that applies is given."""

    NONE = "none"
    EDITORIAL = "editorial"
    REFERENCE = "reference"
    WORDING = "wording"
    NUMBER = "number"
    PERMISSION = "permission"
    DUTY = "duty"
    PROHIBITION = "prohibition"
    DEADLINE = "deadline"
    AMOUNT = "amount"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True)
class ProvisionChange:
    """One link between a provision of the old version and one of the new.

    A split or merged provision gives one change per piece, all with the same ``before`` (split) or ``after`` (merged).
    Provisions that are the same under the same number give no change.

    Attributes:
        kind: what happened.
        before: number in the old version; None when inserted.
        after: number in the new version; None when deleted.
        similarity: 0-1, share of the words both have in common order; 0 for inserted and deleted.
        materiality: what the change is about.
        decided_by: the words that decided the materiality, old ones first ("一万元", "五万元").
        effective_from: the day the change takes effect, where the new version states it.
        date_basis: the words that day was read from, or None.
    """

    kind: ChangeKind
    before: str | None
    after: str | None
    similarity: float
    materiality: Materiality
    decided_by: tuple[str, ...] = ()
    effective_from: date | None = None
    date_basis: str | None = None
