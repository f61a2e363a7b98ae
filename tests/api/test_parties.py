"""Merging, splitting and proposing over every door: command line, REST, page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli.app import run as run_command
from api.service.entities import merge, split
from api.service.ingesting import run_ingest
from api.service.linking import links_are_stale, renew_links
from ingest.job import IngestOptions
from ingest.readers import of_bytes
from kb.base import KnowledgeBase
from kb.facts.entities import read_entities, read_parties
from kb.facts.links import read_links
from kb.ids import source_key
from kb.model import Kind
from kb.settings import Settings
from tests.api.serving import serving
from tests.holdings import register, store, watchlist

LEI = "5493001KJTIIGC8Y1R12"
OTHER = "529900T8BM49AURSDO55"
Answer = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("parties") / "data"
    firms = [("P1", "Northwind Metals Ltd", "organization"), ("P3", "Kestrel Foods Inc.", "organization")]
    more = [
        ("S9", "Northwind Metals Limited", "organization"),
        ("S8", "Kestrel Foods Incorporated", "organization"),
        ("S7", "Kestrel Foods Inc.", "organization"),
        ("S6", "Ivan Petrov", "person"),
    ]
    one = {"P1": (("LEI", LEI),), "P3": (("LEI", OTHER),)}
    two = {"S9": (("LEI", LEI),), "S7": (("LEI", "213800QILIUD4ROSUO03"),)}
    with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as kb:
        store(kb, "a", register(firms, identifiers=one))
        store(kb, "b", register(more, [("S6", "S9", 0.5, 0.5), ("S8", "S9", 0.25, 0.5)], identifiers=two))
        store(kb, "sdn", watchlist("OFAC-SDN", [("1", "Ivan Petrov", "person")]))
    return data


@pytest.fixture
def data(_made: Path, tmp_path: Path) -> Path:
    place = tmp_path / "data"
    shutil.copytree(_made, place)
    return place


@pytest.fixture
def client(data: Path) -> Iterator[httpx.Client]:
    with serving(Settings(data=data)) as address, httpx.Client(base_url=address, timeout=60, trust_env=False) as found:
        yield found


@pytest.fixture
def answer(data: Path, capsys: pytest.CaptureFixture[str]) -> Answer:
    def ask(*arguments: str, code: int = 0) -> dict[str, Any]:
        import json

        assert run_command(["--data", str(data), "--json", *arguments]) == code
        out = capsys.readouterr().out
        return json.loads(out) if out else {}

    return ask


def test_an_identifier_joins_two_registers_and_the_old_id_says_where_it_went(answer: Answer) -> None:
    found = answer("partner", "show", "b/S9")
    assert found["id"] == "a/P1"
    assert found["party"]["asked_for"] == "b/S9"
    assert found["party"]["records"] == ["a/P1", "b/S9"]
    assert [n["text"] for n in found["names"]] == ["Northwind Metals Ltd", "Northwind Metals Limited"]
    (tie,) = found["party"]["evidence"]
    assert tie["facts"][0]["detail"] == f"LEI {LEI}"


def test_search_says_which_party_a_row_belongs_to(answer: Answer) -> None:
    hits = answer("search", "Northwind", "--type", "partner")["hits"]
    assert {hit["id"]: hit["party"] for hit in hits} == {"P1": "a/P1", "S9": "a/P1"}


def test_proposals_are_accepted_taken_back_and_rejected_by_recorded_acts(answer: Answer, data: Path) -> None:
    before = answer("partner", "candidates", "a/P3")
    assert [(t["left"], t["right"]) for t in before["candidates"]] == [("a/P3", "b/S8")]
    merged = answer(
        "partner", "merge", "a/P3", "b/S8", "--reason", "same tax number, seen on the invoice", "--by", "ann"
    )
    assert merged["records"] == ["a/P3", "b/S8"]
    assert answer("partner", "candidates", "a/P3")["total"] == 1  # S7 and S8 bear one name
    apart = answer("partner", "split", "b/S8", "--reason", "another tax number after all", "--by", "bob")
    assert apart["records"] == ["b/S8"]
    answer("partner", "split", "b/S8", "--from", "b/S7", "--reason", "other town", "--by", "bob")
    (left,) = answer("partner", "candidates")["candidates"]
    assert (left["left"], left["right"]) == ("b/S6", "entry:OFAC-SDN/1")  # an entry of a list is a record too
    shown = answer("partner", "show", "b/S8")["party"]["acts"]
    assert [(one["act"], one["actor"]) for one in shown] == [("split", "bob"), ("split", "bob")]
    with KnowledgeBase.open(data, write=False) as kb:
        actions = [(e.action, e.actor) for e in kb.audit.entries(prefix="party:")]
        assert actions == [("entity.merge", "ann"), ("entity.split", "bob"), ("entity.split", "bob")]
        assert list(kb.audit.verify()) == []


def test_different_identifiers_are_no_merge_unless_a_person_insists_and_both_values_stay(answer: Answer) -> None:
    answer("partner", "merge", "a/P3", "b/S7", "--reason", "looks alike", code=4)
    assert answer("partner", "show", "a/P3")["party"]["records"] == ["a/P3"]
    assert len(answer("partner", "show", "a/P3")["party"]["namesakes"]) == 1
    insisted = answer("partner", "merge", "a/P3", "b/S7", "--reason", "LEI lapsed and reissued", "--despite-conflict")
    assert insisted["records"] == ["a/P3", "b/S7"]
    (conflict,) = answer("partner", "show", "a/P3")["conflicts"]
    assert conflict["what"] == "LEI"
    assert {value["record"] for value in conflict["values"]} == {"a/P3", "b/S7"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("merge", "a/P1", "a/P1", "--reason", "x"), 2),
        (("merge", "a/P1", "b/S9", "--reason", "x"), 4),  # one party already
        (("merge", "a/P1", "nobody", "--reason", "x"), 2),
        (("merge", "a/P1", "Kestrel Foods Inc.", "--reason", "x"), 2),  # two records bear the name
        (("merge", "a/P1", "entry:OFAC-SDN/none", "--reason", "x"), 2),
        (("merge", "a/P1", "a/P3", "--reason", "  "), 2),
        (("split", "a/P3", "--reason", "x"), 2),  # alone
        (("ownership", "b/S9", "-o", "picture.png"), 2),
        (("ownership", "b/S9", "--rules", "moon"), 2),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    answer: Answer, data: Path, arguments: tuple[str, ...], code: int
) -> None:
    answer("partner", *arguments, code=code)
    with KnowledgeBase.open(data, write=False) as kb:
        assert kb.audit.entries(prefix="party:") == []


def test_a_decision_survives_a_new_load_of_the_register(data: Path) -> None:
    with KnowledgeBase.open(data, write=True) as kb:
        merge(kb, "a/P3", "b/S8", reason="same tax number", actor="ann")
        store(kb, "c", register([("C1", "Orchid Bakery", "organization")]))
        assert not links_are_stale(kb)
        with kb.snapshot() as snapshot:
            assert read_links(snapshot.query) == ()
    with KnowledgeBase.open(data, write=False) as kb, kb.snapshot() as snapshot:
        assert read_entities(snapshot.query).records("b/S8") == ("a/P3", "b/S8")


def test_a_party_never_goes_by_a_record_that_is_gone_and_comes_back_with_it(data: Path) -> None:
    with KnowledgeBase.open(data, write=True) as kb:
        content = register([("C1", "Orchid Bakery", "organization")])
        store(kb, "c", content)
        merge(kb, "c/C1", "b/S8", reason="renamed in 2024", actor="ann")
        merge(kb, "c/C1", "a/P3", reason="same tax number", actor="ann")
        assert parties(kb)["b/S8"] == parties(kb)["a/P3"] == "c/C1"
        kb.remove(source_key(upload="c"))
        renew_links(kb)
        assert "c/C1" not in set(parties(kb).values())
        store(kb, "c", content)
        assert parties(kb)["b/S8"] == "c/C1"


def test_a_name_in_a_contract_is_tied_to_a_partner_by_a_person(data: Path) -> None:
    with KnowledgeBase.open(data, write=True) as kb:
        text = (
            b'SUPPLY AGREEMENT\n\nThis Agreement is made between Kestrel Foods and Orchid Bakery Ltd (the "Buyer").\n'
        )
        list(run_ingest(kb, [of_bytes(text, "contract.txt")], IngestOptions(kind=Kind.CONTRACT)))
        with kb.snapshot() as snapshot:
            (contract,) = snapshot.documents(Kind.CONTRACT)
            start = snapshot.text(contract.id).index("Kestrel Foods")
        name = f"{contract.id}#s{start}-{start + len('Kestrel Foods')}"
        merge(kb, "a/P3", name, reason="signed by their director", actor="ann")
        with kb.snapshot() as snapshot:
            (link,) = [one for one in read_links(snapshot.query) if one.same]
        assert (link.partner, link.start) == ("a/P3", start)
        assert link.why.startswith("decided by ann: signed by their director")
        split(kb, name, other="a/P3", reason="another firm", actor="bob")
        with kb.snapshot() as snapshot:
            assert [one for one in read_links(snapshot.query) if one.partner == "a/P3"] == []


def parties(kb: KnowledgeBase) -> dict[str, str]:
    with kb.snapshot() as snapshot:
        return {row: party.id for party in read_parties(snapshot.query) for row in party.ids}


def test_ownership_on_the_command_line_for_programs_and_people(
    answer: Answer, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer("partner", "ownership", "b/S9", "--rules", "ofac")
    assert (found["id"], [r["rule"] for r in found["rules"]]) == ("a/P1", ["us/ofac-50"])
    assert found["rules"][0]["outcome"] == "possible"
    picture = tmp_path / "picture.svg"
    for language, words in (("en", "perhaps owned at or above"), ("zh", "持股可能达到标准")):
        arguments = ["--data", str(data), "--lang", language, "partner", "ownership", "a/P1", "-o", str(picture)]
        assert run_command(arguments) == 0
        assert words in capsys.readouterr().out
        assert picture.read_text(encoding="utf-8").startswith("<svg ")


def test_rest_answers_ownership_and_records_acts(client: httpx.Client) -> None:
    found = client.get("/v1/partners/b%2FS9/ownership", params={"rules": "ofac", "as_of": "2026-01-01"})
    assert found.status_code == 200
    assert (found.json()["id"], found.json()["as_of"]) == ("a/P1", "2026-01-01")
    svg = client.get("/v1/partners/b%2FS9/ownership.svg", params={"language": "zh"})
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "股权结构" in svg.text
    assert client.get("/v1/partners/b%2FS9/ownership", params={"rules": "moon"}).status_code == 404
    proposed = client.get("/v1/partner-candidates", params={"partner": "a/P3"}).json()
    assert proposed["total"] == 1
    body = {"record": "a/P3", "other": "b/S8", "reason": "same tax number", "actor": "ann"}
    merged = client.post("/v1/partner-merges", json=body)
    assert (merged.status_code, merged.json()["records"]) == (201, ["a/P3", "b/S8"])
    assert client.get("/v1/partners/b%2FS8").json()["id"] == "a/P3"
    refused = client.post("/v1/partner-merges", json={**body, "other": "b/S7"})
    assert (refused.status_code, refused.json()["code"]) == (409, "identifiers-differ")
    split = client.post("/v1/partner-splits", json={"record": "b/S8", "reason": "no"})
    assert (split.status_code, split.json()["records"]) == (201, ["b/S8"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_owners_and_records_and_its_buttons_act(client: httpx.Client, language: str) -> None:
    page = client.get("/partners/b%2FS9", params={"lang": language}).text
    assert page.count("<svg ") == 1
    assert 'id="ownership-title"' in page
    assert "a/P1" in page
    page = client.get("/partners/a%2FP3", params={"lang": language}).text
    assert 'action="/partner-acts"' in page
    form = {"act": "merge", "record": "a/P3", "other": "b/S8", "reason": "same tax number"}
    done = client.post("/partner-acts", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/partners/a%2FP3#party")
    assert "same tax number" in client.get("/partners/a%2FP3").text
    refused = client.post("/partner-acts", data=form, headers={"Origin": "https://elsewhere.example"})
    assert refused.status_code == 403
