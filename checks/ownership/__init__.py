"""Ownership: who is caught by an ownership rule, what part of whom listed parties hold, who owns in the end.

Two different questions, two different computations:

- ``blocked``, ``assess``: the test of a sanctions rule, a threshold cascade (``cascade``);
- ``listed_share``, ``beneficial_owners``: the economic share, percentages multiplied along chains (``share``).
"""

from checks.ownership.api import blocked, listed_share, possibly_blocked
from checks.ownership.assess import Assessment, Result, Stake, Step, assess
from checks.ownership.model import UNKNOWN, Entity, Holding, HoldingLike, Holdings, Interval, Measure, Outcome, Problem
from checks.ownership.owners import BeneficialOwner, Chain, Ownership, beneficial_owners
from checks.ownership.picture import ownership_svg
from checks.ownership.rules import Rule, Status, rules, rules_of
from checks.ownership.table import OwnershipRow, chain_text, ownership_rows, ownership_table

__all__ = [
    "UNKNOWN",
    "Assessment",
    "BeneficialOwner",
    "Chain",
    "Entity",
    "Holding",
    "HoldingLike",
    "Holdings",
    "Interval",
    "Measure",
    "Outcome",
    "Ownership",
    "OwnershipRow",
    "Problem",
    "Result",
    "Rule",
    "Stake",
    "Status",
    "Step",
    "assess",
    "beneficial_owners",
    "blocked",
    "chain_text",
    "listed_share",
    "ownership_rows",
    "ownership_svg",
    "ownership_table",
    "possibly_blocked",
    "rules",
    "rules_of",
]
