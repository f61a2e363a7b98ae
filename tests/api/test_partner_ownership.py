"""Who owns a partner: the report, its JSON, its picture, and what merges change about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from api.service.entities import merge, split
from api.service.hits import decide_hit, hit_of, partner_subject
from api.service.listing_verdicts import verdicts
from api.service.ownership import ownership_json, ownership_picture, partner_ownership_of, share_text
from checks.load import load_screening
from kb.base import KnowledgeBase
from kb.errors import NotFoundError
from kb.settings import Settings
from tests.holdings import register, store, watchlist

DAY = date(2026, 6, 1)
LEI = "5493001KJTIIGC8Y1R12"
FIRMS = [
    ("X", "Ivan Petrov", "person"),
    ("A", "Alpha Holdings Ltd", "organization"),
    ("B", "Beta Trading Ltd", "organization"),
    ("C", "Gamma Logistics Ltd", "organization"),
]


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=Settings(data=tmp_path / "data")) as opened:
        yield opened


def asked(kb: KnowledgeBase, name: str, *rules: str, as_of: date = DAY) -> dict[str, Any]:
    with kb.snapshot() as snapshot:
        return ownership_json(partner_ownership_of(snapshot, name, as_of=as_of, rules=rules), snapshot)


def rule(found: dict[str, Any], short: str = "us/ofac-50") -> dict[str, Any]:
    return next(one for one in found["rules"] if one["rule"] == short)


def test_a_party_owned_through_a_chain_by_a_listed_one_is_caught_with_every_link_in_its_words(
    kb: KnowledgeBase,
) -> None:
    store(
        kb, "firms", register(FIRMS, [("X", "A", 0.5, 0.5), ("A", "B", 0.5, 0.5)], identifiers={"X": (("LEI", LEI),)})
    )
    store(
        kb,
        "sdn",
        watchlist("OFAC-SDN", [("OFAC-1", "PETROV, Ivan", "person")], identifiers={"OFAC-1": (("LEI", LEI),)}),
    )
    found = asked(kb, "Beta Trading Ltd", "ofac")
    verdict = rule(found)
    assert verdict["outcome"] == "certain"
    assert found["listed_share"] == [0.25, 0.25]  # percentages multiply: the share is not the test
    assert [(s["owner"]["name"], s["owned"]["name"]) for s in verdict["path"]] == [
        ("Ivan Petrov", "Alpha Holdings Ltd"),
        ("Alpha Holdings Ltd", "Beta Trading Ltd"),
    ]
    quotes = [evidence["quote"] for step in verdict["path"] for evidence in step["evidence"]]
    assert quotes == ["X holds 0.5-0.5 of A", "A holds 0.5-0.5 of B"]
    with kb.snapshot() as snapshot:
        for step in verdict["path"]:
            for place in step["evidence"]:
                assert snapshot.text(place["document"])[place["start"] : place["end"]] == place["quote"]
    (listed,) = found["listed_owners"]
    assert (listed["status"], listed["why"], listed["quote"]) == ("certain", "same", "OFAC-1,PETROV, Ivan")


def test_a_name_alone_makes_it_possible_and_a_person_makes_it_certain_or_nothing(kb: KnowledgeBase) -> None:
    store(kb, "firms", register(FIRMS, [("X", "B", 0.6, 0.6)]))
    store(kb, "sdn", watchlist("OFAC-SDN", [("OFAC-1", "Ivan Petrov", "person")]))
    found = asked(kb, "firms/B", "ofac")
    assert (rule(found)["outcome"], found["listed_share"]) == ("possible", [0.0, 0.6])
    merge(kb, "firms/X", "entry:OFAC-SDN/OFAC-1", reason="same passport, copy in the file", actor="ann")
    found = asked(kb, "firms/B", "ofac")
    assert (rule(found)["outcome"], found["listed_share"]) == ("certain", [0.6, 0.6])
    split(kb, "firms/X", other="entry:OFAC-SDN/OFAC-1", reason="born twenty years later", actor="ann")
    found = asked(kb, "firms/B", "ofac")
    assert (rule(found)["outcome"], found["listed_share"], found["listed_owners"]) == ("no", [0.0, 0.0], [])


def test_an_interval_across_the_threshold_is_possible_and_an_unknown_share_stays_unknown(kb: KnowledgeBase) -> None:
    holdings = [("X", "B", 0.25, 0.5), ("A", "B", None, None)]
    store(kb, "firms", register(FIRMS, holdings, identifiers={"X": (("LEI", LEI),)}))
    store(kb, "sdn", watchlist("OFAC-SDN", [("1", "Ivan Petrov", "person")], identifiers={"1": (("LEI", LEI),)}))
    found = asked(kb, "firms/B", "ofac")
    assert (rule(found)["outcome"], found["listed_share"]) == ("possible", [0.25, 0.5])
    direct = {owner["name"]: owner["direct"] for owner in found["owners"]}
    assert direct == {"Ivan Petrov": [0.25, 0.5], "Alpha Holdings Ltd": [0.0, 1.0]}
    assert share_text(direct["Alpha Holdings Ltd"], "unknown") == "unknown"
    assert [one["name"] for one in found["ends_in"]] == ["Alpha Holdings Ltd"]


def test_votes_and_control_are_shown_and_are_no_ownership(kb: KnowledgeBase) -> None:
    held = [("X", "B", 1.0, 1.0, {"measure": "control"}), ("X", "B", 0.9, 0.9, {"measure": "votes"})]
    store(kb, "firms", register(FIRMS, held, identifiers={"X": (("LEI", LEI),)}))
    for number, list_id in enumerate(("OFAC-SDN", "EU-FSF")):
        entry = (f"{number}", "Ivan Petrov", "person")
        store(kb, list_id, watchlist(list_id, [entry], identifiers={f"{number}": (("LEI", LEI),)}))
    found = asked(kb, "firms/B")
    assert rule(found)["outcome"] == "no"
    assert rule(found, "eu/owned-or-controlled")["outcome"] == "certain"  # EU texts count votes
    assert found["listed_share"] == [0.0, 0.0]
    (owner,) = found["owners"]
    assert (owner["direct"], owner["votes"], owner["control"]) == (None, [0.9, 0.9], True)


def test_every_rule_starts_from_the_lists_of_its_own_authority(kb: KnowledgeBase) -> None:
    store(kb, "firms", register(FIRMS, [("X", "B", 1.0, 1.0)], identifiers={"X": (("LEI", LEI),)}))
    store(kb, "eu", watchlist("EU-FSF", [("1", "Ivan Petrov", "person")], identifiers={"1": (("LEI", LEI),)}))
    found = asked(kb, "firms/B")
    assert rule(found, "eu/owned-or-controlled")["outcome"] == "certain"
    assert rule(found)["outcome"] == "not_evaluated"
    assert rule(found)["reason"]["en"] == "No list this rule starts from is stored."
    store(
        kb,
        "own",
        watchlist("supplier-black-list", [("9", "Ivan Petrov", "person")], identifiers={"9": (("LEI", LEI),)}),
    )
    found = asked(kb, "firms/B")
    assert rule(found)["outcome"] == "certain"
    assert rule(found)["assumed_lists"] == ["supplier-black-list"]


def test_the_day_selects_holdings_listings_and_the_version_of_the_rule(kb: KnowledgeBase) -> None:
    held = [("X", "B", 0.6, 0.6, {"valid_from": date(2020, 1, 1), "valid_to": date(2024, 1, 1)})]
    store(kb, "firms", register(FIRMS, held, identifiers={"X": (("LEI", LEI),)}))
    entries = watchlist(
        "OFAC-SDN", [("1", "Ivan Petrov", "person")], since=date(2022, 3, 1), identifiers={"1": (("LEI", LEI),)}
    )
    store(kb, "sdn", entries)
    outcomes = {
        day.isoformat(): rule(asked(kb, "firms/B", "ofac", as_of=day))["outcome"]
        for day in (date(2021, 1, 1), date(2022, 3, 1), date(2024, 1, 1))
    }
    assert outcomes == {"2021-01-01": "no", "2022-03-01": "certain", "2024-01-01": "no"}
    bis = rule(asked(kb, "firms/B", "bis", as_of=date(2024, 1, 1)), "us/bis-affiliates")
    assert (bis["status"], bis["outcome"]) == ("not-in-force", "not_evaluated")
    assert asked(kb, "firms/B", as_of=date(2024, 1, 1))["known"] is False


def test_rings_and_cross_holdings_are_named(kb: KnowledgeBase) -> None:
    held = [("A", "B", 0.3, 0.3), ("B", "A", 0.4, 0.4), ("B", "B", 0.1, 0.1), ("X", "A", 0.6, 0.6)]
    store(kb, "firms", register(FIRMS, held))
    found = asked(kb, "firms/B")
    rings = [sorted(party["name"] for party in ring) for ring in found["rings"]]
    assert rings == [["Alpha Holdings Ltd", "Beta Trading Ltd"]]
    assert [one["code"] for one in found["problems"]] == ["self-holding"]


def test_owners_not_named_are_said_with_their_reason(kb: KnowledgeBase) -> None:
    store(kb, "firms", register(FIRMS, [("A", "B", 1.0, 1.0)], [("A", "owner refused to disclose")]))
    found = asked(kb, "firms/B")
    (gap,) = found["owners_not_named"]
    assert (gap["name"], gap["reason"]) == ("Alpha Holdings Ltd", "owner refused to disclose")
    assert gap["quote"] == "A: owner refused to disclose"
    assert found["screened"] is False
    assert found["listed_share"] == [0.0, 1.0]  # nobody was screened, so nothing is known


def test_statements_of_two_registers_about_one_party_are_compared_and_never_added(kb: KnowledgeBase) -> None:
    lei = {"B": (("LEI", LEI),), "X": (("LEI", "529900T8BM49AURSDO55"),)}
    store(kb, "one", register(FIRMS, [("X", "B", 0.25, 0.5)], identifiers=lei))
    store(kb, "two", register([(k, f"{n}", kind) for k, n, kind in FIRMS], [("X", "B", 0.4, 0.6)], identifiers=lei))
    found = asked(kb, "two/B")
    assert found["id"] == "one/B"
    (owner,) = found["owners"]
    assert owner["direct"] == [0.4, 0.5]


def test_the_party_meant_by_a_name_is_the_one_whose_holdings_are_stored(kb: KnowledgeBase) -> None:
    store(kb, "buyers", register([("7", "Beta Trading Ltd", "organization")]))
    store(kb, "firms", register(FIRMS, [("A", "B", 1.0, 1.0)]))
    assert asked(kb, "Beta Trading Ltd")["id"] == "firms/B"
    assert asked(kb, "buyers/7")["known"] is False
    with pytest.raises(NotFoundError):
        asked(kb, "Quite Another Name")
    with pytest.raises(NotFoundError, match="no ownership rule"):
        asked(kb, "firms/B", "moon")


@pytest.mark.parametrize(
    ("language", "listed", "maybe"), [("en", "LISTED", "PERHAPS LISTED"), ("zh", "列名", "可能列名")]
)
def test_the_picture_says_in_words_who_is_listed_and_who_may_be(
    kb: KnowledgeBase, language: str, listed: str, maybe: str
) -> None:
    held = [("X", "B", 0.5, 0.5), ("A", "B", 0.2, 0.2)]
    store(kb, "firms", register(FIRMS, held, identifiers={"X": (("LEI", LEI),)}))
    entries = [("1", "Ivan Petrov", "person"), ("2", "Alpha Holdings Ltd", "organization")]
    store(kb, "sdn", watchlist("OFAC-SDN", entries, identifiers={"1": (("LEI", LEI),)}))
    with kb.snapshot() as snapshot:
        svg = ownership_picture(partner_ownership_of(snapshot, "firms/B", as_of=DAY), language)
    root = etree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    texts = [node.text for node in root.iter(f"{space}text")]
    assert texts.count(listed) == 1
    assert texts.count(maybe) == 1
    assert root.find(f"{space}title") is not None
    assert "Alpha Holdings Ltd" in (root.findtext(f"{space}desc") or "")


def test_a_decided_screening_hit_makes_an_owner_listed_or_not(kb: KnowledgeBase) -> None:
    store(kb, "firms", register(FIRMS, [("X", "B", 0.6, 0.6)]))
    store(kb, "sdn", watchlist("OFAC-SDN", [("1", "Ivan Petrov", "person")]))

    def decided(verdict: str) -> tuple[str, list[str]]:
        with kb.snapshot() as snapshot:
            index = load_screening(snapshot)
            assert index is not None
            hit = hit_of("OFAC-SDN", "1", partner_subject("firms/X"))
            decide_hit(kb, index, hit, verdict=verdict, reason="compared passports", actor="ann")
            known = verdicts(kb.audit, snapshot)
            found = partner_ownership_of(snapshot, "firms/B", as_of=DAY, rules=["ofac"], verdict=known)
            return str(found.verdicts[0].outcome), [one.why for one in found.listings.get("firms/X", ())]

    assert decided("true-match") == ("certain", ["decided"])
    assert decided("false-positive") == ("no", [])
    assert decided("undecided") == ("possible", ["name"])
