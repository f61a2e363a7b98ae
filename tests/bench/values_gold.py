"""CUAD's master answers for the benchmark of values, and one rule more than ``ingest.choice.answers`` has.

A typed answer that contradicts the words quoted for it in the same row is a slip of the one who typed it: "7/7/1999"
for "7th day of September, 1999". Where the quote is nothing but one date, or says "expiring <date>", that date counts
as well. Figures are printed with and without this rule. Answers with blank parts and perpetual terms are counted apart.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ingest.choice.answers import PERPETUAL, normal, read_answers, row_of

__all__ = ["DATA", "PERPETUAL", "ROLES", "answers", "normal", "quoted", "row_of"]

DATA: Final = Path(__file__).parents[2].parent / "shared" / "data" / "contracts" / "cuad"
ROLES: Final = {
    "Agreement Date": "Agreement Date-Answer",
    "Effective Date": "Effective Date-Answer",
    "Expiration Date": "Expiration Date-Answer",
    "Renewal Term": "Renewal Term-Answer",
    "Notice Period to Terminate Renewal": "Notice Period to Terminate Renewal-Answer",
    "Governing Law": "Governing Law-Answer",
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED: Final = "|".join(_MONTHS)
_QUOTED: Final = re.compile(
    rf"(?i)\b(?:(?P<d1>\d{{1,2}})(?:\s?(?:st|nd|rd|th))?\s+(?:day\s+)?(?:of\s+)?(?P<m1>{_NAMED})[a-z]*\.?,?\s+(?P<y1>\d{{4}})"
    rf"|(?P<m2>{_NAMED})[a-z]*\.?\s+(?P<d2>\d{{1,2}})(?:\s?(?:s\s?t|n\s?d|r\s?d|t\s?h))?\s*,?\s+(?P<y2>\d{{4}}))\b"
)
_ENDING: Final = re.compile(r"(?i)\b(?:expir\w+|ending|ends|until|through)\s+(?:on\s+|and\s+including\s+)?$")
_AROUND_DATE: Final = 12  # characters besides the date in a quote that is nothing but a date ("Dated …", a full stop)


def answers() -> dict[str, dict[str, str]]:
    """Return the rows of the master file by the letters of their file names."""
    return read_answers(DATA / "master_clauses.csv")


def quoted(role: str, quote: str) -> set[str]:
    """Return the date that the words quoted for an answer state beyond doubt, as the last rule of the module says."""
    bare = quote.strip("[]'\" ")
    dates = list(_QUOTED.finditer(bare))
    if "Date" not in role:
        return set()
    if len(dates) == 1 and len(bare) - len(dates[0][0]) <= _AROUND_DATE:
        return {_iso(dates[0])}
    if role == "Expiration Date":
        ends = [match for match in dates if _ENDING.search(bare[: match.start()]) is not None]
        return {_iso(ends[0])} if len(ends) == 1 else set()
    return set()


def _iso(match: re.Match[str]) -> str:
    month = _MONTHS.index((match["m1"] or match["m2"])[:3].lower()) + 1
    return f"{match['y1'] or match['y2']}-{month:02d}-{int(match['d1'] or match['d2']):02d}"
