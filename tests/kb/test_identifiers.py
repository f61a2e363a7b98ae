from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.identifiers import SCHEMES, normalise, validate

CASES = [
    ("LEI", "213800KUD8LAJWSQ9D15", True),
    ("lei", "2138 00KU D8LA JWSQ 9D15", True),
    ("LEI", "213800KUD8LAJWSQ9D16", False),
    ("LEI", "1", False),
    ("USCC", "91110000600037341L", True),
    ("统一社会信用代码", "９１１１００００６０００３７３４１Ｌ", True),
    ("USCC", "914403001922038216", True),
    ("USCC", "914403001922038217", False),
    ("USCC", "9144030019220382", False),
    ("USCC", "91440300192203821I", False),
    ("CN-ORG", "60003734-1", True),
    ("CN-ORG", "60003734-2", False),
    ("CELEX", "32016R0679", True),
    ("CELEX", "02016R0679-20160504", True),
    ("CELEX", "62012CJ0131", True),
    ("CELEX", "12012E101", True),
    ("CELEX", "12016M/TXT", True),
    ("CELEX", "32016R0679R(02)", True),
    ("CELEX", "GDPR", False),
    ("CELEX", "X2016R0679", False),
    ("ECLI", "ECLI:EU:C:2014:317", True),
    ("ECLI", "ECLI:NL:HR:2013:BY4352", True),
    ("ECLI", "EU:C:2014:317", False),
    ("ELI", "http://data.europa.eu/eli/reg/2016/679/oj", True),
    ("ELI", "/eli/act/1988/27", True),
    ("ELI", "http://example.org/reg/2016", False),
    ("ISIN", "US0378331005", True),
    ("ISIN", "US0378331006", False),
    ("BIC", "DEUTDEFF", True),
    ("IMO", "IMO 9074729", True),
    ("IMO", "9074728", False),
    ("DUNS", "12-345-6789", None),
    ("DUNS", "1234", False),
    ("registration", "HRB 1234", None),
    ("", "", None),
]


@pytest.mark.parametrize(("scheme", "value", "expected"), CASES)
def test_identifiers_are_judged_by_their_scheme(scheme: str, value: str, expected: bool | None) -> None:
    assert validate(scheme, value) is expected


@given(st.sampled_from(sorted(SCHEMES)), st.text(max_size=300))
def test_no_value_breaks_a_check(scheme: str, value: str) -> None:
    assert validate(scheme, value) in {True, False, None}
    assert normalise(scheme, normalise(scheme, value)) == normalise(scheme, value)


@given(
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9),
    st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"),
)
def test_one_wrong_character_shows_in_a_uscc(tail: str, last: str) -> None:
    stem = "91110000" + tail
    valid = [c for c in "0123456789ABCDEFGHJKLMNPQRTUWXY" if validate("USCC", stem + c)]
    assert len(valid) == 1
    assert validate("USCC", stem + last) is (last == valid[0])
