"""Screening against lists: name, second facts, and what the answer must state."""

from __future__ import annotations

import json

import pytest

from checks.screening import ScreeningIndex, ScreeningList, ScreenQuery, screen
from kb.errors import QueryError
from kb.model import Identifier, ListEntry, Name

ENTRIES = (
    ListEntry(
        "L-1",
        (Name("VARGA, Anselm"), Name("Vee", "weak")),
        "person",
        0,
        10,
        ("IR",),
        ("X",),
        (Identifier("passport", "V0099123"),),
        ("1968-05-03", "1970~"),
    ),
    ListEntry(
        "L-2",
        (Name("GREY HERON SHIPPING CO., LTD."), Name("灰鹭航运有限公司", "aka")),
        "organization",
        11,
        20,
        ("MT",),
        ("X",),
        (Identifier("LEI", "529900T8BM49AURSDO55", True),),
    ),
    ListEntry("L-3", (Name("Heron Gate"),), None, 21, 30),
)
INDEX = ScreeningIndex.build([ScreeningList("X-LIST", "v1", 4, "2026-01-02T00:00:00Z", ENTRIES, "doc-1")])


def best(query: ScreenQuery) -> tuple[str, float, bool, dict[str, float]]:
    candidate = screen(query, INDEX).candidates[0]
    return candidate.entity, candidate.score, candidate.match, {f: s for f, s, _ in candidate.explanation}


def test_a_name_is_found_with_its_place_on_the_list() -> None:
    candidate = screen(ScreenQuery("Anselm Varga"), INDEX).candidates[0]
    assert (candidate.entity, candidate.list, candidate.matched_name) == ("L-1", "X-LIST", "VARGA, Anselm")
    assert (candidate.document, candidate.start, candidate.end) == ("doc-1", 0, 10)
    assert candidate.match


def test_a_chinese_name_finds_the_alias_and_shows_the_main_name() -> None:
    candidate = screen(ScreenQuery("灰鷺航運有限公司"), INDEX).candidates[0]
    assert (candidate.entity, candidate.name) == ("L-2", "GREY HERON SHIPPING CO., LTD.")
    assert candidate.match


def test_no_hit_still_states_what_was_screened() -> None:
    result = screen(ScreenQuery("Kestrel Foods Inc"), INDEX).json()
    assert result["candidates"] == []
    assert result["screened"] == [
        {"list": "X-LIST", "version": "v1", "rows": 4, "retrieved": "2026-01-02T00:00:00Z", "kind": "watchlist"}
    ]


def test_the_json_has_the_fields_of_the_contract() -> None:
    result = json.loads(json.dumps(screen(ScreenQuery("Anselm Varga"), INDEX).json()))
    assert {"query", "candidates", "screened"} <= set(result)
    assert {"entity", "name", "matched_name", "list", "score", "match", "explanation"} <= set(result["candidates"][0])
    assert {"feature", "score", "detail"} == set(result["candidates"][0]["explanation"][0])


def test_birth_date_and_country_move_the_score_and_are_shown() -> None:
    query = ScreenQuery("Anselm Vargo", "person")
    plain = best(query)[1]
    agreeing = best(ScreenQuery("Anselm Vargo", "person", "IR", (), "1968-05-03"))
    contradicting = best(ScreenQuery("Anselm Vargo", "person", "FR", (), "1991-01-01"))
    assert agreeing[1] > plain > contradicting[1]
    assert {"birth_date", "country"} <= set(contradicting[3])


def test_a_contradiction_never_drops_a_candidate_and_one_alone_leaves_an_exact_name_a_match() -> None:
    assert best(ScreenQuery("Anselm Varga", "person", None, (), "1991-01-01"))[2]
    assert best(ScreenQuery("Anselm Varga", "organization"))[0] == "L-1"


def test_an_approximate_listed_year_agrees_with_the_years_around_it() -> None:
    assert best(ScreenQuery("Anselm Varga", "person", None, (), "1971"))[3]["birth_date"] > 0


def test_an_equal_identifier_is_a_hit_whatever_the_name() -> None:
    entity, score, match, told = best(ScreenQuery("Quite Another Name", None, None, (("", "529900T8BM49AURSDO55"),)))
    assert entity == "L-2"
    assert match
    assert score == 0.99
    assert "identifier" in told


def test_a_weak_alias_counts_less() -> None:
    entity, score, _, told = best(ScreenQuery("Vee", "person"))
    assert entity == "L-1"
    assert score < 1.0
    assert "weak_alias" in told


def test_entries_of_unknown_kind_are_found_as_either() -> None:
    assert best(ScreenQuery("Heron Gate", "person"))[0] == "L-3"
    assert best(ScreenQuery("Heron Gate", "organization"))[0] == "L-3"


def test_empty_names_and_unknown_kinds_are_refused() -> None:
    with pytest.raises(QueryError):
        screen(ScreenQuery(" "), INDEX)
    with pytest.raises(QueryError):
        screen(ScreenQuery("x" * 600), INDEX)
    with pytest.raises(QueryError):
        screen(ScreenQuery("Anselm", "robot"), INDEX)
