"""FollowTheMoney entities as a watch list and as a register; every name here is invented."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ingest.kinds import guess_kind
from ingest.lists import read_watchlist
from ingest.readers import read_document
from ingest.registers import read_register
from kb.errors import InputError, LimitError
from kb.model import Document, Kind, Name


def entity(key: str, schema: str, target: bool = False, **properties: Any) -> dict[str, Any]:
    several = {name: value if isinstance(value, list) else [value] for name, value in properties.items()}
    return {"id": key, "schema": schema, "target": target, "datasets": ["made_up"], "properties": several}


ENTITIES = [
    entity(
        "p1", "Person", True, name=["Anselm Varga", "Ансельм Варга"], alias="A. Varga", weakAlias="Vee",
        previousName="Anselm Vargha", birthDate=["1968-05-03", "1969", "whenever"], nationality=["ir", "Atlantis"],
        topics="sanction", position="Director", passportNumber="V0099123",
    ),
    entity(
        "c1", "Company", name="远山贸易有限公司", jurisdiction="cn", uscCode="91990100MA781FBF62", status="存续",
        legalForm="LLC",
    ),
    entity("c2", "Company", name="Grey Heron Ltd", country="mt", topics="debarment"),
    entity("l1", "LegalEntity", name="Who Knows"),
    entity("o1", "Ownership", owner="p1", asset="c1", percentage="50.5", startDate="2019-01-01"),
    entity("o2", "Ownership", owner="p1", asset="c2", percentage="25-50%", endDate="2021-02-03"),
    entity("o3", "Ownership", owner="p1", asset="c2", percentage="most of it"),
    entity("o4", "Ownership", owner="stranger", asset="c1", percentage="1"),
    entity("k1", "Control", holder="l1") | {"properties": {"holder": ["l1"], "target": ["c2"]}},
    entity("s1", "Sanction", entity="p1", program="X-TRADE", listingDate="2014-03-17", startDate="2014-01-01"),
    entity("s2", "Sanction", entity="c2", authority="Harvik", startDate="2014-01-01", endDate="2016-05-06"),
    entity("i1", "Identification", holder="p1", number="77-1", type="National card"),
    entity("d1", "Directorship", director="p1", organization="c1"),
    entity("n1", "Company", alias=[]),
]  # fmt: skip
LINES = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in ENTITIES)
ARRAY = json.dumps(ENTITIES, indent=1, ensure_ascii=False)


def document(text: str, name: str = "made.ftm.json") -> Document:
    return read_document(text.encode(), name)


@pytest.mark.parametrize("text", [LINES, ARRAY])
def test_a_watch_list_has_the_listed_with_their_sanctions(text: str) -> None:
    read = document(text, "made_up.json")
    assert guess_kind(read, "made_up.json") is Kind.WATCHLIST
    found = read_watchlist(read, source_name="made_up.json")
    assert [e.id for e in found.entries] == ["made_up-p1", "made_up-c2"]
    varga, heron = found.entries
    assert varga.names[0] == Name("Anselm Varga")
    assert Name("Ансельм Варга", "original") in varga.names
    assert {n.text: n.kind for n in varga.names if n.kind not in {"primary", "original"}} == {
        "A. Varga": "aka", "Vee": "weak", "Anselm Vargha": "fka",
    }  # fmt: skip
    assert varga.birth_dates == ("1968-05-03", "1969")
    assert varga.countries == ("IR",)
    assert varga.listed_on == date(2014, 3, 17)
    assert {"X-TRADE", "sanction"} <= set(varga.programs)
    assert {(i.scheme, i.value) for i in varga.identifiers} == {("passport", "V0099123"), ("national-id", "77-1")}
    assert (heron.listed_on, heron.delisted_on) == (date(2014, 1, 1), date(2016, 5, 6))
    assert [(h.owner, h.owned) for h in found.holdings] == [("made_up-p1", "made_up-c2")] * 2
    assert '"p1"' in read.text[varga.start : varga.end]
    assert found.notes[-1].startswith("entry 5: 3 statements of ownership, this one first, concern parties not listed")


def test_a_register_has_every_party_and_the_holdings_between_them() -> None:
    read = document(LINES)
    found = read_register(read, source_name="made.json")
    assert [(p.id, p.kind) for p in found.partners] == [
        ("p1", "person"), ("c1", "organization"), ("c2", "organization"), ("l1", None),
    ]  # fmt: skip
    far = found.partners[1]
    assert (far.country, far.status, far.legal_form) == ("CN", "存续", "LLC")
    assert (far.identifiers[0].scheme, far.identifiers[0].valid) == ("USCC", True)
    assert found.partners[0].attributes["topics"].startswith("sanction")
    stated = [(h.owner, h.owned, h.low, h.high, h.measure, h.valid_from, h.valid_to) for h in found.holdings]
    assert stated == [
        ("p1", "c1", 0.505, 0.505, "shares", date(2019, 1, 1), None),
        ("p1", "c2", 0.25, 0.5, "shares", None, date(2021, 2, 3)),
        ("p1", "c2", 0.0, 1.0, "shares", None, None),
        ("l1", "c2", 1.0, 1.0, "control", None, None),
    ]
    assert all(h.source == "made_up" and '"Ownership"' in read.text[h.start : h.end] for h in found.holdings[:3])
    assert found.rejected == ("entry 14: it has no name",)
    assert found.notes == (
        "entry 1, column nationality: 'Atlantis' is no known country",
        "entry 1, column birthDate: 'whenever' is no date",
        "entry 7, column percentage: 'most of it' is no share",
        "entry 8: 1 statements of ownership, this one first, concern parties the file does not hold",
    )


def test_without_anyone_listed_it_is_a_register() -> None:
    text = json.dumps(entity("c1", "Company", name="Grey Heron Ltd")) + "\n"
    assert guess_kind(document(text * 1), "x.json") is Kind.REGISTER


def test_broken_lines_are_reported_and_the_others_loaded() -> None:
    good = json.dumps(entity("c1", "Company", name="Grey Heron Ltd"))
    odd = ['{"id": "x", "schema": 7}', "[1]", '{"id": "c9", "schema":', good, '{"n": ' + "9" * 5000 + "}"]
    found = read_register(Document("\n".join([good, *odd]) + "\n", (), "application/json", "en"), source_name="x.json")
    assert len(found.partners) == 1
    assert [r.partition(":")[0] for r in found.rejected] == ["entry 2", "entry 3", "entry 4", "entry 5", "entry 6"]


def test_an_array_that_breaks_off_is_incomplete_and_depth_is_limited() -> None:
    found = read_register(Document(ARRAY[: ARRAY.index('"o1"')], (), "application/json", "en"), source_name="x.json")
    assert found.incomplete is not None
    assert len(found.partners) == 4
    deep = '{"schema": "Company", "properties": ' + "[" * 100_000 + "\n}"
    with pytest.raises((LimitError, InputError)):
        read_register(Document("[" + deep, (), "application/json", "en"), source_name="x.json")
