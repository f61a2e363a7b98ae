"""EU acts as JSON: nested parts become articles, points and recitals; another layout is left as it is."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.law import read_act
from ingest.readers import Limits
from ingest.readers.law.outline import METADATA_KEY
from ingest.readers.reading import read_document
from kb.errors import UnreadableError
from kb.model import ActVersion, Document, Kind

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "regulations" / "eu-gdpr" / "gdpr.json"
ACT: dict[str, Any] = {
    "title": "Lighthouse Regulation",
    "abbrv": "LHR",
    "regulation": "2031/77",
    "dated": "27/04/2031",
    "updated": "04/05/2031",
    "about": "the keeping of lighthouses",
    "language": "EN",
    "chapters": [
        {
            "number": "I",
            "title": "General provisions",
            "type": "chapter",
            "contents": [
                {
                    "number": "1",
                    "title": "Definitions",
                    "type": "article",
                    "contents": [
                        {"number": None, "type": "text", "text": "For this Regulation:", "subpoints": []},
                        {"number": "1", "type": "point", "text": "‘keeper’ means a person;", "subpoints": []},
                    ],
                },
                {
                    "number": "1",
                    "title": "Keepers",
                    "type": "section",
                    "contents": [
                        {
                            "number": "2",
                            "title": "Duties of keepers",
                            "type": "article",
                            "contents": [
                                {
                                    "number": "1",
                                    "type": "point",
                                    "text": "A keeper shall:",
                                    "subpoints": [
                                        {"number": "a", "type": "subpoint", "text": "light the lamp;"},
                                        {"number": "b", "type": "subpoint", "text": "keep a log."},
                                    ],
                                },
                                {
                                    "number": "2",
                                    "type": "point",
                                    "text": "It shall apply from 1 May 2032.",
                                    "subpoints": [],
                                },
                            ],
                        }
                    ],
                },
            ],
        }
    ],
    "recitals": [{"number": "1", "type": "recital", "text": "Light saves ships."}],
    "citations": {"0": {"number": "1", "text": "OJ C 1.", "type": "citation"}},
}


def read(raw: Any) -> tuple[Document, ActVersion]:
    document = read_document(json.dumps(raw).encode(), "act.json", limits=Limits(), kind=Kind.REGULATION)
    return document, read_act(document, source_name="act.json")


def test_parts_become_provisions_with_the_numbers_citations_use() -> None:
    document, act = read(ACT)
    assert (act.act, act.title, act.short_titles, act.jurisdiction) == (
        "eu/reg/2031/77",
        "Lighthouse Regulation",
        ("LHR",),
        "EU",
    )
    assert [(each.number, each.level, each.parent) for each in act.provisions] == [
        ("rec1", "item", None),
        ("chapterI", "chapter", None),
        ("1", "article", "chapterI"),
        ("1(1)", "paragraph", "1"),
        ("chapterI.section1", "section", "chapterI"),
        ("2", "article", "chapterI.section1"),
        ("2(1)", "paragraph", "2"),
        ("2(1)(a)", "item", "2(1)"),
        ("2(1)(b)", "item", "2(1)"),
        ("2(2)", "paragraph", "2"),
    ]
    words = {each.number: document.text[each.start : each.end] for each in act.provisions}
    assert words["2(1)(b)"] == "(b) keep a log."
    assert "For this Regulation:" in words["1"]
    assert words["2(1)"].startswith("1. A keeper shall:")


def test_days_are_read_with_their_words() -> None:
    document, act = read(ACT)
    assert (act.adopted.value, act.in_force.value) == (date(2031, 4, 27), date(2032, 5, 1))
    assert act.adopted.evidence is not None
    assert act.adopted.evidence.of(document.text) == "2031-04-27"


def test_a_day_whose_month_cannot_be_told_is_not_known() -> None:
    raw = {**ACT, "dated": "03/04/2031"}
    assert read(raw | {"updated": "04/05/2031"})[1].adopted.value is None
    assert read(raw | {"updated": "14/05/2031"})[1].adopted.value == date(2031, 4, 3)
    assert read({**ACT, "dated": "31/02/2031"})[1].adopted.value is None


@pytest.mark.parametrize(
    "change", [{"regulation": 5}, {"chapters": "none"}, {"chapters": []}, {"chapters": [{"type": "chapter"}, 7, None]}]
)
def test_another_layout_is_read_as_it_stands(change: dict[str, Any]) -> None:
    raw = copy.deepcopy(ACT) | change
    document = read_document(json.dumps(raw).encode(), "act.json", limits=Limits(), kind=Kind.REGULATION)
    assert METADATA_KEY not in document.metadata
    assert "Lighthouse Regulation" in document.text


def test_odd_parts_do_no_harm() -> None:
    raw = copy.deepcopy(ACT)
    article = raw["chapters"][0]["contents"][0]
    article["contents"] += [None, {"number": {"x": 1}, "text": ["no"]}, {"number": 2, "type": "point", "text": "two"}]
    raw["chapters"][0]["contents"].append({"type": "article", "number": "2", "contents": "none"})
    numbers = [each.number for each in read(raw)[1].provisions]
    assert "1(2)" in numbers
    assert "2#2" in numbers
    deep: dict[str, Any] = {"type": "point", "number": "9", "text": "deep"}
    for _ in range(200):
        deep = {"type": "point", "number": "9", "text": "deep", "subpoints": [deep]}
    article["contents"].append(deep)
    assert len(read(raw)[1].provisions) < 40


def test_what_is_no_json_is_told() -> None:
    broken = b'{"regulation": "2031/77", "chapters": [' + b"[" * 100_000
    with pytest.raises(UnreadableError, match="JSON"):
        read_document(broken, "act.json", limits=Limits(), kind=Kind.REGULATION)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_file(), reason="../shared/data/regulations/eu-gdpr is absent")
def test_the_whole_gdpr_is_read_with_all_its_articles_and_recitals() -> None:
    document = read_document(SHARED.read_bytes(), SHARED.name, limits=Limits(), kind=Kind.REGULATION)
    act = read_act(document, source_name=SHARED.name)
    numbers = {each.number for each in act.provisions}
    assert (act.version, act.in_force.value) == ("eu/reg/2016/679@2016-04-27", date(2018, 5, 25))
    assert sum(each.level == "article" for each in act.provisions) == 99
    assert {f"rec{number}" for number in range(1, 174)} <= numbers
    assert {"28(3)(h)", "4(11)", "83(5)(a)"} <= numbers
