"""Credit: a scorecard anyone can read, from statements, payment behaviour and records of courts and offices."""

from checks.credit.assess import CreditFacts, MarkFact, assess_credit
from checks.credit.card import Scorecard, load_scorecard
from checks.credit.result import CreditLevel, CreditResult

__all__ = [
    "CreditFacts",
    "CreditLevel",
    "CreditResult",
    "MarkFact",
    "Scorecard",
    "assess_credit",
    "load_scorecard",
]
