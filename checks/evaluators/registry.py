"""The named Python evaluators, written out in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from checks.context import CheckContext
from checks.evaluators.answer import Answer
from checks.evaluators.caps import asymmetric_cap, cap_without_exceptions, low_cap
from checks.evaluators.citations import citation_status
from checks.evaluators.dates import undated
from checks.evaluators.disputes import arbitration, law_and_forum
from checks.evaluators.forum import court_without_connection
from checks.evaluators.indemnities import indemnity_own_fault
from checks.evaluators.integrity import amount_in_words, blanks
from checks.evaluators.ownership import circular_owners, listed_owners, unknown_owners
from checks.evaluators.partner_contracts import (
    beyond_capital,
    clause_for_risk,
    name_differs,
    signed_outside_life,
)
from checks.evaluators.partners import adverse_event, listed_party
from checks.evaluators.questions import question
from checks.evaluators.rates import interest_above
from checks.evaluators.references import dangling_reference, missing_annex, undefined_term
from checks.evaluators.renewal import short_notice_renewal
from checks.evaluators.rights import one_sided_right, unilateral_right
from checks.evaluators.unfair import unfair_term
from checks.reading import Reading
from checks.rule import PythonEvaluator

Options = PythonEvaluator
ContractEvaluator = Callable[[Reading, CheckContext, Options], Iterator[Answer]]

CONTRACT_EVALUATORS: Mapping[str, ContractEvaluator] = {
    "adverse_event": adverse_event,
    "amount_in_words": amount_in_words,
    "arbitration": arbitration,
    "asymmetric_cap": asymmetric_cap,
    "beyond_capital": beyond_capital,
    "blanks": blanks,
    "cap_without_exceptions": cap_without_exceptions,
    "circular_owners": circular_owners,
    "citation_status": citation_status,
    "clause_for_risk": clause_for_risk,
    "court_without_connection": court_without_connection,
    "dangling_reference": dangling_reference,
    "indemnity_own_fault": indemnity_own_fault,
    "interest_above": interest_above,
    "law_and_forum": law_and_forum,
    "listed_owners": listed_owners,
    "listed_party": listed_party,
    "low_cap": low_cap,
    "missing_annex": missing_annex,
    "name_differs": name_differs,
    "one_sided_right": one_sided_right,
    "question": question,
    "short_notice_renewal": short_notice_renewal,
    "signed_outside_life": signed_outside_life,
    "undated": undated,
    "undefined_term": undefined_term,
    "unfair_term": unfair_term,
    "unilateral_right": unilateral_right,
    "unknown_owners": unknown_owners,
}
"""Evaluators of rules whose subject is a contract, by the name rule files use."""
