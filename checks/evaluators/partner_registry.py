"""The named Python evaluators of rules whose subject is a partner, written out in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from checks.context import CheckContext
from checks.evaluators.answer import Answer
from checks.evaluators.ownership import partner_circular_owners, partner_listed_owners, partner_unknown_owners
from checks.evaluators.partner_identity import (
    high_risk_place,
    invalid_identifier,
    missing_identifier,
    officer_listed,
    partner_listed,
    pep,
)
from checks.evaluators.partner_record import PartnerRecord
from checks.evaluators.partner_standing import (
    concentration,
    credit_level,
    licence,
    partner_event,
    register_records,
    register_status,
    shell_signs,
)
from checks.rule import PythonEvaluator

PartnerEvaluator = Callable[[PartnerRecord, CheckContext, PythonEvaluator], Iterator[Answer]]

PARTNER_EVALUATORS: Mapping[str, PartnerEvaluator] = {
    "circular_owners": partner_circular_owners,
    "concentration": concentration,
    "credit_level": credit_level,
    "high_risk_place": high_risk_place,
    "invalid_identifier": invalid_identifier,
    "licence": licence,
    "listed_owners": partner_listed_owners,
    "missing_identifier": missing_identifier,
    "officer_listed": officer_listed,
    "partner_event": partner_event,
    "partner_listed": partner_listed,
    "pep": pep,
    "register_records": register_records,
    "register_status": register_status,
    "shell_signs": shell_signs,
    "unknown_owners": partner_unknown_owners,
}
"""Evaluators of rules whose subject is a partner, by the name rule files use."""
