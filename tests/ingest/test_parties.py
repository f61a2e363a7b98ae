from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parties import find_parties
from kb.model import Entity
from tests.ingest.gold import cases

PARTIES = cases("party")


def test_the_gold_files_hold_party_cases_of_both_languages() -> None:
    assert len(PARTIES) >= 13


@pytest.mark.parametrize(("language", "text", "found"), PARTIES)
def test_parties_are_named_without_role_and_description(language: str, text: str, found: list[list[str]]) -> None:
    parties = find_parties(text, language)
    assert [[party.name, party.role or "", party.kind or ""] for party in parties] == found


@pytest.mark.parametrize(("language", "text", "found"), PARTIES)
def test_spans_of_names_and_roles_slice_back(language: str, text: str, found: list[list[str]]) -> None:
    for party in find_parties(text, language):
        assert " ".join(text[party.start : party.end].split()) == party.name
        if party.role is not None:
            written = text[party.role_start : party.role_end]
            assert "".join(written.split()) == "".join(party.role.split())


def test_a_statistical_reader_is_asked_only_when_the_rules_find_fewer_than_two() -> None:
    asked: list[str] = []

    def reader(text: str, language: str, windows: object) -> tuple[Entity, ...]:
        asked.append(text)
        start = text.index("Zeta")
        return (Entity("ORG", "Zeta Works", start, start + 10),)

    enough = 'made between Acme, Inc. ("A") and Bolt Ltd. ("B").'
    find_parties(enough, "en", entities=reader)
    assert asked == []
    found = find_parties('Dear Sirs, Zeta Works (the "Supplier") offers the following.', "en", entities=reader)
    assert [(party.name, party.role) for party in found] == [("Zeta Works", "Supplier")]


PIECES = st.sampled_from(
    [
        "between ",
        "Acme",
        ", Inc.",
        ' (the "Buyer")',
        " and ",
        "; and\n(2) ",
        "甲方：",
        "北京甲公司",
        "\n",
        "（以下简称“乙方”）",
        "与",
        "By: ",
        "(",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["en", "zh"]))
def test_names_never_lie_outside_the_text(text: str, language: str) -> None:
    for party in find_parties(text, language):
        assert 0 <= party.start < party.end <= len(text)
        assert party.name.strip() == party.name != ""
